// Files in memory whose content lies elsewhere, ready to be read, until they are written to: what a provider is made of
// that opens something packed. All else is as in MemoryProvider.
import { isFile, type Described, type Patch, type Recipient } from '../../lib/kernel/provider.ts'
import { EMPTY, Inode } from './inodes.ts'
import { MemoryStore, type MemoryOptions } from './store.ts'

/** Bytes that wait somewhere. Both methods throw what their place has to say when the bytes cannot be had. */
export interface Contents {
  readonly size: number
  /** All of them, shared and not to be written to. */
  view (): Uint8Array
  /** Some of them, where that costs less than all: fills `buffer` from `position` on, which lies inside, and returns the number of bytes. */
  read? (buffer: Uint8Array, position: number): number
  /** `view` costs nothing: it need not be remembered. */
  readonly free: boolean
}

/** Bytes of contents that are remembered for the next reader, beside those of open files. */
const REMEMBERED = 32 * 1024 * 1024

/** A file; without `contents` like any other in memory. */
export class Packed extends Inode {
  contents: Contents | undefined
  /** What `contents` gave the last time. */
  kept: Uint8Array | undefined = undefined

  constructor (mode: number, uid: number, gid: number, time: number, contents: Contents | undefined) {
    super(0, mode, uid, gid, time)
    this.contents = contents
    this.size = contents?.size ?? 0
  }

  override blank (): Packed { return new Packed(this.mode, this.uid, this.gid, this.mtime, this.contents) }
}

/** The contents of a node, while they are still where they were. */
export const contentsOf = (node: Inode): Contents | undefined => node instanceof Packed ? node.contents : undefined

/** MemoryStore over files some of which are packed. */
export class PackedStore extends MemoryStore {
  readonly #remembered = new Set<Packed>()
  #bytes = 0

  constructor (options?: MemoryOptions) {
    super(options)
  }

  override read (node: Inode, buffer: Uint8Array, position: number): number {
    const contents = contentsOf(node)
    if (contents === undefined) return super.read(node, buffer, position)
    this.accessed(node)
    const count = Math.min(buffer.length, node.size - position)
    if (count <= 0) return 0
    const { kept } = node as Packed
    if (kept === undefined && contents.read !== undefined) return contents.read(buffer.subarray(0, count), position)
    buffer.set(this.#whole(node as Packed, contents).subarray(position, position + count))
    return count
  }

  override view (node: Inode): Uint8Array {
    const contents = contentsOf(node)
    if (contents === undefined) return super.view(node)
    this.accessed(node)
    return this.#whole(node as Packed, contents)
  }

  override text (node: Inode): string {
    if (contentsOf(node) === undefined) return super.text(node)
    const { buffer, byteOffset, length } = this.view(node)
    return Buffer.from(buffer, byteOffset, length).toString()
  }

  override write (node: Inode, buffer: Uint8Array, position: number): number {
    this.unpack(node)
    return super.write(node, buffer, position)
  }

  override replace (node: Inode, bytes: Uint8Array): void {
    this.unpack(node, true)
    super.replace(node, bytes)
  }

  override setattr (node: Inode, patch: Patch): void {
    if (patch.size !== undefined) this.unpack(node, patch.size === 0)
    super.setattr(node, patch)
  }

  override unpin (node: Inode): void {
    super.unpin(node)
    if (node.pins === 0 && node instanceof Packed && node.kept !== undefined) node.nlink === 0 ? this.#forget(node) : this.#trim()
  }

  /** Whoever knows where the contents lie may know more. */
  override describe (_to: Recipient): Described | undefined { return undefined }

  /** Files are of the kind that may be packed later. */
  protected override newFile (ino: number, mode: number, uid: number, gid: number, now: number): Inode {
    const node = new Packed(mode, uid, gid, now, undefined)
    node.ino = ino
    return node
  }

  /** Has a file's content lie elsewhere from now on, as it was a moment ago. */
  protected repack (node: Packed, contents: Contents): void {
    this.#forget(node)
    node.contents = contents
    node.bytes = EMPTY
    node.start = node.room = 0
  }

  #whole (node: Packed, contents: Contents): Uint8Array {
    if (node.kept !== undefined) {
      // The one that is asked for goes to the end of those that may be forgotten.
      this.#remembered.delete(node)
      this.#remembered.add(node)
      return node.kept
    }
    const bytes = contents.view()
    if (!contents.free && (node.pins > 0 || bytes.length <= REMEMBERED)) {
      node.kept = bytes
      this.#remembered.add(node)
      this.#bytes += bytes.length
      this.#trim()
    }
    return bytes
  }

  #trim (): void {
    if (this.#bytes <= REMEMBERED) return
    for (const node of this.#remembered) {
      if (node.pins > 0) continue
      this.#forget(node)
      if (this.#bytes <= REMEMBERED) return
    }
  }

  #forget (node: Packed): void {
    if (!this.#remembered.delete(node)) return
    this.#bytes -= node.kept!.length
    node.kept = undefined
  }

  /** The content of a file becomes its own; `nothing`: none of it will stay. */
  protected unpack (node: Inode, nothing = false): void {
    const contents = contentsOf(node)
    if (contents === undefined || !isFile(node.mode)) return
    const packed = node as Packed
    if (!nothing) {
      const bytes = this.#whole(packed, contents)
      packed.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)   // without room: it is copied before it is written to
      packed.start = packed.room = 0
    }
    this.#forget(packed)
    packed.contents = undefined
  }
}
