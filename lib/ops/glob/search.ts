// The walk of glob: which entries patterns lead to, in the order and with the turns of Node's own (lib/internal/fs/glob.js,
// 22.23, 24.21, 26.10), as steps of other rows, so that mounts and overlays are met on the way.
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { NOWHERE } from '../../kernel/names.ts'
import { isUnder } from '../../kernel/paths.ts'
import { S_IFDIR } from '../../kernel/provider.ts'
import { makeDirent } from '../../kernel/stats.ts'
import { globLine } from '../nodelines.ts'
import { GLOBSTAR, matchesPath, matchesSegment, type Pattern, type Segment } from './pattern.ts'
import type { Step, Steps } from '../row.ts'
import type { Dirent, Stats } from 'node:fs'

const WAY = NOWHERE.split('/')

/** Whether a path is on the way of a pattern to a mount that was given no place: no disk has folders there. */
const leadsNowhere = (path: string, { pattern: { segments } }: State): boolean =>
  isUnder(NOWHERE, path) && segments.length > WAY.length && WAY.every((name, index) => segments[index] === name)

/** What the caller asked for. */
export interface SearchOptions {
  /** The folder to start from, as given, and absolute. */
  readonly root: string
  readonly base: string
  readonly withFileTypes: boolean
  readonly follow: boolean
  readonly depth: number
  readonly exclude: ((entry: string | Dirent) => unknown) | undefined
  readonly excluded: readonly string[]
}

/** A path that was found, and its entry as it was met. */
export class Hit {
  readonly path: string
  readonly entry: Dirent | null
  constructor (path: string, entry: Dirent | null) {
    this.path = path
    this.entry = entry
  }
}

/** Where patterns start that do not start with a name or wildcards. */
const STARTS: ReadonlyMap<Segment | undefined, string> = new Map([['', '/'], ['..', '../'], ['.', '.']])

type Searching<T> = Steps<T, Step | Hit>

/** How far a pattern has come on the way to a path. */
class State {
  readonly pattern: Pattern
  /** The segments that may match next. */
  readonly indexes: Set<number>
  /** Those that a link led to. */
  readonly links: Set<number>
  /** The folders passed through, where links are followed. */
  readonly passed: ReadonlySet<string>

  constructor (pattern: Pattern, indexes: Set<number>, links = new Set<number>(), passed: ReadonlySet<string> = new Set()) {
    this.pattern = pattern
    this.indexes = indexes
    this.links = links
    this.passed = passed
  }

  get last (): number { return this.pattern.segments.length - 1 }
  at (index: number): Segment | undefined { return this.pattern.segments.at(index) }
  /** The segment at an index that may lie behind the end. */
  from (index: number): Segment | undefined { return this.pattern.segments[index] }
  on (index: number): State { return new State(this.pattern, new Set([index]), new Set(), this.passed) }
  key (index: number): string { return this.pattern.texts.slice(index).join('/') }

  ends (folder: boolean): boolean {
    return this.indexes.has(this.last) || (this.at(-1) === '' && folder && this.indexes.has(this.last - 1) && this.at(-2) === GLOBSTAR)
  }
}

/** What a segment index leads to at an entry. */
interface Turn { readonly state: State, readonly path: string, readonly full: string, readonly entry: Dirent, readonly entryPath: string, readonly folder: boolean, readonly ends: boolean, readonly next: Set<number>, readonly links: Set<number> }

/** One search. */
export class Search {
  readonly #options: SearchOptions
  readonly #patterns: readonly Pattern[]
  readonly #entries = new Map<string, Dirent | null>()
  readonly #folders = new Map<string, boolean>()
  readonly #listings = new Map<string, Dirent[]>()
  readonly #seen = new Map<string, Set<string>>()
  readonly #next = new Map<string, State[]>()
  readonly #found = new Set<string>()

  constructor (patterns: readonly Pattern[], options: SearchOptions) {
    this.#patterns = patterns
    this.#options = options
  }

