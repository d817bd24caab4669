// Situations in which a call must fail, or must not, as data: the code that is expected, and the call. They are tried
// on the disk and on a subject in every form, and all fields of the errors must agree.
import { Buffer } from 'node:buffer'
import { constants } from 'node:fs'
import type { Fd, Form, Fs } from './driver.ts'
import { outcome, pick } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** An open file among the arguments: its path and flags, and whether it is closed again before the call. */
export class Open {
  readonly name: string
  readonly flags: string | number
  readonly closed: boolean
  constructor (name: string, flags: string | number, closed = false) {
    this.name = name
    this.flags = flags
    this.closed = closed
  }
}

type At = (name: string) => string
/** Expected code (null where the call goes well; some forms may differ, as Node's do), what it is about, and the call: a function's name and its arguments. */
export type Situation = readonly [code: string | null, title: string, call: (at: At) => readonly [name: string, ...args: unknown[]]]

const r = new Open('file', 'r')
const w = new Open('file', 'w')
const closed = new Open('file', 'r+', true)
const folder = new Open('folder', 'r')
const long = 'n'.repeat(256)
const bytes = (): Buffer => Buffer.alloc(4)

/**
 * The folder that every situation starts from: file, other, folder (empty), full (with inner and sub), link → file,
 * way → full, dangling → nowhere, loop → loop.
 */
export async function furnish ({ promises: fs }: Fs, at: At): Promise<void> {
  await fs.writeFile(at('file'), 'content')
  await fs.writeFile(at('other'), 'other')
  await fs.mkdir(at('folder'))
  await fs.mkdir(at('full/sub'), { recursive: true })
  await fs.writeFile(at('full/inner'), '')
  for (const [target, name] of [['file', 'link'], ['full', 'way'], ['nowhere', 'dangling'], ['loop', 'loop']]) await fs.symlink(target!, at(name!))
}

