// Stands where a mount of another thread or process could not be made again: every question about a path below it is
// answered with the reason, so that nobody takes the disk's files for the mount's.
import { invalidState } from '../kernel/errors.ts'
import { ABSENT, S_IFDIR, type Attr, type Described, type Provider } from '../kernel/provider.ts'

const ROOT: Attr = {
  ino: 1, mode: S_IFDIR | 0o555, nlink: 2, uid: 0, gid: 0, rdev: 0, size: 0, atime: 0, mtime: 0, ctime: 0, birthtime: 0,
  atimeNs: 0, mtimeNs: 0, ctimeNs: 0, birthtimeNs: 0
}

/** A root in which nothing can be looked for. */
export class AbsentProvider implements Provider<'/'> {
  readonly root = '/'
  readonly readonly = true
  readonly #reason: string

  constructor (reason: string) { this.#reason = reason }

  #refuse (): never { throw invalidState(this.#reason) }

  getattr (): Attr { return ROOT }
  pin (): '/' { return '/' }
  unpin (): void {}
  lookup (): never { this.#refuse() }
  getdents (): never { this.#refuse() }
  getlink (): never { this.#refuse() }
  read (): never { this.#refuse() }
  write (): never { this.#refuse() }
  setattr (): never { this.#refuse() }
  mknod (): never { this.#refuse() }
  linkat (): never { this.#refuse() }
  unlinkat (): never { this.#refuse() }
  renameat (): never { this.#refuse() }
  describe (): Described { return { provider: ABSENT, source: this.#reason } }
}
