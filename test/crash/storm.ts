// Several processes rename the same files and folders about: each is still there, once, with its content, as on the disk.
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import disk from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { create } from '../../lib/index.ts'
import { SqliteProvider } from '../../providers/sqlite.ts'
import type { Driver } from '../../providers/sqlite.ts'
import { BALLS, findAll, FOLDERS, isBall, isFolder, isWhole, prepare, type Storm } from './stormer.ts'

type Files = Parameters<typeof prepare>[0]

/** Lets processes rename for `rounds` rounds each on a folder of the disk, the oracle. */
export async function stormOnDisk (folder: string, processes: number, rounds: number): Promise<Storm[]> {
  disk.mkdirSync(folder)
  prepare(disk, folder)
  const results = await run([folder], processes, rounds)
  demandWhole(disk, folder)
  return results
}

/** The same on a SQLite file system; throws when anything is lost. */
export async function storm (file: string, processes: number, rounds: number, driver: Driver): Promise<Storm[]> {
  using provider = new SqliteProvider(file, { driver })
  prepare(create(provider), '')
  const results = await run([file, String(driver)], processes, rounds)
  demandWhole(create(provider), '')   // by a process that has looked on
  using fresh = new SqliteProvider(file, { driver })
  demandWhole(create(fresh), '')
  assert.deepEqual(fresh.check(), { ok: true, problems: [] })
  assert.equal(fresh.statvfs().files, 1 + FOLDERS + BALLS + 1)
  return results
}

async function run ([place, ...driver]: [string, ...string[]], processes: number, rounds: number): Promise<Storm[]> {
  return await Promise.all(Array.from({ length: processes }, async (_, id) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--no-warnings', join(__dirname, 'stormer.js'), place, String(id + 1), String(rounds), ...driver])
    assert.equal(stderr, '')
    return JSON.parse(stdout) as Storm
  }))
}

function demandWhole (fs: Files, root: string): void {
  const named = (paths: string[]): string[] => paths.map((path) => path.slice(path.lastIndexOf('/') + 1)).sort()
  const balls = findAll(fs, root, isBall)
  assert.deepEqual(named(balls), Array.from({ length: BALLS }, (_, i) => `ball ${i}`))
  assert.deepEqual(named(findAll(fs, root, isFolder)), Array.from({ length: FOLDERS }, (_, i) => `folder ${i}`))
  for (const path of balls) assert.equal(fs.readFileSync(path, 'utf8'), path.slice(path.lastIndexOf('/') + 1))
  assert.ok(isWhole(fs.readFileSync(`${root}/whole`, 'utf8')))
}

/** What a storm came to, in a line. */
export function tellStorm (results: readonly Storm[]): string {
  const sum = (of: (result: Storm) => number): number => results.reduce((total, one) => total + of(one), 0)
  const refused = sum(({ refused }) => Object.values(refused).reduce((a, b) => a + b, 0))
  return `${results.length} processes, ${sum(({ moved }) => moved)} renames and ${refused} that came too late, ${sum(({ replaced }) => replaced)} replacements, nothing lost`
}
