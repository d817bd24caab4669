// copyFile: within a volume, between volumes, and between a mount and the disk.
import { Errno } from '../kernel/errors.ts'
import { live } from '../kernel/native.ts'
import { isDir } from '../kernel/provider.ts'
import { content, openNode, removeName, same } from './nodes.ts'
import { demand, R_OK } from '../kernel/rights.ts'
import { outer } from './tree.ts'
import type { Call, Place, Step } from './row.ts'

const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE, O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } = live.constants
const CHUNK = 1024 * 1024

/** copyFile between two places of mounts, as libuv copies (src/unix/fs.c, `uv__fs_copyfile`). */
export function copyNode (call: Call, from: Place, to: Place, how: number): undefined {
  const { volume } = from
  const attr = volume.getattr(from.node)
  demand(attr, R_OK)
  if ((how & COPYFILE_EXCL) !== 0 && to.node !== undefined) throw new Errno('EEXIST')
  if (isDir(from.mode)) failCopy(to)
  if (volume === to.volume && same(volume, from.node, to.node)) return undefined
  if ((how & COPYFILE_FICLONE_FORCE) !== 0) throw new Errno('ENOTSUP')
  const opened = openNode(to, O_WRONLY | O_CREAT | ((how & COPYFILE_EXCL) !== 0 ? O_EXCL : 0), attr.mode & 0o7777)
  to.volume.replace(opened.node, content(volume, from.node))
  if ((to.volume.getattr(opened.node).mode & 0o7777) !== (attr.mode & 0o7777)) to.volume.setattr(opened.node, { mode: attr.mode & 0o7777 })
  return undefined
}

/** A folder is found to be none to copy from only when the target stands open: libuv removes that again. */
function failCopy (to: Place): never {
  if (to.node !== undefined) {
    openNode(to, O_WRONLY, 0)
    removeName(to)
  } else if (to.trailing) throw new Errno('EISDIR')
  throw new Errno('EISDIR')
}

/** copyFile when one end is on the disk: through descriptors, a chunk at a time; errors are told as copyFile's. */
export function * copyFileAcross (call: Call, given: unknown, givenDest: unknown, how: number): Generator<Step, undefined, any> {
  const open: number[] = []
  try {
    const from: number = yield ['open', outer(call.texts[0]!), 'r']
    open.push(from)
    const stats = yield ['fstat', from]
    if (stats.isDirectory()) throw new Errno('EISDIR')
    const to: number = yield ['open', outer(call.texts[1]!), O_WRONLY | O_CREAT | ((how & COPYFILE_EXCL) !== 0 ? O_EXCL : O_TRUNC), stats.mode & 0o7777]
    open.push(to)
    yield ['fchmod', to, stats.mode & 0o7777]
    yield * pour(from, to, Buffer.allocUnsafeSlow(Math.min(CHUNK, Math.max(1, stats.size))))
  } catch (error) {
    const { code, syscall } = error as { code?: unknown, syscall?: unknown }
    throw typeof code === 'string' && typeof syscall === 'string' ? new Errno(code) : error
  } finally {
    for (const fd of open) yield ['close', fd]
  }
  return undefined
}

/** Everything from one descriptor to the other. */
function * pour (from: number, to: number, buffer: Buffer): Generator<Step, void, any> {
  for (;;) {
    const count: number = yield ['read', from, buffer, 0, buffer.length, null]
    if (count === 0) return
    for (let done = 0; done < count;) done += yield ['write', to, buffer, done, count - done, null]
  }
}
