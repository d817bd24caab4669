// The walk: every function that fs and fs/promises of the running Node export, in every form, with wrong arguments in
// each position, on the disk and on subjects that have synchronous functions.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { attempt, callsOf, folders, targets } from './arguments.ts'
import type { Right, Target } from './arguments.ts'
import type { Outcome } from './outcome.ts'
import { disk, subjects } from './subjects.ts'
import type { Line } from './walker.ts'

/** `FSMOUNT_SUBJECT` names the subjects to walk; `FSMOUNT_CASE` narrows down to functions whose name contains it. */
const { FSMOUNT_SUBJECT: subjectPart = 'node:fs', FSMOUNT_CASE: casePart = '' } = process.env

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

for (const [name, open] of Object.entries(subjects)) {
  if (!name.includes(subjectPart) || name === 'node:fs') continue   // a second disk says nothing new about arguments
  test(name, async t => {
    const subject = open()
    if (typeof subject === 'string') {
      t.skip(subject)
      return
    }
    t.after(() => subject.teardown?.())
    if (typeof oracle === 'string' || subject.forms !== undefined) {
      t.skip(typeof oracle === 'string' ? oracle : 'there are no synchronous functions to prepare each call with')
      return
    }
    const folder = folders(subject.fs, subject.root)
    process.chdir(oracle.root)
    for (const [i, target] of all.entries()) {
      if (!target.name.includes(casePart)) continue
      const { right, outcomes } = answers[i]!
      await t.test(`${target.name} (${target.form})`, { timeout: 60_000 }, async test => {
        const [theirs, ours]: Array<Record<string, unknown>> = [{}, {}]
        for (const [index, call] of callsOf(target, right ?? []).entries()) {
          const expected = outcomes[index]
          if (expected === undefined) continue
          const found = JSON.parse(JSON.stringify(await attempt(target, subject.fs, folder(), call, expected.moment === 'uncaught' ? 2000 : 5))) as unknown
          if ((found as Outcome).fields?.code === 'ERR_METHOD_NOT_IMPLEMENTED') {
            test.skip(String((found as Outcome).fields!.message))   // says so itself, clearly
            return
          }
          try {
            assert.deepEqual(found, expected)
          } catch {
            theirs![call.what] = expected   // reported below, all at once
            ours![call.what] = found
          }
        }
        assert.deepEqual(ours, theirs)
      })
    }
  })
}

after(() => {
  process.chdir('/')
  // Node leaves a watcher running when it refuses its listener, on the disk as well: let the process end
  const { _getActiveHandles: active } = process as unknown as { _getActiveHandles: () => Array<{ close: () => void }> }
  for (const handle of active()) if (/^FS(Event|Watcher)$/.test(handle.constructor.name)) handle.close()
  if (typeof oracle !== 'string') oracle.teardown?.()
})
