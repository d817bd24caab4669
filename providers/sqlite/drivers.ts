// The SQLite libraries that can be below the provider, brought to one small interface: rows are arrays, statements
// are prepared once, and every failure has one name for its cause.
import { pathToFileURL } from 'node:url'
import { MAJOR, majorOf, native } from '../../lib/kernel/native.ts'
import { aside } from '../../lib/kernel/late.ts'
import { invalidValue, nodeError } from '../../lib/kernel/errors.ts'

/** What can be bound to a statement. */
export type Value = number | string | Uint8Array | null
/** A row, its columns in the order of the statement. Blobs are Uint8Array or Buffer, as the driver likes. */
export type Row = readonly Value[]

/** A prepared statement. `get`, `all` and `iterate` are for statements that give rows, `run` for the others. */
export interface Statement {
  get (...values: Value[]): Row | undefined
  all (...values: Value[]): Row[]
  iterate (...values: Value[]): Iterable<Row>
  run (...values: Value[]): { changes: number | bigint, lastInsertRowid: number | bigint }
}

/** An open database. */
export interface Database {
  /** A statement that met a lock stays active, and keeps its view of the database, until it is run again (libsql). */
  readonly lingers: boolean
  exec (sql: string): void
  /** `rows`: whether the statement gives rows. */
  prepare (sql: string, rows: boolean): Statement
  /** Copies the database to a new file without stopping its users. Absent when the driver has no way. */
  backup? (file: string): Promise<unknown>
  close (): void
}

/** The constructor of better-sqlite3, or of anything compatible with it (libsql, or a class derived from either). */
export type DriverClass = new (file: string, options: never) => object
/** The choice of a driver: a name, or a constructor. */
export type Driver = 'better-sqlite3' | 'node:sqlite' | DriverClass

interface Raw {
  exec (sql: string): void
  prepare (sql: string): Statement & { raw? (on: boolean): void, setReturnArrays? (on: boolean): void }
  backup? (file: string): Promise<unknown>
  close (): void
}

/** How to open: to write; to read; to read what nobody changes, without locks and without a log beside it. */
export type Mode = 'write' | 'read' | 'frozen'

/** Opens `file` with the chosen driver, or with the first that loads. */
export function openDatabase (file: string, mode: Mode, driver?: Driver): Database {
  if (typeof driver === 'function') return adapt(new driver(file, betterOptions(mode)) as Raw, true)
  if (driver === 'better-sqlite3') return openBetter(file, mode, betterSqlite())
  if (driver === 'node:sqlite') return openNode(file, mode)
  if (driver !== undefined) {
    throw invalidValue('options.driver', "must be 'better-sqlite3', 'node:sqlite' or a constructor", driver)
  }
  let better: DriverClass
  try {
    better = betterSqlite()
  } catch (reason) {
    try {
      nodeSqlite()
    } catch (second) {
      throw nodeError(Error, 'ERR_MODULE_NOT_FOUND', `SqliteProvider needs a SQLite driver. ${(reason as Error).message}. ${(second as Error).message}. Pass { driver } to choose another.`)
    }
    return openNode(file, mode)
  }
  return openBetter(file, mode, better)
}

// `timeout: 0`: waiting for a lock is the connection's business, which does it fairly and for a bounded time.
const betterOptions = (mode: Mode): never => (mode === 'write' ? { timeout: 0 } : { readonly: true, timeout: 0 }) as never

function openBetter (file: string, mode: Mode, Better: DriverClass): Database {
  return adapt(new Better(mode === 'frozen' ? image(file) : file, betterOptions(mode)) as Raw)
}

/** The bytes of a database, marked as one without a log: better-sqlite3 opens such an image where it cannot open the file. */
function image (file: string): string {
  const { readFileSync } = native
  const bytes = readFileSync(file)
  bytes[18] = bytes[19] = 1
  return bytes as unknown as string
}

/** Loads better-sqlite3 and proves that its binary fits this Node. */
function betterSqlite (): DriverClass {
  let version: string
  try {
    const { readFileSync } = native
    version = (JSON.parse(readFileSync(aside(() => require.resolve('better-sqlite3/package.json')), 'utf8')) as { version: string }).version
  } catch {
    throw new Error('better-sqlite3 is not installed: npm install better-sqlite3' + (MAJOR < 22 ? '@12' : ''))   // whatever kept its package.json from being read
  }
  const refused = refusal(version, process.versions.node)
  if (refused !== undefined) throw new Error(refused)
  try {
    return aside(() => {
      const Better = require('better-sqlite3') as DriverClass
      ;(new Better(':memory:', betterOptions('write')) as Raw).close()   // the binary is loaded by the first
      return Better
    })
  } catch (error) {
    throw new Error(`better-sqlite3 ${version} does not load here (${(error as Error).message.split('\n')[0]}): npm rebuild better-sqlite3`)
  }
}

