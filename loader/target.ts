// "exports" and "imports" of a package.json, and bare specifiers: the pure heart of resolution.
// Follows lib/internal/modules/esm/resolve.js and "Resolution Algorithm Specification" in doc/api/esm.md
// (checked on 20.20, 22.23, 24.21, 26.10).
import { URL, fileURLToPath, pathToFileURL } from 'node:url'
import {
  invalidModuleSpecifier, invalidPackageConfig, invalidPackageTarget, packageImportNotDefined, packagePathNotExported
} from './errors.ts'
import { legacyMainResolve } from './legacymain.ts'
import { findPackage, getPackageScopeConfig, readPackage } from './package.ts'
import { isObject } from './packagejson.ts'
import { PLAIN, PLAIN_NAMES } from './urls.ts'
import type { ResolutionError } from './errors.ts'
import type { Host } from './host.ts'
import type { FoundPackage } from './package.ts'
import type { PackageConfig } from './packagejson.ts'
import type { Settings } from './settings.ts'

/** What stays the same during one resolution. */
export interface Context {
  readonly conditions: ReadonlySet<string>
  readonly host: Host
  readonly settings: Settings
}

/** One "exports" or "imports" field that is being looked into, for whom. */
interface Lookup extends Context {
  readonly packageURL: URL
  readonly base: string | undefined
  readonly internal: boolean
}

/** A key of the field, and what its `*` stands for; `trailing` marks a subpath that ends in a slash. */
interface Match { readonly key: string, readonly star: string | undefined, readonly trailing: boolean }

const INVALID_SEGMENT = /(^|\\|\/)((\.|%2e)(\.|%2e)?|(n|%6e|%4e)(o|%6f|%4f)(d|%64|%44)(e|%65|%45)(_|%5f)(m|%6d|%4d)(o|%6f|%4f)(d|%64|%44)(u|%75|%55)(l|%6c|%4c)(e|%65|%45)(s|%73|%53))?(\\|\/|$)/i
/** As INVALID_SEGMENT, without empty segments, which are only deprecated. */
const FORBIDDEN_SEGMENT = new RegExp(INVALID_SEGMENT.source.replace(')?(\\\\|', ')(\\\\|'), 'i')

const folderOf = (packageURL: URL): string => fileURLToPath(new URL('.', packageURL))
const filePath = (base: string | undefined): string | undefined => base === undefined ? undefined : fileURLToPath(base)
const fill = (text: string, star: string): string => text.replace(/\*/g, () => star)
const canParse = (text: string): boolean => URL.canParse(text)

function targetError (match: Match, target: unknown, at: Lookup): ResolutionError {
  const shown = isObject(target) ? JSON.stringify(target, null, '') : `${target as string}`
  return invalidPackageTarget(folderOf(at.packageURL), match.key, shown, at.internal, filePath(at.base))
}

/** DEP0166: an empty segment in a target or in what a `*` matched. */
function warnInvalidSegment (target: string, match: Match, at: Lookup, isTarget: boolean): void {
  const { warn } = at.settings
  if (warn === undefined || match.trailing) return
  const request = match.star === undefined ? match.key : match.key.replace('*', () => match.star!)
  const resolved = match.star === undefined ? target : fill(target, match.star)
  const double = /[/\\][/\\]/.test(isTarget ? resolved : request)
  warn(`Use of deprecated ${double ? 'double slash' : 'leading or trailing slash matching'} resolving "${resolved}" for module ` +
    `request "${request}" ${request !== match.key ? `matched to "${match.key}" ` : ''}in the "${at.internal ? 'imports' : 'exports'}" ` +
    `field module resolution of the package at ${fileURLToPath(at.packageURL)}${at.base === undefined ? '' : ` imported from ${fileURLToPath(at.base)}`}.`,
  'DeprecationWarning', 'DEP0166')
}

