// Names and files made below the kernel: by path, with parents, as MemoryProvider's own methods need them.
import { Errno, invalidValue } from '../../lib/kernel/errors.ts'
import { isDir, isFile, S_IFDIR, S_IFLNK, S_IFREG } from '../../lib/kernel/provider.ts'
import { currentUmask, whoami } from '../../lib/kernel/rights.ts'
import { Volume } from '../../lib/kernel/volume.ts'
import type { MemoryStore } from './store.ts'
import type { Folder, Inode } from './inodes.ts'
import type { PopulateScope } from './lazy.ts'

/** The names of an absolute or relative path, read from the root; dots count as in posix.resolve. */
export function namesOf (path: string): string[] {
  if (typeof path !== 'string' || path.includes('\0')) {
    throw invalidValue('path', 'must be a string without null bytes', path)
  }
  const names: string[] = []
  for (const name of path.toWellFormed().split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names
}

/** A new name in a folder. */
export function make (memory: MemoryStore, dir: Inode, name: string, type: number, bits?: number, target?: string): Inode {
  if (Buffer.byteLength(name) > 255) throw new Errno('ENAMETOOLONG')
  const { uid, gid } = whoami()
  const usual = type === S_IFLNK ? 0o777 : (type === S_IFDIR ? 0o777 : 0o666) & ~currentUmask()
  const node = memory.mknod(dir, name, type | (bits === undefined ? usual : bits & 0o7777), uid, gid, target)
  Volume.told(memory, { event: 'rename', dir, name, node })
  return node
}

/** The folder of a path; made, with those above it, if it is missing. */
export function folderAt (memory: MemoryStore, names: readonly string[]): Inode {
  let dir: Inode = memory.root
  for (const name of names) {
    const found = memory.lookup(dir, name)
    if (found !== undefined && !isDir(found.mode)) throw new Errno('ENOTDIR')
    dir = found?.node ?? make(memory, dir, name, S_IFDIR)
  }
  return dir
}

/** The file of a path; made, with the folders above it, if it is missing. */
export function fileAt (memory: MemoryStore, names: readonly string[]): Inode {
  const dir = folderAt(memory, names.slice(0, -1))
  const name = names.at(-1)
  if (name === undefined) throw new Errno('EISDIR')
  const found = memory.lookup(dir, name)
  if (found === undefined) return make(memory, dir, name, S_IFREG)
  if (!isFile(found.mode)) throw new Errno(isDir(found.mode) ? 'EISDIR' : 'ELOOP')
  return found.node
}

/** The node of a path, links not followed. */
export function nodeAt (memory: MemoryStore, names: readonly string[]): Inode | undefined {
  let node: Inode | undefined = memory.root
  for (const name of names) {
    if (node === undefined || !isDir(node.mode)) return undefined
    node = memory.lookup(node, name)?.node
  }
  return node
}

/** What a populate callback of `folder` is given. */
export function scopeOf (memory: MemoryStore, folder: Folder): PopulateScope {
  const add = (name: string, type: number, mode: number | undefined, target?: string): Inode => {
    if (typeof name !== 'string' || name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
      throw invalidValue('name', 'must be the name of one entry', name)
    }
    const plain = name.toWellFormed()
    if (folder.entries.has(plain)) memory.unlinkat(folder, plain)
    return make(memory, folder, plain, type, mode, target)
  }
  return {
    addFile: (name, content, options) => { memory.fill(add(name, S_IFREG, options?.mode), content) },
    addDirectory: (name, populate, options) => {
      const made = add(name, S_IFDIR, options?.mode)
      if (populate !== undefined) memory.populate(made, populate)
    },
    addSymlink: (name, target, options) => { add(name, S_IFLNK, options?.mode, target) }
  }
}
