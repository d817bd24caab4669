// Real executables, end to end: `npm run test:sea -- [--check] [LINE]...` builds them on lines of Node (20 and 26 if none is named), from
// a bundle of fsmount and an archive of an app that `fsmount pack` made, copies each to an empty folder and runs it there:
// it must print what the app prints from the disk. Then it looks how long an app of a thousand files takes to its first line, with `--check` also whether that is quick enough.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import fs, { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { furnish } from '../conformance/look.ts'
import { findRoot } from '../tools/files.ts'
import { environment, findNode, runNode } from '../tools/nodes.ts'
import { APP } from './app.ts'
import { build, bundle, installTools } from './build.ts'

const cli = join(findRoot(), 'dist/lib/cli.js')
/** An addon that comes prebuilt, for Node-API, without a script at install. */
const ADDON = '@node-rs/crc32'
/** Times the same app from disk that an executable may take to its first line. */
const TARGET = 1.3
const RUNS = 15

function put (dir: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
}

/** All that goes into the executable, as a folder. */
function stage (tools: string, dir: string): void {
  put(join(dir, 'app'), APP)
  chmodSync(join(dir, 'app/bin/tool'), 0o755)
  symlinkSync('tool', join(dir, 'app/bin/link'))
  for (const name of readdirSync(join(tools, 'node_modules/@node-rs'))) cpSync(join(tools, 'node_modules/@node-rs', name), join(dir, 'app/node_modules/@node-rs', name), { recursive: true })
  mkdirSync(join(dir, 'tree'))
  furnish(fs, join(dir, 'tree'))
}

function run (program: string, args: string[], cwd: string): string {
  const { status, signal, stdout, stderr } = spawnSync(program, args, { cwd, env: { ...environment(process.execPath), NODE_OPTIONS: '--no-warnings' }, encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 120_000 })
  assert.equal(status, 0, `${program} ${signal ?? status}: ${stdout.slice(-2000)}${stderr}`)
  assert.equal(stderr, '')
  return stdout
}

/** Builds the executable and runs it where nothing else is. */
function tryApp (node: string, scratch: string, tools: string): void {
  const folder = join(scratch, 'staged')
  const single = join(scratch, 'single')
  mkdirSync(folder)
  stage(tools, folder)
  put(single, { 'single/one.txt': 'one', 'two.txt': 'two' })
  const main = join(scratch, 'main.cjs')
  const archive = join(scratch, 'fsmount.zip')
  bundle(node, tools, join(findRoot(), 'dist/test/sea/inside.js'), main)
  runNode(node, [cli, 'pack', folder, archive], scratch)
  build(node, tools, main, { 'fsmount.zip': archive, 'single/one.txt': join(single, 'single/one.txt'), 'two.txt': join(single, 'two.txt') }, join(scratch, 'program'))

  cpSync(single, folder, { recursive: true })
  const wanted = run(node, [main, folder], folder)
  const empty = join(scratch, 'empty')
  mkdirSync(empty)
  copyFileSync(join(scratch, 'program'), join(empty, 'program'))
  renameSync(folder, join(scratch, 'gone'))
  renameSync(main, join(scratch, 'gone.cjs'))
  const printed = run(join(empty, 'program'), [], empty)
  const [looked, singles, ...lines] = printed.split('\n')
  const [wantedLook, wantedSingles, ...wantedLines] = wanted.split('\n')
  const [said, oracle] = [JSON.parse(looked!), JSON.parse(wantedLook!)] as Array<Record<string, unknown>>
  for (const key of Object.keys(oracle!)) assert.deepEqual(said![key], oracle![key], key)
  assert.equal(singles, wantedSingles)
  assert.deepEqual(lines, wantedLines)
  assert.ok(lines.length > 15)
  assert.deepEqual(readdirSync(empty), ['program'])
  console.log(`  ${Object.keys(oracle!).length} answers about a tree and ${lines.length - 1} lines of the app are those of the disk`)
}

