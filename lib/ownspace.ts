// The name space of one file system object: its own root while it is not mounted, then its mount point.
import { posix } from 'node:path'
import { Errno, fsError } from './kernel/errors.ts'
import { handleOf, NO_FD, type Handle } from './kernel/handles.ts'
import type { Dentry, View } from './kernel/namei.ts'
import { isUnder } from './kernel/paths.ts'
import type { Volume } from './kernel/volume.ts'
import { expose } from './mount/mounting.ts'
import { mountedSpace } from './mount/mountedspace.ts'
import { NO_MEMORY, type Mount } from './mount/mounttable.ts'
import { isFd } from './ops/args.ts'
import type { Maker } from './ops/calls/functions.ts'
import { descriptorOf } from './ops/calls/perform.ts'
import type { Callable, Form } from './ops/row.ts'
import type { Asking, Space, Spot } from './ops/space.ts'
import { TABLE } from './ops/table.ts'

/** Serves the paths and descriptors of one object, and nothing else of the process. */
export class OwnSpace implements Space, Maker {
  readonly space = this
  readonly parents: boolean
  readonly moved = false
  readonly #cwd: () => string
  readonly #view: View
  readonly cache = new Map<string, Dentry>()
  #mount: Mount | undefined
  /** For calls that began since it was last mounted or unmounted. */
  #kept: KeptOwnSpace | undefined

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
    this.#kept?.hold()
    this.#kept = undefined
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
    const { view } = this
    return leadsOut(view, asking) ? mountedSpace().table.locate(path, asking) : { view, rest: restIn(view, path) }
  }

  kept (): Space { return (this.#kept ??= new KeptOwnSpace(this)) }

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
    return this.#mount === undefined ? expose(this.#view.volume) : undefined
  }
}

/** Whether the links of a mounted object lead anywhere: that of an overlay sees and writes only what it has itself. */
const leadsOut = (view: View, { followed }: Asking): boolean => view.mounted && followed && view.porous !== true

/** What stands behind the prefix of a mount in a path; all of it while nothing is mounted. Throws ENOENT for other paths. */
function restIn ({ mounted, prefix }: View, path: string): string {
  if (!mounted) return path
  const text = isUnder(path, prefix) ? path : posix.normalize(path)
  if (!isUnder(posix.normalize(path), prefix)) throw new Errno('ENOENT')
  return text.slice(prefix.length)
}

/** The name space of an object as calls began in it, until the object is mounted or unmounted; from then on as it was. */
class KeptOwnSpace implements Space {
  readonly parents: boolean
  readonly moved = false
  readonly #own: OwnSpace
  readonly #links = mountedSpace().kept()
  #held: { readonly view: View, readonly cwd: string } | undefined

  constructor (own: OwnSpace) {
    this.#own = own
    this.parents = own.parents
  }

  /** Told before the object is mounted or unmounted. */
  hold (): void {
    this.#held = { view: { ...this.#own.view, cache: NO_MEMORY }, cwd: this.#own.absolute('') }
  }

  get past (): boolean { return this.#held !== undefined }
  get base (): string { return this.#held?.view.prefix ?? this.#own.base }

  absolute (path: string): string { return path.startsWith('/') || this.#held === undefined ? this.#own.absolute(path) : `${this.#held.cwd}${path}` }

  locate (path: string, asking: Asking): Spot | string {
    if (this.#held === undefined) return this.#own.locate(path, asking)
    const { view } = this.#held
    return leadsOut(view, asking) ? this.#links.locate(path, asking) : { view, rest: restIn(view, path) }
  }

  kept (): Space { return this }
  admits (handle: Handle): boolean { return this.#own.admits(handle) }
  elsewhere (name: string, form: Form): Callable { return this.#own.elsewhere(name, form) }
  exposed (): ReturnType<OwnSpace['exposed']> { return this.#own.exposed() }
}
