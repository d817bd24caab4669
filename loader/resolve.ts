// A specifier of `import` to a URL and a format, exactly as Node's own last step does it.
// Follows lib/internal/modules/esm/resolve.js, defaultResolve (checked on 20.20, 22.23, 24.21, 26.10).
import { posix, sep } from 'node:path'
import { URL, fileURLToPath, pathToFileURL } from 'node:url'
import { nodeModulePaths, resolveFilename } from './resolvefilename.ts'
import { invalidModuleSpecifier, moduleNotFound, networkImportDisallowed, unsupportedDirImport, unsupportedResolveRequest } from './errors.ts'
import { formatOf } from './format.ts'
import { realpathOf, statOf } from './package.ts'
import { packageImportsResolve, packageResolve } from './target.ts'
import type { ResolutionError } from './errors.ts'
import type { Format } from './format.ts'
import type { Host } from './host.ts'
import { setOf } from './settings.ts'
import type { Settings } from './settings.ts'
import type { Context } from './target.ts'

/** What a specifier stands for. `format` is null where the source decides, undefined where the extension is unknown. */
export interface Resolved { readonly url: string, readonly format: Format | null | undefined }

/** As `URL.parse` of newer lines; a failure costs no exception. */
const parse = (text: string, base?: URL): URL | undefined => URL.canParse(text, base?.href) ? new URL(text, base) : undefined

const isRelative = (specifier: string): boolean => /^\.\.?(\/|$)/.test(specifier)
const isPath = (specifier: string): boolean => specifier[0] === '/' || isRelative(specifier)

/** A path where the URL has one, else the URL itself: how errors name the importing module. */
function nameOf (url: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    return url // data: and other modules have no path
  }
}

/**
 * ESM_RESOLVE. `parentURL` is undefined for the entry of a program, which is looked for from the working folder.
 * Throws Node's errors, with its hint at what `require` would have found.
 */
export function resolve (specifier: string, parentURL: string | undefined, conditions: Iterable<string> | undefined,
  host: Host, settings: Settings, importAttributes?: Readonly<Record<string, string>>): Resolved {
  const found = resolveURL(specifier, parentURL, conditions, host, settings)
  if (typeof found === 'string') return { url: found, format: undefined }
  return { url: found.href, format: formatOf(found, host, settings, { importAttributes, ignoreErrors: true }) }
}

/** As `resolve`, without the format: a URL whose format is to be found, or the text of one that has none yet. */
export function resolveURL (specifier: string, parentURL: string | undefined, conditions: Iterable<string> | undefined,
  host: Host, settings: Settings): URL | string {
  const parent = parentURL === undefined ? undefined : parse(parentURL)
  const parsed = isPath(specifier) ? parse(specifier, parent) : parse(specifier)
  if (parsed?.protocol === 'data:') return parsed.href
  if (settings.facts.remoteImports && parent !== undefined && isRemote(parent)) return resolveRemote(specifier, parent, parsed, settings)
  if (parsed?.protocol === 'node:') return specifier
  const isMain = parentURL === undefined
  const base = parentURL ?? pathToFileURL(settings.cwd + sep).href
  const context: Context = { conditions: setOf(conditions ?? settings.importConditions), host, settings }
  try {
    return moduleResolve(specifier, base, isMain ? settings.preserveSymlinksMain : settings.preserveSymlinks, context)
  } catch (error) {
    const { code } = error as ResolutionError
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT') {
      hint(error as ResolutionError, specifier.startsWith('file://') ? fileURLToPath(specifier) : specifier, base, host, settings)
    }
    throw error
  }
}

const isRemote = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:'

/** What a module with an http URL may ask for: paths beside it. */
function resolveRemote (specifier: string, parent: URL, parsed: URL | undefined, settings: Settings): string {
  if (isPath(specifier) && (parsed === undefined || isRemote(parsed))) return parsed!.href
  const isLocal = isPath(specifier) || (!specifier.startsWith('node:') && settings.isBuiltin(specifier))
  throw networkImportDisallowed(specifier, `${parent}`, isLocal
    ? 'remote imports cannot import from a local location.'
    : 'only relative and absolute specifiers are supported.')
}

