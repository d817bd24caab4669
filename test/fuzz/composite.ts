// Small programs of several calls that count as one step: what returns an object of its own (a folder handle, a
// stream) is used up, what draws a random name is undone.
import { Buffer } from 'node:buffer'
import type { PathLike } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { normalize } from 'node:path'
import { key } from './folders.ts'
import type { Form } from './rows.ts'

type Fs = typeof import('node:fs')

/** A step made of several calls on one `fs`; what it returns or throws is compared. */
export type Composite = (fs: Fs, form: Form, ...args: never[]) => unknown

/** A folder with a random name: what precedes the name, its length and mode; removed at once. */
export function temporary (fs: Fs, form: Form, prefix: PathLike, options?: object): unknown {
  const look = (made: string | Buffer): unknown => {
    const mode = fs.statSync(made).mode
    fs.rmdirSync(made)
    return [typeof made === 'string' ? made.slice(0, -6) : made.subarray(0, -6), mode]
  }
  const path = prefix as string
  if (form === 'sync') return look(fs.mkdtempSync(path, options))
  if (form === 'promise') return fs.promises.mkdtemp(path, options).then(look)
  return new Promise<string>((resolve, reject) => { fs.mkdtemp(path, options ?? {}, (error, made) => { error ? reject(error) : resolve(made) }) }).then(look)
}

/** The process's umask, which holds for both sides. */
export function umask (_fs: Fs, _form: Form, mask: number): unknown {
  process.umask(mask)
  return mask
}

/** The lines of an open file, which closes it. */
export async function lines (_fs: Fs, _form: Form, handle: FileHandle): Promise<unknown> {
  const found: string[] = []
  for await (const line of handle.readLines({ autoClose: false, start: 0 })) found.push(line)
  return found
}

/** What an open file gives through a web stream. */
export async function webStream (_fs: Fs, _form: Form, handle: FileHandle): Promise<unknown> {
  // Where it cannot be read from, Node raises the error of the first chunk where nobody can catch it.
  await handle.read(Buffer.alloc(1), 0, 1, 0)
  const found: Uint8Array[] = []
  for await (const chunk of handle.readableWebStream()) found.push(new Uint8Array(chunk as ArrayBuffer))
  return Buffer.concat(found)
}

/** A folder that removes itself: what precedes its random name, its mode, and what is there afterwards. */
export function disposable (fs: Fs, form: Form, prefix: string): unknown {
  const look = (path: string): unknown[] => [path.slice(0, -6), path.slice(-6).length, fs.statSync(path).mode]
  // Dots are taken out of its text, and so it may not find itself behind a link; its name is another one every time.
  const left = (path: string): boolean => {
    const there = fs.existsSync(path)
    if (there) fs.rmdirSync(path)
    return there
  }
  // What it may not list it does not remove, and says so with a name that is another one every time.
  const refused = (path: string, error: unknown): never => {
    fs.rmdirSync(path)
    const failure = error as NodeJS.ErrnoException
    for (const field of ['message', 'path'] as const) failure[field] = failure[field]!.replaceAll(path, `${prefix}XXXXXX`).replaceAll(normalize(path), `${normalize(prefix)}XXXXXX`)
    throw failure
  }
  if (form === 'sync') {
    const made = fs.mkdtempDisposableSync(prefix)
    const seen = look(made.path)
    try {
      made.remove()
    } catch (error) {
      refused(made.path, error)
    }
    return [...seen, left(made.path)]
  }
  return fs.promises.mkdtempDisposable(prefix).then(async (made) => {
    const seen = look(made.path)
    await made.remove().catch((error: unknown) => refused(made.path, error))
    return [...seen, left(made.path)]
  })
}

