// Small programs about streams: each is used up, and what it said on its way is the result.
import type { PathLike, ReadStream, WriteStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import type { Form } from './rows.ts'

type Fs = typeof import('node:fs')

/** Longer than a stream needs, in milliseconds. */
const PATIENCE = 9000

/** Longer than the system needs to open a file for a stream that was aborted meanwhile, in milliseconds. */
const STILL_OPENING = 500

/** What a stream says and in which order, up to its end; one that is not to close by itself is destroyed then. */
async function told (stream: ReadStream | WriteStream, last: 'end' | 'finish'): Promise<unknown[]> {
  const log: unknown[] = []
  const opened = new Promise((resolve) => { stream.once('open', resolve) })
  const ended = new Promise<void>((resolve) => {
    for (const name of ['open', 'ready', last, 'error', 'close']) {
      stream.on(name, (value) => {
        // One that was aborted before its file was open hears of that some time after its end, or never.
        if (!log.includes('close') && !(stream.destroyed && (name === 'open' || name === 'ready'))) log.push(name === 'error' ? [name, value] : name)
        if (name === last || name === 'error' || name === 'close') resolve()
      })
    }
  })
  const timer = new AbortController()
  await Promise.race([ended, pause(PATIENCE, undefined, { signal: timer.signal })])
  timer.abort()
  for (let turns = 0; turns < 5 && !stream.closed; turns++) await turn()
  const alone = stream.destroyed
  stream.destroy()
  for (const begin = Date.now(); !stream.closed && Date.now() - begin < PATIENCE;) await turn()
  await turn()
  // One that was aborted may be opened yet: what that makes, or empties, is to be there before the next step. If it fails nobody hears of it.
  if (stream.pending && stream.errored?.name === 'AbortError') await Promise.race([opened, pause(STILL_OPENING)])
  return [log, alone, stream.closed, stream.errored === null ? stream.pending : undefined, stream.path, stream.errored]
}

async function drained (stream: ReadStream): Promise<unknown> {
  const chunks: unknown[] = []
  stream.on('data', (chunk) => { chunks.push(chunk) })
  return [...await told(stream, 'end'), chunks, stream.bytesRead]
}

async function filled (stream: WriteStream, chunks: Array<string | Uint8Array>): Promise<unknown> {
  const telling = told(stream, 'finish')
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  return [...await telling, stream.bytesWritten]
}

/** A file read through a stream: events, the bytes of all chunks, the count. */
export async function readStream (fs: Fs, _form: Form, path: PathLike, options: object): Promise<unknown> {
  return await drained(fs.createReadStream(path, options))
}

/** Chunks written through a stream: events and the count. */
export async function writeStream (fs: Fs, _form: Form, path: PathLike, options: object, chunks: Array<string | Uint8Array>): Promise<unknown> {
  return await filled(fs.createWriteStream(path, options), chunks)
}

/** What an open file gives through its own stream; it is closed then. */
export async function handleReadStream (_fs: Fs, _form: Form, handle: FileHandle, options: object): Promise<unknown> {
  try {
    return await drained(handle.createReadStream(options))
  } finally {
    await handle.close()
  }
}

/** Chunks written through an open file's own stream; it is closed then. */
export async function handleWriteStream (_fs: Fs, _form: Form, handle: FileHandle, options: object, chunks: Array<string | Uint8Array>): Promise<unknown> {
  try {
    return await filled(handle.createWriteStream(options), chunks)
  } finally {
    await handle.close()
  }
}
