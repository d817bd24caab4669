// Makes archives byte by byte, right ones and wrong ones, apart from the code that is tried.
import { crc32, deflateRawSync } from 'node:zlib'

/** One entry; what is absent follows from what is there. */
export interface Spec {
  name: string | Buffer
  data?: string | Buffer
  /** Method; 8 deflates, 0 stores, any other stores and claims. */
  method?: number
  flags?: number
  mode?: number
  host?: number
  /** The data as they are to stand there. */
  packed?: Buffer
  crc?: number
  size?: number
  compressed?: number
  offset?: number
  localName?: string | Buffer
  localExtra?: Buffer
  extra?: Buffer
  /** Sizes stand behind the data, and zeros before. */
  descriptor?: boolean
  /** Sizes stand in 64-bit fields. */
  wide?: boolean
  dos?: [date: number, time: number]
  comment?: string
  disk?: number
}

/** What the end says, where it is to say something else. */
export interface EndSpec { comment?: string | Buffer, count?: number, length?: number, offset?: number, wide?: boolean, prefix?: Buffer, counted?: boolean, tail?: Buffer, disk?: number }

const words = (...values: Array<[size: 2 | 4 | 8, value: number]>): Buffer => Buffer.concat(values.map(([size, value]) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes.subarray(0, size)
}))

/** An extra field. */
export const extra = (id: number, data: Buffer): Buffer => Buffer.concat([words([2, id], [2, data.length]), data])

const FULL = 0xffffffff

/** An archive. */
export function archive (specs: readonly Spec[], end: EndSpec = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  const prefix = end.prefix ?? Buffer.alloc(0)
  let at = end.counted === false ? 0 : prefix.length
  for (const spec of specs) {
    const { local, central } = entry(spec, at)
    parts.push(local)
    directory.push(central)
    at += local.length
  }
  const records = Buffer.concat(directory)
  const comment = Buffer.from(end.comment ?? '')
  const [count, length, offset] = [end.count ?? specs.length, end.length ?? records.length, end.offset ?? at]
  const wide = end.wide !== true ? Buffer.alloc(0) : Buffer.concat([
    words([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, length], [8, offset]),
    words([4, 0x07064b50], [4, 0], [8, at + records.length], [4, 1])
  ])
  const figures: Array<[2 | 4, number]> = end.wide === true ? [[2, 0xffff], [2, 0xffff], [4, FULL], [4, FULL]] : [[2, count & 0xffff], [2, count & 0xffff], [4, length], [4, offset]]
  const last = Buffer.concat([words([4, 0x06054b50], [2, end.disk ?? 0], [2, end.disk ?? 0], ...figures, [2, comment.length]), comment])
  return Buffer.concat([prefix, ...parts, records, wide, last, end.tail ?? Buffer.alloc(0)])
}

function entry (spec: Spec, at: number): { local: Buffer, central: Buffer } {
  const data = Buffer.from(spec.data ?? '')
  const method = spec.method ?? 0
  const packed = spec.packed ?? (method === 8 ? deflateRawSync(data) : data)
  const name = Buffer.from(spec.name)
  const localName = Buffer.from(spec.localName ?? spec.name)
  const flags = (spec.flags ?? (isAscii(name) ? 0 : 0x800)) | (spec.descriptor === true ? 8 : 0)
  const [crc, size, compressed] = [spec.crc ?? crc32(data), spec.size ?? data.length, spec.compressed ?? packed.length]
  const wide = spec.wide === true ? extra(1, words([8, size], [8, compressed])) : Buffer.alloc(0)
  const [date, time] = spec.dos ?? [0x5821, 0]
  const shown = (value: number): number => spec.wide === true ? FULL : value
  const figures = (own: boolean): Buffer => words([2, 20], [2, flags], [2, method], [2, time], [2, date], ...(own ? [[4, 0], [4, 0], [4, 0]] as Array<[4, number]> : [[4, crc], [4, shown(compressed)], [4, shown(size)]] as Array<[4, number]>))
  const localExtra = Buffer.concat([wide, spec.localExtra ?? Buffer.alloc(0)])
  const centralExtra = Buffer.concat([wide, spec.extra ?? Buffer.alloc(0)])
  const behind = spec.descriptor === true ? words([4, 0x08074b50], [4, crc], [4, compressed], [4, size]) : Buffer.alloc(0)
  const comment = Buffer.from(spec.comment ?? '')
  return {
    local: Buffer.concat([words([4, 0x04034b50]), figures(spec.descriptor === true), words([2, localName.length], [2, localExtra.length]), localName, localExtra, packed, behind]),
    central: Buffer.concat([
      words([4, 0x02014b50], [2, (spec.host ?? 3) << 8 | 63]), figures(false), words([2, name.length], [2, centralExtra.length], [2, comment.length], [2, spec.disk ?? 0], [2, 0]),
      words([4, (spec.mode ?? 0) * 0x10000], [4, spec.offset ?? at]), name, centralExtra, comment
    ])
  }
}

const isAscii = (bytes: Buffer): boolean => bytes.every((byte) => byte < 0x80)
