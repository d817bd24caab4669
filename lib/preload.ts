// What the preload does: the dispatchers and the loader are in place before any other code takes a function out of `fs` or
// registers hooks, and stay for the life of the process. Then it mounts what was handed on to this process or thread, and
// what FSMOUNT or fsmount.config.json describe.
import { isMainThread } from 'node:worker_threads'
import './index.ts'
import { configuration } from './configuration.ts'
import { orExit } from './exit.ts'
import { registry } from './kernel/registry.ts'
import { keepDispatchers } from './mount/mounting.ts'
import { receive } from './receive.ts'
import { mountAll } from './restore.ts'

function mountConfigured (): void {
  const found = configuration(process.env, process.cwd())
  const shared = registry()
  // A worker or child has been handed what its parent made of the same words.
  if (found === undefined || found.id === shared.preloaded) return
  try {
    mountAll(found.mounts)
  } catch (error) {
    throw new Error(`${found.where}: ${(error as Error).message}`, { cause: error })
  }
  shared.preloaded = found.id
}

const byRequire = module.isPreloading && isMainThread
keepDispatchers(byRequire)
orExit(() => {
  receive(byRequire)
  mountConfigured()
})
