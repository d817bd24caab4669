// The row of cp: its options, and who copies. From Node 22 on cpSync works in C++ (cpsync.ts), all else in JavaScript (copying.ts).
import { outer } from '../../kernel/names.ts'
import { ODD, pathText } from '../args.ts'
import { flattened } from '../deeper.ts'
import { cpLine } from '../nodelines.ts'
import { Copy, type CopyOptions } from './copying.ts'
import { copySync } from './cpsync.ts'
import type { Call, Row, Step, Steps, Wait } from '../row.ts'

const DEFAULTS: CopyOptions = {
  dereference: false, errorOnExist: false, force: true, preserveTimestamps: false, recursive: false, verbatimSymlinks: false, mode: 0, filter: undefined
}
const SWITCHES = ['dereference', 'errorOnExist', 'force', 'preserveTimestamps', 'recursive', 'verbatimSymlinks'] as const

/** The options, or ODD where Node has something to say about them. */
function optionsOf (given: unknown): CopyOptions | typeof ODD {
  if (given === undefined) return DEFAULTS
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return ODD
  const options = { ...DEFAULTS, ...given }
  if (SWITCHES.some((name) => typeof options[name] !== 'boolean') || (options.dereference && options.verbatimSymlinks)) return ODD
  options.mode ??= 0
  if (!Number.isInteger(options.mode) || options.mode < 0 || options.mode > 7) return ODD
  return options.filter === undefined || typeof options.filter === 'function' ? options : ODD
}

/** A path as Node's path functions take it: they have an opinion of Buffers. */
const plain = (given: unknown): string => given instanceof URL ? pathText(given) as string : given as string

/** Steps with their paths as functions of fs take them: names that are not UTF-8 as bytes. */
function * outward<Result> (steps: Steps<Result, Wait>): Steps<Result, Wait> {
  let next = steps.next()
  while (next.done !== true) {
    const { value } = next
    let answer: unknown
    try {
      answer = yield value instanceof Promise ? value : value.map((each) => typeof each === 'string' ? outer(each) : each) as unknown as Step
    } catch (error) {
      next = steps.throw(error)
      continue
    }
    next = steps.next(answer)
  }
  return next.value
}

/** What cp takes and does. */
export const cp = {
  args: ([source, target, given]) => {
    const options = optionsOf(given)
    return options === ODD ? undefined : [source, target, options]
  },
  compose: ({ form }: Call, source: unknown, target: unknown, options: CopyOptions) =>
    outward(flattened(form === 'sync' && cpLine.inNative ? copySync(pathText(source) as string, pathText(target) as string, options, [plain(source), plain(target)]) : new Copy(options, form).run(plain(source), plain(target))))
} satisfies Row
