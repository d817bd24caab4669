// Who owns a path: the list of mounts, longest prefix first, and the name space that they make together.
import { kindOnDisk } from '../kernel/disk.ts'
import { isErrno } from '../kernel/errors.ts'
import { inLaterTurn } from '../kernel/native.ts'
import { isDir } from '../kernel/provider.ts'
import { Outside, trace, UNTIDY, walk, type Dentry, type Place, type View } from '../kernel/namei.ts'
import { AS_FOLDER, DOTDOT, DOTTED, isUnder } from '../kernel/paths.ts'
import { registry } from '../kernel/registry.ts'
import { isEmpty, removeFolder, removeName } from '../ops/nodes.ts'
import { ASK_LINK, ASK_NODE, type Asking, type Spot } from '../ops/space.ts'
import { realFolder, tidy } from './tidy.ts'

/** How a mount lies over what is below its prefix. */
export type Overlay = boolean | 'copy-on-write'

/** A volume mounted at a prefix. */
export interface Mount extends View {
  readonly overlay: Overlay
  /** `overlay: true`: what is not in it is what it would be without it. */
  readonly porous: boolean
  readonly moduleHooks: boolean
  /** `process.chdir` may enter it. */
  readonly virtualCwd?: boolean
  /** False: workers and children do without it. */
  readonly inherit?: boolean
  /** Goes up when modules below the prefix have to be loaded anew. */
  generation: number
  /** A read-only folder that only leads to a mount point. */
  readonly synthetic: boolean
  /** Its prefix is a file, of the disk or of another mount, and stays that one's: it has only what is below, which would be ENOTDIR. */
  readonly belowFile?: boolean
  /** What was mounted along with it, and goes with it: other names of its prefix, folders that lead to mount points. */
  readonly beside: Mount[]
  readonly ends: Set<() => void>
}

const NONE: ReadonlySet<string> = new Set()

/** The cache of mounts that may be gone: nobody tells it what changes. */
export const NO_MEMORY: Map<string, Dentry> = new (class extends Map<string, Dentry> {
  override set (): this { return this }
})()

/** The mounts of the process. */
export class MountTable {
  /** Mounts by prefix; of several the later one is on top (last). */
  readonly #at = new Map<string, Mount[]>()
  /** Lengths of the prefixes, longest first. */
  #lengths: number[] = []
  /** Folders that lead to mount points, to the names that lead there. */
  readonly above = new Map<string, Set<string>>()
  /** Prefixes of mounts that others lie in or over. */
  readonly #under = new Set<string>()
  /** There are such mounts besides the folders that only lead to mount points. */
  #nested = false
  #count = 0
  #hidden = false
  /** There are overlays. */
  #porous = false
  /** The prefix below which the last path lay: the next one most often lies there too. */
  #latest: string | undefined
  /** Told of names in folders that begin or cease to lead to mounts. */
  readonly #told = new Map<string, Set<(name: string) => void>>()

