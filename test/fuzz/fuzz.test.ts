// 20,000 random operations for each subject, half with a fixed and half with a fresh seed; and the fuzzer itself: it
// finds nothing between two real folders, finds what is broken, and shrinks it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { campaign } from './campaign.ts'
import { pair } from './pair.ts'
import { real } from './side.ts'
import { subjects, type Subject } from './subjects.ts'

const FIXED = 20260101
const OPS = 10_000
const tmpfs = '/dev/shm'

suite('fuzz', { concurrency: false }, () => {
  const ready = subjects.filter(({ pending }) => pending !== true)

  for (const subject of ready) {
    test(`${subject.name} behaves as the disk does`, async (t) => {
      const fresh = Math.floor(Math.random() * 0x100000000)
      t.diagnostic(`seeds ${String(FIXED)} and ${String(fresh)}`)
      // The fixed half on the file system of temporary files, the fresh one on tmpfs where there is one.
      for (const [seed, oracle] of [[FIXED, tmpdir()], [fresh, existsSync(tmpfs) ? tmpfs : tmpdir()]] as const) {
        const { finding } = await campaign({ subject, ops: OPS, seed, pairs: () => pair(subject, oracle) })
        assert.ok(finding === undefined, finding?.program ?? '')
      }
    })
  }

  test('an ordinary user meets the same refusals', { skip: process.getuid?.() === 0 ? false : 'all of the above ran as an ordinary user' }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'fuzz.js'), '--user', '--ops', '5000', '--subject', ready.map(({ name }) => name).join(), '--seed', String(FIXED)], { encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
    for (const { name } of ready) assert.match(stdout, new RegExp(`# ${name} .* as user \\d+`))
  })

  /** Two real folders of which the second has a fault. */
  const broken = (fault: object): Subject => ({ name: 'broken', bytes: true, open: (base) => ({ fs: { ...real, ...fault }, base, close: () => undefined }) })

  const faults: Array<[string, object, number]> = [
    ['a hard link that is a copy', { linkSync: (from: string, to: string) => { real.linkSync(from, to); real.unlinkSync(to); real.copyFileSync(from, to) } }, 8],
    ['an error without its path', { rmdirSync: (path: string) => { try { real.rmdirSync(path) } catch (error) { throw Object.assign(error as Error, { path: undefined }) } } }, 2],
    ['appending at the front of what is there', { appendFileSync: (file: string, data: string, options: object) => { real.writeFileSync(file, data, { flag: 'a', ...options }); if (typeof file === 'string') real.truncateSync(file, real.statSync(file).size >> 1) } }, 5],
    ['a name set without its times', { renameSync: (from: string, to: string) => { const was = real.lstatSync(from); real.renameSync(from, to); real.lutimesSync(to, was.atime, new Date(1e9)) } }, 4]
  ]
  for (const [name, fault, steps] of faults) {
    test(`finds and shrinks ${name}`, async () => {
      const { finding } = await campaign({ subject: broken(fault), ops: 20_000, seed: FIXED, pairs: () => pair(broken(fault), tmpdir()) })
      assert.ok(finding !== undefined, 'not found')
      assert.ok(finding.steps.length <= steps, finding.program)
      assert.match(finding.program, /expected/)
    })
  }
})
