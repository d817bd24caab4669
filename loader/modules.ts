// The answers to the questions of a module loader, whichever way Node asks them: which module a specifier means, and
// what its format and source are. `undefined` always means: no mount has to do with it, hand it on untouched.
import { dirname, isAbsolute, resolve as resolvePath } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkAttributes } from './attributes.ts'
import { nodeModulePaths, resolveFilename } from './commonjs.ts'
import { unknownFileExtension } from './errors.ts'
import { facadeSource } from './facade.ts'
import { extensionOf, formatOf, requireFormat } from './format.ts'
import { importedSource } from './imported.ts'
import { pathOf } from './mounts.ts'
import { getNearestParentPackage } from './package.ts'
import { cache, parentOf } from './purge.ts'
import { resolve } from './resolve.ts'
import { containsModuleSyntax } from './syntax.ts'
import type { RequireOptions, RequireParent } from './commonjs.ts'
import type { Located, Mounts } from './mounts.ts'
import type { Settings } from './settings.ts'

/** A module of a mount: how it is imported, where it is, and what `import` would take it for. */
export interface Found { readonly url: string, readonly located: Located, readonly format: string | undefined }

/** What a specifier means: a module of a mount, something else that is to be looked for under this name, or a failure that others may heal. */
export type Answer = { found: Found } | { handOn: string } | { failed: Error } | undefined

/** Format and source of a module, as load hooks return them. */
export interface Loaded {
  readonly format: string | undefined
  readonly source: string | Buffer | null
  readonly shouldBeReloadedByCJSLoader?: true
}

/** What is known of a module that asks. */
interface Asker {
  readonly url: string
  /** Undefined for what is no file (`data:`). */
  readonly path: string | undefined
  readonly folder: string
  readonly located: Located | undefined
  /** Whether a bare specifier could lead into a mount; computed when first needed. */
  bare?: boolean
}

type Conditions = readonly string[] | undefined

