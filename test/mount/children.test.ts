// Children: one that runs Node sees the mounts that it needs, and does what it does on the disk; whatever else would
// meet a virtual path is refused in the way in which the function that starts it fails.
import assert from 'node:assert/strict'
import child_process from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { create, MemoryProvider, RealFSProvider, SqliteProvider, VirtualProvider } from '../../lib/index.ts'
import { descriptorsOf, readCall, scriptAt } from '../../lib/mount/childcalls.ts'

const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-children-'))
after(() => fs.rmSync(dir, { recursive: true, force: true }))
const folder = join(dir, 'app')
const AT = '/fsmount-c/app'
const node = process.execPath

const TELL = 'JSON.stringify([process.argv.slice(1), process.cwd(), process.execArgv, process.env.NODE_OPTIONS, process.env.CHILD_TEST, Object.keys(process.env).filter((name) => name.startsWith("FSMOUNT"))])'
const TREE: Record<string, string> = {
  'tell.js': `console.log(${TELL}, __filename, require.main === module, require('./dep').name, require('fs').readdirSync('.').join()); if (process.send) process.send('sent')`,
  'dep.js': 'exports.name = "dep"',
  'sub/tell.mjs': `import { name } from '../dep.js'\nconsole.log(${TELL}, import.meta.url, name)`,
  'sub/nested.js': 'require("child_process").fork("./tell.mjs", ["grandchild"])',
  'setup.js': 'console.log("set up", process.cwd())',
  'cycle/a.mjs': 'import "./b.cjs"',
  'cycle/b.cjs': 'require("./a.mjs")',
  'typed/package.json': '{"type":"module"}',
  'typed/main.js': 'console.log(import.meta.url, typeof require === "undefined" ? undefined : require)',
  'fails.js': 'console.log("out"); console.error("err"); process.exit(3)',
}
for (const [name, text] of Object.entries(TREE)) {
  fs.mkdirSync(join(folder, name, '..'), { recursive: true })
  fs.writeFileSync(join(folder, name), text)
}

const { NODE_TEST_CONTEXT, NODE_OPTIONS, ...env } = process.env
const quiet = { env: { ...env, CHILD_TEST: 'given' }, encoding: 'utf8' } as const

/** The same on the disk and in a mount of that folder at another place. */
async function compare (run: (at: string) => unknown): Promise<string> {
  const real = await run(folder)
  const provider = new RealFSProvider(folder)
  using _ = create(provider).mount(AT)
  const mounted = await run(AT)
  assert.deepEqual(mounted, JSON.parse(JSON.stringify(real).replaceAll(folder, AT)))
  return String(mounted)
}

test('a script in a mount runs as from the disk, however it is started', async () => {
  assert.match(await compare((at) => child_process.spawnSync(node, [`${at}/tell.js`, 'a'], quiet).stdout), /tell\.js true dep/)
  assert.match(await compare((at) => child_process.execFileSync(node, ['--no-warnings', `${at}/sub/tell.mjs`, '--b'], quiet)), /tell\.mjs dep/)
  assert.match(await compare((at) => child_process.execSync(`"${node}" ${at}/tell.js c`, quiet)), /dep/)
  assert.match(await compare((at) => child_process.spawnSync(node, ['--require', `${at}/setup.js`, `${at}/tell.js`], quiet).stdout), /set up.*\n.*dep/)
  assert.match(await compare(async (at) => (await promisify(child_process.exec)(`node ${at}/tell.js`, quiet)).stdout), /dep/)
  assert.match(await compare(async (at) => (await promisify(child_process.execFile)('node', [`${at}/sub/tell.mjs`], quiet)).stdout), /dep/)
  assert.match(await compare((at) => new Promise((resolve) => child_process.execFile(node, [`${at}/tell.js`], quiet, (error, stdout, stderr) => resolve(`${error}${stdout}${stderr}`)))), /dep/)
  assert.match(await compare((at) => child_process.spawnSync('node', [`${at}/tell.js`, 'x'], { ...quiet, shell: true }).stdout), /dep/)
})

