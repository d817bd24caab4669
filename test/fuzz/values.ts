// Arguments of a step that mean something else on each side (a path below its root, an open descriptor, a buffer to be
// filled), and how each argument is made ready for a call and printed as source.
import { pathToFileURL } from 'node:url'
import type { FileHandle } from 'node:fs/promises'
import { inspect } from 'node:util'

/** What a slot holds: a number, or a FileHandle (that may be closed already). */
export type Open = number | FileHandle

/** The root of a side and its open files: all that an argument's meaning hangs on. */
export interface Ground {
  readonly root: string
  readonly slots: Array<Open | undefined>
  /** The FileHandle that was closed last. */
  readonly shut: FileHandle | undefined
  /** A descriptor that was open a moment ago. */
  closed (): number
  /** What is to happen as soon as the call has returned. */
  readonly soon: Array<() => void>
}

/** An argument that is made anew for each call. */
export abstract class Value {
  /** The value to call with; `raw` leaves a FileHandle as it is instead of taking its number. */
  abstract make (ground: Ground, raw: boolean): unknown
  /** Its source, in a program that has `root` and `open`. */
  abstract source (raw: boolean): string
  /** What may stand in its place in a simpler step. */
  simpler (): readonly unknown[] { return [] }
}

/** The types that a path is given as: how each is made of its text. What is no good as a path is told by its error. */
const HOWS = {
  string: [(path: string): unknown => path, (text: string) => text],
  buffer: [(path: string) => Buffer.from(path), (text: string) => `Buffer.from(${text})`],
  /** Latin1, for names that are not UTF-8. */
  bytes: [(path: string) => Buffer.from(path, 'latin1'), (text: string) => `Buffer.from(${text}, 'latin1')`],
  array: [(path: string) => new Uint8Array(Buffer.from(path)), (text: string) => `new Uint8Array(Buffer.from(${text}))`],
  url: [(path: string) => pathToFileURL(path), (text: string) => `pathToFileURL(${text})`],
  query: [(path: string) => new URL('?query#hash', pathToFileURL(path)), (text: string) => `new URL('?query#hash', pathToFileURL(${text}))`],
  host: [(path: string) => new URL(pathToFileURL(path).pathname, 'file://host'), (text: string) => `new URL(pathToFileURL(${text}).pathname, 'file://host')`],
  slash: [(path: string) => new URL(`${pathToFileURL(path).href}%2Fx`), (text: string) => `new URL(pathToFileURL(${text}).href + '%2Fx')`],
  object: [(path: string) => new String(path), (text: string) => `new String(${text})`],
  words: [() => new Uint16Array(4), () => 'new Uint16Array(4)']
} as const

/** A path below the root of a side; `how` is the type it is given as. */
export class At extends Value {
  readonly path: string
  readonly how: keyof typeof HOWS
  constructor (path: string, how: At['how'] = 'string') {
    super()
    this.path = path
    this.how = how
  }

  make ({ root }: Ground): unknown { return HOWS[this.how][0](root + this.path) }

  source (): string {
    const text = inspect(this.path).slice(1, -1)
    return HOWS[this.how][1](this.path.includes('`') || this.path.includes('$') ? `root + ${inspect(this.path)}` : `\`\${root}${text}\``)
  }

  override simpler (): readonly unknown[] { return this.how === 'string' || this.how === 'bytes' ? [] : [new At(this.path)] }
}

/** An open file: what the side keeps in its slot of this number. */
export class Slot extends Value {
  readonly number: number
  constructor (number: number) {
    super()
    this.number = number
  }

  make ({ slots }: Ground, raw: boolean): unknown {
    const open = slots[this.number]
    return raw || typeof open !== 'object' ? open : open.fd
  }

  source (raw: boolean): string { return raw ? `open[${this.number}]` : `fd(open[${this.number}])` }
}

/** A closed file: the FileHandle closed last, or a number that is none any more. */
export class Shut extends Value {
  make (ground: Ground, raw: boolean): unknown { return raw ? ground.shut : ground.closed() }
  source (raw: boolean): string { return raw ? 'shut' : 'closed()' }
}

/** Objects that hold arguments, and are none of a class. */
export const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** The value to call with, on a side; `raw` leaves a FileHandle in a slot as it is instead of taking its number. */
export function materialise (value: unknown, ground: Ground, raw: boolean): unknown {
  if (value instanceof Value) return value.make(ground, raw)
  if (Array.isArray(value)) return value.map((each) => materialise(each, ground, raw))
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, materialise(each, ground, raw)]))
  return value
}

/** The argument as source, in a program that has `root` and `open`. */
export function source (value: unknown, raw: boolean): string {
  if (value instanceof Value) return value.source(raw)
  if (value instanceof Date) return `new Date(${value.getTime()})`
  if (Array.isArray(value)) return `[${value.map((each) => source(each, raw)).join(', ')}]`
  if (isPlain(value)) {
    const fields = Object.entries(value).map(([key, each]) => `${key}: ${source(each, raw)}`)
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
  }
  return inspect(value)
}
