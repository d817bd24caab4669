// Providers made of path-level methods.
import { strict as assert } from 'node:assert'
import { EventEmitter, once } from 'node:events'
import fs from 'node:fs'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { create, MemoryProvider, RealFSProvider, SqliteProvider, VirtualProvider, type VirtualFileSystem } from '../../lib/index.ts'
import type { VirtualFileHandle } from '../../lib/virtualfilehandle.ts'
import { Flat, Handles, Packager, Remote } from './path-classes.ts'

const made = (provider: unknown, options?: object): VirtualFileSystem => create(provider as never, options)
const frozen = { code: 'EROFS' }

describe("a packager's subclass of MemoryProvider", () => {
  const files = {
    '/app/index.js': "module.exports = require('./lib/two.js') + require('dep').n + require('./data.json').n",
    '/app/lib/two.js': 'module.exports = 2',
    '/app/data.json': '{"n": 100}',
    '/app/esm.mjs': "import { readFileSync } from 'node:fs'\nimport dep from 'dep'\nexport default [dep.n, readFileSync(new URL('data.json', import.meta.url), 'utf8')]",
    '/app/node_modules/dep/package.json': '{"name": "dep", "main": "m.js"}',
    '/app/node_modules/dep/m.js': 'exports.n = 40',
    '/big': 'x'.repeat(200_000)
  }
  const root = '/fsmount-snapshot'
  const vfs = made(new Packager(files), { overlay: true })
  test.before(() => { (vfs as unknown as { mount (prefix: string, options: object): unknown }).mount(root, { overlay: true }) })
  test.after(() => { vfs.unmount() })

  test('modules load', async () => {
    assert.equal(require(`${root}/app`), 142)
    assert.equal(require(`${root}/app/link.js`), 142)
    assert.deepEqual((await import(`${root}/app/esm.mjs`) as { default: unknown }).default, [40, '{"n": 100}'])
    assert.throws(() => require(`${root}/app/missing.js`), { code: 'MODULE_NOT_FOUND' })
  })

  test('everything that reads works', async () => {
    const file = `${root}/app/data.json`
    assert.equal(fs.readFileSync(file, 'utf8'), '{"n": 100}')
    assert.equal(await fs.promises.readFile(file, 'utf8'), '{"n": 100}')
    assert.equal(await (promisify(fs.readFile) as (path: string, as: string) => Promise<string>)(file, 'latin1'), '{"n": 100}')
    const fd = fs.openSync(file, 'r')
    const into = Buffer.alloc(20)
    assert.equal(fs.readSync(fd, into, 0, 20, 5), 5)
    assert.equal(fs.readSync(fd, into, 5, 3, null), 3)
    assert.equal(into.toString('utf8', 0, 8), ' 100}{"n')
    assert.equal(fs.fstatSync(fd).size, 10)
    fs.closeSync(fd)
    const handle = await fs.promises.open(`${root}/big`)
    assert.equal((await handle.readFile()).length, 200_000)
    assert.equal((await handle.stat()).size, 200_000)
    await handle.close()
    let total = 0
    for await (const chunk of fs.createReadStream(`${root}/big`, { start: 10 })) total += (chunk as Buffer).length
    assert.equal(total, 199_990)
  })

  test('stat in all its shapes', () => {
    const stats = fs.statSync(`${root}/app/link.js`)
    assert.ok(stats instanceof fs.Stats && stats.isFile())
    assert.equal(stats.mtimeMs, 1000)
    assert.ok(fs.lstatSync(`${root}/app/link.js`).isSymbolicLink())
    const big = fs.statSync(`${root}/app/data.json`, { bigint: true })
    assert.deepEqual([big.size, big.mode, big.mtimeNs], [10n, 0o100644n, 1_000_000_000n])
    assert.equal(fs.statSync(`${root}/app/none`, { throwIfNoEntry: false }), undefined)
    assert.throws(() => fs.statSync(`${root}/app/none`), { code: 'ENOENT', syscall: 'stat', path: `${root}/app/none`, message: `ENOENT: no such file or directory, stat '${root}/app/none'` })
    assert.ok(fs.statSync(`${root}/app/lib`).isDirectory())
    assert.equal(fs.statSync(`${root}/app/data.json`).ino, fs.statSync(`${root}/app/data.json`).ino)
    assert.notEqual(fs.statSync(`${root}/app/data.json`).ino, fs.statSync(`${root}/app/index.js`).ino)
  })

  test('folders in all their shapes', async () => {
    const names = ['data.json', 'esm.mjs', 'index.js', 'lib', 'link.js', 'node_modules']
    assert.deepEqual(fs.readdirSync(`${root}/app`), names)
    const entries = fs.readdirSync(`${root}/app`, { withFileTypes: true })
    assert.ok(entries[0] instanceof fs.Dirent)
    assert.deepEqual(entries.map((entry) => entry.isDirectory() ? 'd' : entry.isSymbolicLink() ? 'l' : 'f').join(''), 'fffdld')
    assert.deepEqual(fs.readdirSync(root, { recursive: true }).length, 12)
    const listed = []
    for await (const entry of await fs.promises.opendir(`${root}/app`)) listed.push(entry.name)
    assert.deepEqual(listed.sort(), names)
    assert.equal(fs.realpathSync(`${root}/app/link.js`), `${root}/app/index.js`)
    assert.equal(fs.readlinkSync(`${root}/app/link.js`), 'index.js')
    fs.accessSync(`${root}/app/data.json`, fs.constants.R_OK)
    assert.equal(fs.existsSync(`${root}/app/nothing`), false)
  })

  test('a write is refused, and reaches no disk', async () => {
    const file = `${root}/app/data.json`
    const writes: Record<string, () => unknown> = {
      write: () => { fs.writeFileSync(file, 'x') },
      append: () => { fs.appendFileSync(file, 'x') },
      make: () => { fs.mkdirSync(`${root}/app/new`) },
      deep: () => { fs.mkdirSync(`${root}/app/new/er`, { recursive: true }) },
      create: () => { fs.writeFileSync(`${root}/app/new`, 'x') },
      open: () => fs.openSync(file, 'r+'),
      remove: () => { fs.unlinkSync(file) },
      removeAll: () => { fs.rmSync(`${root}/app`, { recursive: true }) },
      rename: () => { fs.renameSync(file, `${root}/app/other`) },
      mode: () => { fs.chmodSync(file, 0o600) },
      times: () => { fs.utimesSync(file, 1, 1) },
      truncate: () => { fs.truncateSync(file) },
      link: () => { fs.symlinkSync('x', `${root}/app/s`) },
      promise: () => fs.promises.writeFile(file, 'x'),
      access: () => { fs.accessSync(file, fs.constants.W_OK) }
    }
    for (const [name, write] of Object.entries(writes)) await assert.rejects(async () => write(), frozen, name)
    assert.equal(fs.readFileSync(file, 'utf8'), '{"n": 100}')
    assert.equal(vfs.readonly, true)
  })

  test('what it expects of the object', () => {
    assert.ok(vfs.provider instanceof MemoryProvider)
    assert.equal(typeof Object.getPrototypeOf(vfs).shouldHandle, 'function')
    assert.equal(typeof Object.getPrototypeOf(vfs).resolvePath, 'function')
    assert.deepEqual([vfs.shouldHandle(`${root}/app/index.js`), vfs.shouldHandle('/etc')], [true, false])
    assert.equal(vfs.resolvePath(`${root}/app/../big`), `${root}/big`)
  })
})

