// Folders that are missing between the disk and a mount point: a read-only file system made of nothing but the way there.
import { Errno } from '../kernel/errors.ts'
import { compareNames } from '../kernel/names.ts'
import { clock } from '../kernel/native.ts'
import type { Attr, Entry, Found, Provider } from '../kernel/provider.ts'
import type { MountTable } from './mounttable.ts'

const MODE = 0o040555

/** A node is the absolute path of a folder. */
export class SyntheticProvider implements Provider<string> {
  readonly root: string
  readonly readonly = true
  readonly #table: MountTable
  readonly #born = clock()
  readonly #inos = new Map<string, number>()

  constructor (prefix: string, table: MountTable) {
    this.root = prefix
    this.#table = table
  }

  lookup (dir: string, name: string): Found<string> | undefined {
    return this.#table.above.get(dir)?.has(name) === true ? { node: `${dir}/${name}`, mode: MODE } : undefined
  }

  getattr (node: string): Attr {
    const names = this.#table.above.get(node)
    let ino = this.#inos.get(node)
    if (ino === undefined) this.#inos.set(node, ino = this.#inos.size + 1)
    const time = this.#born
    return {
      ino, mode: MODE, nlink: 2 + (names?.size ?? 0), uid: 0, gid: 0, rdev: 0, size: 0,
      atime: time, mtime: time, ctime: time, birthtime: time, atimeNs: 0, mtimeNs: 0, ctimeNs: 0, birthtimeNs: 0
    }
  }

  * getdents (dir: string): Iterable<Entry<string>> {
    for (const name of [...this.#table.above.get(dir) ?? []].sort(compareNames)) yield { name, node: `${dir}/${name}`, mode: MODE }
  }

  version (): number { return this.#table.size }
  /** Its names are mount points, of which the table tells. */
  listen (): () => void { return () => {} }
  pin (node: string): string { return node }
  unpin (): void {}
  read (): number { throw new Errno('EISDIR') }
  getlink (): string { throw new Errno('EINVAL') }
  setattr (): void { throw new Errno('EROFS') }
  mknod (): string { throw new Errno('EROFS') }
  linkat (): void { throw new Errno('EROFS') }
  unlinkat (): void { throw new Errno('EROFS') }
  renameat (): void { throw new Errno('EROFS') }
  write (): number { throw new Errno('EROFS') }
}
