// RealFSProvider at the level of primitives, with both guards: what it stores, and what it refuses.
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { create } from '../../lib/index.ts'
import { APPEND } from '../../lib/kernel/provider.ts'
import { RealFSProvider, type RealFSOptions } from '../../providers/real.ts'
import { GUARDS, makeSandbox, provide, SECRET, type Sandbox } from './sandbox.ts'

const FILE = 0o100644
const DIR = 0o040755
const LINK = 0o120777
const { O_RDONLY, O_RDWR, O_WRONLY, O_APPEND, O_CREAT, O_TRUNC, O_EXCL } = fs.constants
const uid = process.getuid?.() ?? 0
const gid = process.getgid?.() ?? 0
const code = (expected: string) => (error: unknown): boolean => (error as { code?: string }).code === expected && !(error instanceof Error)

let box: Sandbox
beforeEach(() => { box = makeSandbox() })
afterEach(() => { box.remove() })

const openFds = (): number => fs.readdirSync('/proc/self/fd').length

for (const guard of GUARDS) {
  describe(`RealFSProvider, guard: ${guard}`, () => {
    const make = (options?: RealFSOptions): RealFSProvider => provide(guard, box.root, options)

    test('makes, writes, reads and removes a file', () => {
      const p = make()
      const node = p.mknod(p.root, 'f', FILE, uid, gid)
      assert.equal(p.write(node, Buffer.from('hello'), 0), 5)
      assert.equal(p.write(node, Buffer.from('!'), APPEND), 1)
      const buffer = Buffer.alloc(10)
      assert.equal(p.read(node, buffer, 1), 5)
      assert.equal(buffer.toString('utf8', 0, 5), 'ello!')
      assert.equal(fs.readFileSync(box.host('f'), 'utf8'), 'hello!')
      p.unlinkat(p.root, 'f')
      assert.equal(p.lookup(p.root, 'f'), undefined)
      assert.deepEqual(fs.readdirSync(box.root), [])
    })

    test('looks names up without following links', () => {
      const p = make()
      fs.symlinkSync('../outside', box.host('l'))
      fs.mkdirSync(box.host('d'))
      assert.equal(p.lookup(p.root, 'l')!.mode & 0o170000, 0o120000)
      assert.equal(p.lookup(p.root, 'd')!.mode & 0o170000, 0o040000)
      assert.equal(p.getlink(p.lookup(p.root, 'l')!.node), '../outside')
      assert.throws(() => p.lookup(p.lookup(p.root, 'l')!.node, 'secret'), code('ENOTDIR'))
      assert.throws(() => p.getlink(p.lookup(p.root, 'd')!.node), code('EINVAL'))
    })

    test('gives a new inode exactly the mode it is told, whatever the umask', () => {
      const p = make()
      const old = process.umask(0o077)
      try {
        assert.equal(p.getattr(p.mknod(p.root, 'f', 0o100666, uid, gid)).mode, 0o100666)
        assert.equal(p.getattr(p.mknod(p.root, 'd', 0o040777, uid, gid)).mode, 0o040777)
        assert.equal(p.getattr(p.mknod(p.root, 'l', LINK, uid, gid, 'x')).mode, LINK)
      } finally {
        process.umask(old)
      }
    })

    test('gives a new inode its owner', { skip: uid !== 0 && 'only root can give files away' }, () => {
      const p = make()
      for (const [name, mode] of [['f', FILE], ['d', DIR], ['l', LINK]] as const) {
        const attr = p.getattr(p.mknod(p.root, name, mode, 12, 34, 'x'))
        assert.deepEqual([attr.uid, attr.gid], [12, 34])
      }
      p.setattr('/l', { uid: 56 })
      p.setattr('/f', { gid: 78, mode: 0o4755 })
      assert.deepEqual([p.getattr('/l').uid, p.getattr('/l').gid], [56, 34])
      assert.deepEqual([p.getattr('/f').uid, p.getattr('/f').gid, p.getattr('/f').mode], [12, 78, 0o104755])
    })

    test('sets times to the nanosecond that fs would set, of links too', () => {
      const p = make()
      p.mknod(p.root, 'f', FILE, uid, gid)
      p.mknod(p.root, 'l', LINK, uid, gid, 'f')
      let atime = { ms: 0, ns: 0 }
      for (const seconds of [0.1, 486763700.3196277, 1700000000.123456, 1700000000.999999, 4436613380]) {
        fs.utimesSync(box.host('f'), seconds, -5)
        const { atimeNs } = fs.statSync(box.host('f'), { bigint: true })
        atime = { ms: Number(atimeNs / 1000000n), ns: Number(atimeNs % 1000000n) }
        for (const node of ['/f', '/l']) {
          p.setattr(node, { atime, mtime: { ms: -1500, ns: 0 } })
          const attr = p.getattr(node)
          assert.deepEqual([attr.atime, attr.atimeNs, attr.mtime, attr.mtimeNs], [atime.ms, atime.ns, -1500, 0])
        }
      }
      p.setattr('/f', { mtime: { ms: 5000, ns: 0 } })
      assert.deepEqual([p.getattr('/f').atime, p.getattr('/f').mtime], [atime.ms, 5000])
      assert.equal(p.getattr('/l').mtime, -1500)
    })

    test('tells times before 1970 as whole milliseconds below and nanoseconds above', () => {
      const p = make()
      fs.writeFileSync(box.host('f'), '')
      execFileSync('touch', ['-m', '-d', '1969-12-31T23:59:58.000000001Z', box.host('f')])
      const attr = p.getattr('/f')
      assert.deepEqual([attr.mtime, attr.mtimeNs], [-2000, 1])
    })

    test('truncates and extends by path and by open file', () => {
      const p = make()
      fs.writeFileSync(box.host('f'), 'hello')
      p.setattr('/f', { size: 2 })
      assert.equal(fs.readFileSync(box.host('f'), 'utf8'), 'he')
      const open = p.pin('/f', O_RDWR)
      p.setattr(open, { size: 4 })
      assert.equal(p.getattr(open).size, 4)
      assert.equal(fs.readFileSync(box.host('f'), 'latin1'), 'he\0\0')
      p.unpin(open)
      assert.throws(() => p.setattr('/missing', { size: 1 }), code('ENOENT'))
    })

    test('keeps an open file through unlink, rename and replacement', () => {
      const p = make()
      const open = p.pin(p.mknod(p.root, 'f', FILE, uid, gid), O_RDWR)
      p.write(open, Buffer.from('one'), 0)
      p.renameat(p.root, 'f', p.root, 'g')
      p.write(open, Buffer.from('two'), APPEND + 4)
      p.mknod(p.root, 'h', FILE, uid, gid)
      p.renameat(p.root, 'h', p.root, 'g')
      const buffer = Buffer.alloc(10)
      assert.equal(p.read(open, buffer, 0), 6)
      assert.equal(buffer.toString('utf8', 0, 6), 'onetwo')
      assert.equal(p.getattr(open).nlink, 0)
      p.setattr(open, { mode: 0o600 })
      assert.equal(p.getattr(open).mode, 0o100600)
      p.unpin(open)
      p.unpin(open)
    })

    test('appends wherever the position is, when the file was opened for it', () => {
      const p = make()
      fs.writeFileSync(box.host('f'), 'abc')
      const open = p.pin('/f', O_WRONLY | O_APPEND)
      fs.appendFileSync(box.host('f'), 'def')
      p.write(open, Buffer.from('!'), APPEND)
      p.unpin(open)
      assert.equal(fs.readFileSync(box.host('f'), 'utf8'), 'abcdef!')
    })

    test('neither makes, cuts nor refuses a file by the flags of open', () => {
      const p = make()
      fs.writeFileSync(box.host('f'), 'abc')
      p.unpin(p.pin('/f', O_RDWR | O_CREAT | O_TRUNC | O_EXCL))
      assert.equal(fs.readFileSync(box.host('f'), 'utf8'), 'abc')
      assert.throws(() => p.pin('/g', O_RDWR | O_CREAT), code('ENOENT'))
      assert.deepEqual(fs.readdirSync(box.root), ['f'])
    })

    test('links files and links, not folders, and counts the names', () => {
      const p = make()
      p.mknod(p.root, 'f', FILE, uid, gid)
      p.mknod(p.root, 'd', DIR, uid, gid)
      p.mknod(p.root, 'l', LINK, uid, gid, '../outside/secret')
      p.linkat('/f', '/d', 'g')
      p.linkat('/l', '/d', 'm')
      assert.equal(p.getattr('/d/g').ino, p.getattr('/f').ino)
      assert.equal(p.getattr('/f').nlink, 2)
      assert.equal(p.getlink('/d/m'), '../outside/secret')
      assert.throws(() => p.linkat('/d', p.root, 'e'), code('EPERM'))
      assert.throws(() => p.linkat('/f', '/d', 'g'), code('EEXIST'))
    })

    test('removes empty folders only, and moves trees whole', () => {
      const p = make()
      p.mknod(p.root, 'd', DIR, uid, gid)
      p.mknod('/d', 'e', DIR, uid, gid)
      p.mknod('/d/e', 'f', FILE, uid, gid)
      assert.throws(() => p.unlinkat(p.root, 'd'), code('ENOTEMPTY'))
      p.renameat('/d', 'e', p.root, 'e2')
      assert.equal(p.lookup('/e2', 'f')!.node, '/e2/f')
      assert.throws(() => p.getattr('/d/e/f'), code('ENOENT'))
      assert.throws(() => p.renameat(p.root, 'e2', '/e2', 'x'), code('EINVAL'))
      p.unlinkat(p.root, 'd')
      assert.equal(p.lookup(p.root, 'd'), undefined)
    })

    test('lists names by their bytes, with types, and those that are not UTF-8', () => {
      const p = make()
      const odd = Buffer.from([0x61, 0xff, 0x62])
      fs.writeFileSync(Buffer.concat([Buffer.from(`${box.root}/`), odd]), 'odd')
      fs.writeFileSync(box.host('\ufffd'), 'sign')
      fs.writeFileSync(box.host('\u{1f600}'), 'face')
      fs.mkdirSync(box.host('B'))
      fs.symlinkSync('x', box.host('a'))
      const names = ['B', 'a', 'a\udcffb', '\ufffd', '\u{1f600}']
      assert.deepEqual([...p.getdents(p.root)].map((entry) => entry.name), names)
      assert.deepEqual(p.names(p.root), names)
      assert.deepEqual([...p.getdents(p.root)].map(({ mode }) => (mode & 0o170000) >> 12), [4, 10, 8, 8, 8])
      const buffer = Buffer.alloc(4)
      for (const [name, text] of [['a\udcffb', 'odd'], ['\ufffd', 'sign'], ['\u{1f600}', 'face']] as const) {
        assert.equal(buffer.toString('utf8', 0, p.read(p.lookup(p.root, name)!.node, buffer, 0)), text)
      }
      p.mknod(p.root, 'l\udcfe', LINK, uid, gid, 't\udcfe')
      assert.equal(p.getlink('/l\udcfe'), 't\udcfe')
      assert.deepEqual(fs.readlinkSync(Buffer.concat([Buffer.from(`${box.root}/l`), Buffer.of(0xfe)]), 'buffer'), Buffer.from([0x74, 0xfe]))
      p.renameat(p.root, 'a\udcffb', '/B', 'c\udcff')
      p.unlinkat('/B', 'c\udcff')
    })

    test('takes a name for a name: dots, slashes and null bytes are none', () => {
      const p = make()
      fs.mkdirSync(box.host('d'))
      for (const name of ['..', '.', '', '../outside', 'd/../../outside', '/etc', 'a\0b', '..\0']) {
        assert.throws(() => p.lookup('/d', name), code('EINVAL'), name)
        assert.throws(() => p.mknod('/d', name, FILE, uid, gid), code('EINVAL'), name)
        assert.throws(() => p.unlinkat('/d', name), code('EINVAL'), name)
        assert.throws(() => p.linkat('/d', '/d', name), code('EINVAL'), name)
        assert.throws(() => p.renameat('/d', 'x', '/d', name), code('EINVAL'), name)
        assert.throws(() => p.renameat('/d', name, '/d', 'x'), code('EINVAL'), name)
      }
      assert.throws(() => p.mknod('/d', 'fifo', 0o010644, uid, gid), code('EPERM'))
      box.assertIntact()
    })

    test('a node through a link is refused by every primitive', () => {
      const p = make()
      fs.mkdirSync(box.host('d'))
      fs.writeFileSync(box.host('mine'), '')
      fs.symlinkSync(box.outside, box.host('d/l'))
      fs.symlinkSync(`${box.outside}/secret`, box.host('d/s'))
      const buffer = Buffer.alloc(100)
      const refused: [string, () => unknown][] = [
        ['lookup', () => p.lookup('/d/l', 'secret')],
        ['getattr', () => p.getattr('/d/l/secret')],
        ['setattr mode', () => p.setattr('/d/l/secret', { mode: 0o777 })],
        ['setattr size', () => p.setattr('/d/l/secret', { size: 0 })],
        ['setattr size of a link', () => p.setattr('/d/s', { size: 0 })],
        ['setattr times', () => p.setattr('/d/l/secret', { mtime: { ms: 0, ns: 0 } })],
        ['readdir', () => [...p.getdents('/d/l')]],
        ['names', () => p.names('/d/l/sub')],
        ['readlink', () => p.getlink('/d/l/secret')],
        ['mknod', () => p.mknod('/d/l', 'new', FILE, uid, gid)],
        ['mknod of a folder', () => p.mknod('/d/l/sub', 'new', DIR, uid, gid)],
        ['link from outside', () => p.linkat('/d/l/secret', '/d', 'stolen')],
        ['link to the outside', () => p.linkat('/mine', '/d/l', 'new')],
        ['unlink', () => p.unlinkat('/d/l', 'secret')],
        ['rename from outside', () => p.renameat('/d/l', 'secret', '/d', 'stolen')],
        ['rename to the outside', () => p.renameat('', 'mine', '/d/l', 'mine')],
        ['read', () => p.read('/d/l/secret', buffer, 0)],
        ['read of a link', () => p.read('/d/s', buffer, 0)],
        ['write', () => p.write('/d/l/secret', Buffer.from('x'), 0)],
        ['write to a link', () => p.write('/d/s', Buffer.from('x'), 0)],
        ['open', () => p.pin('/d/l/secret', O_RDONLY)],
        ['open of a link', () => p.pin('/d/s', O_RDONLY)],
        ['sync', () => p.sync('/d/l/secret')],
        ['watch', () => p.listen('/d/l/secret', () => {})()]
      ]
      for (const [name, attempt] of refused) {
        assert.throws(attempt, (error) => !(error instanceof Error) && /^(ENOTDIR|ELOOP|ENOENT|EINVAL)$/.test((error as { code: string }).code), name)
      }
      assert.equal(p.resolve('/d/l/secret'), undefined)
      box.assertIntact()
      assert.deepEqual(fs.readdirSync(box.host('d')), ['l', 's'])
    })

    test('a mode or time set on a link stays on the link', () => {
      const p = make()
      fs.symlinkSync(`${box.outside}/secret`, box.host('s'))
      p.setattr('/s', { mtime: { ms: 1000, ns: 0 }, atime: { ms: 1000, ns: 0 }, uid, gid })
      assert.equal(p.getattr('/s').mtime, 1000)
      box.assertIntact()
    })

    test('refuses what is no file, folder or link, without waiting for it', { skip: process.platform === 'win32' && 'has no FIFOs' }, () => {
      const p = make()
      execFileSync('mkfifo', [box.host('fifo')])
      const fds = openFds()
      assert.throws(() => p.pin('/fifo', O_RDONLY), code('EACCES'))
      assert.throws(() => p.pin('/fifo', O_WRONLY), code('EACCES'))
      assert.throws(() => p.read('/fifo', Buffer.alloc(1), 0), code('EACCES'))
      assert.throws(() => p.setattr('/fifo', { size: 0 }), code('EACCES'))
      assert.equal(p.getattr('/fifo').mode & 0o170000, 0o010000)
      assert.equal([...p.getdents('')][0]!.mode & 0o170000, 0o010000)
      assert.equal(openFds(), fds)
      p.unlinkat('', 'fifo')
    })

    test('opens a device if it is told to', { skip: uid !== 0 && 'only root can make devices' }, () => {
      execFileSync('mknod', [box.host('null'), 'c', '1', '3'])
      assert.throws(() => make().pin('/null', O_RDWR), code('EACCES'))
      const p = make({ special: true })
      const open = p.pin('/null', O_RDWR)
      assert.equal(p.write(open, Buffer.from('gone'), 0), 4)
      assert.equal(p.read(open, Buffer.alloc(4), 0), 0)
      p.unpin(open)
    })

    test('refuses every change when it is read-only', async () => {
      const p = make({ readonly: true })
      fs.writeFileSync(box.host('f'), 'abc')
      assert.equal(p.readonly, true)
      for (const attempt of [
        () => p.mknod('', 'g', FILE, uid, gid), () => p.linkat('/f', '', 'g'), () => p.unlinkat('', 'f'),
        () => p.renameat('', 'f', '', 'g'), () => p.setattr('/f', { mode: 0 }), () => p.write('/f', Buffer.from('x'), 0)
      ]) assert.throws(attempt, code('EROFS'))
      await assert.rejects(p.later.write!('/f', Buffer.from('x'), 0), code('EROFS'))
      assert.equal(p.read('/f', Buffer.alloc(4), 0), 3)
    })

    test('resolves a whole path at once, and leaves what is in doubt to a walk', () => {
      const p = make()
      fs.mkdirSync(box.host('a/b/c'), { recursive: true })
      fs.writeFileSync(box.host('a/b/c/f'), 'abc')
      fs.symlinkSync('a/b', box.host('l'))
      const found = p.resolve('/a/b/c/f')!
      assert.deepEqual(found, { line: ['', '/a', '/a/b', '/a/b/c'], name: 'f', node: '/a/b/c/f', mode: found.mode, attr: p.getattr('/a/b/c/f') })
      assert.equal(p.lookup('/a/b/c', 'f')!.node, found.node)
      assert.equal(p.lookup('/a/b/c', 'f')!.mode, found.mode)
      assert.deepEqual(p.resolve('/a/none'), { line: ['', '/a'], name: 'none', node: undefined, mode: 0 })
      assert.equal(p.resolve('/a/..'), undefined)
      assert.equal(p.resolve('/..'), undefined)
      for (const path of ['/..', '/../outside', '/a/../../outside/secret']) assert.throws(() => p.getattr(path), code('EINVAL'))
      for (const path of ['/l/c/f', '/l/c/none', '/a/none/none', '/a/b/c/f/none']) assert.equal(p.resolve(path), undefined, path)
      assert.equal(p.resolve('/l')!.mode & 0o170000, 0o120000)
    })

    test('opens what was resolved, whatever has taken its place, and keeps nothing of it', async () => {
      const p = make()
      fs.writeFileSync(box.host('f'), 'abc')
      fs.writeFileSync(box.host('g'), 'defg')
      const fds = openFds()
      const buffer = Buffer.alloc(9)
      assert.equal(p.resolve('/f', true)!.attr!.size, 3)
      assert.equal(p.resolve('/g', true)!.attr!.size, 4)
      if (guard === 'descriptor') {
        fs.unlinkSync(box.host('g'))
        fs.symlinkSync('../outside/secret', box.host('g'))
      }
      const open = p.pin('/g', O_RDONLY)
      assert.equal(p.read(open, buffer, 0), 4)
      p.unpin(open)
      p.resolve('/f', true)
      p.resolve('/none', true)
      p.resolve('', true)
      await null
      assert.equal(openFds(), fds)
    })

    test('copies content from file to file, and nothing else', async () => {
      const p = make()
      fs.writeFileSync(box.host('a'), 'content')
      fs.writeFileSync(box.host('b'), 'what was there before', { mode: 0o600 })
      fs.symlinkSync('../outside/secret', box.host('l'))
      const fds = openFds()
      p.copy('/a', '/b')
      assert.equal(fs.readFileSync(box.host('b'), 'utf8'), 'content')
      fs.writeFileSync(box.host('a'), '')
      await p.later.copy!('/a', '/b')
      assert.equal(fs.readFileSync(box.host('b'), 'utf8'), '')
      assert.throws(() => p.copy('/a', '/l'), code('EACCES'))
      assert.throws(() => p.copy('/l', '/a'), code('EACCES'))
      await assert.rejects(p.later.copy!('/l', '/a'), code('EACCES'))
      await assert.rejects(p.later.copy!('/a', '/none'), code('ENOENT'))
      assert.equal(openFds(), fds)
      box.assertIntact()
    })

    test('promise twins read and write as the primitives do', async () => {
      const p = make()
      fs.writeFileSync(box.host('f'), 'abc')
      const open = p.pin('/f', O_RDWR)
      assert.equal(await p.later.write!(open, Buffer.from('XY'), 1), 2)
      const buffer = Buffer.alloc(5)
      assert.equal(await p.later.read!(open, buffer, 0), 3)
      assert.equal(buffer.toString('utf8', 0, 3), 'aXY')
      assert.equal(await p.later.write!('/f', Buffer.from('!'), APPEND), 1)
      assert.equal(await p.later.read!('/f', buffer, 2), 2)
      assert.equal(buffer.toString('utf8', 0, 2), 'Y!')
      await p.later.sync!(open)
      p.unpin(open)
      await assert.rejects(p.later.read!('/missing', buffer, 0), code('ENOENT'))
      await assert.rejects(p.later.read!('', buffer, 0), code('EISDIR'))
    })

    test('closes a file only when what is under way is done', async () => {
      const p = make()
      fs.writeFileSync(box.host('f'), 'mine')
      const fds = openFds()
      const open = p.pin('/f', O_RDONLY)
      const buffer = Buffer.alloc(8)
      const reading = p.later.read!(open, buffer, 0)
      p.unpin(open)
      const other = fs.openSync(`${box.outside}/secret`, 'r')
      assert.equal(await reading, 4)
      assert.equal(buffer.toString('utf8', 0, 4), 'mine')
      fs.closeSync(other)
      assert.equal(openFds(), fds)
    })

    test('leaves no descriptor open', async () => {
      const p = make()
      fs.mkdirSync(box.host('d'))
      fs.writeFileSync(box.host('d/f'), 'abc')
      fs.symlinkSync('..', box.host('d/l'))
      const fds = openFds()
      const attempts = [
        () => p.lookup('/d', 'f'), () => p.getattr('/d/f'), () => p.setattr('/d/f', { mode: 0o600, size: 1 }), () => [...p.getdents('/d')],
        () => p.getlink('/d/l'), () => p.getlink('/d/f'), () => p.mknod('/d', 'f', FILE, uid, gid), () => p.mknod('/d', 'g', FILE, uid, gid),
        () => p.linkat('/d/f', '/d', 'h'), () => p.renameat('/d', 'h', '/d', 'g'), () => p.unlinkat('/d', 'none'), () => p.unlinkat('/d', 'g'),
        () => p.read('/d/f', Buffer.alloc(1), 0), () => p.read('/d', Buffer.alloc(1), 0), () => p.write('/d', Buffer.alloc(1), 0), () => p.sync('/d/f'),
        () => p.resolve('/d/l/d'), () => p.getattr('/d/l/d'), () => p.lookup('/d/f', 'x'), () => p.statvfs(), () => p.listen('/d', () => {})()
      ]
      for (const attempt of attempts) {
        try {
          attempt()
        } catch (error) {
          assert.equal(typeof (error as { code?: string }).code, 'string')
        }
      }
      await assert.rejects(p.later.read!('/d', Buffer.alloc(1), 0))
      await new Promise((resolve) => setImmediate(resolve))
      // The first watcher opens the one inotify descriptor of the event loop.
      assert.ok(openFds() - fds <= 1, `${openFds() - fds} descriptors more`)
    })

    test('tells of changes that others make, by name', async () => {
      const p = make()
      fs.mkdirSync(box.host('d'))
      fs.writeFileSync(box.host('f'), '')
      const seen: string[] = []
      const undo = [p.listen('/d', (event, name) => { seen.push(`d ${event} ${name}`) }), p.listen('/f', (event, name) => { seen.push(`f ${event} ${name}`) })]
      fs.writeFileSync(box.host('d/new'), '')
      fs.appendFileSync(box.host('f'), 'x')
      await until(() => seen.includes('d rename new') && seen.includes('f change undefined'))
      fs.rmSync(box.host('d'), { recursive: true })
      await until(() => seen.includes('d rename undefined'))
      for (const stop of undo) stop()
      assert.ok(seen.every((line) => /^d (rename|change) (new|undefined)$|^f change undefined$/.test(line)), seen.join())
    })

    test('tells how many blocks a file takes, holes left out', () => {
      const vfs = create(make())
      vfs.writeFileSync('/sparse', '')
      vfs.truncateSync('/sparse', 2 ** 30)
      vfs.writeFileSync('/full', Buffer.alloc(100_000, 1))
      for (const name of ['sparse', 'full']) {
        const { blocks } = fs.statSync(box.host(name))
        assert.deepEqual([vfs.statSync(`/${name}`).blocks, vfs.statSync(`/${name}`, { bigint: true }).blocks], [blocks, BigInt(blocks)])
      }
    })

    test('reads figures of the file system', () => {
      assert.equal(make().statvfs().bsize, fs.statfsSync(box.root).bsize)
    })

    test('gives its figures in every form', async () => {
      const vfs = create(make())
      const told = fs.statfsSync(box.root).type
      assert.deepEqual([vfs.statfsSync('/').type, (await vfs.promises.statfs('/')).type, (await promisify(vfs.statfs)('/')).type], [told, told, told])
    })

    test('a root that is moved away, or replaced by a link or another folder, holds nothing', () => {
      const p = make()
      fs.writeFileSync(box.host('secret'), 'mine')
      fs.renameSync(box.root, `${box.root}2`)
      assert.throws(() => p.getattr('/secret'), code('ENOENT'))
      fs.symlinkSync(box.outside, box.root)
      assert.throws(() => p.getattr('/secret'), code('ENOENT'))
      assert.throws(() => p.lookup('', 'secret'), code('ENOENT'))
      assert.throws(() => [...p.getdents('')], code('ENOENT'))
      assert.throws(() => p.mknod('', 'new', FILE, uid, gid), code('ENOENT'))
      assert.equal(fs.readFileSync(`${box.outside}/secret`, 'utf8'), SECRET)
      fs.unlinkSync(box.root)
      fs.renameSync(`${box.root}2`, box.root)
      assert.equal(p.getattr('/secret').size, 4)
    })

    test('long names and paths are refused by the host, or walked', () => {
      const p = make()
      assert.throws(() => p.lookup('', 'x'.repeat(256)), code('ENAMETOOLONG'))
      assert.throws(() => p.mknod('', 'x'.repeat(256), FILE, uid, gid), code('ENAMETOOLONG'))
      const line = ['']
      for (let i = 0; i < (guard === 'descriptor' ? 20 : 10); i++) line.push(p.mknod(line.at(-1)!, 'y'.repeat(250), DIR, uid, gid) as string)
      const file = p.mknod(line.at(-1)!, 'f', FILE, uid, gid)
      p.write(file, Buffer.from('deep'), 0)
      assert.equal(p.getattr(file).size, 4)
      assert.equal(p.lookup(line.at(-1)!, 'f')!.node, file)
      p.unlinkat(line.at(-1)!, 'f')
      for (const dir of line.slice(0, -1).reverse()) p.unlinkat(dir, 'y'.repeat(250))
      assert.deepEqual(fs.readdirSync(box.root), [])
    })
  })
}

