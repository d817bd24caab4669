// The command: npm run fuzz -- --ops N --seed S --subject X [--oracle DIR] [--without OP,OP] [--findings N] [--odd] [--user]
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { campaign } from './campaign.ts'
import { furnished, pair } from './pair.ts'
import { real } from './side.ts'
import { subjects, type Subject } from './subjects.ts'

const { values } = parseArgs({
  options: {
    ops: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 0x100000000) },
    subject: { type: 'string', default: subjects.map(({ name }) => name).join() },
    oracle: { type: 'string', default: tmpdir() },
    without: { type: 'string', default: '' },
    findings: { type: 'string', default: '1' },
    /** Draws arguments, options and callbacks of unusual shapes as well. */
    odd: { type: 'boolean', default: false },
    /** As an ordinary user, in a tree of which parts belong to others. */
    user: { type: 'boolean', default: false },
    /** Set for the process that turns into the user. */
    become: { type: 'boolean', default: false }
  }
})

/** The user without rights, as on most systems. */
const NOBODY = 65534

async function explore (subject: Subject): Promise<void> {
  const kinds = new Set<string>()
  let [seed, left] = [Number(values.seed) >>> 0, Number(values.ops)]
  const [begin, wanted] = [Date.now(), left]
  const without = values.without.split(',')
  let pairs = () => pair(subject, values.oracle) as ReturnType<typeof pair> | undefined
  if (values.become) {
    const made = furnished(subject, values.oracle, NOBODY, 200 + Math.ceil(wanted / 100))
    pairs = () => made.pop()
    process.setgroups!([])
    process.setgid!(NOBODY)
    process.setuid!(NOBODY)
  }
  console.log(`# ${subject.name} against ${values.oracle} as user ${process.getuid?.() ?? '?'}: ${wanted} operations, seed ${seed}, Node ${process.version}`)
  while (left > 0) {
    const { ops, next, finding } = await campaign({ subject, ops: left, seed, pairs, without, odd: values.odd, known: kinds })
    left -= ops
    seed = next
    if (finding === undefined) break
    process.exitCode = 1
    if (!kinds.has(finding.kind)) console.log(finding.program)
    kinds.add(finding.kind)
    if (kinds.size >= Number(values.findings)) break
  }
  const seconds = (Date.now() - begin) / 1000
  console.log(`# ${wanted - left} operations in ${seconds.toFixed(1)} s (${Math.round((wanted - left) / seconds)} a second), ${kinds.size} kinds of difference`)
}

/** Runs each subject in a process of its own that begins as root and becomes an ordinary user; root removes what is left. */
function asUser (chosen: readonly Subject[]): void {
  for (const { name } of chosen) {
    const folder = real.mkdtempSync(join(values.oracle, 'fsmount-fuzz-user-'))
    real.chmodSync(folder, 0o755)
    try {
      const options = ['ops', 'seed', 'without', 'findings'] as const
      const { status } = spawnSync(process.execPath, [__filename, '--become', '--subject', name, '--oracle', folder, ...options.map((key) => `--${key}=${values[key]}`), ...values.odd ? ['--odd'] : []], { stdio: 'inherit' })
      if (status !== 0) process.exitCode = 1
    } finally {
      real.rmSync(folder, { recursive: true, force: true })
    }
  }
}

async function main (): Promise<void> {
  const chosen = values.subject.split(',').map((name) => {
    const subject = subjects.find((each) => each.name === name)
    if (subject === undefined) throw new Error(`No subject ${name}: ${subjects.map(({ name }) => name).join(', ')}`)
    return subject
  })
  // Who is not root is an ordinary user already.
  if (values.user && process.getuid?.() === 0) return asUser(chosen)
  for (const subject of chosen) await explore(subject)
}

void main()
