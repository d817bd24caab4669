// What a call of an fs function came to, in a shape that can be compared between two file systems: where the answer
// came (thrown at once, passed to the callback, rejected), and every field of an error with its paths made relative.
import type { Form, Fs } from './driver.ts'

/** How an answer reached the caller. */
export type Moment = 'returned' | 'thrown' | 'called back' | 'passed' | 'resolved' | 'rejected' | 'no answer'

/** A comparable outcome. Fields that an error does not have are absent. */
export interface Outcome {
  moment: Moment
  value?: unknown
  classes?: string[]
  head?: string
  keys?: string[]
  fields?: Record<string, unknown>
}

type Any = (...args: unknown[]) => unknown
type Functions = Record<string, Any | undefined>

/** Longest wait for a callback, in milliseconds: only what never answers waits that long. */
const PATIENCE = 2000

/** The function of the given form, with the object it is called on; undefined where the form does not exist. */
export function pick (fs: Fs, form: Form, name: string): { on: unknown, run: Any } | undefined {
  const on = form === 'promise' ? fs.promises : fs
  const run = (on as unknown as Functions)[form === 'sync' ? `${name}Sync` : name]
  return typeof run === 'function' ? { on, run } : undefined
}

/** Calls a function and reports what came of it. `root` is what paths are made relative to. */
export async function outcome (form: Form, on: unknown, run: Any, args: readonly unknown[], root: string): Promise<Outcome> {
  if (form === 'callback') return await calledBack(on, run, args, root)
  let value: unknown
  try {
    value = run.apply(on, [...args])
  } catch (error) {
    return failed('thrown', error, root)
  }
  if (!(value instanceof Promise)) return { moment: 'returned', value: shape(value, root) }
  return await value.then(async result => {
    await release(result)
    return { moment: 'resolved' as const, value: shape(result, root) }
  }, error => failed('rejected', error, root))
}

async function calledBack (on: unknown, run: Any, args: readonly unknown[], root: string): Promise<Outcome> {
  return await new Promise(resolve => {
    const timer = setTimeout(() => { resolve({ moment: 'no answer' }) }, PATIENCE)
    const answer = (result: Outcome): void => {
      clearTimeout(timer)
      resolve(result)
    }
    try {
      run.apply(on, [...args, (error: unknown, value: unknown) => {
        if (error instanceof Error) answer(failed('passed', error, root))
        else void release(value).then(() => { answer({ moment: 'called back', value: shape(error ?? value, root) }) })
      }])
    } catch (error) {
      answer(failed('thrown', error, root))
    }
  })
}

/** Closes what was opened by a call that went well, a FileHandle or a Dir, lest it be collected open. */
async function release (value: unknown): Promise<void> {
  const { close } = (value ?? {}) as { close?: () => Promise<void> }
  if (typeof close === 'function' && !('pipe' in (value as object))) await close.call(value)
}

/** An error, field by field. */
export function failed (moment: Moment, error: unknown, root: string): Outcome {
  if (!(error instanceof Error)) return { moment, value: shape(error, root) }
  const classes: string[] = []
  for (let at = Object.getPrototypeOf(error) as object | null; at !== null; at = Object.getPrototypeOf(at) as object | null) classes.push(at.constructor.name)
  const fields: Record<string, unknown> = { message: local(error.message, root) }
  for (const [key, value] of Object.entries(error)) fields[key] = shape(value, root)
  // Node 20 puts a class without a name of its own between some errors and Error.
  const named = classes.filter((name, i) => name !== 'Error' || classes[i - 1] !== 'Error')
  return { moment, classes: named, head: local(String(error.stack).split('\n    at ')[0]!, root), keys: Object.keys(error).sort(), fields }
}

/** Text with the root and the six random letters of mkdtemp taken out of it, so that two file systems say the same. */
const local = (text: string, root: string): string => text
  .replaceAll(root, '<root>')
  .replaceAll(Buffer.from(root).toString('hex').replace(/..(?=.)/g, '$& '), '<root>')
  .replace(/(temporary-n*)[A-Za-z0-9]{6}(?![A-Za-z0-9])/g, '$1??????')

/** A value as far as it is the same on two file systems: text as it is, objects by their class. */
function shape (value: unknown, root: string): unknown {
  if (typeof value === 'string') return local(value, root)
  if (Array.isArray(value)) return value.map(item => shape(item, root))
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object' && value !== null) return value instanceof Error ? failed('returned', value, root) : value.constructor?.name ?? 'object'
  return value
}
