// The benchmark: npm run bench -- [--check] [--gate=N] [--json FILE] [--svg FILE] [--only ROW] [--rounds N]
// All subjects side by side in one run, in turn, each in a process of its own; medians of the rounds.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { calls, type Costs } from './calls.ts'
import type { Options } from './child.ts'
import { median } from './clock.ts'
import type { Ratios } from './foreign.ts'
import type { Once } from './memory.ts'
import { plot, table, verdict } from './report.ts'
import { subjects, type Subject } from './subjects.ts'
import { judge, type Row } from './targets.ts'

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    gate: { type: 'string', default: '1' },
    json: { type: 'string' },
    svg: { type: 'string' },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' }
  }
})

const GIB = 1024 ** 3
const SPAN = { warm: 60, measure: 60 }

/** Runs a task in a fresh process; undefined, with the reason on stderr, when it fails. */
function ask (task: string, subject: Subject, options: Partial<Options> = {}): unknown {
  const all = { wanted: '', span: SPAN, count: 0, ...options }
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--no-warnings', ...subject.flags ?? [], join(__dirname, 'child.js'), task, subject.name, JSON.stringify(all)],
    { encoding: 'utf8', timeout: 600_000, maxBuffer: 1 << 28 })
  try {
    return (JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { result: unknown }).result
  } catch {
    console.error(`${subject.name}: ${task} failed: ${stderr.split('\n').find((line) => line.includes('Error')) ?? stderr.slice(0, 200)}`)
    return undefined
  }
}

/** Rows under way: all samples by row and subject. */
class Samples {
  readonly #rows = new Map<string, { unit: Row['unit'], samples: Record<string, number[]>, failed: Record<string, string> }>()

  #row (name: string, unit: Row['unit']): { samples: Record<string, number[]>, failed: Record<string, string> } {
    let row = this.#rows.get(name)
    if (row === undefined) this.#rows.set(name, row = { unit, samples: {}, failed: {} })
    return row
  }

  add (name: string, unit: Row['unit'], subject: string, value: number): void { (this.#row(name, unit).samples[subject] ??= []).push(value) }
  fail (name: string, unit: Row['unit'], subject: string, reason: string): void { this.#row(name, unit).failed[subject] = reason }

  rows (): Row[] {
    return [...this.#rows].map(([name, { unit, samples, failed }]) =>
      ({ name, unit, failed, values: Object.fromEntries(Object.entries(samples).map(([subject, list]) => [subject, median(list)])) }))
  }
}

/** A part of the benchmark: which of its rows are wanted, how often it is asked, and what it adds. */
interface Part { readonly names: readonly string[], readonly rounds: number, ask (subject: Subject, samples: Samples): void }

const rounds = Number(values.rounds)
const mountable = (subject: Subject): boolean => subject.make !== undefined

function ratios (task: string, prefix: string, takes = mountable): Part['ask'] {
  return (subject, samples) => {
    if (!takes(subject)) return
    const found = ask(task, subject) as Ratios | undefined
    for (const [name, value] of Object.entries(found ?? {})) samples.add(prefix + name, 'ratio', subject.name, value)
  }
}

/** Rows of what a program pays once. */
const ONCE = { 'load': 'load', 'first create + write': 'create', 'first mount': 'mount', 'first read': 'read' } as const

const parts: readonly Part[] = [
  {
    names: calls.map(({ name }) => name),
    rounds,
    ask (subject, samples) {
      const wanted = calls.some(({ name }) => name.includes(values.only)) ? values.only : ''
      const costs = ask('calls', subject, { wanted }) as Costs | undefined
      for (const [name, cost] of Object.entries(costs ?? {})) {
        if ('failed' in cost) {
          samples.fail(name, 'ns', subject.name, cost.failed)
          continue
        }
        samples.add(name, 'ns', subject.name, cost.fresh)
        samples.add(`${name} (same string)`, 'ns', subject.name, cost.same)
      }
    }
  },
  { names: ['foreign'], rounds, ask: ratios('foreign', 'foreign ') },
  { names: ['overlay'], rounds, ask: (subject, samples) => { if (!subject.name.startsWith('node:')) ratios('overlay', 'overlay ')(subject, samples) } },
  { names: ['sandbox'], rounds, ask: (subject, samples) => { if (subject.name.startsWith('fsmount')) ratios('sandbox', 'sandbox ', () => true)(subject, samples) } },
  {
    names: ['1,000 modules'],
    rounds: rounds * 2 - 1,
    ask (subject, samples) {
      if (subject.name !== 'real' && subject.name !== 'fsmount mounted') return
      for (const kind of ['CommonJS', 'ESM']) {
        const took = ask('graph', subject, { wanted: kind }) as number | undefined
        if (took !== undefined) samples.add(`1,000 modules, ${kind}`, 'ms', subject.name, took)
      }
    }
  },
  {
    names: ['SQLite'],
    rounds: 1,
    ask (subject, samples) {
      if (subject.name !== 'fsmount') return
      const found = ask('sqlite', subject, { count: GIB }) as Ratios | undefined
      for (const [name, value] of Object.entries(found ?? {})) samples.add(`SQLite ${name}`, name.endsWith('MiB') ? 'MiB' : 'ratio', subject.name, value)
    }
  },
  { names: ['1,000 mounts'], rounds: Math.min(3, rounds), ask: ratios('mounts', '1,000 mounts: ') },
  {
    names: Object.keys(ONCE),
    rounds: rounds * 2 - 1,
    ask (subject, samples) {
      if (!mountable(subject)) return
      const found = ask('load', subject) as Once | undefined
      if (found === undefined) return
      for (const [name, part] of Object.entries(ONCE)) samples.add(name, 'ms', subject.name, found[part])
    }
  },
  {
    names: ['memory per file'],
    rounds: 1,
    ask (subject, samples) {
      if (mountable(subject) || subject.name === 'real') return
      const found = ask('memory', subject, { count: 1_000_000 }) as number | undefined
      if (found !== undefined) samples.add('memory per file', 'bytes', subject.name, found)
    }
  },
  {
    names: ['heap left per mount cycle'],
    rounds: 1,
    ask (subject, samples) {
      if (!mountable(subject)) return
      const found = ask('cycles', subject, { count: 10_000 }) as number | undefined
      if (found !== undefined) samples.add('heap left per mount cycle', 'bytes', subject.name, found)
    }
  }
]

function main (): void {
  const present = subjects.filter((subject) => {
    const reason = subject.lacks()
    if (reason !== undefined) console.log(`# without ${subject.name}: ${reason}`)
    return reason === undefined
  })
  const samples = new Samples()
  const wanted = parts.filter(({ names }) => names.some((name) => name.includes(values.only)))
  for (let round = 0; round < Math.max(...wanted.map(({ rounds }) => rounds)); round++) {
    for (const part of wanted) if (round < part.rounds) for (const subject of present) part.ask(subject, samples)
  }
  const rows = samples.rows()
  const names = subjects.map(({ name }) => name)
  const machine = `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, medians of ${rounds} rounds`
  console.log(`# ${machine}\n${table(rows, names)}`)
  const standings = judge(rows, Number(values.gate))
  console.log(`\n${verdict(standings)}`)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, gate: Number(values.gate), rows, targets: standings }, null, 2)}\n`)
  if (values.svg !== undefined) writeFileSync(values.svg, plot(rows, names, machine))
  if (values.check && standings.some(({ state }) => state === 'missed' || state === 'not measured')) process.exitCode = 1
}

main()
