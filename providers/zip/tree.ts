// From the records of an archive to a tree: what may not stand in one is refused before anything is made of it.
import { isDir, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../lib/kernel/provider.ts'
import { decodeName, MAX_PATH } from '../../lib/kernel/names.ts'
import { whoami } from '../../lib/kernel/rights.ts'
import { damaged, ENOUGH, tooMuch, unsupported, type Archive } from './archive.ts'
import { DEFLATED, DEFLATE_RATIO, STORED } from './codecs.ts'
import { HEADER, type Directory, type Item } from './directory.ts'
import { entryOf } from './entry.ts'
import { Folder, Link, type Inode } from '../memory/inodes.ts'
import { Packed } from '../memory/packed.ts'

const READ_ONLY = 1

/** Puts an inode under a name, in place of one that is no folder. */
export type Adopt = (dir: Folder, name: string, node: Inode) => void

/** Makes the tree of an archive below `root`. Throws for what is damaged, hostile or beyond its limits. */
export function makeTree (archive: Archive, { items, start }: Directory, root: Folder, adopt: Adopt): void {
  const ends = endsOf(archive, items, start)
  demandBounds(archive, items)
  const tree = new Growing(archive, root, adopt)
  items.forEach((item, index) => { tree.add(item, ends[index]!) })
}

function demandBounds ({ name, source, limits }: Archive, items: readonly Item[]): void {
  let total = 0
  for (const { method, size, compressed, flags } of items) {
    total += size
    const possible = method === STORED ? (flags & 1) !== 0 || size === compressed : method !== DEFLATED || size <= (compressed + 1) * DEFLATE_RATIO
    if (!possible) throw damaged(name, 'an entry claims more or less than its data can hold')
  }
  if (total > ENOUGH && total > source.size * limits.maxRatio) throw tooMuch(name, `its contents would be more than ${limits.maxRatio} times as long as it is (see maxRatio)`)
}

/** Where what follows each entry begins. Throws when two of them overlap, or one lies in the directory. */
function endsOf ({ name }: Archive, items: readonly Item[], start: number): number[] {
  const order = items.map((_, index) => index)
  if (items.some(({ offset }, index) => index > 0 && offset < items[index - 1]!.offset)) order.sort((a, b) => items[a]!.offset - items[b]!.offset)
  const ends: number[] = []
  order.forEach((index, place) => {
    const { offset, compressed, rawName } = items[index]!
    const next = place + 1 < order.length ? items[order[place + 1]!]!.offset : start
    if (offset + HEADER.local + rawName.length + compressed > next) throw damaged(name, 'its entries overlap, or reach beyond its end')
    ends[index] = next
  })
  return ends
}

/** The tree of folders and files as it is made of entries. */
class Growing {
  readonly #archive: Archive
  readonly #root: Folder
  readonly #adopt: Adopt
  readonly #owner: { uid: number, gid: number }
  #count = 1
  #lastNames: readonly string[] = []
  #lastDirs: Folder[] = []

  constructor (archive: Archive, root: Folder, adopt: Adopt) {
    this.#archive = archive
    this.#root = root
    this.#adopt = adopt
    const { uid, gid } = whoami()
    this.#owner = { uid, gid }
  }

  add (item: Item, end: number): void {
    const { names } = item
    const type = this.#type(item)
    const dir = this.#folder(names, names.length - 1)
    const name = names.at(-1)
    if (name === undefined) {
      if (type !== S_IFDIR) throw damaged(this.#archive.name, 'its root is not a folder')
      this.#dress(this.#root, item, type)
      return
    }
    const there = dir.entries.get(name)
    if (there !== undefined && isDir(there.mode) !== (type === S_IFDIR)) throw this.#both(names)
    if (there !== undefined && type === S_IFDIR) this.#dress(there, item, type)
    else this.#put(dir, name, this.#dress(this.#make(item, type, end), item, type))
  }

  #both (names: readonly string[]): Error { return damaged(this.#archive.name, `${JSON.stringify(names.join('/'))} is a folder and something else`) }

  #put (dir: Folder, name: string, node: Inode): void {
    const { name: shown, limits } = this.#archive
    if (!dir.entries.has(name) && ++this.#count > limits.maxFiles) throw tooMuch(shown, `it has more than ${limits.maxFiles} files`)
    this.#adopt(dir, name, node)
  }

  /** The folder of the first `depth` names; entries beside each other share the way. */
  #folder (names: readonly string[], depth: number): Folder {
    let known = 0
    while (known < depth && known < this.#lastDirs.length && this.#lastNames[known] === names[known]) known++
    const dirs = this.#lastDirs.slice(0, known)
    let dir = dirs.at(-1) ?? this.#root
    for (let at = known; at < depth; at++) {
      const name = names[at]!
      const there = dir.entries.get(name)
      if (there !== undefined && !(there instanceof Folder)) throw this.#both(names.slice(0, at + 1))
      dir = there ?? this.#implied(dir, name)
      dirs.push(dir)
    }
    this.#lastNames = names
    this.#lastDirs = dirs
    return dir
  }

  #implied (dir: Folder, name: string): Folder {
    const { uid, gid } = this.#owner
    const made = new Folder(0, S_IFDIR | 0o755, uid, gid, Math.floor(this.#archive.source.time))
    this.#put(dir, name, made)
    return made
  }

  #type ({ mode, slash, size }: Item): number {
    const { name } = this.#archive
    const type = mode & S_IFMT || (slash ? S_IFDIR : S_IFREG)
    if (type !== S_IFDIR && type !== S_IFLNK && type !== S_IFREG) throw unsupported(name, 'a device, pipe or socket')
    if (type === S_IFDIR || slash) {
      if (type === S_IFLNK || size > 0) throw damaged(name, 'a folder has content')
      return S_IFDIR
    }
    return type
  }

  #make (item: Item, type: number, end: number): Inode {
    const { uid, gid } = this.#owner
    if (type === S_IFDIR) return new Folder(0, type, uid, gid, 0)
    const entry = entryOf(this.#archive, item, end)
    if (type === S_IFREG) return new Packed(type, uid, gid, 0, entry)
    const { name } = this.#archive
    if (entry.size > MAX_PATH) throw damaged(name, 'the target of a link is too long')
    const target = decodeName(entry.view())
    if (target.includes('\0')) throw damaged(name, 'the target of a link has a NUL in it')
    return new Link(0, type, uid, gid, 0, target)
  }

  /** Gives an inode what the archive says of it. Owners are as for other archivers: kept for the superuser alone. */
  #dress (node: Inode, { mode, attributes, mtime, extra }: Item, type: number): Inode {
    const usual = type === S_IFREG ? 0o644 : type === S_IFDIR ? 0o755 : 0o777
    const bits = (mode & 0o7777) !== 0 || (mode & S_IFMT) !== 0 ? mode & 0o7777 : usual & ((attributes & READ_ONLY) !== 0 && type === S_IFREG ? ~0o222 : ~0)
    node.mode = type | bits
    if (this.#owner.uid === 0) {
      node.uid = extra.uid ?? 0
      node.gid = extra.gid ?? 0
    }
    const atime = extra.atime ?? mtime
    const birthtime = extra.birthtime ?? mtime
    node.atime = atime.ms
    node.mtime = node.ctime = mtime.ms
    node.birthtime = birthtime.ms
    const finer = atime.ns !== 0 || mtime.ns !== 0 || birthtime.ns !== 0
    node.fine = finer ? { atime: atime.ns, mtime: mtime.ns, ctime: mtime.ns, birthtime: birthtime.ns } : undefined
    return node
  }
}
