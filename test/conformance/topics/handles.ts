// FileHandle: each of its methods, its signatures, closing, and the streams that are made of it.
import assert from 'node:assert/strict'
import { bits, fails, pause, promise } from '../cases.ts'
import type { Ground, Topic } from '../cases.ts'
import type { FileHandle } from 'node:fs/promises'

/** A case about an open file that holds `content`, opened with `flags` and closed at the end. */
const open = (flags: string, content: string, body: (handle: FileHandle, ground: Ground) => Promise<void>): Topic[string] => promise(async ground => {
  const path = ground.at('f')
  await ground.fs.promises.writeFile(path, content)
  const handle = await ground.fs.promises.open(path, flags)
  try {
    await body(handle, ground)
  } finally {
    await handle.close()
  }
})

const text = ({ buffer, bytesRead }: { buffer: NodeJS.ArrayBufferView, bytesRead: number }): string =>
  Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString('latin1', 0, bytesRead)

/** All chunks of a stream as text. */
async function drain (stream: AsyncIterable<Buffer | Uint8Array | ArrayBuffer | string>): Promise<string> {
  let all = ''
  for await (const chunk of stream) all += typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString()
  return all
}

/** What methods give has no prototype. */
const result = (fields: object): object => Object.assign(Object.create(null) as object, fields)

type Read = (...args: unknown[]) => Promise<{ buffer: Uint8Array, bytesRead: number }>
type Write = (...args: unknown[]) => Promise<{ buffer: Uint8Array, bytesWritten: number }>
const loose = (handle: FileHandle): { read: Read, write: Write } =>
  ({ read: handle.read.bind(handle) as unknown as Read, write: handle.write.bind(handle) as unknown as Write })

