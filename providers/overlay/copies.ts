// Copying up: what is about to be changed is brought into the upper layer, so that nothing of it shows but the change.
import { codeOf, Errno } from '../../lib/kernel/errors.ts'
import { clock, native } from '../../lib/kernel/native.ts'
import { isDir, isFile, isLink, S_IFDIR, type Attr, type Patch } from '../../lib/kernel/provider.ts'
import { copyContent, lowerAt } from './content.ts'
import { Inode, originOf, pathOf, timesOf, type Opened } from './inode.ts'
import type { Layers } from './layers.ts'
import { demandUsable, INDEX } from './reserved.ts'

const { O_RDONLY } = native.constants

/** Brings inodes of the lower layer into the upper one before they are changed, and moves their times as changes do. */
export class Copies {
  readonly #layers: Layers

  constructor (layers: Layers) { this.#layers = layers }

  /**
   * Brings an inode into the upper layer: of a file, the first `keep` bytes of its content. For a change of attributes or
   * names all of it, and nothing where this process may not read it.
   */
  copyUp (inode: Inode, keep: number | 'attributes' = 'attributes'): void {
    if (inode.copied) {
      if (inode.withheld && keep !== 'attributes') this.fetch(inode, keep)
      return
    }
    const layers = this.#layers
    const { upper } = layers
    const lower = layers.lower!
    const attr = layers.attr(inode)
    const was = lower.getattr(inode.lowerNode)
    if (!isFile(attr.mode) && !isDir(attr.mode) && !isLink(attr.mode)) throw new Errno('EPERM')
    const times = timesOf(attr)
    let path = ''
    if (inode.bare) {
      upper.setattr(inode.upper, { mode: attr.mode & 0o7777, uid: attr.uid, gid: attr.gid })
      path = pathOf(inode)
    } else path = this.#place(inode, attr, keep, was.nlink)
    inode.origin = originOf(path, was, was)
    inode.bare = false
    inode.times = times
    layers.save(inode)
  }

  /** Makes the inode in the upper layer where it stands, or nameless if it has no name that the lower layer still knows. */
  #place (inode: Inode, attr: Attr, keep: number | 'attributes', lowerLinks: number): string {
    const layers = this.#layers
    const { upper } = layers
    const { parent, name } = this.#standing(inode) ?? { parent: undefined, name: String(inode.lowerIno) }
    const standing = parent !== undefined
    if (standing) {
      demandUsable(layers, parent, name)
      this.copyUp(parent)
    }
    const dir = standing ? parent : this.#index()
    const as = name
    layers.quietly(dir, () => {
      const node = upper.mknod(dir.upper, as, attr.mode, attr.uid, attr.gid, isLink(attr.mode) ? layers.lower!.getlink(inode.lower) : undefined)
      try {
        if (isFile(attr.mode)) this.#content(inode, node, Math.min(keep === 'attributes' ? Infinity : keep, attr.size))
      } catch (error) {
        inode.withheld = keep === 'attributes' && codeOf(error) === 'EACCES'
        if (!inode.withheld) {
          upper.unlinkat(dir.upper, as)
          throw error
        }
      }
      layers.enter(inode, node, upper.getattr(node).ino)
    })
    layers.save(dir)
    for (const open of inode.opens) open.upper = upper.pin(inode.upper, open.flags)
    if (inode.dir) {
      if (!standing) upper.unlinkat(dir.upper, as)
      return standing ? `${pathOf(parent)}/${name}` : ''
    }
    inode.lowerNames = lowerLinks - inode.lost - (standing ? 1 : 0)
    inode.indexed = !standing && inode.lowerNames > 0
    if (!standing && !inode.indexed) upper.unlinkat(dir.upper, as)
    return standing ? `${pathOf(parent)}/${name}` : ''
  }

  /** A name that the merged tree still has of an inode of the lower layer. */
  #standing (inode: Inode): { parent: Inode, name: string } | undefined {
    const { parent, name, others } = inode
    if (parent === undefined || inode.gone) return undefined
    return [{ parent, name }, ...others].find((one) => this.#stands(inode, one.parent, one.name))
  }

