// Where the contents of files in memory lie.
import { constants } from 'node:buffer'
import { Errno } from '../../lib/kernel/errors.ts'
import { EMPTY, type Inode } from './inodes.ts'

/** Contents up to this size share slabs: a buffer of their own costs memory, and 0.9 us at 1 KiB. */
const SMALL = 2048
const SLAB = 64 * 1024

/** Bytes of a file at most, as on ext4. */
export const MAX_FILE = 2 ** 44 - 4096

/** Gives files room to grow into. */
export class Room {
  /** Where small contents are put at present. */
  #slab = EMPTY
  #slabUsed = 0

  /**
   * Moves a file's content to where `size` bytes have room, of which the next `zeros` are to be zero; whether they are.
   * Throws ENOSPC.
   */
  grow (node: Inode, size: number, zeros: number, syscall?: string): boolean {
    const clean = zeros > SLAB
    if (size <= SMALL && (node.size === 0 || node.room === 0)) this.#takeFromSlab(node, size)
    else this.#takeOwn(node, node.size === 0 || node.room === 0 ? size : Math.max(size, node.size * 2, 1024), clean, syscall)
    return clean
  }

  #takeFromSlab (node: Inode, size: number): void {
    const room = (size + 7) & ~7
    if (this.#slabUsed + room > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB)
      this.#slabUsed = 0
    }
    if (node.size > 0) node.bytes.copy(this.#slab, this.#slabUsed, node.start, node.start + Math.min(node.size, size))
    node.bytes = this.#slab
    node.start = this.#slabUsed
    node.room = room
    this.#slabUsed += room
  }

  #takeOwn (node: Inode, room: number, clean: boolean, syscall?: string): void {
    let bytes
    try {
      // Zeros that nobody writes cost no memory either.
      bytes = clean ? Buffer.alloc(room) : Buffer.allocUnsafeSlow(room)
    } catch {
      // Of what one buffer may hold, an allocation fails for want of memory only.
      throw new Errno(room > constants.MAX_LENGTH ? 'EFBIG' : 'ENOSPC', syscall)
    }
    node.bytes.copy(bytes, 0, node.start, node.start + node.size)
    node.bytes = bytes
    node.start = 0
    node.room = room
  }
}
