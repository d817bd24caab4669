// What a watched inode looked like when it was last looked at, to tell what others have changed since.
import { isErrno } from './errors.ts'
import { ATTRIB, CREATE, DELETE, ISDIR, MODIFY, MOVED_TO } from './events.ts'
import { type Attr, type Provider } from './provider.ts'

/** What a name stood for. */
interface Seen { readonly ino: number, readonly stamp: string }

const seen = ({ ino, mode, uid, gid, size, mtime, mtimeNs, ctime, ctimeNs }: Attr): Seen =>
  ({ ino, stamp: [mode, uid, gid, size, mtime, mtimeNs, ctime, ctimeNs].join() })

/** What changes of a folder when its rights do, but not with the names in it. */
const rights = ({ mode, uid, gid }: Attr): string => [mode, uid, gid].join()

/** One inode as last seen: itself, and if it is a folder the names in it. */
export class LastSeen {
  readonly #provider: Provider
  readonly #node: unknown
  readonly #folder: boolean
  #self: string
  #names: Map<string, Seen>

  constructor (provider: Provider, { node, folder }: { node: unknown, folder: boolean }) {
    this.#provider = provider
    this.#node = node
    this.#folder = folder
    this.#self = this.#own()
    this.#names = this.#list()
  }

  #own (): string {
    const attr = this.#provider.getattr(this.#node)
    return this.#folder ? rights(attr) : seen(attr).stamp
  }

  #list (): Map<string, Seen> {
    const names = new Map<string, Seen>()
    if (this.#folder) for (const { name, node } of this.#provider.getdents(this.#node)) names.set(name, seen(this.#provider.getattr(node)))
    return names
  }

  /** Takes note of a change that was told already: to a name, or to the inode itself. */
  learn (name: string | undefined): void {
    try {
      if (name === undefined) {
        this.#self = this.#own()
        return
      }
      const found = this.#provider.lookup(this.#node, name)
      if (found === undefined) this.#names.delete(name)
      else this.#names.set(name, seen(this.#provider.getattr(found.node)))
    } catch (error) {
      if (!isErrno(error)) throw error   // gone meanwhile: the next comparison finds that
    }
  }

  /** The events that lead from what was seen last to what is there now; undefined when the inode is gone. */
  compare (): [mask: number, name?: string][] | undefined {
    let self, names
    try {
      self = this.#own()
      names = this.#list()
    } catch (error) {
      if (!isErrno(error)) throw error
      return error.code === 'ENOENT' ? undefined : []   // busy, or closed: nothing is known
    }
    const events: [number, string?][] = []
    for (const name of this.#names.keys()) if (!names.has(name)) events.push([DELETE, name])
    for (const [name, { ino, stamp }] of names) {
      const before = this.#names.get(name)
      if (before === undefined) events.push([CREATE, name])
      else if (before.ino !== ino) events.push([MOVED_TO, name])
      else if (before.stamp !== stamp) events.push([MODIFY, name])
    }
    if (self !== this.#self) events.push([this.#folder ? ATTRIB | ISDIR : MODIFY])
    this.#self = self
    this.#names = names
    return events
  }
}
