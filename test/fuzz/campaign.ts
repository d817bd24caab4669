// A campaign: sequences drawn from one seed, run on fresh pairs of sides until the wanted number of operations is
// reached or a difference is found, which is then shrunk.
import { drawer } from './draw.ts'
import { program } from './program.ts'
import { Random } from './random.ts'
import { LOOK, run, signature, type Pair, type Run, type Source } from './sequence.ts'
import { rows } from './rows.ts'
import { shrink } from './shrink.ts'
import type { Step } from './side.ts'
import type { Subject } from './subjects.ts'
import { At, Slot } from './values.ts'
import { World } from './world.ts'

/** What to do and where. */
export interface Plan {
  readonly subject: Subject
  readonly ops: number
  /** The first sequence's own seed; the next ones' follow from it. */
  readonly seed: number
  /** Makes two sides with the same tree, or says that there are no more. */
  readonly pairs: () => Pair | undefined
  readonly without?: readonly string[]
  /** Whether arguments, options and callbacks of unusual shapes are drawn as well. */
  readonly odd?: boolean
  /** Milliseconds that shrinking may take. */
  readonly patience?: number
  /** Kinds of difference that need no shrinking any more. */
  readonly known?: ReadonlySet<string>
}

/** A difference: the seed that shows it, its kind, and the program. */
export interface Finding { readonly seed: number, readonly kind: string, readonly program: string, readonly steps: readonly Step[] }

/** How a campaign went. */
export interface Result { readonly ops: number, readonly next: number, readonly finding: Finding | undefined }

/** Runs `use` on a fresh pair, and cleans up after it. */
async function withPair<T> (plan: Plan, use: (pair: Pair) => Promise<T>): Promise<T | undefined> {
  const pair = plan.pairs()
  if (pair === undefined) return undefined
  const umask = process.umask(0o022)
  try {
    return await use(pair)
  } finally {
    process.umask(umask)
    await pair.oracle.close()
    await pair.subject.close()
    pair.close()
  }
}

/** How often the whole trees are compared. */
const EVERY = 100

/** Draws steps and remembers them; knows what exists from what it hears. */
class Drawn implements Source {
  readonly steps: Step[] = []
  readonly failed = new Set<Step>()
  readonly #world: World
  readonly #length: number
  readonly #draw: (world: World) => Step

  constructor (plan: Plan, seed: number, draw: (world: World) => Step) {
    const random = new Random(seed)
    this.#length = random.weighted([[2, 100], [5, 300], [2, 1000], [0.3, 3000]])
    this.#world = new World(random, plan.subject)
    this.#draw = draw
  }

  next (): Step | undefined {
    if (this.steps.length === this.#length) return undefined
    const step = this.steps.length % EVERY === EVERY - 1 ? LOOK : this.#draw(this.#world)
    this.steps.push(step)
    return step
  }

  heard (step: Step, outcome: Record<string, unknown>): void {
    if (outcome.error !== undefined) {
      this.failed.add(step)
      return
    }
    const row = rows[step.op]!
    if (step.keep !== undefined) this.#world.open[step.keep] = step.form === 'promise' ? 'handle' : 'number'
    const [slot] = step.args
    if (row.slot === 'frees' && slot instanceof Slot) this.#world.open[slot.number] = undefined
    for (const arg of step.args) if (arg instanceof At && arg.how !== 'bytes' && arg.path !== '') this.#world.learn(arg.path)
  }

  seen (paths: string[]): void { if (paths.length > 0) this.#world.live = paths.slice(0, 80) }
}

/** A recorded sequence. */
const replay = (steps: readonly Step[]): Source => {
  let at = 0
  return { next: () => steps[at++] }
}

/** Runs the plan. */
export async function campaign (plan: Plan): Promise<Result> {
  const draw = drawer(plan.without ?? [], plan.odd === true)
  let { seed } = plan
  for (let ops = 0; ;) {
    const source = new Drawn(plan, seed, draw)
    const result: Run | undefined = await withPair(plan, (pair) => run(pair, source))
    if (result === undefined) return { ops, next: seed, finding: undefined }
    ops += result.steps
    const next = (seed + 0x9e3779b1) >>> 0
    if (result.difference !== undefined) return { ops, next, finding: await shrunk(plan, seed, source, result) }
    if (ops >= plan.ops) return { ops, next, finding: undefined }
    seed = next
  }
}

async function shrunk (plan: Plan, seed: number, { steps, failed }: Drawn, { difference }: Run): Promise<Finding> {
  const first = signature(difference!)
  if (plan.known?.has(first) === true) return { seed, kind: first, steps, program: '' }
  const small = await shrink(steps, failed, difference!, async (candidate) => (await withPair(plan, (pair) => run(pair, replay(candidate))))?.difference, plan.patience ?? 20_000)
  const kind = signature(small.difference)
  const title = `${plan.subject.name}: ${kind} (seed ${seed}, ${small.steps.length} of ${steps.length} steps)`
  return { seed, kind, steps: small.steps, program: program(title, small.steps, small.difference) }
}
