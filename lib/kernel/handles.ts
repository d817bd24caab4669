// Open files: what a virtual descriptor stands for. They outlive names and mounts.
import { Errno, recast } from './errors.ts'
import { registry } from './registry.ts'
import { APPEND, isDir } from './provider.ts'
import type { Volume } from './volume.ts'
import { live } from './native.ts'

/** Linux's flag for a descriptor that only stands for a path; Node has no name for it. */
export const O_PATH = process.platform === 'linux' ? 0o10000000 : 0
/** The bits of open(2)'s flags that say what a file is opened for, which Node has no constant for. */
export const O_ACCMODE = 3
const { O_APPEND, O_RDONLY, O_WRONLY, O_RDWR } = live.constants

/** A number that no descriptor ever has: to Node one that is not open. */
export const NO_FD = 0x7fffffff

/** An open file: its pinned inode, open(2)'s flags and the position of the next read or write. */
export class Handle {
  readonly volume: Volume
  readonly node: unknown
  /** The inode as it was found, before it was pinned. */
  original: unknown
  readonly mode: number
  readonly flags: number
  readonly fd: number
  open = true
  /** The path by which it was opened, from the root of its volume and without links; follows renames. */
  path: string | undefined
  /** While a call that runs by replay uses the position: the end of that call. */
  claimed: Promise<void> | undefined
  #position = 0

  constructor (volume: Volume, node: unknown, mode: number, flags: number, fd: number) {
    this.volume = volume
    this.node = node
    this.mode = mode
    this.flags = flags
    this.fd = fd
  }

  /** Where the next read or write without a position of its own happens. */
  get position (): number {
    this.volume.claim?.(this)
    return this.#position
  }

  set position (value: number) { this.#position = value }

  get readable (): boolean { return this.#access === O_RDONLY || this.#access === O_RDWR }
  get writable (): boolean { return this.#access === O_WRONLY || this.#access === O_RDWR }
  /** Access as open(2) understands it: mode 3 and O_PATH are good for neither. */
  get #access (): number { return this.standsForPath ? O_ACCMODE : this.flags & O_ACCMODE }
  /** Opened with O_PATH: good for stat and close, and nothing else. */
  get standsForPath (): boolean { return (this.flags & O_PATH) !== 0 }
  get appends (): boolean { return (this.flags & O_APPEND) !== 0 }

  /** Reads at `position`, or at (and moving) the file's own position when it is null. Throws EBADF, EISDIR of `read`. */
  read (buffer: Uint8Array, position: number | null): number {
    if (!this.readable) throw new Errno('EBADF', 'read')
    if (isDir(this.mode)) throw new Errno('EISDIR', 'read')
    if (buffer.length === 0) return 0
    const count = this.volume.read(this.node, buffer, position ?? this.position)
    if (position === null) this.position += count
    return count
  }

  /** Writes at `position`, or at (and moving) the file's own; a file opened to append always grows at its end (pwrite(2), BUGS). */
  write (bytes: Uint8Array, position: number | null): number {
    if (!this.writable) throw new Errno('EBADF', 'write')
    if (bytes.length === 0) return 0
    const count = this.#store(bytes, this.appends ? APPEND : position ?? this.position)
    if (position === null) this.position = this.appends ? this.volume.getattr(this.node).size : this.position + count
    return count
  }

  /** Writes, so that what the provider says (ENOSPC) is an error of `write`, whichever function wrote. */
  #store (bytes: Uint8Array, position: number): number {
    try {
      return this.volume.write(this.node, bytes, position)
    } catch (error) {
      throw recast(error, 'write')
    }
  }
}

/** Opens a node: pins it, unless `pinned` is what the volume's `open` gave, and gives it a descriptor. `path` is its path in the volume. */
export function openHandle (volume: Volume, node: unknown, mode: number, flags: number, path: string, pinned = volume.open(node, flags)): Handle {
  const shared = registry()
  const fd = shared.freed.pop() ?? shared.nextFd++
  const handle = new Handle(volume, pinned, mode, flags, fd)
  handle.path = path
  handle.original = node
  shared.handles.set(fd, handle)
  return handle
}

/** The open file of a descriptor, if it is one of ours. */
export const handleOf = (fd: number): Handle | undefined => registry().handles.get(fd)

/** Closes an open file: its descriptor is free again, its inode unpinned. Throws EBADF when it was closed. */
export function closeHandle (handle: Handle): void {
  if (!handle.open) throw new Errno('EBADF')
  handle.volume.close(handle.node)   // first, because a provider that answers later stops us here
  handle.open = false
  const shared = registry()
  shared.handles.delete(handle.fd)
  shared.freed.push(handle.fd)
  if (shared.handles.size === 0) shared.idle?.()
}
