// What MemoryProvider has beyond a file system: bounds, trees as plain objects, lazy files and folders, snapshots.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { describe, test } from 'node:test'
import { create, MemoryProvider } from '../../lib/index.ts'

const full = { code: 'ENOSPC' }

describe('bounds', () => {
  test('no file is larger than any file may be, however much room there is', () => {
    const vfs = create()
    vfs.writeFileSync('/a', 'x')
    const fd = vfs.openSync('/a', 'r+')
    assert.throws(() => { vfs.truncateSync('/a', 2 ** 45) }, { code: 'EFBIG', syscall: 'ftruncate' })
    assert.throws(() => { vfs.ftruncateSync(fd, 2 ** 45) }, { code: 'EFBIG', syscall: 'ftruncate' })
    assert.throws(() => vfs.writeSync(fd, Buffer.from('y'), 0, 1, 2 ** 45), { code: 'EFBIG', syscall: 'write' })
    vfs.closeSync(fd)
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'x')
  })
  test('a write that does not fit leaves the file as it was', async () => {
    const vfs = create(new MemoryProvider({ maxBytes: 100 }))
    vfs.writeFileSync('/a', 'x'.repeat(60))
    const big = Buffer.alloc(101, 'y')
    const fd = vfs.openSync('/a', 'r+')
    const handle = await vfs.promises.open('/a', 'a')
    const attempts: (() => unknown)[] = [
      () => { vfs.writeFileSync('/a', big) },
      () => { vfs.appendFileSync('/a', 'z'.repeat(41)) },
      () => vfs.writeSync(fd, big, 0, 50, 51),
      () => vfs.writevSync(fd, [big.subarray(0, 30), big], 0),
      () => { vfs.ftruncateSync(fd, 101) },
      () => { vfs.truncateSync('/a', 1e12) },
      () => vfs.promises.writeFile('/a', big),
      () => handle.appendFile('z'.repeat(41)),
      () => new Promise<void>((resolve, reject) => { vfs.writeFile('/a', big, (error) => { error === null ? resolve() : reject(error) }) })
    ]
    for (const attempt of attempts) {
      await assert.rejects(async () => attempt(), full, String(attempt))
      assert.equal(vfs.readFileSync('/a', 'utf8'), 'x'.repeat(60), String(attempt))
    }
    assert.throws(() => { vfs.writeFileSync('/a', big) }, { code: 'ENOSPC', syscall: 'write', message: /^ENOSPC: no space left on device, write/ })
    vfs.truncateSync('/a', 50)
    assert.throws(() => { vfs.copyFileSync('/a', '/b'); vfs.copyFileSync('/a', '/c') }, { code: 'ENOSPC', message: "ENOSPC: no space left on device, copyfile '/a' -> '/c'" })
    vfs.closeSync(fd)
    await handle.close()
    assert.equal(vfs.statfsSync('/').bfree, 0)   // 40 bytes are no block
  })

  test('what is removed is free again, once nobody holds it open', () => {
    const vfs = create(new MemoryProvider({ maxBytes: 100 }))
    vfs.writeFileSync('/a', 'x'.repeat(100))
    const fd = vfs.openSync('/a', 'r')
    vfs.unlinkSync('/a')
    assert.throws(() => { vfs.writeFileSync('/b', 'y') }, full)
    vfs.closeSync(fd)
    vfs.writeFileSync('/b', 'y'.repeat(100))
    vfs.truncateSync('/b', 10)
    vfs.writeFileSync('/c', 'z'.repeat(90))
  })

  test('the number of files is bounded, folders and links included', () => {
    const vfs = create(new MemoryProvider({ maxFiles: 4 }))
    vfs.mkdirSync('/d')
    vfs.writeFileSync('/d/a', '')
    vfs.symlinkSync('a', '/d/l')
    for (const attempt of [() => { vfs.writeFileSync('/b', '') }, () => { vfs.mkdirSync('/e') }, () => { vfs.symlinkSync('a', '/m') }]) assert.throws(attempt, full)
    assert.deepEqual(vfs.readdirSync('/'), ['d'])
    vfs.linkSync('/d/a', '/b')   // no new inode
    vfs.rmSync('/d', { recursive: true })
    vfs.mkdirSync('/e')
  })

  test('frozen, every change is refused', () => {
    const provider = new MemoryProvider()
    const vfs = create(provider)
    vfs.writeFileSync('/a', 'x')
    provider.setReadOnly()
    assert.equal(vfs.readonly, true)
    const frozen = { code: 'EROFS' }
    assert.throws(() => { vfs.writeFileSync('/a', 'y') }, frozen)
    assert.throws(() => provider.fromJSON({ b: '' }), frozen)
    assert.throws(() => { provider.setContentProvider('/b', () => '') }, frozen)
    assert.throws(() => { provider.setPopulateCallback('/d', () => {}) }, frozen)
    assert.throws(() => { provider.restore(provider.snapshot()) }, frozen)
    assert.deepEqual(provider.toJSON(), { '/a': 'x' })
  })
})

