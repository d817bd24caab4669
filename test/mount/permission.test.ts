// Under Node's permission model a mount needs no right to read the folders that lead to it, and gives none.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'

const major = Number(process.versions.node.split('.')[0])

const PROGRAM = `
const fs = require('node:fs')
const { create, RealFSProvider } = require(process.argv[2])
const codeOf = (run) => { try { return run() } catch (error) { return error.code } }
async function main () {
  for (const prefix of JSON.parse(process.argv[3])) {
    const vfs = create()
    vfs.mkdirSync('/node_modules/dep', { recursive: true })
    vfs.writeFileSync('/node_modules/dep/index.js', 'module.exports = "dep"')
    vfs.writeFileSync('/main.js', 'module.exports = require("dep")')
    vfs.writeFileSync('/main.mjs', 'import dep from "./main.js"; export default dep')
    vfs.symlinkSync(__filename, '/out')
    vfs.symlinkSync('/etc/hostname', '/away')
    const at = prefix === null ? vfs.mount() : vfs.mount(prefix).mountPoint
    fs.writeFileSync(at + '/written', 'text')
    console.log(JSON.stringify([
      require(at + '/main.js'), (await import(at + '/main.mjs')).default, fs.readFileSync(at + '/written', 'utf8'), fs.realpathSync(at + '/written') === at + '/written',
      fs.readFileSync(at + '/out').length > 0, codeOf(() => fs.readFileSync(at + '/away')), codeOf(() => fs.realpathSync(at + '/away')),
      codeOf(() => require(at + '/missing')), codeOf(() => fs.readFileSync('/etc/hostname')), codeOf(() => fs.writeFileSync(__filename, '')), codeOf(() => create(new RealFSProvider('/etc')))
    ]))
    const handle = await fs.promises.open(at + '/written')
    const real = await fs.promises.open(__filename)
    await real.close()
    fs.watch(at).close()
    fs.watchFile(at + '/written', () => {})
    fs.unwatchFile(at + '/written')
    console.log(JSON.stringify([
      await handle.readFile('utf8'), String(fs.statSync(at + '/written', { bigint: true }).size), fs.statfsSync(at).bsize > 0, handle instanceof real.constructor,
      codeOf(() => fs.statSync(at + '/written', { bigint: 'odd' }).size), await fs.promises.writeFile(at + '/written', 'other', { mode: '0600', flush: true }).then(() => fs.readFileSync(at + '/written', 'utf8')),
      codeOf(() => fs.readFileSync(at + '/written', { encoding: 'odd' }))
    ]))
    await handle.close()
    vfs.unmount()
  }
}
main()`

test('a mount is seen wherever it is, and nothing else that is not allowed', () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'fsmount-permission-'))
  try {
    const file = join(folder, 'program.cjs')
    writeFileSync(file, PROGRAM)
    const root = findRoot()
    const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
    const args = [flag, '--no-warnings', `--allow-fs-read=${join(root, '*')}`, `--allow-fs-read=${file}`, ...major < 22 ? ['--allow-worker'] : []]   // where hooks have a thread
    const prefixes = ['/fsmount-permission', join(folder, 'deep/in'), `${dirname(folder)}/fsmount-beside/x`, null]
    const { stdout, stderr } = spawnSync(process.execPath, [...args, file, join(root, 'dist/lib/index.js'), JSON.stringify(prefixes)], { encoding: 'utf8', env: { PATH: process.env.PATH } })
    assert.equal(stderr, '')
    const denied = 'ERR_ACCESS_DENIED'
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as unknown)
    assert.equal(lines.length, 2 * prefixes.length)
    for (const [i, line] of lines.entries()) {
      assert.deepEqual(line, i % 2 === 1 ? ['text', '4', true, true, 4, 'other', 'ERR_INVALID_ARG_VALUE'] : ['dep', 'dep', 'text', true, true, denied, denied, 'MODULE_NOT_FOUND', denied, denied, denied])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
