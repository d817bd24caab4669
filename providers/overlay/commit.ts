// Applying a change set to the lower layer: everything is made beside its place first, then put there by renames that
// can be taken back, so that a failure leaves the lower layer as it was, or says what it could not take back.
import { codeOf, Errno, invalidState, isErrno } from '../../lib/kernel/errors.ts'
import { clock } from '../../lib/kernel/native.ts'
import { isDir, isFile, isLink, S_IFMT, type Attr, type CommitOptions, type Conflict, type Patch, type Provider } from '../../lib/kernel/provider.ts'
import { copyContent, lowerAt, sameContent } from './content.ts'
import { differences, type Difference } from './difference.ts'
import { digest } from './digest.ts'
import { keepsOut, removeTree } from './drop.ts'
import { looksLike, pathOf, type Inode } from './inode.ts'
import type { Layers } from './layers.ts'
import { STAGE } from './reserved.ts'

/** Failures to link for which the content is copied instead. */
const NO_LINKS = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOSYS', 'ENOTSUP'])

/** A folder of the lower layer in which something is put, and how it looked before. */
interface Touched { readonly node: unknown, readonly dir: Inode, readonly attr: Attributes }

/** What a commit sets of an inode beside its content. */
type Attributes = Pick<Attr, 'mode' | 'uid' | 'gid' | 'atime' | 'atimeNs' | 'mtime' | 'mtimeNs'>

/** Is told how a step is taken back. */
type Done = (back: () => void) => void

/** A difference with the name under which what replaces it waits. */
interface Staged extends Difference { as?: string }

/** What is left to be removed; kept from one commit to the next. */
export type Waste = (() => void)[]

let token = 0

/** Applies the changes. Throws with `conflicts`, or with `applied` (paths) and `cause`; then only what is not in `applied` is still to be done. */
export function commit (layers: Layers, { force = false }: CommitOptions, waste: Waste, applied: (path: string) => void): void {
  const all = [...differences(layers, true)]   // by now others may have brought names here along with their folders
  const todo = all.filter(({ within }) => !within)
  if (!force) demandUnchanged(layers, todo)
  new Commit(layers, todo, force, waste, applied).run()
}

/** Throws for what the lower layer no longer has as it was when the changes were made. */
function demandUnchanged (layers: Layers, todo: Iterable<Difference>): void {
  const conflicts: Conflict[] = []
  for (const one of todo) {
    const reason = conflictOf(layers, one)
    if (reason !== undefined && !isApplied(layers, one)) conflicts.push({ path: one.path, reason })
  }
  if (conflicts.length > 0) throw conflicting(conflicts)
}

/** The error that tells of conflicts: nothing is applied. */
export function conflicting (conflicts: readonly Conflict[]): Error {
  const list = conflicts.map(({ path, reason }) => `${path} (${reason})`).join(', ')
  return Object.assign(invalidState(`what was changed is no longer as it was: ${list}`), { conflicts, applied: [] })
}

/** The error of a commit that met another one on its way; what has no code is a fault of ours, and goes on as it is. */
export function failed (error: unknown, applied: readonly string[]): Error {
  const code = codeOf(error)
  if (code === undefined) return error as Error
  const message = `${code}: the changes could not be committed; applied: ${applied.length === 0 ? 'none' : applied.join(', ')}`
  return Object.assign(new Error(message, { cause: isErrno(error) ? undefined : error }), { code, applied: [...applied] })
}

/** Whether the lower layer has a change already, of a commit that was killed, or made by others: nothing is lost by it. */
function isApplied (layers: Layers, { inode, raw }: Difference): boolean {
  if (inode === undefined || raw === undefined || inode.dir || inode.withheld) return false
  const { mode, size } = layers.attr(inode)
  if (raw.mode !== mode || layers.lower!.getattr(raw.node).size !== size) return false
  if (isLink(mode)) return layers.lower!.getlink(raw.node) === layers.upper.getlink(inode.upper)
  return isFile(mode) && unlessKeptOut(() => sameContent(layers.lower!, raw.node, layers.upper, inode.upper, size))
}

/** A comparison; not the same where one side may not be read. */
function unlessKeptOut (compare: () => boolean): boolean {
  try {
    return compare()
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return false
  }
}

