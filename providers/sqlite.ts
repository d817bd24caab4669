// A file system in one SQLite file (Agent Filesystem Specification 0.4), for several processes at once: every
// operation is a transaction, and what is remembered is dropped as soon as somebody else writes.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Errno } from '../lib/kernel/errors.ts'
import { decodeName, encodeName } from '../lib/kernel/names.ts'
import { native } from '../lib/kernel/native.ts'
import { APPEND, S_IFMT, isDir, isLink, type Attr, type Entry, type Found, type Patch, type Provider, type StatFsAttr } from '../lib/kernel/provider.ts'
import { VirtualProvider } from './path.ts'
import { check, type Checked } from './sqlite/check.ts'
import { Chunks } from './sqlite/chunks.ts'
import type { Command, Connection, Query } from './sqlite/connection.ts'
import { Inodes } from './sqlite/inodes.ts'
import { Names, storable } from './sqlite/names.ts'
import { Orphans } from './sqlite/orphans.ts'
import { ROOT, openStore, type SqliteOptions } from './sqlite/schema.ts'
import { copyDatabase, figures, flushLog, room } from './sqlite/upkeep.ts'

export type { Checked, Problem } from './sqlite/check.ts'
export type { Driver, DriverClass } from './sqlite/drivers.ts'
export type { SqliteOptions } from './sqlite/schema.ts'

/** A persistent file system in a SQLite database, or a transient one in ':memory:'. Nodes are inode numbers. */
export class SqliteProvider extends VirtualProvider implements Provider<number> {
  readonly root = ROOT
  /** Absolute path of the database, or ':memory:'. */
  readonly file: string
  /** Bytes of a chunk in this database. */
  readonly chunkSize: number
  readonly #memory: boolean
  readonly #readonly: boolean
  #connection: Connection | undefined
  readonly #inodes: Inodes
  readonly #names: Names
  readonly #chunks: Chunks
  readonly #orphans: Orphans | undefined
  readonly #dataVersion: Query
  readonly #target: Query
  readonly #addTarget: Command
  readonly #removals: readonly Command[]
  #version = -1
  #undone = 0

  /** Opens `file`, making it if need be. Throws an error that names the file when it is not a file system database. */
  constructor (file: string | URL, options: SqliteOptions = {}) {
    super()
    const { readonly = false } = options
    this.#readonly = readonly
    this.file = file === ':memory:' ? file : absolute(file)
    this.#memory = file === ':memory:'
    const store = openStore(this.file, options)
    const connection = this.#connection = store.connection
    this.chunkSize = store.chunkSize
    this.#inodes = new Inodes(connection, store.own)
    this.#names = new Names(connection)
    this.#chunks = new Chunks(connection, store.chunkSize, () => room(this.file))
    this.#dataVersion = connection.query('PRAGMA data_version')
    this.#target = connection.query('SELECT target FROM fs_symlink WHERE ino = ?')
    this.#addTarget = connection.command('INSERT INTO fs_symlink (ino, target) VALUES (?, ?)')
    this.#removals = ['fs_inode', 'fs_symlink', ...store.own ? ['fsmount_birth'] : []].map((table) => connection.command(`DELETE FROM ${table} WHERE ino = ?`))
    connection.listener = {
      flush: () => { this.#inodes.flush() },
      undone: () => { this.#undoneNow() },
      locked: () => { this.#look() }
    }
    if (readonly) return
    this.#orphans = new Orphans(connection, this.#memory ? '' : identityOf(this.file), (node) => { this.#remove(node) })
    try {
      this.#orphans.begin()
    } catch (error) {
      this.close()
      throw error
    }
  }

  override get readonly (): boolean { return this.#readonly }

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
    this.#inodes.clear()
    this.#names.clear()
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
    this.#inodes.clear()
    this.#names.clear()
    this.#orphans?.undone()
  }

  /** A transaction around the parts of one primitive, if there is none yet. */
  #write<T> (run: () => T): T {
    const connection = this.#open
    if (this.readonly) throw new Errno('EROFS')
    return connection.locked ? run() : connection.atomic(run)
  }

  version (): number {
    if (this.#connection === undefined) return -1   // closed: the next primitive says so
    if (!this.#connection.locked) this.#look()
    return this.#version + this.#undone * 0x100000000
  }

  atomic<T> (run: () => T): T {
    return this.readonly ? run() : this.#open.atomic(run)
  }

  /**
   * Runs `fn` as one transaction: everything it does in this file system happens, or, if it throws, nothing. Nobody
   * else can write meanwhile. May be nested. `fn` is synchronous: a promise is refused, with its work undone.
   */
  transaction<T> (fn: () => T): T {
    return this.atomic(() => {
      const result = fn()
      if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') throw new TypeError('The function of a transaction must not return a promise')
      return result
    })
  }

  lookup (dir: number, name: string): Found<number> | undefined {
    this.#fresh()
    return this.#names.lookup(dir, name)
  }

  getattr (node: number): Attr {
    this.#fresh()
    return this.#inodes.get(node)
  }

  setattr (node: number, patch: Patch): void {
    this.#write(() => {
      const { mode, uid, gid, size } = patch
      const old = this.#inodes.get(node)
      if (size !== undefined) {
        if (size > old.size) this.#chunks.extend(node, old.size, size)
        else if (size < old.size) this.#chunks.shorten(node, size)
        this.#inodes.modified(node, size)
      }
      this.#inodes.change(node, {
        ...mode !== undefined && { mode: (old.mode & S_IFMT) | mode },
        ...uid !== undefined && { uid },
        ...gid !== undefined && { gid },
        ...this.#inodes.times(patch.atime, patch.mtime)
      })
      if (mode !== undefined) this.#names.modeChanged()
    })
  }

