// A process that is going to be killed inside of a transaction of many changes. Says on stdout `>` when it is inside, and `<`
// when the transaction is over. `node transactor.js DATABASE DRIVER`
import { writeSync } from 'node:fs'
import { create, SqliteProvider } from '../../lib/index.ts'
import type { Driver } from '../../providers/sqlite.ts'
import { noise } from '../providers/sqlite-scratch.ts'

export const ACCOUNTS = 6
/** What all accounts hold together. */
export const MONEY = 600
/** Bytes of the file that each transaction writes anew. */
export const LENGTH = 70_000

function main ([file, driver]: string[]): void {
  using provider = new SqliteProvider(file!, { driver: driver as Driver })
  const fs = create(provider)
  for (let count = fs.readFileSync('/log', 'utf8').length; ; count++) {
    provider.transaction(() => {
      const [here, there] = count % 2 === 0 ? ['a', 'b'] as const : ['b', 'a'] as const
      fs.writeFileSync('/new', 'made and renamed')
      writeSync(1, '>')
      for (let i = 0; i < ACCOUNTS; i++) {
        const [from, to] = [`/account ${i}`, `/account ${(i + 1 + count) % ACCOUNTS}`]
        const sum = 1 + count % 7
        fs.writeFileSync(from, String(Number(fs.readFileSync(from, 'utf8')) - sum))
        fs.writeFileSync(to, String(Number(fs.readFileSync(to, 'utf8')) + sum))
      }
      fs.renameSync(`/${here}/token`, `/${there}/token`)
      fs.rmSync('/noise')
      const fd = fs.openSync('/noise', 'wx')
      const bytes = noise(LENGTH, count + 1)
      for (let at = 0; at < LENGTH; at += 10_000) fs.writeSync(fd, bytes, at, 10_000, at)
      fs.closeSync(fd)
      provider.transaction(() => { fs.linkSync('/noise', '/second') })
      fs.unlinkSync('/second')
      fs.renameSync('/new', '/old')
      fs.appendFileSync('/log', '.')
    })
    writeSync(1, '<')
  }
}

if (require.main === module) main(process.argv.slice(2))
