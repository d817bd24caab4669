// What a function without a row does with a mounted path: it says so, and never falls through to the disk.
import { ODD, pathText } from './args.ts'
import { REASONS } from './table.ts'
import { nodeError } from '../kernel/errors.ts'
import type { Form } from './row.ts'
import { ASK_LINK, type Space } from './space.ts'

type Callable = (...args: any[]) => any

/** A function in front of `other` that throws for paths of ours; undefined where other rows serve its paths. */
export function refuse (space: Space, name: string, form: Form, other: Callable): Callable | undefined {
  if (REASONS[name]?.refuses !== true) return undefined
  return function dispatch (this: unknown, ...args: unknown[]): unknown {
    for (const arg of args.slice(0, 2)) {
      const text = pathText(arg)
      if (text === ODD || text === '') continue
      const path = space.absolute(text)
      if (space.locate(path, ASK_LINK) === path) continue
      const error = nodeError(Error, 'ERR_METHOD_NOT_IMPLEMENTED', `fs.${name} is not supported on a mounted path: ${REASONS[name]!.why}`)
      if (form === 'promise') return Promise.reject(error)
      throw error
    }
    return other.apply(this, args)
  }
}
