// Runs the compiled tests with Node's own runner, and counts per suite. Node 20 takes no glob and later lines take no
// folder, so the files are found here. `node dist/test/tools/run.js [--json FILE] [SUITE or part of a file name]...`
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { filesBelow, findRoot, suiteOf } from './files.ts'

/** What became of the tests of one suite. */
export interface Tally { passed: number, failed: number, skipped: number }

interface TestEvent { name: string, file?: string, skip?: string | boolean, todo?: string | boolean, details?: { type?: string } }

/** A test that hangs must not hang the run. The longest file takes a minute, on a machine with much else to do four. */
const TIMEOUT = 480_000

function main (args: string[]): void {
  const json = args[0] === '--json' ? args.splice(0, 2)[1] : undefined
  const testDir = join(findRoot(), 'dist', 'test')
  const files = filesBelow(testDir, '.test.js').filter((file) =>
    args.length === 0 || args.some((arg) => suiteOf(file, testDir) === arg || relative(testDir, file).includes(arg)))
  if (files.length === 0) {
    console.error('no test file found')
    process.exit(1)
  }
  const suites: Record<string, Tally> = {}
  for (const file of files) suites[suiteOf(file, testDir)] = { passed: 0, failed: 0, skipped: 0 }

  const stream = run({ files, concurrency: availableParallelism(), timeout: TIMEOUT })
  const count = (event: TestEvent, result: 'passed' | 'failed'): void => {
    if (result === 'failed' && !event.todo) process.exitCode = 1
    const file = event.file ?? event.name
    const tally = suites[suiteOf(file, testDir)]
    if (!tally || event.details?.type === 'suite') return
    // A file without a test is reported as a test that passed and bears the file's name: it tested nothing.
    if (result === 'passed' && (event.name === file || files.includes(event.name))) return
    tally[event.skip !== undefined && event.skip !== false ? 'skipped' : result]++
  }
  stream.on('test:pass', (event) => count(event, 'passed'))
  stream.on('test:fail', (event) => count(event, 'failed'))
  stream.on('end', () => {
    const total = Object.values(suites).reduce((sum, { passed, failed, skipped }) =>
      ({ passed: sum.passed + passed, failed: sum.failed + failed, skipped: sum.skipped + skipped }))
    if (json) writeFileSync(json, JSON.stringify(suites))
    process.on('exit', () => process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`))
  })
  stream.compose(new spec()).pipe(process.stdout)
}

main(process.argv.slice(2))