/** What matches a pattern, sorted: the order of folders listed at once is a race. */
export function glob (fs: Fs, form: Form, cwd: string, pattern: string, options: object): unknown {
  const found = { ...options, recursive: undefined, cwd } as unknown as { withFileTypes: true }
  const sorted = (matches: Array<{ parentPath: string, name: string, isFile (): boolean, isDirectory (): boolean }>): unknown =>
    matches.map((each) => typeof each === 'string' ? each : key(each)).sort()
  if (form === 'sync') return sorted(fs.globSync(pattern, found))
  if (form === 'promise') return collect(fs.promises.glob(pattern, found)).then(sorted)
  return new Promise<never[]>((resolve, reject) => { fs.glob(pattern, found, (error, matches) => { error ? reject(error) : resolve(matches as never[]) }) }).then(sorted)
}

async function collect<T> (items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** A file as a blob, and a part of it. */
export async function blob (fs: Fs, _form: Form, path: string, start: number, end: number): Promise<unknown> {
  // Whether opening or reading is what moves the access time is nobody's affair.
  if (fs.existsSync(path) && fs.statSync(path).isFile()) fs.readFileSync(path)
  const whole = await fs.openAsBlob(path, { type: 'text/plain' })
  // Sizes of folders differ by file system, and nothing can be read.
  if (!fs.statSync(path).isFile()) return await whole.text()
  await whole.arrayBuffer()   // whatever is read when, all of it is
  return [whole.size, whole.type, Buffer.from(await whole.slice(start, end).arrayBuffer())]
}

/** The names and types of a file system's figures, which no two file systems share. */
export function figures (fs: Fs, form: Form, path: string, options?: object): unknown {
  const shape = (found: object): unknown => Object.entries(found).map(([name, value]) => `${name} ${typeof value}`)
  if (form === 'sync') return shape(fs.statfsSync(path, options))
  if (form === 'promise') return fs.promises.statfs(path, options).then(shape)
  return new Promise<object>((resolve, reject) => { fs.statfs(path, options ?? {}, (error, found) => { error ? reject(error) : resolve(found) }) }).then(shape)
}

/** A file that is mostly a hole: written to behind it, read around its end, and cut again. */
export function sparse (fs: Fs, _form: Form, path: string, hole: number, size: number): unknown {
  const fd = fs.openSync(path, 'r+')
  try {
    const before = Buffer.alloc(10, 0xee)
    const after = Buffer.alloc(10, 0xee)
    fs.ftruncateSync(fd, hole)
    const cut = fs.fstatSync(fd).size
    const wrote = fs.writeSync(fd, 'behind', hole + 3)
    const counts = [fs.readSync(fd, before, 0, 10, hole - 5), fs.readSync(fd, after, 0, 10, hole + 4)]
    return [cut, wrote, fs.fstatSync(fd).size, counts, before, after]
  } finally {
    fs.ftruncateSync(fd, size)
    fs.closeSync(fd)
  }
}

/** Many questions in flight at once: each answer is its own. */
export async function reading ({ promises }: Fs, _form: Form, ...paths: string[]): Promise<unknown> {
  return await Promise.allSettled(paths.flatMap((path): Array<Promise<unknown>> => [
    promises.stat(path).then(({ mode, nlink }) => [mode, nlink]), promises.readFile(path), promises.readdir(path), promises.realpath(path), promises.access(path, 2)
  ])).then((all) => all.map((each) => each.status === 'fulfilled' ? each.value : each.reason as unknown))
}

/** Many files made at once below a new folder, or many appends to one file in it; then both are gone again. */
export async function writing ({ promises }: Fs, _form: Form, path: string, count: number, data: string | Uint8Array, alone: boolean): Promise<unknown> {
  // The promise form writes what is large in pieces, which mix.
  const apart = alone || (typeof data === 'string' ? data.length : data.byteLength) > 65536
  const folder = `${path}/together`
  await promises.mkdir(folder)
  try {
    const all = await Promise.allSettled(Array.from({ length: count }, (_, number) => apart ? promises.writeFile(`${folder}/${number}`, data) : promises.appendFile(`${folder}/one`, data)))
    const names = await promises.readdir(folder)
    return [all.map(({ status }) => status), names, await Promise.all(names.map((name) => promises.readFile(`${folder}/${name}`)))]
  } finally {
    await promises.rm(folder, { recursive: true })
  }
}
