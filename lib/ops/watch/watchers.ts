// Node's own watcher classes over handles of ours: what is checked, filtered, counted and emitted is Node's code, only
// the part that libuv plays is replaced.
import { AsyncResource } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { isErrno, isFsError, systemError } from '../../kernel/errors.ts'
import { native } from '../../kernel/native.ts'
import { encoded } from '../path.ts'
import { NOWHERE } from '../validate.ts'
import type { FSWatcher, StatWatcher } from 'node:fs'
import type { Watcher } from '../../kernel/events.ts'

/** Longest delay of a timer, in milliseconds. */
const FOREVER = 0x7fffffff

type Init = (this: unknown, ...args: unknown[]) => unknown
type Hidden = Record<string | symbol, (...args: unknown[]) => unknown>
/** Node's classes as seen from outside: `_handle` is what stands between them and libuv. */
type Plain<T> = T & Hidden & { _handle: Kept | null }

/**
 * The first emitter that `make` constructs, also if it throws in the end. Node hands its watcher classes out in no other
 * way than with a watcher, and one of a path that cannot exist takes nothing from the system.
 */
function firstOf (make: () => unknown): object {
  const holder = EventEmitter as unknown as { init: Init }
  const { init } = holder
  let first: object | undefined
  holder.init = function (...args) {
    first ??= this as object
    return init.apply(this, args)
  }
  try {
    make()
  } catch {
    // the watcher was made before it failed
  } finally {
    holder.init = init
  }
  return first!
}

/** A method of Node's that has a symbol for its name. */
const hidden = (prototype: object, name: string): symbol =>
  Object.getOwnPropertySymbols(prototype).find(({ description }) => description === name)!

let watching: { readonly prototype: object, readonly handle: object, readonly start: symbol } | undefined
let stating: { readonly prototype: object, readonly count: symbol } | undefined

/** The prototype of FSWatcher, that of its handle, and the method that starts it. */
function ofWatcher (): NonNullable<typeof watching> {
  if (watching !== undefined) return watching
  const watcher = firstOf(() => native.watch(NOWHERE)) as { _handle: object }
  const prototype = Object.getPrototypeOf(watcher) as object
  return (watching = { prototype, handle: Object.getPrototypeOf(watcher._handle) as object, start: hidden(prototype, 'kFSWatchStart') })
}

/** The prototype of StatWatcher, and the method that counts who needs it. */
function ofStatWatcher (): NonNullable<typeof stating> {
  if (stating !== undefined) return stating
  // An interval that is refused once the watcher is there.
  const watcher = firstOf(() => native.watchFile(NOWHERE, { interval: -1 }, () => {})) as FileWatcher
  watcher.stop()
  const prototype = Object.getPrototypeOf(watcher) as object
  return (stating = { prototype, count: hidden(prototype, 'kFSStatWatcherAddOrCleanRef') })
}

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
  hasRef (): boolean { return this.#timer.hasRef() }
  getAsyncId (): number { return this.#resource.asyncId() }
  close (): void { clearInterval(this.#timer) }
}

/** How watching begins: told where to report, it throws Errno or returns the undo. */
export type Begin = (path: string | Uint8Array, report: Watcher) => () => void

/** Stands where libuv's handle stands in an FSWatcher. */
class WatchHandle {
  initialized = false
  readonly #owner: EventEmitter & { _ignoreMatcher?: ((name: unknown) => boolean) | null }
  readonly #begin: Begin
  #kept: Kept | undefined
  #undo: (() => void) | undefined

  constructor (owner: EventEmitter, begin: Begin) {
    this.#owner = owner
    this.#begin = begin
  }

  /** 0, or the number of the error. */
  start (path: string | Uint8Array, persistent: unknown, recursive: unknown, as: unknown): number {
    const kept = new Kept('FSEVENTWRAP')
    try {
      this.#undo = this.#begin(path, (event, name) => { kept.run(() => { this.#tell(event, encoded(name, (as ?? 'utf8') as string)) }) })
    } catch (error) {
      kept.close()
      if (isErrno(error)) return systemError(error.code)?.errno ?? -1
      if (isFsError(error)) return error.errno
      throw error
    }
    if (persistent !== true) kept.unref()
    this.#kept = kept
    this.initialized = true
    return 0
  }

  #tell (event: string, name: string | Buffer): void {
    if (this.#kept !== undefined && this.#owner._ignoreMatcher?.(name) !== true) this.#owner.emit('change', event, name)
  }

  close (): void {
    this.#kept?.close()
    this.#kept = undefined
    this.#undo?.()
    this.#undo = undefined
  }

  ref (): void { this.#kept?.ref() }
  unref (): void { this.#kept?.unref() }
  hasRef (): boolean { return this.#kept?.hasRef() === true }
  getAsyncId (): number { return this.#kept?.getAsyncId() ?? 0 }
}

/** What Node's `fs.watch` and `promises.watch` make of their options. */
export interface WatchOptions { persistent?: unknown, recursive?: unknown, encoding?: unknown, ignore?: unknown, throwIfNoEntry?: unknown }

/** A real FSWatcher that hears what `begin` reports. Throws as Node's does when it cannot begin. */
export function startWatcher (path: unknown, { persistent, recursive, encoding, ignore, throwIfNoEntry }: WatchOptions, begin: Begin): FSWatcher {
  const { prototype, handle, start } = ofWatcher()
  const watcher = Object.create(prototype) as Plain<FSWatcher>
  EventEmitter.call(watcher)
  watcher._handle = new WatchHandle(watcher, begin) as unknown as Kept
  // Node's methods look whether the handle is one of theirs.
  if (Object.getPrototypeOf(WatchHandle.prototype) !== handle) Object.setPrototypeOf(WatchHandle.prototype, handle)
  watcher[start]!(path, persistent, recursive, encoding, ignore, throwIfNoEntry)
  return watcher
}

/** A StatWatcher as far as our rows use it. */
export type FileWatcher = StatWatcher & { stop (): void }

/** A real StatWatcher; `tick` is called every `interval` milliseconds, if that is given. */
export function makeStatWatcher (persistent: boolean, tick?: () => void, interval?: number): FileWatcher {
  const { prototype } = ofStatWatcher()
  const watcher = new (prototype as { constructor: new (bigint: boolean) => unknown }).constructor(false) as Plain<FileWatcher>
  watcher._handle = new Kept('STATWATCHER', tick, interval)
  if (!persistent) watcher.unref()
  return watcher
}

/** Runs something in the async context in which a StatWatcher was made; not once it is stopped. */
export const runFor = (watcher: FileWatcher, what: () => void): void => { (watcher as Plain<FileWatcher>)._handle?.run(what) }

/** Has a StatWatcher count who needs it: 'add' one, 'clean' one, 'cleanAll'. */
export const countWatcher = (watcher: FileWatcher, how: 'add' | 'clean' | 'cleanAll'): void => { (watcher as Plain<FileWatcher>)[ofStatWatcher().count]!(how) }
