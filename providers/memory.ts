// MemoryProvider: the default file system of create(), and what makes it convenient: trees as plain objects, lazy
// files and folders.
import { dressed, Errno, invalidType } from '../lib/kernel/errors.ts'
import { INODES, isDir, type Delta } from '../lib/kernel/provider.ts'
import { aside, lazily } from '../lib/kernel/late.ts'
import { MemoryStore, type MemoryOptions } from './memory/store.ts'
import type { Inode } from './memory/inodes.ts'
import type { Packed } from './memory/shared.ts'
import type { DirectoryInput, DirectoryJSON, NestedDirectoryJSON } from './memory/json.ts'
import type { ContentProvider, PopulateCallback } from './memory/lazy.ts'

export type { MemoryOptions } from './memory/store.ts'
export type { DirectoryInput, DirectoryJSON, NestedDirectoryJSON } from './memory/json.ts'
export type { Content, ContentProvider, PopulateCallback, PopulateScope } from './memory/lazy.ts'
export type { MemorySnapshot } from './memory/snapshot.ts'

const jsons = lazily(() => require('./memory/json.js') as typeof import('./memory/json.ts'))
const trees = lazily(() => require('./memory/tree.js') as typeof import('./memory/tree.ts'))

function demandFunction (name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidType(name, 'of type function', value)
}

/** A file system in memory. */
export class MemoryProvider extends MemoryStore {
  /** Set in a copy that is the upper layer of an overlay: what that hid when it was copied. */
  delta: Delta<Inode> | undefined

  override [INODES] (): undefined { return undefined }

  /**
   * Makes files and folders of a plain object: paths (relative ones from `cwd`) or names to contents, to null for an
   * empty folder, or to an object for a folder. Throws errors of `fs`; what was made before one stays.
   */
  fromJSON (json: DirectoryInput, cwd = '/'): this {
    this.demandWritable('open', cwd)
    jsons().readJSON(this, json, trees().namesOf(cwd))
    return this
  }

  /** A new provider of what a plain object describes. */
  static fromJSON (json: DirectoryInput, cwd = '/', options?: MemoryOptions): MemoryProvider {
    return new MemoryProvider(options).fromJSON(json, cwd)
  }

  /**
   * All files, or those at and below `paths`, as one flat object, added to `json`: text where it is UTF-8, else a
   * Buffer (`asBuffer`: always); null for an empty folder. With `isRelative`, keys are seen from the given path. Links
   * are left out.
   */
  toJSON (paths?: string | readonly string[], json: DirectoryJSON = {}, isRelative = false, asBuffer = false): DirectoryJSON {
    const { namesOf } = trees()
    for (const path of typeof paths === 'object' ? paths : [paths ?? '/']) {
      const full = `/${namesOf(path).join('/')}`
      jsons().writeFlat(this, full, isRelative ? '' : full, json, asBuffer)
    }
    return json
  }

  /** A folder and all below it as nested objects, contents as in `toJSON`. Throws ENOENT, ENOTDIR. */
  toNestedJSON (path = '/', asBuffer = false): NestedDirectoryJSON {
    const { namesOf, nodeAt } = trees()
    return dressed('scandir', path, () => {
      const dir = nodeAt(this, namesOf(path))
      if (dir === undefined || !isDir(dir.mode)) throw new Errno(dir === undefined ? 'ENOENT' : 'ENOTDIR')
      return jsons().nest(this, dir, asBuffer)
    })
  }

  /**
   * Makes a file (and missing folders above it) whose content `provide` gives when its size or bytes are first asked
   * for; from then on it is like any other. If `provide` throws, the caller gets that error and the next one asks again.
   */
  setContentProvider (path: string, provide: ContentProvider): void {
    demandFunction('provide', provide)
    this.demandWritable('open', path)
    const { fileAt, namesOf } = trees()
    dressed('open', path, () => { this.fill(fileAt(this, namesOf(path)), provide) })
  }

  /** Makes a folder (and those above it) that `populate` fills when a name in it is first asked for. */
  setPopulateCallback (path: string, populate: PopulateCallback): void {
    demandFunction('populate', populate)
    this.demandWritable('mkdir', path)
    const { folderAt, namesOf } = trees()
    this.populate(dressed('mkdir', path, () => folderAt(this, namesOf(path))), populate)
  }

  /** What a twin in another thread holds now. One that cannot be written to has not changed. */
  renew (source: unknown): void {
    if (isPacked(source) && !this.readonly) this.#unpack(source)
  }

  #unpack (source: Packed): void {
    this.restore(aside(() => require('./memory/snapshot.js') as typeof import('./memory/snapshot.ts')).MemorySnapshot.of(source))
  }

  /** A provider as `registerProvider` makes them: of what `describe` gave, of a plain object, or empty. */
  static made (source: unknown, { readonly, whiteouts, ...options }: MemoryOptions & { readonly?: boolean, whiteouts?: [string, string][] }): MemoryProvider {
    const made = new MemoryProvider(options)
    if (whiteouts !== undefined) made.delta = { whiteouts: () => whiteouts, copies: () => [], hide () {}, unhide () {}, keep () {}, forget () {} }
    if (isPacked(source)) made.#unpack(source)
    else if (typeof source === 'object' && source !== null) made.fromJSON(source as DirectoryInput)
    else if (source !== undefined && source !== '') throw invalidType('source', 'a plain object of names and contents', source)
    if (readonly === true) made.setReadOnly()
    return made
  }
}

const isPacked = (source: unknown): source is Packed => (source as Packed | undefined)?.contents instanceof SharedArrayBuffer
