// The format of a module, by its extension, its package and, where those leave it open, its source.
// Follows lib/internal/modules/esm/get_format.js and cjs/loader.js (checked on 20.20, 22.23, 24.21, 26.10).
import { URL, fileURLToPath } from 'node:url'
import { TextDecoder } from 'node:util'
import { unknownFileExtension, unsupportedTypeStripping } from './errors.ts'
import { getNearestParentPackage, getPackageScopeConfig, getPackageType } from './package.ts'
import { containsModuleSyntax } from './syntax.ts'
import type { Host } from './host.ts'
import type { Settings } from './settings.ts'

/** What a loader does with a source. */
export type Format = 'builtin' | 'commonjs' | 'module' | 'json' | 'wasm' | 'addon' | 'text' | 'commonjs-typescript' | 'module-typescript'

/** What is known beside the URL. */
export interface FormatContext {
  /** Absent while only the specifier is resolved: an ambiguous file then has the format null. */
  readonly source?: string | Uint8Array | null | undefined
  readonly importAttributes?: Readonly<Record<string, string>> | undefined
  /** An unknown extension gives undefined instead of ERR_UNKNOWN_FILE_EXTENSION. */
  readonly ignoreErrors?: boolean
}

const utf8 = new TextDecoder()
const textOf = (source: string | Uint8Array): string => typeof source === 'string' ? source : utf8.decode(source)

/** The format of what `import` asks for; null: only the source can tell. */
export function formatOf (url: URL, host: Host, settings: Settings, context: FormatContext = {}): Format | null | undefined {
  if (settings.importText && context.importAttributes?.type === 'text') return 'text'
  switch (url.protocol) {
    case 'node:': return 'builtin'
    case 'data:': return formatOfData(url, settings)
    case 'file:': return formatOfFile(url, host, settings, context)
    case 'http:': case 'https:': return settings.facts.remoteImports ? undefined : null
    default: return null
  }
}

/** The MIME type of a `data:` URL, or null for one without. */
export const mimeOf = (url: string): string | null => /^data:([^/]+\/[^;,]+)(?:;[^,]*)?,/.exec(url)?.[1] ?? null

function formatOfData (url: URL, settings: Settings): Format | null {
  const mime = mimeOf(url.href) ?? ''
  if (/^\s*(text|application)\/javascript\s*$/i.test(mime)) return 'module'
  if (mime === 'application/json') return 'json'
  if (mime === 'application/wasm' && settings.wasmModules) return 'wasm'
  if (settings.importText && /^\s*text\/plain\s*$/i.test(mime)) return 'text'
  return null
}

/** The extension in a URL's path: that of its last part, none if the only dot stands first. */
export function extensionOf (url: URL): string {
  const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  const at = name.lastIndexOf('.')
  return at > 0 ? name.slice(at) : ''
}

function formatOfFile (url: URL, host: Host, settings: Settings, context: FormatContext): Format | null | undefined {
  const extension = extensionOf(url)
  if (extension === '.js' || (extension === '.ts' && settings.stripTypes)) return formatOfPlain(url, extension, host, settings, context)
  if (extension === '') return formatOfExtensionless(url, host, settings, context)
  const format = formatOfExtension(extension, settings)
  if (format !== undefined || context.ignoreErrors) return format
  throw unknownFileExtension(extension, fileURLToPath(url))
}

function formatOfExtension (extension: string, settings: Settings): Format | undefined {
  switch (extension) {
    case '.cjs': return 'commonjs'
    case '.mjs': return 'module'
    case '.json': return 'json'
    case '.wasm': return settings.wasmModules ? 'wasm' : undefined
    case '.node': return settings.addonModules ? 'addon' : undefined
    case '.mts': return settings.stripTypes ? 'module-typescript' : undefined
    case '.cts': return settings.stripTypes ? 'commonjs-typescript' : undefined
    default: return undefined
  }
}

