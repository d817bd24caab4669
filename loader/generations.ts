// Fresh code after a remount or an invalidation. An ES module cannot be dropped from Node's module map, so that code
// that replaces other code at the same path is imported under a new URL: the same path with `fsmount=N` in the query.

const MARK = /([?&])fsmount=\d+(?=#|$)/

/** A URL without our mark, as the user wrote it. */
export function unmarked (url: string): string {
  return url.includes('fsmount=') ? url.replace(MARK, '') : url
}

/** The URL under which a generation of a module is imported: clean for the first, else with our mark after the user's own query. */
export function marked (url: string, generation: number): string {
  const clean = unmarked(url)
  if (generation === 1) return clean
  const hash = clean.indexOf('#')
  const end = hash === -1 ? clean.length : hash
  const query = clean.slice(0, end).includes('?') ? '&' : '?'
  return `${clean.slice(0, end)}${query}fsmount=${generation}${clean.slice(end)}`
}

/** What outlives a single mount: which generations have been used up, by place and by module. */
export class Generations {
  readonly #places = new Map<string, number>()
  readonly #modules = new Map<string, number>()

  /** The generation that a mount at this prefix starts with. */
  first (prefix: string): number { return (this.#places.get(prefix) ?? 0) + 1 }

  /** Notes that modules of this generation of a place were loaded. */
  used (prefix: string, generation: number): void { this.#places.set(prefix, generation) }

  /** A generation, at least `least`, under which this path was never loaded; it counts as used from now on. */
  take (path: string, least: number): number {
    const generation = Math.max(least, (this.#modules.get(path) ?? 0) + 1)
    this.#modules.set(path, generation)
    return generation
  }
}
