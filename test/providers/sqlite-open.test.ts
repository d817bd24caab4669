// What SqliteProvider does with files that it cannot or must not use: a clear error that names the file, and nothing
// changed in it; with files of older versions: it brings them up to date.
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { SqliteProvider } from '../../providers/sqlite.ts'
import { openDatabase } from '../../providers/sqlite/drivers.ts'
import { hash } from './agentfs-child.ts'
import { FOLDER, drivers, noise, put, scratch } from './sqlite-scratch.ts'

const dir = scratch()
/** Whether other users may run a program: the fetched ones lie in a home folder. */
function othersMay (program: string): boolean {
  for (let path = program; path !== '/'; path = join(path, '..')) if ((statSync(path).mode & 0o001) === 0) return false
  return true
}

const folder = (): string => mkdtempSync(join(dir, 'd-'))

/** Opening throws an error that names the file; the folder is as it was, byte by byte. */
function refused (file: string, message: RegExp, options = {}): void {
  const before = snapshot(file)
  assert.throws(() => new SqliteProvider(file, options), (error: Error & { code?: string }) => {
    assert.ok(error instanceof Error && error.message.includes(file), `${error.message} names ${file}`)
    assert.match(error.message, message)
    assert.equal(typeof error.code, 'string')
    return true
  })
  assert.deepEqual(snapshot(file), before)
}

function snapshot (file: string): unknown {
  const parent = join(file, '..')
  if (!existsSync(parent) || !statSync(parent).isDirectory()) return undefined
  return readdirSync(parent, { withFileTypes: true }).map((entry) => [entry.name, entry.isFile() ? hash(readFileSync(join(parent, entry.name))) : ''])
}