function conflictOf (layers: Layers, { path, dir, name, inode, raw }: Difference): Conflict['reason'] | undefined {
  const note = layers.whiteouts.in(pathOf(dir))?.get(name)
  if (note !== undefined) return raw === undefined ? 'missing' : note === '' || digest(layers, path, raw.node) === note ? undefined : 'changed'
  if (inode === undefined || name === '') return undefined
  const { origin } = inode
  if (origin?.path !== path) {
    if (raw === undefined || !cameHere(inode, path, dir)) return undefined
    const attr = layers.lower!.getattr(raw.node)
    if (inode.dir || origin === undefined || attr.ino !== inode.lowerIno) return 'exists'
    return looksLike(attr, origin) ? undefined : 'changed'   // another name that the lower layer has of the same file
  }
  if (raw === undefined) return 'missing'
  if (inode.dir) return isDir(raw.mode) ? undefined : 'changed'
  return looksLike(layers.lower!.getattr(raw.node), origin) ? undefined : 'changed'
}

/** Whether an inode got its place when the lower layer had nothing there: it was made or moved there, or a folder above it was. */
function cameHere ({ made, origin }: Inode, path: string, dir: Inode): boolean {
  if (made || (origin !== undefined && origin.path !== path)) return true
  return dir.parent !== undefined && cameHere(dir, pathOf(dir), dir.parent)
}

/** One commit: what is to be applied, and what was done of it so far. */
class Commit {
  readonly #layers: Layers
  readonly #lower: Provider
  readonly #todo: readonly Staged[]
  readonly #force: boolean
  readonly #applied: (path: string) => void
  readonly #stamp = `${clock().toString(36)}${(++token).toString(36)}`
  #count = 0
  readonly #touched = new Map<Inode, Touched>()
  /** Inodes that are staged already, for their further names. */
  readonly #made = new Map<Inode, unknown>()
  /** Of these, the ones that stay the inodes that the lower layer has (renamed or linked only), and get other attributes in place. */
  readonly #linkedTo = new Map<Inode, unknown>()
  readonly #waste: Waste
  /** Folders that keep their owner out in the end, by their paths, the deepest first: until all is done he may enter them. */
  readonly #closed = new Map<string, { node: unknown, mode: number }>()

  constructor (layers: Layers, todo: readonly Staged[], force: boolean, waste: Waste, applied: (path: string) => void) {
    this.#layers = layers
    this.#waste = waste
    this.#lower = layers.lower!
    this.#todo = todo
    this.#force = force
    this.#applied = applied
  }

