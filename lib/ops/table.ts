// THE TABLE: every function that `fs` and `fs/promises` export has its row here, or null with the reason.
import { fileRows } from './file.ts'
import { openAsBlob } from './blob.ts'
import { cp } from './cp/cp.ts'
import { opendir } from './dir.ts'
import { glob } from './glob/glob.ts'
import { pathRows } from './path.ts'
import { mkdtempDisposable } from './temporary.ts'
import { watch } from './watch/watch.ts'
import { unwatchFile, watchFile } from './watch/watchfile.ts'
import type { Row } from './row.ts'

const CLASS = 'a class that takes no path'

/** The functions without a row, which take neither path nor descriptor, and why. */
export const REASONS: Readonly<Record<string, string>> = { Stats: CLASS, Dirent: CLASS, Dir: CLASS, _toUnixTimestamp: 'takes a time' }

const stream: Row = { served: 'Node makes the stream, which calls open, read, write, close and fsync of the public fs' }

/** Rows of functions that stay as they are, because they are made of others. */
export const streamRows = {
  createReadStream: stream, createWriteStream: stream, ReadStream: stream, WriteStream: stream,
  FileReadStream: stream, FileWriteStream: stream, Utf8Stream: stream
} satisfies Record<string, Row>

/** Rows that stand in files of their own. */
export const composedRows = { cp, glob, mkdtempDisposable, openAsBlob, opendir, unwatchFile, watch, watchFile } satisfies Record<string, Row>

/** Rows by Node's name of the callback or promise form; null: see `REASONS`. */
export const TABLE: Readonly<Record<string, Row | null>> = {
  ...Object.fromEntries(Object.keys(REASONS).map((name) => [name, null])), ...pathRows, ...fileRows, ...composedRows, ...streamRows
}
