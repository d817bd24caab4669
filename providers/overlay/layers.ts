// The two layers of an overlay and what is known of their inodes: finds names in the merged tree, and tells attributes
// as they are shown. Changes nothing in either layer.
import { Errno, isErrno } from '../../lib/kernel/errors.ts'
import { isDir, type Attr, type Found, type Provider } from '../../lib/kernel/provider.ts'
import { findAgain, findFolders } from './applied.ts'
import { Inode, pathOf, timesOf, type Opened, type Origin, type Times } from './inode.ts'
import { INDEX, STAGED } from './reserved.ts'
import { shown } from './shown.ts'
import { Whiteouts } from './whiteouts.ts'

/** Inode numbers of a layer that is no overlay are below this. */
const NUMBERS = 2 ** 49

/** How often others may change the upper layer while one thing is looked at. */
const MOST_LOOKS = 50

/** What is noted of a copied inode with the layer that keeps it: `hidden` is `Inode.lowerNames`, `set` is `attributesSet`. */
interface Note { origin?: Origin, made?: boolean, hidden: number, indexed: boolean, written: boolean, set: boolean, withheld?: boolean, times?: Times }

/** Both layers, the whiteouts between them, and the inodes of the merged tree that are known. */
export class Layers {
  readonly upper: Provider
  readonly whiteouts: Whiteouts
  readonly root: Inode
  readonly opened = new Set<Opened>()
  /** All shown inode numbers are below this. */
  readonly bound: number
  #lower: Provider | undefined
  readonly #base: number
  readonly #byUpper = new Map<number, Inode>()
  readonly #byLower = new Map<number, Inode>()
  readonly #unsaved = new Set<Inode>()
  #seen: number | undefined
  /** How often what the upper layer keeps was read. */
  #loads = 0
  #depth = 0

  /** `lowerBound`: shown numbers of inodes of the lower layer are below it. */
  constructor (upper: Provider, lowerBound = NUMBERS, upperBound = NUMBERS) {
    this.upper = upper
    this.#base = lowerBound
    this.bound = lowerBound + upperBound
    this.whiteouts = new Whiteouts(upper.delta)
    this.root = new Inode(1, true)
    this.root.upper = upper.root
    this.root.upperIno = upper.getattr(upper.root).ino
    this.#byUpper.set(this.root.upperIno, this.root)
    this.#seen = upper.delta === undefined ? undefined : upper.version?.()
    this.#load()
  }

