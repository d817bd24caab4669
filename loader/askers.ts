// Who asks for modules, and whether a mount can have to do with what they ask for. It is looked at for every module of
// the process, so what is asked here needs no resolver.
import { dirname, join, resolve as resolvePath, sep } from 'node:path'
import { kindOnDisk } from '../lib/kernel/disk.ts'
import { nodeModule } from '../lib/kernel/native.ts'
import { isFileURL, pathOf, PLAIN } from './urls.ts'
import type { Located, Mounts } from './mounts.ts'

/** What is known of a module that asks. */
export interface Asker {
  readonly url: string
  /** Undefined for what is no file (`data:`). */
  readonly path: string | undefined
  readonly folder: string
  /** The folder is the same as a path and in a URL. */
  readonly isPlain: boolean
  readonly located: Located | undefined
  /** The package.json that governs it cannot be parsed, once that was looked at. */
  broken?: boolean
}

const RELATIVE = /^\.{0,2}\//

/** The modules that have asked, by URL. */
export class Askers {
  readonly #mounts: Mounts
  readonly #askers: Map<string, Asker>
  /** By folder: whether a bare specifier there may lead into a mount. */
  readonly #bare: Map<string, boolean>
  readonly #scopes: Map<string, string>
  readonly #extensions: () => string[]

  constructor (mounts: Mounts) {
    this.#mounts = mounts
    this.#askers = mounts.keep(new Map())
    this.#bare = mounts.keep(new Map())
    this.#scopes = mounts.keep(new Map())
    const { extensions } = nodeModule.createRequire(process.execPath)
    this.#extensions = () => Object.keys(extensions)
  }

  /** What is known of the module with this URL. */
  of (url: string | undefined): Asker | undefined {
    if (url === undefined) return undefined
    let asker = this.#askers.get(url)
    if (asker === undefined) this.#askers.set(url, asker = this.#make(url))
    return asker
  }

  #make (url: string): Asker {
    const path = isFileURL(url) ? pathOf(url) : undefined
    const folder = path === undefined ? '' : path.endsWith('/') ? resolvePath(path) : dirname(path)
    return { url, path, folder, isPlain: PLAIN.test(folder), located: path === undefined ? undefined : this.#mounts.locatePath(path) }
  }

  /** False when no mount has to do with what a module means by a specifier; true when that has to be looked up. */
  mayConcern (specifier: string, url: string | undefined): boolean {
    const asker = this.of(url)
    if (asker?.located !== undefined || asker?.path === undefined) return true
    if (RELATIVE.test(specifier)) return !PLAIN.test(specifier) || this.#mounts.touches(resolvePath(asker.folder, specifier), this.#extensions())
    if (isFileURL(specifier)) {
      const path = pathOf(specifier)
      return path === undefined || !PLAIN.test(path) || this.#mounts.touches(path, this.#extensions())
    }
    if (nodeModule.isBuiltin(specifier)) return false
    if (this.overlaysBare(asker.folder)) return true
    let bare = this.#bare.get(asker.folder)
    if (bare === undefined) this.#bare.set(asker.folder, bare = this.#touchesBare(asker.folder))
    return bare
  }

  /**
   * Whether an overlay has to do with a bare specifier in a folder: it adds to a `node_modules` above, or to the package
   * that the folder is in. Not remembered, because names come into an overlay without notice.
   */
  overlaysBare (folder: string): boolean {
    if (!this.#mounts.underOverlay(folder)) return false
    let at = ''
    for (const name of folder.split(sep)) {
      at = name === '' ? at : `${at}${sep}${name}`
      if (at !== '' && !this.#mounts.overlays(at)) break
      if (this.#mounts.overlays(`${at}${sep}node_modules`)) return true
    }
    return this.#mounts.overlays(this.#scope(folder)) && this.#scope(folder) !== sep
  }

  /** The folder of the package on the disk that a folder belongs to. */
  #scope (folder: string): string {
    let scope = this.#scopes.get(folder)
    if (scope === undefined) {
      scope = kindOnDisk(join(folder, 'package.json')) !== undefined || dirname(folder) === folder ? folder : this.#scope(dirname(folder))
      this.#scopes.set(folder, scope)
    }
    return scope
  }

  #touchesBare (folder: string): boolean {
    const { globalPaths } = nodeModule as unknown as { globalPaths: readonly string[] }
    // Where a package begins needs the resolver; a mount in another part of the tree cannot lie in it.
    return this.#mounts.touchesBare(folder, () => sep, globalPaths)
  }
}
