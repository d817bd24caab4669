// Normalisers: each recognises the ordinary shapes of one argument and brings it into one form. Anything else is ODD:
// then Node itself is asked what it thinks of the call (validate.ts), and if it agrees, the normaliser is asked again
// leniently and converts as Node does.
import { Buffer } from 'node:buffer'
import { URL, fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { decodeName, NOWHERE } from '../kernel/names.ts'
import { line } from './nodelines.ts'
import { clock, live, native, TIME_STEP } from '../kernel/native.ts'
import type { Time } from '../kernel/provider.ts'
import type { Form } from './row.ts'

/** Answer of a normaliser to a value that is not of an ordinary shape. */
export const ODD = Symbol('odd')
export type Odd = typeof ODD

/** A normaliser of one argument. `lenient` is set once Node has accepted the call. */
export type Kind<T = unknown> = (value: unknown, lenient: boolean) => T | Odd

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_EXCL, O_SYNC } = live.constants

/** The text of a path in the inner form of names; ODD when it is not one. */
export function pathText (value: unknown): string | Odd {
  if (typeof value === 'string') return value.includes('\0') ? ODD : value.isWellFormed() ? value : value.toWellFormed()
  if (value instanceof Uint8Array) return value.includes(0) ? ODD : decodeName(value)
  if (value instanceof URL || isURL(value)) return urlText(value as URL)
  return ODD
}

/** `parentPath` of a Dirent is the path as given. */
export const direntParent = (given: unknown): string | Buffer =>
  typeof given === 'string' || given instanceof Uint8Array ? given as string : String(pathText(given))

/** URLs of other realms, as Node recognises them (lib/internal/url.js, `isURL`). */
const isURL = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Boolean((value as URL).href) && Boolean((value as URL).protocol) &&
  (value as { auth?: unknown }).auth === undefined && (value as { path?: unknown }).path === undefined

function urlText (url: URL): string | Odd {
  try {
    const path = fileURLToPath(url)
    return path.includes('\0') ? ODD : path
  } catch {
    return ODD   // Node raises the same error again, in the words of its own call
  }
}

/** Takes whatever is given. */
export const any: Kind = (value) => value

/** Left out, or null in its place. */
export const isNil = (value: unknown): value is undefined | null => value === undefined || value === null
const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)

/** A switch that may be left out. */
export const isFlag = (value: unknown): boolean => value === undefined || typeof value === 'boolean'

/** An `encoding` option of functions whose results are names: an encoding's name or 'buffer'. Node looks at a signal beside it, which then counts for nothing. */
export const encoding: Kind<string> = (value, lenient) => {
  const inside = isPlain(value) || (lenient && ArrayBuffer.isView(value))
  if (inside && !lenient && !isQuiet((value as { signal?: unknown }).signal)) return ODD
  const given = inside ? (value as { encoding?: unknown }).encoding : lenient && typeof value === 'function' ? undefined : value
  if (isNil(given) || given === 'utf8' || (lenient && inside && !given)) return 'utf8'
  return typeof given === 'string' && (given === 'buffer' || Buffer.isEncoding(given)) ? given : given === '' ? 'utf8' : ODD
}

/** An object of options, or nothing; its fields are looked at by the row. */
export const options = (check: (options: Record<string, unknown>) => boolean): Kind<Record<string, unknown>> => (value, lenient) =>
  isNil(value) ? {} : isPlain(value) && (lenient || (!Array.isArray(value) && check(value))) ? value : lenient ? Object(value) as Record<string, unknown> : ODD

/** Options as Node copies them for some functions (lib/internal/fs/utils.js, `copyObject`): what can be listed, inherited or not. */
export function copied (value: unknown): unknown {
  if (!isPlain(value)) return value
  const copy: Record<string, unknown> = {}
  for (const key in value) copy[key] = value[key]
  return copy
}

/** The same, where null is for Node to judge. */
export const someOptions = (check: (options: Record<string, unknown>) => boolean): Kind<Record<string, unknown>> => {
  const kind = options(check)
  return (value, lenient) => value === null && !lenient ? ODD : kind(value, lenient)
}

