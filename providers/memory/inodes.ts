// What MemoryProvider keeps of files, folders and links.
import { encodeName } from '../../lib/kernel/names.ts'
import type { Attr } from '../../lib/kernel/provider.ts'

/** `room` of a file that waits for its content. */
export const WAITING = -1

/** No content. */
export const EMPTY: Buffer = Buffer.alloc(0)

/** Nanoseconds beyond the millisecond, kept only by inodes whose times were set that finely. */
interface Fine { atime: number, mtime: number, ctime: number, birthtime: number }

/**
 * An inode. Content is `bytes[start, start + size)`, with `room` bytes to write into; what lies behind `size` is not
 * cleared. Content without room is shared with a snapshot, and copied before it is written to.
 */
export class Inode implements Attr {
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

  /** One of the same kind with nothing in it yet: where a copy of a tree begins. */
  blank (): Inode { return new Inode(this.ino, this.mode, this.uid, this.gid, this.mtime) }

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

/** A folder: its names, and the inodes that they lead to. */
export class Folder extends Inode {
  /** Replaced when what was lazy is there. */
  entries = new Map<string, Inode>()
  /** Sorted names, until a name comes or goes. */
  names: readonly string[] | undefined = undefined
  override blank (): Folder { return new Folder(this.ino, this.mode, this.uid, this.gid, this.mtime) }
}

/** A symbolic link. */
export class Link extends Inode {
  readonly target: string
  constructor (ino: number, mode: number, uid: number, gid: number, now: number, target: string) {
    super(ino, mode, uid, gid, now)
    this.target = target
    this.size = target.isWellFormed() ? Buffer.byteLength(target) : encodeName(target).length
  }

  override blank (): Link { return new Link(this.ino, this.mode, this.uid, this.gid, this.mtime, this.target) }
}
