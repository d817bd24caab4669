// The drivers below SqliteProvider: which is taken, what is said when none loads, any constructor in their place, and
// what their failures become.
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, SqliteProvider } from '../../lib/index.ts'
import { openDatabase, refusal, resultCode } from '../../providers/sqlite/drivers.ts'
import type { DriverClass } from '../../providers/sqlite.ts'
import { installed } from './registry.ts'
import { codeOf, drivers, noise, pair, put, scratch, take } from './sqlite-scratch.ts'

const dir = scratch()
const built = join(__dirname, '../../providers/sqlite.js')

test('a better-sqlite3 that would end the process is refused', () => {
  for (const [better, node] of [['13.2.0', '20.19.0'], ['13.0.0', '20.20.2'], ['14.1.0', '21.0.0']] as const) assert.match(refusal(better, node)!, /npm install better-sqlite3@12/)
  for (const [better, node] of [['12.11.1', '20.20.2'], ['13.2.0', '22.0.0'], ['12.0.0', '24.0.0'], ['13.0.0', '26.10.0']] as const) assert.equal(refusal(better, node), undefined)
})

test('it is refused before anything of it is loaded', { skip: Number.parseInt(process.versions.node) >= 22 ? 'later lines run every version' : false }, () => {
  const root = join(dir, 'thirteen', 'node_modules')
  const home = join(root, 'fsmount')
  mkdirSync(join(root, 'better-sqlite3'), { recursive: true })
  writeFileSync(join(root, 'better-sqlite3', 'package.json'), '{ "name": "better-sqlite3", "version": "13.2.0", "main": "index.js" }')
  writeFileSync(join(root, 'better-sqlite3', 'index.js'), 'process.abort()')
  execFileSync('cp', ['-r', join(__dirname, '../..'), home])
  const out = execFileSync(process.execPath, ['-e', `const { SqliteProvider } = require(${JSON.stringify(join(home, 'providers', 'sqlite.js'))})
    for (const driver of [undefined, 'better-sqlite3']) try { new SqliteProvider(':memory:', { driver }) } catch (error) { console.log(error.message) }`], { encoding: 'utf8' })
  assert.match(out, /better-sqlite3 13\.2\.0 does not run on Node 20.*npm install better-sqlite3@12.*node:sqlite is not part of Node 20.*\n.*better-sqlite3 13\.2\.0 does not run/)
})

