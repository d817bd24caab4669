// The guard of Linux. An inode is first held by an O_PATH descriptor, which reads and changes nothing; the kernel then
// tells which path the descriptor really has (/proc/self/fd). Only if it is exactly the one asked for is it used, and
// only through the descriptor. Any difference (a link, a race, a path too long) is settled by a walk, name by name,
// which follows no link. No descriptor but those of open files is kept from one turn to the next.
import { codeOf, Errno } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import { hostPath, reads, type HostStats } from './host.ts'
import type { Guard, Held } from './guard.ts'

const { O_NOFOLLOW, O_DIRECTORY } = native.constants

/** Linux's O_PATH, the same number on every architecture that Node runs on; Node does not export it. */
const HOLD = 0o10000000 | O_NOFOLLOW
const BIG = { bigint: true } as const
const MAYBE = { bigint: true, throwIfNoEntry: false } as const

/** The folder of this process's descriptors; by number, because the kernel resolves `self` anew on every use. */
function descriptors (): string {
  const self = `/proc/${native.readlinkSync('/proc/self')}/fd/`
  return native.existsSync(self) ? self : '/proc/self/fd/'
}

/**
 * Whether Node's permission model lets us pass through /proc. It judges by the text of a path, which below /proc says
 * nothing: only a process that may read (and write) everywhere can neither lose nor gain a right there.
 */
function permitted (reading: boolean): boolean {
  const { permission } = process as { permission?: { has (right: string): boolean } }
  return permission === undefined || (permission.has('fs.read') && (reading || permission.has('fs.write')))
}

/**
 * The guard of `root` (a canonical path), or undefined where the kernel does not tell a descriptor's path, or may not
 * be asked. `reading`: nothing is going to be written.
 */
export function descriptorGuard (root: string, reading: boolean): Guard | undefined {
  if (process.platform !== 'linux' || !permitted(reading)) return undefined
  try {
    const guard = new DescriptorGuard(root, descriptors())
    return guard.works() ? guard : undefined
  } catch {
    return undefined   // there is no /proc: the other guard needs none
  }
}

/** What `glance` found and `pin` is about to ask for: the same file, however often its name is swapped in between. */
interface Kept { path: string, fd: number, stats: HostStats }

