// The threads that Node makes for hooks (module.register, Node 20 and 22) run all preloads once more. Nothing is mounted there
// and nobody asks: preloads that are in a mount have run where they belong, and are passed over.
import nodeModule from 'node:module'
import { isMainThread, parentPort } from 'node:worker_threads'
import { MAJOR } from '../lib/kernel/native.ts'

interface Loader { _load (request: string, parent: NodeJS.Module | undefined, ...rest: unknown[]): unknown }

/** Whether this is such a thread; if so, preloads that are missing are passed over in it (lib/internal/process/pre_execution.js, loadPreloadModules; 20.20, 22.23). */
export function isHooksThread (): boolean {
  if (isMainThread || parentPort !== null) return false
  if (MAJOR < 24) forgivePreloads(nodeModule as unknown as Loader)
  return true
}

function forgivePreloads (loader: Loader): void {
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
