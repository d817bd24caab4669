// What mode bits, owners and groups allow, asked on a tree that root has made: cases for root and for an ordinary user.
import type { PathLike } from 'node:fs'

type Fs = typeof import('node:fs')

/** The user who asks: of no group but its own and one more. */
export const USER = 54321
export const GROUP = 54322
const OTHERS = 777

/** Makes the tree below `root`, as root. */
export function furnish (fs: Fs, root: string): void {
  const own = (name: string, mode: number, uid: number, gid: number): void => {
    fs.chownSync(root + name, uid, gid)
    fs.chmodSync(root + name, mode)
  }
  const file = (name: string, mode: number, uid = 0, gid = uid): void => {
    fs.writeFileSync(root + name, 'text')
    own(name, mode, uid, gid)
  }
  const folder = (name: string, mode: number, uid = 0, gid = uid): void => {
    fs.mkdirSync(root + name, { recursive: true })
    own(name, mode, uid, gid)
  }
  fs.mkdirSync(root, { recursive: true })
  folder('/open', 0o777)
  file('/open/theirs', 0o644)
  file('/open/shared', 0o666, 1000)
  file('/open/secret', 0o600)
  file('/open/group', 0o060, 1000, GROUP)
  file('/open/outcast', 0o077, USER)
  file('/open/closed', 0, USER)
  file('/open/program', 0o755)
  file('/open/data', 0o644)
  file('/open/root', 0o6755)
  for (const name of ['write', 'append', 'cut', 'own', 'group', 'replace', 'copy', 'vector']) file(`/open/suid-${name}`, 0o6777, USER)
  file('/open/sgid-only', 0o2767, USER)
  file('/open/foreign', 0o755, USER, OTHERS)
  file('/open/foreign-group', 0o2777, USER, OTHERS)
  folder('/open/foreign-folder', 0o777, USER, OTHERS)
  fs.symlinkSync('theirs', `${root}/open/link`)
  folder('/shut', 0o755)
  file('/shut/file', 0o666)
  folder('/shut/inner', 0o777, USER)
  folder('/sticky', 0o1777)
  file('/sticky/theirs', 0o666)
  file('/sticky/mine', 0o644, USER)
  file('/sticky/again', 0o644, USER)
  folder('/sticky/folder', 0o777)
  folder('/passage', 0o711)
  file('/passage/file', 0o644)
  folder('/blind', 0o744)
  file('/blind/file', 0o644)
  folder('/dark', 0o700)
  file('/dark/file', 0o666)
  folder('/grouped', 0o2777, 0, OTHERS)
  folder('/mixed', 0o777)
  folder('/mixed/full', 0o755)
  file('/mixed/full/file', 0o666)
  folder('/movable', 0o777)
  folder('/movable/theirs', 0o755)
  folder('/movable/into', 0o777)
}

/** One case: what it gives is compared with what the disk gives. */
export type Case = (fs: Fs, at: (name: string) => string) => unknown

const look = (fs: Fs, path: PathLike): unknown => {
  const { mode, uid, gid, nlink } = fs.lstatSync(path)
  return [mode.toString(8), uid, gid, nlink]
}

/** A case about what `act` leaves of a file's mode and owners. */
const leaves = (name: string, act: (fs: Fs, path: string) => void): Case => (fs, at) => {
  act(fs, at(name))
  return look(fs, at(name))
}

const umasked = <T>(mask: number, act: () => T): T => {
  const before = process.umask(mask)
  try {
    return act()
  } finally {
    process.umask(before)
  }
}

const NOATIME = 0o1000000

/** Through a descriptor of what is opened to write. */
const through = (fs: Fs, path: string, act: (fd: number) => void): void => {
  const fd = fs.openSync(path, 'r+')
  act(fd)
  fs.closeSync(fd)
}

