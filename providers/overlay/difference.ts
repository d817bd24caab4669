// What an overlay changed: a walk through the upper layer and the whiteouts, beside what the lower layer has there. So it also
// finds names that nobody keeps: further ones of a changed file, and that of an open one which was renamed.
import { isErrno } from '../../lib/kernel/errors.ts'
import { compareNames } from '../../lib/kernel/names.ts'
import { isDir, S_IFDIR, type Changes, type Found } from '../../lib/kernel/provider.ts'
import { pathOf, type Inode } from './inode.ts'
import { INDEX, STAGED, type Layers } from './layers.ts'

/** One change, at a name in a folder. */
export interface Difference {
  readonly kind: keyof Changes
  readonly path: string
  readonly dir: Inode
  readonly name: string
  /** What stands there now; undefined when it was deleted. */
  readonly inode: Inode | undefined
  /** What the lower layer has there. */
  readonly raw: Found<unknown> | undefined
  /** The folder that it is in is new, or replaces another: it is listed, but committed as a part of that folder. */
  readonly within: boolean
}

/** A folder on the way down: its path, what the lower layer has in its place, and whether what is in it is `within`. */
interface Spot { dir: Inode, path: string, raw: unknown, within: boolean }

/** All changes, folders before what is in them. */
export function * differences (layers: Layers): Generator<Difference> {
  if (layers.root.attributesSet && !layers.root.bare) yield { kind: 'modified', path: '/', dir: layers.root, name: '', inode: layers.root, raw: { node: layers.root.lower, mode: S_IFDIR }, within: false }
  yield * below(layers, { dir: layers.root, path: '', raw: layers.lower?.root, within: false })
  yield * twins(layers)
}

function * below (layers: Layers, spot: Spot): Generator<Difference> {
  const { dir, path, raw: lower, within } = spot
  const hidden = layers.whiteouts.in(path)
  for (const name of names(layers, spot, hidden)) {
    const raw = lower === undefined ? undefined : layers.raw(lower, name)
    const above = layers.above(dir, name)
    const at = { path: `${path}/${name}`, dir, name, raw, within }
    if (above === undefined) {
      if (raw !== undefined) yield { ...at, kind: 'deleted', inode: undefined }
      continue
    }
    const inode = layers.find(dir, name)!
    const kind = kindOf(inode, at.path, raw, within || hidden?.has(name) === true)
    if (kind !== undefined) yield { ...at, kind, inode }
    if (!inode.dir) continue
    const other = raw !== undefined && isDir(raw.mode) ? raw.node : undefined
    yield * below(layers, { dir: inode, path: at.path, raw: other, within: within || inode.lower === undefined })
  }
}

/** Names in a folder at which something may differ, sorted. */
function names (layers: Layers, { dir, raw, within }: Spot, hidden: ReadonlyMap<string, string> | undefined): string[] {
  const found = new Set(hidden?.keys())
  layers.quietly(dir, () => {
    for (const { name } of layers.upper.getdents(dir.upper)) if (dir !== layers.root || name !== INDEX) found.add(name)
  })
  // Of a folder that hides another, all that was in the other is gone.
  if (within && raw !== undefined) for (const { name } of layers.lower!.getdents(raw)) if (!STAGED.test(name)) found.add(name)
  return [...found].sort(compareNames)
}

function kindOf (inode: Inode, path: string, raw: Found<unknown> | undefined, apart: boolean): 'added' | 'modified' | undefined {
  if (raw === undefined) return 'added'
  if (inode.dir) return isDir(raw.mode) && !apart && !inode.attributesSet ? undefined : 'modified'
  return inode.origin?.path === path && !inode.written && !inode.attributesSet ? undefined : 'modified'
}

/** Names of changed files that only the lower layer has: they show the change, and are found by their inode numbers. */
function * twins (layers: Layers): Generator<Difference> {
  const wanted = new Map<number, Inode>()
  for (const inode of layers.shared()) if (inode.written || inode.attributesSet) wanted.set(inode.lowerIno!, inode)
  if (wanted.size > 0) yield * search(layers, wanted, layers.root, layers.root.lower)
}

/** A path at which an inode is found whose name is not known, or is no longer its. */
export function nameOf (layers: Layers, inode: Inode): string | undefined {
  const known = layers.nameOf(inode)
  const { lowerIno } = inode
  if (known !== undefined || inode.dir || lowerIno === undefined || layers.attr(inode, inode.opens.values().next().value).nlink === 0) return known
  for (const { path } of search(layers, new Map([[lowerIno, inode]]), layers.root, layers.root.lower)) return path
  return undefined
}

/** Names that only the lower layer has of the inodes of `wanted`, by their numbers there; of each as many as it has. */
function * search (layers: Layers, wanted: Map<number, Inode>, dir: Inode, raw: unknown, found = new Map<number, number>()): Generator<Difference> {
  for (const { name, node, mode } of visible(() => [...layers.lower!.getdents(raw)]) ?? []) {
    if (wanted.size === 0) return
    if (visible(() => layers.below(dir, name)) === undefined) continue
    if (isDir(mode)) {
      const child = visible(() => layers.find(dir, name))
      if (child?.dir === true && child.lower !== undefined) yield * search(layers, wanted, child, node, found)
    } else if (layers.above(dir, name) === undefined) {
      const ino = visible(() => layers.lower!.getattr(node).ino) ?? -1
      const inode = wanted.get(ino)
      if (inode === undefined) continue
      found.set(ino, (found.get(ino) ?? 0) + 1)
      if (found.get(ino)! >= inode.lowerNames) wanted.delete(ino)
      yield { kind: 'modified', path: `${pathOf(dir)}/${name}`, dir, name, inode, raw: { node, mode }, within: false }
    }
  }
}

/** What a look gives; undefined where others took it away meanwhile, or this process may not look: then it sees no names there. */
function visible<T> (look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (isErrno(error)) return undefined
    throw error
  }
}

/** The changes as `changes()` lists them. */
export function listChanges (layers: Layers): Changes {
  const changes: Changes = { added: [], modified: [], deleted: [] }
  for (const { kind, path } of differences(layers)) changes[kind].push(path.toWellFormed())
  for (const list of Object.values(changes) as string[][]) list.sort(compareNames)
  return changes
}
