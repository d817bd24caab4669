// The file format: Agent Filesystem Specification 0.4, and beside it tables of our own, all named `fsmount_…`. Opens a
// database, makes or migrates what is missing, and refuses what is not ours before anything in it is changed.
import { dirname } from 'node:path'
import { fsError, isErrno, nodeError } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import { Connection } from './connection.ts'
import { openDatabase, resultCode, type Database, type Driver, type Mode } from './drivers.ts'

/** Bytes of a chunk in files that are made here. Of 4, 8, 16, 32 and 64 KiB the best over small files, streams, appends and random reads together. */
const CHUNK_SIZE = 16384
/** Inode number of the root folder. */
export const ROOT = 1

/** `PRAGMA user_version`: the version of our own tables; 0 in a file that other tools made. */
const VERSION = 1
const SPECIFICATION = '0.4'
/** Bytes up to which a database is checked whole when it is opened. */
const SMALL = 0x100000

const TABLES = `
CREATE TABLE IF NOT EXISTS fs_config (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fs_inode (
  ino INTEGER PRIMARY KEY AUTOINCREMENT, mode INTEGER NOT NULL, nlink INTEGER NOT NULL DEFAULT 0,
  uid INTEGER NOT NULL DEFAULT 0, gid INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL DEFAULT 0,
  atime INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, rdev INTEGER NOT NULL DEFAULT 0,
  atime_nsec INTEGER NOT NULL DEFAULT 0, mtime_nsec INTEGER NOT NULL DEFAULT 0, ctime_nsec INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS fs_dentry (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, parent_ino INTEGER NOT NULL, ino INTEGER NOT NULL,
  UNIQUE(parent_ino, name));
CREATE INDEX IF NOT EXISTS idx_fs_dentry_parent ON fs_dentry(parent_ino, name);
CREATE TABLE IF NOT EXISTS fs_data (
  ino INTEGER NOT NULL, chunk_index INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (ino, chunk_index));
CREATE TABLE IF NOT EXISTS fs_symlink (ino INTEGER PRIMARY KEY, target TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fs_whiteout (path TEXT PRIMARY KEY, parent_path TEXT NOT NULL, created_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS idx_fs_whiteout_parent ON fs_whiteout(parent_path);
CREATE TABLE IF NOT EXISTS fs_origin (delta_ino INTEGER PRIMARY KEY, base_ino INTEGER NOT NULL);`

/** Birth times that the other times no longer tell; processes at work, and unlinked inodes that one of them holds open. */
const OWN_TABLES = `
CREATE TABLE IF NOT EXISTS fsmount_birth (ino INTEGER PRIMARY KEY, sec INTEGER NOT NULL, nsec INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fsmount_session (
  id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL,
  file TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0, alive INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fsmount_orphan (seq INTEGER PRIMARY KEY AUTOINCREMENT, ino INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fsmount_pin (session INTEGER NOT NULL, ino INTEGER NOT NULL, PRIMARY KEY (session, ino));`

/** Columns that the specification gained after 0.0, in the order in which they came. */
const LATER_COLUMNS = ['nlink', 'rdev', 'atime_nsec', 'mtime_nsec', 'ctime_nsec']

/** Options of `SqliteProvider`. */
export interface SqliteOptions {
  /** Opens an existing file without ever writing to it. */
  readonly?: boolean
  /** 'normal' (default): every finished operation survives a crash of the process; 'full': of the machine, too, at the cost of a disk flush each. */
  synchronous?: 'normal' | 'full'
  /** 'better-sqlite3', 'node:sqlite', or a constructor compatible with better-sqlite3. Default: the first of the two that loads. */
  driver?: Driver
  /** Milliseconds to wait for other processes before EBUSY. Default 5000. */
  timeout?: number
}

/** An open file system database. `own`: whether it has our own tables (a file of other tools, opened read-only, has not). */
export interface Store { connection: Connection, chunkSize: number, own: boolean }

/** An error about the database itself, always with its name. */
const refuse = (file: string, why: string): Error => nodeError(Error, 'ERR_INVALID_STATE', `${file} ${why}`)

/** Opens or makes the database `file` (absolute, or ':memory:'). */
export function openStore (file: string, options: SqliteOptions): Store {
  const { readonly = false, driver } = options
  if (file !== ':memory:') inspect(file, readonly)
  let db: Database | undefined
  try {
    for (const mode of readonly ? readModes(file) : ['write'] as const) {
      db = openDatabase(file, mode, driver)
      if (answers(db)) break
      db.close()
    }
    return prepare(db!, file, options)
  } catch (error) {
    try { db?.close() } catch { /* the reason why it could not be opened matters more */ }
    throw explain(error, file, readonly)
  }
}

