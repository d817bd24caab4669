// Format and source of the modules of mounts, as Node's last load step would give them.
import { sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkAttributes } from './importattributes.ts'
import { requireESM, unknownFileExtension } from './errors.ts'
import { facadeSource, jsonSource } from './facade.ts'
import { unmarked } from './generations.ts'
import { extensionOf, formatOf, requireFormat } from './format.ts'
import { getNearestParentPackage } from './package.ts'
import { cache, parentOf } from './purge.ts'
import { containsModuleSyntax } from './syntax.ts'
import type { Host } from './host.ts'
import type { Located, Mounts } from './mounts.ts'
import type { Settings } from './settings.ts'

/** Format and source of a module, as load hooks return them. */
export interface Loaded {
  readonly format: string | undefined
  readonly source: string | Buffer | null
  /** Of what is imported: where it is from, for hooks that look. */
  readonly responseURL?: string
  readonly shouldBeReloadedByCJSLoader?: true
}

const MODULE_WORDS = /\b(?:import|export|await)\b|\b(?:let|const|class)\s+(?:exports|require|module|__filename|__dirname)\b/
const OTHER_USE_OF_REQUIRE = /\brequire\b(?!\s*\()/

/** Reads modules; one per thread. */
export class Sources {
  readonly #mounts: Mounts
  readonly #host: Host
  readonly #settings: Settings
  /** Formats that depend on the folder and the extension alone. */
  readonly #formats: Map<string, string | null | undefined>

  constructor (mounts: Mounts, host: Host, settings: Settings) {
    this.#mounts = mounts
    this.#host = host
    this.#settings = settings
    this.#formats = mounts.keep(new Map())
  }

  /** For `import`; undefined when no mount owns the URL. Throws Node's errors. */
  forImport (url: string, hint: string | null | undefined, attributes: Readonly<Record<string, string>>): Loaded | undefined {
    const located = this.#mounts.locate(url)
    if (located === undefined) return undefined
    const host = this.#host
    const settings = this.#settings
    let format: string | null | undefined = settings.importText && attributes.type === 'text' ? 'text' : hint
    if (format === 'addon') return { format, responseURL: url, source: null }
    const source = bufferOf(host.read(located.path))
    format ??= formatOf(new URL(url), host, settings, { source, importAttributes: attributes })
    if (format == null) throw unknownFileExtension(extensionOf(new URL(url)), located.path)
    checkAttributes(url, format, attributes, settings)
    if (format === 'json' && this.#mounts.generation(located) > 1 && !/[?&#]./.test(unmarked(url))) return { format: 'module', responseURL: url, source: jsonSource(located.path) }
    if (format !== 'commonjs' || settings.facts.hooksSeeInnerRequire) return { format, responseURL: url, source }
    // Imported CommonJS would run with a crippled `require`. Node 22 takes it through its real loader when told so, as its
    // own last step does (lib/internal/modules/esm/load.js, 22.23).
    return { format, responseURL: url, source, shouldBeReloadedByCJSLoader: true }
  }

  /** For `require`; undefined when no mount owns the URL. Throws Node's errors. */
  forRequire (url: string, hint: string | undefined): Loaded | undefined {
    const located = this.#mounts.locate(url)
    if (located === undefined) return undefined
    const source = bufferOf(this.#host.read(located.path)).toString('utf8')
    if (hint === 'json') return { format: hint, source }
    located.onlyRequires = !OTHER_USE_OF_REQUIRE.test(source)
    const format = this.packageFormat(located)
    this.#refuse(located.path, format, source)
    if (format === 'commonjs' || format === 'commonjs-typescript') return { format, source }
    const known = format === 'module' || format === 'module-typescript' ? format : undefined
    // Node looks the module up under its clean URL, where an earlier generation would answer.
    const generation = this.#mounts.generation(located)
    // What neither its name nor its package tells, Node looks into when it compiles it, unless a compiler of somebody else's does that.
    if (known === undefined && isTaken(located.path)) return { format, source }
    if (generation === 1 && (known !== undefined || hint === undefined || hint === format || format === 'typescript')) return { format, source }
    const kind = known ?? this.#detect(source, located.path, format)
    if (generation === 1 || !kind.startsWith('module')) return { format: kind, source }
    return { format: 'commonjs', source: facadeSource(this.#mounts.urlOf(located, pathToFileURL(located.path).href)) }
  }

  /** The format of what Node 20 requires, for which it asks no hooks. */
  requiredFormat (located: Located, source: string): string {
    const format = this.packageFormat(located)
    this.#refuse(located.path, format, source)
    return format ?? this.#detect(source, located.path, undefined)
  }

  /** Where `require` of ES modules is turned off, Node looks at the disk for what to say of them. */
  #refuse (path: string, format: string | undefined, source: string): void {
    const { requireModule, facts } = this.#settings
    if (requireModule || format !== 'module' || !path.endsWith('.js')) return
    const usesModuleSyntax = containsModuleSyntax(source, path, this.#settings)
    if (usesModuleSyntax && facts.advisesWithoutPackage) return // Node needs no package.json to say so
    const asked = cache[path]
    const config = getNearestParentPackage(path, this.#host, facts)
    throw requireESM(path, usesModuleSyntax, (asked && parentOf(asked))?.filename, config!.path)
  }

  /** The format that the name and the package of a mounted module give to `require`. */
  packageFormat ({ path }: Located): string | undefined {
    return this.#byExtension('r', path, () => requireFormat(path, this.#host, this.#settings)) ?? undefined
  }

  /** The format that the name and the package of a mounted module give to `import`; null where only its source tells. */
  importFormat (url: string, path: string): string | null | undefined {
    return this.#byExtension('i', path, () => formatOf(new URL(url), this.#host, this.#settings, { ignoreErrors: true }))
  }

  #byExtension (asker: string, path: string, find: () => string | null | undefined): string | null | undefined {
    // Asked for every module, most often before V8 has compiled anything: so without the functions of node:path.
    const slash = path.lastIndexOf(sep)
    const dot = path.lastIndexOf('.')
    // Without an extension the content has a say.
    if (dot <= slash + 1) return find()
    const key = `${asker}${path.slice(0, slash)}\0${path.slice(dot)}`
    let format = this.#formats.get(key)
    if (format === undefined && !this.#formats.has(key)) this.#formats.set(key, format = find())
    return format
  }

  /** The format of a source that neither its name nor its package tells. */
  #detect (source: string, path: string, format: string | undefined): string {
    const settings = this.#settings
    const suffix = format === 'typescript' ? '-typescript' : ''
    const text = suffix === '' ? source : settings.stripTypeScript?.(source) ?? source
    const isModule = settings.requireModule && settings.detectModule && MODULE_WORDS.test(text) && containsModuleSyntax(text, path, settings)
    return (isModule ? 'module' : 'commonjs') + suffix
  }
}

/** Whether somebody has put a compiler of their own into the module that is being loaded from this path, as hooks of `require.extensions` do. */
const isTaken = (path: string): boolean => Object.hasOwn(cache[path] ?? {}, '_compile')

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
