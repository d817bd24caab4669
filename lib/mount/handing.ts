// How mounts travel to workers and children: under which names, and which file of this package takes them over there.
import { join } from 'node:path'
import { native } from '../kernel/native.ts'
import type { CwdBoard } from './board.ts'
import type { Description } from './description.ts'

/** Key of the environment data of a worker, and name of the environment variable of a child. */
export const THREAD_KEY = 'fsmount'
export const PROCESS_KEY = 'FSMOUNT_HANDED'

/** What a worker is handed. */
export interface HandedToThread {
  readonly mounts: readonly Description[]
  /** `process.execArgv` as the caller means it. */
  readonly execArgv: readonly string[]
  /** What a preload of the parent has mounted already. */
  readonly preloaded: string | undefined
  readonly board: CwdBoard['memory'] | undefined
}

/** What a child is handed, as JSON. */
export interface HandedToProcess {
  readonly mounts: readonly Description[]
  readonly preloaded?: string | undefined
  /** The working folder, in a mount. */
  readonly cwd?: string | undefined
  /** NODE_OPTIONS as the caller means it. */
  readonly nodeOptions?: string | undefined
}

/** What the other side loads before anything else; undefined in a bundle, which has no such file. */
export function receiver (): string | undefined {
  const path = join(__dirname, '..', 'inherited.js')
  return native.existsSync(path) ? path : undefined
}

/** Why nothing can be handed on. */
export const BUNDLED = 'fsmount is bundled into another file here, so that there is nothing that a worker or child could load to mount'
