// The suite as it is packed for others: it passes what is right, and finds what is wrong.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MemoryProvider } from '../../lib/index.ts'
import { findRoot } from '../tools/files.ts'
import { runConformance } from './suite.ts'

/** Runs a test file of somebody who has installed the package; gives its verdict in TAP. */
function verdict (code: string): { status: number | null, passed: number, failed: string[], skipped: number } {
  const dir = mkdtempSync(join(realpathSync(tmpdir()), 'fsmount-conformance-'))
  try {
    mkdirSync(join(dir, 'node_modules'))
    symlinkSync(findRoot(), join(dir, 'node_modules/fsmount'))
    writeFileSync(join(dir, 'mine.test.mjs'), code)
    const { NODE_TEST_CONTEXT, ...env } = process.env
    const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', 'mine.test.mjs'], { cwd: dir, env, encoding: 'utf8' })
    const lines = stdout.split('\n').filter((line) => /^ {4,}(?:not )?ok \d+ - \w+: /.test(line))
    return {
      status, passed: lines.filter((line) => /^ *ok /.test(line) && !line.includes('# SKIP')).length,
      skipped: lines.filter((line) => line.includes('# SKIP')).length,
      failed: lines.filter((line) => /^ *not ok /.test(line)).map((line) => line.replace(/^ *not ok \d+ - /, ''))
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

test('passes a provider that is right, and skips what it is told to', () => {
  const { status, passed, failed, skipped } = verdict(`import { MemoryProvider } from 'fsmount'
    import { runConformance } from 'fsmount/conformance'
    runConformance({ name: 'mine', make: () => new MemoryProvider(), skip: (name) => name.startsWith('cp: ') ? 'a reason' : undefined })`)
  assert.deepEqual([status, failed], [0, []])
  assert.ok(passed > 400, `${passed}`)
  assert.ok(skipped > 10, `${skipped}`)
})

test('passes over what it is told that a provider lacks, and nothing else', () => {
  const { failed, passed, skipped } = verdict(`import { MemoryProvider } from 'fsmount'
    import { runConformance } from 'fsmount/conformance'
    const refused = (code) => { throw Object.assign(new Error(code), { code }) }
    class Poor extends MemoryProvider {
      symlinkSync () { refused('EROFS') }
      linkSync () { refused('EPERM') }
    }
    runConformance({ name: 'poor', make: () => new Poor(), lacks: ['symlink'] })`)
  assert.ok(passed > 250 && skipped > 100 && failed.length < 50, `${passed} ${skipped} ${failed.join('\n')}`)
  assert.ok(failed.includes('links: gives a hard link the same inode and content'), failed.join('\n'))
})

test('passes over what asks at once in a provider that only answers later, and knows of names that are text', () => {
  const { failed, passed, skipped } = verdict(`import { create, VirtualProvider } from 'fsmount'
    import { runConformance } from 'fsmount/conformance'
    const names = ['appendFile', 'chmod', 'chown', 'lchown', 'link', 'lstat', 'lutimes', 'mkdir', 'readFile', 'readdir', 'readlink', 'rename', 'rmdir', 'symlink', 'truncate', 'unlink', 'utimes', 'writeFile']
    class Later extends VirtualProvider {}
    for (const name of names) Later.prototype[name] = async function (...args) { return await (this.inside ??= create({ parents: false })).promises[name](...args) }
    runConformance({ name: 'later', make: () => new Later(), skip: { 'links: keeps targets that are not UTF-8': 'they are stored as text' } })`)
  assert.deepEqual(failed, [])
  assert.ok(passed > 300 && skipped > 100, `${passed} ${skipped}`)
})

test('takes no name for what a provider lacks that no method has', () => {
  for (const name of ['symlinkSync', 'symlnik']) {
    assert.throws(() => { runConformance({ name: 'x', make: () => new MemoryProvider(), lacks: [name] }) }, { code: 'ERR_INVALID_ARG_VALUE', message: /'options\.lacks' must name methods of fs\.promises, without Sync\. Received '.*'/ })
  }
})

test('finds what is wrong', () => {
  const { status, failed } = verdict(`import { MemoryProvider } from 'fsmount'
    import { runConformance } from 'fsmount/conformance'
    class Wrong extends MemoryProvider { linkat (node, dir, name) { super.linkat(node, dir, name); node.nlink-- } }
    runConformance({ name: 'wrong', make: () => new Wrong() })`)
  assert.equal(status, 1)
  assert.ok(failed.length > 0 && failed.every((name) => !name.startsWith('glob: ')), failed.join('\n'))
  assert.ok(failed.some((name) => name.startsWith('links: ')), failed.join('\n'))
})
