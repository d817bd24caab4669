// Hooks of module.register and --experimental-loader, which Node runs in a thread: they are loaded from a mount, and asked
// for what is in it, as from and for a folder of the disk.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { create } from '../../lib/index.ts'
import { nodeFacts } from '../../loader/versions.ts'

const MAJOR = Number(process.versions.node.split('.')[0])
const { readsUngiven } = nodeFacts(process.version)

const TREE: Record<string, string> = {
  'hooks.mjs': `
    import { readFileSync, readdirSync } from 'node:fs'
    import dep from './dep.cjs'
    import pkg from 'pkg'
    import data from './data.json' with { type: 'json' }
    const say = process._rawDebug
    export async function initialize (data) { say('initialize', data?.port?.constructor.name) }
    const name = url => url?.startsWith('file:') ? url.slice(new URL('.', import.meta.url).href.length) : url
    export async function resolve (specifier, context, next) {
      const { parentURL, conditions, importAttributes } = context
      if (specifier === 'fails') throw new RangeError('as told')
      const found = await next(specifier === 'virtual' ? './real.mjs' : specifier, context)
      if (name(parentURL) !== parentURL) say('resolve', specifier, name(parentURL), conditions.includes('import'), JSON.stringify(importAttributes), name(found.url), found.format)
      return found
    }
    export async function load (url, context, next) {
      const { importAttributes, format } = context
      if (url.endsWith('given.cjs')) return { format: 'commonjs', source: 'module.exports = [require("./dep.cjs"), require("pkg"), require("node:path").sep]', shortCircuit: true }
      const loaded = await next(url, context)
      if (name(url) === url) return loaded
      say('load', name(url), format, JSON.stringify(importAttributes), loaded.format, loaded.source == null ? 'nothing' : String(loaded.source).length)
      if (url.endsWith('real.mjs')) return { ...loaded, source: String(loaded.source).replace('asIs', 'changed') }
      return loaded
    }
    say('hooks', dep, pkg, data.a, readFileSync(new URL('data.json', import.meta.url), 'utf8'), readdirSync(new URL('.', import.meta.url)).length > 5)`,
  'dep.cjs': 'module.exports = [require("./lib/inner.js").inner, typeof require.cache, require.resolve("./lib/inner.js").slice(-8), require("pkg")]',
  'lib/inner.js': 'exports.inner = __filename.slice(-8)',
  'data.json': '{"a":1}',
  'node_modules/pkg/package.json': '{"exports":{"import":"./i.mjs","default":"./d.js"}}',
  'node_modules/pkg/i.mjs': 'export default "imported"',
  'node_modules/pkg/d.js': 'module.exports = "required"',
  'real.mjs': 'export default "asIs"',
  'common.cjs': 'exports.named = require("./dep.cjs"); exports.main = require.main === module; module.exports.star = { ...require("./lib/inner.js") }',
  'given.cjs': 'throw new Error("not given")',
  'main.mjs': `
    ${/* What a source of CommonJS that hooks give requires has no require.cache where Node does not reload it; ours has. */ readsUngiven ? "import given from './given.cjs'" : 'const given = []'}
    import virtual from 'virtual'
    import real from './real.mjs'
    import { named, main } from './common.cjs'
    import data from './data.json' with { type: 'json' }
    import pkg from 'pkg'
    console.log(virtual, virtual === real, named, main, data, pkg, given)
    console.log([import.meta.resolve('./real.mjs'), import.meta.resolve('pkg')].map(url => url.slice(new URL('.', import.meta.url).href.length)))
    for (const wrong of ['fails', './none.mjs', 'none', './lib']) await import(wrong).catch(error => console.log(error.constructor.name, error.code, error.message))`,
  'registers.mjs': `
    import { register } from 'node:module'
    import { MessageChannel } from 'node:worker_threads'
    import fs from 'node:fs'
    const { port2 } = new MessageChannel()
    register('./hooks.mjs', { parentURL: import.meta.url, data: { port: port2 }, transferList: [port2] })
    await import('./main.mjs')
    const late = new URL('late.mjs', import.meta.url)
    fs.writeFileSync(late, 'export { default } from "virtual"; export const late = 1')
    console.log(await import(late))
    fs.unlinkSync(late)`,
  'registers.cjs': 'require("node:module").register("./hooks.mjs", require("node:url").pathToFileURL(__filename)); import("./main.mjs")',
  'code.cjs': `
    const { Script, constants } = require('node:vm')
    const run = text => new Script(text, { importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER ?? (() => import('./real.mjs')) }).runInThisContext()
    run('import("./real.mjs")').then(real => console.log(real.default)).then(() => import('./lib')).catch(error => console.log(String(error)))`,
  'setup.cjs': 'globalThis.setUp = true',
  'entry': 'import pkg from "pkg"; console.log(pkg, import.meta.url.slice(-5))'
}

