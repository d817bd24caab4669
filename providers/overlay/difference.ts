// What an overlay changed: a walk through the upper layer and the whiteouts, beside what the lower layer has there. So it also
// finds names that nobody keeps: further ones of a changed file, and that of an open one which was renamed.
import { isErrno } from '../../lib/kernel/errors.ts'
import { compareNames } from '../../lib/kernel/names.ts'
import { isDir, S_IFDIR, type Changes, type Found } from '../../lib/kernel/provider.ts'
import { lowerAt } from './content.ts'
import { pathOf, type Inode } from './inode.ts'
import type { Layers } from './layers.ts'
import { INDEX, STAGED } from './reserved.ts'

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

/** All changes, folders before what is in them. `afresh`: nothing is taken from what was found before (`twins`). */
export function * differences (layers: Layers, afresh = false): Generator<Difference> {
  if (layers.root.attributesSet && !layers.root.bare) yield { kind: 'modified', path: '/', dir: layers.root, name: '', inode: layers.root, raw: { node: layers.root.lower, mode: S_IFDIR }, within: false }
  yield * below(layers, { dir: layers.root, path: '', raw: layers.lower?.root, within: false })
  yield * twins(layers, afresh)
}

function * below (layers: Layers, spot: Spot): Generator<Difference> {
  const { dir, path, raw: lower, within } = spot
  const hidden = layers.whiteouts.in(path)
  for (const name of names(layers, spot, hidden)) {
    const raw = lower === undefined ? undefined : layers.raw(lower, name)
    const above = layers.above(dir, name)
    const at = { path: `${path}/${name}`, dir, name, raw, within }
    if (above === undefined) {
      if (raw !== undefined && (within || hidden?.has(name) === true)) yield { ...at, kind: 'deleted', inode: undefined }
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

/**
 * Names of changed files that only the lower layer has: they show the change, and are found by their inode numbers. Where one
 * is missing, which may lie outside of all that the lower layer shows, that takes a look at everything, so that its outcome
 * is kept for as long as the lower layer says that the file's names are the same.
 */
function * twins (layers: Layers, afresh: boolean): Generator<Difference> {
  const wanted = new Map<number, Inode>()
  for (const inode of layers.shared()) {
    if (!inode.written && !inode.attributesSet) continue
    const known = afresh ? undefined : remembered(layers, inode)
    if (known === undefined) wanted.set(inode.lowerIno!, inode)
    else yield * known
  }
  if (wanted.size === 0) return
  const found = new Map([...wanted.values()].map((inode) => [inode, [] as string[]]))
  for (const one of search(layers, wanted, layers.root, layers.root.lower)) {
    found.get(one.inode!)!.push(one.path)
    yield one
  }
  for (const [inode, paths] of found) inode.searched = { names: namesBelow(layers, inode), paths }
}

/** The same, of names that are known: those that a look at everything found, or as many as there are. */
function remembered (layers: Layers, inode: Inode): Difference[] | undefined {
  const { searched, others, lowerNames } = inode
  const whole = searched?.names !== undefined && searched.names === namesBelow(layers, inode)
  const paths = whole ? searched.paths : new Set(others.map(({ parent, name }) => `${pathOf(parent)}/${name}`))
  const found: Difference[] = []
  for (const path of paths) {
    const one = visible(() => onlyBelow(layers, inode, path))
    if (one !== undefined) found.push(one)
    else if (whole) return undefined
  }
  return whole || found.length === lowerNames ? found : undefined
}

/** The name at a path, if the lower layer alone has it, and of this inode. */
function onlyBelow (layers: Layers, inode: Inode, path: string): Difference | undefined {
  const cut = path.lastIndexOf('/')
  const name = path.slice(cut + 1)
  const dir = layers.at(path.slice(0, cut))
  const raw = dir?.dir === true && layers.above(dir, name) === undefined ? layers.below(dir, name) : undefined
  if (raw === undefined || layers.lower!.getattr(raw.node).ino !== inode.lowerIno) return undefined
  return { kind: 'modified', path, dir: dir!, name, inode, raw, within: false }
}

/** A text that changes when the names do that the lower layer has of a copied file; undefined where the lower layer does not tell. */
function namesBelow (layers: Layers, { origin, lowerIno, lowerNames }: Inode): string | undefined {
  const node = origin === undefined || origin.path === '' ? undefined : visible(() => lowerAt(layers, origin.path))
  const attr = node === undefined ? undefined : visible(() => layers.lower!.getattr(node))
  return attr?.ino === lowerIno ? `${lowerNames} ${attr!.nlink} ${attr!.ctime} ${attr!.ctimeNs}` : undefined
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
