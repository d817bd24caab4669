// The name space of one file system object: its own root while it is not mounted, then its mount point.
import { posix } from 'node:path'
import { Errno, fsError } from './kernel/errors.ts'
import { handleOf, type Handle } from './kernel/handles.ts'
import type { Dentry, View } from './kernel/namei.ts'
import type { Volume } from './kernel/volume.ts'
import { shown } from './mount/mounting.ts'
import { mountedSpace } from './mount/mountedspace.ts'
import type { Mount } from './mount/table.ts'
import { isFd } from './ops/args.ts'
import type { Maker } from './ops/calls/functions.ts'
import { descriptorOf } from './ops/calls/perform.ts'
import type { Callable, Form } from './ops/row.ts'
import type { Asking, Space, Spot } from './ops/space.ts'
import { TABLE } from './ops/table.ts'
import { NO_FD } from './ops/calls/validate.ts'


/** The name space of one object: its own root while it is not mounted, then its mount point. */
export class OwnSpace implements Space, Maker {
  readonly space = this
  readonly parents: boolean
  readonly moved = false
  readonly #cwd: () => string
  readonly #view: View
  readonly cache = new Map<string, Dentry>()
  #mount: Mount | undefined

  /** `cwd` tells where relative paths start while it is not mounted. */
  constructor (cwd: () => string, volume: Volume, parents: boolean) {
    this.#cwd = cwd
    this.parents = parents
    this.#view = { volume, prefix: '', mounted: false, cache: this.cache }
    volume.views.add(this.#view)
  }

  get base (): string { return this.#mount?.prefix ?? '' }
  get view (): View { return this.#mount ?? this.#view }
  get mount (): Mount | undefined { return this.#mount }

  /** Told where it is mounted, or that it no longer is: the object's own root is out of use meanwhile. */
  set mount (mount: Mount | undefined) {
    const { views } = this.#view.volume
    this.#mount = mount
    this.cache.clear()
    if (mount === undefined) views.add(this.#view)
    else views.delete(this.#view)
  }

  foreign (): boolean { return false }
  foreignFd (): boolean { return false }

  absolute (path: string): string {
    if (path.startsWith('/')) return path
    const cwd = this.mount === undefined ? this.#cwd() : process.cwd()
    return cwd === '/' ? `/${path}` : `${cwd}/${path}`
  }

  locate (path: string, asking: Asking): Spot | string {
    const { mount } = this
    if (mount === undefined) return { view: this.#view, rest: path }
    if (asking.followed) return mountedSpace().table.locate(path, asking)
    const text = posix.normalize(path)
    if (text !== mount.prefix && !text.startsWith(`${mount.prefix}/`)) throw new Errno('ENOENT')
    return { view: mount, rest: (path === mount.prefix || path.startsWith(`${mount.prefix}/`) ? path : text).slice(mount.prefix.length) }
  }

  /** Who holds the object of a sandbox reaches no other file by a guessed number. */
  admits (handle: Handle): boolean {
    return !this.#view.volume.confined || handle.volume === this.#view.volume
  }

  /** Whether a stream of the object may work on a FileHandle that has this number. */
  takes (fd: number): boolean {
    const handle = handleOf(fd)
    return handle === undefined ? !this.#view.volume.confined : this.admits(handle)
  }

  elsewhere (name: string, form: Form): Callable {
    const serve = mountedSpace().elsewhere(name, form)
    if (!this.#view.volume.confined || TABLE[name]?.fd === undefined) return serve
    return (first: unknown, ...rest: unknown[]) => {
      // A FileHandle of somebody's is as good as its number.
      if (form === 'promise' && descriptorOf(first) !== undefined && !isFd(first)) return Promise.reject(fsError('EBADF', name))
      return serve(isFd(first) ? NO_FD : first, ...rest)
    }
  }

  exposed (): { readonly prefix: string, readonly undo: () => void } | undefined {
    return this.#mount === undefined ? shown(this.#view.volume) : undefined
  }
}
