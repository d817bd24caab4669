// The border to the host: inner names to host paths, host errors to bare codes (their messages would tell host
// paths), host stats to attributes.
import { Errno, isErrno, systemError } from '../../lib/kernel/errors.ts'
import { decodeName, encodeName } from '../../lib/kernel/names.ts'
import { native, TIME_STEP } from '../../lib/kernel/native.ts'
import type { Attr, Time } from '../../lib/kernel/provider.ts'

/** Stats of the host, exact to the nanosecond. */
export type HostStats = Extract<ReturnType<typeof native.fstatSync>, { atimeNs: bigint }>

/** What a string cannot carry to the host and back: escaped bytes, and the sign that stands for bytes lost in decoding. */
const ODD = /[\uD800-\uDFFF\uFFFD]/

/** A path as the host's functions take it. */
export const hostPath = (path: string): string | Buffer => ODD.test(path) ? encodeName(path) : path

/** The code of whatever a native call threw, as a bare error; what is no system error is a fault of ours and goes on. */
export function bare (error: unknown): unknown {
  if (isErrno(error)) return error
  const code = (error as { code?: unknown } | undefined)?.code
  if (typeof code !== 'string') return error
  if (code === 'ERR_ACCESS_DENIED') return new Errno('EACCES')   // the permission model; it names the host path
  if (code === 'ERR_INVALID_ARG_VALUE') return new Errno('EINVAL')
  return systemError(code) === undefined ? error : new Errno(code)
}

/** Runs native calls; what they throw comes out bare. */
export function bared<T> (run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw bare(error)
  }
}

/** Target of a link, byte for byte. `path` is a host path. */
export function readLink (path: string): string {
  const text = native.readlinkSync(hostPath(path))
  return ODD.test(text) ? decodeName(native.readlinkSync(hostPath(path), 'buffer')) : text
}

/** True if the link at `path` reads exactly `target`. */
export function reads (path: string, target: string): boolean {
  if (ODD.test(target)) return decodeName(native.readlinkSync(path, 'buffer')) === target
  return native.readlinkSync(path) === target
}

/** Names of a folder with Node's Dirents for their types; `path` is a host path. */
export function list (path: string): { name: string, type: number }[] {
  const found = native.readdirSync(hostPath(path), { withFileTypes: true })
  const odd = found.some((entry) => ODD.test(entry.name))
  if (!odd) return found.map((entry) => ({ name: entry.name, type: typeOf(entry) }))
  return native.readdirSync(hostPath(path), { withFileTypes: true, encoding: 'buffer' })
    .map((entry) => ({ name: decodeName(entry.name), type: typeOf(entry) }))
}

/** Names of a folder; `path` is a host path. */
export function listNames (path: string): string[] {
  const found = native.readdirSync(hostPath(path))
  return found.some((name) => ODD.test(name)) ? native.readdirSync(hostPath(path), 'buffer').map(decodeName) : found
}

type Typed = Pick<HostStats, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket' | 'isCharacterDevice' | 'isBlockDevice'>

function typeOf (entry: Typed): number {
  if (entry.isFile()) return 0o100000
  if (entry.isDirectory()) return 0o040000
  if (entry.isSymbolicLink()) return 0o120000
  if (entry.isFIFO()) return 0o010000
  if (entry.isSocket()) return 0o140000
  if (entry.isCharacterDevice()) return 0o020000
  return entry.isBlockDevice() ? 0o060000 : 0
}

const MS = 1_000_000n

/** Whole milliseconds, rounded down, of a count of nanoseconds. `whole` is the same, rounded towards zero. */
const floor = (ns: bigint, whole: bigint): number => Number(whole * MS > ns ? whole - 1n : whole)

/** A count of nanoseconds as a time. */
export function toTime (ns: bigint): Time {
  const ms = floor(ns, ns / MS)
  return { ms, ns: Number(ns - BigInt(ms) * MS) }
}

/** Attributes of a host inode; times exact to the nanosecond. */
export function toAttr (stats: HostStats, ino: number): Attr {
  const atime = floor(stats.atimeNs, stats.atimeMs)
  const mtime = floor(stats.mtimeNs, stats.mtimeMs)
  const ctime = floor(stats.ctimeNs, stats.ctimeMs)
  const birthtime = floor(stats.birthtimeNs, stats.birthtimeMs)
  return {
    ino,
    mode: Number(stats.mode),
    nlink: Number(stats.nlink),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    rdev: Number(stats.rdev),
    size: Number(stats.size),
    atime,
    mtime,
    ctime,
    birthtime,
    atimeNs: Number(stats.atimeNs - BigInt(atime) * MS),
    mtimeNs: Number(stats.mtimeNs - BigInt(mtime) * MS),
    ctimeNs: Number(stats.ctimeNs - BigInt(ctime) * MS),
    birthtimeNs: Number(stats.birthtimeNs - BigInt(birthtime) * MS),
    blocks: Number(stats.blocks)
  }
}

/**
 * A time as `utimes` takes it: a number of seconds in the middle of a step, so that the host cuts it to this time
 * whatever a double loses; a Date, of whole milliseconds, if negative, because negative numbers mean "now" there.
 */
export function toUtime (time: Time): number | Date {
  if (time.ms < 0) return new Date(time.ns < 500_000 ? time.ms : time.ms + 1)
  const seconds = Math.floor(time.ms / 1000)
  return seconds + ((time.ms - seconds * 1000) * 1e6 + time.ns + TIME_STEP / 2) / 1e9
}
