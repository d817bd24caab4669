// Small programs about folder handles: what one gives, in which order it is used, and what it says after its end.
import type { Dir, PathLike } from 'node:fs'
import type { Form } from './rows.ts'

type Fs = typeof import('node:fs')

// Names that are not UTF-8 look alike as text.
/** What an entry is sorted and compared by. */
export const key = (entry: { parentPath?: string, name: string | Buffer, isFile (): boolean, isDirectory (): boolean }): string =>
  `${entry.parentPath ?? ''}/${entry.name.toString()} ${String(entry.isFile())} ${String(entry.isDirectory())}`

/** A folder handle in a form. */
async function opened (fs: Fs, form: Form, path: PathLike, options: object | undefined): Promise<Dir> {
  if (form === 'sync') return fs.opendirSync(path, options)
  if (form === 'promise') return await fs.promises.opendir(path, options)
  return await new Promise<Dir>((resolve, reject) => { fs.opendir(path, options ?? {}, (error, dir) => { error ? reject(error) : resolve(dir) }) })
}

/** All entries of a folder through `opendir`, sorted, since a folder handle gives them in any order. */
export async function entries (fs: Fs, form: Form, path: PathLike, options?: object): Promise<unknown> {
  const dir = await opened(fs, form, path, options)
  const found = []
  if (form === 'sync') {
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) found.push(entry)
    } finally {
      dir.closeSync()
    }
  } else {
    for await (const entry of dir) found.push(entry)
  }
  return [dir.path, found.sort((a, b) => key(a) < key(b) ? -1 : 1)]
}

/** What may be done with a folder handle, in any order. */
export const MOVES = ['read', 'readSync', 'readBack', 'close', 'closeSync', 'closeBack', 'next', 'return', 'both', 'dispose', 'bad'] as const

type Move = (dir: Dir) => unknown

const back = (call: (done: (error: Error | null, value?: unknown) => void) => void): Promise<unknown> =>
  new Promise((resolve, reject) => { call((error, value) => { error ? reject(error) : resolve(value) }) })

const DO: Readonly<Record<typeof MOVES[number], Move>> = {
  read: (dir) => dir.read(),
  readSync: (dir) => dir.readSync(),
  readBack: (dir) => back((done) => { dir.read(done) }),
  close: (dir) => dir.close(),
  closeSync: (dir) => dir.closeSync(),
  closeBack: (dir) => back((done) => { dir.close(done) }),
  next: (dir) => dir[Symbol.asyncIterator]().next().then(({ value, done }) => done === true ? 'done' : value as unknown),
  return: (dir) => dir[Symbol.asyncIterator]().return!().then(({ done }) => done),
  // While one is read nothing can be asked at once.
  both: (dir) => {
    const reading = dir.read()
    return Promise.allSettled([reading, Promise.resolve().then(() => dir.readSync())]).then((all) => all.map((each) => each.status === 'fulfilled' ? met(each.value) : each.reason as unknown))
  },
  dispose: async (dir) => { await (dir as Dir & { [Symbol.asyncDispose]?: () => Promise<void> })[Symbol.asyncDispose]?.() },
  bad: (dir) => { dir.read('no callback' as never) }
}

/** An entry without its name, of which the disk may give any first. */
const met = (value: unknown): unknown => typeof value === 'object' && value !== null && 'isFile' in value
  ? [Object.keys(value).join(), value.constructor.name, (value as { parentPath?: unknown }).parentPath, typeof (value as unknown as { name: unknown }).name]
  : value

/**
 * A folder handle that is used in a way of its own, and what each move comes to. What is compared begins with an entry:
 * ours lists the folder when it is opened, and so moves its access time even if nobody reads.
 */
export async function moves (fs: Fs, form: Form, path: PathLike, options: object, list: ReadonlyArray<typeof MOVES[number]>): Promise<unknown> {
  const dir = await opened(fs, form, path, options)
  const came: unknown[] = [dir.path]
  for (const move of ['read', ...list] as const) {
    try {
      came.push(met(await DO[move](dir)))
    } catch (error) {
      came.push(error)
    }
  }
  await dir.close().catch(() => { /* it is closed already */ })
  return came
}