/** A specifier to a URL whose file exists. */
function moduleResolve (specifier: string, base: string, preserveSymlinks: boolean, context: Context): URL {
  const protocol = base.slice(0, base.indexOf(':') + 1)
  let resolved: URL | undefined
  if (isPath(specifier)) {
    try {
      resolved = new URL(specifier, base)
    } catch (cause) {
      throw unsupportedResolveRequest(specifier, base, cause)
    }
  } else if (protocol === 'file:' && specifier[0] === '#') {
    resolved = packageImportsResolve(specifier, base, context)
  } else {
    resolved = parse(specifier)
    if (resolved === undefined) {
      if (protocol === 'data:' && (specifier.startsWith('node:') || !context.settings.isBuiltin(specifier))) {
        throw unsupportedResolveRequest(specifier, base, failureOf(specifier))
      }
      resolved = packageResolve(specifier, base, context)
    }
  }
  return resolved.protocol === 'file:' ? finalizeResolution(resolved, base, preserveSymlinks, context) : resolved
}

/** What the URL parser has against a text. */
function failureOf (specifier: string): unknown {
  try {
    return new URL(specifier)
  } catch (error) {
    return error
  }
}

/** Checks that the URL leads to a file, and follows links. */
function finalizeResolution (resolved: URL, base: string, preserveSymlinks: boolean, { host, settings }: Context): URL {
  if (/%2F|%5C/i.test(resolved.pathname)) {
    throw invalidModuleSpecifier(resolved.pathname, 'must not include encoded "/" or "\\" characters', nameOf(base))
  }
  let path
  try {
    path = fileURLToPath(resolved)
  } catch (error) {
    throw Object.assign(error as Error, { input: `${resolved}`, module: base })
  }
  // Node looks at the last character alone when it is a slash: anything with one at its end counts as a folder.
  const kind = path.endsWith('/') && settings.facts.slashIsFolder ? 'folder' : statOf(path, host)
  if (kind === 'folder') throw unsupportedDirImport(path, nameOf(base), `${resolved}`)
  if (kind === undefined) throw moduleNotFound(path || resolved.pathname, nameOf(base), `${resolved}`)
  if (preserveSymlinks) return resolved
  const real = pathToFileURL(realpathOf(path, host) + (path.endsWith(sep) ? '/' : ''))
  real.search = resolved.search
  real.hash = resolved.hash
  return real
}

/** Adds "Did you mean to import" when `require` would have found something else than was asked for. */
function hint (error: ResolutionError, specifier: string, base: string, host: Host, settings: Settings): void {
  const found = resolveAsCommonJS(specifier, base, host, settings)
  if (found === undefined || found === '' || found === specifier) return
  const text = `Did you mean to import ${JSON.stringify(found)}?`
  const stack = error.stack ?? ''
  const end = stack.indexOf('\n')
  error.stack = `${stack.slice(0, end)}\n${text}${stack.slice(end)}`
  error.message += `\n${text}`
}

/** What `require` would find, written so that it can be imported; undefined if nothing. */
function resolveAsCommonJS (specifier: string, base: string, host: Host, settings: Settings): string | undefined {
  try {
    const parent = fileURLToPath(base)
    // Node makes a module without a file name here, so that relative requests start at the working folder.
    const from = { id: parent, filename: null, paths: nodeModulePaths(parent) }
    const found = resolveFilename(specifier, from, false, undefined, host, settings)
    if (isRelative(specifier)) {
      const relative = posix.relative(base.slice('file://'.length, base.lastIndexOf('/')), pathToFileURL(found).pathname)
      return relative.startsWith('../') ? relative : `./${relative}`
    }
    if (specifier === '' || specifier[0] === '/' || specifier[0] === '.') return found
    const name = specifier.split('/', 1)[0]!
    const needle = `${sep}node_modules${sep}${name}${sep}`
    const at = found.lastIndexOf(needle)
    if (at === -1) return `${pathToFileURL(found)}`
    return `${name}/${found.slice(at + needle.length).split(sep).map(encodeURIComponent).join('/')}`
  } catch {
    return undefined // no hint: as in Node, whatever went wrong
  }
}
