// The guard of systems without descriptor paths (and of processes whose permissions exclude /proc): every folder on
// the way is looked at before and after the access. A race that is won exactly in between changes or reads one
// file at worst, and is reported; on Linux the guard of descriptor.ts leaves no such gap.
import { Errno } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import { hostPath, type HostStats } from './host.ts'
import { parentOf, type Guard, type Held } from './guard.ts'

const { O_NOFOLLOW = 0 } = native.constants as Partial<typeof native.constants>
const BIG = { bigint: true } as const
const MAYBE = { bigint: true, throwIfNoEntry: false } as const

/** The guard of `root` (a canonical path) that needs nothing from the system. */
export const beforeGuard = (root: string): Guard => new BeforeGuard(root)

const sameInode = (a: HostStats, b: HostStats): boolean => a.ino === b.ino && a.dev === b.dev

/** Looks at the folders on the way before and after each access. */
class BeforeGuard implements Guard {
  readonly #root: string
  readonly #prefix: string
  readonly #identity: HostStats

  constructor (root: string) {
    this.#root = root
    this.#prefix = /[/\\]$/.test(root) ? root.slice(0, -1) : root
    this.#identity = native.lstatSync(hostPath(root), BIG)
  }

  folder<T> (path: string, run: (at: string) => T): T {
    return this.#between(path, () => run(this.#at(path)))
  }

  inode<T> (path: string, run: (at: string, stats: HostStats) => T): T {
    return this.#between(parentOf(path), () => {
      const at = this.#at(path)
      return run(at, native.lstatSync(hostPath(at), BIG))
    })
  }

  glance (path: string): HostStats | null | undefined {
    try {
      return this.#between(parentOf(path), () => native.lstatSync(hostPath(this.#at(path)), MAYBE) ?? null)
    } catch {
      return undefined   // the kernel's walk will find out what the matter is
    }
  }

  stat (path: string): HostStats {
    return this.inode(path, (_at, stats) => stats)
  }

  hold (path: string): Held {
    const stats = this.stat(path)
    const verify = (fd: number): void => {
      this.#check(parentOf(path))
      if (!sameInode(native.fstatSync(fd, BIG), stats)) throw new Errno('EACCES')
    }
    return { at: this.#at(path), stats, flags: O_NOFOLLOW, verify, release: () => {} }
  }

  #at (path: string): string {
    if (/\/\.\.(?:\/|$)/.test(path)) throw new Errno('EINVAL')   // never asked for by the kernel: it knows what is above
    return path === '' ? this.#root : this.#prefix + path
  }

  #between<T> (folder: string, run: () => T): T {
    this.#check(folder)
    const result = run()
    this.#check(folder)
    return result
  }

  #check (folder: string): void {
    const fault = this.#fault(folder)
    if (fault !== undefined) throw new Errno(fault)
  }

  /** Why `folder` cannot be trusted: undefined if it and all above it, up to the root itself, are folders. */
  #fault (folder: string): string | undefined {
    const root = native.lstatSync(hostPath(this.#root), MAYBE)
    if (root === undefined || !sameInode(root, this.#identity)) return 'ENOENT'
    for (let end = folder.indexOf('/', 1); folder !== ''; end = folder.indexOf('/', end + 1)) {
      const stats = native.lstatSync(hostPath(this.#prefix + (end < 0 ? folder : folder.slice(0, end))), MAYBE)
      if (stats === undefined) return 'ENOENT'
      if (!stats.isDirectory()) return 'ENOTDIR'
      if (end < 0) break
    }
    return undefined
  }
}
