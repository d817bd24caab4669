// openAsBlob: a Blob of a file, readable as long as the file stays as it is. Node hands out no way to make one of its own
// over anything but a file of the disk, so this one holds what was in the file and looks at it again before each read.
import { Blob } from 'node:buffer'
import workers from 'node:worker_threads'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { codeOf } from '../kernel/errors.ts'
import { ODD, pathText } from './args.ts'
import { line } from './nodelines.ts'
import type { Call, Row, Step, Steps } from './row.ts'
import type { BigIntStats } from 'node:fs'

/** Throws or rejects when the file is not what it was. */
type Check = () => Promise<void>

const unreadable = (): Error => new DOMException('The blob could not be read', 'NotReadableError')

/** Where the content of a blob goes. */
interface Sink { readonly byobRequest: { respond (count: number): void } | null, enqueue (chunk: Uint8Array<ArrayBuffer>): void, close (): void }

/** Bytes that a stream gives at once (src/dataqueue, `FdEntry`). */
const CHUNK = 65536

/** A Blob of a whole file can be sent nowhere, as with Node; its slices can. Node 20 has no word for it: there the copy has what was in the file. */
function forbidCloning (blob: Blob): Blob {
  (workers as { markAsUncloneable?: (object: object) => void }).markAsUncloneable?.(blob)
  return blob
}

/** Of nothing there is nothing to be looked at. */
const unchecked: Check = async () => undefined

/** A Blob of the content of a file, readable as long as `check` finds the file as it was. */
class FileBlob extends Blob {
  readonly #type: string
  readonly #check: Check

  constructor (parts: (Blob | Uint8Array<ArrayBuffer>)[], type: string, check: Check) {
    super(parts, { type })   // for its clones
    this.#type = type
    this.#check = check
  }

  // As given: Node does not bring it into lower case here.
  override get type (): string { return this.#type }

  override async arrayBuffer (): Promise<ArrayBuffer> {
    await this.#check()
    return await super.arrayBuffer()
  }

  override async text (): Promise<string> {
    await this.#check()
    return await super.text()
  }

  override async bytes (): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer())
  }

  override slice (start?: number, end?: number, type = ''): Blob {
    const part = super.slice(start, end)
    return new FileBlob([part], new Blob([], { type }).type, part.size === 0 ? unchecked : this.#check)
  }

  override stream (): WebStream {
    const reader = super.stream().getReader()
    let rest = new Uint8Array()
    return new ReadableStream({
      type: 'bytes',
      pull: async (sink: Sink) => {
        await this.#check()
        if (rest.length === 0) rest = (await reader.read() as { value?: Uint8Array<ArrayBuffer> }).value ?? rest
        if (rest.length > 0) {
          sink.enqueue(rest.slice(0, CHUNK))
          rest = rest.subarray(CHUNK)
          return
        }
        sink.close()
        sink.byobRequest?.respond(0)
      },
      cancel: async (reason) => { await reader.cancel(reason) }
    })
  }
}
Object.defineProperty(FileBlob, 'name', { value: 'Blob' })

/** The file a Blob is made of. */
function * openBlob (call: Call, path: unknown, type: string): Steps<Blob> {
  const look: Step = ['stat', path, { bigint: true }]
  let before: BigIntStats
  try {
    before = yield look
  } catch (error) {
    if (line.blobNamesError || codeOf(error) === 'ERR_METHOD_NOT_IMPLEMENTED') throw error
    throw Object.assign(new TypeError('Unable to open file as blob'), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  let content: Buffer<ArrayBuffer> | undefined
  try {
    content = yield ['readFile', path]
  } catch {
    // What cannot be read is a blob as well; reading it fails.
  }
  const check = async (): Promise<void> => {
    const now = await (call.later(look) as Promise<BigIntStats>).catch(() => undefined)   // gone, or out of reach: not the same
    const same = content !== undefined && now !== undefined && now.ino === before.ino && now.size === before.size && now.mtimeNs === before.mtimeNs && now.ctimeNs === before.ctimeNs
    if (!same) throw unreadable()
  }
  return forbidCloning(new FileBlob(content === undefined ? [] : [content], type, check))
}

/** What openAsBlob takes and does. */
export const openAsBlob = {
  compose: openBlob,
  args: ([path, given = {}]) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined
    const type: unknown = (given as { type?: unknown }).type ?? ''
    const text = typeof path === 'string' || path instanceof Uint8Array ? path : pathText(path)
    return text === ODD || (typeof type !== 'string' && Boolean(type)) ? undefined : [text, typeof type === 'string' ? type : '']
  }
} satisfies Row
