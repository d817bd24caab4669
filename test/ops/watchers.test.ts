// Watchers as objects: errors, options, signals, iterators, what keeps the process, and what ends them.
import { strict as assert } from 'node:assert'
import { AsyncLocalStorage } from 'node:async_hooks'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { ignoring } from '../../lib/ops/watch/ignore.ts'
import { create, RealFSProvider, SqliteProvider, type Provider } from '../../lib/index.ts'
import { laterProvider } from '../conformance/later.ts'

const major = Number.parseInt(process.versions.node, 10)
const skip = process.platform === 'linux' ? false : 'the oracle is the Linux kernel'

/** A folder on the disk and one in a mount, each with a file `f` and a folder `d` in it. */
function both (t: TestContext): readonly [disk: string, mounted: string] {
  const disk = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-watchers-'))
  const vfs = create().mount('/fsmount-watchers')
  t.after(() => {
    vfs.unmount()
    fs.rmSync(disk, { recursive: true, force: true })
  })
  const roots = [disk, '/fsmount-watchers'] as const
  for (const root of roots) {
    fs.writeFileSync(`${root}/f`, 'x')
    fs.mkdirSync(`${root}/d`)
  }
  return roots
}

type Fields = Record<string, unknown>
const fields = (error: unknown, root: string): Fields => JSON.parse(JSON.stringify({ message: (error as Error).message, name: (error as Error).name, ...error as Fields }).replaceAll(root, '<root>')) as Fields

/** Waits until the system has told of all that happened so far: it tells of everything in one row. */
async function told (): Promise<void> {
  const bell = fs.mkdtempSync(join(tmpdir(), 'fsmount-bell-'))
  const ear = fs.watch(bell)
  const heard = once(ear, 'change')
  fs.mkdirSync(join(bell, 'ring'))
  await heard
  ear.close()
  fs.rmSync(bell, { recursive: true })
  for (let i = 0; i < 5; i++) await turn()
}

/** The events that a watcher emits while `act` runs and shortly after. */
async function events (watcher: fs.FSWatcher, act: () => void | Promise<void>): Promise<unknown[]> {
  const heard: unknown[] = []
  watcher.on('change', (event, name) => { heard.push([event, Buffer.isBuffer(name) ? `buffer ${name.toString()}` : name]) })
  watcher.on('close', () => { heard.push('closed') })
  await act()
  await told()
  watcher.close()
  await turn()
  return heard
}

test('errors are those of the disk, field by field', { skip }, async (t) => {
  const answers = []
  for (const root of both(t)) {
    fs.symlinkSync('ring', `${root}/ring`)
    const found = []
    for (const [path, options] of [['none', {}], ['f/x', {}], ['ring', {}], ['f/', {}], ['none', { recursive: true }], ['none', { throwIfNoEntry: false, persistent: false }], ['none/x', { encoding: 'buffer' }]] as const) {
      try {
        const watcher = fs.watch(`${root}/${path}`, options as object)
        found.push([path, 'no error'])
        watcher.close()
      } catch (error) {
        found.push([path, fields(error, root)])
      }
      try {
        for await (const _ of fs.promises.watch(`${root}/${path}`, { ...options as object, encoding: 'utf8', signal: AbortSignal.timeout(20) })) break
        found.push([path, 'no error'])
      } catch (error) {
        const { name, message } = error as Error
        found.push([path, name === 'AbortError' ? [name, message] : fields(error, root)])
      }
    }
    answers.push(found)
  }
  assert.deepEqual(answers[1], answers[0])
})

test('the classes are Node\'s own', { skip }, (t) => {
  const [disk, mounted] = both(t)
  const [theirs, ours] = [disk, mounted].map((root) => [fs.watch(root), fs.watchFile(`${root}/f`, () => {})] as const)
  for (const at of [0, 1] as const) {
    const Theirs = theirs![at].constructor
    assert.ok(ours![at] instanceof Theirs)
    assert.equal(ours![at].constructor, Theirs)
    assert.deepEqual(ours![at].eventNames(), theirs![at].eventNames())
    assert.equal(ours![at].ref(), ours![at])
    assert.equal(ours![at].unref(), ours![at])
  }
  for (const root of [disk, mounted]) fs.unwatchFile(`${root}/f`)
  for (const [watcher] of [theirs!, ours!]) {
    watcher.close()
    watcher.close()
  }
})

