// The kernel's primitives made of path-level methods. A node is a path; an open file is an object that follows its
// path through renames, and keeps what it held when its name is removed.
import { Errno, invalidReturn, isErrno } from '../../lib/kernel/errors.ts'
import { compareNames, isName } from '../../lib/kernel/names.ts'
import { clock } from '../../lib/kernel/native.ts'
import { isUnder } from '../../lib/kernel/paths.ts'
import { APPEND, isDir, isFile, isLink, S_IFDIR, S_IFREG, type Attr, type Entry, type Found, type Patch, type Time } from '../../lib/kernel/provider.ts'
import { attributes, typeOf } from './attributes.ts'
import { ask, fileOf, type Ask, type Methods, type Steps } from './methods.ts'

/** What is left of a file whose name went. */
class Orphan {
  attr: Attr
  bytes: Buffer

  constructor (attr: Attr, bytes: Buffer) {
    this.attr = attr
    this.bytes = bytes
  }

  write (bytes: Buffer): void {
    this.bytes = bytes
    const now = clock()
    this.attr = { ...this.attr, mtime: now, mtimeNs: 0, ctime: now, ctimeNs: 0 }
  }
}

/** An open file; all who have it open share it. */
export class OpenFile {
  path: string
  pins = 0
  /** The content as last read, to be read on from. */
  seen: Buffer | undefined = undefined
  /** The user's file handles, for reading and for writing, once they were needed. */
  reader: object | undefined = undefined
  writer: object | undefined = undefined
  /** What it was when its name went. */
  orphan: Orphan | undefined = undefined

  constructor (path: string) { this.path = path }
}

/** A path, or an open file. */
export type PathNode = string | OpenFile

const EMPTY = Buffer.alloc(0)
/** The path of a node, from the provider's root. */
export const pathOf = (node: PathNode): string => typeof node === 'string' ? node : node.path
const orphanOf = (node: PathNode): OpenFile['orphan'] => typeof node === 'string' ? undefined : node.orphan
const seconds = ({ ms, ns }: Time): number => ms / 1000 + ns / 1e9
const isMissing = (error: unknown): boolean => isErrno(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

/** The path of a name in a folder. Throws EILSEQ for what is no text. */
export function join (dir: PathNode, name: string): string {
  if (!name.isWellFormed()) throw new Errno('EILSEQ')
  const above = pathOf(dir)
  return above === '/' ? `/${name}` : `${above}/${name}`
}

/** The bytes that a method of the user's gave. */
function toBuffer (content: unknown, method: string): Buffer {
  if (typeof content === 'string') return Buffer.from(content)
  if (content instanceof Uint8Array) return Buffer.from(content.buffer, content.byteOffset, content.length)
  throw invalidReturn('a string or a Uint8Array', method, content)
}

/** The same bytes, of another length. */
function resized (bytes: Buffer, size: number): Buffer {
  return size <= bytes.length ? bytes.subarray(0, size) : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)])
}

/** Primitives as steps. What the user's class cannot do is EROFS, or EPERM where a file system may lack it. */
export class PathSteps {
  readonly #methods: Methods
  readonly #open = new Map<string, OpenFile>()

