// Takes over the mounts that the thread or process that started this one handed on.
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'
import { registry } from './kernel/registry.ts'
import { CwdBoard } from './mount/cwdboard.ts'
import { PROCESS_KEY, THREAD_KEY, type HandedToProcess, type HandedToThread } from './mount/handing.ts'
import { mountedSpace } from './mount/mountedspace.ts'
import type { Description } from './mount/description.ts'
import { mountAll } from './restore.ts'

/**
 * Mounts what was handed on, if anything was, and leaves no trace of the handing. `byRequire`: the preload is one of
 * --require. Gives the working folder where that is in a mount.
 */
export function receive (byRequire = false): string | undefined {
  const space = mountedSpace()
  space.preloaded = byRequire && isMainThread
  if (isMainThread) receiveInProcess()
  else receiveInThread()
  return space.cwd
}

function receiveInProcess (): void {
  const text = process.env[PROCESS_KEY]
  if (text === undefined) return
  const { mounts, preloaded, cwd, nodeOptions } = JSON.parse(text) as HandedToProcess
  delete process.env[PROCESS_KEY]
  if (nodeOptions === undefined) delete process.env.NODE_OPTIONS
  else process.env.NODE_OPTIONS = nodeOptions
  registry().preloaded = preloaded
  // A thread of hooks may begin with the first mount, and asks where it is.
  if (cwd !== undefined) mountedSpace().postCwd().write(cwd)
  mountTogether(mounts)
  if (cwd !== undefined) process.chdir(cwd)
}

function receiveInThread (): void {
  const handed = getEnvironmentData(THREAD_KEY) as unknown as HandedToThread | undefined
  if (handed === undefined) return
  setEnvironmentData(THREAD_KEY, undefined as never)
  const space = mountedSpace()
  space.follows = true
  if (handed.board !== undefined) space.board = new CwdBoard(handed.board)
  registry().preloaded = handed.preloaded
  process.execArgv.splice(0, Infinity, ...handed.execArgv)
  mountTogether(handed.mounts)
}

/** A thread of hooks may begin with the first mount, and is to have them all. */
function mountTogether (mounts: readonly Description[]): void {
  const space = mountedSpace()
  space.arriving = mounts
  try {
    mountAll(mounts)
  } finally {
    space.arriving = undefined
  }
}
