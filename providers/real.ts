// RealFSProvider: a folder of the host as a file system that nothing leads out of. It confines the paths that are given
// to its object or mount, not code, which still has `node:fs`. Nodes are link-free paths below the root; links are the
// kernel's business, which reads their targets relative to the root, as chroot does.
import { codeOf, demandOptions, Errno } from '../lib/kernel/errors.ts'
import { compareNames, decodeName } from '../lib/kernel/names.ts'
import { O_PATH } from '../lib/kernel/handles.ts'
import { native } from '../lib/kernel/native.ts'
import { APPEND, type Attr, type Described, type Entry, type Found, type Patch, type Provider, type Resolved, type StatFsAttr, type WatchCallback } from '../lib/kernel/provider.ts'
import { beforeGuard } from './real/before.ts'
import { change, make, remove, settle, split } from './real/change.ts'
import { copyContent, copyContentLater } from './real/copy.ts'
import { descriptorGuard } from './real/descriptor.ts'
import type { Guard } from './real/guard.ts'
import { bared, hostPath, list, listNames, readLink, toAttr, type HostStats } from './real/host.ts'
import { Inodes } from './real/inodes.ts'
import { OpenFile, openHeld, openHeldLater } from './real/opened.ts'
import { canonicalFolder, rootOf } from './real/root.ts'
import { VirtualProvider } from './path.ts'

/** Options of RealFSProvider. */
export interface RealFSOptions {
  /** Refuses every change. */
  readonly?: boolean
  /** Lets devices, FIFOs and sockets be opened; without it they are refused with EACCES. */
  special?: boolean
}

/** A path below the root, or an open file. */
type Node = string | OpenFile

const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_SYNC, O_DSYNC, O_DIRECT, O_NOATIME, O_NONBLOCK } = native.constants

/** What `pin` hands to the host; names are made and files cut by other primitives. Some are undefined outside of Linux. */
const OPEN_FLAGS = O_WRONLY | O_RDWR | O_APPEND | O_SYNC | O_DSYNC | O_DIRECT | O_NOATIME | O_NONBLOCK | O_PATH

/**
 * The folder `root` as a file system. Throws ENOENT or ENOTDIR, as `opendir` does, if it is not there or no folder.
 * No path, link, rename or race leads out of it. On Linux every access is checked on a descriptor.
 */
export class RealFSProvider extends VirtualProvider implements Provider<Node> {
  readonly root: Node = ''
  readonly confined = true
  readonly checksEmpty = true
  readonly later: NonNullable<Provider<Node>['later']>
  readonly #rootPath: string
  readonly #special: boolean
  readonly #readonly: boolean
  readonly #guard: Guard
  readonly #inodes: Inodes
  #looks = 0
  /** The file that the call under way has made: whoever makes a file may open it, whatever its mode is (open(2)). */
  #made: Node | undefined

