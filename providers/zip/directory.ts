// The central directory: found at the end of the archive, read whole, and each record looked at before it is believed.
// Names of fields are those of APPNOTE 6.3.10, section 4.3.
import { damaged, tooMuch, unsupported, type Archive } from './archive.ts'
import { readExtra, fromDosTime, type Extra } from './extra.ts'
import { nameText, partsOf } from './names.ts'
import type { Time } from '../../lib/kernel/provider.ts'
import { crc32 } from './codecs.ts'

/** The numbers that the parts of an archive begin with, and how many bytes of each come before what has no fixed length (APPNOTE 4.3). */
export const SIGNATURE = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50 } as const
export const HEADER = { local: 30, central: 46, end: 22, end64: 56, locator64: 20 } as const

const END = Buffer.from('PK\x05\x06', 'latin1')

/** The flag of a name in UTF-8. */
export const UTF8 = 0x800

/** In a field of 16 or 32 bits: the value stands in the extra field for 64 bits. */
export const FULL16 = 0xffff
export const FULL32 = 0xffffffff

/** A central directory is held in memory while it is read. */
const MAX_DIRECTORY = 256 * 1024 * 1024

/** One record of the central directory. */
export interface Item {
  readonly names: readonly string[]
  readonly slash: boolean
  /** The name as it stands in both headers. */
  readonly rawName: Buffer
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly compressed: number
  readonly size: number
  /** The upper half of the external attributes: mode bits of Unix, or 0. */
  readonly mode: number
  /** The attributes of MS-DOS. */
  readonly attributes: number
  readonly extra: Extra
  readonly mtime: Time
  /** Where its local header begins, from the first byte of the file. */
  readonly offset: number
}

/** What has to be known of an entry to read its content. */
export type Placed = Pick<Item, 'rawName' | 'flags' | 'method' | 'crc' | 'compressed' | 'size' | 'offset'>

/** What the end of an archive says. */
export interface Directory {
  readonly items: Item[]
  /** Where the central directory begins, from the first byte of the file. */
  readonly start: number
  readonly comment: Buffer
}

/** Where the records are, as the end says. */
interface End { count: number, length: number, offset: number, at: number, comment: Buffer }

/** Reads the central directory. Throws for what is damaged, ambiguous or beyond its limits. */
export function readDirectory (archive: Archive): Directory {
  const { name, source } = archive
  const end = findEnd(archive)
  if (end.length > end.at) throw damaged(name, 'its directory is longer than what is before its end')
  if (end.length > MAX_DIRECTORY) throw tooMuch(name, 'its directory is longer than 256 MiB')
  if (end.count > archive.limits.maxFiles) throw tooMuch(name, `it has more than ${archive.limits.maxFiles} files`)
  if (end.count * HEADER.central > end.length) throw damaged(name, 'its directory is too short for the entries it counts')
  const start = end.at - end.length
  // What stands before the archive (a program that unpacks it) may or may not be counted in its offsets.
  const shift = start - end.offset
  if (shift < 0) throw damaged(name, 'its directory is not where it says')
  const bytes = source.bytes(start, end.length)
  const reader = new Reader(archive, bytes, shift)
  const items: Item[] = []
  while (reader.at < bytes.length) {
    if (items.length === end.count) throw damaged(name, 'it has more entries than it counts')
    items.push(reader.next())
  }
  if (items.length !== end.count) throw damaged(name, `it counts ${end.count} entries and has ${items.length}`)
  return { items, start, comment: end.comment }
}

function findEnd (archive: Archive): End {
  const { name, source } = archive
  const length = Math.min(source.size, HEADER.end + FULL16)
  const tail = source.bytes(source.size - length, length)
  let found: number | undefined
  for (let from = length; from > 0;) {
    const at = tail.lastIndexOf(END, from - 1)
    if (at < 0) break
    from = at
    if (at + HEADER.end > length || at + HEADER.end + tail.readUInt16LE(at + 20) !== length) continue
    // Two ends, one in the comment of the other: programs would not agree on what is in such an archive.
    if (found !== undefined) throw damaged(name, 'it has two ends')
    found = at
  }
  if (found === undefined) throw damaged(name, 'not a ZIP archive, or broken off: its end is missing')
  const record = tail.subarray(found)
  const position = source.size - length + found
  const small = {
    disks: [record.readUInt16LE(4), record.readUInt16LE(6)], counts: [record.readUInt16LE(8), record.readUInt16LE(10)],
    length: record.readUInt32LE(12), offset: record.readUInt32LE(16)
  }
  const comment = Buffer.from(record.subarray(HEADER.end))
  const large = readEnd64(archive, position)
  const { disks, counts, length: size, offset } = large ?? small
  if (disks.some((disk) => disk !== 0 && disk !== FULL16) || counts[0] !== counts[1]) throw unsupported(name, 'one of several parts of an archive')
  if (large !== undefined) agree(archive, small, large)
  return { count: counts[1]!, length: size, offset, at: large?.at ?? position, comment }
}

