// Rows that name files: one row an operation. Rows are given places (folder, name, node), never paths. Those of whole files
// stand in wholefile.ts.
import { Errno, recast } from '../kernel/errors.ts'
import { NO_FD, openHandle } from '../kernel/handles.ts'
import { attrOf } from '../kernel/namei.ts'
import { encoded, shownName } from '../kernel/names.ts'
import { live, native } from '../kernel/native.ts'
import { isDir, isFile, isLink, type Attr } from '../kernel/provider.ts'
import { lazily } from '../kernel/late.ts'
import { pathIn } from '../kernel/volume.ts'
import { demand, likelyRoot, may, R_OK, W_OK } from '../kernel/rights.ts'
import { makeBigIntStats, makeDirent, makeStatFs, makeStats } from '../kernel/stats.ts'
import {
  any, copied, direntParent, encoding, flags, isFlag, isQuiet, length, mode, ODD, owner, pathText, someMode, someOptions, time, type Kind
} from './args.ts'
import { changeMode, changeOwner, changeTimes } from './attributes.ts'
import { line } from './nodelines.ts'
import { linkNode, makeFolder, makeLink, moveName, openPinned, opens, removeFolder, removeName } from './nodes.ts'
import { MISS, type Call, type Place, type Row } from './row.ts'
import { makeTemporary, makeTree, realpath, walkTree } from './tree.ts'
import { appendFile, readFile, writeFile } from './wholefile.ts'

const copying = lazily(() => require('./copyfile.js') as typeof import('./copyfile.ts'))
const removing = lazily(() => require('./rm.js') as typeof import('./rm.ts'))

const { O_RDONLY } = live.constants

type Options = Record<string, unknown>

const hasStatOptions = (given: Options): boolean => isFlag(given.bigint) && isFlag(given.throwIfNoEntry)
const statOptions = someOptions((given) => hasStatOptions(given) && isQuiet(given.signal))

const statsOf = (place: Pick<Place, 'view' | 'node'>, given: Options | undefined, attr: Attr): unknown => {
  const { volume } = place.view
  return given?.bigint === true ? makeBigIntStats(attr, volume.dev) : makeStats(attr, volume.dev)
}

/** What quick routes take of the options of stat. */
const isPlainStat = (given: unknown): given is Options | undefined =>
  given === undefined || (typeof given === 'object' && given !== null && !Array.isArray(given) && (given as Options).signal === undefined && hasStatOptions(given as Options))

/** With `throwIfNoEntry: false` a missing file is no error. */
const noEntry = (codes: readonly string[], inAllForms: boolean): Row['recover'] => (code, [, given], form) =>
  (form === 'sync' || inAllForms) && codes.includes(code) && (given as Options).throwIfNoEntry === false ? undefined : MISS

const stat: Row = {
  path: [0], args: [any, statOptions], aborts: () => line.statsAbort, recover: noEntry(line.noEntryCoversNotDir ? ['ENOENT', 'ENOTDIR'] : ['ENOENT'], line.noEntryInAllForms),
  run: (call, place: Place, given: Options) => statsOf(place, given, attrOf(place)),
  quick: (place, given) => isPlainStat(given) ? statsOf(place, given, place.view.volume.getattr(place.node)) : MISS,
  absent: (given, later) => !later && isPlainStat(given) && given?.throwIfNoEntry === false ? undefined : MISS
}

const chown: Row = { path: [0], args: [any, owner, owner], writes: true, run: (call, place: Place, uid?: number, gid?: number) => changeOwner(place, uid, gid) }
const utimes: Row = { path: [0], args: [any, time, time], writes: true, run: (call, place: Place, atime, mtime) => changeTimes(place, atime, mtime) }

