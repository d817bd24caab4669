// Random operations as an ordinary user, in a tree of which parts belong to others.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { FIXED } from './behaves.ts'

const skipped = process.getuid?.() === 0 ? false : 'all random operations ran as an ordinary user'

/** Rights are the rows' affair, whoever stores; a sandbox is also asked by the host. */
const USERS = ['memory', 'real']

test('an ordinary user meets the same refusals', { skip: skipped }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'fuzz.js'), '--user', '--ops', '3000', '--subject', USERS.join(), '--seed', String(FIXED)], { encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
  for (const name of USERS) assert.match(stdout, new RegExp(`# ${name} .* as user \\d+`))
})
