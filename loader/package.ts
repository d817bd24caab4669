// Where packages are: how the package.json that governs a file is found, and the package that a bare specifier names.
// Follows lib/internal/modules/package_json_reader.js and src/node_modules.cc (checked on 20.20, 22.23, 24.21, 26.10).
import { dirname, resolve as resolvePath, sep } from 'node:path'
import { URL, fileURLToPath, pathToFileURL } from 'node:url'
import { invalidModuleSpecifier, invalidPackageConfig, invalidURL, moduleNotFound, nullBytes } from './errors.ts'
import type { Host } from './host.ts'
import type { PackageConfig } from './packagejson.ts'
import type { NodeFacts } from './versions.ts'

/** What a lookup of a scope yields: a package.json that exists, or where the search ended. */
export type PackageScope = { exists: true, config: PackageConfig } | { exists: false, path: string }

/** Who asks for a package.json: it shapes the error for one that is broken. */
interface PackageAsker { esm: boolean, specifier?: string, base?: string | undefined }

/** Reads both fields, as Node does when it copies them: text that is no JSON throws here. */
function parseFields (config: PackageConfig, facts: NodeFacts): PackageConfig {
  if (!facts.nearestIsLazy) void config.imports
  void config.exports
  void config.imports
  return config
}

/** The package.json at a path, or undefined; throws Node's error for this asker if it is broken. */
export function readPackage (path: string, asker: PackageAsker, host: Host, facts: NodeFacts): PackageConfig | undefined {
  const config = readUnparsed(path, asker, host, facts)
  return config && parseFields(config, facts)
}

/** As `readPackage`, with "exports" and "imports" left as text until they are asked for. */
function readUnparsed (wanted: string, asker: PackageAsker, host: Host, facts: NodeFacts): PackageConfig | undefined {
  const path = beforeNul(wanted)
  const config = host.packageJson(path)
  if (config?.unreadable !== undefined) throw invalidPackageConfig(`Cannot read package config ${path}: ${config.unreadable}.`)
  if (config?.broken === undefined) return config
  const { broken } = config
  if (broken instanceof TypeError) throw new TypeError(broken.message)
  if (facts.packageParser === 'simdjson') {
    throw asker.base === undefined
      ? invalidPackageConfig(`Invalid package config ${path}.`)
      : invalidPackageConfig(`Invalid package config ${path} while importing "${asker.specifier}" from ${fileURLToPath(asker.base)}.`)
  }
  const reason = broken === true ? '' : broken.message
  if (!asker.esm) throw Object.assign(new SyntaxError(`Error parsing ${path}: ${reason}`), { path })
  const from = (asker.base === undefined ? '' : `"${asker.specifier}" from `) + fileURLToPath(asker.base ?? asker.specifier!)
  throw invalidPackageConfig(`Invalid package config ${path} while importing ${from}. ${reason}`)
}

/** A search upwards. Where it is made in C++, a broken package.json does not stop it, and the last failure is the one thrown. */
class Walk {
  readonly #goesOn: boolean
  #failure: unknown