describe('trees as plain objects', () => {
  const bytes = Buffer.from([0xff, 0, 1])

  test('flat and nested in, flat and nested out, bytes untouched', () => {
    const provider = MemoryProvider.fromJSON({ '/a/b': 'text', c: bytes, '/empty': null, n: { deep: { f: '\ufeffbom' }, e: {}, 'x/y': new Uint8Array([65]) } })
    const flat = { '/a/b': 'text', '/c': bytes, '/empty': null, '/n/deep/f': '\ufeffbom', '/n/e': null, '/n/x/y': 'A' }
    assert.deepEqual(provider.toJSON(), flat)
    const nested = { a: { b: 'text' }, c: bytes, empty: {}, n: { deep: { f: '\ufeffbom' }, e: {}, x: { y: 'A' } } }
    assert.deepEqual(provider.toNestedJSON(), nested)
    assert.deepEqual(provider.toNestedJSON('/n/deep', true), { f: Buffer.from('\ufeffbom') })
    for (const json of [flat, nested]) assert.deepEqual(MemoryProvider.fromJSON(json).toJSON(), flat)
    assert.equal(JSON.parse(JSON.stringify(provider))['/a/b'], 'text')
  })

  test('paths, a folder to start from, relative keys, as memfs has them', () => {
    const provider = new MemoryProvider().fromJSON({ './x/y': '1', '../z': '2', '/abs': '3' }, '/cwd')
    assert.deepEqual(provider.toJSON(), { '/abs': '3', '/cwd/x/y': '1', '/z': '2' })
    assert.deepEqual(provider.toJSON('/cwd', {}, true), { 'x/y': '1' })
    assert.deepEqual(provider.toJSON(['/z', '/abs', '/nope'], { a: 'b' }), { a: 'b', '/z': '2', '/abs': '3' })
    assert.deepEqual(provider.toJSON('/z', undefined, false, true), { '/z': Buffer.from('2') })
  })

  test('contents are copies, links are left out, any name is a name', () => {
    const given = Buffer.from('given')
    const provider = MemoryProvider.fromJSON({ a: given, ['__proto__']: 'p' })
    const vfs = create(provider)
    given.fill(0)
    const taken = provider.toJSON('/a', {}, false, true)['/a'] as Buffer
    taken.fill(0)
    vfs.symlinkSync('a', '/l')
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'given')
    assert.deepEqual(Object.entries(provider.toJSON('/', {}, true)), [['__proto__', 'p'], ['a', 'given']])
    assert.deepEqual(Object.entries(provider.toNestedJSON()), [['__proto__', 'p'], ['a', 'given']])
  })

  test('is seen at once where names were remembered, and by mounts', () => {
    const provider = new MemoryProvider()
    const vfs = create(provider).mount('/fsmount-json')
    try {
      assert.equal(fs.existsSync('/fsmount-json/a'), false)
      provider.fromJSON({ a: '1' })
      assert.equal(fs.readFileSync('/fsmount-json/a', 'utf8'), '1')
    } finally {
      vfs.unmount()
    }
  })

  test('errors', () => {
    const provider = MemoryProvider.fromJSON({ f: '', d: null })
    assert.throws(() => provider.fromJSON({ 'f/x': '' }), { code: 'ENOTDIR', syscall: 'open', path: '/f/x' })
    assert.throws(() => provider.fromJSON({ d: 'x' }), { code: 'EISDIR', path: '/d' })
    assert.throws(() => provider.fromJSON({ a: 1 as never }), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => provider.fromJSON({ 'a\0': '' }), { code: 'ERR_INVALID_ARG_VALUE' })
    assert.throws(() => provider.toNestedJSON('/f'), { code: 'ENOTDIR' })
    assert.throws(() => MemoryProvider.fromJSON({ a: 'xx' }, '/', { maxBytes: 1 }), full)
  })
})

