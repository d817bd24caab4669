// FileHandle over virtual descriptors: derived from Node's own class, its methods from the rows that name one.
import { closeHandle, handleOf } from '../kernel/handles.ts'
import { fsError } from '../kernel/errors.ts'
import { native } from '../kernel/native.ts'
import { callPromise } from './forms.ts'
import { line } from './lines.ts'
import { TABLE } from './table.ts'
import type { Space } from './space.ts'
import type { FileHandle } from 'node:fs/promises'

type NativeClass = new (handle: undefined) => FileHandle

/** Rows that are methods, by the method's name. */
const methods = (): [string, string][] =>
  Object.entries(TABLE).flatMap(([name, row]) => row?.handle === undefined ? [] : [[row.handle, name]])

/** Our class: a FileHandle that knows its descriptor and the name space it was opened in. */
type OurClass = (new (fd: number, space: Space) => FileHandle) & { spaceOf (handle: FileHandle): Space }

let made: Promise<OurClass> | undefined

/** A FileHandle of an open virtual descriptor; `instanceof` Node's own class. */
export async function makeFileHandle (space: Space, fd: number): Promise<FileHandle> {
  made ??= makeClass()
  return new (await made)(fd, space)
}

async function makeClass (): Promise<OurClass> {
  // Node hands the class out in no other way than with a handle.
  const model = await native.promises.open(process.execPath)
  const Native = model.constructor as unknown as NativeClass
  await model.close()
  const Made = derive(Native)
  for (const [method, name] of methods()) {
    const theirs = Object.getOwnPropertyDescriptor(Native.prototype, method)
    if (theirs === undefined) continue
    const ours = function (this: FileHandle, ...args: unknown[]): Promise<unknown> {
      if (this.fd === -1) return Promise.reject(fileClosed(name))
      const [bytes] = args
      // This method alone answers a write of nothing by itself (lib/internal/fs/promises.js, `write`).
      if (name === 'write' && ArrayBuffer.isView(bytes) && bytes.byteLength === 0) return Promise.resolve({ bytesWritten: 0, buffer: bytes })
      return callPromise(Made.spaceOf(this), name, TABLE[name]!, [this.fd, ...(name === 'read' && line.handleReadsAnywhere ? wholePosition(args) : args)])
    }
    Object.defineProperties(ours, { name: { value: method }, length: { value: (theirs.value as Function).length } })
    Object.defineProperty(Made.prototype, method, { ...theirs, value: ours })
  }
  return Made
}

/** Arguments of a read in which a position that is no whole number from 0 on is the file's own. */
function wholePosition (args: unknown[]): unknown[] {
  const whole = (value: unknown): unknown => Number.isSafeInteger(value) && (value as number) >= 0 ? value : null
  return args.map((arg, at) => at === 3 ? whole(arg) : typeof arg === 'object' && arg !== null && 'position' in arg ? { ...arg, position: whole(arg.position) } : arg)
}

/** What Node says of a FileHandle that was closed (lib/internal/fs/promises.js, `fsCall`). */
const fileClosed = (name: string): Error =>
  Object.assign(new Error('file closed'), { code: 'EBADF', syscall: name === 'appendFile' ? 'writeFile' : name })

/** Node's class with the descriptor and closing replaced; streams made of it use its own methods. */
function derive (Native: NativeClass): OurClass {
  const Parent = Native as unknown as new (handle: undefined) => { emit (event: string): boolean }
  class VirtualFileHandle extends Parent {
    #fd: number
    readonly #space: Space
    #closing: Promise<void> | undefined

    static spaceOf (handle: VirtualFileHandle): Space { return handle.#space }

    constructor (fd: number, space: Space) {
      super(undefined)
      this.#fd = fd
      this.#space = space
      // Node's constructor sets `close` on the instance: ours has to stand there as well.
      Object.defineProperty(this, 'close', { value: () => this.#close(), writable: true, enumerable: true, configurable: true })
    }

    get fd (): number { return this.#fd }

    #close (): Promise<void> {
      if (this.#fd === -1) return this.#closing ?? Promise.resolve()
      const handle = handleOf(this.#fd)
      this.#fd = -1
      this.emit('close')
      this.#closing = new Promise((resolve, reject) => {
        setImmediate(() => {
          if (handle === undefined) {
            reject(fsError('EBADF', 'close'))
            return
          }
          closeHandle(handle)
          resolve()
        })
      })
      return this.#closing
    }
  }
  Object.defineProperty(VirtualFileHandle, 'name', { value: 'FileHandle' })
  return VirtualFileHandle as unknown as OurClass
}