/** DEP0155: a pattern that matches a subpath with a slash at its end; once per package and subpath. */
function warnTrailingSlash (subpath: string, at: Lookup): void {
  const { warn, warned } = at.settings
  if (warn === undefined) return
  const path = fileURLToPath(at.packageURL)
  const once = `${path}|${subpath}`
  if (warned.has(once)) return
  warned.add(once)
  warn(`Use of deprecated trailing slash pattern mapping "${subpath}" in the "exports" field module resolution of the package at ` +
    `${path}${at.base === undefined ? '' : ` imported from ${fileURLToPath(at.base)}`}. Mapping specifiers ending in "/" is no longer supported.`,
  'DeprecationWarning', 'DEP0155')
}

/** PACKAGE_TARGET_RESOLVE of a string. */
function resolveTargetString (target: string, match: Match, at: Lookup): URL {
  if (!target.startsWith('./')) {
    if (at.internal && target[0] !== '/' && !target.startsWith('../') && !canParse(target)) {
      return packageResolve(match.star === undefined ? target : fill(target, match.star), at.packageURL.href, at)
    }
    throw targetError(match, target, at)
  }
  const inner = target.slice(2)
  if (INVALID_SEGMENT.test(inner)) {
    if (FORBIDDEN_SEGMENT.test(inner)) throw targetError(match, target, at)
    warnInvalidSegment(target, match, at, true)
  }
  const resolved = new URL(target, at.packageURL)
  if (!resolved.pathname.startsWith(new URL('.', at.packageURL).pathname)) throw targetError(match, target, at)
  const { star } = match
  if (star === undefined || star === '') return resolved
  if (INVALID_SEGMENT.test(star)) {
    if (FORBIDDEN_SEGMENT.test(star)) {
      const request = match.key.replace('*', () => star)
      throw invalidModuleSpecifier(request, `request is not a valid match in pattern "${match.key}" for the "${
        at.internal ? 'imports' : 'exports'}" resolution of ${fileURLToPath(at.packageURL)}`, filePath(at.base))
    }
    warnInvalidSegment(target, match, at, false)
  }
  return new URL(fill(resolved.href, star))
}

/** Whether an object key is one that JavaScript would sort before the others. */
const isArrayIndex = (key: string): boolean => `${+key}` === key && +key >= 0 && +key < 0xFFFF_FFFF

/** PACKAGE_TARGET_RESOLVE: null is "excluded", undefined is "no condition applies". */
function packageTargetResolve (target: unknown, match: Match, at: Lookup): URL | null | undefined {
  if (typeof target === 'string') return resolveTargetString(target, match, at)
  if (Array.isArray(target)) return resolveTargetArray(target, match, at)
  if (target === null) return null
  if (!isObject(target)) throw targetError(match, target, at)
  const keys = Object.getOwnPropertyNames(target)
  if (keys.some(isArrayIndex)) throw configError(at, '"exports" cannot contain numeric property keys.')
  for (const key of keys) {
    if (key !== 'default' && !at.conditions.has(key)) continue
    const resolved = packageTargetResolve(target[key], match, at)
    if (resolved !== undefined) return resolved
  }
  return undefined
}

/** The first usable element; invalid ones are skipped as long as another follows. */
function resolveTargetArray (targets: readonly unknown[], match: Match, at: Lookup): URL | null | undefined {
  if (targets.length === 0) return null
  let last: unknown
  for (const target of targets) {
    try {
      const resolved = packageTargetResolve(target, match, at)
      if (resolved === null) last = null
      else if (resolved !== undefined) return resolved
    } catch (error) {
      last = error
      if ((error as ResolutionError).code !== 'ERR_INVALID_PACKAGE_TARGET') throw error
    }
  }
  if (last === null || last === undefined) return last
  throw last
}

const configError = (at: Lookup, reason: string): ResolutionError =>
  invalidPackageConfig(`Invalid package config ${fileURLToPath(at.packageURL)}${at.base === undefined ? '' : ` while importing ${at.base}`}. ${reason}`)

