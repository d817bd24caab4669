// The preload: what was taken out of `fs` before a mount sees the mount all the same, and nothing else changes.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { findRoot } from './tools/files.ts'

const root = findRoot()
const dir = mkdtempSync(join(realpathSync(tmpdir()), 'fsmount-register-'))
after(() => rmSync(dir, { recursive: true, force: true }))

/** Runs a program with the preload; the package is found from its own folder. */
function run (flag: string, name: string, code: string): string {
  const file = join(dir, name)
  writeFileSync(file, code)
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [flag, 'fsmount/register', file], { cwd: root, env: { ...env, ROOT: join(root, 'x.js') }, encoding: 'utf8', timeout: 60_000 })
  assert.deepEqual([stderr, status], ['', 0])
  return stdout
}

const PROGRAM = `
  const { readFileSync, statSync, promises: { readFile } } = fs
  const { create } = createRequire(process.env.ROOT)('fsmount')
  const vfs = create()
  vfs.writeFileSync('/a.txt', 'seen')
  vfs.writeFileSync('/m.js', 'module.exports = "required"')
  vfs.writeFileSync('/m.mjs', 'export default "imported"')
  vfs.mount('/virtual')
  const words = [readFileSync('/virtual/a.txt', 'utf8'), await readFile('/virtual/a.txt', 'utf8'), statSync('/virtual').isDirectory(),
    createRequire('/virtual/')('./m.js'), (await import('/virtual/m.mjs')).default]
  vfs.unmount()
  let after
  try { readFileSync('/virtual/a.txt') } catch (error) { after = error.code }
  vfs.mount('/virtual')
  console.log(...words, after, readFileSync('/virtual/a.txt', 'utf8'), fs.readFileSync === readFileSync)
`
const EXPECTED = 'seen seen true required imported ENOENT seen true\n'

for (const flag of ['--import', '--require']) {
  test(`${flag}: functions taken before the mount see it`, () => {
    assert.equal(run(flag, 'taken.mjs', `import fs from 'node:fs'\nimport { createRequire } from 'node:module'\n${PROGRAM}`), EXPECTED)
    assert.equal(run(flag, 'taken.cjs', `const fs = require('fs'), { createRequire } = require('module')\n;(async () => {${PROGRAM}})()`), EXPECTED)
  })

  test(`${flag}: without a mount everything is as ever`, () => {
    assert.equal(run(flag, 'plain.cjs', 'console.log(require("fs").readFileSync.name, require("fs").readFileSync.length, require("fs").existsSync(__filename), process.exitCode)'), 'readFileSync 2 true undefined\n')
  })
}