  get lower (): Provider | undefined { return this.#lower }

  /** Has another layer below, or none. What is open keeps what it has; of the same layer it stays what it is in the tree. */
  attach (lower: Provider | undefined): void {
    const { root } = this
    if (lower !== undefined && lower === this.#lower && root.lower === lower.root) return
    const same = lower === undefined || lower === this.#lower
    if (lower !== undefined) this.#lower = lower
    for (const [ino, inode] of this.#byLower) if (inode.upper === undefined && !(same && inode.opens.size > 0)) this.#byLower.delete(ino)
    root.lower = lower?.root
    root.bare = lower !== undefined && root.origin === undefined
    if (lower !== undefined) for (const { inode } of this.opened) if (inode.upper === undefined) findFolders(this, inode)
  }

  /** Forgets all inodes but the root, and all that is known of them; what is open keeps its own. */
  forgetAll (): void {
    const { root } = this
    for (const inode of this.#byUpper.values()) if (inode !== root) this.forget(inode)
    if (root.origin !== undefined) this.upper.delta?.forget(root.upper)
    this.#byUpper.clear()
    this.#byLower.clear()
    this.#unsaved.clear()
    this.#byUpper.set(root.upperIno!, root)
    Object.assign(root, { origin: undefined, times: undefined, attributesSet: false, bare: root.lower !== undefined })
  }

  /** Reads what the upper layer keeps of copied inodes. */
  #load (): void {
    const { delta } = this.upper
    if (delta === undefined) return
    this.#loads++
    for (const [node, base, text] of delta.copies()) {
      // Another process may be faster; that it was, the next look sees.
      const attr = this.ifThere(() => this.upper.getattr(node), undefined)
      if (attr !== undefined) this.#recall(node, attr, base, JSON.parse(text) as Partial<Note>)
    }
    const { root } = this
    if (root.loaded !== this.#loads && root.origin !== undefined) Object.assign(root, { origin: undefined, times: undefined, attributesSet: false, bare: root.lower !== undefined })
    root.loaded = this.#loads
    for (const [ino, inode] of this.#byUpper) if (inode.loaded !== this.#loads && inode.opens.size === 0) this.#byUpper.delete(ino)
    for (const { inode } of [...this.opened]) this.confirm(inode)
  }

  /** What was known before others changed what the upper layer keeps: if it is not there any more, the inode is what stands in its place now. */
  confirm (inode: Inode): void {
    if (inode.loaded === this.#loads) return
    inode.loaded = this.#loads
    if (inode.upper === undefined) return
    const attr = this.ifThere(() => this.upper.getattr(inode.upper), undefined)
    if (attr !== undefined && attr.nlink > 0 && isDir(attr.mode) === inode.dir) return
    if (this.#byUpper.get(inode.upperIno!) === inode) this.#byUpper.delete(inode.upperIno!)
    findAgain(this, inode)
  }

  #recall (node: unknown, { ino, mode }: Attr, base: number | undefined, { origin, made = false, hidden: lowerNames = 0, indexed = false, written = false, set: attributesSet = false, withheld = false, times }: Partial<Note>): void {
    let inode = this.#byUpper.get(ino) ?? (base === undefined ? undefined : this.#byLower.get(base))
    if (inode === undefined) inode = new Inode(base ?? this.#base + ino, isDir(mode))
    if (inode.upper === undefined) for (const open of inode.opens) open.upper = this.upper.pin(node, open.flags)
    Object.assign(inode, { upper: node, upperIno: ino, lowerIno: base, origin, made, lowerNames, indexed, written, attributesSet, withheld, times, bare: false, loaded: this.#loads })
    this.#byUpper.set(ino, inode)
    if (base !== undefined) this.#byLower.set(base, inode)
  }

  /** Looks whether another process changed what the upper layer keeps. */
  look (): void {
    if (this.#seen === undefined || this.#depth > 0) return
    const version = this.upper.version!()
    if (version === this.#seen) return
    this.#seen = version
    this.whiteouts.reload()
    this.#load()
  }

  /**
   * What `run` sees of both layers, `nodes` being what it begins with, as it is at one moment: if another process changes
   * the upper one meanwhile, it is looked at once more. `keeps`: what `run` gives is not thrown away.
   */
  seeing<T> (run: () => T, nodes: readonly Inode[], keeps = false): T {
    for (let again = 0; ; again++) {
      this.look()
      if (this.#loads > 0) for (const node of nodes) this.confirm(node)
      try {
        const result = run()
        if (keeps || again === MOST_LOOKS || this.#isCurrent()) return result
      } catch (error) {
        if (again === MOST_LOOKS || this.#isCurrent() || !isErrno(error)) throw error
      }
    }
  }

  #isCurrent (): boolean { return this.#seen === undefined || this.#depth > 0 || this.upper.version!() === this.#seen }

  /** Runs a change; what is to be noted of inodes is written in the same transaction. */
  change<T> (run: () => T): T {
    const { delta, atomic } = this.upper
    if (delta === undefined) return run()
    this.look()
    const all = (): T => {
      try {
        return run()
      } finally {
        this.#flush()
      }
    }
    return atomic === undefined || this.#depth > 0 ? all() : this.atomic(all)
  }

  /** Runs primitives as one transaction of the upper layer. */
  atomic<T> (run: () => T): T {
    this.look()
    try {
      return this.upper.atomic!(() => {
        this.look()   // whoever had the lock before may have changed all
        this.#depth++
        try {
          return run()
        } finally {
          this.#depth--
        }
      })
    } finally {
      this.look()   // what was undone is read anew
    }
  }

  get locked (): boolean { return this.#depth > 0 }

  #flush (): void {
    const { delta } = this.upper
    for (const inode of this.#unsaved) {
      const { origin, made, lowerNames: hidden, indexed, written, attributesSet: set, withheld, times } = inode
      this.#unsaved.delete(inode)
      if ((origin === undefined && !made) || inode.upper === undefined) continue
      const note: Note = { ...origin !== undefined && { origin }, ...made && { made }, hidden, indexed, written, set, ...withheld && { withheld }, ...times !== undefined && { times } }
      delta!.keep(inode.upper, origin === undefined ? undefined : inode.lowerIno, JSON.stringify(note))
    }
  }

  /** Notes what is known of an inode with the upper layer. */
  save (inode: Inode): void {
    if (this.upper.delta !== undefined) this.#unsaved.add(inode)
  }

  /** The name `name` of `dir` in the merged tree. */
  find (dir: Inode, name: string): Inode | undefined { return this.lookup(dir, name)?.node }

  /** The same, with its mode. */
  lookup (dir: Inode, name: string): Found<Inode> | undefined {
    const up = this.above(dir, name)
    const low = this.below(dir, name)
    if (up !== undefined) {
      const node = this.#fromUpper(dir, name, up, low)
      return { node, mode: node.copied ? up.mode : low!.mode }
    }
    if (low === undefined) return undefined
    const node = this.fromLower(low.node, low.attr ?? this.#lower!.getattr(low.node), name, dir)
    return { node, mode: node.copied ? this.upper.getattr(node.upper).mode : low.mode }
  }

  /** The same; throws ENOENT. */
  demandFound (dir: Inode, name: string): Inode {
    const inode = this.find(dir, name)
    if (inode === undefined) throw new Errno('ENOENT')
    return inode
  }

  /** The inode at a path from the root; '' is the root. */
  at (path: string): Inode | undefined {
    let inode: Inode | undefined = this.root
    for (const name of path.split('/').slice(1)) inode = inode?.dir === true ? this.find(inode, name) : undefined
    return inode
  }

  /** Whether a folder is still in the merged tree. */
  holds (dir: Inode): boolean { return !dir.gone && this.at(pathOf(dir))?.ino === dir.ino }

  /** A path at which an inode is found, of those that are known. */
  nameOf (inode: Inode): string | undefined {
    const { parent, name, others } = inode
    if (inode === this.root) return ''
    if (parent === undefined || inode.gone) return undefined
    const found = [{ parent, name }, ...others].find((one) => this.holds(one.parent) && this.find(one.parent, one.name) === inode)
    return found === undefined ? undefined : `${pathOf(found.parent)}/${found.name}`
  }

  /** What the upper layer has under a name. */
  above (dir: Inode, name: string): Found<unknown> | undefined {
    if (dir.upper === undefined || (dir === this.root && name === INDEX)) return undefined
    return this.upper.lookup(dir.upper, name)
  }

  /** What the lower layer has under a name that is not hidden. */
  below (dir: Inode, name: string): Found<unknown> | undefined {
    if (dir.lower === undefined || (this.whiteouts.size > 0 && this.whiteouts.has(pathOf(dir), name))) return undefined
    return this.raw(dir.lower, name)
  }

  /** What the lower layer has under a name, hidden or not. */
  raw (dir: unknown, name: string): Found<unknown> | undefined {
    return STAGED.test(name) ? undefined : this.ifThere(() => this.#lower?.lookup(dir, name), undefined)
  }

  /** What the lower layer says of a folder that others may have removed meanwhile; `none` if they have. */
  ifThere<T> (run: () => T, none: T): T {
    try {
      return run()
    } catch (error) {
      if (isErrno(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return none
      throw error
    }
  }

  #fromUpper (dir: Inode, name: string, up: Found<unknown>, low: Found<unknown> | undefined): Inode {
    const { ino, nlink } = this.upper.getattr(up.node)
    const folder = isDir(up.mode)
    const merged = folder && low !== undefined && isDir(low.mode) ? low : undefined
    let inode = this.#byUpper.get(ino)
    if (inode === undefined) {
      const lowerIno = merged === undefined ? undefined : this.#lower!.getattr(merged.node).ino
      inode = this.enter(new Inode(lowerIno ?? this.#base + ino, folder), up.node, ino)
      inode.lowerIno = lowerIno
    }
    if (!folder && nlink > 1) inode.alsoNamed(dir, name)
    inode.upper = up.node
    inode.loaded = this.#loads
    inode.parent = dir
    inode.name = name
    if (folder) {
      inode.lower = merged?.node
      inode.bare = merged !== undefined && inode.origin === undefined
    }
    return inode
  }

  /** The inode of what the lower layer has under a name of a folder, which may be told by its path. */
  fromLower (node: unknown, attr: Attr, name: string, dir: Inode | string): Inode {
    let inode = this.#byLower.get(attr.ino)
    if (inode !== undefined) this.confirm(inode)
    if (inode === undefined || !this.#isStill(inode, attr)) {
      inode = new Inode(attr.ino, isDir(attr.mode))
      inode.lowerIno = attr.ino
      if (attr.nlink > 1 && !inode.dir) inode.lost = this.whiteouts.namesOf(attr.ino)
      this.#byLower.set(attr.ino, inode)
    }
    if (attr.nlink > 1 && !inode.dir) {
      if (typeof dir === 'string') dir = this.line(dir).at(-1)!
      inode.alsoNamed(dir, name)
    }
    if (inode.upper === undefined) {
      inode.lower = node
      inode.lowerIno = attr.ino
      inode.name = name
      if (typeof dir === 'string') inode.liesIn(dir, this)
      else inode.parent = dir
    }
    return inode
  }

  /** The folders from the root on down to the one at a path. Throws ENOENT. */
  line (path: string): Inode[] {
    const line = [this.root]
    for (const name of path.split('/').slice(1)) line.push(this.demandFound(line.at(-1)!, name))
    return line
  }

  /** Whether a number of the lower layer still means the same inode; numbers are used again. */
  #isStill (inode: Inode, { ino, mode, nlink, birthtime, birthtimeNs }: Attr): boolean {
    if (inode.lowerIno !== ino || inode.dir !== isDir(mode) || inode.gone) return false
    if (inode.dir) return inode.upper === undefined
    if (inode.upper === undefined) return inode.lost < nlink
    return (nlink > 1 || inode.indexed) && inode.origin?.birthtime === birthtime && inode.origin.birthtimeNs === birthtimeNs
  }

  /** Knows an inode by its part in the upper layer. */
  enter (inode: Inode, node: unknown, ino: number): Inode {
    inode.upper = node
    inode.upperIno = ino
    inode.loaded = this.#loads
    this.#byUpper.set(ino, inode)
    return inode
  }

  /** Knows an inode by the numbers that it has in both layers. */
  know (inode: Inode): void {
    if (inode.upperIno !== undefined) this.#byUpper.set(inode.upperIno, inode)
    if (inode.lowerIno !== undefined) this.#byLower.set(inode.lowerIno, inode)
  }

  /** Makes the inode of what was made in the upper layer. */
  made (dir: Inode, name: string, node: unknown): Inode {
    const { ino, mode } = this.upper.getattr(node)
    const inode = this.enter(new Inode(this.#base + ino, isDir(mode)), node, ino)
    inode.parent = dir
    inode.name = name
    inode.made = dir.lower !== undefined
    this.save(inode)
    return inode
  }

  /** An inode has lost its last name. */
  forget (inode: Inode): void {
    if (inode.upper === undefined) return
    if (inode.origin !== undefined || inode.made) this.upper.delta?.forget(inode.upper)
    this.#unsaved.delete(inode)
    if (this.#byUpper.get(inode.upperIno!) === inode) this.#byUpper.delete(inode.upperIno!)
  }

  /** What is open and nowhere in the lower layer any more bears a number of the upper layer: the lower one uses its own again. */
  renumber (inode: Inode): void {
    if (inode.copied && [...inode.opens].every(({ lower }) => lower === undefined)) inode.ino = this.#base + inode.upperIno!
  }

  /** An inode of the upper layer is gone, and what the lower layer has in its place is another one. */
  drop (inode: Inode): void {
    this.forget(inode)
    if (inode.lowerIno !== undefined && this.#byLower.get(inode.lowerIno) === inode) this.#byLower.delete(inode.lowerIno)
  }

  /** Inodes that were copied and have names which only the lower layer knows. */
  * shared (): Iterable<Inode> {
    for (const inode of this.#byUpper.values()) if (inode.lowerNames > 0) yield inode
  }

  /** Folders of both layers that were copied up: their attributes are those of the upper one. */
  foldersWithOwnAttributes (): Inode[] {
    return [...this.#byUpper.values()].filter((inode) => inode.dir && inode.copied && inode.lower !== undefined && this.holds(inode))
  }

  /** Attributes as they are shown. `below`: those that the lower layer has just told. */
  attr (inode: Inode, open?: Opened, below?: Attr): Attr { return shown(this, inode, open, below) }

  /** Does something to the layers' part of a folder that must not show in its times. */
  quietly<T> (inode: Inode, run: () => T): T {
    if (!inode.copied && inode.upper !== undefined) return run()   // it shows the times of the lower layer
    const before = inode.times ?? timesOf(inode.copied ? this.upper.getattr(inode.upperNode) : this.#lower!.getattr(inode.lowerNode))
    const result = run()
    inode.times = { ...before }
    return result
  }
}
