// Contents of files, in chunks of one size: read in one statement, so that nobody sees half of another process's
// write, and written chunk by chunk, so that no file is ever in memory whole.
import { Errno } from '../../lib/kernel/errors.ts'
import type { Command, Connection, Query } from './connection.ts'

/** Reads of more chunks than this take them one after the other. */
const MANY = 8
/** Bytes of the longest hole that is taken for one. */
const HOLE = 0x40000000

/** The contents of files in one database. */
export class Chunks {
  readonly #size: number
  readonly #part: Query
  readonly #range: Query
  readonly #whole: Query
  readonly #one: Query
  readonly #last: Query
  readonly #insert: Command
  readonly #put: Command
  readonly #zeros: Command
  readonly #cut: Command
  readonly #drop: Command
  readonly #dropAll: Command
  readonly #room: () => number

  /** `room`: how many bytes can still be stored. */
  constructor (connection: Connection, size: number, room: () => number) {
    this.#size = size
    this.#room = room
    this.#part = connection.query('SELECT substr(CAST(data AS BLOB), ?, ?) FROM fs_data WHERE ino = ? AND chunk_index = ?')
    this.#range = connection.query(`SELECT i.size, d.chunk_index, CAST(d.data AS BLOB) FROM fs_inode i
      LEFT JOIN fs_data d ON d.ino = i.ino AND d.chunk_index BETWEEN ? AND ? WHERE i.ino = ?`)
    this.#whole = connection.query('SELECT i.size, d.chunk_index, CAST(d.data AS BLOB) FROM fs_inode i LEFT JOIN fs_data d ON d.ino = i.ino WHERE i.ino = ?')
    this.#one = connection.query('SELECT CAST(data AS BLOB) FROM fs_data WHERE ino = ? AND chunk_index = ?')
    this.#last = connection.query('SELECT max(chunk_index) FROM fs_data WHERE ino = ?')
    this.#insert = connection.command('INSERT INTO fs_data (ino, chunk_index, data) VALUES (?, ?, ?)')
    this.#put = connection.command('INSERT INTO fs_data (ino, chunk_index, data) VALUES (?, ?, ?) ON CONFLICT (ino, chunk_index) DO UPDATE SET data = excluded.data')
    this.#zeros = connection.command(`WITH RECURSIVE n(i) AS (SELECT CAST(? AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT OR REPLACE INTO fs_data (ino, chunk_index, data) SELECT ?, i, zeroblob(?) FROM n`)
    this.#cut = connection.command('UPDATE fs_data SET data = substr(data, 1, ?) WHERE ino = ? AND chunk_index = ?')
    this.#drop = connection.command('DELETE FROM fs_data WHERE ino = ? AND chunk_index >= ?')
    this.#dropAll = connection.command('DELETE FROM fs_data WHERE ino = ?')
  }

  read (ino: number, buffer: Uint8Array, position: number): number {
    const { length } = buffer
    if (length === 0) return 0
    const size = this.#size
    const first = Math.floor(position / size)
    const last = Math.floor((position + length - 1) / size)
    if (first === last) {
      const data = this.#part.get(position - first * size + 1, length, ino, first)?.[0] as Uint8Array | undefined
      if (data?.length === length) {
        buffer.set(data)
        return length
      }
    }
    return this.#gather(ino, buffer, position, first, last)
  }

  /** The general way; other tools leave holes and short chunks, which read as zeros. */
  #gather (ino: number, buffer: Uint8Array, position: number, first: number, last: number): number {
    let end = -1      // of the file, as seen from the start of the buffer
    let filled = 0
    const rows = last - first > MANY ? this.#range.iterate(first, last, ino) : this.#range.all(first, last, ino)
    for (const [fileSize, index, data] of rows as Iterable<[number, number | null, Uint8Array]>) {
      if (end === -1) end = Math.max(0, Math.min(buffer.length, fileSize - position))
      if (index === null) break
      const at = index * this.#size - position
      const from = Math.max(0, -at)
      const to = Math.min(data.length, end - at)
      if (to <= from) continue
      if (at + from > filled) buffer.fill(0, filled, at + from)
      buffer.set(from === 0 && to === data.length ? data : data.subarray(from, to), at + from)
      filled = at + to
    }
    if (end === -1) throw new Errno('EIO')   // a program that knows nothing of open files has removed it
    if (filled === 0 && end > 0) this.#believe(ino, position)
    if (filled < end) buffer.fill(0, filled, end)
    return end
  }

  /** Other tools leave holes at the end of a file, but not of gigabytes: that is a damaged size, and reading on would never end. */
  #believe (ino: number, position: number): void {
    const last = Number(this.#last.get(ino)?.[0] ?? -1)
    if (position > (last + 1) * this.#size + HOLE) throw new Errno('EIO')
  }

  /** The whole content in one piece. */
  view (ino: number): Uint8Array {
    const row = this.#whole.get(ino)
    if (row === undefined) throw new Errno('ENOENT')
    const only = row[2] as Uint8Array | null
    if (row[0] === (only?.length ?? 0) && (only === null || row[1] === 0)) return only ?? new Uint8Array(0)
    this.#believe(ino, row[0] as number)
    let out: Buffer | undefined
    let filled = 0
    for (const [size, index, data] of this.#whole.iterate(ino) as Iterable<[number, number | null, Uint8Array]>) {
      out ??= allocate(Math.max(0, size))
      if (index === null) break
      const at = index * this.#size
      if (at < 0) continue   // of a damaged file; it lies nowhere
      if (at >= out.length) break
      if (at > filled) out.fill(0, filled, at)
      out.set(at + data.length > out.length ? data.subarray(0, out.length - at) : data, at)
      filled = Math.min(out.length, at + data.length)
    }
    if (out === undefined) throw new Errno('ENOENT')
    return filled < out.length ? out.fill(0, filled) : out
  }

  /** Sets the whole content; `size` is what it was. */
  replace (ino: number, bytes: Uint8Array, size: number): void {
    if (size > 0) this.#dropAll.run(ino)
    if (bytes.length <= this.#size) {
      if (bytes.length > 0) this.#insert.run(ino, 0, bytes)
      return
    }
    for (let at = 0, index = 0; at < bytes.length; at += this.#size, index++) this.#insert.run(ino, index, bytes.subarray(at, at + this.#size))
  }

  /** Writes all of `bytes` at `position` into a file of `size` bytes. */
  write (ino: number, bytes: Uint8Array, position: number, size: number): void {
    if (position > size) this.extend(ino, size, position)
    const end = position + bytes.length
    for (let at = position; at < end;) {
      const index = Math.floor(at / this.#size)
      const start = index * this.#size
      const to = Math.min(end, start + this.#size)
      const piece = at === position && to === end ? bytes : bytes.subarray(at - position, to - position)
      if (start >= size && at === start) this.#put.run(ino, index, piece)
      else if (at === start && to >= Math.min(size, start + this.#size)) this.#put.run(ino, index, piece)
      else this.#merge(ino, index, piece, at - start, Math.min(this.#size, Math.max(size, to) - start))
      at = to
    }
  }

  /** Puts a piece into a chunk that is `length` bytes long afterwards. */
  #merge (ino: number, index: number, piece: Uint8Array, at: number, length: number): void {
    const old = this.#one.get(ino, index)?.[0] as Uint8Array | undefined
    const data = Buffer.alloc(length)
    if (old !== undefined) data.set(old.length > length ? old.subarray(0, length) : old)
    data.set(piece, at)
    this.#put.run(ino, index, data)
  }

  /** Makes a file of `from` bytes longer, with zeros: other readers of the format know no holes. */
  extend (ino: number, from: number, to: number): void {
    if (to - from > 0x4000000 && to - from > this.#room()) throw new Errno('ENOSPC')
    const size = this.#size
    let index = Math.floor(from / size)
    if (from % size > 0) {
      this.#merge(ino, index, new Uint8Array(0), 0, Math.min(size, to - index * size))
      index++
    }
    const full = Math.floor(to / size)
    if (full > index) this.#zeros.run(index, full - 1, ino, size)
    if (to % size > 0 && full >= index) this.#put.run(ino, full, new Uint8Array(to % size))
  }

  /** Makes a file shorter. */
  shorten (ino: number, to: number): void {
    const rest = to % this.#size
    const index = Math.floor(to / this.#size)
    this.#drop.run(ino, rest > 0 ? index + 1 : index)
    if (rest > 0) this.#cut.run(rest, ino, index)
  }

  drop (ino: number): void { this.#dropAll.run(ino) }
}

function allocate (size: number): Buffer {
  try {
    return Buffer.allocUnsafe(size)
  } catch {
    throw new Errno('EFBIG')   // the only way for an allocation to fail
  }
}
