// open(2): what its flags and modes mean, in words and in numbers.
import assert from 'node:assert/strict'
import { constants } from 'node:fs'
import { bits, fails, umasked, rest } from '../cases.ts'
import type { Topic } from '../cases.ts'

/** Linux's flag for a file without a name, which Node does not name. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY

export const flags: Topic = {
  async 'appends whatever position is given' ({ on, at, settle }) {
    await on.writeFile(at('f'), 'start')
    const fd = await on.open(at('f'), 'a')
    await on.write(fd, 'A', 0)
    await on.write(fd, 'B', null)
    await on.write(fd, Buffer.from('C'), 0, 1, 2)
    await on.close(fd)
    await settle()
    assert.equal(await on.readFile(at('f'), 'utf8'), 'startABC')
  },
  async 'appends after what others wrote in between' ({ on, at }) {
    const fd = await on.open(at('f'), 'a')
    await on.write(fd, '1')
    await on.appendFile(at('f'), '2')
    await on.write(fd, '3')
    await on.truncate(at('f'), 1)
    await on.write(fd, '4')
    await on.close(fd)
    assert.equal(await on.readFile(at('f'), 'utf8'), '14')
  },
  async 'reads from the start of a file opened to append and read' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    const fd = await on.open(at('f'), 'a+')
    assert.equal(await rest(on, fd), 'abc')
    await on.write(fd, 'd')
    assert.equal(await rest(on, fd), '')
    await on.close(fd)
    assert.equal(await on.readFile(at('f'), 'utf8'), 'abcd')
  },
  async 'refuses to write what is open to read and the reverse' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    const reader = await on.open(at('f'), 'r')
    await fails(on.write(reader, Buffer.from('x')), 'EBADF', { syscall: 'write' })
    await fails(on.write(reader, 'x'), 'EBADF')
    await fails(on.writev(reader, [Buffer.from('x')]), 'EBADF', { syscall: 'write' })
    await on.close(reader)
    const writer = await on.open(at('f'), 'w')
    await fails(on.read(writer, Buffer.alloc(1), 0, 1, 0), 'EBADF', { syscall: 'read' })
    await fails(on.readv(writer, [Buffer.alloc(1)]), 'EBADF', { syscall: 'read' })
    await on.close(writer)
    const appender = await on.open(at('f'), 'a')
    await fails(on.read(appender, Buffer.alloc(1), 0, 1, 0), 'EBADF')
    await on.close(appender)
  },
  async 'opens a folder to read, but does not read from it' ({ on, at }) {
    await on.mkdir(at('d'))
    const fd = await on.open(at('d'))
    assert.ok((await on.fstat(fd)).isDirectory())
    await fails(on.read(fd, Buffer.alloc(1), 0, 1, 0), 'EISDIR', { syscall: 'read' })
    await fails(on.write(fd, Buffer.alloc(1)), 'EBADF')
    await fails(on.ftruncate(fd, 0), 'EINVAL')
    await on.fchmod(fd, 0o711)
    await on.futimes(fd, 5, 6)
    await on.fsync(fd)
    await on.close(fd)
    assert.equal(bits(await on.stat(at('d'))), 0o711)
    assert.equal((await on.stat(at('d'))).mtimeMs, 6000)
  },
  // access mode 3, and O_PATH of Linux, which Node does not name
  async 'neither reads nor writes what is open for neither' ({ on, at }) {
    await on.writeFile(at('f'), 'text')
    for (const mode of process.platform === 'linux' ? [3, 0o10000000, 0o10000002] : []) {
      const fd = await on.open(at('f'), mode)
      await fails(on.read(fd, Buffer.alloc(1), 0, 1, 0), 'EBADF', { syscall: 'read' })
      await fails(on.write(fd, Buffer.from('x'), 0, 1, 0), 'EBADF', { syscall: 'write' })
      await on.close(fd)
    }
    assert.equal(await on.readFile(at('f'), 'utf8'), 'text')
  },
  async 'looks at a slash behind a name that it is to make before the name' ({ on, at }) {
    for (const flags of ['w', 'wx', 'a', 'ax+']) await fails(on.open(`${at('n'.repeat(256))}/`, flags), 'EISDIR')
    await fails(on.mkdir(`${at('n'.repeat(256))}/`), 'ENAMETOOLONG')
  },
  async 'changes nothing through a descriptor that only stands for a path' ({ on, at }) {
    if (process.platform !== 'linux') return
    const O_PATH = 0o10000000
    await on.writeFile(at('f'), 'text', { mode: 0o640 })
    await on.mkdir(at('d'))
    await on.symlink('f', at('l'))
    const fd = await on.open(at('f'), O_PATH | constants.O_TRUNC | constants.O_CREAT | constants.O_EXCL)
    assert.equal((await on.fstat(fd)).size, 4)
    for (const [name, ...args] of [['fchmod', 0o600], ['fchown', 0, 0], ['futimes', 1, 1], ['ftruncate', 1], ['fsync'], ['fdatasync']] as const) {
      await fails((on[name] as (fd: unknown, ...args: unknown[]) => Promise<unknown>)(fd, ...args), 'EBADF')
    }
    assert.deepEqual([(await on.fstat(fd)).mode & 0o777, (await on.stat(at('f'))).size], [0o640, 4])
    // Nor does it keep others from it.
    await on.appendFile(at('f'), '+')
    assert.equal((await on.fstat(fd)).size, 5)
    await on.close(fd)
    await fails(on.open(at('f'), O_PATH | constants.O_DIRECTORY), 'ENOTDIR')
    await fails(on.open(at('missing'), O_PATH | constants.O_CREAT), 'ENOENT')
    for (const [name, flags, kind] of [['l', constants.O_NOFOLLOW, 'isSymbolicLink'], ['l', 0, 'isFile'], ['d', constants.O_DIRECTORY | constants.O_RDWR, 'isDirectory']] as const) {
      const fd = await on.open(at(name), O_PATH | flags)
      assert.ok((await on.fstat(fd))[kind]())
      await on.close(fd)
    }
  },
  async 'refuses to open a folder to write' ({ on, at }) {
    await on.mkdir(at('d'))
    for (const flags of ['w', 'r+', 'a', 'w+', 'a+']) await fails(on.open(at('d'), flags), 'EISDIR', { syscall: 'open', path: at('d') })
    await fails(on.open(at('d'), 'wx'), 'EEXIST')
  },
  async 'opens with every flag word as its number says' ({ on, at }) {
    const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC } = constants
    const words: Record<string, number> = {
      r: O_RDONLY, rs: O_RDONLY | O_SYNC, 'r+': O_RDWR, 'rs+': O_RDWR | O_SYNC, w: O_WRONLY | O_CREAT | O_TRUNC, 'w+': O_RDWR | O_CREAT | O_TRUNC,
      a: O_WRONLY | O_CREAT | O_APPEND, 'a+': O_RDWR | O_CREAT | O_APPEND, as: O_WRONLY | O_CREAT | O_APPEND | O_SYNC,
    }
    for (const [word, number] of Object.entries(words)) {
      const seen: string[] = []
      for (const flags of [word, number]) {
        await on.writeFile(at('f'), 'abc')
        const fd = await on.open(at('f'), flags)
        const size = (await on.fstat(fd)).size
        const reads = await on.read(fd, Buffer.alloc(1), 0, 1, 0).then(String, error => error.code)
        const writes = await on.write(fd, 'x', 0).then(String, error => error.code)
        await on.close(fd)
        seen.push([size, reads, writes, await on.readFile(at('f'), 'utf8')].join())
      }
      assert.equal(seen[0], seen[1], word)
    }
    for (const word of ['wx', 'xw', 'wx+', 'xw+', 'ax', 'xa', 'ax+', 'xa+', O_WRONLY | O_CREAT | O_EXCL]) {
      await fails(on.open(at('f'), word), 'EEXIST')
      await on.close(await on.open(at('new'), word))
      await on.unlink(at('new'))
    }
    for (const word of ['r', 'r+', 'rs+']) await fails(on.open(at('no'), word), 'ENOENT')
  },
  async 'creates with O_CREAT alone, to read' ({ on, at }) {
    const fd = await on.open(at('f'), constants.O_CREAT, 0o600)
    assert.equal(await on.read(fd, Buffer.alloc(1), 0, 1, 0), 0)
    await fails(on.write(fd, 'x'), 'EBADF')
    await on.close(fd)
    assert.equal(bits(await on.stat(at('f'))), 0o600)
  },
  async 'truncates by O_TRUNC and keeps the inode' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    const { ino } = await on.stat(at('f'))
    const reader = await on.open(at('f'))
    await on.close(await on.open(at('f'), 'w'))
    assert.equal((await on.fstat(reader)).size, 0)
    assert.equal((await on.fstat(reader)).ino, ino)
    await on.close(reader)
  },
  async 'truncates by O_TRUNC even what is opened to read' ({ on, at }) {
    await on.writeFile(at('f'), 'abc')
    await on.close(await on.open(at('f'), constants.O_RDONLY | constants.O_TRUNC))
    assert.equal((await on.stat(at('f'))).size, 0)
  },
  async 'applies the umask to the mode of open' ({ on, at, settle }) {
    await umasked(0o027, async () => {
      await on.close(await on.open(at('a'), 'w'))
      await on.close(await on.open(at('b'), 'w', 0o777))
      await on.close(await on.open(at('c'), 'w', '0664'))
      await on.close(await on.open(at('d'), 'w', 0))
    })
    await settle()
    assert.deepEqual([bits(await on.stat(at('a'))), bits(await on.stat(at('b'))), bits(await on.stat(at('c'))), bits(await on.stat(at('d')))], [0o640, 0o750, 0o640, 0])
  },
  async 'writes through a descriptor whatever the mode it made' ({ on, at }) {
    const fd = await on.open(at('f'), 'w+', 0o000)
    await on.write(fd, 'x')
    assert.equal((await on.fstat(fd)).size, 1)
    await on.close(fd)
  },
  async 'does not change the mode of a file that was there' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await on.chmod(at('f'), 0o640)
    await on.close(await on.open(at('f'), 'w', 0o777))
    assert.equal(bits(await on.stat(at('f'))), 0o640)
  },
  async 'opens a folder for a file without a name' ({ on, at }) {
    await on.mkdir(at('d'))
    await on.writeFile(at('f'), '')
    await on.utimes(at('d'), 1, 2)
    const fd = await on.open(at('d'), O_TMPFILE | constants.O_RDWR, 0o640)
    const { nlink, mode, size } = await on.fstat(fd)
    assert.deepEqual([nlink, mode & 0o170777, size], [0, 0o100640, 0])
    await on.write(fd, 'abc')
    const buffer = Buffer.alloc(3)
    assert.equal(await on.read(fd, buffer, 0, 3, 0), 3)
    assert.equal(String(buffer), 'abc')
    assert.deepEqual(await on.readdir(at('d')), [])
    assert.equal((await on.stat(at('d'))).nlink, 2)
    await on.close(fd)
    await on.close(await on.open(at('d'), O_TMPFILE | constants.O_WRONLY | constants.O_EXCL))
    assert.equal(await on.writeFile(at('d'), 'nowhere', { flag: O_TMPFILE | constants.O_RDWR } as object), undefined)
    assert.deepEqual(await on.readdir(at()), ['d', 'f'])
    for (const [path, flags, code] of [
      ['d', O_TMPFILE, 'EINVAL'], ['d', O_TMPFILE | constants.O_RDWR | constants.O_CREAT, 'EINVAL'], ['missing', O_TMPFILE, 'EINVAL'],
      ['d', (O_TMPFILE & ~constants.O_DIRECTORY) | constants.O_RDWR, 'EINVAL'],
      ['missing', O_TMPFILE | constants.O_RDWR, 'ENOENT'], ['f', O_TMPFILE | constants.O_RDWR, 'ENOTDIR'],
    ] as const) await fails(on.open(at(path), flags), code, { syscall: 'open', path: at(path) })
  },
  async 'reads a folder whatever stands behind its name' ({ on, at }) {
    await on.mkdir(at('d'))
    for (const flag of ['r+', 'w', 'wx', 'a', 'ax', 'ax+', 'w+', 'as+']) {
      await fails(on.readFile(at('d/'), { flag } as object), 'EISDIR', { syscall: 'open', path: at('d/') })
      await fails(on.writeFile(at('missing/'), 'x', { flag }), flag === 'r+' ? 'ENOENT' : 'EISDIR', { syscall: 'open', path: at('missing/') })
    }
    await fails(on.readFile(at('d/')), 'EISDIR', { syscall: 'read' })
  },
}