const NO_CONDITIONS: readonly string[] = []
const SCHEME = /^[a-z][a-z0-9+.-]*:/i
const PLAIN = /^[^%?#\\]*$/
const MODULE_WORDS = /\b(?:import|export|await)\b|\b(?:let|const|class)\s+(?:exports|require|module|__filename|__dirname)\b/

/** Resolves and loads over mounts; one per thread. */
export class Modules {
  readonly mounts: Mounts
  readonly settings: Settings
  readonly #askers: Map<string, Asker>
  readonly #located: Map<string, Located>
  #found = new WeakMap<readonly string[], Map<string, Found>>()

  constructor (mounts: Mounts) {
    this.mounts = mounts
    this.settings = mounts.settings
    this.#askers = mounts.keep(new Map())
    this.#located = mounts.keep(new Map())
    mounts.keep({ clear: () => { this.#found = new WeakMap() } })
  }

  /** What `import` means by a specifier. */
  forImport (specifier: string, parentURL: string | undefined, conditions?: Conditions): Answer {
    const asker = this.#asker(parentURL)
    const first = specifier.charCodeAt(0)
    let owned = asker?.located !== undefined
    if (first === 46 /* . */ || first === 47 /* / */) {
      owned ||= this.mounts.owner(importedPath(specifier, asker) ?? '') !== undefined
      if (!owned && !this.mounts.underOverlay(importedPath(specifier, asker) ?? '')) return undefined
    } else if (SCHEME.test(specifier)) {
      if (!specifier.startsWith('file:')) return undefined
      owned = this.mounts.owner(pathOf(specifier) ?? '') !== undefined
      if (!owned && !this.mounts.underOverlay(pathOf(specifier) ?? '')) return undefined
    } else {
      if (asker === undefined || asker.path === undefined || this.settings.isBuiltin(specifier)) return undefined
      if (!owned && !this.#touchesBare(asker)) return undefined
    }
    return this.#once(`i${asker?.path === undefined ? parentURL : asker.folder}\0${specifier}`, asker, conditions, owned, () => {
      const { url, format } = resolve(specifier, parentURL, conditions, this.mounts.host, this.settings)
      const located = this.mounts.locate(url)
      return located === undefined ? url : { url: this.mounts.urlOf(located, url), located, format: format ?? undefined }
    })
  }

  /** What `require` means by a request. `parent` is the module that asks, or the URL of it. */
  forRequire (request: string, parent: string | RequireParent | null | undefined, conditions?: Conditions, isMain = false, options?: RequireOptions): Answer {
    const parentURL = typeof parent === 'string' ? parent : parent?.filename ? pathToFileURL(parent.filename).href : undefined
    const asker = this.#asker(parentURL)
    if (request.startsWith('node:') || this.settings.isBuiltin(request)) return undefined
    let owned = asker?.located !== undefined
    if (options?.paths !== undefined) {
      // Looked up from elsewhere: always asked of the whole name space, and handed on when the disk has the answer.
      owned = Array.isArray(options.paths) && options.paths.some(path => typeof path === 'string' && this.mounts.touches(resolvePath(path)))
    } else if (request[0] === '.' || isAbsolute(request)) {
      const path = resolvePath(asker?.folder ?? this.settings.cwd, request)
      owned ||= this.mounts.owner(path) !== undefined
      if (!owned && !this.mounts.underOverlay(path)) return undefined
    } else if (!owned && (asker === undefined || !this.#touchesBare(asker))) return undefined
    const find = (): Found | string => {
      const from = typeof parent === 'object' && parent !== null ? parent : asker?.path === undefined ? null : moduleAt(asker.path)
      const path = resolveFilename(request, from, isMain, { paths: options?.paths, conditions }, this.mounts.host, this.settings)
      const mount = isAbsolute(path) ? this.mounts.owner(path) : undefined
      return mount === undefined ? path : { url: pathToFileURL(path).href, located: { path, mount }, format: undefined }
    }
    return this.#once(options?.paths !== undefined || asker === undefined ? undefined : `r${asker.folder}\0${request}`, asker, conditions, owned, find)
  }

  /**
   * A bare name that no mount knows may be an alias of somebody else's; what a mount hides on the disk stays hidden.
   * `others` asks them, for a path or URL.
   */
  heal (failed: Error, specifier: string, others: () => string): string {
    if (isAbsolute(specifier) || /^\.\.?(\/|$)/.test(specifier) || specifier.startsWith('file:')) throw failed
    let result
    try {
      result = others()
    } catch {
      throw failed // nobody knows it: our error names what was asked for in the mount
    }
    if (this.mounts.hides(result)) throw failed
    return result
  }

  /** Format and source of a module for `import`; undefined when no mount owns the URL. Throws Node's errors. */
  loadForImport (url: string, hint: string | null | undefined, attributes: Readonly<Record<string, string>>): Loaded | undefined {
    const located = this.#locate(url)
    if (located === undefined) return undefined
    const { mounts: { host }, settings } = this
    let format: string | null | undefined = settings.importText && attributes.type === 'text' ? 'text' : hint
    if (format === 'addon') return { format, source: null }
    const source = bufferOf(host.read(located.path))
    format ??= formatOf(new URL(url), host, settings, { source, importAttributes: attributes })
    if (format == null) throw unknownFileExtension(extensionOf(new URL(url)), located.path)
    checkAttributes(url, format, attributes, settings)
    if (format !== 'commonjs' || settings.facts.hooksSeeInnerRequire) return { format, source }
    // Imported CommonJS would run with a crippled `require`. Node 22 takes it through its real loader when told so, as its
    // own last step does (lib/internal/modules/esm/load.js, 22.23); Node 20 needs a prelude.
    if (settings.facts.registerHooks) return { format, source, shouldBeReloadedByCJSLoader: true }
    return { format, source: importedSource(located.path, source.toString('utf8'), this) }
  }

  /** Format and source of a module for `require`; undefined when no mount owns the URL. Throws Node's errors. */
  loadForRequire (url: string, hint: string | undefined): Loaded | undefined {
    const located = this.#locate(url)
    if (located === undefined) return undefined
    const source = bufferOf(this.mounts.host.read(located.path)).toString('utf8')
    if (hint === 'json') return { format: hint, source }
    const format = requireFormat(located.path, this.mounts.host, this.settings)
    if (format === 'commonjs' || format === 'commonjs-typescript') return { format, source }
    const known = format === 'module' || format === 'module-typescript' ? format : undefined
    // Node looks the module up under its clean URL, where an earlier generation would answer.
    const generation = this.mounts.generation(located)
    if (generation === 1 && (known !== undefined || hint === undefined || hint === format)) return { format, source }
    const kind = known ?? this.#detect(source, located.path, format)
    if (generation === 1 || !kind.startsWith('module')) return { format: kind, source }
    return { format: 'commonjs', source: facadeSource(this.mounts.urlOf(located, pathToFileURL(located.path).href)) }
  }

  /** The format of what Node 20 requires, for which it asks no hooks. */
  requiredFormat (located: Located, source: string): string {
    return this.packageFormat(located) ?? this.#detect(source, located.path, undefined)
  }

  /** The format that the name and the package of a mounted module give, where Node looked for the package on the disk. */
  packageFormat ({ path }: Located): string | undefined { return requireFormat(path, this.mounts.host, this.settings) }

  /** The format of a source that neither its name nor its package tells. */
  #detect (source: string, path: string, format: string | undefined): string {
    const { settings } = this
    const suffix = format === 'typescript' ? '-typescript' : ''
    const text = suffix === '' ? source : settings.stripTypeScript?.(source) ?? source
    const isModule = settings.detectModule && MODULE_WORDS.test(text) && containsModuleSyntax(text, path, settings)
    return (isModule ? 'module' : 'commonjs') + suffix
  }

  /** Finds once per folder and request; what a mount owns is noted, what it does not own is handed on. */
  #once (key: string | undefined, asker: Asker | undefined, conditions: Conditions, owned: boolean, find: () => Found | string): Answer {
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
    const { located, url } = found
    this.#located.set(url, located)
    this.mounts.note(located, asker?.located?.path)
    return { found }
  }

  #knownFor (conditions: readonly string[] = NO_CONDITIONS): Map<string, Found> {
    let known = this.#found.get(conditions)
    if (known === undefined) this.#found.set(conditions, known = new Map())
    return known
  }

  #locate (url: string): Located | undefined {
    return this.#located.get(url) ?? this.mounts.locate(url)
  }

  #asker (parentURL: string | undefined): Asker | undefined {
    if (parentURL === undefined) return undefined
    let asker = this.#askers.get(parentURL)
    if (asker === undefined) {
      const path = parentURL.startsWith('file:') ? pathOf(parentURL) : undefined
      const mount = path === undefined ? undefined : this.mounts.owner(path)
      asker = {
        url: parentURL,
        path,
        folder: path === undefined ? '' : dirname(path),
        located: mount === undefined ? undefined : { path: path!, mount }
      }
      this.#askers.set(parentURL, asker)
    }
    return asker
  }

  #touchesBare (asker: Asker): boolean {
    return asker.bare ??= this.mounts.touchesBare(asker.folder, () => {
      try {
        const config = getNearestParentPackage(asker.path!, this.mounts.host, this.settings.facts)
        return config && dirname(config.path)
      } catch {
        return undefined // a broken package.json of somebody else: Node reports it
      }
    })
  }
}

const isNotFound = (error: unknown): boolean => {
  const { code } = error as { code?: string }
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT'
}

/** The path that a relative or absolute specifier of `import` stands for. */
function importedPath (specifier: string, asker: Asker | undefined): string | undefined {
  if (asker?.path !== undefined && PLAIN.test(specifier)) return resolvePath(asker.folder, specifier)
  try {
    return pathOf(new URL(specifier, asker?.url).href)
  } catch {
    return undefined // Node says what is wrong with it
  }
}

/** What the CommonJS resolver reads of a module: the cached one, so that the require stack is right, or what it would be. */
function moduleAt (path: string): RequireParent {
  const paths = nodeModulePaths(dirname(path))
  const entry = cache[path]
  return entry === undefined ? { id: path, filename: path, paths } : { id: entry.id, filename: path, paths, parent: parentOf(entry) }
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
