// Writes a tree as an archive: what was not changed goes over as it is packed, all else is packed anew.
import { encodeName, MAX_PATH } from '../../lib/kernel/names.ts'
import { isDir, isLink, type Attr } from '../../lib/kernel/provider.ts'
import { tooMuch, unsupported } from './archive.ts'
import { crc32, DEFLATED, deflate, STORED } from './codecs.ts'
import { FULL16, FULL32, HEADER, SIGNATURE, UTF8, type Placed } from './directory.ts'
import { dosTime, ownerField, timeFields, zip64Field } from './extra.ts'
import { contentsOf, Packed } from '../memory/packed.ts'
import { Folder, Link, type Inode } from '../memory/inodes.ts'
import type { Entry } from './entry.ts'

/** Where an archive is written to, from its first byte on. */
export interface Sink { write (bytes: Uint8Array): void }

/** What is to be written. */
export interface Plan {
  readonly root: Folder
  /** What stands before the archive, in pieces. */
  readonly prefix: Iterable<Uint8Array>
  readonly comment: Uint8Array
  /** Contents up to this many bytes are deflated: no more than may be unpacked again. */
  readonly compress: number
  /** Contents together of more than `enough` bytes are not to be more than `maxRatio` times as long as the archive: it is to be opened again. */
  readonly enough: number
  readonly maxRatio: number
  /** Number of files, folders and links that may be opened again. */
  readonly maxFiles: number
  /** What it is called in messages. */
  readonly name: string
}

/** Where a file's content lies in what was written. */
export interface Written { readonly node: Packed, readonly item: Placed, readonly end: number }

/** Unix, and the version of the format that is spoken (6.3). */
const MADE_BY = 3 << 8 | 63

/** The data of an entry. */
interface Data { method: number, crc: number, size: number, compressed: number, pieces: Iterable<Uint8Array> }

/** Writes an archive; the files come back with where they lie. */
export function writeArchive (plan: Plan, sink: Sink): Written[] {
  const writer = new Writer(plan, sink)
  for (const piece of plan.prefix) writer.put(piece)
  writer.tree(plan.root)
  writer.finish(plan.comment)
  writer.demandOpenable()
  return writer.written
}

/** One archive that is being written. */
class Writer {
  readonly written: Written[] = []
  readonly #plan: Plan
  readonly #sink: Sink
  readonly #directory: Buffer[] = []
  #count = 0
  #position = 0
  /** Bytes of all contents so far. */
  #contents = 0

  constructor (plan: Plan, sink: Sink) {
    this.#plan = plan
    this.#sink = sink
  }

  put (bytes: Uint8Array): void {
    this.#sink.write(bytes)
    this.#position += bytes.length
  }

  /** Folders before what is in them; a stack of its own, since a tree may be deeper than calls can be. */
  tree (root: Folder): void {
    const todo: Array<[string, Inode]> = [['', root]]
    for (;;) {
      const next = todo.pop()
      if (next === undefined) return
      const [path, node] = next
      if (path !== '') this.#entry(path, node)
      if (node instanceof Folder) for (const [name, child] of [...node.entries].reverse()) todo.push([`${path}${name}${isDir(child.mode) ? '/' : ''}`, child])
    }
  }

