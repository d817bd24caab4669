// The `paths` of `require.resolve(request, { paths })`, which hooks of Node 24 and later are not told. Node's last step
// knows them and, for a request that is a path, first makes a list of `node_modules` folders of each, with the public
// `path.resolve`. So it is asked for the root folder while that function listens, and stopped before it looks at the disk.
// Follows Module._resolveFilename of lib/internal/modules/cjs/loader.js (checked on 24.21, 26.10).
import path from 'node:path'

const STOP = Symbol('stop')

let listening = false

/** Node's last step is being asked, and is not to be answered by others. */
export const isListening = (): boolean => listening

/**
 * The folders that a call of `require.resolve` names, or undefined when it names none. Throws what Node throws for bad ones.
 * `asker` is a file that Node makes a URL of on the way, which is none of them (seen 24.15 24.17 26.0, not 24.18 26.2).
 * A list without folders is seen by a request that leads up: without a list that is looked for beside the one who asks.
 */
export function lookupPathsOf (next: (specifier: string) => unknown, asker?: string): string[] | undefined {
  const { resolve } = path
  if (Object.getOwnPropertyDescriptor(path, 'resolve')?.writable !== true) return undefined // frozen: nobody can listen
  const paths: string[] = []
  let isLookedFor = false
  let passing: string | undefined
  path.resolve = (...parts) => {
    isLookedFor = parts.length > 1
    if (isLookedFor) throw STOP
    if (parts[0] === passing) passing = undefined   // the asker's own, once a question: a caller may name it, too
    else paths.push(parts[0]!)
    return resolve(...parts)
  }
  listening = true
  try {
    passing = asker
    ask(next, '/')
    isLookedFor = false
    passing = asker
    if (paths.length === 0) ask(next, '../')
  } finally {
    listening = false
    path.resolve = resolve
  }
  return paths.length > 0 || !isLookedFor ? paths : undefined
}

function ask (next: (specifier: string) => unknown, specifier: string): void {
  try {
    next(specifier)
  } catch (error) {
    const { code } = error as { code?: string }
    if (error !== STOP && code !== 'MODULE_NOT_FOUND') throw error
  }
}
