// The path-level methods of providers: the functions of the table over a provider's own root, promise forms under the
// names without `Sync`.
import { live } from './kernel/native.ts'
import { TABLE } from './ops/table.ts'
import { VirtualFileSystem } from './vfs.ts'
import type { Provider } from './kernel/provider.ts'

type Callable = (...args: unknown[]) => unknown

/** Functions whose promise form has the name of something else that a provider of inodes may have. */
const TAKEN: readonly string[] = ['statfs', 'watch']

const holds = (holder: object, name: string): boolean => typeof (holder as Record<string, unknown>)[name] === 'function'

/** What `readlink` and the others are called on: the file system over a provider, strict as `fs` is. */
function method (vfs: VirtualFileSystem, name: string): Callable {
  if (name === 'internalModuleStat') return (path) => kind(vfs, path as string)
  if (name === 'exists') return (path) => new Promise((resolve) => { vfs.exists(path as string, resolve) })
  const holder: object = name.endsWith('Sync') ? vfs : vfs.promises
  return (holder as Record<string, Callable>)[name]!
}

/** What Node's loader asks: 0 for a file, 1 for a folder, negative for nothing. */
function kind (vfs: VirtualFileSystem, path: string): number {
  const stats = vfs.statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? -2 : stats.isDirectory() ? 1 : 0
}

function names (): string[] {
  const all = ['internalModuleStat', 'exists']
  for (const [name, row] of Object.entries(TABLE)) {
    if (row === null || row.path === undefined || name.includes('.')) continue
    if (holds(live, `${name}Sync`)) all.push(`${name}Sync`)
    if (holds(live.promises, name) && !TAKEN.includes(name)) all.push(name)
  }
  return all
}

/** The methods' names, which of them change something, and how they are made. */
export const pathMethods = {
  names: names(),
  writers: new Set(Object.entries(TABLE).filter(([, row]) => row?.writes === true).flatMap(([name]) => [name, `${name}Sync`])),
  make <T extends object> (below: (provider: T) => Provider): (provider: T, name: string) => Callable {
    const made = new WeakMap<T, VirtualFileSystem>()
    return (provider, name) => {
      let vfs = made.get(provider)
      if (vfs === undefined) made.set(provider, vfs = new VirtualFileSystem(below(provider), { parents: false }))
      return method(vfs, name)
    }
  }
}
