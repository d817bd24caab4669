// What `open` and `openSync` of a provider give: an open file by its methods, as the providers of `node:vfs` give it (26.10).
import { promisify } from 'node:util'
import { fsError } from './kernel/errors.ts'
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
  readFileSync (options?: object | string | null): string | Buffer
  writeFileSync (data: string | NodeJS.ArrayBufferView, options?: object | string | null): void
  statSync (options?: object): import('node:fs').Stats
  truncateSync (length?: number | null): void
}

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

  /** Whole files are whole, wherever the last read or write ended (26.10): whether the file has to be emptied first. */
  #rewind (method: string): boolean {
    const file = handleOf(this.fd)
    if (this.#closed || file === undefined || (method !== 'readFile' && method !== 'writeFile')) return false
    file.position = 0
    return method === 'writeFile' && file.writable && !file.appends
  }

  static {
    for (const [name, row] of Object.entries(TABLE)) {
      const method = row?.handle
      if (method === undefined) continue
      const sync = `${name}Sync` as 'fstatSync'
      const value = function (this: VirtualFileHandle, ...args: unknown[]): unknown {
        if (this.#rewind(method)) this.#vfs.ftruncateSync(this.fd)
        return (this.#vfs[sync] as Callable)(this.#open, ...args)
      }
      const later = async function (this: VirtualFileHandle, ...args: unknown[]): Promise<unknown> {
        if (this.#rewind(method)) await promisify(this.#vfs.ftruncate)(this.fd)
        // `fs.readFile` of a descriptor passes this over (20 to 26); the FileHandle that this stands for does not.
        if (method === 'readFile' && handleOf(this.#open)?.readable === false) throw fsError('EBADF', 'read')
        return await (promisify(this.#vfs[name as 'fstat']) as Callable)(this.#open, ...args)
      }
      if (sync in live) Object.defineProperty(this.prototype, `${method}Sync`, { value, writable: true, configurable: true })
      Object.defineProperty(this.prototype, method, { value: later, writable: true, configurable: true })
    }
  }
}