test('names come in the encoding asked for, and those to ignore do not', { skip }, async (t) => {
  const answers = []
  for (const root of both(t)) {
    const found = []
    const act = (): void => { for (const name of ['ä.log', 'b.txt', 'c']) fs.writeFileSync(`${root}/d/${name}`, '') }
    for (const options of ['hex', 'buffer', 'latin1', { encoding: 'buffer' }, { ignore: '*.log' }, { ignore: [/txt$/, (name: string) => name === 'c'] }, { ignore: ['{ä,x}.*', '[!a-b]'] }, { ignore: '*.log', recursive: true }]) {
      found.push(await events(fs.watch(`${root}/d`, options as never), act))
      fs.rmSync(`${root}/d`, { recursive: true })
      fs.mkdirSync(`${root}/d`)
    }
    answers.push(found)
  }
  assert.deepEqual(answers[1], answers[0])
  assert.equal(JSON.stringify(answers[1]![4]).includes('.log'), major < 24)
})

test('a pattern to ignore without a slash is for the last part of a name', { skip: major < 24 && 'Node 20 and 22 have no option `ignore`' }, () => {
  const ignored = (ignore: unknown): string[] => ['a.log', 'd/a.log', 'd/e/a.log', '.hidden', 'd/.hidden', 'd/b'].filter(ignoring(ignore))
  assert.deepEqual(ignored('*.log'), ['a.log', 'd/a.log', 'd/e/a.log'])
  assert.deepEqual(ignored('d/*'), ['d/a.log', 'd/b'])
  assert.deepEqual(ignored('{d/b,a.*}'), ['a.log', 'd/a.log', 'd/e/a.log', 'd/b'])
  assert.deepEqual(ignored(['**', /hidden/]), ['a.log', 'd/a.log', 'd/e/a.log', '.hidden', 'd/.hidden', 'd/b'])
  assert.deepEqual(ignored(null), [])
})

test('a signal closes a watcher', { skip }, async (t) => {
  const answers = []
  for (const root of both(t)) {
    const found: unknown[] = []
    for (const signal of [AbortSignal.abort(), AbortSignal.timeout(10)]) found.push(await once(fs.watch(root, { signal }), 'close'))
    for (const aborted of [true, false]) {
      const stop = new AbortController()
      if (aborted) stop.abort('why')
      else setTimeout(() => { stop.abort('why') }, 10)
      try {
        for await (const { eventType } of fs.promises.watch(root, { signal: stop.signal })) found.push(eventType)
      } catch (error) {
        found.push((error as Error).name, (error as Error).message, (error as Error).cause)
      }
    }
    answers.push(found)
  }
  assert.deepEqual(answers[1], answers[0])
})

test('promises.watch keeps what it hears, as much as it may', { skip }, async (t) => {
  const answers = []
  const warned: string[] = []
  const warn = ({ message }: Error): void => { warned.push(message) }
  process.on('warning', warn)
  t.after(() => process.off('warning', warn))
  for (const root of both(t)) {
    const found: unknown[] = []
    for (const options of [{}, { maxQueue: 2 }, { maxQueue: 2, overflow: 'error' }]) {
      const watcher = fs.promises.watch(`${root}/d`, { ...options, signal: AbortSignal.timeout(200) } as object)
      const first = watcher[Symbol.asyncIterator]().next()
      for (const name of ['1', '2', '3', '4']) fs.mkdirSync(`${root}/d/${name}`)
      await told()
      try {
        found.push((await first).value)
        for await (const item of watcher) {
          found.push(item)
          if (item.filename === '4') break
        }
      } catch (error) {
        found.push([(error as Error).name, (error as { code: string }).code, (error as Error).message])
      }
      fs.rmSync(`${root}/d`, { recursive: true })
      fs.mkdirSync(`${root}/d`)
    }
    answers.push(found)
  }
  await turn()
  assert.deepEqual(answers[1], answers[0])
  assert.deepEqual(warned.slice(warned.length / 2), warned.slice(0, warned.length / 2))
})

test('every form of a change is told, by files, handles and streams', { skip }, async (t) => {
  const answers = []
  for (const root of both(t)) {
    const heard = new Set<string>()
    const watcher = fs.watch(`${root}/d`, (event, name) => { heard.add(`${event} ${name}`) })
    await fs.promises.writeFile(`${root}/d/promised`, 'x')
    await new Promise<void>((resolve) => { fs.mkdir(`${root}/d/called`, () => { resolve() }) })
    const handle = await fs.promises.open(`${root}/d/handle`, 'w')
    await handle.write('text')
    await handle.close()
    const stream = fs.createWriteStream(`${root}/d/stream`)
    stream.end('text')
    await once(stream, 'close')
    await fs.promises.rename(`${root}/d/stream`, `${root}/d/renamed`)
    await fs.promises.rm(`${root}/d/promised`)
    await told()
    watcher.close()
    answers.push([...heard].sort())
  }
  assert.deepEqual(answers[1], answers[0])
})

