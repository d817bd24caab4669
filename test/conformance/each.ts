// Tests of every subject. One that cannot be had on this machine is skipped for the reason that it gives.
import { test, type TestContext } from 'node:test'
import { subjects } from './subjects.ts'
import type { Subject } from './runner.ts'

/** `FSMOUNT_SUBJECT` and `FSMOUNT_CASE` narrow a run down to subjects and cases whose names contain them. */
const { FSMOUNT_SUBJECT: subjectPart, FSMOUNT_CASE: casePart = '' } = process.env

/** Whether a case is to be tried. */
export const isChosen = (name: string): boolean => name.includes(casePart)

export interface Each {
  /** The names of the subjects to try if none is chosen. Default: all. */
  readonly usually?: readonly string[]
  /** A subject that is never tried. */
  readonly except?: string
  /** Why nothing can be said of a subject, if that is so. */
  readonly reason?: (subject: Subject) => string | undefined
}

/** Makes a test of each subject. */
export function testEach ({ usually, except, reason }: Each, run: (t: TestContext, subject: Subject) => Promise<void>): void {
  const missing = usually?.find((name) => !(name in subjects))
  if (missing !== undefined) throw new Error(`there is no subject ${missing}`)
  for (const [name, open] of Object.entries(subjects)) {
    if (name === except || !(subjectPart === undefined ? usually?.includes(name) ?? true : name.includes(subjectPart))) continue
    test(name, async t => {
      const subject = open()
      if (typeof subject === 'string') return t.skip(subject)
      t.after(() => subject.teardown?.())
      const why = reason?.(subject)
      if (why !== undefined) return t.skip(why)
      await run(t, subject)
    })
  }
}
