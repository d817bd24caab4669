// copyFile: within a volume, between volumes, and between a mount and the disk.
import type { Stats } from 'node:fs'
import { codeOf, Errno, isErrno, recast } from '../kernel/errors.ts'
import { live } from '../kernel/native.ts'
import { isDir, isFile, isSpecial, type Attr } from '../kernel/provider.ts'
import { Outside, walk, type Last } from '../kernel/namei.ts'
import { demandOwner } from '../kernel/rights.ts'
import { changeMode, changeOwner, changeTimes, giveMode } from './attributes.ts'
import { line } from './nodelines.ts'
import { content } from './content.ts'
import { openNode, removeName, same } from './nodes.ts'
import { outer } from '../kernel/names.ts'
import type { Volume } from '../kernel/volume.ts'
import type { Call, Place, Step, Steps } from './row.ts'

const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE, O_CREAT, O_EXCL, O_WRONLY } = live.constants
const CHUNK = 1024 * 1024

/** What a copy takes from its source beside the content. */
type Taken = Pick<Attr, 'mode' | 'uid' | 'gid' | 'size' | 'atime' | 'atimeNs' | 'mtime' | 'mtimeNs'>

/** copyFile between two places of mounts, as libuv copies (src/unix/fs.c, `uv__fs_copyfile`). */
export function copyNode (call: Call, from: Place, to: Place, how: number): undefined {
  const { volume } = from
  // As it is before a name is made, which may be one in it.
  const { mode, uid, gid, size, atime, atimeNs, mtime, mtimeNs } = volume.getattr(from.node)
  const attr = { mode, uid, gid, size, atime, atimeNs, mtime, mtimeNs }
  // Devices, FIFOs and sockets are not copied, nor copied to; said before the other end is touched.
  if (isSpecial(mode)) throw new Errno('EACCES')
  const { node } = openNode(to, O_WRONLY | O_CREAT | ((how & COPYFILE_EXCL) !== 0 ? O_EXCL : 0), attr.mode & 0o7777)
  if (volume === to.volume && same(volume, from.node, node)) return undefined
  if (to.node !== undefined && isSpecial(to.mode)) throw new Errno('EACCES')
  try {
    fill(from, attr, to.volume, node, how)
  } catch (error) {
    discard(call, to)
    throw error
  }
  return undefined
}

/** The copy itself, into what was opened. */
function fill (from: Place, attr: Taken, volume: Volume, node: unknown, how: number): void {
  const mode = attr.mode & 0o7777
  volume.setattr(node, { size: 0 })   // first, because what follows may be refused
  if (line.copyTakesOwner) takeAlong({ volume, node }, attr)
  const found = volume.getattr(node)
  demandOwner(found)   // it is set whatever it is
  if ((found.mode & 0o7777) === mode) volume.reset(node)
  else {
    try {
      changeMode({ volume, node }, mode)
    } catch (error) {
      if (codeOf(error) !== 'EPERM') throw error   // from its owner: as `giveMode`
    }
  }
  if (isDir(attr.mode)) throw new Errno('EISDIR')
  if ((how & COPYFILE_FICLONE_FORCE) !== 0) throw new Errno('ENOTSUP')
  if (attr.size === 0 && isFile(attr.mode)) return
  try {
    if (from.volume === volume && volume.copy(from.node, node)) return
  } catch (error) {
    throw recast(error)
  }
  const bytes = content(from.volume, from.node)
  try {
    volume.replace(node, bytes, false)
  } catch (error) {
    throw recast(error)   // a copy's error, not that of a write
  }
}

/** Times and owner of the source, each as far as the process may set it. */
function takeAlong (target: { volume: Volume, node: unknown }, { atime, atimeNs, mtime, mtimeNs, uid, gid }: Taken): void {
  for (const take of [() => changeTimes(target, { ms: atime, ns: atimeNs }, { ms: mtime, ns: mtimeNs }), () => changeOwner(target, uid, gid)]) {
    try {
      take()
    } catch (error) {
      if (!isErrno(error)) throw error   // libuv does not look at these errors
    }
  }
}

/** libuv unlinks the destination of a copy that failed, whatever stood there before: its name, even if that is a link. */
function discard (call: Call, { view }: Place): void {
  let text = call.givenTexts[1]?.startsWith(`${view.prefix}/`) === true ? call.givenTexts[1] : call.texts[1]!
  for (let links = 0; ;) {
    try {
      removeName(walk(view, text.slice(view.prefix.length), 'place', links))
    } catch (error) {
      if (error instanceof Outside && error.path.startsWith(`${view.prefix}/`)) {
        ({ path: text, links } = error)
        continue
      }
      if (!isErrno(error) && !(error instanceof Outside)) throw error   // what cannot be removed stays, as there
    }
    return
  }
}

/** How copyFile takes the last name of its destination. */
export const copyOpens = (how: number): Last => (how & COPYFILE_EXCL) !== 0 ? 'place' : 'create'

/** copyFile when one end is on the disk, as libuv copies: through descriptors, a chunk at a time; errors are told as copyFile's. */
export function * copyFileAcross (call: Call, given: unknown, givenDest: unknown, how: number): Steps<undefined> {
  const open: number[] = []
  const dest = outer(call.texts[1]!)
  try {
    const from: number = yield ['open', outer(call.texts[0]!), 'r']
    open.push(from)
    const stats = yield ['fstat', from]
    open.push(yield ['open', dest, O_WRONLY | O_CREAT | ((how & COPYFILE_EXCL) !== 0 ? O_EXCL : 0), stats.mode & 0o7777])
    yield * fillAcross(open, stats, how)
  } catch (error) {
    if (open.length === 2) yield * attempt(['unlink', dest])
    throw recast(error)
  } finally {
    for (const fd of open) yield ['close', fd]
  }
  return undefined
}

/** As `fill`, from one descriptor to another. */
function * fillAcross ([from, to]: readonly number[], stats: Stats, how: number): Steps<void> {
  const mode = stats.mode & 0o7777
  yield ['ftruncate', to, 0]
  if (line.copyTakesOwner) {
    yield * attempt(['futimes', to, stats.atimeMs / 1000, stats.mtimeMs / 1000])
    yield * attempt(['fchown', to, stats.uid, stats.gid])
  }
  yield * giveMode(['fchmod', to!, mode], ['fstat', to!])
  if (stats.isDirectory()) throw new Errno('EISDIR')
  if ((how & COPYFILE_FICLONE_FORCE) !== 0) throw new Errno('ENOTSUP')
  yield * copyAll(from!, to!, Buffer.allocUnsafeSlow(Math.min(CHUNK, Math.max(1, stats.size))))
}

/** A step whose errors libuv does not look at. */
function * attempt (step: Step): Steps<void> {
  try {
    yield step
  } catch (error) {
    if (codeOf(error) === undefined) throw error
  }
}

/** Everything from one descriptor to the other. */
function * copyAll (from: number, to: number, buffer: Buffer): Steps<void> {
  for (;;) {
    const count: number = yield ['read', from, buffer, 0, buffer.length, null]
    if (count === 0) return
    for (let done = 0; done < count;) done += yield ['write', to, buffer, done, count - done, null]
  }
}
