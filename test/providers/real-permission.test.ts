// Under Node's permission model a sandbox obtains no right that the process lacks, and uses those that it has.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { findRoot } from '../tools/files.ts'
import { makeSandbox, SECRET, type Sandbox } from './sandbox.ts'

const flag = ['--permission', '--experimental-permission'].find((name) => process.allowedNodeEnvironmentFlags.has(name))
const skip = flag === undefined && 'this Node has no permission model'

let box: Sandbox
beforeEach(() => {
  box = makeSandbox()
  fs.mkdirSync(box.host('open'))
  fs.mkdirSync(box.host('shut'))
  fs.writeFileSync(box.host('open/f'), 'mine')
  fs.writeFileSync(box.host('shut/f'), SECRET)
  fs.symlinkSync(join(box.outside, 'secret'), box.host('open/l'))
})
afterEach(() => { box.remove() })

/** Runs `code` in a process with these rights beside that of reading fsmount; gives what each line of `results` came to. */
function run (grants: string[], code: string): unknown {
  const dist = join(findRoot(), 'dist')
  const script = `
    const { RealFSProvider } = require(${JSON.stringify(join(dist, 'providers', 'real.js'))})
    const root = ${JSON.stringify(box.root)}, outside = ${JSON.stringify(box.outside)}
    const attempt = (run) => { try { return run() ?? 'done' } catch (error) { return error.code } }
    const read = (p, node) => { const b = Buffer.alloc(99); return b.toString('utf8', 0, p.read(node, b, 0)) }
    console.log(JSON.stringify((() => { ${code} })()))`
  const { stdout, stderr } = spawnSync(process.execPath, [flag!, `--allow-fs-read=${dist}/*`, ...grants, '-e', script], { encoding: 'utf8' })
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout) as unknown
}

const USE = `
  const p = new RealFSProvider(root)
  return [
    attempt(() => read(p, '/open/f')), attempt(() => read(p, '/shut/f')), attempt(() => read(p, '/open/l')),
    attempt(() => p.write('/open/f', Buffer.from('MINE'), 0)), attempt(() => p.write('/shut/f', Buffer.from('x'), 0)),
    attempt(() => p.mknod('/open', 'new', 0o100644, 0, 0)), attempt(() => p.mknod('/shut', 'new', 0o100644, 0, 0)),
    attempt(() => p.linkat('/shut/f', '/open', 'stolen')), attempt(() => p.renameat('/shut', 'f', '/open', 'stolen'))
  ]`

test('a root that may not be read is refused, by Node', { skip }, () => {
  assert.deepEqual(run([`--allow-fs-read=${box.root}/*`], `
    return [attempt(() => new RealFSProvider(outside)), attempt(() => new RealFSProvider('/'))]`), ['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'])
})

test('what may be read but not written can be read and not written', { skip }, () => {
  for (const grants of [[`--allow-fs-read=${box.root}/*`], ['--allow-fs-read=*']]) {
    const [open, shut, link, ...writes] = run(grants, USE) as string[]
    assert.deepEqual([open, shut, link], ['mine', SECRET, 'ELOOP'])
    assert.deepEqual(writes, Array(6).fill('EACCES'))
  }
  box.assertIntact()
})

test('what may be written in one folder cannot be written in another', { skip }, () => {
  for (const grants of [[`--allow-fs-read=${box.root}/*`], ['--allow-fs-read=*'], ['--allow-fs-read=*', '--allow-fs-write=/proc/*']]) {
    fs.rmSync(box.host('open/new'), { force: true })
    fs.writeFileSync(box.host('open/f'), 'mine')
    const results = run([...grants, `--allow-fs-write=${box.root}/open/*`], USE)
    assert.deepEqual(results, ['mine', SECRET, 'ELOOP', 4, 'EACCES', '/open/new', 'EACCES', 'EACCES', 'EACCES'])
  }
  box.assertIntact()
})

test('a process that may do everything is guarded by descriptors as without the model', { skip }, () => {
  const results = run(['--allow-fs-read=*', '--allow-fs-write=*'], USE)
  assert.deepEqual(results, ['mine', SECRET, 'ELOOP', 4, 1, '/open/new', '/shut/new', 'done', 'done'])
  box.assertIntact()
})
