// OverlayProvider: one file system laid over another that is never written to. What is changed is copied up first, what
// is deleted leaves a whiteout; an inode stays one inode whichever layer has it.
import { O_ACCMODE, O_PATH } from '../lib/kernel/handles.ts'
import { demandOptions, dressed, Errno, invalidType } from '../lib/kernel/errors.ts'
import { compareNames } from '../lib/kernel/names.ts'
import { native } from '../lib/kernel/native.ts'
import { isDir, isLink, isSpecial, PROVIDER, S_IFREG, type Attr, type Changes, type ChangeSet, type CommitOptions, type Described, type Entry, type Found, type Patch, type Provider, type Recipient, type Resolved, type StatFsAttr } from '../lib/kernel/provider.ts'
import { Volume } from '../lib/kernel/volume.ts'
import { accessed, inodeOf, lowerFlags, Opened, pathOf, type Inode, type OverlayNode } from './overlay/inode.ts'
import { commit, type Waste } from './overlay/commit.ts'
import { Copies } from './overlay/copies.ts'
import { layerOf, type OverlayLayers } from './overlay/given.ts'
import { listChanges } from './overlay/difference.ts'
import { drop, dropAll, opened, openedBelow } from './overlay/drop.ts'
import { isEmpty } from './overlay/empty.ts'
import { glance } from './overlay/glance.ts'
import { Layers } from './overlay/layers.ts'
import { INDEX, STAGED } from './overlay/reserved.ts'
import { Names } from './overlay/names.ts'
import { boundOf, Joined, NESTED, turnsOf, type Nested } from './overlay/nested.ts'
import { VirtualProvider } from './path.ts'

export type { OverlayLayers } from './overlay/given.ts'

const { O_RDONLY } = native.constants

/** The merged tree of two providers. Both must be able to answer at once. */
export class OverlayProvider extends VirtualProvider implements Provider<OverlayNode>, ChangeSet, Nested {
  readonly root: OverlayNode
  readonly confined: boolean
  readonly checksEmpty = true
  readonly [NESTED] = true
  readonly version?: () => number
  readonly atomic?: <T>(run: () => T) => T
  readonly later?: NonNullable<Provider<OverlayNode>['later']>
  protected readonly layers: Layers
  readonly #upper: Provider
  readonly #copies: Copies
  readonly #names: Names
  readonly #waste: Waste = []
  /** How often changes were let go here. */
  #turns = 0
  /** Version of the lower layer when it was last asked. */
  #below = 0
  readonly #versions = new Joined()

