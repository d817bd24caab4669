// Inode numbers as a file system of one device has them: different for different files, and exact as numbers.
import type { HostStats } from './host.ts'

/** Numbers below are the host's own, of the device that the root is on. */
const OWN = 2n ** 48n

/** Numbers the inodes of a root, below which other devices may be mounted and numbers may be of 64 bits. */
export class Inodes {
  readonly #dev: bigint
  readonly #others = new Map<bigint, number>()

  constructor (root: HostStats) {
    this.#dev = root.dev
  }

  /** The number of an inode, the same as long as this object lives. */
  number ({ dev, ino }: HostStats): number {
    if (dev === this.#dev && ino < OWN) return Number(ino)
    const key = (dev << 64n) | ino
    let known = this.#others.get(key)
    if (known === undefined) this.#others.set(key, known = Number(OWN) + this.#others.size)
    return known
  }
}
