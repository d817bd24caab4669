// Changes of attributes, alike for a place and an open file: who may, and what Linux changes along with it.
import { codeOf, Errno } from '../kernel/errors.ts'
import { isDir, S_ISGID, S_ISUID, type Time } from '../kernel/provider.ts'
import { chmodBits, demandOwner, owns, whoami } from '../kernel/rights.ts'
import { line } from './nodelines.ts'
import type { Step, Steps } from './row.ts'
import type { Volume } from '../kernel/volume.ts'

/** A node in its volume: a place or an open file. */
interface Target { readonly volume: Volume, readonly node: unknown }

const GROUP_EXECUTES = 0o010

/** chmod(2). */
export function changeMode ({ volume, node }: Target, bits: number): undefined {
  volume.demandWritable()
  const attr = volume.getattr(node)
  demandOwner(attr)
  volume.setattr(node, { mode: chmodBits(attr, bits) })
}

/**
 * Sets the mode of a copy, by a step; `look` gives its stats. Where not even its owner may, there are no modes, and the
 * copy goes without, as libuv has it of shares (src/unix/fs.c, `uv__fs_copyfile`).
 */
export function * giveMode (set: Step, look: Step): Steps<void> {
  try {
    yield set
  } catch (error) {
    if (codeOf(error) !== 'EPERM' || !owns(yield look)) throw error
  }
}

/** chown(2); undefined leaves an owner as it is. A file loses setuid, and setgid if its group may execute it. */
export function changeOwner ({ volume, node }: Target, uid: number | undefined, gid: number | undefined): undefined {
  volume.demandWritable()
  const attr = volume.getattr(node)
  const who = whoami()
  if (who.uid !== 0) {
    const mine = who.uid === attr.uid
    if (uid !== undefined && !(mine && uid === attr.uid)) throw new Errno('EPERM')
    if (gid !== undefined && !(mine && (gid === attr.gid || gid === who.gid || who.groups.includes(gid)))) throw new Errno('EPERM')
  }
  const lost = isDir(attr.mode) ? 0 : S_ISUID | ((attr.mode & GROUP_EXECUTES) !== 0 ? S_ISGID : 0)
  const mode = (attr.mode & lost) === 0 ? undefined : attr.mode & 0o7777 & ~lost
  volume.setattr(node, { uid, gid, mode })
}

/** Seconds of a time_t end here; what libuv makes of more is no time. */
const MAX_MS = 2 ** 63 * 1000

/** utimensat(2) with explicit times. */
export function changeTimes ({ volume, node }: Target, atime: Time, mtime: Time): undefined {
  if ([atime, mtime].some(({ ms }) => Math.abs(ms) >= MAX_MS)) throw new Errno('EINVAL')
  const times = [atime, mtime].map((time) => Number.isNaN(time.ms) ? undefined : time)
  if (times.includes(undefined) && !line.noTimeOmits) throw new Errno('EINVAL')
  if (times[0] === undefined && times[1] === undefined) return undefined   // nothing is asked for, and nobody looks who asks
  volume.demandWritable()
  demandOwner(volume.getattr(node))
  volume.setattr(node, { atime: times[0], mtime: times[1] })
}
