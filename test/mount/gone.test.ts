// The folder of the package is removed while something is mounted, as npm does when it installs anew: what has nothing to
// do with a mount goes on, and what needs a part that was not read in yet says which one it cannot open.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'

const PROGRAM = `
const fs = require('node:fs')
const assert = require('node:assert')
const { join } = require('node:path')
const children = require('node:child_process')
const home = join(__dirname, 'package')
const { create } = require(join(home, 'dist/lib/index.js'))
const vfs = create()
vfs.writeFileSync('/m.js', 'module.exports = 1')
vfs.mount('/fsmount-removed')
fs.rmSync(home, { recursive: true })
async function main () {
  assert.equal(require('./plain.js'), 1)
  assert.equal(require.resolve('./plain.js'), join(__dirname, 'plain.js'))
  assert.throws(() => require('./missing'), { code: 'MODULE_NOT_FOUND', message: /missing/ })
  assert.equal((await import('./plain.mjs')).default, 2)
  assert.equal(children.execFileSync('echo', ['text'], { encoding: 'utf8' }), 'text\\n')
  assert.equal(children.execSync('echo text', { cwd: __dirname, encoding: 'utf8' }), 'text\\n')
  assert.equal(fs.readFileSync('/fsmount-removed/m.js', 'utf8'), 'module.exports = 1')
  assert.throws(() => require('/fsmount-removed/m.js'), /modules\\.js/)
  await assert.rejects(import('/fsmount-removed/m.js'), /modules\\.js/)
  assert.throws(() => children.execFileSync('cat', ['/fsmount-removed/m.js']), /children\\.js/)
  vfs.unmount()
}
main().catch((error) => { console.error(error); process.exitCode = 1 })
`

test('the package is removed while something is mounted', () => {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-gone-'))
  try {
    const home = join(folder, 'package')
    for (const path of ['package.json', 'dist/lib', 'dist/providers', 'dist/loader']) fs.cpSync(join(findRoot(), path), join(home, path), { recursive: true })
    fs.writeFileSync(join(folder, 'plain.js'), 'module.exports = 1')
    fs.writeFileSync(join(folder, 'plain.mjs'), 'export default 2')
    fs.writeFileSync(join(folder, 'program.js'), PROGRAM)
    const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', join(folder, 'program.js')], { encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.equal(status, 0)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})
