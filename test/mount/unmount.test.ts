// What mounting puts in place and unmounting takes away: functions, events, open files, the working folder.
import assert from 'node:assert/strict'
import fs, * as view from 'node:fs'
import promises, * as promisesView from 'node:fs/promises'
import { AsyncLocalStorage } from 'node:async_hooks'
import { spawnSync } from 'node:child_process'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { create } from '../../lib/index.ts'

type Functions = Record<string, unknown>

/** Every function of an object, to be compared by identity. */
const functionsOf = (holder: object): Functions => Object.fromEntries(Object.getOwnPropertyNames(holder).flatMap((name) => {
  const { value } = Object.getOwnPropertyDescriptor(holder, name)!
  return typeof value === 'function' ? [[name, value]] : []
}))

const changed = (before: Functions, holder: object): string[] => Object.keys(before).filter((name) => (holder as Functions)[name] !== before[name])

const globals = (): unknown[] => [process.cwd, process.chdir, process.umask, process.setuid, globalThis.fetch]

/** A second copy of the package, with nothing in common but the process. */
function secondCopy (): typeof import('../../lib/index.ts') {
  const require = createRequire(__filename)
  const path = require.resolve('../../lib/index.js')
  const root = dirname(dirname(path))
  const kept = new Map(Object.entries(require.cache).filter(([key]) => key.startsWith(root) && !key.includes('/test/')))
  for (const key of kept.keys()) delete require.cache[key]
  const copy = require(path) as typeof import('../../lib/index.ts')
  for (const key of Object.keys(require.cache)) if (key.startsWith(root) && !key.includes('/test/')) delete require.cache[key]
  for (const [key, module] of kept) require.cache[key] = module
  return copy
}

test('every function is the very same again, and the views of ES modules too', () => {
  const [sync, later] = [functionsOf(fs), functionsOf(promises)]
  const before = globals()
  const vfs = create({ virtualCwd: true })
  vfs.mount('/fsmount-u1')
  assert.ok(changed(sync, fs).length > 80, 'the functions are patched while mounted')
  for (const [name, theirs] of Object.entries(sync)) {
    const ours = (fs as unknown as Functions)[name] as Function
    assert.equal(ours.name, (theirs as Function).name)
    assert.equal(ours.length, (theirs as Function).length, name)
  }
  assert.equal(view.statSync, fs.statSync)
  assert.equal(promisesView.readFile, promises.readFile)
  vfs.unmount()
  assert.deepEqual(changed(sync, fs), [])
  assert.deepEqual(changed(later, promises), [])
  assert.deepEqual(globals(), before)
  for (const name of Object.keys(sync)) assert.equal((view as unknown as Functions)[name], sync[name], name)
  for (const name of Object.keys(later)) assert.equal((promisesView as unknown as Functions)[name], later[name], name)
})

test('classes of streams are Node\'s but for what they are given, and Node\'s own again after the unmount', async () => {
  const theirs = Object.getOwnPropertyDescriptor(fs, 'WriteStream')!
  type Class = new (path: unknown) => fs.WriteStream
  const classes = fs as unknown as Record<'WriteStream' | 'FileWriteStream', Class>
  const Native = classes.WriteStream
  const ended = (stream: fs.WriteStream): Promise<void> => new Promise((resolve) => { stream.end('x', () => { resolve() }) })
  const vfs = create().mount('/fsmount-u9')
  try {
    assert.equal(classes.WriteStream, classes.FileWriteStream)
    assert.equal(fs.WriteStream.prototype, Native.prototype)
    assert.deepEqual([fs.WriteStream.name, fs.WriteStream.length], [Native.name, Native.length])
    for (const stream of [new classes.WriteStream('/fsmount-u9/a'), fs.createWriteStream('/fsmount-u9/b'), new Native('/fsmount-u9/c')]) {
      assert.ok(stream instanceof fs.WriteStream && stream instanceof Native)
      await ended(stream)
    }
    class Own extends classes.WriteStream { own = true }
    const own = new Own('/fsmount-u9/d')
    assert.ok(own instanceof Own && own.own && own instanceof Native)
    await ended(own)
    assert.deepEqual(vfs.readdirSync('/fsmount-u9'), ['a', 'b', 'c', 'd'])
    assert.throws(() => new classes.WriteStream({}), { code: 'ERR_INVALID_ARG_TYPE' })
    const Other = class {}
    classes.WriteStream = Other as never
    assert.ok(fs.WriteStream.prototype === Other.prototype, 'set as on Node\'s')
    classes.WriteStream = Native
  } finally {
    vfs.unmount()
  }
  assert.deepEqual(Object.getOwnPropertyDescriptor(fs, 'WriteStream'), theirs)
  assert.equal(fs.WriteStream, Native)
})

