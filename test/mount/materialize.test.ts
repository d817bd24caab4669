// Real copies of what is in a file system: complete, private, and gone when they are disposed of or the process ends.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { create, MemoryProvider, RealFSProvider } from '../../lib/index.ts'
import { findRoot } from '../tools/files.ts'

const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-materialize-'))
after(() => fs.rmSync(dir, { recursive: true, force: true }))

/** What is below a folder: names, types and modes, contents and targets. */
function listing (root: string): Record<string, string> {
  const found: Record<string, string> = {}
  const walk = (name: string): void => {
    const path = join(root, name)
    const stats = fs.lstatSync(path)
    if (stats.isDirectory()) for (const inner of fs.readdirSync(path)) walk(join(name, inner))
    if (name !== '') found[name] = stats.isSymbolicLink() ? `-> ${fs.readlinkSync(path)}` : `${(stats.mode & 0o7777).toString(8)} ${stats.isDirectory() ? 'folder' : fs.readFileSync(path, 'utf8').slice(0, 20)} ${stats.mtimeMs}`
  }
  walk('')
  return found
}

function filled (): ReturnType<typeof create> {
  const vfs = create(new MemoryProvider())
  vfs.writeFileSync('/app/bin/tool', '#!/bin/sh\necho ran in "$PWD"', { mode: 0o755 })
  vfs.writeFileSync('/app/data/a', 'a')
  vfs.writeFileSync('/app/big', Buffer.alloc(2_500_000, 'b'))
  vfs.symlinkSync('data/a', '/app/relative')
  vfs.symlinkSync('/app/data', '/app/bin/absolute')
  vfs.symlinkSync('../../../../etc/passwd', '/app/out')
  vfs.symlinkSync('/etc/passwd', '/app/away')
  vfs.chmodSync('/app/data', 0o500)
  for (const path of ['/app/bin/tool', '/app/data/a', '/app/big', '/app/data', '/app/bin']) vfs.utimesSync(path, 5, 7)
  return vfs
}

const EXPECTED = {
  'big': '644 bbbbbbbbbbbbbbbbbbbb 7000', 'bin': '755 folder 7000', 'bin/absolute': '-> ../data', 'bin/tool': '755 #!/bin/sh\necho ran i 7000',
  'data': '500 folder 7000', 'data/a': '644 a 7000', 'relative': '-> data/a'
}
const OUTSIDE = { away: '-> /dev/null/fsmount/outside', out: '-> /dev/null/fsmount/outside' }

test('a folder is copied with modes, times and links, privately, and removed', () => {
  const vfs = filled()
  const copy = vfs.materialize('/app', { dir })
  assert.deepEqual(listing(copy.path), { ...EXPECTED, ...OUTSIDE })
  assert.equal(basename(copy.path), 'app')
  assert.equal(fs.statSync(dirname(copy.path)).mode & 0o777, 0o700)
  assert.equal(execFileSync(join(copy.path, 'bin/tool'), { cwd: copy.path, encoding: 'utf8' }), `ran in ${copy.path}\n`)
  assert.equal(fs.readFileSync(join(copy.path, 'big')).length, 2_500_000)
  copy[Symbol.dispose]()
  assert.deepEqual(fs.readdirSync(dir), [])
  copy[Symbol.dispose]()
})

test('a single file, everything, and a path behind a link', async () => {
  const vfs = filled()
  const [file, all, linked] = [vfs.materialize('/app/data/a', { dir }), vfs.materialize(undefined, { dir }), vfs.materialize('app/bin/absolute', { dir })]
  assert.equal(fs.readFileSync(file.path, 'utf8'), 'a')
  assert.equal(basename(file.path), 'a')
  assert.deepEqual(Object.keys(listing(all.path)).filter((name) => !name.includes('/')), ['app'])
  assert.deepEqual([basename(linked.path), fs.readdirSync(linked.path)], ['data', ['a']])
  fs.writeFileSync(join(all.path, 'app/new'), 'real')
  assert.equal(vfs.existsSync('/app/new'), false)
  for (const copy of [file, all, linked]) await copy[Symbol.asyncDispose]()
  assert.deepEqual(fs.readdirSync(dir), [])
})

