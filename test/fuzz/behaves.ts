// A test for each of some subjects: random operations, first with a fixed and then with a fresh seed.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { filesBelow } from '../tools/files.ts'
import { campaign } from './campaign.ts'
import { pair } from './pair.ts'
import { subjects } from './subjects.ts'

/** The seed that is the same in every run. */
export const FIXED = 20260101

const tmpfs = '/dev/shm'

/** A seed of this run; under continuous integration of this code, so that one commit has one answer. */
function freshSeed (): number {
  if (process.env.CI === undefined) return Math.floor(Math.random() * 0x100000000)
  const hash = createHash('sha1')
  for (const part of ['lib', 'providers']) for (const file of filesBelow(join(__dirname, '..', '..', part), '.js')) hash.update(readFileSync(file))
  return hash.digest().readUInt32BE(0)
}

/**
 * Tests that subjects behave as the disk does, in `ops` operations each: a fifth of them on the file system of temporary
 * files, the others on tmpfs where there is one, which is quicker.
 */
export function behaves (ops: number, ...names: string[]): void {
  suite('random operations', { concurrency: false }, () => {
    for (const subject of subjects.filter(({ name }) => names.includes(name))) {
      test(`${subject.name} behaves as the disk does`, async (t) => {
        const fresh = freshSeed()
        t.diagnostic(`seeds ${FIXED} and ${fresh}`)
        for (const [seed, oracle, share] of [[FIXED, tmpdir(), 0.2], [fresh, existsSync(tmpfs) ? tmpfs : tmpdir(), 0.8]] as const) {
          const { finding, ops: done } = await campaign({ subject, ops: ops * share, seed, pairs: () => pair(subject, oracle) })
          assert.ok(finding === undefined, finding?.program ?? '')
          assert.ok(done >= ops * share)
        }
      })
    }
  })
}
