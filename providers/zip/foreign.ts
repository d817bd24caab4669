// An archive of `node:zlib` (ZipBuffer, ZipFile; 26.10) as a file system: read where it is, and changed there, as
// `node:vfs` does it. What others change in it is seen.
import { Errno } from '../../lib/kernel/errors.ts'
import { clock } from '../../lib/kernel/native.ts'
import { S_IFDIR, S_IFLNK, S_IFREG, type Described, type Recipient } from '../../lib/kernel/provider.ts'
import { VirtualProvider } from '../path.ts'

/** What an entry keeps beside its content. */
interface Kept { readonly mode?: number, readonly modified?: Date, readonly method?: 'store' | 'deflate' | 'zstd' }

interface Entry { readonly size: number, readonly mode: number, readonly modified: Date, readonly method: number, readonly isSymlink: boolean, contentSync (): Buffer }

/** As much of ZipBuffer and ZipFile as is used: the first answers `get` and `delete` at once, the second has twins for that. */
export interface ForeignArchive {
  readonly writable?: boolean
  has (name: string): boolean
  keys (): Iterable<string>
  get (name: string): unknown
  getSync? (name: string): Entry
  delete (name: string): unknown
  deleteSync? (name: string): unknown
  addSync (name: string, data: Uint8Array, options?: Kept): unknown
  closeSync? (): void
}

/** Whether what was given is an archive of Node's. */
export const isForeign = (given: unknown): given is ForeignArchive =>
  ['has', 'keys', 'get', 'delete', 'addSync'].every((name) => typeof (given as Record<string, unknown> | null | undefined)?.[name] === 'function')

const EMPTY = Buffer.alloc(0)
const METHODS: Readonly<Record<number, Kept['method']>> = { 0: 'store', 8: 'deflate', 93: 'zstd' }
const kept = ({ mode, modified, method }: Entry): Kept => ({ modified, ...(mode === 0 ? {} : { mode: mode & 0o7777 }), ...(METHODS[method] === undefined ? {} : { method: METHODS[method] }) })
const nameOf = (path: string): string => path.slice(1)

/** An open file, which all who have it open share. It goes into the archive when the last of them closes it. */
class Member {
  uses = 1
  size: number
  changed: boolean
  readonly mode: number | undefined
  #bytes: Buffer

  constructor (bytes: Buffer, mode: number | undefined, changed: boolean) {
    this.#bytes = bytes
    this.size = bytes.length
    this.mode = mode
    this.changed = changed
  }

