// Mounts that FSMOUNT or fsmount.config.json describe are there before the program starts, which may itself be in one;
// what is wrong with them is one line, and nothing runs.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { parseMounts } from '../../lib/configuration.ts'
import { create, MemoryProvider, registerProvider, SqliteProvider, ZipProvider } from '../../lib/index.ts'
import { makeProvider } from '../../lib/factories.ts'
import { mountAll } from '../../lib/restore.ts'
import { findRoot } from '../tools/files.ts'

const root = findRoot()
const register = join(root, 'dist/lib/register.js')
const major = Number(process.versions.node.split('.')[0])
const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-preload-'))
after(() => fs.rmSync(dir, { recursive: true, force: true }))

interface Ran { stdout: string, stderr: string, status: number | null }

function run (args: string[], { env = {}, cwd = dir }: { env?: NodeJS.ProcessEnv, cwd?: string } = {}): Ran {
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, FSMOUNT, ...rest } = process.env
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-warnings', ...args], { cwd, env: { ...rest, ...env }, encoding: 'utf8', timeout: 60_000 })
  return { stdout, stderr, status }
}

const PRELOADS = [['--import', register], ['--require', register]]

const SHOW = '{ argv: process.argv.slice(1), cwd: process.cwd(), main: process.mainModule?.filename, env: process.env.FSMOUNT === undefined }'
const TREE: Record<string, string> = {
  '/main.js': `console.log(JSON.stringify([__filename, require.main === module, module.parent ?? null, require('./dep').name, ${SHOW}]))`,
  '/dep.js': 'exports.name = "dep"',
  '/main.mjs': `import { name } from './dep.js'\nconsole.log(JSON.stringify([import.meta.url, import.meta.main, name, await 1, ${SHOW}]))`,
  '/typed/package.json': '{"type": "module", "main": "start.js"}',
  '/typed/start.js': 'console.log(import.meta.url, import.meta.main, typeof require, await 1)',
  '/types.ts': 'const word: string = "typed"; console.log(word, __filename)',
  '/throws.js': 'throw new Error("on purpose")',
  '/spawns.js': `const { fork } = require('node:child_process'), { Worker } = require('node:worker_threads')
    new Worker(__dirname + '/inner.mjs').on('exit', () => fork(__dirname + '/inner.mjs', ['forked']))`,
  '/inner.mjs': 'console.log(import.meta.url, process.argv[2], process.env.NODE_OPTIONS, process.env.FSMOUNT_HANDED)',
}

/** The tree in a database, in an archive and in a folder. */
const database = join(dir, 'app.db')
const archive = join(dir, 'app.zip')
const folder = join(dir, 'app')
for (const provider of [new SqliteProvider(database), new ZipProvider()]) {
  const vfs = create(provider)
  for (const [path, text] of Object.entries(TREE)) vfs.writeFileSync(path, text)
  if (provider instanceof ZipProvider) provider.save(archive)
  else provider.close()
}
for (const [path, text] of Object.entries(TREE)) {
  fs.mkdirSync(dirname(folder + path), { recursive: true })
  fs.writeFileSync(folder + path, text)
}

const ENTRIES = ['main.js', 'main', 'main.mjs', 'typed/start.js', 'typed', 'spawns.js', ...major > 20 ? ['types.ts'] : []]

for (const preload of PRELOADS) {
  test(`${preload[0]}: an entry in a mount runs as from the disk`, () => {
    for (const entry of ENTRIES) {
      const real = run([...preload, join(folder, entry), 'a', '--b'])
      assert.equal(real.stderr, '')
      const mounted = run([...preload, `/fsmount-p/app/${entry}`, 'a', '--b'], { env: { FSMOUNT: 'sqlite:./app.db=/fsmount-p/app' } })
      assert.deepEqual({ ...mounted, stdout: mounted.stdout.replace('"env":false', '"env":true') }, { ...real, stdout: real.stdout.replaceAll(folder, '/fsmount-p/app') }, entry)
    }
  })

  test(`${preload[0]}: an entry that throws or is missing fails as on the disk`, () => {
    for (const entry of ['throws.js', 'none.js', 'none.mjs']) {
      const first = ({ stderr, status }: Ran): unknown => [status, /^.*Error.*$/m.exec(stderr)?.[0]]
      const real = first(run([...preload, join(folder, entry)]))
      const mounted = first(run([...preload, `/fsmount-p/app/${entry}`], { env: { FSMOUNT: 'sqlite:./app.db=/fsmount-p/app' } }))
      assert.deepEqual(mounted, JSON.parse(JSON.stringify(real).replaceAll(folder, '/fsmount-p/app')), entry)
    }
  })
}