interface Figures { disks: number[], counts: number[], length: number, offset: number }

/** What both ends can say must be the same. */
function agree ({ name }: Archive, small: Figures, large: Figures): void {
  const same = (a: number, b: number, full: number): boolean => a === full || a === b
  if (!same(small.counts[1]!, large.counts[1]!, FULL16) || !same(small.length, large.length, FULL32) || !same(small.offset, large.offset, FULL32)) throw damaged(name, 'its two ends differ')
}

function readEnd64 ({ name, source }: Archive, end: number): Figures & { at: number } | undefined {
  if (end < HEADER.locator64) return undefined
  const locator = source.bytes(end - HEADER.locator64, HEADER.locator64)
  if (locator.readUInt32LE(0) !== SIGNATURE.locator64) return undefined
  const last = end - HEADER.locator64 - HEADER.end64
  const given = Number(locator.readBigUInt64LE(8))
  // Without what stands before the archive counted in, it can only be right before its locator.
  for (const at of [given, last]) {
    if (at < 0 || at > last) continue
    const record = source.bytes(at, HEADER.end64)
    if (record.readUInt32LE(0) !== SIGNATURE.end64 || at + 12 + Number(record.readBigUInt64LE(4)) !== end - HEADER.locator64) continue
    const wide = (from: number): number => safe(record.readBigUInt64LE(from), name)
    return { disks: [record.readUInt32LE(16), record.readUInt32LE(20)], counts: [wide(24), wide(32)], length: wide(40), offset: wide(48), at }
  }
  throw damaged(name, 'its 64-bit end is not where it says')
}

function safe (value: bigint, name: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(name, 'a length or offset is beyond any file')
  return Number(value)
}

/** Reads records. Runs while nothing is compiled yet, for each file of an app: so it goes by plain numbers in one view. */
class Reader {
  at = 0
  readonly #archive: Archive
  readonly #bytes: Buffer
  readonly #view: DataView
  readonly #shift: number
  /** The next of the 64-bit lengths of the record. */
  #wide = 0

  constructor (archive: Archive, bytes: Buffer, shift: number) {
    this.#archive = archive
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#shift = shift
  }

  next (): Item {
    const { name } = this.#archive
    const view = this.#view
    const at = this.at
    if (at + HEADER.central > view.byteLength || view.getUint32(at, true) !== SIGNATURE.central) throw damaged(name, 'its directory is damaged')
    const nameEnd = at + HEADER.central + view.getUint16(at + 28, true)
    const extraEnd = nameEnd + view.getUint16(at + 30, true)
    this.at = extraEnd + view.getUint16(at + 32, true)
    if (this.at > view.byteLength) throw damaged(name, 'its directory breaks off')
    const disk = view.getUint16(at + 34, true)
    if (disk !== 0 && disk !== FULL16) throw unsupported(name, 'one of several parts of an archive')
    const extra = readExtra(view, nameEnd, extraEnd)
    this.#wide = extra.zip64
    const size = this.#length(at + 24, extra)
    const compressed = this.#length(at + 20, extra)
    const offset = this.#length(at + 42, extra)
    const flags = view.getUint16(at + 8, true)
    const host = view.getUint8(at + 5)
    const external = view.getUint32(at + 38, true)
    const rawName = this.#bytes.subarray(at + HEADER.central, nameEnd)
    const path = partsOf(this.#besideName(extra, rawName) ?? nameText(rawName, (flags & UTF8) !== 0, host, name), host, name)
    return {
      names: path.names, slash: path.slash, rawName, flags, method: view.getUint16(at + 10, true), crc: view.getUint32(at + 16, true), compressed, size, offset: offset + this.#shift,
      mode: external >>> 16, attributes: external & 0xff, extra, mtime: extra.mtime ?? fromDosTime(view.getUint16(at + 14, true), view.getUint16(at + 12, true))
    }
  }

  /** A size or an offset, from the 64-bit field where the small one is full. */
  #length (at: number, extra: Extra): number {
    const small = this.#view.getUint32(at, true)
    if (small !== FULL32 || extra.zip64 === 0) return small
    if (this.#wide + 8 > extra.zip64End) throw damaged(this.#archive.name, 'a 64-bit length is missing')
    this.#wide += 8
    return safe(this.#view.getBigUint64(this.#wide - 8, true), this.#archive.name)
  }

  /** The name that Info-ZIP puts beside one in another code; it counts while it belongs to the name that stands there. */
  #besideName ({ path, pathEnd }: Extra, rawName: Buffer): string | undefined {
    if (pathEnd - path <= 5 || this.#view.getUint8(path) !== 1 || this.#view.getUint32(path + 1, true) !== crc32(rawName)) return undefined
    return this.#bytes.toString('utf8', path + 5, pathEnd)
  }
}
