// The CommonJS loader of Node where hooks do not reach everything (`hooksSeeInnerRequire` of versions.ts: before 24.18 and
// 26.2): `require.resolve`, the `require` of CommonJS that was imported, and, where there are no synchronous hooks, `require`
// itself ask `Module._resolveFilename`. On later releases only with hooks of module.register.
import { pathToFileURL } from 'node:url'
import { live, native, nodeModule } from '../lib/kernel/native.ts'
import { lazily } from '../lib/kernel/late.ts'
import { requireModule } from './facade.ts'
import { isListening } from './lookuppaths.ts'
import { prime, withPaths, withinMounts } from './node20required.ts'
import type { RequireOptions, RequireParent } from './resolvefilename.ts'
import type { Askers } from './askers.ts'
import type { Answer, Modules } from './modules.ts'
import type { Mounts } from './mounts.ts'
import type { NodeFacts } from './versions.ts'

const maps = lazily(() => require('./sourcemaps.js') as typeof import('./sourcemaps.ts'))

type Compile = (this: NodeJS.Module, content: string, filename: string, format?: string) => unknown
type Load = (this: NodeJS.Module, filename: string) => void
type ResolveFilename = (request: string, parent?: RequireParent | null, isMain?: boolean, options?: RequireOptions) => string

/** Patches the loader; returns the undo. */
export function installCommonJS (mounts: Mounts, askers: Askers, facts: NodeFacts, modules: () => Modules): () => void {
  if (!facts.requiredModulesAsk) prime()
  const undo = [installResolution(mounts, askers, facts, modules), installCompilation(mounts, facts, modules)]
  if (!facts.registerHooks) undo.push(installLoading(mounts))
  return () => { for (const step of undo) step() }
}

/**
 * Answers `Module._resolveFilename`; returns the undo. On Node 24 and later that asks for what CommonJS requires whose
 * source a hook of module.register gave (lib/internal/modules/esm/translators.js, loadCJSModuleWithSpecialRequire).
 */
export function installResolution (mounts: Mounts, askers: Askers, facts: NodeFacts, modules: () => Modules): () => void {
  const loader = nodeModule as unknown as { _resolveFilename: ResolveFilename }
  const before = loader._resolveFilename
  const lexerReadsDisk = !facts.requiredModulesAsk

  const patched: ResolveFilename = function (this: unknown, request, parent, isMain, options) {
    const given = arguments as unknown as Parameters<ResolveFilename>
    if (mounts.empty || typeof request !== 'string' || isListening()) return before.apply(this, given)
    const own = mounts.own.requested(request, parent?.filename ?? undefined)
    if (own !== undefined) return own
    if (parent?.filename && options?.paths === undefined && !mounts.forgetting && !askers.mayConcern(request, pathToFileURL(parent.filename).href)) return before.apply(this, given)
    const ask = (name: string): Answer => modules().forRequire(name, parent, options?.conditions as readonly string[] | undefined, isMain === true, options ?? undefined)
    const answer = ask(request)
    if (answer === undefined) return before.apply(this, given)
    if ('found' in answer) {
      const { path } = answer.found.located
      // The search for re-exported names reads what it is given from the disk, and fails; it passes over what cannot be resolved.
      if (lexerReadsDisk && given.length === 2 && askedByLexer()) throw new Error(`${path} is not on the disk`)
      return path
    }
    if ('handOn' in answer) return answer.handOn
    let result: string
    const healed = modules().heal(answer.failed, request, () => (result = before.apply(this, given)), ask)
    return healed?.located.path ?? result!
  }
  Object.defineProperty(patched, 'name', { value: before.name, configurable: true })
  loader._resolveFilename = patched
  return () => { if (loader._resolveFilename === patched) loader._resolveFilename = before }
}

/** lib/internal/modules/esm/translators.js, cjsPreparseModuleExports (20.20). */
const askedByLexer = (): boolean => new Error().stack!.includes('cjsPreparseModuleExports')

/** Node finds the format of what is loaded without hooks (all where there are none, imported CommonJS elsewhere) on the disk. */
function installCompilation (mounts: Mounts, facts: NodeFacts, modules: () => Modules): () => void {
  const prototype = nodeModule.prototype as unknown as { _compile: Compile }
  const before = prototype._compile
  const patched: Compile = function (content, filename, format) {
    // Node itself always says what it takes a source for; others who do not have made CommonJS of it.
    const isMade = arguments.length < 3
    if (isMade && facts.requiredModulesAsk) return before.call(this, content, filename)
    const located = mounts.empty || mounts.isOwn(filename) ? undefined : mounts.locatePath(filename)
    if (facts.requiredModulesAsk) {
      const text = located !== undefined && process.sourceMapsEnabled ? maps().withMap(mounts, located.path, content) : content
      return before.call(this, text, filename, format ?? (located && modules().sources.packageFormat(located)))
    }
    const known = located === undefined ? format : modules().sources.requiredFormat(located, content)
    if (isMade) return before.call(this, content, filename)
    if (known !== 'module' || mounts.empty) return before.call(this, content, filename, known)
    return withinMounts(mounts, modules, () => {
      if (located === undefined) return before.call(this, content, filename, known)
      const url = mounts.urlOf(located, pathToFileURL(filename).href)
      if (mounts.generation(located) > 1) this.exports = requireModule(url, this)
      else before.call(this, withPaths(content, filename, modules()), filename, known)
      return undefined
    })
  }
  Object.defineProperty(patched, 'name', { value: before.name, configurable: true })
  prototype._compile = patched
  return () => { if (prototype._compile === patched) prototype._compile = before }
}

/**
 * Files of this package that a mount hides: Node without hooks would read them through the public `fs`. And what has the extension `.mjs` is
 * compiled as all else is, where Node has a function for it that passes over that (lib/internal/modules/cjs/loader.js,
 * loadESMFromCJS; seen 20.19.4 22.12, not 20.19.6 22.14). Another function in its place would make Node look for that extension.
 */
function installLoading (mounts: Mounts): () => void {
  const prototype = nodeModule.prototype as unknown as { load: Load, _compile: Compile }
  const before = prototype.load
  const extensions = (nodeModule as unknown as { _extensions: Record<string, unknown> })._extensions
  const loadESM = extensions['.mjs']
  const run = (module: NodeJS.Module, filename: string, source: string, format?: string): void => {
    module.filename = filename
    module.paths = nodeModule.createRequire(filename).resolve.paths('x') ?? []
    if (format === undefined) prototype._compile.call(module, source, filename)
    else prototype._compile.call(module, source, filename, format)
    module.loaded = true
  }
  const patched: Load = function (filename) {
    if (/\.[cm]?js$/.test(filename) && mounts.isOwn(filename) && mounts.owner(filename) !== undefined) run(this, filename, native.readFileSync(filename, 'utf8'))
    else if (loadESM !== undefined && filename.endsWith('.mjs') && extensions['.mjs'] === loadESM && mounts.locatePath(filename) !== undefined) run(this, filename, live.readFileSync(filename, 'utf8'), 'module')
    else before.call(this, filename)
  }
  prototype.load = patched
  return () => { if (prototype.load === patched) prototype.load = before }
}
