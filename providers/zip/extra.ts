// What stands in extra fields beside an entry: finer times, owners, the name in UTF-8, sizes beyond 4 GiB.
import type { Time } from '../../lib/kernel/provider.ts'

/** Ids of extra fields (APPNOTE 4.5 and 4.6; the letters of Info-ZIP's proginfo/extrafld.txt). */
const ZIP64 = 0x0001
const NTFS = 0x000a
const EXTENDED_TIME = 0x5455
const OLD_UNIX = 0x5855
const UNICODE_PATH = 0x7075
const OWNERS = 0x7875

/** Ticks of 100 ns between 1601 and 1970. */
const EPOCH = 116_444_736_000_000_000n
const EPOCH_MS = 11_644_473_600_000
const TICKS = 10_000n

/** What an entry's extra fields say. */
export interface Extra {
  mtime: Time | undefined
  atime: Time | undefined
  birthtime: Time | undefined
  uid: number | undefined
  gid: number | undefined
  /** Where the 64-bit lengths stand: from and to. */
  zip64: number
  zip64End: number
  /** Where the name in UTF-8 stands. */
  path: number
  pathEnd: number
}

/** Reads the extra fields between two places; what is cut off or unknown is passed over. */
export function readExtra (view: DataView, from: number, end: number): Extra {
  const extra: Extra = { mtime: undefined, atime: undefined, birthtime: undefined, uid: undefined, gid: undefined, zip64: 0, zip64End: 0, path: 0, pathEnd: 0 }
  let fine = false
  for (let at = from; at + 4 <= end;) {
    const id = view.getUint16(at, true)
    const data = at + 4
    const next = data + view.getUint16(at + 2, true)
    if (next > end) break
    at = next
    if (id === EXTENDED_TIME) { if (!fine) readExtended(view, data, next, extra) } else if (id === NTFS) fine = readNtfs(view, data, next, extra) || fine
    else if (id === OWNERS) readOwners(view, data, next, extra)
    else if (id === ZIP64) {
      extra.zip64 = data
      extra.zip64End = next
    } else if (id === UNICODE_PATH) {
      extra.path = data
      extra.pathEnd = next
    } else if (id === OLD_UNIX && next - data >= 8 && extra.mtime === undefined) {
      extra.atime = seconds(view.getInt32(data, true))
      extra.mtime = seconds(view.getInt32(data + 4, true))
    }
  }
  return extra
}

const seconds = (value: number): Time => ({ ms: value * 1000, ns: 0 })

/** In the central directory the flags name what the local header has; only mtime stands here. */
function readExtended (view: DataView, at: number, end: number, extra: Extra): void {
  if (end - at >= 5 && (view.getUint8(at) & 1) !== 0) extra.mtime = seconds(view.getInt32(at + 1, true))
}

function readNtfs (view: DataView, from: number, end: number, extra: Extra): boolean {
  for (let at = from + 4; at + 4 <= end;) {
    const size = view.getUint16(at + 2, true)
    if (view.getUint16(at, true) === 1 && size >= 24 && at + 28 <= end) {
      extra.mtime = ticksAt(view, at + 4)
      extra.atime = ticksAt(view, at + 12)
      extra.birthtime = ticksAt(view, at + 20)
      return true
    }
    at += 4 + size
  }
  return false
}

/** In two halves, because numbers hold 53 bits and BigInts take their time. 2 ** 32 is 429496 * 10000 + 7296. */
function ticksAt (view: DataView, at: number): Time {
  const high = view.getInt32(at + 4, true)
  const rest = high * 7296 + view.getUint32(at, true)
  const ms = Math.floor(rest / 10_000)
  return { ms: high * 429_496 + ms - EPOCH_MS, ns: (rest - ms * 10_000) * 100 }
}

