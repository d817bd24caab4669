// The paths at which an overlay hides its lower layer, each with a note on what stood there when it was hidden.
import { isUnder } from '../../lib/kernel/paths.ts'
import type { Delta } from '../../lib/kernel/provider.ts'

/** Whiteouts, by folder and name; written through to where the upper layer keeps them. */
export class Whiteouts {
  readonly #delta: Delta<unknown> | undefined
  readonly #folders = new Map<string, Map<string, string>>()
  /** Hidden names by the inode's number, with which each note begins. */
  readonly #inos = new Map<string, number>()

  constructor (delta: Delta<unknown> | undefined) {
    this.#delta = delta
    this.reload()
  }

  get size (): number { return this.#folders.size }

  /** Paths and notes. */
  * [Symbol.iterator] (): Iterator<[path: string, note: string]> {
    for (const [folder, names] of this.#folders) for (const [name, note] of names) yield [`${folder}/${name}`, note]
  }

  /** Reads them anew: others wrote them. */
  reload (): void {
    if (this.#delta === undefined) return
    this.#folders.clear()
    this.#inos.clear()
    for (const [path, note] of this.#delta.whiteouts()) this.#put(path, note)
  }

  /** The names that are hidden in a folder. */
  in (folder: string): ReadonlyMap<string, string> | undefined { return this.#folders.get(folder) }

  has (folder: string, name: string): boolean { return this.#folders.get(folder)?.has(name) === true }

  add (path: string, note: string): void {
    this.#delta?.hide(path, note)
    this.#put(path, note)
  }

  #put (path: string, note: string): void {
    const cut = path.lastIndexOf('/')
    const folder = path.slice(0, cut)
    const names = this.#folders.get(folder)
    const before = names?.get(path.slice(cut + 1))
    if (before !== undefined) this.#count(before, -1)
    this.#count(note, 1)
    if (names === undefined) this.#folders.set(folder, new Map([[path.slice(cut + 1), note]]))
    else names.set(path.slice(cut + 1), note)
  }

  /** How many names of an inode of the lower layer are hidden; those that went with their folder are not told. */
  namesOf (ino: number): number { return this.#inos.get(String(ino)) ?? 0 }

  #count (note: string, by: 1 | -1): void {
    const ino = note.slice(0, note.indexOf(' '))
    const count = (this.#inos.get(ino) ?? 0) + by
    if (count === 0) this.#inos.delete(ino)
    else this.#inos.set(ino, count)
  }

  /** Takes one away. */
  remove (path: string): void {
    const cut = path.lastIndexOf('/')
    const names = this.#folders.get(path.slice(0, cut))
    const note = names?.get(path.slice(cut + 1))
    if (names === undefined || note === undefined) return
    names.delete(path.slice(cut + 1))
    this.#count(note, -1)
    this.#delta?.unhide(path)
    if (names.size === 0) this.#folders.delete(path.slice(0, cut))
  }

  /** Takes away all that lie below a path: one at the path itself, or that nothing is below it, makes them needless. */
  clearBelow (path: string): void {
    for (const [folder, names] of this.#folders) {
      if (!isUnder(folder, path)) continue
      for (const [name, note] of names) {
        this.#count(note, -1)
        this.#delta?.unhide(`${folder}/${name}`)
      }
      this.#folders.delete(folder)
    }
  }
}