for (const driver of drivers) {
  describe(`opening with ${String(driver)}`, () => {
    const sql = (file: string, text: string): void => {
      const db = openDatabase(file, 'write', driver)
      db.exec(text)
      db.close()
    }
    /** A file system with a few things in it. */
    const filled = (): string => {
      const file = join(folder(), 'fs.db')
      using fs = new SqliteProvider(file, { driver })
      const sub = fs.mknod(1, 'sub', FOLDER, 0, 0)
      for (let i = 0; i < 20; i++) put(fs, sub, `file ${i}`, noise(i * 700, i))
      return file
    }

    test('refuses what is no database', () => {
      for (const text of ['hello', 'x'.repeat(10_000), `SQLite format 3${' '.repeat(600)}`, '%PDF-1.7\n']) {
        const file = join(folder(), 'x.db')
        writeFileSync(file, text)
        refused(file, /is not a SQLite database/, { driver })
        refused(file, /is not a SQLite database/, { driver, readonly: true })
      }
      const empty = join(folder(), 'empty.db')
      writeFileSync(empty, '')
      refused(empty, /is empty/, { driver, readonly: true })
    })

    test('refuses a database of something else', () => {
      for (const text of ['CREATE TABLE users (id)', 'PRAGMA application_id = 77; PRAGMA user_version = 5', 'PRAGMA user_version = 3', 'PRAGMA journal_mode = WAL; CREATE TABLE t (a)']) {
        const file = join(folder(), 'other.db')
        sql(file, text)
        refused(file, /database of something else/, { driver })
      }
    })

    test('refuses a later version of the format', () => {
      const ours = filled()
      sql(ours, 'PRAGMA user_version = 99')
      refused(ours, /later version/, { driver })
      const theirs = filled()
      sql(theirs, "UPDATE fs_config SET value = '1.2' WHERE key = 'schema_version'")
      refused(theirs, /version 1\.2 of the Agent Filesystem Specification/, { driver })
      refused(theirs, /version 1\.2/, { driver, readonly: true })
    })

    test('refuses a file system without a root, or with a senseless chunk size', () => {
      const file = filled()
      sql(file, 'DELETE FROM fs_inode WHERE ino = 1')
      refused(file, /no root folder/, { driver })
      const other = filled()
      sql(other, 'UPDATE fs_inode SET mode = 33188 WHERE ino = 1')
      refused(other, /no root folder/, { driver })
      for (const size of ['0', '-4096', 'many', '1e99', '']) {
        const third = filled()
        sql(third, `UPDATE fs_config SET value = '${size}' WHERE key = 'chunk_size'`)
        refused(third, /chunk_size/, { driver })
      }
    })

    test('refuses a truncated file', () => {
      const whole = filled()
      const { length } = readFileSync(whole)
      for (const size of [length - 1, length - 4096, length >> 1, 8192, 4097, 4096, 1000, 512, 100, 50]) {
        const file = join(folder(), 'cut.db')
        copyFileSync(whole, file)
        truncateSync(file, size)
        refused(file, /truncated|damaged|not a SQLite/, { driver })
      }
    })

    test('survives flipped bits: a clear error, or what is left is read', () => {
      const whole = filled()
      const bytes = readFileSync(whole)
      let refusals = 0
      let failures = 0
      for (let i = 0; i < 150; i++) {
        const file = join(folder(), 'bits.db')
        const flipped = Buffer.from(bytes)
        const at = (i * 7919 + (i % 3 === 0 ? 0 : 4096 * (i % 40))) % flipped.length
        flipped[at]! ^= 1 << (i % 8)
        writeFileSync(file, flipped)
        let fs: SqliteProvider
        try {
          fs = new SqliteProvider(file, { driver })
        } catch (error) {
          refusals++
          assert.ok((error as Error).message.includes(file), `byte ${at}: ${String(error)}`)
          assert.ok(readFileSync(file).equals(flipped), `byte ${at}: changed`)
          continue
        }
        try {
          walk(fs)
        } catch (error) {
          failures++
          assert.match((error as { code: string }).code, /^E[A-Z]+$/, `byte ${at}: ${String(error)}`)
        }
        assert.equal(typeof fs.check().ok, 'boolean')
        fs.close()
      }
      assert.ok(refusals > 3, `${refusals} refused, ${failures} failed later`)
    })

    test('names a damaged file when it is met later', () => {
      const file = join(folder(), 'large.db')
      {
        using fs = new SqliteProvider(file, { driver })
        for (let i = 0; i < 200; i++) put(fs, 1, `f${i}`, noise(10_000, i))
      }
      const bytes = readFileSync(file)
      for (let page = bytes.length >> 13; page < bytes.length / 4096; page++) if (bytes[page * 4096] === 13) bytes.fill(0xA5, page * 4096 + 1, page * 4096 + 100)   // leaves of a table
      writeFileSync(file, bytes)
      const fs = new SqliteProvider(file, { driver })
      assert.throws(() => { for (let i = 0; i < 200; i++) fs.view(i + 2) }, (error: Error & { code?: string }) => error.code === 'EIO' && error.message.includes(file))
      assert.equal(fs.check().ok, false)
      assert.equal(fs.check({ repair: true }).ok, false)
      fs.close()
    })

    test('refuses folders, absent parents and files that may not be written', () => {
      const parent = folder()
      refused(parent, /EISDIR/, { driver })
      refused(join(parent, 'absent', 'x.db'), /ENOENT/, { driver })
      refused(join(parent, 'absent.db'), /ENOENT/, { driver, readonly: true })
      writeFileSync(join(parent, 'file'), '')
      refused(join(parent, 'file', 'x.db'), /ENOTDIR|ENOENT/, { driver })
      if (process.platform === 'win32' || !othersMay(process.execPath)) return
      // As another user where this one is root, for whom nothing is forbidden.
      const locked = folder()
      chmodSync(dir, 0o755)
      chmodSync(parent, 0o755)
      const existing = join(locked, 'fs.db')
      copyFileSync(filled(), existing)
      chmodSync(existing, 0o444)
      chmodSync(locked, 0o555)
      const text = `const { SqliteProvider } = require(${JSON.stringify(join(__dirname, '../../providers/sqlite.js'))})
        for (const file of process.argv.slice(1)) try { new SqliteProvider(file, { driver: '${String(driver)}' }); console.log('opened') } catch (error) { console.log(error.code, error.message.includes(file)) }
        console.log(new SqliteProvider(process.argv[2], { driver: '${String(driver)}', readonly: true }).names(1).join())`
      const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
      const out = execFileSync(process.execPath, ['-e', text, join(locked, 'new.db'), existing], { ...user, encoding: 'utf8', cwd: '/' })
      assert.equal(out, 'EACCES true\nEACCES true\nsub\n')
    })

    test('brings older files up to date, and keeps what is not ours', () => {
      const file = join(folder(), 'old.db')
      sql(file, `CREATE TABLE fs_inode (ino INTEGER PRIMARY KEY AUTOINCREMENT, mode INTEGER NOT NULL, uid INTEGER NOT NULL DEFAULT 0, gid INTEGER NOT NULL DEFAULT 0,
          size INTEGER NOT NULL DEFAULT 0, atime INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL);
        CREATE TABLE fs_dentry (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, parent_ino INTEGER NOT NULL, ino INTEGER NOT NULL, UNIQUE(parent_ino, name));
        CREATE TABLE fs_data (ino INTEGER NOT NULL, chunk_index INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (ino, chunk_index));
        CREATE TABLE fs_symlink (ino INTEGER PRIMARY KEY, target TEXT NOT NULL);
        CREATE TABLE fs_config (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE kv_store (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        INSERT INTO kv_store VALUES ('k', 'v'); INSERT INTO fs_config VALUES ('chunk_size', '5');
        INSERT INTO fs_inode VALUES (1, 16877, 0, 0, 0, 10, 10, 10), (2, 33188, 0, 0, 7, 11, 12, 13);
        INSERT INTO fs_dentry VALUES (1, 'a', 1, 2), (2, 'b', 1, 2); INSERT INTO fs_data VALUES (2, 0, x'3132333435'), (2, 1, x'3637')`)
      refused(file, /open it once for writing/, { driver, readonly: true })
      using fs = new SqliteProvider(file, { driver })
      assert.equal(fs.chunkSize, 5)
      const { nlink, mtime, birthtime } = fs.getattr(2)
      assert.deepEqual({ nlink, mtime, birthtime }, { nlink: 2, mtime: 12_000, birthtime: 11_000 })
      assert.equal(Buffer.from(fs.view(2)).toString(), '1234567')
      fs.write(2, Buffer.from('ABCDEF'), 6)
      assert.equal(Buffer.from(fs.view(2)).toString(), '123456ABCDEF')
      assert.deepEqual(fs.check(), { ok: true, problems: [] })
      const db = openDatabase(file, 'read', driver)
      assert.deepEqual([...db.prepare('SELECT key, value FROM kv_store', true).all()[0]!], ['k', 'v'])
      db.close()
    })

    test('makes the file system in an empty file, or beside what other parts of an agent keep', () => {
      const file = join(folder(), 'empty.db')
      writeFileSync(file, '')
      new SqliteProvider(file, { driver }).close()
      const agent = join(folder(), 'agent.db')
      sql(agent, 'CREATE TABLE kv_store (key TEXT); CREATE TABLE tool_calls (id)')
      using fs = new SqliteProvider(agent, { driver })
      assert.deepEqual(fs.names(1), [])
      mkdirSync(join(dir, 'it\'s a "folder"'), { recursive: true })
      rmSync(join(dir, 'it\'s a "folder"', '%41?#.db'), { force: true })
      using odd = new SqliteProvider(join(dir, 'it\'s a "folder"', '%41?#.db'), { driver })
      put(odd, 1, 'f', 'x')
      assert.deepEqual(readdirSync(join(dir, 'it\'s a "folder"')).filter((name) => name.endsWith('db')), ['%41?#.db'])
    })
  })
}

