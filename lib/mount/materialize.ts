// Real, temporary copies of what is in a file system, for programs that only know the disk.
import { basename, join, posix } from 'node:path'
import { codeOf } from '../kernel/errors.ts'
import { NOWHERE } from '../kernel/names.ts'
import { native } from '../kernel/native.ts'
import { scratchFolder } from '../kernel/scratch.ts'
import { isUnder } from '../kernel/paths.ts'

type Fs = typeof import('node:fs')

/** A copy on the disk; removed when it is disposed of, else when the process or worker ends. */
export interface Materialized extends Disposable, AsyncDisposable {
  /** Absolute path of the copy, which bears the name of what it is a copy of. */
  readonly path: string
}

/** What is to be copied, and how links in it are to be read. */
export interface Origin {
  /** The functions that see it. */
  readonly fs: Fs
  /** The path of it that `fs` takes, absolute. */
  readonly path: string
  /** Folder that absolute links start from and none leads out of; undefined: links are the kernel's. */
  readonly jail: string | undefined
}

/** Where links lead whose targets are not copied. */
const OUTSIDE = `${NOWHERE}/outside`
const CHUNK = 1024 * 1024
const SLASH = Buffer.from('/')

/** Copies that stand, to be removed at the end. */
const standing = new Set<string>()

/** Copies a file or folder to a new folder that only this user can enter. Throws errors of `fs`, and then leaves nothing. */
export function materialize (origin: Origin, dir = scratchFolder()): Materialized {
  const from = origin.fs.realpathSync(origin.path)
  const base = native.mkdtempSync(join(dir, 'fsmount-'))
  if (standing.size === 0) process.once('exit', clear)
  standing.add(base)
  const path = join(base, basename(from) || 'root')
  const remove = (): void => { if (standing.delete(base)) removeTree(Buffer.from(base)) }
  try {
    new Copy(origin, from).copy(Buffer.from(from), Buffer.from(path))
  } catch (error) {
    remove()
    throw error
  }
  return { path, [Symbol.dispose]: remove, [Symbol.asyncDispose]: async () => { remove() } }
}

/** Removes all that stand; one that cannot be removed keeps no other. */
function clear (): void {
  const failed: unknown[] = []
  for (const base of standing) {
    try {
      removeTree(Buffer.from(base))
    } catch (error) {
      failed.push(error)
    }
  }
  standing.clear()
  if (failed.length > 0) throw failed[0]
}

/** One copying. */
class Copy {
  readonly #fs: Fs
  readonly #jail: string | undefined
  /** What is copied, as a path of `#fs`. */
  readonly #from: string

  constructor ({ fs, jail }: Origin, from: string) {
    this.#fs = fs
    this.#jail = jail
    this.#from = from
  }

  copy (from: Buffer, to: Buffer): void {
    const stats = this.#fs.lstatSync(from)
    if (stats.isSymbolicLink()) return native.symlinkSync(this.#target(from), to)
    if (stats.isDirectory()) this.#copyFolder(from, to)
    else this.#copyFile(from, to)
    native.chmodSync(to, stats.mode & 0o7777)
    native.utimesSync(to, stats.atimeMs / 1000, stats.mtimeMs / 1000)
  }

  #copyFolder (from: Buffer, to: Buffer): void {
    native.mkdirSync(to, 0o700)
    for (const name of this.#fs.readdirSync(from, { encoding: 'buffer' })) this.copy(below(from, name), below(to, name))
  }

  #copyFile (from: Buffer, to: Buffer): void {
    const source = this.#fs.openSync(from, 'r')
    try {
      const target = native.openSync(to, 'wx', 0o600)
      try {
        const buffer = Buffer.allocUnsafe(Math.min(CHUNK, this.#fs.fstatSync(source).size + 1))
        for (let count; (count = this.#fs.readSync(source, buffer, 0, buffer.length, null)) > 0;) {
          for (let done = 0; done < count;) done += native.writeSync(target, buffer, done, count - done)
        }
      } finally {
        native.closeSync(target)
      }
    } finally {
      this.#fs.closeSync(source)
    }
  }

  /** The target of a link in the copy: relative within it; nothing in a jail leads out. */
  #target (from: Buffer): Buffer | string {
    const given = this.#fs.readlinkSync(from, { encoding: 'buffer' })
    // A name that is not UTF-8 cannot be reckoned with as text.
    const text = given.toString('latin1')
    const folder = from.toString('latin1', 0, from.lastIndexOf(SLASH)) || '/'
    const jail = this.#jail === undefined ? undefined : latin(this.#jail)
    const path = jail === undefined ? posix.resolve(folder, text) : posix.join(jail, posix.resolve('/', posix.relative(jail, folder), text))
    if (isUnder(path, latin(this.#from))) return Buffer.from(posix.relative(folder, path) || '.', 'latin1')
    return jail === undefined ? Buffer.from(path, 'latin1') : OUTSIDE
  }
}

const latin = (text: string): string => Buffer.from(text).toString('latin1')
const below = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, folder.equals(SLASH) ? Buffer.alloc(0) : SLASH, name])

/** Removes a folder of ours, whatever the modes in it are; whoever clears the temporary folder may have been faster. */
function removeTree (folder: Buffer): void {
  try {
    native.chmodSync(folder, 0o700)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  for (const entry of native.readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const path = below(folder, entry.name)
    if (entry.isDirectory()) removeTree(path)
    else native.unlinkSync(path)
  }
  native.rmdirSync(folder)
}
