// A program moves from `node:vfs` to fsmount by changing one import.
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import * as fsmount from '../../lib/index.ts'
import { ARCHIVES, hasArchives } from './archives.ts'
import { CASES } from './cases.ts'

const hasCore = process.allowedNodeEnvironmentFlags.has('--experimental-vfs')

for (const [cases, skip] of [[CASES, false], [ARCHIVES, hasArchives ? false : 'this Node reads no archives']] as const) {
  for (const { name, run, gives } of cases) {
    test(name, { skip }, async () => { assert.deepEqual(JSON.parse(JSON.stringify(await run(fsmount))), gives) })
  }
}

test('node:vfs gives these answers', { skip: hasCore ? false : 'this Node has no node:vfs' }, () => {
  const answers = JSON.parse(execFileSync(process.execPath, ['--experimental-vfs', '--no-warnings', join(__dirname, 'core.js')], { encoding: 'utf8' })) as unknown[]
  for (const [at, { name, gives }] of [...CASES, ...ARCHIVES].entries()) assert.deepEqual(answers[at], gives, name)
})

test('the default import is the module, in Node and in what compilers make of it', async () => {
  const index = join(__dirname, '../../lib/index.js')
  const made = require(index) as { __esModule?: boolean, default?: object, create: unknown }
  assert.equal(made.__esModule === true ? made.default : made, made)
  assert.equal(Object.keys(made).includes('default'), false)
  const { href } = pathToFileURL(index)
  const { default: byDefault, create } = await import(href) as { default: object, create: unknown }
  assert.equal(byDefault, made)
  assert.equal(create, made.create)
})
