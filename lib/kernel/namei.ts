// Paths to inodes: the walk over names, `.`, `..`, links and trailing slashes, and the cache of whole path strings.
import { Errno } from './errors.ts'
import { MAX_NAME, nameLength } from './names.ts'
import { isDir, isLink, S_IFDIR, type Attr } from './provider.ts'
import { demand, X_OK, whoami } from './rights.ts'
import type { Volume } from './volume.ts'

/** Links that Linux follows for one path at most. */
export const MAX_LINKS = 40
/** Bound of the cache of path strings; when it is reached the cache starts anew. */
const MAX_DENTRIES = 20_000

/** A volume seen from a prefix: by its own object (prefix '' and unmounted) or at a mount point. */
export interface View {
  readonly volume: Volume
  /** Absolute path of the mount point without a trailing slash: '' for the root of the name space. */
  readonly prefix: string
  /** False: absolute link targets are read from the volume's root, and nothing is outside. */
  readonly mounted: boolean
  /** Path string → dentry: shared by all mounts, or the object's own. */
  readonly cache: Map<string, Dentry>
  /** The view that this one is another name of: the prefix without its links. */
  readonly alias?: View
  /** The prefix without its links, if it has any. */
  real?: string
  /** Names that are not in it are looked for below it (an overlay). */
  readonly porous?: boolean
  /** Called when it is unmounted: what must not outlive it, as watchers. */
  readonly ends?: Set<() => void>
  /** Whether another mount is asked before this one at an absolute path: a mount point lies below ours, or an overlay over it. */
  covers? (path: string): boolean
}

/** Whether a view alone says what a path in one of its folders leads to: it is no overlay, and no other mount is asked before. */
export const isWhole = (view: View, path: string): boolean => view.porous !== true && view.covers?.(path) !== true

/** What a path string names: a node, or (`node` undefined) a name known to be missing in a folder that exists. */
export interface Dentry {
  readonly view: View
  readonly node: unknown
  readonly mode: number
  readonly epoch: number
  /** The name is not in this view, an overlay, and so is what it is without it. */
  readonly elsewhere: boolean
}

/** Where a path leads: the folder, the last name in it, and the node there, if there is one. */
export interface Place {
  readonly view: View
  readonly volume: Volume
  readonly dir: unknown
  readonly name: string
  readonly node: unknown
  readonly mode: number
  /** What the last component was; anything but 'name' cannot be made, removed or renamed. */
  readonly last: 'name' | 'dot' | 'dotdot' | 'root'
  /** The path ended in a slash. */
  readonly trailing: boolean
  /** Absolute path without links or dots, in the name space of the view. */
  readonly path: string
  /** The nodes from the root down to `dir`. */
  readonly line: readonly unknown[]
  /** What the walk learned of the node, if it did: good for a look that follows at once. */
  readonly attr?: Attr | undefined
}

/** Attributes of a place's node, before anything is changed. */
export const attrOf = (place: { volume: Volume, node: unknown, attr?: Attr | undefined }): Attr => place.attr ?? place.volume.getattr(place.node)

/** A path leaves the view: the walk has to go on at `path`, which may hold links and dots. */
export class Outside {
  readonly path: string
  readonly links: number
  constructor (path: string, links: number) {
    this.path = path
    this.links = links
  }
}

/** A name that is to be changed must not be too long; of two such names each is looked at in its turn. */
export function demandName (place: Place): void {
  if (nameLength(place.name) > MAX_NAME) throw new Errno('ENAMETOOLONG')
}

/**
 * How to treat the last component: follow a link ('node'), take it as it is ('link'), as a name to change ('place'), or
 * as a name under which a file is opened or made, behind a link if one stands there ('create').
 */
export type Last = 'node' | 'link' | 'place' | 'create'

/**
 * Walks `rest` (the text behind the view's prefix). `links` counts what was followed before; `opening` says that a file
 * found is likely to be opened at once. Throws Errno ENOENT, ENOTDIR, ELOOP, EACCES, ENAMETOOLONG.
 */