const flagWords = new Map<string, number>()
for (const [words, flags] of [
  ['r', O_RDONLY], ['rs sr', O_RDONLY | O_SYNC], ['r+', O_RDWR], ['rs+ sr+', O_RDWR | O_SYNC],
  ['w', O_TRUNC | O_CREAT | O_WRONLY], ['wx xw', O_TRUNC | O_CREAT | O_WRONLY | O_EXCL],
  ['w+', O_TRUNC | O_CREAT | O_RDWR], ['wx+ xw+', O_TRUNC | O_CREAT | O_RDWR | O_EXCL],
  ['a', O_APPEND | O_CREAT | O_WRONLY], ['ax xa', O_APPEND | O_CREAT | O_WRONLY | O_EXCL],
  ['as sa', O_APPEND | O_CREAT | O_WRONLY | O_SYNC], ['a+', O_APPEND | O_CREAT | O_RDWR],
  ['ax+ xa+', O_APPEND | O_CREAT | O_RDWR | O_EXCL], ['as+ sa+', O_APPEND | O_CREAT | O_RDWR | O_SYNC]
] as const) for (const word of words.split(' ')) flagWords.set(word, flags)

/** Flags of open(2), given as number or word; `fallback` when absent. */
export const flags = (fallback: number): Kind<number> => (value, lenient) => {
  if (isNil(value)) return fallback
  if (typeof value === 'number') return (value | 0) === value && (lenient || value >= 0) ? value : ODD
  return flagWords.get(value as string) ?? ODD
}

/** A mode, given as number or octal string; `fallback` when absent. */
export const mode = (fallback: number): Kind<number> => (value) => {
  if (isNil(value)) return fallback
  const bits = typeof value === 'string' && /^[0-7]+$/.test(value) ? Number.parseInt(value, 8) : value
  return typeof bits === 'number' && Number.isInteger(bits) && bits >= 0 && bits <= 0xffffffff ? bits : ODD
}

/** A mode that must be given. */
export const someMode: Kind<number> = (value, lenient) => isNil(value) ? ODD : mode(0)(value, lenient)

/** A user or group; -1 (2^32 - 1) means unchanged and becomes undefined. */
export const owner: Kind<number | undefined> = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= -1 && value <= 0xffffffff ? (value === -1 || value === 0xffffffff ? undefined : value) : ODD

/** A time as `utimes` takes it, split as libuv splits it; for anything else Node raises its error in the words of its own call. */
export const time: Kind<Time> = (value) => {
  const seconds = secondsOf(value)
  return seconds === undefined ? ODD : splitSeconds(seconds)
}

/** What Node makes of a time (lib/internal/fs/utils.js, toUnixTimestamp; 20 to 26 alike): a number below zero is now, a Date before 1970 is itself. */
function secondsOf (value: unknown): number | undefined {
  // To libuv an infinite time is now, where one that is no number leaves a time as it is.
  if (typeof value === 'string' && !Number.isNaN(+value)) return Number.isFinite(+value) || !line.noTimeOmits ? +value : clock() / 1000
  if (typeof value === 'number' && Number.isFinite(value)) return value < 0 ? clock() / 1000 : value
  return types.isDate(value) ? Date.prototype.getTime.call(value) / 1000 : undefined
}

/** Seconds as a double to a Time, as libuv truncates them (src/unix/fs.c, `uv__fs_to_timespec`). */
function splitSeconds (seconds: number): Time {
  let whole = Math.trunc(seconds)
  let ns = Math.trunc((seconds - whole) * (1e9 / TIME_STEP)) * TIME_STEP
  if (ns < 0) {
    whole -= 1
    ns += 1e9
  }
  const ms = Math.floor(ns / 1e6)
  return { ms: whole * 1000 + ms, ns: ns - ms * 1e6 }
}

/** A length for truncation; negative counts as 0. */
export const length: Kind<number> = (value) =>
  value === undefined ? 0 : typeof value === 'number' && Number.isSafeInteger(value) ? Math.max(0, value) : ODD