  /** Whether the lower layer still has an inode where it was last found, and shows it there. */
  #stands (inode: Inode, parent: Inode, name: string): boolean {
    const low = this.#layers.holds(parent) ? this.#layers.below(parent, name) : undefined
    return low !== undefined && this.#layers.above(parent, name) === undefined && this.#layers.lower!.getattr(low.node).ino === inode.lowerIno
  }

  /** Brings the content of a file that could not be read when it was copied up. Throws EACCES while it still cannot. */
  fetch (inode: Inode, keep = Infinity): void {
    const layers = this.#layers
    layers.quietly(inode, () => { this.#content(inode, inode.upper, Math.min(keep, inode.origin!.size)) })
    inode.withheld = false
    layers.save(inode)
  }

  #content (inode: Inode, to: unknown, size: number): void {
    if (size === 0) return
    const { upper } = this.#layers
    const lower = this.#layers.lower!
    const open = [...inode.opens].find((one) => one.lower !== undefined)
    const from = open === undefined ? lower.pin(inode.lower ?? lowerAt(this.#layers, inode.origin!.path), O_RDONLY) : open.lower
    try {
      copyContent(lower, from, upper, to, size)
    } finally {
      if (open === undefined) lower.unpin(from)
    }
  }

  /** The folder of inodes without names in the upper layer, as a folder of its own that is never shown. */
  #index (): Inode {
    const { upper, root } = this.#layers
    const index = new Inode(0, true)
    const found = upper.lookup(upper.root, INDEX)
    index.upper = found?.node ?? this.#layers.quietly(root, () => upper.mknod(upper.root, INDEX, S_IFDIR | 0o700, process.getuid?.() ?? 0, process.getgid?.() ?? 0))
    return index
  }

  /** Keeps the last name that the upper layer has of an inode from being its last: `dir`'s `name` moves to the index. */
  moveToIndex (inode: Inode, dir: Inode, name: string): void {
    const { upper } = this.#layers
    const index = this.#index()
    upper.renameat(dir.upper, name, index.upper, String(inode.lowerIno))
    inode.upper = upper.lookup(index.upper, String(inode.lowerIno))!.node
    inode.indexed = true
    if (dir === this.#layers.root) dir.times = undefined   // making the index does not show in it, but this does
    this.#layers.save(inode)
  }

  /** Takes an inode out of the index when nothing in the lower layer needs it there any more. */
  leaveIndex (inode: Inode): void {
    if (!inode.indexed || inode.lowerNames > 0) return
    const { upper } = this.#layers
    const last = upper.getattr(inode.upperNode).nlink === 1
    upper.unlinkat(this.#index().upper, String(inode.lowerIno))
    inode.indexed = false
    if (last) this.#layers.forget(inode)
    else this.#layers.save(inode)
  }

  /** Brings a folder up with all that is in it, so that it needs the lower layer no more. */
  copyTree (inode: Inode): void {
    this.copyUp(inode)
    if (!inode.dir || inode.lower === undefined) return
    const layers = this.#layers
    for (const { name } of [...layers.lower!.getdents(inode.lower)]) {
      if (layers.below(inode, name) === undefined) continue
      const child = layers.find(inode, name)!
      this.copyTree(child)
      if (layers.above(inode, name) === undefined) this.#nameToo(child, inode, name)
    }
    inode.lower = undefined
  }

  /** Gives a copied inode a name in the upper layer that the lower layer has already. */
  #nameToo (inode: Inode, dir: Inode, name: string): void {
    const layers = this.#layers
    layers.quietly(dir, () => { layers.quietly(inode, () => { layers.upper.linkat(inode.upper, dir.upper, name) }) })
    inode.lowerNames--
    layers.save(inode)
    layers.save(dir)
    this.leaveIndex(inode)
  }

  /** From now on an inode shows the times of the upper layer, which are made what they are shown to be; its ctime moves. */
  thaw (inode: Inode, open?: Opened): void {
    const { times } = inode
    if (times === undefined || !inode.copied) return
    inode.times = undefined
    const patch: Patch = { atime: { ms: times.atime, ns: times.atimeNs }, mtime: { ms: times.mtime, ns: times.mtimeNs } }
    this.#layers.upper.setattr(open?.upper ?? inode.upper, patch)
    this.#layers.save(inode)
  }

  /** Moves the ctime of a file, whose names have changed in the lower layer alone. */
  stamp (inode: Inode): void {
    if (inode.copied) {
      this.thaw(inode)
      const { upper } = this.#layers
      upper.setattr(inode.upper, { mode: upper.getattr(inode.upper).mode & 0o7777 })
    } else inode.times = { ...timesOf(this.#layers.attr(inode)), ctime: clock(), ctimeNs: 0 }
  }

  /** Moves the mtime of a folder, whose names have changed in the lower layer alone. */
  touch (dir: Inode): void {
    this.#layers.upper.setattr(dir.upper, { mtime: { ms: clock(), ns: 0 } })
  }
}