const real = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-hooks-')))
after(() => fs.rmSync(real, { recursive: true }))
const AT = '/fsmount-hooksthread/app'
const vfs = create()
for (const [name, text] of Object.entries(TREE)) {
  fs.mkdirSync(join(real, name, '..'), { recursive: true })
  fs.writeFileSync(join(real, name), text)
  vfs.writeFileSync(`/${name}`, text)
}
vfs.mount(AT)
after(() => vfs.unmount())

const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...env } = process.env

/** What Node says when it is run with arguments, from the disk and from the mount; in the words of the mount. */
function compare (args: (at: string) => string[], options: Record<string, string> = {}): string {
  const run = (at: string): string => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-warnings', ...args(at)], { cwd: options.cwd === undefined ? undefined : at, env: { ...env, ...options }, encoding: 'utf8' })
    // Two threads speak, each in its time. Where in Node an error comes from is no part of it, and what Node 20 is given
    // in the place of CommonJS is not seen by who does not look.
    const lines = `${stdout}\n${stderr.replace(/^\s+at .*\n/gm, '')}\n${status}`.replaceAll(at, AT).replace(/(load common\.cjs .*) \d+$/gm, '$1 nothing').split('\n')
    return [...lines].sort().join('\n')
  }
  const expected = run(real)
  assert.equal(run(AT), expected)
  return expected
}

const hooked = /changed true[^]*hooks \[[^]*load real\.mjs module \{\} module 21[^]*resolve virtual main\.mjs true \{\} real\.mjs module/

test('hooks that a program registers are loaded from a mount and asked for what is in it', () => {
  assert.match(compare((at) => [`${at}/registers.mjs`]), /ERR_MODULE_NOT_FOUND[^]*ERR_UNSUPPORTED_DIR_IMPORT[^]*RangeError undefined as told/)
  assert.match(compare((at) => [`${at}/registers.cjs`]), hooked)
})

test('so are those that the command line names', () => {
  assert.match(compare((at) => ['--experimental-loader', `${at}/hooks.mjs`, `${at}/main.mjs`]), hooked)
  assert.match(compare(() => ['--loader=./hooks.mjs', '--import', './registers.mjs', '--require', './setup.cjs', './entry'], { cwd: 'there' }), hooked)
  assert.match(compare((at) => ['--import', `${at}/registers.cjs`, '--input-type=module', '-e', 'import x from "virtual"; console.log(x)'], { cwd: 'there' }), /changed/)
})

test('what nobody asks for is meant from the working folder, and errors are written as those of Node', () => {
  assert.match(compare((at) => [`${at}/code.cjs`], { cwd: 'there' }), /Error \[ERR_UNSUPPORTED_DIR_IMPORT\]: Directory[^]*asIs/)
})

const MOUNTED = `
  const { create } = require(process.argv[1])
  const nodeModule = require('node:module')
  const fs = require('node:fs')
  const vfs = create()
  vfs.writeFileSync('/a.mjs', 'export default "first"')
  vfs.writeFileSync('/hooks.mjs', 'export async function load (url, context, next) { const loaded = await next(url, context); return url.includes("/a.mjs") ? { ...loaded, source: loaded.source + "+\\\\"hooked\\\\"" } : loaded }')
  vfs.mount('/fsmount-hooksthread')
  ;(async () => {
    nodeModule.register('file:///fsmount-hooksthread/hooks.mjs')
    console.log((await import('/fsmount-hooksthread/a.mjs')).default)
    fs.writeFileSync('/fsmount-hooksthread/a.mjs', 'export default "second"')
    vfs.invalidate('/fsmount-hooksthread/a.mjs')
    console.log((await import('/fsmount-hooksthread/a.mjs')).default, require('/fsmount-hooksthread/a.mjs').default)
    vfs.unmount()
    await import('/fsmount-hooksthread/a.mjs').catch(error => console.log(error.code))
    const other = create({ inherit: false })
    other.writeFileSync('/a.mjs', 'export default "third"')
    other.mount('/fsmount-hooksthread')
    console.log((await import('/fsmount-hooksthread/a.mjs')).default)
  })()`

test('the thread hears of what changes; what it cannot have is served without it', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', MOUNTED, join(__dirname, '../../lib/index.js')], { encoding: 'utf8', env })
  assert.equal(stderr, '')
  const [first, second, gone, third] = stdout.split('\n')
  assert.equal(first, 'firsthooked')
  assert.match(second!, /^second(?:hooked)? second/)
  assert.equal(gone, 'ERR_MODULE_NOT_FOUND')
  assert.match(third!, /^third/)
})

