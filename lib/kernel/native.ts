// Node's own functions as they stood when this package was first loaded: for providers that work on the disk, for
// the patch and for the loader. The only file that imports `node:fs`; what is taken from here is never a patched call.
// Beside them what else is Node's alone, whatever a test runner has put in its place: module system, timers, which line it is.
import timers from 'node:timers'
import { runInThisContext } from 'node:vm'

type Fs = typeof import('node:fs')

/** Where a first copy of the package left its originals for the later ones, while they are patched. */
const KEY = Symbol.for('fsmount')
const shared = (globalThis as { [KEY]?: { native?: Fs } })[KEY]?.native ?? (require('node:fs') as { [KEY]?: { native?: Fs } })[KEY]?.native

/**
 * A shallow copy of functions and constants. Getters that warn (fs.F_OK on Node 24) or load classes are left where they
 * are; functions that Node 20 loads when first asked for are asked for, which makes them ordinary properties.
 */
function save<T extends object> (source: T): T {
  const copy = {} as Record<string, unknown>
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(source))) {
    if ('value' in descriptor || /^[a-z]/.test(name)) copy[name] = source[name as keyof T]
  }
  return copy as T
}

/** The live, public `fs` object: what gets patched. */
export const live: Fs = require('node:fs')

/** `fs` as saved, with `promises` saved as well. */
export const native: Fs = shared ?? Object.assign(save(live), { promises: save(live.promises) })

/** What Node's loader of CommonJS reads by: it calls the public functions, whatever stands there. */
const READING = Object.keys(native).filter((name) => name.endsWith('Sync')) as (keyof Fs)[]

/**
 * Runs `run` with Node's own synchronous functions in `fs`, and puts back what stood there: a stub, a dispatcher. For parts
 * of the package that are read in late. What somebody puts there meanwhile stays.
 */
export function byNative<T> (run: () => T): T {
  const stood = READING.filter((name) => live[name] !== native[name])
    .map((name) => ({ name, descriptor: Object.getOwnPropertyDescriptor(live, name) }))
    .filter(({ descriptor }) => descriptor?.configurable === true)
  for (const { name, descriptor } of stood) Object.defineProperty(live, name, { value: native[name], writable: true, enumerable: descriptor!.enumerable, configurable: true })
  try {
    return run()
  } finally {
    for (const { name, descriptor } of stood) if (live[name] === native[name]) Object.defineProperty(live, name, descriptor!)
  }
}

/**
 * Node's module system itself: test runners give the code that they load a stand-in, by whatever name it asks. In the main
 * context they have not been.
 */
export const nodeModule = runInThisContext('process').getBuiltinModule('node:module') as typeof import('node:module')

/** The line of a version of Node, or the like of a package: 24 of 'v24.21.0' and of '24.21.0'. */
export const majorOf = (version: string): number => Number.parseInt(version.replace('v', ''), 10)

/** The running line. */
export const MAJOR = majorOf(process.versions.node)

/** The finest step of a time that Node hands to the system, in nanoseconds: libuv before 1.49 (Node 24) cuts off the rest of a microsecond. */
export const TIME_STEP = MAJOR < 24 ? 1000 : 1

/** Calls back in a later turn of the event loop; as saved at load, so that a test's timers do not hold answers back. */
export const inLaterTurn: typeof setImmediate = timers.setImmediate

/**
 * The time in milliseconds since 1970. As it was at load, like the system's own for files: it goes on where a test has put a
 * clock of its own in the place of `Date`. That of the main context, because the one of a test runner has its own from the beginning.
 */
export const clock = runInThisContext('Date.now') as () => number
