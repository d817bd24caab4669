// The path-level methods of providers as types: what a user's class overrides and calls on `super`. Methods, so that a
// class may override one with fewer arguments and a narrower result; the names are those of lib/methods.ts (a test).
import type { Dir, Mode, TimeLike } from 'node:fs'

/** What depends on the options, and what a user's class gives, narrower or poorer than Node: who calls knows what was asked for. */
type Given = any

/** Options as the caller gave them; a class that looks at them declares what it knows of them. */
type Options = object | string | number | null

/**
 * Methods that answer at once, and those that promise to. Paths start at the root of the provider, with `/`. Stats may be
 * plain objects with the fields that are known.
 */
export interface PathMethods {
  accessSync (path: string, mode?: number): void
  appendFileSync (path: string, data: string | NodeJS.ArrayBufferView, options?: Options): void
  chmodSync (path: string, mode: Mode): void
  chownSync (path: string, uid: number, gid: number): void
  copyFileSync (from: string, to: string, mode?: number): void
  cpSync (from: string, to: string, options?: Options): void
  existsSync (path: string): boolean
  /** What Node's loader asks: 0 for a file, 1 for a folder, negative for nothing. */
  internalModuleStat (path: string): number
  lchownSync (path: string, uid: number, gid: number): void
  linkSync (existing: string, path: string): void
  lstatSync (path: string, options?: Options): Given
  lutimesSync (path: string, atime: TimeLike, mtime: TimeLike): void
  mkdirSync (path: string, options?: Options): string | undefined | void
  mkdtempSync (prefix: string, options?: Options): string | Buffer
  /** Gives an object with `readSync`, `writeSync`, `closeSync` and others as the provider has them, or a descriptor. */
  openSync (path: string, flags?: string | number, mode?: Mode): Given
  opendirSync (path: string, options?: Options): Dir
  readFileSync (path: string, options?: Options): string | Buffer
  readdirSync (path: string, options?: Options): Given[]
  readlinkSync (path: string, options?: Options): string | Buffer
  realpathSync (path: string, options?: Options): string | Buffer
  renameSync (from: string, to: string): void
  rmSync (path: string, options?: Options): void
  rmdirSync (path: string, options?: Options): void
  statSync (path: string, options?: Options): Given
  statfsSync (path: string, options?: Options): object
  symlinkSync (target: string, path: string, type?: string | null): void
  truncateSync (path: string, length?: number): void
  unlinkSync (path: string): void
  unwatchFile (path: string, listener?: (...args: never[]) => void): void
  utimesSync (path: string, atime: TimeLike, mtime: TimeLike): void
  watch (path: string, options?: Options): Given
  /** What `promises.watch` gives. */
  watchAsync (path: string, options?: Options): Given
  watchFile (path: string, ...optionsAndListener: unknown[]): Given
  writeFileSync (path: string, data: string | NodeJS.ArrayBufferView, options?: Options): void

  access (path: string, mode?: number): Promise<unknown>
  appendFile (path: string, data: string | NodeJS.ArrayBufferView, options?: Options): Promise<unknown>
  chmod (path: string, mode: Mode): Promise<unknown>
  chown (path: string, uid: number, gid: number): Promise<unknown>
  copyFile (from: string, to: string, mode?: number): Promise<unknown>
  cp (from: string, to: string, options?: Options): Promise<unknown>
  exists (path: string): Promise<boolean>
  lchmod (path: string, mode: Mode): Promise<unknown>
  lchown (path: string, uid: number, gid: number): Promise<unknown>
  link (existing: string, path: string): Promise<unknown>
  lstat (path: string, options?: Options): Promise<Given>
  lutimes (path: string, atime: TimeLike, mtime: TimeLike): Promise<unknown>
  mkdir (path: string, options?: Options): Promise<unknown>
  mkdtemp (prefix: string, options?: Options): Promise<string | Buffer>
  open (path: string, flags?: string | number, mode?: Mode): Promise<Given>
  opendir (path: string, options?: Options): Promise<Dir>
  readFile (path: string, options?: Options): Promise<string | Buffer>
  readdir (path: string, options?: Options): Promise<Given[]>
  readlink (path: string, options?: Options): Promise<string | Buffer>
  realpath (path: string, options?: Options): Promise<string | Buffer>
  rename (from: string, to: string): Promise<unknown>
  rm (path: string, options?: Options): Promise<unknown>
  rmdir (path: string, options?: Options): Promise<unknown>
  stat (path: string, options?: Options): Promise<Given>
  statfs (path: string, options?: Options): Promise<object>
  symlink (target: string, path: string, type?: string | null): Promise<unknown>
  truncate (path: string, length?: number): Promise<unknown>
  unlink (path: string): Promise<unknown>
  utimes (path: string, atime: TimeLike, mtime: TimeLike): Promise<unknown>
  writeFile (path: string, data: string | NodeJS.ArrayBufferView, options?: Options): Promise<unknown>
}

/** What whatever extends VirtualProvider has, seen from outside. */
export interface PathProvider extends PathMethods {
  readonly readonly: boolean
  readonly supportsSymlinks: boolean
  readonly supportsWatch: boolean
}
