// Rows that read and write whole files, by path or by descriptor.
import { Buffer } from 'node:buffer'
import { StringDecoder } from 'node:string_decoder'
import { Errno, recast } from '../kernel/errors.ts'
import { Handle } from '../kernel/handles.ts'
import { live } from '../kernel/native.ts'
import { isDir, isFile } from '../kernel/provider.ts'
import { lazily } from '../kernel/late.ts'
import type { Volume } from '../kernel/volume.ts'
import { demand, likelyRoot, W_OK } from '../kernel/rights.ts'
import { bytesToWrite, copied, data, isFd, isOpened, isPoured, ODD, readerArgs, writeOptions, type ReadOptions, type WriteOptions } from './args.ts'
import { alone, content, demandBounded, isBounded, ownContent, readAll } from './content.ts'
import { line } from './nodelines.ts'
import { openNode, openPinned, opens } from './nodes.ts'
import { pour } from './pour.ts'
import { MISS, type Place, type Row } from './row.ts'

const intoBytes = lazily(() => require('./readinto.js') as typeof import('./readinto.ts'))
const flushing = lazily(() => require('./flush.js') as typeof import('./flush.ts'))

const { O_APPEND, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } = live.constants
const WRITE = O_WRONLY | O_CREAT | O_TRUNC
const APPENDING = O_WRONLY | O_CREAT | O_APPEND

type Options = Record<string, unknown>

/** Opens a place or takes an open file, and closes what was opened. */
function withOpen<T> (target: Place | Handle, given: number, bits: number, run: (handle: Handle) => T): T {
  if (!('dir' in target)) return run(target)
  const { volume, mode, pinned } = openPinned(target, given, bits)
  const handle = new Handle(volume, pinned, mode, given, -1)
  try {
    return run(handle)
  } finally {
    volume.close(handle.node)
  }
}

/** The node. Throws ERR_FS_FILE_TOO_LARGE if it is too large to be read as a whole, and `bounded`. */
function limited (volume: Volume, node: unknown, bounded: boolean): unknown {
  if (bounded) demandBounded(volume.getattr(node).size)
  return node
}

/** readFile, of a path or an open file. */
export const readFile: Row = {
  opening: true, looks: (given) => given === undefined || typeof given === 'string' || isUtf8(given),
  // Of what is open Node asks the size first; the callback form never tells of a signal there, and gives what it had read by then.
  aborts: ([file], form) => form !== 'callback' || !isFd(file), looksFirst: ([file, given]) => isOpened(file) ? (given as ReadOptions).signal : undefined,
  path: [0], fd: 0, args: readerArgs, takes: 2, handle: 'readFile', makes: 0, syscall: 'open', onFile: 'read',
  want: ([, given]) => [opens((given as ReadOptions).flag)],
  // Node's callback form loses the error of reading a descriptor (lib/internal/fs/read/context.js, 20 to 26).
  recover: (code, [file, given], form) => {
    if (form !== 'callback' || !isFd(file) || code.startsWith('ERR_')) return MISS
    return (given as ReadOptions).encoding === undefined ? Buffer.alloc(0) : ''
  },
  compose: (call, target, given: ReadOptions) => intoBytes().readInto(call, target, given),
  composed: ([, given]) => (given as ReadOptions).into !== undefined,
  run: (call, target: Place | Handle, { encoding: as, flag }: ReadOptions) => {
    const known = as === undefined || Buffer.isEncoding(as)
    // What is read in one step needs no open file.
    // The sync form decodes UTF-8 without a buffer of the whole (lib/fs.js, `readFileSync`).
    const bounded = (as !== 'utf8' && as !== 'utf-8') || call.form !== 'sync'
    const whole = known && 'dir' in target && flag === O_RDONLY && isFile(target.mode) && target.volume.io.view !== undefined
    const bytes = whole ? content(target.volume, limited(target.volume, openNode(target, flag, 0o666).node, bounded)) : withOpen(target, flag, 0o666, (handle) => {
      if (!known && call.form === 'promise' && (line.promiseDecodesFirst || !('dir' in target))) void new StringDecoder(as)   // throws
      try {
        if (isDir(handle.mode) && handle.readable) throw new Errno('EISDIR')
        if (bounded) demandBounded(handle.volume.getattr(handle.node).size)
        return readAll(handle, null)
      } catch (error) {
        throw recast(error, 'read', line.readNamesPath && call.form !== 'sync')
      }
    })
    if (as !== undefined) return bytes.toString(as)
    return call.form === 'sync' ? bytes : alone(bytes)
  },
  quick: (place, given) => {
    const { volume } = place.view
    if (!isFile(place.mode) || !likelyRoot() || !isBounded(volume.getattr(place.node).size)) return MISS
    if (given === undefined) return content(volume, place.node)
    if (given !== 'utf8' && given !== 'utf-8' && !isUtf8(given)) return MISS
    return volume.io.text !== undefined ? volume.io.text(place.node) : MISS
  },
  quickLater: (place, given, _, path) =>
    given === undefined && isFile(place.mode) && likelyRoot() && isBounded(place.view.volume.getattr(place.node).size)
      ? ownContent(place.view.volume, place.node)
      : readFile.quick!(place, given, undefined, path)
}

