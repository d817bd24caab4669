// An open file of the host: reads, writes and attributes through its descriptor, synchronously and off the event loop.
import { Errno } from '../../lib/kernel/errors.ts'
import { O_PATH } from '../../lib/kernel/handles.ts'
import { native } from '../../lib/kernel/native.ts'
import type { Patch } from '../../lib/kernel/provider.ts'
import { isOwned, ownerOf } from './change.ts'
import { bare, hostPath, toTime, toUtime, type HostStats } from './host.ts'
import type { Held } from './guard.ts'

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

  constructor (fd: number, stats: HostStats) {
    this.#fd = fd
    this.#seekable = !(stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice())
  }

  read (buffer: Uint8Array, position: number): number {
    let done = 0
    for (let full = true; full && done < buffer.length;) {
      const length = this.#span(buffer, done)
      const count = native.readSync(this.#fd, buffer, done, length, this.#from(position, done))
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
        const count = await step(native.read, this.#fd, buffer, done, length, this.#from(position, done))
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
    if (isOwned(patch)) native.fchownSync(this.#fd, ...ownerOf(patch, stats))
    if (patch.mode !== undefined) native.fchmodSync(this.#fd, patch.mode)
    if (patch.atime !== undefined || patch.mtime !== undefined) {
      native.futimesSync(this.#fd, toUtime(patch.atime ?? toTime(stats.atimeNs)), toUtime(patch.mtime ?? toTime(stats.mtimeNs)))
    }
  }

  sync (): void {
    native.fsyncSync(this.#fd)
  }

  async syncLater (): Promise<void> {
    await this.#later(async () => {
      await new Promise<void>((resolve, reject) => {
        native.fsync(this.#fd, (error) => { if (error === null) resolve(); else reject(error) })
      })
    })
  }

  /** Closes at once, or after the last read or write that is under way: the number could be another file's by then. */
  close (): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#waiting === 0) native.closeSync(this.#fd)
  }

  async #later<T> (run: () => Promise<T>): Promise<T> {
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

  /** The same to read from, of which Node takes more as a BigInt than as a number. */
  #from (position: number, done: number): number | bigint | null {
    const place = this.#place(position, done)
    return place === null || Number.isSafeInteger(place) ? place : BigInt(Math.min(place, LAST))
  }
}

/** The last position that is a number and that the kernel has. */
const LAST = 2 ** 63 - 1024

type Step<Position> = (fd: number, buffer: Uint8Array, offset: number, length: number, position: Position,
  callback: (error: NodeJS.ErrnoException | null, count: number) => void) => void

const step = async <Position>(run: Step<Position>, ...args: [number, Uint8Array, number, number, Position]): Promise<number> =>
  await new Promise((resolve, reject) => {
    run(...args, (error, count) => { if (error === null) resolve(count); else reject(error) })
  })

const { O_NONBLOCK = 0, O_NOCTTY = 0 } = native.constants as Partial<typeof native.constants>

/** The flags to open something with. What is no file or folder, and might stop the process, is opened only if `special`. */
function flagsFor ({ stats, flags }: Held, wanted: number, special: boolean): number {
  if ((wanted & O_PATH) !== 0) return O_PATH | flags
  if (stats.isSymbolicLink()) throw new Errno('ELOOP')
  const plain = stats.isFile() || stats.isDirectory()
  if (!plain && !special) throw new Errno('EACCES')
  // Something else may have taken its place where nothing holds it; who asked for a FIFO waits as with fs.
  return wanted | flags | (plain ? O_NONBLOCK : O_NOCTTY)
}

/** The open file of what is held, which is released. */
export function openHeld (held: Held, flags: number, special: boolean): OpenFile {
  try {
    return take(held, native.openSync(hostPath(held.at), flagsFor(held, flags, special)))
  } finally {
    held.release()
  }
}

/** The same off the event loop: to open a FIFO is to wait for its other end. */
export async function openHeldLater (held: Held, flags: number, special: boolean): Promise<OpenFile> {
  try {
    const how = flagsFor(held, flags, special)
    return take(held, await new Promise((resolve, reject) => {
      native.open(hostPath(held.at), how, (error, fd) => { if (error === null) resolve(fd); else reject(error) })
    }))
  } catch (error) {
    throw bare(error)
  } finally {
    held.release()
  }
}

function take (held: Held, fd: number): OpenFile {
  try {
    held.verify(fd)
    return new OpenFile(fd, held.stats)
  } catch (error) {
    native.closeSync(fd)
    throw error
  }
}
