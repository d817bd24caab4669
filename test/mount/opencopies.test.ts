// `overlay: 'copy-on-write'`: what is open stays the file that the tree shows, whatever is asked of the changes meanwhile.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { create, type VirtualFileSystem } from '../../lib/index.ts'

/** A folder of the disk with a file in a folder, under a mount that keeps changes from it. */
function covered (t: TestContext): { dir: string, file: string, vfs: VirtualFileSystem } {
  const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-open-'))
  fs.mkdirSync(`${dir}/d`)
  fs.writeFileSync(`${dir}/d/f`, 'old')
  const vfs = create({ overlay: 'copy-on-write' })
  vfs.mount(dir)
  t.after(() => {
    vfs.unmount()
    fs.rmSync(dir, { recursive: true })
  })
  return { dir, file: `${dir}/d/f`, vfs }
}

const asked: Record<string, (vfs: VirtualFileSystem, dir: string) => void> = {
  'changes()': (vfs) => { vfs.changes() },
  'commit()': (vfs, dir) => {
    fs.writeFileSync(`${dir}/new`, '')
    vfs.commit()
  },
  'commit() and changes()': (vfs) => {
    vfs.commit()
    vfs.changes()
  },
  'unmount() and mount()': (vfs, dir) => {
    vfs.unmount()
    vfs.mount(dir)
  },
  'discard() and changes()': (vfs) => {
    vfs.discard()
    vfs.changes()
  }
}

for (const [name, ask] of Object.entries(asked)) {
  test(`two that have a file open write to one file after ${name}`, (t) => {
    const { dir, file, vfs } = covered(t)
    const first = fs.openSync(file, 'r+')
    ask(vfs, dir)
    const second = fs.openSync(file, 'r+')
    fs.writeSync(second, 'O', 0)
    fs.writeSync(first, 'D', 2)
    assert.equal(fs.readFileSync(file, 'utf8'), 'OlD')
    for (const fd of [first, second]) {
      assert.equal(fs.fstatSync(fd).ino, fs.statSync(file).ino)
      fs.closeSync(fd)
    }
    vfs.commit()
    assert.equal(fs.readFileSync(file, 'utf8'), 'OlD')
  })
}

test('what was renamed while it was open is, after discard(), the file that it was', (t) => {
  for (const from of ['d/f', 'd']) {
    const { dir, file, vfs } = covered(t)
    const fd = fs.openSync(file, 'r+')
    fs.renameSync(join(dir, from), join(dir, 'moved'))
    vfs.discard()
    fs.writeSync(fd, 'O', 0)
    fs.closeSync(fd)
    assert.equal(fs.readFileSync(file, 'utf8'), 'Old')
    assert.deepEqual(vfs.changes().modified, ['/d/f'])
  }
})

test('what is written to an open file after unmount() is a change', (t) => {
  const { dir, file, vfs } = covered(t)
  const fd = fs.openSync(file, 'r+')
  vfs.unmount()
  fs.writeSync(fd, 'O', 0)
  fs.closeSync(fd)
  assert.equal(fs.readFileSync(file, 'utf8'), 'old')
  assert.deepEqual(vfs.changes().modified, ['/d/f'])
  vfs.mount(dir)
  assert.equal(fs.readFileSync(file, 'utf8'), 'Old')
  vfs.unmount()
  vfs.commit()
  assert.equal(fs.readFileSync(file, 'utf8'), 'Old')
})

test('what was made in the place of something is, after discard(), no name of it', (t) => {
  for (const kind of ['link', 'file'] as const) {
    const { dir, file, vfs } = covered(t)
    vfs.unmount()
    if (kind === 'link') fs.symlinkSync('f', `${dir}/d/there`)
    else fs.writeFileSync(`${dir}/d/there`, 'there')
    vfs.mount(dir)
    fs.writeFileSync(`${dir}/new`, 'new')
    const fd = fs.openSync(`${dir}/new`, 'r+')
    const other = fs.openSync(file, 'r+')
    fs.renameSync(`${dir}/new`, `${dir}/d/there`)
    vfs.discard()
    fs.writeSync(fd, 'N', 0)
    fs.writeSync(other, 'O', 0)
    assert.equal(fs.fstatSync(fd).size, 3)
    for (const one of [fd, other]) fs.closeSync(one)
    assert.deepEqual(vfs.changes().modified, ['/d/f'])
    assert.equal(fs.readFileSync(`${dir}/d/there`, 'utf8'), kind === 'link' ? 'Old' : 'there')
  }
})

test('an open file that is mounted again keeps its names together', (t) => {
  const { dir, file, vfs } = covered(t)
  vfs.unmount()
  fs.mkdirSync(`${dir}/e`)
  fs.linkSync(file, `${dir}/e/twin`)
  vfs.mount(dir)
  const fd = fs.openSync(file, 'r+')
  assert.equal(fs.statSync(`${dir}/e/twin`).nlink, 2)
  vfs.unmount()
  vfs.mount(dir)
  fs.fchmodSync(fd, 0o600)
  fs.closeSync(fd)
  fs.renameSync(`${dir}/e`, `${dir}/moved`)
  vfs.commit()
  vfs.unmount()
  assert.equal(fs.statSync(`${dir}/moved/twin`).ino, fs.statSync(file).ino)
})
