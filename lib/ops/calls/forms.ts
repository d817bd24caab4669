// A row in its three forms: synchronous, callback, promise. Written once for all rows and all name spaces.
import { inLaterTurn, live } from '../../kernel/native.ts'
import { codeOf, Errno, isErrno, restack, scripted, type FsError } from '../../kernel/errors.ts'
import { handleOf, type Handle } from '../../kernel/handles.ts'
import { lazily } from '../../kernel/late.ts'
import { setParent } from '../../kernel/stats.ts'
import { Composite, concerns, descriptorOf, dress, Elsewhere, isComposed, normalise, perform, redress } from './perform.ts'
import { MISS, type Call, type Callable, type Form, type Row, type Step } from '../row.ts'
import { TABLE } from '../table.ts'
import { askCallback, askPlace, askPromise, askSync, refuseBare } from './validate.ts'
import { abortError, outlasts, signalOf } from '../aborted.ts'
import { asOfNow, keep } from './moment.ts'
import type { Space } from '../space.ts'
import type { Volume } from '../../kernel/volume.ts'
import { direntParent, pathText, ODD } from '../args.ts'

/** Rows over what can only answer later. */
export const replaying = lazily(() => require('../../kernel/replay.js') as typeof import('../../kernel/replay.ts'))

/** The row of a name in a form. */
export const rowOf = (name: string): Row => {
  const row = TABLE[name]
  if (row === undefined || row === null) throw new Error(`${name} has no row`)
  return row
}

/** The caller's side of one call. */
export class Calling implements Call {
  readonly given: readonly unknown[]
  readonly form: Form
  texts: readonly string[] = []
  givenTexts: readonly string[] = []
  #space: Space

  constructor (space: Space, form: Form, given: readonly unknown[]) {
    this.#space = space
    this.form = form
    this.given = given
  }

