// What rows do to inodes and names, with the rules of POSIX as Linux has them: making, opening, removing, moving.
import { Errno } from '../kernel/errors.ts'
import { O_ACCMODE, O_PATH } from '../kernel/handles.ts'
import { live } from '../kernel/native.ts'
import { isDir, isFile, isLink, S_IFDIR, S_IFLNK, S_IFREG, S_ISGID, type Attr } from '../kernel/provider.ts'
import { currentUmask, demand, demandLinkable, demandOwner, demandUnsticky, newFileBits, R_OK, W_OK, whoami, X_OK } from '../kernel/rights.ts'
import { demandName, attrOf, type Place } from '../kernel/namei.ts'
import type { Volume } from '../kernel/volume.ts'

const { O_CREAT, O_DIRECT = 0, O_DIRECTORY, O_EXCL, O_NOATIME = 0, O_NOFOLLOW, O_RDONLY, O_RDWR, O_TRUNC } = live.constants

/** Whether two nodes are one inode. */
export const same = (volume: Volume, a: unknown, b: unknown): boolean =>
  a === b || (a !== undefined && b !== undefined && volume.getattr(a).ino === volume.getattr(b).ino)

/** The node of a place that must exist. */
function existing (place: { node: unknown }): unknown {
  if (place.node === undefined) throw new Errno('ENOENT')
  return place.node
}

/** Whether a folder has no entries. */
export function isEmpty (volume: Volume, dir: unknown): boolean {
  if (volume.io.empty !== undefined) return volume.io.empty(dir)
  for (const _ of volume.readdir(dir)) return false
  return true
}

/** A folder that goes must be empty; looking would move its atime where the provider looks itself. */
function demandEmpty (volume: Volume, dir: unknown): void {
  if (volume.provider.checksEmpty !== true && !isEmpty(volume, dir)) throw new Errno('ENOTEMPTY')
}

/** Names may be made in this folder by this process. */
function demandRoom (place: Place): Attr {
  const attr = place.volume.getattr(place.dir)
  if (place.volume.provider.checksEmpty !== true && attr.nlink === 0) throw new Errno('ENOENT')
  place.volume.demandWritable()
  demand(attr, W_OK | X_OK)
  return attr
}

/** This name may be taken away by this process. */
function demandVictim (place: Place): void {
  place.volume.demandWritable()
  const dir = place.volume.getattr(place.dir)
  demand(dir, W_OK | X_OK)
  demandUnsticky(dir, place.volume.getattr(place.node))
}

/** Makes a node under a free name: owner, setgid folders and umask as Linux has them. */
function make (place: Place, type: number, bits: number, target?: string): unknown {
  const dir = demandRoom(place)
  const who = whoami()
  const inherits = (dir.mode & S_ISGID) !== 0
  const asked = type === S_IFLNK ? 0o777 : bits & ~currentUmask() & 0o7777
  const mode = inherits && type === S_IFREG ? newFileBits(dir, asked) : asked
  const setgid = inherits && type === S_IFDIR ? S_ISGID : 0
  return place.volume.mknod(place, type | mode | setgid, who.uid, inherits ? dir.gid : who.gid, target)
}

/** mkdir(2). Errors: EEXIST, EROFS, EACCES, ENOENT. */
export function makeFolder (place: Place, bits: number): void {
  if (place.last !== 'name' || place.node !== undefined) throw new Errno('EEXIST')
  make(place, S_IFDIR, bits & 0o1777)
}

/** symlink(2). */
export function makeLink (place: Place, target: string): void {
  demandFree(place)
  make(place, S_IFLNK, 0o777, target)
}

/** A name for something that is no folder must be free and without a slash behind it. */
export function demandFree (place: Place): void {
  if (place.last !== 'name' || place.node !== undefined) throw new Errno('EEXIST')
  if (place.trailing) throw new Errno('ENOENT')
}

