// Paths without dots and double slashes. Only behind `..` may links matter to whose a path is: there it takes the mounts to say.
import { isOutOfSight } from '../kernel/disk.ts'
import { decodeName } from '../kernel/names.ts'
import { native } from '../kernel/native.ts'
import { DOTDOT } from '../kernel/paths.ts'
import type { MountTable } from './mounttable.ts'

/** A path told three ways: tidy, with the dots that links may bend kept, and as the disk may have it. */
export interface TidyPath { text: string, rest: string, disk: string }

/** A path without dots and double slashes; what only the walk can know stays in `rest`. `named`: the last component has to be a name. */
export function tidy (table: MountTable, path: string, named = false): TidyPath {
  if (DOTDOT.test(path)) return throughDots(table, path, named)
  const text = `/${path.split('/').filter((name) => name !== '' && name !== '.').join('/')}`
  return { text, rest: text + ending(path), disk: path }
}

/** What stands behind the last name and says that it must be a folder. */
const ending = (path: string): string => `${/\/\.\/*$/.test(path) ? '/.' : ''}${path.endsWith('/') && path.length > 1 ? '/' : ''}`

/**
 * The part before the first `..` says whose links count: a mount walks them itself, on the disk they are resolved here.
 * What is behind a `..` of an overlay can be anybody's, so that there the folder is named that `..` leads to.
 */
function throughDots (table: MountTable, path: string, named: boolean): TidyPath {
  let names: string[] = []
  let disk = path
  const todo = path.split('/').reverse()
  while (todo.length > 0) {
    const name = todo.pop()!
    if (name === '' || name === '.') continue
    if (name !== '..') {
      names.push(name)
      continue
    }
    const before = `/${names.join('/')}`
    const parent = table.parentOf(before)
    // Inside a mount the walk itself knows what `..` means; and that it is no name, where one is asked for.
    if (parent === 'walk' || (parent !== undefined && named && todo.every((rest) => rest === '' || rest === '.'))) return { text: before, rest: `${before}/../${todo.reverse().join('/')}`, disk: path }
    names = namesOf(parent ?? realFolder(before))
    if (parent === undefined) names.pop()
    // The disk knows nothing of the folders that were passed.
    else disk = `/${[...names, ...todo.toReversed()].join('/')}`
  }
  const text = `/${names.join('/')}`
  return { text, rest: text + ending(path), disk }
}

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '')

/** A folder on the disk without links in its path; as given when it is not there. */
export function realFolder (path: string): string {
  try {
    return decodeName(native.realpathSync.native(path, 'buffer'))
  } catch (error) {
    if (isOutOfSight(error)) return path
    throw error
  }
}