export const situations: readonly Situation[] = [
  // Nothing there
  ['ENOENT', 'stat of nothing', at => ['stat', at('no')]],
  ['ENOENT', 'lstat of nothing', at => ['lstat', at('no')]],
  ['ENOENT', 'stat below nothing', at => ['stat', at('no/no')]],
  ['ENOENT', 'stat of a dangling link', at => ['stat', at('dangling')]],
  ['ENOENT', 'stat of an empty path', () => ['stat', '']],
  ['ENOENT', 'stat of a buffer path', at => ['stat', Buffer.from(at('no'))]],
  ['ENOENT', 'access of nothing', at => ['access', at('no')]],
  ['ENOENT', 'open of nothing', at => ['open', at('no'), 'r']],
  ['ENOENT', 'open in a missing folder', at => ['open', at('no/no'), 'w']],
  ['ENOENT', 'open through a dangling link into a missing folder', at => ['open', at('dangling/no'), 'w']],
  ['ENOENT', 'readFile of nothing', at => ['readFile', at('no')]],
  ['ENOENT', 'readFile of nothing as text', at => ['readFile', at('no'), 'utf8']],
  ['ENOENT', 'writeFile in a missing folder', at => ['writeFile', at('no/no'), 'x']],
  ['ENOENT', 'appendFile in a missing folder', at => ['appendFile', at('no/no'), 'x']],
  ['ENOENT', 'truncate of nothing', at => ['truncate', at('no'), 1]],
  ['ENOENT', 'readdir of nothing', at => ['readdir', at('no')]],
  ['ENOENT', 'readdir of nothing with types', at => ['readdir', at('no'), { withFileTypes: true }]],
  ['ENOENT', 'recursive readdir of nothing', at => ['readdir', at('no'), { recursive: true }]],
  ['ENOENT', 'opendir of nothing', at => ['opendir', at('no')]],
  ['ENOENT', 'mkdir in a missing folder', at => ['mkdir', at('no/no')]],
  ['ENOENT', 'mkdtemp in a missing folder', at => ['mkdtemp', at('no/temporary-')]],
  ['ENOENT', 'rmdir of nothing', at => ['rmdir', at('no')]],
  ['ENOENT', 'unlink of nothing', at => ['unlink', at('no')]],
  ['ENOENT', 'rm of nothing', at => ['rm', at('no')]],
  ['ENOENT', 'recursive rm of nothing', at => ['rm', at('no'), { recursive: true }]],
  ['ENOENT', 'rename of nothing', at => ['rename', at('no'), at('new')]],
  ['ENOENT', 'rename into a missing folder', at => ['rename', at('file'), at('no/no')]],
  ['ENOENT', 'link of nothing', at => ['link', at('no'), at('new')]],
  ['ENOENT', 'link into a missing folder', at => ['link', at('file'), at('no/no')]],
  ['ENOENT', 'symlink in a missing folder', at => ['symlink', 'x', at('no/no')]],
  ['ENOENT', 'symlink to an empty target', at => ['symlink', '', at('new')]],
  ['ENOENT', 'readlink of nothing', at => ['readlink', at('no')]],
  ['ENOENT', 'realpath of nothing', at => ['realpath', at('no')]],
  ['ENOENT', 'realpath of a dangling link', at => ['realpath', at('dangling')]],
  ['ENOENT', 'realpath below nothing', at => ['realpath', at('no/deep/er')]],
  ['ENOENT', 'chmod of nothing', at => ['chmod', at('no'), 0o600]],
  ['ENOENT', 'chown of nothing', at => ['chown', at('no'), 0, 0]],
  ['ENOENT', 'lchown of nothing', at => ['lchown', at('no'), 0, 0]],
  ['ENOENT', 'utimes of nothing', at => ['utimes', at('no'), 1, 1]],
  ['ENOENT', 'lutimes of nothing', at => ['lutimes', at('no'), 1, 1]],
  ['ENOENT', 'copyFile of nothing', at => ['copyFile', at('no'), at('new')]],
  ['ENOENT', 'copyFile into a missing folder', at => ['copyFile', at('file'), at('no/no')]],
  ['ENOENT', 'statfs of nothing', at => ['statfs', at('no')]],
  ['ENOENT', 'cp of nothing', at => ['cp', at('no'), at('new')]],

  // A file in the way
  ['ENOTDIR', 'stat below a file', at => ['stat', at('file/x')]],
  ['ENOTDIR', 'lstat below a file', at => ['lstat', at('file/x')]],
  ['ENOTDIR', 'stat of a file with a slash', at => ['stat', at('file/')]],
  ['ENOTDIR', 'stat of a file with a dot', at => ['stat', at('file/.')]],
  ['ENOTDIR', 'stat of a file with dots', at => ['stat', at('file/..')]],
  ['ENOTDIR', 'stat of a link to a file with a slash', at => ['stat', at('link/')]],
  ['ENOTDIR', 'access below a file', at => ['access', at('file/x')]],
  ['ENOTDIR', 'open below a file', at => ['open', at('file/x'), 'w']],
  ['ENOTDIR', 'open of a file with a slash', at => ['open', at('file/'), 'r']],
  ['ENOTDIR', 'open of a file as a folder', at => ['open', at('file'), constants.O_DIRECTORY]],
  ['ENOTDIR', 'readFile below a file', at => ['readFile', at('file/x')]],
  ['ENOTDIR', 'writeFile below a file', at => ['writeFile', at('file/x'), '']],
  ['ENOTDIR', 'readdir of a file', at => ['readdir', at('file')]],
  ['ENOTDIR', 'readdir of a file with types', at => ['readdir', at('file'), { withFileTypes: true }]],
  ['ENOTDIR', 'recursive readdir of a file', at => ['readdir', at('file'), { recursive: true }]],
  ['ENOTDIR', 'readdir of a link to a file', at => ['readdir', at('link')]],
  ['ENOTDIR', 'opendir of a file', at => ['opendir', at('file')]],
  ['ENOTDIR', 'mkdir below a file', at => ['mkdir', at('file/x')]],
  ['ENOTDIR', 'recursive mkdir below a file', at => ['mkdir', at('file/x/y'), { recursive: true }]],
  ['ENOTDIR', 'mkdtemp below a file', at => ['mkdtemp', at('file/temporary-')]],
  ['ENOTDIR', 'rmdir of a file', at => ['rmdir', at('file')]],
  ['ENOTDIR', 'rmdir of a link to a folder', at => ['rmdir', at('way')]],
  ['ENOTDIR', 'unlink below a file', at => ['unlink', at('file/x')]],
  ['ENOTDIR', 'unlink of a file with a slash', at => ['unlink', at('file/')]],
  ['ENOTDIR', 'rm below a file', at => ['rm', at('file/x')]],
  ['ENOTDIR', 'rename of a folder over a file', at => ['rename', at('folder'), at('file')]],
  ['ENOTDIR', 'rename of a file with a slash', at => ['rename', at('file/'), at('new')]],
  ['ENOTDIR', 'rename to below a file', at => ['rename', at('other'), at('file/x')]],
  ['ENOTDIR', 'link below a file', at => ['link', at('other'), at('file/x')]],
  ['ENOTDIR', 'symlink below a file', at => ['symlink', 'x', at('file/x')]],
  ['ENOTDIR', 'readlink below a file', at => ['readlink', at('file/x')]],
  ['ENOTDIR', 'realpath below a file', at => ['realpath', at('file/x')]],
  ['ENOTDIR', 'chmod below a file', at => ['chmod', at('file/x'), 0o600]],
  ['ENOTDIR', 'utimes below a file', at => ['utimes', at('file/x'), 1, 1]],
  ['ENOTDIR', 'truncate below a file', at => ['truncate', at('file/x'), 0]],
  ['ENOTDIR', 'copyFile to below a file', at => ['copyFile', at('other'), at('file/x')]],

  // A folder in the way
  ['EISDIR', 'open of a folder to write', at => ['open', at('folder'), 'w']],
  ['EISDIR', 'open of a folder to read and write', at => ['open', at('folder'), 'r+']],
  ['EISDIR', 'open of a new name with a slash', at => ['open', at('new/'), 'w']],
  ['EISDIR', 'readFile of a folder', at => ['readFile', at('folder')]],
  ['EISDIR', 'readFile of a folder as text', at => ['readFile', at('folder'), 'utf8']],
  ['EISDIR', 'writeFile to a folder', at => ['writeFile', at('folder'), 'x']],
  ['EISDIR', 'appendFile to a folder', at => ['appendFile', at('folder'), 'x']],
  ['EISDIR', 'truncate of a folder', at => ['truncate', at('folder'), 0]],
  ['EISDIR', 'unlink of a folder', at => ['unlink', at('folder')]],
  ['EISDIR', 'rename of a file over a folder', at => ['rename', at('file'), at('folder')]],
  ['EISDIR', 'copyFile to a folder', at => ['copyFile', at('file'), at('folder')]],
  ['EISDIR', 'read of an open folder', () => ['read', folder, bytes(), 0, 4, 0]],
  ['EISDIR', 'readFile of an open folder', () => ['readFile', folder]],
  ['ERR_FS_EISDIR', 'rm of a folder', at => ['rm', at('folder')]],
  ['ERR_FS_EISDIR', 'rm of a folder with force', at => ['rm', at('full'), { force: true }]],

  // There already
  ['EEXIST', 'exclusive open of a file', at => ['open', at('file'), 'wx']],
  ['EEXIST', 'exclusive open of a folder', at => ['open', at('folder'), 'wx']],
  ['EEXIST', 'exclusive open of a dangling link', at => ['open', at('dangling'), 'wx']],
  ['EEXIST', 'exclusive writeFile', at => ['writeFile', at('file'), 'x', { flag: 'wx' }]],
  ['EEXIST', 'exclusive appendFile', at => ['appendFile', at('file'), 'x', { flag: 'ax' }]],
  ['EEXIST', 'mkdir over a folder', at => ['mkdir', at('folder')]],
  ['EEXIST', 'mkdir over a file', at => ['mkdir', at('file')]],
  ['EEXIST', 'mkdir over a dangling link', at => ['mkdir', at('dangling')]],
  ['EEXIST', 'recursive mkdir over a file', at => ['mkdir', at('file'), { recursive: true }]],
  ['EEXIST', 'mkdir of a dot', at => ['mkdir', at('folder/.')]],
  ['EEXIST', 'symlink over a file', at => ['symlink', 'x', at('file')]],
  ['EEXIST', 'link over a file', at => ['link', at('file'), at('other')]],
  ['EEXIST', 'link over itself', at => ['link', at('file'), at('file')]],
  ['EEXIST', 'link over a folder', at => ['link', at('file'), at('folder')]],
  ['EEXIST', 'exclusive copyFile', at => ['copyFile', at('file'), at('other'), constants.COPYFILE_EXCL]],

  // Not empty, busy
  ['ENOTEMPTY', 'rmdir of a full folder', at => ['rmdir', at('full')]],
  ['ENOTEMPTY', 'rename over a full folder', at => ['rename', at('folder'), at('full')]],
  ['ENOTEMPTY', 'rename over an ancestor', at => ['rename', at('full/sub'), at('full')]],
  ['ENOTEMPTY', 'rmdir of dots', at => ['rmdir', at('full/sub/..')]],
  ['EINVAL', 'rmdir of a dot', at => ['rmdir', at('folder/.')]],
  ['EBUSY', 'rename of a dot', at => ['rename', at('folder/.'), at('new')]],
  ['EBUSY', 'rename to dots', at => ['rename', at('folder'), at('full/..')]],

  // Loops
  ['ELOOP', 'stat of a loop', at => ['stat', at('loop')]],
  ['ELOOP', 'stat through a loop', at => ['stat', at('loop/x')]],
  ['ELOOP', 'open of a loop', at => ['open', at('loop'), 'w']],
  ['ELOOP', 'open of a link that is not to be followed', at => ['open', at('link'), constants.O_NOFOLLOW]],
  ['ELOOP', 'readFile of a loop', at => ['readFile', at('loop')]],
  ['ELOOP', 'readdir of a loop', at => ['readdir', at('loop')]],
  ['ELOOP', 'realpath of a loop', at => ['realpath', at('loop')]],
  ['ELOOP', 'chmod of a loop', at => ['chmod', at('loop'), 0o600]],
  ['ELOOP', 'rename through a loop', at => ['rename', at('loop/x'), at('new')]],
  ['ELOOP', 'access of a loop', at => ['access', at('loop')]],
  ['ELOOP', 'copyFile of a loop', at => ['copyFile', at('loop'), at('new')]],

  // What makes no sense
  ['EINVAL', 'readlink of a file', at => ['readlink', at('file')]],
  ['EINVAL', 'readlink of a folder', at => ['readlink', at('folder')]],
  ['EINVAL', 'readlink of a link with a slash', at => ['readlink', at('way/')]],
  ['EINVAL', 'rename of a folder into itself', at => ['rename', at('full'), at('full/new')]],
  ['EINVAL', 'rename of a folder deep into itself', at => ['rename', at('full'), at('full/sub/new')]],
  ['EINVAL', 'rename of a folder into itself through a link', at => ['rename', at('full'), at('way/new')]],
  ['EINVAL', 'ftruncate of a reader', () => ['ftruncate', r, 1]],
  ['EINVAL', 'ftruncate of a folder', () => ['ftruncate', folder, 1]],
  ['EPERM', 'link of a folder', at => ['link', at('folder'), at('new')]],

  // Long names
  ['ENAMETOOLONG', 'stat of a long name', at => ['stat', at(long)]],
  ['ENAMETOOLONG', 'stat of a long name in bytes', at => ['stat', at('ä'.repeat(128))]],
  ['ENAMETOOLONG', 'open of a long name', at => ['open', at(long), 'w']],
  ['ENAMETOOLONG', 'mkdir of a long name', at => ['mkdir', at(long)]],
  ['ENAMETOOLONG', 'rename to a long name', at => ['rename', at('file'), at(long)]],
  ['ENAMETOOLONG', 'link to a long name', at => ['link', at('file'), at(long)]],
  ['ENAMETOOLONG', 'symlink at a long name', at => ['symlink', 'x', at(long)]],
  ['ENAMETOOLONG', 'unlink of a long name', at => ['unlink', at(long)]],
  ['ENAMETOOLONG', 'readdir of a long name', at => ['readdir', at(long)]],
  ['ENAMETOOLONG', 'stat of a long path', at => ['stat', at('folder/' + './'.repeat(2048))]],
  ['ENAMETOOLONG', 'mkdtemp of a long name', at => ['mkdtemp', at('temporary-' + 'n'.repeat(240))]],
  ['ENOENT', 'a long name below nothing', at => ['stat', at(`no/${long}`)]],
  ['ENOTDIR', 'a long name below a file', at => ['stat', at(`file/${long}`)]],

  // Descriptors
  ['EBADF', 'read of a closed file', () => ['read', closed, bytes(), 0, 4, 0]],
  ['EBADF', 'readv of a closed file', () => ['readv', closed, [bytes()]]],
  ['EBADF', 'write to a closed file', () => ['write', closed, bytes()]],
  ['EBADF', 'write of text to a closed file', () => ['write', closed, 'text']],
  ['EBADF', 'writev to a closed file', () => ['writev', closed, [bytes()]]],
  ['EBADF', 'fstat of a closed file', () => ['fstat', closed]],
  ['EBADF', 'ftruncate of a closed file', () => ['ftruncate', closed, 0]],
  ['EBADF', 'fchmod of a closed file', () => ['fchmod', closed, 0o600]],
  ['EBADF', 'fchown of a closed file', () => ['fchown', closed, 0, 0]],
  ['EBADF', 'futimes of a closed file', () => ['futimes', closed, 1, 1]],
  ['EBADF', 'fsync of a closed file', () => ['fsync', closed]],
  ['EBADF', 'fdatasync of a closed file', () => ['fdatasync', closed]],
  ['EBADF', 'readFile of a closed file', () => ['readFile', closed]],
  ['EBADF', 'writeFile to a closed file', () => ['writeFile', closed, 'x']],
  ['EBADF', 'appendFile to a closed file', () => ['appendFile', closed, 'x']],
  ['EBADF', 'write to a reader', () => ['write', r, bytes()]],
  ['EBADF', 'write of text to a reader', () => ['write', r, 'text']],
  ['EBADF', 'writev to a reader', () => ['writev', r, [bytes()]]],
  ['EBADF', 'writeFile to a reader', () => ['writeFile', r, 'x']],
  ['EBADF', 'read of a writer', () => ['read', w, bytes(), 0, 4, 0]],
  ['EBADF', 'readv of a writer', () => ['readv', w, [bytes()], 0]],
  ['EBADF', 'readFile of a writer', () => ['readFile', w]],

  // cp
  ['ERR_FS_EISDIR', 'cp of a folder without recursive', at => ['cp', at('full'), at('new')]],
  ['ERR_FS_CP_EINVAL', 'cp onto itself', at => ['cp', at('file'), at('file')]],
  ['ERR_FS_CP_EINVAL', 'cp of a folder into itself', at => ['cp', at('full'), at('full/sub/new'), { recursive: true }]],
  ['ERR_FS_CP_DIR_TO_NON_DIR', 'cp of a folder over a file', at => ['cp', at('full'), at('file'), { recursive: true }]],
  ['ERR_FS_CP_NON_DIR_TO_DIR', 'cp of a file over a folder', at => ['cp', at('file'), at('folder')]],
  ['ERR_FS_CP_EEXIST', 'cp over a file that must not exist', at => ['cp', at('file'), at('other'), { force: false, errorOnExist: true }]],

  // Arguments: a few; the walk over all functions tries the rest
  ['ERR_INVALID_ARG_TYPE', 'a number for a path', () => ['stat', 42]],
  ['ERR_INVALID_ARG_VALUE', 'a NUL in a path', at => ['stat', at('a\0b')]],
  ['ERR_INVALID_ARG_VALUE', 'a NUL in a buffer path', at => ['mkdir', Buffer.from(at('a\0b'))]],
  ['ERR_INVALID_ARG_VALUE', 'a NUL in a second path', at => ['rename', at('file'), at('a\0b')]],
  ['ERR_INVALID_ARG_VALUE', 'a NUL in a link target', at => ['symlink', 'a\0b', at('new')]],
  ['ERR_INVALID_URL_SCHEME', 'a URL that is no file', () => ['stat', new URL('http://example.org/')]],
  ['ERR_INVALID_FILE_URL_HOST', 'a file URL of another host', () => ['stat', new URL('file://host/x')]],
  ['ERR_INVALID_FILE_URL_PATH', 'a file URL with an encoded slash', () => ['stat', new URL('file:///a%2Fb')]],
  ['ERR_INVALID_ARG_VALUE', 'unknown flags', at => ['open', at('file'), 'rw']],
  ['ERR_INVALID_ARG_VALUE', 'a mode that is no octal number', at => ['chmod', at('file'), '9']],
  ['ERR_OUT_OF_RANGE', 'a mode out of range', at => ['open', at('file'), 'r', 2 ** 33]],
  ['ERR_INVALID_ARG_VALUE', 'an unknown encoding', at => ['readFile', at('file'), 'utf-9']],
  ['ERR_OUT_OF_RANGE', 'an access mode out of range', at => ['access', at('file'), 8]],
  ['ERR_OUT_OF_RANGE', 'a copy mode out of range', at => ['copyFile', at('file'), at('new'), 8]],
  ['ERR_OUT_OF_RANGE', 'a length beyond the buffer', () => ['read', r, bytes(), 0, 5, 0]],
  ['ERR_OUT_OF_RANGE', 'an offset beyond the buffer', () => ['read', r, bytes(), 5, 1, 0]],
  ['ERR_INVALID_ARG_TYPE', 'content that is none', at => ['writeFile', at('new'), 42]],
  ['ABORT_ERR', 'readFile with a signal that is aborted', at => ['readFile', at('file'), { signal: AbortSignal.abort() }]],

  // What goes well, though one may doubt it
  [null, 'rm of nothing with force', at => ['rm', at('no'), { force: true }]],
  [null, 'recursive mkdir of what is there', at => ['mkdir', at('full/sub'), { recursive: true }]],
  [null, 'rename to itself', at => ['rename', at('file'), at('file')]],
  [null, 'rm of a loop', at => ['rm', at('loop')]],
  [null, 'rm of a link to a folder', at => ['rm', at('way')]],
  [null, 'rmdir with a slash', at => ['rmdir', at('folder/')]],
  [null, 'mkdir with a slash', at => ['mkdir', at('new/')]],
  [null, 'stat of a folder with a slash', at => ['stat', at('way//')]],
  [null, 'copyFile onto itself', at => ['copyFile', at('file'), at('file')]],
  [null, 'mkdtemp', at => ['mkdtemp', at('temporary-')]],
]

