// Hooks of others that are registered before anything is mounted, and make ES modules of the CommonJS that they are given,
// with a `module` of their own, as compilers of TypeScript do.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

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