  run (): void {
    this.#sweep()
    try {
      for (const one of this.#todo) this.#stage(one)
      // Staging takes its time, in which others may have been at work.
      if (!this.#force) demandUnchanged(this.#layers, this.#todo.map((one) => one.name === '' ? one : { ...one, raw: this.#layers.raw(this.#folder(one.dir), one.name) }))
    } catch (error) {
      this.#sweep()
      this.#restoreTimes()
      throw (error as { conflicts?: unknown } | undefined)?.conflicts === undefined ? failed(error, []) : error
    }
    const undo: { path: string, back: () => void }[] = []
    try {
      for (const [inode, node] of this.#linkedTo) this.#attributes(inode, node, (back) => { undo.push({ path: inode.origin!.path, back }) })
      for (const one of this.#ordered()) this.#publish(one, (back) => { undo.push({ path: one.path, back }) })
    } catch (error) {
      const left = this.#undone(undo)
      // Where even the old content could not go back, it is left beside its place.
      if (!this.#todo.every(({ path, as, dir, name }) => as === undefined || !left.includes(path) || this.#layers.raw(this.#folder(dir), name) !== undefined)) this.#waste.length = 0
      this.#sweep()
      this.#restoreTimes()
      for (const path of left) this.#applied(path)
      throw failed(error, left)
    }
    this.#sweep()
    this.#setTimes()
    this.#close()
  }

  /** Gives folders the modes that were too strict to work in them. */
  #close (): void {
    for (const [path, { node, mode }] of this.#closed) {
      try {
        this.#lower.setattr(node, { mode })
      } catch (error) {
        const others = this.#todo.map((one) => one.path).filter((one) => one !== path)
        for (const one of others) this.#applied(one)
        throw failed(error, others)
      }
    }
  }

  /** Attributes of folders come last, the deepest first: they may forbid what is done in them. */
  #ordered (): Staged[] {
    const late = this.#todo.filter(({ inode, as }) => inode?.dir === true && as === undefined)
    return [...this.#todo.filter((one) => !late.includes(one)), ...late.reverse()]
  }

  /** Takes back what was put in place; gives the paths of what could not be. */
  #undone (undo: { path: string, back: () => void }[]): string[] {
    const left = new Set<string>()
    for (const { path, back } of undo.reverse()) {
      try {
        back()
      } catch (error) {
        if (codeOf(error) === undefined) throw error
        left.add(path)
      }
    }
    return [...left].reverse()
  }

  /** Removes what waits beside its place and what was put aside. What cannot be removed stays hidden, until the next commit. */
  #sweep (): void {
    for (const one of this.#waste.splice(0)) {
      try {
        one()
      } catch (error) {
        if (codeOf(error) === undefined) throw error
        this.#waste.push(one)
      }
    }
  }

  /** A free name in a folder, for what is removed in the end, whatever it is then. */
  #aside (node: unknown): string {
    const name = `${STAGE}${this.#stamp}-${this.#count++}`
    this.#waste.push(() => { removeTree(this.#lower, node, name) })
    return name
  }

  /** The folder of the lower layer that stands for one of the merged tree. */
  #folder (dir: Inode): unknown {
    const known = this.#touched.get(dir)
    if (known !== undefined) return known.node
    const node = dir.lower
    if (node === undefined) throw new Errno('ENOENT')
    const attr = copyOf(this.#lower.getattr(node))
    this.#touched.set(dir, { node, dir, attr })
    // Its new mode may let us in where the old one does not.
    if (dir.attributesSet && keepsOut(attr.mode)) this.#lower.setattr(node, { mode: (attr.mode & 0o7777) | 0o700 })
    return node
  }

  /** Only attributes of what is there change. */
  #inPlace ({ inode, raw, name }: Staged): boolean {
    if (inode === undefined || raw === undefined) return false
    if (inode.dir) return isDir(raw.mode) && (name === '' || inode.lower !== undefined)
    // Others may have put something else there, of the same number: those are used again.
    const sameType = (raw.mode & S_IFMT) === (this.#layers.attr(inode).mode & S_IFMT)
    return inode.attributesSet && !inode.written && sameType && inode.origin?.ino === this.#lower.getattr(raw.node).ino
  }

  #stage (one: Staged): void {
    if (one.name !== '') this.#folder(one.dir)
    if (one.inode === undefined || this.#inPlace(one)) return
    const folder = this.#folder(one.dir)
    one.as = this.#aside(folder)
    this.#make(one.inode, folder, one.as)
  }

  /** Makes an inode of the upper layer, and what is in it, under a name in a folder of the lower layer. */
  #make (inode: Inode, folder: unknown, name: string): unknown {
    const made = this.#made.get(inode)
    if (made !== undefined && this.#linked(made, folder, name)) return made
    const original = made === undefined ? this.#original(inode) : undefined
    if (original !== undefined && this.#linked(original, folder, name)) {
      const node = this.#lower.lookup(folder, name)!.node
      this.#made.set(inode, node)
      if (inode.attributesSet) this.#linkedTo.set(inode, node)
      return node
    }
    if (inode.withheld) throw new Errno('EACCES')   // its content stands in what is to be replaced, and nowhere else
    const { upper } = this.#layers
    const attr = this.#layers.attr(inode)
    const node = this.#lower.mknod(folder, name, inode.dir ? attr.mode | 0o700 : attr.mode, attr.uid, attr.gid, isLink(attr.mode) ? upper.getlink(inode.upper) : undefined)
    if (isFile(attr.mode)) copyContent(upper, inode.upper, this.#lower, node, attr.size)
    if (inode.dir) {
      for (const { name } of [...this.#layers.quietly(inode, () => [...upper.getdents(inode.upper)])]) this.#make(this.#layers.find(inode, name)!, node, name)
    } else this.#made.set(inode, node)
    this.#lower.setattr(node, patchOf(attr, this.#lower.getattr(node)))
    return node
  }

  #linked (made: unknown, folder: unknown, name: string): boolean {
    try {
      this.#lower.linkat(made, folder, name)
      return true
    } catch (error) {
      if (!NO_LINKS.has(codeOf(error) ?? '')) throw error
      return false
    }
  }

  /** What was only renamed, or got further names, stays the inode that it was. */
  #original ({ origin, written, dir }: Inode): unknown {
    if (origin === undefined || origin.path === '' || written || dir) return undefined
    const found = lowerAt(this.#layers, origin.path)
    return found !== undefined && looksLike(this.#lower.getattr(found), origin) ? found : undefined
  }

  #attributes (inode: Inode, node: unknown, done: Done): void {
    const before = copyOf(this.#lower.getattr(node))
    const patch = patchOf(this.#layers.attr(inode), before)
    const { mode } = patch
    if (inode.dir && mode !== undefined && keepsOut(mode)) {
      this.#closed.set(pathOf(inode) || '/', { node, mode })
      patch.mode = mode | 0o700
    }
    this.#lower.setattr(node, patch)
    done(() => { this.#lower.setattr(node, patchOf(before, undefined)) })
  }

  /** Puts one change in its place; `done` is told how to take each step back. */
  #publish (one: Staged, done: Done): void {
    const { dir, name, raw, as, inode } = one
    if (inode !== undefined && as === undefined) {
      this.#attributes(inode, raw!.node, done)
      return
    }
    const folder = this.#folder(dir)
    const now = this.#layers.raw(folder, name)
    if (now === undefined) {
      if (as !== undefined) this.#add(folder, name, as, done)
    } else if (as === undefined) this.#remove(folder, name, done)
    else this.#replace(folder, name, as, !inode!.dir && !isDir(now.mode) ? now.node : undefined, done)
  }

  /** What waits under the name `as` gets its name. */
  #add (folder: unknown, name: string, as: string, done: Done): void {
    const lower = this.#lower
    lower.renameat(folder, as, folder, name)
    done(() => { lower.renameat(folder, name, folder, as) })
  }

  /** What stands at a name is put aside. */
  #remove (folder: unknown, name: string, done: Done): void {
    const lower = this.#lower
    const aside = this.#aside(folder)
    lower.renameat(folder, name, folder, aside)
    done(() => { lower.renameat(folder, aside, folder, name) })
  }

  /** The same in one: `file` is what stands there, if a file can take its place in one step. */
  #replace (folder: unknown, name: string, as: string, file: unknown, done: Done): void {
    const lower = this.#lower
    const aside = this.#aside(folder)
    const put = (): void => { lower.renameat(folder, as, folder, name) }
    const back = (): void => { lower.renameat(folder, aside, folder, name) }
    if (file !== undefined && this.#linked(file, folder, aside)) {
      put()
      done(back)
      return
    }
    lower.renameat(folder, name, folder, aside)
    orUndo(put, back)
    done(() => {
      lower.renameat(folder, name, folder, as)
      orUndo(back, put)
    })
  }

  /** The folders of the lower layer get the times that the merged tree showed. */
  #setTimes (): void {
    const folders = this.#layers.foldersWithOwnAttributes().map((dir) => ({ node: dir.lower, shown: this.#layers.attr(dir) as Attributes }))
    for (const { node, dir, attr } of this.#touched.values()) if (!dir.copied) folders.push({ node, shown: attr })
    for (const { node, shown } of folders) {
      const { atime, atimeNs, mtime, mtimeNs } = this.#lower.getattr(node)
      if (shown.mtime !== mtime || shown.mtimeNs !== mtimeNs || shown.atime !== atime || shown.atimeNs !== atimeNs) this.#stampFolder(node, shown)
    }
  }

  #restoreTimes (): void {
    for (const { node, attr, dir } of this.#touched.values()) this.#stampFolder(node, attr, dir.attributesSet)
  }

  /** Sets times, and the mode if asked; of a folder that others own they cannot be set. */
  #stampFolder (node: unknown, { atime, atimeNs, mtime, mtimeNs, mode }: Attributes, withMode = false): void {
    try {
      this.#lower.setattr(node, { ...withMode && { mode: mode & 0o7777 }, atime: { ms: atime, ns: atimeNs }, mtime: { ms: mtime, ns: mtimeNs } })
    } catch (error) {
      if (codeOf(error) === undefined) throw error
    }
  }
}

/** Takes a step; when it fails, takes back the one before it, and throws. */
function orUndo (what: () => void, undo: () => void): void {
  try {
    what()
  } catch (error) {
    undo()
    throw error
  }
}

/** What is shown of an inode now: providers may hand out the inode itself. */
const copyOf = ({ mode, uid, gid, atime, atimeNs, mtime, mtimeNs }: Attr): Attributes => ({ mode, uid, gid, atime, atimeNs, mtime, mtimeNs })

/** What makes one inode look like another. */
function patchOf (attr: Attributes, now: Attributes | undefined): Patch {
  return {
    ...(now?.uid !== attr.uid || now.gid !== attr.gid) && { uid: attr.uid, gid: attr.gid },
    ...!isLink(attr.mode) && { mode: attr.mode & 0o7777 },
    atime: { ms: attr.atime, ns: attr.atimeNs }, mtime: { ms: attr.mtime, ns: attr.mtimeNs }
  }
}