test('a listener that throws takes nothing from the others, and hears in its own context', async (t) => {
  const [, root] = both(t)
  const storage = new AsyncLocalStorage<string>()
  const heard: unknown[] = []
  const caught: unknown[] = []
  process.setUncaughtExceptionCaptureCallback((error) => { caught.push(error) })
  t.after(() => { process.setUncaughtExceptionCaptureCallback(null) })
  const watchers = ['a', 'b'].map((context) => storage.run(context, () => fs.watch(`${root}/d`, (event, name) => {
    heard.push([storage.getStore(), name])
    throw new Error('mine')
  })))
  storage.run('writer', () => { for (const name of ['1', '2']) fs.mkdirSync(`${root}/d/${name}`) })
  await told()
  for (const watcher of watchers) watcher.close()
  assert.deepEqual(heard.sort(), [['a', '1'], ['a', '2'], ['b', '1'], ['b', '2']])
  assert.equal(caught.length, 4)
})

test('a watcher keeps the process, unless it is not to', () => {
  const code = `const fs = require('node:fs')
    const vfs = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))}).create()
    vfs.writeFileSync('/f', '')
    vfs.mount('/fsmount-kept')
    `
  // Set last: what takes long before it must not use up its time.
  const stop = "\nsetTimeout(() => { console.log('kept'); process.exit() }, 300).unref()"
  const run = (begin: string): string => spawnSync(process.execPath, ['-e', code + begin + stop], { encoding: 'utf8' }).stdout.trim()
  assert.equal(run("fs.watch('/fsmount-kept')"), 'kept')
  assert.equal(run("fs.watch('/fsmount-kept', { persistent: false })"), '')
  assert.equal(run("fs.watch('/fsmount-kept').unref()"), '')
  assert.equal(run("fs.watch('/fsmount-kept', { persistent: false }).ref()"), 'kept')
  assert.equal(run("fs.watch('/fsmount-kept', { recursive: true })"), 'kept')
  assert.equal(run("fs.watchFile('/fsmount-kept/f', () => {})"), 'kept')
  assert.equal(run("fs.watchFile('/fsmount-kept/f', { persistent: false }, () => {})"), '')
  assert.equal(run("fs.watchFile('/fsmount-kept/f', () => {}); fs.unwatchFile('/fsmount-kept/f')"), '')
  assert.equal(run("fs.watch('/fsmount-kept'); vfs.unmount()"), '')
  assert.equal(run("fs.promises.watch('/fsmount-kept').next()"), 'kept')
})

test('watchers end with their mount', async () => {
  const vfs = create()
  vfs.writeFileSync('/d/f', '')
  vfs.mount('/fsmount-ending')
  const ended: string[] = []
  fs.watch('/fsmount-ending/d').on('close', () => { ended.push('watch') })
  fs.watchFile('/fsmount-ending/d/f', () => {}).on('stop', () => { ended.push('watchFile') })
  const promised = (async () => {
    for await (const _ of fs.promises.watch('/fsmount-ending/d')) ended.push('event')
    ended.push('promises.watch')
  })()
  await turn()
  vfs.unmount()
  await promised
  await turn()
  assert.deepEqual(ended.sort(), ['promises.watch', 'watch', 'watchFile'])
})

test('mounts that come and go are told of where they show', { skip }, async (t) => {
  const [disk] = both(t)
  const vfs = create()
  vfs.writeFileSync('/f', '')
  const other = create().mount(`${disk}/d/other`)
  const watcher = fs.watch(`${disk}/d`)
  const deep = fs.watch(disk, { recursive: true })
  const heard = events(deep, () => {
    vfs.mount(`${disk}/d/mounted`)
    return told().then(() => { fs.writeFileSync(`${disk}/d/mounted/g`, '') })
  })
  assert.deepEqual(await events(watcher, () => { fs.writeFileSync(`${disk}/d/real`, '') }), [['rename', 'real'], ['rename', 'mounted'], 'closed'])
  assert.ok((await heard).some((one) => Array.isArray(one) && one[1] === join('d/mounted/g')), JSON.stringify(await heard))
  const gone = fs.watch(`${disk}/d`)
  assert.deepEqual(await events(gone, () => { vfs.unmount() }), [['rename', 'mounted'], 'closed'])
  other.unmount()
})