test('two copies share one set of dispatchers, in every order', () => {
  const other = secondCopy()
  assert.notEqual(other.create, create)
  const sync = functionsOf(fs)
  for (const order of [[0, 1], [1, 0]]) {
    for (const copies of [[create, other.create], [other.create, create]]) {
      const made = copies.map((make, i) => {
        const vfs = make()
        vfs.writeFileSync('/f', String(i))
        return vfs.mount(`/fsmount-u2-${i}`)
      })
      assert.equal(fs.readFileSync('/fsmount-u2-0/f', 'utf8') + fs.readFileSync('/fsmount-u2-1/f', 'utf8'), '01')
      const fds = [0, 1].map((i) => fs.openSync(`/fsmount-u2-${i}/f`, 'r'))
      assert.equal(new Set(fds).size, 2)
      fds.forEach((fd) => { fs.closeSync(fd) })
      for (const i of order) {
        made[i]!.unmount()
        assert.equal(fs.existsSync(`/fsmount-u2-${i}/f`), false)
      }
      assert.deepEqual(changed(sync, fs), [])
    }
  }
  const provider = new other.MemoryProvider()
  const vfs = create(provider as never)
  vfs.writeFileSync('/x', 'a provider of another copy')
  assert.equal(vfs.readFileSync('/x', 'utf8'), 'a provider of another copy')
})

test('folders that lead to mount points of two copies vanish with the last of them, in every order', () => {
  const other = secondCopy()
  const sync = functionsOf(fs)
  for (const places of [['/fsmount-u4/x/y', '/fsmount-u4/x'], ['/fsmount-u4/x', '/fsmount-u4/x/y/z'], ['/fsmount-u4/a/b', '/fsmount-u4/c/d']]) {
    for (const [first, second] of [[0, 1], [1, 0]] as const) {
      for (const last of [first, second]) {
        const made = [create(), other.create()]
        made[first]!.mount(places[first]!)
        made[second]!.mount(places[second]!)
        made[1 - last]!.unmount()
        assert.ok(fs.existsSync(places[last]!))
        made[last]!.unmount()
        assert.equal(fs.existsSync('/fsmount-u4'), false)
        assert.deepEqual(changed(sync, fs), [])
      }
    }
  }
})

test('another library that patches fs: before, between and after', () => {
  const sync = functionsOf(fs)
  const original = fs.statSync
  const calls: string[] = []
  const wrap = (label: string): () => void => {
    const theirs = fs.readFileSync
    const ours = function (this: unknown, ...args: unknown[]): unknown {
      calls.push(label)
      return (theirs as Function).apply(this, args)
    }
    fs.readFileSync = ours as typeof fs.readFileSync
    syncBuiltinESMExports()
    return () => {
      fs.readFileSync = theirs
      syncBuiltinESMExports()
    }
  }
  const unwrapBefore = wrap('before')
  const vfs = create()
  vfs.writeFileSync('/f', 'x')
  vfs.mount('/fsmount-u3')
  assert.ok(fs.readFileSync(__filename, 'utf8').length > 0)
  assert.deepEqual(calls, ['before'], 'real paths go to what stood there')
  assert.equal(fs.readFileSync('/fsmount-u3/f', 'utf8'), 'x')
  const unwrapAfter = wrap('after')
  calls.length = 0
  assert.equal(fs.readFileSync('/fsmount-u3/f', 'utf8'), 'x')
  assert.deepEqual(calls, ['after'])
  vfs.unmount()
  calls.length = 0
  assert.ok(fs.readFileSync(__filename, 'utf8').length > 0)
  assert.deepEqual(calls, ['after', 'before'], 'a wrapper around ours is left alone and keeps working')
  vfs.mount('/fsmount-u3')
  assert.equal(fs.readFileSync('/fsmount-u3/f', 'utf8'), 'x')
  vfs.unmount()
  unwrapAfter()
  unwrapBefore()
  assert.deepEqual(changed(sync, fs), [])
  assert.equal(fs.statSync, original)
})

test('a kept dispatcher passes through while nothing is mounted, and serves again', () => {
  const vfs = create()
  vfs.writeFileSync('/f', 'x')
  vfs.mount('/fsmount-u4')
  const { readFileSync, existsSync } = fs
  vfs.unmount()
  assert.equal(existsSync('/fsmount-u4/f'), false)
  assert.ok(readFileSync(__filename).length > 0)
  vfs.mount('/fsmount-u4')
  assert.equal(readFileSync('/fsmount-u4/f', 'utf8'), 'x')
  vfs.unmount()
})