export function trace (view: View, rest: string, last: Last, links = 0, opening = false): Place | Outside {
  return straight(view, rest, last, opening) ?? new Walk(view, rest, last, links).run()
}

/** The same for those to whom a path that leaves the view is a failure: throws Outside. To throw costs V8 more than the walk. */
export function walk (view: View, rest: string, last: Last, links = 0): Place {
  const found = trace(view, rest, last, links)
  if (found instanceof Outside) throw found
  return found
}

/** Double slashes, dots, and slashes at the end: a path text with any of them is not the only one of its place. */
export const UNTIDY = /\/(?:\.{0,2}\/|\.{0,2}$)/

/** The walk in one step, by a provider that knows how, of a path that needs no more. Links are left to the steps. */
function straight (view: View, rest: string, last: Last, opening: boolean): Place | undefined {
  const { volume } = view
  if (volume.io.resolve === undefined || rest.charCodeAt(0) !== 47 || UNTIDY.test(rest)) return undefined
  const found = volume.io.resolve(rest, opening)
  if (found === undefined || (isLink(found.mode) && (last === 'node' || last === 'create'))) return undefined
  const { line, name, node, mode, attr } = found
  const path = view.prefix + rest
  if (typeof line !== 'function') return { view, volume, dir: line.at(-1), name, node, mode, last: 'name', trailing: false, path, line, attr }
  let folders: readonly unknown[] | undefined
  return {
    view, volume, name, node, mode, last: 'name', trailing: false, path, attr,
    get dir () { return this.line.at(-1) },
    get line () { return (folders ??= line()) }
  }
}

/** One walk along a path, component by component, with the links that it meets. */
class Walk {
  readonly #view: View
  readonly #volume: Volume
  readonly #last: Last
  #links: number
  #todo: string[]
  #nodes: unknown[]
  #names: string[] = []
  #mode: number
  /** A link or `..` brought us to a path that nobody has yet asked the other mounts for. */
  #bent = false
  readonly #root: boolean

  constructor (view: View, rest: string, last: Last, links: number) {
    this.#view = view
    this.#volume = view.volume
    this.#last = last
    this.#links = links
    this.#todo = rest.split('/').reverse()
    this.#nodes = [view.volume.root]
    this.#mode = S_IFDIR
    this.#root = whoami().uid === 0
  }

  run (): Place | Outside {
    let kind: Place['last'] = 'root'
    while (this.#todo.length > 0) {
      const name = this.#todo.pop()!
      if (name === '') continue
      this.#enter()
      if (name === '.') kind = 'dot'
      else if (name === '..') {
        kind = 'dotdot'
        const out = this.#up()
        if (out !== undefined) return out
      } else {
        const end = this.#down(name)
        if (end !== undefined) return end
        kind = 'name'
      }
    }
    return this.#here(kind)
  }

