// A program moves from `node:vfs` to fsmount by changing one import.
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fsmount from '../../lib/index.ts'
import { CASES } from './cases.ts'

const hasCore = isBuiltin('node:vfs') || process.allowedNodeEnvironmentFlags.has('--experimental-vfs')

for (const { name, run, gives } of CASES) {
  test(name, async () => { assert.deepEqual(JSON.parse(JSON.stringify(await run(fsmount))), gives) })
}

test('node:vfs gives these answers', { skip: hasCore ? false : 'this Node has no node:vfs' }, () => {
  const answers = JSON.parse(execFileSync(process.execPath, ['--experimental-vfs', '--no-warnings', join(__dirname, 'core.js')], { encoding: 'utf8' })) as unknown[]
  for (const [at, { name, gives }] of CASES.entries()) assert.deepEqual(answers[at], gives, name)
})
