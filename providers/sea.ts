// The assets of the running single executable as a read-only file system: one by one under their keys, and those of a
// ZIP archive among them as the tree that it holds.
import { demandOptions, nodeError } from '../lib/kernel/errors.ts'
import { clock, native } from '../lib/kernel/native.ts'
import { INODES, S_IFDIR, S_IFREG, type Described, type Recipient } from '../lib/kernel/provider.ts'
import { aside } from '../lib/kernel/late.ts'
import { whoami } from '../lib/kernel/rights.ts'
import { Folder } from './memory/inodes.ts'
import { Packed, PackedStore, type Contents } from './memory/packed.ts'
import { DEFAULT_LIMITS } from './zip.ts'

/** Where assets come from: `node:sea`, or something made like it. */
export interface AssetSource {
  isSea (): boolean
  /** Throws for a key that there is none of. */
  getRawAsset (key: string): ArrayBuffer
  /** Absent on Node 20, which cannot list. */
  getAssetKeys? (): string[]
}

/** Which assets are served. */
export interface SEAOptions {
  /** Key of the asset that is a ZIP archive, whose tree is served from the root. Default 'fsmount.zip', if there is one. */
  archive?: string
  /** Keys of assets that are served as files. Default: all, where Node can list them (not on Node 20), but the archive. */
  assets?: readonly string[]
}

/** The key under which an archive is looked for. */
const ARCHIVE = 'fsmount.zip'

const nodeSea = (): AssetSource => require('node:sea') as AssetSource

/** Whether the running program is a single executable. */
export const isSea = (source: AssetSource = nodeSea()): boolean => source.isSea()

/** An asset where it lies in the executable. */
class Asset implements Contents {
  readonly free = true
  readonly #bytes: Uint8Array

  constructor (bytes: ArrayBuffer) { this.#bytes = new Uint8Array(bytes) }

  get size (): number { return this.#bytes.length }
  view (): Uint8Array { return this.#bytes }
}

/**
 * The assets of the running single executable, not copied before they are read. Modes, links and times are those of the
 * archive; assets of their own are 0444 in folders of 0555, and replace what the archive has under the same name.
 */
export class SEAProvider extends PackedStore {
  readonly confined = true
  readonly #source: AssetSource
  readonly #time: number
  readonly #options: SEAOptions

  /**
   * Throws ERR_NOT_IN_SINGLE_EXECUTABLE_APPLICATION outside of a single executable, what Node throws for assets that it
   * was told of and has not, ERR_INVALID_ARG_VALUE for a key that is no path, and errors of ZipProvider.
   */
  constructor (options: SEAOptions = {}, source: AssetSource = nodeSea()) {
    super()
    demandOptions(options, { archive: 'string', assets: 'any' })
    if (!source.isSea()) throw nodeError(Error, 'ERR_NOT_IN_SINGLE_EXECUTABLE_APPLICATION', 'SEAProvider serves the assets of the running single executable, and this program is none')
    this.#source = source
    this.#options = options
    this.#time = Math.floor(native.statSync(process.execPath, { throwIfNoEntry: false })?.mtimeMs ?? clock())
    Object.assign(this.root, { mode: S_IFDIR | 0o555, atime: this.#time, mtime: this.#time, ctime: this.#time, birthtime: this.#time })
    const archive = this.#archive(options.archive)
    for (const key of options.assets ?? source.getAssetKeys?.() ?? []) if (options.assets !== undefined || key !== archive) this.#add(key)
  }

  override get readonly (): boolean { return true }
  override [INODES] (): undefined { return undefined }

  /** The same assets, for a worker of this executable; the source of others cannot be handed on. */
  override describe (to: Recipient): Described | undefined {
    return to === 'thread' && this.#source === nodeSea() ? { provider: 'sea', options: { ...this.#options } } : undefined
  }

  /** Makes the tree of the archive, if there is one; gives its key. */
  #archive (given: string | undefined): string {
    const key = given ?? ARCHIVE
    const bytes = given === undefined ? this.#probe(key) : this.#source.getRawAsset(key)
    if (bytes === undefined) return key
    const { readArchive, sourceOf } = aside(() => require('./zip/reader.js') as typeof import('./zip/reader.ts'))
    readArchive({ name: `the asset ${JSON.stringify(key)}`, source: sourceOf(bytes, this.#time), limits: DEFAULT_LIMITS }, this.root, (dir, name, node) => { this.adopt(dir, name, node) })
    return key
  }

  #probe (key: string): ArrayBuffer | undefined {
    const keys = this.#source.getAssetKeys?.()
    if (keys?.includes(key) === false) return undefined
    try {
      return this.#source.getRawAsset(key)
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_SINGLE_EXECUTABLE_APPLICATION_ASSET_NOT_FOUND') return undefined
      throw error
    }
  }

  #add (key: string): void {
    const refuse = (why: string): Error => nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', `The asset ${JSON.stringify(key)} ${why}; name the assets to be served with the option "assets"`)
    const names = key.split('/').filter((name) => name !== '' && name !== '.')
    if (names.length === 0 || names.includes('..') || key.endsWith('/') || key.includes('\0') || names.some((name) => Buffer.byteLength(name) > 255)) throw refuse('has a key that is no path of a file')
    const { uid, gid } = whoami()
    const name = names.pop()!
    let dir = this.root
    for (const each of names) {
      let next = dir.entries.get(each)
      if (next === undefined) this.adopt(dir, each, next = new Folder(0, S_IFDIR | 0o555, uid, gid, this.#time))
      if (!(next instanceof Folder)) throw refuse('lies below another that is a file')
      dir = next
    }
    if (dir.entries.get(name) instanceof Folder) throw refuse('has the name of a folder')
    this.adopt(dir, name, new Packed(S_IFREG | 0o444, uid, gid, this.#time, new Asset(this.#source.getRawAsset(key))))
  }
}
