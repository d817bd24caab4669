// The benchmark itself: how targets are judged, what its clock sees, and that one row runs from end to end.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fresh, measure, median } from './clock.ts'
import { plot, table } from './report.ts'
import { judge, type Row } from './targets.ts'

const row = (name: string, unit: Row['unit'], values: Row['values']): Row => ({ name, unit, values, failed: {} })
const state = (rows: readonly Row[], gate: number): Record<string, string> =>
  Object.fromEntries(judge(rows, gate).map(({ over, state }) => [over?.row ?? over?.subject ?? '', state]))

test('a target is met or missed by the ratio to its peer, times the gate', () => {
  const rows = [row('statSync', 'ns', { real: 1200, 'fsmount mounted': 110, memfs: 220 })]
  assert.deepEqual(state(rows, 1), { real: 'missed', memfs: 'met', 'node:vfs': 'no such peer here', 'node:vfs mounted': 'no such peer here' })
  assert.equal(state(rows, 1.5).real, 'met')
})

test('an overhead is gated by what comes on top', () => {
  const rows = [row('foreign statSync', 'ratio', { 'fsmount mounted': 1.07 })]
  assert.deepEqual(state(rows, 1), { '': 'missed' })
  assert.deepEqual(state(rows, 1.5), { '': 'met' })
  assert.deepEqual(state([row('foreign statSync', 'ratio', { 'fsmount mounted': 1.2 })], 1.5), { '': 'missed' })
})

test('a row that our own column lacks is not met', () => {
  assert.deepEqual(state([row('load', 'ms', { 'node:vfs mounted': 3 })], 1), { '': 'not measured' })
})

test('the median ignores outliers', () => {
  assert.equal(median([5, 1, 1000]), 5)
  assert.equal(median([4, 2]), 3)
})

test('path strings are made anew', () => {
  const make = fresh(['/a/b'])
  assert.deepEqual(make(), ['/a/b'])
  assert.notEqual(make(), make())
})

test('the clock tells ten times the work from one', async () => {
  const work = (times: number) => (paths: readonly string[]) => {
    let sum = 0
    for (let i = 0; i < times * paths.length * 1000; i++) sum = (sum * 31 + i) | 0
    return sum
  }
  const span = { warm: 20, measure: 20 }
  const [one, ten] = [await measure(work(1), () => ['/'], span), await measure(work(10), () => ['/'], span)]
  assert.ok(ten / one > 3, `${one} and ${ten}`)
})

test('the table and the plot show each value that there is', () => {
  const rows = [row('statSync', 'ns', { real: 1200, memfs: 12.34 }), row('load', 'ms', { memfs: 5 })]
  assert.equal(table(rows, ['real', 'fsmount', 'memfs']).split('\n').length, 3)
  assert.match(table(rows, ['real', 'fsmount', 'memfs']), /statSync +ns +1200 +12\.3/)
  const svg = plot(rows, ['real', 'fsmount', 'memfs'], 'a < b')
  assert.match(svg, /^<svg .*<\/svg>\n$/s)
  assert.match(svg, /a &lt; b/)
  assert.equal(svg.match(/<rect x="190"/g)?.length, 2)
})

test('one row runs from end to end and is written as JSON and SVG', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fsmount-bench-test-'))
  try {
    const [json, svg] = [join(folder, 'out.json'), join(folder, 'out.svg')]
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'bench.js'), '--only', 'existsSync hit', '--rounds', '1', '--json', json, '--svg', svg], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    const { rows } = JSON.parse(readFileSync(json, 'utf8')) as { rows: Row[] }
    const { real, memfs } = rows.find(({ name }) => name === 'existsSync hit')!.values
    assert.ok(real! > 0 && memfs! > 0, stdout)
    assert.match(readFileSync(svg, 'utf8'), /memfs/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
