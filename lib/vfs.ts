// VirtualFileSystem: what create() gives. Its functions are the table's, over its own name space; mount() makes it
// part of the process's.
import { resolve as resolvePath, posix } from 'node:path'
import { fileURLToPath, pathToFileURL, URL } from 'node:url'
import { demandOptions, dressed, Errno, fsError, invalidState, invalidType, invalidValue, isErrno, nodeError } from './kernel/errors.ts'
import { live } from './kernel/native.ts'
import type { PathProvider } from './kernel/pathmethods.ts'
import { walk } from './kernel/namei.ts'
import { isUnder } from './kernel/paths.ts'
import { isDir, PROVIDER, type Changes, type ChangeSet, type CommitOptions, type CoverProvider, type Provider } from './kernel/provider.ts'
import { lazily, Part } from './kernel/late.ts'
import { Volume } from './kernel/volume.ts'
import { makeNamed } from './ops/calls/functions.ts'
import { TABLE } from './ops/table.ts'
import { nativeFunction } from './ops/calls/validate.ts'
import { putMount, reservedPrefix, takeMount } from './mount/mounting.ts'
import { OwnSpace } from './ownspace.ts'
import type { Materialized } from './mount/materialize.ts'
import type { OwnModules } from './mount/ownmodules.ts'
import { defineClasses, KEEPS, streamMakers } from './ops/calls/classes.ts'
import { TAKES } from './ops/streamoptions.ts'
import { keptOf } from './ops/calls/tools.ts'
import type { InspectOptions } from 'node:util'
import type { Callable, Kept } from './ops/row.ts'
import { MOUNT_OPTIONS, type MountOptions } from './mount/options.ts'
import { isThere, look, type Overlay } from './mount/mounttable.ts'

/** Options of `create`. */
export interface CreateOptions extends MountOptions {
  /** Make missing folders above a name that the object creates. Default true. */
  parents?: boolean
  /** As `node:vfs` takes it (26.10). Without effect: nothing here is experimental. */
  emitExperimentalWarning?: boolean
}

/** All but one are yes or no. */
const OPTIONS = Object.fromEntries([...MOUNT_OPTIONS, 'parents', 'emitExperimentalWarning'].map((name) => [name, name === 'overlay' ? 'any' as const : 'boolean' as const]))
const OVERLAYS = "one of true, false and 'copy-on-write'"

const ESSENTIALS = ['lookup', 'getattr', 'getdents', 'read', 'pin', 'unpin'] as const

/** Throws unless `provider` can back a file system. */
function checkProvider (provider: unknown): asserts provider is Provider {
  if (typeof provider === 'function') throw invalidType('provider', 'a provider, made with new', provider)
  if (typeof provider !== 'object' || provider === null) throw invalidType('provider', 'a provider', provider)
  const missing = ESSENTIALS.filter((name) => typeof (provider as unknown as Record<string, unknown>)[name] !== 'function')
  if (missing.length > 0) throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', `The "provider" argument must be a provider of this package or of a class that extends VirtualProvider: it has no ${missing.join(', ')}`)
}

function checkOptions (options: object): asserts options is CreateOptions {
  demandOptions(options, OPTIONS)   // a misspelt 'overlay' would hide or change the disk
  const { overlay } = options as { overlay?: unknown }
  if (typeof overlay === 'string' && overlay !== 'copy-on-write') throw invalidValue('options.overlay', `must be ${OVERLAYS}`, overlay)
  if (overlay !== undefined && typeof overlay !== 'boolean' && typeof overlay !== 'string') throw invalidType('options.overlay', OVERLAYS, overlay)
}

const ownModules = lazily(() => require('./mount/ownmodules.js') as typeof import('./mount/ownmodules.ts'))
const materializing = lazily(() => require('./mount/materialize.js') as typeof import('./mount/materialize.ts'))

/** Makes the provider of a file system that is given none. */
export const defaultPart = new Part<() => object>()

/** A plain object without any primitive is options. */
const isOptions = (value: unknown): value is CreateOptions =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as null) && !('lookup' in value)

/** What `util.inspect` asks for; `console.log` shows what it says. */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

/** The name space of an object, for the functions on the prototype. */
let spaceOf: (vfs: VirtualFileSystem) => OwnSpace

type Cover = CoverProvider & Provider

/** Makes the provider of `overlay: 'copy-on-write'`, whose changes are kept in `upper`; lib/index.ts brings it. */
export const coverPart = new Part<(upper: Provider) => Cover>()

