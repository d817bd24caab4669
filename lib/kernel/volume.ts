// A provider put to use: rights of writing, the caches of path strings that a change makes wrong, and the news of
// changes stand here once, around every primitive. There is one volume for a provider, whoever uses it.
import { isUnder } from './paths.ts'
import { Errno } from './errors.ts'
import { isFile, isLink, type Attr, type Entry, type Found, type Patch, type Provider, type StatFsAttr } from './provider.ts'
import { registry } from './registry.ts'
import { likelyRoot, writtenBits } from './rights.ts'
import type { Handle } from './handles.ts'
import type { Place, View } from './namei.ts'
import type { Change } from './events.ts'

const KEY = Symbol.for('fsmount.volume')

/** A provider with what the kernel keeps beside it. */
export class Volume {
  readonly provider: Provider
  /** `dev` of its stats: one number a volume. */
  readonly dev: number
  readonly root: unknown
  readonly confined: boolean
  /** Goes up whenever a remembered path may have become wrong in a way that is not one name. */
  epoch = 0
  /** The prefixes under which it is seen now. */
  readonly views = new Set<View>()
  /** Takes the news of changes while somebody watches. */
  news: ((change: Change) => void) | undefined
  /** Told of a name that the root folder has now, or (undefined) that any may have changed. */
  entered: ((name: string | undefined) => void) | undefined
  /** The path, from the root and without links, by which the call under way reached what it changes. */
  #path: string | undefined
  /** The inode as it was before it was pinned, if that call works on an open file. */
  #original: unknown
  /** What primitives are called on: the provider, or its replay while a form awaits answers. */
  io: Provider
  /** A primitive is being answered from a log: its news are out already. */
  replaying = false
  /** Gives a call that is being replayed the buffer that it had the last time. */
  lend: ((size: number) => Buffer) | undefined
  /** Keeps an open file's position for the call that is being replayed. */
  claim: ((handle: Handle) => void) | undefined
  #version: number | undefined

  constructor (provider: Provider, confined: boolean) {
    this.provider = provider
    this.io = provider
    this.root = provider.root
    this.confined = confined || provider.confined === true
    this.dev = registry().nextDev++
    this.#version = provider.version?.()
  }

  /** The volume of a provider; `confined` is settled by whoever asks first. */
  static of (provider: Provider, confined = false): Volume {
    const held = provider as Provider & { [KEY]?: Volume }
    if (held[KEY] === undefined) Object.defineProperty(provider, KEY, { value: new Volume(provider, confined), configurable: true })
    return held[KEY]!
  }

  /** Whether anybody listens to the news of a provider. */
  static isHeard (provider: object): boolean { return (provider as { [KEY]?: Volume })[KEY]?.news !== undefined }

  /** Takes the news of a change that a provider made to itself, below the kernel. */
  static told (provider: object, change: Change): void {
    const volume = (provider as { [KEY]?: Volume })[KEY]
    if (volume === undefined) return
    volume.epoch++
    volume.entered?.(undefined)
    volume.news?.(change)
  }

  get readonly (): boolean { return this.provider.readonly === true }

