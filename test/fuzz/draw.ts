// Draws the next step: an operation by its weight, a form that the running Node has of it, and its arguments.
import { CALLBACKS, silent, throws } from './callbacks.ts'
import { MOMENTS, Options, OPTION_SHAPES, REASONS, Signal } from './odd.ts'
import { real, type Step } from './side.ts'
import { rows, type Form, type Row } from './rows.ts'
import { At, isPlain, Slot } from './values.ts'
import type { World } from './world.ts'

/** The forms of an operation on the running Node. */
function forms (op: string): readonly Form[] {
  const row = rows[op]!
  const all: Form[] = [...row.forms ?? ['sync', 'callback', 'promise'] as const]
  if (row.run === undefined && all.includes('callback')) all.push('promisified')
  const name = row.about?.[0] ?? op
  if (row.about === undefined && (op.includes('.') || row.run !== undefined)) return all
  const has = (where: object, name: string): boolean => typeof (where as Record<string, unknown>)[name] === 'function'
  const by = { sync: has(real, `${name}Sync`), callback: has(real, name), promise: has(real.promises, name) || has(real, name), promisified: has(real, name), handle: true }
  if (row.run === undefined) by.promise = has(real.promises, name)
  // A small program may use other forms than its own.
  else if (row.forms !== undefined) by.sync = by.callback = by.promise
  return all.filter((form) => by[form])
}

/** Arguments of a wrong type or beyond all bounds; no text where a path is wanted, which would lead into the working directory. */
const WRONG_PATHS = [undefined, null, true, {}, [], 1.5, 2 ** 31, 5n] as const
const WRONG = [undefined, null, true, {}, [], 1.5, 5n, NaN, Infinity, '', 'x', false, -1n, 2 ** 32] as const

/** What stands behind the arguments of some functions alone. */
const BEHIND = [undefined, null, 0, 'utf8', 'buffer', {}, 1, true] as const

/** The arguments, one of which may be no good, or one more than the function has. */
function spoiled (world: World, row: Row, form: Form, args: unknown[]): unknown[] {
  const { random } = world
  if (args.length === (form === 'handle' ? 1 : 0) || row.run !== undefined || !random.chance(0.01)) return args
  if (row.unasked !== true && random.chance(0.3)) return [...args, random.pick(BEHIND)]
  const at = form === 'handle' ? 1 + random.below(args.length - 1) : random.below(args.length)
  if (form === 'handle' && at === row.fatal) return args
  const arg = args[at]
  const isPath = at === 0 || (typeof arg === 'object' && arg !== null && !isPlain(arg))
  return args.with(at, random.pick(isPath ? WRONG_PATHS : WRONG))
}

/** The arguments, of which options may have another shape or a signal beside them. */
function dressed ({ random }: World, form: Form, args: unknown[]): unknown[] {
  // What is a function may be taken for the callback, and then nobody is told.
  const shapes = OPTION_SHAPES.filter((shape) => shape !== 'called' || (form !== 'callback' && form !== 'promisified'))
  return args.map((arg) => {
    if (!isPlain(arg)) return arg
    // What is read of an open file before it is known that the signal has aborted moves its position here, and not there.
    const fields = args[0] instanceof At && random.chance(0.03) ? { ...arg, signal: new Signal(random.pick(MOMENTS), random.pick(REASONS)) } : arg
    return random.chance(0.04) ? new Options(fields, random.pick(shapes)) : fields
  })
}

const SHARE: Readonly<Record<Form, number>> = { sync: 60, callback: 16, promise: 24, promisified: 2, handle: 50 }

/** The arguments of a whole read, which may go into bytes of the caller's; of an open file the callback form of Node loses what is wrong with those (24, 26). */
function readInto (world: World, form: Form, args: unknown[]): unknown[] {
  const [target, how = {}] = args
  const loses = target instanceof Slot && (form === 'callback' || form === 'promisified')
  return loses || !isPlain(how) || !world.random.chance(0.1) ? args : [target, { ...how, buffer: world.into() }]
}

/** A maker of steps; `without` names operations to leave out; `odd`: arguments, options and callbacks of unusual shapes as well. */
export function drawer (without: readonly string[], odd: boolean): (world: World) => Step {
  const table = Object.entries(rows).filter(([op]) => !without.includes(op)).map(([op, row]) =>
    ({ op, row, forms: forms(op).map((form) => [SHARE[form], form] as const) })).filter(({ forms }) => forms.length > 0)
  const weights = table.map((line) => [line.row.weight, line] as const)
  return (world) => {
    const { random } = world
    const { op, row, forms } = random.weighted(weights)
    const form = random.weighted(forms)
    world.wantsHandle = form === 'handle' || form === 'promise'
    const plain = row.draw(world)
    const drawn = odd && row.reads === true ? readInto(world, form, plain) : plain
    const args = odd ? dressed(world, form, spoiled(world, row, form, drawn)) : plain
    // Who is not told of an open file cannot close it.
    const kind = odd && random.chance(0.03) ? random.pick(CALLBACKS) : 'plain'
    const caught = row.loses !== true || !throws(kind)
    const told = row.slot === 'takes' ? kind !== 'class' && !silent(kind) : row.unasked !== true || !silent(kind)
    return {
      op, form, args,
      ...(form === 'callback' && row.run === undefined && kind !== 'plain' && told && caught ? { callback: kind } : {}),
      ...(row.slot === 'takes' ? { keep: world.free() } : {}),
      ...(random.chance(0.001) ? { moves: true as const } : {})
    }
  }
}