  constructor ({ lower, upper }: OverlayLayers)
  /** For what is laid over the disk later on. */
  constructor (layers: { lower: undefined, upper: OverlayLayers['upper'] })
  constructor (given: { lower: OverlayLayers['lower'] | undefined, upper: OverlayLayers['upper'] }) {
    super()
    if (typeof given !== 'object' || given === null || PROVIDER in given) throw invalidType('layers', 'an object with lower and upper', given)
    demandOptions(given, { lower: 'any', upper: 'any' })
    const upper = this.#upper = layerOf('upper', given.upper)
    const lower = given.lower === undefined && 'lower' in given ? undefined : layerOf('lower', given.lower)
    this.layers = dressed('open', '/', () => new Layers(upper, boundOf(lower), boundOf(upper)))
    if (lower !== undefined) this.layers.attach(lower)
    this.root = this.layers.root
    this.#copies = new Copies(this.layers)
    this.#names = new Names(this.layers, this.#copies)
    this.confined = upper.confined === true || lower?.confined === true
    if (given.lower === undefined || [upper.version, lower?.version, turnsOf(upper), turnsOf(lower)].some((one) => one !== undefined)) this.version = () => this.#version()
    if (upper.atomic !== undefined) this.atomic = (run) => this.layers.atomic(run)
    const later = { ...this.#readsLater(lower), ...this.#writesLater() }
    if (Object.keys(later).length > 0) this.later = later
  }

  override get readonly (): boolean { return this.#upper.readonly === true }

  get bound (): number { return this.layers.bound }
  get turns (): number { return this.#turns + (turnsOf(this.#upper) ?? 0) + (turnsOf(this.layers.lower) ?? 0) }

  /** The same layers; what only this object knows of its changes is known there of a copy. */
  describe (to: Recipient): Described | undefined {
    const lower = this.layers.lower?.describe?.(to)
    const upper = this.describeUpper(to)
    return lower === undefined || upper === undefined ? undefined : { provider: 'overlay', source: { lower, upper } }
  }

  /** The upper layer and what it hides. A layer that does not keep that itself is told of it where it is a copy. */
  protected describeUpper (to: Recipient): Described | undefined {
    const { whiteouts } = this.layers
    const described = this.#upper.describe?.(to)
    if (described === undefined || this.#upper.delta !== undefined || whiteouts.size === 0) return described
    return described.provider === 'memory' ? { ...described, options: { ...described.options, whiteouts: [...whiteouts] } } : undefined
  }

  /** Called before the lower layer is looked at, from its root. */
  protected lookBelow (): void {}

  #version (): number {
    this.lookBelow()
    // Within a transaction the upper layer stands still, and the lower one is not asked.
    if (!this.layers.locked) this.#below = this.layers.lower?.version?.() ?? 0
    return this.#versions.of(this.#upper.version?.() ?? 0, this.#below, this.turns)
  }

  lookup (dir: OverlayNode, name: string): Found<OverlayNode> | undefined {
    const { layers } = this
    if (dir === this.root) this.lookBelow()
    const folder = inodeOf(dir)
    return layers.seeing(() => layers.lookup(folder, name), [folder])
  }

  resolve (path: string, opening = false): Resolved<OverlayNode> | undefined {
    const { layers } = this
    this.lookBelow()
    return layers.seeing(() => glance(layers, path, opening), [])
  }

  getattr (node: OverlayNode): Attr {
    const { layers } = this
    const open = node instanceof Opened ? node : undefined
    return layers.seeing(() => layers.attr(inodeOf(node), open), [inodeOf(node)])
  }

  getdents (dir: OverlayNode): Entry<OverlayNode>[] {
    const { layers } = this
    const inode = inodeOf(dir)
    return this.#list(inode, (layer, node) => [...layer.getdents(node)]).map(({ name, mode }) => ({
      name, mode, get node () { return layers.seeing(() => layers.demandFound(inode, name), [inode]) }
    }))
  }

  names (dir: OverlayNode): readonly string[] {
    const list = (layer: Provider, node: unknown): { name: string }[] =>
      layer.names === undefined ? [...layer.getdents(node)] : layer.names(node).map((name) => ({ name }))
    return this.#list(inodeOf(dir), list).map(({ name }) => name)
  }

  /** The entries of both layers, those of the upper one before those that they hide. */
  #list<T extends { name: string }> (inode: Inode, list: (layer: Provider, node: unknown) => T[]): T[] {
    const { layers } = this
    if (inode === layers.root) this.lookBelow()
    return layers.seeing(() => this.#merged(inode, list), [inode])
  }

  #merged<T extends { name: string }> (inode: Inode, list: (layer: Provider, node: unknown) => T[]): T[] {
    const { layers } = this
    accessed(inode)
    let upper = inode.upper === undefined ? [] : list(this.#upper, inode.upper)
    if (inode === layers.root) upper = upper.filter(({ name }) => name !== INDEX)
    if (inode.lower === undefined) return upper
    const hidden = layers.whiteouts.in(pathOf(inode))
    const names = new Set(upper.map(({ name }) => name))
    const lower = layers.ifThere(() => list(layers.lower!, inode.lower), []).filter(({ name }) => !names.has(name) && hidden?.has(name) !== true && !STAGED.test(name))
    return upper.length === 0 ? lower : [...upper, ...lower].sort((a, b) => compareNames(a.name, b.name))
  }

  empty (dir: OverlayNode): boolean {
    const inode = inodeOf(dir)
    return this.layers.seeing(() => isEmpty(this.layers, inode), [inode])
  }

  getlink (node: OverlayNode): string {
    const { layers } = this
    const inode = inodeOf(node)
    return layers.seeing(() => {
      accessed(inode)
      return inode.copied ? this.#upper.getlink(inode.upper) : layers.lower!.getlink(inode.lower)
    }, [inode])
  }