const readdirOptions: Row['args'] = ([path, given], lenient, form) => {
  if (typeof given === 'function' && !lenient) return undefined
  const given_ = typeof given === 'object' && given !== null ? (form === 'promise' ? copied(given) : given) as Options : { encoding: typeof given === 'function' ? undefined : given }
  const as = encoding(given_, lenient)
  if (as === ODD || !(lenient || (isFlag(given_.withFileTypes) && isFlag(given_.recursive)))) return undefined
  return [path, { encoding: as, withFileTypes: Boolean(given_.withFileTypes), recursive: Boolean(given_.recursive) }]
}

function listFolder (call: Call, place: Place, given: { encoding: string, withFileTypes: boolean }): unknown {
  const { volume } = place
  if (!isDir(place.mode)) throw new Errno('ENOTDIR')
  demand(attrOf(place), R_OK)
  if (!given.withFileTypes) return Array.from(volume.readdir(place.node), (entry) => encoded(entry.name, given.encoding))
  const parent = direntParent(call.given[0])
  return Array.from(volume.readdir(place.node), (entry) => makeDirent(encoded(entry.name, given.encoding), entry.mode, parent))
}

/** Lists of names that are known to be text. */
const text = new WeakSet<readonly string[]>()

/** A copy of a folder's names as strings that a caller may see. */
function textOf (names: readonly string[]): string[] {
  if (text.has(names)) return names.slice()
  if (!names.every((name) => name.isWellFormed())) return names.map(shownName)
  text.add(names)
  return names.slice()
}

const mkdirOptions: Row['args'] = ([path, given], lenient) => {
  const plain = given === undefined || given === null || typeof given === 'number' || typeof given === 'string'
  // What is no object and no mode either has no fields, and Node takes it for options all the same.
  const given_ = plain ? { mode: given } : Object(given) as Options
  if (!plain && !lenient && (typeof given !== 'object' || !isFlag(given_.recursive) || given_.mode === null)) return undefined
  const bits = mode(0o777)(given_.mode, lenient)
  return bits === ODD ? undefined : [path, { mode: bits, recursive: Boolean(given_.recursive) }]
}

const open: Row = {
  opening: true, looks: (given) => given === undefined || given === 'r',
  path: [0], args: [any, flags(O_RDONLY), mode(0o666)], makes: 0, opens: true,
  want: ([, given]) => [opens(given as number)],
  run: (call, place: Place, given: number, bits: number) => {
    const { volume, node, mode, pinned } = openPinned(place, given, bits)
    return openHandle(volume, node, mode, given, pathIn(place), pinned).fd
  },
  quick: (place, given, bits, path) => (given === undefined || given === 'r') && (bits === undefined || bits === 0o666) && isFile(place.mode) && likelyRoot()
    ? openHandle(place.view.volume, place.node, place.mode, O_RDONLY, pathIn({ view: place.view, path })).fd
    : MISS
}

/** A path that is remembered has no link on its way: it is its own real path, unless there is one above its mount. */
const isReal: Row['quick'] = ({ view, mode }, as, _, path) =>
  as === undefined && view.real === undefined && view.porous !== true && !isLink(mode) && path.isWellFormed() ? path : MISS

/** Whether each option of rm that is given is one: undefined, given, is none to Node (lib/internal/fs/utils.js, `validateRmOptions`; 20 to 26 alike). */
const hasRmOptions = (given: Record<string, unknown>): boolean => Object.entries(given).every(([name, value]) =>
  name === 'recursive' || name === 'force' ? typeof value === 'boolean' : name !== 'maxRetries' && name !== 'retryDelay' ? true : Number.isInteger(value) && value as number >= 0 && value as number <= 0x7fffffff)

const rmOptions = someOptions(hasRmOptions)

const plainRmdir = someOptions((given) => !('recursive' in given) && hasRmOptions(given))

/** Options of rmdir; to the promise form those that are inherited, or cannot be listed, are none (lib/internal/fs/utils.js, `validateRmdirOptions`). */
const rmdirOptions: Row['args'] = ([path, given], lenient, form) => {
  const options = plainRmdir(given, lenient)
  return options === ODD ? undefined : [path, form === 'promise' ? { ...options } : options]
}