/** Bytes to read a whole file into, or what gives them for the file's size. */
type Into = ArrayBufferView | ((size: number) => unknown)

/** How content is read: an encoding, or an object with encoding, flag, signal and buffer. */
export interface ReadOptions { encoding: BufferEncoding | undefined, flag: number, signal: AbortSignal | undefined, into: Into | undefined }

const NO_READ: ReadOptions = { encoding: undefined, flag: O_RDONLY, signal: undefined, into: undefined }
const UTF8_READ: ReadOptions = { ...NO_READ, encoding: 'utf8' }

/** The fields of options, which may be an encoding alone; to Node bytes are an object like any other, and a function is the callback, or nothing. */
const fieldsOf = (value: unknown, lenient: boolean): Record<string, unknown> =>
  isPlain(value) || (lenient && ArrayBuffer.isView(value)) ? value as Record<string, unknown> : lenient && typeof value === 'function' ? {} : { encoding: value }

const contentEncoding = (value: unknown, lenient: boolean): BufferEncoding | undefined | Odd =>
  isNil(value) || value === '' || (lenient && !value) ? undefined : typeof value === 'string' && (Buffer.isEncoding(value) || value === 'buffer') ? value as BufferEncoding : ODD

/** Whether a signal is none or still quiet: of any other Node has something to say, if it heeds them at all. */
export const isQuiet = (value: unknown): boolean => value === undefined || signal(value, false) !== ODD

/** A signal that is still quiet; an aborted one is Node's to answer, which the sync forms pass over, and whether null counts as none. */
const signal = (value: unknown, lenient: boolean): AbortSignal | undefined | Odd =>
  value === undefined ? undefined : value instanceof AbortSignal && (lenient || !value.aborted) ? value : lenient ? undefined : ODD

const isAborted = (value: unknown): value is AbortSignal => value instanceof AbortSignal && value.aborted

/** What Node has accepted although it is none, it has not looked at: what is open already is not opened. */
const unlessOpen = (value: number | Odd, fallback: number, lenient: boolean): number | Odd => value === ODD && lenient ? fallback : value

let bufferKnown: boolean | undefined

/** Whether whole reads of this Node have the option `buffer` (seen on 24.19 and later, 26.4 and later): then a wrong one is an error before the path is looked at. */
function hasBuffer (): boolean {
  if (bufferKnown === undefined) {
    try {
      native.readFileSync(NOWHERE, { buffer: 0 } as object)
    } catch (error) {
      bufferKnown = (error as { code?: unknown }).code === 'ERR_INVALID_ARG_TYPE'
    }
  }
  return bufferKnown === true
}

/** What is read into. A Node that lacks the option passes over it. */
const room = (value: unknown): Into | undefined | Odd =>
  value === undefined || !hasBuffer() ? undefined : ArrayBuffer.isView(value) || typeof value === 'function' ? value as Into : ODD

/** Options of a function that reads a whole file: nothing, an encoding, or an object. */
const readOptions: Kind<ReadOptions> = (value, lenient) => {
  if (isNil(value)) return NO_READ
  if (value === 'utf8' || value === 'utf-8') return UTF8_READ
  const given = fieldsOf(value, lenient)
  const encoding = contentEncoding(given.encoding, lenient)
  const flag = unlessOpen(flags(O_RDONLY)(given.flag, lenient), O_RDONLY, lenient)
  const quiet = signal(given.signal, lenient)
  const into = room(given.buffer)
  return encoding === ODD || flag === ODD || quiet === ODD || into === ODD ? ODD : { encoding, flag, signal: quiet, into }
}

/** How content is written. */
export interface WriteOptions { encoding: BufferEncoding, flag: number, mode: number, flush: boolean, signal: AbortSignal | undefined }