describe('a small synchronous class', () => {
  test('reads, writes, renames and removes', async () => {
    const provider = new Flat()
    provider.store.set('a', 'text')
    const vfs = made(provider)
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'text')
    vfs.writeFileSync('/b', 'other')
    vfs.appendFileSync('/b', ' more')
    vfs.renameSync('/b', '/c')
    vfs.truncateSync('/c', 7)
    const fd = vfs.openSync('/c', 'r+')
    vfs.writeSync(fd, '!', 9)
    vfs.closeSync(fd)
    await vfs.promises.copyFile('/c', '/d')
    vfs.unlinkSync('/a')
    assert.deepEqual(Object.fromEntries(provider.store), { c: 'other m\0\0!', d: 'other m\0\0!' })
    assert.deepEqual(vfs.readdirSync('/'), ['c', 'd'])
  })

  test('what it cannot do is refused', () => {
    const vfs = made(new Flat())
    vfs.writeFileSync('/a', 'x')
    assert.throws(() => { vfs.mkdirSync('/dir') }, frozen)
    assert.throws(() => { vfs.chmodSync('/a', 0) }, { code: 'EPERM' })
    assert.throws(() => { vfs.linkSync('/a', '/b') }, { code: 'EPERM' })
    assert.throws(() => vfs.readlinkSync('/a'), { code: 'EINVAL' })
    assert.throws(() => { vfs.writeFileSync(Buffer.from('2f61ff', 'hex'), '') }, { code: 'EILSEQ' })
    class Bare extends VirtualProvider { override statSync (): object { return { isDirectory: () => true } } }
    assert.throws(() => made(new Bare()).readdirSync('/'), { code: 'ERR_METHOD_NOT_IMPLEMENTED', message: /readdirSync/ })
    class Nothing extends VirtualProvider {}
    assert.throws(() => made(new Nothing()).readdirSync('/'), { code: 'ERR_METHOD_NOT_IMPLEMENTED' })
  })

  test('what no method should give is said to whoever wrote it', async () => {
    const vfs = (methods: object): VirtualFileSystem => {
      const flat = new Flat()
      flat.store.set('a', 'x')
      return made(Object.assign(flat, methods))
    }
    const wrong = (message: string): object => ({ name: 'TypeError', code: 'ERR_INVALID_RETURN_VALUE', message })
    assert.throws(() => vfs({ readFileSync: () => 5 }).readFileSync('/a'), wrong('Expected a string or a Uint8Array to be returned from the "readFile" function but got type number (5).'))
    await assert.rejects(vfs({ readFileSync: () => undefined }).promises.readFile('/a'), wrong('Expected a string or a Uint8Array to be returned from the "readFile" function but got undefined.'))
    assert.throws(() => vfs({ statSync: () => true }).statSync('/a'), wrong('Expected an object to be returned from the "stat" function but got type boolean (true).'))
    assert.throws(() => vfs({ readdirSync: () => 'abc' }).readdirSync('/'), wrong('Expected an array to be returned from the "readdir" function but got type string (\'abc\').'))
    assert.throws(() => vfs({ statSync: async () => { throw new Error('in vain') } }).statSync('/a'), wrong('Expected an answer, not a promise, to be returned from the "statSync" function but got an instance of Promise.'))
    for (const name of ['', '.', '..', '../b', 'a/b', 'a\0']) assert.throws(() => vfs({ readdirSync: () => ['a', name] }).readdirSync('/'), { code: 'ERR_INVALID_RETURN_VALUE', message: /^Expected names, none of them empty or with dots alone, a slash or a null byte, to be returned from the "readdir" function/ })
  })

  test('a file that is held open survives its name, and follows it', () => {
    const vfs = made(new Flat())
    vfs.writeFileSync('/a', 'kept')
    const fd = vfs.openSync('/a', 'r+')
    vfs.renameSync('/a', '/b')
    vfs.writeSync(fd, 'K', 0)
    assert.equal(vfs.readFileSync('/b', 'utf8'), 'Kept')
    vfs.unlinkSync('/b')
    vfs.writeSync(fd, '!', 4)
    const into = Buffer.alloc(9)
    assert.equal(into.toString('utf8', 0, vfs.readSync(fd, into, 0, 9, 0)), 'Kept!')
    assert.equal(vfs.fstatSync(fd).size, 5)
    vfs.closeSync(fd)
    assert.equal(vfs.existsSync('/b'), false)
  })

  test('a change that it does not report is seen', () => {
    const provider = new Flat()
    const vfs = made(provider).mount('/fsmount-flat')
    try {
      assert.equal(fs.existsSync('/fsmount-flat/late'), false)
      provider.store.set('late', 'here')
      assert.equal(fs.readFileSync('/fsmount-flat/late', 'utf8'), 'here')
      const failing = Object.assign(new Error('the cable is out'), { name: 'CableError' })
      provider.readFileSync = () => { throw failing }
      assert.throws(() => fs.readFileSync('/fsmount-flat/late'), failing)
    } finally {
      vfs.unmount()
    }
  })

  test('with file handles instead of whole contents', () => {
    const provider = new Handles()
    const vfs = made(provider)
    vfs.writeFileSync('/a', 'x'.repeat(100_000))
    vfs.appendFileSync('/a', 'end')
    const fd = vfs.openSync('/a', 'r+')
    vfs.writeSync(fd, 'start', 0)
    const into = Buffer.alloc(10)
    vfs.readSync(fd, into, 0, 10, 99_995)
    assert.equal(into.toString('utf8', 0, 8), 'xxxxxend')
    vfs.ftruncateSync(fd, 8)
    vfs.closeSync(fd)
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'startxxx')
    vfs.unlinkSync('/a')
    assert.equal(provider.opened, 0)
  })
})

