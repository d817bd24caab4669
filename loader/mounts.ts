// What the loader knows of the mounts: which module belongs to which of them, under which URL it is imported, who
// imported it, and what of the disk stays in sight under any mount. Loaded with the first mount, so it needs little.
import { dirname, sep } from 'node:path'
import { kindOnDisk } from '../lib/kernel/disk.ts'
import { native } from '../lib/kernel/native.ts'
import { registry } from '../lib/kernel/registry.ts'
import { Generations, marked } from './generations.ts'
import { OwnFiles } from './ownfiles.ts'
import { forget, hide, purge } from './purge.ts'
import type { Hidden } from './purge.ts'
import { firstPart, isFileURL, isUnder, pathOf } from './urls.ts'
import type { HooksThread, ModuleMount, ModuleSpace } from './modulespace.ts'

/** One mount and the modules that were loaded from it. */
interface Served {
  readonly mount: ModuleMount
  /** All modules that were asked for, by path. */
  readonly modules: Map<string, Located>
  /** The prefix is a folder of the disk as well, whose modules Node may have loaded before. */
  readonly overDisk: boolean
  hidden: Hidden
}

/** A module that a mount owns. */
export interface Located {
  readonly path: string
  readonly mount: ModuleMount
  /** Under which generation it is imported, once that is settled. */
  generation?: number
  /** Who asked for it: the mounted ones only, because others are never run again. */
  importers?: string | Set<string>
  /** Requests that led to it by another name than its own, as `folder\0request`: Node remembers where they led. */
  requests?: Set<string>
  /** It does nothing with `require` but call it, so that `require.resolve` cannot be what it asks with. */
  onlyRequires?: boolean
}

/** Shared by all copies of the package in the process, because Node's module map is. */
const sharedGenerations = (): Generations => (registry().generations ??= new Generations()) as Generations

/** The mounts that serve modules. */
export class Mounts {
  readonly #space: ModuleSpace
  readonly #served = new Map<ModuleMount, Served>()
  readonly #generations = sharedGenerations()
  readonly #kept: Array<{ clear (): void }> = []
  /** Modules by URL, of those that were asked for. */
  readonly #located: Map<string, Located> = this.keep(new Map())
  /** Where links led, of those that modules were found through. */
  readonly #links = new Map<string, string>()
  #forgetting = false
  #overlays: string[] = []
  #coversOwn = false
  /** The files of this package and of the drivers that it loads, covered or not. */
  readonly own = new OwnFiles()

