// MemoryProvider: inodes as objects. The default file system of create().
import { freemem, totalmem } from 'node:os'
import { Errno } from '../lib/kernel/errors.ts'
import { compareNames } from '../lib/kernel/names.ts'
import { APPEND, isDir, isFile, type Attr, type Entry, type Found, type Patch, type Provider, type StatFsAttr } from '../lib/kernel/provider.ts'
import { VirtualProvider } from './path.ts'

const DAY = 86_400_000
/** Contents up to this size share slabs: a buffer of their own would cost more than they hold. */
const SMALL = 256
const SLAB = 64 * 1024
const BLOCK = 4096
const TMPFS_MAGIC = 0x01021994
const EMPTY = Buffer.alloc(0)

/** What Node's Buffer has beside its documented `toString`, a good deal quicker. */
type Sliceable = Buffer & { utf8Slice: (start: number, end: number) => string }

/** Nanoseconds beyond the millisecond, kept only by inodes whose times were set that finely. */
interface Fine { atime: number, mtime: number, ctime: number, birthtime: number }

/** An inode. Content is `bytes[start, start + size)`, with `room` bytes to grow into; what lies behind `size` is not cleared. */
class Inode implements Attr {
  ino: number
  mode: number
  nlink = 1
  uid: number
  gid: number
  size = 0
  atime: number
  mtime: number
  ctime: number
  birthtime: number
  fine: Fine | undefined = undefined
  pins = 0
  bytes: Buffer = EMPTY
  start = 0
  room = 0

  constructor (ino: number, mode: number, uid: number, gid: number, now: number) {
    this.ino = ino
    this.mode = mode
    this.uid = uid
    this.gid = gid
    this.atime = this.mtime = this.ctime = this.birthtime = now
  }

  get rdev (): number { return 0 }
  get atimeNs (): number { return this.fine === undefined ? 0 : this.fine.atime }
  get mtimeNs (): number { return this.fine === undefined ? 0 : this.fine.mtime }
  get ctimeNs (): number { return this.fine === undefined ? 0 : this.fine.ctime }
  get birthtimeNs (): number { return this.fine === undefined ? 0 : this.fine.birthtime }

  /** Content or names changed now. */
  touch (now: number): void {
    this.mtime = this.ctime = now
    if (this.fine !== undefined) this.fine.mtime = this.fine.ctime = 0
  }

  /** Attributes changed now. */
  stamp (now: number): void {
    this.ctime = now
    if (this.fine !== undefined) this.fine.ctime = 0
  }
}

class Folder extends Inode {
  readonly entries = new Map<string, Inode>()
  /** Sorted names, until a name comes or goes. */
  names: readonly string[] | undefined = undefined
}

class Link extends Inode {
  readonly target: string
  constructor (ino: number, mode: number, uid: number, gid: number, now: number, target: string) {
    super(ino, mode, uid, gid, now)
    this.target = target
    this.size = Buffer.byteLength(target)
  }
}

/** Bounds of a MemoryProvider; none when absent. */
export interface MemoryOptions {
  /** Bytes that all files may hold together: beyond, ENOSPC and nothing half written. */
  maxBytes?: number
  /** Number of inodes, the root included: beyond, ENOSPC. */
  maxFiles?: number
}

/** A file system in memory. */
export class MemoryProvider extends VirtualProvider implements Provider<Inode> {
  readonly root: Inode
  readonly #maxBytes: number
  readonly #maxFiles: number
  #readonly = false
  #bytes = 0
  #files = 1
  #nextIno = 2
  #reads = 0
  /** Where small contents are put at present. */
  #slab = EMPTY
  #slabUsed = 0

  constructor (options: MemoryOptions = {}) {
    super()
    this.#maxBytes = options.maxBytes ?? Infinity
    this.#maxFiles = options.maxFiles ?? Infinity
    this.root = new Folder(1, 0o40755, process.getuid?.() ?? 0, process.getgid?.() ?? 0, Date.now())
    this.root.nlink = 2
  }

