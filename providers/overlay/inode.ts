// What an overlay knows of an inode: its parts in the two layers, and what it shows that neither of them tells.
import { O_ACCMODE, O_PATH } from '../../lib/kernel/handles.ts'
import { clock, native } from '../../lib/kernel/native.ts'
import { DAY, isUnread } from '../../lib/kernel/relatime.ts'
import { isLink, type Attr } from '../../lib/kernel/provider.ts'

const { O_RDONLY } = native.constants

/** The times that an inode shows in place of those of its layer. */
export type Times = { -readonly [K in 'atime' | 'mtime' | 'ctime' | 'atimeNs' | 'mtimeNs' | 'ctimeNs']: Attr[K] }

/** What was copied: where it stood in the lower layer, and how it looked then. */
export interface Origin {
  path: string
  ino: number
  size: number
  mtime: number
  mtimeNs: number
  birthtime: number
  birthtimeNs: number
}

/** The origin of what stood at `path` in the lower layer and looked so; the second attributes tell when it was born. */
export const originOf = (path: string, { ino, size, mtime, mtimeNs }: Attr, { birthtime, birthtimeNs }: Pick<Attr, 'birthtime' | 'birthtimeNs'>): Origin =>
  ({ path, ino, size, mtime, mtimeNs, birthtime, birthtimeNs })

/** What finds inodes by their paths. */
export interface Finder { at (path: string): Inode | undefined }

/** More names than these are looked for when they are needed. */
const MOST_NAMES = 16

/**
 * An inode of the merged tree; there is one object for each, as long as somebody knows it. What it is, tell the first fields:
 *
 * | | lower | upper | bare | origin |
 * | --- | --- | --- | --- | --- |
 * | as the lower layer has it | yes | no | | no |
 * | a folder of both layers, of which names alone were changed: it shows the attributes of the lower one | yes | yes | yes | no |
 * | copied up, or put in the place of something: it shows the attributes of the upper layer | perhaps | yes | no | yes |
 * | made here | no | yes | no | no |
 *
 * `written` and `attributesSet` tell what was changed since it was copied up. `lost`, `lowerNames` and `indexed` are about the
 * names of a file that has several.
 */
export class Inode {
  /** The number that is shown; stays the same when the inode is copied up, as long as it is in the tree. */
  ino: number
  readonly dir: boolean
  /** The part in the lower layer: of a file that is not copied up, of a folder whose names still shine through. */
  lower: unknown
  lowerIno: number | undefined
  /** The part in the upper layer. */
  upper: unknown
  upperIno: number | undefined
  /** One of its names. */
  name = ''
  #parent: Inode | undefined
  /** Where the folder that it is in lies, and who finds it there, while nobody has asked for it. */
  #above: { readonly path: string, readonly by: Finder } | undefined
  /** Names of a file that has several. */
  readonly others: { parent: Inode, name: string }[] = []
  /** Set when it was copied up. */
  origin: Origin | undefined
  times: Times | undefined
  /** A folder on both sides whose attributes are still those of the lower layer. */
  bare = false
  /** Names that the lower layer alone has, of an inode that was copied up. */
  lowerNames = 0
  /** Names that were taken from an inode of the lower layer. */
  lost = 0
  /** Paths of the names that the lower layer alone has, when all were looked for last, and what tells that they are still the same. */
  searched: { names: string | undefined, paths: string[] } | undefined
  /** The upper layer keeps it in the index, because all of its names are in the lower layer. */
  indexed = false
  /** Its content was changed; its attributes were. */
  written = false
  attributesSet = false
  /** It was copied up without its content, which the lower layer did not give: nobody was allowed to read it. */
  withheld = false
  /** It was made here, where the lower layer had nothing. */
  made = false
  /** A folder that was removed. */
  gone = false
  readonly opens = new Set<Opened>()
  /** For which reading of the upper layer's notes its part there was found to be there (`Layers.confirm`). */
  loaded = 0

