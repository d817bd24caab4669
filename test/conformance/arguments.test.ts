// The walk: every function that fs and fs/promises of the running Node export, in every form, with wrong arguments in
// each position, on the disk and on subjects that have synchronous functions.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { attempt, callsOf, folders, targets } from './arguments.ts'
import type { Right, Target } from './arguments.ts'
import { isChosen, testEach } from './each.ts'
import type { Outcome } from './outcome.ts'
import type { Subject } from './runner.ts'
import { disk } from './subjects.ts'
import type { Line } from './walker.ts'

const oracle = disk(fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir())

/** The functions of Node itself, read before anything is mounted. */
const all: Target[] = []

/** What the disk says: for each target its right arguments (null if unknown) and the outcome of each call; undefined where Node aborts. */
const answers: Array<{ right: Right | null | undefined, outcomes: Array<Outcome | undefined> }> = []

/** Has the walker walk to the end, and go on behind each call that it did not survive. */
function ask (root: string): void {
  let from = [0, 0]
  for (let life = 0; ; life++) {
    const folder = join(root, String(life))
    fs.mkdirSync(folder)
    const { stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'walker.js'), folder, ...from.map(String)], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    let target = -1
    let call = -1
    for (const text of stdout.split('\n').slice(0, -1)) {
      const line = JSON.parse(text) as Line
      if ('end' in line) return
      if ('target' in line) {
        target = line.target
        call = -1
        answers[target] ??= { right: undefined, outcomes: [] }
      } else if ('right' in line) answers[target]!.right = line.right
      else if ('call' in line) call = line.call
      else answers[target]!.outcomes[call] = line.outcome
    }
    assert.ok(target >= 0, `the walker did not begin: ${stderr}`)
    from = answers[target]!.right === undefined ? [target + 1, 0] : [target, call + 1]
  }
}

test('the disk answers to right and wrong arguments of every function', { skip: typeof oracle === 'string' ? oracle : false }, async t => {
  assert.ok(typeof oracle !== 'string')
  ask(oracle.root)
  all.push(...await targets(fs))
  const unknown = all.filter((_, i) => answers[i]?.right === null).map(({ name, parameters }) => `${name}(${parameters.join(', ')})`)
  assert.deepEqual(unknown, [], 'functions with parameters that are not known here')
  for (const [i, target] of all.entries()) {
    const { right } = answers[i]!
    if (right === undefined) t.diagnostic(`Node ${process.versions.node} aborts: ${target.name}, whatever it is given`)
    for (const [index, { what }] of callsOf(target, right ?? []).entries()) {
      if (answers[i]!.outcomes[index] === undefined) t.diagnostic(`Node ${process.versions.node} aborts: ${target.name}, ${what}`)
    }
  }
})

/** Arguments are looked at above all providers: one is enough, in each way that it is reached. */
const each = {
  usually: ['node:fs on tmpfs', 'memory', 'memory through fs', 'memory overlay through fs'],
  except: 'node:fs',
  reason: ({ forms }: Subject) => typeof oracle === 'string' ? oracle : forms !== undefined ? 'there are no synchronous functions to prepare each call with' : undefined
}

testEach(each, async (t, subject) => {
  const folder = folders(subject.fs, subject.root)
  process.chdir((oracle as Subject).root)
  for (const [i, target] of all.entries()) {
    if (!isChosen(target.name)) continue
    await t.test(`${target.name} (${target.form})`, { timeout: 60_000 }, async test => {
      const { right, outcomes } = answers[i]!
      const [theirs, ours]: Array<Record<string, unknown>> = [{}, {}]
      for (const [index, call] of callsOf(target, right ?? []).entries()) {
        const expected = outcomes[index]
        if (expected === undefined) continue   // Node aborted, as the first test says
        const found = JSON.parse(JSON.stringify(await attempt(target, subject.fs, folder(), call, expected.moment === 'uncaught' ? 2000 : 5))) as Outcome
        if (found.fields?.code === 'ERR_METHOD_NOT_IMPLEMENTED') {
          test.skip(`there is no such function here, as it says itself: ${String(found.fields.message)}`)
          return
        }
        if (isDeepStrictEqual(found, expected)) continue
        theirs![call.what] = expected   // reported below, all at once
        ours![call.what] = found
      }
      assert.deepEqual(ours, theirs)
    })
  }
})

after(() => {
  process.chdir('/')
  // Node leaves a watcher running when it refuses its listener, on the disk as well: let the process end
  const { _getActiveHandles: active } = process as unknown as { _getActiveHandles: () => Array<{ close: () => void }> }
  for (const handle of active()) if (/^FS(Event|Watcher)$/.test(handle.constructor.name)) handle.close()
  if (typeof oracle !== 'string') oracle.teardown?.()
})