  /** Others can change names between a walk and the transaction that relies on it. */
  get shared (): boolean { return this.#version !== undefined && this.io.atomic !== undefined }

  /** Others can change it, and it says that somebody did: not at every look, and not by itself. */
  get tells (): boolean {
    const { provider } = this
    return provider.version !== undefined && provider.listen === undefined && provider.version() === provider.version()
  }

  /** The epoch, after a look at what others may have changed. */
  fresh (): number {
    if (this.#version !== undefined) {
      const version = this.provider.version!()
      if (version !== this.#version) {
        this.#version = version
        this.epoch++
      }
    }
    return this.epoch
  }

  lookup (dir: unknown, name: string): Found<unknown> | undefined { return this.io.lookup(dir, name) }
  getattr (node: unknown): Attr { return this.io.getattr(node) }
  readdir (dir: unknown): Iterable<Entry<unknown>> { return this.io.getdents(dir) }
  readlink (node: unknown): string { return this.io.getlink(node) }
  read (node: unknown, buffer: Uint8Array, position: number): number { return this.io.read(node, buffer, position) }
  /** A buffer to read into. */
  buffer (size: number): Buffer { return this.lend === undefined ? Buffer.allocUnsafeSlow(size) : this.lend(size) }
  statfs (): StatFsAttr | undefined { return this.io.statvfs?.() }
  sync (node: unknown): void { this.io.sync?.(node) }

  /** Throws EROFS when nothing can be changed here. */
  demandWritable (): void {
    if (this.readonly) throw new Errno('EROFS')
  }

  /** Says by which path, or which open file, the next changes are made: their news tell. */
  reach (path: string | undefined, original?: unknown): void {
    this.#path = path
    this.#original = original
  }

  #altered (node: unknown, attributes = false): void {
    if (this.news !== undefined && !this.replaying) this.news({ event: 'change', node: this.#original ?? node, attributes, path: this.#path })
  }

  /** What an ordinary user writes to does not run with the rights of others any more. */
  #writtenTo (node: unknown): void {
    if (likelyRoot()) return
    const attr = this.io.getattr(node)
    const mode = writtenBits(attr)
    if (mode !== (attr.mode & 0o7777)) this.io.setattr(node, { mode })
  }

  setattr (node: unknown, patch: Patch): void {
    this.demandWritable()
    if (patch.size !== undefined) this.#writtenTo(node)
    this.io.setattr(node, patch)
    if (patch.mode !== undefined || patch.uid !== undefined || patch.gid !== undefined) this.epoch++
    if (tells(patch)) this.#altered(node, patch.size === undefined)
  }

  /** Tells of attributes that were set to what they were. */
  reset (node: unknown): void { this.#altered(node, true) }

  mknod (place: Place, mode: number, uid: number, gid: number, target?: string): unknown {
    this.demandWritable()
    const node = this.io.mknod(place.dir, place.name, mode, uid, gid, target)
    // A file in an overlay also hides what the disk has below its name.
    if (isLink(mode) || place.view.porous === true) this.epoch++
    else this.#forget(place)
    if (place.dir === this.root) this.entered?.(place.name)
    if (this.news !== undefined && !this.replaying) this.news({ event: 'rename', dir: place.dir, name: place.name, node })
    return node
  }

  link (node: unknown, place: Place): void {
    this.demandWritable()
    this.io.linkat(node, place.dir, place.name)
    this.#forget(place)
    if (place.dir === this.root) this.entered?.(place.name)
    if (this.news !== undefined && !this.replaying) this.news({ event: 'rename', dir: place.dir, name: place.name, node, linked: true })
  }

  unlink (place: Place): void {
    this.demandWritable()
    this.io.unlinkat(place.dir, place.name)
    if (isFile(place.mode)) this.#forget(place)
    else this.epoch++
    if (this.news !== undefined && !this.replaying) this.news({ event: 'rename', dir: place.dir, name: place.name, node: place.node, gone: true, path: pathIn(place) })
  }

  rename (from: Place, to: Place): void {
    this.demandWritable()
    this.io.renameat(from.dir, from.name, to.dir, to.name)
    this.epoch++
    if (to.dir === this.root) this.entered?.(to.name)
    if (this.replaying) return
    const paths = [pathIn(from), pathIn(to)] as const
    for (const handle of registry().handles.values()) {
      // A file that lost this name before stays where it was.
      if (handle.volume === this && handle.path !== undefined && (handle.path !== paths[0] || handle.original === from.node)) handle.path = moved(handle.path, ...paths)
    }
    this.news?.({ event: 'rename', dir: from.dir, name: from.name, node: from.node, to: { dir: to.dir, name: to.name, node: to.node }, paths })
  }

  write (node: unknown, bytes: Uint8Array, position: number): number {
    this.demandWritable()
    this.#writtenTo(node)
    const written = this.io.write(node, bytes, position)
    this.#altered(node)
    return written
  }

  /** Sets the whole content of a file; `cut`: it was not cut to nothing before. */
  replace (node: unknown, bytes: Uint8Array, cut = true): void {
    this.demandWritable()
    this.#writtenTo(node)
    if (this.io.replace !== undefined) this.io.replace(node, bytes)
    else {
      this.io.setattr(node, { size: 0 })
      if (bytes.length > 0) this.io.write(node, bytes, 0)
    }
    if (cut) this.#altered(node)
    if (bytes.length > 0) this.#altered(node)
  }

  /** Sets the content of a file to that of another; false where only reading and writing can. */
  copy (from: unknown, to: unknown): boolean {
    if (this.io.copy === undefined) return false
    this.demandWritable()
    this.io.copy(from, to)
    this.#altered(to)
    return true
  }

  /** Pins an inode; `flags` are open(2)'s. */
  open (node: unknown, flags: number): unknown { return this.io.pin(node, flags) }
  close (node: unknown): void {
    this.io.unpin(node)
    if (this.news !== undefined && !this.replaying) this.news({ event: 'close', node })
  }

  /** Runs all primitives of `run` as one transaction, where the provider has them. */
  atomic<T> (run: () => T): T {
    return this.io.atomic === undefined ? run() : this.io.atomic(run)
  }

  /** One name changed: what is remembered of it, under whatever prefix, is wrong; calls under way go on in a view that is gone. */
  #forget (place: Place): void {
    if (this.views.size > 1 || !this.views.has(place.view)) this.epoch++
    else place.view.cache.delete(place.path)
  }
}

/** Whether a change of attributes is one that is told: a new ctime alone is not. */
const tells = (patch: Patch): boolean => Object.values(patch).some((value) => value !== undefined)

/** The path of a place from the root of its volume. */
export const pathIn = ({ view, path }: { view: View, path: string }): string => path.slice(view.prefix.length)

/** A path after something moved: what lies at the old path, or below it, lies at the new one. */
export const moved = (path: string, from: string, to: string): string =>
  isUnder(path, from) ? to + path.slice(from.length) : path
