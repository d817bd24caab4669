// FileHandle over virtual descriptors: Node's own class over a core that stands in for its native part, so that closing,
// streams and events are Node's; what asks the system directly comes from the rows that name a method.
import { AsyncResource } from 'node:async_hooks'
import { devNull } from 'node:os'
import { markAsUntransferable } from 'node:worker_threads'
import { closeHandle, handleOf, type Handle } from '../../kernel/handles.ts'
import { fsError, nodeError } from '../../kernel/errors.ts'
import { inLaterTurn, native } from '../../kernel/native.ts'
import { callPromise } from './forms.ts'
import { shownPath } from './perform.ts'
import { line } from '../nodelines.ts'
import { TABLE } from '../table.ts'
import type { Space } from '../space.ts'
import type { FileHandle } from 'node:fs/promises'

type NativeClass = new (core: object) => FileHandle
type Method = (this: FileHandle, ...args: unknown[]) => unknown

/** The methods of an open file that are rows. */
export type RowMethods = Pick<FileHandle, 'appendFile' | 'chmod' | 'chown' | 'datasync' | 'read' | 'readFile' | 'readv' | 'stat' | 'sync' | 'truncate' | 'utimes' | 'write' | 'writeFile' | 'writev'>

/** Methods that Node has by another row: what is open already is written to where it stands, and `appendFile` of fs copies its options first. */
const OTHERS: Readonly<Record<string, string>> = { appendFile: 'writeFile' }

/** Rows that are methods, by the method's name. */
const methods = (): [string, string][] =>
  Object.entries(TABLE).flatMap(([name, row]) => row?.handle === undefined ? [] : [[row.handle, OTHERS[row.handle] ?? name]])

/** Our class: a FileHandle of an open file, in the name space it was opened in. */
type OurClass = new (file: Handle, space: Space, path: string) => FileHandle

let made: Promise<OurClass> | undefined

/** A FileHandle of an open virtual descriptor; `instanceof` Node's own class. `path`: what was opened, as it was given. */
export async function makeFileHandle (space: Space, fd: number, path: unknown): Promise<FileHandle> {
  const file = handleOf(fd)!
  const shown = line.leakThrows ? shownPath(path) : ''
  made ??= makeClass()
  return new (await made)(file, space, shown)
}

async function makeClass (): Promise<OurClass> {
  // Node hands the class out in no other way than with a handle.
  const opened = native.promises.open(devNull).catch((error: unknown) => native.promises.open(__filename).catch(() => { throw error }))
  const model = await opened
  const Native = model.constructor as unknown as NativeClass
  await model.close()
  const Made = derive(Native)
  for (const [method, name] of methods()) replaceMethod(Native, Made, method, busy(Native, method, name, (handle, core, args) => callRow(handle, core, name, args)))
  for (const method of STREAMING) replaceMethod(Native, Made, method, function () { throw nodeError(Error, 'ERR_METHOD_NOT_IMPLEMENTED', `${method}() is for files of the disk: one of a mount has createReadStream and createWriteStream`) })
  if (line.webStreamsOfSystem) replaceMethod(Native, Made, 'readableWebStream', plainWebStream(Native))
  return Made
}

/**
 * Methods that only `--experimental-stream-iter` brings (26.10), in a shape that Node may change with any release. They
 * give the number of the descriptor to the system, which might have it for another file: ours refuse.
 */
export const STREAMING = ['pull', 'pullSync', 'writer']

/** Puts a method in the place of one that Node's class has, under its name and length. */
function replaceMethod (Native: NativeClass, Made: OurClass, method: string, ours: Method): void {
  const theirs = Object.getOwnPropertyDescriptor(Native.prototype, method)
  if (theirs === undefined) return
  Object.defineProperties(ours, { name: { value: method }, length: { value: (theirs.value as Function).length } })
  Object.defineProperty(Made.prototype, method, { ...theirs, value: ours })
}

/** A method during which the file stays open: `close` waits for it. */
function busy (Native: NativeClass, method: string, name: string, run: (handle: FileHandle, core: Core, args: unknown[]) => Promise<unknown>): Method {
  const theirs = (Native.prototype as unknown as Record<string, Method | undefined>)[method]
  return async function (...args) {
    const core = cores.get(this)
    if (core === undefined && theirs !== undefined) return await theirs.apply(this, args)   // no handle of ours: Node's to serve, or to refuse
    if (this.fd === -1) throw fileClosed(name)
    core!.enter()
    try {
      return await run(this, core!, args)
    } finally {
      core!.leave()
    }
  }
}

/** What stands behind handles of ours. */
const cores = new WeakMap<FileHandle, Core>()

async function callRow (handle: FileHandle, { space }: Core, name: string, args: unknown[]): Promise<unknown> {
  const [bytes] = args
  const row = TABLE[name]!
  // This method alone answers a write of nothing by itself (lib/internal/fs/promises.js, `write`).
  if (name === 'write' && ArrayBuffer.isView(bytes) && bytes.byteLength === 0) return { __proto__: null, bytesWritten: 0, buffer: bytes }
  const file = handleOf(handle.fd)
  // The number was closed by itself.
  if (file === undefined || !space.admits(file)) throw fsError('EBADF', name === 'readFile' ? 'fstat' : row.onFile ?? row.syscall ?? name)
  return await callPromise(space, name, row, [handle.fd, ...(name === 'read' && line.handleReadsAnywhere ? wholePosition(args) : args)])
}

