// The long crash and contention campaigns: `npm run test:crash [KILLS]`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drivers } from '../providers/sqlite-scratch.ts'
import { contend } from './contend.ts'
import { crashInside, tellInside } from './inside.ts'
import { crash } from './kill.ts'
import { storm, stormOnDisk, tellStorm } from './storm.ts'

async function main (kills: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'fsmount-crash-'))
  try {
    for (const processes of [2, 4]) console.log(`the disk: ${tellStorm(await stormOnDisk(join(dir, `storm-${processes}`), processes, 1000))}`)
    for (const driver of drivers) {
      const deeds = await crash(join(dir, `crash-${String(driver)}.db`), kills, driver)
      console.log(`${String(driver)}: ${kills} kills, ${deeds} acknowledged operations, every one whole`)
      console.log(`${String(driver)}: ${tellInside(await crashInside(join(dir, `inside-${String(driver)}.db`), kills, driver))}`)
      for (const processes of [2, 4]) {
        console.log(`${String(driver)}: ${tellStorm(await storm(join(dir, `storm-${String(driver)}-${processes}.db`), processes, 1000, driver))}`)
        const rounds = 500
        await contend(join(dir, `contend-${String(driver)}-${processes}.db`), processes, rounds, driver)
        console.log(`${String(driver)}: ${processes} processes, ${processes * rounds} rounds, nothing lost`)
      }
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const kills = Number(process.argv[2] ?? 100)
if (!(kills >= 1)) throw new Error(`KILLS is a number from 1 on, not ${process.argv[2]}`)   // no kills would lose nothing
void main(kills)
