// cpSync from Node 22 on: checks and folders as its C++ has them (src/node_file.cc, `CpSyncCheckPaths` and
// `CpSyncCopyDir`, over libstdc++'s std::filesystem; tried on 22.23, 24.21, 26.10), quirks included.
import { dirname, join, normalize, resolve } from 'node:path'
import { plainError, stdError } from './errors.ts'
import { alreadyThere, Copy, copyTimes, identical, isBelow, list, statsOf, type CopyOptions, type Copying } from './copying.ts'
import { pathText } from '../args.ts'
import { giveMode } from '../attributes.ts'
import { Deeper } from '../deeper.ts'
import { cpLine } from '../nodelines.ts'
import { codeOf } from '../../kernel/errors.ts'
import type { Step } from '../row.ts'
import type { BigIntStats, Stats } from 'node:fs'

/** Source and target. */
type Ends = readonly [source: string, target: string]

/** Runs a step and tells its failure as std::filesystem does. */
function * std (step: Step, path: string, syscall?: string): Copying<unknown> {
  try {
    return yield step
  } catch (error) {
    throw stdError(codeOf(error) ?? 'EIO', path, syscall)
  }
}

/** Stats, or undefined for whatever cannot be looked at. */
function * quiet (path: string, follow = true): Copying<BigIntStats | undefined> {
  try {
    return (yield [follow ? 'stat' : 'lstat', path, { bigint: true }]) as BigIntStats
  } catch {
    return undefined   // std::filesystem::status takes no notice either
  }
}

/** cpSync. `given` is what a filter gets to see, and what the folder's names are joined to: strings, or Buffers, to which they cannot be. */
export function * copySync (source: string, target: string, options: CopyOptions, given: Ends = [source, target]): Copying<undefined> {
  const copy = new Copy(options, 'sync')
  if (!(yield * copy.admits(...given))) return undefined
  yield * checkPaths(source, target, options)
  yield * copyEntry(copy, source, target, given)
  return undefined
}

function * checkPaths (source: string, target: string, { dereference, recursive }: CopyOptions): Copying<void> {
  // Which of the two is followed is the other way round for the source.
  let stats: BigIntStats
  try {
    stats = yield [dereference ? 'lstat' : 'stat', source, { bigint: true }]
  } catch (error) {
    throw renamed(error, dereference ? 'stat' : 'lstat')
  }
  const there = yield * quiet(target, dereference)
  const folder = stats.isDirectory() || (dereference && stats.isSymbolicLink())
  if (there !== undefined) {
    const [a, b] = [yield * quiet(source), yield * quiet(target)]
    if (a !== undefined && b !== undefined && identical(a, b)) throw plainError('ERR_FS_CP_EINVAL', `src and dest cannot be the same ${target}`)
    if (folder && !there.isDirectory()) throw plainError('ERR_FS_CP_DIR_TO_NON_DIR', `Cannot overwrite non-directory ${target} with directory ${source}`)
    if (!folder && there.isDirectory()) throw plainError('ERR_FS_CP_NON_DIR_TO_DIR', `Cannot overwrite directory ${target} with non-directory ${source}`)
  }
  const shown = source.endsWith('/') ? source : `${source}/`
  const itself = plainError('ERR_FS_CP_EINVAL', `Cannot copy ${shown} to a subdirectory of self ${target}`)
  if (folder && target.startsWith(shown)) throw itself
  yield * checkParent(source, target, itself)
  if (folder && !recursive) throw plainError('ERR_FS_EISDIR', `Recursive option not enabled, cannot copy a directory: ${shown}`)
  if (stats.isSocket()) throw plainError('ERR_FS_CP_SOCKET', `Cannot copy a socket file: ${target}`)
  if (stats.isFIFO()) throw plainError('ERR_FS_CP_FIFO_PIPE', `Cannot copy a FIFO pipe: ${target}`)
  const above = aboveOf(target)
  if (there === undefined || (yield * quiet(above)) === undefined) {
    try {
      yield ['mkdir', above, { recursive: true }]
    } catch {
      // Node looks at this error no further: what comes next fails for the same reason.
    }
  }
}

/** What std::filesystem has for the folder of a path: of one with a slash at the end, the path itself. */
const aboveOf = (path: string): string => path.endsWith('/') ? path.replace(/\/+$/, '') || '/' : dirname(path)

