// What `open` and `openSync` of a provider give: an open file by its methods, as the providers of `node:vfs` give it (26.10).
import { promisify } from 'node:util'
import { handleOf, NO_FD } from './kernel/handles.ts'
import { live } from './kernel/native.ts'
import { TABLE } from './ops/table.ts'
import type { RowMethods } from './ops/calls/filehandle.ts'
import type { VirtualFileSystem } from './vfs.ts'

type Callable = (...args: unknown[]) => unknown

/** The methods of an open file, at once and with promises: those of FileHandle, of `fs` without the descriptor. */
export interface VirtualFileHandle extends RowMethods {
  readSync (buffer: NodeJS.ArrayBufferView, offset?: number, length?: number, position?: number | bigint | null): number
  writeSync (buffer: NodeJS.ArrayBufferView | string, offset?: number | null, length?: number | string | null, position?: number | null): number
  writeFileSync (data: string | NodeJS.ArrayBufferView, options?: object | string | null): void
  statSync (options?: object): import('node:fs').Stats
  truncateSync (length?: number | null): void
}

type ReadOptions = { encoding?: string | null } | string | null

/** What is read of a file, piece by piece, until nothing more comes. */
class Pieces {
  readonly #pieces: Buffer[] = []
  /** How much there is, in bytes. */
  length = 0
  /** Where the next piece is read to. */
  next: Buffer

  constructor (size: number) { this.next = Buffer.allocUnsafe(size + 1) }

  /** Whether there may be more, after so many bytes came. */
  add (count: number): boolean {
    if (count === 0) return false
    this.#pieces.push(this.next.subarray(0, count))
    this.length += count
    this.next = Buffer.allocUnsafe(CHUNK)
    return true
  }

  give (options?: ReadOptions): string | Buffer {
    const bytes = Buffer.concat(this.#pieces, this.length)
    const encoding = typeof options === 'string' ? options : options?.encoding
    return encoding === undefined || encoding === null || encoding === 'buffer' ? bytes : bytes.toString(encoding as BufferEncoding)
  }
}

const CHUNK = 65536

/** What takes content also in pieces, as a FileHandle does. */
const WHOLE = ['writeFile', 'appendFile']

const isMany = (data: unknown): data is AsyncIterable<unknown> =>
  typeof data === 'object' && data !== null && !ArrayBuffer.isView(data) && (Symbol.asyncIterator in data || Symbol.iterator in data)

/** An open file of a provider. Calls on a closed one throw EBADF. */
export class VirtualFileHandle {
  readonly #vfs: VirtualFileSystem
  /** Its virtual descriptor. */
  readonly fd: number
  /** The path, flags and mode that it was opened with. */
  readonly path: string
  readonly flags: string | number
  readonly mode: number
  #closed = false

  constructor (vfs: VirtualFileSystem, fd: number, path: string, flags: string | number = 'r', mode = 0o644) {
    this.#vfs = vfs
    this.fd = fd
    this.path = path
    this.flags = flags
    this.mode = mode
  }

  get closed (): boolean { return this.#closed }

  /** Where the next read or write without a position of its own happens, in bytes. */
  get position (): number { return handleOf(this.fd)?.position ?? 0 }
  set position (value: number) {
    const file = handleOf(this.fd)
    if (file !== undefined && !this.#closed) file.position = value
  }

  /** Closes it, once: after that this does nothing, as with a FileHandle. */
  closeSync (): void {
    if (!this.#closed) this.#vfs.closeSync(this.#end())
  }

  /** The same. */
  async close (): Promise<void> {
    if (!this.#closed) await promisify(this.#vfs.close)(this.#end())
  }

  /** The descriptor for the last time: its number may be another file's before the closing is told of. */
  #end (): number {
    const fd = this.#open
    this.#closed = true
    return fd
  }

  [Symbol.dispose] (): void { this.closeSync() }
  async [Symbol.asyncDispose] (): Promise<void> { await this.close() }

  /** The descriptor, or one that nobody has: numbers are given out again. */
  get #open (): number { return this.#closed ? NO_FD : this.fd }

  /** All of it, wherever the last read or write ended, and the next one still begins (26.10). */
  readFileSync (options?: ReadOptions): string | Buffer {
    const { size } = this.statSync()
    const pieces = new Pieces(size)
    while (pieces.add(this.readSync(pieces.next, 0, pieces.next.length, pieces.length))) continue
    return pieces.give(options)
  }

  /** The same. */
  async readFile (options?: ReadOptions): Promise<never> {
    const { size } = await this.stat()
    const pieces = new Pieces(size)
    while (pieces.add((await this.read(pieces.next, 0, pieces.next.length, pieces.length)).bytesRead)) continue
    return pieces.give(options) as never
  }

  static {
    for (const [name, row] of Object.entries(TABLE)) {
      const method = row?.handle
      if (method === undefined || Object.hasOwn(this.prototype, method)) continue
      const sync = `${name}Sync` as 'fstatSync'
      const value = function (this: VirtualFileHandle, ...args: unknown[]): unknown {
        return (this.#vfs[sync] as Callable)(this.#open, ...args)
      }
      const later = async function (this: VirtualFileHandle, ...args: unknown[]): Promise<unknown> {
        if (WHOLE.includes(method) && isMany(args[0])) {
          const [many, options] = args
          await later.call(this, '', options)   // what is wrong with the options is said before anything is taken
          for await (const piece of many) await later.call(this, piece, options)
          return
        }
        return await (promisify(this.#vfs[name as 'fstat']) as Callable)(this.#open, ...args)
      }
      if (sync in live) Object.defineProperty(this.prototype, `${method}Sync`, { value, writable: true, configurable: true })
      Object.defineProperty(this.prototype, method, { value: later, writable: true, configurable: true })
    }
  }
}
