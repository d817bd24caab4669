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
const TICKS = 10_000n

/** What an entry's extra fields say. */
export interface Extra {
  mtime?: Time
  atime?: Time
  birthtime?: Time
  uid?: number
  gid?: number
  zip64?: Buffer
  unicodePath?: Buffer
}

/** Reads extra fields; what is cut off or unknown is passed over. */
export function readExtra (bytes: Buffer): Extra {
  const extra: Extra = {}
  let fine: Extra | undefined
  for (let at = 0; at + 4 <= bytes.length;) {
    const id = bytes.readUInt16LE(at)
    const end = at + 4 + bytes.readUInt16LE(at + 2)
    if (end > bytes.length) break
    const data = bytes.subarray(at + 4, end)
    at = end
    if (id === ZIP64) extra.zip64 ??= data
    else if (id === UNICODE_PATH) extra.unicodePath ??= data
    else if (id === NTFS) fine = readNtfs(data)
    else if (id === EXTENDED_TIME) readExtended(data, extra)
    else if (id === OLD_UNIX && data.length >= 8 && extra.mtime === undefined) Object.assign(extra, { atime: seconds(data.readInt32LE(0)), mtime: seconds(data.readInt32LE(4)) })
    else if (id === OWNERS) readOwners(data, extra)
  }
  return { ...extra, ...fine }
}

const seconds = (value: number): Time => ({ ms: value * 1000, ns: 0 })

function readExtended (data: Buffer, extra: Extra): void {
  const flags = data[0] ?? 0
  let at = 1
  // In the central directory the flags name what the local header has; only mtime stands here.
  for (const [bit, name] of [[1, 'mtime'], [2, 'atime']] as const) {
    if ((flags & bit) === 0 || at + 4 > data.length) continue
    extra[name] = seconds(data.readInt32LE(at))
    at += 4
  }
}

function readNtfs (data: Buffer): Extra | undefined {
  for (let at = 4; at + 4 <= data.length;) {
    const size = data.readUInt16LE(at + 2)
    if (data.readUInt16LE(at) === 1 && size >= 24 && at + 28 <= data.length) {
      const time = (from: number): Time => {
        const ticks = data.readBigInt64LE(from) - EPOCH
        const ms = ticks / TICKS - (ticks < 0n && ticks % TICKS !== 0n ? 1n : 0n)
        return { ms: Number(ms), ns: Number(ticks - ms * TICKS) * 100 }
      }
      return { mtime: time(at + 4), atime: time(at + 12), birthtime: time(at + 20) }
    }
    at += 4 + size
  }
  return undefined
}

function readOwners (data: Buffer, extra: Extra): void {
  if (data[0] !== 1) return
  const uidSize = data[1] ?? 0
  const gidSize = data[2 + uidSize] ?? 0
  if (uidSize < 1 || uidSize > 6 || gidSize < 1 || gidSize > 6 || data.length < 3 + uidSize + gidSize) return
  extra.uid = data.readUIntLE(2, uidSize)
  extra.gid = data.readUIntLE(3 + uidSize, gidSize)
}

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