/** The same for one that writes a whole file; `fallback`: the flags of open(2) that it has by default. */
export const writeOptions = (fallback: number): Kind<WriteOptions> => {
  const plain: WriteOptions = { encoding: 'utf8', flag: fallback, mode: 0o666, flush: false, signal: undefined }
  return (value, lenient) => {
    if (isNil(value) || value === 'utf8') return plain
    const given = fieldsOf(value, lenient)
    const encoding = given.encoding === 'buffer' && !lenient ? ODD : contentEncoding(given.encoding, lenient)
    // Node asks `options.flag || 'w'`: 0, '' and false count as absent.
    const flag = unlessOpen(flags(fallback)(given.flag || undefined, lenient), fallback, lenient)
    const bits = unlessOpen(mode(0o666)(given.mode, lenient), 0o666, lenient)
    const quiet = signal(given.signal, lenient)
    const { flush = false } = given
    if (encoding === ODD || flag === ODD || bits === ODD || quiet === ODD || (typeof flush !== 'boolean' && flush !== null)) return ODD
    return { encoding: encoding ?? 'utf8', flag, mode: bits, flush: flush === true, signal: quiet }
  }
}

/** Data to be written whole: a string or a view of bytes. */
export const data: Kind<string | ArrayBufferView> = (value) => typeof value === 'string' || ArrayBuffer.isView(value) ? value as string : ODD

/** What gives data piece by piece. */
export interface Source { [Symbol.asyncIterator]?: () => AsyncIterator<unknown>, [Symbol.iterator]?: () => Iterator<unknown> }

/** Whether data is given by an iterable: what can be iterated and is neither text nor bytes. */
export const isPoured = (data: unknown): data is Source =>
  typeof data === 'object' && data !== null && !ArrayBuffer.isView(data) &&
  (typeof (data as Source)[Symbol.asyncIterator] === 'function' || typeof (data as Source)[Symbol.iterator] === 'function')

/** Bytes of a view, without a copy. */
export const bytesOf = (view: ArrayBufferView): Uint8Array =>
  view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

/** Bytes of data to be written. */
export const bytesToWrite = (value: string | ArrayBufferView, encoding: BufferEncoding): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value, encoding) : bytesOf(value)

/** A position in a file: null for the file's own. */
export const position: Kind<number | null> = (value, lenient) => {
  if (isNil(value) || value === -1 || value === -1n) return null
  if (typeof value === 'bigint') return value >= 0n && (lenient || value <= BigInt(Number.MAX_SAFE_INTEGER)) ? Number(value) : lenient ? null : ODD
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : lenient ? null : ODD
}

/** A position to write at: all that is no whole number from 0 on means the file's own (lib/fs.js, `write`; src/node_file.cc, `GetOffset`). */
export const writePosition: Kind<number | null> = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null

/** An array of views of bytes. */
export const views: Kind<readonly ArrayBufferView[]> = (value) => Array.isArray(value) && value.every((view) => ArrayBuffer.isView(view)) ? value as ArrayBufferView[] : ODD

/** A file descriptor. */
export const isFd = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0x7fffffff

/** Whether what names a file is open: a descriptor, or a FileHandle. */
export const isOpened = (file: unknown): boolean => isFd(file) || isFd((file as { fd?: unknown } | null | undefined)?.fd)

/** The arguments of a whole read; the flag of what is open already is looked at in the sync form alone. */
export const readerArgs = ([file, given]: readonly unknown[], lenient: boolean, form: Form): readonly unknown[] | undefined => {
  // A function in the place of options is none; Node cannot be asked, since it says something else of a descriptor that cannot exist.
  const how = typeof given === 'function' && form === 'callback' && isOpened(file) ? undefined : given
  const unlooked = form !== 'sync' && isOpened(file) && isPlain(how)
  // The callback form does not look at an open file's signal before it reads: one that has fired is no wrong argument, but is kept for later.
  const signal = unlooked && form === 'callback' && isAborted(how.signal) ? how.signal : undefined
  const options = readOptions(unlooked ? { encoding: how.encoding, signal: signal === undefined ? how.signal : undefined, buffer: how.buffer } : how, lenient)
  return options === ODD ? undefined : [file, signal === undefined ? options : { ...options, signal }]
}
