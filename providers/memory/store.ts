// The primitives of MemoryProvider over inodes that are objects, its bounds and its snapshots.
import { freemem, totalmem } from 'node:os'
import { demandOptions, Errno, fsError, nodeError } from '../../lib/kernel/errors.ts'
import { compareNames } from '../../lib/kernel/names.ts'
import { clock } from '../../lib/kernel/native.ts'
import { APPEND, isDir, isFile, type Attr, type Described, type Entry, type Found, type Patch, type Provider, type Recipient, type StatFsAttr } from '../../lib/kernel/provider.ts'
import { Volume } from '../../lib/kernel/volume.ts'
import { aside, lazily } from '../../lib/kernel/late.ts'
import { DAY, isUnread } from '../../lib/kernel/relatime.ts'
import { EMPTY, Folder, Inode, Link, WAITING } from './inodes.ts'
import { MAX_FILE, Room } from './room.ts'
import { VirtualProvider } from '../path.ts'
import type { Content, ContentProvider, PopulateCallback } from './lazy.ts'
import type { MemorySnapshot, Waiting } from './snapshot.ts'

const contents = lazily(() => require('./lazy.js') as typeof import('./lazy.ts'))
const snapshots = lazily(() => require('./snapshot.js') as typeof import('./snapshot.ts'))

const BLOCK = 4096
const TMPFS_MAGIC = 0x01021994

/** What Node's Buffer has beside its documented `toString`, a good deal quicker. */
type Sliceable = Buffer & { utf8Slice: (start: number, end: number) => string }

/** Bounds of a MemoryProvider; none when absent. */
export interface MemoryOptions {
  /** Bytes that all files may hold together: beyond, ENOSPC and nothing half written. */
  maxBytes?: number
  /** Number of inodes, the root included: beyond, ENOSPC. */
  maxFiles?: number
}

/** MemoryProvider without what is only convenient. */
export class MemoryStore extends VirtualProvider implements Provider<Inode> {
  readonly root: Folder
  readonly #maxBytes: number
  readonly #maxFiles: number
  #readonly = false
  #bytes = 0
  #files = 1
  #nextIno = 2
  #reads = 0
  readonly #room = new Room()
  /** Goes up with every change of names, attributes and contents. */
  protected changes = 0

  constructor (options: MemoryOptions = {}) {
    super()
    demandOptions(options, { maxBytes: 'number', maxFiles: 'number' })
    this.#maxBytes = options.maxBytes ?? Infinity
    this.#maxFiles = options.maxFiles ?? Infinity
    this.root = new Folder(1, 0o40755, process.getuid?.() ?? 0, process.getgid?.() ?? 0, clock())
    this.root.nlink = 2
  }