  override get readonly (): boolean { return this.#readonly }

  /** Freezes the file system: from now on every change is EROFS. */
  setReadOnly (): void { this.#readonly = true }

  lookup (dir: Inode, name: string): Found<Inode> | undefined {
    const node = (dir as Folder).entries.get(name)
    return node === undefined ? undefined : { node, mode: node.mode }
  }

  getattr (node: Inode): Attr { return node }

  setattr (node: Inode, patch: Patch): void {
    const now = Date.now()
    if (patch.size !== undefined) {
      this.#resize(node, patch.size, patch.size)
      node.touch(now)
    } else node.stamp(now)
    if (patch.mode !== undefined) node.mode = (node.mode & ~0o7777) | patch.mode
    if (patch.uid !== undefined) node.uid = patch.uid
    if (patch.gid !== undefined) node.gid = patch.gid
    const { atime, mtime } = patch
    if (atime !== undefined) node.atime = atime.ms
    if (mtime !== undefined) node.mtime = mtime.ms
    if ((atime !== undefined || mtime !== undefined) && (node.fine !== undefined || (atime?.ns ?? 0) !== 0 || (mtime?.ns ?? 0) !== 0)) {
      node.fine ??= { atime: 0, mtime: 0, ctime: 0, birthtime: 0 }
      if (atime !== undefined) node.fine.atime = atime.ns
      if (mtime !== undefined) node.fine.mtime = mtime.ns
    }
  }

  * readdir (dir: Inode): Iterable<Entry<Inode>> {
    const folder = dir as Folder
    let looked = true
    for (const name of this.#sorted(folder)) {
      const node = folder.entries.get(name)
      if (node === undefined) continue
      yield { name, node, mode: node.mode }
      // Who asks for one entry only wants to know whether there is any, which is no access.
      if (looked) this.#accessed(folder)
      looked = false
    }
    if (looked) this.#accessed(folder)
  }

  names (dir: Inode): readonly string[] {
    this.#accessed(dir)
    return this.#sorted(dir as Folder)
  }

  #sorted (folder: Folder): readonly string[] {
    folder.names ??= [...folder.entries.keys()].sort(compareNames)
    return folder.names
  }

  readlink (node: Inode): string {
    this.#accessed(node)
    return (node as Link).target
  }

  mknod (dir: Inode, name: string, mode: number, uid: number, gid: number, target?: string): Inode {
    if (this.#files >= this.#maxFiles) throw new Errno('ENOSPC')
    const now = Date.now()
    const ino = this.#nextIno++
    const node = isDir(mode) ? new Folder(ino, mode, uid, gid, now) : isFile(mode) ? new Inode(ino, mode, uid, gid, now) : new Link(ino, mode, uid, gid, now, target!)
    if (isDir(mode)) {
      node.nlink = 2
      dir.nlink++
    }
    this.#files++
    this.#put(dir as Folder, name, node, now)
    return node
  }

  link (node: Inode, dir: Inode, name: string): void {
    const now = Date.now()
    node.nlink++
    node.stamp(now)
    this.#put(dir as Folder, name, node, now)
  }

  unlink (dir: Inode, name: string): void {
    const now = Date.now()
    const folder = dir as Folder
    const node = folder.entries.get(name)!
    folder.entries.delete(name)
    folder.names = undefined
    folder.touch(now)
    this.#drop(node, folder, now)
  }

  rename (dir: Inode, name: string, newDir: Inode, newName: string): void {
    const now = Date.now()
    const from = dir as Folder
    const to = newDir as Folder
    const node = from.entries.get(name)!
    const victim = to.entries.get(newName)
    if (victim !== undefined) this.#drop(victim, to, now)
    from.entries.delete(name)
    from.names = undefined
    from.touch(now)
    if (isDir(node.mode) && from !== to) {
      from.nlink--
      to.nlink++
    }
    node.stamp(now)
    this.#put(to, newName, node, now)
  }

  read (node: Inode, buffer: Uint8Array, position: number): number {
    this.#accessed(node)
    const count = Math.min(buffer.length, node.size - position)
    if (count <= 0) return 0
    const from = node.start + position
    node.bytes.copy(buffer, 0, from, from + count)
    return count
  }

  write (node: Inode, buffer: Uint8Array, position: number): number {
    const at = position === APPEND ? node.size : position
    const end = at + buffer.length
    if (end > node.size) this.#resize(node, end, at)
    node.bytes.set(buffer, node.start + at)
    node.touch(Date.now())
    return buffer.length
  }

  view (node: Inode): Uint8Array {
    this.#accessed(node)
    return node.bytes.subarray(node.start, node.start + node.size)
  }

  text (node: Inode): string {
    this.#accessed(node)
    return (node.bytes as Sliceable).utf8Slice(node.start, node.start + node.size)
  }

  replace (node: Inode, bytes: Uint8Array): void {
    this.#resize(node, bytes.length, 0)
    node.bytes.set(bytes, node.start)
    node.touch(Date.now())
  }

  open (node: Inode): Inode {
    node.pins++
    return node
  }

  close (node: Inode): void {
    node.pins--
    if (node.nlink === 0) this.#free(node)
  }

  statfs (): StatFsAttr {
    const total = Math.min(this.#maxBytes, totalmem())
    const free = Math.max(0, Math.min(this.#maxBytes - this.#bytes, freemem()))
    const files = Math.min(this.#maxFiles, 2 ** 32)
    return {
      type: TMPFS_MAGIC, bsize: BLOCK, blocks: Math.floor(total / BLOCK), bfree: Math.floor(free / BLOCK),
      bavail: Math.floor(free / BLOCK), files, ffree: files - this.#files
    }
  }

  /** Moves atime as relatime does; the clock is looked at for the daily turn only now and then, because it costs. */
  #accessed (node: Inode): void {
    if (node.atime <= node.mtime || node.atime <= node.ctime) this.#moveAtime(node, Date.now())
    else if ((++this.#reads & 63) === 0) {
      const now = Date.now()
      if (now - node.atime >= DAY) this.#moveAtime(node, now)
    }
  }

  #moveAtime (node: Inode, now: number): void {
    node.atime = now
    if (node.fine !== undefined) node.fine.atime = 0
  }

  #put (dir: Folder, name: string, node: Inode, now: number): void {
    dir.entries.set(name, node)
    dir.names = undefined
    dir.touch(now)
  }

  /** A name of `node` in `dir` is gone. */
  #drop (node: Inode, dir: Folder, now: number): void {
    if (isDir(node.mode)) {
      node.nlink = 0
      dir.nlink--
    } else node.nlink--
    node.stamp(now)
    if (node.nlink === 0) this.#free(node)
  }

  #free (node: Inode): void {
    if (node.pins > 0) return
    this.#files--
    if (!isFile(node.mode)) return
    this.#bytes -= node.size
    node.bytes = EMPTY
    node.room = node.size = node.start = 0
  }

  /** Makes the content `size` long; what is new before `filled` reads as zeros, the rest is about to be written. */
  #resize (node: Inode, size: number, filled: number): void {
    const grown = size - node.size
    if (grown > 0 && this.#bytes + grown > this.#maxBytes) throw new Errno('ENOSPC')
    if (size > node.room) this.#grow(node, size)
    if (filled > node.size) node.bytes.fill(0, node.start + node.size, node.start + filled)
    this.#bytes += grown
    node.size = size
  }

  #grow (node: Inode, size: number): void {
    if (size <= SMALL && node.size === 0) this.#takeFromSlab(node, size)
    else this.#takeOwn(node, node.size === 0 ? size : Math.max(size, node.size * 2, 1024))
  }

  #takeFromSlab (node: Inode, size: number): void {
    const room = (size + 7) & ~7
    if (this.#slabUsed + room > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB)
      this.#slabUsed = 0
    }
    node.bytes = this.#slab
    node.start = this.#slabUsed
    node.room = room
    this.#slabUsed += room
  }

  #takeOwn (node: Inode, room: number): void {
    let bytes
    try {
      bytes = Buffer.allocUnsafeSlow(room)
    } catch {
      throw new Errno('ENOSPC')   // an allocation fails for want of memory only
    }
    node.bytes.copy(bytes, 0, node.start, node.start + node.size)
    node.bytes = bytes
    node.start = 0
    node.room = room
  }
}