test('an entry under copy-on-write goes by the URL that it has on the disk', () => {
  for (const [preload, entry] of [[PRELOADS[0]!, 'main.mjs'], [PRELOADS[1]!, 'typed/start.js']] as const) {
    const { stdout, stderr } = run([...preload, join(folder, entry)], { env: { FSMOUNT: `memory=${folder}?overlay=copy-on-write` } })
    assert.deepEqual([stdout.match(/file:[^"\s]+/)?.[0], stderr], [pathToFileURL(join(folder, entry)).href, ''])
  }
})

test('every provider, several at once, and the configuration in a file', () => {
  const program = 'const fs = require("fs"); console.log(["db", "zip", "dir", "mem"].map((name) => fs.readdirSync("/fsmount-p/" + name).length).join(" "), fs.existsSync("/etc/fsmount-over"), fs.existsSync("/etc/passwd"))'
  const text = `sqlite:app.db=/fsmount-p/db?readonly;\n zip:${archive}=/fsmount-p/zip \n\nreal:./app=/fsmount-p/dir?readonly=true&virtualCwd=false\nmemory:=/fsmount-p/mem?maxBytes=10`
  assert.deepEqual(run(['-r', register, '-e', program], { env: { FSMOUNT: text } }), { stdout: '8 8 8 0 false true\n', stderr: '', status: 0 })
  const mounts = [
    { provider: 'sqlite', source: './app.db', prefix: '/fsmount-p/db', readonly: true }, { provider: 'zip', source: 'app.zip', prefix: '/fsmount-p/zip' },
    { provider: 'real', source: folder, prefix: '/fsmount-p/dir' }, { provider: 'memory', source: { a: 'x', b: { c: 'y' } }, prefix: '/fsmount-p/mem' },
    { provider: 'memory', source: { '/etc/fsmount-over': '' }, prefix: '/', overlay: true }
  ]
  assert.deepEqual(run(['-r', register, '-e', program], { env: { FSMOUNT: JSON.stringify(mounts) } }), { stdout: '8 8 8 2 true true\n', stderr: '', status: 0 })
  fs.writeFileSync(join(dir, 'fsmount.config.json'), JSON.stringify({ mounts }))
  try {
    assert.deepEqual(run(['--import', register, '-e', program]), { stdout: '8 8 8 2 true true\n', stderr: '', status: 0 })
    assert.equal(run(['--import', register, '-p', 'fs.existsSync("/fsmount-p/db")'], { env: { FSMOUNT: '' } }).stdout, 'false\n', 'an empty FSMOUNT turns the file off')
    assert.equal(run(['-p', 'fs.existsSync("/fsmount-p/db")']).stdout, 'false\n', 'nothing is mounted without the preload')
  } finally {
    fs.rmSync(join(dir, 'fsmount.config.json'))
  }
})

const WRONG: [string, RegExp][] = [
  ['sqlite:./app.db=app', /FSMOUNT: the prefix 'app' of 'sqlite:\.\/app\.db=app' is not absolute/],
  ['nope:x=/y', /no provider named 'nope'; known: memory, overlay, real, sea, sqlite, zip/],
  ['garbage', /'garbage' is not of the form provider:source=prefix\?options \(/],
  ['sqlite:app.db=/x?module=./none.mjs', /: sqlite at \/x: Cannot find module '\.\/none\.mjs'\n$/],
  ['real:/no/such/folder=/x', /real at \/x: ENOENT.*'\/no\/such\/folder'/],
  ['zip:./app.db=/x', /zip at \/x: .*app\.db/],
  ['sqlite=/x', /sqlite at \/x: The "source" argument must be a path. Received undefined/],
  ['memory:text=/x', /memory at \/x: The "source" argument must be a plain object/],
  ['memory=/x?readolny', /options.readolny' is none of/],
  ['memory=/x?overlay=maybe', /options\.overlay/],
  ['memory=/x?moduleHooks=7', /options\.moduleHooks/],
  ['real:%zz=/x', /'%zz' has a %/],
  ['{bad', /FSMOUNT: .*JSON/],
  ['{}', /"mounts" must be an array/],
  ['{"module":"./m.mjs","mounts":[]}', /"module" is not known beside "mounts"/],
  ['[1]', /mounts\[0\] must be an object/],
  ['[{"provider":"memory"}]', /mounts\[0\] has no "prefix"/],
  ['[{"provider":1,"prefix":"/x"}]', /"provider" of mounts\[0\] must be a string/],
]

test('what is wrong is one line and exit code 1, and the program does not start', () => {
  for (const [text, message] of WRONG) {
    const { stdout, stderr, status } = run(['--import', register, '-e', 'console.log("ran")'], { env: { FSMOUNT: text } })
    assert.deepEqual([stdout, status, stderr.split('\n').length], ['', 1, 2], text)
    assert.match(stderr, /^fsmount: /)
    assert.match(stderr, message)
  }
  fs.writeFileSync(join(dir, 'fsmount.config.json'), '{"mounts": 1}')
  const { stderr } = run(['-r', register, '-e', 'console.log("ran")'])
  fs.rmSync(join(dir, 'fsmount.config.json'))
  assert.equal(stderr, 'fsmount: fsmount.config.json: "mounts" must be an array\n')
})

test('when one mount fails none stays', () => {
  const before = fs.readFileSync
  assert.throws(() => mountAll(parseMounts('memory=/fsmount-p/first;real:/no/such/folder=/fsmount-p/second')), { message: /^real at \/fsmount-p\/second: ENOENT/ })
  assert.equal(fs.existsSync('/fsmount-p'), false)
  assert.equal(fs.readFileSync, before)
})

test('sources and prefixes may hold every character', () => {
  const odd = join(dir, 'a=b:c?d;e%f g')
  fs.mkdirSync(odd)
  const escaped = (path: string): string => path.replace(/[%=?;]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
  const [vfs] = mountAll(parseMounts(`real:${escaped(odd)}=${escaped('/fsmount-p/x=y?z;%')}?overlay`))
  assert.deepEqual([vfs!.mountPoint, vfs!.overlay, (vfs!.provider as unknown as { rootPath: string }).rootPath], ['/fsmount-p/x=y?z;%', true, odd])
  vfs!.unmount()
  assert.deepEqual(parseMounts(' '), [])
})

test('a provider that is registered can be described', () => {
  registerProvider('test-notes', (source: string, options: { loud?: boolean }) => MemoryProvider.fromJSON({ '/note': options.loud === true ? source.toUpperCase() : source }))
  const [plain, loud] = mountAll(parseMounts('test-notes:hello=/fsmount-p/plain;test-notes:hello=/fsmount-p/loud?loud'))
  assert.deepEqual([fs.readFileSync('/fsmount-p/plain/note', 'utf8'), fs.readFileSync('/fsmount-p/loud/note', 'utf8')], ['hello', 'HELLO'])
  for (const vfs of [plain!, loud!]) vfs.unmount()
  registerProvider({ name: 'test-lines', canHandle: (path, stats) => stats.isFile() && path.endsWith('.lines'), create: (path, stats) => MemoryProvider.fromJSON({ '/path': path, '/size': String(stats.size) }) })
  fs.writeFileSync(join(dir, 'some.lines'), 'a\nb')
  const handled = makeProvider({ provider: 'test-lines', source: join(dir, 'some.lines') }) as MemoryProvider
  assert.deepEqual(handled.toJSON(), { '/path': join(dir, 'some.lines'), '/size': '3' })
  assert.throws(() => makeProvider({ provider: 'test-lines', source: dir }), { code: 'ERR_INVALID_STATE', message: /'test-lines' cannot handle/ })
  assert.throws(() => makeProvider({ provider: 'test-lines', source: join(dir, 'none.lines') }), { code: 'ENOENT' })
  for (const wrong of [{ name: 'x' }, { name: 'x', canHandle () {} }, { name: 1, canHandle () {}, create () {} }]) assert.throws(() => registerProvider(wrong as never), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => registerProvider(1 as unknown as string, () => ({})), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => registerProvider('x', 1 as unknown as () => object), { code: 'ERR_INVALID_ARG_TYPE' })
  for (const name of ['', 'a b', 'a=b', 'memory', 'sqlite']) assert.throws(() => registerProvider(name, () => ({})), { code: 'ERR_INVALID_ARG_VALUE' })
  fs.writeFileSync(join(dir, 'mine.cjs'), `const { registerProvider, MemoryProvider } = require(${JSON.stringify(join(root, 'dist/lib/index.js'))})
    registerProvider('mine', (source) => Object.assign(MemoryProvider.fromJSON({ '/m.js': 'module.exports = ' + JSON.stringify(source), '/w.js': 'console.log("worker", require("./m.js"))' }), { describe: () => ({ provider: 'mine', source, module: require("url").pathToFileURL(__filename) }) }))`)
  const program = 'console.log(require("/fsmount-p/mine/m.js")); new (require("worker_threads").Worker)("/fsmount-p/mine/w.js").on("exit", () => require("child_process").fork("/fsmount-p/mine/w.js"))'
  const mounts = JSON.stringify([{ provider: 'mine', source: 'given', prefix: '/fsmount-p/mine', module: join(dir, 'mine.cjs') }])
  assert.deepEqual(run(['-r', register, '-e', program], { env: { FSMOUNT: mounts } }), { stdout: 'given\nworker given\nworker given\n', stderr: '', status: 0 })
})

test('a worker with its own FSMOUNT mounts that too; the parent’s is not mounted twice', () => {
  const program = `const { Worker } = require('worker_threads')
    new Worker('console.log(require("fs").readFileSync("/fsmount-p/a/f", "utf8"), require("fs").existsSync("/fsmount-p/b"))', { eval: true })
      .on('exit', () => new Worker('console.log(require("fs").readFileSync("/fsmount-p/a/f", "utf8"), require("fs").existsSync("/fsmount-p/b"))', { eval: true, execArgv: ['-r', ${JSON.stringify(register)}], env: { FSMOUNT: 'memory=/fsmount-p/b' } }))
    require('fs').writeFileSync('/fsmount-p/a/f', 'too late')`
  fs.writeFileSync(join(dir, 'own.cjs'), `require('fs').writeFileSync('/fsmount-p/a/f', 'kept')\n${program}`)
  assert.deepEqual(run(['-r', register, join(dir, 'own.cjs')], { env: { FSMOUNT: 'memory=/fsmount-p/a' } }), { stdout: 'kept false\ntoo late true\n', stderr: '', status: 0 })
})

test('.env files are read by Node before anything is mounted: not seen', () => {
  const { status, stderr } = run(['--env-file=/fsmount-p/dir/.env', '-r', register, '-e', '0'], { env: { FSMOUNT: 'real:./app=/fsmount-p/dir' } })
  assert.notEqual(status, 0)
  assert.match(stderr, /\.env/)
  fs.writeFileSync(join(dir, '.env'), 'FSMOUNT=memory=/fsmount-p/fromenv\n')
  assert.equal(run([`--env-file=${join(dir, '.env')}`, '-r', register, '-p', 'fs.existsSync("/fsmount-p/fromenv")']).stdout, 'true\n')
})
