// Errors of Node's own making that rows raise: `SystemError` with `info` (lib/internal/errors.js, class SystemError).
import { constants } from 'node:os'

/** What Node's SystemError tells besides code and message. */
interface Info { code: string, message: string, path: string, syscall: string, errno: number, dest?: string }

/** An error of Node's SystemError kind (class, `code`, `info`, and the accessors that read it). */
export function systemFailure (code: string, text: string, info: Info): Error {
  let message = `${text}: ${info.syscall} returned ${info.code} (${info.message}) ${info.path}`
  if (info.dest !== undefined) message += ` => ${info.dest}`
  const error = new SystemError(message)
  Object.defineProperty(error, 'name', { value: 'SystemError', enumerable: false, writable: true, configurable: true })
  const field = (name: keyof Info): PropertyDescriptor => ({
    get: () => info[name], set: (value: never) => { info[name] = value }, enumerable: true, configurable: true
  })
  Object.defineProperties(error, {
    code: { value: code, enumerable: true, writable: true, configurable: true },
    info: { value: info, enumerable: true, configurable: true, writable: false },
    errno: field('errno'), syscall: field('syscall'), path: field('path'),
    ...(info.dest === undefined ? {} : { dest: field('dest') })
  })
  return error
}

class SystemError extends Error {
  override toString (): string { return `${this.name} [${(this as unknown as { code: string }).code}]: ${this.message}` }
}

/** rm of a folder without `recursive`. */
export const isDirectoryError = (path: string): Error =>
  systemFailure('ERR_FS_EISDIR', 'Path is a directory', { code: 'EISDIR', message: 'is a directory', path, syscall: 'rm', errno: constants.errno.EISDIR })