/** Reads everything. */
function walk (fs: SqliteProvider, dir = 1, depth = 0): void {
  for (const { name, node, mode } of fs.getdents(dir)) {
    assert.ok(!name.includes('/'))
    fs.getattr(node)
    if ((mode & 0o170000) === 0o040000 && depth < 20) walk(fs, node, depth + 1)
    else if ((mode & 0o170000) === 0o100000) {
      fs.view(node)
      fs.read(node, Buffer.alloc(100_000), 0)
    }
  }
}

test('where there is no room to begin with, that is an error that names the file', () => {
  const file = join(folder(), 'full.db')
  const provider = new SqliteProvider(file)
  put(provider, provider.root, 'log', 'x'.repeat(200_000))   // lies in the log, which must not grow
  const code = `
    const { SqliteProvider } = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))})
    try { new SqliteProvider(${JSON.stringify(file)}) } catch (error) { console.log(error instanceof Error, typeof error.code, error.message) }`
  const said = execFileSync('/bin/sh', ['-c', 'ulimit -f 100; exec "$0" --no-warnings -e "$1"', process.execPath, code], { encoding: 'utf8' })
  assert.match(said, /^true string /)
  assert.ok(said.includes(file), said)
  assert.deepEqual(provider.check().problems, [])
  provider.close()
})

test('a transaction that finds no room is an error, and nothing of it happened', () => {
  const file = join(folder(), 'full.db')
  const code = `
    const { SqliteProvider, create } = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))})
    const provider = new SqliteProvider(${JSON.stringify(file)})
    const vfs = create(provider)
    const fill = () => { for (let i = 0; i < 100; i++) try { vfs.writeFileSync('/' + i, 'x'.repeat(20000)) } catch { /* the disk is full */ } }
    try { provider.transaction(fill) } catch (error) { console.log(error instanceof Error, typeof error.code, vfs.readdirSync('/').length) }`
  const said = execFileSync('/bin/sh', ['-c', 'ulimit -f 1000; exec "$0" --no-warnings -e "$1"', process.execPath, code], { encoding: 'utf8' })
  assert.equal(said, 'true string 0\n')
})
