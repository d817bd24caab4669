// Import attributes are checked by Node's own last load step, which is not asked for what a mount owns.
// Follows lib/internal/modules/esm/assert.js (checked on 20.20, 22.23, 24.21, 26.10).
import { nodeError } from '../lib/kernel/errors.ts'
import type { Settings } from './settings.ts'

type Attributes = Readonly<Record<string, string>>

/** The value of `type` that a format asks for. */
const typeFor = (format: string, settings: Settings): string | undefined =>
  format === 'json' ? 'json' : format === 'text' && settings.importText ? 'text' : undefined

/** Throws Node's error when the attributes of an import do not fit the format. */
export function checkAttributes (url: string, format: string, attributes: Attributes, settings: Settings): void {
  const words = settings.facts.major < 22 ? OLD : settings.facts.attributesNameModule ? NEW : NAMELESS
  const strange = Object.keys(attributes).find(key => key !== 'type')
  if (strange !== undefined) throw words.unsupported(strange, attributes[strange]!, url)
  const { type } = attributes
  const wanted = typeFor(format, settings)
  if (type === wanted) return
  if (type === undefined) throw words.missing(wanted!, url)
  if (type !== 'json' && !(type === 'text' && settings.importText)) throw words.unknown(type, url)
  throw words.incompatible(type, url)
}

interface Words {
  unsupported (key: string, value: string, url: string): Error
  missing (type: string, url: string): Error
  unknown (type: string, url: string): Error
  incompatible (type: string, url: string): Error
}

const NEW: Words = {
  unsupported: (key, value, url) => nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED', `Import attribute "${key}" with value "${value}" is not supported in ${url}`),
  missing: (type, url) => nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_MISSING', `Module "${url}" needs an import attribute of "type: ${type}"`),
  unknown: (type, url) => NEW.unsupported('type', type, url),
  incompatible: (type, url) => nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE', `Module "${url}" is not of type "${type}"`)
}

const unsupported = (key: string, value: string): Error =>
  nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED', `Import attribute "${key}" with value "${value}" is not supported`)

const NAMELESS: Words = { ...NEW, unsupported, unknown: type => unsupported('type', type) }

/** Node 20 still speaks of assertions. */
const OLD: Words = {
  unsupported,
  missing: (type, url) => nodeError(TypeError, 'ERR_IMPORT_ASSERTION_TYPE_MISSING', `Module "${url}" needs an import attribute of type "${type}"`),
  unknown: type => nodeError(TypeError, 'ERR_IMPORT_ASSERTION_TYPE_UNSUPPORTED', `Import attribute type "${type}" is unsupported`),
  incompatible: (type, url) => nodeError(TypeError, 'ERR_IMPORT_ASSERTION_TYPE_FAILED', `Module "${url}" is not of type "${type}"`)
}
