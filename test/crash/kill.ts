// Kills a writing process at random moments and looks at what it left: every deed that it had reported is there, whole;
// the one that it was at is there or not; the file system is consistent.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SqliteProvider } from '../../providers/sqlite.ts'
import type { Driver } from '../../providers/sqlite.ts'
import { hash } from '../providers/agentfs-child.ts'
import { noise } from '../providers/sqlite-scratch.ts'
import type { Deed } from './writer.ts'

/** Contents by name. */
type Files = Map<string, Buffer>

function after (files: Files, { name, length, seed, append, from }: Deed): Files {
  const next = new Map(files)
  if (from !== undefined) {
    next.set(name, next.get(from)!)
    if (from !== name) next.delete(from)
  } else if (length === undefined) next.delete(name)
  else next.set(name, append === true ? Buffer.concat([next.get(name)!, noise(length, seed)]) : noise(length, seed))
  return next
}

const summary = (files: Files): string => JSON.stringify([...files].sort(([a], [b]) => a < b ? -1 : 1).map(([name, bytes]) => [name, bytes.length, hash(bytes)]))

/** Starts a writer, kills it after `wait` ms, and gives the deeds it reported and the one it had begun. */
async function run (file: string, seed: number, driver: Driver, wait: number): Promise<{ done: Deed[], begun: Deed | undefined }> {
  const report = openSync(`${file}.report`, 'w+')   // what is written to a file outlives the writer, as in the database
  try {
    const child = spawn(process.execPath, [join(__dirname, 'writer.js'), file, String(seed), String(driver)], { stdio: ['ignore', report, 'inherit'] })
    // Every fourth is killed while it starts, the others once they have begun to write, however slow the machine is.
    const begun = setInterval(() => {
      if (wait % 4 !== 0 && fstatSync(report).size === 0) return
      clearInterval(begun)
      setTimeout(() => child.kill('SIGKILL'), wait)
    }, 2)
    await once(child, 'exit')
    clearInterval(begun)
    if (child.signalCode !== 'SIGKILL') throw new Error(`the writer ended by itself: ${child.exitCode}`)
    const done: Deed[] = []
    let at: Deed | undefined
    for (const line of readFileSync(`${file}.report`, 'utf8').split('\n').slice(0, -1)) {
      if (line === '<') {
        done.push(at!)
        at = undefined
      } else at = JSON.parse(line) as Deed
    }
    return { done, begun: at }
  } finally {
    closeSync(report)
  }
}

/** Kills a writer `kills` times on one database; throws at the first difference. Gives the number of deeds reported. */
export async function crash (file: string, kills: number, driver: Driver, seed = Date.now()): Promise<number> {
  let files: Files = new Map()
  let deeds = 0
  for (let i = 0; i < kills; i++) {
    const { done, begun } = await run(file, seed + i, driver, 40 + ((seed + i) * 7919) % 260)
    const where = `kill ${i + 1} (seed ${seed}) after ${done.length} deeds`
    deeds += done.length
    for (const deed of done) files = after(files, deed)
    using fs = new SqliteProvider(file, { driver })
    const found: Files = new Map(fs.names(1).map((name) => [name, Buffer.from(fs.view(fs.lookup(1, name)!.node))]))
    const expected = [files, ...begun === undefined ? [] : [after(files, begun)]].map(summary)
    if (!expected.includes(summary(found))) throw new Error(`${where}: found ${summary(found)}, not ${expected.join(' or ')}`)
    const { ok, problems } = fs.check()
    if (!ok) throw new Error(`${where}: ${JSON.stringify(problems)}`)
    if (fs.statvfs().files !== found.size + 1) throw new Error(`${where}: ${fs.statvfs().files} inodes for ${found.size} files`)
    files = found
  }
  return deeds
}