test('fork, with its channel', async () => {
  const forked = (path: string | URL, ...rest: (string[] | child_process.ForkOptions)[]): Promise<string> => new Promise((resolve, reject) => {
    let text = ''
    const child = child_process.fork(path, ...[Array.isArray(rest[0]) ? rest[0] : [], { ...rest.at(-1), silent: true }] as [string[], child_process.ForkOptions])
    child.stdout!.on('data', (chunk) => { text += chunk })
    child.stderr!.on('data', (chunk) => { text += chunk })
    child.on('message', (message) => { text += message })
    child.on('error', reject)
    child.on('close', (code) => resolve(`${text} ${code}`))
  })
  assert.match(await compare((at) => forked(`${at}/tell.js`, ['x'], { env: quiet.env })), /dep.*[^]*sent 0/)
  assert.match(await compare((at) => forked(new URL(`file://${at}/sub/tell.mjs`), { env: quiet.env, execArgv: ['--no-warnings'] })), /dep/)
  assert.match(await compare((at) => forked('./nested.js', { cwd: `${at}/sub`, env: quiet.env })), /grandchild/)
  assert.match(await compare((at) => forked(`${at}/fails.js`, { env: quiet.env })), /err[^]*3/)
})

test('cwd in a mount: the child is there', async () => {
  assert.match(await compare((at) => child_process.spawnSync(node, ['tell.js', 'a'], { ...quiet, cwd: at }).stdout), /dep cycle,dep\.js,fails\.js,setup\.js,sub,tell\.js,typed/)
  assert.match(await compare((at) => child_process.spawnSync(node, ['../tell.js', 'a'], { ...quiet, cwd: new URL(`file://${at}/sub`) }).stdout), /nested\.js/)
  assert.match(await compare((at) => child_process.spawnSync(node, ['-r', './setup.js', '--', 'tell.js'], { ...quiet, cwd: at }).stdout), /set up/)
  assert.match(await compare((at) => child_process.execFileSync(node, ['-p', 'process.cwd() + require("fs").readdirSync(".") + require("./dep").name'], { ...quiet, cwd: at })), /dep\.js.*dep/)
  const missing = await compare((at) => ((error: NodeJS.ErrnoException) => [error.code, error.message, error.syscall, error.path])(child_process.spawnSync(node, ['-e', '0'], { cwd: `${at}/none` }).error as NodeJS.ErrnoException))
  assert.match(missing, /^ENOENT/)
})

test('the virtual working folder goes to a child that runs Node', () => {
  const real = process.cwd()
  using vfs = create(new RealFSProvider(folder), { virtualCwd: true }).mount(AT)
  process.chdir(`${AT}/sub`)
  try {
    assert.match(child_process.spawnSync(node, ['./tell.mjs'], quiet).stdout, /"\/fsmount-c\/app\/sub".*file:\/\/\/fsmount-c\/app\/sub\/tell\.mjs dep/)
    assert.match(child_process.spawnSync('ls').error!.message, /without options\.cwd: the working folder '\/fsmount-c\/app\/sub' is in a mount, where only Node can start/)
    assert.equal(child_process.spawnSync('pwd', { cwd: '/', encoding: 'utf8' }).stdout, '/\n')
  } finally {
    process.chdir(real)
  }
  vfs.unmount()
})

test('other programs start in the folder of the process, named or not, whatever is mounted over it', async () => {
  const before = process.cwd()
  process.chdir(folder)
  try {
    using vfs = create({ overlay: 'copy-on-write' }).mount(folder)
    for (const cwd of [undefined, folder, '.', `${folder}/sub/..`, pathToFileURL(folder)]) {
      assert.equal(child_process.spawnSync('pwd', { cwd, encoding: 'utf8' }).stdout, `${folder}\n`, String(cwd))
      assert.equal((await promisify(child_process.exec)('pwd', { cwd })).stdout, `${folder}\n`, String(cwd))
    }
    assert.match(child_process.spawnSync('pwd', { cwd: 'sub' }).error!.message, /only Node can start/)
    vfs.unmount()
  } finally {
    process.chdir(before)
  }
})

