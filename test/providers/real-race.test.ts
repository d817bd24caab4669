// A second process swaps folders for links (and a file for a FIFO) while the sandbox is used: nothing gets out, nothing
// hangs. FSMOUNT_RACE_SECONDS sets how long each race lasts.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { afterEach, beforeEach, test } from 'node:test'
import { RealFSProvider } from '../../providers/real.ts'
import { INSIDE, prepare, race, SECONDS, tellScore, type Attempt } from './race.ts'
import { makeSandbox, SECRET, type Sandbox } from './sandbox.ts'

const skip = process.platform !== 'linux' && 'the promise is made for Linux'
const timeout = (SECONDS + 60) * 1000
const FILE = 0o100644
const DIR = 0o040755

let box: Sandbox
beforeEach(() => { box = makeSandbox() })
afterEach(() => { box.remove() })

/** Text, size or names that only what lies outside has. */
const foreign = (seen: ReturnType<Attempt>): boolean =>
  Array.isArray(seen) ? seen.length > 0 && !seen.includes('mine') && seen.includes('secret') : seen === SECRET || seen === SECRET.length

test('no primitive is raced out of the root', { skip, timeout }, async (t) => {
  prepare(box)
  const p = new RealFSProvider(box.root)
  const buffer = Buffer.alloc(100)
  const text = (node: string): string => buffer.toString('utf8', 0, p.read(node, buffer, 0))
  let n = 0
  const attempts: Record<string, Attempt> = {
    'read below a folder': () => text('/d/secret'),
    'read deeper': () => text('/p/q/sub/secret'),
    'read a file': () => text('/f'),
    'read a file that may be a FIFO': () => text('/g'),
    'read by an open file': () => {
      const open = p.open('/d/secret', fs.constants.O_RDONLY)
      try {
        return buffer.toString('utf8', 0, p.read(open, buffer, 0))
      } finally {
        p.close(open)
      }
    },
    'size': () => p.getattr('/p/q/secret').size,
    'size, by a whole path': () => p.resolve('/d/secret')?.attr?.size,
    'size of a file': () => p.getattr('/f').size,
    'read what was resolved': () => {
      if (p.resolve('/d/sub/secret', true)?.node === undefined) return undefined
      const open = p.open('/d/sub/secret', fs.constants.O_RDONLY)
      try {
        return buffer.toString('utf8', 0, p.read(open, buffer, 0))
      } finally {
        p.close(open)
      }
    },
    'names': () => [...p.readdir('/d')].map(({ name }) => name),
    'names only': () => [...p.names('/p/q')],
    'write': () => p.write('/d/secret', Buffer.from(INSIDE), 0),
    'write a file': () => p.write('/f', Buffer.from(INSIDE), 0),
    'write a file that may be a FIFO': () => p.write('/g', Buffer.from(INSIDE), 0),
    'truncate': () => { p.setattr('/d/sub/secret', { size: INSIDE.length }); return undefined },
    'change mode': () => { p.setattr('/d/secret', { mode: 0o644 }); return undefined },
    'change times': () => { p.setattr('/p/q/secret', { mtime: { ms: 5000, ns: 0 } }); return undefined },
    'change times of a file': () => { p.setattr('/f', { mtime: { ms: 5000, ns: 0 } }); return undefined },
    'make a file': () => { p.mknod('/d', `file${++n}`, FILE, 0, 0); return undefined },
    'remove a file': () => { p.unlink('/d', `file${n}`); return undefined },
    'make a folder': () => { p.mknod('/p/q', `dir${n}`, DIR, 0, 0); return undefined },
    'remove a folder': () => { p.unlink('/p/q', `dir${n}`); return undefined },
    'take from outside': () => { p.link('/d/secret', '', `stolen${n}`); return undefined },
    'read what was taken': () => text(`/stolen${n}`),
    'bring outside': () => { p.rename('', `stolen${n}`, '/p/q/sub', `brought${n}`); return undefined },
    'remove what was brought': () => { p.unlink('/p/q/sub', `brought${n}`); return undefined }
  }
  const score = await race(box, attempts, foreign)
  t.diagnostic(tellScore(score))
  assert.deepEqual(score.escapes, [])
  box.assertIntact()
  assert.ok(score.swaps > 100 && score.done > 100 && score.refused.ENOTDIR! > 0, 'there was no race')
})