  readdir (dir: number): Entry<number>[] {
    this.#fresh()
    this.#touch(dir)
    return this.#names.list(dir)
  }

  names (dir: number): readonly string[] {
    this.#fresh()
    this.#touch(dir)
    return this.#names.names(dir)
  }

  readlink (node: number): string {
    this.#fresh()
    this.#touch(node)
    const row = this.#target.get(node)
    if (row === undefined) throw new Errno('EIO')
    return typeof row[0] === 'string' ? row[0] : decodeName(row[0] as Uint8Array)
  }

  mknod (dir: number, name: string, mode: number, uid: number, gid: number, target?: string): number {
    storable(name)
    return this.#write(() => {
      this.#livingFolder(dir)
      // A target that is not UTF-8 is stored as the bytes that it is.
      const bytes = target === undefined || target.isWellFormed() ? undefined : encodeName(target)
      const node = this.#inodes.add(mode, uid, gid, bytes?.length ?? Buffer.byteLength(target ?? ''))
      if (target !== undefined) this.#addTarget.run(node, bytes ?? target)
      this.#names.add(dir, name, { node, mode })
      if (isDir(mode)) this.#inodes.subfolder(dir, 1)
      this.#inodes.modified(dir)
      return node
    })
  }

  /** Another process may have removed the folder since it was found. */
  #livingFolder (dir: number): void {
    if (this.#inodes.get(dir).nlink === 0) throw new Errno('ENOENT')
  }

  link (node: number, dir: number, name: string): void {
    storable(name)
    this.#write(() => {
      this.#livingFolder(dir)
      const { mode, nlink } = this.#inodes.get(node)
      if (nlink === 0) throw new Errno('ENOENT')
      this.#names.add(dir, name, { node, mode })
      this.#inodes.linked(node, 1)
      this.#inodes.change(node, {})
      this.#inodes.modified(dir)
    })
  }

  unlink (dir: number, name: string): void {
    this.#write(() => {
      const found = this.#names.lookup(dir, name)
      if (found === undefined) throw new Errno('ENOENT')
      this.#detach(dir, found)
      this.#names.remove(dir, name)
      this.#inodes.modified(dir)
    })
  }

  /** Takes one link from an inode whose name goes away. */
  #detach (dir: number, { node, mode }: Found<number>): void {
    if (isDir(mode)) {
      if (!this.#names.isEmpty(node)) throw new Errno('ENOTEMPTY')
      this.#inodes.subfolder(dir, -1)
      this.#lost(node)
    } else if (this.#inodes.linked(node, -1) === 0) this.#lost(node)
    else this.#inodes.change(node, {})
  }

  /** An inode lost its last name. */
  #lost (node: number): void {
    if (this.#orphans?.orphan(node) === true) this.#remove(node)
    else {
      this.#inodes.unlinked(node)
      this.#inodes.change(node, {})
    }
  }

  #remove (node: number): void {
    this.#chunks.drop(node)
    for (const removal of this.#removals) removal.run(node)
    this.#inodes.forget(node)
  }

  rename (dir: number, name: string, newDir: number, newName: string): void {
    storable(newName)
    this.#write(() => {
      const found = this.#names.lookup(dir, name)
      if (found === undefined) throw new Errno('ENOENT')
      this.#livingFolder(newDir)
      const old = this.#names.lookup(newDir, newName)
      if (old?.node === found.node) return
      const folder = isDir(found.mode)
      if (folder && dir !== newDir && this.#names.isBelow(newDir, found.node)) throw new Errno('EINVAL')
      if (old !== undefined) {
        if (isDir(old.mode) !== folder) throw new Errno(folder ? 'ENOTDIR' : 'EISDIR')
        this.#detach(newDir, old)
        this.#names.remove(newDir, newName)
      }
      this.#names.move(dir, name, newDir, newName, found)
      if (folder && dir !== newDir) {
        this.#inodes.subfolder(dir, -1)
        this.#inodes.subfolder(newDir, 1)
      }
      this.#inodes.modified(dir)
      if (newDir !== dir) this.#inodes.modified(newDir)
      this.#inodes.change(found.node, {})
    })
  }

  read (node: number, buffer: Uint8Array, position: number): number {
    this.#open
    const bytes = this.#chunks.read(node, buffer, position)
    if (buffer.length > 0) this.#touch(node)
    return bytes
  }

  view (node: number): Uint8Array {
    this.#open
    const bytes = this.#chunks.view(node)
    this.#touch(node)
    return bytes
  }

  #touch (node: number): void {
    if (!this.readonly) this.#inodes.accessed(node)
  }

  write (node: number, buffer: Uint8Array, position: number): number {
    if (buffer.length === 0) return 0
    return this.#write(() => {
      const { size } = this.#inodes.get(node)
      const at = position === APPEND ? size : position
      this.#chunks.write(node, buffer, at, size)
      this.#inodes.modified(node, Math.max(size, at + buffer.length))
      return buffer.length
    })
  }

  replace (node: number, bytes: Uint8Array): void {
    this.#write(() => {
      this.#chunks.replace(node, bytes, this.#inodes.get(node).size)
      this.#inodes.modified(node, bytes.length)
    })
  }

  open (node: number, _flags: number): number {
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

  /** Without an argument: closes the database. Idempotent; afterwards everything is EBADF. */
  close (): void
  /** Unpins what `open` returned. */
  close (node: number): void
  close (node?: number): void {
    if (node === undefined) this.#shut()
    else if (this.#connection !== undefined) this.#orphans?.close(node)
  }

  #shut (): void {
    const connection = this.#connection
    if (connection === undefined) return
    try {
      if (connection.locked) connection.abandon()
      else this.#orphans?.end()
    } catch {
      // Another process keeps the database locked, or the disk is full: access times are lost, and what this process
      // held open is found by the next one that opens the file.
    } finally {
      this.#connection = undefined
      connection.db.close()
    }
  }

  dispose (): void { this.#shut() }
  [Symbol.dispose] (): void { this.#shut() }

  /** Flushes the log to the disk: what was finished before survives a crash of the machine. */
  sync (_node: number): void {
    this.#open
    if (!this.#memory && !this.readonly) flushLog(this.file)
  }

  statfs (): StatFsAttr { return figures(this.#fresh()) }

  /**
   * Checks that the database is sound and the file system in it consistent; with `repair`, mends what can be mended.
   * Nothing is thrown away: what has lost its name is put into /lost+found.
   */
  check ({ repair = false }: { repair?: boolean } = {}): Checked {
    const connection = this.#open
    const { chunkSize } = this
    const own = this.#removals.length > 2
    const run = (): Checked => check({ connection, chunkSize, own, repair })
    if (this.readonly) {
      if (repair) throw new Errno('EROFS')
      return run()
    }
    const checked = connection.atomic(() => {
      this.#inodes.flush()
      return run()
    })
    if (checked.problems.length > 0) this.#undoneNow()
    return checked
  }

  /** Copies the database as it is now to a new file, which replaces one that is there, while this and other processes go on working. */
  async backup (file: string | URL): Promise<void> {
    await copyDatabase(this.#open, absolute(file))
  }
}

/** What tells a database file from its copies. */
function identityOf (file: string): string {
  const { dev, ino } = native.statSync(file, { bigint: true })
  return `${dev}:${ino}`
}

const absolute = (file: string | URL): string => resolve(file instanceof URL ? fileURLToPath(file) : file)
