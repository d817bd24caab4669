// The files that a build joins: how many are read when, and that a part is there once, whichever way it is asked for.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'

const PROGRAM = `
const { join, relative } = require('node:path')
const [, home] = process.argv
const known = new Set()
const news = () => Object.keys(require.cache).filter((file) => file.startsWith(home) && !known.has(file)).map((file) => known.add(file) && relative(home, file))
const fsmount = require(join(home, 'lib/index.js'))
const read = [news()]
const vfs = fsmount.create()
vfs.writeFileSync('/m.js', 'module.exports = __filename')
vfs.mount('/fsmount-joined')
read.push(news())
const name = require('/fsmount-joined/m.js')
read.push(news())
vfs.unmount()
const own = [], twice = []
for (const part of JSON.parse(process.argv[2])) {
  const exported = require(join(home, part))
  if (own.includes(exported)) twice.push(part)
  own.push(exported)
}
const { VirtualFileSystem } = require(join(home, 'lib/vfs.js'))
console.log(JSON.stringify({ read, name, twice, one: vfs instanceof VirtualFileSystem && VirtualFileSystem === fsmount.VirtualFileSystem, joined: news().filter((file) => file.includes('joined')) }))`

test('loading, the first mount and the first module read one file each, and every part is there once', () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'joined-'))
  try {
    const home = join(folder, 'dist')
    for (const part of ['lib', 'loader', 'providers']) cpSync(join(findRoot(), 'dist', part), join(home, part), { recursive: true })
    const joining = spawnSync(process.execPath, [join(__dirname, '../tools/join.js'), home], { encoding: 'utf8' })
    assert.deepEqual([joining.stdout, joining.stderr], ['', ''])
    const parts = ['lib/kernel/native.js', 'lib/kernel/registry.js', 'lib/mount/mounting.js', 'lib/mount/modulefiles.js', 'lib/ops/table.js', 'providers/memory.js', 'loader/loader.js', 'loader/modules.js', 'loader/resolve.js']
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', PROGRAM, home, JSON.stringify(parts)], { encoding: 'utf8' })
    assert.equal(stderr, '')
    const older = Number.parseInt(process.versions.node, 10) < 24 ? ['lib/joined/older.js'] : []
    assert.deepEqual(JSON.parse(stdout), {
      read: [['lib/index.js', 'lib/joined/load.js'], ['lib/joined/mount.js', ...older], ['lib/joined/modules.js']],
      name: '/fsmount-joined/m.js', twice: [], one: true, joined: []
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
