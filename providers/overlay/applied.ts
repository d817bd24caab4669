// What this process knew of an overlay, and another one has applied to the lower layer meanwhile, or let go: the inode is
// what stands at its path now, and what is open goes on with that.
import { isErrno } from '../../lib/kernel/errors.ts'
import type { Attr } from '../../lib/kernel/provider.ts'
import { looksLike, lowerFlags, pathOf, type Inode, type Opened, type Origin } from './inode.ts'
import type { Layers } from './layers.ts'


/** Of an inode that the upper layer has no part of. */
const NOTHING = {
  upper: undefined, upperIno: undefined, lower: undefined, lowerIno: undefined, origin: undefined, times: undefined,
  bare: false, made: false, lowerNames: 0, lost: 0, indexed: false, written: false, attributesSet: false, withheld: false
} satisfies Partial<Inode>

type Parts = Pick<Inode, keyof typeof NOTHING>

const partsOf = (inode: Inode): Parts => {
  const parts: Record<string, unknown> = {}
  for (const key of Object.keys(NOTHING) as (keyof Parts)[]) parts[key] = inode[key]
  return parts as Parts
}

/** Has an inode whose part in the upper layer is gone be what is found at one of its names; where nothing is, it stays what it was. */
export function findAgain (layers: Layers, inode: Inode): void {
  const { opens, dir } = inode
  const before = dir ? undefined : layers.ifThere(() => layers.attr(inode, opens.values().next().value), undefined)
  const was = partsOf(inode)
  Object.assign(inode, NOTHING)
  for (const path of pathsOf(inode)) {
    const found = layers.at(path)
    if (found?.dir !== dir || (opens.size > 0 && !dir && !continues(layers, found, before, was.origin))) continue
    if (found === inode && !dir && inode.lowerIno !== undefined) inode.lost = layers.whiteouts.namesOf(inode.lowerIno)
    if (found !== inode) become(layers, inode, found)
    for (const open of inode.opens) reopen(layers, open)
    return
  }
  // Where the upper layer has nothing of it at all, bringing it there was undone: what is open has what it was opened with.
  if (before !== undefined || dir || opens.size === 0) Object.assign(inode, was)
  else {
    Object.assign(inode, { lower: was.lower, lowerIno: was.lowerIno })
    for (const open of opens) open.upper = undefined
  }
}

function pathsOf ({ parentPath, name, others }: Inode): string[] {
  return [...parentPath === undefined ? [] : [`${parentPath}/${name}`], ...others.map((one) => `${pathOf(one.parent)}/${one.name}`)]
}

/** Whether what is found came of what is open: it looks as that did when it was applied, or as what that was copied from. */
function continues (layers: Layers, found: Inode, before: Attr | undefined, origin: Origin | undefined): boolean {
  const now = found.origin ?? (found.copied ? layers.upper : layers.lower!).getattr(found.copied ? found.upper : found.lower)
  return (before !== undefined && now.size === before.size && isSameTime(now, before)) || (origin !== undefined && looksLike(now, origin))
}

/** Whether a time is the one that was set: as seconds in a double, to a quarter of a microsecond. */
const isSameTime = (a: Pick<Attr, 'mtime' | 'mtimeNs'>, b: typeof a): boolean => Math.abs((a.mtime - b.mtime) * 1e6 + a.mtimeNs - b.mtimeNs) < 1000

/** Has the folders that the names of an open file are in be found, which are not the objects that they were. */
export function findFolders (layers: Layers, { parent, name, others }: Inode): void {
  if (parent === undefined) return
  for (const one of [...others, { parent, name }]) {
    try {
      layers.at(`${pathOf(one.parent)}/${one.name}`)
    } catch (error) {
      if (!isErrno(error)) throw error   // a folder that may not be entered: the file is known by its other names
    }
  }
}

/** An inode that somebody knows takes the place of the one that was found. */
function become (layers: Layers, inode: Inode, found: Inode): void {
  Object.assign(inode, partsOf(found), { ino: found.ino, name: found.name, parent: found.parent })
  for (const open of found.opens) {
    inode.opens.add(open)
    open.inode = inode
  }
  found.opens.clear()
  layers.know(inode)
}

/** What is open goes on with what its inode is now. */
function reopen (layers: Layers, open: Opened): void {
  const { lower, upper, inode, flags } = open
  open.lower = inode.copied ? undefined : layers.lower!.pin(inode.lower, lowerFlags(flags, layers.attr(inode).mode))
  open.upper = inode.upper === undefined ? undefined : layers.upper.pin(inode.upper, flags)
  if (lower !== undefined) layers.lower!.unpin(lower)
  if (upper !== undefined) layers.upper.unpin(upper)
}
