// The quick routes: a remembered path string, or a name in a remembered folder, answered without the general way
// (perform.ts). They may always say MISS; what they do say must be what the general way says.
import { isErrno } from '../../kernel/errors.ts'
import { isWhole, Outside, recall, remember, walk, type Dentry, type Place, type View } from '../../kernel/namei.ts'
import { isDir } from '../../kernel/provider.ts'
import { likelyRoot } from '../../kernel/rights.ts'
import { pathIn } from '../../kernel/volume.ts'
import { MISS, type Row } from '../row.ts'
import { ASK_LINK, type Space } from '../space.ts'

/** Answer that the path is known to be the disk's. */
export const ELSEWHERE = Symbol('elsewhere')

/** Lets the suite run without the quick routes, so that both ways are proven. */
export const quickRoutes = { on: process.env.FSMOUNT_QUICK !== 'off' }

/** Names longer than this are measured on the general way. */
const SHORT_NAME = 80
const SLASH = 47
const NO_LINE: readonly unknown[] = []

/** Whether a row asks about one node and nothing around it: then what is not in an overlay is the disk's. */
const onlyLooks = (row: Row): boolean =>
  row.makes === undefined && row.lists === undefined && row.removes === undefined && row.compose === undefined &&
  (row.want === undefined || (Array.isArray(row.want) && row.want[0] === 'link'))

/** The quick routes of one row in one name space. */
export class Shortcut {
  readonly #space: Space
  readonly #cache: Map<string, Dentry>
  readonly #quick: Row['quick']
  readonly #quickName: Row['quickName']
  readonly #absent: Row['absent']
  readonly #later: boolean
  readonly #looksOnly: boolean
  readonly #looks: Row['looks']
  /** A listing, to which mounts may add names. */
  readonly #lists: boolean
  readonly #writes: boolean

  /** `later`: for the forms that deliver later. */
  constructor (space: Space, cache: Map<string, Dentry>, row: Row, later = false) {
    this.#space = space
    this.#cache = cache
    this.#quick = later ? row.quickLater ?? row.quick : row.quick
    this.#quickName = row.quickName
    this.#absent = row.absent
    this.#later = later
    this.#looksOnly = onlyLooks(row)
    this.#looks = row.looks
    this.#lists = row.lists === true
    this.#writes = row.writes === true
  }

  /** Whether a row has any quick route. */
  static has (row: Row): boolean {
    return quickRoutes.on && row.path?.[0] === 0 && row.path.length === 1 && (row.quick !== undefined || row.quickName !== undefined)
  }

  /** The row's answer for a path and two further arguments, MISS, or ELSEWHERE. */
  answer (given: unknown, a: unknown, b: unknown): unknown {
    if (typeof given !== 'string') return MISS
    const path = given.charCodeAt(0) === SLASH ? given : this.#space.absolute(given)
    const dentry = recall(this.#cache, path)
    if (this.#lists && this.#space.leads?.(path) === true) return MISS
    try {
      if (dentry === undefined) return this.#quickName === undefined ? MISS : this.#byName(path, a, b)
      if (this.#writes && dentry.view.volume.news !== undefined) dentry.view.volume.reach(pathIn({ view: dentry.view, path }))
      if (dentry.node !== undefined) return this.#quick === undefined ? this.#quickName === undefined ? MISS : this.#byName(path, a, b) : this.#quick(dentry, a, b, path)
    } catch (error) {
      if (isErrno(error) || error instanceof Outside) return MISS   // the general way finds the same, and says it in Node's words
      throw error
    }
    if (dentry.elsewhere) return this.#looksOnly || this.#looks?.(a) === true ? ELSEWHERE : MISS
    return this.#absent === undefined ? MISS : this.#absent(a, this.#later)
  }

  #byName (path: string, a: unknown, b: unknown): unknown {
    const cut = path.lastIndexOf('/')
    const name = path.slice(cut + 1)
    if (cut < 0 || name === '' || name === '.' || name === '..' || name.length > SHORT_NAME || !name.isWellFormed() || !likelyRoot()) return MISS
    const above = cut === 0 ? '/' : path.slice(0, cut)
    const folder = recall(this.#cache, above) ?? this.#learn(above)
    if (folder === undefined || folder.node === undefined || !isDir(folder.mode) || path.includes('\0')) return MISS
    const { view, node: dir } = folder
    const { volume } = view
    if (volume.io.atomic !== undefined || !isWhole(view, path)) return MISS
    const found = volume.lookup(dir, name)
    const place: Place = { view, volume, dir, name, node: found?.node, mode: found?.mode ?? 0, last: 'name', trailing: false, path, line: NO_LINE }
    if (this.#writes && volume.news !== undefined) volume.reach(pathIn(place))
    return this.#quickName!(place, a, b)
  }

  /** Remembers a folder that a path string names without detours. */
  #learn (path: string): Dentry | undefined {
    const spot = this.#space.locate(path, ASK_LINK)
    if (typeof spot === 'string' || isSlow(spot.view)) return undefined
    const place = walk(spot.view, spot.rest, 'link')
    return place.path === path && place.node !== undefined && isDir(place.mode) ? remember(path, spot.view, place.node, place.mode) : undefined
  }
}

const isSlow = (view: View): boolean => view.volume.provider.later !== undefined