test('takes a path or a file URL, and tells it again', () => {
  assert.equal(new RealFSProvider(box.root).rootPath, box.root)
  assert.equal(new RealFSProvider(`${box.root}/../root/`).rootPath, box.root)
  assert.equal(new RealFSProvider(pathToFileURL(box.root)).rootPath, box.root)
})

test('takes a link for the folder that it leads to, once and for all', () => {
  fs.symlinkSync(box.root, `${box.base}/l`)
  fs.writeFileSync(box.host('f'), 'mine')
  const p = new RealFSProvider(`${box.base}/l`)
  assert.equal(p.rootPath, `${box.base}/l`)
  fs.unlinkSync(`${box.base}/l`)
  fs.symlinkSync(box.outside, `${box.base}/l`)
  assert.deepEqual(p.names(p.root), ['f'])
})

test('a root that is not there, is a file, or is no path is an error that names it', () => {
  const missing = `${box.root}/missing`
  assert.throws(() => new RealFSProvider(missing), { code: 'ENOENT', syscall: 'opendir', path: missing, message: `ENOENT: no such file or directory, opendir '${missing}'` })
  const file = `${box.outside}/secret`
  assert.throws(() => new RealFSProvider(file), { code: 'ENOTDIR', syscall: 'opendir', path: file })
  assert.throws(() => new RealFSProvider(''), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
  assert.throws(() => new RealFSProvider('/tmp\0/x'), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
  for (const value of [undefined, null, 5, {}]) {
    assert.throws(() => new RealFSProvider(value as never), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('a root with odd bytes in its path is guarded like any other', () => {
  const root = Buffer.from([...Buffer.from(`${box.base}/r`), 0xff])
  fs.mkdirSync(root)
  fs.mkdirSync(`${box.base}/r\ufffd`)
  fs.writeFileSync(`${box.base}/r\ufffd/secret`, SECRET)
  const link = `${box.base}/l`
  fs.symlinkSync(root, link)
  const p = new RealFSProvider(link)
  p.mknod(p.root, 'd', DIR, uid, gid)
  p.mknod('/d', 'secret', FILE, uid, gid)
  assert.equal(p.getattr('/d/secret').size, 0)
  fs.symlinkSync(`${box.base}/r\ufffd`, Buffer.concat([root, Buffer.from('/e')]))
  assert.throws(() => p.getattr('/e/secret'), code('ENOTDIR'))
})

async function until (done: () => boolean): Promise<void> {
  for (let i = 0; !done(); i++) {
    if (i > 200) throw new Error('waited for 2 seconds')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('what is no file is neither copied nor copied to, and nothing is lost by it', { skip: process.platform === 'win32' && 'has no FIFOs' }, async () => {
  execFileSync('mkfifo', [box.host('fifo')])
  fs.writeFileSync(box.host('f'), 'kept')
  for (const special of [false, true]) {
    const vfs = create(new RealFSProvider(box.root, { special }))
    for (const [from, to] of [['/fifo', '/f'], ['/f', '/fifo']] as const) {
      assert.throws(() => { vfs.copyFileSync(from, to) }, { code: 'EACCES' })
      await assert.rejects(vfs.promises.copyFile(from, to), { code: 'EACCES' })
    }
    assert.throws(() => { vfs.copyFileSync('/fifo', '/new') }, { code: 'EACCES' })
  }
  assert.deepEqual(fs.readdirSync(box.root), ['f', 'fifo'])
  assert.equal(fs.readFileSync(box.host('f'), 'utf8'), 'kept')
})

test('who opens a FIFO without waiting does not wait', { skip: process.platform === 'win32' && 'has no FIFOs' }, () => {
  execFileSync('mkfifo', [box.host('fifo')])
  const vfs = create(new RealFSProvider(box.root, { special: true }))
  const { O_NONBLOCK } = fs.constants
  const fd = vfs.openSync('/fifo', O_RDONLY | O_NONBLOCK)
  assert.equal(vfs.readSync(fd, Buffer.alloc(1)), 0)
  vfs.closeSync(fd)
  assert.throws(() => vfs.openSync('/fifo', O_WRONLY | O_NONBLOCK), { code: 'ENXIO' })
})

test('data of what makes one wait is read and written off the event loop', { skip: process.platform === 'win32' && 'has no FIFOs', timeout: 10_000 }, async () => {
  execFileSync('mkfifo', [box.host('fifo')])
  const vfs = create(new RealFSProvider(box.root, { special: true }))
  let turns = 0
  const timer = setInterval(() => { turns++ }, 5)
  const opening = vfs.promises.open('/fifo', 'r')
  await new Promise((resolve) => setTimeout(resolve, 50))
  const writer = await fs.promises.open(box.host('fifo'), 'w')
  const reader = await opening
  const reading = reader.read(Buffer.alloc(10), 0, 10, null)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await writer.write('hello')
  assert.equal((await reading).bytesRead, 5)
  clearInterval(timer)
  await writer.close()
  assert.equal((await reader.read(Buffer.alloc(10), 0, 10, null)).bytesRead, 0)
  await reader.close()
  assert.ok(turns >= 5, `${turns} turns in 100 ms`)
})
