// Streams and classes of one file system object: Node's own, over the object's functions unless a call names others.
import { fsError } from '../../kernel/errors.ts'
import { live, native } from '../../kernel/native.ts'
import type { PathLike } from 'node:fs'
import { REASONS, streamRows } from '../table.ts'
import type { Callable, Kept, Row } from '../row.ts'

type Class = new (...args: unknown[]) => object

/**
 * Classes of streams by name, with the position of their options: behind a path, or, of what opens its file at once and so has
 * no `construct` in the table, in front.
 */
const STREAMS: Readonly<Record<string, number>> = Object.fromEntries(Object.entries<Row>(streamRows)
  .filter(([name]) => /^[A-Z]/.test(name)).map(([name, row]) => [name, row.construct === undefined ? 0 : 1]))

/** Under this name an object of functions is asked whether a stream may work on a FileHandle of a number. */
export const TAKES = Symbol('takes')

function demandTaken (fs: object, handle: unknown): void {
  const { fd } = handle as { fd?: unknown }
  if (typeof fd === 'number' && (fs as { [TAKES]?: (fd: number) => boolean })[TAKES]?.(fd) === false) throw fsError('EBADF', 'open')
}

/** Under this name an object of functions tells the name space in which a call that goes on in later turns began. */
export const KEEPS = Symbol('keeps')

/** What Node's streams call besides `open`. */
const LATER = ['read', 'write', 'writev', 'fsync', 'close'] as const

/** The functions that a stream calls: a file is opened a turn later, where the stream was made, whatever is unmounted meanwhile. */
export function keptFor (fs: object, kept: Kept): object {
  const functions = fs as Record<string, Callable>
  const call = (name: string) => (...args: unknown[]): unknown => functions[name]!(...args)
  return {
    open: (...args: unknown[]): unknown => kept.past ? kept.callback('open', args) : functions.open!(...args),
    ...Object.fromEntries(LATER.map((name) => [name, call(name)]))
  }
}

/** Options of a stream with the functions that it is to call in them; a FileHandle has functions of its own, what is no options is Node's to refuse. */
export function over (fs: object, options: unknown, called: () => object): unknown {
  if (options === undefined || options === null || typeof options === 'function') return { fs: called() }
  if (typeof options === 'string') return { encoding: options, fs: called() }
  if (typeof options !== 'object') return options
  const functions = called()   // before the options are looked at: a getter of theirs may unmount
  const { fs: own, fd } = options as { fs?: unknown, fd?: unknown }
  if (typeof fd === 'object' && fd !== null) demandTaken(fs, fd)
  return (own !== undefined && own !== null) || (typeof fd === 'object' && fd !== null) ? options : { ...withInherited(options), fs: functions }
}

/** All fields of options as Node sees them (lib/internal/fs/utils.js, `copyObject`). */
function withInherited (options: object): object {
  const all: Record<string, unknown> = {}
  for (const name in options) all[name] = (options as Record<string, unknown>)[name]
  return all
}

/** The same for the streams of an object, which open their file later. */
function overOwn (fs: object, options: unknown): unknown {
  return over(fs, options, () => keptFor(fs, (fs as { [KEEPS]: () => Kept })[KEEPS]()))
}

/** Node's class with the functions of `fs`; its instances are instances of Node's. */
function classOver (fs: object, name: string): Class | undefined {
  const Native = (live as unknown as Record<string, Class | undefined>)[name]
  if (Native === undefined) return undefined
  const at = STREAMS[name]!
  const Made = function (this: unknown, ...args: unknown[]): object {
    const all = [...args.slice(0, at), at === 0 ? over(fs, args[0], () => fs) : overOwn(fs, args[at])]
    // Called upon an instance as a function, as classes of the old kind derive from it.
    if (new.target === undefined && this instanceof Native) return Reflect.apply(Native as unknown as Callable, this, all) as object
    return Reflect.construct(Native, all, new.target ?? Made) as object
  } as unknown as Class
  Made.prototype = Native.prototype as object
  Object.defineProperty(Made, 'name', { value: name })
  return Object.setPrototypeOf(Made, Native) as Class
}

/** The functions that make streams over the functions of `fs`. */
export const streamMakers: readonly [string, (fs: object) => Callable][] = [
  ['createReadStream', (fs) => function createReadStream (path: PathLike, options: unknown) { return native.createReadStream(path, overOwn(fs, options) as object) }],
  ['createWriteStream', (fs) => function createWriteStream (path: PathLike, options: unknown) { return native.createWriteStream(path, overOwn(fs, options) as object) }]
]

/** Gives a prototype the classes of `fs`: each is made when an object is first asked for it, and can be set. */
export function defineClasses (prototype: object): void {
  const define = (name: string, get: (fs: object) => unknown): void => {
    if (!(name in live)) return
    const keep = (fs: object, value: unknown): void => { Object.defineProperty(fs, name, { value, writable: true, enumerable: true, configurable: true }) }
    Object.defineProperty(prototype, name, {
      get (this: object) {
        const value = get(this)
        keep(this, value)
        return value
      },
      set (this: object, value: unknown) { keep(this, value) },
      enumerable: true,
      configurable: true
    })
  }
  for (const name of Object.keys(STREAMS)) define(name, (fs) => classOver(fs, name))
  for (const name of Object.keys(REASONS)) define(name, () => (live as unknown as Record<string, unknown>)[name])
  for (const name of ['F_OK', 'R_OK', 'W_OK', 'X_OK'] as const) define(name, () => live.constants[name])
}
