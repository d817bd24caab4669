// Several processes on one SQLite file system: appends, counters, renames, names made by all at once; nothing is lost.
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SqliteProvider } from '../../providers/sqlite.ts'
import type { Driver } from '../../providers/sqlite.ts'
import { FOLDER, put } from '../providers/sqlite-scratch.ts'
import { lineOf } from './contender.ts'
import type { Result } from './contender.ts'

/** Lets `processes` processes contend for `rounds` rounds each; throws when anything is lost. */
export async function contend (file: string, processes: number, rounds: number, driver: Driver): Promise<Result[]> {
  {
    using fs = new SqliteProvider(file, { driver })
    put(fs, 1, 'log', '')
    put(fs, 1, 'counter', '0')
    const a = fs.mknod(1, 'a', FOLDER, 0, 0)
    fs.mknod(1, 'b', FOLDER, 0, 0)
    put(fs, a, 'ball', 'ball')
  }
  const results = await Promise.all(Array.from({ length: processes }, async (_, id) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(__dirname, 'contender.js'), file, String(id), String(processes), String(rounds), String(driver)])
    assert.equal(stderr, '')
    return JSON.parse(stdout) as Result
  }))
  using fs = new SqliteProvider(file, { driver })
  const lines = Buffer.from(fs.view(fs.lookup(1, 'log')!.node)).toString().split(/(?<=\n)/)
  const expected = results.flatMap((_, id) => Array.from({ length: rounds }, (_, round) => lineOf(id, round)))
  assert.deepEqual(lines.sort(), expected.sort())
  assert.equal(Buffer.from(fs.view(fs.lookup(1, 'counter')!.node)).toString(), String(processes * rounds))
  assert.equal(results.reduce((sum, { won }) => sum + won, 0), rounds)
  const others = Buffer.from(fs.view(fs.lookup(1, 'other log')!.node)).toString()
  for (let id = 0; id < processes; id++) assert.equal(others.split(`${id}\n`).length - 1, rounds)
  const balls = ['a', 'b'].filter((name) => fs.names(fs.lookup(1, name)!.node).join() === 'ball')
  assert.equal(balls.length, 1)
  assert.deepEqual(fs.check(), { ok: true, problems: [] })
  let count = 1
  const visit = (dir: number): void => { for (const { node, mode } of fs.getdents(dir)) { count++; if ((mode & 0o170000) === 0o040000) visit(node) } }
  visit(1)
  assert.equal(fs.statvfs().files, count)
  return results
}