/** The outcome of a situation on a file system, in one form, in the fresh folder `root`; undefined where there is no such form. */
export async function tryOut (fs: Fs, root: string, form: Form, [, , call]: Situation): Promise<Outcome | undefined> {
  const at: At = name => `${root}/${name}`
  await furnish(fs, at)
  const [name, ...args] = call(at)
  const open = args.find(arg => arg instanceof Open)
  if (open === undefined) {
    const found = pick(fs, form, name)
    return found && await outcome(form, found.on, found.run, args, root)
  }
  const fd = await opened(fs, at(open.name), open, form)
  const found = pick(fs, form, name)
  try {
    if (found) return await outcome(form, found.on, found.run, args.map(arg => arg === open ? fd : arg), root)
    const handle = fd as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>
    const run = handle[name] ?? handle[name.slice(1)]
    return run && await outcome(form, handle, run, args.filter(arg => arg !== open), root)
  } finally {
    if (!open.closed) await (form === 'promise' ? fd.close() : fs.closeSync(fd))
  }
}

async function opened (fs: Fs, path: string, { flags, closed }: Open, form: Form): Promise<Fd> {
  if (form === 'promise') {
    const handle = await fs.promises.open(path, flags)
    if (closed) await handle.close()
    return handle as Fd
  }
  const fd = fs.openSync(path, flags)
  if (closed) fs.closeSync(fd)
  return fd as Fd
}
