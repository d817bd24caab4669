// rename and link from one mount to another, and between a mount and the disk, with two faults at once: the error is the
// one that the system finds first, as between two of its own file systems.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'

const OTHER = '/dev/shm'
const skip = !fs.existsSync(OTHER) || fs.statSync(OTHER).dev === fs.statSync(tmpdir()).dev ? 'the oracle needs two file systems' : false

const LONG = 'n'.repeat(256)
const SOURCES = ['missing', 'missing/x', 'f/x', 'f', 'f/', 'd', 'd/.', 'd/..', '.', 'l', 'l/', LONG]
const TARGETS = ['missing', 'missing/', 'missing/x', 'f/x', 'f', 'f/', 'd', 'd/', 'full', 'd/.', 'd/..', '.', 'l', 'l/', LONG]

test('what fails between devices fails as the system has it', { skip }, (t) => {
  const disks = [tmpdir(), OTHER].map((parent) => fs.mkdtempSync(join(fs.realpathSync(parent), 'fsmount-devices-')))
  const mounts = ['/fsmount-devices-1', '/fsmount-devices-2']
  const mounted = mounts.map((path) => create({ parents: false }).mount(path))
  t.after(() => {
    for (const vfs of mounted) vfs.unmount()
    for (const disk of disks) fs.rmSync(disk, { recursive: true })
  })
  for (const root of [...disks, ...mounts]) {
    fs.mkdirSync(`${root}/d`)
    fs.mkdirSync(`${root}/full/x`, { recursive: true })
    fs.writeFileSync(`${root}/f`, '')
    fs.symlinkSync('gone', `${root}/l`)
  }
  const [first, second] = disks as [string, string]
  const ways = [[first, second], mounts, [first, mounts[0]!], [mounts[0]!, first]] as [string, string][]
  let asked = 0
  for (const name of ['renameSync', 'linkSync'] as const) {
    for (const source of SOURCES) {
      for (const target of TARGETS) {
        const codes = ways.map(([from, to]) => {
          try {
            fs[name](`${from}/${source}`, `${to}/${target}`)
            return 'done'
          } catch (error) {
            return (error as NodeJS.ErrnoException).code
          }
        })
        asked++
        assert.notEqual(codes[0], 'done')
        assert.deepEqual(codes, codes.map(() => codes[0]), `${name} ${source} to ${target}: on the disk, between mounts, into one, out of one`)
      }
    }
  }
  assert.equal(asked, 2 * SOURCES.length * TARGETS.length)
})
