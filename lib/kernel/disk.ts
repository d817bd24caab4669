// What the disk itself has at a path, by Node's own functions, for whoever puts mounts beside it.
import { isFsError } from './errors.ts'
import { native } from './native.ts'

/** Whether an error says that a path is not there, or not to be seen: by this user, or under Node's permission model. */
export const isOutOfSight = (error: unknown): boolean => isFsError(error) || isDenied(error)

/** Node's permission model has spoken, not the system. */
export const isDenied = (error: unknown): boolean => (error as { code?: unknown } | undefined)?.code === 'ERR_ACCESS_DENIED'

/** Files that are there, the best first: under Node's permission model a process may look at those that it is made of. */
const AT_HAND = ['/', __filename, process.execPath]

/** Asks Node about a file that is there, whichever that is: for the classes of its answers. Throws what it says of the last. */
export function ofSomeFile<T> (ask: (path: string) => T): T {
  for (const path of AT_HAND) {
    try {
      return ask(path)
    } catch (error) {
      if (!isOutOfSight(error) || path === AT_HAND.at(-1)) throw error
    }
  }
  throw new Error('there is no file at hand')
}

/** Whether anything is at a path; what this process may not look at is taken to be there. */
export function standsOnDisk (path: string): boolean {
  try {
    return native.existsSync(path)
  } catch (error) {
    if (isDenied(error)) return true
    throw error
  }
}

/** A file (anything that is no folder) or a folder, links followed; undefined for whatever cannot be reached. */
export function kindOnDisk (path: string): 'file' | 'folder' | undefined {
  try {
    const stats = native.statSync(path, { throwIfNoEntry: false })
    return stats === undefined ? undefined : stats.isDirectory() ? 'folder' : 'file'
  } catch {
    return undefined   // as Node's internalModuleStat: whatever the reason, a path with a NUL included, it is not there
  }
}