  constructor (root: string | URL, options: RealFSOptions = {}) {
    super()
    demandOptions(options, { readonly: 'boolean', special: 'boolean' })
    this.#rootPath = rootOf(root)
    this.#readonly = options.readonly === true
    this.#special = options.special === true
    const canonical = canonicalFolder(this.#rootPath)
    this.#guard = descriptorGuard(canonical, this.#readonly) ?? beforeGuard(canonical)
    this.#inodes = new Inodes(this.#guard.stat(''))
    this.later = {
      sync: async (node) => { await this.#opened(node, O_RDONLY, async (file) => { await file.syncLater() }) },
      copy: async (from, to) => {
        this.#changes()
        const unlocks = to === this.#made
        try {
          await copyContentLater(this.#guard, pathOf(from), pathOf(to))
        } catch (error) {
          if (!unlocks || codeOf(error) !== 'EACCES') throw error
          const lock = this.#unlock(to)
          await copyContentLater(this.#guard, pathOf(from), pathOf(to)).finally(lock)
        }
      },
      ...this.#special && { pin: async (node, flags) => await openHeldLater(bared(() => this.#guard.hold(pathOf(node))), flags & OPEN_FLAGS, true) } satisfies Provider<Node>['later'],
      read: async (node, buffer, position) => await this.#opened(node, O_RDONLY, async (file) => await file.readLater(buffer, position)),
      write: async (node, buffer, position) => {
        this.#changes()
        return await this.#opened(node, writing(position), async (file) => await file.writeLater(buffer, position))
      }
    }
  }

  override get readonly (): boolean { return this.#readonly }

  /** The folder of the host, absolute, as it was given. */
  get rootPath (): string {
    return this.#rootPath
  }

  describe (): Described {
    return { provider: 'real', source: this.#rootPath, options: { readonly: this.#readonly, special: this.#special } }
  }

  resolve (path: string, opening = false): Resolved<Node> | undefined {
    this.#made = undefined
    const stats = this.#guard.glance(path, opening)
    if (stats === undefined) return undefined
    const line = []
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) line.push(path.slice(0, end))
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (stats === null) return { line, name, node: undefined, mode: 0 }
    const attr = this.#attr(stats)
    return { line, name, node: path, mode: attr.mode, attr }
  }

  lookup (dir: Node, name: string): Found<Node> | undefined {
    this.#made = undefined
    const node = below(dir, name)
    return bared(() => this.#guard.folder(pathOf(dir), (at) => {
      const stats = native.lstatSync(hostPath(`${at}/${name}`), { throwIfNoEntry: false, bigint: true })
      if (stats === undefined) return undefined
      const attr = this.#attr(stats)
      return { node, mode: attr.mode, attr }
    }))
  }

  getattr (node: Node): Attr {
    return this.#attr(bared(() => typeof node === 'string' ? this.#guard.stat(node) : node.stat()))
  }

  setattr (node: Node, patch: Patch): void {
    this.#changes()
    if (typeof node !== 'string') return bared(() => node.change(patch))
    const { size, ...rest } = patch
    if (size !== undefined) this.#opened(node, O_WRONLY, (file) => file.change({ size }))
    if (Object.keys(rest).length > 0) bared(() => change(this.#guard, node, rest))
  }

  *getdents (dir: Node): Iterable<Entry<Node>> {
    const found = bared(() => this.#guard.folder(pathOf(dir), list))
    found.sort((a, b) => compareNames(a.name, b.name))
    // Rights of an entry are the host's to check: looking at each would make a listing many times as dear.
    for (const { name, type } of found) yield { name, node: below(dir, name), mode: type | 0o777 }
  }

  names (dir: Node): readonly string[] {
    return bared(() => this.#guard.folder(pathOf(dir), listNames)).sort(compareNames)
  }

  getlink (node: Node): string {
    const [dir, name] = split(pathOf(node))
    return bared(() => this.#guard.folder(dir, (at) => readLink(`${at}/${name}`)))
  }

  mknod (dir: Node, name: string, mode: number, uid: number, gid: number, target?: string): Node {
    this.#changes()
    const node = below(dir, name)
    bared(() => this.#guard.folder(pathOf(dir), (at) => make(`${at}/${name}`, mode, target)))
    bared(() => settle(this.#guard, node, mode, uid, gid))
    this.#made = node
    return node
  }

  linkat (node: Node, dir: Node, name: string): void {
    this.#changes()
    below(dir, name)
    const [from, old] = split(pathOf(node))
    bared(() => this.#guard.folder(from, (source) =>
      this.#guard.folder(pathOf(dir), (at) => native.linkSync(hostPath(`${source}/${old}`), hostPath(`${at}/${name}`)))))
  }

  unlinkat (dir: Node, name: string): void {
    this.#changes()
    below(dir, name)
    bared(() => this.#guard.folder(pathOf(dir), (at) => remove(`${at}/${name}`)))
  }

  renameat (dir: Node, name: string, newDir: Node, newName: string): void {
    this.#changes()
    below(dir, name)
    below(newDir, newName)
    bared(() => this.#guard.folder(pathOf(dir), (from) =>
      this.#guard.folder(pathOf(newDir), (to) => native.renameSync(hostPath(`${from}/${name}`), hostPath(`${to}/${newName}`)))))
  }

  read (node: Node, buffer: Uint8Array, position: number): number {
    return this.#opened(node, O_RDONLY, (file) => file.read(buffer, position))
  }

  write (node: Node, buffer: Uint8Array, position: number): number {
    this.#changes()
    return this.#opened(node, writing(position), (file) => file.write(buffer, position))
  }

  pin (node: Node, flags: number): Node {
    return bared(() => this.#unlocked(node, () => openHeld(this.#guard.hold(pathOf(node)), flags & OPEN_FLAGS, this.#special)))
  }

  unpin (node: Node): void {
    if (typeof node !== 'string') bared(() => node.close())
  }

  sync (node: Node): void {
    this.#opened(node, O_RDONLY, (file) => file.sync())
  }

  copy (from: Node, to: Node): void {
    this.#changes()
    bared(() => { this.#unlocked(to, () => { copyContent(this.#guard, pathOf(from), pathOf(to)) }) })
  }

  /** Others may change anything at any moment: no two looks can be taken for one. */
  version (): number {
    return ++this.#looks
  }

  statvfs (): StatFsAttr {
    return bared(() => this.#guard.folder('', (at) => native.statfsSync(hostPath(at))))
  }

  /** Every change of the folder or file, this process's too. Does not keep the process alive. */
  listen (node: Node, callback: WatchCallback): () => void {
    return bared(() => this.#guard.inode(pathOf(node), (at, stats) => {
      const self = stats.isDirectory() ? '/.' : ''   // libuv names what happens to a folder itself after its path
      const watcher = native.watch(hostPath(at + self), { persistent: false, encoding: 'buffer' }, (event, bytes) => {
        const name = self === '' || bytes === null ? '.' : decodeName(bytes as Buffer)
        callback(event as 'change' | 'rename', name === '.' ? undefined : name)
      })
      watcher.on('error', () => watcher.close())   // the folder is gone, or the host has no more room for watchers
      return () => watcher.close()
    }))
  }

  /** `run`, which opens a file, and may do so if the call under way has made it. */
  #unlocked<T> (node: Node, run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (node !== this.#made || codeOf(error) !== 'EACCES') throw error
    }
    const lock = this.#unlock(node)
    try {
      return run()
    } finally {
      lock()
    }
  }

  /** Lets the owner of a file read and write it; returns the way back. */
  #unlock (node: Node): () => void {
    const path = pathOf(node)
    const mode = Number(this.#guard.stat(path).mode) & 0o7777
    change(this.#guard, path, { mode: mode | 0o600 })
    return () => { change(this.#guard, path, { mode }) }
  }

  #attr (stats: HostStats): Attr {
    return toAttr(stats, this.#inodes.number(stats))
  }

  #changes (): void {
    if (this.#readonly) throw new Errno('EROFS')
  }

  /** `run` with an open file: the one that the node stands for, or one opened for this call only. */
  #opened<T> (node: Node, flags: number, run: (file: OpenFile) => T): T {
    if (typeof node !== 'string') return bared(() => run(node))
    const file = this.pin(node, flags) as OpenFile
    try {
      return bared(() => run(file))
    } finally {
      file.close()   // which waits for what `run` has begun
    }
  }
}

const writing = (position: number): number => position === APPEND ? O_WRONLY | O_APPEND : O_WRONLY

/** The path of a node that stands for a name, not for an open file. */
function pathOf (node: Node): string {
  if (typeof node !== 'string') throw new Errno('EBADF')
  return node
}

/** The path of a name in a folder. The kernel hands no other names than these on; if it did, they would not get out. */
function below (dir: Node, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) throw new Errno('EINVAL')
  if (process.platform === 'win32' && /[\\:]/.test(name)) throw new Errno('EINVAL')   // a path, a drive, a stream
  return `${pathOf(dir)}/${name}`
}
