// Changes of names in an overlay: what the lower layer has under a name is hidden, what the upper one has is changed.
import { Errno } from '../../lib/kernel/errors.ts'
import type { Found } from '../../lib/kernel/provider.ts'
import type { Copies } from './copies.ts'
import { digest } from './digest.ts'
import { isEmpty } from './empty.ts'
import { pathOf, type Inode } from './inode.ts'
import type { Layers } from './layers.ts'
import { demandUsable } from './reserved.ts'

/** Makes, takes away and moves names in the merged tree. */
export class Names {
  readonly layers: Layers
  readonly #copies: Copies

  constructor (layers: Layers, copies: Copies) {
    this.layers = layers
    this.#copies = copies
  }

  /** Has a folder ready for a change of its names; `made` is one that it gets. */
  ready (dir: Inode, made?: string): void {
    if (made !== undefined) demandUsable(this.layers, dir, made)
    if (dir.gone) throw new Errno('ENOENT')
    this.#copies.copyUp(dir)
    this.#copies.thaw(dir)
  }

  /** Takes a name away. Throws ENOTEMPTY. */
  unlink (dir: Inode, name: string): void {
    const { layers } = this
    const inode = layers.demandFound(dir, name)
    if (inode.dir && !isEmpty(layers, inode)) throw new Errno('ENOTEMPTY')
    this.ready(dir)
    this.#remove(dir, name, inode)
  }

  /** Takes a name away in both layers, of a folder that is ready for it. */
  #remove (folder: Inode, name: string, inode: Inode): void {
    const { layers } = this
    const low = layers.below(folder, name)
    const above = layers.above(folder, name)
    if (low !== undefined) hide(layers, `${pathOf(folder)}/${name}`, low)
    if (above !== undefined) {
      const last = inode.dir || this.layers.upper.getattr(above.node).nlink === 1
      this.#copies.thaw(inode)
      if (last && inode.lowerNames > 0) this.#copies.moveToIndex(inode, folder, name)
      else {
        this.layers.upper.unlinkat(folder.upper, name)
        if (last) layers.forget(inode)
      }
    } else {
      this.#copies.touch(folder)
      this.#losesLower(inode)
    }
    inode.gone = inode.dir
  }

  /** A name that only the lower layer had is hidden. */
  #losesLower (inode: Inode): void {
    this.#copies.stamp(inode)
    if (!inode.copied) inode.lost++
    else if (!inode.dir) {
      inode.lowerNames--
      this.layers.save(inode)
      this.#copies.leaveIndex(inode)
    }
  }

  /** Moves a name, of a folder with all below it. Throws ENOTEMPTY. */
  rename (from: Inode, name: string, to: Inode, newName: string): void {
    const { layers } = this
    const copies = this.#copies
    demandUsable(layers, to, newName)
    const inode = layers.demandFound(from, name)
    const victim = layers.find(to, newName)
    if (victim?.dir === true && !isEmpty(layers, victim)) throw new Errno('ENOTEMPTY')
    const low = layers.below(from, name)
    // All that is copied up before any of it is changed: copying into a folder does not show in its times.
    copies.copyUp(from)
    copies.copyUp(to)
    copies.copyTree(inode)
    if (low !== undefined && inode.dir) hide(layers, `${pathOf(from)}/${name}`, low)
    this.ready(from)
    this.ready(to)
    copies.thaw(inode)
    if (victim !== undefined) this.#makeRoom(to, newName, victim, layers.above(from, name) !== undefined)
    this.#move(from, name, to, newName, inode)
    if (low !== undefined && !inode.dir) hide(layers, `${pathOf(from)}/${name}`, low)
    inode.parent = to
    inode.name = newName
  }

  /** Has what stands at a new name go; where the upper layer can replace it in one step, only the lower layer's part. */
  #makeRoom (to: Inode, name: string, victim: Inode, replaces: boolean): void {
    const { layers } = this
    const above = layers.above(to, name)
    if (above === undefined || victim.lowerNames > 0 || !replaces) {
      this.#remove(to, name, victim)
      return
    }
    const low = layers.below(to, name)
    if (low !== undefined) hide(layers, `${pathOf(to)}/${name}`, low)
    this.#copies.thaw(victim)
    if (victim.dir || this.layers.upper.getattr(above.node).nlink === 1) layers.forget(victim)
    victim.gone = victim.dir
  }

  #move (from: Inode, name: string, to: Inode, newName: string, inode: Inode): void {
    const { layers } = this
    if (layers.above(from, name) !== undefined) {
      this.layers.upper.renameat(from.upper, name, to.upper, newName)
      const found = this.layers.upper.lookup(to.upper, newName)
      if (found === undefined) throw new Errno('EIO')   // a user's provider that does not do as it says
      if (!inode.indexed) inode.upper = found.node
      return
    }
    // A name of a copied inode that only the lower layer has.
    this.layers.upper.linkat(inode.upper, to.upper, newName)
    this.#copies.touch(from)
    inode.lowerNames--
    layers.save(inode)
    this.#copies.leaveIndex(inode)
  }
}

/** Hides what the lower layer has at a path. */
function hide (layers: Layers, path: string, low: Found<unknown>): void {
  const note = digest(layers, path, low.node)
  layers.whiteouts.clearBelow(path)
  layers.whiteouts.add(path, note)
}
