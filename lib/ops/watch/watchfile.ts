// fs.watchFile and fs.unwatchFile: Node's own StatWatcher, one for a path. It looks when something changed, and every
// `interval` milliseconds only where others than this process can change what it looks at.
import { inLaterTurn } from '../../kernel/native.ts'
import { resolve } from 'node:path'
import { URL } from 'node:url'
import { makeBigIntStats, makeStats } from '../../kernel/stats.ts'
import { pathIn, type Volume } from '../../kernel/volume.ts'
import { Watches } from '../../kernel/watches.ts'
import { ODD, pathText } from '../args.ts'
import { ASK_NODE, type Space } from '../space.ts'
import { nativeFunction } from '../calls/validate.ts'
import { FileWatcher } from './watchers.ts'
import { NOWHERE } from '../../kernel/names.ts'
import type { BigIntStats, Stats, StatsListener } from 'node:fs'
import type { Change } from '../../kernel/events.ts'
import type { View } from '../../kernel/namei.ts'
import type { Row, Tools } from '../row.ts'

interface Options { interval?: unknown, persistent?: unknown, bigint?: unknown }
type AnyStats = Stats | BigIntStats

/** What of a file makes a change (libuv, src/fs-poll.c, `statbuf_eq`). */
const TELLING = ['ctime', 'mtime', 'birthtime', 'size', 'mode', 'uid', 'gid', 'ino', 'dev']

const fields = (stats: AnyStats): string => TELLING.map((name) => {
  const told = stats as unknown as Record<string, unknown>
  return told[`${name}Ns`] ?? told[`${name}Ms`] ?? told[name]
}).join()

/** The stats of a file that is not there. */
function noStats (bigint: boolean): AnyStats {
  const attr = {
    ino: 0, mode: 0, nlink: 0, uid: 0, gid: 0, rdev: 0, size: 0,
    atime: 0, mtime: 0, ctime: 0, birthtime: 0, atimeNs: 0, mtimeNs: 0, ctimeNs: 0, birthtimeNs: 0
  }
  return Object.assign(bigint ? makeBigIntStats(attr, 0) : makeStats(attr, 0), { blksize: bigint ? 0n : 0 }) as AnyStats
}

/** A watched path. */
class Watched {
  readonly watcher: FileWatcher
  readonly #tools: Tools
  readonly #path: string
  readonly #bigint: boolean
  readonly #none: AnyStats
  readonly #undo: (() => void)[] = []
  /** How the last look ended: 'ok', or the code of the error; undefined before the first. */
  #state: string | undefined
  /** What was there when something was there. */
  #seen: AnyStats
  /** Its inode and path in its volume then. */
  #place: { node: unknown, path: string } | undefined
  #due = false
  /** Something happened to the file itself, whether or not its times could show it. */
  #touched = false