/**
 * Ways to open a file that is only read, best first. Where its folder can be written, SQLite opens it as always, told
 * not to write: a read-only connection leaves its log behind. Where not, it needs a log that is there already; without
 * one nobody is writing, and the file is taken as it is.
 */
function readModes (file: string): Mode[] {
  return isWritable(file) && isWritable(dirname(file)) ? ['write'] : ['read', 'frozen']
}

function isWritable (path: string): boolean {
  try {
    native.accessSync(path, native.constants.W_OK)
    return true
  } catch {
    return false   // no right, or a disk that is mounted read-only
  }
}

/** False when SQLite cannot make the files that it needs beside the database. */
function answers (db: Database): boolean {
  try {
    db.prepare('PRAGMA schema_version', true).get()
    return true
  } catch (error) {
    const code = resultCode(error)
    if (code === 'BUSY') return true   // it will, when asked with patience
    if (code !== 'CANTOPEN' && code !== 'READONLY') throw error
    return false
  }
}

/** What can be told without SQLite, which says less and may write first. */
function inspect (file: string, readonly: boolean): void {
  const stats = native.statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) {
    const parent = native.statSync(dirname(file), { throwIfNoEntry: false })
    if (readonly || parent === undefined) throw fsError('ENOENT', 'open', file)
    if (!parent.isDirectory()) throw fsError('ENOTDIR', 'open', file)
    if (!isWritable(dirname(file))) throw fsError('EACCES', 'open', file)
    return
  }
  if (stats.isDirectory()) throw fsError('EISDIR', 'open', file)
  if (!stats.isFile()) throw refuse(file, 'is not a regular file')
  if (stats.size === 0) {
    if (readonly) throw refuse(file, 'is empty, not a file system database')
    return
  }
  const head = Buffer.alloc(100)
  const fd = native.openSync(file, readonly ? 'r' : 'r+')
  try { native.readSync(fd, head, 0, 100, 0) } finally { native.closeSync(fd) }
  if (head.toString('latin1', 0, 16) !== 'SQLite format 3\0') throw refuse(file, 'is not a SQLite database')
  const pageSize = head.readUInt16BE(16) === 1 ? 65536 : head.readUInt16BE(16)
  // The page count in the header is right when the change counter agrees, and no log has pages that are yet to come.
  const trusted = head.readUInt32BE(24) === head.readUInt32BE(92) && !native.statSync(`${file}-wal`, { throwIfNoEntry: false })?.size
  if (stats.size < 512 || (trusted && head.readUInt32BE(28) * pageSize > stats.size)) throw refuse(file, 'is truncated')
}

/** Turns what SQLite says while opening into an error that names the file. */
function explain (error: unknown, file: string, readonly: boolean): unknown {
  if (isErrno(error)) return fsError(error.code, 'open', file)
  const code = resultCode(error)
  if (code === undefined) return error
  if (code === 'NOTADB') return refuse(file, 'is not a SQLite database')
  if (code === 'CORRUPT') return refuse(file, `is damaged: ${(error as Error).message}`)
  if (code === 'CANTOPEN' || code === 'READONLY') return nodeError(Error, 'EACCES', `${file} cannot be opened${readonly ? '' : ' for writing'}: ${(error as Error).message}`)
  return nodeError(Error, 'EIO', `${file}: ${(error as Error).message}`)
}

function prepare (db: Database, file: string, options: SqliteOptions): Store {
  const connection = new Connection(db, file, options.timeout ?? 5000)
  examineWhole(connection, file)
  let state = examine(connection, file)
  if (options.readonly === true) {
    if (state.missing) throw refuse(file, 'holds no file system yet, or one of an older version: open it once for writing')
    connection.exec('PRAGMA query_only = 1')
  } else {
    if (state.empty) connection.exec('PRAGMA page_size = 4096')
    if (state.missing || !state.own) {
      connection.atomic(() => {
        state = examine(connection, file)   // another process may have been faster
        migrate(connection, state)
      })
      state = examine(connection, file)
    }
    connection.exec('PRAGMA journal_mode = WAL')
    connection.exec(`PRAGMA synchronous = ${options.synchronous === 'full' ? 'FULL' : 'NORMAL'}`)
    connection.exec('PRAGMA wal_autocheckpoint = 4000')
    connection.exec('PRAGMA journal_size_limit = 33554432')
  }
  connection.exec('PRAGMA cache_size = -8000')   // KiB; more shows in the memory of whoever streams a large file
  return { connection, chunkSize: state.chunkSize, own: state.own }
}

