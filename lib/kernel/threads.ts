// In which thread of the process this runs, and what threads of hooks (lib/mount/hooksthread.ts) are told by.
import { isMainThread, parentPort } from 'node:worker_threads'

/** It is one that Node makes for hooks (module.register, --experimental-loader). It runs all preloads of --require once more. */
export const isHooksThread = !isMainThread && parentPort === null

/** Key of the environment data that such a thread finds. */
export const HOOKS_KEY = 'fsmount-hooks'

/** With this the URLs begin under which our own hooks are registered. */
export const OWN_HOOKS = 'data:text/javascript,//fsmount'

/** Runs a step that Node may find deprecated, which is none of the program's doing. */
export function undeprecated (run: () => void): void {
  const { noDeprecation } = process
  if (noDeprecation === true) return run()
  process.noDeprecation = true
  try {
    run()
  } finally {
    process.noDeprecation = noDeprecation as boolean
  }
}