  get base (): string { return this.#space.base ?? '' }
  /** The name space that all steps of this call are taken in, now and later. */
  keep (): Space { return (this.#space = keep(this.#space)) }
  sync (step: Step): unknown { return stepSync(this.#space, step) }
  later (step: Step): Promise<unknown> { return stepLater(this.#space, step) }
  uncover (path: string): void { this.#space.uncover?.(this.#space.absolute(path)) }
}

/**
 * The sync form: validates, runs, dresses. `cut` is the function above which stacks end, null for a step of a call that sees to it; `form` tells which of Node's
 * functions takes what is not ours: another than the sync one where that works at once too (`Row.atOnce`).
 */
export function callSync (space: Space, name: string, row: Row, given: readonly unknown[], cut?: Function | null, form: Form = 'sync'): unknown {
  const now = asOfNow(row, given)
  let args = normalise(row, now, false, 'sync')
  if (args === undefined) {
    if (!concerns(space, row, given)) return space.elsewhere(name, form)(...given)
    const answer = askSync(name, row, given, form)
    if (answer !== undefined) return answer.value
    args = normalise(row, now, true, 'sync') ?? now
  }
  try {
    const call = new Calling(space, 'sync', given)
    const result = perform(space, row, args, call)
    if (result instanceof Composite) return driveSync(call.keep(), result, null)
    return served(space, row, call, result instanceof Elsewhere ? elsewhereSync(space, name, form, row, given, result) : result)
  } catch (error) {
    const instead = recovered(row, error, args, 'sync')
    if (instead !== MISS) return instead
    const dressed = dress(error, name, row, given, cut)
    if (row.scripted?.(given) === true && isErrno(error) && (dressed as FsError).syscall === 'write') scripted(dressed as FsError)
    if (cut !== null) restack(dressed, cut)
    throw dressed
  }
}

/** What a row answers in place of an error; MISS: nothing. */
function recovered (row: Row, error: unknown, args: readonly unknown[], form: Form): unknown {
  // An error without a code is a provider's own: only who never has errors passes over it.
  const code = codeOf(error) ?? (row.bareCallback === true ? '' : undefined)
  return row.recover !== undefined && code !== undefined ? row.recover(code, args, form) : MISS
}

/** What a call gives, with what the mounts around it have to do with it: names they show in a folder's listing, and take out of one. */
function served (space: Space, row: Row, call: Call, result: unknown): unknown {
  if (row.removes === true) space.vacate?.(call.texts[0]!)
  return row.lists === true && space.augment !== undefined && Array.isArray(result) ? space.augment(call.texts[0]!, result, call.given) : result
}

/** What the disk gives for a path that was replaced, told of the path that the caller gave: entries of folders say in which they lie. */
function retold (row: Row, given: readonly unknown[], result: unknown): unknown {
  if (row.lists !== true || !Array.isArray(result)) return result
  const parent = direntParent(given[0])
  for (const entry of result) if (entry instanceof live.Dirent) setParent(entry, parent)
  return result
}

function elsewhereSync (space: Space, name: string, form: Form, row: Row, given: readonly unknown[], { args }: Elsewhere): unknown {
  if (args === undefined) return space.elsewhere(name, form)(...given)
  try {
    return retold(row, given, space.elsewhere(name, form)(...rejoin(row, given, args)))
  } catch (error) {
    throw redress(error, row, given, args)
  }
}

/** The caller's arguments with the paths that links led to. */
function rejoin (row: Row, given: readonly unknown[], replaced: readonly unknown[]): unknown[] {
  const args = [...given]
  for (const at of row.path ?? []) args[at] = replaced[at]
  return args
}

/** One step of a composite row, wherever its paths lead. */
export function stepSync (space: Space, [name, ...args]: Step, cut?: null): unknown {
  return callSync(space, name, rowOf(name), args, cut)
}

/** Starts a call in a name space that was kept; what it opens is served. */
export function callKept (kept: Space, start: () => void): void {
  start()
  if (kept.past === true) kept.serve?.()
}

/** Runs a sequence of rows, each at once. */
export function driveSync (space: Space, { steps }: Composite, cut?: null): unknown {
  let step = steps.next()
  while (step.done !== true) {
    let value
    try {
      value = stepSync(space, step.value as Step, cut)
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(value)
  }
  return step.value
}

/** A promise of one step: by the callback form, which every function has. */
export function stepLater (space: Space, [name, ...args]: Step): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown, value: unknown): void => { error === null || error === undefined ? resolve(value) : reject(error as Error) }
    callCallback(space, name, rowOf(name), [...args, done])
  })
}

/** Runs a sequence of rows and promises, each when the one before has ended. */
async function driveLater (space: Space, { steps }: Composite): Promise<unknown> {
  let step = steps.next()
  while (step.done !== true) {
    let value
    try {
      value = await (step.value instanceof Promise ? step.value : stepLater(space, step.value))
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(value)
  }
  return step.value
}

/** The volume that answers a call, where that may be later. */
export function slowVolume (space: Space, row: Row, args: readonly unknown[]): Volume | undefined {
  if (row.fd !== undefined && descriptorOf(args[row.fd]) !== undefined) {
    const volume = openFile(row, args)?.volume
    return volume?.provider.later === undefined ? undefined : volume
  }
  for (const at of row.path ?? []) {
    const text = pathText(args[at])
    if (text === ODD || text === '') continue
    const spot = space.locate(space.absolute(text), { row, last: 'link', followed: false })
    const volume = typeof spot === 'string' ? undefined : spot.view.volume
    if (volume?.provider.later !== undefined) return volume
  }
  return undefined
}

/** A promise of what Node answers to a call that is the disk's. */
function elsewhereLater (space: Space, name: string, row: Row, call: Call, { args }: Elsewhere): Promise<unknown> {
  const { given, form } = call
  const kept = row.lists === true || row.removes === true ? keep(space) : space
  const all = args === undefined ? given : rejoin(row, given, args)
  const answer = form === 'promise'
    ? space.elsewhere(name, 'promise')(...all) as Promise<unknown>
    : new Promise((resolve, reject) => {
      space.elsewhere(name, 'callback')(...all, (error: unknown, value: unknown) => {
        if (row.bareCallback === true) resolve(error)
        else if (error === null) resolve(value)
        else reject(error as Error)
      })
    })
  return answer.catch((error: unknown) => { throw args === undefined ? error : redress(error, row, given, args) })
    .then((result) => served(kept, row, call, args === undefined ? result : retold(row, given, result))).catch((error: unknown) => { throw dress(error, name, row, given) })
}

/** How a call ended. */
type Ended = { value: unknown } | { error: unknown }

/** How a call ends that does not end at once: a value, an error, or a promise of either. */
type Outcome = Ended | Promise<unknown>

/** Runs a row for a form that delivers later, in a later turn if it looks at a signal before. */
function begin (space: Space, name: string, row: Row, args: readonly unknown[], call: Calling, form: Form): Outcome | Elsewhere {
  const signal = row.looksFirst?.(args)
  if (signal === undefined || openFile(row, args) === undefined) return beginNow(space, name, row, args, call, form)
  return beginLater(call.keep(), name, row, args, call, form, signal)
}

/** The open file of ours among the arguments. */
function openFile (row: Row, args: readonly unknown[]): Handle | undefined {
  const fd = row.fd === undefined ? undefined : descriptorOf(args[row.fd])
  return fd === undefined ? undefined : handleOf(fd)
}

/** Runs a row on an open file in a later turn, if the signal is quiet by then. */
async function beginLater (space: Space, name: string, row: Row, args: readonly unknown[], call: Calling, form: Form, signal: AbortSignal): Promise<unknown> {
  await new Promise((resolve) => { inLaterTurn(resolve) })
  const error = signal.aborted ? abortError(signal) : openFile(row, args) === undefined ? new Errno('EBADF') : undefined   // closed meanwhile
  if (error === undefined) {
    const outcome = beginNow(space, name, row, args, call, form)
    return outcome instanceof Elsewhere ? elsewhereLater(space, name, row, call, outcome) : outcome instanceof Promise ? outcome : rethrow(outcome)
  }
  const instead = recovered(row, error, args, form)
  if (instead === MISS) throw dress(error, name, row, call.given)
  return instead
}

/** What can be done at once is done at once. */
function beginNow (space: Space, name: string, row: Row, args: readonly unknown[], call: Calling, form: Form): Outcome | Elsewhere {
  const { given } = call
  const fail = (error: unknown): Ended => {
    const instead = recovered(row, error, args, form)
    return instead === MISS ? { error: dress(error, name, row, given) } : { value: instead }
  }
  try {
    const slow = slowVolume(space, row, args)
    if (slow !== undefined && !isComposed(row, args)) {
      const kept = call.keep()
      return replaying().replay(slow, () => perform(kept, row, args, call)).then(
        (result) => result instanceof Composite ? driveLater(kept, result) : result instanceof Elsewhere ? elsewhereLater(kept, name, row, call, result) : served(kept, row, call, result)
      ).catch((error: unknown) => rethrow(fail(error)))
    }
    const result = perform(space, row, args, call)
    if (result instanceof Composite && row.eager === true && form === 'callback') return { value: driveSync(call.keep(), result) }
    if (result instanceof Composite) return driveLater(call.keep(), result).catch((error: unknown) => rethrow(fail(error)))
    return result instanceof Elsewhere ? result : { value: served(space, row, call, result) }
  } catch (error) {
    const failed = fail(error)
    if (row.eager === true && form === 'callback' && isComposed(row, args) && 'error' in failed) throw failed.error
    return failed
  }
}

function rethrow (ended: Ended): unknown {
  if ('error' in ended) throw ended.error
  return ended.value
}

/** How many arguments may stand before a callback: Node takes what stands in its place for the callback. */
export const before = (row: Row): number => row.takes ?? (Array.isArray(row.args) ? row.args.length : Infinity)

/** The position of what looks like the callback; -1: there is none. */
const whereCallback = (row: Row, all: readonly unknown[]): number => row.callbackAt?.(all) ?? all.findIndex((arg) => typeof arg === 'function')

/** The callback form: the work is done now, or once Node was asked about odd arguments; the callback comes in a later turn, in its caller's async context. */
export function callCallback (space: Space, name: string, row: Row, all: readonly unknown[]): void {
  const at = whereCallback(row, all)
  if (at >= 0 && at < all.length - 1 && row.callbackAt === undefined) {
    if (!concerns(space, row, all)) {
      space.elsewhere(name, 'callback')(...all)
      return
    }
    const kept = keep(space)
    const now = asOfNow(row, all)
    askPlace(name, row, all, (place) => { callKept(kept, () => { callBack(kept, name, row, all, place, all[place] as Callable, now.slice(0, place)) }) })
    return
  }
  if (at > before(row)) {
    // To leave it out is to give undefined in its place.
    if (row.lazyCallback === true && all[before(row)] === undefined) callCallback(space, name, row, all.slice(0, before(row)))
    else refuseBare(name, row, all)
    return
  }
  const [unlooked, instead] = row.unlooked ?? []
  if (at < 0 ? row.lazyCallback !== true || all.some((arg, i) => i !== row.fd && arg !== undefined) : typeof all[at] !== 'function' && at !== unlooked) {
    refuseBare(name, row, all, at)
    return
  }
  callBack(space, name, row, all, at, (at < 0 ? (error: unknown) => { if (error !== null && error !== undefined) throw error } : typeof all[at] === 'function' ? all[at] : instead) as Callable)
}

/** The callback form when it is known where its callback stands (-1: it was left out). `now`: what stands before it, as it was when the call was made. */
function callBack (space: Space, name: string, row: Row, all: readonly unknown[], at: number, callback: Callable, now?: readonly unknown[]): void {
  const given = at < 0 ? all : all.slice(0, at)
  now ??= asOfNow(row, given)
  const args = normalise(row, now, false, 'callback')
  if (args === undefined && !concerns(space, row, given)) space.elsewhere(name, 'callback')(...all)
  else if (args !== undefined) startCallback(space, name, row, args, given, callback)
  else {
    const kept = keep(space)
    askCallback(name, row, given, callback, () => { callKept(kept, () => { startCallback(kept, name, row, normalise(row, now, true, 'callback') ?? now, given, callback) }) })
  }
}

function startCallback (space: Space, name: string, row: Row, args: readonly unknown[], given: readonly unknown[], callback: Callable): void {
  const call = new Calling(space, 'callback', given)
  const outcome = begin(space, name, row, args, call, 'callback')
  if (outcome instanceof Elsewhere) {
    elsewhereCallback(space, name, row, call, outcome, callback)
    return
  }
  if (outcome instanceof Promise) {
    // Out of the promise, so that a throwing callback is an uncaught exception and not a rejection.
    outcome.then((value) => inLaterTurn(deliver, row, args, callback, { value }), (error) => inLaterTurn(deliver, row, args, callback, { error }))
    return
  }
  if (row.eager === true && isComposed(row, args)) deliver(row, args, callback, outcome)
  else inLaterTurn(deliver, row, args, callback, outcome)
}

function elsewhereCallback (space: Space, name: string, row: Row, call: Call, { args }: Elsewhere, callback: Callable): void {
  const { given } = call
  const other = space.elsewhere(name, 'callback')
  const kept = row.lists === true || row.removes === true ? keep(space) : space
  if (args === undefined && row.lists !== true && row.removes !== true) other(...given, callback)
  else {
    other(...(args === undefined ? given : rejoin(row, given, args)), (error: unknown, ...results: unknown[]) => {
      if (error !== null && args !== undefined) redress(error, row, given, args)
      try {
        if (error === null && results.length === 0) served(kept, row, call, undefined)
        results = results.map((result) => served(kept, row, call, args === undefined ? result : retold(row, given, result)))
      } catch (fault) {
        [error, results] = [dress(fault, name, row, given), []]   // what a mount adds could not be told
      }
      callback(error, ...results)
    })
  }
}

/** Calls back with what a call ended in, as this row's callback takes it. */
export function deliver (row: Row, args: readonly unknown[], callback: Callable, outcome: Ended): void {
  const signal = signalOf(row, args, 'callback')
  if (signal?.aborted === true && !('error' in outcome && outlasts(row, args, outcome.error))) callback(abortError(signal))
  else if ('error' in outcome) row.also === undefined ? callback(outcome.error) : callback(outcome.error, 0, row.also(args))
  else if (row.bareCallback === true) callback(outcome.value)
  else if (row.also !== undefined) callback(null, outcome.value, row.also(args))
  else if (outcome.value === undefined && row.recover === undefined && row.callbackified !== true) callback(null)
  else callback(null, outcome.value)
}

/** The promise form: the work is done now, the promise settles in a later turn. */
export function callPromise (space: Space, name: string, row: Row, given: readonly unknown[]): Promise<unknown> {
  const now = asOfNow(row, given)
  const args = normalise(row, now, false, 'promise')
  if (args !== undefined) return startPromise(space, name, row, args, given)
  if (!concerns(space, row, given)) return space.elsewhere(name, 'promise')(...given) as Promise<unknown>
  const kept = keep(space)
  return askPromise(name, row, given).then((answer) =>
    answer !== undefined ? answer.value : startPromise(kept, name, row, normalise(row, now, true, 'promise') ?? now, given))
}

function startPromise (space: Space, name: string, row: Row, args: readonly unknown[], given: readonly unknown[]): Promise<unknown> {
  const call = new Calling(space, 'promise', given)
  const outcome = begin(space, name, row, args, call, 'promise')
  if (outcome instanceof Elsewhere) return elsewhereLater(space, name, row, call, outcome)
  return new Promise((resolve, reject) => {
    const end = (ended: Ended): void => { settle(row, args, ended, resolve, reject) }
    if (outcome instanceof Promise) outcome.then((value) => { inLaterTurn(end, { value }) }, (error: unknown) => { inLaterTurn(end, { error }) })
    else inLaterTurn(end, outcome)
  })
}

function settle (row: Row, args: readonly unknown[], outcome: Ended, resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  const signal = signalOf(row, args, 'promise')
  if (signal?.aborted === true && !('error' in outcome && outlasts(row, args, outcome.error))) reject(abortError(signal))
  else if ('error' in outcome) reject(outcome.error)
  else if (row.gives !== undefined) resolve({ __proto__: null, [row.gives[0]]: outcome.value, [row.gives[1]]: row.also!(args) })
  else resolve(outcome.value)
}
