// The errors of module resolution, worded as Node words them: lib/internal/errors.js (checked on 20.20, 22.23, 24.21, 26.10).
import { basename } from 'node:path'
import { invalidValue, nodeError } from '../lib/kernel/errors.ts'

/** An error with the fields that the resolvers of Node add. */
export interface ResolutionError extends Error {
  code: string
  url?: string
  path?: string
  requestPath?: string
  requireStack?: string[]
}

const from = (base: string | undefined): string => base ? ` imported from ${base}` : ''

/** A visible own property that is not inherited by accident, as Node's `setOwnProperty`. */
function own (error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, enumerable: true, writable: true })
}

/** ERR_MODULE_NOT_FOUND: of a file when `url` is given, else of a package. */
export function moduleNotFound (path: string, base: string, url?: string): ResolutionError {
  const error = nodeError(Error, 'ERR_MODULE_NOT_FOUND', `Cannot find ${url === undefined ? 'package' : 'module'} '${path}' imported from ${base}`)
  if (url !== undefined) own(error, 'url', url)
  return error
}

/** ERR_UNSUPPORTED_DIR_IMPORT. */
export function unsupportedDirImport (path: string, base: string, url: string): ResolutionError {
  const error = nodeError(Error, 'ERR_UNSUPPORTED_DIR_IMPORT', `Directory import '${path}' is not supported resolving ES modules imported from ${base}`)
  own(error, 'url', url)
  return error
}

/** ERR_INVALID_MODULE_SPECIFIER. */
export function invalidModuleSpecifier (request: string, reason: string, base?: string): ResolutionError {
  return nodeError(TypeError, 'ERR_INVALID_MODULE_SPECIFIER', `Invalid module "${request}" ${reason}${from(base)}`)
}

/** ERR_INVALID_PACKAGE_CONFIG; the wording differs by who parsed the file. */
export function invalidPackageConfig (message: string): ResolutionError {
  return nodeError(Error, 'ERR_INVALID_PACKAGE_CONFIG', message)
}

/** ERR_INVALID_PACKAGE_TARGET; `folder` ends in a slash. */
export function invalidPackageTarget (folder: string, key: string, target: string, internal: boolean, base?: string): ResolutionError {
  const hint = !internal && target.length > 0 && !target.startsWith('./') ? '; targets must start with "./"' : ''
  const shown = JSON.stringify(target)
  const message = key === '.'
    ? `Invalid "exports" main target ${shown} defined in the package config ${folder}package.json${from(base)}${hint}`
    : `Invalid "${internal ? 'imports' : 'exports'}" target ${shown} defined for '${key}' in the package config ${folder}package.json${from(base)}${hint}`
  return nodeError(Error, 'ERR_INVALID_PACKAGE_TARGET', message)
}

/** ERR_PACKAGE_PATH_NOT_EXPORTED; `folder` ends in a slash. */
export function packagePathNotExported (folder: string, subpath: string, base?: string): ResolutionError {
  return nodeError(Error, 'ERR_PACKAGE_PATH_NOT_EXPORTED', subpath === '.'
    ? `No "exports" main defined in ${folder}package.json${from(base)}`
    : `Package subpath '${subpath}' is not defined by "exports" in ${folder}package.json${from(base)}`)
}

/** ERR_PACKAGE_IMPORT_NOT_DEFINED; `folder` ends in a slash. */
export function packageImportNotDefined (specifier: string, folder: string | undefined, base: string): ResolutionError {
  return nodeError(TypeError, 'ERR_PACKAGE_IMPORT_NOT_DEFINED',
    `Package import specifier "${specifier}" is not defined${folder === undefined ? '' : ` in package ${folder}package.json`} imported from ${base}`)
}

