// Prints a shrunk sequence as a program: lines that a test can paste, with the few words that they need.
import { inspect } from 'node:util'
import { LOOK, type Difference } from './sequence.ts'
import { rows } from './rows.ts'
import type { Step } from './side.ts'
import { source, type Open } from './values.ts'

/** Calls the callback form: the results after the error, or the error thrown. */
export function called (call: (...args: never[]) => unknown, ...args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call(...[...args, (error: unknown, ...results: unknown[]) => { error instanceof Error ? reject(error) : resolve(results[0]) }] as never[])
  })
}

/** The outcome of a call that may throw. */
export async function attempt (call: () => unknown): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    return error
  }
}

/** A text of `size` characters that repeats `unit`. */
export const text = (size: number, unit: string): string => unit.repeat(Math.ceil(size / unit.length)).slice(0, size)

/** Looks at everything below a folder, as the comparison of trees does. */
export function look (fs: typeof import('node:fs'), path: string): void {
  const stats = fs.lstatSync(path)
  if (stats.isSymbolicLink()) fs.readlinkSync(path)
  else if (stats.isFile()) fs.readFileSync(path)
  else for (const name of fs.readdirSync(path)) look(fs, `${path}/${name}`)
}

/** The number of an open file. */
export const fd = (open: Open): number => typeof open === 'object' ? open.fd : open

/** The call of a step as source. */
export function call (step: Step): string {
  const row = rows[step.op]!
  const raw = step.form === 'promise' || step.form === 'handle'
  const args = step.args.map((arg) => source(arg, raw))
  if (row.run !== undefined) return `${row.run.name}(fs, '${step.form}'${args.map((arg) => `, ${arg}`).join('')})`
  if (step.form === 'handle') return `${args[0]!}.${row.handle!}(${args.slice(1).join(', ')})`
  if (step.form === 'promise') return `fs.promises.${step.op}(${args.join(', ')})`
  if (step.form === 'promisified') return `promisify(fs.${step.op})(${args.join(', ')})`
  const name = `fs.${step.op}`.replace(/(\.native)?$/, step.form === 'sync' ? 'Sync$1' : '$1')
  return step.form === 'sync' ? `${name}(${args.join(', ')})` : `${step.callback === undefined ? 'called(' : `calledBack('${step.callback}', `}${[name, ...args].join(', ')})`
}

const shown = (value: unknown): string => inspect(value, { depth: 6, breakLength: 140, maxArrayLength: 30, maxStringLength: 200 })

/** The program of a sequence that differs; `title` says where it comes from. */
export function program (title: string, steps: readonly Step[], difference: Difference): string {
  const lines = steps.map((step) => {
    if (step.op === LOOK.op) return '  look(fs, root) // at the whole tree: lists every folder, reads every file'
    const line = `await attempt(() => ${call(step)})`
    return `  ${step.keep === undefined ? line : `open[${step.keep}] = ${line}`}${step.moves === true ? ' // times are looked at' : ''}`
  })
  return [
    `test('${title}', async () => {`,
    '  // Given: fs and root (an empty folder); const open = []; attempt, called, fd, look, text from test/fuzz/program.ts, the others from the files beside it',
    ...(lines.length > 120 ? [`  // … ${lines.length - 120} steps that could not be shrunk away: see the seed`, ...lines.slice(-120)] : lines),
    `  // ${difference.what}${difference.at}`,
    `  //   expected ${shown(difference.expected).replaceAll('\n', '\n  //     ')}`,
    `  //   got      ${shown(difference.got).replaceAll('\n', '\n  //     ')}`,
    '})'
  ].join('\n')
}
