// The attributes of an inode as an overlay shows them, out of what its layers have and what it knows itself.
import { isDir, type Attr } from '../../lib/kernel/provider.ts'
import { pathOf, timesOf, type Inode, type Opened } from './inode.ts'
import type { Layers } from './layers.ts'
import { INDEX } from './reserved.ts'

/** Attributes of an inode, open or not. `below`: those that the lower layer has just told of what is not copied. */
export function shown (layers: Layers, inode: Inode, open: Opened | undefined, below: Attr | undefined): Attr {
  const { copied } = inode
  const attr = copied ? layers.upper.getattr(open?.upper ?? inode.upperNode) : below ?? ofLower(layers, inode, open)
  const { mode, uid, gid, rdev, birthtime, birthtimeNs } = attr
  const size = inode.withheld ? inode.origin!.size : attr.size
  const { ino, origin = { birthtime, birthtimeNs } } = inode
  const common = { ino, mode, uid, gid, rdev, size, birthtime: origin.birthtime, birthtimeNs: origin.birthtimeNs, ...timesOf(inode.times ?? attr) }
  if (!inode.dir) return { ...common, nlink: copied ? attr.nlink - (inode.indexed ? 1 : 0) + inode.lowerNames : attr.nlink - inode.lost }
  if (inode.gone) return { ...common, nlink: 0 }
  if (inode.upper === undefined) return { ...common, nlink: attr.nlink }
  let links: number | undefined
  const count = (): number => linksOf(layers, inode, attr.nlink)
  return { ...common, get nlink () { return links ??= count() } }
}

/** What the lower layer says; of the root, which nobody looks up, the upper one where the lower one's is gone. */
function ofLower (layers: Layers, inode: Inode, open: Opened | undefined): Attr {
  const ask = (): Attr => layers.lower!.getattr(open?.lower ?? inode.lowerNode)
  return inode === layers.root ? layers.ifThere(ask, layers.upper.getattr(layers.upper.root)) : ask()
}

/** Links of a folder that the upper layer has: its own two, and one for each folder in it. */
function linksOf (layers: Layers, inode: Inode, upperLinks: number): number {
  const { upper, root } = layers
  const { lower } = inode
  if (lower === undefined) return upperLinks - (inode === root && upper.lookup(upper.root, INDEX) !== undefined ? 1 : 0)
  const isFolder = (name: string): boolean => { const found = layers.raw(lower, name); return found !== undefined && isDir(found.mode) }
  let nlink = layers.ifThere(() => layers.lower!.getattr(lower).nlink, upperLinks)
  if (nlink < 2) return nlink   // some file systems do not count
  const names = new Set(layers.whiteouts.in(pathOf(inode))?.keys())
  layers.quietly(inode, () => {
    for (const { name, mode } of upper.getdents(inode.upper)) {
      if (inode === root && name === INDEX) continue
      names.add(name)
      if (isDir(mode)) nlink++
    }
  })
  for (const name of names) if (isFolder(name)) nlink--
  return nlink
}
