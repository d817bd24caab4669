// Whole contents of files, read in as few steps as their provider allows.
import { nodeError } from '../kernel/errors.ts'
import { Handle } from '../kernel/handles.ts'
import { live } from '../kernel/native.ts'
import { S_IFREG } from '../kernel/provider.ts'
import type { Volume } from '../kernel/volume.ts'

const { O_RDONLY } = live.constants

/** Bytes that are asked for at once where no size says how many there are: at first, and from then on. */
const FIRST = 8 * 1024
const CHUNK = 512 * 1024

/** Bytes that are read as a whole at most (lib/fs.js, `kIoMaxLength`). */
const MAX_READ = 0x7fffffff

/** Whether so many bytes may be read as a whole. */
export const isBounded = (size: number): boolean => size <= MAX_READ

/** Throws ERR_FS_FILE_TOO_LARGE for a file of more bytes than may be read as a whole. */
export function demandBounded (size: number): void {
  if (!isBounded(size)) throw nodeError(RangeError, 'ERR_FS_FILE_TOO_LARGE', `File size (${size}) is greater than 2 GiB`)
}

/** The whole content of an open file from `position` (null: from where it stands, moving it): what its size promises, or, where that is nothing, all that comes (lib/fs.js and lib/internal/fs/promises.js, `readFile`). */
export function readAll (handle: Handle, position: number | null): Buffer {
  const known = Math.max(0, handle.volume.getattr(handle.node).size - (position ?? handle.position))
  const parts: Buffer[] = []
  let part = handle.volume.buffer(known || FIRST)
  let total = 0
  for (;;) {
    const count = handle.read(part, position === null ? null : position + total)
    if (count === 0) break
    total += count
    parts.push(part.subarray(0, count))
    if (total === known) break
    part = count < part.length ? part.subarray(count) : handle.volume.buffer(CHUNK)
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total)
}

/** Bytes in memory that nothing else lies in: programs look at `buffer` of what Node gives later (20 to 26; not of what it gives at once). */
export function alone (bytes: Buffer): Buffer {
  return bytes.length === bytes.buffer.byteLength ? bytes : copied(bytes)
}

function copied (bytes: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length)
  own.set(bytes)
  return own
}

/** The whole content of a file node in memory that nothing else lies in. */
export function ownContent (volume: Volume, node: unknown): Buffer {
  const view = volume.io.content === undefined ? volume.io.view?.(node) : undefined
  return view === undefined ? alone(content(volume, node)) : copied(view)
}

/** The whole content of a file node, in a buffer of its own. */
export function content (volume: Volume, node: unknown): Buffer {
  const own = volume.io.content?.(node)
  if (own !== undefined) return own
  const view = volume.io.view?.(node)
  if (view !== undefined) return Buffer.copyBytesFrom(view)
  return readAll(new Handle(volume, node, S_IFREG, O_RDONLY, -1), 0)
}