  /** Freezes the file system: from now on every change is EROFS. */
  setReadOnly (): void { this.#readonly = true }

  override get readonly (): boolean { return this.#readonly }

  /** The state as it is now; contents are shared with it until they are written to. */
  snapshot (): MemorySnapshot { return new (snapshots().MemorySnapshot)(this.root, this.#nextIno, this.#waiting) }

  /** Goes back to a state, of this provider or another. Open files go on as if they had been removed. Throws EROFS. */
  restore (snapshot: MemorySnapshot): void {
    const { below, copyTree, MemorySnapshot, namesIn } = snapshots()
    if (!(snapshot instanceof MemorySnapshot)) throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "snapshot" argument must be what snapshot() gave')
    this.demandWritable('open', '/')
    this.changes++
    const heard = Volume.isHeard(this)
    const gone = heard ? namesIn(this.root) : []
    for (const node of below(this.root)) {
      node.nlink = 0
      this.#free(node)
    }
    const { entries, mode, uid, gid, nlink, atime, mtime, ctime, birthtime, fine } = copyTree(snapshot.root, this.#waiting)
    Object.assign(this.root, { entries, mode, uid, gid, nlink, atime, mtime, ctime, birthtime, fine, names: undefined })
    for (const node of below(this.root)) {
      this.#files++
      if (isFile(node.mode) && node.room !== WAITING) this.#bytes += node.size
    }
    this.#nextIno = Math.max(this.#nextIno, snapshot.nextIno)
    Volume.told(this, { event: 'change', node: this.root })
    for (const each of gone) Volume.told(this, { event: 'rename', gone: true, ...each })
    // From the root down, as if it were made.
    if (heard) for (const { dir, name, node } of namesIn(this.root).reverse()) Volume.told(this, { event: 'rename', dir, name, node })
  }

  /** For a worker: a copy as of now, whose contents are shared until either side writes to them. Another process can have none. */
  describe (to: Recipient): Described | undefined {
    const options = { readonly: this.#readonly, maxBytes: this.#maxBytes, maxFiles: this.#maxFiles }
    return to === 'thread' ? { provider: 'memory', source: aside(() => require('./shared.js') as typeof import('./shared.ts')).pack(this.root), options } : undefined
  }

  get state (): number { return this.changes }

  /** Gives a file its content, or what will make it. */
  fill (node: Inode, content: Content | ContentProvider): void {
    this.changes++
    if (typeof content === 'function') {
      this.#resize(node, 0, 0)
      node.touch(clock())
      this.#waiting.file(node, content)
    } else this.replace(node, typeof content === 'string' ? Buffer.from(content) : content)
    Volume.told(this, { event: 'change', node })
  }

  /** Has a folder be filled when it is asked. */
  populate (dir: Inode, populate: PopulateCallback): void {
    this.#waiting.folder(dir as Folder, populate)
    Volume.told(this, { event: 'change', node: dir })
  }

  readonly #waiting: Waiting = {
    file: (node, provide) => {
      contents().defer(node, provide, (size) => {
        if (this.#bytes + size > this.#maxBytes) throw new Errno('ENOSPC')
        this.#bytes += size
      })
    },
    folder: (node, populate) => {
      const { scopeOf } = aside(() => require('./tree.js') as typeof import('./tree.ts'))
      node.entries = new (contents().WaitingEntries)(node, populate, scopeOf(this, node))
      node.names = undefined
    }
  }

  /** Throws EROFS, as a call that writes would. */
  protected demandWritable (syscall: string, path: string): void {
    if (this.#readonly) throw fsError('EROFS', syscall, path)
  }

  lookup (dir: Inode, name: string): Found<Inode> | undefined {
    const node = (dir as Folder).entries.get(name)
    return node === undefined ? undefined : { node, mode: node.mode }
  }

  getattr (node: Inode): Attr { return node }

  setattr (node: Inode, patch: Patch): void {
    this.changes++
    const now = clock()
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

  * getdents (dir: Inode): Iterable<Entry<Inode>> {
    const folder = dir as Folder
    for (const name of this.names(dir)) {
      const node = folder.entries.get(name)
      if (node !== undefined) yield { name, node, mode: node.mode }
    }
  }

  names (dir: Inode): readonly string[] {
    const folder = dir as Folder
    this.accessed(folder)
    folder.names ??= [...folder.entries.keys()].sort(compareNames)
    return folder.names
  }

  empty (dir: Inode): boolean { return (dir as Folder).entries.size === 0 }

  getlink (node: Inode): string {
    this.accessed(node)
    return (node as Link).target
  }

  mknod (dir: Inode, name: string, mode: number, uid: number, gid: number, target?: string): Inode {
    if (this.#files >= this.#maxFiles) throw new Errno('ENOSPC')
    const now = clock()
    const ino = this.#nextIno++
    const node = isDir(mode) ? new Folder(ino, mode, uid, gid, now) : isFile(mode) ? this.newFile(ino, mode, uid, gid, now) : new Link(ino, mode, uid, gid, now, target!)
    if (isDir(mode)) {
      node.nlink = 2
      dir.nlink++
    }
    this.#files++
    this.#put(dir as Folder, name, node, now)
    return node
  }

  /** A new file. */
  protected newFile (ino: number, mode: number, uid: number, gid: number, now: number): Inode { return new Inode(ino, mode, uid, gid, now) }

  linkat (node: Inode, dir: Inode, name: string): void {
    const now = clock()
    node.nlink++
    node.stamp(now)
    this.#put(dir as Folder, name, node, now)
  }

  unlinkat (dir: Inode, name: string): void {
    this.changes++
    const now = clock()
    const folder = dir as Folder
    const node = folder.entries.get(name)!
    folder.entries.delete(name)
    folder.names = undefined
    folder.touch(now)
    this.#drop(node, folder, now)
  }

  renameat (dir: Inode, name: string, newDir: Inode, newName: string): void {
    const now = clock()
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
    this.accessed(node)
    const count = Math.min(buffer.length, node.size - position)
    if (count <= 0) return 0
    const from = node.start + position
    node.bytes.copy(buffer, 0, from, from + count)
    return count
  }

  write (node: Inode, buffer: Uint8Array, position: number): number {
    this.changes++
    const at = position === APPEND ? node.size : position
    const end = at + buffer.length
    if (end > node.size || end > node.room) this.#resize(node, Math.max(end, node.size), at, 'write')
    node.bytes.set(buffer, node.start + at)
    node.touch(clock())
    return buffer.length
  }

  view (node: Inode): Uint8Array {
    this.accessed(node)
    return node.bytes.subarray(node.start, node.start + node.size)
  }

  text (node: Inode): string {
    this.accessed(node)
    return (node.bytes as Sliceable).utf8Slice(node.start, node.start + node.size)
  }

  replace (node: Inode, bytes: Uint8Array): void {
    this.changes++
    this.#resize(node, bytes.length, 0, 'write')
    node.bytes.set(bytes, node.start)
    node.touch(clock())
  }

  pin (node: Inode): Inode {
    node.pins++
    return node
  }

  unpin (node: Inode): void {
    node.pins--
    if (node.nlink === 0) this.#free(node)
  }

  statvfs (): StatFsAttr {
    const total = Math.min(this.#maxBytes, totalmem())
    const free = Math.max(0, Math.min(this.#maxBytes - this.#bytes, freemem()))
    const files = Math.min(this.#maxFiles, 2 ** 32)
    return {
      type: TMPFS_MAGIC, bsize: BLOCK, blocks: Math.floor(total / BLOCK), bfree: Math.floor(free / BLOCK),
      bavail: Math.floor(free / BLOCK), files, ffree: files - this.#files
    }
  }

  /** Moves atime as relatime does; the clock is looked at for the daily turn only now and then, because it costs. */
  protected accessed (node: Inode): void {
    if (isUnread(node.atime, node.mtime, node.ctime)) this.#moveAtime(node, clock())
    else if ((++this.#reads & 63) === 0) {
      const now = clock()
      if (now - node.atime >= DAY) this.#moveAtime(node, now)
    }
  }

  #moveAtime (node: Inode, now: number): void {
    node.atime = now
    if (node.fine !== undefined) node.fine.atime = 0
  }

  /**
   * Takes in an inode that was made elsewhere, its number aside, under a free name or in place of a file or link; no
   * time moves. For providers whose tree is there from the beginning.
   */
  protected adopt (dir: Folder, name: string, node: Inode): void {
    const before = dir.entries.get(name)
    if (before !== undefined) this.#drop(before, dir, before.ctime)
    node.ino = this.#nextIno++
    if (node instanceof Folder) {
      node.nlink = 2
      dir.nlink++
    } else if (isFile(node.mode)) this.#bytes += node.size
    this.#files++
    dir.entries.set(name, node)
    dir.names = undefined
  }

  #put (dir: Folder, name: string, node: Inode, now: number): void {
    this.changes++
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
    if (node.room === WAITING) contents().settle(node)
    this.#bytes -= node.size
    node.bytes = EMPTY
    node.room = node.size = node.start = 0
  }

  /** Makes the content `size` long; what is new before `filled` reads as zeros, the rest is about to be written. `syscall` is to blame. */
  #resize (node: Inode, size: number, filled: number, syscall?: string): void {
    if (node.room === WAITING && filled === 0) contents().settle(node)   // nothing of it will stay
    const grown = size - node.size
    if (size > MAX_FILE) throw new Errno('EFBIG', syscall)
    if (grown > 0 && this.#bytes + grown > this.#maxBytes) throw new Errno('ENOSPC', syscall)
    const clean = size > node.room && this.#room.grow(node, size, filled - node.size, syscall)
    if (filled > node.size && !clean) node.bytes.fill(0, node.start + node.size, node.start + filled)
    this.#bytes += grown
    node.size = size
  }
}
