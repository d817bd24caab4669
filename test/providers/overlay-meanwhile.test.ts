// A call on an overlay, and another process that commits the same changes before each primitive of the upper layer in turn:
// whatever the moment, the call comes out as on a folder to which nothing of all that happens.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { create, OverlayProvider, RealFSProvider, SqliteProvider, type VirtualFileSystem } from '../../lib/index.ts'
import { drivers, scratch } from './sqlite-scratch.ts'

const WATCHED = ['lookup', 'getattr', 'getdents', 'names', 'getlink', 'pin', 'unpin', 'read', 'version', 'atomic'] as const

/** Of the moments of a call every fourth is tried, of each call others; FSMOUNT_MOMENTS=1: all of them. */
const STRIDE = Number(process.env.FSMOUNT_MOMENTS ?? 4)

type Call = (f: VirtualFileSystem) => unknown

/** Whatever a descriptor is used for between opening and closing. */
const opened = (path: string, flags: string, use: (f: VirtualFileSystem, fd: number) => unknown): Call => (f) => {
  const fd = f.openSync(path, flags)
  try {
    return use(f, fd)
  } finally {
    f.closeSync(fd)
  }
}

const CALLS: Record<string, [run: Call, expected: unknown]> = {
  'stat of what was made': [(f) => f.statSync('/n/m/file').size, 4],
  'stat of what was changed': [(f) => f.statSync('/d/deep/f').size, 3],
  'stat of a folder': [(f) => f.statSync('/n').nlink, 3],
  'reading what was made, by a link': [(f) => f.readFileSync('/link', 'utf8'), 'made'],
  'reading what was changed': [(f) => f.readFileSync('/d/deep/f', 'utf8'), 'new'],
  'reading what was removed and made anew': [(f) => f.readFileSync('/d/back', 'utf8'), 'back'],
  'a listing': [(f) => f.readdirSync('/n/m'), ['file']],
  'a listing of both layers': [(f) => f.readdirSync('/d', { withFileTypes: true }).map((entry) => entry.name), ['add', 'back', 'deep']],
  'realpath': [(f) => f.realpathSync('/link'), '/n/m/file'],
  'reading by descriptor': [opened('/d/deep/f', 'r', (f, fd) => [f.fstatSync(fd).size, f.readFileSync(fd, 'utf8')]), [3, 'new']],
  'writing by descriptor': [opened('/n/m/file', 'r+', (f, fd) => {
    f.writeSync(fd, 'M', 0)
    return [f.readFileSync(fd, 'utf8'), f.readFileSync('/n/m/file', 'utf8')]
  }), ['Made', 'Made']],
  'appending by descriptor': [opened('/d/deep/f', 'a', (f, fd) => {
    f.writeSync(fd, '1')
    f.writeSync(fd, '2')
    return f.readFileSync('/d/deep/f', 'utf8')
  }), 'new12'],
  'a new file by descriptor': [opened('/n/m/log', 'a', (f, fd) => {
    f.writeSync(fd, '1')
    f.writeSync(fd, '2')
    return f.readFileSync('/n/m/log', 'utf8')
  }), '12'],
  'renaming a folder': [(f) => {
    f.renameSync('/n', '/k')
    return [f.readFileSync('/k/m/file', 'utf8'), f.existsSync('/n')]
  }, ['made', false]],
  'removing a tree': [(f) => {
    f.rmSync('/n', { recursive: true })
    return f.existsSync('/n')
  }, false]
}

const dir = fs.realpathSync(scratch())
const root = join(dir, 'p')
const [driver] = drivers
const options = driver === undefined ? {} : { driver }
const [mine, theirs] = [new SqliteProvider(join(dir, 'changes.db'), options), new SqliteProvider(join(dir, 'changes.db'), options)]
after(() => {
  mine.close()
  theirs.close()
})

const over = (upper: SqliteProvider): OverlayProvider => new OverlayProvider({ lower: new RealFSProvider(root), upper })

/** The same folder and the same changes each time; gives the overlay of the other process, which made them. */
function layOut (): OverlayProvider {
  fs.rmSync(root, { recursive: true, force: true })
  fs.mkdirSync(join(root, 'd/deep'), { recursive: true })
  fs.writeFileSync(join(root, 'd/deep/f'), 'of old')
  fs.writeFileSync(join(root, 'd/back'), 'of old')
  over(theirs).discard()
  const other = over(theirs)
  const f = create(other)
  f.mkdirSync('/n/m', { recursive: true })
  f.writeFileSync('/n/m/file', 'made')
  f.symlinkSync('n/m/file', '/link')
  f.writeFileSync('/d/deep/f', 'new')
  f.mkdirSync('/d/add')
  f.unlinkSync('/d/back')
  f.writeFileSync('/d/back', 'back')
  return other
}

/** Has `then` run before the `step`-th primitive outside of a transaction; says whether it came to that, and ends it. */
function before (step: number, then: () => void): () => boolean {
  let count = 0
  let locked = false
  const own = mine as unknown as Record<string, unknown>
  for (const name of WATCHED) {
    const primitive = (mine[name] as (...args: unknown[]) => unknown).bind(mine)
    own[name] = (...args: unknown[]): unknown => {
      if (!locked && count++ === step) then()
      if (name !== 'atomic') return primitive(...args)
      const run = args[0] as () => unknown
      return primitive(() => {
        const outer = locked
        locked = true
        try {
          return run()
        } finally {
          locked = outer
        }
      })
    }
  }
  return () => {
    for (const name of WATCHED) delete own[name]
    return count > step
  }
}

let count = 0
for (const [index, [name, [run, expected]]] of Object.entries(CALLS).entries()) {
  test(`a commit of another process during ${name}`, () => {
    for (let step = index % STRIDE, more = true; more; step += STRIDE) {
      const other = layOut()
      const overlay = over(mine)
      const f = create(overlay)
      const end = before(step, () => { other.commit() })
      let seen
      try {
        seen = run(f)
      } finally {
        more = end()
      }
      assert.deepEqual(seen, expected, `before primitive ${step}`)
      // What the call has done is still a change, or on the disk with the others.
      overlay.commit()
      if (!f.readdirSync('/').includes('k') && name !== 'removing a tree') assert.ok(fs.readFileSync(join(root, 'n/m/file'), 'utf8').endsWith('ade'))
      count++
    }
    assert.equal(mine.check().ok, true)
  })
}

after(() => { console.log(`# ${count} commits in between`) })
