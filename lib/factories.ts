// Providers by name: how descriptions (FSMOUNT, fsmount.config.json, what workers and children are handed) name what they are
// made by, with the public `registerProvider`.
import { createRequire } from 'node:module'
import { posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalidState, invalidType, invalidValue } from './kernel/errors.ts'
import { aside, Part } from './kernel/late.ts'
import { native } from './kernel/native.ts'
import { ABSENT, type Described } from './kernel/provider.ts'
import { registry } from './kernel/registry.ts'
import type { Stats } from 'node:fs'

/**
 * Makes a provider of what stood in a description: `source`, undefined if there is none, and the options that are not
 * those of `create()`. Throws when it cannot be made of them. The type is a method's, so that a factory may say what it takes.
 */
export type ProviderFactory = { make (source: unknown, options: Readonly<Record<string, unknown>>): object }['make']

/** The factories of our own providers. */
export const factoriesPart = new Part<Readonly<Record<string, ProviderFactory>>>()

const absent: ProviderFactory = (reason: string) => new (aside(() => require('./mount/absent.js') as typeof import('./mount/absent.ts')).AbsentProvider)(reason)

/** The factory of a provider of ours. */
const ourFactory = (name: string): ProviderFactory | undefined => {
  const ours = factoriesPart.get()!
  return name === ABSENT ? absent : Object.hasOwn(ours, name) ? ours[name] : undefined
}

/** A provider as `node:vfs` takes it (26.10): which files or folders it serves, and how it is made of one. */
export interface ProviderEntry {
  name: string
  canHandle (path: string, stats: Stats): boolean
  create (path: string, stats: Stats): object
}

/**
 * Gives descriptions in FSMOUNT, in fsmount.config.json and from other threads and processes a provider by name. A
 * later registration replaces an earlier one. Throws ERR_INVALID_ARG_TYPE and ERR_INVALID_ARG_VALUE.
 */
export function registerProvider (name: string, factory: ProviderFactory): void
/** The same in the form of `node:vfs`. */
export function registerProvider (entry: ProviderEntry): void
export function registerProvider (given: string | ProviderEntry, factory?: ProviderFactory): void {
  if (typeof given === 'object' && given !== null) {
    for (const name of ['canHandle', 'create'] as const) if (typeof given[name] !== 'function') throw invalidType(`entry.${name}`, 'of type function', given[name])
    registerProvider(given.name, handling(given))
    return
  }
  if (typeof given !== 'string') throw invalidType('name', 'of type string', given)
  if (typeof factory !== 'function') throw invalidType('factory', 'of type function', factory)
  if (!/^[a-z][\w.-]*$/i.test(given)) throw invalidValue('name', 'must be letters, digits, dots and dashes', given)
  if (ourFactory(given) !== undefined) throw invalidValue('name', 'must not be that of a provider of fsmount', given)
  const shared = registry()
  shared.factories ??= new Map()
  shared.factories.set(given, factory)
}

/** A factory that asks first whether its source can be served. */
function handling ({ name, canHandle, create }: ProviderEntry): ProviderFactory {
  return (source) => {
    const path = resolve(source instanceof URL ? fileURLToPath(source) : pathOfSource(source) as string)
    const stats = native.statSync(path)
    if (!canHandle(path, stats)) throw invalidState(`the provider '${name}' cannot handle ${path}`)
    return create(path, stats)
  }
}

function factoryOf (name: string): ProviderFactory {
  const found = ourFactory(name) ?? registry().factories?.get(name)
  if (found === undefined) throw invalidState(`there is no provider named '${name}'; known: ${[...Object.keys(factoriesPart.get()!), ...registry().factories?.keys() ?? []].join(', ')}`)
  return found as ProviderFactory
}

/** A source that is a path. */
export function pathOfSource (source: unknown): string | URL {
  if (typeof source === 'string' || source instanceof URL) return source
  throw invalidType('source', 'a path', source)
}

/** The provider that a description says. */
export function makeProvider ({ provider, source, options = {}, module }: Described): object {
  if (module !== undefined) loadFactory(module)
  return factoryOf(provider)(source, options)
}

/** Loads a module that registers a factory: a path, a file URL, or a package as the working folder finds it. */
function loadFactory (module: string | URL): void {
  const asker = posix.join(process.cwd(), 'x')
  try {
    createRequire(asker)(/^file:/.test(String(module)) ? fileURLToPath(module) : String(module))
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replace(`\nRequire stack:\n- ${asker}`, '')   // no file of anybody's
    throw error
  }
}
