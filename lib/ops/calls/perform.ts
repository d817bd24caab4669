// One call of one row: arguments to places, places to the row, errors to Node's. Every form goes through here.
import { Errno, fsError, isErrno, type FsError } from '../../kernel/errors.ts'
import { handleOf } from '../../kernel/handles.ts'
import { encodeName, MAX_PATH, outer, shownName } from '../../kernel/names.ts'
import { demandName, Outside, recall, remember, trace, UNTIDY, walk, type Last, type Place, type View } from '../../kernel/namei.ts'
import { isDir, isLink } from '../../kernel/provider.ts'
import { isFd, ODD, pathText } from '../args.ts'
import { pathIn, type Volume } from '../../kernel/volume.ts'
import { makeFolder } from '../nodes.ts'
import { fail, failBetween } from './boundary.ts'
import type { Call, Form, Row } from '../row.ts'
import type { Space, Spot } from '../space.ts'

const ROUNDS = 50

/** The answer that the call is the disk's: `args` have the paths it leads to, or are undefined if those given will do. */
export class Elsewhere {
  readonly args: readonly unknown[] | undefined
  constructor (args?: readonly unknown[]) { this.args = args }
}

/** The answer that the call is a sequence of other rows. */
export class Composite {
  readonly steps: ReturnType<NonNullable<Row['compose']>>
  constructor (steps: ReturnType<NonNullable<Row['compose']>>) { this.steps = steps }
}

/** The arguments in the form that the row takes, or undefined if a shape is not ordinary. */
export function normalise (row: Row, given: readonly unknown[], lenient: boolean, form: Form): readonly unknown[] | undefined {
  for (const at of row.path ?? []) {
    if (pathText(given[at]) === ODD && !(row.fd === at && (form === 'promise' ? descriptorOf(given[at]) !== undefined : isFd(given[at])))) return undefined
  }
  if (row.fd !== undefined && row.path === undefined && !isFd(given[row.fd])) return undefined
  if (typeof row.args === 'function') return row.args(given, lenient, form)
  if (row.args === undefined) return given
  const args: unknown[] = []
  for (const [at, kind] of row.args.entries()) {
    const value = kind === undefined ? given[at] : kind(given[at], lenient)
    if (value === ODD) return undefined
    args.push(value)
  }
  return args
}

/** The descriptor that an argument is: a number, or a FileHandle. */
export function descriptorOf (value: unknown): number | undefined {
  if (isFd(value)) return value
  const fd = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) ? (value as { fd?: unknown }).fd : undefined
  return isFd(fd) ? fd : undefined
}

const wants = (row: Row, args: readonly unknown[]): readonly Last[] => typeof row.want === 'function' ? row.want(args) : row.want ?? []

/** Runs a row on normalised arguments. Throws Errno for what is dressed by `dress`. */
export function perform (space: Space, row: Row, args: readonly unknown[], call: Call): unknown {
  const fd = row.fd === undefined ? undefined : descriptorOf(args[row.fd])
  if (fd !== undefined) {
    const handle = handleOf(fd)
    if (handle === undefined || !space.admits(handle)) return new Elsewhere()
    handle.volume.reach(handle.path, handle.original)
    return isComposed(row, args) ? new Composite(row.compose!(call, fd, ...args.slice(1))) : row.run!(call, handle, ...args.slice(1))
  }
  if (row.text !== undefined) demandText(args[row.text] as string)
  // Whoever calls other rows leaves it to them, and the kernel takes in a second path after it has looked for the first.
  const composed = isComposed(row, args)
  const texts = (row.path ?? []).map((at, i) => absolute(space, row, args[at], composed || row.anyLength === true || i > 0))
  Object.assign(call, { texts, givenTexts: space.moved ? [] : [...texts] })
  if (composed) return concerns(space, row, call.given) ? new Composite(row.compose!(call, ...args)) : new Elsewhere()
  return resolved(space, row, args, call, texts)
}

