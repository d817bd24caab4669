// read(2), write(2) and their vectors: positions, parts, gaps.
import assert from 'node:assert/strict'
import { devNull } from 'node:os'
import { readFileSync } from 'node:fs'
import { callback, fails, forms } from '../cases.ts'
import type { Topic } from '../cases.ts'

/** Whether this Node's readFile has the option `buffer` (24.19, 26.4 and later): only then a wrong one is an error. */
const INTO = ((): boolean => {
  try {
    return readFileSync(devNull, { buffer: 1 } as object) === undefined
  } catch {
    return true
  }
})()

export const reading: Topic = {
  async 'reads on from its position and leaves it when one is given' ({ on, at }) {
    await on.writeFile(at('f'), '0123456789')
    const fd = await on.open(at('f'))
    const buffer = Buffer.alloc(2)
    await on.read(fd, buffer, 0, 2, null)
    await on.read(fd, buffer, 0, 2, 7)
    assert.equal(String(buffer), '78')
    await on.read(fd, buffer, 0, 2, null)
    assert.equal(String(buffer), '23')
    await on.close(fd)
  },
  async 'takes -1 for the current position when reading' ({ on, at }) {
    await on.writeFile(at('f'), 'abcd')
    const fd = await on.open(at('f'))
    const buffer = Buffer.alloc(2)
    await on.read(fd, buffer, 0, 2, -1)
    await on.read(fd, buffer, 0, 2, -1)
    assert.equal(String(buffer), 'cd')
    await on.close(fd)
  },
  // FileHandle.read of Node 20 takes a BigInt for no position
  'takes BigInt positions': forms('sync callback', async ({ on, at }) => {
    await on.writeFile(at('f'), 'abcdef')
    const fd = await on.open(at('f'))
    const buffer = Buffer.alloc(2)
    await on.read(fd, buffer, 0, 2, 3n)
    assert.equal(String(buffer), 'de')
    await on.read(fd, buffer, 0, 2, -1n)
    assert.equal(String(buffer), 'ab')
    await on.close(fd)
  }),
  // programs hand `buffer` to WebAssembly and typed arrays; what the synchronous form gives may lie in Node's pool
  'gives whole files in memory of their own': forms('callback promise', async ({ on, at }) => {
    await on.writeFile(at('f'), '0123456789')
    const bytes = await on.readFile(at('f'))
    assert.deepEqual([bytes.buffer.byteLength, bytes.byteOffset], [10, 0])
    bytes.fill(0)
    assert.equal(await on.readFile(at('f'), 'utf8'), '0123456789')
    const flagged = await on.readFile(at('f'), { flag: 'r+' })
    assert.equal(flagged.buffer.byteLength, 10)
  }),
  async 'reads whole files into bytes of the caller where Node does' ({ on, at }) {
    await on.writeFile(at('f'), '0123456789')
    await on.writeFile(at('empty'), '')
    const memory = new ArrayBuffer(40)
    for (const view of [Buffer.alloc(40, 'x'), new Uint8Array(memory, 3), new DataView(memory, 4, 10), new Uint16Array(memory, 6, 5), new Uint8Array(new SharedArrayBuffer(12))]) {
      for (const given of [view, () => view]) {
        const read = await on.readFile(at('f'), { buffer: given } as object)
        assert.equal(String(read), '0123456789')
        assert.ok(Buffer.isBuffer(read))
        const own = Buffer.from(view.buffer, view.byteOffset, view.byteLength)
        assert.equal(read.buffer === view.buffer, INTO, view.constructor.name)
        if (INTO) assert.deepEqual([read.byteOffset, String(own.subarray(0, 10))], [view.byteOffset, '0123456789'])
        own.fill('x')
        assert.equal(await on.readFile(at('f'), { buffer: given, encoding: 'latin1' } as object), '0123456789')
        assert.equal(String(own.subarray(0, 10)), INTO ? '0123456789' : 'xxxxxxxxxx')
        assert.equal((await on.readFile(at('empty'), { buffer: given } as object)).length, 0)
      }
    }
    const fd = await on.open(at('f'))
    await on.read(fd, Buffer.alloc(4), 0, 4, null)
    const sizes: unknown[] = []
    assert.equal(String(await on.readFile(fd, { buffer: (...size: unknown[]) => { sizes.push(...size); return Buffer.alloc(10) } } as object)), '456789')
    assert.deepEqual(sizes, INTO ? [10] : [])
    await on.close(fd)
  },
  async 'says what is wrong with bytes to read a whole file into' ({ on, form, fs, at }) {
    await on.writeFile(at('f'), '0123456789')
    if (!INTO) {   // no option: passed over, whatever it is
      for (const buffer of [Buffer.alloc(1), () => null, 5, null]) assert.equal(String(await on.readFile(at('f'), { buffer } as object)), '0123456789')
      return
    }
    await fs.promises.mkdir(at('d'))
    const short = /^The property 'options\.buffer(\(\))?\.byteLength' is smaller than the file size of 10 bytes\. Received 9$/
    for (const buffer of [Buffer.alloc(9), () => new Uint8Array(9)]) await assert.rejects(async () => await on.readFile(at('f'), { buffer } as object), { code: 'ERR_INVALID_ARG_VALUE', message: short })
    for (const buffer of [null, 1, 'text', {}, new ArrayBuffer(20)]) {
      await fails((async () => await on.readFile(at('f'), { buffer } as object))(), 'ERR_INVALID_ARG_TYPE')
      await assert.rejects(async () => await on.readFile(at('f'), { buffer: () => buffer } as object), { code: 'ERR_INVALID_ARG_TYPE', message: /^The "options\.buffer\(\)" property must be an instance of Buffer, TypedArray, or DataView\. Received / })
    }
    const why = new RangeError('why')
    await assert.rejects(async () => await on.readFile(at('f'), { buffer: () => { throw why } } as object), (error) => error === why)
    await fails((async () => await on.readFile(at('d'), { buffer: Buffer.alloc(0) } as object))(), 'EISDIR', { syscall: 'read', path: undefined })
    await fails((async () => await on.readFile(at('none'), { buffer: () => { assert.fail('asked for nothing') } } as object))(), 'ENOENT', { syscall: 'open' })
    const unknown = on.readFile(at('f'), { encoding: 'buffer', buffer: () => { throw why } } as object)
    await assert.rejects(unknown, (error) => form === 'promise' ? (error as { code?: string }).code === 'ERR_UNKNOWN_ENCODING' : error === why)
    // What the function does to the file shows.
    const cut = (): Buffer => { fs.truncateSync(at('f'), 4); return Buffer.alloc(20) }
    assert.equal(String(await on.readFile(at('f'), { buffer: cut } as object)), '0123')
    const gone = (): Buffer => { fs.unlinkSync(at('f')); return Buffer.alloc(20) }
    assert.equal(String(await on.readFile(at('f'), { buffer: gone } as object)), '0123')
    if (form === 'sync') return
    const aborting = new AbortController()
    let asked = 0
    const reading = on.readFile(at('d'), { signal: aborting.signal, buffer: () => { asked++; return Buffer.alloc(1) } } as object)
    aborting.abort()
    await fails(reading, 'ABORT_ERR')
    assert.equal(asked, form === 'promise' ? 0 : 1)
  },
  async 'reads nothing at and beyond the end' ({ on, at }) {
    await on.writeFile(at('f'), 'ab')
    const fd = await on.open(at('f'))
    const buffer = Buffer.alloc(4, 'x')
    assert.equal(await on.read(fd, buffer, 0, 4, 2), 0)
    assert.equal(await on.read(fd, buffer, 0, 4, 99), 0)
    assert.equal(await on.read(fd, buffer, 0, 4, Number.MAX_SAFE_INTEGER), 0)
    assert.equal(String(buffer), 'xxxx')
    assert.equal(await on.read(fd, buffer, 1, 3, 0), 2)
    assert.equal(String(buffer), 'xabx')
    await on.close(fd)
  },
  async 'reads into an empty buffer, or none of it' ({ on, at }) {
    await on.writeFile(at('f'), 'ab')
    const fd = await on.open(at('f'))
    assert.equal(await on.read(fd, Buffer.alloc(4), 0, 0, 0), 0)
    assert.equal(await on.read(fd, Buffer.alloc(4), 4, 0, 0), 0)
    await on.close(fd)
  },
  async 'takes options in place of offset, length and position' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+')
    await on.write(fd, Buffer.from('-abc-'), { offset: 1, length: 3, position: 2 })
    const buffer = Buffer.alloc(4, '.')
    assert.equal(await on.read(fd, buffer, { offset: 1, length: 2, position: 3 }), 2)
    assert.equal(String(buffer), '.bc.')
    await on.close(fd)
    assert.equal(await on.readFile(at('f'), 'latin1'), '\0\0abc')
  },
  async 'reads into views of every kind' ({ on, at }) {
    await on.writeFile(at('f'), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]))
    const fd = await on.open(at('f'))
    const store = new ArrayBuffer(12)
    const view = new DataView(store, 2, 4)
    assert.equal(await on.read(fd, view, 0, 4, 0), 4)
    assert.deepEqual([...new Uint8Array(store)], [0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0])
    const words = new Uint16Array(2)
    assert.equal(await on.read(fd, words, 0, 4, 4), 4)
    assert.equal(Buffer.from(words.buffer).toString('hex'), '05060708')
    await on.close(fd)
  },
  async 'writes from views of every kind' ({ on, at, settle }) {
    const fd = await on.open(at('f'), 'w')
    const store = Uint8Array.from([9, 1, 2, 3, 9]).buffer
    assert.equal(await on.write(fd, new DataView(store, 1, 3)), 3)
    assert.equal(await on.write(fd, new Uint8Array(store, 1, 3), 1, 2), 2)
    await on.close(fd)
    await settle()
    assert.deepEqual([...await on.readFile(at('f'))], [1, 2, 3, 2, 3])
  },
  async 'writes strings at a position and in an encoding' ({ on, at, settle }) {
    const fd = await on.open(at('f'), 'w')
    assert.equal(await on.write(fd, 'abc', 2), 3)
    assert.equal(await on.write(fd, '7879', null, 'hex'), 2)
    assert.equal(await on.write(fd, 'é', 5, 'latin1'), 1)
    await on.close(fd)
    await settle()
    assert.deepEqual(await on.readFile(at('f')), Buffer.from('xyabc\u00e9', 'latin1'))
  },
  async 'writes a part of a buffer' ({ on, at, settle }) {
    const fd = await on.open(at('f'), 'w')
    assert.equal(await on.write(fd, Buffer.from('abcdef'), 2), 4)
    assert.equal(await on.write(fd, Buffer.from('abcdef'), 1, 2), 2)
    assert.equal(await on.write(fd, Buffer.from('abcdef'), 0, 0), 0)
    assert.equal(await on.write(fd, Buffer.from('ab'), null), 2)
    await on.close(fd)
    await settle()
    assert.equal(await on.readFile(at('f'), 'utf8'), 'cdefbcab')
  },
  async 'fills a gap with zeros' ({ on, at, settle }) {
    const fd = await on.open(at('f'), 'w+')
    await on.write(fd, 'a')
    await on.write(fd, 'b', 10_000)
    assert.equal((await on.fstat(fd)).size, 10_001)
    await on.close(fd)
    await settle()
    const data = await on.readFile(at('f'))
    assert.ok(data.subarray(1, 10_000).every(byte => byte === 0))
    assert.equal(data.length, 10_001)
    assert.equal(String.fromCharCode(data[10_000]!), 'b')
  },
  async 'makes no gap by writing nothing far out' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+')
    await on.write(fd, Buffer.alloc(0), 0, 0, 500)
    assert.equal((await on.fstat(fd)).size, 0)
    await on.close(fd)
  },
  async 'does not move its position by a write at a position' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+')
    await on.write(fd, 'aaa')
    await on.write(fd, 'X', 0)
    await on.write(fd, 'b')
    await on.close(fd)
    assert.equal(await on.readFile(at('f'), 'utf8'), 'Xaab')
  },
  async 'takes a negative length for nothing' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+')
    await on.write(fd, 'abc')
    await on.ftruncate(fd, -5)
    assert.equal((await on.fstat(fd)).size, 0)
    await on.close(fd)
  },
  async 'reads into several buffers' ({ on, at }) {
    await on.writeFile(at('f'), 'abcdefgh')
    const fd = await on.open(at('f'))
    const parts = [Buffer.alloc(2), Buffer.alloc(0), Buffer.alloc(3, '.'), Buffer.alloc(5, '.')]
    assert.equal(await on.readv(fd, parts), 8)
    assert.deepEqual(parts.map(String), ['ab', '', 'cde', 'fgh..'])
    assert.equal(await on.readv(fd, parts), 0)
    assert.equal(await on.readv(fd, parts, 6), 2)
    assert.equal(String(parts[0]), 'gh')
    await on.close(fd)
  },
  async 'writes several buffers' ({ on, at, settle }) {
    const fd = await on.open(at('f'), 'w')
    assert.equal(await on.writev(fd, [Buffer.from('ab'), new Uint8Array(0), Buffer.from('cd')]), 4)
    assert.equal(await on.writev(fd, [Buffer.from('X')], 1), 1)
    assert.equal(await on.writev(fd, [Buffer.from('e')], null), 1)
    await on.close(fd)
    await settle()
    assert.equal(await on.readFile(at('f'), 'utf8'), 'aXcde')
  },
  async 'reads and writes whole files by descriptor, from its position' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+')
    await on.writeFile(fd, 'one')
    await on.writeFile(fd, 'two')
    await on.appendFile(fd, 'three')
    assert.equal(await on.readFile(fd, 'utf8'), '')
    await on.close(fd)
    const again = await on.open(at('f'))
    await on.read(again, Buffer.alloc(3), 0, 3, null)
    assert.equal(await on.readFile(again, 'utf8'), 'twothree')
    await on.close(again)
  },
  'passes the buffer to the callbacks of read and write': callback(async ({ fs, at }) => {
    const fd = fs.openSync(at('f'), 'w+')
    const given = Buffer.from('abc')
    await new Promise<void>((resolve, reject) => {
      fs.write(fd, given, 0, 3, 0, (error, count, buffer) => {
        try {
          assert.deepEqual([error, count], [null, 3])
          assert.equal(buffer, given)
          resolve()
        } catch (failure) { reject(failure as Error) }
      })
    })
    await new Promise<void>((resolve, reject) => {
      fs.write(fd, 'abc', 0, 'utf8', (error, count, text) => {
        try {
          assert.deepEqual([error, count, text], [null, 3, 'abc'])
          resolve()
        } catch (failure) { reject(failure as Error) }
      })
    })
    const parts = [Buffer.alloc(1), Buffer.alloc(2)]
    await new Promise<void>((resolve, reject) => {
      fs.readv(fd, parts, 0, (error, count, buffers) => {
        try {
          assert.deepEqual([error, count], [null, 3])
          assert.equal(buffers, parts)
          resolve()
        } catch (failure) { reject(failure as Error) }
      })
    })
    fs.closeSync(fd)
  }),
  'makes a buffer of its own when it is given none': callback(async ({ fs, at }) => {
    fs.writeFileSync(at('f'), 'abc')
    const fd = fs.openSync(at('f'), 'r')
    const [count, buffer] = await new Promise<[number, NodeJS.ArrayBufferView]>((resolve, reject) => {
      fs.read(fd, {}, (error, bytesRead, into) => { if (error === null) resolve([bytesRead, into]); else reject(error) })
    })
    assert.equal(count, 3)
    assert.equal(buffer.byteLength, 16_384)
    fs.closeSync(fd)
  }),
}
