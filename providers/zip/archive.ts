// Where the bytes of an archive lie, what is allowed of it, and how it is complained about.
import { basename } from 'node:path'
import { Errno, nodeError } from '../../lib/kernel/errors.ts'
import { clock, native } from '../../lib/kernel/native.ts'

/** Bytes of contents that are never too much together. */
export const ENOUGH = 256 * 1024 * 1024

/** Bounds that an archive from a stranger must keep. */
export interface ZipLimits {
  /** Number of files, folders and links, implied folders included. Default 500 000. */
  maxFiles?: number
  /** How many times its own size all contents of an archive may have together, once they are more than 256 MiB. Default 200. */
  maxRatio?: number
  /** Size of a compressed file that may be read: it is unpacked in memory. Default 1 GiB. */
  maxFileBytes?: number
}

/** The bytes of an archive. */
export interface Source {
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly time: number
  /** Reading costs nothing but the look: `bytes` gives what is there, not a copy. */
  readonly free: boolean
  /** Exactly `length` bytes, not to be written to. */
  bytes (offset: number, length: number): Buffer
  /** Fills a buffer. */
  fill (buffer: Uint8Array, offset: number): void
  /** Idempotent; what is asked for afterwards is EBADF. */
  close (): void
}

/** An archive that is being read. */
export interface Archive {
  /** What it is called in messages. */
  readonly name: string
  readonly source: Source
  readonly limits: Required<ZipLimits>
}

/** The archive is not what it says, or breaks off. */
export const damaged = (name: string, what: string): Error => nodeError(Error, 'ERR_ZIP_DAMAGED', `${name}: ${what}`)

/** The archive has something that cannot be kept or read here. */
export const unsupported = (name: string, what: string): Error => nodeError(Error, 'ERR_ZIP_UNSUPPORTED', `${name}: ${what}`)

/** The archive holds more than it may. */
export const tooMuch = (name: string, what: string): Error => nodeError(RangeError, 'ERR_ZIP_TOO_LARGE', `${name}: ${what}`)

/** An archive in memory. */
export class BufferSource implements Source {
  readonly time: number
  readonly free = true
  readonly #bytes: Buffer

  constructor (bytes: Uint8Array, time = clock()) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.time = time
  }

  get size (): number { return this.#bytes.length }
  bytes (offset: number, length: number): Buffer { return this.#bytes.subarray(offset, offset + length) }
  fill (buffer: Uint8Array, offset: number): void { buffer.set(this.#bytes.subarray(offset, offset + buffer.length)) }
  close (): void {}
}

const { O_RDONLY, O_NONBLOCK = 0 } = native.constants

/** Descriptors of archives that nobody can read from any more are closed. */
const forgotten = new FinalizationRegistry<number>((fd) => { native.closeSync(fd) })

/** An archive on the disk, read by ranges through one descriptor. */
export class FileSource implements Source {
  readonly size: number
  readonly time: number
  readonly free = false
  readonly #file: string
  #fd: number | undefined

  /** Throws errors of `fs`. */
  constructor (file: string) {
    this.#file = file
    const fd = native.openSync(file, O_RDONLY | O_NONBLOCK)   // a FIFO would stop the process
    try {
      const stats = native.fstatSync(fd)
      if (!stats.isFile()) throw unsupported(file, 'not a file')
      this.size = stats.size
      this.time = stats.mtimeMs
    } catch (error) {
      native.closeSync(fd)
      throw error
    }
    this.#fd = fd
    forgotten.register(this, fd, this)
  }

  bytes (offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(length)
    this.fill(buffer, offset)
    return buffer
  }

  fill (buffer: Uint8Array, offset: number): void {
    if (this.#fd === undefined) throw new Errno('EBADF')
    for (let done = 0; done < buffer.length;) {
      const count = native.readSync(this.#fd, buffer, done, Math.min(buffer.length - done, 0x40000000), offset + done)
      if (count === 0) throw damaged(basename(this.#file), 'has become shorter since it was opened')
      done += count
    }
  }

  close (): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd === undefined) return
    forgotten.unregister(this)
    native.closeSync(fd)
  }
}