/** The folder that the target lies in must not be the source. */
function * checkParent (source: string, target: string, error: Error): Copying<void> {
  const above = dirname(target)
  if (dirname(source) === above || above === '/' || above === '.') return
  const [a, b] = [yield * quiet(source), yield * quiet(above)]
  if (a !== undefined && b !== undefined && identical(a, b)) throw error
}

/** A uv error of another call. */
function renamed (error: unknown, syscall: string): unknown {
  const given = error as { syscall?: string, message: string }
  if (given.syscall === undefined) return error
  given.message = given.message.replace(` ${given.syscall} `, ` ${syscall} `)
  given.syscall = syscall
  return error
}

/** What stands at one path, copied to another. */
function * copyEntry (copy: Copy, source: string, target: string, given: Ends = [source, target]): Copying<void> {
  const { options } = copy
  const look_ = options.dereference ? 'stat' : 'lstat'
  const stats: Stats = yield [look_, source]
  const there = yield * statsOf(target, options.dereference)
  if (stats.isDirectory() && options.recursive) yield * copyFolder(copy, stats, source, target, there !== undefined, given)
  else if (stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice()) yield * copyOver(copy, stats, source, target, there !== undefined)
  else if (stats.isSymbolicLink()) yield * copy.link(...given, there !== undefined)
}

/** Copies a file by std::filesystem, or by libuv in the ways that only that knows; each has its own words for a failure. */
function * copyOne (step: Step, target: string, plainly: boolean): Copying<void> {
  if (plainly) {
    yield * std(step, target)
    return
  }
  try {
    yield step
  } catch (error) {
    throw renamed(error, 'cp')
  }
}

function * copyOver (copy: Copy, stats: Stats, source: string, target: string, there: boolean): Copying<void> {
  const { options } = copy
  if (!there) yield * copy.copyFile(stats.mode, source, target)
  else if (options.force) {
    const old = yield * quiet(target, false)
    yield * std([old?.isDirectory() === true ? 'rmdir' : 'unlink', target], target, 'unlink')
    yield * copyOne(['copyFile', source, target, options.mode], target, options.mode === 0)
    if (options.preserveTimestamps) yield * copyTimes(source, target)
  } else if (options.errorOnExist) throw alreadyThere(target)
}

function * copyFolder (copy: Copy, stats: Stats, source: string, target: string, there: boolean, given: Ends): Copying<void> {
  const { options } = copy
  if (cpLine.folderExistsSync && there && options.errorOnExist && !options.force) throw alreadyThere(target)
  if (options.filter === undefined) {
    yield * new Tree(options).run(source, target)
    return
  }
  if (!there) yield ['mkdir', target]
  try {
    for (const name of yield * list(source)) {
      const from = join(given[0], name)
      const to = join(given[1], name)
      if (yield * copy.admits(from, to)) yield new Deeper(copyEntry(copy, from, to))
    }
    if (cpLine.folderTimes && options.preserveTimestamps) yield * copyTimes(source, target)
  } finally {
    if (!there) yield * giveMode(['chmod', target, stats.mode], ['stat', target])
  }
}

/** A folder copied by C++, without a filter. */
class Tree {
  readonly #options: CopyOptions

