// Runs every case on every subject. Skips are printed with their reasons.
import fs from 'node:fs'
import { test } from 'node:test'
import { plan } from './runner.ts'
import { subjects } from './subjects.ts'
import * as topics from './topics.ts'

/** `FSMOUNT_SUBJECT` and `FSMOUNT_CASE` narrow a run down to names that contain them. */
const { FSMOUNT_SUBJECT: subjectPart = '', FSMOUNT_CASE: casePart = '' } = process.env

for (const [name, open] of Object.entries(subjects)) {
  if (!name.includes(subjectPart)) continue
  test(name, async t => {
    const subject = open()
    if (typeof subject === 'string') {
      t.skip(subject)
      return
    }
    t.after(() => subject.teardown?.())
    for (const step of plan(subject, topics, fs)) {
      if (!step.name.includes(casePart)) continue
      await t.test(step.name, { skip: step.skip ?? false, timeout: 20_000 }, step.run)
    }
  })
}
