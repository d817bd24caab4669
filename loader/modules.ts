// Which module a specifier means, whichever way Node asks. `undefined` always means: no mount has to do with it, hand it
// on untouched.
import { dirname, isAbsolute, resolve as resolvePath, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { nodeModule } from '../lib/kernel/native.ts'
import { PRELOAD, nodeModulePaths, resolveFilename } from './resolvefilename.ts'
import { inputTypeNotAllowed, missedRequest } from './errors.ts'
import { lookupPathsOf } from './lookuppaths.ts'
import { mountedHost } from './mountedhost.ts'
import { unmarked } from './generations.ts'
import { findPackage, getNearestParentPackage } from './package.ts'
import { isBare } from './findpackage.ts'
import { cache, parentOf } from './purge.ts'
import { resolveURL } from './resolve.ts'
import { setOf } from './settings.ts'
import { Sources } from './sources.ts'
import { plainPackageFile } from './target.ts'
import { isFileURL, pathOf, PLAIN, PLAIN_NAMES, urlOfPath } from './urls.ts'
import type { Asker, Askers } from './askers.ts'
import type { RequireOptions, RequireParent } from './resolvefilename.ts'
import type { ResolutionError } from './errors.ts'
import type { Host } from './host.ts'
import type { Located, Mounts } from './mounts.ts'
import type { Settings } from './settings.ts'

/** A module of a mount: how it is imported, where it is, and what `import` would take it for. */
export interface Found { readonly url: string, readonly located: Located, readonly format: string | null | undefined }

/** What a specifier means: a module of a mount, something else that is to be looked for under this name, or a failure that others may heal. */
export type Answer = { found: Found } | { handOn: string } | { failed: Error } | undefined

type Conditions = readonly string[] | undefined

const NO_CONDITIONS: readonly string[] = []
const DOT = 46
const SLASH = 47
const SCHEME = /^[a-z][a-z0-9+.-]*:/i
/** A plain path to something in or below the folder of who asks. */
const BESIDE = /^\.(?:\/(?!\.{1,2}(?:\/|$))[\w\-.@+]+)+$/
/** The end of a request that can only be a folder. */
const FOLDER = /(?:^|\/)\.{0,2}$/

/** Resolves over mounts; one per thread. */
export class Modules {
  readonly mounts: Mounts
  readonly settings: Settings
  readonly host: Host
  readonly sources: Sources
  /** What belongs to a request that has led into a mount is read in with the resolver. */
  readonly lookupPathsOf = lookupPathsOf
  readonly #askers: Askers
  readonly #bare: Map<string, boolean>
  /** Errors of requests that nobody knew, with the specifier: `heal` is asked twice about one where hooks stand before CommonJS. */
  readonly #failures = new WeakMap<Error, string>()
  #found = new WeakMap<readonly string[], Map<string, Found>>()
  #extensions = ''

  constructor (mounts: Mounts, askers: Askers, settings: Settings) {
    this.mounts = mounts
    this.settings = settings
    this.host = mountedHost(mounts, settings.facts)
    this.sources = new Sources(mounts, this.host, settings)
    this.#askers = askers
    this.#bare = mounts.keep(new Map())
    mounts.keep({ clear: () => { this.#found = new WeakMap() } })
  }

  /** What `import` means by a specifier. */
  forImport (specifier: string, parentURL: string | undefined, conditions?: Conditions): Answer {
    // Nobody asks: it is meant from the working folder, but for the entry, which comes as a URL (esm/resolve.js, defaultResolve).
    if (parentURL === undefined && !SCHEME.test(specifier)) parentURL = pathToFileURL(this.settings.cwd + sep).href
    const asker = this.#askers.of(parentURL)
    if (asker?.located !== undefined && asker.isPlain && BESIDE.test(specifier)) {
      const found = this.#importedFile(asker.folder + specifier.slice(1))
      if (found !== undefined) return this.#noted(found, asker)
    }
    const first = specifier.charCodeAt(0)
    let owned = asker?.located !== undefined
    let path: string | undefined
    if (first === DOT || first === SLASH || isFileURL(specifier)) {
      path = importedPath(specifier, asker)
      const inMount = path !== undefined && this.mounts.owner(path) !== undefined
      // What a module of a mount imports from the disk by its path is Node's to find, which remembers what it found.
      if (!inMount && (!owned || path !== undefined) && (path === undefined || !this.mounts.overlays(path))) return undefined
      owned ||= inMount
    } else {
      if (asker?.path === undefined || SCHEME.test(specifier) || this.settings.isBuiltin(specifier)) return undefined
      if (!owned && !this.#touchesBare(asker)) return undefined
    }
    return this.#once(`i${asker?.path === undefined ? parentURL : asker.folder}\0${specifier}`, asker, conditions, owned, () =>
      (path === undefined || parentURL === undefined || !PLAIN.test(specifier) || !PLAIN.test(path) || FOLDER.test(specifier) ? undefined : this.#importedFile(path)) ??
      (parentURL === undefined ? this.#entry(specifier, conditions) : this.#imported(specifier, parentURL, conditions)))
  }

  /** The entry of the program: Node looks for it as `require` does before it imports it (run_main.js, resolveMainPath). */
  #entry (specifier: string, conditions: Conditions): Found | string {
    if (this.settings.inputType) throw inputTypeNotAllowed()
    try {
      return this.#imported(specifier, undefined, conditions)
    } catch (error) {
      const path = pathOf(specifier)
      const answer = path === undefined ? undefined : this.forRequire(path, undefined, undefined, true)
      if (answer === undefined || !('found' in answer)) throw error
      const { url, located } = answer.found
      return { url, located, format: this.sources.importFormat(url, located.path) }
    }
  }

  /** The short way for what names a file as it stands: no package, condition or encoding has a say. */
  #importedFile (path: string): Found | undefined {
    const located = this.settings.preserveSymlinks ? null : this.mounts.file(path)
    if (located == null || (located.path !== path && !PLAIN.test(located.path))) return undefined
    const url = `file://${located.path}`
    return { url: this.mounts.urlOf(located, url), located, format: this.sources.importFormat(url, located.path) }
  }

  /** The short way for a name in a package's "exports". */
  #importedPackage (specifier: string, parentURL: string, conditions: Conditions): Found | undefined {
    if (!PLAIN_NAMES.test(specifier)) return undefined
    const { host, settings } = this
    const path = plainPackageFile(specifier, unmarked(parentURL), { conditions: setOf(conditions ?? settings.importConditions), host, settings })
    return path === undefined ? undefined : this.#importedFile(path)
  }

  #imported (specifier: string, parentURL: string | undefined, conditions: Conditions): Found | string {
    const short = parentURL === undefined || !isFileURL(parentURL) ? undefined : this.#importedPackage(specifier, parentURL, conditions)
    if (short !== undefined) return short
    const found = resolveURL(specifier, parentURL && unmarked(parentURL), conditions, this.host, this.settings)
    const url = typeof found === 'string' ? found : found.href
    const located = this.mounts.locate(url)
    if (located === undefined) return url
    if (parentURL === undefined) this.mounts.entered(located)
    return { url: this.mounts.urlOf(located, url), located, format: this.sources.importFormat(url, located.path) }
  }

  /** What `require` means by a request. `parent` is the module that asks, or the URL of it. */
  forRequire (request: string, parent: string | RequireParent | null | undefined, conditions?: Conditions, isMain = false, options?: RequireOptions): Answer {
    const parentURL = typeof parent === 'string' ? parent : parent?.filename ? pathToFileURL(parent.filename).href : undefined
    const asker = this.#askers.of(parentURL)
    if (this.mounts.forgetting) throw new Error(request)
    let owned = asker?.located !== undefined
    if (asker?.located !== undefined && !isMain && options?.paths === undefined && BESIDE.test(request) && !this.#isBroken(asker)) {
      const path = asker.folder + request.slice(1)
      const found = this.#requiredFile(path, request)
      if (found !== undefined) return this.#noted(found, asker, found.located.path.startsWith(path) ? undefined : request)
    }
    let path: string | undefined
    if (options?.paths !== undefined) {
      // Looked up from elsewhere: asked of the whole name space, and handed on when the disk has the answer.
      owned = Array.isArray(options.paths) && options.paths.some(folder => typeof folder === 'string' && this.mounts.touches(resolvePath(folder)))
    } else if (request.charCodeAt(0) === DOT || isAbsolute(request)) {
      path = resolvePath(asker?.folder ?? this.settings.cwd, request)
      owned ||= this.mounts.owner(path) !== undefined
      if (!owned && !this.mounts.overlays(path, this.settings.extensions)) return undefined
    } else {
      if (request.startsWith('node:') || this.settings.isBuiltin(request)) return undefined
      owned ||= asker === undefined && this.#beginsInMount()
      if (!owned && (asker === undefined || !this.#touchesBare(asker))) return undefined
    }
    const key = options?.paths !== undefined || asker === undefined ? undefined : `r${asker.folder}\0${request}`
    this.#heedExtensions()
    return this.#once(key, asker, conditions, owned, () =>
      (path === undefined || isMain || asker === undefined || this.#isBroken(asker) || !/^\.\.?\//.test(request) ? undefined : this.#requiredFile(path, request)) ??
      this.#required(request, typeof parent === 'object' && parent !== null ? parent : asker?.path ?? (isAbsolute(request) ? undefined : nobody(this.settings.cwd)), isMain, { paths: options?.paths, conditions }), request)
  }

  #beginsInMount (): boolean {
    try {
      return this.mounts.owner(this.settings.cwd) !== undefined
    } catch {
      return false // the working folder is gone from the disk
    }
  }

  /** The short way for a path that is a file, or becomes one with an extension; folders and failures go the long way. */
  #requiredFile (path: string, request: string): Found | undefined {
    if (FOLDER.test(request)) return undefined
    const { mounts, settings } = this
    if (settings.preserveSymlinks) return undefined
    let located = mounts.file(path)
    if (located === undefined) {
      settings.extensions.some(extension => (located = mounts.file(path + extension)) !== undefined)
    }
    return located == null ? undefined : requiredAs(located)
  }

  #required (request: string, parent: string | RequireParent | undefined, isMain: boolean, options: RequireOptions): Found | string {
    const from = typeof parent === 'string' ? moduleAt(parent) : parent ?? null
    const path = resolveFilename(request, from, isMain, options, this.host, this.settings)
    const located = isAbsolute(path) ? this.mounts.locatePath(path) : undefined
    if (located === undefined) return path
    if (isMain) this.mounts.entered(located)
    return requiredAs(located)
  }

  /**
   * A bare name that no mount knows may be an alias of which hooks of others know. `others` asks these for a path or URL.
   * If that lies in a mount, `again` finds it there; so too if they failed because what they made of the name is not on the
   * disk. Gives the module of a mount, or undefined when what the others said stands; throws `failed` when nobody knows the
   * name. What a mount hides on the disk stays hidden.
   */
  heal (failed: Error, specifier: string, others: () => string, again: (specifier: string) => Answer): Found | undefined {
    this.#failures.set(failed, specifier)
    if (isAbsolute(specifier) || /^\.\.?(\/|$)/.test(specifier) || isFileURL(specifier)) throw failed
    let meant
    try {
      meant = others()
      if (!this.mounts.hides(meant)) return undefined
    } catch (error) {
      // Where hooks and `Module._resolveFilename` both ask here, the other one may have said already that nobody knows it.
      if (this.#failures.get(error as Error) === specifier) throw failed
      meant = missedRequest(error)
      if (meant === undefined || meant === specifier) throw failed // nobody knows it: our error names what was asked for in the mount
    }
    return answered(again(meant), failed)
  }

  /** What `module.findPackageJSON` finds. Throws Node's errors. */
  findPackageJSON (name: string, parent: string): string | undefined {
    const { host, settings } = this
    if (isBare(name)) return findPackage(name, parent, host, settings.facts).path
    let target
    try {
      const url = resolveURL(name, parent, undefined, host, settings)
      target = typeof url === 'string' ? url : url.href
    } catch (error) {
      const { code, url } = error as ResolutionError
      if (code !== 'ERR_UNSUPPORTED_DIR_IMPORT') throw error
      target = url!
    }
    const path = fileURLToPath(target)
    return getNearestParentPackage(path, host, settings.facts)?.path ?? (settings.facts.findGivesPath ? path : undefined)
  }

  /** Finds once per folder and request; what a mount owns is noted, what it does not own is handed on. */
  #once (key: string | undefined, asker: Asker | undefined, conditions: Conditions, owned: boolean, find: () => Found | string, request?: string): Answer {
    const known = key === undefined ? undefined : this.#knownFor(conditions)
    let found = known?.get(key!)
    if (found === undefined) {
      let result
      try {
        result = find()
      } catch (error) {
        // What a mount has no part in gets Node's own error.
        return owned || !isNotFound(error) ? { failed: error as Error } : undefined
      }
      if (typeof result === 'string') return owned ? { handOn: result } : undefined
      found = result
      known?.set(key!, found)
    }
    return this.#noted(found, asker, request)
  }

  /** A program may change `require.extensions` at any time, and with them what a request leads to. */
  #heedExtensions (): void {
    const extensions = this.settings.extensions.join()
    if (extensions === this.#extensions) return
    this.#extensions = extensions
    this.#found = new WeakMap()
  }

  #noted (found: Found, asker: Asker | undefined, request?: string): Answer {
    this.mounts.note(found, asker?.located?.path, request === undefined || asker === undefined ? undefined : `${asker.folder}\0${request}`)
    return { found }
  }

  #knownFor (conditions: readonly string[] = NO_CONDITIONS): Map<string, Found> {
    let known = this.#found.get(conditions)
    if (known === undefined) this.#found.set(conditions, known = new Map())
    return known
  }

  /** Node looks for the package's own name first, and so reads its "exports". */
  #isBroken (asker: Asker): boolean {
    if (asker.broken === undefined && asker.path !== undefined) {
      try {
        void getNearestParentPackage(asker.path, this.host, this.settings.facts)?.exports
        asker.broken = false
      } catch {
        asker.broken = true // by a package.json that is invalid or cannot be read: the full way throws it again, as Node does
      }
    }
    return asker.broken === true
  }

  /** Whether a bare specifier of a real module could lead into a mount. */
  #touchesBare ({ folder, path }: Asker): boolean {
    if (this.#askers.overlaysBare(folder)) return true
    let touches = this.#bare.get(folder)
    if (touches === undefined) {
      touches = this.mounts.touchesBare(folder, () => {
        try {
          const config = getNearestParentPackage(path!, this.host, this.settings.facts)
          return config && dirname(config.path)
        } catch {
          return undefined // a broken package.json of somebody else: Node reports it
        }
      }, this.settings.globalPaths)
      this.#bare.set(folder, touches)
    }
    return touches
  }
}