  * run (): Searching<void> {
    const queue: [string, State[]][] = [['.', this.#patterns.map((pattern) => new State(pattern, new Set([0])))]]
    while (queue.length > 0) {
      const [path, states] = queue.pop()!
      for (const state of states) yield * this.#visit(path, state)
      queue.push(...this.#next)
      this.#next.clear()
    }
  }

  /** The entry at a path; null if there is none. */
  * entry (path: string): Searching<Dirent | null> {
    let known = this.#entries.get(path)
    if (known === undefined) {
      try {
        const stats: Stats = yield ['lstat', path]
        known = makeDirent(basename(path), stats.mode, dirname(path))
      } catch {
        known = null   // whatever cannot be looked at is not there
      }
      this.#entries.set(path, known)
    }
    return known
  }

  /** The entry of a hit, as the synchronous form gives it. */
  * entryOf (path: string): Searching<Dirent | null> {
    return yield * this.entry(isAbsolute(path) ? path : join(this.#options.root, path))
  }

  * #leadsToFolder (path: string): Searching<boolean> {
    let known = this.#folders.get(path)
    if (known === undefined) {
      try {
        known = ((yield ['stat', path]) as Stats).isDirectory()
      } catch {
        known = false   // a link that leads nowhere
      }
      this.#folders.set(path, known)
    }
    return known
  }

  * #list (path: string): Searching<Dirent[]> {
    let known = this.#listings.get(path)
    if (known === undefined) {
      try {
        known = (yield ['readdir', path, { withFileTypes: true }]) as Dirent[]
      } catch {
        known = []   // what cannot be listed has nothing in it
      }
      this.#listings.set(path, known)
    }
    return known
  }

  * #isFolder (path: string, entry: Dirent | null, state: State): Searching<boolean> {
    if (entry?.isDirectory() === true || leadsNowhere(path, state)) return true
    if (entry === null) return false
    if (!entry.isSymbolicLink()) return false
    return this.#options.follow ? yield * this.#leadsToFolder(path) : [...state.indexes].some((index) => !state.links.has(index))
  }

  #isExcluded (path: string): boolean {
    return this.#options.excluded.some((pattern) => matchesPath(path, pattern))
  }

  /** Whether a state was at a path before, and is noted now. */
  #note (path: string, state: State): boolean {
    let keys = this.#seen.get(path)
    if (keys === undefined) this.#seen.set(path, keys = new Set())
    const before = keys.size
    for (const index of state.indexes) keys.add(state.key(index))
    return keys.size !== before + state.indexes.size
  }

