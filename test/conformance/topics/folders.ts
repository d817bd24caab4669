// Folders: making, removing, counting.
import assert from 'node:assert/strict'
import { bits, fails, pause, sync, umasked } from '../cases.ts'
import type { Topic } from '../cases.ts'

export const folders: Topic = {
  async 'makes a folder and gives nothing' ({ on, at, settle }) {
    assert.equal(await on.mkdir(at('d')), undefined)
    await settle()
    assert.ok((await on.stat(at('d'))).isDirectory())
    assert.deepEqual(await on.readdir(at('d')), [])
  },
  async 'refuses a name that is taken, by whatever' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.writeFile(at('f'), '')
    await on.symlink('d', at('s'))
    for (const name of ['d', 'f', 's', 'd/', 'd/.', 'd/..']) await fails(on.mkdir(at(name)), 'EEXIST', { syscall: 'mkdir', path: at(name) })
  },
  async 'gives the first folder made by a recursive mkdir' ({ on, at, settle }) {
    assert.equal(await on.mkdir(at('a/b/c'), { recursive: true }), at('a'))
    await settle()
    assert.equal(await on.mkdir(at('a/b/c/d'), { recursive: true }), at('a/b/c/d'))
    assert.equal(await on.mkdir(at('a/b/x/y'), { recursive: true }), at('a/b/x'))
    assert.equal(await on.mkdir(at('a/b/c'), { recursive: true }), undefined)
  },
  async 'gives the first folder made whatever the shape of the path' ({ on, at }) {
    assert.equal(await on.mkdir(at('a/b/../c/'), { recursive: true }), at('a'))
    assert.deepEqual(await on.readdir(at('a')), await on.exists(at('a/b')) ? ['b', 'c'] : ['c'])
  },
  async 'makes folders through links' ({ on, at }) {
    await on.mkdir(at('real'))
    await on.symlink('real', at('s'))
    await on.mkdir(at('s/a/b'), { recursive: true })
    assert.ok(await on.exists(at('real/a/b')))
    await on.mkdir(at('s'), { recursive: true })
  },
  async 'refuses a recursive mkdir over or below a file' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await fails(on.mkdir(at('f'), { recursive: true }), 'EEXIST', { path: at('f') })
    await fails(on.mkdir(at('f/a'), { recursive: true }), 'ENOTDIR')
    await fails(on.mkdir(at('f/a/b'), { recursive: true }), 'ENOTDIR')
  },
  async 'refuses a recursive mkdir through a dangling link' ({ on, at }) {
    await on.symlink('nowhere', at('s'))
    await fails(on.mkdir(at('s'), { recursive: true }), 'ENOENT').catch(async () => { await fails(on.mkdir(at('s'), { recursive: true }), 'EEXIST') })
    assert.equal(await on.exists(at('nowhere')), false)
  },
  async 'applies mode and umask' ({ on, at, settle }) {
    await umasked(0o027, async () => {
      await on.mkdir(at('a'))
      await on.mkdir(at('b'), 0o707)
      await on.mkdir(at('c'), { mode: 0o700 })
      await on.mkdir(at('d'), '711')
      await on.mkdir(at('e/f'), { recursive: true, mode: 0o755 })
    })
    await settle()
    assert.deepEqual(await Promise.all(['a', 'b', 'c', 'd', 'e', 'e/f'].map(async name => bits(await on.stat(at(name))))), [0o750, 0o700, 0o700, 0o710, 0o750, 0o750])
  },
  async 'keeps the sticky bit of mkdir and drops the others' ({ on, at }) {
    await umasked(0, async () => { await on.mkdir(at('d'), 0o7777) })
    assert.equal(bits(await on.stat(at('d'))), 0o1777)
  },
  async 'counts links of folders' ({ on, at, settle }) {
    await on.mkdir(at('d'))
    assert.equal((await on.stat(at('d'))).nlink, 2)
    await on.mkdir(at('d/a'))
    await on.mkdir(at('d/b'))
    await on.writeFile(at('d/f'), '')
    await on.symlink('a', at('d/s'))
    await settle()
    assert.equal((await on.stat(at('d'))).nlink, 4)
    await on.rmdir(at('d/a'))
    await settle()
    assert.equal((await on.stat(at('d'))).nlink, 3)
  },
  async 'moves mtime and ctime of a folder when a name comes or goes' ({ on, at }) {
    await on.mkdir(at('d'))
    let before = await on.stat(at('d'))
    for (const act of [() => on.writeFile(at('d/f'), ''), () => on.mkdir(at('d/e')), () => on.symlink('x', at('d/s')), () => on.link(at('d/f'), at('d/g')),
      () => on.rename(at('d/g'), at('d/h')), () => on.unlink(at('d/f')), () => on.rmdir(at('d/e'))]) {
      await pause()
      await act()
      const after = await on.stat(at('d'))
      assert.ok(after.mtimeMs > before.mtimeMs && after.ctimeMs > before.ctimeMs, String(act))
      before = after
    }
  },
  async 'leaves the times of a folder when a file in it is written or a deeper name made' ({ on, at }) {
    await on.mkdir(at('d/e'), { recursive: true })
    await on.writeFile(at('d/f'), '')
    const before = await on.stat(at('d'))
    await pause()
    await on.writeFile(at('d/f'), 'x')
    await on.chmod(at('d/f'), 0o600)
    await on.writeFile(at('d/e/g'), '')
    const after = await on.stat(at('d'))
    assert.equal(after.mtimeMs, before.mtimeMs)
    assert.equal(after.ctimeMs, before.ctimeMs)
  },
  async 'removes an empty folder only' ({ on, at, settle }) {
    await on.mkdir(at('d/e'), { recursive: true })
    await fails(on.rmdir(at('d')), 'ENOTEMPTY', { syscall: 'rmdir', path: at('d') })
    await on.rmdir(at('d/e'))
    await on.rmdir(at('d/'))
    await settle()
    await fails(on.stat(at('d')), 'ENOENT')
    await fails(on.rmdir(at('d')), 'ENOENT')
  },
  async 'refuses rmdir of files, links and dots' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await on.mkdir(at('d/e'), { recursive: true })
    await on.symlink('d', at('s'))
    await fails(on.rmdir(at('f')), 'ENOTDIR')
    await fails(on.rmdir(at('s')), 'ENOTDIR')
    await fails(on.rmdir(at('d/e/.')), 'EINVAL')
    await fails(on.rmdir(at('d/e/..')), 'ENOTEMPTY')
  },
  async 'refuses unlink of a folder' ({ on, at }) {
    await on.mkdir(at('d'))
    await fails(on.unlink(at('d')), 'EISDIR', { syscall: 'unlink', path: at('d') })
    await fails(on.unlink(at('d/')), 'EISDIR')
  },
  async 'makes nothing in a folder that was removed while open' ({ on, at }) {
    await on.mkdir(at('d'))
    const fd = await on.open(at('d'))
    await on.rmdir(at('d'))
    await fails(on.writeFile(at('d/f'), ''), 'ENOENT')
    await on.mkdir(at('d'))
    assert.notEqual((await on.fstat(fd)).nlink, (await on.stat(at('d'))).nlink)
    await on.close(fd)
  },
  async 'has a folder be its own dot and its child\'s parent' ({ on, at }) {
    await on.mkdir(at('d/e'), { recursive: true })
    const ino = (await on.stat(at('d'))).ino
    assert.equal((await on.stat(at('d/./.'))).ino, ino)
    assert.equal((await on.lstat(at('d/e/../../d'))).ino, ino)
  },
  async 'hands the group down from a folder with the setgid bit' ({ on, at, settle }) {
    if (process.getuid!() !== 0) return
    await on.mkdir(at('d'))
    await on.chown(at('d'), 0, 1234)
    await on.chmod(at('d'), 0o2755)
    await umasked(0o022, async () => {
      await on.mkdir(at('d/e'))
      await on.writeFile(at('d/f'), '')
      await on.symlink('f', at('d/s'))
    })
    await settle()
    assert.equal((await on.stat(at('d/e'))).gid, 1234)
    assert.equal((await on.stat(at('d/f'))).gid, 1234)
    assert.equal((await on.lstat(at('d/s'))).gid, 1234)
    assert.equal(bits(await on.stat(at('d/e'))), 0o2755)
    assert.equal(bits(await on.stat(at('d/f'))), 0o644)
  },
  async 'serves many names in one folder' ({ on, at, settle, form }) {
    const count = form === 'sync' ? 1000 : 100
    for (let i = 0; i < count; i++) await on.writeFile(at(`f${i}`), String(i))
    await settle()
    assert.equal((await on.readdir(at())).length, count)
    assert.equal(await on.readFile(at(`f${count - 1}`), 'utf8'), String(count - 1))
  },
  'refuses modes that are none': sync(({ fs, at }) => {
    for (const mode of ['9', 'abc', -1, 1.5, 2 ** 32, {}, null]) {
      assert.throws(() => { fs.mkdirSync(at('d'), { mode: mode as number }) }, error => /^ERR_(INVALID_ARG_TYPE|INVALID_ARG_VALUE|OUT_OF_RANGE)$/.test((error as { code: string }).code), String(mode))
    }
    assert.equal(fs.existsSync(at('d')), false)
  }),
}
