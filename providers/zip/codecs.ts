// What unpacks and packs, by the method's number; `node:zlib` is read in when the first archive is.
const zlib = (): typeof import('node:zlib') => require('node:zlib') as typeof import('node:zlib')

/** Numbers of methods (APPNOTE 4.4.5): the content as it is, and deflated. */
export const STORED = 0
export const DEFLATED = 8
/** Zstandard: its own number, and the one that it had first (APPNOTE 4.4.5). */
const ZSTD: readonly number[] = [93, 20]

/** More than this, for each byte, no deflated data can hold (a match of 258 bytes takes two bits), and some for its head. */
export const DEFLATE_RATIO = 1032

/** CRC-32, of what follows on what `before` is the sum of. */
export const crc32 = (bytes: Uint8Array, before = 0): number => zlib().crc32(bytes, before)

/** Whether the running Node can unpack a method. */
export const knows = (method: number): boolean => method === STORED || method === DEFLATED || (ZSTD.includes(method) && 'zstdDecompressSync' in zlib())

/** Pieces in which unpacked data are made: a lie about the size costs no more. */
const PIECE = 1024 * 1024

/** Unpacks `bytes`, which should become `size` bytes and never become more. Throws errors of zlib. */
export function unpack (bytes: Buffer, method: number, size: number): Buffer {
  const options = { maxOutputLength: Math.max(size, 1), chunkSize: Math.max(64, Math.min(size + 16, PIECE)) }
  return method === DEFLATED ? zlib().inflateRawSync(bytes, options) : zlib().zstdDecompressSync(bytes, options)
}

/** Packs bytes, if that makes them fewer. `loosely`: to no less than an eighth of them, by codes for single bytes alone. */
export function deflate (bytes: Uint8Array, loosely = false): Buffer | undefined {
  if (bytes.length < 16) return undefined
  const packed = zlib().deflateRawSync(bytes, loosely ? { strategy: zlib().constants.Z_HUFFMAN_ONLY } : {})
  return packed.length < bytes.length ? packed : undefined
}
