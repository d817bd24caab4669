// VirtualProvider: the class that users extend with path-level methods, and that all providers extend. Which methods a
// class gives is looked at once; what it gives is what everything else is made of.
import { fsError, notImplemented } from '../lib/kernel/errors.ts'
import { INODES, PROVIDER, type Provider } from '../lib/kernel/provider.ts'
import type { PathMethods } from '../lib/kernel/pathmethods.ts'
import { lazily } from '../lib/kernel/late.ts'
import type { Source } from './path/adapter.ts'

const adapters = lazily(() => require('./path/adapter.js') as typeof import('./path/adapter.ts'))

/** The path-level methods that change something: the system call that their errors name, and where in the arguments its paths are. */
type Writers = ReadonlyMap<string, { readonly syscall: string, readonly paths: readonly number[] }>

/** Either gives the stat of a path; either what is in a file. */
const STATS = ['stat', 'lstat']
const CONTENTS = ['readFile', 'open']

/** Whether there is one of `names` among methods, with or without `Sync`. */
const gives = (own: ReadonlySet<string>, names: readonly string[]): boolean => names.some((name) => own.has(name) || own.has(`${name}Sync`))

// Methods that the class is given below (`useMethods`).
export interface VirtualProvider extends PathMethods {}

/**
 * Base of all providers. A user's class overrides path-level methods (those of `fs`, with `Sync` at the end or giving
 * promises), on it or on a provider of ours; paths reach them relative to the mount, with `/`. Reading needs the stat
 * of a path, the names in a folder, the content of a file. A method that is not overridden works by those that are.
 */
export abstract class VirtualProvider {
  #seen: Provider | undefined
  #below: Provider | undefined
  /** Whether it was seen to give the stat of a path. */
  #stats = false
  static #writers: Writers = new Map()

  get readonly (): boolean { return false }
  /** As `node:vfs` asks: whether links can be stored. */
  get supportsSymlinks (): boolean { return this.readonly === false && 'lookup' in this }
  /** As `node:vfs` asks: whether changes can be waited for. */
  get supportsWatch (): boolean { return 'lookup' in this }

  /** Gives the class its path-level methods, by name and length: `make` has each by its name, made for a provider of inodes. */
  static useMethods (methods: ReadonlyMap<string, number>, writers: Writers, make: (provider: VirtualProvider, name: string) => (...args: unknown[]) => unknown): void {
    VirtualProvider.#writers = writers
    for (const [name, length] of methods) {
      const value = function (this: VirtualProvider, ...args: unknown[]): unknown {
        return this.#bare ? this.#refuse(name, args) : make(this, name)(...args)
      }
      Object.defineProperties(value, { name: { value: name, configurable: true }, length: { value: length, configurable: true } })
      Object.defineProperty(VirtualProvider.prototype, name, { value, writable: true, configurable: true })
    }
  }

  /** Whether not even the stat of a path is known: then no method can be made of others. */
  get #bare (): boolean {
    if (this.#stats) return false
    const { own, inodes } = given(this)
    this.#stats = inodes !== undefined || gives(own, STATS)
    return !this.#stats
  }

  /** What the methods of such a class do, as those of `node:vfs` (26.10). */
  #refuse (name: string, args: readonly unknown[]): unknown {
    const later = !/Sync$|^(?:un)?watch|^internal/.test(name)
    if (/^exists/.test(name)) return later ? Promise.resolve(false) : false
    const writer = this.readonly ? VirtualProvider.#writers.get(name) : undefined
    const [path, dest] = (writer?.paths ?? []).map((at) => typeof args[at] === 'string' ? args[at] : undefined)
    const error = writer === undefined ? notImplemented(name) : fsError('EROFS', writer.syscall, path, dest)
    if (later) return Promise.reject(error)
    throw error
  }

  /** The provider of inodes that a file system over this object works with. */
  [PROVIDER] (): Provider { return (this.#seen ??= this.#look()) }

  /** The same for methods that are not overridden: without what a user's class overrides. */
  static below (provider: VirtualProvider): Provider {
    const { own, inodes } = given(provider)
    return inodes === undefined || own.size === 0 ? provider[PROVIDER]() : (provider.#below ??= provider[INODES]() ?? below(provider, inodes))
  }

  /** The provider of inodes that has what this one shows, where that is not itself. */
  [INODES] (): Provider | undefined { return undefined }

  #look (): Provider {
    const { own, inodes } = given(this)
    if (inodes !== undefined && own.size === 0) return this[INODES]() ?? this as unknown as Provider
    const complete = inodes !== undefined
    const writes = [...own].some((name) => VirtualProvider.#writers.has(name))
    // A class that says itself what there is and what is in it, and not how to change that, has its own tree, which cannot be changed.
    const inherits = complete && (writes || !gives(own, STATS) || !gives(own, CONTENTS))
    const writable = writes || inherits || (!complete && gives(own, ['open']))
    const adapter = new (adapters().PathAdapter)(this as Source, own, { complete, inherits, writable })
    // What the class behind it would make again lacks what this one overrides.
    const { describe } = this as Partial<Provider>
    if (describe !== (inodes as Partial<Provider> | undefined)?.describe) adapter.describe = describe?.bind(this)
    return adapter as unknown as Provider
  }
}

/** The path-level methods that an object's own classes give, and the class behind them that knows inodes. */
function given (provider: object): { own: Set<string>, inodes: object | undefined } {
  const names = new Set<string>()
  let at: object | null = provider
  while (at !== null && at !== VirtualProvider.prototype && !Object.hasOwn(at, 'lookup') && !Object.hasOwn(at, INODES)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor' && name in VirtualProvider.prototype) names.add(name)
    }
    at = Object.getPrototypeOf(at) as object | null
  }
  return { own: names, inodes: at === null || at === VirtualProvider.prototype ? undefined : at }
}

/** A provider as it is without what a user's class overrides. */
function below (provider: object, inodes: object): Provider {
  let asked = 0
  // Its names are also changed through the object itself.
  const made = { root: (provider as Provider).root, version: () => ++asked }
  for (let at: object | null = inodes; at !== null && at !== VirtualProvider.prototype; at = Object.getPrototypeOf(at) as object | null) {
    for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (name === 'constructor' || name in made) continue
      if (typeof value === 'function') Object.defineProperty(made, name, { value: (value as () => unknown).bind(provider) })
      else if (get !== undefined) Object.defineProperty(made, name, { get: get.bind(provider) as () => unknown })
    }
  }
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(provider))) {
    if (!(name in made) && !(name in VirtualProvider.prototype)) Object.defineProperty(made, name, { value })
  }
  return made as unknown as Provider
}
