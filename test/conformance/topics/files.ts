// Whole files: writing, reading, appending, truncating, copying.
import assert from 'node:assert/strict'
import { constants, statSync } from 'node:fs'
import { bits, callback, fails, forms, needs, promise, rest, sync, umasked } from '../cases.ts'
import type { Topic } from '../cases.ts'

export const files: Topic = {
  async 'writes and reads text and bytes' ({ on, at, settle }) {
    await on.writeFile(at('t'), 'häß 😀')
    await on.writeFile(at('b'), Uint8Array.from([0, 1, 255]))
    await settle()
    assert.equal(await on.readFile(at('t'), 'utf8'), 'häß 😀')
    assert.equal(await on.readFile(at('t'), { encoding: 'utf8' }), 'häß 😀')
    assert.deepEqual(await on.readFile(at('b')), Buffer.from([0, 1, 255]))
    assert.deepEqual(await on.readFile(at('b'), null), Buffer.from([0, 1, 255]))
    assert.ok(Buffer.isBuffer(await on.readFile(at('b'), {})))
  },
  async 'gives a buffer of the reader own' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    const first = await on.readFile(at('f'))
    first.fill('x')
    assert.equal(await on.readFile(at('f'), 'utf8'), 'abc')
  },
  async 'does not keep the buffer of the writer' ({ on, at, settle }) {
    const data = Buffer.from('abc')
    await on.writeFile(at('f'), data)
    data.fill('x')
    await settle()
    assert.equal(await on.readFile(at('f'), 'utf8'), 'abc')
  },
  async 'writes only the viewed part of a buffer' ({ on, at, settle }) {
    const store = Buffer.from('abcdef')
    await on.writeFile(at('v'), new DataView(store.buffer, store.byteOffset + 1, 3))
    await on.writeFile(at('w'), new Uint16Array(Uint8Array.from([1, 2, 3, 4]).buffer))
    await on.writeFile(at('s'), store.subarray(2, 4))
    await settle()
    assert.equal(await on.readFile(at('v'), 'utf8'), 'bcd')
    assert.deepEqual([...await on.readFile(at('w'))], [1, 2, 3, 4])
    assert.equal(await on.readFile(at('s'), 'utf8'), 'cd')
  },
  async 'replaces the whole content' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'a long text')
    const { ino } = await on.stat(at('f'))
    await on.writeFile(at('f'), 'short')
    await settle()
    assert.equal(await on.readFile(at('f'), 'utf8'), 'short')
    assert.equal((await on.stat(at('f'))).ino, ino)
  },
  async 'keeps content and size of large files' ({ on, at, settle }) {
    const data = Buffer.alloc(3_000_001, 'abcdefghijk')
    await on.writeFile(at('f'), data)
    await settle()
    assert.equal((await on.stat(at('f'))).size, 3_000_001)
    assert.ok((await on.readFile(at('f'))).equals(data))
  },
  async 'writes and reads nothing' ({ on, at, settle }) {
    await on.writeFile(at('f'), '')
    await on.writeFile(at('g'), new Uint8Array(0))
    await settle()
    assert.equal((await on.readFile(at('f'))).length, 0)
    assert.equal(await on.readFile(at('g'), 'utf8'), '')
    assert.equal((await on.stat(at('g'))).size, 0)
  },
  async 'writes at the start, leaving the rest, with r+' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'abcdef')
    await on.writeFile(at('f'), 'XY', { flag: 'r+' })
    await settle()
    assert.equal(await on.readFile(at('f'), 'utf8'), 'XYcdef')
  },
  async 'appends with flag a, and refuses to replace with wx' ({ on, at }) {
    await on.writeFile(at('f'), 'a')
    await on.writeFile(at('f'), 'b', { flag: 'a' })
    await fails(on.writeFile(at('f'), 'c', { flag: 'wx' }), 'EEXIST', { syscall: 'open', path: at('f') })
    assert.equal(await on.readFile(at('f'), 'utf8'), 'ab')
  },
  async 'makes the file that it reads with flag a+' ({ on, at }) {
    assert.equal(await on.readFile(at('f'), { encoding: 'utf8', flag: 'a+' }), '')
    assert.equal((await on.stat(at('f'))).size, 0)
    await fails(on.readFile(at('g'), { flag: 'r+' }), 'ENOENT')
  },
  async 'truncates the file that it reads with flag w+' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    assert.equal(await on.readFile(at('f'), { encoding: 'utf8', flag: 'w+' }), '')
    assert.equal((await on.stat(at('f'))).size, 0)
  },
  async 'takes flags as numbers' ({ on, at }) {
    const { O_APPEND, O_CREAT, O_WRONLY } = constants
    await on.writeFile(at('f'), 'a', { flag: (O_WRONLY | O_CREAT | O_APPEND) as unknown as string })
    await on.writeFile(at('f'), 'b', { flag: (O_WRONLY | O_CREAT | O_APPEND) as unknown as string })
    assert.equal(await on.readFile(at('f'), 'utf8'), 'ab')
  },
  async 'applies mode and umask to a new file only' ({ on, at, settle }) {
    await umasked(0o022, async () => {
      await on.writeFile(at('f'), '', { mode: 0o777 })
      await on.writeFile(at('g'), '', { mode: '600' as unknown as number })
      await on.writeFile(at('h'), '')
      await on.writeFile(at('h'), '', { mode: 0o600 })
      await on.appendFile(at('i'), '', { mode: 0o640 })
    })
    await settle()
    assert.deepEqual(await Promise.all(['f', 'g', 'h', 'i'].map(async name => bits(await on.stat(at(name))))), [0o755, 0o600, 0o644, 0o640])
  },
  async 'writes text in an encoding' ({ on, at, settle }) {
    await on.writeFile(at('h'), '616263', 'hex')
    await on.writeFile(at('l'), 'é', 'latin1')
    await on.writeFile(at('u'), 'ab', { encoding: 'utf16le' })
    await on.writeFile(at('b'), 'YWJj', 'base64')
    await settle()
    assert.equal(await on.readFile(at('h'), 'utf8'), 'abc')
    assert.deepEqual([...await on.readFile(at('l'))], [0xe9])
    assert.deepEqual([...await on.readFile(at('u'))], [97, 0, 98, 0])
    assert.equal(await on.readFile(at('b'), 'latin1'), 'abc')
  },
  async 'reads text in an encoding' ({ on, at }) {
    await on.writeFile(at('f'), Buffer.from([0xc3, 0xa9]))
    const read = async (encoding: BufferEncoding): Promise<string> => await on.readFile(at('f'), encoding)
    assert.deepEqual([await read('utf8'), await read('hex'), await read('latin1'), await read('base64'), await read('base64url'), await read('ucs2'), await read('ascii'), await read('binary')],
      ['é', 'c3a9', 'Ã©', 'w6k=', 'w6k', '\ua9c3', 'C)', 'Ã©'])
  },
  async 'keeps a byte order mark' ({ on, at }) {
    await on.writeFile(at('f'), '\ufeffa')
    assert.equal(await on.readFile(at('f'), 'utf8'), '\ufeffa')
  },
  async 'reads bytes that are no UTF-8 as replacement characters' ({ on, at }) {
    await on.writeFile(at('f'), Buffer.from([0x61, 0xff, 0x62]))
    assert.equal(await on.readFile(at('f'), 'utf8'), 'a\ufffdb')
  },
  async 'appends, and makes the file' ({ on, at, settle }) {
    await on.appendFile(at('f'), 'a')
    await on.appendFile(at('f'), Buffer.from('b'))
    await on.appendFile(at('f'), '63', 'hex')
    await settle()
    assert.equal(await on.readFile(at('f'), 'utf8'), 'abc')
  },
  async 'appends at the start, truncated, with flag w' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    await on.appendFile(at('f'), 'd', { flag: 'w' })
    assert.equal(await on.readFile(at('f'), 'utf8'), 'd')
  },
  async 'flushes when told' ({ on, at }) {
    await on.writeFile(at('f'), 'a', { flush: true })
    await on.appendFile(at('f'), 'b', { flush: true } as object)
    assert.equal(await on.readFile(at('f'), 'utf8'), 'ab')
  },
  async 'truncates and grows' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'abcdef')
    await on.truncate(at('f'), 3)
    assert.equal(await on.readFile(at('f'), 'utf8'), 'abc')
    await on.truncate(at('f'), 5)
    await settle()
    assert.equal(await on.readFile(at('f'), 'latin1'), 'abc\0\0')
    await on.truncate(at('f'))
    assert.equal((await on.stat(at('f'))).size, 0)
    await on.truncate(at('f'), -3)
    await fails(on.truncate(at('no'), 0), 'ENOENT', { syscall: 'open' })
  },
  async 'does not show old bytes after it was truncated and has grown again' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'secret')
    await on.truncate(at('f'), 1)
    await on.truncate(at('f'), 6)
    await settle()
    assert.equal(await on.readFile(at('f'), 'latin1'), 's\0\0\0\0\0')
    const fd = await on.open(at('f'), 'r+')
    await on.ftruncate(fd, 0)
    await on.write(fd, 'x', 3)
    await on.close(fd)
    assert.equal(await on.readFile(at('f'), 'latin1'), '\0\0\0x')
  },
  async 'copies content, not times, and mode' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'abc')
    await on.chmod(at('f'), 0o640)
    await on.utimes(at('f'), 1, 2)
    await on.copyFile(at('f'), at('g'))
    await settle()
    assert.equal(await on.readFile(at('g'), 'utf8'), 'abc')
    assert.equal(bits(await on.stat(at('g'))), 0o640)
    assert.notEqual((await on.stat(at('g'))).mtimeMs, 2000)
    assert.notEqual((await on.stat(at('g'))).ino, (await on.stat(at('f'))).ino)
  },
  async 'copies over a file that is there, through links' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'new')
    await on.writeFile(at('g'), 'old content')
    await on.symlink('f', at('from'))
    await on.symlink('g', at('to'))
    await on.copyFile(at('from'), at('to'))
    await settle()
    assert.equal(await on.readFile(at('g'), 'utf8'), 'new')
    assert.ok((await on.lstat(at('to'))).isSymbolicLink())
  },
  async 'copies with the flags of copyFile' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    await on.copyFile(at('f'), at('g'), constants.COPYFILE_EXCL)
    await fails(on.copyFile(at('f'), at('g'), constants.COPYFILE_EXCL), 'EEXIST', { syscall: 'copyfile', path: at('f'), dest: at('g') })
    await on.copyFile(at('f'), at('g'), constants.COPYFILE_FICLONE)
    assert.equal(await on.readFile(at('g'), 'utf8'), 'abc')
  },
  async 'copies onto itself without harm' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    await on.copyFile(at('f'), at('f'))
    await on.link(at('f'), at('g'))
    await on.copyFile(at('f'), at('g'))
    assert.equal(await on.readFile(at('f'), 'utf8'), 'abc')
  },
  async 'refuses to copy folders' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.writeFile(at('f'), '')
    await fails(on.copyFile(at('d'), at('e')), 'EISDIR').catch(async () => { await fails(on.copyFile(at('d'), at('e')), 'ENOTSUP') })
    await fails(on.copyFile(at('f'), at('d')), 'EISDIR')
  },
  async 'keeps an old content open while it is replaced by rename' ({ on, at }) {
    await on.writeFile(at('f'), 'old')
    const fd = await on.open(at('f'))
    await on.writeFile(at('g'), 'new')
    await on.rename(at('g'), at('f'))
    assert.equal(await rest(on, fd), 'old')
    await on.close(fd)
  },
  async 'aborts reading and writing when the signal says so at once' ({ on, at, form }) {
    if (form === 'sync') return
    await on.writeFile(at('f'), 'abc')
    const signal = AbortSignal.abort()
    await fails(on.readFile(at('f'), { signal }), 'ABORT_ERR', { name: 'AbortError' })
    await fails(on.writeFile(at('f'), 'new', { signal }), 'ABORT_ERR', { name: 'AbortError' })
    assert.equal(await on.readFile(at('f'), 'utf8'), 'abc')
  },
  'aborts with the reason of the signal as cause': forms('callback promise', async ({ on, at }) => {
    await on.writeFile(at('f'), 'abc')
    const reason = new Error('because')
    await fails(on.readFile(at('f'), { signal: AbortSignal.abort(reason) }), 'ABORT_ERR', { cause: reason })
  }),
  'aborts while it reads': forms('callback promise', async ({ on, at }) => {
    await on.writeFile(at('f'), Buffer.alloc(100_000))
    const controller = new AbortController()
    const reading = on.readFile(at('f'), { signal: controller.signal })
    controller.abort()
    await fails(reading, 'ABORT_ERR')
  }),
  'reads what is written while it reads, by descriptor': callback(async ({ fs, at }) => {
    fs.writeFileSync(at('f'), 'abc')
    const fd = fs.openSync(at('f'), 'r')
    const text = await new Promise((resolve, reject) => { fs.readFile(fd, 'utf8', (error, data) => { if (error === null) resolve(data); else reject(error) }) })
    assert.equal(text, 'abc')
    assert.equal(fs.fstatSync(fd).size, 3)   // left open
    fs.closeSync(fd)
  }),
  'refuses data that is none': sync(({ fs, at }) => {
    for (const data of [undefined, null, 1, true, {}, Symbol('x'), 1n]) {
      assert.throws(() => { fs.writeFileSync(at('f'), data as unknown as string) }, { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' })
    }
    assert.equal(fs.existsSync(at('f')), false)
  }),
  'opens a file as a blob': needs('openAsBlob', promise(async ({ fs, at }) => {
    await fs.promises.writeFile(at('f'), 'abcdef')
    const blob = await fs.openAsBlob(at('f'), { type: 'text/plain' })
    assert.equal(blob.size, 6)
    assert.equal(blob.type, 'text/plain')
    assert.equal(await blob.text(), 'abcdef')
    assert.equal(await blob.slice(1, 3).text(), 'bc')
  })),
  async 'keeps of each time what Node makes a date and an instant of' ({ fs, on, at }) {
    await on.writeFile(at('f'), '')
    for (const time of [1.5, 1_700_000_000.123456, new Date(-1500), new Date(-1)]) {
      await on.utimes(at('f'), time, time)
      const fd = await on.open(at('f'), 'r')
      const exact = fs.statSync(at('f'), { bigint: true }) as unknown as Record<string, unknown>
      for (const stats of [await on.stat(at('f')), await on.lstat(at('f')), await on.fstat(fd)]) {
        assert.deepEqual(Reflect.ownKeys(stats), Reflect.ownKeys(statSync(process.execPath)))
        const made = stats as unknown as Record<string, unknown>
        for (const name of ['atime', 'mtime', 'ctime', 'birthtime']) {
          assert.equal(String(made[`${name}Instant`]), String(exact[`${name}Instant`]), `${name} of ${String(time)}`)
          assert.equal((made[name] as Date).getTime(), Math.round(made[`${name}Ms`] as number))
        }
      }
      await on.close(fd)
    }
  },
  async 'refuses times that no clock can show' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await on.symlink('f', at('l'))
    await on.utimes(at('f'), 5, 6)
    for (const time of [1e300, 1e30]) {
      await fails(on.utimes(at('f'), time, 1), 'EINVAL', { syscall: 'utime', path: at('f') })
      await fails(on.utimes(at('f'), 1, time), 'EINVAL')
      await fails(on.lutimes(at('l'), time, 1), 'EINVAL', { syscall: 'lutime' })
      await fails(on.utimes(at('missing'), time, 1), 'ENOENT')
    }
    const fd = await on.open(at('f'), 'r+')
    await fails(on.futimes(fd, 1e300, 1), 'EINVAL', { syscall: 'futime' })
    await on.close(fd)
    assert.deepEqual([(await on.stat(at('f'))).atimeMs, (await on.stat(at('f'))).mtimeMs], [5000, 6000])
  },
}
