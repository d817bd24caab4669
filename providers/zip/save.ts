// Puts an archive in the place of a file in one step: whoever looks sees the old one or the new one, also after a crash.
import { randomBytes } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { codeOf, fsError, isFsError } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import type { Sink } from './writer.ts'

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } = native.constants

/** Small pieces are written together. */
const ROOM = 256 * 1024

/** Writes what `write` gives to a file beside `file`, brings it to the disk and renames it. Throws errors of `fs`, which name `file`. */
export function replaceFile<T> (file: string, write: (sink: Sink) => T): T {
  const target = named(file, file, () => behindLinks(file))
  const folder = dirname(target)
  const beside = join(folder, `.fsmount-${randomBytes(8).toString('hex')}.tmp`)
  return named(file, beside, () => {
    const fd = native.openSync(beside, O_WRONLY | O_CREAT | O_EXCL, 0o666)
    let result
    try {
      try {
        keepRights(fd, target)
        const sink = new FileSink(fd)
        result = write(sink)
        sink.flush()
        native.fsyncSync(fd)
      } finally {
        native.closeSync(fd)
      }
      native.renameSync(beside, target)
    } catch (error) {
      native.rmSync(beside, { force: true })
      throw error
    }
    syncFolder(folder)
    return result
  })
}

/** Runs what works on `used` in place of `file`, whose name errors are to bear: what has a path is as if it was to be opened. */
function named<T> (file: string, used: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!isFsError(error) || (error.path !== undefined && error.path !== used)) throw error
    throw fsError(error.code, error.path === undefined ? error.syscall : 'open', file)
  }
}

/** A link stays one, and what it leads to is replaced, or made. */
function behindLinks (file: string): string {
  try {
    return native.realpathSync(file)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  let target
  try {
    target = native.readlinkSync(file)
  } catch {
    return file   // there is nothing, or no folder to hold it, which is said when it is made
  }
  return behindLinks(resolve(native.realpathSync(dirname(file)), target))
}

function keepRights (fd: number, target: string): void {
  const there = native.statSync(target, { throwIfNoEntry: false })
  if (there === undefined) return
  const { uid, gid } = native.fstatSync(fd)
  try {
    if (there.uid !== uid || there.gid !== gid) native.fchownSync(fd, there.uid, there.gid)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error   // it becomes the file of whoever saves it
  }
  native.fchmodSync(fd, there.mode & 0o777)
}

/** The rename is durable once the folder is; not every system lets a folder be opened or synced. */
function syncFolder (folder: string): void {
  let fd
  try {
    fd = native.openSync(folder, O_RDONLY)
    native.fsyncSync(fd)
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'EBADF'].includes(codeOf(error) ?? '')) throw error
  } finally {
    if (fd !== undefined) native.closeSync(fd)
  }
}

/** Writes to an open file, in pieces that are worth a call. */
class FileSink implements Sink {
  readonly #fd: number
  readonly #room = Buffer.allocUnsafe(ROOM)
  #used = 0

  constructor (fd: number) { this.#fd = fd }

  write (bytes: Uint8Array): void {
    if (this.#used + bytes.length > ROOM) this.flush()
    if (bytes.length > ROOM) {
      this.#out(bytes)
      return
    }
    this.#room.set(bytes, this.#used)
    this.#used += bytes.length
  }

  flush (): void {
    this.#out(this.#room.subarray(0, this.#used))
    this.#used = 0
  }

  #out (bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += native.writeSync(this.#fd, bytes, done, Math.min(bytes.length - done, 0x40000000))
  }
}
