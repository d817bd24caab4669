// The errors of cp, in the two shapes that Node gives them: SystemErrors of its JavaScript, and plain errors of its C++.
import { nodeError, systemError } from '../../kernel/errors.ts'
import { IS_DIRECTORY, ordinary, systemFailure, type Info } from '../syserror.ts'

/** What Node's SystemErrors of cp say first, and the system error that stands behind each (lib/internal/errors.js). */
const TEXTS = {
  ERR_FS_CP_DIR_TO_NON_DIR: ['Cannot overwrite non-directory with directory', 'EISDIR'],
  ERR_FS_CP_EEXIST: ['Target already exists', 'EEXIST'],
  ERR_FS_CP_EINVAL: ['Invalid src or dest', 'EINVAL'],
  ERR_FS_CP_FIFO_PIPE: ['Cannot copy a FIFO pipe', 'EINVAL'],
  ERR_FS_CP_NON_DIR_TO_DIR: ['Cannot overwrite directory with non-directory', 'ENOTDIR'],
  ERR_FS_CP_SOCKET: ['Cannot copy a socket file', 'EINVAL'],
  ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY: ['Cannot overwrite symlink in subdirectory of self', 'EINVAL'],
  ERR_FS_CP_UNKNOWN: ['Cannot copy an unknown file type', 'EINVAL'],
  ERR_FS_EISDIR: [IS_DIRECTORY, 'EISDIR']
} as const

export type CpCode = keyof typeof TEXTS

/** An error of Node's JavaScript: what happened, to which path. `errno`: the code whose number it carries, if another. */
export function cpError (code: CpCode, message: string, path: string, errno?: string): Error {
  const [text, system] = TEXTS[code]
  const info: Info = { message, path, syscall: 'cp', errno: -systemError(errno ?? system)!.errno, code: system }
  return systemFailure(code, text, info, ordinary())
}

/** An error of Node's C++: a plain Error with a code. */
export function plainError (code: CpCode, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** What the C library says of errors (strerror(3)), as std::filesystem repeats it. */
const STRERROR: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied', EBUSY: 'Device or resource busy', EEXIST: 'File exists', EINVAL: 'Invalid argument', EIO: 'Input/output error',
  EISDIR: 'Is a directory', ELOOP: 'Too many levels of symbolic links', EMFILE: 'Too many open files', ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory', ENOSPC: 'No space left on device', ENOTDIR: 'Not a directory', ENOTEMPTY: 'Directory not empty',
  ENOTSUP: 'Operation not supported', EPERM: 'Operation not permitted', EROFS: 'Read-only file system', EXDEV: 'Invalid cross-device link'
}

/** An error of std::filesystem as Node passes it on (src/node_errors.h, `ThrowStdErrException`). */
export function stdError (code: string, path: string, syscall = 'cp'): Error {
  const known = systemError(code)
  return Object.assign(new Error(`${code}, ${STRERROR[code] ?? known?.text ?? code} '${path}'`), { errno: -(known?.errno ?? 0), code, path, syscall })
}

/** What Node says of a filter that gives a promise where none can be waited for. */
export const filterError = (): Error =>
  nodeError(TypeError, 'ERR_INVALID_RETURN_VALUE', 'Expected boolean to be returned from the "filter" function but got an instance of Promise.')