/** Hooks that add a word to what they load from the mount. */
const adding = (word: string): string => `data:text/javascript,${encodeURIComponent(`export const load = async (url, context, next) => {
  const loaded = await next(url, context)
  return url.includes('/fsmount-late/') ? { ...loaded, source: loaded.source + '+" ${word}"' } : loaded
}`)}`

const LATE = `
  const { create } = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))})
  ;(async () => {
    await import('data:text/javascript,')
    const vfs = create()
    for (const name of ['a', 'b', 'c']) vfs.writeFileSync('/' + name + '.mjs', 'export default "' + name + '"')
    vfs.mount('/fsmount-late')
    console.log((await import('/fsmount-late/a.mjs')).default)
    require('node:module').register(${JSON.stringify(adding('registered'))})
    console.log((await import('/fsmount-late/b.mjs')).default)
    vfs.writeFileSync('/fsmount-late/c.mjs', 'export default "changed"')
    console.log((await import('/fsmount-late/c.mjs')).default)
  })()`

test('what is mounted when there are hooks of the command line already is asked of those that come after it, and with a preload of all', () => {
  const run = (...flags: string[]): string[] => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', ...flags, '--experimental-loader', adding('flagged'), '-e', LATE], { encoding: 'utf8', env })
    assert.equal(stderr, '')
    return stdout.split('\n').slice(0, -1)
  }
  assert.deepEqual(run(), ['a', 'b registered', 'changed registered'])
  assert.deepEqual(run('--require', join(__dirname, '../../lib/register.js')), ['a flagged', 'b flagged registered', 'changed flagged registered'])
})

const MOCKING = `
  const { mock } = require('node:test')
  const { pathToFileURL } = require('node:url')
  const at = process.argv[2]
  const mocked = { default: 'mocked', named: 'named mock' }
  const options = ${MAJOR} >= 26 ? { exports: mocked } : { defaultExport: mocked.default, namedExports: { named: mocked.named } }
  ;(async () => {
    const dep = pathToFileURL(at + '/lib/dep.mjs').href
    const mocking = mock.module(dep, options)
    console.log({ ...await import(at + '/lib/uses.mjs') }, { ...await import(dep) })
    mocking.restore()
    console.log({ ...await import(dep) }, { ...await import(pathToFileURL(at + '/lib/uses.mjs') + '?again') })
  })()`

test('mock.module of node:test mocks ES modules of a mount', () => {
  const files = { 'lib/dep.mjs': 'export default "real"; export const named = "named"', 'lib/uses.mjs': 'import dep, { named } from "./dep.mjs"; import { sep } from "node:path"; export { dep, named, sep }' }
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-mocks-')))
  const at = '/fsmount-mocks'
  fs.mkdirSync(join(folder, 'lib'))
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(join(folder, name), text)
  const mounting = `const vfs = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))}).create()
    for (const [name, text] of Object.entries(${JSON.stringify(files)})) vfs.writeFileSync('/' + name, text)
    vfs.mount('${at}')`
  const run = (setup: string, place: string, rest = MOCKING): string => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '--experimental-test-module-mocks', '-e', `${setup}\n${rest}`, '-', place], { encoding: 'utf8', env })
    assert.equal(stderr, '')
    return stdout
  }
  const expected = run('', folder)
  fs.rmSync(folder, { recursive: true })
  assert.match(expected, /mocked[^]*real/)
  assert.equal(run(mounting, at), expected)
  assert.equal(run(mounting, at, `import('${at}/lib/uses.mjs').then(({ dep }) => { console.log(dep) })`), 'real\n', 'nothing is mocked')
})