  constructor (options: CopyOptions) { this.#options = options }

  * run (source: string, target: string): Copying<void> {
    const existed = (yield * quiet(target)) !== undefined
    if (!existed || !cpLine.followsTarget) yield * this.#makeTop(target)
    yield * this.#contents(source, target)
    if (cpLine.folderModes && !existed) yield * giveMode(['chmod', target, Number((yield * quiet(source))!.mode)], ['stat', target])
    if (cpLine.folderTimes && this.#options.preserveTimestamps) yield * copyTimes(source, target)
  }

  * #makeTop (target: string): Copying<void> {
    const at = yield * quiet(target, false)
    if (at?.isDirectory() === true) return
    if (at !== undefined) throw stdError(cpLine.followsTarget ? 'EEXIST' : 'ENOTDIR', target)
    try {
      yield ['mkdir', target, { recursive: true }]
    } catch (error) {
      // Missing is only what a link on the way leads to, which std::filesystem tries to make where the link is.
      throw stdError(codeOf(error) === 'ENOENT' ? 'EEXIST' : codeOf(error) ?? 'EIO', target)
    }
  }

  * #contents (source: string, target: string): Copying<void> {
    for (const bytes of (yield * std(['readdir', source, 'buffer'], source)) as Buffer[]) {
      const name = pathText(bytes) as string
      const from = join(source, name)
      const to = join(target, name)
      const stats: BigIntStats = yield ['lstat', from, { bigint: true }]
      if (stats.isSymbolicLink() && !(cpLine.looksThroughLinks && this.#options.dereference)) yield * this.#link(from, to, target)
      else yield * this.#entry(from, to, target, stats.isSymbolicLink())
    }
  }

  * #entry (from: string, to: string, target: string, link: boolean): Copying<void> {
    const stats = link ? (yield ['stat', from, { bigint: true }]) as BigIntStats : yield * quiet(from)
    if (stats?.isDirectory() === true) {
      const old = yield * quiet(to)
      if (old === undefined) yield * std(['mkdir', to], to)
      else if (!old.isDirectory()) throw stdError('EEXIST', to)
      yield new Deeper(this.#contents(from, to))
      if (cpLine.folderModes && old === undefined) yield * giveMode(['chmod', to, Number(stats.mode)], ['stat', to])
      if (cpLine.folderTimes && this.#options.preserveTimestamps) yield * copyTimes(from, to)
    } else if (stats?.isFile() === true) yield * this.#file(from, to, target, stats, link)
  }

  * #file (from: string, to: string, target: string, stats: BigIntStats, link: boolean): Copying<void> {
    const { force, errorOnExist, preserveTimestamps } = this.#options
    let old = yield * quiet(to)
    if (link && old !== undefined && force) {
      yield * std(['unlink', to], to)
      old = undefined
    }
    if (old !== undefined) {
      if (!old.isFile()) throw stdError(cpLine.followsTarget ? 'EINVAL' : 'ENOTSUP', target)
      if (identical(stats, old) || (!force && errorOnExist)) throw existsError(to)
      if (!force) {
        // Nothing is copied, but the times are.
        if (preserveTimestamps) yield * copyTimes(from, to)
        return
      }
    } else if (!force && (yield * quiet(to, false)) !== undefined) throw existsError(to)
    yield * std(['copyFile', from, to], target)
    if (preserveTimestamps) yield * copyTimes(from, to)
  }

  * #link (from: string, to: string, target: string): Copying<void> {
    let text = (yield * std(['readlink', from], target)) as string
    if (!this.#options.verbatimSymlinks) {
      if ((yield * quiet(to)) !== undefined) yield * this.#makeRoom(text, to, target)
      text = yield * canonical(resolve(dirname(from), text))
    }
    yield * std(['symlink', text, to], target)
  }

  /** Removes a link that is to be replaced. */
  * #makeRoom (text: string, to: string, target: string): Copying<void> {
    const { dereference, force, errorOnExist } = this.#options
    const old = yield * quiet(to, false)
    if (old?.isSymbolicLink() === true) {
      const current = (yield * std(['readlink', to], target)) as string
      if (!dereference && (!cpLine.looksAtLinksSync || (yield * quiet(text))?.isDirectory() === true) && isBelow(text, current)) throw plainError('ERR_FS_CP_EINVAL', `Cannot copy ${text} to a subdirectory of self ${current}`)
      if ((yield * quiet(to))?.isDirectory() === true && isBelow(current, text)) throw plainError('ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY', `cannot overwrite ${current} with ${text}`)
      yield * std(['unlink', to], target)
    } else if (old?.isFile() === true && (!dereference || (!force && errorOnExist))) throw stdError('EEXIST', to)
  }
}

const existsError = (path: string): Error => plainError('ERR_FS_CP_EEXIST', `[ERR_FS_CP_EEXIST]: Target already exists: cp returned EEXIST (${path} already exists)`)

/** std::filesystem::weakly_canonical: the part of a path that exists without links, the rest as it is. */
function * canonical (path: string): Copying<string> {
  const names = normalize(path).split('/')
  for (let depth = names.length; depth > 1; depth--) {
    try {
      const real: string = yield ['realpath.native', names.slice(0, depth).join('/')]
      return depth === names.length ? real : `${real === '/' ? '' : real}/${names.slice(depth).join('/')}`
    } catch {
      // this part does not exist
    }
  }
  return normalize(path)
}