/** Why this better-sqlite3 must not be loaded on this Node: from 13 on it ends a Node 20 process with a segmentation fault when a database is opened. */
export function refusal (better: string, node: string): string | undefined {
  if (majorOf(better) < 13 || majorOf(node) >= 22) return undefined
  return `better-sqlite3 ${better} does not run on Node ${node}: npm install better-sqlite3@12`
}

interface NodeSqlite { DatabaseSync: new (file: string, options: object) => Raw }

/** Loads node:sqlite. On Node 22 that prints a warning; the one that concerns it is kept back while it loads. */
function nodeSqlite (): NodeSqlite {
  const emit = process.emitWarning
  const quiet = function (this: NodeJS.Process, warning: string | Error, ...rest: unknown[]): void {
    if (!(rest[0] === 'ExperimentalWarning' && String(warning).startsWith('SQLite '))) Reflect.apply(emit, this, [warning, ...rest])
  } as typeof process.emitWarning
  process.emitWarning = quiet
  try {
    return require('node:sqlite') as NodeSqlite
  } catch {
    throw new Error(`node:sqlite is not part of Node ${process.versions.node} as it was started`)   // the only way for a built-in not to load
  } finally {
    if (process.emitWarning === quiet) process.emitWarning = emit
  }
}

// Its own `backup` fails by chance while the database is being written (Node 22.23, 24.21, 26.10: "not an error").
function openNode (file: string, mode: Mode): Database {
  const { DatabaseSync } = nodeSqlite()
  const raw = new DatabaseSync(mode === 'frozen' ? `${pathToFileURL(file).href}?immutable=1` : file, { readOnly: mode !== 'write', timeout: 0, enableForeignKeyConstraints: false })
  return { ...adapt(raw), backup: undefined }
}

/** Both families: statements give arrays by `raw(true)` (better-sqlite3) or `setReturnArrays(true)` (node:sqlite; where that is missing, by taking objects apart). */
function adapt (raw: Raw, lingers = false): Database {
  return {
    lingers,
    exec: (sql) => { raw.exec(sql) },
    prepare (sql, rows) {
      const statement = raw.prepare(sql)
      if (!rows) return statement
      if (typeof statement.raw === 'function') statement.raw(true)
      else if (typeof statement.setReturnArrays === 'function') statement.setReturnArrays(true)
      else return objects(statement)
      return statement
    },
    backup: typeof raw.backup === 'function' ? async (file) => raw.backup!(file) : undefined,
    close: () => { raw.close() }
  }
}

function objects (statement: Statement): Statement {
  const array = (row: object | undefined): Row | undefined => row === undefined ? undefined : Object.values(row)
  return {
    get: (...values) => array(statement.get(...values)),
    all: (...values) => statement.all(...values).map((row) => array(row)!),
    * iterate (...values) { for (const row of statement.iterate(...values)) yield array(row)! },
    run: (...values) => statement.run(...values)
  }
}

/** Primary result codes, https://www.sqlite.org/rescode.html */
const CODES: Record<number, string> = { 1: 'ERROR', 3: 'PERM', 5: 'BUSY', 6: 'LOCKED', 7: 'NOMEM', 8: 'READONLY', 9: 'INTERRUPT', 10: 'IOERR', 11: 'CORRUPT', 13: 'FULL', 14: 'CANTOPEN', 18: 'TOOBIG', 19: 'CONSTRAINT', 26: 'NOTADB' }

/** The primary result code of a driver's error, without its prefix ('BUSY'); undefined for what does not come from SQLite. */
export function resultCode (error: unknown): string | undefined {
  const { code, errcode } = error as { code?: unknown, errcode?: unknown }
  if (typeof errcode === 'number') return CODES[errcode & 0xFF] ?? 'ERROR'
  if (typeof code !== 'string') return undefined
  if (code === 'ERR_OUT_OF_RANGE') return 'CORRUPT'   // node:sqlite, of an integer that no file system holds
  return /^SQLITE_([A-Z]+)/.exec(code)?.[1]
}
