// Sequences of rows that go down into trees, with a list of their own in place of the stack: a `yield *` for each level
// would end in a RangeError long before a path is too long, and cost the square of the depth.
import type { Steps } from './row.ts'

/** Yielded to have another sequence run in its place; the answer is what that returns. */
export class Deeper {
  readonly steps: Steps<unknown, unknown>
  constructor (steps: Steps<unknown, unknown>) { this.steps = steps }
}

/** A sequence that goes deeper, as one that asks for rows alone. */
export function * flattened<Result, Ask> (steps: Steps<Result, Ask | Deeper>): Steps<Result, Ask> {
  const levels: Steps<unknown, unknown>[] = [steps]
  let answer: { readonly value: unknown } | { readonly error: unknown } = { value: undefined }
  for (;;) {
    const level = levels.at(-1)!
    let next: IteratorResult<unknown, unknown>
    try {
      next = 'error' in answer ? level.throw(answer.error) : level.next(answer.value)
    } catch (error) {
      levels.pop()
      if (levels.length === 0) throw error
      answer = { error }
      continue
    }
    if (next.done === true) {
      levels.pop()
      if (levels.length === 0) return next.value as Result
      answer = { value: next.value }
    } else if (next.value instanceof Deeper) {
      levels.push(next.value.steps)
      answer = { value: undefined }
    } else {
      try {
        answer = { value: yield next.value as Ask }
      } catch (error) {
        answer = { error }
      }
    }
  }
}