test('Node that starts in the folder of the process sees what is mounted over it', async () => {
  const before = process.cwd()
  process.chdir(folder)
  try {
    using vfs = create({ overlay: 'copy-on-write' }).mount(folder)
    fs.writeFileSync('only-here', 'seen')
    const code = 'fs.appendFileSync("only-here", " too"); fs.writeFileSync("by-child", ""); process.stdout.write(fs.readFileSync("only-here", "utf8"))'
    for (const cwd of [undefined, folder, '.']) {
      assert.equal(child_process.spawnSync(process.execPath, ['-e', code], { cwd, encoding: 'utf8' }).stdout, 'seen too', String(cwd))
      assert.equal((await promisify(child_process.exec)(`"${process.execPath}" -e '${code}'`, { cwd })).stdout, 'seen too', String(cwd))
    }
    vfs.unmount()
    assert.deepEqual([fs.existsSync('only-here'), fs.existsSync('by-child')], [false, false])
    const gone = fs.mkdtempSync(join(folder, 'gone-'))
    process.chdir(gone)
    fs.rmdirSync(gone)
    using _ = create().mount('/fsmount-children-gone')
    assert.equal(child_process.spawnSync('echo', ['ran'], { encoding: 'utf8' }).stdout, 'ran\n')
  } finally {
    process.chdir(before)
  }
})

test('under copy-on-write the system runs programs that are as the disk has them', () => {
  const program = join(folder, 'program')
  fs.writeFileSync(program, '#!/bin/sh\necho ran', { mode: 0o755 })
  // Where nothing was started, Node 20 has null there.
  const run = (path = program): string | undefined => (child_process.spawnSync(path, { encoding: 'utf8' }).stdout as string | null) ?? undefined
  {
    using _ = create({ overlay: 'copy-on-write' }).mount(folder)
    assert.equal(run(), 'ran\n')
    fs.renameSync(program, `${program}-2`)
    assert.equal(run(`${program}-2`), undefined, 'it is not there on the disk')
    assert.equal(run(), undefined, 'it is no longer in the mount')
    fs.renameSync(`${program}-2`, program)
    assert.equal(fs.readFileSync(program, 'utf8'), '#!/bin/sh\necho ran')
  }
  for (const change of [(): void => fs.appendFileSync(program, ' again'), (): void => fs.chmodSync(program, 0o700), (): void => {
    const { atime, mtime } = fs.statSync(program)
    fs.writeFileSync(program, '#!/bin/sh\necho two')
    fs.utimesSync(program, atime, mtime)
  }]) {
    using _ = create({ overlay: 'copy-on-write' }).mount(folder)
    change()
    assert.match(child_process.spawnSync(program).error!.message, /is in a mount, from which the system cannot run it/)
  }
  using _ = create(new RealFSProvider(folder)).mount(folder)
  assert.equal(run(), undefined)
  fs.rmSync(program)
})

test('a program that is no script is run from a copy, which goes with it', async (t) => {
  const { TMPDIR } = process.env
  const temporary = fs.mkdtempSync(join(folder, 'copies-'))   // other tests have theirs beside
  process.env.TMPDIR = temporary
  t.after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
    fs.rmSync(temporary, { recursive: true })
  })
  const copies = (): string[] => fs.readdirSync(temporary)
  const vfs = create()
  using _ = vfs.mount('/fsmount-c/bin')
  const program = '/fsmount-c/bin/sh'
  fs.copyFileSync(fs.realpathSync('/bin/sh'), program)
  fs.chmodSync(program, 0o755)
  fs.symlinkSync('sh', '/fsmount-c/bin/link')
  fs.writeFileSync('/fsmount-c/bin/script', '#!/bin/sh\necho ran', { mode: 0o755 })
  const say = ['-c', 'echo ran $A']
  assert.equal(child_process.spawnSync(program, say, { encoding: 'utf8', env: { A: 'there' } }).stdout, 'ran there\n')
  assert.equal(child_process.execFileSync('/fsmount-c/bin/link', say, { encoding: 'utf8' }), 'ran\n')
  assert.equal((await promisify(child_process.execFile)(program, say)).stdout, 'ran\n')
  assert.equal(child_process.spawnSync('./sh', say, { cwd: '/', encoding: 'utf8' }).error!.message, 'spawnSync ./sh ENOENT')
  const child = child_process.spawn(program, ['-c', 'read line; echo $line'])
  assert.equal(child.spawnargs[0], program)
  assert.equal(copies().length, 1)
  let text = ''
  child.stdout.on('data', (chunk) => { text += chunk })
  child.stdin.end('typed\n')
  const ended = await new Promise((resolve) => child.on('close', resolve))
  assert.deepEqual([text, ended], ['typed\n', 0])
  fs.chmodSync(program, 0o644)
  for (const unfit of [program, '/fsmount-c/bin/script', '/fsmount-c/bin/none', '/fsmount-c/bin']) assert.match(child_process.spawnSync(unfit).error!.message, /is in a mount, from which the system cannot run it/)
  assert.deepEqual(copies(), [])
})

