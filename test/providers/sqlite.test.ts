// SqliteProvider at the level of its primitives, on every driver that loads: contents in chunks, names, links, times,
// transactions, what two connections see of one another, files that are unlinked while open.
import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, test } from 'node:test'
import { APPEND } from '../../lib/kernel/provider.ts'
import { SqliteProvider } from '../../providers/sqlite.ts'
import { FILE, FOLDER, LINK, codeOf, drivers, noise, pair, put, scratch, take } from './sqlite-scratch.ts'

const dir = scratch()
let count = 0
const fresh = (): string => join(dir, `${++count}.db`)
const pause = (ms: number): void => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms) }

for (const driver of drivers) {
  describe(`SqliteProvider on ${String(driver)}`, () => {
    for (const where of ['file', ':memory:']) {
      const open = (): SqliteProvider => new SqliteProvider(where === 'file' ? fresh() : where, { driver })

      describe(where, () => {
        test('keeps contents of every size, read whole and in pieces', () => {
          using fs = open()
          const c = fs.chunkSize
          for (const size of [0, 1, c - 1, c, c + 1, 3 * c, 3 * c + 17, 20 * c + 5]) {
            const content = noise(size, size + 1)
            const node = put(fs, 1, `f${size}`, content)
            assert.equal(fs.getattr(node).size, size)
            assert.deepEqual(Buffer.from(fs.view(node)), content)
            for (const step of [1000, c, 5 * c + 3, 30 * c]) assert.ok(take(fs, node, step).equals(content), `${size} by ${step}`)
          }
          assert.deepEqual(fs.check(), { ok: true, problems: [] })
        })

        test('writes at any place as an array in memory does', () => {
          using fs = open()
          const c = fs.chunkSize
          const node = fs.mknod(1, 'f', FILE, 0, 0)
          let model = Buffer.alloc(0)
          const at = [0, 5, c - 3, c, 2 * c - 1, 4 * c + 9, 3, 9 * c, 9 * c + 100]
          for (const [i, position] of at.entries()) {
            for (const length of [1, 7, c, 2 * c + 11]) {
              const bytes = noise(length, i * 10 + length)
              const grown = Buffer.alloc(Math.max(model.length, position + length))
              model.copy(grown)
              bytes.copy(grown, position)
              model = grown
              assert.equal(fs.write(node, bytes, position), length)
              assert.ok(take(fs, node).equals(model), `${length} at ${position}`)
            }
          }
          for (const size of [model.length + c + 3, 2 * c, 2 * c - 5, 3, 0, 10, 5 * c]) {
            const next = Buffer.alloc(size)
            model.copy(next)
            model = next
            fs.setattr(node, { size })
            assert.ok(take(fs, node).equals(model), `truncated to ${size}`)
          }
          assert.deepEqual(fs.check(), { ok: true, problems: [] })
        })

        test('appends where the file ends', () => {
          using fs = open()
          const node = fs.mknod(1, 'log', FILE, 0, 0)
          const parts = Array.from({ length: 300 }, (_, i) => noise(i * 3, i))
          for (const part of parts) fs.write(node, part, APPEND)
          assert.ok(take(fs, node).equals(Buffer.concat(parts)))
        })

        test('lists names by their bytes', () => {
          using fs = open()
          const names = ['b', 'a', '\u{1F600}', '\uFFFD', 'é', 'a b', 'A', '\u{E000}', 'a\n']
          for (const name of names) put(fs, 1, name, '')
          const sorted = names.sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
          assert.deepEqual(fs.names(1), sorted)
          assert.deepEqual([...fs.getdents(1)].map(({ name }) => name), sorted)
          put(fs, 1, 'c', '')
          fs.unlinkat(1, 'b')
          assert.deepEqual(fs.names(1), sorted.map((name) => name === 'b' ? 'c' : name))
        })

        test('refuses names that are not UTF-8, and keeps targets that are not', () => {
          using fs = open()
          const bad = 'a\uDC80'
          assert.equal(codeOf(() => fs.mknod(1, bad, FILE, 0, 0)), 'EILSEQ')
          const link = fs.mknod(1, 'l', LINK, 0, 0, bad)
          assert.equal(fs.getlink(link), bad)
          assert.equal(fs.getattr(link).size, 2)
          const node = put(fs, 1, 'f', '')
          assert.equal(codeOf(() => fs.linkat(node, 1, bad)), 'EILSEQ')
          assert.equal(codeOf(() => fs.renameat(1, 'f', 1, bad)), 'EILSEQ')
          assert.equal(fs.lookup(1, bad), undefined)
          assert.deepEqual(fs.names(1), ['f', 'l'])
        })

        test('counts links of files and folders', () => {
          using fs = open()
          const node = put(fs, 1, 'f', 'x')
          fs.linkat(node, 1, 'g')
          assert.equal(fs.getattr(node).nlink, 2)
          fs.unlinkat(1, 'f')
          assert.equal(fs.getattr(node).nlink, 1)
          const sub = fs.mknod(1, 'sub', FOLDER, 0, 0)
          assert.equal(fs.getattr(1).nlink, 3)
          const inner = fs.mknod(sub, 'inner', FOLDER, 0, 0)
          assert.equal(fs.getattr(sub).nlink, 3)
          fs.renameat(sub, 'inner', 1, 'outer')
          assert.equal(fs.getattr(sub).nlink, 2)
          assert.equal(fs.getattr(1).nlink, 4)
          fs.unlinkat(1, 'outer')
          assert.equal(fs.getattr(1).nlink, 3)
          assert.equal(codeOf(() => fs.getattr(inner)), 'ENOENT')
        })

        test('replaces what stands at the new name', () => {
          using fs = open()
          const a = put(fs, 1, 'a', 'A')
          const b = put(fs, 1, 'b', 'B')
          fs.renameat(1, 'a', 1, 'b')
          assert.equal(fs.lookup(1, 'a'), undefined)
          assert.equal(fs.lookup(1, 'b')?.node, a)
          assert.equal(codeOf(() => fs.getattr(b)), 'ENOENT')
          fs.linkat(a, 1, 'same')
          fs.renameat(1, 'same', 1, 'b')
          assert.deepEqual(fs.names(1), ['b', 'same'])
          const full = fs.mknod(1, 'full', FOLDER, 0, 0)
          put(fs, full, 'x', '')
          fs.mknod(1, 'dir', FOLDER, 0, 0)
          assert.equal(codeOf(() => fs.renameat(1, 'dir', 1, 'full')), 'ENOTEMPTY')
          assert.equal(codeOf(() => fs.unlinkat(1, 'full')), 'ENOTEMPTY')
          assert.equal(codeOf(() => fs.renameat(1, 'full', full, 'self')), 'EINVAL')
          assert.equal(codeOf(() => fs.mknod(1, 'dir', FILE, 0, 0)), 'EEXIST')
          fs.renameat(1, 'full', 1, 'dir')
          assert.equal(fs.lookup(1, 'dir')?.node, full)
          assert.deepEqual(fs.check(), { ok: true, problems: [] })
        })

        test('keeps an unlinked file as long as it is open', () => {
          using fs = open()
          const node = put(fs, 1, 'f', 'text')
          fs.pin(node, 0)
          fs.pin(node, 0)
          fs.unlinkat(1, 'f')
          assert.equal(fs.getattr(node).nlink, 0)
          fs.write(node, Buffer.from('!'), APPEND)
          fs.unpin(node)
          assert.equal(take(fs, node).toString(), 'text!')
          assert.deepEqual(fs.check(), { ok: true, problems: [] })
          fs.unpin(node)
          assert.equal(codeOf(() => fs.getattr(node)), 'ENOENT')
          assert.deepEqual(fs.check(), { ok: true, problems: [] })
        })

        test('moves times when they must', () => {
          using fs = open()
          const node = put(fs, 1, 'f', 'x')
          const made = fs.getattr(node)
          assert.ok(Math.abs(made.mtime - Date.now()) < 5000)
          assert.equal(made.birthtime, made.mtime)
          const moved = (run: () => void, of = node): string => {
            const before = fs.getattr(of)
            pause(3)
            run()
            const now = fs.getattr(of)
            return (['atime', 'mtime', 'ctime', 'birthtime'] as const).filter((time) => now[time] !== before[time]).join()
          }
          assert.equal(moved(() => fs.view(node)), 'atime')
          assert.equal(moved(() => fs.view(node)), '')
          assert.equal(moved(() => { fs.write(node, Buffer.from('y'), 0) }), 'mtime,ctime')
          assert.equal(moved(() => { fs.read(node, Buffer.alloc(1), 0) }), 'atime')
          assert.equal(moved(() => fs.setattr(node, { mode: 0o600 })), 'ctime')
          assert.equal(moved(() => fs.setattr(node, { size: 0 })), 'mtime,ctime')
          assert.equal(moved(() => fs.linkat(node, 1, 'g')), 'ctime')
          assert.equal(moved(() => put(fs, 1, 'h', ''), 1), 'mtime,ctime')
          assert.equal(moved(() => fs.renameat(1, 'h', 1, 'i'), 1), 'mtime,ctime')
          assert.equal(moved(() => fs.unlinkat(1, 'i'), 1), 'mtime,ctime')
          assert.equal(fs.getattr(node).mode, 0o100600)
          assert.equal(fs.lookup(1, 'f')?.mode, 0o100600)
          fs.setattr(node, { atime: { ms: -1500, ns: 250_001 }, mtime: { ms: 1e12 + 7, ns: 999_999 } })
          const { atime, atimeNs, mtime, mtimeNs, birthtime } = fs.getattr(node)
          assert.deepEqual({ atime, atimeNs, mtime, mtimeNs, birthtime }, { atime: -1500, atimeNs: 250_001, mtime: 1e12 + 7, mtimeNs: 999_999, birthtime: made.birthtime })
        })

        test('undoes what throws, alone or inside of a longer transaction', () => {
          using fs = open()
          const node = put(fs, 1, 'f', 'old')
          const before = fs.version()
          assert.throws(() => fs.transaction(() => {
            put(fs, 1, 'f', 'new')
            put(fs, 1, 'g', 'x')
            throw new Error('no')
          }), /no/)
          assert.notEqual(fs.version(), before)
          assert.deepEqual(fs.names(1), ['f'])
          assert.equal(fs.getattr(node).size, 3)
          assert.equal(take(fs, node).toString(), 'old')
          const value = fs.transaction(() => {
            put(fs, 1, 'kept', '1')
            assert.throws(() => fs.atomic(() => {
              put(fs, 1, 'lost', '2')
              fs.write(node, Buffer.from('###'), 0)
              throw new Error('inner')
            }), /inner/)
            assert.equal(fs.lookup(1, 'lost'), undefined)
            assert.equal(take(fs, node).toString(), 'old')
            return 42
          })
          assert.equal(value, 42)
          assert.deepEqual(fs.names(1), ['f', 'kept'])
          assert.throws(() => fs.transaction((async () => { put(fs, 1, 'async', '') }) as never), TypeError)
          assert.deepEqual(fs.names(1), ['f', 'kept'])
        })

        test('leaves what an operation did before it was refused', () => {
          using fs = open()
          assert.equal(codeOf(() => fs.atomic(() => {
            put(fs, 1, 'made', '')
            fs.unlinkat(1, 'absent')
          })), 'ENOENT')
          assert.deepEqual(fs.names(1), ['made'])
          assert.equal(codeOf(() => fs.atomic(() => {
            put(fs, 1, 'more', '')
            fs.mknod(1, 'made', FILE, 0, 0)   // refused by the database, in the middle of a primitive
          })), 'EEXIST')
          assert.deepEqual(fs.names(1), ['made'])
          assert.deepEqual(fs.check(), { ok: true, problems: [] })
        })

        test('is EBADF after close, which may come twice', () => {
          const fs = open()
          const node = put(fs, 1, 'f', 'x')
          fs.pin(node, 0)
          fs.close()
          fs.close()
          fs.dispose()
          fs.unpin(node)
          for (const run of [() => fs.getattr(1), () => fs.lookup(1, 'f'), () => fs.names(1), () => fs.getdents(1), () => fs.view(node),
            () => fs.read(node, Buffer.alloc(1), 0), () => fs.write(node, Buffer.from('x'), 0), () => fs.mknod(1, 'n', FILE, 0, 0),
            () => fs.atomic(() => 1), () => fs.transaction(() => 1), () => fs.check(), () => fs.statvfs(), () => fs.sync(1), () => fs.pin(1, 0)]) {
            assert.equal(codeOf(run), 'EBADF', String(run))
          }
          assert.equal(fs.version() < 0, true)
        })

        test('gives figures of the file system', () => {
          using fs = open()
          const { bsize, blocks, bfree, bavail, files } = fs.statvfs()
          assert.ok(bsize >= 512 && blocks > 0 && bfree > 0 && bavail > 0 && files === 1)
        })
      })
    }

    test('keeps everything in the file', () => {
      const file = fresh()
      const first = new SqliteProvider(pathToFileURL(file), { driver, synchronous: 'full' })
      const sub = first.mknod(1, 'sub', FOLDER | 0o7000, 12, 34)
      const node = put(first, sub, 'f', 'content')
      first.mknod(sub, 'l', LINK, 0, 0, '../é')
      first.setattr(node, { uid: 5, gid: 6, mode: 0o4755, mtime: { ms: 1234567890123, ns: 456789 } })
      first.view(node)
      const kept = [first.getattr(node), first.getattr(sub), first.getattr(1)].map((attr) => ({ ...attr, born: 0 }))
      first.sync(node)
      first.close()
      assert.ok(!existsSync(`${file}-wal`))
      using again = new SqliteProvider(file, { driver, readonly: true })
      assert.deepEqual([again.getattr(node), again.getattr(sub), again.getattr(1)].map((attr) => ({ ...attr, born: 0 })), kept)
      const link = again.lookup(sub, 'l')!
      assert.equal(again.getlink(link.node), '../é')
      assert.equal(again.getattr(link.node).size, 5)
      assert.equal(again.readonly, true)
      assert.equal(codeOf(() => put(again, 1, 'g', '')), 'EROFS')
      assert.equal(codeOf(() => again.setattr(node, { mode: 0 })), 'EROFS')
      assert.equal(again.check().ok, true)
    })

    test('sees at once what another connection does', () => {
      const [a, b] = pair(fresh(), { driver })
      const node = put(a, 1, 'f', 'one')
      assert.equal(b.lookup(1, 'f')?.node, node)
      assert.equal(b.lookup(1, 'g'), undefined)
      assert.deepEqual(b.names(1), ['f'])
      const before = b.version()
      assert.equal(b.version(), before)
      put(a, 1, 'g', 'two')
      assert.notEqual(b.version(), before)
      assert.ok(b.lookup(1, 'g') !== undefined)
      assert.deepEqual(b.names(1), ['f', 'g'])
      a.setattr(node, { mode: 0o600 })
      assert.equal(b.getattr(node).mode, 0o100600)
      a.write(node, Buffer.from('!!'), APPEND)
      b.write(node, Buffer.from('??'), APPEND)
      assert.equal(Buffer.from(a.view(node)).toString(), 'one!!??')
      assert.equal(a.getattr(node).size, 7)
      a.renameat(1, 'f', 1, 'h')
      assert.equal(b.lookup(1, 'f'), undefined)
      a.close()
      b.close()
    })

    test('keeps a file open that another connection unlinks, and removes it after the last close', () => {
      const file = fresh()
      const [a, b] = pair(file, { driver })
      const node = put(a, 1, 'f', 'text')
      b.pin(node, 0)
      a.unlinkat(1, 'f')
      assert.equal(b.lookup(1, 'f'), undefined)
      assert.equal(take(b, node).toString(), 'text')
      assert.equal(a.check().ok, true)
      pause(60)
      b.lookup(1, 'x')
      b.write(node, Buffer.from('!'), APPEND)
      assert.equal(Buffer.from(b.view(node)).toString(), 'text!')
      b.unpin(node)
      assert.equal(codeOf(() => b.getattr(node)), 'ENOENT')
      for (let i = 0; i < 600; i++) put(a, 1, `t${i}`, 'x')
      for (let i = 0; i < 600; i++) a.unlinkat(1, `t${i}`)
      pause(60)
      b.lookup(1, 'x')
      assert.equal(b.statvfs().files, 1)
      a.close()
      b.close()
      using c = new SqliteProvider(file, { driver })
      assert.equal(c.statvfs().files, 1)
      assert.deepEqual(c.check(), { ok: true, problems: [] })
    })

    test('gives EBUSY when another connection does not let go', () => {
      const [a, b] = pair(fresh(), { driver, timeout: 100 })
      a.transaction(() => {
        put(a, 1, 'f', 'x')
        const start = Date.now()
        assert.equal(codeOf(() => put(b, 1, 'g', 'y')), 'EBUSY')
        assert.ok(Date.now() - start >= 90 && Date.now() - start < 3000)
        assert.deepEqual(b.names(1), [])
      })
      assert.deepEqual(b.names(1), ['f'])
      put(b, 1, 'g', 'y')
      assert.deepEqual(a.names(1), ['f', 'g'])
      a.close()
      b.close()
    })

    test('is copied while in use', async () => {
      const file = fresh()
      using fs = new SqliteProvider(file, { driver })
      const node = put(fs, 1, 'f', noise(100_000))
      fs.pin(node, 0)
      const copy = `${file}-copy`
      const done = fs.backup(copy)
      put(fs, 1, 'later', 'x')
      await done
      using other = new SqliteProvider(copy, { driver })
      assert.ok(Buffer.from(other.view(node)).equals(noise(100_000)))
      assert.deepEqual(other.check(), { ok: true, problems: [] })
      await assert.rejects(fs.backup(file), { name: 'Error', code: 'EBUSY', message: `EBUSY: resource busy or locked, backup '${file}' -> '${file}'` })
      const absent = join(dir, 'absent', 'x.db')
      await assert.rejects(fs.backup(absent), { name: 'Error', code: 'ENOENT', message: `ENOENT: no such file or directory, backup '${file}' -> '${absent}'` })
      await assert.rejects(fs.backup(dir), { code: 'EISDIR' })
      await Promise.all([fs.backup(copy), fs.backup(copy)])
      assert.ok(statSync(copy).size > 100_000)
      const broken = fs.backup(copy).then(() => 'done', (error: NodeJS.ErrnoException) => String(error.code))
      fs.close()
      assert.ok(['done', 'EBADF'].includes(await broken), await broken)
      assert.deepEqual(readdirSync(dir).filter((name) => join(dir, name).startsWith(`${copy}.`)), [])
      assert.ok(statSync(copy).size > 100_000)
    })
  })
}
