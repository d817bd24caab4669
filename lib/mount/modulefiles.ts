// Files of the whole name space as the module loader reads them: mounted paths from the mounts, the rest from the disk.
import { dirname, sep } from 'node:path'
import { kindOnDisk } from '../kernel/disk.ts'
import { isWhole, recall, remember, type Dentry, type Place } from '../kernel/namei.ts'
import { native } from '../kernel/native.ts'
import { isDir, isLink } from '../kernel/provider.ts'
import { may, X_OK } from '../kernel/rights.ts'
import { callSync } from '../ops/calls/forms.ts'
import { content } from '../ops/content.ts'
import { TABLE } from '../ops/table.ts'
import { look, type Mount } from './mounttable.ts'
import type { MountedSpace } from './mountedspace.ts'
import { ASK_NODE } from '../ops/space.ts'

/** The name space as the loader sees it. Paths are absolute and normalised. */
export class ModuleFiles {
  readonly #space: MountedSpace
  readonly #prefixes = new Map<string, string>()

  constructor (space: MountedSpace) { this.#space = space }

  get hooks (): MountedSpace['hooks'] { return this.#space.hooks }
  get news (): MountedSpace['news'] { return this.#space.news }

  /** The mount that owns a path; an overlay only if the name exists in it; undefined: the disk. */
  owner (path: string): Mount | undefined {
    if (this.#space.foreign(path)) return undefined
    const known = recall(this.#space.cache, path)
    const spot = known?.node === undefined || isDir(known.mode) ? this.#space.table.locate(path, ASK_NODE) : known
    if (typeof spot === 'string') return undefined
    const mount = spot.view as Mount
    return mount.synthetic ? undefined : mount
  }

  /** Whether a mount has something at a path, also a folder that for an overlay is the one of the disk. */
  present (path: string): boolean {
    return !this.#space.foreign(path) && this.#space.table.shares(path, true).next().done !== true
  }

  /** What is at a path, links followed. */
  stat (path: string): 'file' | 'folder' | undefined {
    if (this.#space.foreign(path)) return kindOnDisk(path)
    const found = this.#find(path)
    return found === 'leaves' ? this.#statThere(path) : found === 'disk' ? kindOnDisk(path) : found && kind(found)
  }

  /**
   * The real path of a file of a mount, and the mount: undefined when there is no file at the path, null when that
   * cannot be said here, because the disk or a link that leads out of the mount has a part in it.
   */
  file (path: string): { path: string, mount: Mount } | undefined | null {
    if (this.#space.foreign(path)) return null
    const found = this.#find(path)
    if (found === 'leaves' || found === 'disk') return null
    if (found === undefined || kind(found) !== 'file') return undefined
    const { prefix } = found.view
    return { path: this.#realPrefix(prefix) + (found.path ?? path).slice(prefix.length), mount: found.view as Mount }
  }

  /** What a path names: remembered, else found in its folder if that is remembered, else walked to. */
  #find (path: string): Spotted | 'leaves' | 'disk' | undefined {
    const known = recall(this.#space.cache, path) ?? this.#beside(path)
    if (known !== undefined && !known.elsewhere) return known
    const spot = this.#space.table.locate(path, ASK_NODE)
    if (typeof spot === 'string') return 'disk'
    const place = look(spot.view, spot.rest, true)
    if (place === 'leaves' || place === undefined) return place
    if (place.path === path && place.last === 'name') this.#rememberLine(path, place)
    return place
  }

  /** What was walked to, and all the folders on the way. */
  #rememberLine (path: string, { view, volume, line, name, node, mode }: Place): void {
    remember(path, view, node, mode)
    let at = path.length - name.length - 1
    for (let depth = line.length - 1; depth > 0; depth--) {
      const text = path.slice(0, at)
      remember(text, view, line[depth], volume.getattr(line[depth]).mode)
      at = text.lastIndexOf('/')
    }
  }

  /** A name in a folder that is remembered, or found so itself: for a plain mount the walk need not be repeated. */
  #beside (path: string): Dentry | undefined {
    const cut = path.lastIndexOf('/')
    if (cut <= 0) return undefined
    const parent = path.slice(0, cut)
    const folder = recall(this.#space.cache, parent) ?? this.#beside(parent)
    if (folder?.node === undefined || folder.elsewhere || !isDir(folder.mode)) return undefined
    const { view, node } = folder
    if (!isWhole(view, path) || !may(view.volume.getattr(node), X_OK)) return undefined
    const found = view.volume.lookup(node, path.slice(cut + 1))
    if (found !== undefined && isLink(found.mode)) return undefined
    return remember(path, view, found?.node, found?.mode ?? 0)
  }

  /** A path that leads out of its mount: asked the general way. */
  #statThere (path: string): 'file' | 'folder' | undefined {
    const stats = callSync(this.#space, 'stat', TABLE.stat!, [path, { throwIfNoEntry: false }]) as import('node:fs').Stats | undefined
    return stats === undefined ? undefined : stats.isDirectory() ? 'folder' : 'file'
  }

  /** The content of a file. Throws Node's fs errors. */
  read (path: string): Uint8Array {
    const known = recall(this.#space.cache, path)
    if (known !== undefined && known.node !== undefined && !isDir(known.mode)) return content(known.view.volume, known.node)
    return callSync(this.#space, 'readFile', TABLE.readFile!, [path]) as Uint8Array
  }

  /** The path without links. Throws Node's fs errors. */
  realpath (path: string): string {
    const known = recall(this.#space.cache, path)
    if (known?.node !== undefined && !isDir(known.mode) && !isLink(known.mode)) return this.#realPrefix(known.view.prefix) + path.slice(known.view.prefix.length)
    const spot = this.#space.foreign(path) ? path : this.#space.table.locate(path, ASK_NODE)
    const place = typeof spot === 'string' ? undefined : look(spot.view, spot.rest, true)
    if (place === undefined || place === 'leaves' || place.node === undefined) return this.#realpathThere(path)
    const { prefix } = place.view
    return this.#realPrefix(prefix) + place.path.slice(prefix.length)
  }

  #realpathThere (path: string): string {
    return callSync(this.#space, 'realpath', TABLE.realpath!, [path]) as string
  }

  /** Whether the disk leads to a mount point without a link, and no other mount has a part in it: the general way need not be asked. */
  #isReal (prefix: string): boolean {
    const folder = dirname(prefix)
    if (folder !== sep && !this.#space.foreign(folder)) return false
    try {
      const there = native.existsSync(prefix) ? prefix : folder
      return native.realpathSync.native(there) === there
    } catch {
      return false   // whatever is wrong with it, the general way says
    }
  }

  /** Links of the disk on the way to a mount are looked at once, as it was when it was first asked. */
  #realPrefix (prefix: string): string {
    let real = this.#prefixes.get(prefix)
    if (real === undefined) {
      real = prefix === '' || this.#isReal(prefix) ? prefix : this.#realpathThere(prefix)
      if (this.#prefixes.size > 1000) this.#prefixes.clear()
      this.#prefixes.set(prefix, real)
    }
    return real
  }
}

/** A node that a path names, or a name that is missing. */
type Spotted = Pick<Dentry, 'view' | 'node' | 'mode'> & { readonly path?: string }

const kind = ({ node, mode }: Pick<Dentry, 'node' | 'mode'>): 'file' | 'folder' | undefined =>
  node === undefined ? undefined : isDir(mode) ? 'folder' : 'file'
