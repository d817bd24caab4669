// The virtual working folder where workers read it: as in Node, `process.cwd()` in a worker follows the main thread's.

const SIZE = 4096 * 3
const HEADER = 8

/** Shared memory with one path in it, or none. One thread writes, any number read. */
export class CwdBoard {
  readonly memory: SharedArrayBuffer
  /** Two counters: changes, odd while one is being written; and the length of the path. */
  readonly #head: Int32Array
  readonly #bytes: Uint8Array
  #seen = 0
  #path: string | undefined

  constructor (memory = new SharedArrayBuffer(HEADER + SIZE)) {
    this.memory = memory
    this.#head = new Int32Array(memory, 0, 2)
    this.#bytes = new Uint8Array(memory, HEADER)
  }

  /** Puts a path up, or takes it down. */
  write (path: string | undefined): void {
    const bytes = Buffer.from(path ?? '')
    Atomics.add(this.#head, 0, 1)
    this.#bytes.set(bytes.subarray(0, SIZE))
    Atomics.store(this.#head, 1, bytes.length)
    Atomics.add(this.#head, 0, 1)
  }

  read (): string | undefined {
    for (;;) {
      const before = Atomics.load(this.#head, 0)
      if (before === this.#seen) return this.#path
      const length = Atomics.load(this.#head, 1)
      const bytes = Buffer.from(this.#bytes.slice(0, length))
      if ((before & 1) !== 0 || Atomics.load(this.#head, 0) !== before) continue
      this.#seen = before
      this.#path = length === 0 ? undefined : bytes.toString()
      return this.#path
    }
  }
}
