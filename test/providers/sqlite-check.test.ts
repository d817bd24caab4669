// `check()` finds every way in which a file system can be inconsistent, and mends it without losing what can be kept.
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { SqliteProvider } from '../../providers/sqlite.ts'
import { openDatabase } from '../../providers/sqlite/drivers.ts'
import { FOLDER, LINK, drivers, noise, put, scratch } from './sqlite-scratch.ts'

const dir = scratch()
let count = 0

/** What is broken, the rules that must find it (all that do), and what must hold once it is mended. */
interface Fault { name: string, sql: string, rules: string[], after?: (fs: SqliteProvider) => void }

const content = (fs: SqliteProvider, path: string): string => {
  let node = 1
  for (const name of path.split('/')) node = fs.lookup(node, name)!.node
  return Buffer.from(fs.view(node)).toString()
}

// Inodes: 2 the folder `dir`, 3 `dir/text` and `second`, 4 `large` (three chunks and a part), 5 `link`, 6 `dir/inner`, 7 `dir/inner/deep`.
const FAULTS: Fault[] = [
  { name: 'a name of nothing', sql: "INSERT INTO fs_dentry (name, parent_ino, ino) VALUES ('ghost', 1, 99)", rules: ['dangling'], after: (fs) => { assert.equal(fs.lookup(1, 'ghost'), undefined) } },
  { name: 'a name in a file', sql: "UPDATE fs_dentry SET parent_ino = 4 WHERE name = 'second'", rules: ['parent', 'links'], after: (fs) => { assert.equal(fs.getattr(3).nlink, 1) } },
  { name: 'a name in nothing', sql: "UPDATE fs_dentry SET parent_ino = 77 WHERE name = 'large'", rules: ['parent', 'nameless'], after: (fs) => { assert.equal(fs.lookup(fs.lookup(1, 'lost+found')!.node, '#4')?.node, 4); assert.ok(noise(3 * fs.chunkSize + 5).equals(fs.view(4))) } },
  { name: 'a name that is none', sql: "UPDATE fs_dentry SET name = '../evil' WHERE name = 'second'", rules: ['name'], after: (fs) => { assert.match(fs.names(1).join(), /lost#\d/) } },
  { name: 'a named root', sql: "INSERT INTO fs_dentry (name, parent_ino, ino) VALUES ('root', 2, 1)", rules: ['root'] },
  { name: 'a folder with two names', sql: "INSERT INTO fs_dentry (name, parent_ino, ino) VALUES ('again', 1, 2)", rules: ['twice'], after: (fs) => { assert.equal(content(fs, 'dir/text'), 'text') } },
  { name: 'a folder in itself', sql: "UPDATE fs_dentry SET parent_ino = 6 WHERE name = 'dir'", rules: ['cycle', 'nameless'], after: (fs) => { assert.equal(fs.lookup(1, 'lost+found')!.mode & 0o170000, 0o040000); assert.equal(content(fs, 'lost+found/#2/text'), 'text') } },
  { name: 'a lost file beside a file that is called lost+found', sql: "UPDATE fs_dentry SET name = 'lost+found' WHERE name = 'second'; DELETE FROM fs_dentry WHERE name = 'large'", rules: ['nameless'], after: (fs) => { assert.equal(content(fs, 'lost+found'), 'text'); assert.ok(content(fs, 'lost+found-2/#4').length > 0) } },
  { name: 'a lost file', sql: "DELETE FROM fs_dentry WHERE name = 'large'", rules: ['nameless'], after: (fs) => { assert.ok(content(fs, 'lost+found/#4').length > 0) } },
  { name: 'a wrong number of links', sql: 'UPDATE fs_inode SET nlink = 7 WHERE ino = 3', rules: ['links'], after: (fs) => { assert.equal(fs.getattr(3).nlink, 2) } },
  { name: 'contents of nothing', sql: "INSERT INTO fs_data VALUES (88, 0, x'00')", rules: ['data'] },
  { name: 'contents of a folder', sql: "INSERT INTO fs_data VALUES (2, 0, x'00')", rules: ['data'] },
  { name: 'a short chunk in the middle', sql: "UPDATE fs_data SET data = x'4142' WHERE ino = 4 AND chunk_index = 1", rules: ['chunk'], after: (fs) => { assert.equal(fs.view(4)[fs.chunkSize], 0x41); assert.equal(fs.view(4)[fs.chunkSize + 2], 0) } },
  { name: 'a chunk too many', sql: "INSERT INTO fs_data VALUES (3, 1, x'00')", rules: ['chunk', 'size'] },
  { name: 'a missing chunk', sql: 'DELETE FROM fs_data WHERE ino = 4 AND chunk_index = 1', rules: ['size'], after: (fs) => { assert.equal(fs.getattr(4).size, 3 * fs.chunkSize + 5) } },
  { name: 'a size too large', sql: 'UPDATE fs_inode SET size = 100 WHERE ino = 3', rules: ['size'], after: (fs) => { assert.equal(content(fs, 'dir/text'), 'text' + '\0'.repeat(96)) } },
  { name: 'a size too small', sql: 'UPDATE fs_inode SET size = 1 WHERE ino = 3', rules: ['size'], after: (fs) => { assert.equal(content(fs, 'dir/text'), 'text') } },
  { name: 'a senseless size', sql: 'UPDATE fs_inode SET size = 1 << 50 WHERE ino = 3', rules: ['size'], after: (fs) => { assert.equal(content(fs, 'dir/text'), 'text') } },
  { name: 'a link without a target', sql: 'DELETE FROM fs_symlink', rules: ['target'] },
  { name: 'a target without a link', sql: "INSERT INTO fs_symlink VALUES (3, 'x')", rules: ['stray'] },
  { name: 'an inode of no type', sql: 'UPDATE fs_inode SET mode = 7 WHERE ino = 3', rules: ['type'], after: (fs) => { assert.equal(content(fs, 'dir/text'), 'text') } },
  { name: 'an unlinked inode that nobody holds', sql: "DELETE FROM fs_dentry WHERE name = 'large'; UPDATE fs_inode SET nlink = 0 WHERE ino = 4", rules: ['leaked'], after: (fs) => { assert.equal(fs.statvfs().files, 6) } },
  { name: 'a birth time of nothing', sql: 'INSERT INTO fsmount_birth VALUES (66, 1, 1)', rules: ['birth'] }
]

for (const driver of drivers) {
  describe(`check on ${String(driver)}`, () => {
    for (const { name, sql, rules, after } of FAULTS) {
      test(`finds and mends ${name}`, () => {
        const file = join(dir, `${++count}.db`)
        {
          using fs = new SqliteProvider(file, { driver })
          const sub = fs.mknod(1, 'dir', FOLDER, 0, 0)
          const text = put(fs, sub, 'text', 'text')
          put(fs, 1, 'large', noise(3 * fs.chunkSize + 5))
          fs.mknod(1, 'link', LINK, 0, 0, 'dir/text')
          fs.mknod(fs.mknod(sub, 'inner', FOLDER, 0, 0), 'deep', FOLDER, 0, 0)
          fs.linkat(text, 1, 'second')
          assert.deepEqual(fs.check(), { ok: true, problems: [] })
        }
        const db = openDatabase(file, 'write', driver)
        db.exec(sql)
        db.close()
        using fs = new SqliteProvider(file, { driver })
        const found = fs.check()
        assert.equal(found.ok, false)
        assert.ok(found.problems.every((problem) => !problem.repaired && problem.text.length > 10))
        assert.deepEqual(fs.check(), found, 'looking changes nothing')
        const before = fs.version()
        const mended = fs.check({ repair: true })
        assert.equal(mended.ok, true)
        assert.notEqual(fs.version(), before)
        for (const rule of rules) assert.ok(mended.problems.some((problem) => problem.rule === rule), `${rule} in ${JSON.stringify(mended.problems)}`)
        for (const { rule } of mended.problems) assert.ok([...rules, 'links', 'size', 'nameless'].includes(rule), rule)
        assert.deepEqual(fs.check(), { ok: true, problems: [] })
        after?.(fs)
      })
    }

    test('what is stored as another type than it should be is read, and leads nobody astray', () => {
      const file = join(dir, `${++count}.db`)
      {
        using fs = new SqliteProvider(file, { driver })
        put(fs, 1, 'text', 'text')
        put(fs, 1, 'long', noise(2 * fs.chunkSize))
        fs.mknod(1, 'link', LINK, 0, 0, 'text')
      }
      const db = openDatabase(file, 'write', driver)
      db.exec(`INSERT INTO fs_dentry (name, parent_ino, ino) VALUES (x'2e2e2f6f7574', 1, 2); UPDATE fs_symlink SET target = CAST(target AS BLOB);
        UPDATE fs_data SET data = 't\u00e9xt' WHERE ino = 2; UPDATE fs_inode SET size = 5 WHERE ino = 2; UPDATE fs_data SET chunk_index = -1 WHERE ino = 3 AND chunk_index = 0`)
      db.close()
      using fs = new SqliteProvider(file, { driver })
      assert.deepEqual(fs.names(1), ['link', 'long', 'text'])
      assert.deepEqual([...fs.getdents(1)].map(({ name }) => name), ['link', 'long', 'text'])
      assert.equal(fs.getlink(4), 'text')
      const buffer = Buffer.alloc(5)
      assert.equal(fs.read(2, buffer, 0), 5)
      assert.deepEqual([buffer.toString(), Buffer.from(fs.view(2)).toString()], ['t\u00e9xt', 't\u00e9xt'])
      const expected = Buffer.concat([Buffer.alloc(fs.chunkSize), noise(2 * fs.chunkSize).subarray(fs.chunkSize)])
      assert.ok(expected.equals(fs.view(3)))
    })

    test('does not repair what is opened to be read', () => {
      const file = join(dir, `${++count}.db`)
      new SqliteProvider(file, { driver }).close()
      using fs = new SqliteProvider(file, { driver, readonly: true })
      assert.deepEqual(fs.check(), { ok: true, problems: [] })
      assert.throws(() => fs.check({ repair: true }), { code: 'EROFS' })
    })
  })
}
