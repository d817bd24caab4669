// Who the process is, and what mode bits let it do.
import { Errno } from './errors.ts'
import { isDir, isFile, S_ISGID, S_ISUID, type Attr } from './provider.ts'

/** What may be asked for, as in access(2). */
export const R_OK = 4
export const W_OK = 2
export const X_OK = 1

const process_ = process

/** Effective user, group and further groups of the process. */
export interface Identity { uid: number, gid: number, groups: readonly number[] }

const identity: Identity = { uid: 0, gid: 0, groups: [] }
let umask = 0o022
/** While the setters of `process` are wrapped (lib/mount), the copy above is kept right by them. */
let tracked = false

/** Reads the identity anew; where there are no users (Windows), everybody is root. */
export function refreshIdentity (): void {
  identity.uid = process_.geteuid?.() ?? 0
  identity.gid = process_.getegid?.() ?? 0
  identity.groups = identity.uid === 0 ? [] : process_.getgroups?.() ?? []
  if (tracked) umask = process_.umask()
}

/** Says whether changes of identity are reported (by calling `refreshIdentity`) or must be looked for. */
export function trackIdentity (on: boolean): void {
  tracked = on
  refreshIdentity()
}

/** The identity of the process, right at this moment. */
export function whoami (): Identity {
  if (!tracked) refreshIdentity()
  return identity
}

/**
 * The umask of the process. Asking for it sets it for a moment, which threads that make files can see: so it is asked
 * for only when something is made, and not at all while it is tracked.
 */
export const currentUmask = (): number => tracked ? umask : process_.umask()

/** Whether the process acted as root when last looked at: good enough to choose a fast path, not to decide. */
export const likelyRoot = (): boolean => identity.uid === 0

/** access(2): whether `who` may do all of `mask` (R_OK, W_OK, X_OK) to an inode. */
export function may (attr: Attr, mask: number, who: Identity = whoami()): boolean {
  if (who.uid === 0) return (mask & X_OK) === 0 || isDir(attr.mode) || (attr.mode & 0o111) !== 0
  const shift = attr.uid === who.uid ? 6 : attr.gid === who.gid || who.groups.includes(attr.gid) ? 3 : 0
  return ((attr.mode >> shift) & mask) === mask
}

/** Throws EACCES unless the process may do `mask`. */
export function demand (attr: Attr, mask: number): void {
  if (!may(attr, mask)) throw new Errno('EACCES')
}

/** Whether the process owns the inode or is root. */
export function owns (attr: Pick<Attr, 'uid'>): boolean {
  const { uid } = whoami()
  return uid === 0 || uid === attr.uid
}

/** Throws EPERM unless the process owns the inode or is root. */
export function demandOwner (attr: Attr): void {
  if (!owns(attr)) throw new Errno('EPERM')
}

/** In a sticky folder only the owner of the name, of the folder, or root may take a name away. */
export function demandUnsticky (dir: Attr, victim: Attr): void {
  const { uid } = whoami()
  if ((dir.mode & 0o1000) !== 0 && uid !== 0 && uid !== dir.uid && uid !== victim.uid) throw new Errno('EPERM')
}

/** The permission bits that are left when an ordinary user has written to a file (fs/attr.c, `setattr_should_drop_suidgid`). */
export function writtenBits (attr: Attr): number {
  const { uid, gid, groups } = whoami()
  const bits = attr.mode & 0o7777
  if (uid === 0 || !isFile(attr.mode)) return bits
  const keeps = (bits & 0o010) === 0 && (attr.gid === gid || groups.includes(attr.gid))
  return bits & ~(keeps ? S_ISUID : S_ISUID | S_ISGID)
}

/** Whether a new file in a setgid folder may be setgid, too (fs/inode.c, `mode_strip_sgid`). */
export function newFileBits (dir: Attr, bits: number): number {
  const { uid, gid, groups } = whoami()
  return uid === 0 || (bits & 0o010) === 0 || dir.gid === gid || groups.includes(dir.gid) ? bits : bits & ~S_ISGID
}

/**
 * Throws EPERM for a further name of what the process neither owns nor may read and write, or what runs with the rights
 * of others: fs.protected_hardlinks, which is on wherever systemd sets it (fs/namei.c, `may_linkat`).
 */
export function demandLinkable (attr: Attr): void {
  const { uid } = whoami()
  if (uid === 0 || uid === attr.uid) return
  const runs = (attr.mode & S_ISUID) !== 0 || ((attr.mode & S_ISGID) !== 0 && (attr.mode & 0o010) !== 0)
  if (!isFile(attr.mode) || runs || !may(attr, R_OK | W_OK)) throw new Errno('EPERM')
}

/** The permission bits that a chmod by this process really sets: setgid falls for what is of a foreign group. */
export function chmodBits (attr: Attr, mode: number): number {
  const { uid, gid, groups } = whoami()
  const bits = mode & 0o7777
  if (uid === 0 || attr.gid === gid || groups.includes(attr.gid)) return bits
  return bits & ~S_ISGID
}
