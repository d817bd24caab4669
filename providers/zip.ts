// A ZIP archive as a file system: read where it lies, changed in memory, and saved in one step.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demandOptions, dressed, Errno, invalidState } from '../lib/kernel/errors.ts'
import { INODES, PROVIDER, type Described, type Provider, type Recipient } from '../lib/kernel/provider.ts'
import { aside } from '../lib/kernel/late.ts'
import { Packed, PackedStore } from './memory/packed.ts'
import type { Folder, Inode } from './memory/inodes.ts'
import type { MemorySnapshot } from './memory/snapshot.ts'
import type { Archive, Source, ZipLimits } from './zip/archive.ts'
import type { ForeignArchive, ForeignZip } from './zip/foreign.ts'

export type { ZipLimits } from './zip/archive.ts'

/** How an archive is opened. */
export interface ZipOptions extends ZipLimits {
  /** Refuse every change with EROFS. Default false: changes are kept in memory until they are saved. */
  readonly?: boolean
  /** Whether new content is deflated when it is saved, where that makes it smaller. Default true. */
  compress?: boolean
}

/** Limits where none are given. */
export const DEFAULT_LIMITS: Required<ZipLimits> = { maxFiles: 500_000, maxRatio: 200, maxFileBytes: 1024 ** 3 }

// What reads and writes archives is read in when the first one is opened, or saved.
const reading = (): typeof import('./zip/reader.ts') => aside(() => require('./zip/reader.js') as typeof import('./zip/reader.ts'))
const writing = (): typeof import('./zip/writer.ts') => aside(() => require('./zip/writer.js') as typeof import('./zip/writer.ts'))
const foreigners = (): typeof import('./zip/foreign.ts') => aside(() => require('./zip/foreign.js') as typeof import('./zip/foreign.ts'))
const saving = (): typeof import('./zip/save.ts') => aside(() => require('./zip/save.js') as typeof import('./zip/save.ts'))

/**
 * A ZIP archive. Its links never lead out of it, and names in it are UTF-8 (others are EILSEQ). Nanoseconds below a
 * hundred, status change times and hard links are kept while it is open, and not in the archive.
 */
export class ZipProvider extends PackedStore {
  readonly confined = true
  /** Absolute path of the archive; undefined for one that was given as bytes, or is new. */
  readonly file: string | undefined
  readonly #readonly: boolean
  readonly #compress: boolean
  readonly #limits: Required<ZipLimits>
  readonly #name: string
  #archive: Archive | undefined
  /** In place of all that follows, where the archive is one of `node:zlib`. */
  readonly #foreign: ForeignZip | undefined
  /** `changes` when the file was as this provider is. */
  #saved = 0
  #comment: Buffer = Buffer.alloc(0)
  /** How much stands before the archive. */
  #prefix = 0
  /** Files that are open, and were not read from memory when they were opened. */
  readonly #opened = new Set<Packed>()
  #snapshots = false

  /**
   * Opens an archive: a file, of which only what is asked for is read, or bytes, which must not change any more; without
   * either, a new, empty one. An archive of `node:zlib`, a ZipBuffer or ZipFile, is read and changed where it is, as
   * `node:vfs` does it. Throws ERR_ZIP_DAMAGED, ERR_ZIP_UNSUPPORTED or ERR_ZIP_TOO_LARGE, all of which name the
   * file, and errors of `fs`.
   */
  constructor (source?: string | URL | Uint8Array | ArrayBuffer | ForeignArchive, options: ZipOptions = {}) {
    super()
    demandOptions(options, { readonly: 'boolean', compress: 'boolean', maxFiles: 'number', maxRatio: 'number', maxFileBytes: 'number' })
    const { readonly = false, compress = true, maxFiles, maxRatio, maxFileBytes } = options
    this.#readonly = readonly
    this.#compress = compress
    this.#limits = { maxFiles: maxFiles ?? DEFAULT_LIMITS.maxFiles, maxRatio: maxRatio ?? DEFAULT_LIMITS.maxRatio, maxFileBytes: maxFileBytes ?? DEFAULT_LIMITS.maxFileBytes }
    this.file = typeof source === 'string' || source instanceof URL ? resolve(source instanceof URL ? fileURLToPath(source) : source) : undefined
    this.#name = this.file ?? 'the archive'
    if (source === undefined) return
    if (typeof source === 'object' && foreigners().isForeign(source)) {
      this.#foreign = new (foreigners().ForeignZip)(source, readonly)
      return
    }
    this.#open(this.file === undefined ? reading().sourceOf(source) : reading().sourceOf(this.file))
  }

