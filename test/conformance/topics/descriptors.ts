// Open files: what a descriptor means whatever becomes of the name it was opened under.
import assert from 'node:assert/strict'
import { bits, fails, pause, sync, rest } from '../cases.ts'
import type { Topic } from '../cases.ts'

export const descriptors: Topic = {
  async 'keeps an open file through unlink' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+')
    await on.write(fd, 'alive')
    await on.unlink(at('f'))
    assert.equal((await on.fstat(fd)).nlink, 0)
    assert.equal((await on.fstat(fd)).size, 5)
    await on.write(fd, ' and well')
    const buffer = Buffer.alloc(14)
    assert.equal(await on.read(fd, buffer, 0, 14, 0), 14)
    assert.equal(String(buffer), 'alive and well')
    assert.equal(await on.exists(at('f')), false)
    await on.close(fd)
  },
  async 'does not mistake a new file for the unlinked one' ({ on, at }) {
    await on.writeFile(at('f'), 'old')
    const fd = await on.open(at('f'))
    await on.unlink(at('f'))
    await on.writeFile(at('f'), 'new')
    assert.equal(await rest(on, fd), 'old')
    assert.equal(await on.readFile(at('f'), 'utf8'), 'new')
    await on.close(fd)
  },
  async 'keeps an open file through rm of its folder' ({ on, at }) {
    await on.mkdir(at('d'))
    const fd = await on.open(at('d/f'), 'w+')
    await on.rm(at('d'), { recursive: true })
    await on.write(fd, 'x')
    assert.equal((await on.fstat(fd)).size, 1)
    await on.close(fd)
  },
  async 'changes an unlinked file through its descriptor' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+')
    await on.unlink(at('f'))
    await on.fchmod(fd, 0o640)
    await on.futimes(fd, 1, 2)
    await on.ftruncate(fd, 10)
    await on.fsync(fd)
    const stats = await on.fstat(fd)
    assert.equal(bits(stats), 0o640)
    assert.equal(stats.size, 10)
    await on.close(fd)
  },
  async 'shares data, not positions, between descriptors' ({ on, at }) {
    await on.writeFile(at('f'), 'abcdef')
    const a = await on.open(at('f'), 'r')
    const b = await on.open(at('f'), 'r+')
    const buffer = Buffer.alloc(3)
    await on.read(a, buffer, 0, 3, null)
    assert.equal(String(buffer), 'abc')
    await on.write(b, 'ABCDEF')
    assert.equal(await rest(on, a), 'DEF')
    await on.close(a)
    await on.close(b)
  },
  async 'leaves the position behind the end after a truncation' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+')
    await on.write(fd, 'abcdef')
    await on.ftruncate(fd, 2)
    await on.write(fd, 'x')
    await on.close(fd)
    assert.deepEqual(await on.readFile(at('f'), 'latin1'), 'ab\0\0\0\0x')
  },
  async 'truncates and grows through a descriptor' ({ on, at, settle }) {
    const fd = await on.open(at('f'), 'w+')
    await on.write(fd, 'abcdef')
    await on.ftruncate(fd, 3)
    await on.ftruncate(fd, 5)
    assert.equal((await on.fstat(fd)).size, 5)
    await on.close(fd)
    await settle()
    assert.equal(await on.readFile(at('f'), 'latin1'), 'abc\0\0')
  },
  async 'truncates to nothing by default' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+')
    await on.write(fd, 'abc')
    await on.ftruncate(fd)
    assert.equal((await on.fstat(fd)).size, 0)
    await on.close(fd)
  },
  async 'refuses to truncate what is open to read only' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    const fd = await on.open(at('f'))
    await fails(on.ftruncate(fd, 1), 'EINVAL', { syscall: 'ftruncate' })
    await on.close(fd)
  },
  async 'keeps a folder open through rmdir' ({ on, at }) {
    await on.mkdir(at('d'))
    const fd = await on.open(at('d'))
    await on.rmdir(at('d'))
    assert.equal((await on.fstat(fd)).nlink, 0)
    await on.close(fd)
  },
  async 'moves ctime by a change of owner that keeps both' ({ fs, on, at }) {
    await on.writeFile(at('f'), 'abc')
    const fd = await on.open(at('f'), 'r')
    let before = (await on.stat(at('f'))).ctimeMs
    for (const [name, change] of Object.entries({ chown: async () => { await on.chown(at('f'), -1, -1) }, lchown: () => { fs.lchownSync(at('f'), -1, -1) }, fchown: async () => { await on.fchown(fd, -1, -1) } })) {
      await pause()
      await change()
      const after = (await on.stat(at('f'))).ctimeMs
      assert.ok(after > before, name)
      before = after
    }
    await on.close(fd)
  },
  async 'moves ctime, mtime by a write and not by writing nothing' ({ on, at }) {
    const fd = await on.open(at('f'), 'w')
    const first = await on.fstat(fd)
    await pause()
    await on.write(fd, Buffer.alloc(0))
    assert.equal((await on.fstat(fd)).mtimeMs, first.mtimeMs)
    await on.write(fd, 'x')
    const second = await on.fstat(fd)
    assert.ok(second.mtimeMs > first.mtimeMs)
    assert.ok(second.ctimeMs > first.ctimeMs)
    assert.equal(second.birthtimeMs, first.birthtimeMs)
    await on.close(fd)
  },
  async 'gives the same stats by name and by descriptor' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    const fd = await on.open(at('f'))
    assert.deepEqual(await on.fstat(fd, { bigint: true }), await on.stat(at('f'), { bigint: true }))
    await on.close(fd)
  },
  'refuses a descriptor that is closed': sync(({ fs, at }) => {
    const fd = fs.openSync(at('f'), 'w')
    fs.closeSync(fd)
    for (const run of [
      () => { fs.closeSync(fd) }, () => fs.fstatSync(fd), () => fs.readSync(fd, Buffer.alloc(1)), () => fs.writeSync(fd, 'x'),
      () => { fs.ftruncateSync(fd) }, () => { fs.fchmodSync(fd, 0o600) }, () => { fs.futimesSync(fd, 1, 1) }, () => { fs.fsyncSync(fd) },
      () => { fs.fdatasyncSync(fd) }, () => { fs.fchownSync(fd, 0, 0) }, () => fs.readFileSync(fd), () => { fs.writeFileSync(fd, 'x') },
    ]) assert.throws(run, { code: 'EBADF', errno: -9 })
  }),
  'gives descriptors that differ while they are open': sync(({ fs, at }) => {
    const fds = Array.from({ length: 20 }, (_, i) => fs.openSync(at(`f${i}`), 'w'))
    assert.equal(new Set(fds).size, 20)
    assert.ok(fds.every(fd => Number.isInteger(fd) && fd > 2 && fd < 2 ** 31))
    for (const fd of fds) fs.closeSync(fd)
  }),
}
