// What calls and their errors look like at the edges: where a callback may stand, which fields an error has in which
// order and of which class it is, when a signal still counts, and paths in shapes that only some functions take.
import assert from 'node:assert/strict'
import { constants } from 'node:fs'
import { callback, fails, promise, sync } from '../cases.ts'
import type { Topic } from '../cases.ts'

const MAJOR = Number.parseInt(process.versions.node, 10)

type Call = (...args: unknown[]) => unknown
type Calls = Record<string, Call>

/** What a call throws. */
function thrown (call: () => unknown): Error & { code?: string } {
  try {
    call()
  } catch (error) {
    return error as Error
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' })
}

/** The fields of an error in their order. */
const fields = (error: object): string => Object.getOwnPropertyNames(error).filter((name) => name !== 'stack').join()

export const shapes: Topic = {
  'takes a list for options of stat where Node does, every time': promise(async ({ fs, at }) => {
    fs.writeFileSync(at('f'), '')
    for (let time = 0; time < 3; time++) {
      assert.equal(fs.lstatSync(at('f'), [] as object).isFile(), true)
      if (MAJOR < 26) assert.equal((await fs.promises.lstat(at('f'), [] as object)).isFile(), true)
      else await fails(fs.promises.lstat(at('f'), [] as object), 'ERR_INVALID_ARG_TYPE')
    }
  }),
  'takes what stands in the place of a callback for one': callback(({ fs, at }) => {
    const calls = fs as unknown as Calls
    for (const [name, ...args] of [
      ['stat', at('f'), undefined, true], ['lstat', at('f'), {}, 5], ['access', at('f'), 0, 'x'], ['rename', at('f'), at('g'), null], ['chmod', at('f'), 0o600, -0],
      ['readFile', at('f'), 'utf8', 1], ['writeFile', at('f'), 'x', {}, 1], ['mkdir', at('d'), 0o700, 1], ['readdir', at(), {}, 1], ['open', at('f'), 'w', 0o600, false],
      ['truncate', at('f'), 1, 'x'], ['opendir', at(), {}, Infinity], ['unlink', at('f'), 1], ['cp', at('f'), at('g'), {}, 1], ['realpath.native', at('f'), undefined, -1], ['copyFile', at('f'), at('g'), 0, {}]
    ] as const) {
      const call = name === 'realpath.native' ? fs.realpath.native as Call : calls[name]!
      const error = thrown(() => call(...args, () => { assert.fail(`${name} called what stands behind its callback's place`) }))
      assert.equal(error.code, 'ERR_INVALID_ARG_TYPE', name)
    }
    assert.deepEqual(fs.readdirSync(at()), [])
  }),
  'gives argument errors the fields of Node\'s': sync(({ fs, at }) => {
    fs.writeFileSync(at('f'), '')
    const error = thrown(() => { fs.cpSync(at('f'), at('g'), { filter: (async () => true) as never }) })
    assert.equal(fields(error), 'code,message')
    assert.equal(String(error), `TypeError [ERR_INVALID_RETURN_VALUE]: ${error.message}`)
    assert.equal(error.constructor, TypeError)
  }),
  'gives system errors of its own the fields of Node\'s': sync(({ fs, at }) => {
    assert.equal(fields(thrown(() => { fs.rmSync(at()) })), 'code,name,message,info,errno,syscall,path')
  }),
  'says first of what call it is where JavaScript makes the error': sync(({ fs, at }) => {
    fs.writeFileSync(at('f'), 'text')
    const fd = fs.openSync(at('f'), 'r')
    const order = (call: () => unknown): string => Object.keys(thrown(call)).join()
    for (const call of [
      () => fs.writeSync(fd, 'x'), () => fs.writeSync(fd, Buffer.from('x')), () => { fs.writeFileSync(fd, Buffer.from('x')) }, () => { fs.writeFileSync(at('f'), 'x', { flag: 'r' }) }, () => { fs.writeFileSync(fd, 'x', {}) },
      () => { fs.appendFileSync(fd, 'x', 'latin1') }, () => { fs.writeFileSync(fd, 'x', { flush: true }) }
    ]) assert.equal(order(call), 'errno,syscall,code')
    for (const call of [() => { fs.writeFileSync(fd, 'x') }, () => { fs.appendFileSync(at('f'), 'x', { flag: 'r', encoding: 'utf8' }) }, () => fs.writevSync(fd, [Buffer.from('x')]), () => { fs.ftruncateSync(fd) }]) assert.equal(order(call), 'errno,code,syscall')
    fs.closeSync(fd)
    assert.equal(order(() => fs.watch(at('missing'))), 'errno,syscall,code,path,filename')
  }),
  'tells of an abortion by the class of Node\'s error': callback(async ({ fs, at }) => {
    const aborting = new AbortController()
    const error = await new Promise<Error>((resolve) => {
      fs.writeFile(at('f'), 'x', { signal: aborting.signal }, (error) => { resolve(error!) })
      aborting.abort('why')
    })
    assert.deepEqual([error.constructor.name, fields(error), error.cause], ['AbortError', 'message,cause,code,name', 'why'])
  }),
  async 'takes beside an encoding no signal that is none' ({ fs, at, form }) {
    fs.writeFileSync(at('f'), '')
    fs.symlinkSync('f', at('l'))
    const calls = (form === 'promise' ? fs.promises : fs) as unknown as Calls
    for (const signal of [1, null, {}, 'x']) {
      for (const [name, path] of [['readdir', at()], ['readlink', at('l')], ['realpath', at('l')], ['mkdtemp', at('t')], ['opendir', at()]] as const) {
        const call = form === 'sync' ? calls[`${name}Sync`]! : calls[name]!
        await fails((async () => await call(path, { signal }, () => { assert.fail(`${name} called back`) }))(), 'ERR_INVALID_ARG_TYPE')
      }
    }
    assert.deepEqual((fs as unknown as Calls).readdirSync!(at(), { signal: AbortSignal.abort() }), ['f', 'l'])
  },
  'takes no options of rmdir that are inherited, or cannot be listed': promise(async ({ fs, at }) => {
    fs.mkdirSync(at('d', 'e'), { recursive: true })
    for (const given of [Object.create({ recursive: true }), Object.defineProperty({}, 'recursive', { value: true })] as object[]) {
      await fails((fs.promises.rmdir as Call)(at('d'), given) as Promise<unknown>, MAJOR < 26 ? 'ENOTEMPTY' : 'ERR_INVALID_ARG_VALUE')
    }
    assert.deepEqual(fs.readdirSync(at('d')), ['e'])
  }),
  async 'looks at a signal only where Node does' ({ fs, at, on, form }) {
    await on.writeFile(at('f'), 'text')
    const aborted = AbortSignal.abort()
    await on.mkdir(at('d'), { signal: aborted } as object)
    await on.readdir(at('d'), { signal: aborted } as object)
    const heeds = MAJOR >= 26 && form !== 'sync'
    const stat = on.lstat(at('f'), { signal: aborted } as object)
    heeds ? await fails(stat, 'ABORT_ERR') : await stat
    if (form === 'sync') {
      fs.writeFileSync(at('f'), 'new', { signal: aborted } as object)
      assert.equal(fs.readFileSync(at('f'), { encoding: 'utf8', signal: aborted } as { encoding: 'utf8' }), 'new')
    }
  },
  'tells of a file that cannot be opened rather than of a signal': promise(async ({ fs, at }) => {
    const aborting = new AbortController()
    const { signal } = aborting
    const calls = [fs.promises.readFile(at('missing'), { signal }), fs.promises.writeFile(at(), 'x', { signal })]
    const ends = Promise.allSettled(calls)
    aborting.abort()
    assert.deepEqual((await ends).map((end) => (end as { reason?: { code?: string } }).reason?.code), ['ENOENT', 'EISDIR'])
  }),
  'a FileHandle looks at a signal between the parts that it writes': promise(async ({ fs, at }) => {
    const handle = await fs.promises.open(at('f'), 'w+')
    const ended = async (write: (options: { signal: AbortSignal }) => Promise<void>): Promise<string | undefined> => {
      const aborting = new AbortController()
      const ends = write({ signal: aborting.signal }).then(() => undefined, (error: { code: string }) => error.code)
      process.nextTick(() => { aborting.abort() })
      return await ends
    }
    const parts = Buffer.alloc(3 * 512 * 1024)
    assert.equal(await ended((options) => handle.appendFile(parts, options as never)), 'ABORT_ERR')
    assert.equal(await ended((options) => handle.writeFile(parts, options)), 'ABORT_ERR')
    assert.equal(await ended((options) => fs.promises.writeFile(handle, parts, options)), 'ABORT_ERR')
    assert.equal(await ended((options) => handle.appendFile('one part', options as never)), undefined)
    assert.equal(await ended((options) => fs.promises.writeFile(handle, 'one part', options)), undefined)
    await handle.close()
  }),
  'takes a FileHandle for a file in the promise form alone': promise(async ({ fs, at }) => {
    const handle = await fs.promises.open(at('f'), 'w+')
    for (const call of [() => fs.readFileSync(handle as never), () => { fs.writeFileSync(handle as never, 'x') }, () => { fs.appendFile(handle as never, 'x', () => {}) }]) {
      assert.equal(thrown(call).code, 'ERR_INVALID_ARG_TYPE')
    }
    await handle.close()
    assert.equal(fs.readFileSync(at('f'), 'utf8'), '')
  }),
  async 'writes no text in the encoding of buffers' ({ at, on, fs }) {
    await fails(on.writeFile(at('f'), 'text', 'buffer' as never), 'ERR_UNKNOWN_ENCODING')
    await on.writeFile(at('f'), Buffer.from('text'), 'buffer' as never)
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'text')
  },
  async 'refuses to make a file that is to be a folder, whatever is there' ({ at, on }) {
    await on.mkdir(at('d'))
    await on.writeFile(at('f'), '')
    for (const path of [at('d'), at('f'), at('new'), at('missing/x')]) await fails(on.open(path, constants.O_CREAT | constants.O_DIRECTORY | constants.O_EXCL), 'EINVAL', { path })
  },
  async 'opens no folder past the cache' ({ at, on }) {
    await on.mkdir(at('d'))
    await fails(on.open(at('d'), constants.O_DIRECT), 'EINVAL')
  },
  async 'clones no folder' ({ at, on }) {
    await on.mkdir(at('d'))
    await fails(on.copyFile(at('d'), at('f'), constants.COPYFILE_FICLONE_FORCE), 'EISDIR')
    await fails(on.access(at('f')), 'ENOENT')
  },
  async 'names a folder that is removed by what stands at the end of its path' ({ at, on, root }) {
    await on.mkdir(at('d'))
    await fails(on.rmdir(at('d/.')), 'EINVAL')
    await fails(on.rmdir(at('d/..')), 'ENOTEMPTY')
    await fails(on.rmdir(`${root}/../..`), 'ENOTEMPTY')
  },
  'takes bytes for text where Node joins them': sync(({ fs, at }) => {
    fs.mkdirSync(at('d/e'), { recursive: true })
    const bytes = new Uint8Array(Buffer.from(at('d')))
    const dir = fs.opendirSync(bytes as Buffer)
    assert.equal((dir.path as unknown) === bytes, true)
    dir.closeSync()
    assert.equal(thrown(() => fs.realpathSync(bytes as Buffer)).code, 'ENOENT')
    const list = (): string[] => fs.readdirSync(Buffer.from(at('d')), { recursive: true }) as string[]
    if (MAJOR < 26) assert.equal(thrown(list).code, 'ERR_INVALID_ARG_TYPE')
    else assert.deepEqual(list(), ['e'])
  }),
  'names the folder below itself that a copy comes to': promise(async ({ fs, at }) => {
    await fs.promises.mkdir(at('d/e/f'), { recursive: true })
    await fs.promises.symlink('d', at('l'))
    const error: Error & { path?: string } = await fs.promises.cp(at('l/.'), at('d/e/f'), { recursive: true, dereference: true }).then(() => assert.fail('it was copied'), (reason: Error) => reason)
    assert.equal(error.path, at('d/e'))
  }),
  async 'looks at a signal between opening and writing, or after it' ({ fs, at, form }) {
    if (form === 'sync') return fs.writeFileSync(at('f'), 'text', { signal: AbortSignal.abort() } as object)
    fs.writeFileSync(at('f'), 'old')
    for (const [name, flush] of [['writeFile', false], ['appendFile', false], ['writeFile', true], ['appendFile', true]] as const) {
      const aborting = new AbortController()
      const options = { signal: aborting.signal, flush }
      const end = new Promise<Error & { code?: string }>((resolve) => {
        if (form === 'callback') (fs as unknown as Calls)[name]!(at('f'), 'text', options, resolve)
        else void (fs.promises as unknown as Record<string, (...args: unknown[]) => Promise<void>>)[name]!(at('f'), 'text', options).catch(resolve)
      })
      aborting.abort()
      assert.equal((await end).code, 'ABORT_ERR')
      assert.equal(fs.readFileSync(at('f'), 'utf8'), (name === 'writeFile' ? '' : 'old') + (MAJOR < 26 || flush ? '' : 'text'))
      fs.writeFileSync(at('f'), 'old')
    }
  },
  'looks at no signal for a write to what is open': promise(async ({ fs, at }) => {
    const handle = await fs.promises.open(at('f'), 'w')
    const aborting = new AbortController()
    const written = handle.writeFile('text', { signal: aborting.signal })
    aborting.abort()
    await written
    await handle.close()
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'text')
  }),
  'looks at the mode that it opens with, even where nothing is made': callback(async ({ fs, at }) => {
    fs.writeFileSync(at('f'), 'text')
    fs.statSync(at('f'))
    for (const open of [fs.openSync, fs.promises.open, (...args: unknown[]) => { (fs.open as Call)(...args, () => assert.fail('it was opened')) }] as Call[]) {
      await assert.rejects(async () => { await open(at('f'), 'r', '0o644') }, { code: 'ERR_INVALID_ARG_VALUE' })
    }
  }),
  'takes no number for a file in the promise form': promise(async ({ fs, at }) => {
    const fd = fs.openSync(at('f'), 'w+')
    for (const name of ['readFile', 'writeFile', 'appendFile']) await assert.rejects(async () => { await (fs.promises as unknown as Calls)[name]!(fd, 'utf8') }, { code: 'ERR_INVALID_ARG_TYPE' })
    fs.closeSync(fd)
  }),
  'takes options that are inherited, and lengths that are none, for reading and writing': promise(async ({ fs, at }) => {
    const handle = await fs.promises.open(at('f'), 'w+')
    assert.equal((await handle.write(Buffer.from('0123456789'), { offset: 4, length: 1n } as object)).bytesWritten, 6)
    const { bytesRead } = await handle.read(Object.create({ buffer: Buffer.alloc(4), offset: 1, position: 0 }) as object)
    assert.equal(bytesRead, 3)
    await handle.close()
  }),
  'tells of a callback by its name where an argument is missing': callback(({ fs, at }) => {
    const fd = fs.openSync(at('f'), 'w')
    assert.match(thrown(() => { (fs.fchmod as Call)(fd, function done () {}) }).message, /Received function done$/)
    fs.closeSync(fd)
  }),
  'shows a URL that cannot be watched as it was given': promise(async ({ fs, at }) => {
    const url = new URL(`file://${at('missing')}`)
    const watching = async (): Promise<void> => { for await (const event of fs.promises.watch(url)) assert.fail(event.eventType) }
    await assert.rejects(watching, { code: 'ENOENT', path: url.href, filename: url as unknown as string })
  }),
  'copies no folder through a link that leads nowhere': sync(({ fs, at }) => {
    fs.mkdirSync(at('d'))
    fs.symlinkSync('nowhere', at('l'))
    assert.equal(thrown(() => { fs.cpSync(at('d'), at('l/x'), { recursive: true }) }).code, MAJOR >= 22 ? 'EEXIST' : 'ENOENT')
  }),
  async 'counts options only if they are its own where Node copies them' ({ fs, at, on }) {
    await on.mkdir(at('d/e'), Object.create({ recursive: true }) as object)
    await fails(on.rm(at('missing'), Object.create({ force: true }) as object), 'ENOENT')
    await fails(on.rm(at('d'), Object.create({ recursive: true }) as object), 'ERR_FS_EISDIR')
    await fails(on.cp(at('d'), at('c'), Object.create({ recursive: true }) as object), 'ERR_FS_EISDIR')
    const dir = fs.opendirSync(at('d'), Object.create({ encoding: 'buffer' }) as object)
    assert.equal(dir.readSync()!.name, 'e')
    dir.closeSync()
    if (MAJOR < 26) assert.equal(thrown(() => { (fs.rmdirSync as Call)(at('d'), Object.create({ recursive: true })) }).code, 'ERR_FS_EISDIR')
    await on.access(at('d/e'))
  },
  async 'looks through links before it removes folders, in the promise form of rmdir' ({ at, on, form }) {
    const removeFolders = (path: string): Promise<unknown> => (on.rmdir as (path: string, options: object) => Promise<void>)(path, { recursive: true })
    if (MAJOR >= 26) return fails(removeFolders(at('missing')), 'ERR_INVALID_ARG_VALUE')
    await on.mkdir(at('d/e'), { recursive: true })
    await on.symlink('d', at('l'))
    await fails(removeFolders(at('missing')), 'ENOENT', { syscall: form === 'promise' ? 'stat' : 'lstat' })
    if (form === 'promise') await removeFolders(at('l'))
    else await fails(removeFolders(at('l')), 'ENOTDIR')
    assert.deepEqual(await on.readdir(at()), form === 'promise' ? ['d'] : ['d', 'l'])
  },
  'closes without a callback where undefined stands in its place': callback(async ({ fs, at }) => {
    const fd = fs.openSync(at('f'), 'w')
    ;(fs.close as Call)(fd, undefined, () => { assert.fail('who stands behind its place was called') })
    await new Promise((resolve) => { setTimeout(resolve, 20) })
    assert.equal(thrown(() => fs.fstatSync(fd)).code, 'EBADF')
  }),
  'opens a stream by its path where the descriptor is null': callback(async ({ fs, at }) => {
    const writing = fs.createWriteStream(at('f'), { fd: null } as object)
    await new Promise<void>((resolve, reject) => { writing.on('error', reject).on('close', resolve).end('text') })
    let text = ''
    for await (const chunk of fs.createReadStream(at('f'), { fd: null, encoding: 'utf8' } as object)) text += chunk as string
    assert.equal(text, 'text')
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'text')
  }),
  'calls the last of two functions where Node does, and else the first': callback(async ({ fs, at }) => {
    fs.writeFileSync(at('f'), 'text')
    const calls = fs as unknown as Calls
    const fd = fs.openSync(at('f'), 'r+')
    for (const [name, which, ...args] of [['stat', 1, at('f')], ['readdir', 1, at()], ['copyFile', 1, at('f'), at('g')], ['readFile', 2, at('f')], ['writeFile', 2, at('f'), 'x'], ['appendFile', 2, at('f'), 'x'], ['realpath.native', 2, at()], ['open', 1, at('f'), 'r'], ['write', 2, fd, Buffer.from('y'), 0], ['write', 1, fd, 'z'], ['write', 2, fd, 'z', 0], ['write', 1, fd, 'z', 0, 'utf8'], ['writev', 2, fd, [Buffer.from('y')]], ['readv', 2, fd, [Buffer.alloc(1)]]] as const) {
      const call = name === 'realpath.native' ? fs.realpath.native as unknown as Call : calls[name]!
      assert.equal(await new Promise((resolve) => { call(...args, (error: unknown, opened: unknown) => {
        if (name === 'open') fs.closeSync(opened as number)
        resolve(1)
      }, () => { resolve(2) }) }), which, name)
    }
    assert.equal(thrown(() => calls.read!(fd, Buffer.alloc(1), () => {}, () => {})).code, 'ERR_INVALID_ARG_TYPE')
    fs.closeSync(fd)
    assert.equal(thrown(() => calls.open!(at('f'), () => {}, () => {})).code, 'ERR_INVALID_ARG_VALUE')
    assert.equal(thrown(() => calls.writeFile!(at('f'), () => {}, () => {})).code, 'ERR_INVALID_ARG_TYPE')
  }),
  async 'takes an infinite time for now, where libuv does' ({ at, on }) {
    await on.writeFile(at('f'), '')
    await on.utimes(at('f'), 5, 6)
    const begun = Date.now() - 5000
    if (MAJOR < 22) return fails(on.utimes(at('f'), 7, 'Infinity'), 'EINVAL')
    await on.utimes(at('f'), 7, '-Infinity')
    const { atimeMs, mtimeMs } = await on.stat(at('f'))
    assert.deepEqual([atimeMs, mtimeMs > begun, mtimeMs < begun + 60_000], [7000, true, true])
  },
  async 'looks at all fields of options but where Node copies what can be listed' ({ fs, at, on, form }) {
    const hidden = (fields: object): object => Object.defineProperties({}, Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value }])))
    await on.mkdir(at('d'))
    await on.writeFile(at('f'), 'a')
    await fails(on.writeFile(at('f'), 'b', hidden({ flag: 'wx' })), 'EEXIST')
    await on.appendFile(at('f'), 'b', hidden({ flag: 'wx' }))
    await fails(on.appendFile(at('f'), 'b', Object.create({ flag: 'wx' }) as object), 'EEXIST')
    assert.equal(fs.readFileSync(at('f'), 'utf8'), 'ab')
    assert.equal(typeof (await on.readdir(at(), hidden({ withFileTypes: true })) as unknown[])[0], form === 'promise' ? 'string' : 'object')
  },
  'takes a function for options where Node looks at no more than their fields': sync(({ fs, at }) => {
    const options = (fields: object): never => Object.assign(() => {}, fields) as never
    assert.equal(typeof fs.statSync(at(), options({ bigint: true })).mode, 'bigint')
    assert.equal(fs.lstatSync(at('missing'), options({ throwIfNoEntry: false })), undefined)
    fs.writeFileSync(at('f'), 'text')
    assert.equal(typeof fs.readFileSync(at('f'), options({ encoding: 'utf8' })), 'object')
    assert.deepEqual(fs.readdirSync(at(), options({ withFileTypes: true })), ['f'])
    const fd = fs.openSync(at('f'), 'r+')
    assert.equal(thrown(() => fs.writeSync(fd, Buffer.from('x'), options({}))).code, 'ERR_INVALID_ARG_TYPE')
    fs.closeSync(fd)
  }),
  'reads no more of what is open once a signal has aborted, and fails by that': promise(async ({ fs, at }) => {
    const handle = await fs.promises.open(at('f'), 'w')
    const aborting = new AbortController()
    const reading = handle.readFile({ signal: aborting.signal })
    aborting.abort()
    await fails(reading, 'ABORT_ERR')
    await fails(handle.readFile(), 'EBADF', { syscall: 'read' })
    await handle.close()
  }),
  'reads nothing of what is open when a signal aborts at once': promise(async ({ fs, at }) => {
    await fs.promises.writeFile(at('f'), 'text')
    const handle = await fs.promises.open(at('f'))
    for (const read of [(signal: AbortSignal) => handle.readFile({ signal }), (signal: AbortSignal) => fs.promises.readFile(handle, { signal, encoding: 'utf8' })]) {
      for (const when of [(abort: () => void) => { abort() }, (abort: () => void) => { process.nextTick(abort) }]) {
        const aborting = new AbortController()
        const reading = read(aborting.signal)
        when(() => { aborting.abort('why') })
        await assert.rejects(reading, { name: 'AbortError', code: 'ABORT_ERR', cause: 'why' })
      }
    }
    assert.equal((await handle.read(Buffer.alloc(1))).bytesRead, 1)
    assert.equal(await handle.readFile({ signal: new AbortController().signal, encoding: 'utf8' }), 'ext')
    await handle.close()
  }),
  'gives what it has read of a descriptor when a signal aborts': callback(async ({ fs, at }) => {
    fs.writeFileSync(at('f'), 'text')
    let fd = fs.openSync(at('f'), 'r')
    const read = (signal: AbortSignal, encoding?: 'utf8'): Promise<unknown> => new Promise((resolve) => { fs.readFile(fd, { signal, encoding }, (error, content) => { resolve(error ?? content) }) })
    assert.deepEqual(await read(AbortSignal.abort()), Buffer.alloc(0))
    assert.deepEqual(await new Promise((resolve) => { (fs.readFile as unknown as Call)(fd, () => {}, (error: unknown, content: unknown) => { resolve(error ?? content) }) }), Buffer.from('text'))
    fs.closeSync(fd)
    fd = fs.openSync(at('f'), 'r')
    const aborting = new AbortController()
    const reading = read(aborting.signal, 'utf8')
    aborting.abort()
    assert.equal(await reading, '')
    assert.equal(await read(new AbortController().signal, 'utf8'), 'text')
    fs.closeSync(fd)
  }),
  'fails by a signal that aborts while an iterable is written, whatever the reason': promise(async ({ fs, at }) => {
    for (const reason of ['why', null, new RangeError('why')]) {
      const handle = await fs.promises.open(at('f'), 'w')
      for (const target of [handle, at('f')]) {
        const aborting = new AbortController()
        async function * chunks (): AsyncGenerator<string> {
          yield 'a'
          aborting.abort(reason)
          yield 'b'
          yield 'c'
        }
        await assert.rejects(fs.promises.writeFile(target, chunks(), { signal: aborting.signal }), (error: Error) => error.name === 'AbortError' && (error as { code?: string }).code === 'ABORT_ERR' && error.cause === reason)
      }
      await handle.close()
      const failing = new AbortController()
      async function * failed (): AsyncGenerator<string> {
        yield 'a'
        failing.abort()
        throw null   // which has no fields
      }
      await assert.rejects(fs.promises.writeFile(at('f'), failed(), { signal: failing.signal }), (error) => error === null)
    }
  }),
  'looks at no flag for what is open': promise(async ({ fs, at }) => {
    const handle = await fs.promises.open(at('f'), 'w+')
    await fs.promises.writeFile(handle, 'text', { flag: 'none', ...MAJOR < 26 ? { mode: 'none' } : {} })
    assert.equal(await fs.promises.readFile(handle, { encoding: 'utf8', flag: 'none' }), '')
    await handle.close()
    await fails(fs.promises.readFile(at('f'), { flag: 'none' }), 'ERR_INVALID_ARG_VALUE')
  }),
  'reads nothing far behind the end of a file': sync(({ fs, at }) => {
    fs.writeFileSync(at('f'), 'text')
    const fd = fs.openSync(at('f'), 'r')
    for (const position of [2n ** 53n, 2n ** 62n]) assert.equal(fs.readSync(fd, Buffer.alloc(4), 0, 4, position), 0)
    fs.closeSync(fd)
  })
}