describe('lazy files', () => {
  test('are made once, when size or bytes are asked for', () => {
    const provider = new MemoryProvider()
    const vfs = create(provider)
    let made = 0
    provider.setContentProvider('/deep/a', () => `made ${++made}`)
    assert.deepEqual(vfs.readdirSync('/deep', { withFileTypes: true }).map((entry) => entry.isFile()), [true])
    assert.equal(made, 0)
    assert.equal(vfs.statSync('/deep/a').size, 6)
    assert.equal(vfs.readFileSync('/deep/a', 'utf8'), 'made 1')
    vfs.appendFileSync('/deep/a', '!')
    assert.equal(vfs.readFileSync('/deep/a', 'utf8'), 'made 1!')
    assert.equal(made, 1)
  })

  test('by every way of reading and writing', async () => {
    const ways: Record<string, (vfs: ReturnType<typeof create>) => unknown> = {
      text: (vfs) => vfs.readFileSync('/a', 'utf8'),
      bytes: (vfs) => vfs.readFileSync('/a').toString(),
      descriptor: (vfs) => {
        const into = Buffer.alloc(9)
        return into.subarray(0, vfs.readSync(vfs.openSync('/a', 'r'), into)).toString()
      },
      stream: async (vfs) => (await vfs.createReadStream('/a').setEncoding('utf8').toArray()).join(''),
      promise: (vfs) => vfs.promises.readFile('/a', 'utf8'),
      copy: (vfs) => { vfs.copyFileSync('/a', '/b'); return vfs.readFileSync('/b', 'utf8') },
      overwriting: (vfs) => {
        vfs.writeSync(vfs.openSync('/a', 'r+'), 'lazy', 0)
        return vfs.readFileSync('/a', 'utf8')
      },
      truncating: (vfs) => {
        vfs.truncateSync('/a', 6)
        vfs.appendFileSync('/a', '!')
        return vfs.readFileSync('/a', 'utf8')
      },
      json: (vfs) => (vfs.provider as unknown as MemoryProvider).toJSON()['/a']
    }
    for (const [name, way] of Object.entries(ways)) {
      const provider = new MemoryProvider()
      provider.setContentProvider('/a', () => Buffer.from('lazy 1!'))
      assert.equal(await way(create(provider)), 'lazy 1!', name)
    }
  })

  test('replaced or removed before, are never made', () => {
    const provider = new MemoryProvider({ maxBytes: 10 })
    const vfs = create(provider)
    const never = (): never => assert.fail('made')
    for (const path of ['/a', '/b', '/c']) provider.setContentProvider(path, never)
    vfs.writeFileSync('/a', 'x')
    vfs.unlinkSync('/b')
    vfs.truncateSync('/c')
    assert.deepEqual(provider.toJSON(), { '/a': 'x', '/c': '' })
    vfs.writeFileSync('/a', '0123456789')   // nothing was counted twice
    provider.setContentProvider('/a', () => 'anew')
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'anew')
  })

  test('a failure reaches who asked, and the next one asks again', () => {
    const provider = new MemoryProvider({ maxBytes: 10 })
    const vfs = create(provider)
    let fails = true
    provider.setContentProvider('/a', () => {
      if (fails) throw new RangeError('not yet')
      return 'now'
    })
    assert.throws(() => vfs.statSync('/a'), RangeError)
    fails = false
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'now')
    provider.setContentProvider('/long', () => 'x'.repeat(8))
    assert.throws(() => vfs.readFileSync('/long'), full)
    vfs.unlinkSync('/a')
    assert.equal(vfs.readFileSync('/long').length, 8)
    provider.setContentProvider('/later', (async () => '') as never)
    assert.throws(() => vfs.readFileSync('/later'), { code: 'ERR_INVALID_STATE' })
    provider.setContentProvider('/number', (() => 5) as never)
    assert.throws(() => vfs.readFileSync('/number'), { code: 'ERR_INVALID_RETURN_VALUE' })
    assert.throws(() => { provider.setContentProvider('/x', 'text' as never) }, { code: 'ERR_INVALID_ARG_TYPE' })
  })
})

