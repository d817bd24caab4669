// The public names of fsmount; wires providers and loader in.
// The types are those of `fs`; TypeScript 6 and later take no package's in that nobody names.
/// <reference types="node" preserve="true" />
import { MemoryProvider } from '../providers/memory.ts'
import { followPart, loaderPart } from './mount/mounting.ts'
import { factoriesPart, makeProvider, pathOfSource } from './factories.ts'
import { coverPart, defaultPart, VirtualFileSystem, type CreateOptions } from './vfs.ts'
import { VirtualProvider } from '../providers/path.ts'
import { pathMethods } from './methods.ts'
import { aside, lazily } from './kernel/late.ts'
import type { AssetSource, SEAOptions } from '../providers/sea.ts'
import type { Provider } from './kernel/provider.ts'

export { MemoryProvider, type Content, type ContentProvider, type DirectoryInput, type DirectoryJSON, type MemoryOptions, type MemorySnapshot, type NestedDirectoryJSON, type PopulateCallback, type PopulateScope } from '../providers/memory.ts'
export type { OverlayLayers } from '../providers/overlay.ts'
export type { RealFSOptions } from '../providers/real.ts'
export type { AssetSource, SEAOptions } from '../providers/sea.ts'
export type { SqliteOptions } from '../providers/sqlite.ts'
export { VirtualProvider } from '../providers/path.ts'
export type { ZipLimits, ZipOptions } from '../providers/zip.ts'
export type { PathMethods } from './kernel/pathmethods.ts'
export type { Materialized } from './mount/materialize.ts'
export type { MountEvent } from './mount/mounting.ts'
export { registerProvider, type ProviderEntry, type ProviderFactory } from './factories.ts'
export { VirtualFileSystem, type CreateOptions, type CreateOptions as VirtualFileSystemOptions } from './vfs.ts'
export type { Attr, Changes, CommitOptions, Conflict, Delta, Described, Entry, Found, Patch, Provider, Recipient, StatFsAttr, Time } from './kernel/provider.ts'

// These are read in when they are first asked for. The assignment names them to Node's lexer of CommonJS.
const late = {
  OverlayProvider: () => aside(() => (require('../providers/overlay.js') as typeof import('../providers/overlay.ts')).OverlayProvider),
  RealFSProvider: () => aside(() => (require('../providers/real.js') as typeof import('../providers/real.ts')).RealFSProvider),
  SEAProvider: () => sea().SEAProvider,
  SqliteProvider: () => aside(() => (require('../providers/sqlite.js') as typeof import('../providers/sqlite.ts')).SqliteProvider),
  ZipProvider: () => aside(() => (require('../providers/zip.js') as typeof import('../providers/zip.ts')).ZipProvider)
}
const sea = (): typeof import('../providers/sea.ts') => aside(() => require('../providers/sea.js') as typeof import('../providers/sea.ts'))
exports.OverlayProvider = exports.RealFSProvider = exports.SEAProvider = exports.SqliteProvider = exports.ZipProvider = undefined
for (const [name, get] of Object.entries<() => unknown>(late)) Object.defineProperty(exports, name, { get, enumerable: true })
// `node:vfs` is also imported by default. Node gives a module of CommonJS so; compilers look for the name where there is `__esModule`.
const DEFAULT = 'default'
Object.defineProperty(exports, DEFAULT, { value: exports })
export declare const OverlayProvider: typeof import('../providers/overlay.ts').OverlayProvider
export type OverlayProvider = import('../providers/overlay.ts').OverlayProvider
export declare const RealFSProvider: typeof import('../providers/real.ts').RealFSProvider
export type RealFSProvider = import('../providers/real.ts').RealFSProvider
export declare const SEAProvider: typeof import('../providers/sea.ts').SEAProvider
export type SEAProvider = import('../providers/sea.ts').SEAProvider
export declare const SqliteProvider: typeof import('../providers/sqlite.ts').SqliteProvider
export type SqliteProvider = import('../providers/sqlite.ts').SqliteProvider
export declare const ZipProvider: typeof import('../providers/zip.ts').ZipProvider
export type ZipProvider = import('../providers/zip.ts').ZipProvider

// The loader is read in when something is mounted that serves modules.
followPart.bring(() => aside(() => require('./follow.js') as typeof import('./follow.ts')).followHanded())

const files = lazily(() => require('./mount/modulefiles.js') as typeof import('./mount/modulefiles.ts'))
const loader = lazily(() => require('../loader/loader.js') as typeof import('../loader/loader.ts'))
loaderPart.bring((space) => loader().startLoader(new (files().ModuleFiles)(space)))

defaultPart.bring(() => new MemoryProvider())

coverPart.bring((upper) => aside(() => {
  const { CopyOnWrite } = require('../providers/overlay/cover.js') as typeof import('../providers/overlay/cover.ts')
  return new CopyOnWrite(upper) as unknown as ReturnType<NonNullable<ReturnType<typeof coverPart.get>>>
}))

factoriesPart.bring({
  memory: (source, options) => MemoryProvider.made(source, options),
  overlay: ({ lower, upper }, options) => new (late.OverlayProvider())({ ...options, lower: makeProvider(lower) as Provider, upper: makeProvider(upper) as Provider }),
  real: (source, options) => new (late.RealFSProvider())(pathOfSource(source), options),
  sea: (_, options) => new (late.SEAProvider())(options),
  sqlite: (source, options) => new (late.SqliteProvider())(pathOfSource(source), options),
  zip: (source, options) => new (late.ZipProvider())(source instanceof Uint8Array ? source : pathOfSource(source), options)
})

VirtualProvider.useMethods(pathMethods.names, pathMethods.writers, pathMethods.make(VirtualProvider.below))

/**
 * Makes a file system: `create()`, `create(options)`, `create(provider, options)`. The provider defaults to a new
 * MemoryProvider. Throws ERR_INVALID_ARG_TYPE for anything that is neither.
 */
export function create<P extends Provider | VirtualProvider> (provider: P, options?: CreateOptions): VirtualFileSystem & { readonly provider: P }
/** As above, over a new MemoryProvider. */
export function create (provider: null | undefined, options?: CreateOptions): VirtualFileSystem & { readonly provider: MemoryProvider }
/** As above. */
export function create (options?: CreateOptions): VirtualFileSystem & { readonly provider: MemoryProvider }
/** As above, of what may be either. */
export function create (provider?: Provider | VirtualProvider | CreateOptions | null, options?: CreateOptions): VirtualFileSystem
export function create (provider?: Provider | VirtualProvider | CreateOptions | null, options?: CreateOptions): VirtualFileSystem {
  return new VirtualFileSystem(provider, options)
}

/** Options of `createSEA`: which assets, where, and those of `create`. */
export interface CreateSEAOptions extends SEAOptions, CreateOptions {
  /** Where the assets are mounted. Default '/sea'. */
  mountPoint?: string | URL
}

/**
 * Mounts the assets of the running single executable, so that `fs`, `require` and `import` find what is in it; null if
 * the program is none. `source` stands in for `node:sea`. Throws errors of `SEAProvider` and `mount`.
 */
export function createSEA ({ mountPoint = '/sea', archive, assets, ...options }: CreateSEAOptions = {}, source?: AssetSource): VirtualFileSystem | null {
  return sea().isSea(source) ? create(new (late.SEAProvider())({ archive, assets }, source), options).mount(mountPoint) : null
}