/** link(2): a further name for what is no folder. */
export function linkNode (from: Place, to: Place): void {
  const node = existing(from)
  demandFree(to)
  to.volume.demandWritable()
  demandLinkable(attrOf(from))
  demandRoom(to)
  if (isDir(from.mode)) throw new Errno('EPERM')
  to.volume.link(node, to)
}

/** unlink(2). */
export function removeName (place: Place): void {
  if (place.last !== 'name') throw new Errno('EISDIR')
  existing(place)
  if (place.trailing) throw new Errno(isDir(place.mode) ? 'EISDIR' : 'ENOTDIR')
  demandVictim(place)
  if (isDir(place.mode)) throw new Errno('EISDIR')
  place.volume.unlink(place)
}

/** rmdir(2). */
export function removeFolder (place: Place): void {
  if (place.last !== 'name') throw new Errno(place.last === 'root' ? 'EBUSY' : place.last === 'dot' ? 'EINVAL' : 'ENOTEMPTY')
  existing(place)
  demandVictim(place)
  if (!isDir(place.mode)) throw new Errno('ENOTDIR')
  demandEmpty(place.volume, place.node)
  place.volume.unlink(place)
}

/** rename(2) within a volume, in the order of checks of `do_renameat2` and `vfs_rename` (Linux 6). */
export function moveName (from: Place, to: Place): void {
  const { volume } = from
  if (from.last !== 'name' || to.last !== 'name') throw new Errno('EBUSY')
  demandName(from)
  const node = existing(from)
  demandName(to)
  const folder = isDir(from.mode)
  if (!folder && (from.trailing || to.trailing)) throw new Errno('ENOTDIR')
  if (to.line.some((above) => same(volume, above, node))) throw new Errno('EINVAL')
  if (from.line.some((above) => same(volume, above, to.node))) throw new Errno('ENOTEMPTY')
  if (same(volume, node, to.node)) return
  demandVictim(from)
  if (to.node === undefined) demandRoom(to)
  else {
    demandVictim(to)
    if (folder && !isDir(to.mode)) throw new Errno('ENOTDIR')
    if (!folder && isDir(to.mode)) throw new Errno('EISDIR')
  }
  // The entry `..` of a folder changes with its parent.
  if (folder && !same(volume, from.dir, to.dir)) demand(volume.getattr(node), W_OK)
  if (to.node !== undefined && isDir(to.mode)) demandEmpty(volume, to.node)
  volume.rename(from, to)
}

/** What open(2) leads to: the node, freshly made or truncated if the flags say so. */
export interface Opened { volume: Volume, node: unknown, mode: number, flags: number }

/** open(2) without the descriptor. */
export function openNode (place: Place, flags: number, bits: number): Opened {
  const { volume } = place
  const creates = (flags & O_CREAT) !== 0
  const access = flags & O_ACCMODE
  const writes = access !== O_RDONLY
  if (creates && place.trailing) throw new Errno('EISDIR')
  if (place.node === undefined) {
    if (!creates) throw new Errno('ENOENT')
    return { volume, node: make(place, S_IFREG, bits), mode: S_IFREG, flags }
  }
  const { node, mode } = place
  if (creates && (flags & O_EXCL) !== 0) throw new Errno('EEXIST')
  if (isLink(mode)) throw new Errno((flags & O_DIRECTORY) !== 0 ? 'ENOTDIR' : 'ELOOP')
  if (isDir(mode)) {
    if (creates || writes || (flags & O_TRUNC) !== 0) throw new Errno('EISDIR')
  } else if ((flags & O_DIRECTORY) !== 0 || place.trailing) throw new Errno('ENOTDIR')
  const truncates = (flags & O_TRUNC) !== 0 && isFile(mode)
  const mask = (access === O_RDONLY || access === O_RDWR ? R_OK : 0) | (writes || truncates ? W_OK : 0)
  if (mask & W_OK) volume.demandWritable()
  const attr = attrOf(place)
  demand(attr, mask)
  if ((flags & O_NOATIME) !== 0) demandOwner(attr)
  if (isDir(mode) && (flags & O_DIRECT) !== 0) throw new Errno('EINVAL')
  if (truncates) volume.setattr(node, { size: 0 })
  return { volume, node, mode, flags }
}