test('nothing of SQLite is loaded before a provider is made, and no warning is printed', () => {
  const text = `const loaded = () => Object.keys(require.cache).some((file) => file.includes('better-sqlite3')) || process.moduleLoadList.some((name) => /sqlite/.test(name))
    console.log(loaded()); const emit = process.emitWarning; for (const driver of ${JSON.stringify(drivers)}) new SqliteProvider(':memory:', { driver }).close()
    console.log(loaded(), emit === process.emitWarning); process.emitWarning('mine')`
  const child = execFileSync(process.execPath, ['-e', `const { SqliteProvider } = require(${JSON.stringify(built)}); ${text}`, '2>&1'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  assert.equal(child, 'false\ntrue true\n')
  const shell = execFileSync('sh', ['-c', '"$0" -e "$1" 2>&1', process.execPath, `const { SqliteProvider } = require(${JSON.stringify(built)}); ${text}`], { encoding: 'utf8' })
  assert.doesNotMatch(shell, /ExperimentalWarning/)
  assert.match(shell, /Warning: mine/)
})

test('a driver that is none is an argument error', () => {
  assert.throws(() => new SqliteProvider(':memory:', { driver: 'sqlite3' as 'node:sqlite' }), { code: 'ERR_INVALID_ARG_VALUE' })
  if (drivers.includes('node:sqlite')) return
  assert.throws(() => new SqliteProvider(':memory:', { driver: 'node:sqlite' }), /node:sqlite is not part of Node/)
})

for (const driver of drivers) {
  test(`${String(driver)}: a constructor does as well as a name`, () => {
    const Class = createRequire(__filename)(String(driver)) as DriverClass & { DatabaseSync?: DriverClass }
    using fs = new SqliteProvider(join(dir, `class-${String(driver).replace(':', '-')}.db`), { driver: Class.DatabaseSync ?? Class })
    const node = put(fs, 1, 'f', noise(100_000))
    assert.ok(take(fs, node).equals(noise(100_000)))
  })

  test(`${String(driver)}: a full disk is ENOSPC, and nothing is half written`, () => {
    const Class = createRequire(__filename)(String(driver)) as DriverClass & { DatabaseSync?: DriverClass }
    const Base = (Class.DatabaseSync ?? Class) as new (...args: unknown[]) => { exec (sql: string): void }
    class Small extends Base {
      constructor (...args: unknown[]) {
        super(...args)
        this.exec('PRAGMA max_page_count = 100')
      }
    }
    using fs = new SqliteProvider(join(dir, `full-${String(driver).replace(':', '-')}.db`), { driver: Small as unknown as DriverClass })
    const vfs = create(fs)
    vfs.writeFileSync('/kept', noise(50_000))
    assert.equal(codeOf(() => vfs.writeFileSync('/kept', noise(1_000_000, 2))), 'ENOSPC')
    assert.ok(vfs.readFileSync('/kept').equals(noise(50_000)))
    assert.equal(codeOf(() => vfs.writeFileSync('/new', noise(1_000_000, 3))), 'ENOSPC')
    assert.deepEqual(vfs.readdirSync('/'), ['kept'])
    assert.equal(codeOf(() => fs.transaction(() => {
      vfs.writeFileSync('/a', 'a')
      codeOf(() => vfs.writeFileSync('/b', noise(1_000_000, 4)))
      vfs.writeFileSync('/c', 'c')
    })), 'ENOSPC')   // lost as a whole, whatever was caught in it
    assert.deepEqual(vfs.readdirSync('/'), ['kept'])
    assert.equal(codeOf(() => vfs.truncateSync('/kept', 2 ** 52)), 'ENOSPC')
    assert.deepEqual(fs.check(), { ok: true, problems: [] })
    vfs.writeFileSync('/small', 'fits')
  })

  test(`${String(driver)}: what is on a full disk can be read and checked`, () => {
    const Class = createRequire(__filename)(String(driver)) as DriverClass & { DatabaseSync?: DriverClass }
    type Made = { run (...values: unknown[]): unknown }
    const Base = (Class.DatabaseSync ?? Class) as new (...args: unknown[]) => { prepare (sql: string): Made }
    let full = false
    class Full extends Base {
      override prepare (sql: string): Made {
        const made = super.prepare(sql)
        if (!/^(INSERT|UPDATE|DELETE)/.test(sql)) return made
        const run = made.run.bind(made)
        return Object.assign(made, {
          run (...values: unknown[]) {
            if (full) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL', errcode: 13 })
            return run(...values)
          }
        })
      }
    }
    using fs = new SqliteProvider(join(dir, `filled-${String(driver).replace(':', '-')}.db`), { driver: Full as unknown as DriverClass })
    const vfs = create(fs)
    vfs.writeFileSync('/kept', 'kept')
    full = true
    assert.equal(vfs.readFileSync('/kept', 'utf8'), 'kept')   // whose access time waits to be written
    assert.equal(codeOf(() => { vfs.writeFileSync('/new', 'new') }), 'ENOSPC')
    assert.deepEqual(fs.check(), { ok: true, problems: [] })
    assert.deepEqual(vfs.readdirSync('/'), ['kept'])
    full = false
  })

  test(`${String(driver)}: integers that no file system holds are damage, not a crash`, () => {
    const file = join(dir, `huge-${String(driver).replace(':', '-')}.db`)
    {
      using fs = new SqliteProvider(file, { driver })
      put(fs, 1, 'f', 'x')
    }
    const db = openDatabase(file, 'write', driver)
    db.exec(`UPDATE fs_inode SET size = ${2n ** 62n}, mtime = -${2n ** 61n} WHERE ino = 2`)
    db.close()
    using fs = new SqliteProvider(file, { driver })
    for (const run of [() => fs.getattr(2), () => fs.view(2), () => fs.read(2, Buffer.alloc(10), 2 ** 45)]) {
      const code = codeOf(run)
      assert.ok(code === undefined || code.startsWith('E'), `${String(run)}: ${code}`)
    }
    assert.equal(fs.check().ok, false)
    assert.equal(fs.check({ repair: true }).ok, true)
    assert.deepEqual(fs.check(), { ok: true, problems: [] })
  })

  test(`${String(driver)}: names its failures as SQLite does`, () => {
    const db = openDatabase(':memory:', 'write', driver)
    db.exec('CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)')
    const caught = (run: () => unknown): string | undefined => { try { run(); return undefined } catch (error) { return resultCode(error) } }
    assert.equal(caught(() => db.exec('INSERT INTO t VALUES (1)')), 'CONSTRAINT')
    assert.equal(caught(() => db.exec('SELEKT')), 'ERROR')
    assert.equal(caught(() => { throw new TypeError('not of SQLite') }), undefined)
    db.close()
  })
}

const libsql = installed('libsql', '0.5.29')
const skip = 'reason' in libsql ? libsql.reason : false
if (skip !== false) console.log(`skipped: ${skip}`)

test('libsql, a compatible constructor from the registry, does all of it', { skip }, async () => {
  const driver = createRequire(__filename)((libsql as { dir: string }).dir) as DriverClass
  const file = join(dir, 'libsql.db')
  const [a, b] = pair(file, { driver, timeout: 200 })
  const node = put(a, 1, 'f', noise(100_000))
  assert.ok(Buffer.from(b.view(node)).equals(noise(100_000)))
  assert.ok(take(b, node, 7000).equals(noise(100_000)))
  b.write(node, Buffer.from('end'), -1)
  assert.equal(a.getattr(node).size, 100_003)
  a.transaction(() => {
    put(a, 1, 'g', 'x')
    assert.equal(codeOf(() => put(b, 1, 'h', 'y')), 'EBUSY')
  })
  assert.throws(() => a.transaction(() => { put(a, 1, 'i', 'x'); throw new Error('no') }), /no/)
  b.pin(node, 0)
  a.unlinkat(1, 'f')
  assert.equal(take(b, node).length, 100_003)
  b.unpin(node)
  assert.deepEqual(b.names(1), ['g'])
  assert.deepEqual(a.check(), { ok: true, problems: [] })
  await a.backup(join(dir, 'libsql-copy.db'))
  a.close()
  b.close()
  for (const name of ['libsql.db', 'libsql-copy.db']) {
    using other = new SqliteProvider(join(dir, name), { driver: drivers[0] })
    assert.deepEqual(other.names(1), ['g'])
    assert.deepEqual(other.check(), { ok: true, problems: [] })
  }
  using readonly = new SqliteProvider(file, { driver, readonly: true })
  assert.equal(codeOf(() => put(readonly, 1, 'no', '')), 'EROFS')
})
