// Errors of Node's own making that rows raise: `SystemError` with `info` (lib/internal/errors.js, class SystemError).
import { dirname } from 'node:path'
import { native } from '../kernel/native.ts'

/** What Node's SystemError tells besides its own code. */
export interface Info { code: string, message: string, path: string, syscall: string, errno: number, dest?: string }

/** The prototype of an error that `provoke` throws: Node hands these classes out in no other way. */
function prototypeOf (provoke: () => void): object {
  try {
    provoke()
  } catch (error) {
    return Object.getPrototypeOf(error) as object
  }
  throw new Error('nothing was thrown')
}

let ofRemoval: object | undefined

/** The prototype of rm's error. */
const isDirectory = (): object => (ofRemoval ??= prototypeOf(() => { native.rmSync(dirname(process.execPath)) }))   // never done: it is a folder

/** The prototype of SystemErrors that Node throws without hiding frames of its own. */
export function ordinary (): object {
  for (let at: object | null = isDirectory(); at !== null; at = Object.getPrototypeOf(at) as object | null) if (at.constructor.name === 'NodeError') return at
  return isDirectory()
}

/** An error of Node's SystemError kind: class, `code`, `info`, and the accessors that read it. */
export function systemFailure (code: string, text: string, info: Info, prototype = isDirectory()): Error {
  const dest = info.dest === undefined ? '' : ` => ${info.dest}`
  const error = new Error(`${text}: ${info.syscall} returned ${info.code} (${info.message}) ${info.path}${dest}`)
  // The name stands in the stack with the code, on the error without (lib/internal/errors.js).
  error.name = `SystemError [${code}]`
  Error.captureStackTrace(error, systemFailure)
  void error.stack
  Object.setPrototypeOf(error, prototype)
  const { message } = error
  for (const own of ['name', 'message']) delete (error as Partial<Error>)[own as 'name']   // set again below, in Node's order
  const field = (name: keyof Info): PropertyDescriptor => ({
    // A path is shown as text, whatever it was given as.
    get: () => typeof info[name] === 'object' ? String(info[name]) : info[name], set: (value: never) => { info[name] = value }, enumerable: true, configurable: true
  })
  return Object.defineProperties(error, {
    code: { value: code, enumerable: true, writable: true, configurable: true },
    name: { value: 'SystemError', enumerable: false, writable: true, configurable: true },
    message: { value: message, enumerable: false, writable: true, configurable: true },
    info: { value: info, enumerable: true, configurable: true, writable: false },
    errno: field('errno'), syscall: field('syscall'), path: field('path'),
    ...(info.dest === undefined ? {} : { dest: field('dest') })
  })
}

/** What Node says of a folder where none may be: rm and cp. */
export const IS_DIRECTORY = 'Path is a directory'

/** rm of a folder without `recursive`. */
export function isDirectoryError (path: string): Error {
  return systemFailure('ERR_FS_EISDIR', IS_DIRECTORY, { code: 'EISDIR', message: 'is a directory', path, syscall: 'rm', errno: 21 })
}
