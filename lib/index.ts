// The public names of fsmount; wires providers and loader in.
import { MemoryProvider } from '../providers/memory.ts'
import { Files } from './mount/files.ts'
import { useLoader } from './mount/mounting.ts'
import { VirtualFileSystem, type CreateOptions } from './vfs.ts'
import { VirtualProvider } from '../providers/path.ts'
import { pathMethods } from './methods.ts'
import type { Provider } from './kernel/provider.ts'

export { MemoryProvider, type Content, type ContentProvider, type DirectoryInput, type DirectoryJSON, type MemoryOptions, type MemorySnapshot, type NestedDirectoryJSON, type PopulateCallback, type PopulateScope } from '../providers/memory.ts'
export { RealFSProvider, type RealFSOptions } from '../providers/real.ts'
export { SqliteProvider, type SqliteOptions } from '../providers/sqlite.ts'
export { VirtualProvider } from '../providers/path.ts'
export { ZipProvider, type ZipLimits, type ZipOptions } from '../providers/zip.ts'
export { VirtualFileSystem, type CreateOptions } from './vfs.ts'
export type { Attr, Entry, Found, Patch, Provider, StatFsAttr, Time } from './kernel/provider.ts'

// The loader is read in when something is mounted that serves modules.
useLoader((space) => (require('../loader/loader.js') as typeof import('../loader/loader.ts')).startLoader(new Files(space)))

VirtualProvider.useMethods(pathMethods.names, pathMethods.writers, pathMethods.make(VirtualProvider.below))

/**
 * Makes a file system: `create()`, `create(options)`, `create(provider, options)`. The provider defaults to a new
 * MemoryProvider. Throws ERR_INVALID_ARG_TYPE for anything that is neither.
 */
export function create (provider?: Provider | VirtualProvider | CreateOptions, options?: CreateOptions): VirtualFileSystem {
  if (provider === undefined || (options === undefined && isOptions(provider))) return new VirtualFileSystem(new MemoryProvider() as unknown as Provider, (provider ?? options ?? {}) as CreateOptions)
  return new VirtualFileSystem(provider as Provider, options)
}

/** A plain object without any primitive is options. */
const isOptions = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as null) && !('lookup' in value)
