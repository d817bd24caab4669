// `require` of an ES module from the second generation on. Node looks such a module up under its clean URL, where the
// first generation still stands; so it is given CommonJS that hands out the namespace of the marked URL instead: the
// very instance that `import` gives. Follows populateCJSExportsFromESM of lib/internal/modules/cjs/loader.js
// (checked on 22.23, 24.21, 26.10).
import { pathToFileURL } from 'node:url'
import { NOWHERE } from '../lib/kernel/names.ts'
import { nodeModule } from '../lib/kernel/native.ts'
import { registry } from '../lib/kernel/registry.ts'
import { cache, parentOf } from './purge.ts'

const FOLDER = `${NOWHERE}/require/`

const asksHooks = 'registerHooks' in nodeModule
let count = 0
const sources = new Map<string, string>()

/** CommonJS in the place of an ES module. */
export const facadeSource = (url: string): string => `module.exports=globalThis[Symbol.for('fsmount')].calls.requireModule(${JSON.stringify(url)},module)`

/** An ES module in the place of JSON: Node shares that with `require` under its clean URL only. */
export const jsonSource = (path: string): string => `export default globalThis[Symbol.for('fsmount')].calls.requireJSON(${JSON.stringify(path)})`

/** The URL of a facade, when the specifier or URL is one. */
export function facadeURL (specifier: string): string | undefined {
  if (!specifier.startsWith(FOLDER)) return undefined
  const url = pathToFileURL(specifier).href
  return sources.has(url) ? url : undefined
}

/** The source of a facade, when the URL is one. */
export const facadeModule = (url: string): string | undefined => sources.size === 0 ? undefined : sources.get(url)

/** Makes `facadeSource` and `jsonSource` work. */
export function installFacade (): void {
  const { calls } = registry()
  calls.requireModule = requireModule
  calls.requireJSON = (path: string) => nodeModule.createRequire(path)(path) as unknown
}

/** What `require` of the ES module at this URL returns; `asked` stands for it in `require.cache`. */
export function requireModule (url: string, asked: NodeJS.Module): unknown {
  const name = JSON.stringify(url)
  const namespace = run(`import * as namespace from ${name}\nexport { namespace as 'module.exports' }`, asked) as object
  if (Object.hasOwn(namespace, 'module.exports')) return (namespace as { 'module.exports': unknown })['module.exports']
  if (!Object.hasOwn(namespace, 'default') || Object.hasOwn(namespace, '__esModule')) return namespace
  return run(`export * from ${name}\nexport { default } from ${name}\nexport const __esModule = true`, asked)
}

/** Requires an ES module of this source that leaves no trace in the caches of CommonJS, nor in errors. */
function run (source: string, asked: NodeJS.Module): unknown {
  const path = `${FOLDER}${++count}.mjs`
  const url = pathToFileURL(path).href
  sources.set(url, source)
  try {
    return asksHooks ? nodeModule.createRequire(path)(path) : compile(source, path)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ERR_REQUIRE_ASYNC_MODULE' || code === 'ERR_REQUIRE_CYCLE_MODULE') rename(error as Error, path, asked)
    throw error
  } finally {
    sources.delete(url)
    delete cache[path]
  }
}

/** Where no hooks are asked (Node 20), the source is compiled as `require` would do it. */
function compile (source: string, path: string): unknown {
  const module = new nodeModule(path) as NodeJS.Module & { _compile (source: string, path: string, format: string): void }
  module._compile(source, path, 'module')
  return module.exports
}

/** Names the module that was asked for, and those who asked, in an error about the facade. */
function rename (error: Error & { requireStack?: string[] }, facade: string, asked: NodeJS.Module): void {
  const stack: string[] = []
  for (let at = parentOf(asked); at; at = parentOf(at)) stack.push(at.filename || at.id)
  const told = (text: string): string => text
    .replace(`\n- ${facade}`, stack.map(name => `\n- ${name}`).join(''))
    .replace(`From ${facade}`, `From ${stack[0]}`)
    .replace(`-tla.\n  Requiring`, `-tla.\n  From ${stack[0]} \n  Requiring`)
    .replaceAll(facade, asked.filename!)
  const { message } = error
  error.message = told(message)
  error.stack = error.stack?.replace(message, () => error.message)
  if (error.requireStack !== undefined) error.requireStack = stack
}
