// Draws the next step: an operation by its weight, a form that the running Node has of it, and its arguments.
import { real, type Step } from './side.ts'
import { rows, type Form, type Row } from './rows.ts'
import { At, Slot } from './values.ts'
import type { World } from './world.ts'

/** The forms of an operation on the running Node. */
function forms (op: string): readonly Form[] {
  const row = rows[op]!
  const all = row.forms ?? ['sync', 'callback', 'promise']
  const name = row.about?.[0] ?? op
  if (row.about === undefined && (op.includes('.') || row.run !== undefined)) return all
  const has = (where: object, name: string): boolean => typeof (where as Record<string, unknown>)[name] === 'function'
  const by = { sync: has(real, `${name}Sync`), callback: has(real, name), promise: has(real.promises, name) || has(real, name), handle: true }
  if (row.run === undefined) by.promise = has(real.promises, name)
  // A small program may use other forms than its own.
  else if (row.forms !== undefined) by.sync = by.callback = by.promise
  return all.filter((form) => by[form])
}

/** Arguments of a wrong type or beyond all bounds; no text where a path is wanted, which would lead into the working directory. */
const WRONG_PATHS = [undefined, null, true, {}, [], 1.5, 2 ** 31, 5n] as const
const WRONG = [undefined, null, true, {}, [], 1.5, 5n, NaN, 2 ** 53, Infinity, '', 'x', false, -1n, 2 ** 32] as const

/** The arguments, one of which may be no good. */
function spoiled (world: World, op: string, row: Row, form: Form, args: unknown[]): unknown[] {
  const { random } = world
  if (args.length === (form === 'handle' ? 1 : 0) || row.run !== undefined || !random.chance(0.008)) return args
  const at = form === 'handle' ? 1 + random.below(args.length - 1) : random.below(args.length)
  return args.with(at, random.pick(args[at] instanceof At || args[at] instanceof Slot ? WRONG_PATHS : WRONG))
}

const SHARE: Readonly<Record<Form, number>> = { sync: 60, callback: 16, promise: 24, handle: 50 }

/** A maker of steps; `without` names operations to leave out, `wrong` adds arguments that are no good now and then. */
export function drawer (without: readonly string[], wrong: boolean): (world: World) => Step {
  const table = Object.entries(rows).filter(([op]) => !without.includes(op)).map(([op, row]) =>
    ({ op, row, forms: forms(op).map((form) => [SHARE[form], form] as const) })).filter(({ forms }) => forms.length > 0)
  const weights = table.map((line) => [line.row.weight, line] as const)
  return (world) => {
    const { random } = world
    const { op, row, forms } = random.weighted(weights)
    const form = random.weighted(forms)
    world.wantsHandle = form === 'handle' || form === 'promise'
    const drawn = row.draw(world)
    const args = wrong ? spoiled(world, op, row, form, drawn) : drawn
    return {
      op, form, args,
      ...(row.slot === 'takes' ? { keep: world.free() } : {}),
      ...(random.chance(0.001) ? { moves: true as const } : {})
    }
  }
}