  constructor (tools: Tools, path: string, { persistent, interval, bigint }: Required<Options>) {
    this.#tools = tools
    this.#path = path
    this.#bigint = Boolean(bigint)
    this.#seen = this.#none = noStats(this.#bigint)
    const { view, volumes, outside } = this.#where()
    const polls = outside || volumes.some(({ provider }) => provider.version !== undefined || provider.later !== undefined)
    this.watcher = polls ? new FileWatcher(Boolean(persistent), () => { this.#soon() }, interval as number) : new FileWatcher(Boolean(persistent))
    for (const volume of volumes) this.#undo.push(Watches.of(volume).hear((change) => { this.#heard(change) }))
    const stop = (): void => { this.watcher.stop() }
    view?.ends?.add(stop)
    this.#undo.push(() => { view?.ends?.delete(stop) })
    this.watcher.atEnd(() => { for (const one of this.#undo.splice(0)) one() })
    void this.#look()
  }

  /** What the path leads through: the view that it begins in, the volumes that have to do with it, and whether it ends outside of them. */
  #where (): { view: View | undefined, volumes: Volume[], outside: boolean } {
    let view: View | undefined
    const volumes = new Set<Volume>()
    let outside = false
    this.#place = undefined
    try {
      const spot = this.#tools.space.locate(this.#path, ASK_NODE)
      if (typeof spot === 'string') outside = true
      else volumes.add((view = spot.view).volume)
      const found = this.#tools.find(this.#path)
      if (typeof found === 'string') outside = true
      else {
        volumes.add(found.volume)
        this.#place = { node: found.node, path: pathIn(found) }
      }
    } catch {
      // Missing, or out of reach: looked for again when something changes.
    }
    return { view, volumes: [...volumes], outside }
  }

  #heard (change: Change): void {
    if (change.event === 'close') return
    if (change.event === 'change') {
      const { node, path } = change
      if (node === this.#place?.node || (path !== undefined && path === this.#place?.path)) this.#touched = true
      else if (path !== undefined && this.#place !== undefined) return
    }
    this.#soon()
  }

  /** Looks in a later turn; once for all that happens in this one. */
  #soon (): void {
    if (this.#due) return
    this.#due = true
    inLaterTurn(() => {
      this.#due = false
      void this.#look()
    })
  }

  async #look (): Promise<void> {
    const touched = this.#touched
    this.#touched = false
    let stats: AnyStats | undefined
    let state = 'ok'
    try {
      const looking = this.#tools.later(['stat', this.#path, { bigint: this.#bigint }])
      this.#where()
      stats = await looking as AnyStats
    } catch (error) {
      state = String((error as { code?: unknown }).code)
    }
    const before = this.#state
    this.#state = state
    const previous = this.#seen
    if (stats !== undefined) {
      this.#seen = stats
      if (before === undefined || (before === 'ok' && !touched && fields(stats) === fields(previous))) return
    } else if (before === state) return
    this.#tell(stats ?? this.#none, previous)
  }

  #tell (now: AnyStats, before: AnyStats): void {
    this.watcher.run(() => { this.watcher.emit('change', now, before) })
  }
}

/** The watched paths of each name space. */
const all = new WeakMap<Space, Map<string, Watched>>()

const watchedIn = (space: Space): Map<string, Watched> => {
  let watched = all.get(space)
  if (watched === undefined) all.set(space, watched = new Map())
  return watched
}

/** The whole path of a file; undefined for what is Node's to refuse. */
const wholePath = (tools: Tools, path: unknown): string | undefined => {
  if (typeof path !== 'string' && !(path instanceof URL)) return undefined
  const text = pathText(path)
  return text === ODD || text === '' ? undefined : resolve(tools.absolute(text))
}

const isInterval = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff

/** Throws what Node says of the arguments. */
function ask (options: unknown, listener: unknown): void {
  const watchFile = nativeFunction('watchFile', 'callback') as (...args: unknown[]) => FileWatcher
  watchFile(NOWHERE, options, listener).stop()
  nativeFunction('unwatchFile', 'callback')(NOWHERE)
}

/** What watchFile does. */
export const watchFile = {
  special: (tools) => function watchFile (this: unknown, path, ...rest: unknown[]) {
    const whole = wholePath(tools, path)
    if (whole === undefined || tools.foreign(path as string)) return tools.other.call(this, path, ...rest)
    const options: Required<Options> = { interval: 5007, persistent: true, bigint: false, ...typeof rest[0] === 'object' ? rest[0] : {} }
    const listener = (typeof rest[0] === 'object' && rest[0] !== null ? rest[1] : rest[0]) as StatsListener
    if (typeof listener !== 'function' || !isInterval(options.interval)) ask(rest[0], rest[1])
    const watched = watchedIn(tools.space)
    let found = watched.get(whole)
    if (found === undefined) {
      found = new Watched(tools, whole, options)
      const { watcher } = found
      watched.set(whole, found)
      watcher.atEnd(() => { if (watched.get(whole)?.watcher === watcher) watched.delete(whole) })
    } else found.watcher.gain()
    found.watcher.addListener('change', listener)
    return found.watcher
  }
} satisfies Row

/** What unwatchFile does. */
export const unwatchFile = {
  special: (tools) => function unwatchFile (this: unknown, path, listener?: unknown) {
    const whole = wholePath(tools, path)
    const watched = watchedIn(tools.space)
    const found = whole === undefined ? undefined : watched.get(whole)
    if (found === undefined) return tools.other.apply(this, arguments as unknown as unknown[])
    const { watcher } = found
    const count = watcher.listenerCount('change')
    if (typeof listener !== 'function') {
      watcher.removeAllListeners('change')
      watcher.loseAll()
    } else if (watcher.removeListener('change', listener as StatsListener).listenerCount('change') < count) watcher.lose()
    if (watcher.listenerCount('change') > 0) return undefined
    watcher.stop()
    watched.delete(whole!)
    return undefined
  }
} satisfies Row
