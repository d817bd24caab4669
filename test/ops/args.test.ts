// Values that are times are those that Node takes for times, and the same ones; what is given in an ordinary way is done
// when it is called for.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'
import { ODD, time } from '../../lib/ops/args.ts'

const { _toUnixTimestamp: secondsOf } = fs as unknown as { _toUnixTimestamp: ((value: unknown) => number) | undefined }

test('times are what Node takes for times', { skip: secondsOf === undefined ? 'this line does not show its conversion' : false }, () => {
  for (const value of [-1, 0, 1.5, '12', ' 12 ', '-3', '', '0x10', 'x', new Date(-5), new Date(NaN), 1n, Infinity, NaN, null, undefined, true, [1], { valueOf: () => 1 }]) {
    const later = Date.now() / 1000
    let expected: number | undefined
    try { expected = secondsOf!(value) } catch {}
    const found = time(value, false) as { ms: number } | typeof ODD
    if (expected === undefined) assert.equal(found, ODD, String(value))
    else if (Number.isNaN(expected)) assert.ok(found !== ODD, String(value))
    else assert.ok(Math.abs((found as { ms: number }).ms / 1000 - expected) < (value === -1 ? 5 : 0.01), `${String(value)} ${JSON.stringify(found)} ${expected} ${later}`)
  }
})

test('a mode as text holds up no call: what is called next finds it done, as it is nearly always on the disk', async () => {
  const vfs = create()
  const ended: Promise<unknown>[] = []
  const call = (start: (callback: (error: Error | null) => void) => void): void => { ended.push(new Promise((resolve) => start(resolve))) }
  call((callback) => vfs.mkdir('/d', '755', callback))
  assert.ok(vfs.existsSync('/d'))
  call((callback) => vfs.mkdir('/deep/er', { recursive: true, mode: '0750' }, callback))
  call((callback) => vfs.chmod('/d', '700', callback))
  assert.equal(vfs.statSync('/d').mode & 0o777, 0o700)
  call((callback) => vfs.open('/d/f', 'w', '600', (error, fd) => { vfs.closeSync(fd); callback(error) }))
  assert.equal(vfs.statSync('/d/f').mode & 0o777, 0o600)
  assert.deepEqual(await Promise.all(ended), ended.map(() => null))
  assert.equal(vfs.statSync('/deep/er').mode & 0o777, 0o750)
  const unfit: unknown[] = ['', '8', '0o7', ' 7', '-1', '40000000000', '7'.repeat(400)]
  for (const mode of unfit) assert.throws(() => vfs.chmodSync('/d', mode as string), { code: /^ERR_(?:INVALID_ARG_VALUE|OUT_OF_RANGE)$/ }, String(mode))
})