type NodeFs = typeof import('node:fs')

/** What an object has of `fs`: all of Node's names that stand for a function, and classes. `StatsFs` is one in Node's types only. */
type Member = { [K in keyof NodeFs]: NodeFs[K] extends (...args: never[]) => unknown ? K : never }[keyof NodeFs]
  | Extract<keyof NodeFs, 'Stats' | 'Dirent' | 'Dir' | 'ReadStream' | 'WriteStream' | 'Utf8Stream' | 'StatsFs'>

// Types are Node's own, so that overloads survive and a function that Node adds is here as soon as its types know it.
export interface VirtualFileSystem extends Pick<NodeFs, Member> {}

/**
 * A virtual file system. Before it is mounted its functions take paths from its own root; mounted, they take the
 * mounted paths, so that the same string works through `fs` and through the object.
 */
export class VirtualFileSystem {
  readonly #provider: Provider
  readonly #options: CreateOptions
  readonly #space: OwnSpace
  readonly #volume: Volume
  readonly #inodes: Provider
  readonly #cover: Cover | undefined
  #cwd = '/'
  #reserved: string | undefined
  #madeModules: OwnModules | undefined
  #promises: object | undefined

  static { spaceOf = (vfs) => vfs.#space }

  /**
   * As `create()`: of a provider and options, of either, or of nothing. Throws ERR_INVALID_ARG_TYPE or
   * ERR_INVALID_ARG_VALUE for anything that is no provider or no option.
   */
  constructor (given?: Provider | object | null, more?: CreateOptions) {
    const alone = more === undefined && isOptions(given)
    const provider = (alone ? undefined : given) ?? defaultPart.get()!() as Provider
    const options = (alone ? given : more) ?? {}
    const inodes = (provider as { [PROVIDER]?: () => Provider } | null | undefined)?.[PROVIDER]?.() ?? provider
    checkProvider(inodes)
    checkOptions(options)
    this.#provider = provider as Provider
    this.#options = options
    this.#cover = options.overlay === 'copy-on-write' ? coverPart.get()!(inodes) : undefined
    this.#inodes = this.#cover ?? inodes
    this.#volume = Volume.of(this.#inodes, options.confined)
    this.#space = new OwnSpace(() => this.cwd(), this.#volume, options.parents ?? true)
    for (const [name, make] of functions) {
      if (Object.hasOwn(VirtualFileSystem.prototype, name) && (this as unknown as Record<string, unknown>)[name] === (VirtualFileSystem.prototype as unknown as Record<string, unknown>)[name]) {
        (this as unknown as Record<string, unknown>)[name] = make(this.#space, this)
      }
    }
  }

  /** What runs its modules, once it was asked to. */
  get #ownModules (): OwnModules {
    return (this.#madeModules ??= new (ownModules().OwnModules)(this.#volume, () => this.#space.mount))
  }

  /** @internal */
  [TAKES] (fd: number): boolean { return this.#space.takes(fd) }

  /** @internal */
  [KEEPS] (): Kept { return keptOf(this.#space) }

  /** What was given, or was made instead. A bare provider of inodes, which extends no class, has its primitives alone. */
  get provider (): Provider & PathProvider { return this.#provider as Provider & PathProvider }
  /** Absolute path of the mount point, or null. */
  get mountPoint (): string | null { return this.#space.mount === undefined ? null : this.#space.mount.prefix || '/' }
  /** File URL of the mount point, or null. */
  get mountPointURL (): string | null { return this.mountPoint === null ? null : pathToFileURL(this.mountPoint).href }
  get mounted (): boolean { return this.#space.mount !== undefined }
  get readonly (): boolean { return this.#volume.readonly }
  get overlay (): Overlay { return this.#options.overlay ?? false }
  get virtualCwdEnabled (): boolean { return this.#options.virtualCwd ?? false }

  /** The functions of `fs.promises` over this file system, bound to it. */
  get promises (): typeof import('node:fs/promises') {
    return (this.#promises ??= makePromises(this.#space)) as typeof import('node:fs/promises')
  }

  get constants (): typeof live.constants { return live.constants }

  /**
   * Makes the file system visible at an absolute path or file URL and returns this object; without an argument, at a
   * reserved path that no disk can hold, which it returns, and which is the same the next time. Throws ERR_INVALID_STATE when mounted already.
   */
  mount (): string
  mount (prefix: string | URL): this
  mount (prefix?: string | URL): this | string {
    if (this.#space.mount !== undefined) throw invalidState(`VFS is already mounted at ${this.mountPoint}`)
    const chosen = prefix === undefined ? this.#reserved = reservedPrefix(this.#reserved) : checkPrefix(prefix)
    this.#madeModules?.end()
    this.#volume.epoch++
    dressed('mount', chosen || '/', () => { this.#cover?.cover(chosen || '/') })
    const { overlay = false, moduleHooks = true, virtualCwd = false, inherit = true } = this.#options
    try {
      putMount(this.#volume, chosen, { overlay, moduleHooks, virtualCwd, inherit }, (mount) => { this.#space.mount = mount })
    } finally {
      if (this.#space.mount === undefined) this.#cover?.cover(undefined)
    }
    return prefix === undefined ? chosen : this
  }

  /** Takes the file system out of the name space; open files stay usable. Does nothing when it is not mounted. */
  unmount (): void {
    const { mount } = this.#space
    this.#madeModules?.end()
    if (mount === undefined) return
    takeMount(mount, () => {
      this.#space.mount = undefined
      this.#cover?.cover(undefined)
      this.#volume.epoch++
      this.#cwd = '/'
    })
  }

  [Symbol.dispose] (): void { this.unmount() }

  /** @internal What it is, without its functions and what is in it. */
  [INSPECT] (depth: number, options: InspectOptions, inspect: (value: unknown, options: InspectOptions) => string): string {
    const { constructor: { name }, provider, mountPoint, readonly, overlay } = this
    return depth < 0 ? `[${name}]` : `${name} ${inspect({ provider, mountPoint, readonly, overlay }, { ...options, depth: 0 })}`
  }

  /**
   * Has the next `require` or `import` run the module at a path (mounted paths while mounted), all below it, and those
   * that import them, anew. Old instances keep working.
   */
  invalidate (path: string | URL): void {
    this.#ownModules.invalidate(this.#moduleAt(path))
  }

  /**
   * Loads a module at a path of the object (relative ones from `cwd()`), mounted or not, as `import()` does, with its options. One instance
   * until `invalidate`, `mount` or `unmount`. The stack of an error begins with the line of source that it comes from.
   * Throws ENOENT for a path outside of the mount, else what Node's loader and the module throw.
   */
  async import (path: string | URL, options?: ImportCallOptions): Promise<ReturnType<NodeJS.Require>> { return await this.#ownModules.import(this.#moduleAt(path), options) }

  /** The same as `require` does it: CommonJS, JSON, addons, and ES modules without top-level await. */
  require (path: string | URL): ReturnType<NodeJS.Require> { return this.#ownModules.require(this.#moduleAt(path)) }

  /** The absolute path of a module, given as a path or a file URL. */
  #moduleAt (path: string | URL): string {
    const text = path instanceof URL ? fileURLToPath(path) : path
    if (typeof text !== 'string') throw invalidType('path', 'of type string or an instance of URL', path)
    return this.resolvePath(text)
  }

  /** Runs `changes`, `commit` or `discard` on what keeps the changes; throws ERR_INVALID_STATE where they are not kept apart. */
  #asked<T> (name: string, run: (kept: ChangeSet) => T): T {
    const kept = this.#inodes as Partial<ChangeSet>
    if (typeof kept.commit !== 'function') throw invalidState("VFS is not of the overlay 'copy-on-write', nor of an OverlayProvider")
    return dressed(name, this.mountPoint ?? '/', () => run(kept as ChangeSet))
  }

  /** What was added, modified and deleted, by paths from the root of this file system, each list sorted. */
  changes (): Changes { return this.#asked('changes', (kept) => kept.changes()) }

  /**
   * Applies all changes to the disk (of an OverlayProvider, to its lower layer); afterwards there are none. Throws
   * ERR_INVALID_STATE with `conflicts`, an array of `{ path, reason }`, and applies nothing, when what was changed
   * is no longer as it was, unless `force`. When the disk refuses, the error has its code, and in `applied` the paths of
   * changes that were made and could not be taken back: those are then no changes any more, the others still are.
   */
  commit (options: CommitOptions = {}): void {
    demandOptions(options, { force: 'boolean' })
    this.#asked('commit', (kept) => { kept.commit(options) })
  }

  /** Forgets all changes. Throws ERR_INVALID_ARG_VALUE when it is told which: it cannot tell them apart. */
  discard (): void {
    const [which] = arguments as unknown as unknown[]
    if (which !== undefined) throw invalidValue('which', 'is not taken: all changes are discarded', which)
    this.#asked('discard', (kept) => { kept.discard() })
  }

  /**
   * Copies a file or folder, by default everything, to a new temporary folder of the disk that only this user can enter,
   * for programs that cannot be told of mounts. `path` of the result, which has the same name, is valid until that is
   * disposed of or the process ends; what is changed there is not taken back. `dir`: where to make it, by default the
   * system's temporary folder. Throws errors of `fs`, and then leaves nothing behind.
   */
  materialize (path: string = this.mountPoint ?? '/', { dir }: { dir?: string } = {}): Materialized {
    if (typeof path !== 'string') throw invalidType('path', 'of type string', path)
    if (dir !== undefined && typeof dir !== 'string') throw invalidType('options.dir', 'of type string', dir)
    const jail = !this.mounted ? '/' : this.#volume.confined ? this.mountPoint! : undefined
    return materializing().materialize({ fs: this as unknown as typeof import('node:fs'), path: this.resolvePath(path), jail }, dir)
  }

  /** Whether a path belongs to this mount. */
  shouldHandle (path: string): boolean {
    const { mount } = this.#space
    if (mount === undefined) return false
    const text = posix.normalize(path)
    return isUnder(text, mount.prefix) && (!mount.porous || isThere(look(mount, text.slice(mount.prefix.length), false)))
  }

  /** The absolute form of a path, as this object understands it. */
  resolvePath (path: string): string {
    if (typeof path !== 'string') throw invalidType('path', 'of type string', path)
    return posix.resolve(this.mounted ? process.cwd() : this.cwd(), path)
  }

  /** The folder that relative paths of the object start from while it is not mounted. */
  cwd (): string { return this.mounted ? process.cwd() : this.#cwd }

  /** Changes the folder that relative paths start from: while mounted that of the process. Throws ENOENT, ENOTDIR. */
  chdir (path: string): void {
    if (this.mounted) {
      process.chdir(path)
      return
    }
    if (typeof path !== 'string') throw invalidType('directory', 'of type string', path)
    const next = this.resolvePath(path)
    try {
      const { node, mode } = walk(this.#space.view, next, 'node')
      if (node === undefined || !isDir(mode)) throw new Errno(node === undefined ? 'ENOENT' : 'ENOTDIR')
    } catch (error) {
      throw isErrno(error) ? fsError(error.code, 'chdir', this.#cwd, path) : error
    }
    this.#cwd = next
  }
}

defineClasses(VirtualFileSystem.prototype)

/** The prefix of a mount: absolute, normalised, without a slash at its end; '' for the root. */
function checkPrefix (prefix: unknown): string {
  const path = prefix instanceof URL ? fileURLToPath(prefix) : prefix
  if (typeof path !== 'string') throw invalidType('prefix', 'of type string or an instance of URL', prefix)
  if (path === '' || path.includes('\0') || !posix.isAbsolute(path)) {
    throw invalidValue('prefix', 'must be an absolute path without null bytes', path)
  }
  const text = resolvePath(path)
  return text === '/' ? '' : text
}

/** Makers of the functions of an object, by name: what the running Node has, the table has a row for. */
const functions: [string, (space: OwnSpace, vfs: object) => Callable][] = streamMakers.map(([name, make]) => [name, (space, vfs) => make(vfs)])

for (const [name, row] of Object.entries(TABLE)) {
  if (row === null || row.served !== undefined || name.includes('.')) continue
  const holder = live as unknown as Record<string, unknown>
  for (const [key, form] of [[`${name}Sync`, 'sync'], [name, 'callback']] as const) {
    if (typeof holder[key] === 'function') functions.push([key, (space) => makeNamed(space, name, form, nativeFunction(name, form))])
  }
}

for (const [name, make] of functions) {
  const value = function (this: VirtualFileSystem, ...args: unknown[]): unknown { return make(spaceOf(this), this)(...args) }
  const { length } = (live as unknown as Record<string, Callable>)[name]!
  Object.defineProperties(value, { name: { value: name, configurable: true }, length: { value: length, configurable: true } })
  Object.defineProperty(VirtualFileSystem.prototype, name, { value, writable: true, configurable: true })
}

function makePromises (space: OwnSpace): object {
  const made: Record<string, unknown> = { constants: live.promises.constants }
  for (const name of Object.keys(TABLE)) {
    const row = TABLE[name]
    if (row === null || row === undefined || typeof (live.promises as unknown as Record<string, unknown>)[name] !== 'function') continue
    made[name] = makeNamed(space, name, 'promise', nativeFunction(name, 'promise'))
  }
  return made
}
