// The option `ignore` of watchers (Node 24 and later): names that are not told of (lib/internal/fs/watchers.js,
// `createIgnoreMatcher`). Node says what may be given; names are matched by its public path.matchesGlob.
import { types } from 'node:util'
import { native } from '../../kernel/native.ts'
import { matchesPath, parsePattern } from '../glob/pattern.ts'
import { isSystem } from '../calls/validate.ts'
import { NOWHERE } from '../../kernel/names.ts'

type Name = string | Buffer
type Test = (name: Name) => unknown

/** Where names that differ in case are one, patterns are read so too. */
const fold = process.platform === 'darwin' || process.platform === 'win32' ? (text: string): string => text.toLowerCase() : (text: string): string => text

/** What Node objects to in the option, if anything. */
function objection (ignore: unknown): unknown {
  try {
    native.watch(NOWHERE, { persistent: false, ignore } as object).close()
  } catch (error) {
    if (!isSystem(error)) return error
  }
  return undefined
}

let known: boolean | undefined

/** A pattern without a slash is for the last part of a name. */
function ofPattern (text: string): Test {
  const pattern = fold(text)
  const single = parsePattern(pattern).flatMap(({ texts }) => texts.length === 1 ? texts : [])
  return (name) => {
    // Of a name that is bytes the matcher says what Node's says: an error of the listener's turn.
    const told = typeof name === 'string' ? fold(name) : name as unknown as string
    if (matchesPath(told, pattern)) return true
    const last = told.slice(told.lastIndexOf('/') + 1)
    return last !== told && single.some((one) => matchesPath(last, one))
  }
}

const testOf = (one: unknown): Test =>
  typeof one === 'string' ? ofPattern(one) : types.isRegExp(one) ? (name) => one.exec(name as string) !== null : one as Test

/** Whether a name is one of those to ignore. Throws what Node says of the option, where Node has it. */
export function ignoring (ignore: unknown): Test {
  // Where Node knows the option, it minds an empty pattern.
  if (ignore === undefined || ignore === null || !(known ??= objection('') !== undefined)) return () => false
  const wrong = objection(ignore)
  if (wrong !== undefined) throw wrong
  const tests = (Array.isArray(ignore) ? ignore : [ignore]).map(testOf)
  return (name) => tests.some((test) => test(name))
}