/** Checks each access on the descriptor that it is made with. */
class DescriptorGuard implements Guard {
  readonly #root: string
  readonly #prefix: string
  readonly #fds: string
  #kept: Kept | undefined
  #releasing = false
  /** The last name looked for was missing: the next one may well be, too. */
  #missed = false
  readonly #release = (): void => {
    this.#releasing = false
    this.#drop()
  }

  constructor (root: string, fds: string) {
    this.#root = root
    this.#prefix = root === '/' ? '' : root
    this.#fds = fds
  }

  /** Lets go of what was kept for a `pin` that did not come: whatever is asked next, the path may lead elsewhere by then. */
  #drop (): void {
    const kept = this.#kept
    this.#kept = undefined
    if (kept !== undefined) native.closeSync(kept.fd)
  }

  works (): boolean {
    return this.folder('', (at) => native.lstatSync(`${at}/.`).isDirectory())
  }

  folder<T> (path: string, run: (at: string) => T): T {
    const fd = this.#hold(path, HOLD | O_DIRECTORY)
    try {
      return run(this.#fds + fd)
    } finally {
      native.closeSync(fd)
    }
  }

  inode<T> (path: string, run: (at: string, stats: HostStats) => T): T {
    const fd = this.#hold(path, HOLD)
    try {
      return run(this.#fds + fd, native.fstatSync(fd, BIG))
    } finally {
      native.closeSync(fd)
    }
  }

  glance (path: string, opening: boolean): HostStats | null | undefined {
    this.#drop()
    if (this.#missed && !opening) return this.#below(path)
    const full = this.#prefix + path || '/'
    let fd
    try {
      fd = native.openSync(hostPath(full), HOLD)
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? this.#below(path) : undefined   // else a walk will find out what the matter is
    }
    let kept = false
    try {
      if (!this.#is(fd, full)) return undefined
      const stats = native.fstatSync(fd, BIG)
      kept = opening && stats.isFile()
      if (kept) this.#keep({ path, fd, stats })
      return stats
    } finally {
      if (!kept) native.closeSync(fd)
    }
  }

  /** `glance` by way of the folder: a missing name is no error there, which would cost as much as all the rest. */
  #below (path: string): HostStats | null | undefined {
    const slash = path.lastIndexOf('/')
    if (path.endsWith('/..')) return undefined
    const full = this.#prefix + path.slice(0, slash) || '/'
    let fd
    try {
      fd = native.openSync(hostPath(full), HOLD | O_DIRECTORY)
    } catch {
      return undefined   // the folder is missing too
    }
    try {
      if (!this.#is(fd, full)) return undefined
      const stats = native.lstatSync(hostPath(this.#fds + fd + path.slice(slash)), MAYBE) ?? null
      this.#missed = stats === null
      return stats
    } catch {
      return undefined   // a name too long, for instance
    } finally {
      native.closeSync(fd)
    }
  }

  #keep (kept: Kept): void {
    this.#kept = kept
    if (this.#releasing) return
    this.#releasing = true
    queueMicrotask(this.#release)
  }

  stat (path: string): HostStats {
    const fd = this.#hold(path, HOLD)
    try {
      return native.fstatSync(fd, BIG)
    } finally {
      native.closeSync(fd)
    }
  }

  hold (path: string): Held {
    const kept = this.#kept?.path === path ? this.#kept : undefined
    if (kept !== undefined) this.#kept = undefined
    const fd = kept?.fd ?? this.#hold(path, HOLD)
    const release = (): void => { native.closeSync(fd) }
    try {
      return { at: this.#fds + fd, stats: kept?.stats ?? native.fstatSync(fd, BIG), flags: 0, verify: trust, release }
    } catch (error) {
      release()
      throw error
    }
  }

  /** A descriptor of exactly `path`. */
  #hold (path: string, flags: number): number {
    this.#drop()
    const full = this.#prefix + path || '/'
    let fd
    try {
      fd = native.openSync(hostPath(full), flags)
    } catch {
      return this.#walk(path, flags)   // which fails with the code of the name that is at fault, if it fails
    }
    if (this.#is(fd, full)) return fd
    native.closeSync(fd)
    return this.#walk(path, flags)
  }

  /** True if the kernel says that the descriptor is the one of exactly this path. */
  #is (fd: number, full: string): boolean {
    try {
      return reads(this.#fds + fd, full)
    } catch {
      return false   // the path has become too long to be told, for instance: it is not the one asked for
    }
  }

  /** The same by openat(2), one name after the other. */
  #walk (path: string, flags: number): number {
    const names = path.split('/')
    names[0] = '.'
    let fd = this.#top()
    for (const [i, name] of names.entries()) {
      const from = fd
      if (name === '..') {
        native.closeSync(fd)
        throw new Errno('EINVAL')   // never asked for by the kernel: it knows what is above
      }
      try {
        fd = native.openSync(hostPath(`${this.#fds}${from}/${name}`), i === names.length - 1 ? flags : HOLD | O_DIRECTORY)
      } finally {
        native.closeSync(from)
      }
    }
    return fd
  }

  #top (): number {
    let fd
    try {
      fd = native.openSync(hostPath(this.#root), HOLD | O_DIRECTORY)
    } catch (error) {
      throw codeOf(error) === 'ENOTDIR' ? new Errno('ENOENT') : error   // a file, or a link, stands where the root was
    }
    if (this.#is(fd, this.#root)) return fd
    native.closeSync(fd)
    throw new Errno('ENOENT')   // there is a link above it now
  }
}

/** What a descriptor holds cannot become anything else. */
const trust = (): void => {}
