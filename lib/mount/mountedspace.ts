// The name space that all mounts and the disk make together.
import { Errno } from '../kernel/errors.ts'
import { handleOf } from '../kernel/handles.ts'
import { compareNames, encoded } from '../kernel/names.ts'
import { remember, UNTIDY, type Dentry, type Place, type View } from '../kernel/namei.ts'
import { registry } from '../kernel/registry.ts'
import { makeDirent } from '../kernel/stats.ts'
import type { Volume } from '../kernel/volume.ts'
import { direntParent, ODD, pathText } from '../ops/args.ts'
import { nativeFunction } from '../ops/calls/validate.ts'
import type { Maker } from '../ops/calls/functions.ts'
import type { Callable, Form } from '../ops/row.ts'
import { ASK_LINK, ASK_NODE, type Asking, type Space, type Spot } from '../ops/space.ts'
import { CwdBoard } from './cwdboard.ts'
import type { Description } from './description.ts'
import type { HooksThread } from './hooksthread.ts'
import { FirstBytes } from './firstbytes.ts'
import { look, MountTable, type Mount } from './mounttable.ts'

const SLASH = 47
const DOT = 46

/** `AS_FOLDER` of kernel/paths.ts, quicker: whether a path's end says that it must be a folder. Then a link of the disk at its last name may lead above a mount. */
function asFolder (path: string): boolean {
  const last = path.charCodeAt(path.length - 1)
  return last === SLASH || (last === DOT && path.charCodeAt(path.length - 2) === SLASH)
}

/** All mounts and the disk. */
export class MountedSpace implements Space, Maker {
  readonly space = this
  readonly parents = false
  table = new MountTable()
  readonly cache: Map<string, Dentry> = registry().dentries
  /** What stood in `fs` when the dispatchers were installed, by form and name. */
  originals: ReadonlyMap<string, Callable> & Pick<Map<string, Callable>, 'set'> = new Map<string, Callable>()
  #cwd: string | undefined
  /** Where workers read the virtual working folder, once there are any that may. */
  board: CwdBoard | undefined
  /** The thread of hooks that works for this one, once there may be one. */
  hooks: HooksThread | undefined
  /** Gives `hooks`, and makes it with the first call. */
  makeHooks: (() => HooksThread) | undefined
  /** In a thread of hooks: looks for news of the mounts. */
  news: (() => void) | undefined
  /** This package was preloaded in a way (--require) in which threads of hooks preload it as well. */
  preloaded = false
  /** What is about to be mounted, all of it. */
  arriving: readonly Description[] | undefined
  /** In a worker: the working folder is the main thread's. */
  follows = false
  /** For calls that began since mounts last came or went, by the virtual working folder that they began in. */
  readonly #kept = new Map<string | undefined, KeptSpace>()
  readonly #realCwd = process.cwd.bind(process)
  readonly #first = new FirstBytes()
  /** What `#first` knows is out of date. */
  #stale = true
  /** The working folder for which `#near` was computed: what lies in it, in its parent, and so on (`MountTable.nearby`). */
  #cwdSeen = ''
  #near: (ReadonlySet<string> | null | undefined)[] = []
  /** The working folder, its parent and so on; '' for the root. */
  #folders: string[] = []

  /** The virtual working folder, while the process is in one. */
  get cwd (): string | undefined { return this.follows ? this.#followed() : this.#cwd }
  set cwd (path: string | undefined) {
    this.#cwd = path
    if (!this.follows) this.board?.write(path)
  }

  /** What the main thread says, if that is in a mount here too. */
  #followed (): string | undefined {
    const path = this.board?.read()
    return path !== undefined && this.table.touches(path) ? path : undefined
  }

  /** Shows the virtual working folder to workers from now on. */
  postCwd (): CwdBoard {
    this.board = new CwdBoard()
    this.board.write(this.#cwd)
    return this.board
  }

  /** The mount, as somebody made it, in which an absolute path lies. */
  mountOf (path: string): Mount | undefined {
    const spot = this.table.locate(path, ASK_NODE)
    if (typeof spot === 'string') return undefined
    const mount = spot.view as Mount
    return mount.synthetic ? undefined : (mount.alias as Mount | undefined) ?? mount
  }

  /** Whether a path leads to a folder. */
  isFolder (path: string): boolean { return this.table.kindBelow(undefined, path) === 'folder' }

  get moved (): boolean { return this.cwd !== undefined }

  add (mount: Mount): void {
    this.#bequeath()
    this.table.add(mount)
    this.#changed()
  }

  remove (mount: Mount): void {
    this.#bequeath()
    this.table.remove(mount)
    this.#changed()
  }

  /** The calls under way keep the mounts that they began with. */
  #bequeath (): void {
    if (this.#kept.size === 0) return
    const copy = this.table.copy()
    for (const kept of this.#kept.values()) kept.hold(copy)
    this.#kept.clear()
  }

  kept (): Space {
    const { cwd } = this
    let kept = this.#kept.get(cwd)
    if (kept === undefined) this.#kept.set(cwd, kept = new KeptSpace(this, cwd))
    return kept
  }

  #changed (): void {
    this.#cwdSeen = ''
    this.#stale = true
  }

  /** Learns the first bytes of all that is ours anew. */
  #learn (): void {
    this.#stale = false
    this.#first.clear()
    for (const path of this.table.above.keys()) this.#first.add(path)
    for (const mount of this.table.all()) if (!mount.porous || !this.#learnNames(mount)) this.#first.add(mount.prefix)
  }

  /** Of an overlay only the names in it are ours, if nobody can make some unheard. */
  #learnNames ({ volume, prefix }: Mount): boolean {
    if (volume.provider.version !== undefined || volume.provider.later !== undefined) return false
    volume.entered = (name) => {
      if (name === undefined) this.#stale = true
      else for (const view of volume.views) if (view.mounted) this.#first.add(`${view.prefix}/${name}`)
    }
    try {
      for (const { name } of volume.readdir(volume.root)) this.#first.add(`${prefix}/${name}`)
    } catch {
      return false   // whoever comes by this overlay is told why
    }
    if (prefix !== '') this.#first.add(prefix)
    return true
  }

