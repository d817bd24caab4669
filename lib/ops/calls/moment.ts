// What a call holds on to of the moment in which it was made: its paths, and the mounts that there were.
import { outer } from '../../kernel/names.ts'
import { ODD, pathText } from '../args.ts'
import type { Row } from '../row.ts'
import type { Space } from '../space.ts'

/** A name space as it is now: what goes on in later turns does not reach the disk where a mount was. */
export const keep = (space: Space): Space => space.kept?.() ?? space

/** Whether an argument may run code of the caller when it is looked at: a getter of options, which may unmount what the call began in. */
const mayRun = (value: unknown): boolean => typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)

/** The name space for a call with these further arguments, taken before they are looked at: that of the call, whatever is unmounted meanwhile. */
export const duringCall = (space: Space, a: unknown, b: unknown, c?: unknown): Space => mayRun(a) || mayRun(b) || mayRun(c) ? keep(space) : space

/** The arguments with paths that the caller might change before the call has ended as they are now: Node takes bytes and URLs in at once, too. */
export function asOfNow (row: Row, given: readonly unknown[]): readonly unknown[] {
  let now: unknown[] | undefined
  for (const at of row.path ?? []) {
    const path = given[at]
    const text = typeof path === 'object' ? pathText(path) : ODD
    if (text !== ODD) (now ??= [...given])[at] = path instanceof Uint8Array ? Uint8Array.prototype.slice.call(path) : outer(text)
  }
  return now ?? given
}
