// Hard links and symbolic links: inodes that outlive their names, and paths that lead elsewhere.
import assert from 'node:assert/strict'
import { constants } from 'node:fs'
import { bits, fails, forms, pause, promise, sync } from '../cases.ts'
import type { Topic } from '../cases.ts'

export const links: Topic = {
  'takes what leads up out of the text of a link for realpath in JavaScript': forms('sync callback', async ({ fs, on, form, at }) => {
    await on.mkdir(at('s'))
    await on.mkdir(at('s/deep'))
    await on.symlink('deep', at('s/b'))
    await on.symlink('b/../../s/b/..', at('s/d'))
    await on.symlink('d/b/../deep/.', at('s/e'))
    const root = fs.realpathSync.native(at())
    const realpath = async (path: string): Promise<string> => form === 'sync' ? fs.realpathSync(path) : await new Promise((resolve, reject) => { fs.realpath(path, (error, real) => { error ? reject(error) : resolve(real) }) })
    assert.equal(await realpath(at('s/d')), `${root}/s`)
    assert.equal(await realpath(at('s/d/d/b')), `${root}/s/deep`)
    assert.equal(await realpath(at('s/e')), `${root}/s/deep`)
    await on.mkdir(at('t'))
    await on.mkdir(at('t/u'))
    await on.symlink('../t/u', at('s/up'))
    await on.symlink('up/..', at('s/over'))
    assert.equal(await realpath(at('s/over')), `${root}/s`)
    assert.equal(fs.realpathSync.native(at('s/over')), `${root}/t`)
    await on.symlink('up/../none', at('s/gone'))
    await on.mkdir(at('t/none'))
    await fails(realpath(at('s/gone')), 'ENOENT', { syscall: 'lstat', path: `${at('s')}/none` })
  }),
  async 'gives a hard link the same inode and content' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'one')
    await on.link(at('a'), at('b'))
    await settle()
    const [a, b] = [await on.stat(at('a')), await on.stat(at('b'))]
    assert.equal(a.ino, b.ino)
    assert.equal(a.nlink, 2)
    assert.equal(b.nlink, 2)
    assert.equal(await on.readFile(at('b'), 'utf8'), 'one')
  },
  async 'shows a write through one hard link at the other' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'one')
    await on.link(at('a'), at('b'))
    await on.appendFile(at('b'), ' two')
    await settle()
    assert.equal(await on.readFile(at('a'), 'utf8'), 'one two')
    await on.writeFile(at('a'), '3')
    await settle()
    assert.equal(await on.readFile(at('b'), 'utf8'), '3')
  },
  async 'keeps the content while one name is left' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'one')
    await on.link(at('a'), at('b'))
    await on.unlink(at('a'))
    await settle()
    assert.equal(await on.readFile(at('b'), 'utf8'), 'one')
    assert.equal((await on.stat(at('b'))).nlink, 1)
    await fails(on.stat(at('a')), 'ENOENT')
  },
  async 'shares mode and times between hard links' ({ on, at, settle }) {
    await on.writeFile(at('a'), '')
    await on.link(at('a'), at('b'))
    await on.chmod(at('a'), 0o640)
    await on.utimes(at('b'), 10, 20)
    await settle()
    assert.equal(bits(await on.stat(at('b'))), 0o640)
    assert.equal((await on.stat(at('a'))).mtimeMs, 20_000)
  },
  async 'moves ctime, not mtime, of a file that gains or loses a link' ({ on, at }) {
    await on.writeFile(at('a'), 'x')
    const first = await on.stat(at('a'))
    await pause()
    await on.link(at('a'), at('b'))
    const second = await on.stat(at('a'))
    assert.ok(second.ctimeMs > first.ctimeMs)
    assert.equal(second.mtimeMs, first.mtimeMs)
    await pause()
    await on.unlink(at('b'))
    const third = await on.stat(at('a'))
    assert.ok(third.ctimeMs > second.ctimeMs)
    assert.equal(third.mtimeMs, first.mtimeMs)
  },
  async 'refuses a hard link to a folder' ({ on, at }) {
    await on.mkdir(at('d'))
    await fails(on.link(at('d'), at('e')), 'EPERM', { syscall: 'link', path: at('d'), dest: at('e') })
  },
  async 'refuses a hard link over an existing name' ({ on, at }) {
    await on.writeFile(at('a'), '')
    await on.writeFile(at('b'), '')
    await fails(on.link(at('a'), at('b')), 'EEXIST', { path: at('a'), dest: at('b') })
    await fails(on.link(at('a'), at('a')), 'EEXIST')
  },
  async 'refuses a hard link over a dangling link' ({ on, at }) {
    await on.writeFile(at('a'), '')
    await on.symlink('nowhere', at('s'))
    await fails(on.link(at('a'), at('s')), 'EEXIST')
  },
  async 'refuses a hard link to or in what is not there' ({ on, at }) {
    await on.writeFile(at('a'), '')
    await fails(on.link(at('no'), at('b')), 'ENOENT', { path: at('no'), dest: at('b') })
    await fails(on.link(at('a'), at('no/b')), 'ENOENT', { path: at('a'), dest: at('no/b') })
    await fails(on.link(at('a'), at('a/b')), 'ENOTDIR')
  },
  async 'makes a hard link to a symbolic link itself' ({ on, at, settle }) {
    await on.symlink('nowhere', at('s'))
    await on.link(at('s'), at('t'))
    await settle()
    assert.equal(await on.readlink(at('t')), 'nowhere')
    assert.equal((await on.lstat(at('s'))).nlink, 2)
    assert.equal((await on.lstat(at('s'))).ino, (await on.lstat(at('t'))).ino)
  },
  async 'links across folders and survives the removal of the first folder' ({ on, at, settle }) {
    await on.mkdir(at('d'))
    await on.mkdir(at('e'))
    await on.writeFile(at('d/a'), 'x')
    await on.link(at('d/a'), at('e/b'))
    await on.rm(at('d'), { recursive: true })
    await settle()
    assert.equal(await on.readFile(at('e/b'), 'utf8'), 'x')
    assert.equal((await on.stat(at('e/b'))).nlink, 1)
  },

  async 'stores the target of a symbolic link as given' ({ on, at, settle }) {
    for (const target of ['a', './a/', '../x//y/.', '/absolute/./path/', ' ', 'é\n', 'a'.repeat(300)]) {
      await on.symlink(target, at('s'))
      await settle()
      assert.equal(await on.readlink(at('s')), target)
      await on.unlink(at('s'))
    }
  },
  async 'refuses an empty target' ({ on, at }) {
    await fails(on.symlink('', at('s')), 'ENOENT', { syscall: 'symlink', path: '', dest: at('s') })
  },
  async 'refuses a symbolic link over any existing name' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await on.mkdir(at('d'))
    await on.symlink('nowhere', at('s'))
    for (const name of ['f', 'd', 's']) await fails(on.symlink('x', at(name)), 'EEXIST', { path: 'x', dest: at(name) })
  },
  async 'tells a link from its target' ({ on, at }) {
    await on.writeFile(at('f'), 'four')
    await on.symlink('f', at('s'))
    const link = await on.lstat(at('s'))
    assert.ok(link.isSymbolicLink())
    assert.ok(!link.isFile())
    assert.equal(link.size, 1)
    assert.equal(bits(link), 0o777)
    const file = await on.stat(at('s'))
    assert.ok(file.isFile())
    assert.equal(file.size, 4)
    assert.notEqual(link.ino, file.ino)
  },
  async 'counts the bytes of a target as its size' ({ on, at }) {
    await on.symlink('äöü', at('s'))
    assert.equal((await on.lstat(at('s'))).size, 6)
  },
  async 'resolves a relative target from the folder of the link' ({ on, at, settle }) {
    await on.mkdir(at('d/e'), { recursive: true })
    await on.writeFile(at('d/f'), 'right')
    await on.writeFile(at('f'), 'wrong')
    await on.symlink('../f', at('d/e/s'))
    await on.symlink('d/e/s', at('t'))
    await settle()
    assert.equal(await on.readFile(at('d/e/s'), 'utf8'), 'right')
    assert.equal(await on.readFile(at('t'), 'utf8'), 'right')
  },
  async 'resolves an absolute target' ({ on, at }) {
    await on.writeFile(at('f'), 'x')
    await on.symlink(at('f'), at('s'))
    assert.equal(await on.readFile(at('s'), 'utf8'), 'x')
    assert.equal(await on.readlink(at('s')), at('f'))
  },
  async 'walks through a link to a folder' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.symlink('d', at('s'))
    await on.writeFile(at('s/f'), 'x')
    assert.equal(await on.readFile(at('d/f'), 'utf8'), 'x')
    assert.deepEqual(await on.readdir(at('s')), ['f'])
    assert.ok((await on.stat(at('s'))).isDirectory())
  },
  async 'goes through the link before it goes up' ({ on, at }) {
    await on.mkdir(at('d/e'), { recursive: true })
    await on.writeFile(at('d/x'), 'right')
    await on.writeFile(at('x'), 'wrong')
    await on.symlink('d/e', at('s'))
    assert.equal(await on.readFile(at('s/../x'), 'utf8'), 'right')
    assert.equal(await on.readFile(at('s/./.././e/../x'), 'utf8'), 'right')
    await on.writeFile(at('s/../new'), '')
    assert.ok(await on.exists(at('d/new')))
  },
  async 'goes up out of a link that ends in dots' ({ on, at }) {
    await on.mkdir(at('d/e'), { recursive: true })
    await on.writeFile(at('d/x'), 'right')
    await on.symlink('d/e/..', at('s'))
    assert.equal(await on.readFile(at('s/x'), 'utf8'), 'right')
    assert.equal(await on.realpath(at('s')), at('d'))
  },
  async 'follows links in the middle of targets' ({ on, at }) {
    await on.mkdir(at('real/sub'), { recursive: true })
    await on.writeFile(at('real/sub/f'), 'x')
    await on.symlink('real', at('a'))
    await on.symlink('a/sub', at('b'))
    await on.symlink('b/f', at('c'))
    assert.equal(await on.readFile(at('c'), 'utf8'), 'x')
    assert.equal(await on.realpath(at('c')), at('real/sub/f'))
  },
  async 'removes the link, not its target' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'x')
    await on.symlink('f', at('s'))
    await on.unlink(at('s'))
    await settle()
    assert.equal(await on.readFile(at('f'), 'utf8'), 'x')
    await fails(on.lstat(at('s')), 'ENOENT')
  },
  async 'makes the target of a dangling link when it is opened to create' ({ on, at, settle }) {
    await on.symlink('target', at('s'))
    await on.writeFile(at('s'), 'made')
    await settle()
    assert.equal(await on.readFile(at('target'), 'utf8'), 'made')
    assert.ok((await on.lstat(at('s'))).isSymbolicLink())
  },
  async 'makes the target at the end of a chain of dangling links' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.symlink('d/b', at('a'))
    await on.symlink('../c', at('d/b'))
    await on.appendFile(at('a'), 'made')
    assert.equal(await on.readFile(at('c'), 'utf8'), 'made')
  },
  async 'does not make the target of a dangling link into a missing folder' ({ on, at }) {
    await on.symlink('no/target', at('s'))
    await fails(on.writeFile(at('s'), ''), 'ENOENT', { path: at('s'), syscall: 'open' })
  },
  async 'refuses a dangling link that is opened exclusively' ({ on, at }) {
    await on.symlink('target', at('s'))
    await fails(on.open(at('s'), 'wx'), 'EEXIST')
    await fails(on.open(at('s'), 'ax'), 'EEXIST')
    assert.equal(await on.exists(at('target')), false)
  },
  async 'finds nothing behind a dangling link' ({ on, at }) {
    await on.symlink('nowhere', at('s'))
    await fails(on.stat(at('s')), 'ENOENT', { path: at('s') })
    await fails(on.readFile(at('s')), 'ENOENT', { path: at('s') })
    await fails(on.readdir(at('s')), 'ENOENT')
    await fails(on.access(at('s')), 'ENOENT')
    await fails(on.realpath(at('s')), 'ENOENT')
    await fails(on.chmod(at('s'), 0o600), 'ENOENT')
    await fails(on.utimes(at('s'), 1, 1), 'ENOENT')
    await fails(on.truncate(at('s')), 'ENOENT')
    assert.equal(await on.exists(at('s')), false)
    assert.ok((await on.lstat(at('s'))).isSymbolicLink())
  },
  async 'refuses a folder where a dangling link stands' ({ on, at }) {
    await on.symlink('d', at('s'))
    await fails(on.mkdir(at('s')), 'EEXIST')
    assert.equal(await on.exists(at('d')), false)
  },
  async 'refuses the 41st link' ({ on, at }) {
    await on.writeFile(at('l0'), 'x')
    for (let i = 1; i <= 41; i++) await on.symlink(`l${i - 1}`, at(`l${i}`))
    assert.equal(await on.readFile(at('l40'), 'utf8'), 'x')
    await fails(on.readFile(at('l41')), 'ELOOP', { path: at('l41') })
    await fails(on.stat(at('l41')), 'ELOOP')
    assert.ok((await on.lstat(at('l41'))).isSymbolicLink())
  },
  async 'counts links of all components together' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.writeFile(at('d/f'), 'x')
    await on.symlink('.', at('d/s'))
    assert.equal(await on.readFile(at('d/' + 's/'.repeat(40) + 'f'), 'utf8'), 'x')
    await fails(on.readFile(at('d/' + 's/'.repeat(41) + 'f')), 'ELOOP')
  },
  async 'refuses loops' ({ on, at }) {
    await on.symlink('b', at('a'))
    await on.symlink('a', at('b'))
    await on.symlink('self', at('self'))
    for (const name of ['a', 'b', 'self']) {
      await fails(on.stat(at(name)), 'ELOOP')
      await fails(on.open(at(name), 'w'), 'ELOOP')
      await fails(on.readdir(at(name)), 'ELOOP')
      await fails(on.mkdir(at(name, 'x')), 'ELOOP')
      await fails(on.rename(at(name, 'x'), at('y')), 'ELOOP')
      assert.equal(await on.exists(at(name)), false)
    }
    await fails(on.mkdir(at('self')), 'EEXIST')
    await on.unlink(at('self'))
  },
  async 'removes and renames a link that loops' ({ on, at }) {
    await on.symlink('self', at('self'))
    await on.rename(at('self'), at('other'))
    assert.equal(await on.readlink(at('other')), 'self')
    await on.rm(at('other'))
    await fails(on.lstat(at('other')), 'ENOENT')
  },
  async 'refuses to read a link that is none' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await on.mkdir(at('d'))
    await fails(on.readlink(at('f')), 'EINVAL', { syscall: 'readlink', path: at('f') })
    await fails(on.readlink(at('d')), 'EINVAL')
    await fails(on.readlink(at('no')), 'ENOENT')
    await fails(on.readlink(at('f/x')), 'ENOTDIR')
  },
  async 'follows a link that has a slash at its end' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.symlink('d', at('s'))
    assert.ok((await on.lstat(at('s/'))).isDirectory())
    await fails(on.readlink(at('s/')), 'EINVAL')
    await fails(on.unlink(at('s/')), 'ENOTDIR')
    await fails(on.rmdir(at('s/')), 'ENOTDIR')
    assert.ok((await on.lstat(at('s'))).isSymbolicLink())
  },
  async 'refuses rmdir of a link to a folder' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.symlink('d', at('s'))
    await fails(on.rmdir(at('s')), 'ENOTDIR', { syscall: 'rmdir', path: at('s') })
  },
  async 'refuses to open a link with O_NOFOLLOW' ({ on, at }) {
    await on.writeFile(at('f'), 'x')
    await on.symlink('f', at('s'))
    await fails(on.open(at('s'), constants.O_RDONLY | constants.O_NOFOLLOW), 'ELOOP')
    const fd = await on.open(at('f'), constants.O_RDONLY | constants.O_NOFOLLOW)
    await on.close(fd)
  },
  async 'opens through a link in the middle with O_NOFOLLOW' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.writeFile(at('d/f'), 'x')
    await on.symlink('d', at('s'))
    await on.close(await on.open(at('s/f'), constants.O_RDONLY | constants.O_NOFOLLOW))
  },
  async 'refuses what is not a folder with O_DIRECTORY' ({ on, at }) {
    await on.writeFile(at('f'), 'x')
    await on.mkdir(at('d'))
    await fails(on.open(at('f'), constants.O_RDONLY | constants.O_DIRECTORY), 'ENOTDIR')
    await on.close(await on.open(at('d'), constants.O_RDONLY | constants.O_DIRECTORY))
  },
  async 'changes the target of a link by chmod and utimes, the link by lutimes' ({ on, at, settle }) {
    await on.writeFile(at('f'), '')
    await on.symlink('f', at('s'))
    await on.chmod(at('s'), 0o604)
    await on.utimes(at('s'), 100, 200)
    await on.lutimes(at('s'), 300, 400)
    await settle()
    assert.equal(bits(await on.stat(at('f'))), 0o604)
    assert.equal((await on.stat(at('f'))).mtimeMs, 200_000)
    assert.equal((await on.lstat(at('s'))).mtimeMs, 400_000)
    assert.equal(bits(await on.lstat(at('s'))), 0o777)
  },
  async 'makes a long target, up to 4095 bytes' ({ on, at, settle }) {
    const target = 'x/'.repeat(2047) + 'x'
    await on.symlink(target, at('s'))
    await settle()
    assert.equal(await on.readlink(at('s')), target)
    await fails(on.symlink(target + 'x', at('t')), 'ENAMETOOLONG')
  },
  async 'accepts the link types of Windows and forgets them' ({ on, at }) {
    await on.mkdir(at('d'))
    for (const type of ['dir', 'file', 'junction', null]) {
      await on.symlink('d', at('s'), type)
      assert.equal(await on.readlink(at('s')), 'd')
      await on.unlink(at('s'))
    }
  },
  async 'gives the target as a buffer or in an encoding' ({ on, at }) {
    await on.symlink('täg', at('s'))
    assert.deepEqual(await on.readlink(at('s'), 'buffer'), Buffer.from('täg'))
    assert.deepEqual(await on.readlink(at('s'), { encoding: 'buffer' }), Buffer.from('täg'))
    assert.equal(await on.readlink(at('s'), 'hex'), Buffer.from('täg').toString('hex'))
    assert.equal(await on.readlink(at('s'), { encoding: 'latin1' }), Buffer.from('täg').toString('latin1'))
    assert.equal(await on.readlink(at('s'), { encoding: null }), 'täg')
  },
  async 'keeps targets that are not UTF-8' ({ on, at, settle }) {
    const target = Buffer.from([0x61, 0xff, 0xfe, 0x62])
    await on.symlink(target, at('s'))
    await settle()
    assert.deepEqual(await on.readlink(at('s'), 'buffer'), target)
    assert.equal(await on.readlink(at('s')), 'a\ufffd\ufffdb')
    assert.equal((await on.lstat(at('s'))).size, 4)
  },
  async 'finds the real path through links' ({ on, at }) {
    await on.mkdir(at('d/e'), { recursive: true })
    await on.writeFile(at('d/e/f'), '')
    await on.symlink('d', at('s'))
    await on.symlink('../../s/e/f', at('d/e/t'))
    assert.equal(await on.realpath(at('s/e/t')), at('d/e/f'))
    assert.equal(await on.realpath(at('s/./e/../e//f')), at('d/e/f'))
    assert.deepEqual(await on.realpath(at('s'), 'buffer'), Buffer.from(at('d')))
    assert.equal(await on.realpath(at('s'), { encoding: 'hex' }), Buffer.from(at('d')).toString('hex'))
  },
  'finds the real path natively': sync(({ fs, at }) => {
    fs.mkdirSync(at('d'))
    fs.symlinkSync('d', at('s'))
    assert.equal(fs.realpathSync.native(at('s')), at('d'))
    assert.deepEqual(fs.realpathSync.native(at('s'), 'buffer'), Buffer.from(at('d')))
    assert.throws(() => fs.realpathSync.native(at('no')), { code: 'ENOENT', syscall: 'realpath', path: at('no') })
  }),
  'keeps reading a file after the link to it is gone': promise(async ({ fs, at }) => {
    await fs.promises.writeFile(at('f'), 'x')
    await fs.promises.symlink('f', at('s'))
    const handle = await fs.promises.open(at('s'))
    await fs.promises.unlink(at('s'))
    assert.equal(await handle.readFile('utf8'), 'x')
    await handle.close()
  }),
}