  foreign (path: unknown): boolean {
    if (this.table.size === 0) return true
    if (typeof path === 'string') return path.charCodeAt(0) === SLASH ? this.#foreignText(path) : this.#foreignRelative(path)
    // Node's loader of ES modules reads every file by its URL.
    if (path instanceof URL) return path.protocol === 'file:' && path.host === '' && !path.pathname.includes('%') && this.#foreignText(path.pathname)
    return typeof path === 'number' || path === undefined
  }

  foreignFd (fd: unknown): boolean {
    return typeof fd === 'number' ? handleOf(fd) === undefined : !(typeof fd === 'object' && fd !== null && handleOf((fd as { fd: number }).fd) !== undefined)
  }

  #foreignText (path: string): boolean {
    if (this.#stale) this.#learn()
    if (this.#first.exclude(path)) return !path.includes('..') && !asFolder(path)
    if (this.cache.has(path)) return false   // much the quickest way to know one of ours
    return !UNTIDY.test(path) && !this.table.touches(path)
  }

  #foreignRelative (path: string): boolean {
    if (this.cwd !== undefined) return false
    const cwd = this.#realCwd()
    if (cwd !== this.#cwdSeen) {
      this.#cwdSeen = cwd
      this.#near = this.table.nearby(cwd)
      const names = cwd === '/' ? [''] : cwd.split('/')
      this.#folders = names.map((_, up) => names.slice(0, names.length - up).join('/'))
    }
    let up = 0
    let at = 0
    while (path.startsWith('../', at)) {
      up++
      at += 3
    }
    if (path.includes('..', at)) return false
    const names = up < this.#near.length ? this.#near[up] : this.#near.at(-1)
    if (names === undefined) return true
    if (names === null) return this.#foreignBelow(this.#folders[Math.min(up, this.#folders.length - 1)]!, path, at)
    const slash = path.indexOf('/', at)
    const first = slash < 0 ? path.slice(at) : path.slice(at, slash)
    return first !== '' && first !== '.' && !names.has(first) && !asFolder(path)
  }

  /** Whether what stands from `at` on in a path, without '..', is foreign in a tidy folder. Most often the first bytes say so. */
  #foreignBelow (folder: string, path: string, at: number): boolean {
    if (this.#stale) this.#learn()
    if (folder === '' ? this.#first.exclude(path, at) : this.#first.suffices(folder) && this.#first.exclude(folder)) return true
    return this.#foreignText(`${folder}/${path.slice(at)}`)
  }

  absolute (path: string): string {
    if (path.charCodeAt(0) === SLASH) return path
    const cwd = this.cwd ?? this.#realCwd()
    return cwd === '/' ? `/${path}` : `${cwd}/${path}`
  }

  /** Nobody takes a mount point's name away, or that of a folder above one. */
  protected demandFree (path: string, { row: { removes } }: Asking): void {
    if (removes !== undefined && this.table.busy(path, removes)) throw new Errno('EBUSY')
  }

  locate (path: string, asking: Asking): Spot | string {
    this.demandFree(path, asking)
    const spot = this.table.locate(path, asking)
    if (typeof spot === 'string' && (asking.last === 'node' || asking.last === 'link') && !UNTIDY.test(path)) this.#rememberElsewhere(path)
    return spot
  }

  /** A path that the only overlay above it does not show is the disk's until a name comes into that overlay. */
  #rememberElsewhere (path: string): void {
    const owners = [...this.table.owners(path)]
    if (owners.length === 1) remember(path, owners[0]!, undefined, 0, true)
  }

  admits (): boolean { return true }

  leads (path: string): boolean {
    if (this.table.above.has(path)) return true
    const folder = this.table.settled(path, 'node')
    if (folder !== path && this.table.above.has(folder)) return true
    for (const owner of this.table.owners(folder)) if (owner.porous) return true
    return false
  }

  elsewhere (name: string, form: Form): Callable {
    return this.originals.get(`${form} ${name}`) ?? nativeFunction(name, form)
  }

