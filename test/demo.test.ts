// The demo: a program of several dozen packages, ES modules and CommonJS mixed, runs from memory and writes there.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findRoot } from './tools/files.ts'

test('the demo prints its report and what was served', () => {
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, NODE_V8_COVERAGE, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(findRoot(), 'dist', 'fixtures', 'demo', 'run.js')], { env, encoding: 'utf8', timeout: 120_000 })
  assert.deepEqual([stderr, status], ['', 0])
  assert.match(stdout, /^file +####$/m)
  assert.match(stdout, /^ words\.cjs +\| +100 /m)
  const figures = /mounted +(\d+) files of (\d+) packages[^]*loaded +(\d+) modules by require, (\d+) by import\n +served +(\d+) reads, (\d+) writes; report\/index\.html has (\d+) bytes\n +the disk +has nothing at (\S+),/.exec(stdout)
  assert.ok(figures, stdout)
  const [files, packages, required, imported, reads, writes, bytes] = figures.slice(1, 8).map(Number)
  assert.ok(files! > 500 && packages! >= 24 && required! > 30 && imported! > 30 && reads! > 50 && writes! > 10 && bytes! > 1000, figures[0])
  assert.equal(existsSync(figures[8]!), false)
})
