// fs.watch and fs.promises.watch: Node's own watchers over what happens in mounts. A recursive one is Node's altogether
// where it is made of the public functions of fs (on Linux), and these serve mounts.
import { isFsError, nodeError } from '../../kernel/errors.ts'
import { isFlag, ODD, pathText } from '../args.ts'
import { line } from '../nodelines.ts'
import { abortError } from '../aborted.ts'
import { listen, type Whereabouts } from './listen.ts'
import { redress } from '../calls/perform.ts'
import { isSystem, nativeFunction } from '../calls/validate.ts'
import { startWatcher, type Begin, type WatchOptions } from './watchers.ts'
import { NOWHERE } from '../../kernel/names.ts'
import type { Row, Tools } from '../row.ts'
import type { FSWatcher } from 'node:fs'

type Options = WatchOptions & { signal?: AbortSignal, maxQueue?: unknown, overflow?: unknown }
type Listener = (event: string, name: string | Buffer) => void

/** Whether Node has nothing to say about options; it is asked about all others. */
function isOrdinary (given: unknown): boolean {
  if (given === undefined || typeof given === 'function') return true
  if (typeof given === 'string') return Buffer.isEncoding(given)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false
  const { persistent, recursive, encoding, throwIfNoEntry, signal, maxQueue = 0, overflow = 'ignore' } = given as Options
  // What to ignore is looked at when the watcher starts.
  return isFlag(persistent) && isFlag(recursive) && isFlag(throwIfNoEntry) && Number.isSafeInteger(maxQueue) && (overflow === 'ignore' || overflow === 'error') &&
    (signal === undefined || (signal instanceof AbortSignal && !signal.aborted)) && (encoding === undefined || (typeof encoding === 'string' && Buffer.isEncoding(encoding)))
}

const optionsOf = (given: unknown): Options =>
  typeof given === 'string' ? { encoding: given } : typeof given === 'object' && given !== null ? { ...given } : {}

/** Whether a call is ours to serve; if not, it is Node's or a mistake of which Node tells. */
const isOurs = (tools: Tools, path: unknown): boolean => {
  const text = pathText(path)
  return text !== ODD && text !== '' && !tools.foreign(path as string)
}

/** A watcher of a path of ours; `find` says where it leads. */
function open (tools: Tools, path: unknown, options: Options, find: (path: unknown) => Whereabouts = tools.find): FSWatcher {
  const { persistent = true, recursive = false, throwIfNoEntry = true } = options
  let watcher: FSWatcher | undefined
  const begin: Begin = (report) => listen(tools, find(path), pathText(path) as string, report, () => { watcher?.close() })
  watcher = startWatcher(path, { ...options, persistent, recursive, throwIfNoEntry }, begin)
  return watcher
}

function watchPath (tools: Tools, path: unknown, given: unknown, last: unknown): FSWatcher {
  const listener = (typeof given === 'function' ? given : last) as Listener | undefined
  const options = optionsOf(given)
  if (!isOrdinary(given)) ask(given, last)
  const watcher = open(tools, path, options)
  try {
    if (listener) watcher.addListener('change', listener)
    heed(options.signal, () => { watcher.close() }, watcher)
  } catch (error) {
    watcher.close()
    throw error
  }
  return watcher
}

/** Throws what Node says of the arguments. */
function ask (given: unknown, last: unknown): void {
  try {
    nativeFunction('watch', 'callback')(NOWHERE, given, last)
  } catch (error) {
    if (!isSystem(error)) throw error
  }
}

/** Calls `stop` when a signal aborts, as `fs.watch` heeds it. */
function heed (signal: AbortSignal | undefined, stop: () => void, watcher: FSWatcher): void {
  if (!signal) return
  if (signal.aborted) {
    process.nextTick(stop)
    return
  }
  signal.addEventListener('abort', stop)
  watcher.once('close', () => { signal.removeEventListener('abort', stop) })
}

interface Item { eventType: string, filename: string | Buffer }

/** What a promised watcher heard and did not hand on yet (lib/internal/fs/watchers.js). */
class Heard {
  readonly #items: (Item | Error)[] = []
  readonly #max: number
  readonly #strict: boolean
  #wake: (() => void) | undefined
  over = false

  constructor ({ maxQueue = 2048, overflow = 'ignore' }: Options) {
    this.#max = line.watchQueues ? maxQueue as number : 1
    this.#strict = overflow === 'error'
  }

