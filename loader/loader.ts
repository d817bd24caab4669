// The loader as the rest of the package sees it: it is told which mounts come and go, and serves their modules with
// what the running Node offers.
import { installAddons } from './addon.ts'
import { installCommonJS } from './cjs.ts'
import { installHooks } from './hooks.ts'
import { Modules } from './modules.ts'
import { Mounts } from './mounts.ts'
import { installPackages } from './packages.ts'
import { runningSettings } from './running.ts'
import { installThread } from './thread.ts'
import type { Mount, Space } from './space.ts'

/** What is told to the loader. */
export interface Loader {
  /** A mount has begun to serve; sets its `generation`. */
  mounted (mount: Mount): void
  /** A mount has gone: its modules leave the caches. */
  unmounted (mount: Mount): void
  /** The module at this path, all below it, and those that import them run again at the next `require` or `import`. */
  invalidate (path: string): void
  /** Takes everything back that was installed into Node. */
  stop (): void
}

/** Installs the loader over a name space. */
export function startLoader (space: Space): Loader {
  const mounts = new Mounts(space, runningSettings())
  const modules = new Modules(mounts)
  const { facts } = mounts.settings
  const undo = [installPackages(modules), installAddons(mounts)]
  undo.push(facts.registerHooks ? installHooks(modules) : installThread(modules))
  if (facts.major < 24) undo.push(installCommonJS(modules))
  return {
    mounted: mount => mounts.add(mount),
    unmounted: mount => mounts.remove(mount),
    invalidate: path => mounts.invalidate(path),
    stop: () => { for (const step of undo.splice(0).reverse()) step() }
  }
}
