// rename and link from one device to another (two mounts, or a mount and the disk), which fail: with EXDEV, unless the
// system finds another fault first (fs/namei.c, `do_renameat2`, `do_linkat`; Linux 6).
import { dirname } from 'node:path'
import { codeOf, Errno, recast } from '../../kernel/errors.ts'
import { demandName, walk, type Place } from '../../kernel/namei.ts'
import { outer } from '../../kernel/names.ts'
import { native } from '../../kernel/native.ts'
import { isDir } from '../../kernel/provider.ts'
import { demandFree } from '../nodes.ts'
import type { Row } from '../row.ts'
import type { Spot } from '../space.ts'

/** Where a path leads: a spot in a view, or the path by which the disk has it. */
type Where = Spot | string

/** Throws EXDEV, or what is found before it. */
export function fail (row: Row, source: Where, target: Where): never {
  if (row.removes === true) for (const where of [source, target]) demandFolder(where)
  else {
    demandSource(source)
    demandTarget(target)
  }
  throw new Errno('EXDEV')
}

/** The same for two mounts, whose folders were found: a rename looks at nothing in them, a link at its new name. */
export function failBetween (row: Row, target: Place): never {
  if (row.removes !== true) demandFree(target)
  throw new Errno('EXDEV')
}

/** What the disk says of a path; undefined if there is nothing. */
function onDisk (path: string, follow: boolean): { isDirectory (): boolean } | undefined {
  try {
    return follow ? native.statSync(outer(path)) : native.lstatSync(outer(path))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw recast(error)
  }
}

/** The folder of the last name must be one. */
function demandFolder (where: Where): void {
  if (typeof where !== 'string') {
    walk(where.view, where.rest, 'place')
    return
  }
  const found = onDisk(dirname(where), true)
  if (found === undefined) throw new Errno('ENOENT')
  if (!found.isDirectory()) throw new Errno('ENOTDIR')
}

/** What is linked must be there. */
function demandSource (where: Where): void {
  if (typeof where === 'string') {
    if (onDisk(where, false) === undefined) throw new Errno('ENOENT')
    return
  }
  const { node, mode, trailing } = walk(where.view, where.rest, 'link')
  if (node === undefined) throw new Errno('ENOENT')
  if (trailing && !isDir(mode)) throw new Errno('ENOTDIR')
}

/** The new name must be free. */
function demandTarget (where: Where): void {
  if (typeof where !== 'string') {
    const place = walk(where.view, where.rest, 'place')
    demandName(place)
    demandFree(place)
    return
  }
  demandFolder(where)
  const name = where.replace(/\/+$/, '')
  if (/(?:^|\/)\.{0,2}$/.test(name) || onDisk(name, false) !== undefined) throw new Errno('EEXIST')
  if (name !== where) throw new Errno('ENOENT')
}
