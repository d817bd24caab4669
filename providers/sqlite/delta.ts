// What an overlay keeps in the database of its upper layer: whiteouts and origins in the tables of the specification,
// so that other tools see the same tree, and beside them, in tables of our own, what those have no columns for.
import { clock } from '../../lib/kernel/native.ts'
import type { Delta } from '../../lib/kernel/provider.ts'
import type { Command, Connection } from './connection.ts'
import { storable } from './names.ts'

const TABLES = `
CREATE TABLE IF NOT EXISTS fs_whiteout (path TEXT PRIMARY KEY, parent_path TEXT NOT NULL, created_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS idx_fs_whiteout_parent ON fs_whiteout(parent_path);
CREATE TABLE IF NOT EXISTS fs_origin (delta_ino INTEGER PRIMARY KEY, base_ino INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fsmount_whiteout (path TEXT PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fsmount_copy (ino INTEGER PRIMARY KEY, note TEXT NOT NULL);`

/** Runs something that writes, in a transaction. */
type Write = (run: () => void) => void

/** The statements, once the tables are there. */
interface Commands { hide: Command, note: Command, unhide: Command, unnote: Command, origin: Command, noOrigin: Command, keep: Command, forget: Command }

/** The notes of an overlay in a database. Nodes are inode numbers. */
export class SqliteDelta implements Delta<number> {
  readonly #open: () => Connection
  readonly #write: Write
  #commands: Commands | undefined

  /** `open` gives the connection, or throws EBADF. */
  constructor (open: () => Connection, write: Write) {
    this.#open = open
    this.#write = write
  }

  /** The first thing that is kept makes the tables: a database that is no upper layer has none of ours. */
  get #ready (): Commands {
    if (this.#commands !== undefined) return this.#commands
    const connection = this.#open()
    connection.exec(TABLES)
    return (this.#commands = {
      hide: connection.command('INSERT OR REPLACE INTO fs_whiteout (path, parent_path, created_at) VALUES (?, ?, ?)'),
      note: connection.command('INSERT OR REPLACE INTO fsmount_whiteout (path, note) VALUES (?, ?)'),
      unhide: connection.command('DELETE FROM fs_whiteout WHERE path = ?'),
      unnote: connection.command('DELETE FROM fsmount_whiteout WHERE path = ?'),
      origin: connection.command('INSERT OR REPLACE INTO fs_origin (delta_ino, base_ino) VALUES (?, ?)'),
      noOrigin: connection.command('DELETE FROM fs_origin WHERE delta_ino = ?'),
      keep: connection.command('INSERT OR REPLACE INTO fsmount_copy (ino, note) VALUES (?, ?)'),
      forget: connection.command('DELETE FROM fsmount_copy WHERE ino = ?')
    })
  }

  /** Something was rolled back, which may have been the making of the tables. */
  undone (): void { this.#commands = undefined }

  /** Whether a table is there. */
  #has (table: string): boolean {
    return this.#open().query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(table) !== undefined
  }

  whiteouts (): [path: string, note: string][] {
    if (!this.#has('fs_whiteout')) return []
    const [column, join] = this.#has('fsmount_whiteout') ? ["coalesce(n.note, '')", 'LEFT JOIN fsmount_whiteout n ON n.path = w.path'] : ["''", '']
    return this.#open().query(`SELECT w.path, ${column} FROM fs_whiteout w ${join}`).all() as [string, string][]
  }

  hide (path: string, note: string): void {
    this.#write(() => {
      storable(path)
      const { hide, note: annotate } = this.#ready
      hide.run(path, path.slice(0, path.lastIndexOf('/')) || '/', Math.floor(clock() / 1000))
      annotate.run(path, note)
    })
  }

  unhide (path: string): void {
    this.#write(() => {
      this.#ready.unhide.run(path)
      this.#ready.unnote.run(path)
    })
  }

  copies (): [node: number, base: number | undefined, note: string][] {
    if (!this.#has('fs_origin')) return []
    const others = 'SELECT delta_ino AS ino, base_ino AS base, NULL AS note FROM fs_origin'
    const ours = 'SELECT c.ino, o.base_ino AS base, c.note FROM fsmount_copy c LEFT JOIN fs_origin o ON o.delta_ino = c.ino'
    const all = this.#has('fsmount_copy') ? `${ours} UNION ALL ${others} WHERE delta_ino NOT IN (SELECT ino FROM fsmount_copy)` : others
    return this.#open().query(`SELECT a.ino, a.base, coalesce(a.note, '{}') FROM (${all}) a JOIN fs_inode i ON i.ino = a.ino`).all()
      .map(([ino, base, note]) => [ino as number, base === null ? undefined : base as number, note as string])
  }

  keep (node: number, base: number | undefined, note: string): void {
    this.#write(() => {
      this.#ready.keep.run(node, note)
      if (base !== undefined) this.#ready.origin.run(node, base)
    })
  }

  forget (node: number): void {
    this.#write(() => {
      this.#ready.forget.run(node)
      this.#ready.noOrigin.run(node)
    })
  }
}
