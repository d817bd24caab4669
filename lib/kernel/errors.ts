// Error codes are thrown bare below the rows (`new Errno('ENOENT')`) and dressed as Node's errors here, once.
import { getSystemErrorMap, inspect } from 'node:util'

const ERRNO = Symbol.for('fsmount.errno')

/**
 * A bare error code, without message or stack: what providers and rows throw. With a `syscall` it is dressed with
 * that name, and without a path unless `named`: true for the path that was given, or the path itself (as errors of a descriptor that Node opened by itself).
 */
export class Errno {
  readonly code: string
  readonly syscall: string | undefined
  readonly named: boolean | string
  readonly [ERRNO] = true
  constructor (code: string, syscall?: string, named: boolean | string = false) {
    this.code = code
    this.syscall = syscall
    this.named = named
  }
}

/** Recognises an Errno of any copy of the package. */
export const isErrno = (error: unknown): error is Errno =>
  typeof error === 'object' && error !== null && (error as { [ERRNO]?: true })[ERRNO] === true

/** The code of an error of any kind, bare or dressed. */
export const codeOf = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code

/** Whether `require` failed because a file is not there: a part of this package whose folder has been removed. */
export const isGone = (error: unknown): boolean => ['ENOENT', 'MODULE_NOT_FOUND'].includes(codeOf(error)!)

let numbers: Map<string, { errno: number, text: string }> | undefined

/** What the system says and libuv has no name for (EDQUOT, ESTALE): the code that Node makes of its number, which is the text as well. */
const UNNAMED = /^Unknown system error (-\d+)$/

/** Number and text of a system error code, from the running Node's own table. */
export function systemError (code: string): { errno: number, text: string } | undefined {
  if (numbers === undefined) {
    numbers = new Map()
    for (const [errno, [name, text]] of getSystemErrorMap()) numbers.set(name, { errno, text })
  }
  const unnamed = numbers.has(code) ? null : UNNAMED.exec(code)
  return unnamed === null ? numbers.get(code) : { errno: Number(unnamed[1]), text: code }
}

/** The shape of an error of Node's fs. */
export interface FsError extends Error { errno: number, code: string, syscall: string, path?: string, dest?: string }

/** Recognises an error of Node's fs that came from the system; anything else that it throws is a fault of the call. */
export const isFsError = (error: unknown): error is FsError => typeof (error as { syscall?: unknown } | undefined)?.syscall === 'string'

/**
 * A system's error, bare or dressed, as that of another call: its code, with `syscall` and `named` as in `Errno`. What is none
 * (an error of a provider's own, a fault of the call) stays what it is.
 */
export const recast = (error: unknown, syscall?: string, named?: boolean | string): unknown =>
  isErrno(error) || isFsError(error) ? new Errno(error.code, syscall, named) : error

/**
 * The only maker of fs errors: message and fields as Node's `UVException` gives them (lib/internal/errors.js,
 * src/api/exceptions.cc; 20 to 26 alike). `cut` is the function above which the stack ends; null leaves it to `restack`.
 */
export function fsError (code: string, syscall: string, path?: string, dest?: string, cut?: Function | null): FsError {
  const known = systemError(code)
  let message = `${code}: ${known?.text ?? 'unknown error'}, ${syscall}`
  if (path !== undefined) message += ` '${path}'`
  if (dest !== undefined) message += ` -> '${dest}'`
  const error = (cut === undefined ? new Error(message) : stackless(message)) as FsError
  error.errno = known?.errno ?? -1
  error.code = code
  error.syscall = syscall
  if (path !== undefined) error.path = path
  if (dest !== undefined) error.dest = dest
  if (cut === null) unstacked.add(error)
  else if (cut !== undefined) Error.captureStackTrace(error, cut)
  return error
}

/** An error without a stack, which takes V8 most of its time to gather, and would be replaced at once. */
function stackless (message: string): Error {
  const { stackTraceLimit } = Error
  if (typeof stackTraceLimit !== 'number' || !Reflect.set(Error, 'stackTraceLimit', 0)) return new Error(message)
  const error = new Error(message)
  Error.stackTraceLimit = stackTraceLimit
  return error
}

/** Errors that most often are caught by the rows that are made of other rows, and have no stack yet. */
const unstacked = new WeakSet<object>()

/** Gives an error of fs its stack, if it has none yet. */
export function restack (error: unknown, cut: Function | undefined): void {
  if (isFsError(error) && unstacked.delete(error)) Error.captureStackTrace(error, cut)
}

/** The same error with its fields in the order in which Node's JavaScript sets them (`UVException` of lib/internal/errors.js), where that makes it: the code after the syscall. */
export function scripted (error: FsError): FsError {
  const { code, path } = error
  delete (error as Partial<FsError>).code
  delete error.path
  return Object.assign(error, { code }, path === undefined ? {} : { path })
}

