// rename(2): one name becomes another, in one step, and what it replaces must be of its kind.
import assert from 'node:assert/strict'
import { fails, pause } from '../cases.ts'
import type { Topic } from '../cases.ts'

export const rename: Topic = {
  async 'moves a file with its inode' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'x')
    const { ino } = await on.stat(at('a'))
    await on.rename(at('a'), at('b'))
    await settle()
    assert.equal((await on.stat(at('b'))).ino, ino)
    assert.equal(await on.readFile(at('b'), 'utf8'), 'x')
    await fails(on.stat(at('a')), 'ENOENT')
  },
  async 'replaces a file' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'new')
    await on.writeFile(at('b'), 'old')
    await on.rename(at('a'), at('b'))
    await settle()
    assert.equal(await on.readFile(at('b'), 'utf8'), 'new')
    assert.deepEqual(await on.readdir(at()), ['b'])
  },
  async 'keeps an open file that is renamed over' ({ on, at }) {
    await on.writeFile(at('a'), 'new')
    await on.writeFile(at('b'), 'old')
    const fd = await on.open(at('b'), 'r+')
    await on.rename(at('a'), at('b'))
    const buffer = Buffer.alloc(3)
    await on.read(fd, buffer, 0, 3, 0)
    assert.equal(String(buffer), 'old')
    assert.equal((await on.fstat(fd)).nlink, 0)
    await on.write(fd, Buffer.from('OLD'), 0, 3, 0)
    assert.equal(await on.readFile(at('b'), 'utf8'), 'new')
    await on.close(fd)
  },
  async 'keeps an open file that is renamed' ({ on, at }) {
    const fd = await on.open(at('a'), 'w+')
    await on.rename(at('a'), at('b'))
    await on.write(fd, 'late')
    assert.equal(await on.readFile(at('b'), 'utf8'), 'late')
    await on.close(fd)
  },
  async 'keeps an open file whose folder is renamed' ({ on, at }) {
    await on.mkdir(at('d'))
    const fd = await on.open(at('d/f'), 'w+')
    await on.rename(at('d'), at('e'))
    await on.write(fd, 'late')
    assert.equal(await on.readFile(at('e/f'), 'utf8'), 'late')
    await on.close(fd)
  },
  async 'moves a folder with all that is in it' ({ on, at, settle }) {
    await on.mkdir(at('d/e/f'), { recursive: true })
    await on.writeFile(at('d/e/f/g'), 'deep')
    await on.rename(at('d'), at('x'))
    await settle()
    assert.equal(await on.readFile(at('x/e/f/g'), 'utf8'), 'deep')
    await fails(on.stat(at('d/e')), 'ENOENT')
    assert.deepEqual(await on.readdir(at()), ['x'])
  },
  async 'leaves neighbours alone whose names begin alike' ({ on, at, settle }) {
    for (const name of ['a_b', 'axb', 'a_bc', 'a%b', 'A_B']) {
      await on.mkdir(at(name))
      await on.writeFile(at(name, 'f'), name)
    }
    await on.rename(at('a_b'), at('z'))
    await settle()
    assert.deepEqual(await on.readdir(at()), ['A_B', 'a%b', 'a_bc', 'axb', 'z'])
    for (const name of ['axb', 'a_bc', 'a%b', 'A_B']) assert.equal(await on.readFile(at(name, 'f'), 'utf8'), name)
    assert.equal(await on.readFile(at('z/f'), 'utf8'), 'a_b')
  },
  async 'replaces an empty folder' ({ on, at, settle }) {
    await on.mkdir(at('d'))
    await on.writeFile(at('d/f'), '')
    await on.mkdir(at('e'))
    await on.rename(at('d'), at('e'))
    await settle()
    assert.deepEqual(await on.readdir(at('e')), ['f'])
    await fails(on.stat(at('d')), 'ENOENT')
  },
  async 'refuses a folder over a folder that is not empty' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.mkdir(at('e'))
    await on.writeFile(at('e/f'), '')
    await fails(on.rename(at('d'), at('e')), 'ENOTEMPTY', { syscall: 'rename', path: at('d'), dest: at('e') })
    assert.deepEqual(await on.readdir(at()), ['d', 'e'])
  },
  async 'refuses a file over a folder' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await on.mkdir(at('d'))
    await fails(on.rename(at('f'), at('d')), 'EISDIR', { path: at('f'), dest: at('d') })
  },
  async 'refuses a folder over a file or a link' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.mkdir(at('e'))
    await on.writeFile(at('f'), '')
    await on.symlink('e', at('s'))
    await fails(on.rename(at('d'), at('f')), 'ENOTDIR')
    await fails(on.rename(at('d'), at('s')), 'ENOTDIR')
  },
  async 'refuses a folder into itself' ({ on, at }) {
    await on.mkdir(at('d/e'), { recursive: true })
    await fails(on.rename(at('d'), at('d/x')), 'EINVAL', { path: at('d'), dest: at('d/x') })
    await fails(on.rename(at('d'), at('d/e/x')), 'EINVAL')
    await fails(on.rename(at('d'), at('d/e')), 'EINVAL')
    assert.ok(await on.exists(at('d/e')))
  },
  async 'refuses a folder into itself by way of a link' ({ on, at }) {
    await on.mkdir(at('d/e'), { recursive: true })
    await on.symlink('d/e', at('s'))
    await fails(on.rename(at('d'), at('s/x')), 'EINVAL')
  },
  async 'refuses a folder over its own ancestor' ({ on, at }) {
    await on.mkdir(at('d/e/f'), { recursive: true })
    await fails(on.rename(at('d/e'), at('d')), 'ENOTEMPTY')
    await fails(on.rename(at('d/e/f'), at('d')), 'ENOTEMPTY')
  },
  async 'does nothing for the same name' ({ on, at }) {
    await on.writeFile(at('f'), 'x')
    await on.mkdir(at('d'))
    await on.rename(at('f'), at('f'))
    await on.rename(at('d'), at('d'))
    assert.equal(await on.readFile(at('f'), 'utf8'), 'x')
  },
  async 'does nothing for two hard links of one file' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'x')
    await on.link(at('a'), at('b'))
    await on.rename(at('a'), at('b'))
    await settle()
    assert.deepEqual(await on.readdir(at()), ['a', 'b'])
    assert.equal((await on.stat(at('a'))).nlink, 2)
  },
  async 'moves a link, not its target' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'x')
    await on.symlink('f', at('s'))
    await on.mkdir(at('d'))
    await on.rename(at('s'), at('d/s'))
    await settle()
    assert.equal(await on.readlink(at('d/s')), 'f')
    await fails(on.stat(at('d/s')), 'ENOENT')
    assert.equal(await on.readFile(at('f'), 'utf8'), 'x')
  },
  async 'replaces a link, not its target' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'target')
    await on.writeFile(at('g'), 'moved')
    await on.symlink('f', at('s'))
    await on.rename(at('g'), at('s'))
    await settle()
    assert.equal(await on.readFile(at('f'), 'utf8'), 'target')
    assert.equal(await on.readFile(at('s'), 'utf8'), 'moved')
    assert.ok((await on.lstat(at('s'))).isFile())
  },
  async 'keeps the other names of the file that it replaces' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'old')
    await on.link(at('a'), at('b'))
    await on.writeFile(at('c'), 'new')
    await on.rename(at('c'), at('a'))
    await settle()
    assert.equal(await on.readFile(at('b'), 'utf8'), 'old')
    assert.equal((await on.stat(at('b'))).nlink, 1)
  },
  async 'refuses what is not there' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await fails(on.rename(at('no'), at('x')), 'ENOENT', { path: at('no'), dest: at('x') })
    await fails(on.rename(at('f'), at('no/x')), 'ENOENT')
    await fails(on.rename(at('f/x'), at('y')), 'ENOTDIR')
    await fails(on.rename(at('f'), at('f/y')), 'ENOTDIR')
  },
  async 'refuses dots as last component' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.mkdir(at('e'))
    await fails(on.rename(at('d/.'), at('x')), 'EBUSY')
    await fails(on.rename(at('d/..'), at('x')), 'EBUSY')
    await fails(on.rename(at('d'), at('e/.')), 'EBUSY')
    await fails(on.rename(at('d'), at('e/..')), 'EBUSY')
  },
  async 'accepts slashes at the end for folders only' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.rename(at('d/'), at('e/'))
    assert.deepEqual(await on.readdir(at()), ['e'])
    await on.writeFile(at('f'), '')
    await fails(on.rename(at('f/'), at('g')), 'ENOTDIR')
    await fails(on.rename(at('f'), at('g/')), 'ENOTDIR')
  },
  async 'moves link counts of folders along' ({ on, at, settle }) {
    await on.mkdir(at('a/sub'), { recursive: true })
    await on.mkdir(at('b'))
    await on.rename(at('a/sub'), at('b/sub'))
    await settle()
    assert.equal((await on.stat(at('a'))).nlink, 2)
    assert.equal((await on.stat(at('b'))).nlink, 3)
    assert.equal((await on.stat(at('b/sub'))).nlink, 2)
  },
  async 'drops the link count of a folder that was replaced' ({ on, at, settle }) {
    await on.mkdir(at('d'))
    await on.mkdir(at('p/e'), { recursive: true })
    await on.rename(at('d'), at('p/e'))
    await settle()
    assert.equal((await on.stat(at('p'))).nlink, 3)
  },
  async 'finds the new parent by dots after a move' ({ on, at, settle }) {
    await on.mkdir(at('a/sub'), { recursive: true })
    await on.mkdir(at('b'))
    await on.writeFile(at('b/here'), 'b')
    await on.symlink('sub', at('a/s'))
    await on.rename(at('a/sub'), at('b/sub'))
    await on.symlink('b/sub', at('s'))
    await settle()
    assert.equal(await on.readFile(at('s/../here'), 'utf8'), 'b')
  },
  async 'moves mtime and ctime of both folders, and ctime of the file' ({ on, at }) {
    await on.mkdir(at('a'))
    await on.mkdir(at('b'))
    await on.writeFile(at('a/f'), '')
    const before = [await on.stat(at('a')), await on.stat(at('b')), await on.stat(at('a/f'))]
    await pause()
    await on.rename(at('a/f'), at('b/f'))
    const after = [await on.stat(at('a')), await on.stat(at('b')), await on.stat(at('b/f'))]
    for (const i of [0, 1]) assert.ok(after[i]!.mtimeMs > before[i]!.mtimeMs, `mtime of folder ${i}`)
    for (const i of [0, 1, 2]) assert.ok(after[i]!.ctimeMs > before[i]!.ctimeMs, `ctime ${i}`)
    assert.equal(after[2]!.mtimeMs, before[2]!.mtimeMs)
  },
  async 'sees a name that was missing before the move' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.writeFile(at('d/f'), 'x')
    await fails(on.stat(at('e/f')), 'ENOENT')
    await on.rename(at('d'), at('e'))
    assert.ok((await on.stat(at('e/f'))).isFile())
    await fails(on.stat(at('d/f')), 'ENOENT')
    await on.rename(at('e'), at('d'))
    await fails(on.stat(at('e/f')), 'ENOENT')
  },
  async 'swaps two files by way of a third name' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'A')
    await on.writeFile(at('b'), 'B')
    await on.rename(at('a'), at('t'))
    await on.rename(at('b'), at('a'))
    await on.rename(at('t'), at('b'))
    await settle()
    assert.equal(await on.readFile(at('a'), 'utf8') + await on.readFile(at('b'), 'utf8'), 'BA')
  },
}
