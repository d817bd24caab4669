// A file system that can only answer later: memory behind promises, as a network would be. Proves that rows need no
// second text for such providers.
import { MemoryProvider } from '../../lib/index.ts'
import type { Provider } from '../../lib/index.ts'
import { Errno } from '../../lib/kernel/errors.ts'
import { PRIMITIVES } from '../../lib/kernel/provider.ts'

type Any = (...args: unknown[]) => unknown

/** A provider whose primitives answer later; with `both`, also at once, as some situations can only be prepared so. */
export function laterProvider (both = false): Provider {
  const memory = new MemoryProvider() as unknown as Record<string, Any>
  const now: Record<string, Any> = {}
  const later: Record<string, Any> = {}
  for (const name of PRIMITIVES) {
    now[name] = (...args) => {
      if (!both) throw new Errno('ENOSYS')
      return memory[name]!(...args)
    }
    later[name] = async (...args) => {
      await Promise.resolve()
      const value = memory[name]!(...args)
      // What a network would send is a copy as of then.
      return name === 'getattr' ? copy(value as object) : name === 'getdents' ? [...value as Iterable<unknown>] : value
    }
  }
  // Of two who make the same name at once, one is told.
  later.mknod = async (dir, name, ...rest) => {
    await Promise.resolve()
    if (memory.lookup!(dir, name) !== undefined) throw new Errno('EEXIST')
    return memory.mknod!(dir, name, ...rest)
  }
  return { root: memory.root, ...now, later, close: (node: unknown) => memory.close!(node), statfs: () => memory.statfs!(), empty: (node: unknown) => memory.empty!(node) } as unknown as Provider
}

const FIELDS = ['ino', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'size', 'atime', 'mtime', 'ctime', 'birthtime', 'atimeNs', 'mtimeNs', 'ctimeNs', 'birthtimeNs']

const copy = (attr: object): object => Object.fromEntries(FIELDS.map((name) => [name, (attr as Record<string, unknown>)[name]]))