  get size (): number { return this.#hidden ? 0 : this.#count }

  /** The table as it is now, which nothing changes any more; what is found through it is not remembered. */
  copy (): MountTable {
    const copy = new MountTable()
    for (const [prefix, stack] of this.#at) {
      copy.#at.set(prefix, stack.map((mount) => {
        const kept: Mount = { ...mount, cache: NO_MEMORY, alias: mount.alias ?? mount, covers: (path) => copy.covers(kept, path) }
        return kept
      }))
    }
    copy.#lengths = this.#lengths
    copy.#count = this.#count
    copy.#porous = this.#porous
    for (const prefix of this.#under) copy.#under.add(prefix)
    for (const [path, names] of this.above) copy.above.set(path, names)
    return copy
  }

  /** Runs `run` as if the table were empty. */
  hide<T> (run: () => T): T {
    const before = this.#hidden
    this.#hidden = true
    try {
      return run()
    } finally {
      this.#hidden = before
    }
  }

  /** All mounts, synthetic ones left out. */
  * [Symbol.iterator] (): Iterator<Mount> {
    for (const stack of this.#at.values()) for (const mount of stack) if (!mount.synthetic) yield mount
  }

  /** All mounts, synthetic ones too. */
  * all (): Generator<Mount> {
    for (const stack of this.#at.values()) yield * stack
  }

  add (mount: Mount): void {
    const stack = this.#at.get(mount.prefix)
    if (stack === undefined) this.#at.set(mount.prefix, [mount])
    else stack.push(mount)
    this.#changed(mount, 1)
  }

  remove (mount: Mount): void {
    const stack = this.#at.get(mount.prefix)
    const at = stack?.indexOf(mount) ?? -1
    if (stack === undefined || at < 0) return
    stack.splice(at, 1)
    if (stack.length === 0) this.#at.delete(mount.prefix)
    this.#changed(mount, -1)
  }

  #changed (mount: Mount, by: 1 | -1): void {
    this.#count += by
    this.#latest = undefined
    this.#lengths = [...new Set(Array.from(this.#at.keys(), (prefix) => prefix.length))].sort((a, b) => b - a)
    const before = new Map(Array.from(this.#told.keys(), (path) => [path, this.above.get(path)]))
    this.above.clear()
    for (const prefix of this.#at.keys()) {
      for (let path = prefix, cut; (cut = path.lastIndexOf('/')) >= 0; path = path.slice(0, cut)) {
        const parent = cut === 0 ? '/' : path.slice(0, cut)
        const names = this.above.get(parent)
        if (names === undefined) this.above.set(parent, new Set([path.slice(cut + 1)]))
        else names.add(path.slice(cut + 1))
      }
    }
    this.#under.clear()
    this.#nested = [...this].some(({ prefix }) => this.above.has(prefix || '/') || this.#at.get(prefix)!.length > 1)
    this.#porous = [...this.all()].some(({ porous }) => porous)
    for (const [prefix, stack] of this.#at) if (stack.length > 1 || this.above.has(prefix || '/')) this.#under.add(prefix)
    registry().dentries.clear()
    for (const [path, names] of before) this.#tell(path, names ?? NONE, this.above.get(path) ?? NONE)
  }

  #tell (path: string, before: ReadonlySet<string>, now: ReadonlySet<string>): void {
    for (const name of new Set([...before, ...now])) {
      if (before.has(name) !== now.has(name)) for (const told of [...this.#told.get(path) ?? []]) inLaterTurn(told, name)
    }
  }

  /** Calls `told` with the names in a folder that begin or cease to lead to mounts; returns its undo. */
  mountsIn (path: string, told: (name: string) => void): () => void {
    const all = this.#told.get(path) ?? new Set()
    this.#told.set(path, all.add(told))
    return () => {
      if (all.delete(told) && all.size === 0) this.#told.delete(path)
    }
  }

  /** The mounts at and above a tidy absolute path, nearest first. */
  * owners (path: string): Generator<Mount> {
    const lengths = this.#lengths
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i]!
      if (length > path.length || (length < path.length && path.charCodeAt(length) !== 47)) continue
      const stack = this.#at.get(length === path.length ? path : path.slice(0, length))
      if (stack === undefined) continue
      for (let top = stack.length - 1; top >= 0; top--) if (length < path.length || stack[top]!.belowFile !== true) yield stack[top]!
    }
  }

  /** Whether a tidy path lies in a mount, or is a folder that leads to one. */
  touches (path: string): boolean {
    const lengths = this.#lengths
    const latest = this.#latest
    if (latest !== undefined && path.charCodeAt(latest.length) === 47 && path.startsWith(latest)) return true
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i]!
      if (length === path.length) {
        if (this.#at.has(path)) return true
      } else if (length < path.length && path.charCodeAt(length) === 47) {
        const prefix = path.slice(0, length)
        if (!this.#at.has(prefix)) continue
        this.#latest = prefix
        return true
      }
    }
    return this.above.has(path)
  }

  /**
   * For a folder, its parent and so on up to the root: the names in it that lead to mounts, undefined when none does,
   * null when the folder itself lies in a mount.
   */
  nearby (folder: string): (ReadonlySet<string> | null | undefined)[] {
    const near = []
    for (let path = folder; ; path = path.slice(0, path.lastIndexOf('/')) || '/') {
      near.push(this.owners(path).next().done === true ? this.above.get(path) : null)
      if (path === '/') return near
    }
  }

  /** The topmost mount at exactly this prefix. */
  at (prefix: string): Mount | undefined {
    return this.#at.get(prefix === '/' ? '' : prefix)?.findLast(({ belowFile }) => belowFile !== true)
  }

  /**
   * Whether a path may not be taken away: a folder that leads to a mount point, however it is spelt; a mount point by
   * its name, unless only what is in it goes ('tree').
   */
  busy (path: string, removes: true | 'tree'): boolean {
    const settled = this.settled(path, removes === 'tree' ? 'link' : 'place')
    if (this.at(settled) === undefined) return this.above.has(settled)
    return removes === true && !DOTTED.test(path)
  }

  /**
   * The tidy path that a path comes to, with the links of mounts in which other mounts lie. `last` as in a walk; of the
   * disk's links only the last is followed, for 'link', where the text says that it is a folder. `passed` is told of paths on
   * which links were met, and of the mounts that have these.
   */
  settled (path: string, last: 'node' | 'link' | 'place', passed?: (text: string, by: View) => void): string {
    if (!UNTIDY.test(path) && !this.#hasInside(path)) return path
    for (let links = 0; ; links++) {
      const { text } = tidy(this, path)
      const spot = this.locate(path, ASK_LINK)
      if (typeof spot === 'string') return last === 'link' && AS_FOLDER.test(path) ? realFolder(text) : text
      if (!this.#under.has((spot.view as Mount).prefix) && !DOTDOT.test(spot.rest)) return text
      try {
        const found = walk(spot.view, spot.rest, last, links).path
        if (found !== text) passed?.(text, spot.view)
        return found
      } catch (thrown) {
        if (!(thrown instanceof Outside)) return text   // the way there ends before, which is for the call to say
        passed?.(text, spot.view)
        path = thrown.path
      }
    }
  }

  /** Whether others lie in or over a mount that a tidy path lies in. */
  #hasInside (path: string): boolean {
    if (!this.#nested) return false
    for (const { prefix, porous } of this.owners(path)) {
      if (this.#under.has(prefix)) return true
      if (!porous) return false
    }
    return false
  }

  /** Whether another mount is asked before `mount` at a tidy path that lies in it. */
  covers (mount: Mount, path: string): boolean {
    if (!this.#under.has(mount.prefix)) return false
    const first = this.owners(path).next().value
    return first !== undefined && first !== mount
  }

  /** Whose a path is, as `Space.locate` has it. `below`: only mounts under this one are asked. */
  locate (path: string, asking: Asking, below?: Mount): Spot | string {
    const { text, rest, disk } = UNTIDY.test(path) ? tidy(this, path, asking.last === 'place' || asking.last === 'create') : { text: path, rest: undefined, disk: path }
    let asked = below === undefined
    for (const mount of this.owners(text)) {
      if (!asked) {
        asked = mount === below
        continue
      }
      const inside = (rest ?? text).slice(mount.prefix.length)
      if (!mount.porous || this.#shows(mount, text, inside, asking)) return { view: mount, rest: inside }
    }
    return disk
  }

  /**
   * The rule of overlays: they own the names that they have, but a folder that lies below as well is the one below. A new
   * name is the disk's if its parent is there, and the mount's if its parent is only here.
   */
  #shows (mount: Mount, text: string, rest: string, { last, row }: Asking): boolean {
    const mine = look(mount, rest, false)
    if (isThere(mine)) {
      if (!this.#merged(mount, text, mine)) return true
      // A folder on both sides goes when both are empty; what is left here after the one below went goes then (`vacate`).
      return row.removes === true && mine.last === 'name' && !isEmpty(mine.volume, mine.node)
    }
    if (last !== 'place' && last !== 'create') return false
    const parent = text.slice(0, text.lastIndexOf('/')) || '/'
    return mine !== undefined && this.kindBelow(mount, parent) !== 'folder'
  }

  /** Whether what a mount has at a path is a folder that lies below it as well, and so the one below. */
  #merged (mount: Mount, path: string, mine: Place | 'leaves'): mine is Place {
    return mine !== 'leaves' && isDir(mine.mode) && this.kindBelow(mount, path) === 'folder'
  }

  /** What mounts have at a tidy path, nearest first, merged or not: overlays, and the first mount that is none, down to `end`. `follow`: links. */
  * shares (path: string, follow: boolean, end?: View): Generator<{ mount: Mount, place: Place | 'leaves' }> {
    for (const mount of this.owners(path)) {
      if (mount === end) return
      const place = look(mount, path.slice(mount.prefix.length), follow)
      if (isThere(place)) yield { mount, place }
      if (!mount.porous) return
    }
  }

  /** The folders that overlays lay over what is at a tidy path; over what `end` has there. */
  * layers (path: string, end?: View): Generator<Place> {
    for (const { mount, place } of this.shares(path, true, end)) if (mount.porous && place !== 'leaves' && isDir(place.mode)) yield place
  }

  /** Removes all that overlays have in the folders that they lay over what is at a path. Throws Errno. */
  uncover (path: string): void {
    for (const place of [...this.layers(tidy(this, path).text)]) clear(place)
  }

  /** Drops the empty folders that overlays have at a path where the one below was removed. */
  vacate (path: string): void {
    if (!this.#porous) return
    for (const { mount, place } of this.shares(tidy(this, path).text, false)) {
      if (!mount.porous || place === 'leaves' || place.last !== 'name') continue
      const { volume, node, mode } = place
      if (isDir(mode) && !volume.readonly && isEmpty(volume, node)) volume.unlink(place)
    }
  }

  /**
   * Where `..` leads behind a path without dots: a path without links, 'walk' when only the walk in the mount that has
   * the path can know, or undefined when the path is the disk's.
   */
  parentOf (path: string): string | 'walk' | undefined {
    let overlaid = false
    for (const mount of this.owners(path)) {
      const rest = path.slice(mount.prefix.length)
      const mine = mount.porous ? look(mount, rest, true) : undefined
      if (mount.porous && (!isThere(mine) || this.#merged(mount, path, mine))) {
        overlaid = true
        continue
      }
      if (rest === '') return path.slice(0, path.lastIndexOf('/')) || '/'
      const place = mount.porous || overlaid ? look(mount, `${rest}/..`, true) : undefined
      return typeof place === 'object' ? place.path : 'walk'
    }
    return undefined
  }

  /** What a path would be without `mount`, or as things are: followed through links. */
  kindBelow (mount: Mount | undefined, path: string, links = 0): 'file' | 'folder' | undefined {
    const spot = this.locate(path, ASK_NODE, mount !== undefined && isUnder(path, mount.prefix) ? mount : undefined)
    if (typeof spot === 'string') return kindOnDisk(path)
    // Folders that only lead to mount points are none that an overlay could lie over.
    if (mount !== undefined && (spot.view as Mount).synthetic) return undefined
    let found
    try {
      found = trace(spot.view, spot.rest, 'node', links)
    } catch (thrown) {
      if (!isErrno(thrown)) throw thrown
      return undefined   // nothing that could be reached
    }
    if (found instanceof Outside) return this.kindBelow(mount, found.path, found.links)
    return found.node === undefined ? undefined : isDir(found.mode) ? 'folder' : 'file'
  }
}

/** What a mount has at a path: a place (perhaps empty), undefined when the way there ends before, or 'leaves'. */
export function look (mount: View, rest: string, follow: boolean): Place | undefined | 'leaves' {
  try {
    return walk(mount, rest, follow ? 'node' : 'link')
  } catch (thrown) {
    if (isErrno(thrown) && thrown.code === 'ENOENT') return undefined
    return 'leaves'   // a link that leads out, or a failure that is this mount's to report
  }
}

/** Removes what is in a folder of a mount, as whoever may remove it. */
function clear ({ view, volume, node, path }: Place): void {
  for (const { name, mode } of [...volume.readdir(node)]) {
    const place = walk(view, `${path.slice(view.prefix.length)}/${name}`, 'place')
    if (!isDir(mode)) {
      removeName(place)
      continue
    }
    clear(place)
    removeFolder(place)
  }
}

/** Whether there is something, a link that leads out included. */
export const isThere = (place: Place | undefined | 'leaves'): place is Place | 'leaves' => place === 'leaves' || place?.node !== undefined
