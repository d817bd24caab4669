// Streams of fs: Node's own, which open their file in a later turn. What is unmounted meanwhile is opened all the same.
import { live } from '../kernel/native.ts'
import { keptFor, over } from './calls/streams.ts'
import type { Row, Tools } from './row.ts'

/** The arguments of what makes a stream of a path: options with an `open` that keeps the mounts of now: what the classes are given too. */
export function keeping ({ foreign, keep }: Tools, given: readonly unknown[]): unknown[] {
  const [path, options] = given
  if (foreign(path)) return [...given]
  return [path, over(live, options, () => keptFor(live, keep()))]
}

/** The functions that make a stream. */
export const streamMaker = {
  special: (tools) => function (this: unknown, ...given: unknown[]) { return tools.other.apply(this, keeping(tools, given)) }
} satisfies Row
