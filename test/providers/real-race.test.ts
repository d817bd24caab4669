// A second process swaps folders for links (and a file for a FIFO) while the sandbox is used: nothing gets out, nothing
// hangs. FSMOUNT_RACE_SECONDS sets how long each race lasts.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { afterEach, beforeEach, test } from 'node:test'
import { RealFSProvider } from '../../providers/real.ts'
import { create } from '../../lib/index.ts'
import { INSIDE, prepare, race, SECONDS, tellScore, type Attempt, type Seen } from './race.ts'
import { makeSandbox, MARK, SECRET, type Sandbox } from './sandbox.ts'

const skip = process.platform !== 'linux' && 'the promise is made for Linux'
const timeout = (SECONDS + 60) * 1000
const FILE = 0o100644
const DIR = 0o040755

let box: Sandbox
beforeEach(() => { box = makeSandbox() })
afterEach(() => { box.remove() })

/** Text, size or names that only what lies outside has. */
const foreign = (seen: Seen): boolean =>
  Array.isArray(seen) ? seen.includes(MARK) : seen === SECRET || seen === SECRET.length

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
      const open = p.pin('/d/secret', fs.constants.O_RDONLY)
      try {
        return buffer.toString('utf8', 0, p.read(open, buffer, 0))
      } finally {
        p.unpin(open)
      }
    },
    'size': () => p.getattr('/p/q/secret').size,
    'size, by a whole path': () => p.resolve('/d/secret')?.attr?.size,
    'size of a file': () => p.getattr('/f').size,
    'read what was resolved': () => {
      if (p.resolve('/d/sub/secret', true)?.node === undefined) return undefined
      const open = p.pin('/d/sub/secret', fs.constants.O_RDONLY)
      try {
        return buffer.toString('utf8', 0, p.read(open, buffer, 0))
      } finally {
        p.unpin(open)
      }
    },
    'names': () => [...p.getdents('/d')].map(({ name }) => name),
    'names only': () => [...p.names('/p/q')],
    'write': () => p.write('/d/secret', Buffer.from(INSIDE), 0),
    'write a file': () => p.write('/f', Buffer.from(INSIDE), 0),
    'write a file that may be a FIFO': () => p.write('/g', Buffer.from(INSIDE), 0),
    'truncate': () => { p.setattr('/d/sub/secret', { size: INSIDE.length }) },
    'change mode': () => { p.setattr('/d/secret', { mode: 0o644 }) },
    'change times': () => { p.setattr('/p/q/secret', { mtime: { ms: 5000, ns: 0 } }) },
    'change times of a file': () => { p.setattr('/f', { mtime: { ms: 5000, ns: 0 } }) },
    'make a file': () => { p.mknod('/d', `file${++n}`, FILE, 0, 0) },
    'remove a file': () => { p.unlinkat('/d', `file${n}`) },
    'make a folder': () => { p.mknod('/p/q', `dir${n}`, DIR, 0, 0) },
    'remove a folder': () => { p.unlinkat('/p/q', `dir${n}`) },
    'take from outside': () => { p.linkat('/d/secret', '', `stolen${n}`) },
    'read what was taken': () => text(`/stolen${n}`),
    'bring outside': () => { p.renameat('', `stolen${n}`, '/p/q/sub', `brought${n}`) },
    'remove what was brought': () => { p.unlinkat('/p/q/sub', `brought${n}`) }
  }
  const score = await race(box, attempts, foreign)
  t.diagnostic(tellScore(score))
  assert.deepEqual(score.escapes, [])
  box.assertIntact()
  assert.ok(score.swaps > 100 && score.done > 100 && score.refused.ENOTDIR! > 0, 'there was no race')
})

