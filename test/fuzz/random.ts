// A small seeded generator of random numbers: the same seed gives the same sequence on every machine and Node.

/** Draws of all kinds from one stream of pseudo-random 32-bit numbers (the mulberry32 recurrence). */
export class Random {
  #state: number

  constructor (seed: number) { this.#state = seed >>> 0 }

  /** A number in [0, 1). */
  unit (): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000
  }

  /** A whole number in [0, n). */
  below (n: number): number { return Math.floor(this.unit() * n) }

  /** True with the given probability. */
  chance (probability: number): boolean { return this.unit() < probability }

  /** One of the given values. */
  pick<T> (values: readonly T[]): T { return values[this.below(values.length)]! }

  /** One of the values, drawn by weight. */
  weighted<T> (values: ReadonlyArray<readonly [number, T]>): T {
    let at = this.unit() * values.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of values) if ((at -= weight) < 0) return value
    return values.at(-1)![1]
  }
}
