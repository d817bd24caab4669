// Rows over a provider that can only answer later: a row runs, stops at the first unanswered primitive, and runs
// again on the log of answers. So rows stay synchronous text, and no primitive happens twice.
import type { Handle } from './handles.ts'
import { PRIMITIVES, type Primitive, type Provider } from './provider.ts'
import type { Volume } from './volume.ts'

const PENDING = Symbol.for('fsmount.pending')

/** Thrown through a row when a primitive has no answer yet. */
class Pending {
  readonly promise: Promise<unknown>
  readonly [PENDING] = true
  constructor (promise: Promise<unknown>) { this.promise = promise }
}

const isPending = (thrown: unknown): thrown is Pending => typeof thrown === 'object' && thrown !== null && PENDING in thrown

type Answer = { value: unknown, bytes?: Uint8Array } | { error: unknown }

/** Those that a provider need not have. */
const OPTIONAL = ['resolve', 'sync', 'copy', 'empty'] as const

/** Runs `run`, waiting for the provider wherever it answers later; other calls may use the volume meanwhile. */
export async function replay<T> (volume: Volume, run: () => T): Promise<T> {
  const log: Answer[] = []
  const progress: Progress = { answered: 0 }
  const claims = new Claims()
  const buffers: Buffer[] = []
  try {
    for (;;) {
      const { io, replaying } = volume
      volume.io = logged(volume, log, progress, io)
      volume.claim = claims.claim
      let lent = 0
      volume.lend = (size) => buffers[lent++] ??= Buffer.allocUnsafeSlow(size)
      try {
        return run()
      } catch (thrown) {
        if (!isPending(thrown)) throw thrown
        volume.io = io
        volume.replaying = replaying
        volume.claim = volume.lend = undefined
        claims.rewind()
        await thrown.promise
      } finally {
        volume.io = io
        volume.replaying = replaying
        volume.claim = volume.lend = undefined
      }
    }
  } finally {
    claims.release()
  }
}

/** The open files whose position a replayed call looks at: it has them for itself, and moves each once. */
class Claims {
  readonly #held: { handle: Handle, position: number }[] = []
  #end!: () => void
  readonly #ended = new Promise<void>((resolve) => { this.#end = resolve })

  /** Takes a file, or waits for the call that has it. */
  readonly claim = (handle: Handle): void => {
    if (handle.claimed === this.#ended) return
    if (handle.claimed !== undefined) throw new Pending(handle.claimed)
    handle.claimed = this.#ended
    this.#held.push({ handle, position: handle.position })
  }

  /** The call is going to run again, from where the files stood. */
  rewind (): void {
    for (const { handle, position } of this.#held) handle.position = position
  }

  release (): void {
    for (const { handle } of this.#held) handle.claimed = undefined
    this.#end()
  }
}

/** How many primitives a call has had its answers of: their news are out. */
interface Progress { answered: number }

/** The provider with every primitive answered from the log as far as it reaches. `io` is what the volume has for others. */
function logged (volume: Volume, log: Answer[], progress: Progress, io: Provider): Provider {
  const { provider } = volume
  let next = 0
  let stopped: Pending | undefined
  const made: Record<string, unknown> = {
    root: provider.root,
    statvfs: provider.statvfs?.bind(provider)
  }
  for (const name of [...PRIMITIVES, ...OPTIONAL.filter((name) => provider[name] !== undefined)]) {
    // A whole path at once only where its names are not asked for one by one later.
    if (name === 'resolve' && provider.later?.lookup !== undefined) continue
    made[name] = (...args: unknown[]): unknown => {
      if (stopped !== undefined) throw stopped   // a `finally` on the way out: its turn comes when the row gets there
      const at = next++
      volume.replaying = at < progress.answered
      let answer
      try {
        answer = log[at] ?? apart(volume, io, () => ask(provider, name, args, log, at))
      } catch (thrown) {
        if (isPending(thrown)) stopped = thrown
        throw thrown
      }
      progress.answered = Math.max(progress.answered, next)
      if ('error' in answer) throw answer.error
      if (name === 'read' && answer.bytes !== args[1]) (args[1] as Uint8Array).set(answer.bytes!.subarray(0, answer.value as number))
      return answer.value
    }
  }
  return made as unknown as Provider
}

/** Runs what may call a user's code, whose own calls are none of the one that is replayed. */
function apart<T> (volume: Volume, io: Provider, run: () => T): T {
  const { io: logging, claim, lend, replaying } = volume
  Object.assign(volume, { io, claim: undefined, lend: undefined, replaying: false })
  try {
    return run()
  } finally {
    Object.assign(volume, { io: logging, claim, lend, replaying })
  }
}

/** Asks the provider for one more answer; throws Pending when it comes later. */
function ask (provider: Provider, name: Primitive | typeof OPTIONAL[number], args: unknown[], log: Answer[], at: number): Answer {
  const bytes = name === 'read' ? args[1] as Uint8Array : undefined
  const later = (name === 'resolve' || name === 'empty' ? undefined : provider.later?.[name]) as ((...args: unknown[]) => Promise<unknown>) | undefined
  const keep = (value: unknown): Answer => (log[at] = { value: name === 'getdents' ? [...value as Iterable<unknown>] : value, bytes })
  if (later !== undefined) throw new Pending(later.apply(provider.later, args).then(keep, (error: unknown) => { log[at] = { error } }))
  try {
    return keep((provider[name] as (...args: unknown[]) => unknown).apply(provider, args))
  } catch (error) {
    return (log[at] = { error })
  }
}
