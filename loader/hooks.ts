// The loader on Node lines that have `module.registerHooks`: two synchronous hooks that translate between Node and
// `Modules`. What no mount owns goes to the next hook untouched.
import { pathToFileURL } from 'node:url'
import { types } from 'node:util'
import { isGone } from '../lib/kernel/errors.ts'
import { native, nodeModule } from '../lib/kernel/native.ts'
import { aside, lazily } from '../lib/kernel/late.ts'
import { facadeModule, facadeURL } from './facade.ts'
import { unmarked } from './generations.ts'
import { pathOf, textOf } from './urls.ts'
import type { LoadFnOutput, LoadHookContext, ResolveFnOutput, ResolveHookContext } from 'node:module'
import type { Askers } from './askers.ts'
import type { Answer, Modules } from './modules.ts'
import type { Mounts } from './mounts.ts'
import type { Loaded } from './sources.ts'
import type { HooksThread } from './modulespace.ts'
import type { NodeFacts } from './versions.ts'

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput
type NextLoad = (url: string, context?: Partial<LoadHookContext>) => LoadFnOutput

/** Registers the hooks; returns the undo. `modules` is called for the first module that a mount may have to do with. */
export function installHooks (mounts: Mounts, askers: Askers, facts: NodeFacts, modules: () => Modules): () => void {
  const own = new Hooks(mounts, askers, facts, modules)
  const hooks = nodeModule.registerHooks({ resolve: own.resolve, load: own.load })
  return () => {
    hooks.deregister()
    own.undoResolution?.()
  }
}

/** The two hooks, which Node calls as plain functions. */
class Hooks {
  readonly #mounts: Mounts
  readonly #askers: Askers
  readonly #facts: NodeFacts
  readonly #modules: () => Modules
  readonly #errors = lazily(() => undisturbed(this.#mounts, () => require('./errors.js') as typeof import('./errors.ts')))
  readonly #cjs = lazily(() => undisturbed(this.#mounts, () => require('./cjs.js') as typeof import('./cjs.ts')))
  readonly #older = lazily(() => undisturbed(this.#mounts, () => require('./node20imported.js') as typeof import('./node20imported.ts')))
  undoResolution: (() => void) | undefined
  readonly #lookup = lazily(() => undisturbed(this.#mounts, () => require('./lookuppaths.js') as typeof import('./lookuppaths.ts')))
  readonly #maps = lazily(() => undisturbed(this.#mounts, () => require('./sourcemaps.js') as typeof import('./sourcemaps.ts')))

  constructor (mounts: Mounts, askers: Askers, facts: NodeFacts, modules: () => Modules) {
    this.#mounts = mounts
    this.#askers = askers
    this.#facts = facts
    this.#modules = modules
  }

