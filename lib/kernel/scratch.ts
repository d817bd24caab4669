// The folder of the disk in which this package makes what lasts for a moment. TMPDIR may lead into a mount, where a
// program keeps its own temporary files; what the kernel or another process reads cannot lie there.
import { tmpdir } from 'node:os'
import { native } from './native.ts'

const OTHERS = ['/tmp', '/var/tmp', '/dev/shm']

/** `os.tmpdir()`, or where the disk has no such folder to write to another that it has. */
export function scratchFolder (): string {
  const own = tmpdir()
  return process.platform === 'win32' || isWritable(own) ? own : OTHERS.find(isWritable) ?? own
}

function isWritable (folder: string): boolean {
  try {
    native.accessSync(folder, native.constants.W_OK)
    return true
  } catch {
    return false // missing or forbidden: who is given it all the same says so
  }
}
