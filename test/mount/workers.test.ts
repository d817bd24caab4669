// Workers of mounts: a script in a mount does, prints and fails as the same script does on the disk, and every worker
// sees the mounts that its parent had, whatever options it is started with.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { MessageChannel, SHARE_ENV, Worker, getEnvironmentData, type WorkerOptions } from 'node:worker_threads'
import { create, MemoryProvider, OverlayProvider, RealFSProvider, SqliteProvider, VirtualProvider, ZipProvider, type VirtualFileSystem } from '../../lib/index.ts'
import { findRoot } from '../tools/files.ts'

const major = Number(process.versions.node.split('.')[0])
const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-workers-'))
after(() => fs.rmSync(dir, { recursive: true, force: true }))

interface Outcome { messages: unknown[], code: number, error?: { name: string, code?: string, message: string }, out: string, err: string }

/** Runs a worker to its end. */
async function outcome (script: string | URL, options: WorkerOptions = {}, Class = Worker): Promise<Outcome> {
  const worker = new Class(script, { ...options, stdout: true, stderr: true })
  assert.ok(worker instanceof Worker)
  const done: Outcome = { messages: [], code: -1, out: '', err: '' }
  worker.stdout.on('data', (chunk) => { done.out += chunk })
  worker.stderr.on('data', (chunk) => { done.err += chunk })
  worker.on('message', (message) => done.messages.push(message))
  worker.on('error', (error: NodeJS.ErrnoException) => { done.error = { name: error.name, code: error.code, message: error.message } })
  done.code = await new Promise((resolve) => { worker.on('exit', resolve) })
  return done
}

const say = (code: string): Promise<unknown> => outcome(`require('node:worker_threads').parentPort.postMessage(${code})`, { eval: true }).then((done) => done.error ?? done.messages[0])

const TELL = `const seen = { argv: process.argv.slice(1), execArgv: process.execArgv, env: process.env.WORKER_TEST, nodeOptions: process.env.NODE_OPTIONS,
  data: threads.workerData, key: threads.getEnvironmentData('key'), main: threads.isMainThread, cwd: process.cwd(), limits: threads.resourceLimits.maxOldGenerationSizeMb }\n`
const TREE: Record<string, string> = {
  'plain.js': `const threads = require('node:worker_threads')\n${TELL}threads.parentPort.postMessage({ ...seen, file: __filename, main: require.main === module, parent: module.parent, id: module.id, dep: require('./dep').name, cached: Object.keys(require.cache).filter((path) => !path.startsWith(${JSON.stringify(findRoot())})) })`,
  'dep.js': 'exports.name = "dep"',
  'module.mjs': `import * as threads from 'node:worker_threads'\nimport dep, { name } from './dep.js'\n${TELL}await Promise.resolve()\nthreads.parentPort.postMessage({ ...seen, url: import.meta.url, main: import.meta.main, file: import.meta.filename, dep: dep.name, name })`,
  'typed/package.json': '{"type": "module"}',
  'typed/index.js': 'import { parentPort } from "node:worker_threads"\nparentPort.postMessage([import.meta.url, import.meta.main, typeof require])\nconsole.log(await 1)',
  'types.ts': 'const word: string = "typed"\nrequire("node:worker_threads").parentPort.postMessage([word, __filename])',
  'throws.js': 'throw new TypeError("on purpose")',
  'broken.mjs': 'import { none } from "./own.mjs"',
  'own.mjs': 'export const some = 1',
  'missing.js': 'require("./none")',
  'exits.js': 'console.log("out"); console.error("err"); process.exit(7)',
  'echo.js': 'process.stdin.pipe(process.stdout)',
  'chdir.js': 'try { process.chdir(__dirname) } catch (error) { require("node:worker_threads").parentPort.postMessage([error.name, error.code, error.message]) }',
  'port.js': 'const { workerData, parentPort } = require("node:worker_threads"); workerData.port.once("message", (message) => { parentPort.postMessage(message); workerData.port.close() })',
  'nested.js': 'const { Worker, parentPort } = require("node:worker_threads"); new Worker(require("node:path").join(__dirname, "nested2.mjs")).on("message", (message) => parentPort.postMessage(message))',
  'nested2.mjs': 'import { Worker, parentPort } from "node:worker_threads"\nnew Worker(new URL("./nested3.js", import.meta.url)).on("message", (message) => parentPort.postMessage(["through", message]))',
  'nested3.js': 'const { parentPort } = require("node:worker_threads"); parentPort.postMessage([__filename, require("./dep").name, process.execArgv])',
}

