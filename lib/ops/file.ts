// Rows of open files: functions that take a descriptor, and their twins on FileHandle.
import { Errno } from '../kernel/errors.ts'
import { closeHandle, type Handle } from '../kernel/handles.ts'
import { isFile } from '../kernel/provider.ts'
import { makeBigIntStats, makeStats } from '../kernel/stats.ts'
import { any, bytesOf, isFlag, isNil, isQuiet, length, ODD, owner, position, someMode, someOptions, time, views, writePosition, type Odd } from './args.ts'
import { changeMode, changeOwner, changeTimes } from './attributes.ts'
import { line } from './nodelines.ts'
import { MISS, type Call, type Form, type Row } from './row.ts'

const statOptions = someOptions((given) => isFlag(given.bigint) && isQuiet(given.signal))

interface Span { buffer: unknown, bytes: Uint8Array, position: number | null }

const NOTHING = new Uint8Array()
/** Bytes that one call reads or writes at most. */
const MAX_SPAN = 0x7fffffff

/** The part of a view that a read or write is about, or undefined when offset and length are not ordinary. */
function span (buffer: unknown, offset: unknown, length: unknown, where: number | null | Odd): Span | undefined {
  if (!ArrayBuffer.isView(buffer)) return undefined
  const bytes = bytesOf(buffer)
  const from = offset ?? 0
  if (!Number.isInteger(from)) return undefined
  const size = length ?? bytes.length - (from as number)
  if (!Number.isInteger(size) || where === ODD) return undefined
  if ((from as number) < 0 || (size as number) < 0 || (size as number) > MAX_SPAN || (from as number) + (size as number) > bytes.length) return undefined
  return { buffer, bytes: bytes.subarray(from as number, (from as number) + (size as number)), position: where }
}

/** The signatures of read: (fd, buffer, offset, length, position), (fd, buffer, options), (fd, options), (fd). */
function readArgs (given: readonly unknown[], lenient: boolean, form: Form): readonly unknown[] | undefined {
  const made = readSpan(given, lenient, form)
  return made === undefined ? undefined : [given[0], made]
}

function readSpan (given: readonly unknown[], lenient: boolean, form: Form): Span | undefined {
  const [, first, second, third, fourth] = given
  if (!ArrayBuffer.isView(first)) {
    if (form === 'sync' || (form === 'callback' && given.length > 2)) return undefined   // which must be given its buffer
    if (!isNil(first) && (typeof first !== 'object' || Array.isArray(first))) return undefined
    const given_ = (first ?? {}) as { buffer?: unknown }
    const { buffer = Buffer.alloc(16384) } = given_
    return ArrayBuffer.isView(buffer) ? fromRead(buffer, given_, lenient, form) : undefined
  }
  if (first.byteLength === 0 && !lenient) return undefined
  // Node has an opinion of its own on each signature (lib/fs.js, lib/internal/fs/promises.js; 20 to 26): options may be
  // left out, and a callback comes second, third, fourth or sixth.
  if (form === 'callback' && (given.length === 4 || (given.length === 3 && second === undefined))) return undefined
  const short = form !== 'promise' && given.length <= 3
  if ((short && !isNil(second) && typeof second !== 'object') || (form !== 'promise' && Array.isArray(second))) return undefined
  if (short || (form === 'sync' ? typeof second === 'object' : form === 'promise' && typeof second === 'object' && second !== null)) return fromRead(first, second ?? {}, lenient, form)
  return readPart(first, second, third, position(fourth, lenient), lenient, form)
}

function fromRead (buffer: ArrayBufferView, given: object, lenient: boolean, form: Form): Span | undefined {
  const { offset = 0, length = buffer.byteLength - Number(offset), position: at = null } = given as { offset?: unknown, length?: unknown, position?: unknown }
  return form === 'sync' && offset === null ? undefined : readPart(buffer, offset, length, position(at, lenient), lenient, form)
}

/** What is left out counts as nothing in the sync and callback forms (`length |= 0`), as all in the promise form; where Node 26 takes another length there, it converts it too. */
function readPart (buffer: ArrayBufferView, offset: unknown, length: unknown, at: number | null | Odd, lenient: boolean, form: Form): Span | undefined {
  if (form !== 'promise' && typeof length === 'bigint') return undefined
  const size = form === 'promise' && (!lenient || isNil(length)) ? length : (length as number) | 0
  // Nothing is asked of whatever stands where: only the offset was looked at before.
  if (size === 0 && (lenient || at !== ODD) && Number.isInteger(offset ?? 0) && (offset ?? 0) as number >= 0) return { buffer, bytes: NOTHING, position: null }
  return span(buffer, offset, size, at)
}

const isNumber = (value: unknown): boolean => typeof value === 'number'

const fromOptions = (buffer: unknown, given: object, where: typeof position): Span | undefined => {
  const { offset, length, position: at } = given as { offset?: unknown, length?: unknown, position?: unknown }
  return span(buffer, offset, isNumber(length) ? length : undefined, where(at, false))
}

/** The signatures of write: (fd, buffer, offset, length, position), (fd, buffer, options), (fd, string, position, encoding). */
function writeArgs (given: readonly unknown[], lenient: boolean, form: Form): readonly unknown[] | undefined {
  const [fd, first, second, third, fourth] = given
  if (typeof first === 'string') {
    if (form === 'callback' && given.length > 4) return undefined   // its callback comes fifth at the latest
    const at = writePosition(second, false) as number | null
    const known = Buffer.isEncoding(third as string)
    if (!lenient && !(known || third === undefined || third === null) || (third === 'hex' && first.length % 2 > 0)) return undefined
    return [fd, { buffer: first, bytes: Buffer.from(first, known ? third as BufferEncoding : 'utf8'), position: at }]
  }
  if (!ArrayBuffer.isView(first)) return undefined
  // The first of two callbacks.
  if (typeof second === 'function') return form === 'callback' ? writeArgs([fd, first, undefined, third, fourth], lenient, form) : undefined
  // null stands for options that are not there, and with them all that follows; a length of no number for all that is left.
  const made = typeof second === 'object' ? fromOptions(first, second ?? {}, writePosition) : span(first, second, isNumber(third) ? third : undefined, writePosition(fourth, false))
  return made === undefined ? undefined : [fd, made]
}

