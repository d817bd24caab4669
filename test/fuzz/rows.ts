// The table of what a sequence is made of: for each operation how often it is drawn, in which forms, with which
// arguments. A new operation is one row.
import { constants } from 'node:fs'
import * as composite from './composite.ts'
import * as folders from './folders.ts'
import { Filter, FILTER_KINDS } from './odd.ts'
import * as streams from './streams.ts'
import { At } from './values.ts'
import type { World } from './world.ts'

/** How an operation is called: `promisified` as util.promisify has the callback form, `handle` as a method of a FileHandle in a slot. */
export type Form = 'sync' | 'callback' | 'promise' | 'promisified' | 'handle'

/** An operation: a function of fs by its name, or `run`, a small program of several calls. */
export interface Row {
  readonly weight: number
  readonly forms?: readonly Form[]
  /** The name on FileHandle, whose slot is the first argument. */
  readonly handle?: string
  /** Whether the result is an open file, kept in a slot; or the slot is free afterwards. */
  readonly slot?: 'takes' | 'frees'
  /** Works on whole trees: what removes or copies must stay 'inside' of the root; what lists with links followed must be 'finite'. */
  readonly tree?: 'inside' | 'finite'
  readonly run?: composite.Composite
  /** The functions of fs that a small program is about: it is drawn where the running Node has the first, and stands for all. */
  readonly about?: readonly string[]
  /** Node does not ask whether its callback is one: what stands in its place is found out where nobody catches it, and ours takes the one behind. */
  readonly unasked?: true
  /** Node loses what a callback throws when all went well (24.21 26.10, src/node_file.cc, AfterStringPtr and AfterMkdirp): nobody is told. */
  readonly loses?: true
  /** Which argument of the FileHandle's method ends the process where it is no whole number (20.20, 24.21, src/node_file.cc, Read). */
  readonly fatal?: number
  /** It reads a whole file. */
  readonly reads?: true
  /** Node may call back before it returns. */
  readonly sudden?: true
  /** System calls whose error is a race inside of Node in the callback and promise forms: that one failed is compared, not which. */
  readonly race?: readonly string[]
  readonly draw: (world: World) => unknown[]
}

const FD: readonly Form[] = ['sync', 'callback', 'handle']

/** From Node 22 on `cpSync` is native and ends the process with an uncaught C++ exception on links that loop or lead nowhere. */
const CP: readonly Form[] = Number.parseInt(process.versions.node) < 22 ? ['sync', 'callback', 'promise'] : ['callback', 'promise']

/** On Node 20 a recursive opendirSync with a small buffer loses entries. */
const OPENDIR_LOSES = Number.parseInt(process.versions.node) < 22

/** The C library drops a name before '..' without asking whether an ordinary user may pass through it: its own answer, not the kernel's. */
const back = (): RegExp | undefined => process.getuid?.() === 0 ? undefined : /\.\./

/** A path whose text can be told: of what is no string Node makes a relative one, and only what is mounted knows the working directory. */
function textual (w: World, path = w.path(back())): At {
  return ['array', 'bytes', 'object'].includes(path.how) ? new At(path.path) : path
}

/** Two path arguments. */
const two = (w: World): unknown[] => [w.path(), w.path()]

/** Length, offset and position of a read or write at hand. */
function span (w: World, size: number, position: unknown): unknown[] {
  const offset = w.random.chance(0.7) ? 0 : w.random.below(size + 1)
  const length = w.random.chance(0.9) ? w.random.below(size - offset + 1) : size - offset + w.random.below(3)
  const none = (value: number): unknown => w.random.chance(0.96) ? value : w.random.pick([null, undefined])
  return [none(offset), none(length), position].slice(0, w.random.weighted([[6, 3], [1, 2], [0.3, 1], [0.3, 0]]))
}