  readonly resolve = (specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput => {
    const thread = this.#mounts.hooksThread
    thread?.tell()
    // `import.meta.resolve` hands on whatever it is given.
    if (this.#mounts.empty || typeof specifier !== 'string' || specifier.startsWith('node:')) return next(specifier, context)
    // A hook of somebody else's may hand on a context without them.
    const conditions = conditionsOf(context)
    if (conditions === undefined) return next(specifier, context) // of somebody else's making: Node says what is wrong with them
    const parentURL = textOf(context.parentURL)
    const own = this.#mounts.coversOwn ? ownURL(this.#mounts, specifier, parentURL) : undefined
    if (own !== undefined) return own
    const isRequire = conditions.includes('require')
    if (isRequire) {
      const url = facadeURL(specifier)
      if (url !== undefined) return { url, format: 'module', shortCircuit: true }
    }
    if (thread !== undefined && !isRequire) {
      const result = this.#imported(thread, specifier, { ...context, parentURL }, next)
      if (result !== undefined) return result
    }
    if (!this.#askers.mayConcern(specifier, parentURL)) return isRequire ? this.#elsewhere(specifier, context, next) : next(specifier, context)
    const answer = isRequire ? this.#required(specifier, context, conditions, next) : this.#modules().forImport(specifier, parentURL, conditions)
    if (answer === undefined) return isRequire ? this.#elsewhere(specifier, context, next) : next(specifier, context)
    if ('found' in answer) return { url: answer.found.url, format: answer.found.format, shortCircuit: true }
    if ('handOn' in answer) return next(answer.handOn, context)
    let result: ResolveFnOutput | undefined
    const healed = this.#modules().heal(answer.failed, specifier, () => (result = next(specifier, context)).url, meant =>
      isRequire ? this.#modules().forRequire(pathOf(meant) ?? meant, parentURL, conditions, parentURL === undefined) : this.#modules().forImport(meant, parentURL, conditions))
    return healed === undefined ? result! : { url: healed.url, format: healed.format, shortCircuit: true }
  }

  /**
   * `import` where hooks of others are in their thread: they are asked, and at last ours there; it gets the mark of its
   * generation here. Undefined if it turns out that ours are not there.
   */
  #imported (thread: HooksThread, specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput | undefined {
    const { parentURL, conditions } = context
    if (thread.lacksSome) {
      const answer = this.#modules().forImport(specifier, parentURL, conditions)
      if (answer !== undefined && 'found' in answer && thread.lacks(answer.found.located.mount)) return { ...answer.found, shortCircuit: true }
    }
    if (this.#facts.hooksSeeInnerRequire) this.undoResolution ??= this.#cjs().installResolution(this.#mounts, this.#askers, this.#facts, this.#modules)
    let result
    try {
      result = next(specifier, parentURL === undefined ? context : { ...context, parentURL: unmarked(parentURL) })
    } catch (error) {
      if (thread.settle()) throw error
    }
    if (result === undefined || !thread.settle()) return undefined
    const located = this.#mounts.locate(result.url)
    if (located === undefined) return result
    const url = this.#mounts.urlOf(located, result.url)
    this.#mounts.note({ url, located }, this.#askers.of(parentURL)?.located?.path)
    return url === result.url ? result : { ...result, url }
  }

  /** `require`, or `require.resolve` with `paths`, which Node does not tell us. */
  #required (specifier: string, { parentURL }: ResolveHookContext, conditions: string[], next: NextResolve): Answer {
    const answer = this.#modules().forRequire(specifier, parentURL, conditions, parentURL === undefined)
    if (answer === undefined) return undefined
    if (!this.#facts.hooksSeeRequireResolve || (parentURL !== undefined && this.#mounts.locate(parentURL)?.onlyRequires === true)) return answer
    const paths = this.#modules().lookupPathsOf(next, this.#fileOf(parentURL))
    return paths === undefined ? answer : this.#modules().forRequire(specifier, parentURL, conditions, false, { paths })
  }

  /** The asking file, where `lookupPathsOf` would take it for one of the paths. */
  #fileOf (url: string | undefined): string | undefined { return this.#facts.hooksSeeInnerRequire || url === undefined ? undefined : pathOf(url) }

  /** A request that no mount has to do with, unless `require.resolve` names folders in one, or others make something else of it. */
  #elsewhere (specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput {
    try {
      return next(specifier, context)
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND' || !this.#readIn()) throw error
      const paths = this.#facts.hooksSeeRequireResolve ? this.#lookup().lookupPathsOf(next, this.#fileOf(textOf(context.parentURL))) : undefined
      const meant = this.#errors().missedRequest(error) ?? specifier // an alias of somebody else's may lead into a mount
      if (paths === undefined && meant === specifier) throw error
      const answer = this.#modules().forRequire(meant, context.parentURL, conditionsOf(context), false, { paths })
      if (answer === undefined || !('found' in answer)) throw error
      return { url: answer.found.url, shortCircuit: true }
    }
  }

  /** Whether what looks into a failure is at hand; not where the folder of this package is gone: then the failure is all there is to say. */
  #readIn (): boolean {
    try {
      this.#errors()
      this.#lookup()
      return true
    } catch (error) {
      if (isGone(error)) return false
      throw error
    }
  }

  readonly load = (url: string, context: LoadHookContext, next: NextLoad): LoadFnOutput => {
    if (!url.startsWith('file:')) return url.startsWith('data:') || context.format === 'builtin' ? this.#loadOther(url, context, next) : next(url, context)
    if (this.#mounts.empty) return next(url, context)
    const facade = facadeModule(url)
    if (facade !== undefined) return { format: 'module', source: facade, shortCircuit: true }
    const own = this.#mounts.coversOwn ? ownSource(this.#mounts, url) : undefined
    if (own !== undefined) return own
    const located = this.#mounts.locate(url)
    if (located === undefined) return next(url, context)
    const { format } = context
    const isRequire = conditionsOf(context)?.includes('require') === true
    const thread = this.#mounts.hooksThread
    if (thread !== undefined && !isRequire && !thread.lacks(located.mount)) return this.#loadByThread(thread, url, context, next)
    const loaded = isRequire
      ? this.#modules().sources.forRequire(url, format ?? undefined)
      : this.#forImport(located.path, url, format, context.importAttributes as Record<string, string>)
    return loaded === undefined ? next(url, context) : { ...loaded, source: this.#mapped(located.path, loaded), shortCircuit: true } as LoadFnOutput
  }

  /** A module for `import`; CommonJS that Node would run with a `require` that hears no hooks is made as on Node 20. */
  #forImport (path: string, url: string, format: string | null | undefined, attributes: Readonly<Record<string, string>>): Loaded | undefined {
    const loaded = this.#modules().sources.forImport(url, format, attributes)
    const { hooksSeeInnerRequire, reloadsImported } = this.#facts
    if (loaded?.format !== 'commonjs' || hooksSeeInnerRequire || reloadsImported) return loaded
    const { importedSource, installImported } = this.#older()
    installImported()
    return { ...loaded, source: importedSource(path, String(loaded.source), this.#modules()) }
  }

  /** The source of a module, with its source map where Node looks for maps. */
  #mapped (path: string, { format, source }: Loaded): Loaded['source'] {
    if (!process.sourceMapsEnabled || source === null || !/^(?:commonjs|module)/.test(format ?? 'commonjs')) return source
    return this.#maps().withMap(this.#mounts, path, source.toString())
  }

  /** A module that hooks of others may have a say in. */
  #loadByThread (thread: HooksThread, url: string, context: LoadHookContext, next: NextLoad): LoadFnOutput {
    thread.tell()
    if (!this.#facts.readsUngiven) this.#older().installImported() // what ours over there may have put in the place of CommonJS
    const loaded = next(unmarked(url), context)
    // What nobody has changed Node would read once more, before `readsUngiven` on the disk.
    if (this.#facts.hooksSeeInnerRequire || loaded.format !== 'commonjs' || loaded.source != null) return loaded
    return { ...this.#forImport(pathOf(url)!, url, loaded.format, {}), shortCircuit: true } as LoadFnOutput
  }

  /**
   * Of a type that nobody knows Node says so, unless there are hooks, which it then blames. And a built-in
   * that is known with `node:` alone is asked for without it, and not found (cjs/loader.js, loadBuiltinWithHooks; seen 22.15 24.0, not 22.18 24.6).
   */
  #loadOther (url: string, context: LoadHookContext, next: NextLoad): LoadFnOutput {
    try {
      return next(url, context)
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_INVALID_RETURN_PROPERTY_VALUE') throw error
      if (context.format === 'builtin') return BUILTIN
      if (context.format != null) throw error
      const { mimeOf } = aside(() => require('./format.js') as typeof import('./format.ts'))
      throw this.#errors().unknownModuleFormat(mimeOf(url), url)
    }
  }
}

/** What is loaded for a built-in: its source is passed over, but some releases want one. */
const BUILTIN: LoadFnOutput = { format: 'builtin', source: '', shortCircuit: true }

const listed = new WeakMap<object, string[]>()

/** The conditions of a question, one and the same list each time; undefined where they are none. Those of `require` come as a set on some releases (lib/internal/modules/cjs/loader.js, resolveForCJSWithHooks; seen 22.15 22.18 23.11 24.0 24.2, not 22.20 24.8 25.0). */
function conditionsOf ({ conditions = [] }: { readonly conditions?: unknown }): string[] | undefined {
  if (Array.isArray(conditions)) return conditions as string[]
  if (!types.isSet(conditions)) return undefined
  let list = listed.get(conditions)
  if (list === undefined) listed.set(conditions, list = [...conditions] as string[])
  return list
}

/** Loads files of this package past the hooks of others, who may have plans for every module that is loaded. */
export function undisturbed<T> (mounts: Mounts, load: () => T): T {
  const hooks = nodeModule.registerHooks({
    resolve: (specifier, context, next) => specifier.startsWith('node:') ? { url: specifier, format: 'builtin', shortCircuit: true } : ownURL(mounts, specifier, context.parentURL) ?? next(specifier, context),
    load: (url, context, next) => url.startsWith('node:') || context.format === 'builtin' ? BUILTIN : ownSource(mounts, url) ?? next(url, context)
  })
  try {
    return load()
  } finally {
    hooks.deregister()
  }
}

function ownURL (mounts: Mounts, specifier: string, parentURL: string | undefined): ResolveFnOutput | undefined {
  const path = mounts.own.requested(specifier, parentURL && pathOf(parentURL))
  return path === undefined ? undefined : { url: pathToFileURL(path).href, shortCircuit: true }
}

function ownSource (mounts: Mounts, url: string): LoadFnOutput | undefined {
  const path = pathOf(url)
  if (path === undefined || !path.endsWith('.js') || !mounts.own.has(path)) return undefined
  return { format: 'commonjs', source: native.readFileSync(path, 'utf8'), shortCircuit: true }
}