/** Whether a call is a sequence of other rows. */
export const isComposed = (row: Row, args: readonly unknown[]): boolean =>
  row.compose !== undefined && (row.composed === undefined || row.composed(args))

/** Whether any path or descriptor of a call is ours, as far as can be told before its arguments are understood. */
export function concerns (space: Space, row: Row, given: readonly unknown[]): boolean {
  if (row.fd !== undefined) {
    const fd = descriptorOf(given[row.fd])
    const handle = fd === undefined ? undefined : handleOf(fd)
    if (fd !== undefined) return handle !== undefined && space.admits(handle)
  }
  return (row.path ?? []).some((at, i) => {
    const text = pathText(given[at])
    if (text === ODD || (text === '' && row.takesNothing !== true)) return false
    const path = space.absolute(text)
    const last = row.makes === at ? 'create' : Array.isArray(row.want) ? (row.want as readonly Last[])[i]! : 'link'
    return space.locate(path, { row, last, followed: false }) !== path || (space.moved && path !== text) || space.leads?.(path) === true
  })
}

function absolute (space: Space, row: Row, path: unknown, unseen: boolean): string {
  const text = pathText(path) as string
  if (row.takesNothing !== true || text !== '') demandText(text, unseen)
  return row.anyLength === true ? space.absolute(text).replace(DOTS, '') : space.absolute(text)
}

/** Components '.', which the C library passes over without a look at the folder before them; a slash is left at the end. */
const DOTS = /\/\.(?=\/)|(?<=\/)\.$/g

/** What the kernel takes in as a path must be one before anything is resolved. */
function demandText (text: string, unseen = false): void {
  if (text === '') throw new Errno('ENOENT')
  if (!unseen && text.length * 3 > MAX_PATH && encodeName(text).length > MAX_PATH) throw new Errno('ENAMETOOLONG')
}

/** Thrown inside of a transaction when somebody else changed names between the walk and the lock. */
const STALE = Symbol('stale')

/** Resolves every path, starting again where a link leads out of its view, and runs the row on the places. */
function resolved (space: Space, row: Row, args: readonly unknown[], call: Call, texts: string[]): unknown {
  const last = wants(row, args)
  const links = texts.map(() => 0)
  let overtaken = false
  for (let round = 0; round < ROUNDS; round++) {
    const spots = texts.map((path, i) => space.locate(path, { row, last: last[i] ?? 'node', followed: links[i]! > 0 }))
    if (spots.some((spot) => typeof spot === 'string')) {
      const out = spots.findIndex((spot, i) => leavesBy(spot, last[i] ?? 'node', links[i]!, texts, i))
      if (out < 0) return apart(row, args, call, spots)
      links[out] = Math.max(links[out]!, 1)
      continue
    }
    const epochs = row.writes === undefined ? [] : spots.map((spot) => (spot as Spot).view.volume.shared ? (spot as Spot).view.volume.fresh() : undefined)
    const places = placesOf(space, row, args, spots as Spot[], texts, last, links)
    if (places === undefined) continue
    try {
      return run(row, args, call, places, epochs)
    } catch (thrown) {
      if (thrown === STALE) return places.at(-1)!.volume.atomic(() => resolved(space, row, args, call, texts))   // now with the lock held of what is written to
      if (overtaken || !isErrno(thrown) || thrown.code !== 'EEXIST' || places.every(({ node }) => node !== undefined)) throw thrown
      // Somebody else took the name since the walk: what that means is for the row to say, of what is there now.
      for (const { view, path } of places) view.cache.delete(path)
      overtaken = true
    }
  }
  throw new Errno('ELOOP')
}

/** Where the paths lead, one after the other; undefined when one leads out of its view: then it is replaced in `texts`. */
function placesOf (space: Space, row: Row, args: readonly unknown[], spots: readonly Spot[], texts: string[], last: readonly Last[], links: number[]): Place[] | undefined {
  const places: Place[] = []
  for (const [i, spot] of spots.entries()) {
    if (i > 0) demandText(pathText(args[row.path![i]!]) as string)
    const place = find(space, row, i, spot, texts[i]!, last[i] ?? 'node', links[i]!)
    if (place instanceof Outside) {
      texts[i] = place.path
      links[i] = Math.max(place.links, 1)
      return undefined
    }
    if (i === 0 && texts.length > 1) row.checkFirst?.(place)
    places.push(place)
  }
  return places
}