  constructor (ino: number, dir: boolean) {
    this.ino = ino
    this.dir = dir
  }

  /** The folder of that name; undefined where there is none, or none any more. */
  get parent (): Inode | undefined {
    if (this.#above !== undefined) {
      const found = this.#above.by.at(this.#above.path)
      if (found !== undefined) this.parent = found
      return found
    }
    return this.#parent
  }

  set parent (dir: Inode | undefined) {
    this.#parent = dir
    this.#above = undefined
  }

  /** Says where the folder of its name lies; it is found when it is asked for. */
  liesIn (path: string, by: Finder): void { this.#above = { path, by } }

  /** The path of that folder from the root of the overlay; undefined for the root itself. */
  get parentPath (): string | undefined {
    if (this.#above !== undefined) return this.#above.path
    return this.#parent === undefined ? undefined : pathOf(this.#parent)
  }

  /** Remembers one of several names. */
  alsoNamed (parent: Inode, name: string): void {
    const { parent: before } = this
    if (before !== undefined && (before !== parent || this.name !== name)) this.#add(before, this.name)
    this.#add(parent, name)
  }

  #add (parent: Inode, name: string): void {
    const { others } = this
    if (others.some((one) => one.parent === parent && one.name === name)) return
    if (others.length >= MOST_NAMES) others.shift()
    others.push({ parent, name })
  }

  /** The part in the lower layer, by an open file where there is one: what the name stands for may have changed. */
  get lowerNode (): unknown {
    for (const { lower } of this.opens) if (lower !== undefined) return lower
    return this.lower
  }

  /** The part in the upper layer, likewise. */
  get upperNode (): unknown {
    for (const { upper } of this.opens) if (upper !== undefined) return upper
    return this.upper
  }

  /** It shows the attributes of the upper layer. */
  get copied (): boolean { return this.upper !== undefined && !this.bare }
}

/** An open file: what the layers gave for it. */
export class Opened {
  inode: Inode
  readonly flags: number
  lower: unknown
  upper: unknown

  constructor (inode: Inode, flags: number) {
    this.inode = inode
    this.flags = flags
    inode.opens.add(this)
  }
}

/** What a file is opened with in the lower layer: what only stands for a path must yet be read when it is copied up; a link is not opened otherwise. */
export const lowerFlags = (flags: number, mode: number): number => (flags & ~(isLink(mode) ? O_ACCMODE : O_ACCMODE | O_PATH)) | O_RDONLY

/** A node of an overlay. */
export type OverlayNode = Inode | Opened

/** The inode of a node, open or not. */
export const inodeOf = (node: OverlayNode): Inode => node instanceof Opened ? node.inode : node

/** The path of a folder from the root of the overlay, '' for the root itself. */
export function pathOf (dir: Inode): string {
  const above = dir.parentPath
  return above === undefined ? '' : `${above}/${dir.name}`
}

/** The times alone of whatever has them. */
export const timesOf = ({ atime, mtime, ctime, atimeNs, mtimeNs, ctimeNs }: Times): Times => ({ atime, mtime, ctime, atimeNs, mtimeNs, ctimeNs })

/** A difference in any of these is a change of the file. */
export const looksLike = (a: Pick<Attr, 'ino' | 'size' | 'mtime' | 'mtimeNs'>, b: typeof a): boolean =>
  a.ino === b.ino && a.size === b.size && a.mtime === b.mtime && a.mtimeNs === b.mtimeNs

/** Moves the shown access time as relatime does. */
export function accessed ({ times }: Inode): void {
  if (times === undefined) return
  const now = clock()
  const { atime, mtime, ctime, atimeNs, mtimeNs, ctimeNs } = times
  if (!isUnread(atime, mtime, ctime, atimeNs, mtimeNs, ctimeNs) && now - atime < DAY) return
  times.atime = now
  times.atimeNs = 0
}