  get content (): Buffer { return this.#bytes.subarray(0, this.size) }

  read (buffer: Uint8Array, from: number, length: number, position: number): number {
    const part = this.content.subarray(position, position + length)
    buffer.set(part, from)
    return part.length
  }

  write (buffer: Uint8Array, from: number, length: number, position: number): number {
    if (position + length > this.size) this.resize(position + length)
    this.#bytes.set(buffer.subarray(from, from + length), position)
    this.changed = true
    return length
  }

  resize (size: number): void {
    if (size > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(size, this.#bytes.length * 2))
      larger.set(this.content)
      this.#bytes = larger
    } else if (size > this.size) this.#bytes.fill(0, this.size, size)
    this.size = size
    this.changed = true
  }
}

/** The file system. Changes that Node's archives cannot hold are refused: EROFS for links, EPERM for owners and hard links. */
export class ForeignZip extends VirtualProvider {
  readonly confined = true
  readonly #archive: ForeignArchive
  readonly #refuses: boolean
  readonly #open = new Map<string, Member>()

  constructor (archive: ForeignArchive, readonly: boolean) {
    super()
    this.#archive = archive
    this.#refuses = readonly
  }

  override get readonly (): boolean { return this.#refuses || this.#archive.writable === false }

  #entry (name: string): Entry | undefined {
    if (!this.#archive.has(name)) return undefined
    return this.#archive.getSync === undefined ? this.#archive.get(name) as Entry : this.#archive.getSync(name)
  }

  #below (name: string): string[] { return [...this.#archive.keys()].filter((key) => key.startsWith(`${name}/`)) }

  #delete (name: string): void {
    if (this.#archive.deleteSync === undefined) this.#archive.delete(name)
    else this.#archive.deleteSync(name)
  }

  /** A folder that there is only because of what is in it stays when that goes. */
  #keepFolder (name: string): void {
    const above = name.slice(0, name.lastIndexOf('/') + 1)
    if (above !== '' && !this.#archive.has(above)) this.#archive.addSync(above, EMPTY)
  }

  override lstatSync (path: string): object {
    const name = nameOf(path)
    const file = name === '' ? undefined : this.#entry(name)
    const member = this.#open.get(name)
    if (file !== undefined) {
      const type = file.isSymlink ? S_IFLNK : S_IFREG
      return { mode: type | (file.isSymlink ? 0o777 : (file.mode & 0o7777) || 0o644), size: member?.size ?? file.size, mtimeMs: member?.changed === true ? clock() : file.modified.getTime() }
    }
    const folder = name === '' ? undefined : this.#entry(`${name}/`)
    if (name !== '' && folder === undefined && this.#below(name).length === 0) throw new Errno('ENOENT')
    return { mode: S_IFDIR | (((folder?.mode ?? 0) & 0o7777) || 0o755), size: 0, ...(folder === undefined ? {} : { mtimeMs: folder.modified.getTime() }) }
  }

  override readdirSync (path: string): string[] {
    const from = path === '/' ? 0 : path.length
    const inside = path === '/' ? [...this.#archive.keys()] : this.#below(nameOf(path))
    return [...new Set(inside.map((key) => key.slice(from).split('/', 1)[0]!))].filter((name) => !['', '.', '..'].includes(name))
  }

  override readlinkSync (path: string): string { return this.#entry(nameOf(path))!.contentSync().toString() }

  /** `flags`: 'r', 'r+' or 'w', which is what the rest of the file system is made of. */
  override openSync (path: string, flags: string, mode?: number): object {
    const name = nameOf(path)
    let member = this.#open.get(name)
    if (member !== undefined) member.uses++
    else {
      const entry = this.#entry(name)
      if (entry === undefined && flags !== 'w') throw new Errno('ENOENT')
      member = new Member(entry === undefined || flags === 'w' ? EMPTY : entry.contentSync(), entry === undefined ? mode : kept(entry).mode, flags === 'w')
      this.#open.set(name, member)
    }
    return this.#handle(member)
  }

  #handle (member: Member): object {
    return {
      readSync: (buffer: Uint8Array, from: number, length: number, position: number) => member.read(buffer, from, length, position),
      writeSync: (buffer: Uint8Array, from: number, length: number, position: number) => member.write(buffer, from, length, position),
      truncateSync: (size: number) => { member.resize(size) },
      closeSync: () => { this.#close(member) }
    }
  }

  #close (member: Member): void {
    if (--member.uses > 0) return
    // Under the name that it has by now; what was removed has none.
    for (const [name, open] of this.#open) {
      if (open !== member) continue
      this.#open.delete(name)
      if (member.changed) this.#archive.addSync(name, Buffer.from(member.content), member.mode === undefined ? {} : { mode: member.mode })
    }
  }

  override mkdirSync (path: string, options?: { mode?: number }): void {
    this.#archive.addSync(`${nameOf(path)}/`, EMPTY, options?.mode === undefined ? {} : { mode: options.mode })
  }

  override rmdirSync (path: string): void {
    this.#keepFolder(nameOf(path))
    this.#delete(`${nameOf(path)}/`)
  }

  override unlinkSync (path: string): void {
    this.#keepFolder(nameOf(path))
    this.#open.delete(nameOf(path))
    this.#delete(nameOf(path))
  }

  override renameSync (path: string, to: string): void {
    const [from, target] = [nameOf(path), nameOf(to)]
    this.#open.delete(target)
    this.#keepFolder(from)
    for (const name of [from, ...this.#below(from)]) {
      const moved = target + name.slice(from.length)
      const member = this.#open.get(name)
      if (member !== undefined) {
        this.#open.delete(name)
        this.#open.set(moved, member)
      }
      this.#put(name, moved, {})
    }
  }

  override chmodSync (path: string, mode: number): void { this.#change(path, { mode }) }
  override utimesSync (path: string, _atime: unknown, mtime: number): void { this.#change(path, { modified: new Date(mtime * 1000) }) }

  #change (path: string, changed: Kept): void {
    const name = this.#archive.has(nameOf(path)) ? nameOf(path) : `${nameOf(path)}/`
    if (this.#archive.has(name)) this.#put(name, name, changed)
    else if (path !== '/') this.#archive.addSync(name, EMPTY, changed)
  }

  /** An entry once more, under a name that may be another. */
  #put (name: string, to: string, changed: Kept): void {
    const entry = this.#entry(name)
    if (entry === undefined) return
    this.#archive.addSync(to, entry.contentSync(), { ...kept(entry), ...changed })
    if (to !== name) this.#delete(name)
  }

  /** The archive as it is now. */
  toBuffer (): Buffer {
    const { createZipArchiveSync } = require('node:zlib') as { createZipArchiveSync (entries: Iterable<Entry>): Iterable<Uint8Array> }
    return Buffer.concat([...createZipArchiveSync([...this.#archive.keys()].map((name) => this.#entry(name)!))])
  }

  describe (to: Recipient): Described | undefined {
    if (to !== 'thread') return undefined
    const bytes = this.toBuffer()
    const source = new Uint8Array(new SharedArrayBuffer(bytes.length))
    source.set(bytes)
    return { provider: 'zip', source, options: { readonly: this.readonly } }
  }

  close (): void { this.#archive.closeSync?.() }
}
