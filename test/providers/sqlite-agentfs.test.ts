// What is written here opens in the AgentFS SDK, and the other way round: with the SDK itself, from the registry.
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { SqliteProvider } from '../../providers/sqlite.ts'
import { hash } from './agentfs-child.ts'
import type { Told } from './agentfs-child.ts'
import { installed } from './registry.ts'
import { FOLDER, LINK, drivers, noise, put, scratch } from './sqlite-scratch.ts'

const sdk = installed('agentfs-sdk', '0.6.4')
const skip = 'reason' in sdk ? sdk.reason : false
if (skip !== false) console.log(`skipped: ${skip}`)
const dir = scratch()

function ask (action: string, file: string): Record<string, Told> {
  return JSON.parse(execFileSync(process.execPath, [join(__dirname, 'agentfs-child.js'), (sdk as { dir: string }).dir, action, file], { encoding: 'utf8', maxBuffer: 1 << 26 })) as Record<string, Told>
}

/** What we see, in the SDK's terms: folders count one link, times are seconds. */
function tell (fs: SqliteProvider): Record<string, Told> {
  const all: Record<string, Told> = {}
  const visit = (path: string, node: number): void => {
    const { mode, nlink, size, mtime } = fs.getattr(node)
    const folder = (mode & 0o170000) === 0o040000
    const told: Told = all[path] = { mode, nlink: folder ? 1 : nlink, size, mtime: Math.floor(mtime / 1000) }
    if ((mode & 0o170000) === 0o120000) told.target = fs.getlink(node)
    else if (!folder) told.hash = hash(fs.view(node))
    else {
      told.names = [...fs.names(node)]
      for (const name of told.names) visit(`${path === '/' ? '' : path}/${name}`, fs.lookup(node, name)!.node)
    }
  }
  visit('/', 1)
  return all
}

for (const driver of drivers) {
  test(`the SDK reads what ${String(driver)} wrote`, { skip }, () => {
    const file = join(dir, `ours-${String(driver)}.db`.replace(':', '-'))
    const fs = new SqliteProvider(file, { driver })
    const sub = fs.mknod(1, 'dir', FOLDER | 0o1000, 3, 4)
    const c = fs.chunkSize
    for (const size of [0, 1, c, c + 1, 7 * c + 11]) put(fs, sub, `f${size}`, noise(size, size))
    const sparse = put(fs, 1, 'sparse', 'start')
    fs.write(sparse, Buffer.from('end'), 3 * c + 5)
    const longer = put(fs, 1, 'longer', noise(5000))
    fs.setattr(longer, { size: 2 * c + 1 })
    const shorter = put(fs, 1, 'shorter', noise(3 * c))
    fs.setattr(shorter, { size: c + 7 })
    fs.mknod(sub, 'link', LINK, 0, 0, 'f1')
    const old = put(fs, 1, 'old', 'renamed')
    fs.renameat(1, 'old', sub, 'néw')
    fs.linkat(old, 1, 'second')
    fs.setattr(old, { mode: 0o640, uid: 7, gid: 8, mtime: { ms: 1e12 + 123, ns: 456 }, atime: { ms: 1, ns: 0 } })
    put(fs, 1, 'gone', 'x')
    fs.unlinkat(1, 'gone')
    const born = fs.getattr(old).birthtime
    const told = tell(fs)
    fs.close()
    assert.deepEqual(ask('read', file), told)
    using again = new SqliteProvider(file, { driver })
    assert.deepEqual(tell(again), told)
    assert.deepEqual(again.check(), { ok: true, problems: [] })
    assert.equal(again.getattr(old).birthtime, born)
  })

  test(`${String(driver)} reads and goes on with what the SDK wrote`, { skip }, () => {
    const file = join(dir, `theirs-${String(driver)}.db`.replace(':', '-'))
    const told = ask('write', file)
    for (const name of ['/hole', '/cut']) delete told[name]!.hash   // the SDK gives fewer bytes than the size that it stored
    const compare = (fs: SqliteProvider): void => {
      const ours = tell(fs)
      for (const name of ['/hole', '/cut']) delete ours[name]!.hash
      assert.deepEqual(ours, told)
      const hole = Buffer.from(fs.view(fs.lookup(1, 'hole')!.node))
      assert.equal(hole.length, 10_000)
      assert.ok(hole.subarray(100).equals(Buffer.alloc(9900)))
    }
    {
      using fs = new SqliteProvider(file, { driver, readonly: true })
      assert.equal(fs.chunkSize, 4096)
      compare(fs)
    }
    {
      using fs = new SqliteProvider(file, { driver })
      compare(fs)
      const { ok, problems } = fs.check({ repair: true })
      assert.ok(ok && problems.every(({ rule }) => rule === 'size' || rule === 'chunk'), JSON.stringify(problems))
      assert.deepEqual(fs.check(), { ok: true, problems: [] })
      compare(fs)
      const node = fs.lookup(1, 'new')!.node
      fs.write(node, noise(9000), 3)
      fs.mknod(1, 'ours', FOLDER, 0, 0)
    }
    const after = ask('read', file)
    assert.equal(after['/new']!.size, 9003)
    assert.ok(after['/']!.names!.includes('ours'))
    using fs = new SqliteProvider(file, { driver })
    assert.deepEqual(tell(fs), after)
    assert.deepEqual(fs.check(), { ok: true, problems: [] })
  })
}