for (const [name, text] of Object.entries(TREE)) {
  fs.mkdirSync(join(dir, 'tree', name, '..'), { recursive: true })
  fs.writeFileSync(join(dir, 'tree', name), text)
}

/** The tree mounted from memory. */
function mountTree (prefix: string, options = {}): VirtualFileSystem {
  const vfs = create(options)
  for (const [name, text] of Object.entries(TREE)) vfs.writeFileSync(`/${name}`, text)
  return vfs.mount(prefix)
}

/** Runs a script of the tree on the disk and from a mount: with the folder's name replaced, all is equal. */
async function compare (name: string, options: () => WorkerOptions = () => ({}), asURL = false): Promise<Outcome> {
  const script = (folder: string): string | URL => asURL ? pathToFileURL(`${folder}/${name}`) : `${folder}/${name}`
  const real = await outcome(script(join(dir, 'tree')), options())
  using vfs = mountTree('/fsmount-w/tree')
  const mounted = await outcome(script(vfs.mountPoint!), options())
  const placed = JSON.parse(JSON.stringify(real).replaceAll(join(dir, 'tree'), '/fsmount-w/tree')) as Outcome
  const plain = JSON.parse(JSON.stringify(mounted)) as Outcome
  // A hint of Node's for modules whose format it had to detect; another warning says where it came from.
  const quiet = (text: string): string => text.replace(/^\(node:\d+\).*\n|^\(Use `node.*\n/gm, '')
  assert.deepEqual({ ...plain, err: quiet(plain.err) }, { ...placed, err: quiet(placed.err) })
  return mounted
}

test('a CommonJS script runs as from the disk', async () => {
  const { messages, code } = await compare('plain.js')
  assert.deepEqual([messages.length, code], [1, 0])
})

test('so does an ES module, by path and by URL', async () => {
  assert.equal((await compare('module.mjs')).messages.length, 1)
  assert.equal((await compare('module.mjs', undefined, true)).messages.length, 1)
  assert.equal((await compare('typed/index.js')).out, '1\n')
})

test('so does TypeScript, where Node strips types', { skip: major < 22 && 'Node 20 strips no types' }, async () => {
  assert.equal((await compare('types.ts')).messages.length, 1)
})

test('failures are the same', async () => {
  assert.equal((await compare('throws.js')).error?.message, 'on purpose')
  assert.equal((await compare('broken.mjs')).error?.name, 'SyntaxError')
  assert.equal((await compare('missing.js')).error?.code, 'MODULE_NOT_FOUND')
  assert.deepEqual(await compare('exits.js').then(({ code, out, err }) => [code, out, err]), [7, 'out\n', 'err\n'])
})

test('the caller’s options keep their meaning', async () => {
  await compare('plain.js', () => ({ workerData: { a: new Map([[1, 2]]) }, argv: ['x', '--y'], name: 'named' }))
  await compare('plain.js', () => ({ env: { WORKER_TEST: 'given' } }))
  await compare('plain.js', () => ({ execArgv: ['--no-warnings'], env: { WORKER_TEST: 'both', NODE_OPTIONS: '--no-deprecation' } }))
  await compare('plain.js', () => ({ execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 64 } }))
  process.env.WORKER_TEST = 'shared'
  await compare('plain.js', () => ({ env: SHARE_ENV }))
  delete process.env.WORKER_TEST
  const { messages } = await compare('port.js', () => {
    const { port1, port2 } = new MessageChannel()
    port1.postMessage('transferred')
    setTimeout(() => port1.close(), 500).unref()
    return { workerData: { port: port2 }, transferList: [port2] }
  })
  assert.deepEqual(messages, ['transferred'])
})

test('what is wrong with the options is said in Node’s words', () => {
  const bad: [unknown, unknown?][] = [['plain.js'], [1], ['/fsmount-w/tree/plain.js', null], ['/fsmount-w/tree/plain.js', { execArgv: 'x' }],
    ['/fsmount-w/tree/plain.js', { execArgv: ['--no-such-flag', '--title=x'] }], ['/fsmount-w/tree/plain.js', { env: 1 }], ['/fsmount-w/tree/plain.js', { argv: 1 }], ['/fsmount-w/tree/plain.js', { resourceLimits: 1 }],
    [new URL('http://x/y')], ['/fsmount-w/tree/plain.js', { eval: true, env: { NODE_OPTIONS: '--nope' } }]]
  const say = ([script, options]: [unknown, unknown?]): string => {
    try {
      void new Worker(script as string, options as WorkerOptions).terminate()
      return 'started'
    } catch (error) {
      return `${(error as Error).name} ${(error as NodeJS.ErrnoException).code} ${(error as Error).message}`
    }
  }
  const real = bad.map(say)
  using _ = mountTree('/fsmount-w/tree')
  assert.deepEqual(bad.map(say), real)
})

test('standard input reaches the script', async () => {
  using vfs = mountTree('/fsmount-w/echo')
  const worker = new Worker(`${vfs.mountPoint}/echo.js`, { stdin: true, stdout: true })
  worker.stdin!.end('typed in')
  let text = ''
  for await (const chunk of worker.stdout) text += chunk
  assert.equal(text, 'typed in')
})

test('workers of workers see the mounts too', async () => {
  const { messages } = await compare('nested.js')
  assert.deepEqual(messages, [['through', ['/fsmount-w/tree/nested3.js', 'dep', process.execArgv]]])
})

test('a real script, a string and a data URL see the mounts', async () => {
  fs.writeFileSync(join(dir, 'real.mjs'), 'import { parentPort } from "node:worker_threads"\nimport fs from "node:fs"\nconst { name } = await import("/fsmount-w/seen/dep.js")\nparentPort.postMessage([name, fs.readdirSync("/fsmount-w/seen/typed")])')
  using _ = mountTree('/fsmount-w/seen')
  assert.deepEqual((await outcome(join(dir, 'real.mjs'))).messages, [['dep', ['index.js', 'package.json']]])
  assert.deepEqual(await say('[require("/fsmount-w/seen/dep.js").name, require("node:worker_threads").getEnvironmentData("fsmount")]'), ['dep', undefined])
  const url = new URL('data:text/javascript,import { parentPort } from "node:worker_threads"; import dep from "file:///fsmount-w/seen/dep.js"; parentPort.postMessage(dep.name)')
  const fromURL = await outcome(url)
  assert.deepEqual([fromURL.messages, fromURL.error], [['dep'], undefined])
  assert.equal(getEnvironmentData('fsmount'), undefined)
})

test('memory is copied as it is at the start, and shared until either side writes', async () => {
  using vfs = mountTree('/fsmount-w/copy')
  vfs.writeFileSync('/fsmount-w/copy/big', Buffer.alloc(1 << 20, 7))
  vfs.linkSync('/fsmount-w/copy/big', '/fsmount-w/copy/hard')
  vfs.symlinkSync('big', '/fsmount-w/copy/soft')
  vfs.chmodSync('/fsmount-w/copy/dep.js', 0o640)
  vfs.utimesSync('/fsmount-w/copy/dep.js', 5.25, 7.5)
  const worker = new Worker(`
    const fs = require('node:fs'), { parentPort } = require('node:worker_threads'), at = '/fsmount-w/copy/'
    const tell = () => { const s = fs.statSync(at + 'dep.js'), h = fs.statSync(at + 'hard'); return [fs.readFileSync(at + 'dep.js', 'utf8'), s.mode & 0o777, s.mtimeMs, h.nlink, h.ino === fs.statSync(at + 'big').ino, fs.readlinkSync(at + 'soft'), fs.readFileSync(at + 'soft').every((byte) => byte === 7)] }
    parentPort.postMessage(tell())
    parentPort.once('message', () => {
      parentPort.postMessage(tell())
      fs.writeFileSync(at + 'dep.js', 'mine')
      const fd = fs.openSync(at + 'big', 'r+'); fs.writeSync(fd, Buffer.from([1]), 0, 1, 100); fs.closeSync(fd)
      fs.writeFileSync(at + 'new', 'n')
      parentPort.postMessage([fs.readFileSync(at + 'dep.js', 'utf8'), fs.readFileSync(at + 'hard')[100]])
    })`, { eval: true })
  const messages: unknown[] = []
  worker.on('message', (message) => messages.push(message))
  const ended = new Promise((resolve) => { worker.once('exit', resolve) })
  await new Promise((resolve) => { worker.once('message', resolve) })
  vfs.writeFileSync('/fsmount-w/copy/dep.js', 'parent')
  vfs.truncateSync('/fsmount-w/copy/big', 10)
  worker.postMessage('go')
  await ended
  const told = ['exports.name = "dep"', 0o640, 7500, 2, true, 'big', true]
  assert.deepEqual(messages, [told, told, ['mine', 1]])
  assert.equal(vfs.readFileSync('/fsmount-w/copy/dep.js', 'utf8'), 'parent')
  assert.equal(vfs.statSync('/fsmount-w/copy/hard').size, 10)
  assert.equal(vfs.existsSync('/fsmount-w/copy/new'), false)
})

test('the contents of memory exist once, however many workers share them', () => {
  const memory = new MemoryProvider()
  const vfs = create(memory)
  vfs.writeFileSync('/a', Buffer.alloc(100_000, 1))
  vfs.writeFileSync('/b', 'b')
  memory.setContentProvider('/lazy', () => 'made')
  memory.setPopulateCallback('/filled', (scope) => { scope.addFile('inner', 'x') })
  const contents = (): unknown => (memory.describe('thread')!.source as { contents: unknown }).contents
  const first = contents()
  assert.ok(first instanceof SharedArrayBuffer)
  assert.equal(first.byteLength, 100_000 + 1 + 4 + 1)
  assert.equal(contents(), first)
  vfs.readFileSync('/a')[0] = 9
  assert.equal(contents(), first)
  vfs.writeFileSync('/b', 'c')
  assert.notEqual(contents(), first)
  assert.equal(Buffer.from(first as unknown as ArrayBuffer).includes('b'), true)
  assert.equal(memory.describe('process'), undefined)
})

test('a database and a folder are the same ones; two mounts of one provider stay one', async () => {
  const db = new SqliteProvider(join(dir, 'w.db'))
  fs.mkdirSync(join(dir, 'folder'))
  const memory = new MemoryProvider()
  using _a = create(db).mount('/fsmount-w/db')
  using _b = create(new RealFSProvider(join(dir, 'folder'))).mount('/fsmount-w/folder')
  using _c = create(memory).mount('/fsmount-w/one')
  using _d = create(memory, { overlay: true }).mount('/fsmount-w/two')
  using _e = create(new MemoryProvider()).mount('/fsmount-w/other')
  fs.writeFileSync('/fsmount-w/db/f', 'from here')
  const told = await say(`(() => {
    const fs = require('node:fs')
    fs.writeFileSync('/fsmount-w/db/g', 'from there')
    fs.writeFileSync('/fsmount-w/folder/h', 'from there')
    fs.writeFileSync('/fsmount-w/one/i', 'both')
    return [fs.readFileSync('/fsmount-w/db/f', 'utf8'), fs.readFileSync('/fsmount-w/two/i', 'utf8'), fs.existsSync('/fsmount-w/other/i')]
  })()`)
  assert.deepEqual(told, ['from here', 'both', false])
  assert.equal(fs.readFileSync('/fsmount-w/db/g', 'utf8'), 'from there')
  assert.equal(fs.readFileSync('/fsmount-w/folder/h', 'utf8'), 'from there')
  assert.equal(fs.readFileSync(join(dir, 'folder', 'h'), 'utf8'), 'from there')
  assert.equal(fs.existsSync('/fsmount-w/one/i'), false)
  _a.unmount()
  db.close()
})

test('an archive is the same one, or as it is now', async () => {
  const file = join(dir, 'w.zip')
  const made = new ZipProvider()
  create(made).writeFileSync('/f', 'packed')
  made.save(file)
  const opened = new ZipProvider(file)
  using _a = create(opened).mount('/fsmount-w/zip')
  using _b = create(made).mount('/fsmount-w/made')
  const both = '["zip", "made"].map((name) => require("node:fs").readFileSync(`/fsmount-w/${name}/f`, "utf8"))'
  assert.deepEqual(await say(both), ['packed', 'packed'])
  assert.deepEqual(opened.describe('process'), { provider: 'zip', source: file, options: opened.describe('thread')!.options })
  fs.writeFileSync('/fsmount-w/zip/f', 'changed')
  assert.deepEqual(await say(both), ['changed', 'packed'])
  assert.equal(opened.describe('process'), undefined)
  opened.save()
  assert.equal(opened.describe('process')!.source, file)
  assert.deepEqual(await say(both), ['changed', 'packed'])
  opened.close()
})

test('changes that are kept apart are there, and stay apart', async () => {
  const folder = join(dir, 'below')
  fs.mkdirSync(join(folder, 'd'), { recursive: true })
  for (const name of ['a', 'b', 'c', 'd/e']) fs.writeFileSync(join(folder, name), name)
  const layered = new OverlayProvider({ lower: new RealFSProvider(folder), upper: new MemoryProvider() })
  const db = new SqliteProvider(join(dir, 'upper.db'))
  const at = [folder, '/fsmount-w/layers', '/fsmount-w/kept']
  const mounts = [create({ overlay: 'copy-on-write' }), create(layered), create(new OverlayProvider({ lower: new RealFSProvider(folder), upper: db }))].map((vfs, index) => vfs.mount(at[index]!))
  for (const place of at) {
    fs.writeFileSync(`${place}/a`, 'changed')
    fs.rmSync(`${place}/b`)
    fs.rmSync(`${place}/d`, { recursive: true })
    fs.writeFileSync(`${place}/new`, 'new')
  }
  const told = await say(`${JSON.stringify(at)}.map((place) => {
    const fs = require('node:fs')
    const seen = [fs.readFileSync(place + '/a', 'utf8'), fs.readFileSync(place + '/c', 'utf8'), fs.readdirSync(place)]
    fs.writeFileSync(place + '/c', 'in the worker')
    fs.rmSync(place + '/a')
    return [...seen, fs.readFileSync(place + '/c', 'utf8'), fs.readdirSync(place)]
  })`)
  const seen = ['changed', 'c', ['a', 'c', 'new'], 'in the worker', ['c', 'new']]
  assert.deepEqual(told, [seen, seen, seen])
  assert.deepEqual(at.map((place) => fs.readFileSync(`${place}/c`, 'utf8')), ['c', 'c', 'in the worker'])
  assert.deepEqual(at.map((place) => fs.existsSync(`${place}/a`)), [true, true, false])
  for (const vfs of mounts) vfs.unmount()
  assert.deepEqual(fs.readdirSync(folder, { recursive: true }).sort(), ['a', 'b', 'c', 'd', 'd/e'])
  assert.equal(fs.readFileSync(join(folder, 'c'), 'utf8'), 'c')
  db.close()
})

test('overlays, read-only mounts and the rest of the options hold in the worker', async () => {
  const frozen = new MemoryProvider({ maxBytes: 1000 })
  frozen.setReadOnly()
  const closed = new SqliteProvider(join(dir, 'frozen.db'))
  closed.setReadOnly()
  using _a = create({ overlay: true })
  _a.writeFileSync('/etc/fsmount-test.json', '{}')
  _a.mount('/')
  using _b = create(frozen).mount('/fsmount-w/frozen')
  using _e = create(closed).mount('/fsmount-w/closed')
  using _c = create({ moduleHooks: false })
  _c.writeFileSync('/m.js', '')
  _c.mount('/fsmount-w/unhooked')
  using _d = create()
  const reserved = _d.mount()
  const told = await say(`(() => {
    const fs = require('node:fs'), code = (run) => { try { run() } catch (error) { return error.code } }
    return [fs.existsSync('/etc/fsmount-test.json'), fs.existsSync('/etc/passwd'), code(() => fs.writeFileSync('/fsmount-w/frozen/x', '')), code(() => fs.writeFileSync('/fsmount-w/closed/x', '')), code(() => require('/fsmount-w/unhooked/m.js')),
      require(${JSON.stringify(join(findRoot(), 'dist/lib/index.js'))}).create().mount() !== ${JSON.stringify(reserved)}]
  })()`)
  assert.deepEqual(told, [true, true, 'EROFS', 'EROFS', 'MODULE_NOT_FOUND', true])
  assert.deepEqual(_e.readdirSync('/fsmount-w/closed'), [])
  closed.close()
})

test('inherit: false keeps a mount out', async () => {
  assert.throws(() => create({ inherit: 1 as unknown as boolean }), { code: 'ERR_INVALID_ARG_TYPE' })
  using _a = mountTree('/fsmount-w/out', { inherit: false })
  using _b = mountTree('/fsmount-w/in')
  assert.deepEqual(await say('["out", "in"].map((name) => require("node:fs").existsSync("/fsmount-w/" + name + "/dep.js"))'), [false, true])
  assert.throws(() => new Worker('/fsmount-w/out/plain.js'), { code: 'ERR_INVALID_STATE', message: /'\/fsmount-w\/out\/plain\.js'.*'\/fsmount-w\/out' is kept out.*inherit: false/ })
})

class Notes extends VirtualProvider {
  override statSync (path: string): object { return path === '/' ? { isDirectory: () => true } : { size: 1 } }
  override readdirSync (): string[] { return [] }
  override readFileSync (): string { return 'x' }
}

test('a provider that cannot be made again is said to be absent, and never the disk', async () => {
  using _ = create(new Notes()).mount(join(dir, 'notes'))
  fs.readFileSync(join(dir, 'notes', 'a'))
  const path = JSON.stringify(join(dir, 'notes', 'b'))
  assert.match((await outcome(`require('node:fs').readFileSync(${path})`, { eval: true })).error!.message, /'.*notes' \(Notes\) cannot be handed to a worker.*describe/)
  assert.match((await outcome(`require('node:fs').writeFileSync(${path}, '')`, { eval: true })).error!.message, /cannot be handed to a worker/)
  assert.throws(() => new Worker(join(dir, 'notes', 'b')), { code: 'ERR_INVALID_STATE' })
  using _memory = create(new SqliteProvider()).mount(join(dir, 'rows'))
  assert.match((await outcome(`require('node:fs').readFileSync(${JSON.stringify(join(dir, 'rows', 'a'))})`, { eval: true })).error!.message, /'.*rows' \(SqliteProvider\) cannot be handed to a worker.*like a database in memory/)
  assert.equal(fs.existsSync(join(dir, 'tree', 'notes')), false)
})

test('a subclass of memory that overrides methods is described only by itself', () => {
  class Overriding extends MemoryProvider { override readFileSync (): string { return 'overridden' } }
  class Knowing extends Overriding { override describe (): { provider: string } { return { provider: 'knowing' } } }
  class Plain extends MemoryProvider { constructor () { super(); this.fromJSON({ '/a': 'b' }) } }
  const seen = (provider: MemoryProvider): unknown => (provider as unknown as Record<symbol, () => { describe? (to: string): { provider: string } | undefined }>)[Symbol.for('fsmount.provider')]!().describe?.('thread')?.provider
  assert.deepEqual([new Overriding(), new Knowing(), new Plain()].map(seen), [undefined, 'knowing', 'memory'])
})

test('the working folder is that of the main thread, and cannot be changed', async () => {
  const real = process.cwd()
  const ask = 'require("node:worker_threads").parentPort.on("message", (run) => { let said; try { said = eval(run) } catch (error) { said = [error.name, error.code, error.message] } require("node:worker_threads").parentPort.postMessage(said) })'
  const asker = (): { ask: (code: string) => Promise<unknown>, end: () => Promise<number> } => {
    const worker = new Worker(ask, { eval: true })
    return { ask: (code) => new Promise((resolve) => { worker.once('message', resolve); worker.postMessage(code) }), end: () => worker.terminate() }
  }
  const plain = asker()
  const refusal = await plain.ask('process.chdir("/")')
  await plain.end()
  using vfs = mountTree('/fsmount-w/cwd', { virtualCwd: true })
  const worker = asker()
  try {
    assert.equal(await worker.ask('process.cwd()'), real)
    assert.deepEqual(await worker.ask('process.chdir("/")'), refusal)
    assert.deepEqual(await worker.ask('process.chdir("/fsmount-w/cwd")'), refusal)
    process.chdir('/fsmount-w/cwd/typed')
    assert.deepEqual(await worker.ask('[process.cwd(), require("node:fs").readdirSync("."), require("node:path").resolve("x"), require("node:fs").existsSync("../dep.js")]'), ['/fsmount-w/cwd/typed', ['index.js', 'package.json'], '/fsmount-w/cwd/typed/x', true])
    const second = asker()
    assert.equal(await second.ask('process.cwd()'), '/fsmount-w/cwd/typed')
    process.chdir(dir)
    assert.deepEqual([await worker.ask('process.cwd()'), await second.ask('process.cwd()')], [dir, dir])
    process.chdir(vfs.mountPoint!)
    assert.deepEqual(await second.ask('process.cwd()'), vfs.mountPoint)
    await second.end()
    vfs.unmount()
    assert.equal(await worker.ask('process.cwd()'), dir)
  } finally {
    process.chdir(real)
    await worker.end()
  }
})

test('Worker is Node’s own again after the last unmount, unless somebody wrapped it', () => {
  const threads = require('node:worker_threads') as { Worker: typeof Worker }
  const theirs = threads.Worker
  const vfs = create().mount('/fsmount-w/undo')
  const ours = threads.Worker
  assert.notEqual(ours, theirs)
  assert.deepEqual([ours.name, ours.length, ours.prototype], [theirs.name, theirs.length, theirs.prototype])
  class Wrapper extends ours {}
  threads.Worker = Wrapper
  vfs.unmount()
  assert.equal(threads.Worker, Wrapper)
  threads.Worker = theirs
  create().mount('/fsmount-w/undo').unmount()
  assert.equal(threads.Worker, theirs)
})

test('a class derived from Worker, before and during a mount', async () => {
  class Derived extends Worker { own = 'own' }
  using vfs = mountTree('/fsmount-w/derived')
  class Later extends Worker { own = 'own' }
  const { messages } = await outcome(`${vfs.mountPoint}/nested3.js`, {}, Later)
  assert.equal(messages.length, 1)
  const plain = new Later('0', { eval: true })
  assert.ok(plain instanceof Later && plain.own === 'own')
  await plain.terminate()
  assert.ok(Derived.prototype instanceof Worker)
})

test('flags that only hold for a whole process are no obstacle', async () => {
  const { spawnSync } = await import('node:child_process')
  const program = `const { create } = require(${JSON.stringify(join(findRoot(), 'dist/lib/index.js'))})
    const vfs = create(); vfs.writeFileSync('/w.js', 'console.log(JSON.stringify(process.execArgv), require.resolve.paths("x").length > 0, require("pkg"))')
    vfs.writeFileSync('/node_modules/pkg/package.json', '{"exports": {"special": "./s.js", "default": "./d.js"}}')
    vfs.writeFileSync('/node_modules/pkg/s.js', 'module.exports = "special"'); vfs.writeFileSync('/node_modules/pkg/d.js', 'module.exports = "default"')
    vfs.mount('/fsmount-w/flags')
    const { Worker } = require('node:worker_threads'); new Worker('/fsmount-w/flags/w.js'); new Worker('/fsmount-w/flags/w.js')`
  fs.writeFileSync(join(dir, 'flags.js'), program)
  const flags = ['--max-old-space-size=200', '--title', 'abc', '--stack-trace-limit=30', '--conditions', 'special', '--title=x, y']
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, join(dir, 'flags.js')], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(stdout, `${JSON.stringify(flags)} true special\n`.repeat(2))
})

test('where fsmount is bundled, it is taken from a mount that has it', async () => {
  const bundled = join(dir, 'bundled')
  const dist = join(findRoot(), 'dist')
  for (const part of ['lib', 'providers', 'loader']) fs.cpSync(join(dist, part), join(bundled, 'dist', part), { recursive: true })
  fs.rmSync(join(bundled, 'dist/lib/inherited.js'))
  fs.writeFileSync(join(dir, 'bundle.js'), `const { create, RealFSProvider } = require(${JSON.stringify(join(bundled, 'dist/lib/index.js'))})
    const { Worker } = require('node:worker_threads'), fs = require('node:fs')
    const vfs = create()
    vfs.writeFileSync('/w.mjs', 'console.log(import.meta.url)')
    vfs.mount('/fsmount-w/app')
    try { new (require('node:worker_threads').Worker)('/fsmount-w/app/w.mjs') } catch (error) { console.log(error.code, /bundled/.test(error.message)) }
    fs.mkdirSync('/fsmount-w/app/node_modules')
    fs.cpSync(${JSON.stringify(join(dist))}, '/fsmount-w/app/node_modules/fsmount/dist', { recursive: true, filter: (path) => !/dist.(?:test|fixtures)/.test(path) })
    new (require('node:worker_threads').Worker)('/fsmount-w/app/w.mjs')`)
  const { spawnSync } = await import('node:child_process')
  const { stdout, stderr } = spawnSync(process.execPath, [join(dir, 'bundle.js')], { encoding: 'utf8', env: { ...process.env, TMPDIR: dir } })
  assert.deepEqual([stdout, stderr], ['ERR_INVALID_STATE true\nfile:///fsmount-w/app/w.mjs\n', ''])
  assert.deepEqual(fs.readdirSync(dir).filter((name) => name.startsWith('fsmount-')), [])
})