describe('a class that answers later', () => {
  test('serves promises, callbacks, streams and file handles', async () => {
    const vfs = made(new Remote())
    await vfs.promises.mkdir('/d/e', { recursive: true })
    await vfs.promises.writeFile('/d/e/f', 'remote')
    await vfs.promises.appendFile('/d/e/f', ' text')
    assert.equal(await promisify(vfs.readFile)('/d/e/f', 'utf8'), 'remote text')
    assert.equal((await vfs.promises.stat('/d/e/f', { bigint: true })).size, 11n)
    assert.equal((await vfs.createReadStream('/d/e/f').toArray()).join(''), 'remote text')
    await new Promise((resolve, reject) => { vfs.createWriteStream('/s').on('error', reject).on('close', resolve).end('streamed') })
    const handle = await vfs.promises.open('/s', 'r+')
    await handle.write('S', 0)
    assert.equal(await handle.readFile('utf8'), 'Streamed')
    await handle.close()
    assert.deepEqual((await vfs.promises.readdir('/', { withFileTypes: true })).map((entry) => [entry.name, entry.isDirectory()]), [['d', true], ['s', false]])
    await vfs.promises.rename('/s', '/t')
    await vfs.promises.unlink('/t')
    await assert.rejects(vfs.promises.readFile('/t'), { code: 'ENOENT', syscall: 'open', path: '/t' })
    await assert.rejects(vfs.promises.chmod('/d', 0), { code: 'EPERM' })
  })

  test('changes of one file at once lose nothing of each other', async () => {
    for (const Kind of [Remote, class extends Remote { override writeFile (path: string, data: Buffer): Promise<void> { return super.writeFile(path, data) } }]) {
      const vfs = made(new Kind())
      for (const file of ['/new', '/new']) await Promise.all(Array.from({ length: 8 }, async () => { await vfs.promises.appendFile(file, 'piece.') }))
      assert.equal(await vfs.promises.readFile('/new', 'utf8'), 'piece.'.repeat(16))
      const handles = await Promise.all([1, 2, 3].map(() => vfs.promises.open('/new', 'r+')))
      await Promise.all(handles.map((handle, at) => handle.write('PIECE.', at * 6)))
      for (const handle of handles) await handle.close()
      assert.equal(await vfs.promises.readFile('/new', 'utf8'), 'PIECE.'.repeat(3) + 'piece.'.repeat(13))
    }
  })

  test('a path in bytes or a URL is that of the call, whatever the caller makes of it before the answer', async () => {
    const provider = new Remote()
    provider.inside.writeFileSync('/mine', 'mine')
    provider.inside.writeFileSync('/else', 'else')
    const vfs = made(provider)
    const call = async <T>(run: (path: Buffer) => Promise<T>): Promise<T> => {
      const path = Buffer.from('/mine')
      const answer = run(path)
      path.write('/else')
      return await answer
    }
    assert.equal(await call((path) => vfs.promises.readFile(path, 'utf8')), 'mine')
    await call((path) => vfs.promises.appendFile(path, '!'))
    await call((path) => vfs.promises.rename(path, '/moved'))
    await call((path) => vfs.promises.rename('/moved', path))
    await call(async (path) => { await new Promise((resolve) => { vfs.unlink(path, resolve) }) })
    assert.deepEqual(provider.inside.readdirSync('/'), ['else'])
    const url = new URL('file:///else')
    const read = vfs.promises.readFile(url, 'utf8')
    url.pathname = '/gone'
    assert.equal(await read, 'else')
  })

  test('existsSync has no errors: neither of what answers later nor of what a class throws', async () => {
    const later = made(new Remote())
    await later.promises.writeFile('/f', '')
    assert.equal(later.existsSync('/f'), false)
    assert.equal(await promisify(later.exists)('/f'), true)
    const broken = made(new (class extends VirtualProvider { override statSync (): never { throw new Error('gone') } })())
    assert.equal(broken.existsSync('/f'), false)
    assert.throws(() => broken.statSync('/f'), { message: 'gone' })
  })

  test('its sync forms and its modules fail with a clear error', async () => {
    const provider = new Remote()
    provider.inside.writeFileSync('/m.js', '')
    const vfs = made(provider).mount('/fsmount-remote')
    const clear = { code: 'ERR_METHOD_NOT_IMPLEMENTED', message: /Sync method is not implemented: this provider only answers asynchronously/ }
    const program: string = '/fsmount-remote/m.js'
    try {
      assert.throws(() => fs.readFileSync('/fsmount-remote/m.js'), clear)
      assert.throws(() => fs.statSync('/fsmount-remote/m.js'), clear)
      assert.throws(() => { fs.writeFileSync('/fsmount-remote/n', '') }, clear)
      assert.throws(() => require('/fsmount-remote/m.js'), clear)
      await assert.rejects(import(program), clear)
      assert.equal(await fs.promises.readFile('/fsmount-remote/m.js', 'utf8'), '')
    } finally {
      vfs.unmount()
    }
  })

  test('both: each form asks its own', async () => {
    class Both extends VirtualProvider {
      override statSync (path: string): object { return path === '/' ? { isDirectory: () => true } : { size: 3 } }
      override async stat (path: string): Promise<object> { return this.statSync(path) }
      override readFileSync (): string { return 'now' }
      override async readFile (): Promise<string> { return 'ltr' }
    }
    const vfs = made(new Both())
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'now')
    assert.equal(await vfs.promises.readFile('/a', 'utf8'), 'ltr')
  })
})

