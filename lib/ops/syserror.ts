// Errors of Node's own making that rows raise: `SystemError` with `info` (lib/internal/errors.js, class SystemError).
import { dirname } from 'node:path'
import { native } from '../kernel/native.ts'

/** What Node's SystemError tells besides code and message. */
export interface Context { code: string, message: string, path: string, syscall: string, errno: number, dest?: string }

type Constructor = new (context: Context) => Error

/** The class of the error that `provoke` throws: Node hands these classes out in no other way. */
function classOf (provoke: () => void): Constructor {
  try {
    provoke()
  } catch (error) {
    return (error as Error).constructor as Constructor
  }
  throw new Error('nothing was thrown')
}

let IsDirectory: Constructor | undefined

/** rm of a folder without `recursive`. */
export function isDirectoryError (path: string): Error {
  IsDirectory ??= classOf(() => { native.rmSync(dirname(process.execPath)) })   // never done: it is a folder
  return new IsDirectory({ code: 'EISDIR', message: 'is a directory', path, syscall: 'rm', errno: 21 })
}