test('a folder that an overlay and the disk have is told of on both sides', { skip }, async (t) => {
  const [disk] = both(t)
  const over = create({ overlay: true })
  over.writeFileSync('/d/virtual', 'x')
  over.mkdirSync('/mine')
  over.mount(disk)
  const heard = await events(fs.watch(`${disk}/d`), () => {
    fs.writeFileSync(`${disk}/d/real`, '')
    over.writeFileSync(`${disk}/d/virtual`, 'yy')
    over.writeFileSync(`${disk}/d/new`, '')
  })
  const mine = await events(fs.watch(`${disk}/mine`), () => { fs.writeFileSync(`${disk}/mine/f`, '') })
  over.unmount()
  assert.deepEqual(heard.map(String).sort(), ['change,virtual', 'closed', 'rename,new', 'rename,real'])
  assert.deepEqual(mine, [['rename', 'f'], 'closed'])
})

test('a folder that an overlay lays over one of the disk later on is told of as well', { skip }, async (t) => {
  const [disk] = both(t)
  const over = create({ overlay: true })
  over.mkdirSync('/mine')
  over.mount(disk)
  const heard = await events(fs.watch(`${disk}/d`), () => {
    over.writeFileSync(`${disk}/d/first`, '')
    over.writeFileSync(`${disk}/d/second`, '')
    fs.writeFileSync(`${disk}/d/real`, '')
  })
  over.unmount()
  assert.deepEqual(heard.map(String).sort(), ['closed', 'rename,first', 'rename,real', 'rename,second'])
})

test('what another connection does to a database is told of', async (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'fsmount-watchers-'))
  const [one, other] = [0, 1].map(() => new SqliteProvider(join(folder, 'db')))
  t.after(() => {
    one!.close()
    other!.close()
    fs.rmSync(folder, { recursive: true })
  })
  const [mine, theirs] = [create(one as never), create(other as never)]
  mine.writeFileSync('/d/f', 'x')
  mine.writeFileSync('/d/old', 'x')
  const heard: string[] = []
  const watchers = ['/d', '/d/f'].map((path) => mine.watch(path, (event, name) => { heard.push(`${path} ${event} ${name}`) }))
  const sizes: number[] = []
  mine.watchFile('/d/f', { interval: 20 }, ({ size }) => { sizes.push(size) })
  const until = async (...expected: string[]): Promise<void> => {
    for (let i = 0; i < 50 && expected.some((line) => !heard.includes(line)); i++) await wait(20)
    assert.deepEqual(heard.splice(0).sort(), expected.sort())
  }
  theirs.writeFileSync('/d/new', '')
  await until('/d rename new')
  theirs.appendFileSync('/d/f', 'yy')
  await until('/d change f', '/d/f change f')
  mine.chmodSync('/d/f', 0o600)
  theirs.unlinkSync('/d/old')
  await until('/d change f', '/d/f change f', '/d rename old')
  theirs.unlinkSync('/d/f')
  await until('/d rename f', '/d/f rename f', '/d/f rename f')
  await wait(50)
  mine.unwatchFile('/d/f')
  assert.deepEqual([sizes[0], sizes.at(-1)], [3, 0])
  for (const watcher of watchers) watcher.close()
})

test('a sandbox tells of its folder, whoever changes it, by its own names', { skip }, async (t) => {
  const [disk] = both(t)
  const vfs = create(new RealFSProvider(disk) as never)
  t.after(() => { vfs.unmount() })
  const act = (): void => {
    fs.writeFileSync(`${disk}/d/theirs`, '')
    vfs.writeFileSync(vfs.mounted ? '/fsmount-sandbox/d/mine' : '/d/mine', 'x')
    fs.chmodSync(`${disk}/d`, 0o700)
  }
  const expected = [['rename', 'theirs'], ['rename', 'mine'], ['change', 'mine'], ['rename', 'd'], 'closed']
  assert.deepEqual(await events(vfs.watch('/d'), act), expected)
  for (const name of ['theirs', 'mine']) fs.unlinkSync(`${disk}/d/${name}`)
  vfs.mount('/fsmount-sandbox')
  assert.deepEqual(await events(fs.watch('/fsmount-sandbox/d'), act), expected)
})

