// An open file of the host: reads, writes and attributes through its descriptor, synchronously and off the event loop.
import { native } from '../../lib/kernel/native.ts'
import type { Patch } from '../../lib/kernel/provider.ts'
import { bare, toTime, toUtime, type HostStats } from './host.ts'
import type { Opened } from './guard.ts'

const BIG = { bigint: true } as const

/** Node's functions refuse to move 2 GiB or more at once. */
const MOST = 0x4000_0000

/** Stands for a file that is held open: a node of RealFSProvider. */
export class OpenFile {
  readonly #fd: number
  /** False for what has no positions: FIFOs, sockets, character devices. */
  readonly #seekable: boolean
  #waiting = 0
  #closed = false

  constructor ({ fd, stats }: Opened) {
    this.#fd = fd
    this.#seekable = !(stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice())
  }

  read (buffer: Uint8Array, position: number): number {
    let done = 0
    for (let full = true; full && done < buffer.length;) {
      const length = this.#span(buffer, done)
      const count = native.readSync(this.#fd, buffer, done, length, this.#place(position, done))
      done += count
      full = count === length
    }
    return done
  }

  write (buffer: Uint8Array, position: number): number {
    let done = 0
    while (done < buffer.length) {
      done += native.writeSync(this.#fd, buffer, done, this.#span(buffer, done), this.#place(position, done))
    }
    return done
  }

  async readLater (buffer: Uint8Array, position: number): Promise<number> {
    return await this.#later(async () => {
      let done = 0
      for (let full = true; full && done < buffer.length;) {
        const length = this.#span(buffer, done)
        const count = await step(native.read, this.#fd, buffer, done, length, this.#place(position, done))
        done += count
        full = count === length
      }
      return done
    })
  }

  async writeLater (buffer: Uint8Array, position: number): Promise<number> {
    return await this.#later(async () => {
      let done = 0
      while (done < buffer.length) {
        done += await step(native.write, this.#fd, buffer, done, this.#span(buffer, done), this.#place(position, done))
      }
      return done
    })
  }

  stat (): HostStats {
    return native.fstatSync(this.#fd, BIG)
  }

  change (patch: Patch): void {
    const stats = native.fstatSync(this.#fd, BIG)
    if (patch.size !== undefined) native.ftruncateSync(this.#fd, patch.size)
    if (patch.uid !== undefined || patch.gid !== undefined) native.fchownSync(this.#fd, patch.uid ?? Number(stats.uid), patch.gid ?? Number(stats.gid))
    if (patch.mode !== undefined) native.fchmodSync(this.#fd, patch.mode)
    if (patch.atime !== undefined || patch.mtime !== undefined) {
      native.futimesSync(this.#fd, toUtime(patch.atime ?? toTime(stats.atimeNs)), toUtime(patch.mtime ?? toTime(stats.mtimeNs)))
    }
  }

  sync (): void {
    native.fsyncSync(this.#fd)
  }

  /** Closes at once, or after the last read or write that is under way: the number could be another file's by then. */
  close (): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#waiting === 0) native.closeSync(this.#fd)
  }

  async #later (run: () => Promise<number>): Promise<number> {
    this.#waiting++
    try {
      return await run()
    } catch (error) {
      throw bare(error)
    } finally {
      if (--this.#waiting === 0 && this.#closed) native.closeSync(this.#fd)
    }
  }

  #span (buffer: Uint8Array, done: number): number {
    return Math.min(buffer.length - done, MOST)
  }

  /** A negative position (APPEND) is the host's own: the file was opened with O_APPEND. */
  #place (position: number, done: number): number | null {
    return position < 0 || !this.#seekable ? null : position + done
  }
}

type Step = (fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null,
  callback: (error: NodeJS.ErrnoException | null, count: number) => void) => void

const step = async (run: Step, ...args: [number, Uint8Array, number, number, number | null]): Promise<number> =>
  await new Promise((resolve, reject) => {
    run(...args, (error, count) => { if (error === null) resolve(count); else reject(error) })
  })
