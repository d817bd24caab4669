// Streams of fs: Node's own, which open their file in a later turn. What is unmounted meanwhile is opened all the same.
import { live } from '../kernel/native.ts'
import { over } from './calls/streams.ts'
import type { Row } from './row.ts'

/** What makes a stream of a path. */
export const stream = {
  special: ({ other, foreign, keep }) => function (this: unknown, path: unknown, options: unknown) {
    if (foreign(path)) return other.apply(this, arguments as unknown as unknown[])
    const kept = keep()
    const open = (...args: unknown[]): void => {
      if (kept.past) kept.callback('open', args)
      else (live.open as (...given: unknown[]) => void)(...args)
    }
    return other.call(this, path, over(Object.create(live, { open: { value: open } }) as object, options))
  }
} satisfies Row
