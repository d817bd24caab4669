// rm and what it does to whole trees, on paths, in the ways of Node's lines: lib/internal/fs/rimraf.js, which tries to
// remove a folder before it lists it, and from Node 24 on, for the sync form, src/node_file.cc (`RmSync`), which lists first.
import { constants } from 'node:os'
import { codeOf, recast, type FsError } from '../kernel/errors.ts'
import { outer, shownName } from '../kernel/names.ts'
import { pathText } from './args.ts'
import { Deeper, flattened } from './deeper.ts'
import { line } from './nodelines.ts'
import { isDirectoryError } from './syserror.ts'
import { below, ROUNDS } from './tree.ts'
import type { Call, Step, Steps } from './row.ts'
import type { Dirent, Stats } from 'node:fs'
import { CLIMBS } from '../kernel/paths.ts'

type Removing<Result> = Steps<Result, Step | Deeper>

/** Options of rm; `folder` is rmdir's `recursive`: the path itself must be a folder. */
interface Removal { recursive?: boolean, force?: boolean, folder?: boolean }

const DEEP: Removal = { recursive: true }

/** rm, without the retries, which no virtual file needs. */
export function * removeTree (call: Call, given: unknown, options: Removal): Steps<undefined> {
  const path = pathText(given) as string
  const [asked] = call.given
  // Which a SystemError shows as text, and keeps as it was given.
  const shown = asked instanceof URL && !(call.form === 'sync' && line.rmShowsUrl) ? path : asked as string
  const refused = (): Error => isDirectoryError(shown)
  return yield * flattened(call.form === 'sync' && line.rmInNative ? removeNatively(call, path, options, refused) : rimraf(call, path, options, refused))
}

/** rmdir with `recursive`. Options that are inherited count for no more than that; the promise form looks through links first (lib/internal/fs/promises.js). */
export function * removeFolders (call: Call, given: unknown, options: Removal): Steps<undefined> {
  if (call.form !== 'promise') return yield * removeTree(call, given, { ...options, folder: true })
  const stats: Stats = yield ['stat', given]
  if (stats.isDirectory()) return yield * removeTree(call, given, DEEP)
  yield ['rmdir', given]
  return undefined
}

function * rimraf (call: Call, path: string, options: Removal, refused: () => Error): Removing<undefined> {
  let stats: Stats
  try {
    stats = yield ['lstat', outer(path)]
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && options.force === true) return undefined
    if (call.form !== 'sync' || options.force !== true || options.recursive !== true) throw error
    // Forced, the sync form only looks whether it is a folder, and unlinks what may be none.
    yield ['unlink', outer(path)]
    return undefined
  }
  if (stats.isDirectory()) {
    if (options.recursive !== true) throw refused()
    try {
      yield * removeDeep(call, path)
    } catch (error) {
      // Gone meanwhile, perhaps by a path that leads through itself: what was wanted. A link with a slash behind it: only
      // the sync form of rimraf says so (lib/internal/fs/rimraf.js).
      const { code, syscall } = error as FsError
      if (code !== 'ENOENT' && (code !== 'ENOTDIR' || syscall !== 'rmdir' || call.form === 'sync')) throw error
    }
  } else if (options.folder === true) yield ['rmdir', outer(path)]
  else yield * removeName(call, path, options)
  return undefined
}

function * removeNatively (call: Call, path: string, options: Removal, refused: () => Error): Removing<undefined> {
  const stats = yield * looked(path, options)
  if (stats === 'missing') return undefined
  const folder = stats?.isDirectory() === true
  if (options.folder === true && !folder) {
    yield ['rmdir', outer(path)]
    return undefined
  }
  if (folder && options.recursive !== true) throw refused()
  try {
    if (folder) yield * removeDeep(call, path, CLIMBS.test(path) ? pathText(yield ['realpath.native', outer(path), 'buffer']) as string : path)
    else yield * removeName(call, path, options)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw inWords(error, path)   // gone is what was wanted
  }
  return undefined
}

/** What is to be removed; undefined where that cannot be told, which is then said of its removal. */
function * looked (path: string, { recursive, force, folder }: Removal): Removing<Stats | 'missing' | undefined> {
  try {
    return (yield ['lstat', outer(path)]) as Stats
  } catch (error) {
    const code = codeOf(error)
    if (force === true && code === 'ENOENT') return 'missing'
    if (force !== true || recursive !== true || folder === true) throw error
    return code === 'ENOTDIR' ? 'missing' : undefined
  }
}

/** Node's words of its own, with the number as the system has it, for what RmSync knows. */
const WORDS: Readonly<Record<string, string>> = { EACCES: 'Permission denied', ENOTDIR: 'Not a directory', EPERM: 'Operation not permitted' }

/**
 * What RmSync makes of an error: it is of the path that was given, whatever it happened to. Of other codes it knows
 * neither name nor number (`code` is ''); there the error of the call that failed is left, which says what is the matter.
 */
function inWords (error: unknown, path: string): unknown {
  const code = codeOf(error) ?? ''
  if (!(code in WORDS)) return error
  const text = shownName(path)
  const errno = constants.errno[code as keyof typeof constants.errno]
  return Object.assign(new Error(`${code}, ${WORDS[code]}: ${line.rmNamesTwice ? `${text} ` : ''}'${text}'`), { errno, code, path: text, syscall: 'rm' })
}

/**
 * Removes a name that is no folder's, if it is still there. A link to a folder over which an overlay lies counts as a
 * folder, and goes with what the overlay has there.
 */
function * removeName (call: Call, path: string, { recursive }: Removal): Removing<void> {
  for (let round = 0; ; round++) {
    try {
      yield ['unlink', outer(path)]
      return
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT') return   // somebody else was quicker
      // rimraf takes what it may not unlink for a folder, and fails to list it.
      if (code === 'EPERM' && !(call.form === 'sync' && line.rmInNative)) return yield * removeDeep(call, path)
      if (recursive !== true || code !== 'EISDIR' || round > 0) throw error
    }
    try {
      call.uncover(path)
    } catch (error) {
      throw recast(error, 'unlink', shownName(path))
    }
  }
}

/** Removes a folder with all that is in it; `by`: it is listed before it is tried, by that path. */
function * removeDeep (call: Call, path: string, by?: string): Removing<void> {
  if (by !== undefined) yield * removeAll(call, by, yield * list(by), true)
  for (let round = 0; ; round++) {
    try {
      yield ['rmdir', outer(path)]
      return
    } catch (error) {
      const code = codeOf(error)
      if (round === ROUNDS || (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM' && code !== 'EBUSY')) throw error
      const entries = yield * list(path)
      if (entries.length === 0) {
        yield ['rmdir', outer(path)]   // somebody else emptied it meanwhile; else it fails with what it failed with
        return
      }
      yield * removeAll(call, path, entries, by !== undefined)
    }
  }
}

function * list (path: string): Removing<Dirent<Buffer>[]> {
  return (yield ['readdir', outer(path), { withFileTypes: true, encoding: 'buffer' }]) as Dirent<Buffer>[]
}

function * removeAll (call: Call, folder: string, entries: Dirent<Buffer>[], lists: boolean): Removing<void> {
  for (const entry of entries) {
    const path = below(folder, pathText(entry.name) as string)
    try {
      if (entry.isDirectory()) yield new Deeper(removeDeep(call, path, lists ? path : undefined))
      else yield * removeName(call, path, DEEP)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error   // somebody else was quicker
    }
  }
}
