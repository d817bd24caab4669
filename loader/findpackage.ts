// `module.findPackageJSON`, a public function that asks Node's resolver and no hook.
// Follows lib/internal/modules/package_json_reader.js (checked on 22.23, 24.21, 26.10).
import { isAbsolute } from 'node:path'
import { URL, fileURLToPath, pathToFileURL } from 'node:url'
import { nodeModule } from '../lib/kernel/native.ts'
import type { Modules } from './modules.ts'
import type { Mounts } from './mounts.ts'

type Find = (specifier: string | URL, base?: string | URL) => string | undefined

/** Patches the function where Node has it; returns the undo. */
export function installFindPackage (mounts: Mounts, modules: () => Modules): () => void {
  const holder = nodeModule as { findPackageJSON?: Find }
  const before = holder.findPackageJSON
  if (before === undefined) return () => {}

  const find: Find = function (this: unknown, specifier, base) {
    const given = arguments as unknown as Parameters<Find>
    const parent = given.length > 1 ? baseURL(base) : undefined
    const name = typeof specifier === 'string' || specifier instanceof URL ? `${specifier}` : undefined
    if (mounts.empty || name === undefined || (parent === undefined && !name.startsWith('file:')) || !concerns(mounts, name, parent)) {
      return before.apply(this, given)
    }
    return modules().findPackageJSON(name, parent ?? 'data:')
  }
  Object.defineProperties(find, {
    name: { value: before.name, configurable: true },
    length: { value: before.length, configurable: true }
  })
  const set = (value: Find): void => {
    holder.findPackageJSON = value
    nodeModule.syncBuiltinESMExports()
  }
  set(find)
  return () => { if (holder.findPackageJSON === find) set(before) }
}

/** The base as a URL, or undefined for one that Node will refuse. */
function baseURL (base: unknown): string | undefined {
  if (base instanceof URL) return base.href
  if (typeof base !== 'string') return undefined
  return isAbsolute(base) ? pathToFileURL(base).href : base.startsWith('file:') ? base : undefined
}

/** Whether what is looked for is a package by its name. */
export const isBare = (name: string): boolean => name !== '' && name[0] !== '.' && name[0] !== '/' && !URL.canParse(name)

/** Whether the base or what is looked for could be in a mount. */
function concerns (mounts: Mounts, name: string, parent: string | undefined): boolean {
  if (parent !== undefined && mounts.touches(fileURLToPath(parent))) return true
  if (isBare(name)) return mounts.touchesBare(fileURLToPath(new URL('.', parent)), () => undefined, [])
  return URL.canParse(name, parent) && new URL(name, parent).protocol === 'file:' && mounts.touches(fileURLToPath(new URL(name, parent)))
}
