// When promises are settled: each in a turn of the event loop of its own. Only in a long run of calls that are awaited one
// after the other a few share a turn, because a turn costs more than most calls.

/** Results in a row, each asked for when the one before was there, that make a long run. */
const LONG = 128
/** Results that share a turn in a long run. */
const SHARED = 16
/** Milliseconds between turns that end a run: who takes his time gets a turn for each result. */
const PAUSE = 0.1

// As they are at load: whoever replaces timers in a test does not mean the answers of `fs`.
const later = setImmediate
const { nextTick } = process

/** The turns of this thread. */
class Turns {
  /** Results that are on their way. */
  #waiting = 0
  /** Length of the run. */
  #run = 0
  /** Results that were given in this turn. */
  #given = 0
  /** When the last turn began. */
  #begun = 0

  /** Calls `settle` in a later turn, or in a long run when all else that is due in this turn is done; never before it returns. */
  settle<T> (settle: (result: T) => void, result: T): void {
    if (this.#waiting++ > 0) this.#run = 0
    if (this.#run < LONG || this.#given >= SHARED) later(this.#turn, settle, result)
    else nextTick(this.#give, settle, result)
  }

  readonly #turn = (settle: (result: any) => void, result: unknown): void => {
    const begun = performance.now()   // asking for `performance` earlier would load what few programs need
    if (begun - this.#begun > PAUSE) this.#run = 0
    this.#begun = begun
    this.#run++
    this.#given = 0
    this.#give(settle, result)
  }

  readonly #give = (settle: (result: any) => void, result: unknown): void => {
    this.#waiting--
    this.#given++
    settle(result)
  }
}

/** Where promises of results get their turns. */
export const turns: Turns = new Turns()