function read (w: World): unknown[] {
  const buffer = w.into()
  const slot = w.slot()
  return w.random.weighted<() => unknown[]>([
    [8, () => [slot, buffer, ...(buffer.kind === 'DataView' ? [0, buffer.size, w.positionIn()] : span(w, buffer.size, w.positionIn()))]],
    [0.3, () => [slot, ...w.options({ buffer: w.maybe(0.5, buffer), position: w.maybe(0.5, w.positionIn()), length: w.maybe(0.3, w.random.below(buffer.size + 1)) })]],
    [1, () => [slot, buffer, ...w.options({ position: w.maybe(0.5, w.positionIn()), length: w.maybe(0.4, w.random.below(buffer.size + 1)) })]],
    [0.2, () => [slot, buffer, 0, buffer.size, w.random.pick([1.5, 'x', -2, 2n ** 70n])]]
  ])()
}

function write (w: World): unknown[] {
  const slot = w.slot()
  const bytes = w.bytesOut()
  return w.random.weighted<() => unknown[]>([
    [6, () => [slot, bytes, ...(bytes.kind === 'DataView' ? [0, bytes.size, w.position()] : span(w, bytes.size, w.position()))]],
    [2, () => [slot, w.data(), w.random.chance(0.5) ? w.size() : null, ...(w.random.chance(0.2) ? [w.random.pick(['utf8', 'latin1', 'hex', 'base64', 'ucs2', null])] : [])]],
    [1, () => [slot, bytes, ...w.options({ position: w.maybe(0.5, w.size()), offset: w.maybe(0.3, w.random.below(bytes.size + 1)) })]]
  ])()
}

/** What names a whole file: a path, or an open file. */
const file = (w: World): unknown => w.random.chance(0.85) ? w.path() : w.slot()

const put = (w: World): unknown[] => [file(w), w.data(), ...(w.random.chance(0.15)
  ? [w.random.pick(['utf8', 'latin1', 'hex', 'base64', 'ucs2', null])]
  : w.options({ flag: w.maybe(0.35, w.flags()), mode: w.maybe(0.2, w.mode()), encoding: w.maybe(0.1, 'latin1'), flush: w.maybe(0.01, true) }))]

/** How text is written to an open file. */
const textOptions = (w: World): unknown[] => w.random.chance(0.05) ? [w.encoding()] : w.options({ encoding: w.maybe(0.1, w.encoding()), flush: w.maybe(0.03, w.random.chance(0.5)) })

/** How a stream goes: its part of a file, its pieces, what it does at its end. */
const flow = (w: World, odd: number): Record<string, unknown> => ({
  start: w.maybe(0.4, w.size()), highWaterMark: w.maybe(0.5, 64 + w.size()), autoClose: w.maybe(0.15, w.random.chance(0.3)), emitClose: w.maybe(0.15, w.random.chance(0.3)),
  ...w.random.weighted<() => Record<string, unknown>>([[40, () => ({})], [odd, () => ({ start: w.random.pick([-1, 1.5, NaN, '1', 2 ** 53, Infinity, 1n, null]) })], [odd, () => ({ highWaterMark: w.random.pick([0, 1, -1, 'x', 1.5]) })], [1, () => ({ mode: w.mode() })]])()
})

/** The same over a FileHandle, which is held until its stream tells of its end: for ever by one that was never made. */
const held = (w: World): Record<string, unknown> => ({ ...flow(w, 0), emitClose: undefined })

/** Where to search, what for, and what not. Node 26 fails on a null of its own where the folder to start from is not there and something is left out. */
function search (w: World): unknown[] {
  const start = w.random.chance(0.2) ? new At(w.text()) : new At('')
  return [start, w.pattern(), { withFileTypes: w.maybe(0.3, true), exclude: start.path === '' ? w.maybe(0.2, [w.pattern()]) : undefined, recursive: true }]
}

