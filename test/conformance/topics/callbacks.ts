// What surrounds a call: util.promisify, the caller's async context, turns of the event loop, what functions look like.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import nodeFs from 'node:fs'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { callback, needs, promise, sync } from '../cases.ts'
import type { Topic } from '../cases.ts'

type Functions = Record<string, ((...args: unknown[]) => unknown) | undefined>
/** A callback form, as util.promisify takes it. */
type Later = (...args: unknown[]) => void
type Promised = (...args: unknown[]) => Promise<unknown>

const MAJOR = Number.parseInt(process.versions.node, 10)

/** Which function a call calls back, by its number; what it throws at once, or where nobody catches it; or, `patience` milliseconds later, 'nothing'. */
function calledOf (call: (functions: ReadonlyArray<() => void>) => unknown, patience = 20_000): Promise<unknown> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => { over('nothing') }, patience)
    const over = (what: unknown): void => {
      clearTimeout(timer)
      process.setUncaughtExceptionCaptureCallback(null)
      resolve(what)
    }
    process.setUncaughtExceptionCaptureCallback((error) => { over(`uncaught ${(error as Error).message}`) })
    try {
      call([0, 1].map((number) => () => { over(number) }))
    } catch (error) {
      over((error as { code?: string }).code === 'ERR_INVALID_ARG_TYPE' ? (error as Error).message : (error as { code?: string }).code)
    }
  })
}

/** What Node says of something in the place of a callback. */
const noCallback = (received: string): string => `The "cb" argument must be of type function. Received ${received}`

