// Arguments of a step that mean something else on each side (a path below its root, an open descriptor, a buffer to be
// filled), and how each argument is made ready for a call and printed as source.
import { pathToFileURL } from 'node:url'
import type { FileHandle } from 'node:fs/promises'
import { inspect } from 'node:util'

/** A path below the root of a side; `how` is the type it is given as, `bytes` a Buffer of latin1 bytes (names that are not UTF-8). */
export class At {
  readonly path: string
  readonly how: 'string' | 'buffer' | 'url' | 'bytes'
  constructor (path: string, how: At['how'] = 'string') { this.path = path; this.how = how }
}

/** An open file: what the side keeps in its slot of this number. */
export class Slot {
  readonly number: number
  constructor (number: number) { this.number = number }
}

/** A fresh buffer of `size` bytes 0xee, so that what a read leaves alone shows. */
export class Into {
  readonly size: number
  readonly kind: 'Buffer' | 'Uint8Array' | 'DataView'
  constructor (size: number, kind: Into['kind'] = 'Buffer') { this.size = size; this.kind = kind }
}

/** Data to be written: `size` bytes that differ by `seed`, as a string or bytes. */
export class Data {
  readonly size: number
  readonly seed: number
  readonly kind: 'string' | 'Buffer' | 'Uint8Array' | 'DataView'
  constructor (size: number, seed: number, kind: Data['kind']) { this.size = size; this.seed = seed; this.kind = kind }

  /** What the text repeats. */
  unit (): string { return `${this.seed.toString(36)}é`.padEnd(7, '.') }

  text (): string {
    if (this.size === 0) return ''
    const unit = this.unit()
    return unit.repeat(Math.ceil(this.size / unit.length)).slice(0, this.size)
  }

  make (): unknown {
    if (this.kind === 'string') return this.text()
    const bytes = Buffer.from(this.text(), 'latin1')
    if (this.kind === 'Buffer') return bytes
    return this.kind === 'DataView' ? new DataView(bytes.buffer, bytes.byteOffset, bytes.length) : new Uint8Array(bytes)
  }
}

/** What a slot holds: a number, or a FileHandle (that may be closed already). */
export type Open = number | FileHandle

/** The root of a side and its open files: all that an argument's meaning hangs on. */
export interface Ground { readonly root: string, readonly slots: Array<Open | undefined> }

/** The value to call with, on a side; `raw` leaves a FileHandle in a slot as it is instead of taking its number. */
export function materialise (value: unknown, ground: Ground, raw: boolean): unknown {
  if (value instanceof At) {
    const full = ground.root + value.path
    if (value.how === 'string') return full
    return value.how === 'url' ? pathToFileURL(full) : Buffer.from(full, value.how === 'bytes' ? 'latin1' : 'utf8')
  }
  if (value instanceof Slot) {
    const open = ground.slots[value.number]
    return raw || typeof open !== 'object' ? open : open.fd
  }
  if (value instanceof Into) {
    const bytes = Buffer.alloc(value.size, 0xee)
    if (value.kind === 'Buffer') return bytes
    return value.kind === 'DataView' ? new DataView(bytes.buffer, bytes.byteOffset, value.size) : new Uint8Array(bytes)
  }
  if (value instanceof Data) return value.make()
  if (Array.isArray(value)) return value.map((each) => materialise(each, ground, raw))
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, materialise(each, ground, raw)]))
  }
  return value
}

/** The argument as source, in a program that has `root` and `open`. */
export function source (value: unknown, raw: boolean): string {
  if (value instanceof At) {
    const text = inspect(value.path).slice(1, -1)
    const full = value.path.includes('`') || value.path.includes('$') ? `root + ${inspect(value.path)}` : `\`\${root}${text}\``
    if (value.how === 'string') return full
    return value.how === 'url' ? `pathToFileURL(${full})` : `Buffer.from(${full}, '${value.how === 'bytes' ? 'latin1' : 'utf8'}')`
  }
  if (value instanceof Slot) return raw ? `open[${value.number}]` : `fd(open[${value.number}])`
  if (value instanceof Into) {
    if (value.kind === 'Buffer') return `Buffer.alloc(${value.size}, 0xee)`
    return value.kind === 'DataView' ? `new DataView(new ArrayBuffer(${value.size}))` : `new Uint8Array(${value.size}).fill(0xee)`
  }
  if (value instanceof Data) {
    const text = value.size > 40 ? `text(${value.size}, ${inspect(value.unit())})` : inspect(value.text())
    if (value.kind === 'string') return text
    const bytes = `Buffer.from(${text}, 'latin1')`
    if (value.kind === 'Buffer') return bytes
    return value.kind === 'DataView' ? `new DataView(Uint8Array.from(${bytes}).buffer)` : `Uint8Array.from(${bytes})`
  }
  if (value instanceof Date) return `new Date(${value.getTime()})`
  if (Array.isArray(value)) return `[${value.map((each) => source(each, raw)).join(', ')}]`
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const fields = Object.entries(value).map(([key, each]) => `${key}: ${source(each, raw)}`)
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
  }
  return inspect(value)
}
