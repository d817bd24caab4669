// Reading a whole file into bytes of the caller's: the option `buffer` of readFile, step by step, because the caller's
// function that gives the bytes may do whatever it likes between two steps (lib/fs.js, lib/internal/fs/promises.js and
// lib/internal/fs/read/context.js of 24.21 and 26.10; that the callback form of those loses errors about the bytes of an
// open file, and fails with others in their place, is not followed).
import { Buffer } from 'node:buffer'
import { StringDecoder } from 'node:string_decoder'
import { invalidType, invalidValue } from '../kernel/errors.ts'
import { bytesOf, isFd, type ReadOptions } from './args.ts'
import { demandBounded } from './content.ts'
import type { Call, Steps, Wait } from './row.ts'
import type { Stats } from 'node:fs'

/** Names in Node's errors. */
const GIVEN = 'options.buffer'
const MADE = 'options.buffer()'

/** The operation as steps: `target` is a path or a descriptor, which is read from where it stands; the result lies in the caller's bytes. */
export function * readInto (call: Call, target: unknown, { encoding, flag, signal, into }: ReadOptions): Steps<Buffer | string | undefined, Wait> {
  const fd: number = isFd(target) ? target : yield ['open', target, flag]
  try {
    const stats: Stats = yield ['fstat', fd]
    const size = stats.isFile() ? stats.size : 0
    if (call.form === 'promise' && signal?.aborted === true) return undefined   // told of on delivery
    if (call.form === 'promise' && encoding !== undefined) void new StringDecoder(encoding)   // throws for 'buffer'
    if (call.form !== 'sync') demandBounded(size)
    const room = roomFor(into!, size)
    if (call.form === 'callback' && signal?.aborted === true) return undefined
    const full = size === 0 ? room.length : size
    let count = 0
    for (let more = -1; more !== 0 && count < full; count += more) more = yield ['read', fd, room, count, full - count, null]
    // A size of nothing is that of what has none, too; whether all was read is told by one byte more.
    if (size === 0 && count === full && (yield ['read', fd, Buffer.alloc(1), 0, 1, null]) > 0) throw tooSmall(into!, room, 'is too small to contain the entire file')
    const read = room.subarray(0, count)
    return encoding === undefined ? read : read.toString(encoding)
  } finally {
    if (!isFd(target)) yield ['close', fd]
  }
}

/** The bytes to read into. Throws what Node throws when they are none, or too few for a file of `size`. */
function roomFor (into: NonNullable<ReadOptions['into']>, size: number): Buffer {
  const view = typeof into === 'function' ? into(size) : into
  if (!ArrayBuffer.isView(view)) throw invalidType(MADE, 'an instance of Buffer, TypedArray, or DataView', view)
  const { buffer, byteOffset, byteLength } = bytesOf(view)
  const room = Buffer.from(buffer, byteOffset, byteLength)
  if (byteLength < size) throw tooSmall(into, room, `is smaller than the file size of ${size} bytes`)
  return room
}

const tooSmall = (into: unknown, { length }: Buffer, reason: string): Error => invalidValue(`${typeof into === 'function' ? MADE : GIVEN}.byteLength`, reason, length)
