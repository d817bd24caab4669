// What came out of a step in a form that can be compared between two sides: roots are taken off paths, what real file
// systems do not agree on is left out, times of the clock are told from times set by a call.
import { Buffer } from 'node:buffer'

/** Turns results of one side into plain values. */
export interface Reader {
  /** The plain value of a result or error; `given` are the arguments of the call, which results may repeat. */
  plain (value: unknown, given: readonly unknown[]): unknown
  /** Takes root and base off a text. */
  text (text: string): string
}

/** A time as it is compared: exact if a call set it, 'now' if the clock did since `since` (milliseconds). */
export function instant (ns: bigint, since: number): string {
  return ns > BigInt(since - 60_000) * 1_000_000n && ns < BigInt(since + 3_600_000) * 1_000_000n ? 'now' : String(ns)
}

const TIMES = ['atime', 'mtime', 'ctime', 'birthtime'] as const

interface AnyStats { mode: number | bigint, [field: string]: unknown }

function stats (found: AnyStats, since: number, coarse: boolean): unknown {
  const type = Number(found.mode) & 0o170000
  const plain: Record<string, unknown> = {
    class: classes(found), mode: found.mode, nlink: found.nlink, uid: found.uid, gid: found.gid, rdev: found.rdev, keys: keys(found)
  }
  // Sizes of folders differ by file system; an absolute link's size holds the length of the root.
  if (type === 0o100000) plain.size = found.size
  for (const name of TIMES) {
    if (name === 'birthtime' || (coarse && name === 'atime')) continue
    const ms = found[`${name}Ms`]
    const text = instant(typeof ms === 'bigint' ? found[`${name}Ns`] as bigint : BigInt(Math.trunc((ms as number) * 1e3)) * 1000n, since)
    plain[name] = text === 'now' ? text : typeof ms === 'bigint' ? `${text} ${String(ms)}` : ms
    const date = found[name]
    if (!(date instanceof Date)) plain[`${name}Date`] = typeof date
    else if (text !== 'now') plain[`${name}Date`] = date.getTime()
  }
  return plain
}

/** Own names in their order. What an object of Node's keeps to itself under a symbol is nobody's affair, and a stack names files. */
const keys = (value: object): string => Object.getOwnPropertyNames(value).filter((name) => name !== 'stack').join()

/** The classes of a value. Node 20 puts one without a name of its own between some errors and Error. */
function classes (value: object): string {
  const names: string[] = []
  for (let at = Object.getPrototypeOf(value) as object | null; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const { name } = at.constructor
    if (name !== names.at(-1)) names.push(name)
  }
  return names.join(' ')
}

/** A reader for the side whose tree lies at `root` below `base`, for a sequence begun at `since` (milliseconds); `coarse` leaves out access times. */
export function reader (base: string, root: string, since: number, coarse: boolean): Reader {
  const head = Buffer.from(`${base}/p`)
  // Node shows bytes in place of a text as their numbers.
  const numbers = Array.from(Buffer.from(root)).join()
  const text = (value: string): string => {
    if (value.includes(root)) value = value.replaceAll(root, '~')
    if (value.includes(numbers)) value = value.replaceAll(numbers, '~')
    if (base !== '' && value.includes(base)) value = value.replaceAll(base, '')
    // Where a path stands in another's place, Node shows its first characters, which are the root's where that is long enough.
    return value.replace(/ Received type string \('[/~].*'\)$/, ' Received a path')
  }

  function error (found: Error & Record<string, unknown>, given: readonly unknown[]): unknown {
    const fields: Record<string, unknown> = { class: classes(found), name: found.name, message: text(found.message), keys: keys(found), shown: Object.keys(found).join(), head: text(String(found.stack).split('\n    at ')[0]!) }
    for (const field of Object.getOwnPropertyNames(found)) if (field !== 'stack' && field !== 'message') fields[field] = plain(found[field], given)
    if (found.syscall === 'mkdtemp') {
      // A failed mkdtemp may name the random name that it tried.
      fields.message = (fields.message as string).replace(/.{6}'$/, "'")
      fields.head = (fields.head as string).replace(/.{6}'$/, "'")
      fields.path = String(fields.path).slice(0, -6)
    }
    return fields
  }

  function plain (value: unknown, given: readonly unknown[]): unknown {
    if (typeof value === 'string') return text(value)
    if (typeof value !== 'object' || value === null) return value
    const at = given.indexOf(value)
    if (at >= 0) return `<argument ${at}>`
    if (ArrayBuffer.isView(value)) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      if (bytes[0] === 47 && bytes.indexOf(head) === 0) return Buffer.from(text(bytes.toString('latin1')), 'latin1')
      return value instanceof Buffer ? bytes : { class: value.constructor.name, bytes }
    }
    if (Array.isArray(value)) return value.map((each) => plain(each, given))
    if (value instanceof Error) return error(value as never, given)
    if ('nlink' in value) return stats(value as never, since, coarse)
    if ('isDirectory' in value) return entry(value as never, given)
    if (value instanceof URL) return text(value.href)
    const fields: Record<string, unknown> = { '<class>': classes(value), '<keys>': keys(value) }
    for (const key of Object.keys(value)) fields[key] = plain((value as Record<string, unknown>)[key], given)
    return fields
  }

  function entry (found: Record<string, () => boolean>, given: readonly unknown[]): unknown {
    const type = found.isDirectory!() ? 'dir' : found.isFile!() ? 'file' : found.isSymbolicLink!() ? 'link' : 'other'
    return { class: classes(found), keys: keys(found), name: plain(found.name, given), parentPath: plain(found.parentPath, given), type }
  }

  return { plain, text }
}

/** Where two plain values differ first, as a path of keys with both values; undefined when they are equal. */
export function differ (a: unknown, b: unknown, at = ''): { at: string, expected: unknown, got: unknown } | undefined {
  if (Object.is(a, b)) return undefined
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0 ? undefined : { at, expected: a, got: b }
    if (Array.isArray(a) === Array.isArray(b)) {
      const left = a as Record<string, unknown>
      const right = b as Record<string, unknown>
      if (Array.isArray(a) && a.length !== (b as unknown[]).length) return { at: `${at}.length`, expected: a, got: b }
      for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
        const found = differ(left[key], right[key], `${at}.${key}`)
        if (found !== undefined) return found
      }
      return undefined
    }
  }
  return { at, expected: a, got: b }
}
