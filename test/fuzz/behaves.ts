// A test for each of some subjects: random operations, first with a fixed and then with a fresh seed.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { suite, test } from 'node:test'
import { campaign } from './campaign.ts'
import { pair } from './pair.ts'
import { subjects } from './subjects.ts'

/** The seed that is the same in every run. */
export const FIXED = 20260101

const tmpfs = '/dev/shm'

/** The second seed under continuous integration, where one commit must have one answer. */
const SECOND = 2186819348

/** A seed of this run. */
const freshSeed = (): number => process.env.CI === undefined ? Math.floor(Math.random() * 0x100000000) : SECOND

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