/** Runs what a user calls by itself, not as a function of `fs`: what it throws bare is dressed as one of their errors. */
export function dressed<T> (syscall: string, path: string, run: () => T, dest?: string): T {
  const dress = (error: unknown): unknown => isErrno(error) ? fsError(error.code, syscall, path, dest) : error
  try {
    const given = run()
    return given instanceof Promise ? given.catch((error: unknown) => { throw dress(error) }) as T : given
  } catch (error) {
    throw dress(error)
  }
}

const prototypes = new Map<Function, object>()

/** What errors of Node's inherit from between them and their class: text with the code (lib/internal/errors.js; 20 to 26 alike). */
function prototypeFor (Kind: Function & { prototype: object }): object {
  const known = prototypes.get(Kind)
  if (known !== undefined) return known
  const made = Object.create(Kind.prototype, {
    constructor: { value: Kind, configurable: true, writable: true },
    toString: { value (this: Error & { code: string }) { return `${this.name} [${this.code}]: ${this.message}` }, configurable: true, writable: true }
  }) as object
  prototypes.set(Kind, made)
  return made
}

/** An error of Node's `ERR_*` kind: class, `code`, and the name with the code in its stack, as Node's own show it. */
export function nodeError<T extends Error> (Kind: new (message: string) => T, code: string, message: string): T & { code: string } {
  const error = new Kind(message) as T & { code: string }
  Object.defineProperty(error, 'name', { value: `${error.name} [${code}]`, configurable: true })
  void error.stack
  for (const own of ['name', 'message']) delete (error as Partial<Error>)[own as 'name']
  Object.setPrototypeOf(error, prototypeFor(Kind))
  if (CODE_FIRST.has(code)) error.code = code   // stays in its place when it is set again
  Object.defineProperty(error, 'message', { value: message, configurable: true, writable: true, enumerable: false })
  error.code = code
  return error
}

/** Errors of which `code` stands before `message` among their own keys; of all others it stands behind (seen on Node 20 to 26). */
const CODE_FIRST = new Set(['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_INVALID_RETURN_VALUE'])

const kindOf = (name: string): string => name.includes('.') ? 'property' : 'argument'

/** A value as Node's argument errors describe it (lib/internal/errors.js `determineSpecificType`; 20 to 26 alike). */
function described (value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object') return value.constructor?.name ? `an instance of ${value.constructor.name}` : inspect(value, { depth: -1 })
  return `type ${typeof value} (${inspect(value).slice(0, 28)})`
}

/** ERR_INVALID_ARG_TYPE in Node's words; `what` says what the argument must be, as in 'of type string'. */
export const invalidType = (name: string, what: string, value: unknown): TypeError & { code: string } =>
  nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" ${kindOf(name)} must be ${what}. Received ${described(value)}`)

/** ERR_INVALID_ARG_VALUE in Node's words, long values cut as there; `reason` as in 'must be a string without null bytes'. */
export const invalidValue = (name: string, reason: string, value: unknown): TypeError & { code: string } => {
  const shown = inspect(value)
  return nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', `The ${kindOf(name)} '${name}' ${reason}. Received ${shown.length > 128 ? `${shown.slice(0, 128)}...` : shown}`)
}

/** ERR_INVALID_RETURN_VALUE in Node's words: what a user's function gave is not `what`. */
export const invalidReturn = (what: string, name: string, value: unknown): TypeError & { code: string } =>
  nodeError(TypeError, 'ERR_INVALID_RETURN_VALUE', `Expected ${what} to be returned from the "${name}" function but got ${described(value)}.`)

/** ERR_METHOD_NOT_IMPLEMENTED in Node's words, and why, if there is more to say. */
export const notImplemented = (name: string, why = ''): Error & { code: string } =>
  nodeError(Error, 'ERR_METHOD_NOT_IMPLEMENTED', `The ${name} method is not implemented${why}`)

/** ERR_INVALID_STATE in Node's words: the call was right, and came at the wrong time. */
export const invalidState = (message: string): Error & { code: string } => nodeError(Error, 'ERR_INVALID_STATE', `Invalid state: ${message}`)

/**
 * Throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE or ERR_OUT_OF_RANGE unless `options` has only what `types` names, each of
 * that type ('any': whatever it is; numbers are amounts), or undefined: a misspelt `readonly` that is passed over does harm.
 */
export function demandOptions (options: object, types: Readonly<Record<string, 'boolean' | 'number' | 'string' | 'any'>>): void {
  if (typeof options !== 'object' || options === null) throw invalidType('options', 'an object', options)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!Object.hasOwn(types, name)) throw invalidValue(`options.${name}`, `is none of ${Object.keys(types).join(', ')}`, value)
    const type = types[name]!
    if (type !== 'any' && typeof value !== type) throw invalidType(`options.${name}`, `of type ${type}`, value)
    if (typeof value === 'number' && !(value >= 0)) throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "options.${name}" is out of range. It must be >= 0. Received ${value}`)
  }
}
