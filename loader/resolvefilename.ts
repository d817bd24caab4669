// A request of `require` to a file name, exactly as `Module._resolveFilename` does it.
// Follows lib/internal/modules/cjs/loader.js (checked on 20.20, 22.23, 24.21, 26.10).
import { basename, dirname, isAbsolute, normalize, resolve as resolvePath, sep } from 'node:path'
import { URL, fileURLToPath, pathToFileURL } from 'node:url'
import { invalidValue, nodeError } from '../lib/kernel/errors.ts'
import { invalidModuleSpecifier, requireNotFound } from './errors.ts'
import { getNearestParentPackage, readPackage, realpathOf, statOf } from './package.ts'
import { PLAIN } from './urls.ts'
import { packageExportsResolve, packageImportsResolve, plainExport } from './target.ts'
import { absolute, setOf } from './settings.ts'
import type { ResolutionError } from './errors.ts'
import type { Host } from './host.ts'
import type { PackageConfig } from './packagejson.ts'
import type { Settings } from './settings.ts'
import type { Context } from './target.ts'

/** What resolution reads of the module that calls `require`; Node's own modules fit. */
export interface RequireParent {
  readonly id?: string
  readonly filename?: string | null
  readonly paths?: readonly string[]
  readonly parent?: RequireParent | null | undefined
}

/** The second argument of `require.resolve`. */
export interface RequireOptions {
  readonly paths?: readonly string[] | undefined
  readonly conditions?: Iterable<string> | undefined
}

/** The id of the module in whose name preloads are required. */
export const PRELOAD = 'internal/preload'

const WINDOWS = sep === '\\'
const EXPORTS_PATTERN = /^((?:@[^/\\%]+\/)?[^./\\%][^/\\%]*)(\/.*)?$/

const isRelative = (path: string): boolean =>
  path === '.' || path === '..' || path.startsWith('./') || path.startsWith('../') || (WINDOWS && path.startsWith('.\\')) || path.startsWith('..\\')

/** `Module._resolveFilename`: a built-in comes back as given; throws MODULE_NOT_FOUND or an error of "exports". */
export function resolveFilename (request: string, parent: RequireParent | null | undefined, isMain: boolean,
  options: RequireOptions | undefined, host: Host, settings: Settings): string {
  if (settings.isBuiltin(request)) return request
  const context: Context = { conditions: setOf(options?.conditions ?? settings.requireConditions), host, settings }
  const paths = lookupPaths(request, parent, options, settings)
  const parentPath = selfParentPath(parent, settings)
  if (request[0] === '#' && parentPath !== undefined && parent?.id !== PRELOAD) {
    const found = resolveImports(request, parentPath, context)
    if (found !== undefined) return found
  }
  const found = resolveSelf(request, parentPath, context) ?? findPath(request, paths, isMain, context)
  if (found !== undefined) return found
  const requireStack = requireStackOf(parent)
  const trace = requireStack.length > 0 ? '\nRequire stack:\n- ' + requireStack.join('\n- ') : ''
  throw requireNotFound(`Cannot find module '${request}'${trace}`, { requireStack })
}

/** File names of the module that asked and of those that asked for it. */
function requireStackOf (parent: RequireParent | null | undefined): string[] {
  const stack: string[] = []
  for (let at = parent; at; at = at.parent) stack.push((at.filename || at.id) as string)
  return stack
}

/** Where to look: the folders of `options.paths`, else those of the parent. */
function lookupPaths (request: string, parent: RequireParent | null | undefined, options: RequireOptions | undefined, settings: Settings): readonly string[] | undefined {
  if (typeof options !== 'object' || options === null || options.paths === undefined) return resolveLookupPaths(request, parent, settings)
  if (!Array.isArray(options.paths)) {
    throw invalidValue('options.paths', 'is invalid', options.paths)
  }
  if (isRelative(request)) return options.paths
  const paths = new Set<string>()
  for (const path of options.paths as readonly string[]) {
    for (const folder of resolveLookupPaths(request, { id: '', filename: null, paths: nodeModulePaths(path) }, settings)!) paths.add(folder)
  }
  return [...paths]
}

/** `Module._resolveLookupPaths`; undefined where Node says null. */
export function resolveLookupPaths (request: string, parent: RequireParent | null | undefined, settings: Settings): readonly string[] | undefined {
  if (settings.isBuiltin(request)) return undefined
  const second = request[1]
  if (request[0] !== '.' || (request.length > 1 && second !== '.' && second !== '/' && !(WINDOWS && second === '\\'))) {
    const paths = [...parent?.paths ?? [], ...settings.globalPaths]
    return paths.length > 0 ? paths : undefined
  }
  if (!parent?.id || !parent.filename) return ['.']
  return [dirname(parent.filename)]
}

/** `Module._nodeModulePaths`: the folders `node_modules` from a folder up to the root. */
export function nodeModulePaths (from: string): string[] {
  const paths: string[] = []
  let folder = resolvePath(from)
  for (;;) {
    if (basename(folder) !== 'node_modules') paths.push(resolvePath(folder, 'node_modules'))
    const above = dirname(folder)
    if (above === folder) return paths
    folder = above
  }
}

function selfParentPath (parent: RequireParent | null | undefined, settings: Settings): string | undefined {
  if (!parent) return undefined
  if (parent.filename) return parent.filename
  return parent.id === '<repl>' || parent.id === PRELOAD ? settings.cwd + sep : undefined
}

