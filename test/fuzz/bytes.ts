// Arguments that are bytes: to be filled or to be written, as views of every type, over memory that is theirs alone or
// begins before them and goes on behind.
import { inspect } from 'node:util'
import { Value } from './values.ts'

const VIEWS = { Buffer, Uint8Array, DataView, Int8Array, Uint8ClampedArray, Uint16Array, Int32Array, Float64Array, BigInt64Array } as const

/** The type of a view; behind a + it begins, and ends, within its memory. */
export type View = keyof typeof VIEWS | `${keyof typeof VIEWS}+`

/** The types of views, as often as they are drawn. */
export const KINDS: ReadonlyArray<readonly [number, View]> = [
  [60, 'Buffer'], [16, 'Uint8Array'], [8, 'DataView'], [3, 'Buffer+'], [3, 'Uint8Array+'], [3, 'DataView+'], [1, 'Int8Array+'], [1, 'Uint8ClampedArray'],
  [2, 'Uint16Array'], [1, 'Uint16Array+'], [1, 'Int32Array'], [1, 'Float64Array+'], [1, 'BigInt64Array']
]

/** What stands in memory on either side of a view that does not begin there: as long as the longest element. */
export const MARGIN = 8

/** A view of as many of the bytes as its elements hold. */
export function view (kind: View, bytes: Uint8Array): NodeJS.ArrayBufferView {
  const name = kind.replace('+', '') as keyof typeof VIEWS
  const margin = kind === name ? 0 : MARGIN
  const memory = new Uint8Array(bytes.length + 2 * margin).fill(0x99)
  memory.set(bytes, margin)
  if (name === 'Buffer') return Buffer.from(memory.buffer, margin, bytes.length)
  const Class = VIEWS[name] as Uint8ArrayConstructor
  const size = 'BYTES_PER_ELEMENT' in Class ? Class.BYTES_PER_ELEMENT : 1
  return new Class(memory.buffer, margin, Math.floor(bytes.length / size))
}

/** A fresh buffer of `size` bytes 0xee, so that what a read leaves alone shows. */
export class Into extends Value {
  readonly size: number
  readonly kind: View
  constructor (size: number, kind: View = 'Buffer') {
    super()
    this.size = size
    this.kind = kind
  }

  make (): unknown {
    const bytes = Buffer.alloc(this.size, 0xee)
    return this.kind === 'Buffer' ? bytes : view(this.kind, bytes)
  }

  source (): string { return this.kind === 'Buffer' ? `Buffer.alloc(${this.size}, 0xee)` : `view('${this.kind}', Buffer.alloc(${this.size}, 0xee))` }
  override simpler (): readonly unknown[] { return this.kind === 'Buffer' ? [] : [new Into(this.size)] }
}

/** Data to be written: `size` bytes that differ by `seed`, as a string or bytes. */
export class Data extends Value {
  readonly size: number
  readonly seed: number
  readonly kind: 'string' | View
  constructor (size: number, seed: number, kind: Data['kind']) {
    super()
    this.size = size
    this.seed = seed
    this.kind = kind
  }

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
    return this.kind === 'Buffer' ? bytes : view(this.kind, bytes)
  }

  source (): string {
    const text = this.size > 40 ? `text(${this.size}, ${inspect(this.unit())})` : inspect(this.text())
    if (this.kind === 'string') return text
    const bytes = `Buffer.from(${text}, 'latin1')`
    return this.kind === 'Buffer' ? bytes : `view('${this.kind}', ${bytes})`
  }

  override simpler (): readonly unknown[] { return this.kind === 'string' || this.kind === 'Buffer' ? [] : [new Data(this.size, this.seed, 'Buffer')] }
}
