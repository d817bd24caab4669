// What another process is handed that words cannot say: a copy of it lies in a file without a name, which the process
// reads while this one, or the child that it is for, lives. Where the system has no such files, in a private folder.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { native } from '../kernel/native.ts'
import { scratchFolder } from '../kernel/scratch.ts'

/** A copy that waits to be collected. */
export interface Parcel {
  /** Where another process finds it. */
  readonly path: string
  /** Nobody will ask for it any more. Idempotent. */
  readonly drop: () => void
}

/** Lays a copy of a value down. Throws errors of `fs`, and DataCloneError for what has no copy. */
function lay (value: unknown): Parcel {
  const bytes = serialize(copied(value))
  const unnamed = process.platform === 'linux'
  const folder = unnamed ? scratchFolder() : native.mkdtempSync(join(scratchFolder(), 'fsmount-'))
  const path = join(folder, `fsmount-${randomUUID()}`)
  const fd = native.openSync(path, 'wx+', 0o600)
  if (unnamed) native.unlinkSync(path)
  const drop = (): void => {
    if (!laid.delete(drop)) return
    if (unnamed) native.closeSync(fd)
    else {
      native.unlinkSync(path)
      native.rmdirSync(folder)
    }
  }
  if (laid.size === 0 && !unnamed) process.once('exit', () => laid.forEach((one) => one()))
  laid.add(drop)
  for (let done = 0; done < bytes.length;) done += native.writeSync(fd, bytes, done)
  if (!unnamed) native.closeSync(fd)
  return { path: unnamed ? `/proc/${process.pid}/fd/${fd}` : path, drop }
}

const laid = new Set<() => void>()

/** What lies ready of a provider, and how many children it is for. */
const ready = new WeakMap<object, { readonly state: number, readonly parcel: Parcel, users: number }>()

/** The same copy for all who ask at a time, as long as its provider counts no change. */
export function layOnce (provider: { readonly state?: number }, value: () => unknown): Parcel {
  const { state } = provider
  if (state === undefined) return lay(value())
  let found = ready.get(provider)
  if (found?.state !== state || found.users === 0) ready.set(provider, found = { state, parcel: lay(value()), users: 0 })
  const used = found
  used.users++
  let dropped = false
  const drop = (): void => {
    if (!dropped && --used.users === 0) used.parcel.drop()
    dropped = true
  }
  return { path: used.parcel.path, drop }
}

/** The value that was laid down. Throws errors of `fs`. */
export function collect (path: string): unknown { return shared(deserialize(native.readFileSync(path))) }

/** Stands in the copy for memory that threads share. */
const SHARED = 'fsmount-shared'

/** Shared memory becomes bytes that can be copied. Lists hold none. */
function copied (value: unknown): unknown {
  if (value instanceof SharedArrayBuffer) return { [SHARED]: 'buffer', bytes: Buffer.from(value) }
  if (value instanceof Uint8Array && value.buffer instanceof SharedArrayBuffer) return { [SHARED]: 'view', bytes: Buffer.from(value) }
  return isPlain(value) ? mapped(value, copied) : value
}

/** The way back. */
function shared (value: unknown): unknown {
  if (!isPlain(value)) return value
  const { [SHARED]: kind, bytes } = value as { [SHARED]?: string, bytes: Uint8Array }
  if (kind === undefined) return mapped(value, shared)
  const view = new Uint8Array(new SharedArrayBuffer(bytes.length))
  view.set(bytes)
  return kind === 'view' ? view : view.buffer
}

const isPlain = (value: unknown): value is object => typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
const mapped = (value: object, change: (one: unknown) => unknown): object => Object.fromEntries(Object.entries(value).map(([name, one]) => [name, change(one)]))
