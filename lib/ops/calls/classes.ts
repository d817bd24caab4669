// Streams and classes of one file system object: Node's own, over the object's functions unless a call names others.
import { live, native } from '../../kernel/native.ts'
import type { PathLike } from 'node:fs'
import { keptFor, over } from '../streamoptions.ts'
import { REASONS, streamRows } from '../table.ts'
import type { Callable, Kept, Row } from '../row.ts'

type Class = new (...args: unknown[]) => object

/**
 * Classes of streams by name, with the position of their options: behind a path, or, of what opens its file at once and so has
 * no `construct` in the table, in front.
 */
const STREAMS: Readonly<Record<string, number>> = Object.fromEntries(Object.entries<Row>(streamRows)
  .filter(([name]) => /^[A-Z]/.test(name)).map(([name, row]) => [name, row.construct === undefined ? 0 : 1]))

/** Under this name an object of functions tells the name space in which a call that goes on in later turns began. */
export const KEEPS = Symbol('keeps')

/** The options of a stream of an object, which opens its file later. */
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