  setattr (node: OverlayNode, patch: Patch): void {
    this.#change(() => {
      const inode = inodeOf(node)
      this.#copies.copyUp(inode, patch.size ?? 'attributes')
      this.#mark(inode, patch.size === undefined ? 'attributesSet' : 'written')
      const { times } = inode
      inode.times = undefined
      const kept: Patch = times === undefined
        ? {}
        : { atime: { ms: times.atime, ns: times.atimeNs }, ...patch.size === undefined && { mtime: { ms: times.mtime, ns: times.mtimeNs } } }
      const { atime = kept.atime, mtime = kept.mtime } = patch   // a time may be there and left as it is
      this.#upper.setattr(this.#target(node), { ...patch, atime, mtime })
    }, node)
  }

  /** The part of a node in the upper layer. */
  #target (node: OverlayNode): unknown { return node instanceof Opened ? node.upper ?? node.inode.upper : node.upper }

  #mark (inode: Inode, how: 'written' | 'attributesSet'): void {
    if (!inode[how] || inode.times !== undefined) this.layers.save(inode)
    inode[how] = true
  }

  /** Runs a change of names or inodes. */
  #change<T> (run: () => T, ...nodes: OverlayNode[]): T {
    if (this.readonly) throw new Errno('EROFS')
    const { layers } = this
    return layers.change(() => {
      for (const node of nodes) layers.confirm(inodeOf(node))
      return run()
    })
  }

  mknod (dir: OverlayNode, name: string, mode: number, uid: number, gid: number, target?: string): OverlayNode {
    return this.#change(() => {
      const folder = inodeOf(dir)
      this.#names.ready(folder, name)
      return this.layers.made(folder, name, this.#upper.mknod(folder.upper, name, mode, uid, gid, target))
    }, dir)
  }

  linkat (node: OverlayNode, dir: OverlayNode, name: string): void {
    this.#change(() => {
      const inode = inodeOf(node)
      const folder = inodeOf(dir)
      this.#copies.copyUp(inode)
      this.#names.ready(folder, name)
      this.#copies.thaw(inode)
      this.#upper.linkat(inode.upper, folder.upper, name)
      inode.alsoNamed(folder, name)
    }, node, dir)
  }

  unlinkat (dir: OverlayNode, name: string): void {
    this.#change(() => { this.#names.unlink(inodeOf(dir), name) }, dir)
  }

  renameat (dir: OverlayNode, name: string, newDir: OverlayNode, newName: string): void {
    this.#change(() => { this.#names.rename(inodeOf(dir), name, inodeOf(newDir), newName) }, dir, newDir)
  }

  read (node: OverlayNode, buffer: Uint8Array, position: number): number {
    if (buffer.length === 0) return 0   // nothing is read, so nothing was accessed
    return this.layers.seeing(() => {
      const inode = inodeOf(node)
      this.#demandContent(inode)
      accessed(inode)
      if (inode.upper !== undefined) return this.#upper.read(this.#target(node), buffer, position)
      return this.layers.lower!.read(node instanceof Opened ? node.lower : inode.lower, buffer, position)
    }, [inodeOf(node)])
  }

  write (node: OverlayNode, buffer: Uint8Array, position: number): number {
    return this.#change(() => {
      this.#ready(node)
      return this.#upper.write(this.#target(node), buffer, position)
    }, node)
  }

  /** What was copied up without its content must have it to be read. */
  #demandContent (inode: Inode): void {
    if (inode.withheld) this.layers.change(() => { this.#copies.fetch(inode) })
  }

  /** Has a file ready for its content to be changed. */
  #ready (node: OverlayNode, keep = Infinity): void {
    const inode = inodeOf(node)
    this.#copies.copyUp(inode, keep)
    this.#mark(inode, 'written')
    this.#copies.thaw(inode, node instanceof Opened ? node : undefined)
  }

  replace (node: OverlayNode, bytes: Uint8Array): void {
    this.#change(() => {
      this.#ready(node, 0)
      const to = this.#target(node)
      if (this.#upper.replace !== undefined) this.#upper.replace(to, bytes)
      else {
        this.#upper.setattr(to, { size: 0 })
        if (bytes.length > 0) this.#upper.write(to, bytes, 0)
      }
    }, node)
  }

  pin (node: OverlayNode, flags: number): OverlayNode {
    return this.layers.seeing(() => this.#pin(inodeOf(node), flags), [inodeOf(node)], true)
  }

  #pin (inode: Inode, flags: number): Opened {
    const { layers } = this
    // What is only read may be whatever it is, and need not be looked at once more.
    const mode = (flags & (O_ACCMODE | O_PATH)) === O_RDONLY ? S_IFREG : layers.attr(inode).mode
    // Devices and pipes are not copied: what is written to them would be written outside.
    if (isSpecial(mode) && (flags & O_ACCMODE) !== O_RDONLY) throw new Errno('EROFS')
    if ((flags & O_PATH) === 0) this.#demandContent(inode)
    const opened = new Opened(inode, flags)
    try {
      if (!inode.copied) opened.lower = layers.lower!.pin(inode.lower, lowerFlags(flags, mode))
      if (inode.upper !== undefined) opened.upper = this.#upper.pin(inode.upper, flags)
    } catch (error) {
      this.unpin(opened)
      throw error
    }
    layers.opened.add(opened)
    return opened
  }

  unpin (node: OverlayNode): void {
    if (!(node instanceof Opened)) return
    const { inode, lower, upper } = node
    inode.opens.delete(node)
    this.layers.opened.delete(node)
    node.lower = node.upper = undefined
    if (lower !== undefined) this.layers.lower?.unpin(lower)
    if (upper !== undefined) this.#upper.unpin(upper)
  }

  sync (node: OverlayNode): void {
    if (inodeOf(node).upper !== undefined) this.#upper.sync?.(this.#target(node))
  }

  statvfs (): StatFsAttr {
    const layer = this.#upper.statvfs === undefined ? this.layers.lower : this.#upper
    if (layer?.statvfs === undefined) throw new Errno('ENOSYS')
    return layer.statvfs()
  }

  /** Reads off the event loop, where a layer can. */
  #readsLater (lower: Provider | undefined): OverlayProvider['later'] {
    if (lower !== undefined && lower.later?.read === undefined && this.#upper.later?.read === undefined) return {}
    return {
      read: async (node, buffer, position) => {
        if (buffer.length === 0) return 0
        this.layers.seeing(() => { this.#demandContent(inodeOf(node)) }, [inodeOf(node)])
        const inode = inodeOf(node)
        const below = this.layers.lower
        if (inode.upper === undefined && below?.later?.read !== undefined) {
          accessed(inode)
          return await below.later.read(node instanceof Opened ? node.lower : inode.lower, buffer, position)
        }
        if (inode.upper === undefined || this.#upper.later?.read === undefined) return this.read(node, buffer, position)
        accessed(inode)
        return await this.#upper.later.read(this.#target(node), buffer, position)
      }
    }
  }

  #writesLater (): OverlayProvider['later'] {
    const { later } = this.#upper
    return {
      ...later?.write !== undefined && {
        write: async (node: OverlayNode, buffer: Uint8Array, position: number) => {
          this.#change(() => { this.#ready(node) }, node)
          return await later.write!(this.#target(node), buffer, position)
        }
      },
      ...later?.sync !== undefined && { sync: async (node: OverlayNode) => { if (inodeOf(node).upper !== undefined) await later.sync!(this.#target(node)) } }
    }
  }

  /** What differs from the lower layer. */
  changes (): Changes {
    this.layers.look()
    return listChanges(this.layers)
  }

  /**
   * Applies all changes to the lower layer, or none; afterwards there are none. Throws ERR_INVALID_STATE with
   * `conflicts` when it has changed where this overlay has (unless `force`), and what the lower layer throws, with
   * `applied`: the paths that could not be taken back. Then another commit has the rest to do.
   */
  commit (options: CommitOptions = {}): void {
    const { layers } = this
    if (this.readonly) throw new Errno('EROFS')
    let thrown: { error: unknown } | undefined
    // In one transaction: what another process changes meanwhile is no part of what is applied, and must not go with it.
    this.#whole(() => {
      layers.look()
      const open = opened(layers)
      try {
        commit(layers, options, this.#waste, (path) => { layers.change(() => { drop(layers, this.#copies, path) }) })
      } catch (error) {
        thrown = { error }   // it does not undo what was let go because it is applied
        return
      }
      dropAll(layers, open)
    })
    this.#tell()
    if (thrown !== undefined) throw thrown.error
  }

  /** Forgets all changes: the lower layer is seen as it is. */
  discard (): void {
    if (this.readonly) throw new Errno('EROFS')
    this.#whole(() => {
      this.layers.look()
      dropAll(this.layers, openedBelow(this.layers))
    })
    this.#tell()
  }

  #whole (run: () => void): void {
    if (this.atomic === undefined) run()
    else this.atomic(run)
  }

  /** Whoever uses the layers by themselves has to look anew, too. */
  #tell (): void {
    this.#turns++
    const { lower } = this.layers
    for (const provider of [this, this.#upper, ...lower === undefined ? [] : [lower]]) Volume.told(provider, { event: 'change', node: provider.root, afresh: true })
  }
}
