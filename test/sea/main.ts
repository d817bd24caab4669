// Real executables, end to end: `npm run test:sea [LINE]...` builds them on lines of Node (20 and 26 if none is named), from
// a bundle of fsmount and an archive of an app that `fsmount pack` made, copies each to an empty folder and runs it there:
// it must print what the app prints from the disk. Then it looks how long an app of a thousand files takes to its first line.
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

/** A hundred packages of ten files. */
function thousand (dir: string): void {
  const packages = Array.from({ length: 100 }, (_, index) => `package-${index}`)
  put(dir, { 'main.cjs': `console.log([${packages.map((name) => `require('${name}').count`).join(', ')}].reduce((a, b) => a + b))` })
  for (const name of packages) {
    const files = Array.from({ length: 9 }, (_, index) => [`lib/file-${index}.js`, `// ${'words '.repeat(40)}\nexports.name = '${name}'\nexports.run = function run (value) { return value === undefined ? 1 : value + 1 }\n`])
    put(join(dir, 'node_modules', name), {
      ...Object.fromEntries(files), 'package.json': `{"name": "${name}", "exports": {".": "./index.js"}}`,
      'index.js': `exports.count = 0\n${files.map(([file]) => `exports.count += require('./${file}').run()`).join('\n')}\n`
    })
  }
}

function firstLine (program: string, args: string[], cwd: string): number {
  const begin = process.hrtime.bigint()
  assert.equal(run(program, args, cwd), '900\n')
  return Number(process.hrtime.bigint() - begin) / 1e6
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

function trySpeed (node: string, scratch: string, tools: string): boolean {
  const [dir, file, main, program] = ['thousand', 'thousand.zip', 'start.cjs', 'quick'].map((name) => join(scratch, name)) as [string, string, string, string]
  thousand(dir)
  writeFileSync(join(scratch, 'start.js'), `require(${JSON.stringify(join(findRoot(), 'dist/lib/index.js'))}).createSEA()\nrequire('node:module').createRequire('/sea/')('./main.cjs')\n`)
  bundle(node, tools, join(scratch, 'start.js'), main)
  const figures: number[] = []
  for (const options of [['--store'], []]) {
    runNode(node, [cli, 'pack', ...options, dir, file], scratch)
    build(node, tools, main, { 'fsmount.zip': file }, program)
    const times: Array<[number, number]> = []
    for (let round = 0; round < RUNS; round++) times.push([firstLine(node, [join(dir, 'main.cjs')], scratch), firstLine(program, [], scratch)])
    const [disk, sea] = [median(times.map(([disk]) => disk)), median(times.map(([, sea]) => sea))]
    figures.push(sea / disk)
    console.log(`  1,000 files${options.length > 0 ? ', stored' : ', deflated'}: ${sea.toFixed(0)} ms to the first line, ${disk.toFixed(0)} ms from the disk: ${(sea / disk).toFixed(2)} times (target ${TARGET})`)
  }
  return figures[0]! <= TARGET
}

function main (lines: string[]): void {
  for (const line of lines) {
    const scratch = mkdtempSync(join(realpathSync(tmpdir()), 'fsmount-sea-'))
    try {
      const node = findNode(line)
      console.log(`Node ${runNode(node, ['-p', 'process.versions.node'], scratch).text.trim()}`)
      const tools = join(scratch, 'tools')
      mkdirSync(tools)
      installTools(node, tools, ADDON)
      tryApp(node, scratch, tools)
      if (!trySpeed(node, scratch, tools)) process.exitCode = 1
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  }
}

main(process.argv.length > 2 ? process.argv.slice(2) : ['20', '26'])
