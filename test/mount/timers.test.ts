// Tests that replace the timers and the clock of their process do not hold back what fs answers, nor date its files.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { create, MemoryProvider, OverlayProvider, SqliteProvider, ZipProvider } from '../../lib/index.ts'

test('answers come while timers are mocked', async () => {
  const vfs = create()
  vfs.writeFileSync('/a', 'x')
  vfs.mount('/fsmount-timers')
  mock.timers.enable({ apis: ['setImmediate', 'setTimeout'] })
  try {
    assert.equal(await fs.promises.readFile('/fsmount-timers/a', 'utf8'), 'x')
    assert.equal(await new Promise((resolve) => { fs.readFile('/fsmount-timers/a', 'utf8', (_, text) => { resolve(text) }) }), 'x')
  } finally {
    mock.timers.reset()
    vfs.unmount()
  }
})

test('times of files are the system\'s while the clock is mocked, as on the disk', (t) => {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-clock-'))
  const sqlite = new SqliteProvider()
  const mounted = [new MemoryProvider(), sqlite, new ZipProvider(), new OverlayProvider({ lower: new MemoryProvider(), upper: new MemoryProvider() })]
    .map((provider) => create(provider))
  const start = Date.now()
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000_000_000 })
  for (const root of [folder, ...mounted.map((vfs) => vfs.mount())]) {
    fs.writeFileSync(`${root}/f`, '')
    fs.mkdirSync(`${root}/d`)
    fs.chmodSync(`${root}/f`, 0o600)
    for (const path of [root, `${root}/f`, `${root}/d`]) {
      const { mtimeMs, ctimeMs } = fs.statSync(path)
      assert.ok(Math.min(mtimeMs, ctimeMs) >= start - 1000, `${path} has the time of the mock`)
    }
  }
  t.mock.timers.reset()
  for (const vfs of mounted) vfs.unmount()
  sqlite.close()
  fs.rmSync(folder, { recursive: true })
})
