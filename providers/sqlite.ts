// A file system in one SQLite file (Agent Filesystem Specification 0.4), for several processes at once: every
// operation is a transaction, and what is remembered is dropped as soon as somebody else writes.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demandOptions, dressed, Errno, invalidType, invalidValue, nodeError } from '../lib/kernel/errors.ts'
import { native } from '../lib/kernel/native.ts'
import type { Attr, Described, Entry, Found, Patch, Provider, Resolved, StatFsAttr } from '../lib/kernel/provider.ts'
import { VirtualProvider } from './path.ts'
import { check, type Checked } from './sqlite/check.ts'
import type { Connection, Query } from './sqlite/connection.ts'
import { SqliteDelta } from './sqlite/delta.ts'
import { storable } from './sqlite/names.ts'
import { Orphans } from './sqlite/orphans.ts'
import { ROOT, openStore, type SqliteOptions } from './sqlite/schema.ts'
import { Tree } from './sqlite/tree.ts'
import { copyDatabase, figures, flushLog } from './sqlite/upkeep.ts'

export type { Checked, Problem } from './sqlite/check.ts'
export type { Driver, DriverClass } from './sqlite/drivers.ts'
export type { SqliteOptions } from './sqlite/schema.ts'

/** A persistent file system in a SQLite database, or a transient one in ':memory:'. Nodes are inode numbers. */
export class SqliteProvider extends VirtualProvider implements Provider<number> {
  readonly root = ROOT
  readonly checksEmpty = true
  /** Absolute path of the database, or ':memory:'. */
  readonly file: string
  /** Bytes of a chunk in this database. */
  readonly chunkSize: number
  readonly #memory: boolean
  readonly #options: SqliteOptions
  /** How the database was opened. */
  readonly #readonly: boolean
  #frozen = false
  readonly #own: boolean
  #connection: Connection | undefined
  readonly #tree: Tree
  readonly #orphans: Orphans | undefined
  readonly #dataVersion: Query
  #version = -1
  #undone = 0
  #delta: SqliteDelta | undefined