  /** The folder that the next name is looked up in must be one, and must be open to us. */
  #enter (): void {
    if (!isDir(this.#mode)) throw new Errno('ENOTDIR')
    if (!this.#root) demand(this.#volume.getattr(this.#nodes.at(-1)), X_OK)
  }

  #up (): Outside | undefined {
    const view = this.#view
    this.#bent = true
    if (this.#names.length > 0) {
      this.#nodes.pop()
      this.#names.pop()
      this.#mode = S_IFDIR
    } else if (view.mounted && !this.#volume.confined && view.prefix !== '') {
      return new Outside(this.#rest(view.prefix.slice(0, view.prefix.lastIndexOf('/')) || '/'), this.#links)
    }
    return undefined
  }

  /** One name further; a Place when the path ends here, Outside when it leaves. */
  #down (name: string): Place | Outside | undefined {
    const ends = this.#ends()
    const trailing = ends && this.#todo.length > 0
    // Before anything is looked up there, or a link followed (fs/namei.c, `open_last_lookups`).
    if (trailing && this.#last === 'create') throw new Errno('EISDIR')
    const long = nameLength(name) > MAX_NAME
    if (long && !(ends && this.#last === 'place')) throw new Errno('ENAMETOOLONG')
    const found = long ? undefined : this.#volume.lookup(this.#nodes.at(-1), name)
    if (this.#bent && this.#view.covers !== undefined && this.#view.covers(this.#path(name))) return new Outside(this.#rest(this.#path(name)), this.#links)
    if (found === undefined) {
      if (!ends) throw new Errno('ENOENT')
      return this.#place(name, undefined, 0, trailing)
    }
    if (isLink(found.mode) && (!ends || this.#follows(trailing))) return this.#follow(found.node)
    if (ends) return this.#place(name, found.node, found.mode, trailing)
    this.#nodes.push(found.node)
    this.#names.push(name)
    this.#mode = found.mode
    return undefined
  }

  #ends (): boolean {
    return this.#todo.every((name) => name === '')
  }

  #follows (trailing: boolean): boolean {
    return this.#last === 'node' || this.#last === 'create' || (this.#last === 'link' && trailing)
  }

  #follow (node: unknown): Outside | undefined {
    if (++this.#links > MAX_LINKS) throw new Errno('ELOOP')
    const target = this.#volume.readlink(node)
    if (target === '') throw new Errno('ENOENT')
    this.#bent = true
    const leads = this.#view.mounted && !this.#volume.confined
    // What an overlay has not shows through it, so that its relative targets may be elsewhere, too.
    if (leads && this.#view.porous === true && !target.startsWith('/')) return new Outside(this.#rest(this.#path(target)), this.#links)
    if (target.startsWith('/')) {
      if (leads) return new Outside(this.#rest(target), this.#links)
      this.#nodes.length = 1
      this.#names.length = 0
      this.#mode = S_IFDIR
    }
    // A slash behind the link stays behind its target: the rest of the path follows it.
    this.#todo.push(...target.split('/').reverse())
    return undefined
  }

  /** `from` with what is still to be walked behind it. */
  #rest (from: string): string {
    return this.#todo.length === 0 ? from : `${from === '/' ? '' : from}/${this.#todo.toReversed().join('/')}`
  }

  #path (name: string): string {
    return this.#names.length === 0 ? `${this.#view.prefix}/${name}` : `${this.#view.prefix}/${this.#names.join('/')}/${name}`
  }

  #place (name: string, node: unknown, mode: number, trailing: boolean): Place {
    return {
      view: this.#view, volume: this.#volume, dir: this.#nodes.at(-1), name, node, mode, last: 'name', trailing,
      path: this.#path(name), line: this.#nodes
    }
  }

  /** The path ended in the root, a dot, or behind a link's slashes: at a folder we stand in. */
  #here (kind: Place['last']): Place {
    const depth = this.#names.length
    const name = depth === 0 ? '' : this.#names[depth - 1]!
    const { prefix } = this.#view
    return {
      view: this.#view, volume: this.#volume, dir: this.#nodes.at(-2) ?? this.#nodes[0], name,
      node: this.#nodes.at(-1), mode: this.#mode, last: depth === 0 && kind === 'name' ? 'root' : kind, trailing: false,
      path: depth === 0 ? prefix || '/' : `${prefix}/${this.#names.join('/')}`, line: this.#nodes.slice(0, -1)
    }
  }
}

/**
 * Remembers what the string `path` names. Only for paths walked without a link, a dot or a double slash; not where a
 * mount that is asked before may get such a name at any time.
 */
export function remember (path: string, view: View, node: unknown, mode: number, elsewhere = false): Dentry {
  const { cache } = view
  const dentry: Dentry = { view, node, mode, epoch: view.volume.epoch, elsewhere }
  if (view.covers?.(path) === true) return dentry
  if (cache.size >= MAX_DENTRIES) cache.clear()
  cache.set(path, dentry)
  return dentry
}

/** The remembered dentry of `path`, if it still holds. */
export function recall (cache: Map<string, Dentry>, path: string): Dentry | undefined {
  const dentry = cache.get(path)
  return dentry !== undefined && dentry.epoch === dentry.view.volume.fresh() ? dentry : undefined
}
