// The quick test that tells the disk's paths apart: which bytes the paths that concern us have in front.

/** How many bytes are looked at, from the second on (the first is the slash). */
const COUNT = 4
const SLASH = 47
const DOT = 46
/** Marks: a path of ours has this byte here; this byte may stand for something else, so the whole text decides. */
const OURS = 1
const LOOK = 2

/** The first bytes of a set of absolute paths. It only grows between two calls of `clear`. */
export class FirstBytes {
  readonly #seen = Array.from({ length: COUNT }, () => new Uint8Array(128))

  clear (): void {
    for (const seen of this.#seen) {
      seen.fill(0)
      seen[SLASH] = seen[DOT] = LOOK
    }
  }

  /** A path, and all below it; '' for every path. */
  add (path: string): void {
    for (const [i, seen] of this.#seen.entries()) {
      if (path === '') seen.fill(LOOK)
      else if (i + 1 < path.length) seen[path.charCodeAt(i + 1) & 127] ||= OURS
    }
  }

  /** Whether all bytes that are looked at lie in a folder's own path. */
  suffices (folder: string): boolean { return folder.length > COUNT }

  /** Whether an absolute path surely is none of them, nor below one, if it has no '..'; `from`: where it stands, without its slash. */
  exclude (path: string, from = 1): boolean {
    const seen = this.#seen
    const { length } = path
    for (let i = 0; i < COUNT && i + from < length; i++) {
      const mark = seen[i]![path.charCodeAt(i + from) & 127]
      if (mark === 0) return true
      if (mark === LOOK) return false
    }
    return false
  }
}
