// One of several processes that work on the same SQLite file system at the same time.
// `node contender.js DATABASE ID PROCESSES ROUNDS DRIVER`; prints what it did as JSON.
import { create, SqliteProvider } from '../../lib/index.ts'
import type { Driver } from '../../providers/sqlite.ts'
import { FILE, FOLDER, codeOf, put } from '../providers/sqlite-scratch.ts'

/** What a contender did. */
export interface Result { appended: number, counted: number, won: number, moved: number }

/** A line of the log: its length says who wrote it, and a torn line would show. */
export const lineOf = (id: number, round: number): string => `${id}:${round}:${'x'.repeat(10 + id * 7 + round % 13)}\n`

function main ([file, me, all, rounds, driver]: string[]): void {
  const fs = new SqliteProvider(file!, { driver: driver as Driver, timeout: 60_000 })
  const vfs = create(fs)
  const id = Number(me)
  const result: Result = { appended: 0, counted: 0, won: 0, moved: 0 }
  const log = fs.lookup(1, 'log')!.node
  const counter = fs.lookup(1, 'counter')!.node
  put(fs, 1, `ready ${id}`, '')
  while (fs.names(1).filter((name) => name.startsWith('ready')).length < Number(all));   // begin together
  for (let round = 0; round < Number(rounds); round++) {
    fs.write(log, Buffer.from(lineOf(id, round)), -1)
    result.appended++
    fs.transaction(() => {
      const count = Number(Buffer.from(fs.view(counter)).toString())
      fs.replace(counter, Buffer.from(String(count + 1)))
    })
    result.counted++
    // The same name for all: one makes it.
    const made = codeOf(() => fs.mknod(1, `round ${round}`, FILE, 0, 0))
    if (made === undefined) result.won++
    else if (made !== 'EEXIST') throw new Error(`mknod: ${made}`)
    // Whoever finds the ball takes it, and puts it back under its name in another folder.
    for (const [from, to] of [['a', 'b'], ['b', 'a']] as const) {
      const [source, target] = [fs.lookup(1, from)!.node, fs.lookup(1, to)!.node]
      const code = codeOf(() => fs.renameat(source, 'ball', target, 'ball'))
      if (code === undefined) result.moved++
      else if (code !== 'ENOENT') throw new Error(`rename: ${code}`)
    }
    // A file of its own, replaced; once it is open it stays what it is, whoever removes it.
    const node = put(fs, 1, `own ${id}`, `${round}`)
    const opened = codeOf(() => fs.pin(node, 0))
    if (opened === undefined) {
      if (round % 2 === 0) codeOf(() => fs.unlinkat(1, `own ${id}`))
      if (Buffer.from(fs.view(node)).toString() !== `${round}`) throw new Error('an open file changed')
      fs.unpin(node)
    } else if (opened !== 'ENOENT') throw new Error(`open: ${opened}`)
    const other = `own ${(id + 1) % Number(all)}`
    const gone = codeOf(() => fs.unlinkat(1, other))
    if (gone !== undefined && gone !== 'ENOENT') throw new Error(`unlink: ${gone}`)
    // Through the object, whose paths are resolved before the lock is taken: these never fail on a real disk either.
    vfs.writeFileSync(`/shared ${round % 3}`, `${id}`)
    vfs.rmSync(`/shared ${(round + 1) % 3}`, { force: true })
    vfs.mkdirSync(`/deep/${round >> 2}/er`, { recursive: true })
    vfs.appendFileSync('/other log', `${id}\n`)
    // The object makes what is missing above a name, as all others do at this moment.
    vfs.writeFileSync(`/missing ${round}/so far/by ${id}`, '')
    const folder = codeOf(() => fs.mknod(1, 'folder', FOLDER, 0, 0)) ?? codeOf(() => fs.unlinkat(1, 'folder'))
    if (folder !== undefined && !['EEXIST', 'ENOENT'].includes(folder)) throw new Error(`folder: ${folder}`)
  }
  fs.close()
  console.log(JSON.stringify(result))
}

if (require.main === module) main(process.argv.slice(2))