/** A length that is none: only the callback form looks at it before it opens. */
const truncation: Row['args'] = ([path, given], lenient, form) => {
  const size = length(given, lenient)
  return size !== ODD ? [path, size] : form === 'callback' ? undefined : [path, given]
}

/** Three bits: of access, or of copyFile. */
const small: Kind<number> = (value) =>
  value === undefined || value === null ? 0 : typeof value === 'number' && value >= 0 && value <= 7 && Number.isInteger(value) ? value : ODD

/** What comes of calling what is no function. */
const uncalled = (): never => { throw new TypeError('callback is not a function') }

/** Rows of functions that take a path. */
export const pathRows = {
  access: {
    path: [0], args: [any, small],
    run: (call, place: Place, mask: number) => {
      const attr = attrOf(place)
      if ((mask & W_OK) !== 0 && !may(attr, mask & ~W_OK)) throw new Errno('EACCES')
      if ((mask & W_OK) !== 0 && place.volume.readonly) throw new Errno('EROFS')
      demand(attr, mask)
    },
    quick: (place, mask) => mask === undefined || mask === R_OK ? likelyRoot() ? undefined : MISS : MISS
  },
  appendFile,
  chmod: { path: [0], args: [any, someMode], writes: true, run: (call, place: Place, bits: number) => changeMode(place, bits) },
  chown,
  copyFile: {
    path: [0, 1], want: ([, , how]) => ['node', copying().copyOpens(how as number)], args: [any, any, small], writes: true, makes: 1, syscall: 'copyfile',
    checkFirst: (from) => demand(attrOf(from), R_OK), run: (call, from: Place, to: Place, how: number) => copying().copyNode(call, from, to, how),
    across: (call, from: unknown, to: unknown, how: number) => copying().copyFileAcross(call, from, to, how)
  },
  exists: {
    path: [0], bareCallback: true, args: [any], recover: () => false,
    run: (call, place: Place) => {
      return true
    },
    quick: () => true, absent: () => false
  },
  lchmod: {
    path: [0], want: ['link'], takes: 2, writes: true, run: (call, place: Place, bits: number) => changeMode(place, bits),
    // Where the kernel has no such call, Node says so of every one.
    args: ([path, given], lenient) => {
      const bits = someMode(given, lenient)
      return bits === ODD || (live.constants as { O_SYMLINK?: number }).O_SYMLINK === undefined ? undefined : [path, bits]
    }
  },
  lchown: { ...chown, want: ['link'] },
  link: { path: [0, 1], want: ['link', 'place'], args: [any, any], writes: true, run: (call, from: Place, to: Place) => linkNode(from, to) },
  lstat: {
    ...stat, want: ['link'], recover: noEntry(['ENOENT'], false),
    quick: (place, given, _, path) => isLink(place.mode) ? MISS : stat.quick!(place, given, undefined, path)
  },
  lutimes: { ...utimes, want: ['link'], syscall: 'lutime' },
  mkdir: {
    path: [0], want: ['place'], args: mkdirOptions, takes: 2, writes: true,
    run: (call, place: Place, given: { mode: number }) => makeFolder(place, given.mode),
    compose: makeTree, composed: ([, given]) => (given as Options).recursive === true,
    quickName: (place, given) => given === undefined && place.node === undefined ? makeFolder(place, 0o777) : MISS
  },
  mkdtemp: {
    path: [0], takesNothing: true, args: [any, encoding], makes: 0,
    named: (given) => given === '' && !line.emptyTemplates ? 'XXXXX' : `${given}XXXXXX`, compose: makeTemporary
  },
  open,
  readFile,
  readdir: {
    path: [0], args: readdirOptions, takes: 2, syscall: 'scandir', lists: true, ...(line.recursiveReaddirThrows ? { eager: true } : {}), run: listFolder,
    compose: walkTree, composed: ([, given]) => (given as Options).recursive === true,
    quick: (place, given) => {
      const { io } = place.view.volume
      return given === undefined && isDir(place.mode) && likelyRoot() && io.names !== undefined ? textOf(io.names(place.node)) : MISS
    }
  },
  readlink: {
    path: [0], want: ['link'], args: [any, encoding],
    run: (call, place: Place, as: string) => {
      if (!isLink(place.mode)) throw new Errno('EINVAL')
      return encoded(place.volume.readlink(place.node), as)
    }
  },
  realpath: { path: [0], anyLength: true, takesNothing: true, args: [any, encoding], compose: realpath, inPromises: 'realpath.native', quick: isReal },
  'realpath.native': {
    path: [0], args: [any, encoding], syscall: 'realpath', anyLength: true,
    run: (call, place: Place, as: string) => {
      const { view: { prefix, real }, path } = place
      return encoded(real === undefined ? path : real + path.slice(prefix.length), as)
    },
    quick: isReal
  },
  rename: { path: [0, 1], want: ['place', 'place'], args: [any, any], writes: true, removes: true, run: (call, from: Place, to: Place) => moveName(from, to) },
  rm: { path: [0], args: [any, rmOptions], callbackAt: ([, given]) => typeof given === 'function' ? 1 : 2, unlooked: [2, uncalled], takes: Infinity, removes: 'tree', takesNothing: true, compose: (call, path: unknown, given: object) => removing().removeTree(call, path, { ...given }) },
  rmdir: {
    path: [0], want: ['place'], args: rmdirOptions, takes: 2, writes: true, removes: true,
    run: (call, place: Place) => removeFolder(place),
    compose: (call, path: unknown, given: Options) => removing().removeFolders(call, path, given),
    composed: ([, given]) => (given as Options).recursive === true
  },
  stat,
  statfs: {
    path: [0], args: [any, someOptions((given) => isFlag(given.bigint))],
    run: (call, place: Place, given: Options) => {
      return makeStatFs(place.volume.statfs() ?? NO_FIGURES, given.bigint === true)
    }
  },
  symlink: {
    path: [1], want: ['place'], takes: Infinity, writes: true, makes: 1, text: 0, names: [0, 1],
    // Where the callback has a place (24 on), Node makes the link whatever stands in it, and then tells nobody.
    ...(line.symlinkCallsLast ? { callbackAt: (all) => all.length - 1 } : { callbackAt: (all) => all[3] === undefined ? 2 : 3, unlooked: [3, () => {}] }),
    args: ([target, path, type], lenient) => {
      const text = pathText(target)
      return text !== ODD && (lenient || type === undefined || type === null || type === 'dir' || type === 'file' || type === 'junction') ? [text, path] : undefined
    },
    run: (call, target: string, place: Place) => makeLink(place, target)
  },
  truncate: {
    path: [0], args: truncation, takes: 2, writes: true, syscall: 'open', asks: 'ftruncate',
    run: (call, place: Place, size: number) => {
      if (isDir(place.mode)) throw new Errno('EISDIR')
      place.volume.demandWritable()
      demand(place.volume.getattr(place.node), W_OK | R_OK)
      if (length(size, false) === ODD) native.ftruncateSync(NO_FD, size)   // throws
      try {
        place.volume.setattr(place.node, { size })
      } catch (error) {
        throw recast(error, 'ftruncate')   // by then the file is open
      }
    }
  },
  unlink: {
    path: [0], want: ['place'], args: [any], writes: true, removes: true, run: (call, place: Place) => removeName(place),
    quickName: (place) => isFile(place.mode) ? removeName(place) : MISS
  },
  utimes: { ...utimes, syscall: 'utime' },
  writeFile
} satisfies Record<string, Row | null>

const NO_FIGURES = { type: 0, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 }
