// The command line: a program that is run from memory does, prints and exits as the same program run by `node` from
// the disk; bad input is one line and exit code 1.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { create, ZipProvider } from '../lib/index.ts'
import { findRoot } from './tools/files.ts'

interface Result { stdout: string, stderr: string, status: number | null }

const cli = join(findRoot(), 'dist', 'lib', 'cli.js')
const scratch = mkdtempSync(join(realpathSync(tmpdir()), 'fsmount-cli-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
const major = Number(process.versions.node.split('.')[0])
let projects = 0

/** Writes a project of the given files and gives its folder. */
function project (files: Record<string, string>): string {
  const dir = join(scratch, `app${++projects}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  return dir
}

function start (args: string[], input = ''): Result {
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...env } = process.env
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { env, input, cwd: scratch, encoding: 'utf8', timeout: 60_000 })
  return { stdout, stderr, status }
}

const fsmount = (dir: string, ...args: string[]): Result => start([cli, 'run', dir, ...args])
const mountOf = (dir: string): string => dir.replace(scratch, '/fsmount')

/** Runs the entry of `dir` with node and from memory; with the folder's name replaced, both are equal. */
function compare (dir: string, entry: string, args: string[] = []): Result {
  const real = start([join(dir, entry), ...args])
  const mounted = fsmount(dir, '--', ...args)
  const same = (text: string): string => text.replaceAll(dir, mountOf(dir))
  assert.deepEqual({ ...mounted, stderr: frames(mounted.stderr) }, { ...real, stdout: same(real.stdout), stderr: frames(same(real.stderr)) })
  return mounted
}

/**
 * What is printed on stderr, without the frames of what started it, which differ in their number, and without the hint
 * that a format had to be detected, which Node's own loader gives.
 */
const frames = (text: string): string => text.replace(/^ +at .*(?:node:internal|node:events|<anonymous>\)|dist\/(?:loader|lib\/joined)\/).*\n/gm, '')
  .replace(/^\(node:\d+\) \[MODULE_TYPELESS_PACKAGE_JSON\][^]*?\(Use `node --trace-warnings.*\n/m, '')

const SHOW = `console.log(JSON.stringify({ argv: process.argv.slice(1), main: typeof require === 'undefined' ? null : require.main === module,
  filename: typeof __filename === 'undefined' ? null : __filename, parent: typeof module === 'undefined' ? null : module.parent,
  id: typeof module === 'undefined' ? null : module.id, mainModule: process.mainModule && process.mainModule.filename }))\n`

test('runs a CommonJS main as the main module', () => {
  const dir = project({ 'package.json': '{"main": "lib/start"}', 'lib/start.js': SHOW + 'process.exitCode = 7' })
  const { stdout, status } = compare(dir, 'lib/start.js', ['a', '--flag', '--', 'b'])
  const shown = JSON.parse(stdout) as { argv: string[], main: boolean }
  assert.deepEqual(shown.argv, [`${mountOf(dir)}/lib/start.js`, 'a', '--flag', '--', 'b'])
  assert.equal(shown.main, true)
  assert.equal(status, 7)
})

test('runs an ES module, with top-level await and without', () => {
  const code = SHOW + 'console.log(import.meta.url, import.meta.main, await Promise.resolve(1))\n' +
    "import { name } from 'dep'\nimport cjs from './c.cjs'\nconsole.log(name, cjs)"
  const dir = project({
    'package.json': '{"type": "module", "main": "./start.js"}', 'start.js': code, 'c.cjs': 'exports.inMain = require.main === module; exports.has = require.main === undefined',
    'node_modules/dep/package.json': '{"name": "dep", "exports": {"import": "./m.mjs"}}', 'node_modules/dep/m.mjs': 'export const name = "dep"',
  })
  const { stdout } = compare(dir, 'start.js')
  assert.match(stdout, new RegExp(`^file://${mountOf(dir)}/start.js ${major > 20 ? '(?:true|undefined)' : 'undefined'} 1$`, 'm'))
})

test('runs an .mjs entry', () => {
  compare(project({ 'package.json': '{"main": "a.mjs"}', 'a.mjs': "import './b.mjs'\nconsole.log(import.meta.url, import.meta.main, process.argv.length, process.mainModule)", 'b.mjs': 'console.log(import.meta.main)' }), 'a.mjs')
})

test('detects the syntax of an ambiguous .js entry', () => {
  compare(project({ 'package.json': '{}', 'index.js': 'import fs from "node:fs"\nconsole.log(fs.existsSync(import.meta.url.slice(7)))' }), 'index.js')
})

test('runs a bin before a main, the one that bears the name of the package before another', () => {
  const files = { 'a.js': 'console.log("a")', 'b.js': 'console.log("b")', 'm.js': 'console.log("main")' }
  assert.equal(fsmount(project({ ...files, 'package.json': '{"name": "@x/y", "main": "m.js", "bin": {"other": "a.js", "y": "./b.js"}}' })).stdout, 'b\n')
  assert.equal(fsmount(project({ ...files, 'package.json': '{"name": "y", "main": "m.js", "bin": "a.js"}' })).stdout, 'a\n')
  assert.equal(fsmount(project({ ...files, 'package.json': '{"name": "y", "main": "m.js", "bin": {"z": "a.js"}}' })).stdout, 'a\n')
  assert.equal(fsmount(project({ ...files, 'package.json': '{"name": "y", "main": "m"}' })).stdout, 'main\n')
})

test('reads its own files from memory and not from the disk', () => {
  const dir = project({
    'package.json': '{"main": "main.js"}', 'data/words.txt': 'forty two\n',
    'main.js': `const fs = require('node:fs'), path = require('node:path')
      console.log(fs.readFileSync(path.join(__dirname, 'data/words.txt'), 'utf8'))
      fs.writeFileSync(path.join(__dirname, 'data/new.txt'), 'new')
      console.log(fs.readdirSync(path.join(__dirname, 'data')), __dirname)`,
  })
  const { stdout, stderr, status } = fsmount(dir)
  assert.deepEqual([stdout, stderr, status], [`forty two\n\n[ 'new.txt', 'words.txt' ] ${mountOf(dir)}\n`, '', 0])
  assert.equal(existsSync(mountOf(dir)), false)
  assert.equal(existsSync(join(dir, 'data/new.txt')), false)
})

test('keeps modes and links, and leads links out of the project to where they led', () => {
  const dir = project({
    'package.json': '{"main": "main.js"}', 'bin/tool': 'tool', 'real/lib.js': 'exports.where = __filename',
    'main.js': `const fs = require('node:fs')
      const at = (name) => __dirname + '/' + name
      console.log((fs.statSync(at('bin/tool')).mode & 0o777).toString(8), fs.readlinkSync(at('link')), require('./link/lib.js').where)
      console.log(fs.readlinkSync(at('out')), fs.readlinkSync(at('inside')), fs.readlinkSync(at('dangling')))
      console.log(Math.abs(fs.statSync(at('bin/tool')).mtimeMs - fs.statSync(${JSON.stringify(scratch)} + '/' + __dirname.split('/').at(-1) + '/bin/tool').mtimeMs) < 0.01)`,
  })
  writeFileSync(join(scratch, 'outside.txt'), 'outside')
  chmodSync(join(dir, 'bin/tool'), 0o750)
  symlinkSync('real', join(dir, 'link'))
  symlinkSync('../outside.txt', join(dir, 'out'))
  symlinkSync(join(dir, 'real'), join(dir, 'inside'))
  symlinkSync('nothing', join(dir, 'dangling'))
  const { stdout, stderr } = fsmount(dir)
  assert.equal(stderr, '')
  assert.equal(stdout, `750 real ${mountOf(dir)}/real/lib.js\n${scratch}/outside.txt real nothing\ntrue\n`)
})

test('follows a node_modules that is a link', () => {
  const dir = project({ 'package.json': '{"main": "main.js"}', 'main.js': 'console.log(require("dep"))' })
  const store = project({ 'dep/index.js': 'module.exports = __filename', '.store/x/index.js': '' })
  symlinkSync('.store/x', join(store, 'x'))
  symlinkSync(store, join(dir, 'node_modules'))
  assert.equal(fsmount(dir).stdout, `${mountOf(dir)}/node_modules/dep/index.js\n`)
})

test('prints an uncaught error as node does', () => {
  compare(project({ 'package.json': '{"main": "a.js"}', 'a.js': 'function fail () {\n  throw new TypeError("oh")\n}\nfail()' }), 'a.js')
  compare(project({ 'package.json': '{"main": "a.mjs"}', 'a.mjs': 'await 1\nthrow new TypeError("oh")' }), 'a.mjs')
  compare(project({ 'package.json': '{"main": "a.js"}', 'a.js': 'Promise.reject(new Error("oh"))' }), 'a.js')
  compare(project({ 'package.json': '{"main": "a.js"}', 'a.js': 'setTimeout(() => { throw null }, 1)' }), 'a.js')
  compare(project({ 'package.json': '{"main": "a.js"}', 'a.js': '\n\nlet let = 1' }), 'a.js')
})

test('ends with the exit code of the program', () => {
  for (const code of ['process.exit(3)', 'process.exitCode = 4', "process.on('exit', () => { process.exitCode = 5 })", 'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 1000)']) {
    compare(project({ 'package.json': '{"main": "a.js"}', 'a.js': code }), 'a.js')
  }
  const dir = project({ 'package.json': '{"main": "a.mjs"}', 'a.mjs': 'await new Promise(() => {})' })
  assert.equal(start([join(dir, 'a.mjs')]).status, 13)
  assert.equal(fsmount(dir).status, 13)
})

test('hands standard input through', () => {
  const dir = project({ 'package.json': '{"main": "a.js"}', 'a.js': 'process.stdin.pipe(process.stdout)' })
  assert.deepEqual(start([cli, 'run', dir], 'through'), { stdout: 'through', stderr: '', status: 0 })
})

test('draws its progress on a terminal, and wipes it', () => {
  const files = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`data/${index}.txt`, 'x']))
  const dir = project({ ...files, 'package.json': '{"main": "a.js"}', 'a.js': 'console.error("done")' })
  writeFileSync(join(scratch, 'terminal.cjs'), 'process.stderr.isTTY = true')
  const { stderr } = start(['--require', join(scratch, 'terminal.cjs'), cli, 'run', dir])
  const drawn = stderr.split('\r').slice(1)
  assert.match(drawn[0]!, /^fsmount \[ {30}\] 1 of 94$/)
  assert.match(drawn.at(-2)!, /^fsmount \[#{29} \] \d\d of 94$/)
  assert.equal(drawn.at(-1), '\x1b[Kdone\n')
})

test('refuses bad input with one line and exit code 1', () => {
  const file = join(project({ 'a.js': '' }), 'a.js')
  const cases: Array<[string[], RegExp]> = [
    [[], /^fsmount: no command: see fsmount --help\n$/],
    [['walk'], /^fsmount: unknown command walk: .*\n$/],
    [['run'], /^fsmount: run needs a folder or an archive: .*\n$/],
    [['run', join(scratch, 'absent')], /^fsmount: no such folder: .*absent\n$/],
    [['run', file], /^fsmount: .*a\.js: not a ZIP archive.*\n$/],
    [['pack', file, 'a.zip'], /^fsmount: not a folder: .*a\.js\n$/],
    [['run', project({ 'package.json': '{"main": "gone.js"}' })], /^fsmount: no entry in .*\n$/],
    [['run', project({ 'package.json': '{"bin": "../../out.js"}', '../out.js': '' })], /^fsmount: no entry in .*\n$/],
    [['run', project({ 'package.json': '{', 'index.js': '' })], /^fsmount: .*package\.json is not JSON: .*\n$/],
    [['run', dirname(file), 'stray'], /^fsmount: unexpected stray: .*\n$/],
    [['run', '--stray', dirname(file)], /^fsmount: unknown option --stray: .*\n$/],
    [['pack'], /^fsmount: pack needs a folder and a file: .*\n$/],
    [['pack', dirname(file)], /^fsmount: pack needs a folder and a file: .*\n$/],
    [['pack', join(scratch, 'absent'), 'a.zip'], /^fsmount: no such folder: .*absent\n$/],
    [['pack', dirname(file), join(scratch, 'no/folder/a.zip')], /^fsmount: ENOENT: .*\n$/],
    [['pack', dirname(file), 'a.zip', 'stray'], /^fsmount: unexpected stray: .*\n$/],
    [['pack', '--stray', dirname(file), 'a.zip'], /^fsmount: unknown option --stray: .*\n$/],
  ]
  for (const [args, line] of cases) {
    const { stdout, stderr, status } = start([cli, ...args])
    assert.match(stderr, line)
    assert.deepEqual([stdout, status], ['', 1], args.join(' '))
  }
})

test('packs a project into an archive, with modes, links and times', () => {
  const dir = project({ 'package.json': '{}', 'bin/tool': 'tool '.repeat(100), 'node_modules/dep/index.js': 'exports.name = "dep"' })
  chmodSync(join(dir, 'bin/tool'), 0o750)
  symlinkSync('../dep/index.js', join(dir, 'node_modules/dep/link'))
  const archive = join(dir, 'app.zip')
  for (const options of [[], [], ['--store']]) {
    assert.deepEqual(start([cli, 'pack', ...options, dir, archive]), { stdout: '', stderr: '', status: 0 })
    const vfs = create(new ZipProvider(archive))
    assert.deepEqual(vfs.readdirSync('/', { recursive: true }), ['bin', 'node_modules', 'package.json', 'bin/tool', 'node_modules/dep', 'node_modules/dep/index.js', 'node_modules/dep/link'])
    assert.equal(vfs.statSync('/bin/tool').mode & 0o777, 0o750)
    assert.equal(vfs.readFileSync('/bin/tool', 'utf8'), 'tool '.repeat(100))
    assert.equal(vfs.readlinkSync('/node_modules/dep/link'), '../dep/index.js')
    assert.ok(Math.abs(vfs.statSync('/bin/tool').mtimeMs - statSync(join(dir, 'bin/tool')).mtimeMs) < 0.01)
    assert.equal(readFileSync(archive).includes('tool tool tool'), options.length > 0)
  }
})

test('runs a project out of an archive', () => {
  const dir = project({ 'package.json': '{ "name": "app", "bin": "bin/app" }', 'bin/app.js': 'console.log(__filename, process.argv.slice(2), require("dep").name)', 'node_modules/dep/index.js': 'exports.name = "dep"' })
  const archive = join(scratch, 'packed.zip')
  assert.equal(start([cli, 'pack', dir, archive]).status, 0)
  const before = readFileSync(archive)
  assert.deepEqual(start([cli, 'run', archive, '--', 'a', '-b']), { stdout: "/fsmount/packed.zip/bin/app.js [ 'a', '-b' ] dep\n", stderr: '', status: 0 })
  assert.deepEqual(readFileSync(archive), before)
  const empty = join(scratch, 'empty.zip')
  assert.equal(start([cli, 'pack', project({ 'package.json': '{}' }), empty]).status, 0)
  assert.match(start([cli, 'run', empty]).stderr, /^fsmount: .*empty\.zip: no entry in .*\n$/)
})

test('prints its help and its version', () => {
  const help = start([cli, '--help'])
  assert.match(help.stdout, /^Usage: fsmount run DIR\|FILE \[-- ARGS\]\n/)
  assert.equal(help.status, 0)
  assert.match(start([cli, '--version']).stdout, /^\d+\.\d+\.\d+\n$/)
})
