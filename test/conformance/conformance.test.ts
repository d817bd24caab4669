// Runs every case on every subject. Skips are printed with their reasons.
import fs from 'node:fs'
import { isChosen, testEach } from './each.ts'
import { plan } from './runner.ts'
import * as topics from './topics.ts'

testEach({}, async (t, subject) => {
  for (const step of plan(subject, topics, fs)) {
    if (isChosen(step.name)) await t.test(step.name, { skip: step.skip ?? false, timeout: 20_000 }, step.run)
  }
})
