// A tree of MemoryProvider as it was at a moment. Names and attributes are copied, contents are shared until written.
import { isFile } from '../../lib/kernel/provider.ts'
import { Folder, type Inode } from './inodes.ts'
import { contentProviderOf, WaitingEntries, type ContentProvider, type PopulateCallback } from './lazy.ts'
import { unpack, type Packed } from './shared.ts'

/** What a copied tree needs to wait as its original does. */
export interface Waiting {
  file (node: Inode, provide: ContentProvider): void
  folder (node: Folder, populate: PopulateCallback): void
}

/** The state of a MemoryProvider, as `snapshot()` gives it: opaque, may be restored any number of times. */
export class MemorySnapshot {
  readonly root: Folder
  readonly nextIno: number

  constructor (root: Folder, nextIno: number, waiting: Waiting) {
    this.root = copyTree(root, waiting)
    this.nextIno = nextIno
  }

  /** The state that another thread packed. */
  static of (packed: Packed): MemorySnapshot {
    const nextIno = 1 + packed.rows.reduce((most, { attr }) => Math.max(most, attr.ino), 0)
    return Object.assign(Object.create(MemorySnapshot.prototype) as MemorySnapshot, { root: unpack(packed), nextIno })
  }
}

/** Every name below a folder, as far as they are there already; those in a folder come before that of the folder. */
export function namesIn (dir: Folder, path = ''): { dir: Folder, name: string, node: Inode, path: string }[] {
  const { entries } = dir
  return [...entries instanceof WaitingEntries ? entries.before : entries].flatMap(([name, node]) =>
    [...node instanceof Folder ? namesIn(node, `${path}/${name}`) : [], { dir, name, node, path: `${path}/${name}` }])
}

/** A copy of a tree, hard links kept. */
export function copyTree (root: Folder, waiting: Waiting): Folder {
  const copies = new Map<Inode, Inode>()
  const copy = (node: Inode): Inode => {
    const known = copies.get(node)
    if (known !== undefined) return known
    const made = copyNode(node, waiting)
    copies.set(node, made)
    if (node instanceof Folder) {
      const { entries } = node
      for (const [name, child] of entries instanceof WaitingEntries ? entries.before : entries) (made as Folder).entries.set(name, copy(child))
      if (entries instanceof WaitingEntries) waiting.folder(made as Folder, entries.callback)
    }
    return made
  }
  return copy(root) as Folder
}

function copyNode (node: Inode, waiting: Waiting): Inode {
  const { mode, nlink, atime, mtime, ctime, birthtime } = node
  const made = node.blank()
  Object.assign(made, { nlink, atime, mtime, ctime, birthtime, fine: node.fine === undefined ? undefined : { ...node.fine } })
  if (!isFile(mode)) return made
  const provide = contentProviderOf(node)
  if (provide !== undefined) waiting.file(made, provide)
  else {
    node.room = 0   // from now on shared
    Object.assign(made, { bytes: node.bytes, start: node.start, size: node.size })
  }
  return made
}

/** Every inode below a folder once, what waits left alone. */
export function * below (dir: Folder, seen = new Set<Inode>()): Iterable<Inode> {
  const { entries } = dir
  for (const node of (entries instanceof WaitingEntries ? entries.before : entries).values()) {
    if (seen.has(node)) continue
    seen.add(node)
    yield node
    if (node instanceof Folder) yield * below(node, seen)
  }
}
