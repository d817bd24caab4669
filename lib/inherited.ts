// What a worker or child loads that was started from a mount or is to see one, and what threads of hooks load: it mounts
// what it was handed, and no more.
import { getEnvironmentData } from 'node:worker_threads'
import { forgivePreloads, preloadFrom } from '../loader/preloads.ts'
import { HOOKS_KEY, isHooksThread } from './kernel/threads.ts'

if (!isHooksThread) {
  require('./index.js')
  const { orExit } = require('./exit.js') as typeof import('./exit.ts')
  const { receive } = require('./receive.js') as typeof import('./receive.ts')
  orExit(() => {
    const cwd = receive(true)
    if (cwd !== undefined) preloadFrom(module, cwd)
  })
} else {
  forgivePreloads()
  if (getEnvironmentData(HOOKS_KEY) !== undefined) (require('./follow.js') as typeof import('./follow.ts')).followHanded()
}
