// Copy-on-write where there is no folder on the disk, or none any more.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'

/** The disk, whatever is mounted, by another process. */
function shell (command: string, cwd: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

/** What is below a folder: paths, and modes of folders. */
const found = (dir: string): string[] => shell("find . -mindepth 1 -type d -printf '%P %m\\n' -o -printf '%P\\n' | sort", dir).split('\n').slice(0, -1)

interface Refused { code?: string, applied?: string[], conflicts?: object[] }

function thrown (run: () => unknown): Refused {
  try {
    run()
  } catch (error) {
    return error as Refused
  }
  throw new Error('it did not fail')
}

/** A mount at `prefix` in a new folder. */
function at (prefix: string, use: (vfs: ReturnType<typeof create>, path: string, dir: string) => void, prepare?: string): void {
  const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-absent-'))
  if (prepare !== undefined) shell(prepare, dir)
  const vfs = create({ overlay: 'copy-on-write' })
  try {
    use(vfs.mount(join(dir, prefix)), join(dir, prefix), dir)
  } finally {
    vfs.unmount()
    fs.rmSync(dir, { recursive: true })
  }
}

test('a commit makes the folders that lead to what was changed, with the mode that was set, and none for nothing', () => {
  at('not/there', (vfs, path, dir) => {
    vfs.commit()
    assert.deepEqual(found(dir), [])
    fs.writeFileSync(join(path, 'file'), 'made')
    fs.chmodSync(path, 0o700)
    assert.deepEqual([found(dir), vfs.changes()], [[], { added: ['/file'], modified: ['/'], deleted: [] }])
    vfs.commit()
    assert.deepEqual([found(dir), vfs.changes()], [['not 755', 'not/there 700', 'not/there/file'], { added: [], modified: [], deleted: [] }])
  })
})

test('a commit after an unmount, and without a mount', () => {
  const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-absent-'))
  const vfs = create({ overlay: 'copy-on-write' })
  assert.equal(thrown(() => { vfs.commit() }).code, 'ERR_INVALID_STATE')
  vfs.mount(join(dir, 'not/there'))
  fs.writeFileSync(join(dir, 'not/there/file'), 'made')
  vfs.unmount()
  assert.equal(fs.existsSync(join(dir, 'not')), false)
  assert.deepEqual(vfs.changes(), { added: ['/file'], modified: [], deleted: [] })
  fs.mkdirSync(join(dir, 'not/there'), { recursive: true })
  fs.writeFileSync(join(dir, 'not/there/file'), 'of others')
  assert.deepEqual(thrown(() => { vfs.commit() }).conflicts, [{ path: '/file', reason: 'exists' }])
  vfs.commit({ force: true })
  assert.equal(fs.readFileSync(join(dir, 'not/there/file'), 'utf8'), 'made')
  assert.equal(thrown(() => { create().commit() }).code, 'ERR_INVALID_STATE')
  fs.rmSync(dir, { recursive: true })
})

test('a folder that others make meanwhile shows, and what both made is a conflict', () => {
  at('not/there', (vfs, path, dir) => {
    for (const name of ['a', 's/b', 's/c']) vfs.writeFileSync(join(path, name), 'ours')
    shell('mkdir -p not/there/s; cd not/there; for name in a s/b other; do echo theirs > $name; done', dir)
    assert.deepEqual([fs.readdirSync(path), fs.readFileSync(join(path, 'a'), 'utf8'), fs.readFileSync(join(path, 'other'), 'utf8')], [['a', 'other', 's'], 'ours', 'theirs\n'])
    assert.deepEqual(vfs.changes(), { added: ['/s/c'], modified: ['/a', '/s/b'], deleted: [] })
    assert.deepEqual(thrown(() => { vfs.commit() }).conflicts, [{ path: '/a', reason: 'exists' }, { path: '/s/b', reason: 'exists' }])
    vfs.commit({ force: true })
    assert.equal(shell('cd not/there; cat a s/b s/c other', dir), 'oursoursourstheirs\n')
  })
})

test('of a folder that others remove meanwhile what was changed is left, and its absence is a conflict', () => {
  at('folder', (vfs, path, dir) => {
    fs.writeFileSync(join(path, 'made'), 'x')
    fs.appendFileSync(join(path, 'file'), 'x')
    shell('rm -r folder', dir)
    assert.deepEqual([fs.readdirSync(path), fs.statSync(path).isDirectory()], [['file', 'made'], true])
    assert.deepEqual(thrown(() => { vfs.commit() }).conflicts, [{ path: '/', reason: 'missing' }])
    assert.deepEqual(found(dir), [])
    vfs.commit({ force: true })
    assert.deepEqual(found(dir), ['folder 755', 'folder/file', 'folder/made'])
  }, 'mkdir folder; echo old > folder/file; echo old > folder/more')
})

for (const [name, prefix, code] of [['where a file stands', 'file', 'EEXIST'], ['below a file', 'file/x', 'ENOTDIR'], ['where a link leads nowhere', 'link', 'ENOENT']] as const) {
  test(`a commit ${name} says why nothing is applied, and is done when that is out of the way`, () => {
    at(prefix, (vfs, path, dir) => {
      fs.writeFileSync(join(path, 'made'), 'x')
      const error = thrown(() => { vfs.commit() })
      assert.deepEqual([error.code, error.applied, vfs.changes().added], [code, [], ['/made']])
      assert.deepEqual(found(dir), ['file', 'link'])
      shell('rm file link', dir)
      vfs.commit()
      assert.equal(shell(`cat ${prefix}/made`, dir), 'x')
    }, 'echo file > file; ln -s nowhere link')
  })
}

test('attributes that were set of folders before the mount are a part of the changes, those of others stay', () => {
  const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-absent-'))
  shell('mkdir -m 711 set kept', dir)
  const vfs = create({ overlay: 'copy-on-write' })
  for (const name of ['set', 'kept']) vfs.writeFileSync(`/${name}/file`, '')
  vfs.chmodSync('/set', 0o750)
  vfs.mount(dir)
  assert.deepEqual(['set', 'kept'].map((name) => fs.statSync(join(dir, name)).mode & 0o777), [0o750, 0o711])
  assert.deepEqual(vfs.changes(), { added: ['/kept/file', '/set/file'], modified: ['/set'], deleted: [] })
  vfs.commit()
  vfs.unmount()
  assert.deepEqual(found(dir), ['kept 711', 'kept/file', 'set 750', 'set/file'])
  fs.rmSync(dir, { recursive: true })
})