  constructor (goesOn: boolean) { this.#goesOn = goesOn }

  /** What is found at one step; undefined: go on. */
  try (step: () => PackageConfig | undefined): PackageConfig | undefined {
    let found
    try {
      found = step()
    } catch (error) {
      if (!this.#goesOn) throw error
      this.#failure = error
    }
    if (found !== undefined) this.end()
    return found
  }

  /** Nothing more to look at. */
  end (): undefined {
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** PACKAGE SCOPE of ES modules: the nearest package.json at or above a URL, not beyond a folder `node_modules`. */
export function getPackageScopeConfig (url: string, host: Host, facts: NodeFacts): PackageScope {
  const scope = findScope(url, host, facts)
  if (scope.exists) parseFields(scope.config, facts)
  return scope
}

/** The type of the package that a URL belongs to; "exports" and "imports" may be no JSON here. */
export function getPackageType (url: string, host: Host, facts: NodeFacts): PackageConfig['type'] {
  const scope = facts.typeIsLazy ? findScope(url, host, facts) : getPackageScopeConfig(url, host, facts)
  return scope.exists ? scope.config.type : 'none'
}

function findScope (url: string, host: Host, facts: NodeFacts): PackageScope {
  // Node 20 compares without the slash: a folder whose name merely ends in node_modules stops it too.
  const stop = facts.packageParser === 'json' ? 'node_modules/package.json' : '/node_modules/package.json'
  if (PLAIN_URL.test(url)) return scopeOfPlain(url, host, facts, stop)
  let at = new URL('./package.json', url)
  const walk = new Walk(facts.packageParser === 'simdjson')
  for (;;) {
    if (at.pathname.endsWith(stop)) break
    const path = pathOfScope(at, url, facts)
    const config = walk.try(() => readUnparsed(path, { esm: true, specifier: url }, host, facts))
    if (config !== undefined) return { exists: true, config }
    const above = new URL('../package.json', at)
    const root = above.pathname === at.pathname
    at = above
    if (root) break
  }
  walk.end()
  return { exists: false, path: fileURLToPath(at) }
}

/** A file URL that spells its path as it is (no URL has dots for names, nor has one of these an empty name). */
const PLAIN_URL = /^file:\/\/(?:\/[\w\-.@+~]+)+$/

/** The same without URLs, which cost more than all else here. */
function scopeOfPlain (url: string, host: Host, facts: NodeFacts, stop: string): PackageScope {
  let folder = url.slice('file://'.length, url.lastIndexOf('/'))
  const walk = new Walk(facts.packageParser === 'simdjson')
  for (;;) {
    const path = `${folder}/package.json`
    if (!path.endsWith(stop)) {
      const config = walk.try(() => readUnparsed(path, { esm: true, specifier: url }, host, facts))
      if (config !== undefined) return { exists: true, config }
    }
    if (folder === '' || path.endsWith(stop)) {
      walk.end()
      return { exists: false, path }
    }
    folder = folder.slice(0, folder.lastIndexOf('/'))
  }
}

/** The path of a package.json on the way up; newer lines blame the URL that they started from. */
function pathOfScope (at: URL, url: string, facts: NodeFacts): string {
  try {
    return fileURLToPath(at)
  } catch (error) {
    throw facts.packageParser === 'json' ? error : invalidURL(url)
  }
}

/** The nearest package.json above a file, as CommonJS looks for it. */
export function getNearestParentPackage (file: string, host: Host, facts: NodeFacts): PackageConfig | undefined {
  let folder = file.endsWith(sep) ? file.slice(0, -1) : dirname(file)
  const walk = new Walk(!facts.scopeReachesRoot)
  for (;;) {
    const above = dirname(folder)
    const root = above === folder
    if ((root && !facts.scopeReachesRoot) || folder.endsWith(sep + 'node_modules')) return walk.end()
    const path = resolvePath(folder, 'package.json')
    const config = walk.try(() => readUnparsed(path, { esm: false }, host, facts))
    if (config !== undefined) return facts.nearestIsLazy ? config : parseFields(config, facts)
    if (root) return walk.end()
    folder = above
  }
}

/** Name and subpath of a bare specifier. */
function parsePackageName (specifier: string, base: string): { packageName: string, packageSubpath: string, isScoped: boolean } {
  const isScoped = specifier[0] === '@'
  let end = specifier.indexOf('/')
  let valid = true
  if (isScoped) {
    if (end === -1) valid = false
    else end = specifier.indexOf('/', end + 1)
  }
  const packageName = end === -1 ? specifier : specifier.slice(0, end)
  if (!valid || /^\.|%|\\/.test(packageName)) {
    throw invalidModuleSpecifier(specifier, 'is not a valid package name', fileURLToPath(base))
  }
  return { packageName, packageSubpath: '.' + (end === -1 ? '' : specifier.slice(end)), isScoped }
}

/** Where a bare specifier leads: the package itself, or the nearest folder of that name in a `node_modules`. */
export interface FoundPackage { url: URL, path: string, packageSubpath: string, self?: PackageConfig }

/** PACKAGE_RESOLVE up to the package.json; throws ERR_MODULE_NOT_FOUND. */
export function findPackage (specifier: string, base: string, host: Host, facts: NodeFacts): FoundPackage {
  const { packageName, packageSubpath, isScoped } = parsePackageName(specifier, base)
  const scope = getPackageScopeConfig(base, host, facts)
  if (scope.exists && scope.config.exports != null && scope.config.name === packageName) {
    const { path } = scope.config
    return { url: pathToFileURL(path), path, packageSubpath, self: scope.config }
  }
  if (PLAIN_URL.test(base) && PLAIN_NAME.test(packageName)) {
    const path = folderAbove(base, packageName, host)
    if (path !== undefined) return { url: new URL(`file://${path}`), path, packageSubpath }
    throw moduleNotFound(packageName, fileURLToPath(base))
  }
  let url = new URL(`./node_modules/${packageName}/package.json`, base)
  let path = fileURLToPath(url)
  let last
  do {
    if (statOf(path.slice(0, -'/package.json'.length), host) === 'folder') return { url, path, packageSubpath }
    last = path
    url = new URL(`${isScoped ? '../' : ''}../../../node_modules/${packageName}/package.json`, url)
    path = fileURLToPath(url)
  } while (path.length !== last.length)
  throw moduleNotFound(packageName, fileURLToPath(base))
}

const PLAIN_NAME = /^[\w\-@+~][\w\-.@+~]*(?:\/[\w\-@+~][\w\-.@+~]*)?$/

/** The package.json of a package in the nearest `node_modules`, without URLs. */
function folderAbove (base: string, packageName: string, host: Host): string | undefined {
  let folder = base.slice('file://'.length, base.lastIndexOf('/'))
  for (;;) {
    const path = `${folder}/node_modules/${packageName}`
    if (host.stat(path) === 'folder') return `${path}/package.json`
    if (folder === '') return undefined
    folder = folder.slice(0, folder.lastIndexOf('/'))
  }
}

/** Node hands paths to the system as C strings, which end at a NUL. */
function beforeNul (path: string): string {
  const end = path.indexOf('\0')
  return end === -1 ? path : path.slice(0, end)
}

/** What is at a path that may end in a slash, where only a folder can be, or hold empty segments. */
export function statOf (path: string, host: Host): ReturnType<Host['stat']> {
  const asked = beforeNul(path)
  if (!/\/(\/|$)/.test(asked)) return host.stat(asked)
  const kind = host.stat(resolvePath(asked))
  return asked.endsWith('/') && kind !== 'folder' ? undefined : kind
}

/** The path with links resolved; a NUL in it is refused here, as by `fs.realpathSync`. */
export function realpathOf (path: string, host: Host): string {
  if (path.includes('\0')) throw nullBytes(path)
  return host.realpath(path)
}
