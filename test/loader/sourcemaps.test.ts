// Source maps in files of their own: an error in a module of a mount is shown where it is shown on the disk.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const PROGRAM = `
const fs = require('node:fs')
const [root, mounted, enable] = process.argv.slice(1)
if (mounted) require(mounted).create().mount(root)
if (enable) process.setSourceMapsEnabled(true)
fs.mkdirSync(root + '/maps', { recursive: true })
const map = (sources, more) => JSON.stringify({ version: 3, sources, names: [], mappings: ';;AACA,UAAQ', ...more })
const files = {
  'plain.js.map': map(['plain.ts']), 'maps/beside.map': map(['../src/beside.ts']), 'rooted.map': map(['rooted.ts'], { sourceRoot: 'src/' }), 'broken.map': '{',
}
for (const [name, text] of Object.entries(files)) fs.writeFileSync(root + '/' + name, text)
const show = (error) => { console.log(error.stack.split('\\n')[1].trim().replaceAll(root, '')) }
async function main () {
  for (const [name, url] of Object.entries({ plain: 'plain.js.map', beside: 'maps/beside.map', rooted: 'rooted.map', broken: 'broken.map', missing: 'missing.map' })) {
    fs.writeFileSync(root + '/' + name + '.cjs', '"use strict"\\n\\nexports.x=(new Error("x"))\\n//# sourceMappingURL=' + url)
    fs.writeFileSync(root + '/' + name + '2.cjs', '"use strict"\\n\\nexports.x=(new Error("x"))\\n//# sourceMappingURL=' + url + '\\n')
    fs.writeFileSync(root + '/' + name + '.mjs', '\\n\\nexport let x=(new Error("x"))\\n//# sourceMappingURL=' + url + '\\n')
    show(require(root + '/' + name + '.cjs').x)
    show((await import(root + '/' + name + '2.cjs')).default.x)
    show((await import(root + '/' + name + '.mjs')).x)
  }
}
main()`

function run (flags: string[], ...args: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', ...flags, '-e', PROGRAM, ...args], { encoding: 'utf8' })
  assert.equal(stderr, '')
  return stdout
}

for (const [name, flags, enable] of [['a flag', ['--enable-source-maps'], ''], ['a call', [], 'yes'], ['nothing', [], '']] as const) {
  test(`source maps of files in a mount, enabled by ${name}`, () => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'fsmount-maps-'))
    try {
      const real = run([...flags], folder, '', enable)
      if (name !== 'nothing') assert.match(real, /plain\.ts:2:9.*\n(?:.*\n)*.*src\/rooted\.ts:2:9/)
      assert.equal(run([...flags], '/fsmount-maps', join(__dirname, '../../lib/index.js'), enable), real)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
