// How mounts travel to workers and children: under which names, and which file of this package takes them over there.
import { join } from 'node:path'
import { live, native } from '../kernel/native.ts'
import { materialize, type Materialized } from './materialize.ts'
import type { CwdBoard } from './cwdboard.ts'
import type { Description } from './description.ts'
import type { MountTable } from './mounttable.ts'

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

/** A mount as a thread of hooks is told of it; without a source where nothing has changed. */
export interface Told extends Description { readonly same?: true }

/** What a thread of hooks is handed. */
export interface HandedToHooks extends Pick<HandedToThread, 'preloaded' | 'board'> {
  readonly mounts: readonly Told[]
  /** Name of the BroadcastChannel on which it says that it is there, and hears of changes. */
  readonly channel: string
}

/** Where the files that take mounts over are in this package. */
const FOLDER = 'dist/lib'

let unpacked: Materialized | undefined

/**
 * The file that the other side loads before anything else. A bundle has no such file: there a copy of this package is looked for
 * in the mounts, and put on the disk as long as the process lives. Undefined if there is none.
 */
export function receiver (table: MountTable, name = 'inherited.js'): string | undefined {
  const own = join(__dirname, '..', name)
  if (native.existsSync(own)) return own
  for (const { prefix } of unpacked === undefined ? table : []) {
    const path = `${prefix}/node_modules/fsmount`
    if (live.existsSync(`${path}/${FOLDER}/${name}`)) unpacked ??= materialize({ fs: live, path, jail: undefined })
  }
  return unpacked && join(unpacked.path, FOLDER, name)
}

/** Why nothing can be handed on. */
export const BUNDLED = 'fsmount is bundled into another file here, and no mount has it in node_modules, so that there is nothing that a worker or child could load to mount'
