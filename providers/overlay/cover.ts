// The provider behind `overlay: 'copy-on-write'`: an overlay whose lower layer is what a mount point covers on the disk.
// Links in it lead where they lead in the whole name space.
import { invalidState, isFsError } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import { isDir, type Changes, type CommitOptions, type CoverProvider, type Described, type Provider, type Recipient } from '../../lib/kernel/provider.ts'
import { OverlayProvider } from '../overlay.ts'
import { RealFSProvider } from '../real.ts'
import type { Inode } from './inode.ts'
import type { Layers } from './layers.ts'

/** An overlay that is laid over a folder of the disk, again and again if need be. */
export class CopyOnWrite extends OverlayProvider implements CoverProvider {
  override readonly confined = false
  /** The folder of the disk that it lies over, or lay over last. */
  #folder: string | undefined
  #lower: Provider | undefined
  #covers = false

  constructor (upper: Provider) { super({ lower: undefined, upper }) }

  /** Lays it over a folder of the disk, or takes it off. A folder that is not there counts as empty. */
  cover (folder: string | undefined): void {
    this.#covers = folder !== undefined
    if (folder !== undefined && (folder !== this.#folder || this.#lower === undefined)) {
      this.#folder = folder
      this.#lower = open(folder)
    }
    this.layers.attach(this.#covers ? this.#lower : undefined)
    if (this.#covers && this.#lower !== undefined) takeFor(this.layers, this.layers.root)
  }

  /** The upper layer, to be laid over the same folder. */
  override describe (to: Recipient): Described | undefined { return this.describeUpper(to) }

  override changes (): Changes { return this.#over(() => super.changes()) }

  override commit (options?: CommitOptions): void {
    if (this.#folder === undefined) throw invalidState('it was never mounted over anything that changes could be committed to')
    const made = this.#lower === undefined ? native.mkdirSync(this.#folder, { recursive: true }) : undefined
    this.#lower ??= open(this.#folder)
    try {
      this.#over(() => { super.commit(options) })
    } catch (error) {
      if (made !== undefined && this.#isBare()) this.#unmake(made)
      throw error
    }
  }

  #isBare (): boolean { return native.readdirSync(this.#folder!).length === 0 }

  /** Removes the folders that were made for a commit that failed. */
  #unmake (made: string): void {
    for (let path = this.#folder!; path.length >= made.length; path = path.slice(0, path.lastIndexOf('/'))) native.rmdirSync(path)
    this.#lower = undefined
    this.layers.attach(undefined)
  }

  /** Runs something with the disk below, also when it is not mounted any more. */
  #over<T> (run: () => T): T {
    this.layers.attach(this.#lower)
    try {
      return run()
    } finally {
      if (!this.#covers) this.layers.attach(undefined)
    }
  }
}

/** The folder of the disk as a provider; undefined when there is none. */
function open (folder: string): Provider | undefined {
  try {
    return new RealFSProvider(folder, { special: true }) as unknown as Provider
  } catch (error) {
    if (isFsError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw error
  }
}

/** What was written before anything lay below is a change of what lies there now. */
function takeFor (layers: Layers, dir: Inode): void {
  if (dir.lower === undefined) return
  for (const { name, mode } of layers.quietly(dir, () => [...layers.upper.getdents(dir.upper)])) {
    const low = layers.below(dir, name)
    const inode = low === undefined ? undefined : layers.find(dir, name)
    if (inode === undefined) continue
    if (isDir(mode)) takeFor(layers, inode)
    else if (inode.origin === undefined && !inode.made) layers.standsFor(dir, inode, low!)
  }
}
