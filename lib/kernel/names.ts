// Names are bytes. Inside, a name is a string: UTF-8 decoded, with every byte that is not UTF-8 kept as a lone
// surrogate U+DC80 to U+DCFF (strings that callers give are made well-formed first, so the two never meet).
// Here also stands the one path that is a name of nothing.
import { TextDecoder } from 'node:util' // the global one of Node 20 shows that it was looked at

/** Below a device nothing can exist on any disk, whatever the operation: ENOTDIR. Our own names of what is not on the disk stand there. */
export const NOWHERE = '/dev/null/fsmount'

/** Bytes that Linux takes of a name (limits.h), and of a path without the NUL behind it. */
export const MAX_NAME = 255
export const MAX_PATH = 4095

const ESCAPE = /[\uDC80-\uDCFF]/
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes to the inner form of a name or path. */
export function decodeName (bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    return decodeLossless(bytes)   // not UTF-8: the only reason for which a fatal decoder throws
  }
}

function decodeLossless (bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length;) {
    const size = sequence(bytes, i)
    if (size === 0) out += String.fromCharCode(0xDC00 + bytes[i++]!)
    else {
      out += strict.decode(bytes.subarray(i, i + size))
      i += size
    }
  }
  return out
}

/** Length of the well-formed UTF-8 sequence at `i`, 0 if there is none. */
function sequence (bytes: Uint8Array, i: number): number {
  const first = bytes[i]!
  const size = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0
  if (size <= 1) return size
  if (i + size > bytes.length) return 0
  try {
    strict.decode(bytes.subarray(i, i + size))
    return size
  } catch {
    return 0   // a sequence that a fatal decoder refuses is none
  }
}

/** The inner form of a name or path to its bytes. */
export function encodeName (name: string): Buffer {
  if (!ESCAPE.test(name) || name.isWellFormed()) return Buffer.from(name)
  const parts: Buffer[] = []
  let from = 0
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i)
    if (unit >= 0xD800 && unit < 0xDC00) { i++; continue }   // a pair: never escaped
    if (unit < 0xDC80 || unit > 0xDCFF) continue
    parts.push(Buffer.from(name.slice(from, i)), Buffer.of(unit - 0xDC00))
    from = i + 1
  }
  parts.push(Buffer.from(name.slice(from)))
  return Buffer.concat(parts)
}

/** A name or path as callers see it where text is wanted: what is not UTF-8 is replaced as decoders do it. */
export const shownName = (name: string): string => name.isWellFormed() ? name : encodeName(name).toString()

/** A name or path in the encoding that the caller asked for. */
export const encoded = (text: string, as: string): string | Buffer =>
  as === 'utf8' || as === 'utf-8' ? shownName(text) : as === 'buffer' ? encodeName(text) : encodeName(text).toString(as as BufferEncoding)

/** A path in the inner form, as it can be given to a function of fs. */
export const outer = (text: string): string | Buffer => text.isWellFormed() ? text : encodeName(text)

/** False for what no folder can hold; a damaged or hostile back end may say that it has it. */
export const isName = (name: unknown): name is string =>
  typeof name === 'string' && name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')

/** Number of bytes of a name. */
export const nameLength = (name: string): number =>
  name.length * 3 <= 255 ? name.length : ESCAPE.test(name) ? encodeName(name).length : Buffer.byteLength(name)

/** Order of names by their bytes, as strcmp(3) has it. */
export function compareNames (a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    return (x | y) < 0xD800 ? x - y : Buffer.compare(encodeName(a), encodeName(b))
  }
  return a.length - b.length
}