/** The bytes that the commonest calls of read and write are about: a buffer, alone or with offset, length and position as plain numbers. */
function part (buffer: unknown, offset: unknown, size: unknown, at: unknown): Uint8Array | undefined {
  if (!(buffer instanceof Uint8Array) || buffer.length === 0) return undefined
  if (offset === undefined && size === undefined && at === undefined) return buffer
  if (at !== null && at !== undefined && !(Number.isSafeInteger(at) && at as number >= 0)) return undefined
  if (offset === 0 && size === buffer.length) return buffer
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(size) || offset as number < 0 || size as number <= 0 || (offset as number) + (size as number) > buffer.length) return undefined
  return buffer.subarray(offset as number, (offset as number) + (size as number))
}

function readInto (call: Call, handle: Handle, { bytes, position: at }: Span): number {
  if (bytes.length === 0) return 0   // Node does not even ask the system
  return handle.read(bytes, at)
}

function writeFrom (call: Call, handle: Handle, { bytes, position: at }: Span): number {
  return handle.write(bytes, at)
}

function readViews (call: Call, handle: Handle, list: readonly ArrayBufferView[], at: number | null): number {
  if (list.length === 0) throw new Errno('EINVAL')
  let total = 0
  for (const view of list) {
    const count = handle.read(bytesOf(view), at === null ? null : at + total)
    total += count
    if (count < view.byteLength) break
  }
  return total
}

function writeViews (call: Call, handle: Handle, list: readonly ArrayBufferView[], at: number | null): number {
  if (list.length === 0) return 0   // Node does not even ask the system
  // One write, so that an append stays in one piece.
  return handle.write(list.length === 1 ? bytesOf(list[0]!) : Buffer.concat(list.map(bytesOf)), at)
}

/** Changes of a file need a descriptor of it, not of a path. */
function opened (handle: Handle): Handle {
  if (handle.standsForPath) throw new Errno('EBADF')
  return handle
}

const scripted = (): boolean => true

const syncs: Row = { fd: 0, takes: 1, handle: 'sync', run: (call, handle: Handle) => opened(handle).volume.sync(handle.node) }

/** Rows of functions that take a descriptor. */
export const fileRows = {
  close: { fd: 0, takes: 1, lazyCallback: true, run: (call, handle: Handle) => closeHandle(handle), quickFd: closeHandle },
  fchmod: { fd: 0, args: [any, someMode], handle: 'chmod', writes: true, run: (call, handle: Handle, bits: number) => changeMode(opened(handle), bits) },
  fchown: { fd: 0, args: [any, owner, owner], handle: 'chown', writes: true, run: (call, handle: Handle, uid?: number, gid?: number) => changeOwner(opened(handle), uid, gid) },
  fdatasync: { ...syncs, handle: 'datasync' },
  fstat: {
    fd: 0, args: [any, statOptions], handle: 'stat', aborts: () => line.statsAbort,
    run: (call, handle: Handle, given: { bigint?: boolean }) => {
      const attr = handle.volume.getattr(handle.node)
      return given.bigint === true ? makeBigIntStats(attr, handle.volume.dev) : makeStats(attr, handle.volume.dev)
    },
    quickFd: (handle, given) => given === undefined ? makeStats(handle.volume.getattr(handle.node), handle.volume.dev) : MISS
  },
  fsync: syncs,
  ftruncate: {
    fd: 0, args: [any, length], handle: 'truncate', writes: true,
    run: (call, handle: Handle, size: number) => {
      if (!opened(handle).writable || !isFile(handle.mode)) throw new Errno('EINVAL')
      handle.volume.setattr(handle.node, { size })
    }
  },
  futimes: { fd: 0, args: [any, time, time], handle: 'utimes', syscall: 'futime', writes: true, run: (call, handle: Handle, atime, mtime) => changeTimes(opened(handle), atime, mtime) },
  read: {
    fd: 0, args: readArgs, takes: 5, gives: ['bytesRead', 'buffer'], also: ([, given]) => (given as Span).buffer, handle: 'read', run: readInto,
    quickFd: (handle, buffer, offset, size, at) => {
      const bytes = part(buffer, offset, size, at)
      return bytes === undefined ? MISS : handle.read(bytes, at as number | null ?? null)
    }
  },
  readv: { fd: 0, args: [any, views, writePosition], gives: ['bytesRead', 'buffers'], also: ([, list]) => list, handle: 'readv', syscall: 'read', run: readViews },
  write: {
    fd: 0, args: writeArgs, takes: 5, scripted, gives: ['bytesWritten', 'buffer'], also: ([, given]) => (given as Span).buffer, handle: 'write', writes: true, run: writeFrom,
    quickFd: (handle, buffer, offset, size, at) => {
      const bytes = part(buffer, offset, size, at)
      return bytes === undefined ? MISS : handle.write(bytes, at as number | null ?? null)
    }
  },
  writev: { fd: 0, args: [any, views, writePosition], gives: ['bytesWritten', 'buffers'], also: ([, list]) => list, handle: 'writev', syscall: 'write', writes: true, run: writeViews }
} satisfies Record<string, Row | null>
