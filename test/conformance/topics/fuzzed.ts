// What the differential fuzzer has found: corners that no one would have thought of asking for.
import assert from 'node:assert/strict'
import { callback, fails, forms, promise, sync } from '../cases.ts'
import type { Topic } from '../cases.ts'

const MAJOR = Number.parseInt(process.versions.node, 10)

/** What a call gives, or the code of what it throws. */
const outcome = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).name
  }
}

export const fuzzed: Topic = {
  'shows bytes that are no UTF-8 in errors as decoders do': sync(({ fs, at }) => {
    // One incomplete sequence is one replacement character, three stray bytes are three.
    for (const bytes of [[0xf0, 0x9f, 0x98], [0xff, 0xff, 0xff]]) {
      const path = Buffer.concat([Buffer.from(at('')), Buffer.from(bytes)])
      assert.throws(() => { fs.statSync(path) }, { path: path.toString() })
    }
  }),
  'takes as little as Node does for a read without a length': sync(({ fs, at }) => {
    fs.writeFileSync(at('f'), 'hello')
    const fd = fs.openSync(at('f'), 'r')
    const given = (...args: unknown[]): unknown => outcome(() => (fs.readSync as (fd: number, ...args: unknown[]) => number)(fd, ...args))
    const buffer = Buffer.alloc(3)
    assert.deepEqual([
      given({}), given({ length: 1 }), given(buffer, 1), given(buffer, undefined, undefined, 0), given(buffer, 0, null, 0), given(buffer, 0, 2.7, 0),
      given(buffer, 0, '2', 0), given(buffer, 0, true, 0), given(buffer, null, 1, 1), given(buffer, 0, 5n, 0), given(buffer, 2 ** 31, 0),
      given(buffer, undefined, undefined), given(buffer, 0, undefined, undefined), given(buffer, undefined), given(buffer)
    ], ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE', 0, 0, 2, 2, 1, 3, 'TypeError', 0, 0, 0, 2, 0])
    fs.closeSync(fd)
  }),
  'takes as little as Node does for a read with a callback': callback(async ({ fs, at }) => {
    fs.writeFileSync(at('f'), 'hello')
    const fd = fs.openSync(at('f'), 'r')
    const read = async (...args: unknown[]): Promise<unknown> =>
      await new Promise((resolve, reject) => { (fs.read as (fd: number, ...args: unknown[]) => void)(fd, ...args, (error: Error | null, count: number) => { error === null ? resolve(count) : reject(error) }) })
    assert.equal(await read(Buffer.alloc(3), null, 2, 0), 2)
    assert.equal(await read(Buffer.alloc(3), 0, undefined, 0), 0)
    await assert.rejects(read([]), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => { (fs.write as (...args: unknown[]) => void)(fd, 'text', 0, 'utf8', 0, () => {}) }, { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(read({}, 0), { code: 'ERR_INVALID_ARG_TYPE' })
    fs.closeSync(fd)
  }),
  'writes all that is left where the length is no number, and all where the offset is null': sync(({ fs, at }) => {
    const fd = fs.openSync(at('f'), 'w')
    const write = fs.writeSync as (fd: number, ...args: unknown[]) => number
    assert.equal(write(fd, Buffer.from('abcd'), 1, 'hex'), 3)
    assert.equal(write(fd, Buffer.from('efgh'), null, 1, 0), 4)
    assert.equal(outcome(() => write(fd, Buffer.from('efgh'), 5n)), 'ERR_INVALID_ARG_TYPE')
    fs.closeSync(fd)
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'bcdefgh')
  }),
  async 'takes times along from a folder as it was before a copy of it was begun in it' ({ fs, at, on }) {
    await on.mkdir(at('d'))
    await on.symlink('made', at('d/l'))
    await on.utimes(at('d'), 1000, 2000)
    await fails(on.copyFile(at('d'), at('d/l')), 'EISDIR')
    if (MAJOR >= 22) assert.equal(fs.statSync(at('d/made')).mtimeMs, 2_000_000)
  },
  async 'asks the system to write nothing, or not, as each form does' ({ fs, at, on, form }) {
    await on.writeFile(at('f'), 'x')
    for (const flush of [true, false]) {
      const writing = on.writeFile(at('f'), '', { flag: 'r', flush })
      if (form === 'callback' && (flush || MAJOR < 26)) await fails(writing, 'EBADF')
      else await writing
    }
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'x')
  },
  async 'reads vectors from where it stands if the position is no number' ({ fs, at, on }) {
    await on.writeFile(at('f'), 'abcdef')
    const fd = fs.openSync(at('f'), 'r')
    fs.readSync(fd, Buffer.alloc(2))
    assert.equal(fs.readvSync(fd, [Buffer.alloc(9)], 1n as never), 4)
    fs.closeSync(fd)
  },
  async 'takes an empty flag for none when writing' ({ on, at }) {
    await on.writeFile(at('f'), 'a', { flag: '' })
    await on.appendFile(at('f'), 'b', { flag: '' })
    assert.equal(await on.readFile(at('f'), 'utf8'), 'ab')
  },
  async 'takes a date that is none as its line of Node does' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await on.utimes(at('f'), 5, 6)
    const call = on.utimes(at('f'), new Date(NaN), 7)
    if (MAJOR < 22) return await fails(call, 'EINVAL')
    await call
    const { mtimeMs } = await on.stat(at('f'))
    assert.equal(mtimeMs, 7000)
  },
  'opens before it looks at the length that it cuts to': forms('sync promise', async ({ on, at }) => {
    await fails(on.truncate(at('missing'), 'x' as never), 'ENOENT')
    await on.writeFile(at('f'), 'abc')
    await fails(on.truncate(at('f'), 'x' as never), 'ERR_INVALID_ARG_TYPE')
    await fails(on.truncate(at('f'), 1.5), 'ERR_OUT_OF_RANGE')
    assert.equal(await on.readFile(at('f'), 'utf8'), 'abc')
  }),
  async 'takes no null for a length' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    await fails(on.truncate(at('f'), null as never), 'ERR_INVALID_ARG_TYPE')
    const fd = await on.open(at('f'), 'r+')
    await fails(on.ftruncate(fd, null as never), 'ERR_INVALID_ARG_TYPE')
    await on.close(fd)
  },
  async 'refuses a dot as the last name whatever stands behind it' ({ on, at }) {
    await on.symlink('.', at('l'))
    for (const dot of ['l/.', 'l/./', 'l/.//']) await fails(on.unlink(at(dot)), 'EISDIR')
    await fails(on.unlink(at('l//')), 'ENOTDIR')
  },
  'opens what it copies before it looks at the new name': sync(({ fs, at }) => {
    assert.throws(() => { fs.copyFileSync(at('missing'), at('x'.repeat(5000))) }, { code: 'ENOENT' })
    fs.writeFileSync(at('f'), '')
    assert.throws(() => { fs.copyFileSync(at('f'), at('x'.repeat(5000))) }, { code: 'ENAMETOOLONG' })
    assert.throws(() => { fs.renameSync(at('missing'), at('x'.repeat(5000))) }, { code: 'ENAMETOOLONG' })
  }),
  async 'finds the real path of a text that is longer than any path' ({ on, at }) {
    await on.mkdir(at('a'))
    const real = await on.realpath(at('a'))
    assert.equal(await on.realpath(at(`a${'/../a'.repeat(1000)}`)), real)
    await fails(on.stat(at(`a${'/../a'.repeat(1000)}`)), 'ENAMETOOLONG')
  },
  'refuses null for options that it looks into': sync(({ fs, at }) => {
    fs.writeFileSync(at('f'), '')
    for (const call of [fs.statSync, fs.lstatSync, fs.statfsSync]) assert.throws(() => { (call as (path: string, options: null) => unknown)(at('f'), null) }, TypeError)
  }),
  async 'counts the bytes of a link to what is no UTF-8' ({ on, at }) {
    const target = Buffer.from([0x61, 0xff, 0xfe])
    try {
      await on.symlink(target, at('l'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EILSEQ') throw error
      return   // names are text
    }
    assert.equal((await on.lstat(at('l'))).size, 3)
  },
  async 'removes a tree by a path that leads through the tree' ({ on, at }) {
    await on.mkdir(at('a/b'), { recursive: true })
    await on.symlink('..', at('a/b/c'))
    await on.rm(at('a/b/c/b'), { recursive: true })
    assert.deepEqual(await on.readdir(at('a')), ['b'])   // emptied, and then out of reach by that path
  },
  'appends whole, however many start at once with a file that is not there': promise(async ({ fs, at }) => {
    await fs.promises.access(at())   // where a subject begins elsewhere, it is through with that
    await Promise.all(Array.from({ length: 8 }, async () => { await fs.promises.appendFile(at('f'), 'piece.') }))
    assert.equal(await fs.promises.readFile(at('f'), 'utf8'), 'piece.'.repeat(8))
  })
}
