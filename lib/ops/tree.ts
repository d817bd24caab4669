// Rows made of other rows: whole trees, on paths, so that mount points, links and overlays below are met as any
// caller would meet them. Written once as generators; a form drives them with or without waiting.
import { posix } from 'node:path'
import { isDenied } from '../kernel/disk.ts'
import { codeOf, Errno, recast } from '../kernel/errors.ts'
import { native } from '../kernel/native.ts'
import { MAX_LINKS } from '../kernel/namei.ts'
import { encodeName, NOWHERE, outer, shownName } from '../kernel/names.ts'
import { line } from './nodelines.ts'
import { pathText } from './args.ts'
import type { Call, Steps } from './row.ts'
import type { Dirent, Stats } from 'node:fs'
import { isUnder } from '../kernel/paths.ts'


/** `dir` and a name in it, joined as text. */
export const below = (dir: string, name: string): string => dir.endsWith('/') ? dir + name : `${dir}/${name}`

/**
 * How often a folder is tried again that others fill or remove. A name can uncover another of the same name below an
 * overlay: as many rounds as overlays may lie upon each other.
 */
export const ROUNDS = 8

/** mkdir with `recursive`: the first folder made, or undefined (src/node_file.cc, `MKDirpSync`). */
export function * makeTree (call: Call, given: unknown, options: { mode: number }): Steps<string | undefined> {
  const todo = [pathText(given) as string]
  let first: string | undefined
  // Each folder can be missing once, and a few times more when others remove them; below some (/proc) nothing can be made.
  let missing = todo[0]!.split('/').length + ROUNDS
  while (todo.length > 0) {
    const path = todo.pop()!
    try {
      yield ['mkdir', outer(path), options.mode]
      first ??= path
    } catch (error) {
      const code = codeOf(error)
      const parent = path.slice(0, path.lastIndexOf('/'))
      if (code === 'ENOENT' && parent !== '' && parent !== path && missing-- > 0) todo.push(path, parent)
      else if (code === 'EEXIST' || code === 'EISDIR' || code === 'EROFS' || code === 'EBUSY') yield * demandFolder(call, path, error, todo.length > 0)
      else throw failed(call, error, path)
    }
  }
  return first === undefined ? undefined : shownName(first)
}

/** What stands at a path that could not be made must be a folder; the forms differ in what they make of the rest. */
function * demandFolder (call: Call, path: string, unmade: unknown, between: boolean): Steps<void> {
  let stats: Stats | undefined
  try {
    stats = yield ['stat', outer(path)]
  } catch (error) {
    if (codeOf(unmade) !== 'EEXIST') throw failed(call, unmade, path)
    if (call.form === 'sync' || !between) throw failed(call, error, path)
  }
  if (stats?.isDirectory() !== true) throw failed(call, new Errno(between ? 'ENOTDIR' : 'EEXIST'), path)
}

/** The sync form names the path that was given, the others the one that failed (src/node_file.cc, `MKDirpAsync`). */
const failed = (call: Call, error: unknown, path: string): unknown =>
  call.form === 'sync' ? recast(error) : recast(error, 'mkdir', shownName(path))

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Has Node itself say, once a process, that such a prefix is not portable. */
function warnOfTemplate (): void {
  try {
    native.mkdtempSync(`${NOWHERE}/X`)
  } catch {
    // A device is no folder: it fails, after the warning.
  }
}

/** mkdtemp(3): a folder of mode 0700 whose name ends in six random letters. */
export function * makeTemporary (call: Call, given: unknown, as: string): Steps<string | Buffer> {
  const prefix = pathText(given) as string
  if (prefix === '' && !line.emptyTemplates) throw new Errno('EINVAL')
  if (prefix.endsWith('X')) warnOfTemplate()
  for (;;) {
    const path = prefix + Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => LETTERS[byte % LETTERS.length]).join('')
    try {
      yield ['mkdir', outer(path), 0o700]
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue
      throw recast(error)
    }
    const bytes = encodeName(path)
    return as === 'buffer' ? bytes : bytes.toString(as as BufferEncoding)
  }
}

