// Every situation on every subject in every form against the disk, field by field.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { FORMS } from './driver.ts'
import { isChosen, testEach } from './each.ts'
import type { Form } from './driver.ts'
import { situations, tryOut } from './errors.ts'
import type { Situation } from './errors.ts'
import type { Outcome } from './outcome.ts'
import { disk } from './subjects.ts'

/** The faster of the two disks answers; the other is a subject like all. */
const oracle = disk(fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir())

/** What the disk says, asked once for each situation and form. */
const answers = new Map<Situation, Partial<Record<Form, Outcome>>>()

test('the disk fails as the table says', { skip: typeof oracle === 'string' ? oracle : false }, async () => {
  assert.ok(typeof oracle !== 'string')
  const wrong: string[] = []
  let count = 0
  for (const situation of situations) {
    const answer: Partial<Record<Form, Outcome>> = {}
    answers.set(situation, answer)
    for (const form of FORMS) {
      const root = `${oracle.root}/${++count}`
      fs.mkdirSync(root)
      const out = await tryOut(oracle.fs, root, form, situation)
      if (out !== undefined) answer[form] = out
    }
    const outs = Object.values(answer)
    if (!outs.some(out => (out.fields?.code ?? null) === situation[0])) wrong.push(`${situation[1]}: ${JSON.stringify(answer)}`)
  }
  oracle.teardown?.()
  assert.deepEqual(wrong, [])
})

testEach({ reason: () => typeof oracle === 'string' ? oracle : undefined }, async (t, subject) => {
  let count = 0
  for (const situation of situations) {
    const [code, title] = situation
    if (!isChosen(title)) continue
    const skip = subject.skips?.[`errors: ${title}`] ?? false
    await t.test(`${code ?? 'no error'}: ${title}`, { skip, timeout: 20_000 }, async () => {
      for (const form of subject.forms ?? FORMS) {
        const root: string = `${subject.root}/e${++count}`
        await subject.fs.promises.mkdir(root)
        assert.deepEqual({ form, ...await tryOut(subject.fs, root, form, situation) }, { form, ...answers.get(situation)![form] })
      }
    })
  }
})
