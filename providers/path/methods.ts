// A user's path-level methods: which there are, and how they are called, at once or with an answer that comes later.
// What is made of them asks in steps, so that it is written once for both.
import { Errno, invalidReturn, notImplemented, systemError } from '../../lib/kernel/errors.ts'
import { closeHandle, handleOf } from '../../lib/kernel/handles.ts'

type Callable = (...args: unknown[]) => unknown
type Holder = Readonly<Record<string, Callable>>

/** A question: a method (Node's name without `Sync`) and its arguments, asked of the user's object or of what it gave. */
export interface Ask { readonly name: string, readonly args: readonly unknown[], readonly on?: object }

/** What asks on its way to a result. */
export type Steps<T> = Generator<Ask, T, unknown>

/** A question to the user's object. */
export const ask = (name: string, ...args: unknown[]): Ask => ({ name, args })

/** The methods of one object of a user's class. */
export class Methods {
  readonly #target: Holder
  readonly #own: ReadonlySet<string>

  /** Whether what the user does not give works by itself. */
  readonly complete: boolean
  readonly #inherits: boolean

  /**
   * `complete`: what is not in `own` works by itself, on a provider of ours; `inherits`: also what changes something.
   */
  constructor (target: object, own: ReadonlySet<string>, complete: boolean, inherits: boolean) {
    this.#target = target as Holder
    this.#own = own
    this.complete = complete
    this.#inherits = inherits
  }

  /** Whether the user gives an operation, in either form. */
  has (name: string): boolean { return this.#own.has(name) || this.#own.has(`${name}Sync`) }

  /** Whether an operation can be asked for: of the user, or of the provider of ours behind. */
  can (name: string): boolean { return this.has(name) || this.#inherits || (this.complete && name === 'readlink') }

  /** Whether anything is answered later. */
  get slow (): boolean { return [...this.#own].some((name) => !name.endsWith('Sync') && name !== 'internalModuleStat') }

  /** Runs `steps` now. Throws ERR_METHOD_NOT_IMPLEMENTED at the first question that can only be answered later. */
  now<T> (steps: Steps<T>): T {
    return driveNow(steps, ({ name, args, on }) => {
      const holder = (on ?? this.#target) as Holder
      const key = `${name}Sync`
      if (on === undefined) this.#demand(name)
      if (on === undefined ? this.#own.has(name) && !this.#own.has(key) : typeof holder[key] !== 'function') throw notImplemented(key, ': this provider only answers asynchronously')
      const given = holder[key]!(...args)
      if (given instanceof Promise) throw refused(given, key)
      return given
    })
  }

  /** Runs `steps`, waiting for answers. */
  async later<T> (steps: Steps<T>): Promise<T> {
    let step = steps.next()
    while (step.done !== true) {
      let value: unknown
      try {
        value = await this.#askLater(step.value)
      } catch (error) {
        step = steps.throw(plain(error))
        continue
      }
      step = steps.next(value)
    }
    return step.value
  }

  #demand (name: string): void {
    if (!this.complete && !this.has(name)) throw notImplemented(`${name}Sync`)
  }

  #askLater ({ name, args, on }: Ask): unknown {
    const holder = (on ?? this.#target) as Holder
    if (on === undefined) this.#demand(name)
    const key = (on === undefined ? this.#own.has(name) : typeof holder[name] === 'function') ? name : `${name}Sync`
    if (typeof holder[key] !== 'function') throw notImplemented(key)
    return holder[key](...args)
  }
}

/** A promise where an answer was needed: whatever it comes to, nobody waits for it. */
function refused (promise: Promise<unknown>, name: string): Error {
  promise.catch(() => {})   // its error would end the process, and say less
  return invalidReturn('an answer, not a promise,', name, promise)
}

function driveNow<T> (steps: Steps<T>, answer: (question: Ask) => unknown): T {
  let step = steps.next()
  while (step.done !== true) {
    let value: unknown
    try {
      value = answer(step.value)
    } catch (error) {
      step = steps.throw(plain(error))
      continue
    }
    step = steps.next(value)
  }
  return step.value
}

/** An error of a user's method: a system error as its code alone, since the path that a caller gave is another one. */
function plain (error: unknown): unknown {
  if (!error) return new Errno('EIO')   // as an error nobody could tell it from none
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && systemError(code) !== undefined ? new Errno(code) : error
}

/** What a user's `open` gave, as an object with methods: a descriptor of ours is one that `super.openSync` made. */
export function fileOf (given: unknown): object {
  const handle = typeof given === 'number' ? handleOf(given) : undefined
  if (handle === undefined) {
    if (typeof given === 'object' && given !== null) return given
    throw invalidReturn('a file handle', 'open', given)
  }
  return {
    readSync: (buffer: Uint8Array, from: number, length: number, position: number) => handle.read(buffer.subarray(from, from + length), position),
    writeSync: (buffer: Uint8Array, from: number, length: number, position: number) => handle.write(buffer.subarray(from, from + length), position),
    truncateSync: (size: number) => { handle.volume.setattr(handle.node, { size }) },
    closeSync: () => { closeHandle(handle) }
  }
}
