// The provider behind `overlay: 'copy-on-write'`: an overlay whose lower layer is what a mount point covers on the disk.
// Links in it lead where they lead in the whole name space.
import { kindOnDisk } from '../../lib/kernel/disk.ts'
import { invalidState, isFsError } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import { isDir, type Changes, type CommitOptions, type CoverProvider, type Described, type Found, type Provider, type Recipient } from '../../lib/kernel/provider.ts'
import { OverlayProvider } from '../overlay.ts'
import { conflicting, failed } from './commit.ts'
import { RealFSProvider } from '../real.ts'
import { originOf, pathOf, type Inode } from './inode.ts'
import type { Layers } from './layers.ts'

/** An overlay that is laid over a folder of the disk, again and again if need be. */
export class CopyOnWrite extends OverlayProvider implements CoverProvider {
  override readonly confined = false
  /** The folder of the disk that it lies over, or lay over last. */
  #folder: string | undefined
  #lower: Provider | undefined
  #covers = false

  constructor (upper: Provider) { super({ lower: undefined, upper }) }

  /** Lays it over a folder of the disk, or takes it off. A folder that is not there counts as empty, until it is. */
  cover (folder: string | undefined): void {
    this.#covers = folder !== undefined
    if (folder !== undefined && (folder !== this.#folder || this.#lower === undefined)) {
      this.#folder = folder
      this.#lower = open(folder)
    }
    this.layers.attach(this.#covers ? this.#lower : undefined)
    if (this.#covers && this.#lower !== undefined) takeFor(this.layers, this.layers.root)
  }

  /** A folder that was not there when this was laid over it may be there by now. */
  protected override lookBelow (): void {
    if (!this.#covers || this.#lower !== undefined || kindOnDisk(this.#folder!) !== 'folder' || this.layers.locked) return
    this.#lower = open(this.#folder!)
    if (this.#lower !== undefined) this.#appear()
  }

  /** Shows a folder that others made, or a commit: what is here already is none of what is there. */
  #appear (): void {
    this.layers.attach(this.#lower)
    this.layers.change(() => { keepApart(this.layers, this.layers.root) })
  }

  /** The upper layer, to be laid over the same folder. */
  override describe (to: Recipient): Described | undefined { return this.describeUpper(to) }

  override changes (): Changes { return this.#over(() => super.changes()) }

  override commit (options: CommitOptions = {}): void {
    if (this.#folder === undefined) throw invalidState('VFS was never mounted over anything that changes could be committed to')
    this.#over(() => {
      this.lookBelow()
      const there = kindOnDisk(this.#folder!) === 'folder'
      if (!there && Object.values(super.changes()).flat().length === 0) return
      if (!there && this.#lower !== undefined && options.force !== true) throw conflicting([{ path: '/', reason: 'missing' }])
      const made = there ? undefined : this.#make()
      if (this.#lower === undefined) {
        this.#lower = open(this.#folder!)
        this.#appear()
      }
      try {
        super.commit(options)
      } catch (error) {
        if (made !== undefined && native.readdirSync(this.#folder!).length === 0) this.#unmake(made)
        throw error
      }
    })
  }

  /** Makes the folder; gives the path of the first that was missing. */
  #make (): string | undefined {
    try {
      return native.mkdirSync(this.#folder!, { recursive: true })
    } catch (error) {
      throw failed(error, [])
    }
  }

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
  takeAttributes(layers, dir)
  for (const { name, mode } of layers.quietly(dir, () => [...layers.upper.getdents(dir.upper)])) {
    const low = layers.below(dir, name)
    const inode = low === undefined ? undefined : layers.find(dir, name)
    if (inode?.upper === undefined) continue   // others took it away meanwhile
    if (inode.made) continue   // and so was all that is in it
    if (isDir(mode)) takeFor(layers, inode)
    else if (inode.origin === undefined) takePlace(layers, dir, inode, low!)
  }
}

/** What the upper layer has under a name replaces what the lower layer has there, as if it had been copied and written. */
function takePlace (layers: Layers, dir: Inode, inode: Inode, low: Found<unknown>): void {
  inode.origin = originOf(`${pathOf(dir)}/${inode.name}`, layers.lower!.getattr(low.node), layers.upper.getattr(inode.upper))
  inode.written = true
}

/** Attributes that were set of a folder before it lay over another are set of that one, too. */
function takeAttributes (layers: Layers, dir: Inode): void {
  if (dir.lower === undefined || !dir.attributesSet || dir.origin !== undefined) return
  const attr = layers.lower!.getattr(dir.lower)
  dir.origin = originOf(pathOf(dir), attr, attr)
  dir.bare = false
  layers.save(dir)
}

/** What was written where nothing lay below was made here: what comes to lie there in its place is another's. */
function keepApart (layers: Layers, dir: Inode): void {
  takeAttributes(layers, dir)
  for (const { name } of layers.quietly(dir, () => [...layers.upper.getdents(dir.upper)])) {
    const inode = layers.find(dir, name)
    if (inode?.upper === undefined || inode.origin !== undefined) continue
    inode.made = true
    layers.save(inode)
    if (inode.dir) keepApart(layers, inode)
  }
}
