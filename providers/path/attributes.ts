// Stat objects as users' back ends give them, plain ones too, as attributes of inodes.
import { clock } from '../../lib/kernel/native.ts'
import { isDir, isLink, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, type Attr } from '../../lib/kernel/provider.ts'

type Given = Readonly<Record<string, unknown>>

/** When what has no times is said to have been made. */
const START = clock()

/** Whether a stat object or Dirent says yes to a question. */
const says = (given: Given, question: string): boolean => typeof given[question] === 'function' && (given[question] as () => unknown)() === true

/** Type bits of a stat object or Dirent. */
export function typeOf (given: Given): number {
  const mode = Number(given.mode ?? 0)
  if ((mode & S_IFMT) !== 0) return mode & S_IFMT
  return says(given, 'isSymbolicLink') ? S_IFLNK : says(given, 'isDirectory') ? S_IFDIR : S_IFREG
}

/** A time in milliseconds and the nanoseconds beyond, from whichever field holds it. */
function time (given: Given, name: string): { ms: number, ns: number } {
  const nanos = given[`${name}Ns`]
  if (typeof nanos === 'bigint') {
    const ns = ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n
    return { ms: Number((nanos - ns) / 1_000_000n), ns: Number(ns) }
  }
  const at = Number(given[`${name}Ms`] ?? given[name] ?? (name === 'mtime' ? START : given.mtimeMs ?? given.mtime ?? START))
  if (!Number.isFinite(at)) return { ms: START, ns: 0 }
  const ms = Math.floor(at)
  return { ms, ns: Math.min(999_999, Math.round((at - ms) * 1e6)) }
}

/** A whole number. */
const number = (value: unknown, otherwise: number): number => value === undefined || value === null || !Number.isFinite(Number(value)) ? otherwise : Math.trunc(Number(value))

/** A number for what has none: the same for the same path. Node takes its time to load what makes it. */
const inoOf = (path: string): number =>
  (require('node:crypto') as typeof import('node:crypto')).createHash('sha1').update(path).digest().readUIntBE(0, 6)

/** Attributes of what is at `path`. */
export function attributes (given: Given, path: string): Attr {
  const type = typeOf(given)
  const bits = Number(given.mode ?? 0) & 0o7777
  const usual = isLink(type) ? 0o777 : isDir(type) ? 0o755 : 0o644
  const [atime, mtime, ctime, birthtime] = ['atime', 'mtime', 'ctime', 'birthtime'].map((name) => time(given, name)) as [Moment, Moment, Moment, Moment]
  return {
    ino: number(given.ino, 0) || inoOf(path),
    mode: type | (given.mode === undefined ? usual : bits),
    nlink: number(given.nlink, 0) || (isDir(type) ? 2 : 1),
    uid: number(given.uid, process.getuid?.() ?? 0),
    gid: number(given.gid, process.getgid?.() ?? 0),
    rdev: number(given.rdev, 0),
    size: Math.max(0, number(given.size, 0)),
    atime: atime.ms, mtime: mtime.ms, ctime: ctime.ms, birthtime: birthtime.ms,
    atimeNs: atime.ns, mtimeNs: mtime.ns, ctimeNs: ctime.ns, birthtimeNs: birthtime.ns
  }
}

type Moment = ReturnType<typeof time>
