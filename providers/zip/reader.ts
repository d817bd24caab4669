// Opens archives: from bytes or a file to a tree. What ZipProvider reads in when the first archive is opened.
import { nodeError } from '../../lib/kernel/errors.ts'
import { BufferSource, FileSource, type Archive, type Source } from './archive.ts'
import { readDirectory } from './directory.ts'
import { makeTree, type Adopt } from './tree.ts'
import type { Folder } from '../memory/inodes.ts'

export { ENOUGH } from './archive.ts'
export { entryOf } from './entry.ts'

const PIECE = 256 * 1024

/** Where the bytes come from: a path, bytes (of a `time` in milliseconds), or Node's ZipBuffer. Throws errors of `fs`, and ERR_INVALID_ARG_TYPE. */
export function sourceOf (given: unknown, time?: number): Source {
  if (typeof given === 'string') return new FileSource(given)
  if (given instanceof Uint8Array) return new BufferSource(given, time)
  if (given instanceof ArrayBuffer) return new BufferSource(new Uint8Array(given), time)
  throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', `The "source" argument must be a path or an instance of URL, Uint8Array, ArrayBuffer, ZipBuffer or ZipFile. Received ${given === null ? 'null' : `type ${typeof given}`}`)
}

/** Makes the tree of an archive below `root`; gives its comment, and the length of what stands before it. */
export function readArchive (archive: Archive, root: Folder, adopt: Adopt): { comment: Buffer, prefix: number } {
  const { time } = archive.source
  Object.assign(root, { atime: Math.floor(time), mtime: Math.floor(time), ctime: Math.floor(time), birthtime: Math.floor(time) })
  const directory = readDirectory(archive)
  makeTree(archive, directory, root, adopt)
  return { comment: directory.comment, prefix: directory.items.reduce((least, { offset }) => Math.min(least, offset), directory.start) }
}

/** What stands before an archive, in pieces. */
export function * prefixOf (archive: Archive | undefined, length: number): Iterable<Uint8Array> {
  for (let done = 0; done < length; done += PIECE) yield archive!.source.bytes(done, Math.min(PIECE, length - done))
}