/** A request that begins with `#`; undefined when the package has no "imports". */
function resolveImports (request: string, parentPath: string, context: Context): string | undefined {
  const config = getNearestParentPackage(parentPath, context.host, context.settings.facts)
  if (config?.imports == null) return undefined
  try {
    const url = packageImportsResolve(request, pathToFileURL(parentPath).href, context)
    return finalizeEsmResolution(url, parentPath, config.path, context)
  } catch (error) {
    if ((error as ResolutionError).code === 'ERR_MODULE_NOT_FOUND') throw requireNotFound(`Cannot find module '${request}'`, {})
    throw error
  }
}

/** PACKAGE_SELF_RESOLVE of `require`: a package that asks for itself by its name. */
function resolveSelf (request: string, parentPath: string | undefined, context: Context): string | undefined {
  if (parentPath === undefined) return undefined
  const { host, settings: { facts } } = context
  const config = getNearestParentPackage(parentPath, host, facts)
  if (config?.exports == null || config.name === undefined) return undefined
  if (request !== config.name && !request.startsWith(`${config.name}/`)) return undefined
  const url = packageExportsResolve(pathToFileURL(config.path), '.' + request.slice(config.name.length), config, pathToFileURL(parentPath).href, context)
  return finalizeEsmResolution(url, parentPath, facts.selfNamesFolder ? dirname(config.path) : config.path, context)
}

/** LOAD_PACKAGE_EXPORTS: a package in one `node_modules` that has "exports". */
function resolveExports (folder: string, request: string, context: Context): string | undefined {
  const match = EXPORTS_PATTERN.exec(request)
  if (match === null) return undefined
  const { host, settings: { facts } } = context
  const packagePath = resolvePath(folder, match[1]!)
  const config = readPackage(resolvePath(packagePath, 'package.json'), { esm: false }, host, facts)
  if (config?.exports == null) return undefined
  const subpath = '.' + (match[2] ?? '')
  const shown = facts.packageNamesFolder ? packagePath : config.path
  const plain = PLAIN.test(packagePath) ? plainExport(config.exports, subpath, context.conditions) : undefined
  if (plain !== undefined) return fileAt(packagePath + plain, shown, context)
  return finalizeEsmResolution(packageExportsResolve(pathToFileURL(config.path), subpath, config, undefined, context), undefined, shown, context)
}

/** The file of a URL that "exports" or "imports" gave; `shown` becomes the path of the error. */
function finalizeEsmResolution (url: URL, parentPath: string | undefined, shown: string, context: Context): string {
  if (/%2F|%5C/i.test(url.href)) {
    throw invalidModuleSpecifier(url.href, 'must not include encoded "/" or "\\" characters', parentPath)
  }
  return fileAt(fileURLToPath(url), shown, context)
}

function fileAt (path: string, shown: string, context: Context): string {
  const found = tryFile(path, false, context)
  if (found === undefined) throw requireNotFound(`Cannot find module '${path}'`, { path: shown })
  return found
}

function tryFile (path: string, isMain: boolean, { host, settings }: Context): string | undefined {
  if (statOf(absolute(path, settings), host) !== 'file') return undefined
  return (isMain ? settings.preserveSymlinksMain : settings.preserveSymlinks) ? resolvePath(absolute(path, settings)) : realpathOf(path, host)
}

function tryExtensions (path: string, isMain: boolean, context: Context): string | undefined {
  for (const extension of context.settings.extensions) {
    const found = tryFile(path + extension, isMain, context)
    if (found !== undefined) return found
  }
  return undefined
}

/** LOAD_AS_DIRECTORY: main, main with extensions, main as a folder, index. */
function tryPackage (folder: string, isMain: boolean, request: string, context: Context): string | undefined {
  const config: PackageConfig | undefined = readPackage(resolvePath(folder, 'package.json'), { esm: false }, context.host, context.settings.facts)
  const index = (): string | undefined => tryExtensions(resolvePath(folder, 'index'), isMain, context)
  if (!config?.main) return index()
  const { main, path } = config
  const file = resolvePath(folder, main)
  const found = tryFile(file, isMain, context) ?? tryExtensions(file, isMain, context) ?? tryExtensions(resolvePath(file, 'index'), isMain, context)
  if (found !== undefined) return found
  const fallback = index()
  if (fallback === undefined) {
    throw requireNotFound(`Cannot find module '${file}'. Please verify that the package.json has a valid "main" entry`, { path, requestPath: request })
  }
  context.settings.warn?.(`Invalid 'main' field in '${path}' of '${main}'. Please either fix that or report it to the module author`,
    'DeprecationWarning', 'DEP0128')
  return fallback
}

/** `Module._findPath` without its cache; undefined where Node says false. */
function findPath (request: string, paths: readonly string[] | undefined, isMain: boolean, context: Context): string | undefined {
  const { host, settings } = context
  const fromRoot = isAbsolute(request)
  const folders = fromRoot ? [''] : paths ?? []
  const trailingSlash = /(^|\/)\.{1,2}$|\/$/.test(request)
  const inside = !isRelative(request) || !normalize(request).startsWith('..')
  for (const folder of folders) {
    if (typeof folder !== 'string') throw notStrings()
    if (inside && folder !== '' && host.stat(absolute(folder, settings)) !== 'folder') continue
    if (!fromRoot) {
      const found = resolveExports(absolute(folder, settings), request, context)
      if (found !== undefined) return found
    }
    const path = resolvePath(absolute(folder, settings), request)
    const kind = statOf(path, host)
    let found: string | undefined
    if (!trailingSlash) {
      if (kind === 'file') found = tryFile(path, isMain, context)
      found ??= tryExtensions(path, isMain, context)
    }
    if (found === undefined && kind === 'folder') found = tryPackage(path, isMain, request, context)
    if (found !== undefined) return found
  }
  return undefined
}

const notStrings = (): Error =>
  nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "paths" argument must be array of strings. Received an instance of Array')
