// Who owns a path: the list of mounts, longest prefix first, and the name space that they make together.
import { isErrno, isFsError } from '../kernel/errors.ts'
import { decodeName } from '../kernel/names.ts'
import { native } from '../kernel/native.ts'
import { isDir } from '../kernel/provider.ts'
import { UNTIDY, walk, type Place, type View } from '../kernel/namei.ts'
import { registry } from '../kernel/registry.ts'
import { isEmpty } from '../ops/nodes.ts'
import { ASK_NODE, type Search, type Spot } from '../ops/space.ts'

/** How a mount lies over what is below its prefix. */
export type Overlay = boolean | 'copy-on-write'

/** A volume mounted at a prefix. */
export interface Mount extends View {
  readonly overlay: Overlay
  readonly moduleHooks: boolean
  /** `process.chdir` may enter it. */
  readonly virtualCwd?: boolean
  /** False: workers and children do without it. */
  readonly inherit?: boolean
  /** Goes up when modules below the prefix have to be loaded anew. */
  generation: number
  /** A read-only folder that only leads to a mount point. */
  readonly synthetic: boolean
  /** What was mounted along with it, and goes with it: other names of its prefix, folders that lead to mount points. */
  readonly beside: Mount[]
  readonly ends: Set<() => void>
}

const NONE: ReadonlySet<string> = new Set()

/** Only behind `..` may links matter to whose a path is. */
const DOTDOT = /\/\.\.(?:\/|$)/

/** The mounts of the process. */
export class MountTable {
  /** Mounts by prefix; of several the later one is on top (last). */
  readonly #at = new Map<string, Mount[]>()
  /** Lengths of the prefixes, longest first. */
  #lengths: number[] = []
  /** Folders that lead to mount points → the names that lead there. */
  readonly above = new Map<string, Set<string>>()
  #count = 0
  #hidden = false
  /** Told of names in folders that begin or cease to lead to mounts. */
  readonly #told = new Map<string, Set<(name: string) => void>>()

  get size (): number { return this.#hidden ? 0 : this.#count }

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
    registry().dentries.clear()
    for (const [path, names] of before) this.#tell(path, names ?? NONE, this.above.get(path) ?? NONE)
  }

