// Takes modules out of the CommonJS caches: `require.cache` and the `children` of those who required them.
import { join } from 'node:path'
import { nodeModule } from '../lib/kernel/native.ts'

type Cache = NodeJS.Dict<NodeJS.Module>

/** Node's `require.cache`. */
export const cache: Cache = nodeModule.createRequire(process.execPath).cache

/** Whether reading `module.parent` prints DEP0144. */
const parentWarns = process.execArgv.includes('--pending-deprecation') || process.env.NODE_PENDING_DEPRECATION === '1'

/** The first module that required this one, where reading it costs no warning. */
export function parentOf (entry: NodeJS.Module): NodeJS.Module | null | undefined {
  return parentWarns ? undefined : entry.parent
}

/**
 * Forgets the modules at these paths, so that the next `require` runs them again. Also those that left the cache before:
 * their parents still list them. Modules that were `hidden` by a mount at the same paths stay.
 */
export function purge (paths: ReadonlySet<string>, hidden: ReadonlySet<NodeJS.Module> = NONE): void {
  if (paths.size === 0) return
  const reached = new Set<NodeJS.Module>()
  const reach = (module: NodeJS.Module | null | undefined): void => { if (module != null) reached.add(module) }
  Object.values(cache).forEach(reach)
  reach(process.mainModule)
  const isGone = (module: NodeJS.Module): boolean => paths.has(module.filename) && !hidden.has(module)
  paths.forEach(path => { delete cache[path] })
  // The parent that a `createRequire` made stands in no cache: without this its children would grow for ever.
  reached.forEach(module => {
    reach(parentOf(module))
    const { children } = module
    if (!Array.isArray(children)) return
    children.forEach(reach)
    if (children.some(isGone)) children.splice(0, children.length, ...children.filter(child => !isGone(child)))
  })
}

const NONE: ReadonlySet<NodeJS.Module> = new Set()

/** Modules that a mount hides, by path, and how they come back. */
export interface Hidden { readonly modules: ReadonlySet<NodeJS.Module>, restore (): void }

/** Puts aside the entries that a new mount hides. */
export function hide (hidden: (path: string) => boolean): Hidden {
  const aside = new Map<string, NodeJS.Module>()
  for (const [path, entry] of Object.entries(cache)) {
    if (entry === undefined || !hidden(path)) continue
    aside.set(path, entry)
    delete cache[path]
  }
  const restore = (): void => aside.forEach((entry, path) => { cache[path] ??= entry })
  return { modules: new Set(aside.values()), restore }
}

/** Has Node look at a request (`folder\0request`) again: what a cache of `require` remembers of it is dropped when it leads to nothing. */
export function forget (remembered: string): void {
  const [folder, request] = remembered.split('\0') as [string, string]
  try {
    nodeModule.createRequire(join(folder, 'x'))(request)
  } catch {
    // That it fails is what makes Node forget; with which error is up to the hooks of others.
  }
}