  constructor (methods: Methods) { this.#methods = methods }

  /** Demands a method for what changes something. */
  #change (code: string, name: string, ...args: unknown[]): Ask {
    if (!this.#methods.can(name)) throw new Errno(code)
    return ask(name, ...args)
  }

  * lookup (dir: PathNode, name: string): Steps<Found<PathNode> | undefined> {
    if (!name.isWellFormed()) return undefined
    const path = join(dir, name)
    try {
      return { node: path, mode: (yield * this.getattr(path)).mode }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  * getattr (node: PathNode): Steps<Attr> {
    const orphan = orphanOf(node)
    if (orphan !== undefined) return { ...orphan.attr, size: orphan.bytes.length }
    const path = pathOf(node)
    try {
      const given = yield * this.#stat(path)
      if (given === undefined || given === null) throw new Errno('ENOENT')   // as with throwIfNoEntry: false
      if (typeof given !== 'object') throw invalidReturn('an object', 'stat', given)
      return attributes(given as Readonly<Record<string, unknown>>, path)
    } catch (error) {
      if (path === '/' && isMissing(error)) return attributes({ mode: S_IFDIR | 0o755 }, path)   // a root there always is
      throw error
    }
  }

  /** What the user says of a path, which may be a link. A class with `stat` alone knows nothing of links; ours behind it does. */
  * #stat (path: string): Steps<unknown> {
    if (this.#methods.has('lstat') || !this.#methods.has('stat')) return yield ask('lstat', path)
    if (this.#methods.complete) {
      try {
        const given = yield ask('lstat', path)
        if (isLink(typeOf(given as Readonly<Record<string, unknown>>))) return given
      } catch (error) {
        if (!isMissing(error)) throw error   // a name that only the user's class knows
      }
    }
    return yield ask('stat', path)
  }

  * setattr (node: PathNode, patch: Patch): Steps<void> {
    const { size, mode, atime, mtime } = patch
    const orphan = orphanOf(node)
    if (orphan !== undefined) {
      if (size !== undefined) orphan.write(resized(orphan.bytes, size))
      Object.assign(orphan.attr, patched(orphan.attr, patch))
      return
    }
    const path = pathOf(node)
    if (size !== undefined) yield * this.#truncate(node, size)
    if (mode !== undefined) yield this.#change('EPERM', 'chmod', path, mode)
    const chown = this.#methods.can('lchown') ? 'lchown' : 'chown'
    // To keep both is a change as well, of the ctime alone, which nobody needs who keeps no owners.
    if (patch.uid !== undefined || patch.gid !== undefined || ('uid' in patch && this.#methods.can(chown))) {
      const attr = yield * this.getattr(node)
      yield this.#change('EPERM', chown, path, patch.uid ?? attr.uid, patch.gid ?? attr.gid)
    }
    if (atime !== undefined || mtime !== undefined) {
      const attr = yield * this.getattr(node)
      const times = [atime ?? { ms: attr.atime, ns: attr.atimeNs }, mtime ?? { ms: attr.mtime, ns: attr.mtimeNs }].map(seconds)
      yield this.#change('EPERM', this.#methods.can('lutimes') ? 'lutimes' : 'utimes', path, ...times)
    }
  }

  * #truncate (node: PathNode, size: number): Steps<void> {
    const path = pathOf(node)
    this.#forget(path)
    if (this.#methods.has('truncate')) yield ask('truncate', path, size)
    else if (this.#methods.has('writeFile')) yield ask('writeFile', path, size === 0 ? EMPTY : resized(yield * this.content(node), size))
    else yield * this.#handled(node, 'truncate', size)
  }

  * names (dir: PathNode): Steps<string[]> {
    return (yield * this.#listed(dir)).map(nameOf).sort(compareNames)
  }

  * getdents (dir: PathNode): Steps<Entry<PathNode>[]> {
    const entries: Entry<PathNode>[] = []
    for (const entry of yield * this.#listed(dir)) {
      const name = nameOf(entry)
      const mode = typeof entry === 'object' && !(entry instanceof Uint8Array) ? typeOf(entry as Record<string, unknown>) : (yield * this.lookup(dir, name))?.mode ?? S_IFREG
      entries.push({ name, node: join(dir, name), mode })
    }
    return entries.sort((a, b) => compareNames(a.name, b.name))
  }

  /** What the user says is in a folder: names, or Dirents. */
  * #listed (dir: PathNode): Steps<unknown[]> {
    const given = yield ask('readdir', pathOf(dir))
    if (!Array.isArray(given)) throw invalidReturn('an array', 'readdir', given)
    return given as unknown[]
  }

  * getlink (node: PathNode): Steps<string> {
    const target = yield this.#change('EINVAL', 'readlink', pathOf(node))
    return typeof target === 'string' ? target : toBuffer(target, 'readlink').toString()
  }

  * mknod (dir: PathNode, name: string, mode: number, _uid: number, _gid: number, target?: string): Steps<PathNode> {
    const path = join(dir, name)
    const bits = mode & 0o7777
    if (target?.isWellFormed() === false && this.#methods.can('symlink')) throw new Errno('EILSEQ')
    if (isDir(mode)) yield this.#change('EROFS', 'mkdir', path, { mode: bits })
    else if (isLink(mode)) yield this.#change('EROFS', 'symlink', target, path)
    else if (this.#methods.has('writeFile')) yield ask('writeFile', path, EMPTY, { mode: bits, flag: 'wx' })
    else yield { on: fileOf(yield this.#change('EROFS', 'open', path, 'w', bits)), name: 'close', args: [] }
    return path
  }

  * linkat (node: PathNode, dir: PathNode, name: string): Steps<void> {
    yield this.#change('EPERM', 'link', pathOf(node), join(dir, name))
  }

  * unlinkat (dir: PathNode, name: string): Steps<void> {
    const path = join(dir, name)
    const attr = yield * this.getattr(path)
    const orphaned = yield * this.#orphan(path)
    yield this.#change('EROFS', isDir(attr.mode) ? 'rmdir' : 'unlink', path)
    orphaned?.()
  }

  * renameat (dir: PathNode, name: string, newDir: PathNode, newName: string): Steps<void> {
    const from = join(dir, name)
    const to = join(newDir, newName)
    const orphaned = yield * this.#orphan(to)
    yield this.#change('EROFS', 'rename', from, to)
    orphaned?.()
    for (const [path, file] of [...this.#open]) {
      if (!isUnder(path, from)) continue
      this.#open.delete(path)
      file.path = to + path.slice(from.length)
      this.#open.set(file.path, file)
    }
  }

  /** Reads what an open file holds before its name goes; the function returned lets it live on that. */
  * #orphan (path: string): Steps<(() => void) | undefined> {
    const file = this.#open.get(path)
    if (file === undefined) return undefined
    const attr = yield * this.getattr(path)
    const bytes = isFile(attr.mode) ? Buffer.copyBytesFrom(yield * this.content(path)) : EMPTY
    return () => {
      this.#open.delete(path)
      const now = clock()
      file.orphan = new Orphan({ ...attr, nlink: isDir(attr.mode) ? 0 : attr.nlink - 1, ctime: now, ctimeNs: 0 }, bytes)
    }
  }

  /** The whole content. */
  * content (node: PathNode): Steps<Buffer> {
    const orphan = orphanOf(node)
    if (orphan !== undefined) return orphan.bytes
    if (this.#methods.has('readFile') || !this.#methods.has('open')) return toBuffer(yield ask('readFile', pathOf(node)), 'readFile')
    const { size } = yield * this.getattr(node)
    const on = fileOf(yield ask('open', pathOf(node), 'r'))
    try {
      if (answers(on, 'readFile')) return toBuffer(yield { on, name: 'readFile', args: [] }, 'readFile')
      const bytes = Buffer.alloc(size)
      return bytes.subarray(0, count(yield { on, name: 'read', args: [bytes, 0, size, 0] }))
    } finally {
      yield { on, name: 'close', args: [] }
    }
  }

  * read (node: PathNode, buffer: Uint8Array, position: number): Steps<number> {
    const orphan = orphanOf(node)
    if (orphan === undefined && typeof node !== 'string' && this.#methods.has('open')) {
      return count(yield { on: node.writer ?? (node.reader ??= fileOf(yield ask('open', node.path, 'r'))), name: 'read', args: [buffer, 0, buffer.length, position] })
    }
    const file = typeof node === 'string' ? undefined : node
    const bytes = orphan?.bytes ?? (position > 0 ? file?.seen : undefined) ?? (yield * this.content(node))
    if (file !== undefined && orphan === undefined) file.seen = bytes   // read on from here; the start is asked for anew
    const part = bytes.subarray(position, position + buffer.length)
    buffer.set(part)
    return part.length
  }

  * write (node: PathNode, bytes: Uint8Array, position: number): Steps<number> {
    const orphan = orphanOf(node)
    if (orphan !== undefined) {
      const at = position === APPEND ? orphan.bytes.length : position
      const whole = Buffer.copyBytesFrom(resized(orphan.bytes, Math.max(orphan.bytes.length, at + bytes.length)))
      whole.set(bytes, at)
      orphan.write(whole)
      return bytes.length
    }
    const path = pathOf(node)
    this.#forget(path)
    const size = position === APPEND || this.#methods.has('appendFile') ? (yield * this.getattr(node)).size : undefined
    const at = position === APPEND ? size! : position
    const given = Buffer.copyBytesFrom(bytes)   // the caller's buffer may change while a back end still has it
    if (at === size && this.#methods.has('appendFile')) yield ask('appendFile', path, given)
    else if (this.#methods.has('writeFile')) {
      const before = yield * this.content(node)
      const whole = Buffer.copyBytesFrom(resized(before, Math.max(before.length, at + given.length)))
      whole.set(given, at)
      yield ask('writeFile', path, whole)
    } else return count(yield * this.#handled(node, 'write', given, 0, given.length, at))
    return bytes.length
  }

  * replace (node: PathNode, bytes: Uint8Array): Steps<void> {
    if (orphanOf(node) === undefined && this.#methods.has('writeFile')) {
      this.#forget(pathOf(node))
      yield ask('writeFile', pathOf(node), Buffer.copyBytesFrom(bytes))
      return
    }
    if (typeof node === 'string' && !this.#open.has(node) && (yield * this.#rewrite(node, bytes))) return
    yield * this.setattr(node, { size: 0 })
    if (bytes.length > 0) yield * this.write(node, bytes, 0)
  }

  /** Writes a whole file by the user's file handle, if that can. */
  * #rewrite (path: string, bytes: Uint8Array): Steps<boolean> {
    const on = fileOf(yield this.#change('EROFS', 'open', path, 'w'))
    try {
      const can = answers(on, 'writeFile')
      if (can) yield { on, name: 'writeFile', args: [Buffer.copyBytesFrom(bytes)] }
      return can
    } finally {
      yield { on, name: 'close', args: [] }
    }
  }

  /** Calls a method of the user's file handle to write with: of the open file, else of one for the moment. */
  * #handled (node: PathNode, name: string, ...args: unknown[]): Steps<unknown> {
    const file = typeof node === 'string' ? this.#open.get(node) : node
    const on = file?.writer ?? fileOf(yield this.#change('EROFS', 'open', pathOf(node), 'r+'))
    if (file !== undefined) file.writer = on
    try {
      return yield { on, name, args }
    } finally {
      if (file === undefined) yield { on, name: 'close', args: [] }
    }
  }

  #forget (path: string): void {
    const file = this.#open.get(path)
    if (file !== undefined) file.seen = undefined
  }

  // Opening asks nothing: what is opened may be a folder.
  * pin (node: PathNode): Steps<PathNode> {
    const path = pathOf(node)
    let file = typeof node === 'string' ? this.#open.get(path) : node
    if (file === undefined) this.#open.set(path, file = new OpenFile(path))
    file.pins++
    return file
  }

  * unpin (node: PathNode): Steps<void> {
    const file = node as OpenFile
    if (file.pins === 1) {
      for (const on of [file.reader, file.writer]) if (on !== undefined) yield { on, name: 'close', args: [] }
      if (file.orphan === undefined) this.#open.delete(file.path)
    }
    file.pins--
  }
}

/** Whether a user's file handle works on the whole file, in the form that is asked for or in the only one that it has. */
const answers = (on: object, name: 'readFile' | 'writeFile'): boolean => {
  const methods = on as Readonly<Record<string, unknown>>
  return typeof methods[`${name}Sync`] === 'function' || (typeof methods[name] === 'function' && typeof methods.closeSync !== 'function')
}

/** A number of bytes, as read and write give it at once or later. */
const count = (given: unknown): number => typeof given === 'number' ? given : (given as { bytesRead?: number, bytesWritten?: number }).bytesRead ?? (given as { bytesWritten: number }).bytesWritten

/** The name of an entry. What is none could lead out of a folder that it is copied to. */
const nameOf = (entry: unknown): string => {
  const given = typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : entry
  const name = typeof given === 'string' ? given : toBuffer(given, 'readdir').toString()
  if (!isName(name)) throw invalidReturn('names, none of them empty or with dots alone, a slash or a null byte,', 'readdir', name)
  return name
}

/** The fields that a patch changes in the attributes of an orphan. */
function patched (attr: Attr, { mode, uid, gid, atime, mtime }: Patch): Partial<Attr> {
  const now = clock()
  return {
    mode: mode === undefined ? attr.mode : (attr.mode & ~0o7777) | mode, uid: uid ?? attr.uid, gid: gid ?? attr.gid, ctime: now, ctimeNs: 0,
    ...(atime === undefined ? {} : { atime: atime.ms, atimeNs: atime.ns }), ...(mtime === undefined ? {} : { mtime: mtime.ms, mtimeNs: mtime.ns })
  }
}