test('several mounts, a database among them, and one that is absent', async () => {
  const db = new SqliteProvider(join(dir, 'c.db'))
  class Notes extends VirtualProvider { override statSync (): object { return { isDirectory: () => true } } }
  using _a = create(db).mount('/fsmount-c/db')
  using _b = create(new RealFSProvider(folder), { inherit: false }).mount('/fsmount-c/kept')
  using _c = create(new Notes()).mount('/fsmount-c/notes')
  using _d = create({ overlay: true }).mount('/')
  fs.writeFileSync('/fsmount-c/db/main.js', `const fs = require('fs'), said = (run) => { try { return run() } catch (error) { return error.message } }
    fs.writeFileSync('/fsmount-c/db/answer', JSON.stringify([fs.existsSync('/fsmount-c/kept'), said(() => fs.readFileSync('/fsmount-c/notes/x'))]))`)
  const { stderr } = child_process.spawnSync(node, ['/fsmount-c/db/main.js'], quiet)
  assert.equal(stderr.replace(/^\(.*ExperimentalWarning: SQLite.*\n\(Use `node --trace-warnings.*\n/m, ''), '')
  const [kept, absent] = JSON.parse(fs.readFileSync('/fsmount-c/db/answer', 'utf8')) as [boolean, string]
  assert.equal(kept, false)
  assert.match(absent, /'\/fsmount-c\/notes' \(Notes\) cannot be handed to another process.*describe/)
  for (const args of [['-e', 'fs.writeFileSync("/fsmount-c/notes/new", "")'], ['-e', 'fs.statSync(process.argv[1])', '/fsmount-c/notes/x']]) {
    assert.match(child_process.spawnSync(node, args, quiet).stderr, /ERR_INVALID_STATE.*\(Notes\) cannot be handed to another process/)   // never the disk
  }
  _a.unmount()
  db.close()
})

/** What comes of starting a child that cannot be started: thrown, in the result, or as an event, but never silence. */
function failure (run: () => unknown): Promise<[how: string, error: NodeJS.ErrnoException & { spawnargs?: string[] }]> {
  return new Promise((resolve) => {
    try {
      const started = run() as { error?: NodeJS.ErrnoException, on?: (event: string, listen: (error: NodeJS.ErrnoException) => void) => void, then?: Promise<unknown>['then'] }
      if (started.then !== undefined) void started.then(() => {}, (error: NodeJS.ErrnoException) => resolve(['rejected', error]))
      else if (started.on !== undefined) started.on('error', (error) => resolve(['event', error]))
      else resolve(['result', started.error!])
    } catch (error) {
      resolve(['thrown', error as NodeJS.ErrnoException])
    }
  })
}

test('memory is handed on as a copy, which lies nowhere when its children are gone', async () => {
  const names = ['a.js', 'b c.mjs', Buffer.from('\xff', 'latin1')] as const
  const memory = create({ virtualCwd: true })
  memory.writeFileSync('/d/a.js', `const fs = require('fs'); fs.writeFileSync('own', 'x'); fs.chmodSync('own', 0o600)
    console.log(process.cwd(), require('./b c.mjs').b, fs.readdirSync('.', 'latin1').join(), fs.statSync('own').mode & 0o777, fs.readFileSync('big').length)
    if (process.argv[2] > 0) require('child_process').fork(__filename, [process.argv[2] - 1])`)
  memory.writeFileSync('/d/b c.mjs', 'export const b = "b"')
  memory.writeFileSync('/d/big', Buffer.alloc(300_000))
  memory.symlinkSync('b c.mjs', Buffer.from('/d/\xff', 'latin1'))
  using _ = memory.mount('/fsmount-c/mem')
  const line = `/fsmount-c/mem/d b ${[...names.slice(0, 2), 'big', 'own', '\xff'].join()} ${0o600} 300000\n`
  const open = (): string[] => process.platform !== 'linux' ? [] : fs.readdirSync('/proc/self/fd').filter((fd) => /fsmount-/.test(said(() => fs.readlinkSync(`/proc/self/fd/${fd}`))))
  const said = (run: () => string): string => { try { return run() } catch { return '' } }   // the descriptor that listed them
  const before = open()
  const { stdout, stderr } = child_process.spawnSync(node, ['--no-warnings', 'a.js', '1'], { ...quiet, cwd: '/fsmount-c/mem/d' })
  assert.equal(stderr, '')
  assert.equal(stdout, line + line)
  const children = [1, 2].map(() => promisify(child_process.execFile)(node, ['--no-warnings', 'a.js', '0'], { ...quiet, cwd: '/fsmount-c/mem/d' }))
  memory.writeFileSync('/fsmount-c/mem/d/late', '')
  for (const child of await Promise.all(children)) assert.equal(child.stdout, line)
  assert.match(child_process.execFileSync(node, ['--no-warnings', '/fsmount-c/mem/d/a.js'], { ...quiet, cwd: '/fsmount-c/mem/d' }), /late/)
  assert.deepEqual(open(), before)
  assert.equal(fs.existsSync('/fsmount-c/mem/d/own'), false)
})

test('a program whose temporary folder is in a mount hands it on, and makes real copies on the disk', () => {
  using vfs = create()
  vfs.writeFileSync('/tell.js', 'require("fs").writeFileSync(require("os").tmpdir() + "/f", "told"); console.log(require("fs").readdirSync(require("os").tmpdir()).join())')
  vfs.mkdirSync('/temporary')
  vfs.mount(AT)
  const { TMPDIR } = process.env
  process.env.TMPDIR = `${AT}/temporary`
  try {
    assert.equal(child_process.execFileSync(node, [`${AT}/tell.js`], { encoding: 'utf8', env: { ...env, TMPDIR: `${AT}/temporary` } }), 'f\n')
    using copy = vfs.materialize(`${AT}/tell.js`)
    assert.ok(!copy.path.startsWith(AT))
    assert.match(child_process.execFileSync('/bin/cat', [copy.path], { encoding: 'utf8' }), /told/)
    assert.deepEqual(fs.readdirSync(`${AT}/temporary`), [])
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
})

test('mounts are seen that code, the environment or a stream names', async () => {
  const said = (at: string): string => `console.log(require('${at}/dep.js').name)`
  assert.match(await compare((at) => child_process.spawnSync(node, ['-e', said(at)], quiet).stdout), /dep/)
  assert.match(await compare((at) => child_process.spawnSync(node, ['--import', `data:text/javascript,import "${new URL(`file://${at}/dep.js`)}"`, '-p', '1'], quiet).stdout), /1/)
  assert.match(await compare((at) => child_process.execSync(`"${node}" -r "$SETUP" -p 1`, { ...quiet, env: { ...quiet.env, SETUP: `${at}/setup.js` } })), /set up/)
  assert.match(await compare((at) => child_process.execFileSync(node, { ...quiet, input: said(at) })), /dep/)
  assert.match(await compare((at) => new Promise((resolve) => {
    child_process.execFile(node, ['--input-type=commonjs', '-'], quiet, (_error, stdout) => resolve(stdout)).stdin!.end(said(at))
  })), /dep/)
})

test('a script that is an ES module is one from the beginning', async () => {
  const cycle = await compare((at) => child_process.spawnSync(node, ['--no-warnings', `${at}/cycle/a.mjs`], quiet).stderr.replace(/^ +at .*\n/gm, ''))
  assert.match(cycle, Number(process.versions.node.split('.')[0]) >= 22 ? /ERR_REQUIRE_CYCLE_MODULE/ : /ERR_REQUIRE/)
  assert.match(await compare((at) => child_process.spawnSync(node, ['--no-warnings', `${at}/typed/main.js`], quiet).stdout), /typed\/main\.js undefined/)
})

test('what cannot be handed on fails as each function fails, with a reason', async () => {
  class Kept extends MemoryProvider { override describe (): undefined {} }
  const memory = create(new Kept())
  memory.writeFileSync('/x.js', '')
  memory.mkdirSync('/d')
  using _a = memory.mount('/fsmount-c/mem')
  using _b = create(new RealFSProvider(folder)).mount(AT)
  const fd = fs.openSync('/fsmount-c/mem/x.js', 'r')
  const handle = await fs.promises.open('/fsmount-c/mem/x.js')
  const script = /ERR_INVALID_STATE .*the script '\/fsmount-c\/mem\/x\.js' is in a mount\. The mount '\/fsmount-c\/mem' \(Kept\) cannot be handed to another process\. Its provider has nothing that/
  const place = /ERR_INVALID_STATE .*options\.cwd, '\/fsmount-c\/mem\/d', is in a mount\. The mount .*cannot be handed/
  const foreign = /ERR_INVALID_STATE .*options\.cwd, '\/fsmount-c\/app\/sub', is in a mount, where only Node can start:/
  const between = /ERR_INVALID_STATE .*'\/fsmount-c\/app\/sub', is in a mount, where only Node can start, without a shell between \(execFile, spawn, fork\)/
  const program = /ERR_INVALID_STATE .*the program '\/fsmount-c\/app\/tell\.js' is in a mount/
  const descriptor = new RegExp(`ERR_INVALID_STATE .*the descriptor ${fd} in options\\.stdio`)
  const cwd = '/fsmount-c/mem/d'
  const cases: [string, RegExp, () => unknown][] = [
    ['event', script, () => child_process.spawn(node, ['/fsmount-c/mem/x.js'])],
    ['event', script, () => child_process.fork('/fsmount-c/mem/x.js')],
    ['event', script, () => child_process.execFile('node', ['--no-warnings', '/fsmount-c/mem/x.js'])],
    ['event', script, () => child_process.exec('node /fsmount-c/mem/x.js')],
    ['rejected', script, () => promisify(child_process.exec)('node /fsmount-c/mem/x.js')],
    ['rejected', script, () => promisify(child_process.execFile)(node, ['/fsmount-c/mem/x.js'])],
    ['result', script, () => child_process.spawnSync(node, ['/fsmount-c/mem/x.js'])],
    ['thrown', script, () => child_process.execFileSync(node, ['/fsmount-c/mem/x.js'])],
    ['thrown', script, () => child_process.execSync('node "/fsmount-c/mem/x.js"')],
    ['event', place, () => child_process.spawn(node, ['-e', '0'], { cwd })],
    ['result', place, () => child_process.spawnSync(node, { cwd })],
    ['event', foreign, () => child_process.spawn('ls', { cwd: `${AT}/sub` })],
    ['event', between, () => child_process.exec('node -e 0', { cwd: `${AT}/sub` })],
    ['thrown', between, () => child_process.execSync('ls', { cwd: `${AT}/sub` })],
    ['event', between, () => child_process.spawn(node, ['-e', '0'], { cwd: `${AT}/sub`, shell: true })],
    ['event', program, () => child_process.spawn(`${AT}/tell.js`)],
    ['result', program, () => child_process.spawnSync(`${AT}/tell.js`)],
    ['result', descriptor, () => child_process.spawnSync('ls', { stdio: ['pipe', fd, 'pipe'] })],
    ['event', descriptor, () => child_process.spawn('ls', { stdio: [fd, 'ignore', 'ignore'] })],
    ['event', /the descriptor \d+ in/, () => child_process.spawn('ls', { stdio: [handle as never, 'ignore', 'ignore'] })],
  ]
  for (const [how, message, run] of cases) {
    const [came, error] = await failure(run)
    assert.equal(came, how, String(run))
    assert.match(`${error.code} ${error.message}`, message, String(run))
    assert.ok(error.syscall?.startsWith('spawn'), String(run))
  }
  const called = await new Promise<Error>((resolve) => { child_process.execFile(node, ['/fsmount-c/mem/x.js'], (error) => resolve(error!)) })
  assert.match(called.message, /cannot be handed/)
  fs.closeSync(fd)
  await handle.close()
})

test('children that have nothing to do with mounts are as ever', async () => {
  using _a = create().mount('/fsmount-c/mem')
  using _b = create(new RealFSProvider(folder)).mount(AT)
  const environment = child_process.execFileSync(node, ['-p', 'JSON.stringify([process.env.NODE_OPTIONS, Object.keys(process.env).filter((name) => name.startsWith("FSMOUNT"))])'], quiet)
  assert.deepEqual(JSON.parse(environment), [process.env.NODE_OPTIONS ?? null, Object.keys(process.env).filter((name) => name.startsWith('FSMOUNT'))])
  assert.equal(child_process.execFileSync('echo', ['/fsmount-c/mem/x'], { encoding: 'utf8' }), '/fsmount-c/mem/x\n')
  assert.throws(() => child_process.spawn(1 as unknown as string), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => child_process.spawn('ls', 'x' as never), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => child_process.execFile('a\0b'), { code: 'ERR_INVALID_ARG_VALUE' })
  assert.equal((await failure(() => child_process.spawn('fsmount-no-such-program')))[1].code, 'ENOENT')
})

test('a program that is given a path in a mount hands it on to Node below it', () => {
  using _ = create(new RealFSProvider(folder)).mount(AT)
  const { stdout } = child_process.spawnSync('env', ['node', `${AT}/tell.js`], quiet)
  assert.match(stdout, /tell\.js true dep/)
})

test('every function is Node’s own again after the last unmount', () => {
  const functions = (): unknown[] => Object.values(child_process as unknown as Record<string, unknown>)
  const before = functions()
  const vfs = create().mount('/fsmount-c/undo')
  assert.ok(functions().filter((one, at) => one !== before[at]).length >= 7)
  assert.equal(child_process.spawn.length, 3)
  assert.equal(child_process.execFileSync.name, 'execFileSync')
  vfs.unmount()
  assert.deepEqual(functions(), before)
})

test('signatures are read as Node reads them', () => {
  const parts = (name: string, ...args: unknown[]): unknown => {
    const call = readCall(name, args)
    return call && [call.first, call.list, call.options, call.node, call.shell, call.with({})]
  }
  const done = (): void => {}
  assert.deepEqual(parts('spawn', 'ls'), ['ls', [], {}, false, false, ['ls', [], {}]])
  assert.deepEqual(parts('spawn', 'node', { cwd: 'a' }), ['node', [], { cwd: 'a' }, true, false, ['node', [], { cwd: 'a' }]])
  assert.deepEqual(parts('execFile', 'a', ['b'], done), ['a', ['b'], {}, false, false, ['a', ['b'], {}, done]])
  assert.deepEqual(parts('execFile', 'a', null, { shell: '/bin/sh' }, done), ['a', [], { shell: '/bin/sh' }, false, true, ['a', [], { shell: '/bin/sh' }, done]])
  assert.deepEqual(parts('execFile', 'a', done), ['a', [], {}, false, false, ['a', [], {}, done]])
  assert.deepEqual(parts('exec', 'a b', done), ['a b', undefined, {}, false, true, ['a b', {}, done]])
  assert.deepEqual(parts('exec', 'a b', { cwd: 'c' }, done), ['a b', undefined, { cwd: 'c' }, false, true, ['a b', { cwd: 'c' }, done]])
  assert.deepEqual(parts('fork', new URL('file:///a'), { silent: true }), ['file:///a', [], { silent: true }, true, false, [new URL('file:///a'), [], { silent: true }]])
  assert.equal(parts('spawn', 'ls', 5), undefined)
  assert.equal(parts('spawn', 5), undefined)
  assert.deepEqual([['a.js'], ['-r', 'x', 'a.js'], ['--import=x', '--no-warnings', 'a.js', 'b'], ['-e', 'x', 'a'], ['--', '-a.js'], ['-C', 'x'], [], ['-p', 'x']].map(scriptAt), [0, 2, 2, -1, 1, -1, -1, -1])
  assert.deepEqual(descriptorsOf({ stdio: ['pipe', 3, { fd: 4 }, process.stdout, null] }), [3, 4, 1])
  assert.deepEqual(descriptorsOf({ stdio: 'inherit' }), [])
})
