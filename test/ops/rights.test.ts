// Rights as Linux has them: the same cases on the disk, in memory and in memory that is mounted, asked by root and by an
// ordinary user, each in a process of its own.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { USER } from './rightscases.ts'

const skip = process.platform !== 'linux' ? 'the oracle is the Linux kernel' : process.getuid?.() === 0 ? false : 'only root can make what belongs to others'

for (const [who, uid] of [['root', 0], ['an ordinary user', USER]] as const) {
  test(`${who} may do what the kernel allows`, { skip }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'fsmount-rights-'))
    try {
      chmodSync(folder, 0o755)
      const { stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'rightschild.js'), folder, String(uid)], { encoding: 'utf8' })
      assert.notEqual(stdout, '', stderr)
      const found = JSON.parse(stdout) as { cases: number, uid: number, differences: unknown[] }
      assert.equal(found.uid, uid)
      assert.ok(found.cases > 110)
      assert.deepEqual(found.differences, [])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}