  /** Opens `file`, making it if need be; without one, a database in memory that ends with the process. Throws an error that names the file when it is not a file system database. */
  constructor (file: string | URL = ':memory:', options: SqliteOptions = {}) {
    super()
    demandOptions(options, { readonly: 'boolean', synchronous: 'string', driver: 'any', timeout: 'number' })
    const { readonly = false, synchronous } = options
    if (synchronous !== undefined && synchronous !== 'normal' && synchronous !== 'full') throw invalidValue('options.synchronous', "must be 'normal' or 'full'", synchronous)
    this.#readonly = readonly
    this.#options = options
    this.file = file === ':memory:' ? file : absolute(file)
    this.#memory = file === ':memory:'
    const store = openStore(this.file, options)
    const connection = this.#connection = store.connection
    this.chunkSize = store.chunkSize
    this.#own = store.own
    this.#tree = new Tree(store, (node) => this.#orphans?.orphan(node) === true)
    this.#dataVersion = connection.query('PRAGMA data_version')
    connection.listener = {
      flush: () => { this.#tree.inodes.flush() },
      undone: () => { this.#undoneNow() },
      locked: () => { this.#look() }
    }
    if (readonly) return
    this.#orphans = new Orphans(connection, this.#memory ? '' : identityOf(this.file), (node) => { this.#tree.remove(node) })
    try {
      dressed('open', this.file, () => { this.#orphans!.begin() })
    } catch (error) {
      this.close()
      throw error
    }
  }

  override get readonly (): boolean { return this.#readonly || this.#frozen }

  /** From now on every change through this object is EROFS. */
  setReadOnly (): void { this.#frozen = true }

  /** The open connection; EBADF after `close()`. */
  get #open (): Connection {
    if (this.#connection === undefined) throw new Errno('EBADF')
    return this.#connection
  }

  /** Drops what is remembered if another connection has written since. */
  #look (): void {
    if (this.#memory) return
    const version = this.#dataVersion.get()![0] as number
    if (version === this.#version) return
    this.#version = version
    this.#tree.clear()
    this.#orphans?.changed()
  }

  /** The connection, with nothing remembered that is out of date. */
  #fresh (): Connection {
    const connection = this.#open
    if (!connection.locked) {
      this.#look()
      if (this.#orphans?.due === true) this.#orphans.attend()
    }
    return connection
  }

  #undoneNow (): void {
    this.#undone++
    this.#tree.clear()
    this.#orphans?.undone()
    this.#delta?.undone()
  }

  /** A transaction around the parts of one primitive, if there is none yet. */
  #write<T> (run: () => T): T {
    const connection = this.#open
    if (this.readonly) throw new Errno('EROFS')
    return connection.locked ? run() : connection.atomic(run)
  }

  /** Where an overlay whose upper layer this is keeps its whiteouts and origins. */
  get delta (): SqliteDelta { return (this.#delta ??= new SqliteDelta(() => this.#open, (run) => { this.#write(run) })) }

  version (): number {
    if (this.#connection === undefined) return -1   // closed: the next primitive says so
    if (!this.#connection.locked) this.#look()
    return this.#version + this.#undone * 0x100000000
  }

  atomic<T> (run: () => T): T {
    return this.readonly ? run() : this.#open.operation(run)
  }

  /**
   * Runs `fn` as one transaction: everything it does in this file system happens, or, if it throws, nothing. Nobody
   * else can write meanwhile. May be nested. `fn` is synchronous: a promise is refused, with its work undone.
   */
  transaction<T> (fn: () => T extends PromiseLike<unknown> ? never : T): T {
    const connection = dressed('transaction', this.file, () => this.#open)
    const run = (): T => {
      const result = fn()
      if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') throw nodeError(TypeError, 'ERR_INVALID_RETURN_VALUE', 'The function of a transaction must not return a promise')
      return result
    }
    return this.readonly ? run() : dressed('transaction', this.file, () => connection.within(run))
  }

  lookup (dir: number, name: string): Found<number> | undefined {
    this.#fresh()
    return this.#tree.names.lookup(dir, name)
  }

  resolve (path: string): Resolved<number> | undefined {
    this.#fresh()
    return this.#tree.resolve(path)
  }

  getattr (node: number): Attr {
    this.#fresh()
    return this.#tree.inodes.attr(node)
  }

  setattr (node: number, patch: Patch): void {
    this.#write(() => { this.#tree.setattr(node, patch) })
  }

  getdents (dir: number): Entry<number>[] {
    this.#fresh()
    this.#touch(dir)
    return this.#tree.names.list(dir)
  }

  names (dir: number): readonly string[] {
    this.#fresh()
    this.#touch(dir)
    return this.#tree.names.names(dir)
  }

  getlink (node: number): string {
    this.#fresh()
    this.#touch(node)
    return this.#tree.readlink(node)
  }

  mknod (dir: number, name: string, mode: number, uid: number, gid: number, target?: string): number {
    return this.#write(() => {
      this.#orphans?.reserve()
      return this.#tree.mknod(dir, storable(name), mode, uid, gid, target)
    })
  }

  linkat (node: number, dir: number, name: string): void {
    this.#write(() => { this.#tree.link(node, dir, storable(name)) })
  }

  unlinkat (dir: number, name: string): void {
    this.#write(() => { this.#tree.unlink(dir, name) })
  }

  renameat (dir: number, name: string, newDir: number, newName: string): void {
    this.#write(() => { this.#tree.rename(dir, name, newDir, newName) })
  }

  read (node: number, buffer: Uint8Array, position: number): number {
    this.#open
    this.#tree.inodes.settle(node)
    const bytes = this.#tree.chunks.read(node, buffer, position)
    if (buffer.length > 0) this.#touch(node)
    return bytes
  }

  view (node: number): Uint8Array {
    this.#open
    this.#tree.inodes.settle(node)
    const bytes = this.#tree.chunks.view(node)
    this.#touch(node)
    return bytes
  }

  content (node: number): Buffer {
    const bytes = this.view(node)
    return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  text (node: number): string { return this.content(node).toString() }

  #touch (node: number): void {
    if (!this.readonly) this.#tree.inodes.accessed(node)
  }

  write (node: number, buffer: Uint8Array, position: number): number {
    return buffer.length === 0 ? 0 : this.#write(() => this.#tree.write(node, buffer, position))
  }

  replace (node: number, bytes: Uint8Array): void {
    this.#write(() => { this.#tree.replace(node, bytes) })
  }

  pin (node: number, _flags: number): number {
    this.#open
    this.#orphans?.open(node)
    try {
      this.getattr(node)   // after the pin: whoever removes it from now on keeps it for us
    } catch (error) {
      this.#orphans?.close(node)
      throw error
    }
    return node
  }

  unpin (node: number): void {
    if (this.#connection !== undefined) this.#orphans?.close(node)
  }

  /** Closes the database. Idempotent; afterwards everything is EBADF. Throws EBUSY within a transaction, which can go on. */
  close (): void {
    const connection = this.#connection
    if (connection === undefined) return
    if (connection.locked) dressed('close', this.file, () => { throw new Errno('EBUSY') })
    try {
      this.#orphans?.end()
    } catch {
      // Another process keeps the database locked, or the disk is full: access times are lost, and what this process
      // held open is found by the next one that opens the file.
    } finally {
      this.#connection = undefined
      this.#tree.inodes.close()
      connection.db.close()
    }
  }

  dispose (): void { this.close() }

  /**
   * The same file, opened once more, read-only where this object is; ':memory:' is one connection's alone. A driver that
   * is a class cannot be handed on: the default one takes its place.
   */
  describe (): Described | undefined {
    const { driver, ...options } = this.#options
    return this.#memory ? undefined : { provider: 'sqlite', source: this.file, options: { ...options, readonly: this.readonly, ...typeof driver === 'string' && { driver } } }
  }

  [Symbol.dispose] (): void { this.close() }

  /** Flushes the log to the disk: what was finished before survives a crash of the machine. */
  sync (_node: number): void {
    this.#open
    if (!this.#memory && !this.#readonly) flushLog(this.file)
  }

  statvfs (): StatFsAttr { return figures(this.#fresh()) }

  /**
   * Checks that the database is sound and the file system in it consistent; with `repair`, mends what can be mended.
   * Nothing is thrown away: what has lost its name is put into /lost+found.
   */
  check ({ repair = false }: { repair?: boolean } = {}): Checked { return dressed('check', this.file, () => this.#check(repair)) }

  #check (repair: boolean): Checked {
    const connection = this.#open
    const { chunkSize } = this
    const run = (): Checked => check({ connection, chunkSize, own: this.#own, repair })
    if (this.readonly) {
      if (repair) throw new Errno('EROFS')
      return run()
    }
    try {
      connection.atomic(() => { this.#tree.inodes.flush() })
    } catch (error) {
      if (!['EIO', 'ENOSPC'].includes((error as { code?: string }).code ?? '')) throw error
      this.#tree.inodes.unread()   // where the file is damaged, or the disk full, times are lost, and the check tells of the rest
    }
    const checked = connection.atomic(run)
    if (checked.problems.length > 0) this.#undoneNow()
    return checked
  }

  /**
   * Copies the database as it is now to a new file, which replaces one that is there, while this and other processes go on
   * working. Rejects with an error as those of `fs` are, EBUSY within a transaction and for the database itself.
   */
  async backup (file: string | URL): Promise<void> {
    const target = absolute(file)
    await dressed('backup', this.file, async () => {
      await copyDatabase(this.#open, target).catch((error: unknown) => {
        this.#open   // closed meanwhile, which drivers say each in its own words
        throw error
      })
    }, target)
  }
}

/** What tells a database file from its copies. */
function identityOf (file: string): string {
  const { dev, ino } = native.statSync(file, { bigint: true })
  return `${dev}:${ino}`
}

function absolute (file: string | URL): string {
  if (file instanceof URL) return fileURLToPath(file)
  if (typeof file !== 'string') throw invalidType('file', 'of type string or an instance of URL', file)
  return resolve(file)
}