const isUtf8 = (given: unknown): boolean => {
  if (typeof given !== 'object' || given === null) return false
  const { encoding: as, flag, signal, buffer } = given as Options
  return (as === 'utf8' || as === 'utf-8') && flag === undefined && signal === undefined && buffer === undefined
}

/** Whether a text is written by C++ alone, which options without an encoding are not enough for (lib/fs.js, `writeFileSync`). */
const isUtf8Text = (given: unknown): boolean => {
  const { encoding: as, flush } = typeof given === 'object' && given !== null ? given as Options : { encoding: typeof given === 'function' ? 'utf8' : given ?? 'utf8' }
  return (as === 'utf8' || as === 'utf-8') && !flush
}

/** The arguments of a whole write; what an iterable gives is written by the promise form alone. */
const writerArgs = (fallback: number): Row['args'] => {
  const kind = writeOptions(fallback)
  return ([path, given, how], lenient, form) => {
    const options = kind(fallback === APPENDING ? copied(how) : how, lenient)
    return options === ODD || (data(given, lenient) === ODD && !(form === 'promise' && isPoured(given))) ? undefined : [path, given, options]
  }
}

/** Bytes that a FileHandle writes at once; between them it looks at the signal (lib/internal/fs/promises.js, `writeFileHandle`). */
const AT_ONCE = 512 * 1024

const comesInParts = (content: unknown): boolean => isPoured(content) || ((typeof content === 'string' || ArrayBuffer.isView(content)) && Buffer.byteLength(content as Uint8Array) > AT_ONCE)

const writer = (fallback: number): Row => ({
  path: [0], fd: 0, args: writerArgs(fallback), takes: 3, writes: true, makes: 0, syscall: 'open', onFile: 'write',
  aborts: ([file, content], form) => !isOpened(file) || (form === 'promise' && comesInParts(content)),
  scripted: ([, content, given]) => typeof content !== 'string' || !isUtf8Text(given),
  want: ([, , given]) => [opens((given as WriteOptions).flag)],
  compose: (call, target, content, given) => isPoured(content) ? pour(call, target, content, given) : flushing().writeAndFlush(call, target, content, given),
  composed: ([file, content, given]) => isPoured(content) || (given as WriteOptions).flush || (line.looksAfterOpening && !isFd(file) && (given as WriteOptions).signal !== undefined),
  run: (call, target: Place | Handle, content: string | ArrayBufferView, given: WriteOptions) => {
    const bytes = bytesToWrite(content, given.encoding)
    const { node, mode } = target
    if ('dir' in target && node === undefined && given.flag === WRITE && target.volume.io.replace !== undefined) {
      const made = openNode(target, WRITE, given.mode)
      return bytes.length > 0 ? target.volume.replace(made.node, bytes) : undefined
    }
    if ('dir' in target && node !== undefined && given.flag === WRITE && isFile(mode) && !target.trailing) {
      target.volume.demandWritable()
      demand(target.volume.getattr(node), W_OK)
      return target.volume.replace(node, bytes)
    }
    return withOpen(target, given.flag, given.mode, (handle) => writeAll(handle, bytes, call.form === 'callback' && (line.callbackWritesNothing || !('dir' in target))))
  }
})

function writeAll (handle: Handle, bytes: Uint8Array, asksAnyway: boolean): undefined {
  if (bytes.length > 0 || asksAnyway) handle.write(bytes, null)
  return undefined
}

/** Making an empty Buffer costs more than the rest of making an empty file. */
const NO_BYTES = Buffer.alloc(0)

/** writeFile, of a path or an open file. */
export const writeFile: Row = {
  ...writer(WRITE), handle: 'writeFile',
  quick: (place, content, given) => {
    if (given !== undefined || !isFile(place.mode) || !likelyRoot() || place.view.volume.io.atomic !== undefined) return MISS
    if (typeof content === 'string') return place.view.volume.replace(place.node, Buffer.from(content))
    return content instanceof Uint8Array ? place.view.volume.replace(place.node, content) : MISS
  },
  quickName: (place, content, given) => {
    if (given !== undefined || (place.node !== undefined && !isFile(place.mode))) return MISS
    const bytes = content === '' ? NO_BYTES : typeof content === 'string' ? Buffer.from(content) : content instanceof Uint8Array ? content : undefined
    if (bytes === undefined) return MISS
    const node = place.node ?? openNode(place, WRITE, 0o666).node
    if (place.node !== undefined || bytes.length > 0) place.volume.replace(node, bytes)
    return undefined
  }
}

/** appendFile, of a path or an open file. */
export const appendFile: Row = { ...writer(APPENDING), handle: 'appendFile' }