  add (eventType: string, filename: string | Buffer): void {
    if (this.over) return
    if (this.#items.length < this.#max) this.#items.push(Object.assign(line.watchQueues ? Object.create(null) as Item : {}, { eventType, filename }) as Item)
    else if (!line.watchQueues) return   // heard while another was waited for: lost
    else if (this.#strict) this.#items.splice(0, Infinity, nodeError(Error, 'ERR_FS_WATCH_QUEUE_OVERFLOW', `fs.watch() queued more than ${this.#max} events`))
    else process.emitWarning('fs.watch maxQueue exceeded')
    this.#wake?.()
  }

  end (): void {
    this.over = true
    this.#wake?.()
  }

  /** The next event; undefined at the end. Throws when too many came. */
  async next (): Promise<Item | undefined> {
    while (this.#items.length === 0 && !this.over) await new Promise<void>((resolve) => { this.#wake = resolve })
    const item = this.#items[0]
    if (item instanceof Error) throw item
    return item
  }

  /** The event that was handed on is done with. */
  shift (): void { this.#items.shift() }
}

const isAborted = (signal: AbortSignal): boolean => signal.aborted

async function * watchLater (tools: Tools, path: unknown, given: unknown): AsyncGenerator<Item, void, void> {
  const options = optionsOf(given)
  if (typeof given === 'string' || typeof given === 'function' || !isOrdinary(given)) await askLater(given)
  const { signal } = options
  if (signal !== undefined && isAborted(signal)) throw abortError(signal)
  const heard = new Heard(options)
  // At once where that is possible, so that nothing is missed.
  const found = tools.slow(path) ? await findLater(tools, path) : undefined
  const watcher = begun(() => open(tools, path, { ...options, throwIfNoEntry: true }, found), path)
  const end = (): void => { heard.end() }
  watcher.on('change', (event, name) => { heard.add(event, name as string) })
  watcher.on('close', end)
  signal?.addEventListener('abort', end)
  try {
    for (let item; (item = await heard.next()) !== undefined;) {
      if (line.watchQueues) heard.shift()
      yield item
      if (!line.watchQueues) heard.shift()
    }
    if (signal !== undefined && isAborted(signal)) throw abortError(signal)
  } finally {
    watcher.close()
    signal?.removeEventListener('abort', end)
  }
}

/** A promised watcher, whose error shows a URL as it was given (lib/internal/fs/watchers.js). */
function begun (start: () => FSWatcher, path: unknown): FSWatcher {
  try {
    return start()
  } catch (error) {
    throw path instanceof URL && isFsError(error) ? Object.assign(redress(error, { path: [0] }, [path.href], [error.path]) as object, { filename: path }) : error
  }
}

/** Where a path leads, found in time: said, or thrown, when the watcher begins. */
async function findLater (tools: Tools, path: unknown): Promise<() => Whereabouts> {
  try {
    const found = await tools.findLater(path)
    return () => found
  } catch (error) {
    return () => { throw error }
  }
}

async function askLater (given: unknown): Promise<void> {
  try {
    for await (const _ of nativeFunction('watch', 'promise')(NOWHERE, given) as AsyncIterable<unknown>) return
  } catch (error) {
    if (!isSystem(error)) throw error
  }
}

const isRecursive = (given: unknown): boolean => typeof given === 'object' && given !== null && Boolean((given as Options).recursive)

/** Where recursive watchers are made of others (lib/fs.js, `watch`; elsewhere the system has them). */
const RECURSES = process.platform !== 'darwin' && process.platform !== 'win32'

/** A recursive watcher: Node's own over the public functions of fs, in which objects show their root for as long. */
function watchTree ({ space, other, absolute }: Tools, path: unknown, given: unknown, listener: unknown): FSWatcher {
  const shown = space.exposed?.()
  if (shown === undefined) return other(path, given, listener) as FSWatcher
  const inside = shown.prefix + absolute(pathText(path) as string)
  try {
    const watcher = other(inside, given, listener) as FSWatcher
    watcher.once('close', shown.undo)
    return watcher
  } catch (error) {
    shown.undo()
    throw renamed(error, path, inside)
  }
}

async function * watchTreeLater ({ space, other, absolute }: Tools, path: unknown, given: unknown): AsyncGenerator<Item, void, void> {
  const shown = space.exposed?.()
  if (shown === undefined) {
    yield * other(path, given) as AsyncIterable<Item>
    return
  }
  const inside = shown.prefix + absolute(pathText(path) as string)
  try {
    yield * other(inside, given) as AsyncIterable<Item>
  } catch (error) {
    throw renamed(error, path, inside)
  } finally {
    shown.undo()
  }
}

/** An error about the path at which a root was shown, told of the path that was given. */
function renamed (error: unknown, path: unknown, inside: string): unknown {
  const told = redress(error, { path: [0] }, [path], [inside])
  if (isFsError(told) && 'filename' in told) told.filename = told.path
  return told
}

/** What watch does. */
export const watch = {
  special: (tools) => {
    const { other, form } = tools
    if (form === 'promise') {
      return function watch (path, options) {
        if (!isOurs(tools, path)) return other(path, options)
        return isRecursive(options) && RECURSES ? watchTreeLater(tools, path, options) : watchLater(tools, path, options)
      }
    }
    return function watch (this: unknown, path, options, listener) {
      if (!isOurs(tools, path)) return other.apply(this, arguments as unknown as unknown[])
      return isRecursive(options) && RECURSES ? watchTree(tools, path, options, listener) : watchPath(tools, path, options, listener)
    }
  }
} satisfies Row
