// What the constructor is given: a folder of the host, or an error of Node's kind that names it.
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeOf, fsError, invalidType, invalidValue, type Errno } from '../../lib/kernel/errors.ts'
import { decodeName } from '../../lib/kernel/names.ts'
import { native } from '../../lib/kernel/native.ts'
import { bare } from './host.ts'

/** The root as an absolute path; throws Node's argument errors. */
export function rootOf (root: unknown): string {
  if (root instanceof URL) return fileURLToPath(root)
  if (typeof root !== 'string') {
    throw invalidType('root', 'of type string or an instance of URL', root)
  }
  if (root === '' || root.includes('\0')) {
    throw invalidValue('root', 'must be a non-empty path without null bytes', root)
  }
  return path.resolve(root)
}

/** The same without links: the path that the kernel tells of its descriptor. Throws as `opendir` does. */
export function canonicalFolder (root: string): string {
  try {
    const canonical = native.realpathSync.native(root, 'buffer')
    if (native.statSync(canonical).isDirectory()) return decodeName(canonical)
  } catch (error) {
    const { code } = bare(error) as Errno
    throw codeOf(error) === 'ERR_ACCESS_DENIED' ? error : fsError(code, 'opendir', root)
  }
  throw fsError('ENOTDIR', 'opendir', root)
}