  #entry (path: string, node: Inode): void {
    const name = encodeName(path)
    if (name.length > MAX_PATH) throw unsupported(this.#plan.name, `the path ${JSON.stringify(path.slice(0, 100))} is too long to be opened again`)
    const offset = this.#position
    const data = this.#data(node)
    const { method, crc, size, compressed } = data
    this.#contents += size
    const item = { rawName: name, flags: path.length === name.length ? 0 : UTF8, method, crc, size, compressed, offset }
    this.put(localHeader(item, node))
    for (const piece of data.pieces) this.put(piece)
    this.#directory.push(centralHeader(item, node))
    this.#count++
    if (node instanceof Packed) this.written.push({ node, end: this.#position, item })
  }

  #data (node: Inode): Data {
    if (isDir(node.mode)) return { method: STORED, crc: 0, size: 0, compressed: 0, pieces: [] }
    if (isLink(node.mode)) return dataOf(encodeName((node as Link).target), 0)
    const entry = contentsOf(node) as Entry | undefined
    if (entry === undefined) return this.#packed(node.bytes.subarray(node.start, node.start + node.size))
    if (entry.encrypted) throw unsupported(this.#plan.name, 'an encrypted entry cannot be saved again')
    const { method, crc, size, compressed } = entry
    return { method, crc, size, compressed, pieces: entry.pieces() }
  }

  #packed (bytes: Uint8Array): Data {
    const { compress, enough, maxRatio } = this.#plan
    const data = dataOf(bytes, compress)
    const contents = this.#contents + data.size
    if (contents <= enough || contents <= (this.#position + data.compressed) * maxRatio) return data
    return dataOf(bytes, compress, true)
  }

  /** Throws for what would be refused when it is opened. */
  demandOpenable (): void {
    const { enough, maxRatio, maxFiles, name } = this.#plan
    if (this.#count > maxFiles) throw tooMuch(name, `it would have more than ${maxFiles} files (see maxFiles)`)
    if (this.#contents > enough && this.#contents > this.#position * maxRatio) throw tooMuch(name, `its contents are more than ${maxRatio} times as long as it would be (see maxRatio)`)
  }

  /** The central directory and the end. */
  finish (comment: Uint8Array): void {
    const start = this.#position
    for (const header of this.#directory) this.put(header)
    const length = this.#position - start
    const end = Buffer.alloc(HEADER.end)
    if (this.#count >= FULL16 || length >= FULL32 || start >= FULL32) this.#finish64(start, length)
    end.writeUInt32LE(SIGNATURE.end, 0)
    for (const at of [8, 10]) end.writeUInt16LE(Math.min(this.#count, FULL16), at)
    end.writeUInt32LE(Math.min(length, FULL32), 12)
    end.writeUInt32LE(Math.min(start, FULL32), 16)
    end.writeUInt16LE(comment.length, 20)
    this.put(end)
    this.put(comment)
  }

  #finish64 (start: number, length: number): void {
    const end = Buffer.alloc(HEADER.end64 + HEADER.locator64)
    end.writeUInt32LE(SIGNATURE.end64, 0)
    end.writeBigUInt64LE(BigInt(HEADER.end64 - 12), 4)
    end.writeUInt16LE(MADE_BY, 12)
    end.writeUInt16LE(45, 14)
    for (const [at, value] of [[24, this.#count], [32, this.#count], [40, length], [48, start]] as const) end.writeBigUInt64LE(BigInt(value), at)
    end.writeUInt32LE(SIGNATURE.locator64, HEADER.end64)
    end.writeBigUInt64LE(BigInt(start + length), HEADER.end64 + 8)
    end.writeUInt32LE(1, HEADER.end64 + 16)
    this.put(end)
  }
}

function dataOf (bytes: Uint8Array, compress: number, loosely = false): Data {
  const packed = bytes.length <= compress ? deflate(bytes, loosely) : undefined
  const pieces = [packed ?? bytes]
  return { method: packed === undefined ? STORED : DEFLATED, crc: crc32(bytes), size: bytes.length, compressed: pieces[0]!.length, pieces }
}

const times = ({ mtime, mtimeNs, atime, atimeNs, birthtime, birthtimeNs }: Attr): Parameters<typeof timeFields>[0] =>
  ({ mtime: { ms: mtime, ns: mtimeNs }, atime: { ms: atime, ns: atimeNs }, birthtime: { ms: birthtime, ns: birthtimeNs } })

/** What both headers begin with, from the version needed on: `at` is where that stands. */
function common (header: Buffer, at: number, { flags, method, crc, size, compressed, rawName }: Placed, node: Inode, extra: Buffer): void {
  const large = size >= FULL32 || compressed >= FULL32
  const { date, time } = dosTime(node.mtime)
  header.writeUInt16LE(method !== STORED && method !== DEFLATED ? 63 : large ? 45 : 20, at)
  header.writeUInt16LE(flags, at + 2)
  header.writeUInt16LE(method, at + 4)
  header.writeUInt16LE(time, at + 6)
  header.writeUInt16LE(date, at + 8)
  header.writeUInt32LE(crc, at + 10)
  header.writeUInt32LE(large ? FULL32 : compressed, at + 14)
  header.writeUInt32LE(large ? FULL32 : size, at + 18)
  header.writeUInt16LE(rawName.length, at + 22)
  header.writeUInt16LE(extra.length, at + 24)
}

const sizes = ({ size, compressed }: Placed): number[] => size >= FULL32 || compressed >= FULL32 ? [size, compressed] : []

function localHeader (head: Placed, node: Inode): Buffer {
  const extra = Buffer.concat([zip64Field(sizes(head)), timeFields(times(node), false), ownerField(node.uid, node.gid)])
  const header = Buffer.alloc(HEADER.local)
  header.writeUInt32LE(SIGNATURE.local, 0)
  common(header, 4, head, node, extra)
  return Buffer.concat([header, head.rawName, extra])
}

function centralHeader (head: Placed, node: Inode): Buffer {
  const far = head.offset >= FULL32
  const extra = Buffer.concat([zip64Field([...sizes(head), ...far ? [head.offset] : []]), timeFields(times(node), true), ownerField(node.uid, node.gid)])
  const header = Buffer.alloc(HEADER.central)
  header.writeUInt32LE(SIGNATURE.central, 0)
  header.writeUInt16LE(MADE_BY, 4)
  common(header, 6, head, node, extra)
  header.writeUInt32LE((node.mode << 16 | (isDir(node.mode) ? 0x10 : 0)) >>> 0, 38)
  header.writeUInt32LE(far ? FULL32 : head.offset, 42)
  return Buffer.concat([header, head.rawName, extra])
}
