// THE TABLE: every function that `fs` and `fs/promises` export has its row here, or null with the reason.
import { fileRows } from './file.ts'
import { openAsBlob } from './blob.ts'
import { cp } from './cp.ts'
import { opendir } from './dir.ts'
import { glob } from './glob.ts'
import { pathRows } from './path.ts'
import { mkdtempDisposable } from './temporary.ts'
import type { Row } from './row.ts'

/** Why a function has no row, and whether it must refuse mounted paths (else other rows serve it). */
export interface Reason { why: string, refuses: boolean }

const STREAM = { why: 'Node makes the stream, which calls open, read, write and close of the public fs', refuses: false }
const CLASS = { why: 'a class that takes no path', refuses: false }

/** The functions without a row. */
export const REASONS: Readonly<Record<string, Reason>> = {
  createReadStream: STREAM,
  createWriteStream: STREAM,
  ReadStream: STREAM,
  WriteStream: STREAM,
  FileReadStream: STREAM,
  FileWriteStream: STREAM,
  Utf8Stream: STREAM,
  Stats: CLASS,
  Dirent: CLASS,
  Dir: CLASS,
  _toUnixTimestamp: { why: 'takes a time', refuses: false },
  watch: { why: 'it has no row yet', refuses: true },
  watchFile: { why: 'it has no row yet', refuses: true },
  unwatchFile: { why: 'a file that is not watched is not unwatched', refuses: false }
}

/** Rows that stand in files of their own. */
export const composedRows = { cp, glob, mkdtempDisposable, openAsBlob, opendir } satisfies Record<string, Row>

/** Rows by Node's name of the callback or promise form; null: see `REASONS`. */
export const TABLE: Readonly<Record<string, Row | null>> = {
  ...Object.fromEntries(Object.keys(REASONS).map((name) => [name, null])), ...pathRows, ...fileRows, ...composedRows
}