  #tell (path: string, before: ReadonlySet<string>, now: ReadonlySet<string>): void {
    for (const name of new Set([...before, ...now])) {
      if (before.has(name) !== now.has(name)) for (const told of [...this.#told.get(path) ?? []]) setImmediate(told, name)
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
      if (stack !== undefined) for (let top = stack.length - 1; top >= 0; top--) yield stack[top]!
    }
  }

  /** Whether a tidy path lies in a mount, or is a folder that leads to one. */
  touches (path: string): boolean {
    const lengths = this.#lengths
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i]!
      if (length === path.length ? this.#at.has(path) : length < path.length && path.charCodeAt(length) === 47 && this.#at.has(path.slice(0, length))) return true
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
    return this.#at.get(prefix === '/' ? '' : prefix)?.at(-1)
  }

  /** Whether a mount point lies at this path or below it. */
  busy (path: string): boolean {
    const tidy = path === '/' ? '' : path
    return this.#at.has(tidy) || this.above.has(path)
  }

  /** Whether another mount than `mount` covers this very path. */
  covers (mount: Mount, path: string): boolean {
    const top = this.at(path)
    return top !== undefined && top !== mount && path.length > mount.prefix.length
  }

  /** Whose a path is, as `Space.locate` has it. `below`: only mounts under this one are asked. */
  locate (path: string, search: Search, below?: Mount): Spot | string {
    const { text, rest, disk } = UNTIDY.test(path) ? tidy(this, path, search.last === 'place' || search.last === 'create') : { text: path, rest: undefined, disk: path }
    let asked = below === undefined
    for (const mount of this.owners(text)) {
      if (!asked) {
        asked = mount === below
        continue
      }
      const inside = rest === undefined ? text.slice(mount.prefix.length) : behind(rest, mount.prefix)
      if (mount.overlay !== true) return { view: mount, rest: inside }
      if (this.#shows(mount, text, inside, search)) return { view: mount, rest: inside }
    }
    return disk
  }

  /** Whether an overlay, and not what lies below it, serves a path. */
  #shows (mount: Mount, text: string, rest: string, { last, row }: Search): boolean {
    const mine = look(mount, rest, false)
    if (mine === 'leaves') return true
    if (mine !== undefined && mine.node !== undefined) {
      if (!isDir(mine.mode) || this.kindBelow(mount, text) !== 'folder') return true
      // A folder on both sides goes when both are empty; what is left here after Node removed it goes then (`vacate`).
      return row.removes === true && mine.last === 'name' && !isEmpty(mine.volume, mine.node)
    }
    if (last !== 'place' && last !== 'create') return false
    // A new name belongs to the disk if its parent exists there, and to the mount if the parent exists only here.
    const parent = text.slice(0, text.lastIndexOf('/')) || '/'
    return mine !== undefined && this.kindBelow(mount, parent) !== 'folder'
  }

  /** Drops the empty folders that overlays have at a path where the disk's was removed. */
  vacate (path: string): void {
    const { text } = tidy(this, path)
    for (const mount of this.owners(text)) {
      if (mount.overlay !== true) return
      const mine = look(mount, text.slice(mount.prefix.length), false)
      if (mine === undefined || mine === 'leaves' || mine.node === undefined || mine.last !== 'name') continue
      if (isDir(mine.mode) && !mine.volume.readonly && isEmpty(mine.volume, mine.node)) mine.volume.unlink(mine)
    }
  }

  /** A path without dots and slashes that say nothing; as given where only the walk in a mount knows what they say. */
  tidied (path: string): string {
    if (!UNTIDY.test(path)) return path
    const { text, rest } = tidy(this, path)
    return DOTDOT.test(rest) ? path : text
  }

  /** Whether there is something at a spot; a link that leads out counts. */
  has ({ view, rest }: Spot): boolean {
    const place = look(view, rest, true)
    return place === 'leaves' || place?.node !== undefined
  }

  /**
   * Where `..` leads behind a path without dots: a path without links, 'walk' when only the walk in the mount that has
   * the path can know, or undefined when the path is the disk's.
   */
  parentOf (path: string): string | 'walk' | undefined {
    let overlaid = false
    for (const mount of this.owners(path)) {
      const overlay = mount.overlay === true
      const rest = path.slice(mount.prefix.length)
      if (overlay && (!this.has({ view: mount, rest }) || this.#merged(mount, path))) {
        overlaid = true
        continue
      }
      if (rest === '') return path.slice(0, path.lastIndexOf('/')) || '/'
      const place = overlay || overlaid ? look(mount, `${rest}/..`, true) : undefined
      return typeof place === 'object' ? place.path : 'walk'
    }
    return undefined
  }

  /** Whether a path is a folder in an overlay and below it, and so the one below. */
  #merged (mount: Mount, path: string): boolean {
    const mine = look(mount, path.slice(mount.prefix.length), true)
    return typeof mine === 'object' && isDir(mine.mode) && this.kindBelow(mount, path) === 'folder'
  }

  /** What a path would be without `mount`, or as things are: followed through links. */
  kindBelow (mount: Mount | undefined, path: string): 'file' | 'folder' | undefined {
    const spot = this.locate(path, ASK_NODE, mount)
    if (typeof spot !== 'string') {
      const place = look(spot.view as Mount, spot.rest, true)
      if (place === 'leaves') return kindOnDisk(path)
      return place?.node === undefined ? undefined : isDir(place.mode) ? 'folder' : 'file'
    }
    return kindOnDisk(path)
  }
}

/** What the disk has at a path, links followed; undefined for whatever cannot be reached. */
export function kindOnDisk (path: string): 'file' | 'folder' | undefined {
  try {
    const stats = native.statSync(path, { throwIfNoEntry: false })
    return stats === undefined ? undefined : stats.isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (isFsError(error)) return undefined
    throw error
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

/** The text behind a prefix, in a path that may hold dots behind it. */
const behind = (rest: string, prefix: string): string => rest.slice(prefix.length)

/** A path told three ways: tidy, with the dots that links may bend kept, and as the disk may have it. */
interface Told { text: string, rest: string, disk: string }

/** A path without dots and double slashes; what only the walk can know stays in `rest`. */
/** `named`: the last component has to be a name. */
function tidy (table: MountTable, path: string, named = false): Told {
  if (DOTDOT.test(path)) return throughDots(table, path, named)
  const text = `/${path.split('/').filter((name) => name !== '' && name !== '.').join('/')}`
  return { text, rest: text + ending(path), disk: path }
}

/** What stands behind the last name and says that it must be a folder. */
const ending = (path: string): string => `${/\/\.\/*$/.test(path) ? '/.' : ''}${path.endsWith('/') && path.length > 1 ? '/' : ''}`

/**
 * The part before the first `..` says whose links count: a mount walks them itself, on the disk they are resolved here.
 * What is behind a `..` of an overlay can be anybody's, so that there the folder is named that `..` leads to.
 */
function throughDots (table: MountTable, path: string, named: boolean): Told {
  let names: string[] = []
  let disk = path
  const todo = path.split('/').reverse()
  while (todo.length > 0) {
    const name = todo.pop()!
    if (name === '' || name === '.') continue
    if (name !== '..') {
      names.push(name)
      continue
    }
    const before = `/${names.join('/')}`
    const parent = table.parentOf(before)
    // Inside a mount the walk itself knows what `..` means; and that it is no name, where one is asked for.
    if (parent === 'walk' || (parent !== undefined && named && todo.every((rest) => rest === '' || rest === '.'))) return { text: before, rest: `${before}/../${todo.reverse().join('/')}`, disk: path }
    names = namesOf(parent ?? realFolder(before))
    if (parent === undefined) names.pop()
    // The disk knows nothing of the folders that were passed.
    else disk = `/${[...names, ...todo.toReversed()].join('/')}`
  }
  const text = `/${names.join('/')}`
  return { text, rest: text + ending(path), disk }
}

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '')

/** A folder on the disk without links in its path; as given when it is not there. */
function realFolder (path: string): string {
  try {
    return decodeName(native.realpathSync.native(path, 'buffer'))
  } catch (error) {
    if (isFsError(error)) return path
    throw error
  }
}
