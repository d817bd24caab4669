// Small programs of several calls that count as one step: what returns an object of its own (a folder handle, a
// stream) is used up, what draws a random name is undone.
import { Buffer } from 'node:buffer'
import type { Dir, PathLike } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { Form } from './rows.ts'

type Fs = typeof import('node:fs')

/** A step made of several calls on one `fs`; what it returns or throws is compared. */
export type Composite = (fs: Fs, form: Form, ...args: never[]) => unknown

// Names that are not UTF-8 look alike as text.
const key = (entry: { parentPath?: string, name: string | Buffer, isFile (): boolean, isDirectory (): boolean }): string =>
  `${entry.parentPath ?? ''}/${entry.name.toString()} ${String(entry.isFile())} ${String(entry.isDirectory())}`

/** All entries of a folder through `opendir`, sorted, since a folder handle gives them in any order. */
export function entries (fs: Fs, form: Form, path: PathLike, options?: object): unknown {
  if (form === 'sync') {
    const dir = fs.opendirSync(path, options)
    const found = []
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) found.push(entry)
    } finally {
      dir.closeSync()
    }
    return [dir.path, found.sort((a, b) => key(a) < key(b) ? -1 : 1)]
  }
  return (async () => {
    const dir = form === 'promise'
      ? await fs.promises.opendir(path, options)
      : await new Promise<Dir>((resolve, reject) => { fs.opendir(path, options ?? {}, (error, dir) => { error ? reject(error) : resolve(dir) }) })
    const found = []
    for await (const entry of dir) found.push(entry)
    return [dir.path, found.sort((a, b) => key(a) < key(b) ? -1 : 1)]
  })()
}

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

/** What a stream says and in which order, up to its close. */
function events (stream: NodeJS.EventEmitter, names: readonly string[]): { log: unknown[], closed: Promise<void> } {
  const log: unknown[] = []
  for (const name of names) stream.on(name, (value) => { log.push(name === 'error' ? [name, value] : name) })
  return { log, closed: new Promise((resolve) => { stream.on('close', () => { resolve() }) }) }
}

/** A file read through a stream: events, the bytes of all chunks, the count. */
export async function readStream (fs: Fs, _form: Form, path: PathLike, options: object): Promise<unknown> {
  const stream = fs.createReadStream(path, options)
  const { log, closed } = events(stream, ['open', 'ready', 'end', 'error', 'close'])
  const chunks: unknown[] = []
  stream.on('data', (chunk) => { chunks.push(chunk) })
  await closed
  return [log, chunks, stream.bytesRead, stream.path, stream.pending, stream.destroyed]
}

/** Chunks written through a stream: events and the count. */
export async function writeStream (fs: Fs, _form: Form, path: PathLike, options: object, chunks: Array<string | Uint8Array>): Promise<unknown> {
  const stream = fs.createWriteStream(path, options)
  const { log, closed } = events(stream, ['open', 'ready', 'finish', 'error', 'close'])
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await closed
  return [log, stream.bytesWritten, stream.path, stream.pending]
}

/** The lines of an open file, which closes it. */
export async function lines (_fs: Fs, _form: Form, handle: FileHandle): Promise<unknown> {
  const found: string[] = []
  for await (const line of handle.readLines({ autoClose: false, start: 0 })) found.push(line)
  return found
}
