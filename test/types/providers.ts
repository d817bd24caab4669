// Compiled, never run: classes as users write them in TypeScript, without a cast.
import { create, MemoryProvider, RealFSProvider, VirtualFileSystem, VirtualProvider, type PathMethods, type VirtualFileSystemOptions } from '../../lib/index.ts'
import type { Stats } from 'node:fs'

/** In front of a provider of ours: narrower results, fewer arguments, promises, calls upwards. */
export class Logged extends MemoryProvider {
  readonly seen: string[] = []

  override readFileSync (path: string, options?: string | { encoding?: string | null }): string | Buffer {
    this.seen.push(path)
    return super.readFileSync(path, options)
  }

  override statSync (path: string): Stats {
    const stats: Stats = super.statSync(path)
    return stats
  }

  override existsSync (path: string): boolean { return !path.endsWith('.secret') && super.existsSync(path) }
  override readdirSync (path: string): string[] { return super.readdirSync(path).filter((name) => name !== 'hidden') }
  override writeFileSync (path: string, data: string | Uint8Array): void { super.writeFileSync(path, data) }
  override async readFile (path: string): Promise<Buffer> { return Buffer.from(await super.readFile(path)) }
  override async mkdir (path: string, options?: { recursive?: boolean }): Promise<void> { await super.mkdir(path, options) }
  override mkdirSync (path: string, options?: { recursive?: boolean }): string | undefined { return super.mkdirSync(path, options) ?? undefined }
  override get readonly (): boolean { return false }
}

/** From nothing: plain stats, answers that come later. */
export class Notes extends VirtualProvider {
  override statSync (path: string): { size: number, isDirectory (): boolean } { return { size: 1, isDirectory: () => path === '/' } }
  override readFileSync (): string { return 'x' }
  override openSync (path: string, flags: string): number { return path.length + flags.length }
  override async readdir (): Promise<string[]> { return ['x'] }
  override async rename (from: string, to: string): Promise<void> { void [from, to] }
}

export class Box extends RealFSProvider {
  override unlinkSync (path: string): void { super.unlinkSync(path) }
}

export const all = [create(new Logged()), create(new Notes(), { overlay: true }), create(new Box('/'))]
export const methods: PathMethods = new Notes()

export const options: VirtualFileSystemOptions = { emitExperimentalWarning: false }
export const plain = [new VirtualFileSystem(), new VirtualFileSystem(options), new VirtualFileSystem(new MemoryProvider(), options), create(null)]
export const read: string | Buffer = create().provider.readFileSync('/a')

/** An object knows the class of its provider. */
export const seen: string[] = create(new Logged(), { overlay: true }).mount('/seen').provider.seen
export const json: Record<string, unknown> = create({ overlay: true }).provider.toJSON()
export const either = (given?: Notes | VirtualFileSystemOptions | null): VirtualFileSystem => create(given)
