// Workers see the mounts of the thread that starts them: `Worker` is wrapped so that each is told what is mounted, as
// environment data, and takes it over in a preload, before its own code. Everything that the caller asked for stays.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeOf, invalidState } from '../kernel/errors.ts'
import { registry } from '../kernel/registry.ts'
import { HOOKS_KEY } from '../kernel/threads.ts'
import { describeMounts } from './description.ts'
import { BUNDLED, receiver, THREAD_KEY, type HandedToThread } from './handing.ts'
import type { MountedSpace } from './mountedspace.ts'

type Threads = typeof import('node:worker_threads')
type Options = import('node:worker_threads').WorkerOptions

/** How a worker is made. */
export interface Making {
  readonly space: MountedSpace
  readonly threads: Threads
  /** Flags that workers refuse because they hold for the whole process, as they then do anyway. */
  readonly refused: Set<string>
}

/** Makes a worker as `make` does of the arguments, told of the mounts. Throws when its own script is in a mount that it cannot have. */
export function makeWorker ({ space, threads, refused }: Making, args: unknown[], make: (args: unknown[]) => object): object {
  const [filename, options = {}] = args as [unknown, Options?]
  const handed = typeof options === 'object' && options !== null ? handOn(space, filename, options) : undefined
  if (handed === undefined) return make(args)
  const before = threads.getEnvironmentData(THREAD_KEY)
  const forHooks = threads.getEnvironmentData(HOOKS_KEY)
  threads.setEnvironmentData(THREAD_KEY, handed as unknown as import('node:worker_threads').Serializable)
  threads.setEnvironmentData(HOOKS_KEY, undefined as never)
  try {
    return makeWithFlags((options) => make([filename, options, ...args.slice(2)]), options, receiver(space.table), handed, refused)
  } finally {
    threads.setEnvironmentData(THREAD_KEY, before)
    threads.setEnvironmentData(HOOKS_KEY, forHooks)
  }
}

/** What a worker is told; undefined when there is nothing. Throws when its own script is in a mount that it cannot have. */
function handOn (space: MountedSpace, filename: unknown, options: Options): HandedToThread | undefined {
  const { preloaded } = registry()
  if (space.table.size === 0 && preloaded === undefined) return undefined
  const script = scriptOf(filename, options)
  const home = script === undefined ? undefined : space.mountOf(script)
  const { mounts, refused } = describeMounts(space.table, 'thread')
  const reason = home && (refused.get(home) ?? (receiver(space.table) === undefined ? BUNDLED : undefined))
  if (reason !== undefined) throw invalidState(`the script '${script}' of a worker is in a mount. ${reason}`)
  if (mounts.length === 0 && preloaded === undefined) return undefined
  const board = space.board ?? (mounts.some(({ virtualCwd }) => virtualCwd === true) ? space.postCwd() : undefined)
  return { mounts, preloaded, board: board?.memory, execArgv: options.execArgv ?? process.execArgv }
}

/** The file that a worker runs. Malformed ones are Node's to refuse. */
function scriptOf (filename: unknown, options: Options): string | undefined {
  if (options.eval === true) return undefined
  if (filename instanceof URL) return filename.protocol === 'file:' ? fileURLToPath(filename) : undefined
  return typeof filename === 'string' ? resolve(filename) : undefined
}

/**
 * Starts a worker with our preload first and with the flags that it would have had. Those of this process are inherited
 * only where no others are given, nor an environment (src/node_worker.cc, Worker::New; 20 to 26).
 */
function makeWithFlags (make: (options: Options) => object, options: Options, file: string | undefined, handed: HandedToThread, refused: Set<string>): object {
  const given = options.execArgv
  if (file === undefined || handed.mounts.length === 0 || (given !== undefined && !Array.isArray(given))) return make(options)
  const inherits = given === undefined && (typeof options.env !== 'object' || options.env === null)
  for (;;) {
    const flags = given ?? (inherits ? without(process.execArgv, refused) : [])
    const execArgv = ['--require', file, ...flags]
    try {
      return make(Object.create(options, { execArgv: { value: execArgv, enumerable: true } }) as Options)
    } catch (error) {
      const named = codeOf(error) === 'ERR_WORKER_INVALID_EXEC_ARGV' ? /: (.*)$/s.exec((error as Error).message)?.[1] : undefined
      const found = named === undefined || !inherits ? [] : flags.filter((flag) => `, ${named}, `.includes(`, ${flag}, `))
      if (found.length === 0) throw error
      for (const flag of found) refused.add(flag)
    }
  }
}

/** Flags without some of them, and without the values that stand behind those. */
const without = (flags: readonly string[], refused: ReadonlySet<string>): string[] =>
  flags.filter((flag, at) => !refused.has(flag) && !(refused.has(flags[at - 1]!) && !flags[at - 1]!.includes('=') && !flag.startsWith('-')))
