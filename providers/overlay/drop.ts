// Letting changes go: the upper layer's files and what is noted of them. What is open goes on with what stands at its
// path afterwards.
import { codeOf } from '../../lib/kernel/errors.ts'
import { isUnder } from '../../lib/kernel/paths.ts'
import { isDir, S_IFMT, type Provider } from '../../lib/kernel/provider.ts'
import type { Copies } from './copies.ts'
import { nameOf } from './difference.ts'
import { lowerFlags, type Inode, type Opened } from './inode.ts'
import type { Layers } from './layers.ts'


/** Whether a folder of such a mode keeps its owner from working in it. */
export const keepsOut = (mode: number): boolean => process.geteuid?.() !== 0 && (mode & 0o700) !== 0o700

/** Lets the owner of a folder in that is going. */
function letIn (provider: Provider, node: unknown, mode: number): void {
  try {
    provider.setattr(node, { mode: (mode & 0o7777) | 0o700 })
  } catch (error) {
    if (codeOf(error) === undefined) throw error   // another's: if anything is in it, that cannot be removed
  }
}

/** Removes a name and all below it; nothing when it is not there. */
export function removeTree (provider: Provider, dir: unknown, name: string): void {
  const found = provider.lookup(dir, name)
  if (found === undefined) return
  if (isDir(found.mode)) {
    if (keepsOut(found.mode)) letIn(provider, found.node, found.mode)
    for (const entry of [...provider.getdents(found.node)]) removeTree(provider, found.node, entry.name)
  }
  provider.unlinkat(dir, name)
}

/** Lets the change at a path go, which the lower layer has now. */
export function drop (layers: Layers, copies: Copies, path: string): void {
  const cut = path.lastIndexOf('/')
  const name = path.slice(cut + 1)
  const dir = layers.at(path.slice(0, cut))
  const inode = layers.at(path)
  const open = opened(layers).filter(({ path: at }) => at !== undefined && isUnder(at, path))
  if (inode !== undefined && name !== '') dropBelow(layers, copies, dir!, name, inode)
  layers.whiteouts.remove(path)
  layers.whiteouts.clearBelow(path)
  if (dir?.upper !== undefined && name !== '') removeTree(layers.upper, dir.upper, name)
  rebind(layers, open)
}

/** Forgets what is in the upper layer; of a file with names that only the lower layer has, those go on showing the change. */
function dropBelow (layers: Layers, copies: Copies, dir: Inode, name: string, inode: Inode): void {
  const { upper } = layers
  const above = layers.above(dir, name)
  if (above === undefined) return
  if (inode.dir) {
    for (const entry of [...upper.getdents(inode.upper)]) dropBelow(layers, copies, inode, entry.name, layers.find(inode, entry.name)!)
    layers.drop(inode)
  } else if (upper.getattr(above.node).nlink === 1) {
    if (inode.lowerNames > 0) copies.moveToIndex(inode, dir, name)
    else layers.drop(inode)
  }
}

/** Lets all changes go. `open`: where what is open was found before they were applied. */
export function dropAll (layers: Layers, open: readonly Open[]): void {
  const { upper } = layers
  layers.whiteouts.clearBelow('')
  layers.forgetAll()
  for (const { name } of [...upper.getdents(upper.root)]) removeTree(upper, upper.root, name)
  rebind(layers, open)
}

/** What is open, its type bits, and the path at which it is found. */
export interface Open { opened: Opened, type: number, path: string | undefined }

/** All that is open, with the paths at which it is found. */
export const opened = (layers: Layers): Open[] => [...layers.opened].map((opened) =>
  ({ opened, type: layers.attr(opened.inode, opened).mode & S_IFMT, path: nameOf(layers, opened.inode) }))

/** The same, with the paths at which the lower layer has what is open; what was made here it has nowhere. */
export const openedBelow = (layers: Layers): Open[] => opened(layers).map((one) => {
  const { origin, copied } = one.opened.inode
  return { ...one, path: origin !== undefined ? origin.path || one.path : copied ? undefined : one.path }
})

function rebind (layers: Layers, open: readonly Open[]): void {
  const lower = layers.lower
  for (const { opened, type, path } of open) {
    const old = opened.inode
    const inode = path === undefined || lower === undefined ? undefined : layers.at(path)
    if (inode === undefined || inode.copied || (layers.attr(inode).mode & S_IFMT) !== type) {
      Object.assign(old, { lost: 0, lowerNames: 0, indexed: false })
      layers.renumber(old)
      continue
    }
    const { lower: before, upper } = opened
    opened.lower = lower!.pin(inode.lower, lowerFlags(opened.flags, type))
    opened.upper = undefined
    old.opens.delete(opened)
    inode.opens.add(opened)
    opened.inode = inode
    if (before !== undefined) lower!.unpin(before)
    if (upper !== undefined) layers.upper.unpin(upper)
  }
}
