// The path-level methods of providers: the functions of the table over a provider's own root, promise forms under the
// names without `Sync`.
import { promisify } from 'node:util'
import { live } from './kernel/native.ts'
import { lazily } from './kernel/late.ts'
import { TABLE } from './ops/table.ts'
import { VirtualFileSystem } from './vfs.ts'
import type { Provider } from './kernel/provider.ts'

type Callable = (...args: unknown[]) => unknown

const files = lazily(() => require('./virtualfilehandle.js') as typeof import('./virtualfilehandle.ts'))

const holds = (holder: object, name: string): boolean => typeof (holder as Record<string, unknown>)[name] === 'function'

/** Methods that are not functions of `fs` by the same name, or not of the same form, as `node:vfs` has them (26.10). */
const SPECIAL: Readonly<Record<string, (vfs: VirtualFileSystem, ...args: never[]) => unknown>> = {
  internalModuleStat: kind,
  exists: (vfs, path: string) => new Promise((resolve) => { vfs.exists(path, resolve) }),
  openSync: (vfs, path: string, flags?: string, mode?: number) => new (files().VirtualFileHandle)(vfs, vfs.openSync(path, flags!, mode), path, flags, mode),
  open: async (vfs, path: string, flags?: string, mode?: number) => new (files().VirtualFileHandle)(vfs, await promisify(vfs.open)(path, flags!, mode), path, flags, mode),
  watch: (vfs, path: string, options?: object) => vfs.watch(path, options),
  watchAsync: (vfs, path: string, options?: object) => vfs.promises.watch(path, options),
  watchFile: (vfs, path: string, ...rest: [() => void]) => vfs.watchFile(path, ...rest),
  unwatchFile: (vfs, path: string, listener?: () => void) => { vfs.unwatchFile(path, listener) }
}

/** What `readlink` and the others are called on: the file system over a provider. */
function method (vfs: VirtualFileSystem, name: string): Callable {
  const special = SPECIAL[name]
  if (special !== undefined) return (...args) => special(vfs, ...args as never[])
  const holder: object = name.endsWith('Sync') ? vfs : vfs.promises
  return (holder as Record<string, Callable>)[name]!
}

/** What Node's loader asks: 0 for a file, 1 for a folder, negative for nothing. */
function kind (vfs: VirtualFileSystem, path: string): number {
  const stats = vfs.statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? -2 : stats.isDirectory() ? 1 : 0
}

/** By name, with the number of arguments that Node's function of that name says it has. */
function names (): Map<string, number> {
  const all = new Map<string, number>()
  const add = (holder: object, key: string, name: string): void => {
    if (holds(holder, key)) all.set(name, (holder as Record<string, Callable>)[key]!.length)
  }
  for (const [name, row] of Object.entries(TABLE)) {
    if (row === null || row.path === undefined || name.includes('.')) continue
    add(live, `${name}Sync`, `${name}Sync`)
    add(live.promises, name, name)
  }
  for (const name of Object.keys(SPECIAL)) all.set(name, all.get(name) ?? SPECIAL[name]!.length - 1)
  return all
}

/** The methods, which of them change something (with what their errors name), and how they are made. */
export const pathMethods = {
  names: names(),
  writers: new Map(Object.entries(TABLE).filter(([, row]) => row?.writes === true).flatMap(([name, row]) => [name, `${name}Sync`].map((key) => [key, { syscall: row!.syscall ?? name, paths: row!.names ?? row!.path ?? [] }] as const))),
  make <T extends object> (below: (provider: T) => Provider): (provider: T, name: string) => Callable {
    const made = new WeakMap<T, VirtualFileSystem>()
    return (provider, name) => {
      let vfs = made.get(provider)
      if (vfs === undefined) made.set(provider, vfs = new VirtualFileSystem(below(provider)))
      return method(vfs, name)
    }
  }
}
