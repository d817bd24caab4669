// Delta debugging: the shortest part of a failing sequence that still fails in the same way, then the simplest
// arguments.
import { signature, type Difference } from './sequence.ts'
import { rows } from './rows.ts'
import type { Step } from './side.ts'
import { Options } from './odd.ts'
import { isPlain, Value } from './values.ts'

/** Runs a sequence from an empty tree. */
export type Attempt = (steps: readonly Step[]) => Promise<Difference | undefined>

/** A shrunk sequence and how it differs. */
export interface Shrunk { readonly steps: readonly Step[], readonly difference: Difference, readonly attempts: number }

/** Shrinks `steps`, of which some `failed` on the oracle and which differ by `difference`; ends early when the time (milliseconds) is up. */
export async function shrink (steps: readonly Step[], failed: ReadonlySet<Step>, difference: Difference, attempt: Attempt, time: number): Promise<Shrunk> {
  const wanted = signature(difference)
  const end = Date.now() + time
  let attempts = 0
  let best = steps.slice(0, difference.index + 1)
  let found = difference

  /** Takes the candidate over if it fails alike. */
  async function better (candidate: readonly Step[]): Promise<boolean> {
    if (Date.now() > end) return false
    attempts++
    const result = await attempt(candidate)
    if (result === undefined || signature(result) !== wanted) return false
    best = candidate.slice(0, result.index + 1)
    found = result
    return true
  }

  // Most steps that failed left nothing behind: all of them at once, before the halves.
  const last = best.length - 1
  await better(best.filter((step, at) => at === last || !failed.has(step)))
  if (difference.what !== 'moved') await better(best.map(({ moves, ...rest }) => rest))
  for (let size = best.length >> 1; size >= 1 && Date.now() < end; size = size > 1 ? size >> 1 : 0) {
    for (let again = true; again && Date.now() < end;) {
      again = false
      // Only single steps are gone through again and again.
      for (let at = best.length - 1 - size; at >= 0; at -= size) {
        if (await better([...best.slice(0, at), ...best.slice(at + size)])) again = size === 1
      }
    }
  }
  for (let again = true; again && Date.now() < end;) {
    again = false
    for (let at = 0; at < best.length; at++) {
      for (const simpler of simplified(best[at]!)) {
        if (await better(best.with(at, simpler))) {
          again = true
          break
        }
      }
    }
  }
  return { steps: best, difference: found, attempts }
}

/** Simpler versions of a step: without `moves`, with an ordinary callback, synchronous, with simpler arguments, without its last, without one option. */
function * simplified (step: Step): Generator<Step> {
  const { moves, ...still } = step
  if (moves !== undefined) yield still
  const { callback, ...ordinary } = step
  if (callback !== undefined) yield ordinary
  else if (step.form !== 'sync' && step.form !== 'handle' && rows[step.op]!.forms?.includes('sync') !== false) yield { ...step, form: 'sync' }
  for (const [at, arg] of step.args.entries()) {
    if (arg instanceof Value) for (const simpler of arg.simpler()) yield { ...step, args: step.args.with(at, simpler) }
  }
  const last = step.args.at(-1)
  if (step.args.length > 1 && (typeof last !== 'object' || last === null || isPlain(last))) yield { ...step, args: step.args.slice(0, -1) }
  for (const [at, arg] of step.args.entries()) {
    const fields = arg instanceof Options ? arg.fields : isPlain(arg) ? arg : {}
    for (const key of Object.keys(fields)) {
      const { [key]: gone, ...rest } = fields
      yield { ...step, args: step.args.with(at, arg instanceof Options ? new Options(rest, arg.shape) : rest) }
    }
  }
}