/** Whether "exports" describes only the main entry; throws when it mixes subpaths and conditions. */
function isConditionalExportsMainSugar (field: unknown, at: Lookup): boolean {
  if (typeof field === 'string' || Array.isArray(field)) return true
  if (!isObject(field)) return false
  const kinds = Object.getOwnPropertyNames(field).map(key => key === '' || key[0] !== '.')
  if (kinds.some(kind => kind !== kinds[0])) {
    throw configError(at, '"exports" cannot contain some keys starting with \'.\' and some not. The exports object must either be an ' +
      'object of package subpath keys or an object of main entry condition name keys only.')
  }
  return kinds[0] ?? false
}

/** Orders pattern keys: the longest part before the `*` first, then the longest key. */
function patternKeyCompare (a: string, b: string): -1 | 0 | 1 {
  const starA = a.indexOf('*')
  const starB = b.indexOf('*')
  const baseA = starA === -1 ? a.length : starA + 1
  const baseB = starB === -1 ? b.length : starB + 1
  if (baseA !== baseB) return baseA > baseB ? -1 : 1
  if (starA === -1) return 1
  if (starB === -1) return -1
  return a.length === b.length ? 0 : a.length > b.length ? -1 : 1
}

/** The best of the pattern keys that match a name. */
function bestPattern (name: string, keys: readonly string[], onPrefix?: () => void): { key: string, star: string } | undefined {
  let best = ''
  let bestStar = ''
  for (const key of keys) {
    const at = key.indexOf('*')
    if (at === -1 || !name.startsWith(key.slice(0, at))) continue
    onPrefix?.()
    const trailer = key.slice(at + 1)
    if (name.length >= key.length && name.endsWith(trailer) && patternKeyCompare(best, key) === 1 && key.lastIndexOf('*') === at) {
      best = key
      bestStar = name.slice(at, name.length - trailer.length)
    }
  }
  return best === '' ? undefined : { key: best, star: bestStar }
}

const hasOwn = (value: unknown, key: string): boolean => Object.prototype.hasOwnProperty.call(value, key)

/**
 * The short way of PACKAGE_EXPORTS_RESOLVE: the path from the package's folder where it takes no list and no URL to tell,
 * with the slash in front. Undefined where the long way has to, also for all that is an error.
 */
export function plainExport (field: unknown, subpath: string, conditions: ReadonlySet<string>): string | undefined {
  if (subpath.endsWith('/') || subpath.includes('*')) return undefined
  const keys = isMap(field) ? Object.getOwnPropertyNames(field) : []
  const isSugar = keys.length === 0 || keys[0]![0] !== '.'
  if (keys.some(key => (key[0] !== '.') !== isSugar) || (isSugar && subpath !== '.')) return undefined
  let star: string | undefined
  let target = field
  if (!isSugar) {
    const map = field as Record<string, unknown>
    const best = hasOwn(map, subpath) ? undefined : bestPattern(subpath, keys)
    star = best?.star
    target = hasOwn(map, subpath) ? map[subpath] : best && map[best.key]
    if (star !== undefined && !PLAIN_NAMES.test(star)) return undefined
  }
  while (isMap(target)) {
    const names = Object.getOwnPropertyNames(target)
    const name = names.find(each => each === 'default' || conditions.has(each))
    if (name === undefined || names.some(isArrayIndex)) return undefined
    target = target[name]
  }
  if (typeof target !== 'string') return undefined
  const path = star === undefined ? target : fill(target, star)
  return path.startsWith('./') && PLAIN_NAMES.test(path.slice(2)) ? path.slice(1) : undefined
}

const isMap = (value: unknown): value is Record<string, unknown> => isObject(value) && !Array.isArray(value)

