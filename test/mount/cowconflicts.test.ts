// What others put on the disk while a copy-on-write mount has changes is never overwritten unasked, however the change came
// to its place.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, MemoryProvider, SqliteProvider, type VirtualFileSystem } from '../../lib/index.ts'

const tree = { recursive: true } as const
const sqlite = Number(process.versions.node.split('.')[0]) >= 22

interface Case {
  /** Changes through the mount at `p`. */
  readonly change: (p: string) => void
  /** What others do on the disk itself meanwhile. */
  readonly others: (p: string) => void
  /** The conflicts; none: both go together. */
  readonly conflicts: readonly string[]
}

const other = (path: string): void => { fs.writeFileSync(path, 'of others') }

const CASES: Record<string, Case> = {
  'a file that was renamed': { change: (p) => { fs.renameSync(`${p}/a`, `${p}/n`) }, others: (p) => { other(`${p}/n`) }, conflicts: ['/n exists'] },
  'a link that was renamed': { change: (p) => { fs.renameSync(`${p}/l`, `${p}/n`) }, others: (p) => { other(`${p}/n`) }, conflicts: ['/n exists'] },
  'a further name': { change: (p) => { fs.linkSync(`${p}/a`, `${p}/n`) }, others: (p) => { other(`${p}/n`) }, conflicts: ['/n exists'] },
  'a further name of what was written': { change: (p) => { fs.linkSync(`${p}/a`, `${p}/d/n`); fs.writeFileSync(`${p}/a`, 'x') }, others: (p) => { other(`${p}/d/n`) }, conflicts: ['/d/n exists'] },
  'a file in a new folder': { change: (p) => { fs.mkdirSync(`${p}/n`); fs.writeFileSync(`${p}/n/f`, 'x') }, others: (p) => { fs.mkdirSync(`${p}/n`); other(`${p}/n/f`) }, conflicts: ['/n/f exists'] },
  'a file that was renamed into a new folder': { change: (p) => { fs.mkdirSync(`${p}/n`); fs.renameSync(`${p}/a`, `${p}/n/a`) }, others: (p) => { fs.mkdirSync(`${p}/n`); other(`${p}/n/a`) }, conflicts: ['/n/a exists'] },
  'a folder that was renamed': { change: (p) => { fs.renameSync(`${p}/d`, `${p}/n`) }, others: (p) => { fs.mkdirSync(`${p}/n`); other(`${p}/n/f`) }, conflicts: ['/n/f exists'] },
  'a folder that was renamed, where a file is': { change: (p) => { fs.renameSync(`${p}/d`, `${p}/n`) }, others: (p) => { other(`${p}/n`) }, conflicts: ['/n exists'] },
  'another file in a new folder': { change: (p) => { fs.mkdirSync(`${p}/n`); fs.writeFileSync(`${p}/n/f`, 'x') }, others: (p) => { fs.mkdirSync(`${p}/n`); other(`${p}/n/g`) }, conflicts: [] },
  'the other name of a file that has two': { change: (p) => { fs.writeFileSync(`${p}/one`, 'x') }, others: () => {}, conflicts: [] }
}

/** Everything below a folder, with what is in it. */
function snapshot (folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of fs.readdirSync(folder, tree) as string[]) {
    const stats = fs.lstatSync(join(folder, name))
    found[name] = stats.isDirectory() ? '/' : stats.isSymbolicLink() ? `-> ${fs.readlinkSync(join(folder, name))}` : fs.readFileSync(join(folder, name), 'utf8')
  }
  return found
}

function scene (vfs: VirtualFileSystem, run: (p: string) => void): void {
  const p = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-conflicts-'))
  fs.mkdirSync(`${p}/d`)
  for (const name of ['a', 'd/f', 'one']) fs.writeFileSync(`${p}/${name}`, name)
  fs.linkSync(`${p}/one`, `${p}/two`)
  fs.symlinkSync('a', `${p}/l`)
  try {
    run(p)
  } finally {
    vfs.unmount()
    fs.rmSync(p, tree)
  }
}

/** What is said of a commit. */
function committed (vfs: VirtualFileSystem): string[] {
  try {
    vfs.commit()
    return []
  } catch (error) {
    const { conflicts } = error as { conflicts?: { path: string, reason: string }[] }
    if (conflicts === undefined) throw error
    return conflicts.map(({ path, reason }) => `${path} ${reason}`)
  }
}

for (const [name, { change, others, conflicts }] of Object.entries(CASES)) {
  for (const [kind, upper] of Object.entries<() => SqliteProvider | undefined>({ memory: () => undefined, ...sqlite && { SQLite: () => new SqliteProvider(':memory:') } })) {
    for (const again of [false, true]) {
      test(`${name}, kept in ${kind}${again ? ', mounted again' : ''}: ${conflicts.length === 0 ? 'no conflict' : 'a conflict'}`, () => {
        const provider = upper()
        const vfs = provider === undefined ? create({ overlay: 'copy-on-write' }) : create(provider, { overlay: 'copy-on-write' })
        scene(vfs, (p) => {
          vfs.mount(p)
          change(p)
          vfs.unmount()
          others(p)
          if (again) vfs.mount(p)
          const before = again ? undefined : snapshot(p)
          const merged = again ? snapshot(p) : undefined
          const found = committed(vfs)
          if (!again && found.length > 0) assert.deepEqual(snapshot(p), before, 'nothing is applied')
          vfs.unmount()
          assert.deepEqual(found, conflicts)
          if (conflicts.length === 0 && merged !== undefined) assert.deepEqual(snapshot(p), merged)
          if (conflicts.length === 0) return
          vfs.commit({ force: true })
          assert.equal(Object.values(snapshot(p)).includes('of others'), false)
        })
      })
    }
  }
}

test('what others do while a commit makes its copies is a conflict, too', () => {
  const memory = new MemoryProvider()
  const vfs = create(memory, { overlay: 'copy-on-write' })
  scene(vfs, (p) => {
    memory.setContentProvider('/z', () => {   // asked for when it is copied
      other(`${p}/a`)
      other(`${p}/d/n`)
      return 'z'
    })
    vfs.mount(p)
    fs.writeFileSync(`${p}/a`, 'mine')
    fs.writeFileSync(`${p}/d/n`, 'mine')
    vfs.unmount()
    assert.deepEqual(committed(vfs), ['/a changed', '/d/n exists'])
    assert.deepEqual(snapshot(p), { a: 'of others', d: '/', 'd/f': 'd/f', 'd/n': 'of others', l: '-> a', one: 'one', two: 'one' })
    vfs.commit({ force: true })
    assert.equal(fs.readFileSync(`${p}/d/n`, 'utf8'), 'mine')
  })
})

test('a mode that was set is not given by force to a folder or link that others put in the place of the file', () => {
  for (const put of [(path: string) => { fs.mkdirSync(path) }, (path: string) => { fs.symlinkSync('one', path) }]) {
    const vfs = create({ overlay: 'copy-on-write' })
    scene(vfs, (p) => {
      vfs.mount(p)
      fs.chmodSync(`${p}/a`, 0o400)
      vfs.unmount()
      fs.unlinkSync(`${p}/a`)
      put(`${p}/a`)   // mostly with the inode's number
      assert.deepEqual(committed(vfs), ['/a changed'])
      vfs.commit({ force: true })
      assert.equal(fs.lstatSync(`${p}/a`).mode, 0o100400)
      assert.equal(fs.readFileSync(`${p}/a`, 'utf8'), 'a')
    })
  }
})