  vacate (path: string): void { this.table.vacate(path) }

  uncover (path: string): void { this.table.uncover(path) }

  /** The names that mount points and overlays add to the listing of a folder. */
  augment (path: string, listing: unknown[], given: readonly unknown[]): unknown[] {
    const extra = this.#extra(path, this.absolute(pathText(given[0]) as string))
    if (extra.size === 0) return listing
    const options = typeof given[1] === 'object' && given[1] !== null ? given[1] as { encoding?: string, withFileTypes?: boolean } : { encoding: typeof given[1] === 'string' ? given[1] : undefined }
    const as = options.encoding || 'utf8'   // no text is no encoding
    const parent = direntParent(given[0])
    const named = new Map<string, unknown>()
    for (const item of listing) named.set(text(nameIn(item), as), item)
    for (const [name, { mode, folder }] of extra) {
      const shown = encoded(name, as)
      // A name that is not UTF-8 is told by what the caller sees of it.
      const key = text(shown, as)
      const taken = options.withFileTypes === true ? this.#taken(folder, name) : undefined
      if (!named.has(key) || taken !== undefined) named.set(key, options.withFileTypes === true ? makeDirent(shown, taken ?? mode, parent) : shown)
    }
    return [...named.keys()].sort(compareNames).map((name) => named.get(name))
  }

  layers (path: string): Iterable<Place> { return this.table.layers(path) }

  overlaysOf (path: string): Volume[] { return [...this.table.owners(path)].filter(({ porous }) => porous).map(({ volume }) => volume) }

  mountsIn (path: string, told: (name: string) => void): () => void { return this.table.mountsIn(path, told) }

  /** The mode of what a name in a folder leads to, where that is not whoever lists the folder. */
  #taken (folder: string, name: string): number | undefined {
    const lister = this.table.locate(folder, ASK_NODE)
    const owner = this.table.locate(folder === '/' ? `/${name}` : `${folder}/${name}`, ASK_LINK)
    if (typeof owner === 'string' || (typeof lister !== 'string' && owner.view === lister.view)) return undefined
    const place = look(owner.view, owner.rest, false)
    return typeof place === 'object' ? place.mode : undefined
  }

  /** Names that a folder shows besides its own, with their modes and where they come from: at its path, and at those whose links led to it. */
  #extra (path: string, given: string): Map<string, { mode: number, folder: string }> {
    const extra = new Map<string, { mode: number, folder: string }>()
    const add = (folder: string, end?: View): void => {
      for (const place of this.table.layers(folder, end)) {
        for (const { name, mode } of place.volume.readdir(place.node)) if (!extra.has(name)) extra.set(name, { mode, folder })
      }
    }
    if (given !== path) this.table.settled(given, 'node', add)
    const folder = this.table.settled(path, 'node', add)
    add(folder)
    for (const name of this.table.above.get(folder) ?? []) extra.set(name, { mode: 0o040755, folder })
    return extra
  }
}

/** The name space as calls began in it: it is that of the process until mounts come or go. */
class KeptSpace extends MountedSpace {
  readonly #live: MountedSpace
  readonly #held: string | undefined
  #past = false

  constructor (live: MountedSpace, cwd: string | undefined) {
    super()
    this.#live = live
    this.#held = cwd
    this.table = live.table
    this.originals = live.originals
  }

  get past (): boolean { return this.#past }

  /** Told of the mounts that there were. */
  hold (table: MountTable): void {
    this.table = table
    this.#past = true
  }

  serve (): void { if (registry().handles.size > 0) registry().busy?.() }

  override kept (): Space { return this }

  override get cwd (): string | undefined { return this.#held ?? this.#live.cwd }

  override absolute (path: string): string { return this.#held === undefined ? this.#live.absolute(path) : super.absolute(path) }

  /** What no mount had then is whose it is now: mounts that came since are as good as others. */
  override locate (path: string, asking: Asking): Spot | string {
    if (!this.#past) return this.#live.locate(path, asking)
    this.demandFree(path, asking)
    const spot = this.table.locate(path, asking)
    return typeof spot === 'string' ? this.#live.locate(spot, asking) : spot
  }

  override leads (path: string): boolean { return super.leads(path) || (this.#past && this.#live.leads(path)) }
}

/** The name that an item of a listing is or bears. */
const nameIn = (item: unknown): unknown => typeof item === 'object' && !(item instanceof Uint8Array) ? (item as { name: unknown }).name : item

/** A name out of a listing in its inner form. */
function text (name: unknown, as: string): string {
  if (typeof name === 'string' && as !== 'utf8' && as !== 'utf-8' && as !== 'buffer') name = Buffer.from(name, as as BufferEncoding)
  const inner = pathText(name)
  return inner === ODD ? String(name) : inner
}

/** The name space of this process, shared by all copies of the package. */
export function mountedSpace (): MountedSpace {
  const shared = registry()
  if (shared.space === undefined) {
    const space = new MountedSpace()
    shared.space = space
    shared.aside = (run) => space.table.hide(run)
  }
  return shared.space as MountedSpace
}