/** The operations, under Node's names; names with a dot are composite. */
export const rows: Readonly<Record<string, Row>> = {
  mkdir: { weight: 7, loses: true, draw: (w) => [w.path(), ...w.random.weighted<() => unknown[]>([[5, () => []], [3, () => w.options({ recursive: w.maybe(0.8, true), mode: w.maybe(0.3, w.mode()) })], [1, () => [w.mode()]]])()] },
  rmdir: { weight: 3, draw: (w) => [w.path()] },
  unlink: { weight: 3, draw: (w) => [w.path()] },
  rename: { weight: 6, draw: two },
  // Where a file is known by its path alone, an open one with a second name is two: there only the refusals are drawn.
  link: { weight: 3, draw: (w) => w.coarse ? [w.path()].flatMap((path) => [path, path]) : two(w) },
  symlink: { weight: 4, draw: (w) => [w.target(), w.path(), ...(w.random.chance(0.1) ? [w.random.pick(['file', 'dir', 'junction', null])] : [])] },
  readlink: { weight: 2, loses: true, draw: (w) => [w.path(), ...w.options({ encoding: w.nameEncoding() })] },
  // What is left of a tree that is removed by a path through itself differs by line and form.
  rm: { weight: 1.5, tree: 'inside', unasked: true, draw: (w) => [w.path(/\/\.\.?$/), ...w.options({ recursive: w.maybe(0.5, true), force: w.maybe(0.4, true), maxRetries: w.maybe(0.05, w.random.pick([0, -1, 1.5, '1', null])), retryDelay: w.maybe(0.05, w.random.pick([0, 1, -1, 2 ** 32, 'x'])) })] },
  copyFile: { weight: 3, draw: (w) => [...two(w), ...(w.random.chance(0.3) ? [w.random.pick([0, constants.COPYFILE_EXCL, constants.COPYFILE_FICLONE])] : [])] },
  cp: { weight: 1, forms: CP, tree: 'inside', race: ['stat', 'lstat'], draw: (w) => [textual(w, w.path()), textual(w, w.path()), ...w.options({ recursive: w.maybe(0.7, true), force: w.maybe(0.2, false), errorOnExist: w.maybe(0.2, true), dereference: w.maybe(0.15, true), preserveTimestamps: w.maybe(0.2, true), verbatimSymlinks: w.maybe(0.2, true), filter: w.maybe(0.1, new Filter(w.random.pick(FILTER_KINDS))), mode: w.maybe(0.05, w.random.pick([0, constants.COPYFILE_EXCL, constants.COPYFILE_FICLONE, 8, -1, 'x'])) })] },
  // Recursive with Buffers throws out of Node's own callback, where nobody can catch it (24.21).
  readdir: { weight: 4, tree: 'finite', draw: (w) => w.random.chance(0.2) ? [new At(w.text()), { recursive: true, withFileTypes: w.random.chance(0.4) }] : [w.path(), ...w.options({ withFileTypes: w.maybe(0.4, true), encoding: w.nameEncoding() })] },
  exists: { weight: 2, forms: ['sync', 'callback'], draw: (w) => [w.path()] },
  access: { weight: 2, draw: (w) => [w.path(), ...(w.random.chance(0.6) ? [w.random.below(8)] : [])] },
  stat: { weight: 4, draw: (w) => [w.path(), ...w.options({ bigint: w.maybe(0.3, true), throwIfNoEntry: w.maybe(0.1, false) })] },
  lstat: { weight: 3, draw: (w) => [w.path(), ...w.options({ bigint: w.maybe(0.3, true), throwIfNoEntry: w.maybe(0.1, false) })] },
  realpath: { weight: 2, draw: (w) => [textual(w), ...w.options({ encoding: w.nameEncoding() })] },
  'realpath.native': { weight: 1, loses: true, forms: ['sync', 'callback'], draw: (w) => [textual(w), ...w.options({ encoding: w.nameEncoding() })] },
  chmod: { weight: 2, draw: (w) => [w.path(), w.mode()] },
  chown: { weight: 1, draw: (w) => [w.path(), w.id(), w.id()] },
  lchown: { weight: 0.7, draw: (w) => [w.path(), w.id(), w.id()] },
  utimes: { weight: 2, draw: (w) => [w.path(), w.time(), w.time()] },
  lchmod: { weight: 0.1, draw: (w) => [w.path(), w.mode()] },
  lutimes: { weight: 1, draw: (w) => [w.path(), w.time(), w.time()] },
  truncate: { weight: 2, draw: (w) => [w.path(), ...(w.random.chance(0.8) ? [w.size()] : [])] },
  readFile: { weight: 4, draw: (w) => [file(w), ...(w.random.chance(0.3) ? [w.encoding()] : w.options({ encoding: w.encoding(), flag: w.maybe(0.15, w.flags()) }))], reads: true },
  writeFile: { weight: 6, draw: put },
  appendFile: { weight: 3, draw: put },

  open: { weight: 6, slot: 'takes', draw: (w) => [w.path(), ...(w.random.chance(0.9) ? [w.flags(), ...(w.random.chance(0.3) ? [w.mode()] : [])] : [])] },
  close: { weight: 3, slot: 'frees', forms: FD, handle: 'close', draw: (w) => [w.slot()] },
  read: { weight: 5, fatal: 3, forms: FD, handle: 'read', draw: read },
  write: { weight: 6, forms: FD, handle: 'write', draw: write },
  readv: { weight: 1, sudden: true, forms: FD, handle: 'readv', draw: (w) => [w.slot(), [w.into(), w.into(), w.into()].slice(0, w.random.weighted([[1, 0], [8, 2], [4, 3], [4, 1]])), ...(w.random.chance(0.5) ? [w.random.pick([null, w.size()])] : [])] },
  writev: { weight: 1.5, forms: FD, handle: 'writev', draw: (w) => [w.slot(), [w.bytesOut(), w.bytesOut(), w.bytesOut()].slice(0, w.random.weighted([[1, 0], [8, 2], [4, 3], [4, 1]])), ...(w.random.chance(0.5) ? [w.random.pick([null, w.size()])] : [])] },
  fstat: { weight: 2, forms: FD, handle: 'stat', draw: (w) => [w.slot(), ...w.options({ bigint: w.maybe(0.3, true) })] },
  ftruncate: { weight: 2, forms: FD, handle: 'truncate', draw: (w) => [w.slot(), ...(w.random.chance(0.8) ? [w.size()] : [])] },
  fchmod: { weight: 0.7, forms: FD, handle: 'chmod', draw: (w) => [w.slot(), w.mode()] },
  fchown: { weight: 0.5, forms: FD, handle: 'chown', draw: (w) => [w.slot(), w.id(), w.id()] },
  futimes: { weight: 1, forms: FD, handle: 'utimes', draw: (w) => [w.slot(), w.time(), w.time()] },
  fsync: { weight: 0.1, forms: FD, handle: 'sync', draw: (w) => [w.slot()] },
  fdatasync: { weight: 0.1, forms: FD, handle: 'datasync', draw: (w) => [w.slot()] },
  'handle.readFile': { weight: 1, forms: ['handle'], handle: 'readFile', draw: (w) => [w.slot(), ...(w.random.chance(0.2) ? [w.encoding()] : w.options({ encoding: w.encoding() }))], reads: true },
  'handle.writeFile': { weight: 1, forms: ['handle'], handle: 'writeFile', draw: (w) => [w.slot(), w.data(), ...textOptions(w)] },
  'handle.appendFile': { weight: 1, forms: ['handle'], handle: 'appendFile', draw: (w) => [w.slot(), w.data(), ...textOptions(w)] },

  'handle.readStream': { weight: 0.3, forms: ['handle'], handle: 'createReadStream', slot: 'frees', run: streams.handleReadStream, draw: (w) => [w.slot(), { ...held(w), ...w.range(), encoding: w.maybe(0.1, 'utf8') }] },
  'handle.writeStream': { weight: 0.3, forms: ['handle'], handle: 'createWriteStream', slot: 'frees', run: streams.handleWriteStream, draw: (w) => [w.slot(), { ...held(w), flush: w.maybe(0.05, true), encoding: w.maybe(0.1, 'latin1') }, w.chunks()] },
  'handle.webStream': { weight: 0.2, forms: ['handle'], handle: 'readableWebStream', run: composite.webStream, draw: (w) => [w.slot()] },

  umask: { weight: 0.3, forms: ['sync'], run: composite.umask, draw: (w) => [w.random.pick([0o022, 0o022, 0, 0o077, 0o027, 0o777])] },
  'dir.disposable': { weight: 0.3, forms: ['sync', 'promise'], about: ['mkdtempDisposable'], run: composite.disposable, draw: (w) => [new At(w.text())] },
  'tree.glob': { weight: 0.7, about: ['glob'], tree: 'finite', run: composite.glob, draw: search },
  'file.blob': { weight: 0.3, forms: ['promise'], about: ['openAsBlob'], run: composite.blob, draw: (w) => [w.path(), w.size(), w.size()] },
  'file.system': { weight: 0.2, about: ['statfs'], run: composite.figures, draw: (w) => [w.path(), ...w.options({ bigint: w.maybe(0.4, true) })] },
  'file.sparse': { weight: 0.2, forms: ['sync'], about: ['ftruncate'], run: composite.sparse, draw: (w) => [w.path(), w.hole(), w.size()] },
  'promises.reading': { weight: 0.5, forms: ['promise'], about: ['stat'], run: composite.reading, draw: (w) => [w.path(), w.path(), w.path()] },
  'promises.writing': { weight: 0.4, forms: ['promise'], about: ['writeFile'], run: composite.writing, draw: (w) => [new At(w.text()), 2 + w.random.below(8), w.data(), w.random.chance(0.5)] },
  // Recursive with Buffers fails where the first folder is found (all lines).
  'dir.entries': { weight: 1, about: ['opendir'], tree: 'finite', run: folders.entries, draw: (w) => w.random.chance(0.2) ? [new At(w.text()), { recursive: true }] : [w.path(), ...w.options(OPENDIR_LOSES && w.random.chance(0.3) ? { bufferSize: 1 + w.random.below(3) } : { bufferSize: OPENDIR_LOSES ? undefined : w.maybe(0.3, 1 + w.random.below(3)) })] },
  'dir.temporary': { weight: 0.5, about: ['mkdtemp'], run: composite.temporary, draw: (w) => [textual(w), ...w.options({ encoding: w.maybe(0.3, w.random.pick(['utf8', 'buffer', 'UTF8', '', 'nonsense'])) })] },
  'stream.read': { weight: 0.7, about: ['createReadStream'], forms: ['callback'], run: streams.readStream, draw: (w) => [w.path(), { ...flow(w, 1), end: w.maybe(0.4, w.random.chance(0.05) ? Infinity : w.size()), encoding: w.maybe(0.2, w.encoding()), flags: w.maybe(0.1, w.flags()) }] },
  // One whose encoding is none is thrown away while it opens, and its error is nobody's.
  'stream.write': { weight: 0.7, about: ['createWriteStream'], forms: ['callback'], run: streams.writeStream, draw: (w) => [w.path(), { ...flow(w, 1), flags: w.maybe(0.4, w.random.pick(['a', 'r+', 'wx', 'w'])), mode: w.maybe(0.2, w.mode()), flush: w.maybe(0.05, w.random.pick([true, false, null, 1])), encoding: w.maybe(0.1, w.random.pick(['latin1', 'utf8', 'ucs2', 'hex'])) }, w.chunks()] },
  'dir.moves': { weight: 0.5, about: ['opendir'], run: folders.moves, draw: (w) => [w.path(), { ...w.options({ recursive: w.maybe(0.1, false), bufferSize: w.maybe(0.1, w.random.pick([1, 2, 3])), encoding: w.nameEncoding() })[0] as object | undefined }, Array.from({ length: w.random.below(5) }, () => w.random.pick(folders.MOVES))] },
  'handle.lines': { weight: 0.4, forms: ['handle'], handle: 'readLines', run: composite.lines, draw: (w) => [w.slot()] }
}
