// Streams: Node's own ReadStream and WriteStream over descriptors, with all of their options.
import assert from 'node:assert/strict'
import { callback, fails, needs, promise } from '../cases.ts'
import type { Case, Ground, Topic } from '../cases.ts'
import type { Fs } from '../driver.ts'
import type { ReadStream, WriteStream } from 'node:fs'

type Body = (ground: Ground & { path: string }) => Promise<void>

/** A case with a file 'f' of ten letters; streams have one form. */
const file = (body: Body): Case => callback(async ground => {
  const path = ground.at('f')
  ground.fs.writeFileSync(path, 'abcdefghij')
  await body(Object.assign(Object.create(ground) as Ground, { path }))
})

const drain = async (stream: ReadStream): Promise<string> => {
  let all = ''
  for await (const chunk of stream) all += String(chunk)
  return all
}

/** The names of events in their order, until 'close'. */
function events (stream: ReadStream | WriteStream): Promise<string[]> {
  const seen: string[] = []
  for (const name of ['open', 'ready', 'end', 'finish', 'error']) stream.on(name, () => { seen.push(name) })
  return new Promise(resolve => { stream.on('close', () => { resolve([...seen, 'close']) }) })
}

const closed = async (stream: ReadStream | WriteStream): Promise<void> => { await new Promise<void>(resolve => { stream.once('close', () => { resolve() }) }) }
const write = async (stream: WriteStream, ...chunks: (string | Buffer)[]): Promise<void> => {
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await new Promise<void>((resolve, reject) => { stream.once('close', () => { resolve() }).once('error', reject) })
}

/** An error that a stream emits. */
const failure = async (stream: ReadStream | WriteStream): Promise<NodeJS.ErrnoException> => await new Promise((resolve, reject) => {
  stream.on('error', resolve).on('close', () => { reject(new Error('closed without an error')) })
  if ('read' in stream) stream.resume()
})