function readOwners (view: DataView, at: number, end: number, extra: Extra): void {
  if (end - at < 5 || view.getUint8(at) !== 1) return
  const uidSize = view.getUint8(at + 1)
  if (at + 3 + uidSize > end) return
  const gidSize = view.getUint8(at + 2 + uidSize)
  if (at + 3 + uidSize + gidSize > end) return
  const uid = idAt(view, at + 2, uidSize)
  const gid = idAt(view, at + 3 + uidSize, gidSize)
  if (uid === undefined || gid === undefined) return
  extra.uid = uid
  extra.gid = gid
}

const idAt = (view: DataView, at: number, size: number): number | undefined =>
  size === 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : size === 1 ? view.getUint8(at) : undefined

const field = (id: number, data: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id, 0)
  head.writeUInt16LE(data.length, 2)
  return Buffer.concat([head, data])
}

/** Sizes and offset that do not fit into their fields. */
export function zip64Field (values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0)
  const data = Buffer.alloc(values.length * 8)
  values.forEach((value, index) => data.writeBigUInt64LE(BigInt(value), index * 8))
  return field(ZIP64, data)
}

const fitsSeconds = (ms: number): boolean => ms >= -0x80000000 * 1000 && ms < 0x80000000 * 1000

/** What no tick can say is the last one that can. */
function ticksOf (ms: number, ns: number): bigint {
  const ticks = BigInt(Math.floor(ms)) * TICKS + BigInt(Math.floor(ns / 100)) + EPOCH
  return ticks === BigInt.asIntN(64, ticks) ? ticks : ms < 0 ? -(2n ** 63n) : 2n ** 63n - 1n
}

/** Times as whole seconds; and, in the central directory, to 100 ns where they say more. */
export function timeFields (times: { mtime: Time, atime: Time, birthtime: Time }, central: boolean): Buffer {
  const { mtime, atime, birthtime } = times
  const parts: Buffer[] = []
  if (fitsSeconds(mtime.ms) && fitsSeconds(atime.ms)) {
    const data = Buffer.alloc(central ? 5 : 9)
    data[0] = 3
    data.writeInt32LE(Math.floor(mtime.ms / 1000), 1)
    if (!central) data.writeInt32LE(Math.floor(atime.ms / 1000), 5)
    parts.push(field(EXTENDED_TIME, data))
  }
  const all = [mtime, atime, birthtime]
  if (!central || (parts.length > 0 && all.every(({ ms, ns }) => ms === mtime.ms && ns === 0 && ms % 1000 === 0))) return Buffer.concat(parts)
  const data = Buffer.alloc(32)
  data.writeUInt16LE(1, 4)
  data.writeUInt16LE(24, 6)
  for (const [index, { ms, ns }] of all.entries()) data.writeBigInt64LE(ticksOf(ms, ns), 8 + index * 8)
  parts.push(field(NTFS, data))
  return Buffer.concat(parts)
}

/** Owner and group, in both headers. */
export function ownerField (uid: number, gid: number): Buffer {
  const data = Buffer.alloc(11)
  data[0] = 1
  data[1] = data[6] = 4
  data.writeUInt32LE(uid, 2)
  data.writeUInt32LE(gid, 7)
  return field(OWNERS, data)
}

/** A time of MS-DOS: two words, local, by two seconds, from 1980 to 2107. */
export function dosTime (ms: number): { date: number, time: number } {
  const at = new Date(ms)
  const year = at.getFullYear()
  if (!(year >= 1980)) return { date: 0x21, time: 0 }
  if (year > 2107) return { date: 0xff9f, time: 0xbf7d }
  return { date: (year - 1980) << 9 | (at.getMonth() + 1) << 5 | at.getDate(), time: at.getHours() << 11 | at.getMinutes() << 5 | at.getSeconds() >> 1 }
}

/** And back; fields that no calendar has count as the neighbouring day does. */
export const fromDosTime = (date: number, time: number): Time =>
  ({ ms: new Date((date >> 9) + 1980, (date >> 5 & 15) - 1, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2).getTime(), ns: 0 })