describe('lazy folders', () => {
  test('are filled once, when a name in them is asked for', () => {
    const provider = new MemoryProvider()
    const vfs = create(provider)
    let filled = 0
    provider.setPopulateCallback('/pkg/lib', (scope) => {
      filled++
      scope.addFile('index.js', 'code', { mode: 0o600 })
      scope.addFile('lazy.js', () => 'lazy code')
      scope.addDirectory('inner', (inner) => { inner.addFile('f', 'deep') })
      scope.addDirectory('plain')
      scope.addSymlink('link', 'index.js')
    })
    const before = vfs.statSync('/pkg/lib', { bigint: true })
    assert.equal(filled, 0)
    assert.equal(vfs.readFileSync('/pkg/lib/link', 'utf8'), 'code')
    assert.equal(vfs.readFileSync('/pkg/lib/inner/f', 'utf8'), 'deep')
    assert.deepEqual(vfs.readdirSync('/pkg/lib'), ['index.js', 'inner', 'lazy.js', 'link', 'plain'])
    assert.equal(vfs.statSync('/pkg/lib/index.js').mode & 0o777, 0o600)
    assert.equal(vfs.statSync('/pkg/lib').nlink, 4)
    assert.equal(vfs.statSync('/pkg/lib', { bigint: true }).mtimeNs, before.mtimeNs)
    assert.equal(filled, 1)
    vfs.rmSync('/pkg', { recursive: true })
    assert.deepEqual(vfs.readdirSync('/'), [])
  })

  test('are filled by whatever comes first, also by what writes', () => {
    const ways: Record<string, (vfs: ReturnType<typeof create>) => unknown> = {
      write: (vfs) => { vfs.writeFileSync('/d/new', 'x') },
      exclusive: (vfs) => { assert.throws(() => { vfs.writeFileSync('/d/a', 'x', { flag: 'wx' }) }, { code: 'EEXIST' }) },
      remove: (vfs) => { assert.throws(() => { vfs.rmdirSync('/d') }, { code: 'ENOTEMPTY' }) },
      replace: (vfs) => { vfs.mkdirSync('/e'); assert.throws(() => { vfs.renameSync('/e', '/d') }, { code: 'ENOTEMPTY' }) },
      list: (vfs) => { assert.deepEqual(vfs.readdirSync('/', { recursive: true }), ['d', 'd/a']) },
      missing: (vfs) => { assert.equal(vfs.existsSync('/d/nothing'), false) }
    }
    for (const [name, way] of Object.entries(ways)) {
      const provider = new MemoryProvider()
      const vfs = create(provider)
      provider.setPopulateCallback('/d', (scope) => { scope.addFile('a', 'A') })
      way(vfs)
      assert.equal(vfs.readFileSync('/d/a', 'utf8'), 'A', name)
    }
  })

  test('a failure reaches who asked and leaves nothing half filled', () => {
    const provider = MemoryProvider.fromJSON({ 'd/old': 'old' })
    const vfs = create(provider)
    let fails = true
    provider.setPopulateCallback('/d', (scope) => {
      scope.addFile('a', 'A')
      if (fails) throw new RangeError('not yet')
    })
    assert.throws(() => vfs.readdirSync('/d'), RangeError)
    fails = false
    assert.deepEqual(vfs.readdirSync('/d'), ['a', 'old'])
    provider.setPopulateCallback('/bad', (scope) => { scope.addFile('a/b', '') })
    assert.throws(() => vfs.readdirSync('/bad'), { code: 'ERR_INVALID_ARG_VALUE' })
    provider.setPopulateCallback('/later', (async () => {}) as never)
    assert.throws(() => vfs.readdirSync('/later'), { code: 'ERR_INVALID_STATE' })
  })

  test('serve modules and mounted paths', () => {
    const provider = new MemoryProvider()
    provider.setPopulateCallback('/node_modules/lazy', (scope) => { scope.addFile('index.js', () => 'module.exports = 42') })
    provider.fromJSON({ 'main.js': "module.exports = require('lazy')" })
    const vfs = create(provider).mount('/fsmount-lazy')
    try {
      assert.equal(require('/fsmount-lazy/main.js'), 42)
    } finally {
      vfs.unmount()
    }
  })
})