/** Linux's flag for a file without a name (O_TMPFILE without the O_DIRECTORY in it), which Node has no constant for. */
const UNNAMED = process.platform === 'linux' ? 0o20000000 : 0

/** open(2) with the inode pinned: `pinned` is what the volume's `open` gave. */
export function openPinned (place: Place, flags: number, bits: number): Opened & { pinned: unknown } {
  if ((flags & O_PATH) !== 0) return openPath(place, flags)
  if ((flags & UNNAMED) !== 0) return openUnnamed(place, flags, bits)
  const opened = openNode(place, flags, bits)
  return { ...opened, pinned: opened.volume.open(opened.node, flags) }
}

/** What a path leads to, whatever it is and whoever may read it; the flags that would change it count for nothing (open(2), O_PATH). */
function openPath (place: Place, flags: number): Opened & { pinned: unknown } {
  const { volume, mode, trailing } = place
  const node = existing(place)
  if (!isDir(mode) && ((flags & O_DIRECTORY) !== 0 || trailing)) throw new Errno('ENOTDIR')
  return { volume, node, mode, flags, pinned: volume.open(node, O_PATH) }
}

/** A new file in a folder, without a name: made under one that is taken away at once, and of which nobody is told. */
function openUnnamed ({ volume, node: dir, mode }: Place, flags: number, bits: number): Opened & { pinned: unknown } {
  if (!isDir(mode)) throw new Errno('ENOTDIR')
  volume.demandWritable()
  const before = volume.getattr(dir)
  if (before.nlink === 0) throw new Errno('ENOENT')
  demand(before, W_OK | X_OK)
  const who = whoami()
  const name = freeName(volume, dir)
  const { atime, atimeNs, mtime, mtimeNs, gid } = before
  const made = volume.io.mknod(dir, name, S_IFREG | (bits & ~currentUmask() & 0o7777), who.uid, (before.mode & S_ISGID) !== 0 ? gid : who.gid)
  const pinned = volume.open(made, flags)
  volume.io.unlinkat(dir, name)
  volume.io.setattr(dir, { atime: { ms: atime, ns: atimeNs }, mtime: { ms: mtime, ns: mtimeNs } })
  return { volume, node: made, mode: S_IFREG, flags, pinned }
}

/** A name that nothing in a folder has; the same when a call runs again. */
function freeName (volume: Volume, dir: unknown): string {
  for (let i = 0; ; i++) {
    const name = `.unnamed-${process.pid}-${i}`
    if (volume.lookup(dir, name) === undefined) return name
  }
}

/** How the last component of a path to be opened is taken. Throws EINVAL for flags that go together with no path. */
export function opens (flags: number): 'node' | 'link' | 'create' | 'place' {
  if ((flags & O_PATH) !== 0) return (flags & O_NOFOLLOW) !== 0 ? 'link' : 'node'
  if ((flags & UNNAMED) !== 0 && ((flags & O_DIRECTORY) === 0 || (flags & O_ACCMODE) === O_RDONLY)) throw new Errno('EINVAL')
  if ((flags & O_DIRECTORY) !== 0 && (flags & O_CREAT) !== 0) throw new Errno('EINVAL')   // Linux from 6.4 on
  return opensAs(flags)
}

const opensAs = (flags: number): 'node' | 'link' | 'create' | 'place' =>
  (flags & O_CREAT) !== 0 ? ((flags & (O_EXCL | O_NOFOLLOW)) !== 0 ? 'place' : 'create') : (flags & O_NOFOLLOW) !== 0 ? 'link' : 'node'
