// The threads that Node makes for hooks (module.register, --experimental-loader) run all preloads once more. What such a
// thread was not told of is not there: preloads that are in a mount have run where they belong, and are passed over. See
// lib/mount/hooksthread.ts.
import nodeModule from 'node:module'
import { MAJOR } from '../lib/kernel/native.ts'

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