test('open files, handles and streams outlive the mount', async () => {
  const sync = functionsOf(fs)
  const vfs = create()
  const text = 'x'.repeat(300_000)
  vfs.writeFileSync('/f', text)
  vfs.mount('/fsmount-u5')
  const fd = fs.openSync('/fsmount-u5/f', 'r+')
  const handle = await fs.promises.open('/fsmount-u5/f')
  const stream = fs.createReadStream('/fsmount-u5/f', 'utf8')
  await new Promise((resolve) => { stream.once('open', resolve) })
  vfs.unmount()
  assert.equal(fs.existsSync('/fsmount-u5/f'), false)
  let read = ''
  for await (const chunk of stream) read += chunk as string
  assert.equal(read, text)
  assert.equal((await handle.stat()).size, text.length)
  assert.equal(fs.writeSync(fd, 'y'), 1)
  assert.equal((await handle.readFile('utf8')).slice(0, 2), 'yx')
  await handle.close()
  assert.ok(changed(sync, fs).length > 0, 'a descriptor is still open')
  fs.closeSync(fd)
  assert.deepEqual(changed(sync, fs), [], 'the last close gives the functions back')
})

test('events tell what is mounted, and a throwing listener changes nothing', () => {
  const seen: unknown[] = []
  const listen = (info: unknown): void => { seen.push(info) }
  const emitter = process as NodeJS.EventEmitter
  emitter.on('vfs-mount', listen)
  emitter.on('vfs-unmount', listen)
  const vfs = create({ overlay: true })
  vfs.mount('/fsmount-u6')
  vfs.unmount()
  const event = { mountPoint: '/fsmount-u6', overlay: true, readonly: false }
  assert.deepEqual(seen, [event, event])
  const fail = (): void => { throw new Error('listener') }
  emitter.on('vfs-mount', fail)
  emitter.on('vfs-unmount', fail)
  assert.throws(() => vfs.mount('/fsmount-u6'), /listener/)
  assert.equal(vfs.mounted, true)
  vfs.writeFileSync('/fsmount-u6/f', 'x')
  assert.equal(fs.readFileSync('/fsmount-u6/f', 'utf8'), 'x')
  assert.throws(() => vfs.unmount(), /listener/)
  assert.equal(vfs.mounted, false)
  assert.equal(fs.existsSync('/fsmount-u6/f'), false)
  for (const name of ['vfs-mount', 'vfs-unmount']) emitter.removeListener(name, listen).removeListener(name, fail)
})

test('the working folder can be in a mount, and comes back', () => {
  const real = process.cwd()
  const { spawnSync: original } = createRequire(__filename)('node:child_process') as typeof import('node:child_process')
  const vfs = create({ virtualCwd: true })
  vfs.mkdirSync('/d/e', { recursive: true })
  vfs.writeFileSync('/d/f', 'x')
  vfs.symlinkSync('d', '/l')
  vfs.mount('/fsmount-u7')
  process.chdir('/fsmount-u7/l')
  assert.equal(process.cwd(), '/fsmount-u7/d')
  assert.equal(fs.readFileSync('f', 'utf8'), 'x')
  fs.writeFileSync('./e/../g', 'y')
  assert.equal(fs.readFileSync('/fsmount-u7/d/g', 'utf8'), 'y')
  assert.deepEqual(fs.readdirSync('.'), ['e', 'f', 'g'])
  assert.equal(fs.realpathSync('.'), '/fsmount-u7/d')
  process.chdir('e')
  assert.equal(process.cwd(), '/fsmount-u7/d/e')
  assert.equal(fs.readFileSync('../f', 'utf8'), 'x')
  assert.equal(fs.existsSync('../../../etc/passwd'), true)
  assert.ok(fs.statSync('../../../etc/passwd').isFile())
  assert.throws(() => { process.chdir('nothing') }, { code: 'ENOENT', syscall: 'chdir', message: "ENOENT: no such file or directory, chdir '/fsmount-u7/d/e' -> 'nothing'" })
  fs.renameSync('/fsmount-u7/d/e', '/fsmount-u7/d/h')
  assert.equal(process.cwd(), '/fsmount-u7/d/e')
  assert.equal((spawnSync(process.execPath, ['-e', '0']).error as NodeJS.ErrnoException).code, 'ENOENT')
  process.chdir('/fsmount-u7/d')
  assert.equal(spawnSync(process.execPath, ['-p', 'process.cwd() + fs.readdirSync(".")'], { encoding: 'utf8' }).stdout, '/fsmount-u7/df,g,h\n')
  assert.equal(spawnSync(process.execPath, ['-p', 'process.cwd()'], { cwd: '/tmp', encoding: 'utf8' }).stdout.trim(), '/tmp')
  process.chdir('/tmp')
  assert.equal(process.cwd(), '/tmp')
  process.chdir('/fsmount-u7')
  vfs.unmount()
  assert.equal(process.cwd(), '/tmp')
  assert.equal(spawnSync, original)
  process.chdir(real)
})

