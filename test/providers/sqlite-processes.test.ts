// Processes that are killed while they write, and processes that write at the same time. The long form of both is
// `npm run test:crash`.
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { test } from 'node:test'
import { contend } from '../crash/contend.ts'
import { crashInside, tellInside } from '../crash/inside.ts'
import { crash } from '../crash/kill.ts'
import { storm, stormOnDisk, tellStorm } from '../crash/storm.ts'
import { drivers, scratch } from './sqlite-scratch.ts'

const dir = scratch()

test('2 processes that rename the same files lose nothing on the disk, the oracle', async () => {
  console.log(`the disk: ${tellStorm(await stormOnDisk(join(dir, 'storm'), 2, 100))}`)
})

for (const driver of drivers) {
  test(`10 kills leave every acknowledged write of ${String(driver)}`, async () => {
    const deeds = await crash(join(dir, `crash-${String(driver)}.db`), 10, driver)
    console.log(`${String(driver)}: 10 kills, ${deeds} acknowledged operations, every one whole`)
    assert.ok(deeds > 50, `only ${deeds} operations were acknowledged`)
  })

  test(`10 kills inside of transactions leave all or nothing of each of ${String(driver)}`, async () => {
    const result = await crashInside(join(dir, `inside-${String(driver)}.db`), 10, driver)
    console.log(`${String(driver)}: ${tellInside(result)}`)
    assert.ok(result.inside > 0, 'no kill hit a transaction')
  })

  test(`2 processes that rename the same files lose nothing on ${String(driver)}`, async () => {
    const results = await storm(join(dir, `storm-${String(driver)}.db`), 2, 100, driver)
    console.log(`${String(driver)}: ${tellStorm(results)}`)
    assert.ok(results.some(({ moved }) => moved > 0))
  })

  for (const processes of [2, 4]) {
    test(`${processes} processes lose nothing on ${String(driver)}`, async () => {
      const results = await contend(join(dir, `contend-${String(driver)}-${processes}.db`), processes, 60, driver)
      console.log(`${String(driver)}: ${results.map((result) => JSON.stringify(result)).join(' ')}`)
    })
  }
}