function answered (answer: Answer, failed: Error): Found {
  if (answer !== undefined && 'found' in answer) return answer.found
  throw answer !== undefined && 'failed' in answer ? answer.failed : failed
}

const isNotFound = (error: unknown): boolean => {
  const { code } = error as { code?: string }
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT'
}

/** `require` gets a clean URL and finds the format out itself. */
const requiredAs = (located: Located): Found => ({ url: urlOfPath(located.path), located, format: undefined })

/** The path that a specifier of `import` stands for, when it is a path or a file URL. */
function importedPath (specifier: string, asker: Asker | undefined): string | undefined {
  if (isFileURL(specifier)) return pathOf(specifier)
  if (asker?.path !== undefined && PLAIN.test(specifier)) return resolvePath(asker.folder, specifier)
  try {
    return pathOf(new URL(specifier, asker?.url).href)
  } catch {
    return undefined // Node says what is wrong with it
  }
}

/** Who asks when no file does: the REPL, or the module that Node makes for preloads; both look from the working folder. */
const nobody = (cwd: string): RequireParent =>
  ({ id: (nodeModule.prototype as unknown as NodeJS.Module).isPreloading ? PRELOAD : '<repl>', filename: null, paths: nodeModulePaths(cwd) })

/** What the CommonJS resolver reads of a module: the cached one, so that the require stack is right, or what it would be. */
function moduleAt (path: string): RequireParent {
  const entry = cache[path]
  if (entry === undefined) return { id: path, filename: path, paths: nodeModulePaths(dirname(path)) }
  return {
    id: entry.id,
    filename: path,
    paths: entry.paths ?? nodeModulePaths(dirname(path)),
    get parent () { return parentOf(entry) }
  }
}
