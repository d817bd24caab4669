// The content of one entry: found behind its local header, unpacked and checked when somebody reads it.
import { damaged, tooMuch, unsupported, type Archive } from './archive.ts'
import { crc32, knows, STORED, unpack } from './codecs.ts'
import { FULL32, HEADER, SIGNATURE, type Placed } from './directory.ts'
import type { Contents } from '../memory/packed.ts'

/** Pieces in which long contents are checked and copied. */
const PIECE = 256 * 1024

const ENCRYPTED = 1
const SIZES_BEHIND = 8

/** An entry of an archive. */
export class Entry implements Contents {
  readonly archive: Archive
  readonly method: number
  readonly flags: number
  readonly crc: number
  readonly compressed: number
  readonly size: number
  readonly free: boolean
  readonly #offset: number
  /** Where what follows it begins. */
  readonly #end: number
  readonly #rawName: Buffer
  /** Where its data begin, once its local header was looked at. */
  #start: number | undefined
  protected sound = false

  constructor (archive: Archive, item: Placed, end: number) {
    this.archive = archive
    ;({ method: this.method, flags: this.flags, crc: this.crc, compressed: this.compressed, size: this.size } = item)
    this.free = item.method === STORED && archive.source.free
    this.#offset = item.offset
    this.#end = end
    this.#rawName = item.rawName
  }

  get encrypted (): boolean { return (this.flags & ENCRYPTED) !== 0 }

  view (): Uint8Array {
    const start = this.locate()
    const { source } = this.archive
    if (this.method === STORED) {
      const bytes = source.bytes(start, this.size)
      if (!this.sound) this.check(crc32(bytes))
      return bytes
    }
    if (this.size > this.archive.limits.maxFileBytes) throw tooMuch(this.archive.name, `${this.#shown} would be unpacked to more than ${this.archive.limits.maxFileBytes} bytes`)
    const bytes = this.#unpacked(source.bytes(start, this.compressed))
    this.check(crc32(bytes))
    return bytes
  }

  /** The data as they lie in the archive, in pieces. */
  * pieces (): Iterable<Buffer> {
    const start = this.locate()
    for (let done = 0; done < this.compressed; done += PIECE) yield this.archive.source.bytes(start + done, Math.min(PIECE, this.compressed - done))
  }

  get #shown (): string { return JSON.stringify(this.#rawName.toString()) }

  protected check (sum: number): void {
    if (sum !== this.crc) throw damaged(this.archive.name, `${this.#shown} is damaged: its checksum differs`)
    this.sound = true
  }

  #unpacked (bytes: Buffer): Buffer {
    let unpacked
    try {
      unpacked = unpack(bytes, this.method, this.size)
    } catch (error) {
      throw damaged(this.archive.name, `${this.#shown} is damaged: ${(error as Error).message}`)
    }
    if (unpacked.length !== this.size) throw damaged(this.archive.name, `${this.#shown} is not as long as it says`)
    return unpacked
  }

  /** Where the data begin, behind a local header that says what the directory says. */
  protected locate (): number {
    if (this.#start !== undefined) return this.#start
    const { name, source } = this.archive
    if (this.encrypted) throw unsupported(name, `${this.#shown} is encrypted`)
    if (!knows(this.method)) throw unsupported(name, `${this.#shown} is packed by method ${this.method}`)
    const header = source.bytes(this.#offset, HEADER.local + this.#rawName.length)
    if (header.readUInt32LE(0) !== SIGNATURE.local) throw damaged(name, `${this.#shown} is not where the directory says`)
    const start = this.#offset + HEADER.local + header.readUInt16LE(26) + header.readUInt16LE(28)
    const same = header.readUInt16LE(26) === this.#rawName.length && header.compare(this.#rawName, 0, this.#rawName.length, HEADER.local) === 0 &&
      header.readUInt16LE(8) === this.method && this.#sameFigures(header)
    if (!same) throw damaged(name, `${this.#shown} is another in the directory than where it lies`)
    if (start + this.compressed > this.#end) throw damaged(name, `${this.#shown} reaches into what follows it`)
    this.#start = start
    return start
  }

  #sameFigures (header: Buffer): boolean {
    if ((header.readUInt16LE(6) & SIZES_BEHIND) !== 0) return true
    const same = (at: number, value: number): boolean => header.readUInt32LE(at) === FULL32 || header.readUInt32LE(at) === value
    return header.readUInt32LE(14) === this.crc && same(18, this.compressed) && same(22, this.size)
  }
}

/** An entry that is not packed: it is read where it lies. */
class StoredEntry extends Entry {
  read (buffer: Uint8Array, position: number): number {
    const start = this.locate()
    if (!this.sound) this.check(this.#sum(start))
    this.archive.source.fill(buffer, start + position)
    return buffer.length
  }

  #sum (start: number): number {
    const { source } = this.archive
    const room = Buffer.allocUnsafe(Math.min(PIECE, this.size))
    let sum = 0
    for (let done = 0; done < this.size; done += PIECE) {
      const piece = room.subarray(0, this.size - done)
      source.fill(piece, start + done)
      sum = crc32(piece, sum)
    }
    return sum
  }
}

/** The content of an item; `end`: where what follows it begins. */
export const entryOf = (archive: Archive, item: Placed, end: number): Entry => new (item.method === STORED ? StoredEntry : Entry)(archive, item, end)