/** `.js` and `.ts`: the type of the package decides, else the source. */
function formatOfPlain (url: URL, extension: '.js' | '.ts', host: Host, settings: Settings, { source }: FormatContext): Format | null {
  const as = (format: 'commonjs' | 'module'): Format => extension === '.ts' ? `${format}-typescript` : format
  const scope = getPackageScopeConfig(url.href, host, settings.facts)
  if (scope.exists && scope.config.type !== 'none') return as(scope.config.type)
  if (settings.defaultType !== undefined) return as(isInNodeModules(url) ? 'commonjs' : settings.defaultType)
  if (!source) {
    return extension === '.ts' || settings.detectModule ? null : 'commonjs'
  }
  const path = fileURLToPath(url)
  if (extension === '.ts' && isInNodeModules(url)) throw unsupportedTypeStripping(path)
  const text = extension === '.ts' ? settings.stripTypeScript?.(textOf(source)) ?? textOf(source) : textOf(source)
  const format = settings.detectModule && containsModuleSyntax(text, path, settings) ? 'module' : 'commonjs'
  if (format === 'module' && scope.exists) warnTypeless(url, scope.config.path, settings)
  return as(format)
}

const isInNodeModules = (url: URL): boolean => url.pathname.includes('/node_modules/')

/** MODULE_TYPELESS_PACKAGE_JSON: once per package, not below a `node_modules`. */
function warnTypeless (url: URL, path: string, { warn, warned }: Settings): void {
  if (warn === undefined || isInNodeModules(url) || warned.has(path)) return
  warned.add(path)
  warn(`Module type of ${url.href} is not specified and it doesn't parse as CommonJS.\nReparsing as ES module because module syntax was ` +
    `detected. This incurs a performance overhead.\nTo eliminate this warning, add "type": "module" to ${path}.`, undefined, 'MODULE_TYPELESS_PACKAGE_JSON')
}

/** Files without an extension: WebAssembly is known by its first bytes. */
function formatOfExtensionless (url: URL, host: Host, settings: Settings, { source }: FormatContext): Format | null {
  const type = getPackageType(url.href, host, settings.facts)
  const binary = (): Format => settings.wasmModules && isWasm(url, host) ? 'wasm' : 'module'
  if (type === 'module') return binary()
  if (type === 'commonjs') return 'commonjs'
  if (settings.defaultType === 'module') return isInNodeModules(url) ? 'commonjs' : binary()
  if (settings.defaultType === 'commonjs') return 'commonjs'
  if (!source) return null
  if (binary() === 'wasm') return 'wasm'
  if (!settings.detectModule) return 'commonjs'
  return containsModuleSyntax(textOf(source), fileURLToPath(url), settings) ? 'module' : 'commonjs'
}

function isWasm (url: URL, host: Host): boolean {
  try {
    const head = host.read(fileURLToPath(url))
    return head[0] === 0 && head[1] === 0x61 && head[2] === 0x73 && head[3] === 0x6d
  } catch {
    return false // cannot be read: Node then takes it for JavaScript and fails when it loads it
  }
}

/**
 * The format that `require` starts from (`Module._extensions['.js']`): undefined where the source decides, `typescript`
 * where types are stripped first.
 */
export function requireFormat (path: string, host: Host, settings: Settings): Format | 'typescript' | undefined {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  const typeOf = (): 'module' | 'commonjs' | undefined => {
    const type = getNearestParentPackage(path, host, settings.facts)?.type
    return type === 'none' ? undefined : type
  }
  if (name.endsWith('.cjs')) return 'commonjs'
  if (name.endsWith('.mjs')) return 'module'
  if (name.endsWith('.js')) return typeOf()
  if (settings.stripTypes) {
    if (name.endsWith('.mts')) return 'module-typescript'
    if (name.endsWith('.cts')) return 'commonjs-typescript'
    if (name.endsWith('.ts')) {
      const type = typeOf()
      return type === undefined ? 'typescript' : `${type}-typescript`
    }
  }
  if (settings.facts.extensionlessHasType && name.lastIndexOf('.') <= 0) return typeOf()
  return undefined
}
