// Tests that replace the timers of their process do not hold back what fs answers.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { mock, test } from 'node:test'
import { create } from '../../lib/index.ts'

test('answers come while timers are mocked', async () => {
  const vfs = create()
  vfs.writeFileSync('/a', 'x')
  vfs.mount('/fsmount-timers')
  mock.timers.enable({ apis: ['setImmediate', 'setTimeout'] })
  try {
    assert.equal(await fs.promises.readFile('/fsmount-timers/a', 'utf8'), 'x')
    assert.equal(await new Promise((resolve) => { fs.readFile('/fsmount-timers/a', 'utf8', (_, text) => { resolve(text) }) }), 'x')
  } finally {
    mock.timers.reset()
    vfs.unmount()
  }
})