/** ERR_UNSUPPORTED_RESOLVE_REQUEST, with the failure of the URL parser as its cause. */
export function unsupportedResolveRequest (specifier: string, base: string, cause: unknown): ResolutionError {
  const error = nodeError(TypeError, 'ERR_UNSUPPORTED_RESOLVE_REQUEST',
    `Failed to resolve module specifier "${specifier}" from "${base}": Invalid relative URL or base scheme is not hierarchical.`)
  own(error, 'cause', cause)
  return error
}

/** ERR_UNKNOWN_FILE_EXTENSION. */
export function unknownFileExtension (extension: string, path: string): ResolutionError {
  return nodeError(TypeError, 'ERR_UNKNOWN_FILE_EXTENSION', `Unknown file extension "${extension}" for ${path}`)
}

/** ERR_UNKNOWN_MODULE_FORMAT. */
export function unknownModuleFormat (format: string | null, url: string): ResolutionError {
  return nodeError(RangeError, 'ERR_UNKNOWN_MODULE_FORMAT', `Unknown module format: ${format} for URL ${url}`)
}

/** ERR_REQUIRE_ESM of a `.js` file whose package is of type "module", as Node 20 and 22 word it. */
export function requireESM (path: string, usesModuleSyntax: boolean, parent: string | undefined, packagePath: string): ResolutionError {
  const name = parent !== undefined && basename(parent) === basename(path) ? path : basename(path)
  const advice = usesModuleSyntax
    ? `Instead change the require of ${name} in ${parent ?? null} to a dynamic import() which is available in all CommonJS modules.`
    : `${name} is treated as an ES module file as it is a .js file whose nearest parent package.json contains "type": "module" which declares all .js ` +
      `files in that package scope as ES modules.\nInstead either rename ${name} to end in .cjs, change the requiring code to use dynamic import() which is ` +
      `available in all CommonJS modules, or change "type": "module" to "type": "commonjs" in ${packagePath} to treat all .js files as CommonJS (using .mjs ` +
      'for all ES modules instead).\n'
  return nodeError(Error, 'ERR_REQUIRE_ESM', `require() of ES Module ${path}${parent ? ` from ${parent}` : ''} not supported.\n${advice}`)
}

/** ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING. */
export function unsupportedTypeStripping (path: string): ResolutionError {
  return nodeError(Error, 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
    `Stripping types is currently unsupported for files under node_modules, for "${path}"`)
}

/** ERR_NETWORK_IMPORT_DISALLOWED, of Node 20. */
export function networkImportDisallowed (specifier: string, parent: string, reason: string): ResolutionError {
  return nodeError(Error, 'ERR_NETWORK_IMPORT_DISALLOWED', `import of '${specifier}' by ${parent} is not supported: ${reason}`)
}

/** ERR_INPUT_TYPE_NOT_ALLOWED. */
export function inputTypeNotAllowed (): ResolutionError {
  return nodeError(Error, 'ERR_INPUT_TYPE_NOT_ALLOWED', '--input-type can only be used with string input via --eval, --print, or STDIN')
}

/** ERR_INVALID_URL. */
export function invalidURL (input: string): ResolutionError {
  const error = nodeError(TypeError, 'ERR_INVALID_URL', 'Invalid URL')
  own(error, 'input', input)
  return error
}

/** ERR_INVALID_ARG_VALUE of a path that holds a NUL. */
export function nullBytes (path: string): ResolutionError {
  return invalidValue('path', 'must be a string, Uint8Array, or URL without null bytes', path)
}

/** MODULE_NOT_FOUND of `require`, which is a plain error. */
export function requireNotFound (message: string, fields: Partial<Pick<ResolutionError, 'path' | 'requestPath' | 'requireStack'>>): ResolutionError {
  const error = new Error(message) as ResolutionError
  error.code = 'MODULE_NOT_FOUND'
  return Object.assign(error, fields)
}

/** What Node's `require` looked for in vain, as its error names it: after hooks and wrappers of others, not what was written. */
export function missedRequest (error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'MODULE_NOT_FOUND' ? /^Cannot find module '(.+)'(?:\n|$)/.exec(message)?.[1] : undefined
}
