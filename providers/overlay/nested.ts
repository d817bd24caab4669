// What an overlay asks of a layer that is an overlay itself: which numbers its inodes have, and whether they are still the same.
import type { Provider } from '../../lib/kernel/provider.ts'

/** Tells an overlay from what users make. */
export const NESTED = Symbol.for('fsmount.nested')

/** An overlay as a layer of another one. */
export interface Nested {
  readonly [NESTED]: true
  /** All inode numbers are below this. */
  readonly bound: number
  /** How often changes were let go, here or in a layer: what is shown may be as before, the inodes are others. */
  readonly turns: number
}

const nested = (layer: Provider | undefined): Partial<Nested> => layer !== undefined && NESTED in layer ? layer as Partial<Nested> : {}

/** Number of inodes of a layer that is an overlay. */
export const boundOf = (layer: Provider | undefined): number | undefined => nested(layer).bound

/** Turns of a layer that is an overlay. */
export const turnsOf = (layer: Provider | undefined): number | undefined => nested(layer).turns

/** One number for three: it goes up when one of them is another than the last time. Asked at every look at a path. */
export class Joined {
  #count = 0
  #upper = -1
  #lower = -1
  #turns = -1

  of (upper: number, lower: number, turns: number): number {
    if (upper !== this.#upper || lower !== this.#lower || turns !== this.#turns) {
      this.#upper = upper
      this.#lower = lower
      this.#turns = turns
      this.#count++
    }
    return this.#count
  }
}
