// How preloads fare where this package has a part in it. The threads that Node makes for hooks (module.register, --experimental-loader) run all preloads once more. What such a
// thread was not told of is not there: preloads that are in a mount have run where they belong, and are passed over. See
// lib/mount/hooksthread.ts.
import nodeModule, { createRequire } from 'node:module'
import { join } from 'node:path'
import { MAJOR } from '../lib/kernel/native.ts'
import { parentOf } from './purge.ts'

interface Loader { _load (request: string, parent: NodeJS.Module | undefined, ...rest: unknown[]): unknown }

/** Has preloads that are missing be passed over in such a thread (lib/internal/process/pre_execution.js, loadPreloadModules; 20.20, 22.23). */
export function forgivePreloads (): void {
  if (MAJOR >= 24) return
  const loader = nodeModule as unknown as Loader
  const before = loader._load
  loader._load = function (this: unknown, request, parent, ...rest) {
    try {
      return before.call(this, request, parent, ...rest)
    } catch (error) {
      if (parent?.id === 'internal/preload' && (error as { code?: string }).code === 'MODULE_NOT_FOUND') return {}
      throw error
    }
  }
}

/**
 * Lets the preloads that follow look for packages from a folder: the one in whose name they ask was made when the process
 * was somewhere else (lib/internal/modules/cjs/loader.js, Module._preloadModules; 20.20, 22.23, 24.21, 26.10). `asking`
 * is the module of a preload.
 */
export function preloadFrom (asking: NodeJS.Module, folder: string): void {
  const parent = parentOf(asking)
  if (!asking.isPreloading || parent == null || parent.filename !== null) return
  const { globalPaths } = nodeModule as unknown as { globalPaths: readonly string[] }
  const paths = createRequire(join(folder, 'preload.js')).resolve.paths('x') ?? []
  parent.paths = paths.slice(0, paths.length - globalPaths.length)
}
