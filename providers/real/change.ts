// Making, removing and changing what is on the host, below a path that a guard has given out.
import { codeOf, Errno } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, isLink, type Patch } from '../../lib/kernel/provider.ts'
import { hostPath, toTime, toUtime, type HostStats } from './host.ts'
import type { Guard } from './guard.ts'

const { O_WRONLY = 1, O_CREAT = 0, O_EXCL = 0, O_NOFOLLOW = 0 } = native.constants as Partial<typeof native.constants>

/** Folder and name of a path. The root lies in no folder: it is '.' in itself. */
export function split (node: string): [dir: string, name: string] {
  const slash = node.lastIndexOf('/')
  return slash < 0 ? ['', '.'] : [node.slice(0, slash), node.slice(slash + 1)]
}

/** Makes what `mode` says at a host path where nothing stands. */
export function make (at: string, mode: number, target: string | undefined): void {
  const file = hostPath(at)
  const bits = mode & 0o7777
  switch (mode & S_IFMT) {
    case S_IFREG: return native.closeSync(native.openSync(file, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, bits))
    case S_IFDIR: return void native.mkdirSync(file, bits)
    case S_IFLNK: return native.symlinkSync(hostPath(target ?? ''), file)
    default: throw new Errno('EPERM')
  }
}

/** Removes a name: of a file, a link or an empty folder. */
export function remove (at: string): void {
  const file = hostPath(at)
  try {
    native.unlinkSync(file)
  } catch (error) {
    const code = codeOf(error)   // for a folder: EISDIR on Linux, EPERM by POSIX
    if (code !== 'EISDIR' && !(code === 'EPERM' && native.lstatSync(file).isDirectory())) throw error
    native.rmdirSync(file)
  }
}

/** Changes attributes of the inode that `node` names, links not followed. */
export function change (guard: Guard, node: string, patch: Patch): void {
  const { mode, atime, mtime } = patch
  guard.inode(node, (at, stats) => {
    const owned = isOwned(patch)
    const timed = atime !== undefined || mtime !== undefined
    const owner = ownerOf(patch, stats)
    const times = [toUtime(atime ?? toTime(stats.atimeNs)), toUtime(mtime ?? toTime(stats.mtimeNs))] as const
    if (stats.isSymbolicLink()) {
      const [dir, name] = split(node)
      guard.folder(dir, (folder) => {
        if (owned) native.lchownSync(hostPath(`${folder}/${name}`), ...owner)
        if (timed) native.lutimesSync(hostPath(`${folder}/${name}`), ...times)
      })
      return
    }
    if (owned) native.chownSync(hostPath(at), ...owner)
    if (mode !== undefined) native.chmodSync(hostPath(at), mode)
    if (timed) native.utimesSync(hostPath(at), ...times)
  })
}

/** Whether an owner is given; to keep both is a change as well (chown(2) with -1 twice): the ctime moves. */
export const isOwned = (patch: Patch): boolean => 'uid' in patch || 'gid' in patch

/** The owner to set, where one of the two is kept; -1 twice asks for no right. */
export const ownerOf = ({ uid, gid }: Patch, stats: Pick<HostStats, 'uid' | 'gid'>): readonly [uid: number, gid: number] =>
  uid === undefined && gid === undefined ? [-1, -1] : [uid ?? Number(stats.uid), gid ?? Number(stats.gid)]

/** Gives a new inode the mode and owner that the host did not: it takes the umask off once more, and its own user. */
export function settle (guard: Guard, node: string, mode: number, uid: number, gid: number): void {
  const given = process.geteuid?.() === 0   // nobody else can give files away
  const gives = given && (uid !== 0 || gid !== process.getegid?.())
  if (gives) change(guard, node, { uid, gid })
  // A new owner takes setuid and setgid off as well.
  if (!isLink(mode) && ((mode & 0o777 & process.umask()) !== 0 || (gives && (mode & 0o6000) !== 0))) change(guard, node, { mode: mode & 0o7777 })
}
