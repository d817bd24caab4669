// Hooks of others that are registered before anything is mounted, and make ES modules of the CommonJS that they are given,
// with a `module` of their own, as compilers of TypeScript do.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'

const HOOKS = `export async function load (url, context, next) {
  const loaded = await next(url, context)
  if (!url.includes('/fsmount-compiled/') || loaded.format !== 'commonjs' || loaded.source == null) return loaded
  return { format: 'module', source: 'const module = { exports: {} };(function (module, exports) {' + loaded.source + '\\n})(module, module.exports);export default module.exports;export const compiled = true' }
}`

const PROGRAM = `
require('node:module').register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(HOOKS)}))
const vfs = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))}).create()
vfs.writeFileSync('/m.cjs', 'module.exports = { path: __filename }')
vfs.mount('/fsmount-compiled')
import('/fsmount-compiled/m.cjs').then(({ default: found, compiled }) => { console.log(found.path, compiled) })`

test('CommonJS of a mount is compiled by hooks that were there before it', { skip: Number(process.versions.node.split('.')[0]) > 20 && 'from Node 22 on the source is that of the file, and no prelude' }, () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '--import', join(__dirname, '../../lib/register.js'), '-e', PROGRAM], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(stdout, '/fsmount-compiled/m.cjs true\n')
})

const COMPILER = `
const threads = require('node:worker_threads')
const children = require('node:child_process')
const { _extensions: extensions } = require('node:module')
const own = extensions['.js']
let started = 0
extensions['.js'] = (module, path) => {
  if (started++ < 3) {
    new threads.Worker('', { eval: true })
    children.execFileSync(process.execPath, ['-v'])
  }
  own(module, path)
}
const vfs = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))}).create()
vfs.writeFileSync('/w.js', 'require("node:worker_threads").parentPort?.postMessage(__filename); console.log(__filename)')
vfs.mount('/fsmount-compiling')
started = 0
console.log(children.execFileSync(process.execPath, ['/fsmount-compiling/w.js'], { encoding: 'utf8' }))
started = 0
new threads.Worker('/fsmount-compiling/w.js').on('message', (path) => { console.log('from', path) })`

test('who starts threads and children to compile all that is required may compile this package with them', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', COMPILER], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.deepEqual(stdout.split('\n').filter((line) => line !== '').sort(), ['/fsmount-compiling/w.js', '/fsmount-compiling/w.js', 'from /fsmount-compiling/w.js'])
})

const TAKEN = `
const { _extensions: extensions } = require('node:module')
for (const extension of ['.ts', '.js']) {
  const own = extensions[extension] ?? extensions['.js']
  extensions[extension] = (module, path) => {
    const { _compile } = module
    if (path.startsWith(at)) module._compile = function () { return _compile.call(this, 'exports.path = __filename', path) }
    own(module, path)
  }
}
const at = ${JSON.stringify(join(findRoot(), 'fsmount-compiled'))} // the package of the folder above, on the disk, has a type
const vfs = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))}).create()
const files = { 'enum.ts': 'export enum E { A }', 'module.ts': 'export const a: number = 1', 'markup.js': 'export const a = <p>text</p>', 'module.js': 'export const a = 1' }
for (const [name, text] of Object.entries({ 'package.json': '{}', ...files })) vfs.writeFileSync('/' + name, text)
for (const time of ['first', 'second']) {
  vfs.mount(at)
  console.log(time, ...Object.keys(files).filter((name) => require(at + '/' + name).path === at + '/' + name))
  vfs.unmount()
}`

test('what a compiler takes for itself is neither stripped of types nor looked into before, nor is it an ES module', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', TAKEN], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(stdout, 'first enum.ts module.ts markup.js module.js\nsecond enum.ts module.ts markup.js module.js\n')
})
