// A user's path-level class as a provider of inodes: the steps (steps.ts) run at once, and, where the class answers
// later, by promise twins.
import { Errno } from '../../lib/kernel/errors.ts'
import { isFile, PRIMITIVES, type Attr, type Entry, type Found, type Patch, type Primitive, type Provider, type WatchCallback } from '../../lib/kernel/provider.ts'
import { Methods } from './methods.ts'
import { join, pathOf, PathSteps, type PathNode } from './steps.ts'

/** Whoever tells the adapter whether anything can be changed. */
export interface Source { readonly readonly?: boolean, readonly confined?: boolean }

/** What a user's `watch` gives, as far as it is used. */
interface UserWatcher { on (event: 'change', listener: WatchCallback): unknown, close (): void }

/** What a VFS works on where its provider is a class of the user's: nodes are paths. */
export class PathAdapter implements Provider<PathNode> {
  readonly root: PathNode = '/'
  readonly later: Provider<PathNode>['later']
  /** Given by the user's class, if it knows. */
  describe: Provider<PathNode>['describe']
  readonly listen: Provider<PathNode>['listen']
  readonly #source: Source
  readonly #methods: Methods
  readonly #steps: PathSteps
  readonly #writable: boolean
  /** Paths that are being changed, and when the last of what changes them now is through. */
  readonly #turns = new Map<string, Promise<void>>()
  #asked = 0

  /**
   * `own`: the methods that the user's class gives; `complete`: whether what it does not give works by itself, and
   * `inherits`, whether changes do, too; `writable`: whether anything can be changed.
   */
  constructor (source: Source, own: ReadonlySet<string>, { complete, inherits, writable }: { complete: boolean, inherits: boolean, writable: boolean }) {
    this.#source = source
    this.#methods = new Methods(source, own, complete, inherits)
    this.#steps = new PathSteps(this.#methods)
    this.#writable = writable
    if (this.#methods.slow) this.later = this.#twins()
    if (own.has('watch')) this.listen = (node, callback) => this.#watch(node, callback)
  }

  /** By the user's `watch`, which gives an emitter of 'change', as that of `fs` does. */
  #watch (node: PathNode, callback: WatchCallback): () => void {
    const watcher = (this.#source as unknown as { watch (path: string): UserWatcher }).watch(pathOf(node))
    watcher.on('change', callback)
    return () => { watcher.close() }
  }

  get readonly (): boolean { return !this.#writable || this.#source.readonly === true }
  get confined (): boolean { return this.#source.confined === true }
  /** The class that its user knows. */
  get title (): string { return this.#source.constructor.name }

  /** Nothing is remembered: a back end changes without saying so. */
  version (): number { return ++this.#asked }

  lookup (dir: PathNode, name: string): Found<PathNode> | undefined { return this.#methods.now(this.#steps.lookup(dir, name)) }
  getattr (node: PathNode): Attr { return this.#methods.now(this.#steps.getattr(node)) }
  setattr (node: PathNode, patch: Patch): void { this.#methods.now(this.#steps.setattr(node, patch)) }
  getdents (dir: PathNode): Entry<PathNode>[] { return this.#methods.now(this.#steps.getdents(dir)) }
  names (dir: PathNode): string[] { return this.#methods.now(this.#steps.names(dir)) }
  getlink (node: PathNode): string { return this.#methods.now(this.#steps.getlink(node)) }
  linkat (node: PathNode, dir: PathNode, name: string): void { this.#methods.now(this.#steps.linkat(node, dir, name)) }
  unlinkat (dir: PathNode, name: string): void { this.#methods.now(this.#steps.unlinkat(dir, name)) }
  read (node: PathNode, buffer: Uint8Array, position: number): number { return this.#methods.now(this.#steps.read(node, buffer, position)) }
  view (node: PathNode): Uint8Array { return this.#methods.now(this.#steps.content(node)) }
  write (node: PathNode, bytes: Uint8Array, position: number): number { return this.#methods.now(this.#steps.write(node, bytes, position)) }
  replace (node: PathNode, bytes: Uint8Array): void { this.#methods.now(this.#steps.replace(node, bytes)) }
  pin (node: PathNode): PathNode { return this.#methods.now(this.#steps.pin(node)) }
  unpin (node: PathNode): void { this.#methods.now(this.#steps.unpin(node)) }

  mknod (dir: PathNode, name: string, mode: number, uid: number, gid: number, target?: string): PathNode {
    return this.#methods.now(this.#steps.mknod(dir, name, mode, uid, gid, target))
  }

  renameat (dir: PathNode, name: string, newDir: PathNode, newName: string): void {
    this.#methods.now(this.#steps.renameat(dir, name, newDir, newName))
  }

  #twins (): Provider<PathNode>['later'] {
    type Twin = (...args: unknown[]) => Promise<unknown>
    const steps = this.#steps as unknown as Record<Primitive, (...args: unknown[]) => Generator<never, unknown>>
    const later = (name: Primitive): Twin => async (...args) => await this.#methods.later(steps[name](...args))
    const inTurn = (name: Primitive): Twin => async (node, ...args) => await this.#inTurn(pathOf(node as PathNode), () => later(name)(node, ...args))
    return {
      ...Object.fromEntries(PRIMITIVES.map((name): [Primitive, Twin] => [name, later(name)])),
      ...Object.fromEntries((['setattr', 'write'] as const).map((name) => [name, inTurn(name)])),
      mknod: (dir: PathNode, name: string, mode: number, ...rest: unknown[]) => this.#inTurn(join(dir, name), async () => {
        // Others may have made it since it was looked for, and a class that does not look at flags would empty it.
        if (isFile(mode) && await later('lookup')(dir, name) !== undefined) throw new Errno('EEXIST')
        return await later('mknod')(dir, name, mode, ...rest)
      })
    } as Provider<PathNode>['later']
  }

  /** Changes of one file one after the other: most are made by reading all of it and writing all of it. */
  async #inTurn<T> (path: string, run: () => Promise<T>): Promise<T> {
    let end = (): void => {}
    const mine = new Promise<void>((resolve) => { end = resolve })
    const before = this.#turns.get(path)
    this.#turns.set(path, mine)
    await before
    try {
      return await run()
    } finally {
      if (this.#turns.get(path) === mine) this.#turns.delete(path)
      end()
    }
  }
}