/** The functions of `fs` with some of them counted. */
function counting (fs: Fs, ...names: string[]): { fs: Record<string, unknown>, calls: Record<string, number> } {
  const calls: Record<string, number> = {}
  const made: Record<string, unknown> = {}
  for (const name of names) {
    calls[name] = 0
    made[name] = (...args: unknown[]) => {
      calls[name]!++
      return (fs as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(...args)
    }
  }
  return { fs: made, calls }
}

export const streams: Topic = {
  'takes options that others inherit': file(async ({ fs, path }) => {
    assert.equal(await drain(fs.createReadStream(path, Object.create({ encoding: 'utf8', start: 2, end: 4 }) as object)), 'cde')
    await write(fs.createWriteStream(path, Object.create({ flags: 'a' }) as object), 'k')
    assert.equal(fs.readFileSync(path, 'utf8'), 'abcdefghijk')
  }),
  'reads a file': file(async ({ fs, path }) => {
    const stream = fs.createReadStream(path)
    assert.equal(stream.pending, true)
    assert.equal(stream.path, path)
    assert.equal(stream.bytesRead, 0)
    const order = events(stream)
    assert.equal(await drain(stream), 'abcdefghij')
    assert.equal(stream.bytesRead, 10)
    assert.deepEqual(await order, ['open', 'ready', 'end', 'close'])
    assert.equal(stream.destroyed, true)
  }),
  'tells the descriptor when it opens': file(async ({ fs, path }) => {
    const stream = fs.createReadStream(path)
    const fd = await new Promise<number>(resolve => { stream.on('open', resolve) })
    assert.equal(stream.pending, false)
    assert.ok(Number.isInteger(fd) && fd > 2)
    assert.equal((stream as unknown as { fd: number }).fd, fd)
    assert.equal(fs.fstatSync(fd).size, 10)
    stream.destroy()
    await closed(stream)
    assert.throws(() => fs.fstatSync(fd), { code: 'EBADF' })
    assert.equal((stream as unknown as { fd: null }).fd, null)
  }),
  'reads a part': file(async ({ fs, path }) => {
    assert.equal(await drain(fs.createReadStream(path, { start: 2, end: 5 })), 'cdef')
    assert.equal(await drain(fs.createReadStream(path, { start: 8 })), 'ij')
    assert.equal(await drain(fs.createReadStream(path, { end: 0 })), 'a')
    assert.equal(await drain(fs.createReadStream(path, { start: 20 })), '')
    assert.throws(() => fs.createReadStream(path, { start: 5, end: 2 }), { code: 'ERR_OUT_OF_RANGE' })
    assert.throws(() => fs.createReadStream(path, { start: '1' as unknown as number }), { code: 'ERR_INVALID_ARG_TYPE' })
  }),
  'reads in chunks and in an encoding': file(async ({ fs, path }) => {
    const sizes: number[] = []
    for await (const chunk of fs.createReadStream(path, { highWaterMark: 4 })) sizes.push((chunk as Buffer).length)
    assert.deepEqual(sizes, [4, 4, 2])
    assert.equal(await drain(fs.createReadStream(path, 'hex')), '6162636465666768696a')
    assert.equal(await drain(fs.createReadStream(path, { encoding: 'base64' })), 'YWJjZGVmZ2hpag==')
  }),
  'keeps signs whole that lie across chunks': file(async ({ fs, path }) => {
    fs.writeFileSync(path, 'äöü€')
    assert.equal(await drain(fs.createReadStream(path, { encoding: 'utf8', highWaterMark: 1 })), 'äöü€')
  }),
  'takes paths as Buffer and URL': file(async ({ fs, path }) => {
    assert.equal(await drain(fs.createReadStream(Buffer.from(path))), 'abcdefghij')
    assert.equal(await drain(fs.createReadStream(new URL(`file://${path}`))), 'abcdefghij')
  }),
  'reads from a descriptor, from where it stands': file(async ({ fs, path }) => {
    const fd = fs.openSync(path, 'r')
    fs.readSync(fd, Buffer.alloc(3))
    const stream = fs.createReadStream('', { fd })
    assert.equal(stream.pending, false)
    assert.equal(await drain(stream), 'defghij')
    assert.throws(() => fs.fstatSync(fd), { code: 'EBADF' })
  }),
  'leaves the descriptor open if told so': file(async ({ fs, path }) => {
    const fd = fs.openSync(path, 'r')
    assert.equal(await drain(fs.createReadStream('', { fd, autoClose: false, start: 1, end: 2 })), 'bc')
    assert.equal(fs.fstatSync(fd).size, 10)
    fs.closeSync(fd)
  }),
  'reads from a FileHandle': file(async ({ fs, path }) => {
    const handle = await fs.promises.open(path)
    const stream = fs.createReadStream('', { fd: handle, start: 7 })
    assert.equal(await drain(stream), 'hij')
    assert.equal(handle.fd, -1)
  }),
  'does not close before what is under way ended': file(async ({ fs, path }) => {
    const stream = fs.createReadStream(path)
    stream.once('open', () => { stream.read() })
    await new Promise<void>(resolve => { stream.close(() => { resolve() }) })
    assert.equal(stream.destroyed, true)
  }),
  'says nothing of closing if told so': file(async ({ fs, path }) => {
    const stream = fs.createReadStream(path, { emitClose: false })
    let told = false
    stream.on('close', () => { told = true })
    await drain(stream)
    await new Promise(resolve => { setTimeout(resolve, 20) })
    assert.equal(told, false)
  }),
  'ends by a signal': file(async ({ fs, path }) => {
    const controller = new AbortController()
    const stream = fs.createReadStream(path, { signal: controller.signal })
    controller.abort()
    const error = await failure(stream)
    assert.equal(error.name, 'AbortError')
    const already = await failure(fs.createReadStream(path, { signal: AbortSignal.abort() }))
    assert.equal(already.code, 'ABORT_ERR')
  }),
  'fails as open does': callback(async ({ fs, at }) => {
    const stream = fs.createReadStream(at('missing'))
    const order = events(stream)
    const error = await failure(stream)
    assert.deepEqual([error.code, error.syscall, error.path, error.errno], ['ENOENT', 'open', at('missing'), -2])
    assert.deepEqual(await order, ['error', 'close'])
    const folder = await failure(fs.createReadStream(at()))
    assert.deepEqual([folder.code, folder.syscall, folder.path], ['EISDIR', 'read', undefined])
    assert.equal((await failure(fs.createReadStream(at('missing/'), { flags: 'w' }))).code, 'EISDIR')
    assert.equal((await failure(fs.createWriteStream(at('missing/f')))).code, 'ENOENT')
    assert.equal((await failure(fs.createWriteStream(at()))).code, 'EISDIR')
  }),
  'refuses arguments at once': callback(({ fs, at }) => {
    assert.throws(() => fs.createReadStream(5 as unknown as string), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => fs.createReadStream('\0'), { code: 'ERR_INVALID_ARG_VALUE' })
    assert.throws(() => fs.createWriteStream(at('f'), { flush: 'yes' } as object), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => fs.createReadStream(at('f'), { fs: { open: 5 } } as object), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => fs.createReadStream(at('f'), 'no encoding' as BufferEncoding), { code: 'ERR_INVALID_ARG_VALUE' })
    assert.equal(fs.existsSync(at('f')), false)
  }),
  'writes a file': callback(async ({ fs, at }) => {
    const stream = fs.createWriteStream(at('f'))
    assert.equal(stream.pending, true)
    const order = events(stream)
    await write(stream, 'abc', Buffer.from('def'))
    assert.equal(stream.bytesWritten, 6)
    assert.deepEqual(await order, ['open', 'ready', 'finish', 'close'])
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'abcdef')
  }),
  'writes with flags, mode and start': file(async ({ fs, path, at }) => {
    await write(fs.createWriteStream(path, { flags: 'a' }), 'k')
    assert.equal(fs.readFileSync(path, 'utf8'), 'abcdefghijk')
    await write(fs.createWriteStream(path, { flags: 'r+', start: 2 }), 'XY', 'Z')
    assert.equal(fs.readFileSync(path, 'utf8'), 'abXYZfghijk')
    await write(fs.createWriteStream(at('start'), { start: 3 }), 'x')
    assert.equal(fs.readFileSync(at('start'), 'latin1'), '\0\0\0x')
    await write(fs.createWriteStream(at('mode'), { mode: 0o600 }), '')
    assert.equal(fs.statSync(at('mode')).mode & 0o777, 0o600)
    assert.equal((await failure(fs.createWriteStream(path, { flags: 'wx' }))).code, 'EEXIST')
  }),
  'writes in an encoding': callback(async ({ fs, at }) => {
    await write(fs.createWriteStream(at('f'), 'hex'), '6162')
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'ab')
  }),
  'writes several chunks at once': callback(async ({ fs, at }) => {
    const stream = fs.createWriteStream(at('f'))
    stream.cork()
    for (let i = 0; i < 50; i++) stream.write(`${i},`)
    stream.uncork()
    await write(stream, 'end')
    assert.equal(fs.readFileSync(at('f'), 'utf8'), Array.from({ length: 50 }, (_, i) => `${i},`).join('') + 'end')
  }),
  'writes to a descriptor and to a FileHandle': file(async ({ fs, path }) => {
    const fd = fs.openSync(path, 'r+')
    const first = fs.createWriteStream('', { fd, autoClose: false })
    await new Promise<void>(resolve => { first.end('AB', () => { resolve() }) })
    await write(fs.createWriteStream('', { fd, start: 5 }), 'CD')
    assert.throws(() => fs.fstatSync(fd), { code: 'EBADF' })
    const handle = await fs.promises.open(path, 'r+')
    await write(fs.createWriteStream('', { fd: handle, start: 8 }), 'EF')
    assert.equal(handle.fd, -1)
    assert.equal(fs.readFileSync(path, 'utf8'), 'ABcdeCDhEF')
  }),
  'flushes when it ends': callback(async ({ fs, at }) => {
    await write(fs.createWriteStream(at('f'), { flush: true } as object), 'abc')
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'abc')
  }),
  'tells the number of bytes not yet written': callback(async ({ fs, at }) => {
    const stream = fs.createWriteStream(at('f'), { highWaterMark: 4 })
    assert.equal(stream.write('abcdef'), false)
    await new Promise<void>(resolve => { stream.once('drain', () => { resolve() }) })
    assert.equal(stream.bytesWritten, 6)
    await write(stream)
  }),
  'uses functions of its own, some of them given': file(async ({ fs, path, at }) => {
    const reading = counting(fs, 'open', 'read', 'close')
    assert.equal(await drain(fs.createReadStream(path, { fs: reading.fs } as object)), 'abcdefghij')
    assert.ok(reading.calls.open === 1 && reading.calls.read! > 0 && reading.calls.close === 1)
    const writing = counting(fs, 'open', 'write', 'writev', 'close')
    await write(fs.createWriteStream(at('g'), { fs: writing.fs } as object), 'ab', 'cd')
    assert.ok(writing.calls.open === 1 && writing.calls.write! + writing.calls.writev! > 0 && writing.calls.close === 1)
    const alone = counting(fs, 'open', 'write', 'close')
    await write(fs.createWriteStream(at('h'), { fs: alone.fs } as object), 'ab', 'cd', 'ef')
    assert.equal(alone.calls.write, 3)
    assert.equal(fs.readFileSync(at('h'), 'utf8'), 'abcdef')
  }),
  'pipes a file into another': file(async ({ fs, path, at }) => {
    await write(fs.createReadStream(path, { highWaterMark: 3 }).pipe(fs.createWriteStream(at('g'))) as WriteStream).catch(() => undefined)
    const { pipeline } = await import('node:stream/promises')
    await pipeline(fs.createReadStream(path, { highWaterMark: 3 }), fs.createWriteStream(at('h'), { highWaterMark: 2 }))
    assert.equal(fs.readFileSync(at('h'), 'utf8'), 'abcdefghij')
  }),
  'are made by classes as well': needs('ReadStream WriteStream', file(async ({ fs, path, at }) => {
    const stream = new (fs.ReadStream as unknown as new (path: string, options: object) => ReadStream)(path, { end: 2 })
    assert.ok(stream instanceof fs.ReadStream)
    assert.equal(await drain(stream), 'abc')
    const written = new (fs.WriteStream as unknown as new (path: string) => WriteStream)(at('g'))
    assert.ok(written instanceof fs.WriteStream)
    await write(written, 'abc')
    assert.equal(fs.readFileSync(at('g'), 'utf8'), 'abc')
    assert.ok(fs.createReadStream(path).on('error', () => undefined).destroy() instanceof fs.ReadStream)
    // Without `new`, as programs written for old lines have it.
    assert.equal(await drain((fs.ReadStream as unknown as (path: string) => ReadStream)(path)), 'abcdefghij')
    // Derived from as classes of the old kind are.
    const Old = function (this: object, path: string) { (fs.ReadStream as unknown as (path: string) => void).call(this, path) } as unknown as new (path: string) => ReadStream
    Old.prototype = Object.create(fs.ReadStream.prototype)
    assert.equal(await drain(new Old(path)), 'abcdefghij')
  })),
  'read what is written meanwhile': file(async ({ fs, path }) => {
    const stream = fs.createReadStream(path, { highWaterMark: 4 })
    let all = ''
    for await (const chunk of stream) {
      if (all === '') fs.appendFileSync(path, 'klm')
      all += String(chunk)
    }
    assert.equal(all, 'abcdefghijklm')
  }),
  'live on when the name is gone': file(async ({ fs, path }) => {
    const stream = fs.createReadStream(path, { highWaterMark: 4 })
    await new Promise<void>(resolve => { stream.once('open', () => { resolve() }) })
    fs.unlinkSync(path)
    assert.equal(await drain(stream), 'abcdefghij')
  }),
  'write lines by Utf8Stream': needs('Utf8Stream', callback(async ({ fs, at }) => {
    interface Lines { write (text: string): boolean, end (): void, flushSync (): void, destroy (): void, on (name: string, run: (...args: never[]) => void): Lines }
    const Utf8Stream = (fs as unknown as { Utf8Stream: new (options: object) => Lines }).Utf8Stream
    for (const sync of [true, false]) {
      const dest = at(`log-${sync}`)
      const stream = new Utf8Stream({ dest, sync, ...(fs.openSync === (await import('node:fs')).openSync ? {} : { fs }) })
      await new Promise(resolve => { stream.on('ready', resolve as () => void) })
      stream.write('one\n')
      stream.write('twö\n')
      stream.end()
      await new Promise(resolve => { stream.on('close', resolve as () => void) })
      assert.equal(fs.readFileSync(dest, 'utf8'), 'one\ntwö\n')
    }
  })),
  'are written by writeFile': promise(async ({ fs, at }) => {
    await fails(fs.promises.writeFile(at('f'), (async function * () { yield * fs.createReadStream(at('missing')) })()), 'ENOENT', { syscall: 'open', path: at('missing') })
    assert.equal(fs.readFileSync(at('f'), 'utf8'), '')
    fs.writeFileSync(at('g'), 'abc')
    await fs.promises.writeFile(at('f'), fs.createReadStream(at('g')))
    await fs.promises.appendFile(at('f'), ['d', 'e'])
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'abcde')
    await fails(fs.promises.writeFile(at('f'), ['x', 'y'], { signal: AbortSignal.abort() }), 'ABORT_ERR')
  }),
}
