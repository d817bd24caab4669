// The file system in the tables: what each change does to names, inodes and contents. Knows nothing of transactions
// and of other processes; whoever calls holds the write lock and has dropped what is out of date.
import { Errno } from '../../lib/kernel/errors.ts'
import { decodeName, encodeName, nameLength } from '../../lib/kernel/names.ts'
import { APPEND, S_IFMT, isDir, type Found, type Patch, type Resolved } from '../../lib/kernel/provider.ts'
import { Chunks } from './chunks.ts'
import type { Command, Query } from './connection.ts'
import { Inodes } from './inodes.ts'
import { Names, storable } from './names.ts'
import { ROOT, type Store } from './schema.ts'
import { room } from './upkeep.ts'

const MAX_NAME = 255

/** Names, inodes and contents together. */
export class Tree {
  readonly inodes: Inodes
  readonly names: Names
  readonly chunks: Chunks
  /** Asked of an inode that lost its last name: whether it may be removed at once. */
  readonly #isFree: (node: number) => boolean
  readonly #target: Query
  readonly #addTarget: Command
  readonly #removals: readonly Command[]

  constructor ({ connection, chunkSize, own }: Store, isFree: (node: number) => boolean) {
    this.inodes = new Inodes(connection, own)
    this.names = new Names(connection, this.inodes)
    this.chunks = new Chunks(connection, chunkSize, () => room(connection.file))
    this.#isFree = isFree
    this.#target = connection.query('SELECT target FROM fs_symlink WHERE ino = ?')
    this.#addTarget = connection.command('INSERT INTO fs_symlink (ino, target) VALUES (?, ?)')
    this.#removals = ['fs_inode', 'fs_symlink', ...own ? ['fsmount_birth'] : []].map((table) => connection.command(`DELETE FROM ${table} WHERE ino = ?`))
  }

  /** What is remembered may be wrong. */
  clear (): void {
    this.inodes.clear()
    this.names.clear()
  }

  /** A whole path of plain names; undefined if it leads over a link, a folder that not everybody may enter, or nothing. */
  resolve (path: string): Resolved<number> | undefined {
    const line = [ROOT]
    let mode = this.inodes.get(ROOT).mode
    for (let from = 1; ;) {
      if (!isDir(mode) || (mode & 0o111) !== 0o111) return undefined
      const slash = path.indexOf('/', from)
      const name = slash < 0 ? path.slice(from) : path.slice(from, slash)
      if (nameLength(name) > MAX_NAME) return undefined
      const found = this.names.lookup(line.at(-1)!, name)
      if (slash < 0) return { line, name, node: found?.node, mode: found?.mode ?? 0, ...found !== undefined && { attr: this.inodes.attr(found.node) } }
      if (found === undefined) return undefined
      line.push(found.node)
      mode = found.mode
      from = slash + 1
    }
  }

  setattr (node: number, { mode, uid, gid, size, atime, mtime }: Patch): void {
    const old = this.inodes.get(node)
    if (size !== undefined) {
      if (size > old.size) this.chunks.extend(node, old.size, size)
      else if (size < old.size) this.chunks.shorten(node, size)
      this.inodes.modified(node, size)
    }
    this.inodes.change(node, {
      ...mode !== undefined && { mode: (old.mode & S_IFMT) | mode },
      ...uid !== undefined && { uid },
      ...gid !== undefined && { gid },
      ...atime !== undefined && { atime: atime.ms, atimeNs: atime.ns },
      ...mtime !== undefined && { mtime: mtime.ms, mtimeNs: mtime.ns }
    })
    if (mode !== undefined) this.names.modeChanged()
  }

  readlink (node: number): string {
    const row = this.#target.get(node)
    if (row === undefined) throw new Errno('EIO')
    return typeof row[0] === 'string' ? row[0] : decodeName(row[0] as Uint8Array)
  }

  mknod (dir: number, name: string, mode: number, uid: number, gid: number, target?: string): number {
    this.#demandAlive(dir)
    // A target that is not UTF-8 is stored as the bytes that it is.
    const bytes = target === undefined || target.isWellFormed() ? undefined : encodeName(target)
    const node = this.inodes.add(mode, uid, gid, bytes?.length ?? Buffer.byteLength(target ?? ''))
    if (target !== undefined) this.#addTarget.run(node, bytes ?? target)
    this.names.add(dir, name, { node, mode })
    if (isDir(mode)) this.inodes.subfolder(dir, 1)
    this.inodes.modified(dir)
    return node
  }

  /** Another process may have removed the folder since it was found. */
  #demandAlive (dir: number): void {
    if (this.inodes.get(dir).nlink === 0) throw new Errno('ENOENT')
  }

  link (node: number, dir: number, name: string): void {
    this.#demandAlive(dir)
    const { mode, nlink } = this.inodes.get(node)
    if (nlink === 0) throw new Errno('ENOENT')
    this.names.add(dir, name, { node, mode })
    this.inodes.linked(node, 1)
    this.inodes.change(node, {})
    this.inodes.modified(dir)
  }

  unlink (dir: number, name: string): void {
    const found = this.names.lookup(dir, name)
    if (found === undefined) throw new Errno('ENOENT')
    this.#detach(dir, found)
    this.names.remove(dir, name)
    this.inodes.modified(dir)
  }

  /** Takes one link from an inode whose name goes away. */
  #detach (dir: number, { node, mode }: Found<number>): void {
    if (isDir(mode)) {
      if (!this.names.isEmpty(node)) throw new Errno('ENOTEMPTY')
      this.inodes.subfolder(dir, -1)
      this.#lost(node)
    } else if (this.inodes.linked(node, -1) === 0) this.#lost(node)
    else this.inodes.change(node, {})
  }

  /** An inode lost its last name. */
  #lost (node: number): void {
    if (this.#isFree(node)) this.remove(node)
    else {
      this.inodes.unlinked(node)
      this.inodes.change(node, {})
    }
  }

  /** Deletes an inode and all that belongs to it. */
  remove (node: number): void {
    this.chunks.drop(node)
    for (const removal of this.#removals) removal.run(node)
    this.inodes.forget(node)
  }

  rename (dir: number, name: string, newDir: number, newName: string): void {
    const found = this.names.lookup(dir, name)
    if (found === undefined) throw new Errno('ENOENT')
    this.#demandAlive(newDir)
    const old = this.names.lookup(newDir, storable(newName))
    if (old?.node === found.node) return
    const folder = isDir(found.mode)
    if (folder && dir !== newDir && this.names.isBelow(newDir, found.node)) throw new Errno('EINVAL')
    if (old !== undefined) {
      if (isDir(old.mode) !== folder) throw new Errno(folder ? 'ENOTDIR' : 'EISDIR')
      this.#detach(newDir, old)
      this.names.remove(newDir, newName)
    }
    this.names.move(dir, name, newDir, newName, found)
    if (folder && dir !== newDir) {
      this.inodes.subfolder(dir, -1)
      this.inodes.subfolder(newDir, 1)
    }
    this.inodes.modified(dir)
    if (newDir !== dir) this.inodes.modified(newDir)
    this.inodes.change(found.node, {})
  }

  write (node: number, bytes: Uint8Array, position: number): number {
    const { size } = this.inodes.get(node)
    const at = position === APPEND ? size : position
    this.chunks.write(node, bytes, at, size)
    this.inodes.modified(node, Math.max(size, at + bytes.length))
    return bytes.length
  }

  replace (node: number, bytes: Uint8Array): void {
    this.chunks.replace(node, bytes, this.inodes.get(node).size)
    this.inodes.modified(node, bytes.length)
  }
}
