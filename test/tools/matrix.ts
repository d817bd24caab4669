// Runs the tests on every line of Node that is supported: the packed package and its dependencies are installed into a
// scratch folder by npm running on that line, without a lock file (one lock file holds one SQLite driver, and no driver
// serves all lines), and the same compiled tests run beside it. Prints one table, version by suite.
// `node dist/test/tools/matrix.js [LINE]...`; the Node binaries are kept in ~/.cache/fsmount-matrix.
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRoot } from './files.ts'
import { findNode, npm, runNode } from './nodes.ts'
import type { Tally } from './run.ts'

interface Line { version: string, driver: string, suites: Record<string, Tally>, failed: boolean }

const LINES = ['20', '22', '24', '26']
const root = findRoot()

/** Compiled and plain files that the tests need and a packed package does not carry. */
const BESIDE = ['dist/test', 'dist/fixtures', 'fixtures', 'lib', 'providers', 'loader', 'test', '.ci', 'tsconfig.json', 'README.md']

/** Runs in a child of `node`; what a driver does to its process (13 crashes on Node 20) stays there. */
const DRIVER = `
try {
  new (require('better-sqlite3'))(':memory:').close()
  console.log('better-sqlite3 ' + require('better-sqlite3/package.json').version)
} catch {
  try { require('node:sqlite'); console.log('node:sqlite') } catch { console.log('none') }
}`

/** Installs the packed package on `node` with what its tests need, and puts the tests beside it. */
function install (node: string, tarball: string, dir: string): string {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }
  mkdirSync(dir)
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ private: true, allowScripts: { 'better-sqlite3': true } }))
  const tools = Object.entries(devDependencies).map(([name, range]) => `${name}@${range}`)
  runNode(node, [npm, 'install', '--no-package-lock', '--no-audit', '--no-fund', tarball, ...tools], dir)
  const home = join(dir, 'node_modules', 'fsmount')
  for (const path of BESIDE) if (existsSync(join(root, path))) cpSync(join(root, path), join(home, path), { recursive: true })
  return home
}

/** One line of Node, from its binary to its figures; what goes wrong on the way is said and counts as a failure. */
function testLine (line: string, tarball: string, scratch: string): Line {
  try {
    return testOn(findNode(line), line, tarball, scratch)
  } catch (error) {
    console.log((error as Error).message)
    return { version: line, driver: '-', suites: {}, failed: true }
  }
}

function testOn (node: string, line: string, tarball: string, scratch: string): Line {
  const version = runNode(node, ['-p', 'process.versions.node'], scratch).text.trim()
  console.log(`\n== Node ${version}: install`)
  const home = install(node, tarball, join(scratch, line))
  runNode(node, [join(scratch, line, 'node_modules', '.bin', 'fsmount'), '--version'], scratch)
  const driver = runNode(node, ['--no-warnings', '-e', DRIVER], home, true).text.trim().split('\n').at(-1) || 'crashes'
  console.log(`== Node ${version}: test with ${driver}`)
  const json = join(scratch, `${line}.json`)
  const { text, status } = runNode(node, ['dist/test/tools/run.js', '--json', json], home, true)
  // The runner's summary, and after it what failed in full.
  console.log(text.slice(Math.max(text.search(/^(?:ℹ|#) tests /m), 0)).trimEnd())
  const suites = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) as Record<string, Tally> : {}
  return { version, driver, suites, failed: status !== 0 }
}

/** The table, one row for each suite, and the faults: what failed, and suites that ran no test. */
function report (lines: Line[]): string[] {
  const names = [...new Set(lines.flatMap(({ suites }) => Object.keys(suites)))].sort()
  const faults = lines.filter(({ failed }) => failed).map(({ version }) => `Node ${version}: failed`)
  const cell = ({ version, suites }: Line, name: string): string => {
    const tally = suites[name]
    if (!tally || tally.passed + tally.failed === 0) faults.push(`Node ${version}: no test of ${name} ran`)
    return tally ? `${tally.passed} / ${tally.failed} / ${tally.skipped}` : '-'
  }
  const rows = [
    ['passed / failed / skipped', ...lines.map(({ version }) => version)],
    ...names.map((name) => [name, ...lines.map((line) => cell(line, name))]),
    ['SQLite driver', ...lines.map(({ driver }) => driver)],
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  console.log(`\n${rows.map((row) => row.map((text, column) => text.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n')}\n`)
  return faults
}

function main (args: string[]): void {
  const scratch = mkdtempSync(join(tmpdir(), 'fsmount-matrix-'))
  chmodSync(scratch, 0o755)   // some tests run the package as another user
  try {
    runNode(process.execPath, [npm, 'pack', '--ignore-scripts', '--pack-destination', scratch], root)
    const tarball = join(scratch, readdirSync(scratch).find((name) => name.endsWith('.tgz'))!)
    const faults = report((args.length ? args : LINES).map((line) => testLine(line, tarball, scratch)))
    for (const fault of faults) console.log(fault)
    process.exitCode = faults.length ? 1 : 0
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

main(process.argv.slice(2))