/** Whether a path leads out of its view; then it is replaced in `texts` by the path it leads to. */
function leavesBy (spot: Spot | string, last: Last, links: number, texts: string[], at: number): boolean {
  if (typeof spot === 'string') return false
  let found
  try {
    found = trace(spot.view, spot.rest, last, links)
  } catch {
    return false   // said where the path is used
  }
  if (!(found instanceof Outside)) return false
  texts[at] = found.path
  return true
}

/** Some path is the disk's: all of them, then Node serves the call; some, then only a row that can span does. */
function apart (row: Row, args: readonly unknown[], call: Call, spots: readonly (Spot | string)[]): unknown {
  if (spots.every((spot) => typeof spot === 'string')) {
    const replaced = [...args]
    let same = true
    for (const [i, at] of row.path!.entries()) {
      replaced[at] = outer(spots[i] as string)
      if (spots[i] !== call.givenTexts[i]) same = false
    }
    return new Elsewhere(same ? undefined : replaced)
  }
  if (row.across !== undefined) return new Composite(row.across(call, ...args))
  return fail(row, spots[0]!, spots[1]!)
}

/** What a place is mounted by: two mounts of one volume are two, as bind mounts are. */
const mountOf = ({ view }: Place): View => view.alias ?? view

/** Runs a row on its places. `epochs`: of volumes that other processes share, what they were before the walk. */
function run (row: Row, args: readonly unknown[], call: Call, places: readonly Place[], epochs: readonly (number | undefined)[]): unknown {
  if (places.length > 1 && row.across === undefined && mountOf(places[1]!) !== mountOf(places[0]!)) failBetween(row, places[1]!)
  const values = [...args]
  for (const [i, at] of row.path!.entries()) values[at] = places[i]
  const target = places.at(-1)!
  if (target.volume.news !== undefined) target.volume.reach(pathIn(target))
  if (row.writes === undefined) return row.run!(call, ...values)
  // What is written to is the last. A copy's source is not locked: it may be the same database, known by another provider.
  return target.volume.atomic(() => {
    if (epochs.some((epoch, i) => epoch !== undefined && isStale(places[i]!.volume, epoch))) throw STALE
    return row.run!(call, ...values)
  })
}

/** Whether others have changed a volume since; one that is another at every look, because it is not locked, tells nothing. */
function isStale (volume: Volume, epoch: number): boolean {
  const now = volume.fresh()
  return now !== epoch && now === volume.fresh()
}

/** The place that a path leads to, if it stays in its view; what must exist, does. */
function find (space: Space, row: Row, i: number, spot: Spot, text: string, last: Last, links: number): Place | Outside {
  const makes = space.parents && row.makes === row.path![i] && (last === 'create' || last === 'place')
  const place = makes ? tracedMaking(spot, last, links, row.opening) : cached(spot, text, last, links) ?? trace(spot.view, spot.rest, last, links, row.opening)
  if (place instanceof Outside) return place
  if (last === 'place' && !(row.removes === true && row.path!.length === 2)) {
    // Who opens is told of a slash before the name is looked at (fs/namei.c, `open_last_lookups`).
    if (place.trailing && row.makes === row.path![i] && typeof row.want === 'function') throw new Errno('EISDIR')
    demandName(place)
  }
  if (last === 'node' || last === 'link') {
    if (place.node === undefined) throw new Errno('ENOENT')
    if (place.trailing && !isDir(place.mode)) throw new Errno('ENOTDIR')
  }
  return place
}

