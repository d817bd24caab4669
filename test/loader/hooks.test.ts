// The loader in child processes: the same program over the same files, once on the disk and once in a mount, must print
// the same; and programs of their own for what has no counterpart on a disk.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { TREE } from './tree.ts'

const ROOT = '/mounted/app'
let folder: string

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fsmount-loader-')))
  for (const [path, content] of Object.entries(TREE)) {
    const file = join(folder, 'app', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program; what it prints, and its warnings without the number of the process, sorted: imports that go on at once warn as they come. */
function run (program: string, args: string[] = [], env: Record<string, string> = {}): { output: string, warnings: string[] } {
  const child = spawnSync(process.execPath, [join(__dirname, 'programs', program), ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env }
  })
  assert.equal(child.status, 0, child.stderr || `${child.signal}`)
  return { output: child.stdout, warnings: child.stderr.replace(/^\(node:\d+\)/gm, '(node)').replace(/^\(Use `.*\n/gm, '').split(/^(?=\(node\))/m).filter((one) => one !== '').sort() }
}

/** The same program on the disk and in a mount, with what else Node is asked for. */
function compare (env: Record<string, string> = {}): void {
  const root = join(folder, 'app')
  const here = (text: string): string => text.replaceAll(root, ROOT)
  const real = run('behaviour.js', ['real', root], env)
  const mounted = run('behaviour.js', ['mounted', ROOT], env)
  const expected = JSON.parse(here(real.output)) as Record<string, unknown>
  const actual = JSON.parse(mounted.output) as Record<string, unknown>
  assert.ok(Object.keys(expected).length > 70)
  for (const [name, answer] of Object.entries(expected)) assert.deepEqual(actual[name], answer, name)
  assert.deepEqual(mounted.warnings, real.warnings.map(here).sort())
}

test('answers and warns as on the disk', () => { compare() })

test('answers as on the disk with source maps', () => { compare({ NODE_OPTIONS: '--enable-source-maps' }) })

test('answers as on the disk with a compile cache, filled and used', () => {
  for (let round = 0; round < 2; round++) compare({ NODE_COMPILE_CACHE: join(folder, 'cache') })
})

test('answers as on the disk without require of ES modules', () => { compare({ NODE_OPTIONS: '--no-experimental-require-module' }) })

test('answers as on the disk with links preserved and conditions of the command line', () => { compare({ NODE_OPTIONS: '--preserve-symlinks --conditions=custom' }) })

test('runs new code after a remount and an invalidation', () => {
  assert.deepEqual(run('generations.js'), { output: 'ok', warnings: [] })
})

test('runs what is generated, mounted or not', () => {
  assert.deepEqual(run('generated.js'), { output: 'ok', warnings: [] })
})

test('leaves to others what is theirs', () => {
  assert.deepEqual(run('neighbours.js', [folder], { NODE_PATH: '/mounted/global', HOME: folder }), { output: 'ok', warnings: [] })
})

test('the globals are left as they were, those too that Node makes when they are looked at', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', `
    const kinds = () => Object.entries(Object.getOwnPropertyDescriptors(globalThis)).map(([name, { get, value }]) => name + (get ? ' by a getter' : ' ' + typeof value))
    const before = kinds()
    const vfs = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))}).create()
    for (const [path, text] of Object.entries({
      '/m.mjs': 'import "p"; export { default } from "./a.js"', '/a.js': 'export default 1', '/c.js': 'module.exports = require("./d.json")',
      '/d.json': '{}', '/node_modules/p/package.json': '{ "exports": { "import": "./x.js" } }', '/node_modules/p/x.js': 'export {}'
    })) vfs.writeFileSync(path, text)
    vfs.mount('/fsmount-globals')
    require('/fsmount-globals/c.js')
    import('/fsmount-globals/m.mjs').then(() => { console.log(kinds().filter((kind) => !before.includes(kind) && kind !== 'module function') /* what Node makes of it with -e */) })`], { encoding: 'utf8' })
  assert.deepEqual([stdout, stderr], ['[]\n', ''])
})
