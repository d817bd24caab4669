// Watchers that are instances of Node's classes and take nothing from the system: what they emit, when, and for how long
// they keep the process is as with Node's own (lib/internal/fs/watchers.js; 20.20, 22.23, 24.21, 26.10).
import { AsyncResource } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { ofSomeFile } from '../../kernel/disk.ts'
import { Errno, isErrno, isFsError, scripted } from '../../kernel/errors.ts'
import { native } from '../../kernel/native.ts'
import { dress, redress } from '../calls/perform.ts'
import { isSystem } from '../calls/validate.ts'
import { ignoring } from './ignore.ts'
import { encoded, NOWHERE } from '../../kernel/names.ts'
import type { FSWatcher } from 'node:fs'
import type { Watcher } from '../../kernel/events.ts'

/** Longest delay of a timer, in milliseconds. */
const FOREVER = 0x7fffffff

/** What keeps the process alive while it is watching, and the async context in which it began. */
class Kept {
  readonly #resource: AsyncResource
  readonly #timer: NodeJS.Timeout

  constructor (type: string, tick: () => void = () => {}, period = FOREVER) {
    this.#resource = new AsyncResource(type)
    this.#timer = setInterval(tick, period)
  }

  run (what: () => void): void { this.#resource.runInAsyncScope(what) }
  ref (): void { this.#timer.ref() }
  unref (): void { this.#timer.unref() }
  close (): void { clearInterval(this.#timer) }
}

/** Puts a class of Node's, which it hands out in no other way than with an instance, between ours and EventEmitter. */
function deriveFrom (instance: object, Made: { prototype: EventEmitter }): void {
  Object.setPrototypeOf(Made.prototype, Object.getPrototypeOf(instance) as object)
  delete (Made.prototype as { constructor?: unknown }).constructor
}

/** A closed watcher of Node's, of nothing where Node is ready to watch that; else, for this moment, of a file that exists. */
function anyWatcher (): { watcher: FSWatcher, forgives: boolean } {
  try {
    return { watcher: native.watch('', { persistent: false, throwIfNoEntry: false } as object), forgives: true }
  } catch (error) {
    if (!isSystem(error)) throw error   // Node 20 and 22 do not know the option
    const watcher = ofSomeFile((path) => native.watch(path, { persistent: false }))
    watcher.close()
    return { watcher, forgives: false }
  }
}

/** How watching begins: told where to report, it throws Errno or returns the undo. */
export type Begin = (report: Watcher) => () => void

/** What Node's `fs.watch` and `promises.watch` make of their options. */
export interface WatchOptions { persistent?: unknown, recursive?: unknown, encoding?: unknown, ignore?: unknown, throwIfNoEntry?: unknown }

/** An FSWatcher of ours. */
class FolderWatcher extends EventEmitter {
  /** Whether Node heeds `throwIfNoEntry`; undefined until the class is derived from Node's. */
  static forgives: boolean | undefined
  #kept: Kept | undefined
  #undo: (() => void) | undefined

  /** Throws what `begin` throws, and Node's words about `ignore`. */
  begin ({ persistent, encoding = 'utf8', ignore }: WatchOptions, begin: Begin): void {
    const isIgnored = ignoring(ignore)
    const kept = new Kept('FSEVENTWRAP')
    const tell: Watcher = (event, name) => {
      const told = encoded(name, encoding as string)
      if (this.#kept !== undefined && !isIgnored(told)) this.emit('change', event, told)
    }
    try {
      this.#undo = begin((event, name) => { kept.run(() => { tell(event, name) }) })
    } catch (error) {
      kept.close()
      throw error
    }
    if (persistent !== true) kept.unref()
    this.#kept = kept
  }

  close (): void {
    if (this.#kept === undefined) return
    this.#kept.close()
    this.#kept = undefined
    this.#undo!()
    process.nextTick(() => { this.emit('close') })
  }

  ref (): this {
    this.#kept?.ref()
    return this
  }

  unref (): this {
    this.#kept?.unref()
    return this
  }
}

/** An FSWatcher that hears what `begin` reports. `path` is a valid one. Throws as Node's does when it cannot begin. */
export function startWatcher (path: unknown, options: WatchOptions, begin: Begin): FSWatcher {
  if (FolderWatcher.forgives === undefined) {
    const { watcher, forgives } = anyWatcher()
    deriveFrom(watcher, FolderWatcher)
    FolderWatcher.forgives = forgives
  }
  const watcher = new FolderWatcher()
  try {
    watcher.begin(options, begin)
  } catch (error) {
    const told = refusal(error, path)
    if (options.throwIfNoEntry !== false || !FolderWatcher.forgives || (told as { code?: unknown }).code !== 'ENOENT') throw told
  }
  return watcher as EventEmitter as FSWatcher
}

/** Why watching did not begin, as Node tells of the path that was given. */
function refusal (error: unknown, path: unknown): unknown {
  const row = { path: [0] }
  const told = isErrno(error) ? dress(new Errno(error.code), 'watch', row, [path]) : isFsError(error) ? redress(error, row, [path], [error.path]) : error
  return isFsError(told) ? Object.assign(isErrno(error) ? scripted(told) : told, { filename: path instanceof URL ? told.path : path }) : told
}

/** A StatWatcher of ours. */
export class FileWatcher extends EventEmitter {
  static #derived = false
  #kept: Kept | undefined
  /** Who needs the process for it, and at most could. */
  #needed = 1
  #most = 1

  readonly #atEnd: (() => void)[] = []

  /** `tick` is called every `interval` milliseconds, if that is given. */
  constructor (persistent: boolean, tick?: () => void, interval?: number) {
    if (!FileWatcher.#derived) deriveFrom(anyFileWatcher(), FileWatcher)
    FileWatcher.#derived = true
    super()
    this.#kept = new Kept('STATWATCHER', tick, interval)
    if (!persistent) this.unref()
  }

  /** Runs something in the async context in which it was made; not once it is stopped. */
  run (what: () => void): void { this.#kept?.run(what) }

  /** One more listens. */
  gain (): void {
    this.#needed++
    this.#most++
  }

  /** One no longer listens. */
  lose (): void {
    this.#most--
    this.unref()
  }

  /** Nobody listens any more. */
  loseAll (): void {
    this.#most = this.#needed = 0
    this.#kept?.unref()
  }

  ref (): this {
    if (this.#kept !== undefined && this.#needed < this.#most && this.#needed++ === 0) this.#kept.ref()
    return this
  }

  unref (): this {
    if (this.#kept !== undefined && this.#needed > 0 && --this.#needed === 0) this.#kept.unref()
    return this
  }

  /** Runs something when it is stopped, whatever listeners are taken from it. */
  atEnd (run: () => void): void { this.#atEnd.push(run) }

  stop (): void {
    if (this.#kept === undefined) return
    this.#kept.close()
    this.#kept = undefined
    process.nextTick(() => {
      for (const run of this.#atEnd.splice(0)) run()
      this.emit('stop')
    })
  }
}

/** A StatWatcher of Node's, closed: of nothing, or where this process may not ask for that, of a file that it may look at. */
function anyFileWatcher (): object {
  const watched = (path: string): object => {
    const watcher = native.watchFile(path, { persistent: false }, nothing)
    native.unwatchFile(path, nothing)
    return watcher
  }
  try {
    return watched(NOWHERE)
  } catch (error) {
    if (!isSystem(error)) throw error
    return ofSomeFile(watched)
  }
}

const nothing = (): void => {}