/** readdir with `recursive`, in the order in which the form lists folders, through links to folders where it follows them. */
export function * walkTree (call: Call, given: unknown, options: { encoding: string, withFileTypes: boolean }): Steps<unknown[]> {
  const root = given
  const found: unknown[] = []
  const buffers = options.encoding === 'buffer'
  const todo: { path: string, relative: string }[] = [{ path: pathText(root) as string, relative: '' }]
  const lastFirst = call.form === 'promise' && line.promiseListsLastFirst
  const follows = !options.withFileTypes || line.direntsFollow[call.form]
  while (todo.length > 0) {
    const { path, relative } = (lastFirst ? todo.pop() : todo.shift())!
    const folder = relative === '' ? root : outer(path)
    const entries: Dirent<Buffer>[] = yield ['readdir', folder, { withFileTypes: true, encoding: 'buffer' }]
    const listed: unknown[] | undefined = options.withFileTypes ? yield ['readdir', folder, { withFileTypes: true, encoding: options.encoding }] : undefined
    if (listed !== undefined && relative !== '' && line.recursesByBytes) for (const entry of listed as Dirent[]) entry.parentPath = parentOf(given, relative, options.encoding)
    if (listed !== undefined) found.push(...listed)
    for (const entry of entries) {
      const name = pathText(entry.name) as string
      const inner = relative === '' ? name : `${relative}/${name}`
      if (listed === undefined) found.push(buffers ? encodeName(inner) : encodeName(inner).toString(options.encoding as BufferEncoding))
      // Up to Node 24 names are joined as text: one that is not UTF-8 leads nowhere, or to another.
      if (!line.recursesByBytes && given instanceof Uint8Array && (listed === undefined || entry.isDirectory())) posix.join(given as unknown as string)   // throws: those lines join text alone
      const text = buffers || line.recursesByBytes ? name : shownName(name)
      const next = line.recursesByBytes ? below(path, text) : posix.join(path, text)
      // Of names alone it asks for each what it leads to, which may be more than the folder may be asked for.
      const known = entry.isDirectory() && (options.withFileTypes || line.recursesByBytes)
      if (known || (follows && !(entry.isFile() && text === name) && (yield * leadsToFolder(next)))) todo.push({ path: next, relative: inner })
    }
  }
  return found
}

/** `parentPath` of what a recursive listing found in a folder below the given one (lib/internal/fs/utils.js of 26.10, `joinParentPath`). */
function parentOf (given: unknown, relative: string, as: string): string {
  const buffers = as === 'buffer'
  const text = buffers ? relative : encodeName(relative).toString(as as BufferEncoding)
  const bytes = given instanceof Uint8Array
  const path = bytes ? below(pathText(given) as string, text) : posix.join(pathText(given) as string, text)
  // Bytes where the path or the names are; the type of a Dirent tells of text only.
  return bytes || buffers ? encodeName(path) as unknown as string : path
}

/** Whether a link can be followed to a folder. */
function * leadsToFolder (path: string): Steps<boolean> {
  try {
    return ((yield ['stat', outer(path)]) as Stats).isDirectory()
  } catch {
    return false   // whatever is in the way: Node lists the link and goes on
  }
}

function * realName (path: string): Steps<string> {
  return pathText((yield ['realpath.native', outer(path), 'buffer']) as Buffer) as string
}

/**
 * Where Node's JavaScript goes on after a link in the folder `dir` whose text leads up behind a name: it takes that out of the
 * text, though the name may be a link itself. Undefined for other links, and for those that lead elsewhere than the same text
 * as a path, as in a sandbox, which they do not leave.
 */
function * climbing (link: string, dir: string, real: string): Steps<string | undefined> {
  const target = pathText((yield ['readlink', outer(link), 'buffer']) as Buffer) as string
  const names = target.split('/').filter((name) => name !== '' && name !== '.')
  if (!names.some((name, at) => at > 0 && name === '..' && names[at - 1] !== '..')) return undefined
  try {
    if ((yield * realName(target.startsWith('/') ? target : `${dir}/${target}`)) !== real) return undefined
  } catch {
    return undefined   // as a path it leads nowhere
  }
  return posix.resolve(dir || '/', target)
}

/** realpath as Node's JavaScript has it (lib/fs.js): dots by their text, then component by component; the error names the one that fails. */
export function * realpath (call: Call, given: unknown, as: string): Steps<string | Buffer> {
  // Dots are taken out of the text, whatever links they stand behind, and it is text even if it was given in bytes (path.resolve).
  const text = given instanceof Uint8Array && !Buffer.isBuffer(given) ? posix.resolve(String(given)) : posix.normalize(shownName(call.texts[0]!))
  const { base } = call
  const inside = base !== '' && isUnder(text, base)
  const todo = (inside ? text.slice(base.length) : text).split('/').reverse()
  let path = inside ? yield * realName(base) : ''
  let climbed = 0
  while (todo.length > 0) {
    const name = todo.pop()!
    if (name === '') continue
    const next = `${path}/${name}`
    let stats: Stats | undefined
    try {
      stats = yield ['lstat', outer(next)]
    } catch (error) {
      // A folder on the way to a mount that this process may not look at: the mount is where it says that it is.
      if (!isDenied(error) || !isUnder(text, next)) throw error
    }
    if (stats?.isSymbolicLink() !== true) {
      path = next
      continue
    }
    yield ['stat', outer(next)]   // a dangling or circular link fails here, with the link's own path
    // Whose link it is says where its target is read from.
    const real = yield * realName(next)
    const meant = climbed++ < MAX_LINKS ? yield * climbing(next, path, real) : undefined
    if (meant === undefined || (base !== '' && !isUnder(meant, base))) path = real === '/' ? '' : real
    else {
      todo.push(...meant.slice(base.length).split('/').reverse())
      path = base === '' ? '' : yield * realName(base)
    }
  }
  const bytes = encodeName(path === '' ? '/' : path)
  return as === 'buffer' ? bytes : bytes.toString(as as BufferEncoding)
}