export const handles: Topic = {
  'has a close() of its own, by that name': promise(async ({ fs, at }) => {
    fs.writeFileSync(at('f'), '')
    const handle = await fs.promises.open(at('f'))
    const { value, ...own } = Object.getOwnPropertyDescriptor(handle, 'close')!
    assert.deepEqual([(value as Function).name, (value as Function).length, own], ['close', 0, { writable: true, enumerable: true, configurable: true }])
    await handle.close()
  }),
  'flushes nothing that was open already': promise(async ({ fs, at }) => {
    fs.writeFileSync(at('f'), 'text')
    const handle = await fs.promises.open(at('f'), 0o10000000)   // O_PATH of Linux, which no fsync takes
    await handle.writeFile('', { flush: true } as object)
    await fs.promises.writeFile(handle, '', { flush: true })
    await fails(handle.writeFile('x', { flush: true } as object), 'EBADF', { syscall: 'write' })
    await handle.close()
  }),
  'reads in all signatures': open('r', 'abcdef', async handle => {
    const { read } = loose(handle)
    assert.equal(text(await read(Buffer.alloc(2), 0, 2, 1)), 'bc')
    assert.equal(text(await read(Buffer.alloc(2), 0, 2, null)), 'ab')
    assert.equal(text(await read(Buffer.alloc(2), 0, 2, -1)), 'cd')
    assert.equal(text(await read(Buffer.alloc(1), 0, 1)), 'e')
    assert.equal(text(await read(Buffer.alloc(4), { position: 2 })), 'cdef')
    assert.equal(text(await read(Buffer.alloc(4), { position: 2, length: 2 })), 'cd')
    assert.equal(text(await read({ buffer: Buffer.alloc(3), position: 0 })), 'abc')
    assert.equal(text(await read({ position: 4, length: 2 })), 'ef')
    assert.equal(text(await read(new DataView(new ArrayBuffer(3)), 0, 3, 3)), 'def')
    assert.equal(text(await read(new Uint16Array(2), 0, 4, 0)), 'abcd')
    const whole = await read()
    assert.equal(whole.bytesRead, 1)
    assert.equal(whole.buffer.byteLength, 16384)
    assert.equal((await read(Buffer.alloc(2), 0, 2, 6)).bytesRead, 0)
  }),
  // Node 20 takes positions that are BigInts for none.
  'reads at positions that are BigInts': open('r', 'abcdef', async handle => {
    const { read } = loose(handle)
    const old = process.versions.node.startsWith('20.')
    assert.equal(text(await read(Buffer.alloc(2), 0, 2, 1n)), old ? 'ab' : 'bc')
    assert.equal(text(await read(Buffer.alloc(2), { position: 3n })), old ? 'cd' : 'de')
    assert.equal(text(await read(Buffer.alloc(2), 0, 2, -1n)), old ? 'ef' : 'ab')
  }),
  'reads into a part of a buffer and gives that buffer': open('r', 'abcdef', async handle => {
    const buffer = Buffer.from('......')
    const result = await handle.read(buffer, 2, 3, 1)
    assert.equal(result.buffer, buffer)
    assert.deepEqual(Object.keys(result), ['bytesRead', 'buffer'])
    assert.equal(String(buffer), '..bcd.')
  }),
  'writes in all signatures': open('w+', '', async handle => {
    const { write } = loose(handle)
    assert.equal((await write('abc')).bytesWritten, 3)
    assert.equal((await write(Buffer.from('xyz'), 1, 1)).bytesWritten, 1)
    assert.equal((await write(Buffer.from('XYZ'), { offset: 2, position: 0 })).bytesWritten, 1)
    assert.equal((await write('6464', 4, 'hex')).bytesWritten, 2)
    assert.equal((await write(new DataView(Uint8Array.of(65, 66).buffer), 0, 2, 6)).bytesWritten, 2)
    assert.equal((await write(Buffer.from('q'), null, null, null)).bytesWritten, 1)
    const { buffer } = await write('é', 8, 'latin1')
    assert.equal(buffer, 'é')
    assert.equal((await handle.readFile('latin1')).length, 4)
    assert.equal((await handle.read(Buffer.alloc(20), 0, 20, 0)).buffer.toString('latin1', 0, 9), 'ZbcyqdABé')
  }),
  'writes nothing without asking': open('r', 'abc', async handle => {
    const nothing = Buffer.alloc(0)
    assert.deepEqual(await handle.write(nothing), result({ bytesWritten: 0, buffer: nothing }))
  }),
  'reads and writes several views': open('w+', '', async handle => {
    const parts = [Buffer.from('ab'), new DataView(Uint8Array.of(99).buffer), Buffer.from('def')]
    const written = await handle.writev(parts)
    assert.equal(written.bytesWritten, 6)
    assert.equal(written.buffers, parts)
    assert.equal((await handle.writev([Buffer.from('XY')], 1)).bytesWritten, 2)
    const views = [Buffer.alloc(4), Buffer.alloc(4)]
    const read = await handle.readv(views, 0)
    assert.equal(read.bytesRead, 6)
    assert.equal(read.buffers, views)
    assert.equal(Buffer.concat(views).toString('latin1'), 'aXYdef\0\0')
    assert.deepEqual(await handle.writev([]), result({ bytesWritten: 0, buffers: [] }))
    assert.deepEqual(await handle.writev([Buffer.of(1)]), result({ bytesWritten: 1, buffers: [Buffer.of(1)] }))
    assert.deepEqual(await handle.write('a'), result({ bytesWritten: 1, buffer: 'a' }))
    assert.deepEqual(await handle.read(Buffer.alloc(1), 0, 1, 0), result({ bytesRead: 1, buffer: Buffer.from('a') }))
    assert.deepEqual(await handle.read(Buffer.alloc(1), Object.freeze({ position: 0 })), result({ bytesRead: 1, buffer: Buffer.from('a') }))
  }),
  'reads and writes whole files from where it stands': open('r+', 'abcdef', async handle => {
    await handle.read(Buffer.alloc(2), 0, 2)
    assert.equal(await handle.readFile('utf8'), 'cdef')
    assert.equal(await handle.readFile({ encoding: 'utf8' }), '')
    await handle.writeFile('gh')
    await handle.appendFile(Buffer.from('ij'))
    assert.equal((await handle.stat()).size, 10)
    assert.equal((await handle.read(Buffer.alloc(10), 0, 10, 0)).buffer.toString(), 'abcdefghij')
  }),
  'writes what iterables and streams give': open('w+', '', async handle => {
    await handle.writeFile(['ab', 'cd'])
    await handle.writeFile((async function * () { yield Buffer.from('ef') })())
    await handle.appendFile(['Z2g='], 'base64')
    await handle.writeFile((function * () { yield Promise.resolve('ij') })() as Iterable<string>)
    assert.equal((await handle.read(Buffer.alloc(10), 0, 10, 0)).buffer.toString(), 'abcdefghij')
    await fails(handle.writeFile([5 as unknown as string]), 'ERR_INVALID_ARG_TYPE')
  }),
  'changes attributes': open('r+', 'abcdef', async (handle, { fs, at }) => {
    assert.equal(await handle.chmod(0o640), undefined)
    assert.equal(await handle.utimes(1, new Date(2500)), undefined)
    assert.equal(await handle.chown(-1, -1), undefined)
    const stats = await handle.stat()
    assert.ok(stats instanceof (await fs.promises.stat(at('f'))).constructor)
    assert.equal(bits(stats), 0o640)
    assert.deepEqual([stats.atimeMs, stats.mtimeMs], [1000, 2500])
    assert.equal(typeof (await handle.stat({ bigint: true })).mtimeNs, 'bigint')
    assert.equal(await handle.truncate(3), undefined)
    assert.equal((await handle.stat()).size, 3)
    assert.equal(await handle.truncate(), undefined)
    assert.equal((await handle.stat()).size, 0)
    assert.equal(await handle.datasync(), undefined)
    assert.equal(await handle.sync(), undefined)
  }),
  'closes twice and at once': open('r', 'abc', async handle => {
    const { fd } = handle
    assert.ok(fd > 2)
    const events: string[] = []
    ;(handle as unknown as import('node:events').EventEmitter).on('close', () => { events.push('close') })
    const running = handle.close()
    assert.equal(handle.fd, -1)
    const again = handle.close()
    assert.deepEqual(await Promise.all([running, again, handle.close()]), [undefined, undefined, undefined])
    assert.deepEqual(events, ['close'])
    assert.equal(await handle.close(), undefined)
    assert.deepEqual(events, ['close'])
  }),
  'refuses everything once it is closed': open('r+', 'abc', async handle => {
    await handle.close()
    for (const [run, syscall] of [
      [() => handle.read(Buffer.alloc(1)), 'read'], [() => handle.write('x'), 'write'], [() => handle.stat(), 'fstat'],
      [() => handle.appendFile('x'), 'writeFile'], [() => handle.sync(), 'fsync'], [() => handle.readv([Buffer.alloc(1)]), 'readv'],
    ] as const) await fails(run(), 'EBADF', { message: 'file closed', syscall, errno: undefined })
    assert.throws(() => handle.readableWebStream(), { code: 'ERR_INVALID_STATE', message: 'Invalid state: The FileHandle is closed' })
  }),
  'waits with closing for what is under way': open('r+', 'abc', async handle => {
    const order: string[] = []
    const reading = handle.readFile('utf8').then(value => { order.push(value) })
    const closing = handle.close().then(() => { order.push('closed') })
    assert.ok(handle.fd > 0)
    assert.equal((await handle.stat()).size, 3)
    await Promise.all([reading, closing])
    assert.deepEqual(order, ['abc', 'closed'])
    assert.equal(handle.fd, -1)
  }),
  'is told that its number was closed': promise(async ({ fs, at }) => {
    const handle = await fs.promises.open(at('f'), 'w+')
    fs.closeSync(handle.fd)
    await fails(handle.stat(), 'EBADF', { syscall: 'fstat', message: 'EBADF: bad file descriptor, fstat' })
    await fails(handle.write('x'), 'EBADF', { syscall: 'write', message: 'EBADF: bad file descriptor, write' })
    await fails(handle.close(), 'EBADF', { syscall: 'close', message: 'EBADF: bad file descriptor, close' })
    assert.equal(handle.fd, -1)
  }),
  'closes when its block ends': open('r', 'abc', async handle => {
    await handle[Symbol.asyncDispose]()
    assert.equal(handle.fd, -1)
  }),
  'has an async id': open('r', '', async handle => {
    assert.ok((handle as unknown as { getAsyncId (): number }).getAsyncId() > 0)
  }),
  'gives a web stream': open('r', 'abcdef', async handle => {
    assert.equal(await drain(handle.readableWebStream({ type: 'bytes' } as object)), 'abcdef')
    assert.ok(handle.fd > 2)
    assert.throws(() => handle.readableWebStream(), { code: 'ERR_INVALID_STATE', message: 'Invalid state: The FileHandle is locked' })
  }),
  'gives a web stream without a type': open('r', 'x'.repeat(40_000), async handle => {
    assert.equal((await drain(handle.readableWebStream())).length, 40_000)
  }),
  'cancels its web stream when it is closed': open('r', 'abcdef', async handle => {
    const stream = handle.readableWebStream({ type: 'bytes' } as object)
    const closing = handle.close()
    const reader = stream.getReader()
    assert.equal((await reader.read()).done, true)
    await closing
    assert.equal(handle.fd, -1)
  }),
  'reads lines': open('r', 'one\ntwo\r\n\nfour', async handle => {
    const lines: string[] = []
    for await (const line of handle.readLines()) lines.push(line)
    assert.deepEqual(lines, ['one', 'two', '', 'four'])
    assert.equal(handle.fd, -1)
  }),
  'makes a stream to read, which closes it': open('r', 'abcdef', async handle => {
    const stream = handle.createReadStream({ start: 1, end: 4, highWaterMark: 2, encoding: 'latin1' })
    assert.equal(await drain(stream), 'bcde')
    assert.equal(stream.bytesRead, 4)
    await pause()
    assert.equal(handle.fd, -1)
  }),
  'makes a stream to read that leaves it open': open('r', 'abcdef', async handle => {
    assert.equal(await drain(handle.createReadStream({ end: 1, autoClose: false })), 'ab')
    assert.ok(handle.fd > 2)
    assert.equal(await handle.readFile('utf8'), 'cdef')
  }),
  'makes a stream to write': open('r+', 'abcdef', async (handle, { fs, at }) => {
    const stream = handle.createWriteStream({ start: 2, flush: true } as object)
    stream.write('XY')
    await new Promise<void>((resolve, reject) => { stream.on('close', resolve).on('error', reject).end('Z') })
    assert.equal(stream.bytesWritten, 3)
    assert.equal(handle.fd, -1)
    assert.equal(await fs.promises.readFile(at('f'), 'utf8'), 'abXYZf')
  }),
  'serves as the file of functions': open('r+', 'abc', async (handle, { fs }) => {
    assert.equal(await fs.promises.readFile(handle, 'utf8'), 'abc')
    await fs.promises.appendFile(handle, 'def')
    await fs.promises.writeFile(handle, 'ghi')
    assert.equal((await handle.read(Buffer.alloc(9), 0, 9, 0)).buffer.toString(), 'abcdefghi')
  }),
  'refuses arguments as Node does': open('r+', 'abc', async handle => {
    const { read, write } = loose(handle)
    await fails(read(Buffer.alloc(2), 5), 'ERR_OUT_OF_RANGE')
    await fails(read(Buffer.alloc(2), 0, 9), 'ERR_OUT_OF_RANGE')
    await fails(write(5), 'ERR_INVALID_ARG_TYPE')
    await fails(write('abc', 0, 'hex'), 'ERR_INVALID_ARG_VALUE')
    assert.equal((await write('x', 0, 'no encoding')).bytesWritten, 1)
    await fails(handle.chmod('x' as unknown as number), 'ERR_INVALID_ARG_VALUE')
    await fails(handle.readv('x' as unknown as []), 'ERR_INVALID_ARG_TYPE')
  }),
  'cannot be cloned': open('r', 'abc', async handle => {
    assert.throws(() => structuredClone(handle), /Object that needs transfer was found in message but not listed in transferList/)
    assert.ok(handle.fd > 2)
  }),
  'heeds all options of appending, whether they can be listed or not': promise(async ({ fs, at }) => {
    const hidden = (fields: object): object => Object.defineProperties({}, Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value }])))
    await fs.promises.writeFile(at('f'), 'file')
    const handle = await fs.promises.open(at('f'), 'r+')
    await handle.appendFile('6869', hidden({ encoding: 'hex' }))
    await fails(handle.appendFile('x', hidden({ signal: AbortSignal.abort() })), 'ABORT_ERR')
    await fails(handle.appendFile('x', hidden({ flush: 1 })), 'ERR_INVALID_ARG_TYPE')
    await handle.close()
    await fails(handle.appendFile('x'), 'EBADF', { syscall: 'writeFile' })
    assert.equal(await fs.promises.readFile(at('f'), 'utf8'), 'hile')
  })
}
