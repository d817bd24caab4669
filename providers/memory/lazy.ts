// Files and folders of MemoryProvider whose content is made when somebody first asks. An inode that waits has getters
// where others have fields, so that those pay nothing.
import { invalidState, nodeError } from '../../lib/kernel/errors.ts'
import { EMPTY, WAITING, type Folder, type Inode } from './inodes.ts'

/** What a file holds: text (as UTF-8) or bytes, which are copied. */
export type Content = string | Uint8Array

/** Gives a file its content when its size or bytes are first asked for. */
export type ContentProvider = () => Content

/** Fills a folder. Names that are there already are replaced. */
export interface PopulateScope {
  /** A file; its content may be a function, which is called when it is first needed. */
  addFile (name: string, content: Content | ContentProvider, options?: { mode?: number }): void
  addDirectory (name: string, populate?: PopulateCallback, options?: { mode?: number }): void
  addSymlink (name: string, target: string, options?: { mode?: number }): void
}

/** Fills a folder when a name in it is first asked for. */
export type PopulateCallback = (scope: PopulateScope) => void

const providers = new WeakMap<Inode, ContentProvider>()

/** What is going to make a file's content, if it waits for it. */
export const contentProviderOf = (node: Inode): ContentProvider | undefined => node.room === WAITING ? providers.get(node) : undefined

/** Has an empty file make its content when asked. `admit` counts its bytes, or throws. */
export function defer (node: Inode, provide: ContentProvider, admit: (size: number) => void): void {
  providers.set(node, provide)
  node.start = 0
  node.room = WAITING
  const ask = <K extends 'size' | 'bytes'>(key: K): Inode[K] => {
    const bytes = toBytes(provide())
    admit(bytes.length)
    settle(node, bytes)
    return node[key]
  }
  Object.defineProperty(node, 'size', { get: () => ask('size'), enumerable: true, configurable: true })
  Object.defineProperty(node, 'bytes', { get: () => ask('bytes'), enumerable: true, configurable: true })
}

/** Ends the waiting of a file: with its content, or with none when nobody wants it any more. */
export function settle (node: Inode, bytes: Buffer = EMPTY): void {
  Object.defineProperty(node, 'size', { value: bytes.length, writable: true, enumerable: true, configurable: true })
  Object.defineProperty(node, 'bytes', { value: bytes, writable: true, enumerable: true, configurable: true })
  node.room = bytes.length
}

const isLater = (value: unknown): boolean => typeof (value as { then?: unknown } | null | undefined)?.then === 'function'

const tooLate = (what: string): Error => invalidState(`${what} must not answer later`)

function toBytes (content: unknown): Buffer {
  if (typeof content === 'string') return Buffer.from(content)
  if (content instanceof Uint8Array) return Buffer.copyBytesFrom(content)
  if (isLater(content)) throw tooLate('a content provider')
  throw nodeError(TypeError, 'ERR_INVALID_RETURN_VALUE', `Expected a string or Uint8Array to be returned from the content provider but got type ${typeof content}.`)
}

/** Entries of a folder that waits to be filled: the first question fills it. */
export class WaitingEntries extends Map<string, Inode> {
  /** Absent while the constructor of Map runs. */
  readonly #folder: Folder
  readonly #before: Map<string, Inode>
  readonly callback: PopulateCallback
  readonly #scope: PopulateScope

  constructor (folder: Folder, callback: PopulateCallback, scope: PopulateScope) {
    super()
    this.#folder = folder
    this.#before = folder.entries
    this.callback = callback
    this.#scope = scope
  }

  /** What is there without being asked for: nothing but what stood there before. */
  get before (): Map<string, Inode> { return this.#before }

  /** The entries proper. If filling throws, the folder waits on, and the next question tries again. */
  #filled (): Map<string, Inode> {
    const folder = this.#folder
    if (folder.entries !== this) return folder.entries
    const { mtime, ctime, fine } = folder
    const times = fine === undefined ? undefined : { ...fine }
    folder.entries = new Map(this.#before)
    try {
      if (isLater(this.callback(this.#scope) as unknown)) throw tooLate('a populate callback')
    } catch (error) {
      folder.entries = this
      throw error
    } finally {
      Object.assign(folder, { mtime, ctime, fine: times, names: undefined })
    }
    return folder.entries
  }

  override get size (): number { return this.#filled().size }
  override get (name: string): Inode | undefined { return this.#filled().get(name) }
  override has (name: string): boolean { return this.#filled().has(name) }
  override delete (name: string): boolean { return this.#filled().delete(name) }
  override keys (): ReturnType<Map<string, Inode>['keys']> { return this.#filled().keys() }
  override values (): ReturnType<Map<string, Inode>['values']> { return this.#filled().values() }
  override [Symbol.iterator] (): ReturnType<Map<string, Inode>[typeof Symbol.iterator]> { return this.#filled()[Symbol.iterator]() }

  override set (name: string, node: Inode): this {
    this.#filled().set(name, node)
    return this
  }
}
