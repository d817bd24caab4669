// inotify(7) of a volume: the news of its changes as events of watched inodes, in the order, with the names and with
// the merging that Linux has (fs/notify, seen on 6.18), as libuv hands them on (src/unix/linux.c).
import { inLaterTurn } from './native.ts'
import { ATTRIB, CREATE, DELETE, DELETE_SELF, IGNORED, ISDIR, MODIFY, MOVED_FROM, MOVED_TO, MOVE_SELF, type Altered, type Change, type Closed, type Renamed, type Watcher } from './events.ts'
import { isErrno } from './errors.ts'
import { LastSeen } from './lastseen.ts'
import { isDir, S_IFDIR } from './provider.ts'
import { registry } from './registry.ts'
import { moved, type Volume } from './volume.ts'
import type { Handle } from './handles.ts'

/** Time in milliseconds between two looks at what other processes may have changed. */
const PERIOD = 100

const KEY = Symbol.for('fsmount.watches')

/** A watched inode. */
class Mark {
  node: unknown
  readonly folder: boolean
  /** Path from the root of the volume; follows renames. */
  path: string
  /** What the events of the inode itself are called by: how it was first called (libuv's `w->path`). */
  readonly self: string
  readonly listeners = new Set<Watcher>()
  /** What was seen of it last, where others may change it. */
  seen: LastSeen | undefined

  constructor (node: unknown, folder: boolean, path: string, self: string) {
    this.node = node
    this.folder = folder
    this.path = path
    this.self = self
  }
}

interface Event { readonly mark: Mark, readonly mask: number, readonly name: string | undefined }

/** The watched inodes of a volume, and the events that were not delivered yet. */
export class Watches {
  readonly #volume: Volume
  readonly #marks = new Map<unknown, Mark>()
  /** Those who are told of everything. */
  readonly #all = new Set<(change: Change) => void>()
  readonly #queue: Event[] = []
  /** How many of them were read: into those nothing is merged any more. */
  #read = 0
  /** Removed inodes, and the open files that keep them for a while. */
  readonly #doomed = new Map<Mark, Set<Handle>>()
  #timer: NodeJS.Timeout | undefined
  #version: number | undefined

  private constructor (volume: Volume) { this.#volume = volume }

  /** Those of a volume. */
  static of (volume: Volume): Watches {
    const held = volume as Volume & { [KEY]?: Watches }
    return (held[KEY] ??= new Watches(volume))
  }

  /**
   * Watches an inode: a folder and the names in it, or a file. `path` leads to it from the root of the volume; `self`
   * is what its own events are called. Returns the undo.
   */
  add (node: unknown, folder: boolean, path: string, self: string, listener: Watcher): () => void {
    let mark = this.#marks.get(node)
    if (mark === undefined) {
      mark = new Mark(node, folder, path, self)
      this.#begin(mark)
      this.#marks.set(node, mark)
    }
    const { listeners } = mark
    listeners.add(listener)
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#remove(mark)
    }
  }

  /** Has `told` called with every change; returns the undo. */
  hear (told: (change: Change) => void): () => void {
    this.#all.add(told)
    this.#listen()
    return () => {
      this.#all.delete(told)
      this.#rest()
    }
  }