/** The place of a name that is to be made; the folders above it are made first where they are missing. */
function tracedMaking (spot: Spot, last: Last, links: number, opening: boolean | undefined): Place | Outside {
  try {
    return trace(spot.view, spot.rest, last, links, opening)
  } catch (thrown) {
    if (!isErrno(thrown) || thrown.code !== 'ENOENT') throw thrown
    makeParents(spot)
    return trace(spot.view, spot.rest, last, links)
  }
}

/** A place out of the cache of path strings, or walked and put there. */
function cached (spot: Spot, text: string, last: Last, links: number): Place | Outside | undefined {
  const { view, rest } = spot
  if (last !== 'node' && last !== 'link') return undefined
  let dentry = recall(view.cache, text)
  if (dentry === undefined) {
    if (view.volume.provider.later !== undefined || UNTIDY.test(text)) return undefined
    const place = trace(view, rest, 'link', links)
    if (place instanceof Outside) return place
    if (place.path !== text) return last === 'link' ? place : undefined
    if (!isLink(place.mode)) remember(text, view, place.node, place.mode)
    return isLink(place.mode) && last === 'node' ? undefined : place
  }
  if (dentry.view !== view || dentry.elsewhere) return undefined
  return {
    view, volume: view.volume, dir: undefined, name: '', node: dentry.node, mode: dentry.mode,
    last: 'name', trailing: false, path: text, line: []
  }
}

/** Makes the folders above the last name of a path. */
function makeParents ({ view, rest }: Spot): void {
  const names = rest.split('/').filter((name) => name !== '')
  for (let depth = 1; depth < names.length; depth++) {
    const above = names.slice(0, depth).join('/')
    if (walk(view, above, 'node').node !== undefined) continue
    try {
      makeFolder(walk(view, above, 'create'), 0o777)
    } catch (thrown) {
      if (!isErrno(thrown) || thrown.code !== 'EEXIST') throw thrown   // another process has just made it, or something: the next step tells
    }
  }
}

/** A thrown error as Node would throw it; errors that are not ours pass. */
export function dress (error: unknown, name: string, row: Row, given: readonly unknown[], cut?: Function | null): unknown {
  if (!isErrno(error)) return error
  if (error.syscall !== undefined && !error.named) return fsError(error.code, error.syscall, undefined, undefined, cut)
  if (typeof error.named === 'string') return fsError(error.code, error.syscall!, error.named, undefined, cut)
  const onFile = row.fd !== undefined && descriptorOf(given[row.fd]) !== undefined
  const syscall = error.syscall ?? (onFile ? row.onFile : undefined) ?? row.syscall ?? name
  const [path, dest] = onFile ? [] : (row.names ?? row.path ?? []).map((at) => shownPath(given[at]))
  return fsError(error.code, syscall, path === undefined ? undefined : row.named?.(path) ?? path, dest, cut)
}

/** A path as errors show it: text, whatever it was given as. */
export const shownPath = (path: unknown): string => {
  const text = pathText(path)
  return text === ODD ? String(path) : shownName(text)
}

/** An error of Node about the paths that links led to, told of the paths that were given. */
export function redress (error: unknown, row: Row, given: readonly unknown[], replaced: readonly unknown[]): unknown {
  const fs = error as FsError
  if (typeof fs?.code !== 'string' || typeof fs.syscall !== 'string') return error
  const [first, second] = row.names ?? row.path ?? []
  const { message } = fs
  const was = paths(fs)
  for (const [key, at] of [['path', first], ['dest', second]] as const) {
    if (at !== undefined && fs[key] !== undefined && fs[key] === shownPath(replaced[at])) fs[key] = shownPath(given[at])
  }
  if (!message.endsWith(was)) return error
  fs.message = message.slice(0, message.length - was.length) + paths(fs)
  if (fs.stack !== undefined) fs.stack = fs.stack.replace(message, () => fs.message)
  return error
}

/** How a message of Node ends. */
const paths = ({ path, dest }: FsError): string => `${path === undefined ? '' : ` '${path}'`}${dest === undefined ? '' : ` -> '${dest}'`}`