test('mounted, the paths are mounted ones, and links lead where they led', () => {
  const vfs = filled()
  vfs.symlinkSync('../../etc/hosts', '/app/up')
  vfs.symlinkSync('/fsmount-real/app/data/a', '/app/here')
  vfs.mount('/fsmount-real')
  const copy = vfs.materialize('/fsmount-real/app', { dir })
  assert.deepEqual(listing(copy.path), { ...EXPECTED, 'bin/absolute': '-> /app/data', away: '-> /etc/passwd', here: '-> data/a', out: '-> /etc/passwd', up: '-> /etc/hosts' })
  copy[Symbol.dispose]()
  assert.throws(() => vfs.materialize('/etc', { dir }), { code: 'ENOENT' })
  vfs.unmount()
})

test('nothing leads out of a sandbox, mounted or not', () => {
  fs.mkdirSync(join(dir, 'box'))
  for (const [name, target] of [['abs', '/etc/passwd'], ['up', '../../../etc/passwd'], ['in', '/inner'], ['mountpoint', '/fsmount-box/inner']]) fs.symlinkSync(target!, join(dir, 'box', name!))
  fs.writeFileSync(join(dir, 'box', 'inner'), '')
  const vfs = create(new RealFSProvider(join(dir, 'box')))
  const links = (path?: string): unknown => {
    const copy = vfs.materialize(path)
    const found = Object.fromEntries(Object.entries(listing(copy.path)).filter(([, what]) => what.startsWith('->')))
    copy[Symbol.dispose]()
    return found
  }
  const expected = { abs: '-> etc/passwd', up: '-> etc/passwd', in: '-> inner', mountpoint: '-> fsmount-box/inner' }
  assert.deepEqual(links(), expected)
  vfs.mount('/fsmount-box')
  assert.deepEqual(links(), expected)
  vfs.unmount()
  fs.rmSync(join(dir, 'box'), { recursive: true })
})

test('what goes wrong leaves nothing behind', () => {
  const provider = new MemoryProvider()
  const vfs = create(provider)
  vfs.writeFileSync('/d/a', '1')
  provider.setContentProvider('/d/lazy', () => { throw new Error('cannot make it') })
  assert.throws(() => vfs.materialize('/d', { dir }), /cannot make it/)
  assert.throws(() => vfs.materialize('/none', { dir }), { code: 'ENOENT' })
  assert.throws(() => vfs.materialize('/d', { dir: '/no/such' }), { code: 'ENOENT' })
  assert.throws(() => vfs.materialize(1 as unknown as string), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.deepEqual(fs.readdirSync(dir), [])
})

test('names that are not UTF-8 are kept', { skip: process.platform === 'darwin' && 'the disk refuses them' }, () => {
  const vfs = create()
  const name = Buffer.from([0x2f, 0x64, 0x2f, 0xff, 0xfe])
  vfs.mkdirSync('/d')
  vfs.writeFileSync(name, 'x')
  const copy = vfs.materialize('/d', { dir })
  assert.deepEqual(fs.readdirSync(copy.path, { encoding: 'buffer' }), [Buffer.from([0xff, 0xfe])])
  copy[Symbol.dispose]()
})

test('copies that stand when the process ends are removed, also under a mount of everything', () => {
  const program = `const { create } = require(${JSON.stringify(join(findRoot(), 'dist/lib/index.js'))})
    const vfs = create(); vfs.writeFileSync('/d/f', 'x'); vfs.mount('/')
    for (let i = 0; i < 20; i++) process.stdout.write(vfs.materialize('/d', { dir: ${JSON.stringify(dir)} }).path + '\\n')`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(stdout.trim().split('\n').length, 20)
  assert.deepEqual(fs.readdirSync(dir), [])
})

test('a copy that somebody else has removed keeps no other from being removed, and is no error', () => {
  const program = `const { create } = require(${JSON.stringify(join(findRoot(), 'dist/lib/index.js'))})
    const vfs = create(); vfs.writeFileSync('/d/f', 'x')
    const copies = [1, 2, 3].map(() => vfs.materialize('/d', { dir: ${JSON.stringify(dir)} }))
    for (const { path } of copies.slice(0, 2)) require('node:fs').rmSync(require('node:path').dirname(path), { recursive: true })
    copies[0][Symbol.dispose]()`
  const { status, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  assert.deepEqual(fs.readdirSync(dir), [])
})