/** The functions of fs, over paths below `at`. */
function attemptsOf (f: typeof fs, at: string): Record<string, Attempt> {
  let n = 0
  const { promises } = f
  return {
    readFile: () => f.readFileSync(`${at}/d/secret`, 'utf8'),
    'readFile of a file that may be a FIFO': () => f.readFileSync(`${at}/g`, 'utf8'),
    'readFile by promise': async () => await promises.readFile(`${at}/p/q/sub/secret`, 'utf8'),
    'readFile by callback': async () => await new Promise((resolve, reject) => {
      f.readFile(`${at}/f`, 'utf8', (error, text) => { if (error) reject(error); else resolve(text) })
    }),
    'open and read': () => {
      const fd = f.openSync(`${at}/d/sub/secret`, 'r')
      try {
        const buffer = Buffer.alloc(99)
        return buffer.toString('utf8', 0, f.readSync(fd, buffer, 0, 99, 0))
      } finally {
        f.closeSync(fd)
      }
    },
    'a FileHandle': async () => {
      const handle = await promises.open(`${at}/p/q/secret`, 'r+')
      try {
        return (await handle.stat()).size === SECRET.length ? SECRET : await handle.readFile('utf8')
      } finally {
        await handle.close()
      }
    },
    stat: () => f.statSync(`${at}/d/secret`).size,
    'lstat by promise': async () => (await promises.lstat(`${at}/p/q/secret`)).size,
    readdir: () => f.readdirSync(`${at}/d`),
    'readdir with types': () => f.readdirSync(`${at}/p/q`, { withFileTypes: true }).map(({ name }) => name),
    'readdir, recursive': () => f.readdirSync(`${at}/p`, { recursive: true, encoding: 'utf8' }).filter((name) => name.startsWith('q/')).map((name) => name.slice(2)),
    realpath: () => f.realpathSync(`${at}/d/secret`).includes('outside') ? SECRET : undefined,
    'realpath.native': () => f.realpathSync.native(`${at}/p/q/secret`).includes('outside') ? SECRET : undefined,
    writeFile: () => { f.writeFileSync(`${at}/d/secret`, INSIDE) },
    'writeFile of a file that may be a FIFO': () => { f.writeFileSync(`${at}/g`, INSIDE) },
    'writeFile by promise': async () => { await promises.writeFile(`${at}/f`, INSIDE) },
    'appendFile and truncate': () => {
      f.appendFileSync(`${at}/p/q/sub/secret`, '!')
      f.truncateSync(`${at}/p/q/sub/secret`, INSIDE.length)
    },
    chmod: () => { f.chmodSync(`${at}/d/secret`, 0o600) },
    utimes: () => { f.utimesSync(`${at}/f`, 1, 1) },
    lutimes: () => { f.lutimesSync(`${at}/p/q/secret`, 1, 1) },
    'mkdir, recursive': () => { f.mkdirSync(`${at}/d/made${++n}/deep`, { recursive: true }) },
    'rm, recursive': () => { f.rmSync(`${at}/d/made${n}`, { recursive: true }) },
    mkdtemp: () => { f.rmdirSync(f.mkdtempSync(`${at}/p/q/t-`)) },
    symlink: () => { f.symlinkSync('../../outside/secret', `${at}/p/q/l${n}`) },
    'reading the link': () => f.readFileSync(`${at}/p/q/l${n}`, 'utf8'),
    unlink: () => { f.unlinkSync(`${at}/p/q/l${n}`) },
    copyFile: () => { f.copyFileSync(`${at}/d/secret`, `${at}/copy${n}`) },
    'reading the copy': () => f.readFileSync(`${at}/copy${n}`, 'utf8'),
    link: () => { f.linkSync(`${at}/p/q/secret`, `${at}/linked${n}`) },
    'reading what was linked': () => f.readFileSync(`${at}/linked${n}`, 'utf8'),
    rename: () => { f.renameSync(`${at}/linked${n}`, `${at}/d/sub/moved${n}`) },
    'rename over': () => { f.renameSync(`${at}/d/sub/moved${n}`, `${at}/copy${n}`) },
    'rm, forced': () => { f.rmSync(`${at}/d/sub/moved${n}`, { force: true }) }
  }
}

for (const mounted of [false, true]) {
  test(`no function of fs is raced out of the root, ${mounted ? 'through a mount' : 'by the object'}`, { skip, timeout }, async (t) => {
    prepare(box)
    const vfs = create(new RealFSProvider(box.root), { parents: false })
    if (mounted) vfs.mount('/fsmount-raced')
    try {
      const score = await race(box, mounted ? attemptsOf(fs, '/fsmount-raced') : attemptsOf(vfs as unknown as typeof fs, ''), foreign)
      t.diagnostic(tellScore(score))
      assert.deepEqual(score.escapes, [])
      box.assertIntact()
      assert.ok(score.swaps > 100 && score.done > 100, 'there was no race')
    } finally {
      vfs.unmount()
    }
  })
}
