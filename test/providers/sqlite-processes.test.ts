// Processes that are killed while they write, and processes that write at the same time. The long form of both is
// `npm run test:crash`.
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { test } from 'node:test'
import { contend } from '../crash/contend.ts'
import { crash } from '../crash/kill.ts'
import { drivers, scratch } from './sqlite-scratch.ts'

const dir = scratch()

for (const driver of drivers) {
  test(`10 kills leave every acknowledged write of ${String(driver)}`, async () => {
    const deeds = await crash(join(dir, `crash-${String(driver)}.db`), 10, driver)
    console.log(`${String(driver)}: 10 kills, ${deeds} acknowledged operations, every one whole`)
    assert.ok(deeds > 50, `only ${deeds} operations were acknowledged`)
  })

  for (const processes of [2, 4]) {
    test(`${processes} processes lose nothing on ${String(driver)}`, async () => {
      const results = await contend(join(dir, `contend-${String(driver)}-${processes}.db`), processes, 60, driver)
      console.log(`${String(driver)}: ${results.map((result) => JSON.stringify(result)).join(' ')}`)
    })
  }
}
