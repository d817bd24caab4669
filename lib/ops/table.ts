// THE TABLE: every function that `fs` and `fs/promises` export has its row here, or null with the reason.
import { fileRows } from './file.ts'
import { lazily } from '../kernel/late.ts'
import { opendir } from './opendir.ts'
import { pathRows } from './path.ts'
import type { Callable, Row } from './row.ts'

const CLASS = 'a class that takes no path'

/** The functions without a row, which take neither path nor descriptor, and why. */
export const REASONS: Readonly<Record<string, string>> = { Stats: CLASS, Dirent: CLASS, Dir: CLASS, _toUnixTimestamp: 'takes a time' }

const stream: Row = { served: 'Node makes the stream, which calls open, read, write, close and fsync of the public fs' }

/** A row whose functions are read in when the first of them is called: `said` is what is known of it before. */
function lateRow<Said extends Row, Done extends 'args' | 'compose'> (said: Said, done: readonly Done[], load: () => Required<Pick<Row, Done>>): Row {
  const loaded = lazily(load) as () => Record<Done, (...given: unknown[]) => unknown>
  return { ...said, ...Object.fromEntries(done.map((name) => [name, (...given: unknown[]) => loaded()[name](...given)])) }
}

/** The same for a function that fits no form. */
function lateSpecial (load: () => Required<Pick<Row, 'special'>>): Row {
  const loaded = lazily(load)
  return {
    special: (tools) => {
      let made: Callable | undefined
      return function (this: unknown) { return (made ??= loaded().special(tools)).apply(this, arguments as unknown as unknown[]) }
    }
  }
}

const streams = lazily(() => require('./stream.js') as typeof import('./stream.ts'))
const streamMaker = (name: 'createReadStream' | 'createWriteStream'): Row => ({ ...stream, ...lateSpecial(() => streams().streamMaker(name)) })
const streamClass: Row = { ...stream, construct: (tools, given) => streams().keeping(tools, given) }

/** Rows of functions that are made of others: Node's own, which stay as they are unless a row says how they are called. */
export const streamRows = {
  createReadStream: streamMaker('createReadStream'), createWriteStream: streamMaker('createWriteStream'), ReadStream: streamClass, WriteStream: streamClass,
  FileReadStream: streamClass, FileWriteStream: streamClass, Utf8Stream: stream
} satisfies Record<string, Row>

const watchFiles = lazily(() => require('./watch/watchfile.js') as typeof import('./watch/watchfile.ts'))

/** Rows that stand in files of their own. */
export const composedRows = {
  cp: lateRow({ path: [0, 1], takesNothing: true, want: ['link', 'create'], takes: 3, callbackified: true }, ['args', 'compose'], () => (require('./cp/cp.js') as typeof import('./cp/cp.ts')).cp),
  glob: lateSpecial(() => (require('./glob/glob.js') as typeof import('./glob/glob.ts')).glob),
  mkdtempDisposable: lateRow({ ...pathRows.mkdtemp, syscall: 'mkdtemp' }, ['compose'], () => (require('./temporary.js') as typeof import('./temporary.ts')).mkdtempDisposable),
  openAsBlob: lateRow({ path: [0], takesNothing: true, atOnce: true }, ['args', 'compose'], () => (require('./blob.js') as typeof import('./blob.ts')).openAsBlob),
  opendir,
  unwatchFile: lateSpecial(() => watchFiles().unwatchFile),
  watch: lateSpecial(() => (require('./watch/watch.js') as typeof import('./watch/watch.ts')).watch),
  watchFile: lateSpecial(() => watchFiles().watchFile)
} satisfies Record<string, Row>

/** Rows by Node's name of the callback or promise form; null: see `REASONS`. */
export const TABLE: Readonly<Record<string, Row | null>> = {
  ...Object.fromEntries(Object.keys(REASONS).map((name) => [name, null])), ...pathRows, ...fileRows, ...composedRows, ...streamRows
}
