// Kills a process inside of its transactions, and looks at what is left: all of a transaction is there or nothing of it, and
// all of those that it had reported.
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { create } from '../../lib/index.ts'
import { SqliteProvider } from '../../providers/sqlite.ts'
import type { Driver } from '../../providers/sqlite.ts'
import { noise } from '../providers/sqlite-scratch.ts'
import { ACCOUNTS, LENGTH, MONEY } from './transactor.ts'

/** What came of it: how many kills hit a transaction that was under way, how many of those had happened all the same, and transactions reported. */
export interface Inside { inside: number, whole: number, reported: number }

/** Kills a transactor `kills` times on one database; throws at the first half of a transaction. */
export async function crashInside (file: string, kills: number, driver: Driver): Promise<Inside> {
  const result: Inside = { inside: 0, whole: 0, reported: 0 }
  {
    using provider = new SqliteProvider(file, { driver })
    const fs = create(provider)
    for (let i = 0; i < ACCOUNTS; i++) fs.writeFileSync(`/account ${i}`, String(MONEY / ACCOUNTS))
    fs.writeFileSync('/a/token', 'token')
    fs.mkdirSync('/b')
    for (const name of ['log', 'old']) fs.writeFileSync(`/${name}`, '')
    fs.writeFileSync('/noise', noise(LENGTH, 0))
  }
  for (let kill = 0, count = 0; kill < kills; kill++) {
    const said = await run(file, driver, 1 + kill % 9, kill % 4)
    const reported = said.split('<').length - 1
    const inside = said.endsWith('>')
    using provider = new SqliteProvider(file, { driver })
    const happened = look(provider) - count
    assert.ok(happened === reported || (inside && happened === reported + 1), `kill ${kill + 1}: ${reported} transactions were reported, ${happened} happened`)
    count += happened
    result.reported += reported
    if (inside) result.inside++
    if (happened > reported) result.whole++
  }
  return result
}

/** Starts a transactor and kills it some milliseconds after it was inside of its transaction number `last`. */
async function run (file: string, driver: Driver, last: number, wait: number): Promise<string> {
  const child = spawn(process.execPath, ['--no-warnings', join(__dirname, 'transactor.js'), file, String(driver)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.split('>').length <= last) return
    if (wait === 0) child.kill('SIGKILL')
    else setTimeout(() => child.kill('SIGKILL'), wait)
  })
  await once(child, 'close')
  if (child.signalCode !== 'SIGKILL') throw new Error(`the transactor ended by itself: ${child.exitCode}`)
  return said
}

/** Throws for half a transaction; gives how many there were. */
function look (provider: SqliteProvider): number {
  const fs = create(provider)
  const count = fs.readFileSync('/log', 'utf8').length
  let money = 0
  for (let i = 0; i < ACCOUNTS; i++) money += Number(fs.readFileSync(`/account ${i}`, 'utf8'))
  assert.equal(money, MONEY)
  assert.deepEqual([fs.readdirSync('/a'), fs.readdirSync('/b')], count % 2 === 0 ? [['token'], []] : [[], ['token']])
  assert.ok(fs.readFileSync('/noise').equals(noise(LENGTH, count)))
  assert.equal(fs.statSync('/noise').nlink, 1)
  assert.deepEqual(fs.readdirSync('/').filter((name) => !name.startsWith('account')), ['a', 'b', 'log', 'noise', 'old'])
  assert.equal(fs.readFileSync('/old', 'utf8'), count === 0 ? '' : 'made and renamed')
  assert.deepEqual(provider.check(), { ok: true, problems: [] })
  assert.equal(provider.statvfs().files, 1 + 2 + 1 + ACCOUNTS + 3)
  return count
}

/** What it came to, in a line. */
export const tellInside = ({ inside, whole, reported }: Inside): string =>
  `${inside} kills inside of a transaction, ${whole} of them had happened, ${inside - whole} left nothing; ${reported} reported, every one whole`