test('process.loadEnvFile reads from a mount', () => {
  const theirs = process.loadEnvFile
  const vfs = create()
  vfs.writeFileSync('/.env', 'FSMOUNT_TEST_A=one\nFSMOUNT_TEST_B="two words"\n')
  vfs.mount('/fsmount-u9')
  process.env.FSMOUNT_TEST_B = 'kept'
  process.loadEnvFile('/fsmount-u9/.env')
  assert.deepEqual([process.env.FSMOUNT_TEST_A, process.env.FSMOUNT_TEST_B], ['one', 'kept'])
  assert.throws(() => { process.loadEnvFile('/fsmount-u9/nothing') }, { code: 'ENOENT', syscall: 'open', message: "ENOENT: no such file or directory, open '/fsmount-u9/nothing'" })
  assert.throws(() => { process.loadEnvFile('/nothing/.env') }, { code: 'ENOENT' })
  vfs.unmount()
  assert.equal(process.loadEnvFile, theirs)
  delete process.env.FSMOUNT_TEST_A
  delete process.env.FSMOUNT_TEST_B
})

test('util.promisify, async contexts, timers and throwing callbacks', async () => {
  const vfs = create()
  vfs.writeFileSync('/f', 'x')
  vfs.mount('/fsmount-u8')
  assert.equal(await promisify(fs.readFile)('/fsmount-u8/f', 'utf8'), 'x')
  assert.equal(await promisify(fs.exists)('/fsmount-u8/f'), true)
  const fd = await promisify(fs.open)('/fsmount-u8/f', 'r')
  const result = await (promisify(fs.read) as unknown as (fd: number, buffer: Buffer, offset: number, length: number, position: number) => Promise<{ bytesRead: number, buffer: Buffer }>)(fd, Buffer.alloc(4), 0, 4, 0)
  assert.equal(result.bytesRead, 1)
  assert.equal(result.buffer.length, 4)
  fs.closeSync(fd)

  const storage = new AsyncLocalStorage<number>()
  const stores = await Promise.all(Array.from({ length: 20 }, (_, i) => storage.run(i, () => new Promise((resolve) => {
    fs.stat('/fsmount-u8/f', () => { resolve(storage.getStore()) })
  }))))
  assert.deepEqual(stores, Array.from({ length: 20 }, (_, i) => i))

  let turns = 0
  let fired = false
  setTimeout(() => { fired = true }, 5)
  const until = Date.now() + 2000
  while (!fired && Date.now() < until) {
    await fs.promises.stat('/fsmount-u8/f')
    turns++
  }
  assert.ok(fired, `a timer fired during ${turns} awaited calls`)

  let order = ''
  fs.stat('/fsmount-u8/f', () => { order += 'called ' })
  order += 'returned '
  await new Promise((resolve) => { setTimeout(resolve, 10) })
  assert.equal(order, 'returned called ')

  // The test runner's own listener must not see the error that is expected here.
  const listeners = process.rawListeners('uncaughtException') as ((error: Error) => void)[]
  process.removeAllListeners('uncaughtException')
  const caught = new Promise((resolve) => { process.once('uncaughtException', resolve) })
  const survived = new Promise((resolve) => {
    fs.stat('/fsmount-u8/f', () => { throw new Error('mine') })
    fs.stat('/fsmount-u8/f', resolve)
  })
  assert.match(String(await caught), /mine/)
  await survived
  for (const listener of listeners) process.on('uncaughtException', listener)
  vfs.unmount()
})

test('loading changes no global and prints nothing', () => {
  const program = `
    const fs = require('node:fs'); const keys = (o) => Reflect.ownKeys(o).map(String).join()
    const before = [keys(globalThis), keys(process), keys(fs), ...Object.keys(fs).filter((k) => !/^[FRWX]_OK$/.test(k)).map((k) => fs[k])]
    require(${JSON.stringify(join(__dirname, '..', '..', 'lib', 'index.js'))})
    const after = [keys(globalThis), keys(process), keys(fs), ...Object.keys(fs).filter((k) => !/^[FRWX]_OK$/.test(k)).map((k) => fs[k])]
    console.log(before.every((x, i) => x === after[i]), process.moduleLoadList.some((m) => /sqlite|sea$/.test(m)), Object.keys(require.cache).some((k) => k.includes('better-sqlite3')))`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(stdout.trim(), 'true false false')
})