/** A file that is read in a millisecond is looked at whole before it is used; damage in a larger one shows when it is met, and in `check`. */
function examineWhole (connection: Connection, file: string): void {
  const number = (name: string): number => Number(connection.query(`PRAGMA ${name}`).get()?.[0] ?? 0)
  if (number('page_count') * number('page_size') > SMALL) return
  const found = connection.query('PRAGMA integrity_check(1)').get()?.[0]
  if (found !== 'ok') throw refuse(file, `is damaged: ${String(found).split('\n').at(-1)}`)
}

interface State { empty: boolean, missing: boolean, own: boolean, chunkSize: number, columns: Set<string> }

/** Reads what is there; throws for what must not be touched. */
function examine (connection: Connection, file: string): State {
  const names = (sql: string): Set<string> => new Set(connection.query(sql).all().map((row) => String(row[0])))
  const pragma = (name: string): number => Number(connection.query(`PRAGMA ${name}`).get()?.[0] ?? 0)
  const tables = names("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
  const version = pragma('user_version')
  if (!tables.has('fs_inode')) {
    for (const name of tables) if (!/^(fs_|fsmount_|kv_store$|tool_calls$)/.test(name)) throw refuse(file, 'is a SQLite database of something else')
    if (pragma('application_id') !== 0 || (version !== 0 && tables.size === 0)) throw refuse(file, 'is a SQLite database of something else')
    return { empty: tables.size === 0, missing: true, own: false, chunkSize: CHUNK_SIZE, columns: new Set() }
  }
  if (version > VERSION) throw refuse(file, `was written by a later version of fsmount (schema ${version}, this one knows ${VERSION})`)
  const columns = names("SELECT name FROM pragma_table_info('fs_inode')")
  const absent = LATER_COLUMNS.some((name) => !columns.has(name))
  const config = new Map(tables.has('fs_config') ? connection.query('SELECT key, value FROM fs_config').all().map((row) => [row[0], String(row[1])]) : [])
  const specification = config.get('schema_version')
  if (specification !== undefined && later(specification)) throw refuse(file, `follows version ${specification} of the Agent Filesystem Specification, this one knows ${SPECIFICATION}`)
  const root = connection.query(`SELECT mode FROM fs_inode WHERE ino = ${ROOT}`).get()
  const some = connection.query('SELECT 1 FROM fs_inode LIMIT 1').get() !== undefined
  if (root === undefined ? some : (Number(root[0]) & 0o170000) !== 0o040000) throw refuse(file, 'is damaged: it has no root folder')
  const size = config.get('chunk_size')
  const chunkSize = size === undefined ? 4096 : Number(size)
  if (!Number.isInteger(chunkSize) || chunkSize < 1 || chunkSize > 0x10000000) throw refuse(file, `is damaged: its chunk_size is '${size}'`)
  const missing = absent || root === undefined || size === undefined || !['fs_dentry', 'fs_data', 'fs_symlink'].every((name) => tables.has(name))
  return { empty: false, missing, own: version === VERSION && tables.has('fsmount_birth'), chunkSize, columns }
}

function later (specification: string): boolean {
  const [major = 0, minor = 0] = specification.split('.').map(Number)
  return major > 0 || minor > 4 || Number.isNaN(major) || Number.isNaN(minor)
}

/** Makes what is missing. Runs in a transaction. */
function migrate (connection: Connection, state: State): void {
  connection.exec(TABLES + OWN_TABLES)
  if (state.columns.size > 0) {
    for (const name of LATER_COLUMNS) {
      if (!state.columns.has(name)) connection.exec(`ALTER TABLE fs_inode ADD COLUMN ${name} INTEGER NOT NULL DEFAULT 0`)
    }
    if (!state.columns.has('nlink')) connection.exec(`UPDATE fs_inode SET nlink = (SELECT count(*) FROM fs_dentry d WHERE d.ino = fs_inode.ino) + (ino = ${ROOT})`)
  }
  connection.command("INSERT OR IGNORE INTO fs_config (key, value) VALUES ('chunk_size', ?)").run(String(state.chunkSize))
  connection.exec(`INSERT OR REPLACE INTO fs_config (key, value) VALUES ('schema_version', '${SPECIFICATION}')`)
  const sec = Math.floor(connection.now / 1000)
  const nsec = (connection.now % 1000) * 1e6
  connection.command(`INSERT OR IGNORE INTO fs_inode (ino, mode, nlink, uid, gid, size, atime, mtime, ctime, atime_nsec, mtime_nsec, ctime_nsec)
    VALUES (${ROOT}, ${0o40755}, 1, ?, ?, 0, ?, ?, ?, ?, ?, ?)`).run(process.getuid?.() ?? 0, process.getgid?.() ?? 0, sec, sec, sec, nsec, nsec, nsec)
  connection.exec(`PRAGMA user_version = ${VERSION}`)
}
