// What the disk itself has at a path, by Node's own functions, for whoever puts mounts beside it.
import { isFsError } from './errors.ts'
import { native } from './native.ts'

/** Whether an error says that a path is not there, or not to be seen: by this user, or under Node's permission model. */
export const isOutOfSight = (error: unknown): boolean => isFsError(error) || isDenied(error)

/** Node's permission model has spoken, not the system. */
export const isDenied = (error: unknown): boolean => (error as { code?: unknown } | undefined)?.code === 'ERR_ACCESS_DENIED'

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
