// Node binds what its cp and glob call when they are first used: ours must serve a mount whether that happened before
// the mount or not, and leave Node's as they were. Each program runs in a process of its own.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const index = join(__dirname, '../../lib/index.js')
const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-cold-'))
after(() => { fs.rmSync(folder, { recursive: true }) })

/** Uses cp and glob on the disk. */
const USE = `
  fs.cpSync(process.execPath, folder + '/x', { filter: () => false })
  await fs.promises.cp(process.execPath, folder + '/x', { filter: () => false })
  fs.globSync?.('*', { cwd: folder })
  if (fs.promises.glob) for await (const name of fs.promises.glob('*', { cwd: folder })) break`

const body = (before: string): string => `
const fs = require('node:fs')
const assert = require('node:assert')
const folder = ${JSON.stringify(folder)}
async function main () {
  ${before}
  const own = { cp: fs.promises.cp, cpSync: fs.cpSync, globSync: fs.globSync }
  const vfs = require(${JSON.stringify(index)}).create()
  vfs.writeFileSync('/d/f.js', 'text')
  vfs.mount('/fsmount-cold')
  fs.cpSync('/fsmount-cold/d', '/fsmount-cold/e', { recursive: true, filter: () => true })
  await fs.promises.cp('/fsmount-cold/d', '/fsmount-cold/g', { recursive: true })
  assert.deepEqual(fs.readdirSync('/fsmount-cold'), ['d', 'e', 'g'])
  if (fs.globSync) {
    assert.deepEqual(fs.globSync('*/f.js', { cwd: '/fsmount-cold' }).sort(), ['d/f.js', 'e/f.js', 'g/f.js'])
    const found = []
    for await (const name of fs.promises.glob('*/f.js', { cwd: '/fsmount-cold' })) found.push(name)
    assert.equal(found.length, 3)
  }
  vfs.unmount()
  assert.deepEqual({ cp: fs.promises.cp, cpSync: fs.cpSync, globSync: fs.globSync }, own)
  ${USE}
}
main().catch((error) => { console.error(error); process.exitCode = 1 })`

for (const [name, before] of [['cold', ''], ['after an earlier real call', USE]] as const) {
  test(`cp and glob in a mount, ${name}`, () => {
    const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', body(before)], { encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.equal(status, 0)
  })
}
