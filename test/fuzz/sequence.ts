// Runs a sequence of steps on both sides and compares as it goes: the results of every step, the whole tree where the
// sequence says so and at its end, and for some steps which times they moved.
import { setTimeout as pause } from 'node:timers/promises'
import { fieldsOf } from './odd.ts'
import { differ } from './outcome.ts'
import { rows } from './rows.ts'
import type { Side, Step } from './side.ts'
import { clock, moved, names, tree } from './tree.ts'

/** The first disagreement of a sequence: after which step, in what, and both values. */
export interface Difference {
  readonly index: number
  readonly step: Step
  /** 'result', 'tree' or 'moved', and where in it. */
  readonly what: string
  readonly at: string
  readonly expected: unknown
  readonly got: unknown
}

/** Two sides with the same, empty tree. */
export interface Pair { readonly oracle: Side, readonly subject: Side, readonly since: number, close (): void }

/** Gives steps and hears how they went. */
export interface Source {
  next (): Step | undefined
  /** The oracle's outcome of the step. */
  heard? (step: Step, outcome: Record<string, unknown>): void
  /** The paths that exist. */
  seen? (paths: string[]): void
}

/** The step that compares the whole trees: a step as any other, because looking fills caches and moves access times. */
export const LOOK: Step = { op: 'look', form: 'sync', args: [] }

/** Longer than the grain of any file system's clock here. */
const PAUSE = 35

/** Milliseconds after which a call counts as one that never answers. */
const PATIENCE = 10_000

/** What a call comes to, or that it never does. */
async function answer<T> (outcome: Promise<T>): Promise<T | { hung: true }> {
  const { promise, resolve } = deferred()
  const timer = setTimeout(resolve, PATIENCE, { hung: true })
  try {
    return await Promise.race([outcome, promise])
  } finally {
    clearTimeout(timer)
  }
}

function deferred (): { promise: Promise<{ hung: true }>, resolve: (value: { hung: true }) => void } {
  let resolve!: (value: { hung: true }) => void
  const promise = new Promise<{ hung: true }>((settle) => { resolve = settle })
  return { promise, resolve }
}

/** How many steps ran, and the first difference. */
export interface Run { readonly steps: number, readonly difference: Difference | undefined }

interface Outcome { error?: { syscall?: string, code?: string } | 'race', hung?: true }

/** Whether a step met an error of the system. */
const failed = ({ error }: Outcome): boolean => error === 'race' || error?.syscall !== undefined

/** Whether a step met an error that a filter of the fuzzer's own makes. */
const ofFilter = ({ error }: Outcome): boolean => /filter/.test((error as { message?: string } | undefined)?.message ?? '')

/**
 * Whether work on a tree failed on its way on both sides: how far it got, and so at what, hangs on the order in which a
 * folder gives its entries. Nothing on its way keeps root from removing or listing; a removal whose error Node gives no
 * code is left out. Or whether a copy with a filter failed on both sides: one may meet the filter's error before what the
 * other met.
 */
function partial (step: Step, expected: Outcome, got: Outcome): boolean {
  const filtered = step.op === 'cp' && step.args.some((arg) => fieldsOf(arg).filter !== undefined)
  if (filtered && failed(expected) !== failed(got)) return ofFilter(expected) || ofFilter(got)
  if (!failed(expected) || !failed(got)) return false
  // Names that are not UTF-8 keep root from listing as well.
  if (step.op === 'cp' || step.op === 'dir.entries') return true
  return step.op === 'rm' && ((expected.error as { code?: string }).code === '' || process.getuid?.() !== 0)
}

/** Runs until the source ends or the sides differ; the trees are compared at the end as well. */
export async function run (pair: Pair, source: Source): Promise<Run> {
  const { oracle, subject, since } = pair
  let index = -1
  let step: Step | undefined
  let over = false
  const differs = (what: string, expected: unknown, got: unknown): Difference | undefined => {
    const found = differ(expected, got)
    return found === undefined ? undefined : { index, step: step!, what, ...found }
  }
  const trees = (): Difference | undefined => {
    const expected = tree(oracle, since)
    source.seen?.(names(expected))
    return differs('tree', expected, tree(subject, since))
  }
  const perform = async (step: Step): Promise<Difference | undefined> => {
    // One after the other: asking for the umask changes it for a moment, and the oracle's threads would see that.
    let expected = oracle.perform(step)
    if (expected instanceof Promise) expected = await answer(expected)
    let got = subject.perform(step)
    if (got instanceof Promise) got = await answer(got)
    source.heard?.(step, expected as Record<string, unknown>)
    // Node itself may lose a call; the subject may not.
    if ((expected as Outcome).hung === true) {
      over = true
      return undefined
    }
    const difference = differs('result', expected, got)
    // How far a call was when it was aborted, and so which times it has moved, is a race inside of Node.
    if (((expected as Outcome).error as { code?: string } | undefined)?.code === 'ABORT_ERR') over = true
    // What a failed copy left behind may differ as well, maybe where an ordinary user does not see it: then there is nothing more to compare.
    if (rows[step.op]!.tree === 'inside' && (expected as Outcome).error !== undefined && (trees() !== undefined || process.getuid?.() !== 0)) over = true
    return difference !== undefined && partial(step, expected as Outcome, got as Outcome) ? undefined : difference
  }
  const watched = async (step: Step): Promise<Difference | undefined> => {
    await pause(PAUSE)
    const paths = names(tree(oracle, since))
    tree(subject, since)
    await pause(PAUSE)
    const before = [clock(oracle, paths), clock(subject, paths)] as const
    const difference = await perform(step)
    if (difference !== undefined) return difference
    return differs('moved', ...moved([before[0], clock(oracle, paths)], [before[1], clock(subject, paths)], oracle.coarse))
  }

  let difference: Difference | undefined
  while (difference === undefined && !over && (step = source.next()) !== undefined) {
    index++
    if (step.op === LOOK.op) {
      difference = trees()
      continue
    }
    // Asked on both sides, because asking reads folders and so moves their access times.
    const [applies, also] = [oracle.applies(step), subject.applies(step)]
    if (applies !== also) difference = differs('applies', applies, also)
    else if (applies) difference = step.moves === true ? await watched(step) : await perform(step)
  }
  if (difference === undefined && !over && index >= 0) {
    step = LOOK
    difference = trees()
  }
  return { steps: index + 1, difference }
}

/** The same fault, as far as can be told: the operation (unless it is a tree that differs) and the field. */
export function signature (difference: Difference): string {
  const field = difference.at.split('.').at(-1)!
  return difference.what === 'tree' ? `tree ${field}` : `${difference.step.op} ${difference.what} ${field}`
}
