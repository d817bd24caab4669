// cp as Node's JavaScript does it (lib/internal/fs/cp, 20.20 to 26.10), as steps on paths: so trees can lie in mounts, on
// the disk, or be copied from one to the other.
import { dirname, isAbsolute, join, parse, resolve } from 'node:path'
import { cpError, filterError, type CpCode } from './errors.ts'
import { opening } from '../opendir.ts'
import { cpLine } from '../nodelines.ts'
import { codeOf } from '../../kernel/errors.ts'
import { pathText } from '../args.ts'
import { giveMode } from '../attributes.ts'
import { Deeper } from '../deeper.ts'
import type { Form, Steps, Wait } from '../row.ts'
import type { BigIntStats, Stats } from 'node:fs'

/** A generator of steps. */
export type Copying<T> = Steps<T, Wait | Deeper>

const OWNER_WRITES = 0o200

/** Options of cp, with their defaults. */
export interface CopyOptions {
  dereference: boolean
  errorOnExist: boolean
  force: boolean
  preserveTimestamps: boolean
  recursive: boolean
  verbatimSymlinks: boolean
  mode: number
  filter: ((source: string, target: string) => unknown) | undefined
}

/** Whether two stats are of one inode. */
export const identical = (a: BigIntStats, b: BigIntStats): boolean => b.ino !== 0n && b.dev !== 0n && a.ino === b.ino && a.dev === b.dev

const names = (path: string): string[] => resolve(path).split('/').filter((name) => name !== '')

/** Whether one path is at or below another, by their text alone. */
export function isBelow (above: string, path: string): boolean {
  const there = names(path)
  return names(above).every((name, i) => there[i] === name)
}

/** Whether something leads to a folder. */
export function * leadsToFolder (path: string): Copying<boolean> {
  try {
    const stats: Stats | undefined = yield ['stat', path]
    return stats?.isDirectory() === true
  } catch {
    return false   // whatever cannot be looked at is no folder, as for Node's internalModuleStat
  }
}

/** The names in a folder. */
export function * list (path: string): Copying<string[]> {
  try {
    return (yield ['readdir', path]) as string[]
  } catch (error) {
    throw opening(error, path)
  }
}

/** The names in a folder in the inner form, as C++ has them: by their bytes. */
function * listBytes (path: string): Copying<string[]> {
  return ((yield ['readdir', path, 'buffer']) as Buffer[]).map((name) => pathText(name) as string)
}