  #listen (): void {
    this.#volume.news ??= (change) => { this.#take(change) }
  }

  /** Nobody watches any more. */
  #rest (): void {
    if (this.#marks.size > 0 || this.#doomed.size > 0 || this.#all.size > 0) return
    this.#volume.news = undefined
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #begin (mark: Mark): void {
    const volume = this.#volume
    this.#listen()
    if (!volume.tells) return
    mark.seen = new LastSeen(volume.provider, mark)
    if (this.#timer !== undefined) return
    this.#version = volume.provider.version!()
    this.#timer = setInterval(() => { this.#poll() }, PERIOD).unref()
  }

  #remove (mark: Mark): void {
    if (this.#marks.get(mark.node) === mark) this.#marks.delete(mark.node)
    this.#doomed.delete(mark)
    this.#rest()
  }

  #take (change: Change): void {
    for (const told of [...this.#all]) told(change)
    if (change.event === 'change' && change.afresh === true) this.#renew()
    if (change.event === 'change') this.#altered(change)
    else if (change.event === 'close') this.#closed(change)
    else if (change.to !== undefined) this.#moved(change as Required<Renamed>)
    else this.#named(change)
  }

  /** What was watched is watched on by its path, whatever inode is there now. */
  #renew (): void {
    const marks = [...this.#marks.values()]
    const gone: Mark[] = []
    this.#marks.clear()
    for (const mark of marks) {
      const node = this.#standing(mark)
      if (node === undefined || this.#marks.has(node)) gone.push(mark)
      else {
        mark.node = node
        this.#marks.set(node, mark)
        this.#doomed.delete(mark)
      }
    }
    for (const mark of gone) this.#gone(mark)   // last: with the last mark of all this ends to listen
  }

  /** The file or folder at the path of a mark. */
  #standing (mark: Mark): unknown {
    const { path, folder } = mark
    const { provider, root } = this.#volume
    let found = { node: root, mode: S_IFDIR }
    try {
      for (const name of path.split('/')) {
        if (name === '') continue
        const next = provider.lookup(found.node, name)
        if (next === undefined) return undefined
        found = next
      }
      if (isDir(found.mode) !== folder) return undefined
      if (mark.seen !== undefined && found.node !== mark.node) mark.seen = new LastSeen(provider, { node: found.node, folder })
    } catch (error) {
      if (!isErrno(error)) throw error
      return undefined   // what cannot be looked at is watched no more
    }
    return found.node
  }

  #altered ({ node, attributes, path }: Altered): void {
    const mark = this.#marks.get(node)
    const mask = attributes === true ? ATTRIB : MODIFY
    const cut = path === undefined ? -1 : path.lastIndexOf('/')
    const above = cut < 0 ? undefined : this.#at(path!.slice(0, cut))
    if (above === undefined && mark === undefined) return
    const bits = mask | (mark?.folder === true || (mark === undefined && this.#isFolder(node)) ? ISDIR : 0)
    if (above !== undefined) this.#push(above, bits, path!.slice(cut + 1))
    if (mark !== undefined) this.#push(mark, bits)
  }

  #named ({ node, dir, name, linked, gone, path }: Renamed): void {
    const above = this.#marks.get(dir)
    const mark = this.#marks.get(node)
    if (mark !== undefined && (linked === true || (gone === true && !mark.folder))) this.#push(mark, ATTRIB)
    if (mark !== undefined && gone === true) this.#orphaned(mark, path)
    if (above !== undefined) this.#push(above, gone === true ? DELETE : CREATE, name)
  }

  #moved ({ node, dir, name, to, paths: [from, path] }: Required<Renamed>): void {
    const [source, target] = [this.#marks.get(node), to.node === undefined ? undefined : this.#marks.get(to.node)]
    const [above, below] = [this.#marks.get(dir), this.#marks.get(to.dir)]
    if (above !== undefined) this.#push(above, MOVED_FROM, name)
    if (below !== undefined) this.#push(below, MOVED_TO, to.name)
    if (target !== undefined) this.#push(target, target.folder ? ATTRIB | ISDIR : ATTRIB)
    if (source !== undefined) this.#push(source, MOVE_SELF)
    if (target !== undefined) this.#orphaned(target, path)
    for (const mark of this.#marks.values()) mark.path = moved(mark.path, from, path)
  }

  /** A watched inode lost the name at `path`. It goes with its last name, unless that is open (fs/dcache.c, `dentry_unlink_inode`). */
  #orphaned (mark: Mark, path: string | undefined): void {
    if (!mark.folder && this.#links(mark.node) > 0) return
    const holders = this.#handles().filter((handle) => isHeld(mark, path, handle))
    if (holders.length > 0) this.#doomed.set(mark, new Set(holders))
    else this.#gone(mark)
  }

  /** The file is still among the open ones when its descriptor says that it closes. */
  #closed ({ node }: Closed): void {
    if (this.#doomed.size === 0) return
    const handles = this.#handles()
    const closing = handles.find((handle) => handle.node === node)
    if (closing === undefined) return
    for (const [mark, holders] of this.#doomed) {
      holders.delete(closing)
      const last = handles.every((handle) => handle === closing || !isHeld(mark, closing.path, handle))
      if (holders.size === 0 || (!mark.folder && closing.original === mark.node && last)) this.#gone(mark)
    }
  }

  /** The inode is no more, and neither is its watch; whoever watched is not told again. */
  #gone (mark: Mark): void {
    this.#push(mark, DELETE_SELF)
    this.#push(mark, IGNORED)
    this.#remove(mark)
  }

  #handles (): Handle[] {
    return [...registry().handles.values()].filter(({ volume }) => volume === this.#volume)
  }

  /** How many names an inode has; of one that cannot be asked at once, none. */
  #links (node: unknown): number {
    return this.#asked((attr) => attr.nlink, node, 0)
  }

  #isFolder (node: unknown): boolean {
    return this.#asked((attr) => isDir(attr.mode), node, false)
  }

  #asked<T> (say: (attr: ReturnType<Volume['getattr']>) => T, node: unknown, otherwise: T): T {
    const { provider } = this.#volume
    if (provider.later !== undefined) return otherwise
    try {
      return say(provider.getattr(node))
    } catch (error) {
      if (!isErrno(error)) throw error
      return otherwise
    }
  }

  /** The folder at a path. */
  #at (path: string): Mark | undefined {
    for (const mark of this.#marks.values()) if (mark.folder && mark.path === path) return mark
    return undefined
  }

  #push (mark: Mark, mask: number, name?: string): void {
    mark.seen?.learn(name)
    const last = this.#queue.length > this.#read ? this.#queue.at(-1) : undefined
    if (last?.mark === mark && last.mask === mask && last.name === name && mask !== IGNORED) return
    this.#queue.push({ mark, mask, name })
    inLaterTurn(this.#deliver)
  }

  /** Hands on one event. All that are there when the first is handed on are read with it. */
  readonly #deliver = (): void => {
    if (this.#read === 0) this.#read = this.#queue.length
    this.#read--
    const { mark, mask, name = mark.self } = this.#queue.shift()!
    const event = (mask & ~(ATTRIB | MODIFY)) === 0 ? 'change' : 'rename'
    hand([...mark.listeners], (listener) => { if (mark.listeners.has(listener)) listener(event, name) })
  }

  /** Looks at what others may have changed. */
  #poll (): void {
    const version = this.#volume.provider.version!()
    if (version === this.#version) return
    this.#version = version
    for (const mark of [...this.#marks.values()]) {
      const found = mark.seen?.compare()
      if (found === undefined) this.#gone(mark)
      else for (const [mask, name] of found) this.#push(mark, mask, name)
    }
  }
}

/** Whether an open file keeps the name of a node at a path: it was opened by it, or by a name in the folder. */
const isHeld = ({ node, folder }: Mark, path: string | undefined, handle: Handle): boolean =>
  (handle.path === path && handle.original === node) || (folder && handle.path?.startsWith(`${path}/`) === true)

/** Calls every listener; what one throws is its own, and the others are called all the same. */
function hand (listeners: Watcher[], call: (listener: Watcher) => void): void {
  try {
    for (let listener; (listener = listeners.shift()) !== undefined;) call(listener)
  } finally {
    if (listeners.length > 0) inLaterTurn(hand, listeners, call)
  }
}