  override get readonly (): boolean { return this.#foreign?.readonly ?? (this.#readonly || super.readonly) }
  override get supportsSymlinks (): boolean { return this.#foreign === undefined && super.supportsSymlinks }
  override get supportsWatch (): boolean { return this.#foreign === undefined && super.supportsWatch }

  override [INODES] (): Provider | undefined { return this.#foreign?.[PROVIDER]() }

  #open (source: Source): void {
    const archive = { name: this.#name, source, limits: this.#limits }
    try {
      const { comment, prefix } = reading().readArchive(archive, this.root, (dir, name, node) => { this.adopt(dir, name, node) })
      this.#comment = comment
      this.#prefix = prefix
    } catch (error) {
      source.close()
      throw error
    }
    this.#archive = archive
    this.#saved = this.changes
  }

  override mknod (dir: Inode, name: string, mode: number, uid: number, gid: number, target?: string): Inode {
    demandUtf8(name)
    return super.mknod(dir, name, mode, uid, gid, target)
  }

  override linkat (node: Inode, dir: Inode, name: string): void {
    demandUtf8(name)
    super.linkat(node, dir, name)
  }

  override renameat (dir: Inode, name: string, newDir: Inode, newName: string): void {
    demandUtf8(newName)
    super.renameat(dir, name, newDir, newName)
  }

  override pin (node: Inode): Inode {
    if (node instanceof Packed) this.#opened.add(node)
    return super.pin(node)
  }

  override unpin (node: Inode): void {
    super.unpin(node)
    if (node.pins === 0) this.#opened.delete(node as Packed)
  }

  /** Closes the archive. What was not read or changed by then is EBADF. Idempotent. */
  close (): void { (this.#foreign ?? this.#archive?.source)?.close() }

  /** The same, as `node:vfs` calls it. */
  closeSync (): void { this.close() }
  dispose (): void { this.close() }
  [Symbol.dispose] (): void { this.close() }
  async [Symbol.asyncDispose] (): Promise<void> { this.close() }

  override snapshot (): MemorySnapshot {
    this.#snapshots = true
    return super.snapshot()
  }

  /**
   * The same archive, opened once more; of one without a file, or with changes that are not saved, a worker gets what
   * is in it now, another process nothing.
   */
  override describe (to: Recipient): Described | undefined {
    if (this.#foreign !== undefined) return this.#foreign.describe(to)
    const options = { readonly: this.readonly, compress: this.#compress, ...this.#limits }
    if (this.file !== undefined && this.#saved === this.changes) return { provider: 'zip', source: this.file, options }
    if (to !== 'thread') return undefined
    const bytes = this.toBuffer()
    const source = new Uint8Array(new SharedArrayBuffer(bytes.length))
    source.set(bytes)
    return { provider: 'zip', source, options }
  }

  /** The archive as it is now. Throws as `save` does. */
  toBuffer (): Buffer {
    if (this.#foreign !== undefined) return this.#foreign.toBuffer()
    const pieces: Uint8Array[] = []
    dressed('read', this.#name, () => this.#write({ write: (bytes) => { pieces.push(bytes) } }))
    return Buffer.concat(pieces)
  }

  /**
   * Writes the archive, by default to where it came from: into a file beside, which then takes its place. What was not
   * changed is copied as it is packed. Throws errors of `fs`, ERR_INVALID_STATE for an archive without a file, and ERR_ZIP_UNSUPPORTED
   * or ERR_ZIP_TOO_LARGE for one that could not be opened again; the file is left as it was then.
   */
  save (file: string | URL | undefined = this.file): void {
    if (file === undefined) throw invalidState('the archive was not opened from a file; give save() one')
    const target = resolve(file instanceof URL ? fileURLToPath(file) : file)
    if (this.readonly && target === this.file) throw invalidState('the archive was opened read-only')
    const written = saving().replaceFile(target, (sink) => dressed('read', this.#name, () => this.#write(sink)))
    if (target === this.file) this.#readFrom(target, written)
  }

  #write (sink: import('./zip/writer.ts').Sink): import('./zip/writer.ts').Written[] {
    if (this.#foreign !== undefined) {
      sink.write(this.#foreign.toBuffer())
      return []
    }
    const prefix = reading().prefixOf(this.#archive, this.#prefix)
    const { maxFileBytes, maxRatio, maxFiles } = this.#limits
    return writing().writeArchive({ root: this.root as Folder, prefix, comment: this.#comment, compress: this.#compress ? maxFileBytes : 0, enough: reading().ENOUGH, maxRatio, maxFiles, name: this.#name }, sink)
  }

  /** From now on contents are read from what was saved. */
  #readFrom (file: string, written: readonly import('./zip/writer.ts').Written[]): void {
    this.#saved = this.changes
    const before = this.#archive
    const archive = this.#archive = { name: this.#name, source: reading().sourceOf(file), limits: this.#limits }
    for (const node of this.#opened) if (node.nlink === 0) this.unpack(node)
    for (const { node, item, end } of written) this.repack(node, reading().entryOf(archive, item, end))
    // A snapshot goes on reading from the archive as it was, which is closed when nobody can any more.
    if (!this.#snapshots) before?.source.close()
  }
}

/** Names of an archive are text. */
function demandUtf8 (name: string): void {
  if (!name.isWellFormed()) throw new Errno('EILSEQ')
}

