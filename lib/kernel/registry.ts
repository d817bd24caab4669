// The one piece of state that all copies of the package in a process share, under `Symbol.for('fsmount')`:
// Node's originals, the descriptors, the mounts and the dispatchers. Kept small and versioned, because copies differ.
import { live, native } from './native.ts'
import type { Dentry } from './namei.ts'
import type { Handle } from './handles.ts'

const KEY = Symbol.for('fsmount')

/** Protocol of the registry: copies with another number cannot share it. */
const VERSION = 1

/** What all copies share. `space` belongs to lib/mount and is opaque here. */
export interface Registry {
  readonly version: number
  readonly native: typeof native
  /** Open virtual files by descriptor. */
  readonly handles: Map<number, Handle>
  /** Freed descriptors, used again before new ones. */
  readonly freed: number[]
  nextFd: number
  nextDev: number
  /** The very string a caller gave → what it names, for all mounts. */
  readonly dentries: Map<string, Dentry>
  /** Told when the last virtual descriptor is closed. */
  idle: (() => void) | undefined
  /** Told when there is a virtual descriptor though nothing may be mounted any more. */
  busy: (() => void) | undefined
  /** Runs a function as if nothing were mounted; set while something may be. */
  aside: (<T>(run: () => T) => T) | undefined
  /** The mounts and the dispatchers, made by the copy that mounted first. */
  space: unknown
  /** Factories of providers that users registered, by name. */
  factories: Map<string, unknown> | undefined
  /** What described the mounts that a preload made: that description is done with. */
  preloaded: string | undefined
  /** Which generations of modules are used up, because Node keeps every ES module; belongs to the loader. */
  generations: unknown
  /** What the loader's own sources call, by name. */
  readonly calls: Record<string, (...args: never[]) => unknown>
}

type Shared = { [KEY]?: Registry }

/** The registry, if any copy has made it. */
export const foundRegistry = (): Registry | undefined => (globalThis as Shared)[KEY] ?? (live as Shared)[KEY]

/** The shared registry; made at the first call (the first `create()`), not on loading. */
export function registry (): Registry {
  const found = foundRegistry()
  if (found !== undefined) {
    if (found.version === VERSION) return found
    throw new Error(`another copy of fsmount in this process speaks protocol ${found.version}, this one ${VERSION}`)
  }
  // Sealed, with all that it will ever have: Jest takes from what it finds on a globalThis whatever can be taken.
  const made: Registry = Object.seal({
    version: VERSION, native, handles: new Map(), freed: [], nextFd: 0x50000000, nextDev: 0x66730001, dentries: new Map(), calls: {},
    idle: undefined, busy: undefined, aside: undefined, space: undefined, factories: undefined, preloaded: undefined, generations: undefined
  })
  // Also on `fs`: test runners give each file a fresh globalThis, but all of them the same `fs`.
  for (const holder of [globalThis, live]) Object.defineProperty(holder, KEY, { value: made, configurable: true })
  return made
}