  #wasAt (path: string, state: State, index: number): boolean {
    return this.#seen.get(path)?.has(state.key(index)) === true
  }

  /** How many folders a path lies below the root. */
  #depth (path: string): number {
    const way = relative(this.#options.base, resolve(this.#options.base, path))
    return way === '' ? 0 : way.split('/').length
  }

  * #hit (path: string, entry: Dirent | null): Searching<void> {
    if (this.#found.has(path) || this.#depth(path) > this.#options.depth || this.#isExcluded(resolve(this.#options.base, path))) return
    this.#found.add(path)
    yield new Hit(path, entry)
  }

  /** Whether what is below a path may be looked at. */
  #descends (path: string, { pattern }: State): boolean {
    if (this.#depth(path) < this.#options.depth) return true
    const way = relative(resolve(this.#options.base, path), this.#options.base)
    return pattern.texts[0] === '' && way !== '' && way !== '..' && !way.startsWith('../')
  }

  /** A path to be visited later. */
  * #later (path: string, state: State): Searching<void> {
    const { exclude, withFileTypes, base } = this.#options
    if (this.#isExcluded(path)) return
    const full = resolve(base, path)
    if (this.#isExcluded(`${full}/`) && (yield * this.entry(full))?.isDirectory() === true) return
    if (exclude !== undefined) {
      const entry = withFileTypes ? yield * this.entry(path) : path
      if (entry !== null && Boolean(exclude(entry))) return
    }
    const states = this.#next.get(path)
    if (states === undefined) this.#next.set(path, [state])
    else states.push(state)
  }

  * #visit (path: string, state: State): Searching<void> {
    if (this.#note(path, state)) return
    const full = resolve(this.#options.base, path)
    const entry = yield * this.entry(full)
    const folder = yield * this.#isFolder(full, entry, state)
    if (this.#isExcluded(full)) return
    const start = state.indexes.has(0) ? STARTS.get(state.at(0)) : undefined
    if (start !== undefined) {
      yield * this.#later(start, state.on(1))
      return
    }
    const ends = state.ends(folder)
    const tail = state.at(-1)
    if (ends && typeof tail === 'string') {
      const there = yield * this.entry(join(full, tail))
      if (there !== null && (tail !== '' || folder)) yield * this.#hit(join(path, tail), there)
      if (state.indexes.size === 1 && state.indexes.has(state.last)) return
    } else if (ends && tail === GLOBSTAR && (path !== '.' || state.at(0) === '.' || (state.last === 0 && entry !== null))) yield * this.#hit(path, entry)
    if (folder && this.#descends(path, state)) yield * this.#enter(path, full, state, ends)
  }

  /** Goes through what is in a folder. */
  * #enter (path: string, full: string, state: State, ends: boolean): Searching<void> {
    const { follow } = this.#options
    let { passed } = state
    if (follow) {
      const real = yield * this.#realpath(full)
      if (real !== undefined && passed.has(real)) return
      if (real !== undefined) passed = new Set([...passed, real])
    }
    for (const entry of yield * this.#children(full, state)) {
      const at = join(full, entry.name)
      this.#entries.set(at, entry)
      const folder = entry.isDirectory() || (follow && entry.isSymbolicLink() && (yield * this.#leadsToFolder(at)))
      const turn: Turn = { state, path, full, entry, entryPath: join(path, entry.name), folder, ends, next: new Set(), links: new Set() }
      for (const index of state.indexes) {
        // Node 22 gives up the whole folder where it was before.
        if (globLine.givesUp && (this.#wasAt(turn.entryPath, state, index) || this.#wasAt(turn.entryPath, state, index + 1))) return
        yield * this.#turn(turn, index)
      }
      if (turn.next.size > 0) yield * this.#later(turn.entryPath, new State(state.pattern, turn.next, turn.links, passed))
    }
  }

  * #realpath (path: string): Searching<string | undefined> {
    try {
      return (yield ['realpath', path]) as string
    } catch {
      return undefined   // out of reach, and so no way round
    }
  }

  /** The entries that a state can lead to: one, if it waits for a name. */
  * #children (full: string, state: State): Searching<Dirent[]> {
    const [index] = state.indexes
    const name = state.indexes.size === 1 ? state.at(index!) : undefined
    if (typeof name !== 'string') return yield * this.#list(full)
    const at = join(full, name)
    const entry = (yield * this.entry(at)) ?? (leadsNowhere(at, state) ? makeDirent(name, S_IFDIR, full) : null)
    if (entry === null) return []
    entry.name = name
    return [entry]
  }

  * #turn (turn: Turn, index: number): Searching<void> {
    const { state, entry, entryPath, folder, next } = turn
    const current = state.at(index)
    if (current === GLOBSTAR) yield * this.#globstar(turn, index)
    else if (typeof current === 'string') {
      if (current === entry.name && index !== state.last) next.add(index + 1)
      else if (current === '.' && matchesSegment(state.from(index + 1), entry.name)) {
        if (index + 1 === state.last) yield * this.#hit(entryPath, entry)
        else next.add(index + 2)
      }
    } else if (matchesSegment(current, entry.name)) {
      if (index === state.last) yield * this.#hit(entryPath, entry)
      else if (folder) next.add(index + 1)
    }
  }

  * #globstar (turn: Turn, index: number): Searching<void> {
    const { state, entry, entryPath, folder, ends, next, links } = turn
    const { exclude, withFileTypes, follow } = this.#options
    const linked = !follow && state.links.has(index)
    const matches = matchesSegment(state.from(index + 1), entry.name)
    let behind = index + 1
    while (state.from(behind) === GLOBSTAR) behind++
    if (entry.name.startsWith('.') && !matchesSegment(state.from(behind), entry.name)) return
    if (exclude !== undefined && Boolean(exclude(withFileTypes ? entry : entry.name))) return
    if (!linked && folder) next.add(index)
    else if (!linked && index === state.last) yield * this.#hit(entryPath, entry)
    if (matches && index + 1 === state.last && !ends) yield * this.#hit(entryPath, entry)
    else if (matches && folder) next.add(index + 2)
    const enters = folder || (globLine.entersLinks && entry.isSymbolicLink())
    if ((matches || state.at(0) === '.') && enters && !linked) next.add(index + 1)
    if (!follow && entry.isSymbolicLink()) links.add(index)
    if (state.from(index + 1) === '..' && folder) yield * this.#upwards(turn, index + 1)
  }

  /** `**` before `..`: every folder, and the one above it. */
  * #upwards ({ path, full, state }: Turn, index: number): Searching<void> {
    const parent = join(path, '..')
    if (index < state.last) {
      for (const at of [path, parent]) {
        if (!this.#next.has(at) && !this.#wasAt(at, state, index + 1)) this.#next.set(at, [state.on(index + 1)])
      }
      return
    }
    if (!this.#wasAt(path, state, index)) {
      this.#note(path, state.on(index))
      yield * this.#hit(path, yield * this.entry(full))
    }
    if (!this.#wasAt(path, state, index) || !this.#wasAt(parent, state, index)) {
      this.#note(parent, state.on(index))
      yield * this.#hit(parent, yield * this.entry(join(this.#options.root, parent)))
    }
  }
}
