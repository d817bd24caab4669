// The loader as the rest of the package sees it: it is told which mounts come and go, and serves their modules with
// what the running Node offers.
// The way of a question: Node asks in hooks.ts; without `registerHooks` in node20thread.ts, and of what that does not hear in
// cjs.ts, node20required.ts and node20imported.ts; in a thread of hooks in hooktext.ts, for which hookanswers.ts answers. All of
// them put it to modules.ts, which finds the file (resolve.ts for `import`, resolvefilename.ts for `require`) and reads it
// (sources.ts); mounts.ts says whose it is.
import { installAddons } from './addon.ts'
import { Askers } from './askers.ts'
import { installFacade } from './facade.ts'
import { installHooks, undisturbed } from './hooks.ts'
import { aside } from '../lib/kernel/late.ts'
import { isHooksThread } from '../lib/kernel/threads.ts'
import { Mounts } from './mounts.ts'
import { installFindPackage } from './findpackage.ts'
import { nodeFacts } from './versions.ts'
import type { Modules } from './modules.ts'
import type { NodeFacts } from './versions.ts'
import type { ModuleMount, ModuleSpace } from './modulespace.ts'

/** Installs the loader over a name space; gives what is told to it (`Loader` of lib/mount/mounting.ts). */
export function startLoader (space: ModuleSpace) {
  const mounts = new Mounts(space)
  const askers = new Askers(mounts)
  const facts = factsHere()
  let made: Modules | undefined
  const modules = (): Modules => (made ??= facts.registerHooks ? undisturbed(mounts, () => makeModules(mounts, askers)) : makeModules(mounts, askers))
  installFacade()
  const undo = [installFindPackage(mounts, modules), installAddons(mounts)]
  if (isHooksThread) undo.push(aside(() => require('./hookanswers.js') as typeof import('./hookanswers.ts')).installAnswers(mounts, facts, modules))
  if (facts.registerHooks) undo.push(installHooks(mounts, askers, facts, modules))
  else if (!isHooksThread) undo.push(aside(() => require('./node20thread.js') as typeof import('./node20thread.ts')).installThread(mounts, askers, modules))
  if (!facts.hooksSeeInnerRequire || isHooksThread) undo.push(aside(() => require('./cjs.js') as typeof import('./cjs.ts')).installCommonJS(mounts, askers, facts, modules))
  return {
    mounted: (mount: ModuleMount): void => {
      mounts.add(mount)
      // Without any hooks Node asks no thread.
      if (!facts.registerHooks && !isHooksThread) aside(() => require('./node20thread.js') as typeof import('./node20thread.ts')).registerOwnHooks()
    },
    unmounted: (mount: ModuleMount): void => { mounts.remove(mount) },
    invalidate: (path: string): void => { mounts.invalidate(path) },
    fault: (mount: ModuleMount, message: string): string | undefined => faultIn(mounts, mount, message),
    hooks: (): string => aside(() => require('./hooktext.js') as typeof import('./hooktext.ts')).hooksURL(),
    refresh: (): void => { mounts.refresh() },
    stop: (): void => { for (const step of undo.splice(0).reverse()) step() }
  }
}

/**
 * In a thread of hooks, where imported CommonJS passes over synchronous hooks, `require` works as on Node 20. Some
 * releases have none of them there: one that hands on a question is an error (lib/internal/modules/esm/hooks.js, Hooks.resolveSync).
 */
function factsHere (): NodeFacts {
  const facts = nodeFacts(process.version)
  return isHooksThread ? { ...facts, registerHooks: facts.threadHasHooks, hooksSeeRequireResolve: false } : facts
}

/** The resolver and all that belongs to it are read in when the first module is asked for, not when something is mounted. */
function makeModules (mounts: Mounts, askers: Askers): Modules {
  const { Modules } = aside(() => require('./modules.js') as typeof import('./modules.ts'))
  const { runningSettings } = aside(() => require('./threadsettings.js') as typeof import('./threadsettings.ts'))
  return new Modules(mounts, askers, runningSettings())
}

function faultIn (mounts: Mounts, mount: ModuleMount, message: string): string | undefined {
  const { showFault } = aside(() => require('./faults.js') as typeof import('./faults.ts'))
  for (const path of mounts.pathsOf(mount).reverse()) {
    if (!/\.m?js$/.test(path) || mounts.stat(path) !== 'file') continue
    const shown = showFault(path, Buffer.from(mounts.read(path)).toString(), message)
    if (shown !== undefined) return shown
  }
  return undefined
}