describe('snapshots', () => {
  test('everything comes back: contents, names, attributes, links', () => {
    const provider = MemoryProvider.fromJSON({ 'd/a': 'a'.repeat(1000), 'd/small': 'small', 'd/cut': '0123456789' })
    const vfs = create(provider)
    vfs.linkSync('/d/a', '/hard')
    vfs.symlinkSync('d/a', '/soft')
    vfs.utimesSync('/d/a', 1, 1.000001)
    const attributes = (): unknown[] => ['/', '/d', '/d/a', '/hard', '/soft', '/d/small'].map((path) => {
      const { ino, mode, nlink, size, mtimeNs } = vfs.lstatSync(path, { bigint: true })
      return [path, ino, mode, nlink, size, mtimeNs]
    })
    const [tree, attrs] = [provider.toJSON(), attributes()]
    const snapshot = provider.snapshot()
    const damage: (() => void)[] = [
      () => { vfs.appendFileSync('/hard', 'more') },
      () => { vfs.writeSync(vfs.openSync('/d/a', 'r+'), 'X', 500) },
      () => { vfs.writeFileSync('/d/small', 'other') },
      () => { vfs.writeFileSync('/d/small', 'x') },
      () => { vfs.writeSync(vfs.openSync('/d/small', 'r+'), 'XX', 0) },
      () => { vfs.truncateSync('/d/cut', 4); vfs.truncateSync('/d/cut', 8) },
      () => { vfs.truncateSync('/d/cut'); vfs.appendFileSync('/d/cut', 'after') },
      () => { vfs.chmodSync('/d/a', 0) },
      () => { vfs.rmSync('/d', { recursive: true }) },
      () => { vfs.renameSync('/d', '/e'); vfs.writeFileSync('/new', '') }
    ]
    for (const damaging of damage) {
      damaging()
      assert.notDeepEqual([provider.toJSON(), attributes0(attributes)], [tree, attrs], String(damaging))
      provider.restore(snapshot)
      assert.deepEqual(provider.toJSON(), tree, String(damaging))
      assert.deepEqual(attributes(), attrs, String(damaging))
    }
  })

  const attributes0 = (attributes: () => unknown[]): unknown => {
    try {
      return attributes()
    } catch (error) {
      return error
    }
  }

  test('share contents until written', () => {
    const provider = MemoryProvider.fromJSON({ big: Buffer.alloc(50_000_000, 1) })
    const before = process.memoryUsage().arrayBuffers
    const all = Array.from({ length: 10 }, () => provider.snapshot())
    provider.restore(all[3]!)
    assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000)
    assert.equal(create(provider).statSync('/big').size, 50_000_000)
  })

  test('an open file goes on as if removed, and the bounds stay right', () => {
    const provider = new MemoryProvider({ maxBytes: 10, maxFiles: 3 })
    const vfs = create(provider)
    vfs.writeFileSync('/a', 'first')
    const snapshot = provider.snapshot()
    const fd = vfs.openSync('/a', 'r+')
    vfs.writeSync(fd, 'FIRST', 0)
    provider.restore(snapshot)
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'first')
    assert.equal(vfs.fstatSync(fd).nlink, 0)
    const into = Buffer.alloc(5)
    vfs.readSync(fd, into, 0, 5, 0)
    assert.equal(into.toString(), 'FIRST')
    assert.throws(() => { vfs.writeFileSync('/b', '') }, full)
    vfs.closeSync(fd)
    vfs.writeFileSync('/b', '12345')
    assert.throws(() => { vfs.appendFileSync('/b', '6') }, full)
  })

  test('tell watchers of folders what vanished and what came', async () => {
    const provider = new MemoryProvider()
    const vfs = create(provider)
    vfs.writeFileSync('/d/old', '')
    const snapshot = provider.snapshot()
    vfs.rmSync('/d', { recursive: true })
    vfs.writeFileSync('/e/new', '')
    const heard: string[] = []
    const watchers = (['/', '/e'] as const).map((path) => vfs.watch(path, (event, name) => { heard.push(`${path} ${event} ${name}`) }))
    const deep = vfs.watch('/', { recursive: true }, (event, name) => { heard.push(`all ${event} ${name}`) })
    provider.restore(snapshot)
    for (let i = 0; i < 50 && !heard.includes('all rename d/old'); i++) await new Promise((resolve) => { setTimeout(resolve, 20) })
    for (const watcher of [...watchers, deep]) watcher.close()
    for (const line of ['/ rename e', '/ rename d', '/e rename new', '/e rename e', 'all rename e', 'all rename d']) assert.ok(heard.includes(line), `${line}: ${heard.join(', ')}`)
    assert.deepEqual(vfs.readdirSync('/', { recursive: true }), ['d', 'd/old'])
  })
  test('are restored elsewhere too, with what waits still waiting', () => {
    const provider = MemoryProvider.fromJSON({ a: 'A' })
    let made = 0
    provider.setContentProvider('/lazy', () => `${++made}`)
    provider.setPopulateCallback('/dir', (scope) => { scope.addFile('f', `${++made}`) })
    const snapshot = provider.snapshot()
    assert.equal(made, 0)
    const fork = new MemoryProvider({ maxBytes: 4 })
    fork.restore(snapshot)
    create(fork).appendFileSync('/a', 'B')
    assert.deepEqual(fork.toJSON(), { '/a': 'AB', '/dir/f': '1', '/lazy': '2' })
    assert.deepEqual(provider.toJSON(), { '/a': 'A', '/dir/f': '3', '/lazy': '4' })
    assert.throws(() => { create(fork).appendFileSync('/a', 'x') }, full)
    assert.throws(() => { fork.restore({} as never) }, { code: 'ERR_INVALID_ARG_TYPE' })
  })
})
