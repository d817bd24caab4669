// Rows over a provider that can only answer later: a row runs, stops at the first unanswered primitive, and runs
// again on the log of answers. So rows stay synchronous text, and no primitive happens twice.
import type { Primitive, Provider } from './provider.ts'
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

const PRIMITIVES: readonly Primitive[] = ['lookup', 'getattr', 'setattr', 'readdir', 'readlink', 'mknod', 'link', 'unlink', 'rename', 'read', 'write', 'open', 'close']

/** Runs `run`, waiting for the provider wherever it answers later; other calls may use the volume meanwhile. */
export async function replay<T> (volume: Volume, run: () => T): Promise<T> {
  const log: Answer[] = []
  for (;;) {
    const { io, replaying } = volume
    volume.io = logged(volume, log)
    try {
      return run()
    } catch (thrown) {
      if (!isPending(thrown)) throw thrown
      volume.io = io
      volume.replaying = replaying
      await thrown.promise
    } finally {
      volume.io = io
      volume.replaying = replaying
    }
  }
}

/** The provider with every primitive answered from the log as far as it reaches. */
function logged (volume: Volume, log: Answer[]): Provider {
  const { provider } = volume
  let next = 0
  const made: Record<string, unknown> = {
    root: provider.root,
    statfs: provider.statfs?.bind(provider),
    sync: provider.sync?.bind(provider)
  }
  for (const name of PRIMITIVES) {
    made[name] = (...args: unknown[]): unknown => {
      const at = next++
      volume.replaying = at < log.length
      const answer = log[at] ?? ask(provider, name, args, log, at)
      if ('error' in answer) throw answer.error
      if (name === 'read' && answer.bytes !== args[1]) (args[1] as Uint8Array).set(answer.bytes!.subarray(0, answer.value as number))
      return answer.value
    }
  }
  return made as unknown as Provider
}

/** Asks the provider for one more answer; throws Pending when it comes later. */
function ask (provider: Provider, name: Primitive, args: unknown[], log: Answer[], at: number): Answer {
  const bytes = name === 'read' ? args[1] as Uint8Array : undefined
  const later = provider.later?.[name] as ((...args: unknown[]) => Promise<unknown>) | undefined
  const keep = (value: unknown): Answer => (log[at] = { value: name === 'readdir' ? [...value as Iterable<unknown>] : value, bytes })
  if (later !== undefined) throw new Pending(later.apply(provider.later, args).then(keep, (error: unknown) => { log[at] = { error } }))
  try {
    return keep((provider[name] as (...args: unknown[]) => unknown).apply(provider, args))
  } catch (error) {
    return (log[at] = { error })
  }
}
