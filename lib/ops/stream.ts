// Streams of fs: Node's own, which open their file in a later turn. What is unmounted meanwhile is opened all the same.
import { live } from '../kernel/native.ts'
import { over } from './calls/streams.ts'
import type { Row, Tools } from './row.ts'

/** The arguments of what makes a stream of a path: options with an `open` that keeps the mounts of now: what the classes are given too. */
export function keeping ({ foreign, keep }: Tools, given: readonly unknown[]): unknown[] {
  const [path, options] = given
  if (foreign(path)) return [...given]
  const kept = keep()
  const open = (...args: unknown[]): void => {
    if (kept.past) kept.callback('open', args)
    else (live.open as (...args: unknown[]) => void)(...args)
  }
  return [path, over(Object.create(live, { open: { value: open } }) as object, options)]
}

/** The functions that make a stream. */
export const streamMaker = {
  special: (tools) => function (this: unknown, ...given: unknown[]) { return tools.other.apply(this, keeping(tools, given)) }
} satisfies Row
