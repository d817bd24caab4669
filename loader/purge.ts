// Takes modules out of the CommonJS caches: `require.cache` and the `children` of those who required them.
import { createRequire } from 'node:module'

type Cache = NodeJS.Dict<NodeJS.Module>

/** Node's `require.cache`. */
export const cache: Cache = createRequire(process.execPath).cache

/** Whether reading `module.parent` prints DEP0144. */
const parentWarns = process.execArgv.includes('--pending-deprecation') || process.env.NODE_PENDING_DEPRECATION === '1'

/** The first module that required this one, where reading it costs no warning. */
export function parentOf (entry: NodeJS.Module): NodeJS.Module | null | undefined {
  return parentWarns ? undefined : entry.parent
}

/** Forgets the modules at these paths, so that the next `require` runs them again. */
export function purge (paths: Iterable<string>): void {
  const gone = new Set<NodeJS.Module>()
  for (const path of paths) {
    const entry = cache[path]
    if (entry === undefined) continue
    delete cache[path]
    gone.add(entry)
  }
  if (gone.size === 0) return
  for (const other of Object.values(cache)) if (other !== undefined) withdraw(other, gone)
  if (process.mainModule !== undefined) withdraw(process.mainModule, gone)
  // The parent that a `createRequire` made stands in no cache: without this its children would grow for ever.
  for (const entry of gone) {
    const parent = parentOf(entry)
    if (parent != null && !gone.has(parent)) withdraw(parent, gone)
  }
}

/** Keeps the array itself: others may hold it. */
function withdraw (from: NodeJS.Module, gone: Set<NodeJS.Module>): void {
  const { children } = from
  if (!Array.isArray(children) || !children.some(child => gone.has(child))) return
  children.splice(0, children.length, ...children.filter(child => !gone.has(child)))
}

/** Puts aside the entries that a new mount hides; the result puts them back. */
export function hide (hidden: (path: string) => boolean): () => void {
  const aside = new Map<string, NodeJS.Module>()
  for (const [path, entry] of Object.entries(cache)) {
    if (entry === undefined || !hidden(path)) continue
    aside.set(path, entry)
    delete cache[path]
  }
  return () => {
    for (const [path, entry] of aside) if (cache[path] === undefined) cache[path] = entry
  }
}