/** Arguments of a read in which a position that is no whole number from 0 on is the file's own. */
function wholePosition (args: unknown[]): unknown[] {
  const whole = (value: unknown): unknown => Number.isSafeInteger(value) && (value as number) >= 0 ? value : null
  return args.map((arg, at) => at === 3 ? whole(arg) : typeof arg === 'object' && arg !== null && 'position' in arg ? Object.create(arg, { position: { value: whole(arg.position) } }) : arg)
}

/** What Node says of a FileHandle that was closed (lib/internal/fs/promises.js, `fsCall`). */
const fileClosed = (name: string): Error =>
  Object.assign(new Error('file closed'), { code: 'EBADF', syscall: name })

/** What Node's class asks its native part for. */
class Core {
  readonly fd: number
  readonly space: Space
  readonly #file: Handle
  #resource: AsyncResource | undefined
  /** Methods that run, and what goes on when the last of them ends. */
  #running = 0
  #idle: (() => void) | undefined

  constructor (file: Handle, space: Space) {
    this.fd = file.fd
    this.space = space
    this.#file = file
  }

  /** The handle was closed, and methods that began before that still run. */
  get lingers (): boolean { return this.#idle !== undefined }

  enter (): void { this.#running++ }
  leave (): void { if (--this.#running === 0) this.#idle?.() }

  getAsyncId (): number { return (this.#resource ??= new AsyncResource('FILEHANDLE')).asyncId() }

  /** Closes the file now. */
  closeSync (): void {
    leaked?.unregister(this.#file)
    closeHandle(this.#file)
  }

  /** Closes the file in a later turn, behind what runs. Rejects with EBADF when its number was closed by itself. */
  async close (): Promise<void> {
    leaked?.unregister(this.#file)
    if (this.#running > 0) await new Promise<void>((resolve) => { this.#idle = resolve })
    this.#idle = undefined
    if (this.#file.open) await callPromise(this.space, 'close', TABLE.close!, [this.fd])
    else {
      await new Promise((resolve) => { inLaterTurn(resolve) })
      throw fsError('EBADF', 'close')
    }
  }
}

/** Closes files whose FileHandles were forgotten, and says so as Node does. */
let leaked: FinalizationRegistry<Opened> | undefined

/** An open file, and the path that errors show of it. */
interface Opened { readonly file: Handle, readonly path: string }

/** Node's class over a core of ours. */
function derive (Native: NativeClass): OurClass {
  leaked = new FinalizationRegistry(reportLeak)
  class VirtualFileHandle extends (Native as new (core: object) => object) {
    readonly #core: Core

    constructor (file: Handle, space: Space, path: string) {
      const core = new Core(file, space)
      super(core)
      this.#core = core
      const handle = this as unknown as FileHandle
      cores.set(handle, core)
      markAsUntransferable(handle)
      leaked!.register(this, { file, path }, file)
      const close = handle.close
      let closing: Promise<void> | undefined
      const named = { close: (): Promise<void> => (closing ??= close().finally(() => { closing = undefined })) }
      handle.close = named.close
    }

    /** Until the last method has ended, as Node has it. */
    get fd (): number { return this.#core.lingers ? this.#core.fd : Reflect.get(Native.prototype, 'fd', this) as number }
  }
  Object.defineProperty(VirtualFileHandle, 'name', { value: 'FileHandle' })
  return VirtualFileHandle as unknown as OurClass
}

let warned = false

/** A FileHandle is gone and its file was open (src/node_file.cc, `FileHandle::Close`). */
function reportLeak ({ file, path }: Opened): void {
  if (!file.open) return
  closeHandle(file)
  if (line.leakThrows) {
    throw Object.assign(new Error(`A FileHandle object was closed during garbage collection. This used to be allowed with a deprecation warning but is now considered an error. Please close FileHandle objects explicitly. File descriptor: ${file.fd} (${path})`), { code: 'ERR_INVALID_STATE' })
  }
  process.emitWarning(`Closing file descriptor ${file.fd} on garbage collection`)
  if (warned) return
  warned = true
  process.emitWarning('Closing a FileHandle object on garbage collection is deprecated. Please close FileHandle objects explicitly using FileHandle.prototype.close(). In the future, an error will be thrown if a file descriptor is closed during garbage collection.', 'DeprecationWarning', 'DEP0137')
}

/** A web stream of chunks that are ArrayBuffers, which Node 20 reads without asking the FileHandle. */
function plainWebStream (Native: NativeClass): Method {
  const theirs = (Native.prototype as FileHandle).readableWebStream as unknown as Method
  return function (options: unknown = {}) {
    const { type } = options as { type?: unknown }
    if (type === 'bytes' || (type !== undefined && typeof type !== 'string')) return theirs.call(this, options)
    const reader = (theirs.call(this, { type: 'bytes' }) as ReadableStream<Uint8Array<ArrayBuffer>>).getReader()
    return new ReadableStream({
      async pull (controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength))
      },
      cancel: async (reason) => { await reader.cancel(reason) }
    })
  }
}
