// Argument errors are Node's own: a call of no ordinary shape is put to Node's function of the same form, with our
// paths replaced by one that no disk can hold. A system error in answer means that Node accepted the arguments.
import { join } from 'node:path'
import { invalidState } from '../../kernel/errors.ts'
import { NO_FD } from '../../kernel/handles.ts'
import { isDenied } from '../../kernel/disk.ts'
import { native } from '../../kernel/native.ts'
import { scratchFolder } from '../../kernel/scratch.ts'
import { isFd, ODD, pathText } from '../args.ts'
import { NOWHERE } from '../../kernel/names.ts'
import type { Form, Row } from '../row.ts'
import type { FileHandle } from 'node:fs/promises'

type Callable = (...args: unknown[]) => unknown

/** Node's own function of a name and form; a promise form has no parts (`realpath` is native there). */
export function nativeFunction (name: string, form: Form, from: object = native): Callable {
  const [base, part] = name.split('.') as [string, string?]
  const owner = form === 'promise' ? (from as { promises: object }).promises : from
  const found = (owner as Record<string, unknown>)[form === 'sync' ? `${base}Sync` : base]
  return (part === undefined || form === 'promise' ? found : (found as Record<string, unknown>)[part]) as Callable
}

/** Whether an error came from the system, or of what this process is allowed: then Node had nothing to say about the arguments. */
export const isSystem = (error: unknown): boolean =>
  isDenied(error) || typeof (error as { errno?: unknown } | undefined)?.errno === 'number' && typeof (error as { syscall?: unknown }).syscall === 'string'

/** The call with every path and descriptor of ours replaced. */
function masked (row: Row, given: readonly unknown[], form: Form): { args: unknown[], odd: boolean } {
  const args = [...given]
  let odd = false
  const mask = (at: number): void => {
    if (row.fd === at && isFd(args[at])) args[at] = NO_FD
    else if (row.path?.includes(at) && (pathText(args[at]) !== ODD || (form === 'promise' && isHandle(args[at])))) args[at] = NOWHERE
    else odd = true
  }
  for (const at of row.path ?? []) mask(at)
  if (row.fd !== undefined && row.path === undefined) mask(row.fd)
  return { args, odd }
}

const isHandle = (value: unknown): boolean => typeof value === 'object' && value !== null && isFd((value as { fd?: unknown }).fd)

/** What Node is asked: the function, and the arguments. */
function question (name: string, row: Row, given: readonly unknown[], form: Form): { ask: Callable, args: unknown[], odd: boolean } {
  const { args, odd } = masked(row, given, form)
  if (row.asks === undefined || odd) return { ask: nativeFunction(name, form), args, odd }
  return { ask: nativeFunction(row.asks, form === 'promise' ? 'sync' : form), args: [NO_FD, ...args.slice(1)], odd }
}

/** Node's answer where it is final: a path that is none, but no error (as `existsSync` has it). */
export interface Answer { value: unknown }

/** Puts the sync form to Node. Throws its argument error; undefined: accepted, go on. */
export function askSync (name: string, row: Row, given: readonly unknown[], form: Form = 'sync'): Answer | undefined {
  const { ask, args, odd } = question(name, row, given, form)
  try {
    const value = ask(...args)
    return odd ? { value } : undefined
  } catch (error) {
    if (isSystem(error) && !odd) return undefined
    throw error
  }
}

/** Puts the callback form to Node: throws at once what Node throws at once; `then` learns the rest. */
export function askCallback (name: string, row: Row, given: readonly unknown[], callback: Callable, then: () => void): void {
  const { ask, args, odd } = question(name, row, given, 'callback')
  const answer = (error: unknown, ...results: unknown[]): void => {
    if (odd || (error !== null && error !== undefined && typeof error === 'object' && !isSystem(error))) callback(error, ...results)
    else then()
  }
  unlessSystem(() => ask(...args, named(answer, callback)), odd, then)
}

/** Asks Node; what the system or a lack of rights has against our path at once says as little about the arguments as what is told later. */
function unlessSystem (ask: () => unknown, odd: boolean, then: () => void): void {
  try {
    ask()
  } catch (error) {
    if (odd || !isSystem(error)) throw error
    then()
  }
}

/** A function with another's name, which Node tells where it stands for a missing argument. */
const named = (made: Callable, like: Function): Callable => Object.defineProperty(made, 'name', { value: like.name })

/**
 * A callback form with more behind the first function: which of its functions is the callback is each function's own affair, and each line's.
 * Throws at once what Node throws at once; `then` learns the position of the one that Node calls.
 */
export function askPlace (name: string, row: Row, all: readonly unknown[], then: (at: number) => void): void {
  const { ask, args, odd } = question(name, row, all, 'callback')
  const asking = args.map((arg, at) => typeof arg === 'function' ? named(() => { then(at) }, arg) : arg)
  unlessSystem(() => ask(...asking), odd, () => { then(all.findIndex((arg) => typeof arg === 'function')) })
}

/**
 * A callback form without a callback: Node says what is wrong with that. Where it says nothing, its function is none of
 * the forms that are known here, and what it would do on the disk is not done. `at`: what stands there it takes for the callback.
 */
export function refuseBare (name: string, row: Row, given: readonly unknown[], at = -1): void {
  let said: unknown
  try {
    if (row.path?.includes(at) === true) native.access(NOWHERE, 0, given[at] as never)   // throws, of the caller's path: every function says the same
    said = nativeFunction(name, 'callback')(...masked(row, given, 'callback').args)
  } catch (error) {
    if (!isSystem(error)) throw error
    said = error
  }
  if (said !== undefined) throw invalidState(`fs.${name} of this Node does without a callback, which fsmount does not know of it`)
}

/** Puts the promise form to Node. */
export async function askPromise (name: string, row: Row, given: readonly unknown[]): Promise<Answer | undefined> {
  if (row.fd !== undefined && (isFd(given[row.fd]) || isHandle(given[row.fd]))) return askHandle(row, given)
  const { ask, args, odd } = question(name, row, given, 'promise')
  try {
    const value = await ask(...args)
    return odd ? { value } : undefined
  } catch (error) {
    if (isSystem(error) && !odd) return undefined
    throw error
  }
}

let scratch: Promise<FileHandle> | undefined

/** A FileHandle of a file that has no name: whatever is done to it, nobody sees. */
async function makeScratch (): Promise<FileHandle> {
  const folder = await native.promises.mkdtemp(join(scratchFolder(), 'fsmount-'))
  await native.promises.chmod(folder, 0o700)   // whatever the umask has left of it
  const handle = await native.promises.open(join(folder, 'scratch'), 'wx+', 0o600)
  await native.promises.rm(folder, { recursive: true })
  return handle
}

/** Puts a method of FileHandle to Node. */
async function askHandle (row: Row, given: readonly unknown[]): Promise<undefined> {
  const handle = await (scratch ??= makeScratch().catch((error: unknown) => {
    scratch = undefined   // there may be room, or a right, the next time
    throw error
  }))
  try {
    await (handle as unknown as Record<string, Callable>)[row.handle!]!(...given.slice(1))
  } catch (error) {
    if (!isSystem(error)) throw error
  }
}