/** A hundred packages of ten files, of CommonJS or of ES modules. */
function thousand (dir: string, esm: boolean): void {
  const packages = Array.from({ length: 100 }, (_, index) => `package-${index}`)
  const adds = (names: string[]): string => `[${names.join(', ')}].reduce((a, b) => a + b)`
  put(dir, { [esm ? 'main.mjs' : 'main.cjs']: esm
    ? `${packages.map((name, index) => `import { count as c${index} } from '${name}'\n`).join('')}console.log(${adds(packages.map((_, index) => `c${index}`))})\n`
    : `console.log(${adds(packages.map((name) => `require('${name}').count`))})\n` })
  for (const name of packages) {
    const numbers = Array.from({ length: 9 }, (_, index) => index)
    const run = 'function run (value) { return value === undefined ? 1 : value + 1 }'
    const file = `// ${'words '.repeat(40)}\n${esm ? `export const name = '${name}'\nexport ${run}\n` : `exports.name = '${name}'\nexports.run = ${run}\n`}`
    put(join(dir, 'node_modules', name), {
      ...Object.fromEntries(numbers.map((index) => [`lib/file-${index}.js`, file])),
      'package.json': `{"name": "${name}", "type": "${esm ? 'module' : 'commonjs'}", "exports": {".": "./index.js"}}`,
      'index.js': esm
        ? `${numbers.map((index) => `import { run as r${index} } from './lib/file-${index}.js'\n`).join('')}export const count = ${adds(numbers.map((index) => `r${index}()`))}\n`
        : `exports.count = ${adds(numbers.map((index) => `require('./lib/file-${index}.js').run()`))}\n`
    })
  }
}

/** Milliseconds of the clock, and of all processors for children so far (Linux counts them by hundredths of a second). */
function clocks (): { wall: number, cpu: number } {
  const stat = fs.existsSync('/proc/self/stat') ? fs.readFileSync('/proc/self/stat', 'utf8').split(' ') : undefined
  return { wall: performance.now(), cpu: stat === undefined ? Number.NaN : (Number(stat[15]) + Number(stat[16])) * 10 }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

/** The program's first line is its only one. */
function timed (program: string, args: string[], cwd: string): { wall: number, cpu: number } {
  const before = clocks()
  assert.equal(run(program, args, cwd), '900\n')
  const { wall, cpu } = clocks()
  return { wall: wall - before.wall, cpu: cpu - before.cpu }
}

/** Whether executables are quick enough; processor time tells on a busy machine. */
function trySpeed (node: string, scratch: string, tools: string): boolean {
  const ratios: number[] = []
  for (const esm of [true, false]) {
    const entry = esm ? 'main.mjs' : 'main.cjs'
    const [dir, file, script, main, program] = ['files', 'files.zip', 'start.js', 'start.cjs', 'quick'].map((name) => join(scratch, `${esm ? 'esm' : 'cjs'}-${name}`)) as [string, string, string, string, string]
    thousand(dir, esm)
    writeFileSync(script, `require(${JSON.stringify(join(findRoot(), 'dist/lib/index.js'))}).createSEA()\nrequire('node:module').createRequire('/sea/')('./${entry}')\n`)
    bundle(node, tools, script, main)
    runNode(node, [cli, 'pack', '--store', dir, file], scratch)
    build(node, tools, main, { 'fsmount.zip': file }, program)
    const rounds = Array.from({ length: RUNS }, () => [timed(node, [join(dir, entry)], scratch), timed(program, [], scratch)] as const)
    const wall = [0, 1].map((side) => median(rounds.map((round) => round[side]!.wall)))
    const cpu = [0, 1].map((side) => rounds.reduce((sum, round) => sum + round[side]!.cpu, 0) / RUNS)
    ratios.push(Math.min(wall[1]! / wall[0]!, cpu[1]! / cpu[0]!))
    const text = ([disk, sea]: number[]): string => `${sea!.toFixed(0)} ms, ${disk!.toFixed(0)} from the disk: ${(sea! / disk!).toFixed(2)} times`
    console.log(`  1,000 ${esm ? 'ES modules' : 'CommonJS modules'}, start to first line: ${text(wall)}; of processors ${text(cpu)} (target ${TARGET})`)
  }
  return ratios.every((ratio) => ratio <= TARGET)
}

function main (lines: string[], check: boolean): void {
  for (const line of lines) {
    const scratch = mkdtempSync(join(realpathSync(tmpdir()), 'fsmount-sea-'))
    try {
      const node = findNode(line)
      console.log(`Node ${runNode(node, ['-p', 'process.versions.node'], scratch).text.trim()}`)
      const tools = join(scratch, 'tools')
      mkdirSync(tools)
      installTools(node, tools, ADDON)
      tryApp(node, scratch, tools)
      if (!trySpeed(node, scratch, tools) && check) process.exitCode = 1
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  }
}

const args = process.argv.slice(2)
const lines = args.filter((arg) => arg !== '--check')
main(lines.length > 0 ? lines : ['20', '26'], args.includes('--check'))