/** PACKAGE_EXPORTS_RESOLVE. `base` is undefined when `require` looks into a `node_modules`. */
export function packageExportsResolve (packageURL: URL, subpath: string, config: PackageConfig, base: string | undefined, context: Context): URL {
  const at: Lookup = { ...context, packageURL, base, internal: false }
  let field = config.exports
  if (isConditionalExportsMainSugar(field, at)) field = { '.': field }
  const map = field as Record<string, unknown>
  const trailing = subpath.endsWith('/')
  let resolved: URL | null | undefined
  if (hasOwn(map, subpath) && !subpath.includes('*') && !trailing) {
    resolved = packageTargetResolve(map[subpath], { key: subpath, star: undefined, trailing: false }, at)
  } else {
    const best = bestPattern(subpath, Object.getOwnPropertyNames(map), () => { if (trailing) warnTrailingSlash(subpath, at) })
    if (best !== undefined) resolved = packageTargetResolve(map[best.key], { ...best, trailing }, at)
  }
  if (resolved === null || resolved === undefined) throw packagePathNotExported(folderOf(packageURL), subpath, filePath(base))
  return resolved
}

/** PACKAGE_IMPORTS_RESOLVE. */
export function packageImportsResolve (name: string, base: string, context: Context): URL {
  if (name === '#' || name.endsWith('/') || (!context.settings.facts.slashImports && name.startsWith('#/'))) {
    throw invalidModuleSpecifier(name, 'is not a valid internal imports specifier name', fileURLToPath(base))
  }
  const scope = getPackageScopeConfig(base, context.host, context.settings.facts)
  const packageURL = scope.exists ? pathToFileURL(scope.config.path) : undefined
  const map = scope.exists ? scope.config.imports as Record<string, unknown> | undefined : undefined
  if (packageURL !== undefined && map) {
    const at: Lookup = { ...context, packageURL, base, internal: true }
    let resolved: URL | null | undefined
    if (hasOwn(map, name) && !name.includes('*')) {
      resolved = packageTargetResolve(map[name], { key: name, star: undefined, trailing: false }, at)
    } else {
      const best = bestPattern(name, Object.getOwnPropertyNames(map))
      if (best !== undefined) resolved = packageTargetResolve(map[best.key], { ...best, trailing: false }, at)
    }
    if (resolved !== null && resolved !== undefined) return resolved
  }
  throw packageImportNotDefined(name, packageURL && folderOf(packageURL), fileURLToPath(base))
}

/** The file that "exports" names, where it takes no URL to tell. */
const plainFile = ({ path, packageSubpath }: FoundPackage, config: PackageConfig, { conditions }: Context): string | undefined => {
  const plain = PLAIN.test(path) ? plainExport(config.exports, packageSubpath, conditions) : undefined
  return plain && path.slice(0, -'/package.json'.length) + plain
}

/** The short way of PACKAGE_RESOLVE, to the path of a file that need not exist; undefined where the long way has to tell. */
export function plainPackageFile (specifier: string, base: string, context: Context): string | undefined {
  try {
    const { host, settings: { facts } } = context
    const found = findPackage(specifier, base, host, facts)
    const config = found.self ?? readPackage(found.path, { esm: true, specifier, base }, host, facts)
    return config?.exports == null ? undefined : plainFile(found, config, context)
  } catch {
    return undefined // what is wrong the long way says
  }
}

/** PACKAGE_RESOLVE: a bare specifier to the URL of a built-in or of a file that need not exist. */
export function packageResolve (specifier: string, base: string, context: Context): URL {
  const { host, settings } = context
  if (!specifier.startsWith('node:') && settings.isBuiltin(specifier)) return new URL(`node:${specifier}`)
  const found = findPackage(specifier, base, host, settings.facts)
  const config = found.self ?? readPackage(found.path, { esm: true, specifier, base }, host, settings.facts)
  if (config?.exports != null) {
    const plain = plainFile(found, config, context)
    return plain === undefined ? packageExportsResolve(found.url, found.packageSubpath, config, base, context) : new URL(`file://${plain}`)
  }
  if (found.packageSubpath === '.') return legacyMainResolve(found.url, config, base, context)
  return new URL(found.packageSubpath, found.url)
}
