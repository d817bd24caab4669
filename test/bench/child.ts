// The process of one measurement: child.js TASK SUBJECT OPTIONS prints the result as JSON on its last line.
import { measureCalls } from './calls.ts'
import { used, type Span } from './clock.ts'
import { measureForeign, measureMounts } from './foreign.ts'
import { measureCycles, measureLoad, measureMemory } from './memory.ts'
import { measureGraph, type Kind } from './modules.ts'
import { measureSandbox } from './sandbox.ts'
import { measureSqlite } from './sqlite.ts'
import { subjects, type Subject } from './subjects.ts'

/** Options of a task. */
export interface Options { readonly wanted: string, readonly span: Span, readonly count: number }

type Task = (subject: Subject, options: Options) => unknown

/** What a process can be asked for. */
const tasks: Readonly<Record<string, Task>> = {
  calls: (subject, { wanted, span }) => measureCalls(subject, wanted, span),
  foreign: (subject, { span }) => measureForeign(subject, 'plain', span),
  overlay: (subject, { span }) => measureForeign(subject, 'overlay', span),
  mounts: (subject, { span }) => measureMounts(subject, span),
  memory: (subject, { count }) => measureMemory(subject, count),
  cycles: (subject, { count }) => measureCycles(subject, count),
  sandbox: (subject, { span }) => measureSandbox(subject, span),
  graph: (subject, { wanted }) => measureGraph(subject, wanted as Kind),
  sqlite: (_subject, { count }) => measureSqlite(count),
  load: (subject) => measureLoad(subject)
}

async function main ([task, name, options]: string[]): Promise<void> {
  const subject = subjects.find((each) => each.name === name)!
  const result = await tasks[task!]!(subject, JSON.parse(options!) as Options)
  console.log(`\n${JSON.stringify({ result, used: used() })}`)
}

void main(process.argv.slice(2))
