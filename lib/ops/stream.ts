// Streams of fs: Node's own, which open their file in a later turn. What is unmounted meanwhile is opened all the same.
import { live, native } from '../kernel/native.ts'
import type { Callable, Row, Tools } from './row.ts'
import { keptFor, over } from './streamoptions.ts'

/** The arguments of what makes a stream of a path: options with an `open` that keeps the mounts of now: what the classes are given too. */
export function keeping ({ foreign, keep }: Tools, given: readonly unknown[]): unknown[] {
  const [path, options] = given
  if (foreign(path)) return [...given]
  return [path, over(live, options, () => keptFor(live, keep()))]
}

/** Whether what is at a path is ours: then somebody's stand-in for the function does not know of it. */
function isOurs ({ find }: Tools, path: unknown): boolean {
  try {
    return typeof find(path) !== 'string'
  } catch {
    return true   // said by the stream
  }
}

/** A function that makes a stream. */
export const streamMaker = (name: 'createReadStream' | 'createWriteStream') => ({
  special: (tools) => function (this: unknown, ...given: unknown[]) {
    const strange = tools.other !== native[name] && !tools.foreign(given[0]) && isOurs(tools, given[0])
    return (strange ? native[name] as Callable : tools.other).apply(this, keeping(tools, given))
  }
}) satisfies Row
