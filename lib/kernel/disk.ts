// What the disk itself has at a path, by Node's own functions, for whoever puts mounts beside it.
import { native } from './native.ts'

/** A file (anything that is no folder) or a folder, links followed; undefined for whatever cannot be reached. */
export function kindOnDisk (path: string): 'file' | 'folder' | undefined {
  try {
    const stats = native.statSync(path, { throwIfNoEntry: false })
    return stats === undefined ? undefined : stats.isDirectory() ? 'folder' : 'file'
  } catch {
    return undefined   // as Node's internalModuleStat: whatever the reason, a path with a NUL included, it is not there
  }
}
