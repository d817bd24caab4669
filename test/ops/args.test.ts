// Values that are times are those that Node takes for times, and the same ones.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { test } from 'node:test'
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
