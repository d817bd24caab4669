// The loader as the rest of the package sees it: it is told which mounts come and go, and serves their modules with
// what the running Node offers.
import { installAddons } from './addon.ts'
import { Askers } from './askers.ts'
import { installFacade } from './facade.ts'
import { installHooks, undisturbed } from './hooks.ts'
import { Mounts } from './mounts.ts'
import { installFindPackage } from './findpackage.ts'
import { nodeFacts } from './versions.ts'
import type { Modules } from './modules.ts'
import type { Mount, Space } from './space.ts'

/** Installs the loader over a name space; gives what is told to it (`Loader` of lib/mount/mounting.ts). */
export function startLoader (space: Space) {
  const mounts = new Mounts(space)
  const askers = new Askers(mounts)
  const facts = nodeFacts(process.version)
  let made: Modules | undefined
  const modules = (): Modules => (made ??= facts.registerHooks ? undisturbed(mounts, () => makeModules(mounts, askers)) : makeModules(mounts, askers))
  installFacade()
  const undo = [installFindPackage(mounts, modules), installAddons(mounts)]
  if (facts.registerHooks) undo.push(installHooks(mounts, askers, facts, modules))
  else undo.push((require('./thread.js') as typeof import('./thread.ts')).installThread(mounts, modules))
  if (facts.major < 24) undo.push((require('./cjs.js') as typeof import('./cjs.ts')).installCommonJS(mounts, facts, modules))
  return {
    mounted: (mount: Mount): void => { mounts.add(mount) },
    unmounted: (mount: Mount): void => { mounts.remove(mount) },
    invalidate: (path: string): void => { mounts.invalidate(path) },
    fault: (mount: Mount, message: string): string | undefined => faultIn(mounts, mount, message),
    stop: (): void => { for (const step of undo.splice(0).reverse()) step() }
  }
}

/** The resolver and all that belongs to it are read in when the first module is asked for, not when something is mounted. */
function makeModules (mounts: Mounts, askers: Askers): Modules {
  const { Modules } = require('./modules.js') as typeof import('./modules.ts')
  const { runningSettings } = require('./running.js') as typeof import('./running.ts')
  return new Modules(mounts, askers, runningSettings())
}

function faultIn (mounts: Mounts, mount: Mount, message: string): string | undefined {
  const { showFault } = require('./faults.js') as typeof import('./faults.ts')
  for (const path of mounts.pathsOf(mount).reverse()) {
    if (!/\.m?js$/.test(path) || mounts.stat(path) !== 'file') continue
    const shown = showFault(path, Buffer.from(mounts.read(path)).toString(), message)
    if (shown !== undefined) return shown
  }
  return undefined
}
