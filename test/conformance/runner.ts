// Turns a subject and topics into a plan of steps, which any test runner can carry out. Knows no test runner and keeps
// no state of its own, so that it serves other people's back ends as well.
import { complete } from './cases.ts'
import type { Case, Ground, Topic } from './cases.ts'
import { drive } from './driver.ts'
import type { Form, Fs } from './driver.ts'

/** A file system to be tried. */
export interface Subject {
  readonly name: string
  /** Functions shaped like `node:fs`; may change when `settle` was called. */
  readonly fs: Fs
  /** An existing, writable, empty folder: the path below which everything happens. */
  readonly root: string
  /** Forms that the subject has, if not all. */
  readonly forms?: readonly Form[]
  /** Cases that do not hold for it, by `topic: name`, each with a reason that a stranger accepts. */
  readonly skips?: Readonly<Record<string, string>>
  /** Its names are text: others are refused with EILSEQ. */
  readonly textNames?: boolean
  /** Called by cases before they look at what they did: reopen, flush. */
  settle? (): Promise<void> | void
  /** Removes all that the subject holds. */
  teardown? (): Promise<void> | void
}

/** One case on one subject, in all of its forms. */
export interface Step {
  readonly name: string
  /** The reason for not running it. */
  readonly skip?: string
  run (): Promise<void>
}

/** The steps of all cases of all topics on a subject. `node` is the running Node's own `fs`, asked for what exists. */
export function plan (subject: Subject, topics: Readonly<Record<string, Topic>>, node: Fs): Step[] {
  const steps: Step[] = []
  const unknown = new Set(Object.keys(subject.skips ?? {}).filter(name => !name.startsWith('errors: ')))
  const folder = counter(subject)
  for (const [topic, cases] of Object.entries(topics)) {
    for (const [title, made] of Object.entries(cases)) {
      const name = `${topic}: ${title}`
      unknown.delete(name)
      const one = complete(made)
      const forms = one.forms.filter(form => (subject.forms ?? one.forms).includes(form))
      const skip = subject.skips?.[name] ?? missing(one, node) ?? (forms.length === 0 ? `no ${one.forms.join(', ')} form` : undefined)
      const run = async (): Promise<void> => { for (const form of forms) await runCase(subject, one, form, await folder()) }
      steps.push(skip === undefined ? { name, run } : { name, skip, run })
    }
  }
  for (const name of unknown) throw new Error(`a skip of '${subject.name}' names no case: '${name}'`)
  return steps
}

function missing (one: Case, node: Fs): string | undefined {
  const absent = one.needs.filter(name => name.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], node) === undefined)
  return absent.length === 0 ? undefined : `Node ${process.versions.node} has no fs.${absent.join(', fs.')}`
}

/** Makes one numbered folder after the other. */
function counter (subject: Subject): () => Promise<string> {
  let count = 0
  return async () => {
    const root = `${subject.root}/${++count}`
    await subject.fs.promises.mkdir(root)
    return root
  }
}

async function runCase (subject: Subject, one: Case, form: Form, root: string): Promise<void> {
  const faults: string[] = []
  const ground: Ground = {
    get fs () { return subject.fs },
    form,
    root,
    on: drive(() => subject.fs, form, fault => { faults.push(fault) }),
    at: (...names) => [root, ...names].join('/'),
    textNames: subject.textNames === true,
    settle: async () => { await subject.settle?.() },
  }
  try {
    await one.body(ground)
  } catch (error) {
    if (error instanceof Error) error.message = `(${form}) ${error.message}`
    throw error
  }
  if (faults.length > 0) throw new Error(`(${form}) ${faults.join('; ')}`)
}