export const callbacks: Topic = {
  'promisify reads and writes': callback(async ({ fs, at }) => {
    const fd = await promisify(fs.open)(at('f'), 'w+') as unknown as number
    const text = Buffer.from('abcdef')
    assert.deepEqual(await promisify(fs.write)(fd, text), { bytesWritten: 6, buffer: text })
    assert.deepEqual(await promisify(fs.write)(fd, 'gh' as never), { bytesWritten: 2, buffer: 'gh' })
    assert.deepEqual(await promisify(fs.writev)(fd, [text], 8), { bytesWritten: 6, buffer: [text] })   // sic
    assert.deepEqual(await promisify(fs.read)(fd, Buffer.alloc(2), 0, 2, 0), { bytesRead: 2, buffer: Buffer.from('ab') })
    assert.deepEqual(await promisify(fs.readv)(fd, [Buffer.alloc(2)], 2), { bytesRead: 2, buffers: [Buffer.from('cd')] })
    assert.equal(await promisify(fs.fstat)(fd).then(stats => stats.size), 14)
    assert.equal(await promisify(fs.ftruncate)(fd, 3), undefined)
    assert.equal(await promisify(fs.close)(fd), undefined)
    assert.equal(await promisify(fs.readFile)(at('f'), 'utf8'), 'abc')
  }),
  'promisify the rest': callback(async ({ fs, at }) => {
    assert.equal(await promisify(fs.exists)(at('f')), false)
    if (promisify.custom in fs.exists) assert.equal(promisify(fs.exists).name, 'exists')
    assert.equal(await (promisify(fs.exists) as unknown as (...args: unknown[]) => Promise<boolean>)(at('f'), null), false)
    assert.equal(await promisify(fs.mkdir)(at('d')), undefined)
    assert.equal(await promisify(fs.mkdir)(at('d/e/g'), { recursive: true }), at('d/e'))
    assert.equal(await promisify(fs.writeFile)(at('d/f'), 'abc'), undefined)
    assert.equal(await promisify(fs.exists)(at('d/f')), true)
    assert.deepEqual(await promisify(fs.readdir)(at('d')), ['e', 'f'])
    assert.equal(await promisify(fs.realpath)(at('d')), at('d'))
    assert.equal(await promisify(fs.realpath.native)(at('d')), at('d'))
    const dir = await promisify(fs.opendir)(at('d'))
    assert.equal(dir.path, at('d'))
    await dir.close()
    await assert.rejects(promisify(fs.stat)(at('missing')), { code: 'ENOENT', path: at('missing') })
    assert.equal(await promisify(fs.rm)(at('d'), { recursive: true }), undefined)
  }),
  'promisify glob': needs('glob', callback(async ({ fs, at }) => {
    await fs.promises.writeFile(at('a.js'), '')
    assert.deepEqual(await promisify(fs.glob as unknown as (pattern: string, options: object, done: (error: null, found: string[]) => void) => void)('*.js', { cwd: at() }), ['a.js'])
  })),
  'keeps the context of its caller': callback(async ({ fs, at }) => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    await Promise.all(['one', 'two', 'three'].map(async (name) => {
      await storage.run(name, async () => {
        const run = async (method: string, ...args: unknown[]): Promise<void> => {
          await new Promise<void>((resolve) => {
            (fs as unknown as Functions)[method]!(...args, () => {
              seen.push(storage.getStore() === name ? undefined : `${method} of ${name} in ${String(storage.getStore())}`)
              resolve()
            })
          })
        }
        await run('writeFile', at(name), name)
        await run('stat', at(name))
        await run('mkdir', at(`${name}.d/e`), { recursive: true })
        await run('readdir', at(), { recursive: true })
        await run('cp', at(`${name}.d`), at(`${name}.c`), { recursive: true })
        await run('rm', at(`${name}.d`), { recursive: true })
        await run('exists', at(name))
        await run('realpath', at(name))
        await run('stat', at('missing'))
      })
    }))
    assert.equal(seen.length, 27)
    assert.deepEqual(seen.filter(text => text !== undefined), [])
  }),
  'keeps the context of a stream': callback(async ({ fs, at }) => {
    const storage = new AsyncLocalStorage<string>()
    await fs.promises.writeFile(at('f'), 'abc')
    const seen = await storage.run('stream', async () => await new Promise((resolve) => {
      fs.createReadStream(at('f')).on('data', () => { resolve(storage.getStore()) })
    }))
    assert.equal(seen, 'stream')
  }),
  'keeps the context behind a promise': promise(async ({ fs, at }) => {
    const storage = new AsyncLocalStorage<number>()
    await Promise.all([1, 2, 3].map(async (number) => {
      await storage.run(number, async () => {
        await fs.promises.writeFile(at(`f${number}`), 'x')
        assert.equal(storage.getStore(), number)
        const handle = await fs.promises.open(at(`f${number}`))
        await handle.read(Buffer.alloc(1))
        assert.equal(storage.getStore(), number)
        await handle.close()
        await fs.promises.rm(at(`f${number}`))
        assert.equal(storage.getStore(), number)
      })
    }))
  }),
  'lets timers run between promises': promise(async ({ fs, at }) => {
    await fs.promises.writeFile(at('f'), 'x')
    let fired = false
    setTimeout(() => { fired = true }, 5)
    const end = Date.now() + 2000
    while (!fired && Date.now() < end) await fs.promises.readFile(at('f'))
    assert.ok(fired)
  }),
  'gives a promise its result in a later turn': promise(async ({ fs, at }) => {
    await fs.promises.writeFile(at('f'), 'x')
    for (let i = 0; i < 300; i++) {
      let turns = 0
      setImmediate(() => { turns++ })
      await fs.promises.readFile(at('f'))
      assert.equal(turns, 1)
    }
  }),
  'lets other work go on during a long run of promises': promise(async ({ fs, at }) => {
    await fs.promises.writeFile(at('f'), 'x')
    let turns = 0
    let over = false
    const count = (): void => {
      turns++
      if (!over) setImmediate(count)
    }
    count()
    for (let i = 0; i < 300; i++) await fs.promises.readFile(at('f'))
    over = true
    assert.ok(turns >= 300, `${turns} turns`)
  }),
  'answers in a later turn': callback(async ({ fs, at }) => {
    await fs.promises.writeFile(at('f'), 'x')
    for (const [method, ...args] of [['stat', at('f')], ['stat', at('missing')], ['readFile', at('f')], ['exists', at('f')], ['readdir', at()], ['access', at('f')], ['realpath', at('f')]] as const) {
      let turns = 0
      await new Promise<void>((resolve) => {
        queueMicrotask(() => { turns++ })
        ;(fs as unknown as Functions)[method]!(...args, () => { resolve() })
      })
      assert.equal(turns, 1, method)
    }
  }),
  'has functions that look like Node\'s': sync(({ fs }) => {
    const symbols = (made: object): string[] => Object.getOwnPropertySymbols(made).map(String).sort()
    const names = Object.keys(nodeFs).filter(name => /^[a-z]/.test(name) && typeof (nodeFs as unknown as Functions)[name] === 'function' && (fs as unknown as Functions)[name] !== undefined)
    assert.ok(names.length > 80)
    for (const name of names) {
      const theirs = (nodeFs as unknown as Functions)[name]!
      const ours = (fs as unknown as Functions)[name]!
      assert.equal(ours.name, theirs.name)
      assert.equal(ours.length, theirs.length, name)
      assert.deepEqual(symbols(ours), symbols(theirs), name)
    }
    for (const name of Object.keys(nodeFs.promises)) {
      const theirs = (nodeFs.promises as unknown as Functions)[name]!
      const ours = (fs.promises as unknown as Functions)[name]
      if (typeof theirs === 'function' && ours !== undefined) assert.deepEqual([ours.name, ours.length], [theirs.name, theirs.length])
    }
  }),
  'takes for the callback of symlink what Node takes': callback(async ({ fs, at }) => {
    const symlink = fs.symlink as unknown as Later
    const last = MAJOR < 24
    for (const [number, [call, before, from]] of ([
      [([one]) => [one, undefined], noCallback('undefined'), 0],
      [([one]) => ['file', one, undefined], noCallback('undefined'), 0],
      [([one]) => ['file', one, {}], noCallback('an instance of Object'), 0],
      [([one]) => ['file', undefined, one], 0, noCallback("type string ('file')")],
      [([one]) => [undefined, undefined, one], 0, noCallback('undefined')],
      [([one, two]) => [one, two], 1, 'ERR_INVALID_ARG_VALUE'],
      [([one, two]) => ['file', one, two], 1, 0],
      [() => ['file', null], noCallback('null'), 'nothing'],
      [([one]) => ['file', {}, one], 0, 'nothing'],
      [() => ['file'], noCallback("type string ('file')"), noCallback("type string ('file')")]
    ] as ReadonlyArray<[(functions: readonly unknown[]) => unknown[], unknown, unknown]>).entries()) {
      const path = at(`l${number}`)
      const expected = last ? before : from
      assert.equal(await calledOf((functions) => { symlink('to', path, ...call(functions)) }, expected === 'nothing' ? 100 : undefined), expected, path)
      assert.equal(fs.existsSync(path) || fs.readdirSync(at()).includes(`l${number}`), expected === 'nothing' || typeof expected === 'number', path)
    }
    assert.deepEqual(await (promisify(symlink) as Promised)('to', at('p'), 'file', undefined).catch((error: Error) => error.message), last ? undefined : noCallback("type string ('file')"))
  }),
  'names the path that symlink takes for its callback as it was given': callback(async ({ fs, at }) => {
    const symlink = fs.symlink as unknown as Later
    for (const [path, text] of [[`${at().slice(0, 8)}/a`, `type string ('${at().slice(0, 8)}/a')`], [at('a'.repeat(30)), `type string ('${at('a'.repeat(30)).slice(0, 25)}...')`], [Buffer.from(at('a')), 'an instance of Buffer'], [pathToFileURL(at('a')), 'an instance of URL']] as const) {
      assert.equal(await calledOf(() => { symlink('to', path) }), noCallback(MAJOR < 24 ? text : 'undefined'))
    }
    assert.deepEqual(fs.readdirSync(at()), [])
  }),
  'rm takes anything for its callback, and finds out when it is over': callback(async ({ fs, at }) => {
    const rm = fs.rm as unknown as Later
    for (const [expected, call] of [
      ['uncaught callback is not a function', () => [{ recursive: true }, 'x']], ['uncaught callback is not a function', () => [{ recursive: true }]],
      ['uncaught callback is not a function', ([one]) => [{ recursive: true }, undefined, one]], ['ERR_INVALID_ARG_TYPE', () => ['x']], [0, ([one, two]) => [{ recursive: true }, one, two]]
    ] as ReadonlyArray<[unknown, (functions: readonly unknown[]) => unknown[]]>) {
      fs.mkdirSync(at('d/e'), { recursive: true })
      const refused = expected === 'ERR_INVALID_ARG_TYPE'
      const found = await calledOf((functions) => { rm(at('d'), ...call(functions)) })
      assert.ok(refused ? String(found).startsWith('The "options" argument must be of type object') : found === expected, String(found))
      assert.equal(fs.existsSync(at('d')), refused)
    }
    fs.mkdirSync(at('d'), { recursive: true })
    assert.equal(await calledOf(([one]) => { rm(at('d'), one, 'x') }), 0)
    assert.equal(await (promisify(rm) as Promised)(at('d'), { recursive: true }), undefined)
    await assert.rejects((promisify(rm) as Promised)(at('d')), { code: 'ENOENT', path: at('d') })
  })
}
