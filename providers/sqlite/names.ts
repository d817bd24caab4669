// Names in folders: directory entries, remembered until somebody else writes.
import { Errno } from '../../lib/kernel/errors.ts'
import { isName } from '../../lib/kernel/names.ts'
import { isDir, type Entry, type Found } from '../../lib/kernel/provider.ts'
import type { Command, Connection, Query } from './connection.ts'
import type { Inodes } from './inodes.ts'

/** More remembered names than this are forgotten at once. */
const LIMIT = 100_000

interface Folder { found: Map<string, Found<number> | undefined>, names?: readonly string[] }

/** Refuses what SQLite's UTF-8 cannot hold: a byte that is not UTF-8 stands as a lone surrogate. */
export function storable (text: string): string {
  if (!text.isWellFormed()) throw new Errno('EILSEQ')
  return text
}

/** The directory entries of one database. */
export class Names {
  readonly #folders = new Map<number, Folder>()
  readonly #parents = new Map<number, number>()
  #count = 0
  readonly #lookup: Query
  readonly #list: Query
  readonly #names: Query
  readonly #any: Query
  readonly #parent: Query
  readonly #insert: Command
  readonly #delete: Command
  readonly #move: Command

  readonly #inodes: Inodes

  constructor (connection: Connection, inodes: Inodes) {
    this.#inodes = inodes
    this.#lookup = connection.query(`SELECT d.ino, ${inodes.columns} FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino ${inodes.join} WHERE d.parent_ino = ? AND d.name = ?`)
    this.#list = connection.query('SELECT d.name, d.ino, i.mode FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino WHERE d.parent_ino = ? ORDER BY d.name')
    this.#names = connection.query('SELECT name FROM fs_dentry WHERE parent_ino = ? ORDER BY name')
    this.#any = connection.query('SELECT 1 FROM fs_dentry WHERE parent_ino = ? LIMIT 1')
    this.#parent = connection.query('SELECT parent_ino FROM fs_dentry WHERE ino = ?')
    this.#insert = connection.command('INSERT INTO fs_dentry (name, parent_ino, ino) VALUES (?, ?, ?)')
    this.#delete = connection.command('DELETE FROM fs_dentry WHERE parent_ino = ? AND name = ?')
    this.#move = connection.command('UPDATE fs_dentry SET parent_ino = ?, name = ? WHERE parent_ino = ? AND name = ?')
  }

  #folder (dir: number): Folder {
    let folder = this.#folders.get(dir)
    if (folder === undefined) this.#folders.set(dir, folder = { found: new Map() })
    return folder
  }

  #remember (dir: number, name: string, found: Found<number> | undefined): void {
    if (this.#count >= LIMIT) this.clear()
    const folder = this.#folder(dir)
    if (!folder.found.has(name)) this.#count++
    folder.found.set(name, found)
    if (found !== undefined && isDir(found.mode)) this.#parents.set(found.node, dir)
  }

  lookup (dir: number, name: string): Found<number> | undefined {
    const folder = this.#folders.get(dir)
    const known = folder?.found.get(name)
    if (known !== undefined || folder?.found.has(name)) return known
    if (!name.isWellFormed()) return undefined   // a name that cannot be stored is not there
    const row = this.#lookup.get(dir, name)
    const found = row === undefined ? undefined : { node: row[0] as number, mode: this.#inodes.offer(row[0] as number, row, 1).mode }
    this.#remember(dir, name, found)
    return found
  }

  names (dir: number): readonly string[] {
    const known = this.#folders.get(dir)?.names
    if (known !== undefined) return known
    const names: string[] = []
    for (const row of this.#names.all(dir)) if (isName(row[0] as string)) names.push(row[0] as string)
    if (this.#count + names.length > LIMIT) this.clear()
    this.#count += names.length
    this.#folder(dir).names = names
    return names
  }

  list (dir: number): Entry<number>[] {
    const entries: Entry<number>[] = []
    for (const row of this.#list.all(dir)) {
      const name = row[0] as string
      if (isName(name)) entries.push({ name, node: row[1] as number, mode: this.#inodes.modeOf(row[1] as number) ?? row[2] as number })
    }
    return entries
  }

  isEmpty (dir: number): boolean { return this.#any.get(dir) === undefined }

  /** The mode's permission bits changed: what is remembered of it carries them. */
  modeChanged (): void {
    this.clear()
  }

  add (dir: number, name: string, found: Found<number>): void {
    this.#insert.run(storable(name), dir, found.node)
    this.#remember(dir, name, found)
    this.#folder(dir).names = undefined
  }

  /** Removes a name; ENOENT if it is gone. */
  remove (dir: number, name: string): void {
    if (this.#delete.run(dir, name) === 0) throw new Errno('ENOENT')
    this.#remember(dir, name, undefined)
    this.#folder(dir).names = undefined
  }

  move (dir: number, name: string, newDir: number, newName: string, found: Found<number>): void {
    if (this.#move.run(newDir, storable(newName), dir, name) === 0) throw new Errno('ENOENT')
    this.#remember(dir, name, undefined)
    this.#remember(newDir, newName, found)
    this.#folder(dir).names = undefined
    this.#folder(newDir).names = undefined
  }

  /** Whether the folder `dir` is `ancestor` or below it. Parents come from memory; the schema has no index for the rest. */
  isBelow (dir: number, ancestor: number): boolean {
    const seen = new Set<number>()
    for (let at: number | undefined = dir; at !== undefined && !seen.has(at);) {
      if (at === ancestor) return true
      seen.add(at)
      at = this.#parents.get(at) ?? this.#parent.get(at)?.[0] as number | undefined
    }
    return false
  }

  clear (): void {
    this.#folders.clear()
    this.#parents.clear()
    this.#count = 0
  }
}
