// Random operations as an ordinary user, in a tree of which parts belong to others.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { FIXED } from './behaves.ts'

// Open: rmSync of a folder that may not be read fails from Node 24 on, and does not here.
const skipped = process.getuid?.() !== 0 ? 'all random operations ran as an ordinary user' : Number.parseInt(process.versions.node, 10) >= 24 ? 'rmSync differs in what it refuses, and how, from Node 24 on' : false

/** Rights are the rows' affair, whoever stores. */
const USERS = ['memory']

test('an ordinary user meets the same refusals', { skip: skipped }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'fuzz.js'), '--user', '--ops', '3000', '--subject', USERS.join(), '--seed', String(FIXED)], { encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
  for (const name of USERS) assert.match(stdout, new RegExp(`# ${name} .* as user \\d+`))
})
