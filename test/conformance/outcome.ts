// What a call of an fs function came to, in a shape that can be compared between two file systems: where the answer
// came (thrown at once, passed to the callback, rejected), and every field of an error with its paths made relative.
import type { Form, Fs } from './driver.ts'

/** How an answer reached the caller. */
export type Moment = 'returned' | 'thrown' | 'called back' | 'passed' | 'resolved' | 'rejected' | 'emitted' | 'iterated' | 'uncaught' | 'no answer'

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
const PATIENCE = 1000

/** The function of the given form, with the object it is called on; undefined where the form does not exist. */
export function pick (fs: Fs, form: Form, name: string): { on: unknown, run: Any } | undefined {
  const on = form === 'promise' ? fs.promises : fs
  const run = (on as unknown as Functions)[form === 'sync' ? `${name}Sync` : name]
  return typeof run === 'function' ? { on, run } : undefined
}

/**
 * Calls a function and reports what came of it. `root` is what paths are made relative to. An answer that comes at
 * once is held back for `linger` milliseconds, in case an exception that nobody catches follows it.
 */
export async function outcome (form: Form, on: unknown, run: Any, args: readonly unknown[], root: string, linger = 0): Promise<Outcome> {
  let restore = (): void => {}
  const uncaught = new Promise<Outcome>(resolve => {
    process.setUncaughtExceptionCaptureCallback(error => { resolve(failed('uncaught', error, root)) })
    restore = () => { process.setUncaughtExceptionCaptureCallback(null) }
  })
  try {
    const answer = await Promise.race([uncaught, form === 'callback' ? calledBack(on, run, args, root) : answered(on, run, args, root)])
    if (linger === 0 || answer.moment !== 'returned') return answer
    return await Promise.race([uncaught, new Promise<Outcome>(resolve => { setTimeout(() => { resolve(answer) }, linger) })])
  } finally {
    restore()
  }
}

async function answered (on: unknown, run: Any, args: readonly unknown[], root: string): Promise<Outcome> {
  let value: unknown
  try {
    value = run.apply(on, [...args])
  } catch (error) {
    return failed('thrown', error, root)
  }
  if (!(value instanceof Promise)) return await used(value, root) ?? { moment: 'returned', value: shape(value, root) }
  return await value.then(async result => await used(result, root) ?? { moment: 'resolved' as const, value: shape(result, root) },
    error => failed('rejected', error, root))
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
        else void used(value, root).then(bad => { answer(bad ?? { moment: 'called back', value: shape(error ?? value, root) }) })
      }])
    } catch (error) {
      answer(failed('thrown', error, root))
    }
  })
}

interface Usable {
  on?: (event: string, listener: (error?: unknown) => void) => void
  destroy?: () => void
  pending?: boolean
  close?: () => Promise<void> | void
  getReader?: () => unknown
  unref?: () => void
  [Symbol.asyncIterator]?: () => AsyncIterator<unknown>
}

/** Uses what a call gave until it works or fails, and releases it: streams, iterators, handles, watchers. */
async function used (value: unknown, root: string): Promise<Outcome | undefined> {
  if (typeof value !== 'object' || value === null) return undefined
  const it = value as Usable
  if (it.destroy !== undefined && it.on !== undefined) return await streamed(it, root)
  if (it.on !== undefined) it.on('error', () => {})
  if (it[Symbol.asyncIterator] !== undefined && it.close === undefined && it.getReader === undefined) return await iterated(it[Symbol.asyncIterator]!(), root)
  try {
    await it.close?.()
  } catch (error) {
    return failed('rejected', error, root)
  }
  it.unref?.()
  return undefined
}

async function streamed (stream: Usable, root: string): Promise<Outcome | undefined> {
  return await new Promise(resolve => {
    let result: Outcome | undefined
    const timer = setTimeout(() => { resolve({ moment: 'no answer' }) }, PATIENCE)
    stream.on!('error', error => { result ??= failed('emitted', error, root) })
    stream.on!('ready', () => { stream.destroy!() })
    stream.on!('close', () => {
      clearTimeout(timer)
      resolve(result)
    })
    if (stream.pending === false) setImmediate(() => { stream.destroy!() })   // over a descriptor: nothing more will be told
  })
}

async function iterated (iterator: AsyncIterator<unknown>, root: string): Promise<Outcome | undefined> {
  let timer
  const late = new Promise<undefined>(resolve => { timer = setTimeout(() => { resolve(undefined) }, 20) })
  try {
    const first = iterator.next()
    first.catch(() => {})   // looked at below, or too late
    await Promise.race([first, late])
    return undefined
  } catch (error) {
    return failed('iterated', error, root)
  } finally {
    clearTimeout(timer)
    void iterator.return?.()
  }
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

/**
 * Text in which the root stands as a word, so that two file systems say the same; what Node cut off somewhere within
 * the root, the working directory, and the six random letters of mkdtemp are taken out of it.
 */
const local = (text: string, root: string): string => text
  .replaceAll(root, '<root>')
  .replaceAll(process.cwd(), '')
  .replace(/Received type string \('.*?(?:'\)|$)/gm, 'Received type string')   // which ends at a NUL where it comes from the binding
  .replace(/Received <Buffer .*?(?:>|\.\.\.)/g, 'Received a buffer')
  .replace(/(temporary-n*)[A-Za-z0-9]{6}(?![A-Za-z0-9])/g, '$1??????')

/** A value as far as it is the same on two file systems: text as it is, objects by their class. */
function shape (value: unknown, root: string): unknown {
  if (typeof value === 'string') return local(value, root)
  if (Array.isArray(value)) return value.map(item => shape(item, root))
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object' && value !== null) return value instanceof Error ? failed('returned', value, root) : value.constructor?.name ?? 'object'
  return value
}
