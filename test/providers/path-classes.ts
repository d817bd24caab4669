// Classes as users write them against the path-level contract: a packager's, a small synchronous one, one that only
// answers later, one that can do everything.
import fs from 'node:fs'
import { create, MemoryProvider, VirtualProvider } from '../../lib/index.ts'

type Any = (...args: any[]) => any

const noent = (path: string): Error => Object.assign(new Error(`ENOENT: no such file, '${path}'`), { code: 'ENOENT' })

/** Keeps contents elsewhere, folders in memory; gives plain stat objects; ignores options of readdir. */
export class Packager extends MemoryProvider {
  readonly files: Map<string, Buffer>
  readonly links = new Map([['/app/link.js', 'index.js']])

  constructor (files: Record<string, string>) {
    super()
    this.files = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]))
    for (const path of this.files.keys()) super.mkdirSync(path.slice(0, path.lastIndexOf('/')) || '/', { recursive: true })
  }

  #plain (path: string, follow: boolean): object {
    const link = this.links.get(path)
    if (link !== undefined && !follow) return { isFile: () => false, isDirectory: () => false, isSymbolicLink: () => true, size: link.length, mtimeMs: 1000, mode: 0o777 }
    const file = this.files.get(link === undefined ? path : `/app/${link}`)
    if (file !== undefined) return { isFile: () => true, isDirectory: () => false, isSymbolicLink: () => false, size: file.length, mtime: new Date(1000), mode: 0o100644 }
    if (!super.existsSync(path)) throw noent(path)
    return { isFile: () => false, isDirectory: () => true, isSymbolicLink: () => false, size: 0, mtimeMs: 1000 }
  }

  override statSync (path: string): object { return this.#plain(path, true) }
  override lstatSync (path: string): object { return this.#plain(path, false) }
  override existsSync (path: string): boolean { return this.files.has(path) || this.links.has(path) || super.existsSync(path) }
  override internalModuleStat (path: string): number { return this.files.has(path) ? 0 : super.existsSync(path) ? 1 : -2 }

  override readFileSync (path: string, options?: string | { encoding?: string }): Buffer | string {
    const file = this.files.get(path)
    if (file === undefined) throw noent(path)
    const encoding = typeof options === 'string' ? options : options?.encoding
    return encoding ? file.toString(encoding as BufferEncoding) : file
  }

  override readdirSync (path: string): string[] {
    const below = [...this.files.keys(), ...this.links.keys()].filter((file) => file.slice(0, file.lastIndexOf('/')) === (path === '/' ? '' : path)).map((file) => file.slice(file.lastIndexOf('/') + 1))
    return [...super.readdirSync(path), ...below]
  }

  override readlinkSync (path: string): string {
    const link = this.links.get(path)
    if (link === undefined) throw Object.assign(new Error('EINVAL'), { code: 'EINVAL' })
    return link
  }
}

/** A flat store in thirty lines: keys are names, values are text. */
export class Flat extends VirtualProvider {
  readonly store = new Map<string, string>()

  #get (path: string): string {
    const value = this.store.get(path.slice(1))
    if (value === undefined) throw noent(path)
    return value
  }

  override statSync (path: string): object {
    if (path === '/') return { isDirectory: () => true }
    return { size: Buffer.byteLength(this.#get(path)) }
  }

  override readdirSync (): string[] { return [...this.store.keys()] }
  override readFileSync (path: string): string { return this.#get(path) }
  override writeFileSync (path: string, data: Buffer): void { this.store.set(path.slice(1), data.toString()) }

  override unlinkSync (path: string): void {
    this.#get(path)
    this.store.delete(path.slice(1))
  }

  override renameSync (from: string, to: string): void {
    this.writeFileSync(to, Buffer.from(this.#get(from)))
    this.unlinkSync(from)
  }
}

/** Answers by promises alone, as over a network. */
export class Remote extends VirtualProvider {
  readonly inside = create()
  calls = 0

  async #ask<T> (answer: () => Promise<T>): Promise<T> {
    this.calls++
    await new Promise((resolve) => setTimeout(resolve, 1))
    return await answer()
  }

  override lstat (path: string): Promise<fs.Stats> { return this.#ask(() => this.inside.promises.lstat(path)) }
  override readdir (path: string): Promise<string[]> { return this.#ask(() => this.inside.promises.readdir(path)) }
  override readFile (path: string): Promise<Buffer> { return this.#ask(() => this.inside.promises.readFile(path)) }
  override readlink (path: string): Promise<string> { return this.#ask(() => this.inside.promises.readlink(path)) }
  override writeFile (path: string, data: Buffer, options?: object): Promise<void> { return this.#ask(() => this.inside.promises.writeFile(path, data, options)) }
  override mkdir (path: string, options?: object): Promise<unknown> { return this.#ask(() => this.inside.promises.mkdir(path, options)) }
  override unlink (path: string): Promise<void> { return this.#ask(() => this.inside.promises.unlink(path)) }
  override rename (from: string, to: string): Promise<void> { return this.#ask(() => this.inside.promises.rename(from, to)) }
}

/** Files and folders, and nothing about them but how long they are. */
export class Plain extends VirtualProvider {
  readonly inside = create()

  override statSync (path: string): object {
    const stats = this.inside.statSync(path)
    return { size: stats.size, isDirectory: () => stats.isDirectory() }
  }

  override readdirSync (path: string): string[] { return this.inside.readdirSync(path) }
  override readFileSync (path: string): Buffer { return this.inside.readFileSync(path) }
  override writeFileSync (path: string, data: Buffer): void { this.inside.writeFileSync(path, data) }
  override mkdirSync (path: string): void { this.inside.mkdirSync(path) }
  override unlinkSync (path: string): void { this.inside.unlinkSync(path) }
}

/** Gives file handles, as the contract of `node:vfs` has them, and nothing else for contents. */
export class Handles extends VirtualProvider {
  readonly inside = create()
  opened = 0

  override statSync (path: string): fs.Stats { return this.inside.statSync(path) }
  override readdirSync (path: string): string[] { return this.inside.readdirSync(path) }
  override unlinkSync (path: string): void { this.inside.unlinkSync(path) }

  override openSync (path: string, flags: string, mode?: number): object {
    const { inside } = this
    const fd = inside.openSync(path, flags, mode)
    this.opened++
    return {
      readSync: (buffer: Buffer, offset: number, length: number, position: number) => inside.readSync(fd, buffer, offset, length, position),
      writeSync: (buffer: Buffer, offset: number, length: number, position: number) => inside.writeSync(fd, buffer, offset, length, position),
      truncateSync: (size: number) => { inside.ftruncateSync(fd, size) },
      closeSync: () => { inside.closeSync(fd); this.opened-- }
    }
  }
}

/** Every path-level method there is, each passed on; with `later`, also those that give promises. */
export function fullProvider (later = false): VirtualProvider {
  const inside = create({ parents: false }) as unknown as Record<string, Any>
  const promises = inside.promises as unknown as Record<string, Any>
  class Full extends VirtualProvider {}
  for (const name of Object.getOwnPropertyNames(VirtualProvider.prototype)) {
    if (name.endsWith('Sync') && name !== 'openSync') Object.defineProperty(Full.prototype, name, { value: (...args: unknown[]) => inside[name]!(...args) })
    else if (later && name !== 'open' && name !== 'watch' && typeof promises[name] === 'function') Object.defineProperty(Full.prototype, name, { value: (...args: unknown[]) => promises[name]!(...args) })
  }
  return new Full()
}