/** Stats of a target: undefined if there is none. */
export function * statsOf (path: string, follow: boolean): Copying<BigIntStats | undefined> {
  try {
    return (yield [follow ? 'stat' : 'lstat', path, { bigint: true }]) as BigIntStats
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Gives a copy the times that its source has now that it was read. */
export function * copyTimes (source: string, target: string): Copying<void> {
  const { atime, mtime }: Stats = yield ['stat', source]
  yield ['utimes', target, atime, mtime]
}

/** One cp by Node's JavaScript. */
export class Copy {
  readonly options: CopyOptions
  readonly form: Form
  /** Whether Node is in C++ now, as in folders that it makes. */
  #inNative = false

  constructor (options: CopyOptions, form: Form) {
    this.options = options
    this.form = form
  }

  * run (source: string, target: string): Copying<undefined> {
    const checked = yield * this.check(source, target)
    if (checked === undefined) return undefined
    yield * this.#checkParents(source, checked.stats, target)
    if (!(yield * this.#exists(dirname(target)))) yield ['mkdir', dirname(target), { recursive: true }]
    yield * this.copy(source, target, checked.there)
    return undefined
  }

  /** Whether a filter lets a pair through. */
  * admits (source: string, target: string): Copying<boolean> {
    const { filter } = this.options
    if (filter === undefined) return true
    const answer = filter(source, target)
    if (this.form !== 'sync') return Boolean(yield Promise.resolve(answer))
    if (answer instanceof Promise) throw filterError()
    return Boolean(answer)
  }

  /** Throws unless source may become target; undefined: the filter leaves it out. */
  * check (source: string, target: string): Copying<{ stats: BigIntStats, there: BigIntStats | undefined } | undefined> {
    if (!(yield * this.admits(source, target))) return undefined
    const { dereference } = this.options
    const stats: BigIntStats = yield [dereference ? 'stat' : 'lstat', source, { bigint: true }]
    const there = yield * statsOf(target, dereference)
    if (there !== undefined) {
      if (identical(stats, there)) throw cpError('ERR_FS_CP_EINVAL', 'src and dest cannot be the same', target)
      if (stats.isDirectory() && !there.isDirectory()) throw cpError('ERR_FS_CP_DIR_TO_NON_DIR', `cannot overwrite non-directory ${target} with directory ${source}`, target)
      if (!stats.isDirectory() && there.isDirectory()) throw cpError('ERR_FS_CP_NON_DIR_TO_DIR', `cannot overwrite directory ${target} with non-directory ${source}`, target)
    }
    if (stats.isDirectory() && isBelow(source, target)) throw intoItself(source, target)
    return { stats, there }
  }

  /** The target must not lie below the source, whatever links lead there. */
  * #checkParents (source: string, stats: BigIntStats, target: string): Copying<void> {
    const from = resolve(dirname(source))
    let above = resolve(dirname(target))
    for (let inside = target; above !== from && above !== parse(above).root; above = resolve(dirname(inside))) {
      const there = yield * statsOf(above, true)
      if (there === undefined) return
      if (identical(stats, there)) throw intoItself(source, inside)
      inside = above
    }
  }

  * #exists (path: string): Copying<boolean> {
    try {
      yield ['stat', path]
      return true
    } catch (error) {
      if (this.form === 'sync' || codeOf(error) === 'ENOENT') return false
      throw error
    }
  }

  /** Copies whatever it is. */
  * copy (source: string, target: string, there: BigIntStats | undefined): Copying<void> {
    const stats: Stats = yield [this.options.dereference ? 'stat' : 'lstat', source]
    if (stats.isDirectory()) {
      // Node 20's cpSync says EINVAL beside the code EISDIR.
      if (!this.options.recursive) throw cpError('ERR_FS_EISDIR', `${source} is a directory (not copied)`, source, this.form === 'sync' ? 'EINVAL' : undefined)
      yield * this.#folder(stats, source, target, there !== undefined)
    } else if (stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice()) yield * this.#file(stats, source, target, there !== undefined)
    else if (stats.isSymbolicLink()) yield * this.link(source, target, there !== undefined)
    else throw special(stats, target)
  }

  * #file (stats: Stats, source: string, target: string, there: boolean): Copying<void> {
    if (there) {
      if (!this.options.force) {
        if (this.options.errorOnExist) throw alreadyThere(target)
        return
      }
      yield ['unlink', target]
    }
    yield * this.copyFile(stats.mode, source, target)
  }

  * copyFile (mode: number, source: string, target: string): Copying<void> {
    yield ['copyFile', source, target, this.options.mode]
    if (this.options.preserveTimestamps) {
      if ((mode & OWNER_WRITES) === 0) yield * giveMode(['chmod', target, mode | OWNER_WRITES], ['stat', target])
      yield * copyTimes(source, target)
    }
    yield * giveMode(['chmod', target, mode], ['stat', target])
  }

  * #folder ({ mode }: Stats, source: string, target: string, there: boolean): Copying<void> {
    const enters = !there && !this.#inNative && cpLine.copiesFoldersInNative && this.form !== 'sync' && this.options.filter === undefined
    if (enters) this.#inNative = true
    if (!there) yield ['mkdir', target]
    else if (cpLine.folderExists && this.form !== 'sync' && this.options.errorOnExist && !this.options.force) throw alreadyThere(target)
    for (const name of yield * this.#inNative ? listBytes(source) : list(source)) {
      const from = join(source, name)
      const to = join(target, name)
      const checked = yield * this.check(from, to)
      if (checked !== undefined) yield new Deeper(this.copy(from, to, checked.there))
    }
    if (cpLine.folderTimes && this.options.preserveTimestamps) {
      if (this.#inNative) {
        const { atimeMs, mtimeMs }: Stats = yield ['stat', source]
        // Not cut to milliseconds, as those of files are; as text, because a negative number stands for now.
        yield ['utimes', target, String(atimeMs / 1000), String(mtimeMs / 1000)]
      } else yield * copyTimes(source, target)
    }
    if (!there) yield * giveMode(['chmod', target, mode], ['stat', target])
    if (enters) this.#inNative = false
  }

  * link (source: string, target: string, there: boolean): Copying<void> {
    let text: string = yield ['readlink', source]
    if (!this.options.verbatimSymlinks && !isAbsolute(text)) text = this.#inNative ? lexically(dirname(source), text) : resolve(dirname(source), text)
    const current = there ? yield * currentLink(target) : undefined
    if (current !== undefined) {
      if ((!cpLine.looksAtLinks || (yield * leadsToFolder(source))) && isBelow(text, current)) {
        throw cpError('ERR_FS_CP_EINVAL', `cannot copy ${text} to a subdirectory of self ${current}`, target)
      }
      // Removing the target would remove what the source's link leads to.
      const stats: Stats = yield ['stat', this.form === 'sync' ? target : source]
      if (stats.isDirectory() && isBelow(current, text)) throw cpError('ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY', `cannot overwrite ${current} with ${text}`, target)
      yield ['unlink', target]
    }
    yield ['symlink', text, target]
  }
}

/** A relative path from a folder in the way of std::filesystem: what ends in dots is shown to be a folder by a slash. */
function lexically (folder: string, text: string): string {
  const path = resolve(folder, text)
  return path !== '/' && /(?:^|\/)\.{0,2}$/.test(text) ? `${path}/` : path
}

/** Where the link at a path leads; undefined when something else is there. */
function * currentLink (path: string): Copying<string | undefined> {
  try {
    const text: string = yield ['readlink', path]
    return isAbsolute(text) ? text : resolve(dirname(path), text)
  } catch (error) {
    if (codeOf(error) === 'EINVAL') return undefined
    throw error
  }
}

const intoItself = (source: string, target: string): Error => cpError('ERR_FS_CP_EINVAL', `cannot copy ${source} to a subdirectory of self ${target}`, target)
/** Something stands at the target that must not be replaced. */
export const alreadyThere = (target: string): Error => cpError('ERR_FS_CP_EEXIST', `${target} already exists`, target)

function special (stats: Stats, target: string): Error {
  const [code, what]: [CpCode, string] = stats.isSocket() ? ['ERR_FS_CP_SOCKET', 'a socket file'] : stats.isFIFO() ? ['ERR_FS_CP_FIFO_PIPE', 'a FIFO pipe'] : ['ERR_FS_CP_UNKNOWN', 'an unknown file type']
  return cpError(code, `cannot copy ${what}: ${target}`, target)
}
