// Draws the next step: an operation by its weight, a form that the running Node has of it, and its arguments.
import { real, type Step } from './side.ts'
import { rows, type Form } from './rows.ts'
import type { World } from './world.ts'

/** The forms of an operation on the running Node. */
function forms (op: string): readonly Form[] {
  const row = rows[op]!
  const all = row.forms ?? ['sync', 'callback', 'promise']
  if (op.includes('.') || row.run !== undefined) return all
  const has = { sync: `${op}Sync` in real, callback: op in real, promise: op in real.promises, handle: row.handle !== undefined }
  return all.filter((form) => has[form])
}

const SHARE: Readonly<Record<Form, number>> = { sync: 60, callback: 16, promise: 24, handle: 50 }

/** A maker of steps; `without` names operations to leave out. */
export function drawer (without: readonly string[]): (world: World) => Step {
  const table = Object.entries(rows).filter(([op]) => !without.includes(op)).map(([op, row]) =>
    ({ op, row, forms: forms(op).map((form) => [SHARE[form], form] as const) })).filter(({ forms }) => forms.length > 0)
  const weights = table.map((line) => [line.row.weight, line] as const)
  return (world) => {
    const { random } = world
    const { op, row, forms } = random.weighted(weights)
    const form = random.weighted(forms)
    world.wantsHandle = form === 'handle' || form === 'promise'
    const args = row.draw(world)
    return {
      op, form, args,
      ...(row.slot === 'takes' ? { keep: world.free() } : {}),
      ...(random.chance(0.001) ? { moves: true as const } : {})
    }
  }
}