/** The cases, in the order in which they are asked. */
export const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(['theirs', 'secret', 'shared', 'group', 'outcast', 'closed', 'link'].flatMap((name): Array<[string, Case]> => [
    [`reads ${name}`, (fs, at) => fs.readFileSync(at(`/open/${name}`), 'utf8')],
    [`opens ${name} to write`, (fs, at) => { fs.closeSync(fs.openSync(at(`/open/${name}`), 'r+')) }],
    [`appends to ${name}`, (fs, at) => { fs.appendFileSync(at(`/open/${name}`), '+') }],
    [`cuts ${name}`, (fs, at) => { fs.truncateSync(at(`/open/${name}`), 2) }],
    [`is told its rights to ${name}`, (fs, at) => [0, 1, 2, 4, 6].map((mask) => { try { fs.accessSync(at(`/open/${name}`), mask); return true } catch { return false } })],
    [`sets the mode of ${name}`, leaves(`/open/${name}`, (fs, path) => { fs.chmodSync(path, fs.statSync(path).mode) })],
    [`sets the times of ${name}`, (fs, at) => { fs.utimesSync(at(`/open/${name}`), 1, 2) }],
    [`gives ${name} away`, (fs, at) => { fs.chownSync(at(`/open/${name}`), 1001, -1) }],
    [`opens ${name} without an access`, (fs, at) => { fs.closeSync(fs.openSync(at(`/open/${name}`), NOATIME)) }],
    [`makes a further name of ${name}`, (fs, at) => { fs.linkSync(at(`/open/${name}`), at(`/mixed/link-${name}`)) }]
  ])),
  'may run what has a bit for it': (fs, at) => { fs.accessSync(at('/open/program'), 1) },
  'may not run what has none': (fs, at) => { fs.accessSync(at('/open/data'), 1) },
  'keeps out of a folder that it may not search': (fs, at) => fs.statSync(at('/blind/file')).size,
  'sees nothing behind it': (fs, at) => fs.existsSync(at('/blind/file')),
  'lists a folder that it may only read': (fs, at) => fs.readdirSync(at('/blind')),
  'tells types in a folder that it may only read': (fs, at) => fs.readdirSync(at('/blind'), { withFileTypes: true }).map((entry) => [entry.name, entry.isFile()]),
  'does not list a folder that it may only search': (fs, at) => fs.readdirSync(at('/passage')),
  'does not open it to list': (fs, at) => { fs.opendirSync(at('/passage')).closeSync() },
  'reads in a folder that it may only search': (fs, at) => fs.readFileSync(at('/passage/file'), 'utf8'),
  'takes no real path through what is shut': (fs, at) => fs.realpathSync(at('/dark/file')),
  'nor by the system': (fs, at) => fs.realpathSync.native(at('/dark/file')),
  'says that a name is missing only where it may look': (fs, at) => fs.statSync(at('/dark/missing')),
  'makes no file in a folder of others': (fs, at) => { fs.writeFileSync(at('/shut/new'), '') },
  'nor a folder': (fs, at) => { fs.mkdirSync(at('/shut/new')) },
  'nor a link': (fs, at) => { fs.symlinkSync('x', at('/shut/link')) },
  'nor a name for a file': (fs, at) => { fs.linkSync(at('/open/shared'), at('/shut/name')) },
  'nor a folder of a random name': (fs, at) => { fs.rmdirSync(fs.mkdtempSync(at('/shut/x'))) },
  'finds what is there before that': (fs, at) => { fs.mkdirSync(at('/shut/file')) },
  'writes what is there': (fs, at) => { fs.writeFileSync(at('/shut/file'), 'mine') },
  'takes nothing out of it': (fs, at) => { fs.renameSync(at('/shut/file'), at('/mixed/moved')) },
  'removes nothing there': (fs, at) => { fs.unlinkSync(at('/shut/file')) },
  'nor its own folder': (fs, at) => { fs.rmdirSync(at('/shut/inner')) },
  'nor with all that is in it': (fs, at) => { fs.rmSync(at('/shut/file'), { force: true }) },
  'takes only its own out of a sticky folder': (fs, at) => { fs.unlinkSync(at('/sticky/theirs')) },
  'renames nothing there': (fs, at) => { fs.renameSync(at('/sticky/theirs'), at('/sticky/new')) },
  'replaces nothing there': (fs, at) => { fs.renameSync(at('/sticky/mine'), at('/sticky/theirs')) },
  'removes no folder there': (fs, at) => { fs.rmdirSync(at('/sticky/folder')) },
  'removes its own': (fs, at) => { fs.unlinkSync(at('/sticky/mine')) },
  'renames its own': (fs, at) => { fs.renameSync(at('/sticky/again'), at('/mixed/again')) },
  'moves no folder of others to another': (fs, at) => { fs.renameSync(at('/movable/theirs'), at('/movable/into/theirs')) },
  'renames it where it is': (fs, at) => { fs.renameSync(at('/movable/theirs'), at('/movable/new')) },
  'inherits the group of a setgid folder': (fs, at) => { fs.writeFileSync(at('/grouped/file'), ''); return look(fs, at('/grouped/file')) },
  'and the bit, for a folder': (fs, at) => { fs.mkdirSync(at('/grouped/folder')); return look(fs, at('/grouped/folder')) },
  'and the group, for a link': (fs, at) => { fs.symlinkSync('x', at('/grouped/link')); return look(fs, at('/grouped/link')) },
  'makes a setgid file in a setgid folder': (fs, at) => { fs.writeFileSync(at('/grouped/sgid'), '', { mode: 0o2775 }); return look(fs, at('/grouped/sgid')) },
  'makes a setuid file': (fs, at) => { fs.writeFileSync(at('/mixed/suid'), '', { mode: 0o6775 }); return look(fs, at('/mixed/suid')) },
  'makes what the umask leaves': (fs, at) => umasked(0o027, () => { fs.mkdirSync(at('/mixed/masked'), 0o777); fs.writeFileSync(at('/mixed/masked/f'), ''); return [look(fs, at('/mixed/masked')), look(fs, at('/mixed/masked/f'))] }),
  'makes sticky folders, but no setuid ones': (fs, at) => umasked(0, () => { fs.mkdirSync(at('/mixed/bits'), 0o7777); return look(fs, at('/mixed/bits')) }),
  'writes through a descriptor what its mode forbids': (fs, at) => { const fd = fs.openSync(at('/mixed/readonly'), 'wx', 0o444); fs.writeSync(fd, 'x'); fs.closeSync(fd); return fs.readFileSync(at('/mixed/readonly'), 'utf8') },
  'but not by its name': (fs, at) => { fs.writeFileSync(at('/mixed/readonly'), 'y') },
  'clears setuid and setgid by a write': leaves('/open/suid-write', (fs, path) => { through(fs, path, (fd) => { fs.writeSync(fd, 'x') }) }),
  'by a vector': leaves('/open/suid-vector', (fs, path) => { through(fs, path, (fd) => { fs.writevSync(fd, [Buffer.from('x')]) }) }),
  'by an append': leaves('/open/suid-append', (fs, path) => { fs.appendFileSync(path, 'x') }),
  'by cutting': leaves('/open/suid-cut', (fs, path) => { fs.truncateSync(path, 1) }),
  'by replacing': leaves('/open/suid-replace', (fs, path) => { fs.writeFileSync(path, 'x') }),
  'by copying over it': leaves('/open/suid-copy', (fs, path) => { fs.copyFileSync(`${path.slice(0, -9)}data`, path) }),
  'keeps setgid without the bit to run': leaves('/open/sgid-only', (fs, path) => { fs.appendFileSync(path, 'x') }),
  'by giving it to another group': leaves('/open/suid-group', (fs, path) => { fs.chownSync(path, -1, GROUP) }),
  'by giving it to oneself': leaves('/open/suid-own', (fs, path) => { fs.chownSync(path, USER, USER) }),
  'gives nothing to a group of others': (fs, at) => { fs.chownSync(at('/open/suid-own'), -1, OTHERS) },
  'drops setgid for a group of others': leaves('/open/foreign', (fs, path) => { fs.chmodSync(path, 0o2755) }),
  'also of a folder': leaves('/open/foreign-folder', (fs, path) => { fs.chmodSync(path, 0o2755) }),
  'writes to what has the bit for a group of others': leaves('/open/foreign-group', (fs, path) => { fs.appendFileSync(path, 'x') }),
  'makes no further name of a setuid file of others': (fs, at) => { fs.linkSync(at('/open/root'), at('/mixed/root')) },
  'removes what it may of a tree, and says where it ends': (fs, at) => { fs.rmSync(at('/mixed/full'), { recursive: true }) },
  'removes no tree of others in a sticky folder': (fs, at) => { fs.rmSync(at('/sticky/folder'), { recursive: true }) },
  'removes no file of others there by rm, which takes it for a folder on most lines': (fs, at) => { fs.rmSync(at('/sticky/theirs'), { force: true }) },
  'removes nothing behind what it may not search': (fs, at) => { fs.rmSync(at('/dark/file'), { recursive: true, force: true }) },
  'says that it is so, unless forced': (fs, at) => { fs.rmSync(at('/dark/file'), { recursive: true }) },
  'removes no folder that it may not list, in the way of the line': (fs, at) => { fs.mkdirSync(at('/mixed/unlisted'), 0); fs.rmSync(at('/mixed/unlisted'), { recursive: true }) },
  'nor one in another': (fs, at) => { fs.mkdirSync(at('/mixed/lists/unlisted'), { recursive: true }); fs.chmodSync(at('/mixed/lists/unlisted'), 0); fs.rmSync(at('/mixed/lists'), { recursive: true, force: true }) },
  'copies what it may read': (fs, at) => { fs.copyFileSync(at('/open/program'), at('/mixed/program')); return look(fs, at('/mixed/program')) },
  'copies nothing that it may not': (fs, at) => { fs.copyFileSync(at('/open/secret'), at('/mixed/secret')) },
  'copies over nothing that it may not write': (fs, at) => { fs.copyFileSync(at('/open/data'), at('/open/program')) },
  'copies over nothing of others even where only the mode would be set anew': (fs, at) => { fs.writeFileSync(at('/mixed/same'), ''); fs.chmodSync(at('/mixed/same'), fs.statSync(at('/open/shared')).mode); fs.copyFileSync(at('/mixed/same'), at('/open/shared')) },
  'sees through dots what it may not search': (fs, at) => { fs.mkdirSync(at('/mixed/unsearched'), 0o600); return fs.realpathSync.native(at('/mixed/unsearched/./.')) },
  'sets no owner of a link of others': (fs, at) => { fs.lchownSync(at('/open/link'), USER, USER) },
  'sets no times of a link of others': (fs, at) => { fs.lutimesSync(at('/open/link'), 1, 1) },
  'is an owner whom nobody asks for nothing': (fs, at) => { fs.chownSync(at('/open/theirs'), -1, -1) }
}