test('a file system that can only answer later is told of by promises.watch', async () => {
  const vfs = create(laterProvider() as Provider, { parents: false })
  await vfs.promises.mkdir('/d')
  assert.throws(() => vfs.watch('/d'))
  const heard: unknown[] = []
  const stop = new AbortController()
  const watching = (async () => { for await (const { eventType, filename } of vfs.promises.watch('/d', { signal: stop.signal })) heard.push([eventType, filename]) })()
  const sizes: number[] = []
  vfs.watchFile('/d/f', { interval: 20 }, ({ size }) => { sizes.push(size) })
  await wait(20)
  await vfs.promises.writeFile('/d/f', 'abc')
  await wait(60)
  vfs.unwatchFile('/d/f')
  stop.abort()
  await assert.rejects(watching, { name: 'AbortError' })
  assert.deepEqual(heard, [['rename', 'f'], ['change', 'f']])
  assert.deepEqual([sizes[0], sizes.at(-1)], [0, 3])
})

test('an object that is watched with all below leaves fs as it was', async () => {
  const { readdirSync } = fs
  const vfs = create()
  vfs.mkdirSync('/a')
  vfs.symlinkSync('/a', '/link')
  const heard = await events(vfs.watch('/', { recursive: true }), () => { vfs.writeFileSync('/a/f', 'x') })
  assert.ok(heard.some((one) => Array.isArray(one) && one[1] === 'a/f'), JSON.stringify(heard))
  // Node 24 has it the wrong way round.
  assert.throws(() => vfs.watch('/none', { recursive: true, throwIfNoEntry: major !== 24 } as object), { code: 'ENOENT', path: '/none' })
  const stop = new AbortController()
  setTimeout(() => { stop.abort() }, 10)
  await assert.rejects(async () => { for await (const _ of vfs.promises.watch('/', { recursive: true, signal: stop.signal })) { /* nothing happens */ } }, { name: 'AbortError' })
  assert.equal(fs.readdirSync, readdirSync)
})

test('watchFile tells what was and what is, once for each change', { skip }, async (t) => {
  const answers = []
  for (const root of both(t)) {
    const found: unknown[] = []
    for (const bigint of [false, true]) {
      const path = `${root}/w${bigint}`
      const tell = ({ size, ino, mode, mtime, blksize }: fs.Stats): unknown[] => [String(size), Number(ino) > 0, String(mode), mtime.getTime() === 0, Number(blksize) > 0, typeof size]
      let heard!: (stats: unknown) => void
      const next = (): Promise<unknown> => new Promise((resolve) => { heard = resolve })
      const listener = (now: fs.Stats, before: fs.Stats): void => { heard([tell(now), tell(before)]) }
      let answer = next()
      const watcher = fs.watchFile(path, { interval: 10, bigint: bigint as false }, listener)
      found.push(await answer)
      for (const act of [() => { fs.writeFileSync(path, 'x') }, () => { fs.appendFileSync(path, 'yy') }, () => { fs.chmodSync(path, 0o600) }, () => { fs.unlinkSync(path) }, () => { fs.writeFileSync(path, 'again') }]) {
        answer = next()
        await wait(30)
        act()
        found.push(await answer)
      }
      const another = (): void => {}
      found.push(fs.watchFile(path, another) === watcher, watcher.listenerCount('change'))
      fs.unwatchFile(path, listener)
      found.push(watcher.listenerCount('change'))
      fs.unwatchFile(path, listener)
      const stopped = once(watcher, 'stop')
      fs.unwatchFile(path)
      await stopped
      found.push(watcher.listenerCount('change'), fs.watchFile(path, another) === watcher)
      fs.unwatchFile(path)
    }
    answers.push(found)
  }
  assert.deepEqual(answers[1], answers[0])
})

test('watchFile hears at once of what this process does, whatever the interval', async (t) => {
  const [, root] = both(t)
  const sizes: number[] = []
  fs.watchFile(`${root}/f`, ({ size }) => { sizes.push(size) })
  fs.symlinkSync('f', `${root}/link`)
  fs.watchFile(`${root}/link`, ({ size }) => { sizes.push(-size) })
  for (const text of ['12', '12', '123']) {
    fs.writeFileSync(`${root}/f`, text)
    fs.writeFileSync(`${root}/d/other`, text)
    await told()
  }
  for (const name of ['f', 'link']) fs.unwatchFile(`${root}/${name}`)
  assert.deepEqual(sizes.sort((a, b) => a - b), [-3, -2, -2, 2, 2, 3])
})