describe('path-level methods of providers', () => {
  interface Methods { mkdirSync (path: string, options?: object): void, writeFileSync (path: string, data: string): void, readFile (path: string, as: string): Promise<string>, existsSync (path: string): boolean, exists (path: string): Promise<boolean>, internalModuleStat (path: string): number, realpathSync (path: string): string }

  test('work on providers of ours, without a file system', async () => {
    const provider = new MemoryProvider() as MemoryProvider & Methods
    provider.mkdirSync('/a/b', { recursive: true })
    provider.writeFileSync('/a/b/c', 'text')
    assert.equal(await provider.readFile('/a/b/c', 'utf8'), 'text')
    assert.deepEqual([provider.existsSync('/a'), await provider.exists('/x'), provider.internalModuleStat('/a'), provider.internalModuleStat('/a/b/c'), provider.internalModuleStat('/x') < 0], [true, false, 1, 0, true])
    provider.writeFileSync('/no/parent', '')   // what makes a name makes the folders to it, as a file system object does
    assert.throws(() => { provider.mkdirSync('/not/this') }, { code: 'ENOENT', path: '/not/this' })
    assert.equal(create(provider).readFileSync('/a/b/c', 'utf8'), 'text')
  })

  test('open gives a handle with methods of both kinds', async () => {
    const provider = new MemoryProvider()
    for (const handle of [provider.openSync('/f', 'w+'), await provider.open('/f', 'w+')] as VirtualFileHandle[]) {
      assert.deepEqual([handle.path, handle.flags, handle.closed, handle.position], ['/f', 'w+', false, 0])
      assert.equal(handle.writeSync(Buffer.from('hello world')), 11)
      assert.equal(handle.position, 11)
      handle.truncateSync(5)
      assert.equal(handle.readFileSync('utf8'), 'hello')
      assert.equal(await handle.readFile('utf8'), 'hello')
      handle.position = 0
      handle.writeFileSync('anew')
      assert.equal(handle.readFileSync('utf8'), 'anewo')
      handle.position = 0
      await handle.writeFile('later')
      assert.equal((await handle.stat()).size, 5)
      const buffer = Buffer.alloc(3)
      assert.equal((await handle.read(buffer, 0, 3, 1)).bytesRead, 3)
      assert.equal(buffer.toString(), 'ate')
      await handle.close()
      assert.equal(handle.closed, true)
      assert.throws(() => handle.readFileSync(), { code: 'EBADF' })
      await assert.rejects(handle.stat(), { code: 'EBADF' })
    }
    const pieces = await provider.open('/pieces', 'w') as VirtualFileHandle
    await pieces.writeFile(['one ', Buffer.from('two ')])
    await pieces.appendFile((async function * () { yield 'three' })() as never)
    await assert.rejects(pieces.writeFile(['four'], { signal: AbortSignal.abort() } as never), { name: 'AbortError' })
    await assert.rejects(pieces.writeFile({} as never), { code: 'ERR_INVALID_ARG_TYPE' })
    await pieces.close()
    assert.equal(provider.readFileSync('/pieces', 'utf8'), 'one two three')
    const appending = provider.openSync('/f', 'a') as VirtualFileHandle
    appending.writeFileSync(' on')
    appending[Symbol.dispose]()
    assert.equal(provider.readFileSync('/f', 'utf8'), 'later on')
    assert.throws(() => provider.openSync('/none', 'r'), { code: 'ENOENT', syscall: 'open', path: '/none' })
  })

  test('every one gives a promise or an answer, on providers of inodes too', async () => {
    using provider = new SqliteProvider()
    assert.equal(provider.file, ':memory:')
    provider.writeFileSync('/d/a', 'text')
    assert.deepEqual(await provider.readdir('/d'), ['a'])
    await provider.link('/d/a', '/d/b')
    await provider.rename('/d/b', '/c')
    await provider.symlink('/c', '/l')
    assert.equal(await provider.readlink('/l'), '/c')
    await provider.unlink('/d/a')
    assert.equal(provider.readdirSync('/d').length, 0)
    assert.equal(typeof (await provider.statfs('/') as { bsize: number }).bsize, 'number')
    provider.setReadOnly()
    assert.throws(() => { provider.writeFileSync('/c', '') }, { code: 'EROFS' })
    assert.equal(create(provider).readonly, true)
  })

  test('changes are heard', async () => {
    const provider = new MemoryProvider()
    assert.equal(provider.supportsWatch, true)
    provider.writeFileSync('/f', '')
    const watcher = provider.watch('/f') as fs.FSWatcher
    const heard = once(watcher, 'change')
    const later = (provider.watchAsync('/f') as AsyncIterableIterator<{ eventType: string }>)
    const next = later.next()
    provider.writeFileSync('/f', 'x')
    assert.equal((await heard as unknown[])[0], 'change')
    assert.equal((await next).value.eventType, 'change')
    watcher.close()
    await later.return?.()
    const stats = once(provider.watchFile('/f', { interval: 5 }, () => {}) as fs.StatWatcher, 'change')
    provider.writeFileSync('/f', 'longer')
    assert.equal((await stats as fs.Stats[])[0]!.size, 6)
    provider.unwatchFile('/f')
  })

  test('a class that says how to wait for changes is asked', async () => {
    const emitter = new EventEmitter() as EventEmitter & { close (): void }
    let closed = 0
    emitter.close = () => { closed++ }
    class Told extends MemoryProvider {
      override readFileSync (): string { return 'text' }
      override watch (path: string): unknown { return path === '/f' ? emitter : undefined }
    }
    const provider = new Told().fromJSON({ f: '' })
    const watcher = create(provider).watch('/f')
    const heard = once(watcher, 'change')
    emitter.emit('change', 'change', undefined)
    assert.equal((await heard as unknown[])[0], 'change')
    watcher.close()
    assert.equal(closed, 1)
  })

  test('an override that calls the method it overrides', () => {
    class Loud extends (MemoryProvider as unknown as new () => MemoryProvider & { readFileSync (path: string, options?: unknown): Buffer }) {
      override readFileSync (path: string, options?: unknown): Buffer { return Buffer.from(super.readFileSync(path, options).toString().toUpperCase()) }
    }
    const provider = new Loud().fromJSON({ 'd/a': 'text' })
    const vfs = made(provider)
    assert.equal(vfs.readFileSync('/d/a', 'utf8'), 'TEXT')
    assert.deepEqual(vfs.readdirSync('/d'), ['a'])
    provider.fromJSON({ 'd/b': 'late' })
    assert.equal(vfs.readFileSync('/d/b', 'utf8'), 'LATE')
    vfs.writeFileSync('/d/a', 'written')
    assert.equal(vfs.readFileSync('/d/a', 'utf8'), 'WRITTEN')
  })

  test('a subclass that overrides none is used as it is', () => {
    class Named extends MemoryProvider { readonly label = 'mine' }
    const vfs = create(new Named())
    vfs.writeFileSync('/a', 'x')
    assert.equal(vfs.readonly, false)
    class Own extends RealFSProvider { override getdents (dir: never): never { return [...super.getdents(dir)].slice(0, 1) as never } }
    assert.equal(made(new Own('/')).readdirSync('/').length, 1)   // a primitive, overridden as one
  })
})