  constructor (space: ModuleSpace) { this.#space = space }

  /** No mount serves modules. */
  get empty (): boolean { return this.#served.size === 0 }

  /** Some mount lies over the files of this package. */
  get coversOwn (): boolean { return this.#coversOwn }

  /** The thread of hooks, where hooks of others in it are to be asked. */
  get hooksThread (): HooksThread | undefined {
    const { hooks } = this.#space
    return hooks?.hasOthers === true && hooks.there !== false ? hooks : undefined
  }

  /** In a thread of hooks: learns what has changed. */
  hear (): void { this.#space.news?.() }

  /** What is remembered may be wrong. */
  refresh (): void { this.#changed() }

  /** The prefixes of the mounts that serve modules. */
  prefixes (): string[] { return Array.from(this.#served.keys(), mount => mount.prefix) }

  /** A cache of somebody who asks here: it is cleared whenever an answer may change. */
  keep<T extends { clear (): void }> (cache: T): T {
    this.#kept.push(cache)
    return cache
  }

  /** The modules of a mount that were asked for, the latest last. */
  pathsOf (mount: ModuleMount): string[] { return [...this.#served.get(mount)?.modules.keys() ?? []] }

  /** A mount begins to serve. */
  add (mount: ModuleMount): void {
    mount.generation = this.#generations.first(mount.prefix)
    if (!mount.moduleHooks) return
    const served: Served = {
      mount,
      modules: new Map(),
      overDisk: kindOnDisk(mount.prefix || sep) !== undefined,
      hidden: { modules: new Set(), restore: () => {} }
    }
    this.#served.set(mount, served)
    this.#changed() // which also settles what is our own, and is not hidden: read in once more, it would not know what the first one made
    served.hidden = hide(path => !this.isOwn(path) && this.owner(path) === mount)
  }

  /** A mount stops serving; its modules are forgotten. */
  remove (mount: ModuleMount): void {
    const served = this.#served.get(mount)
    if (served === undefined) return
    this.#served.delete(mount)
    purge(new Set(served.modules.keys()), served.hidden.modules)
    served.hidden.restore()
    if (this.empty) this.#links.clear()
    this.#changed()
  }

  /** The module at a path (or all below it) and those that import them run again when they are asked for next. */
  invalidate (path: string): void {
    const named = this.#namedBy(path.endsWith(`${sep}package.json`) ? dirname(path) : path)
    named.add(path)
    const stale = new Set<string>()
    this.#served.forEach(({ modules }) => {
      modules.forEach((_module, name) => {
        for (const one of named) if (isUnder(name, one)) this.#addWithImporters(name, stale)
      })
    })
    const requests: string[] = []
    this.#served.forEach(({ modules, hidden }) => {
      const own = [...stale].filter(name => modules.has(name))
      for (const name of own) {
        modules.get(name)!.requests?.forEach(request => requests.push(request))
        modules.delete(name)
      }
      purge(new Set(own), hidden.modules)
    })
    this.#changed()
    this.#forgetting = true
    try {
      requests.forEach(forget)
    } finally {
      this.#forgetting = false
    }
  }

  /** A path, where it leads now, and where links at or below it led when modules were looked for. */
  #namedBy (path: string): Set<string> {
    const named = new Set([path])
    this.#links.forEach((target, link) => { if (isUnder(link, path)) named.add(target) })
    if (this.stat(path) !== undefined) named.add(this.realpath(path))
    return named
  }

  #addWithImporters (path: string, into: Set<string>): void {
    if (into.has(path)) return
    into.add(path)
    this.#served.forEach(({ modules }) => {
      const importers = modules.get(path)?.importers ?? []
      for (const importer of typeof importers === 'string' ? [importers] : importers) this.#addWithImporters(importer, into)
    })
  }

  /** Node is made to forget where requests led: none is answered meanwhile. */
  get forgetting (): boolean { return this.#forgetting }

  /** The serving mount that owns a path; undefined for the disk. */
  owner (path: string): ModuleMount | undefined {
    const mount = this.#space.owner(path)
    return mount !== undefined && this.#served.has(mount) ? mount : undefined
  }

  /** Whether what stands at a path, or at it with one of the extensions, could come from a mount. */
  touches (path: string, extensions: readonly string[] = []): boolean {
    return this.owner(path) !== undefined || this.overlays(path, extensions)
  }

  /** Whether an overlay has something at a path: whose it is tells only a lookup. */
  overlays (path: string, extensions: readonly string[] = []): boolean {
    if (!this.#overlays.some(prefix => isUnder(path, prefix))) return false
    return this.#space.present(path) || extensions.some(extension => this.#space.present(path + extension))
  }

  /** Whether an overlay lies over or in a folder. */
  underOverlay (folder: string): boolean { return this.#overlays.some(prefix => isUnder(folder, prefix) || isUnder(prefix, folder)) }

  /** Whether a bare specifier in a real folder could lead into a plain mount: by a `node_modules` above it, or by its own package. */
  touchesBare (folder: string, scopeOf: () => string | undefined, globalPaths: readonly string[]): boolean {
    let scope: string | undefined | null = null
    for (const { prefix } of this.#served.keys()) {
      if (firstPart(prefix) === firstPart(folder)) {
        if (scope === null) scope = scopeOf()
        if (scope !== undefined && isUnder(prefix, scope)) return true
      }
      const at = `${prefix}${sep}`.lastIndexOf(`${sep}node_modules${sep}`)
      for (let end = at; end >= 0; end = prefix.lastIndexOf(`${sep}node_modules${sep}`, end - 1)) {
        if (isUnder(folder, prefix.slice(0, end) || sep)) return true
      }
    }
    return globalPaths.some(path => this.touches(path))
  }

  /** Whether what the disk has at a path or URL is covered by a mount. */
  hides (name: string): boolean {
    const path = isFileURL(name) ? pathOf(name) : name
    return path !== undefined && this.owner(path) !== undefined
  }

  /** The mounted module behind a URL, whatever its query. */
  locate (url: string): Located | undefined {
    const known = this.#located.get(url)
    if (known !== undefined) return known
    if (!isFileURL(url)) return undefined
    const path = pathOf(url)
    return path === undefined ? undefined : this.locatePath(path)
  }

  /** The mounted module at a path. */
  locatePath (path: string): Located | undefined {
    const mount = this.owner(path)
    return mount && this.#moduleAt(path, mount)
  }

  /** The module that is the file at a path, links followed: undefined: no file; null: the long way has to tell. */
  file (path: string): Located | undefined | null {
    if (this.isOwn(path)) return null
    const found = this.#space.file(path)
    if (found == null) return found
    if (found.path !== path) this.#links.set(path, found.path)
    return this.#served.has(found.mount) && !this.isOwn(found.path) ? this.#moduleAt(found.path, found.mount) : null
  }

  #moduleAt (path: string, mount: ModuleMount): Located {
    return this.#served.get(mount)!.modules.get(path) ?? { path, mount }
  }

  /** Notes that a module of a mount was asked for: by `importer`, if that is one too, which then is invalidated with it; by which request: see `Located.requests`. */
  note ({ url, located }: { url: string, located: Located }, importer: string | undefined, request?: string): void {
    if (this.isOwn(located.path)) return
    const module = this.#enter(located)
    if (request !== undefined) (module.requests ??= new Set()).add(request)
    this.#located.set(url, module)
    const { importers } = module
    if (importer === undefined || importer === importers) return
    if (importers === undefined) module.importers = importer
    else if (typeof importers !== 'string') importers.add(importer)
    else module.importers = new Set([importers, importer])
  }

  /** The one record of a module. */
  #enter (located: Located): Located {
    const { path, mount } = located
    const { modules } = this.#served.get(mount)!
    const known = modules.get(path)
    if (known !== undefined) return known
    if (modules.size === 0) this.#generations.used(mount.prefix, mount.generation)
    modules.set(path, located)
    return located
  }

  /** The generation under which a mounted module is an ES module in Node's map. */
  generation (located: Located): number {
    const { path, mount } = located
    if (this.isOwn(path)) return 1
    const module = this.#enter(located)
    if (module.generation === undefined) {
      const least = this.#served.get(mount)!.overDisk && kindOnDisk(path) !== undefined ? 2 : 1
      module.generation = this.#generations.take(path, Math.max(least, mount.generation))
    }
    return module.generation
  }

  /**
   * The entry of the program, which nobody has loaded before: it goes by the URL that `process.argv[1]` has, which many
   * compare with their own, also where the disk has it too.
   */
  entered (located: Located): void {
    if (located.path === process.argv[1] && !this.isOwn(located.path)) {
      const module = this.#enter(located)
      module.generation ??= this.#generations.take(located.path, located.mount.generation)
    }
  }

  /** The URL under which a mounted module is imported. */
  urlOf (located: Located, url: string): string { return marked(url, this.generation(located)) }

  /** Files of this package and of the drivers that it loads are those of the disk under any mount; false where none covers them. */
  isOwn (path: string): boolean { return this.#coversOwn && this.own.has(path) }

  #changed (): void {
    const prefixes = this.prefixes()
    this.#overlays = Array.from(this.#served.keys()).filter(mount => mount.porous).map(mount => mount.prefix)
    this.#coversOwn = this.own.isNear(prefixes)
    for (const cache of this.#kept) cache.clear()
  }

  /** What is at a path, links followed. */
  stat (path: string): 'file' | 'folder' | undefined { return this.isOwn(path) ? kindOnDisk(path) : this.#space.stat(path) }

  /** The content of a file. Throws Node's fs errors. */
  read (path: string): Uint8Array { return this.isOwn(path) ? Buffer.from(native.readFileSync(path, 'utf8')) : this.#space.read(path) }

  /** The path without links. Throws Node's fs errors. */
  realpath (path: string): string {
    if (this.isOwn(path)) return native.realpathSync(path)
    const real = this.#space.realpath(path)
    if (real !== path) this.#links.set(path, real)
    return real
  }
}
