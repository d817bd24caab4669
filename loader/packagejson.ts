// The text of a package.json as Node understands it: which fields count, and what makes it broken. A further field goes into
// `PackageConfig`, `configOf` and each of the ways of parsing: `parseWhole`, `parseLazily`, `parsePlain`.
// Follows lib/internal/modules/package_json_reader.js and src/node_modules.cc (checked on 20.20, 22.23, 24.21, 26.10).
import { TextDecoder } from 'node:util'
import { scanFields, stringOf } from './scan.ts'
import type { NodeFacts } from './versions.ts'

/** The fields of a package.json that take part in resolution. */
export interface PackageConfig {
  /** Absolute path of the package.json. */
  readonly path: string
  readonly name?: string
  readonly main?: string
  /** `none` stands for an absent or unknown type. */
  readonly type: 'module' | 'commonjs' | 'none'
  /** Reading it may throw: the text is parsed on first use, as in Node. */
  readonly exports?: unknown
  /** Reading it may throw, as `exports`. */
  readonly imports?: unknown
  /** Set when the file could not be parsed: the error that `JSON.parse` threw, or true where there is no more to say. */
  readonly broken?: Error | true
  /** Set when the file could not be read for another reason than that it is not there: the system's words for it. */
  readonly unreadable?: string
}

const typeOf = (value: unknown): PackageConfig['type'] => value === 'module' || value === 'commonjs' ? value : 'none'

/** Fields and nothing else: what somebody put on Object.prototype is no field of a package. All fields, so that one shape serves all. */
const configOf = ({ path, type, name, main, exports: exported, imports, broken, unreadable }: PackageConfig): PackageConfig =>
  ({ __proto__: null, path, type, name, main, exports: exported, imports, broken, unreadable } as PackageConfig)

/** A field of a parsed text. */
const own = (fields: Record<string, unknown>, name: string): unknown => Object.hasOwn(fields, name) ? fields[name] : undefined

/** Parses the text of a package.json; never throws, see `broken`. */
export function parsePackage (path: string, bytes: Uint8Array, facts: NodeFacts): PackageConfig {
  return facts.packageParser === 'json' ? parseWhole(path, bytes) : parseLazily(path, bytes, facts)
}

/** Node 20: `JSON.parse` of everything, own properties of the right type are taken. */
function parseWhole (path: string, bytes: Uint8Array): PackageConfig {
  let parsed: unknown
  try {
    parsed = JSON.parse(decode(bytes))
  } catch (error) {
    return configOf({ path, type: 'none', broken: error as Error })
  }
  if (parsed === null) {
    // Node calls hasOwnProperty on null here and lets the TypeError out.
    try { Object.prototype.hasOwnProperty.call(parsed, 'name') } catch (error) { return configOf({ path, type: 'none', broken: error as Error }) }
  }
  const fields = Object(parsed) as Record<string, unknown>
  const name = own(fields, 'name')
  const main = own(fields, 'main')
  return configOf({
    path,
    type: typeOf(own(fields, 'type')),
    name: typeof name === 'string' ? name : undefined,
    main: typeof main === 'string' ? main : undefined,
    exports: own(fields, 'exports'),
    imports: own(fields, 'imports')
  })
}

/** Node 22 and later: fields in the order of the text; what is not asked for may be malformed. */
function parseLazily (path: string, bytes: Uint8Array, facts: NodeFacts): PackageConfig {
  const plain = parsePlain(path, bytes)
  if (plain !== undefined) return plain
  const broken: PackageConfig = configOf({ path, type: 'none', broken: true })
  const config: { path: string, type: PackageConfig['type'], name?: string, main?: string, exports?: unknown, imports?: unknown } =
    configOf({ path, type: 'none' })
  const fields = scanFields(bytes)
  if (fields === undefined) return broken
  for (const { key, text } of fields) {
    if (text === undefined) return broken
    const string = stringOf(text)
    if (key === 'name' || key === 'type') {
      if (string === undefined) return broken
      if (key === 'name') config.name = string
      else if (typeOf(string) !== 'none') config.type = typeOf(string)
    } else if (key === 'main') {
      if (string !== undefined) config.main = string
    } else if (key === 'exports' || key === 'imports') {
      if (text[0] === '"') {
        if (string === undefined) return broken
        define(config, key, string)
      } else if (text[0] === '{' || (text[0] === '[' && (key === 'exports' || facts.importsMayBeList))) define(config, key, text)
      else if (!facts.passesOverUnknown && !/^[-\dtfn[]/.test(text)) return broken
    }
  }
  return config
}

/** Whether a value can have fields. */
export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const strict = new TextDecoder('utf-8', { fatal: true })
const quotes = (text: string): number => text.split('"').length

/**
 * The short way for a text on which V8 and simdjson agree: whole, every field of its kind, no member twice (then writing
 * it out again has fewer quotes), no escape that could be half a character. Undefined for any other.
 */
function parsePlain (path: string, bytes: Uint8Array): PackageConfig | undefined {
  let fields: Record<string, unknown>
  try {
    const text = strict.decode(bytes)
    if (!text.trimStart().startsWith('{') || text.includes('\\u')) return undefined
    fields = JSON.parse(text) as Record<string, unknown>
    if (quotes(text) !== quotes(JSON.stringify(fields))) return undefined
  } catch {
    return undefined // whether Node minds what is wrong, the long way tells
  }
  const name = own(fields, 'name')
  const main = own(fields, 'main')
  const type = Object.hasOwn(fields, 'type') ? fields.type : 'none'
  const exported = own(fields, 'exports')
  const imports = own(fields, 'imports')
  if (typeof (name ?? '') !== 'string' || name === null || typeof (main ?? '') !== 'string' || typeof type !== 'string') return undefined
  if ((exported !== undefined && !isObject(exported)) || (imports !== undefined && !isObject(imports))) return undefined
  return configOf({ path, type: typeOf(type), name: name as string | undefined, main: (main ?? undefined) as string | undefined, exports: exported, imports })
}

/** A field whose text is parsed when it is first read; Node takes any string that opens like an object for JSON. */
function define (config: object, key: string, text: string): void {
  const json = text[0] === '{' || text[0] === '['
  Object.defineProperty(config, key, {
    configurable: true,
    enumerable: true,
    get (): unknown {
      const value: unknown = json ? JSON.parse(text) : text
      Object.defineProperty(config, key, { value, enumerable: true })
      return value
    }
  })
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: false })
const decode = (bytes: Uint8Array): string => utf8.decode(bytes)
