// Ten mounts of different code at one place, and invalidation within a mount: always the new code, one instance of it,
// and nothing left behind. Prints `ok`.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { create } from '../../../lib/index.ts'
import { mountFiles } from '../mounted.ts'
import type { Files } from '../mounted.ts'

const load = createRequire('/generations/asking.js')
const bring = (path: string): Promise<Record<string, any>> => import(path) as Promise<Record<string, any>>

const code = (i: number): Files => ({
  '/a.mjs': `import cjs, { n } from './c.js'; import j from './j.json' with { type: 'json' }; export const v = ${i}; export { cjs, n, j }; export const { url, filename, dirname } = import.meta; export const late = () => import('./late.mjs'); export const place = () => new Error().stack`,
  '/late.mjs': `export const late = ${i}`,
  '/c.js': `exports.n = ${i}; exports.inner = require('./inner')`,
  '/inner.js': `module.exports = { i: ${i} }`,
  '/j.json': `{ "i": ${i} }`,
  '/alone.mjs': `export const v = ${i}; export const url = import.meta.url`,
  '/default.mjs': `export default ${i}; export const url = import.meta.url`,
  '/own.mjs': `const x = { i: ${i} }; export { x as 'module.exports' }`,
  '/graph.mjs': `import { v } from './alone.mjs'; export { v }`,
  '/async.mjs': `export const v = await ${i}`,
  '/throws.mjs': `throw new Error('thrown ${i}')`,
  '/ambiguous.js': `export const v = ${i}`
})

async function remounts (): Promise<void> {
  const old = []
  const messages = new Set<string>()
  for (let i = 1; i <= 10; i++) {
    const vfs = mountFiles('/generations', code(i))
    const mark = i === 1 ? '' : `?fsmount=${i}`
    const a = await bring('/generations/a.mjs')
    assert.deepEqual([a.v, a.n, a.cjs.inner.i, a.j.i, (await a.late()).late], [i, i, i, i, i])
    assert.deepEqual([a.url, a.filename, a.dirname], [`file:///generations/a.mjs${mark}`, '/generations/a.mjs', '/generations'])
    assert.match(a.place(), new RegExp(`file:///generations/a\\.mjs${mark.replace('?', '\\?')}:1`))
    assert.equal(await bring(a.url), a, 'a URL given back is not marked twice')
    assert.equal(await bring('file:///generations/a.mjs?fsmount=1'), a, 'nor is a stale one')
    assert.equal(a.cjs, load('./c.js'))
    assert.equal(load('./inner').i, i)
    assert.equal(load('./j.json'), a.j)
    const query = await bring('file:///generations/alone.mjs?user=1#part')
    assert.equal(query.url, `file:///generations/alone.mjs?user=1${mark.replace('?', '&')}#part`)

    assert.deepEqual([load('./alone.mjs').v, load('./ambiguous.js').v, load('./own.mjs').i], [i, i, i])
    const byDefault = load('./default.mjs')
    assert.deepEqual([byDefault.default, byDefault.__esModule, Object.keys(byDefault)], [i, true, ['__esModule', 'default', 'url']])
    for (const name of ['throws.mjs', 'async.mjs']) {
      assert.throws(() => load(`./${name}`), (error: Error) => {
        messages.add(error.message.replace(String(i), 'N'))
        return true
      })
    }
    assert.equal(load('./graph.mjs').v, i)
    assert.equal(load('./alone.mjs'), await bring('/generations/alone.mjs'), 'one instance')
    assert.equal(load('./ambiguous.js'), await bring('/generations/ambiguous.js'))
    assert.equal(byDefault.url, (await bring('/generations/default.mjs')).url)
    assert.ok(Object.keys(load.cache).every(key => !key.includes('fsmount=') && !key.startsWith('/dev/null')))
    assert.equal(load.resolve('./alone.mjs'), '/generations/alone.mjs')
    assert.deepEqual(load.cache['/generations/alone.mjs']!.children, [])
    old.push(a)

    const parent = load.cache['/generations/c.js']!.parent
    vfs.unmount()
    assert.deepEqual(Object.keys(load.cache).filter(key => key.startsWith('/generations')), [])
    assert.deepEqual((parent?.children ?? []).map(child => child.id).filter(id => id.startsWith('/generations')), [])
    assert.throws(() => load('./c.js'), { code: 'MODULE_NOT_FOUND' })
  }
  assert.deepEqual(old.map(a => a.v), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 'old instances keep their values')
  assert.equal(messages.size, 2, `errors do not tell of the generation: ${[...messages].join('\n')}`)
}

/** One mount over another: each keeps its own. */
async function stacked (): Promise<void> {
  const below = mountFiles('/stacked', { '/m.mjs': 'export default "below"', '/c.js': 'module.exports = "below"' })
  const first = await bring('/stacked/m.mjs')
  assert.equal(load('/stacked/c.js'), 'below')
  const over = mountFiles('/stacked', { '/m.mjs': 'export default "above"', '/c.js': 'module.exports = "above"' })
  assert.equal((await bring('/stacked/m.mjs')).default, 'above')
  assert.equal(load('/stacked/c.js'), 'above')
  over.unmount()
  assert.equal(await bring('/stacked/m.mjs'), first)
  assert.equal(load('/stacked/c.js'), 'below')
  below.unmount()
}

async function invalidation (): Promise<void> {
  const files: Files = {
    '/main.mjs': "import { v } from './v.mjs'; import { kept } from './kept.mjs'; export { v, kept }",
    '/v.mjs': 'export const v = 1',
    '/kept.mjs': 'export const kept = {}',
    '/top.js': 'exports.d = require("./d"); exports.kept = require("./kept")',
    '/d.js': 'module.exports = 1',
    '/kept.js': 'module.exports = {}',
    '/pkg/package.json': '{ "main": "one.js" }',
    '/pkg/one.js': 'module.exports = 1',
    '/pkg/two.js': 'module.exports = 2'
  }
  const vfs = mountFiles('/invalid', files)
  const main = await bring('/invalid/main.mjs')
  const top = load('/invalid/top')
  assert.deepEqual([main.v, top.d, load('/invalid/pkg')], [1, 1, 1])
  vfs.writeFileSync('/invalid/v.mjs', 'export const v = 2')
  vfs.writeFileSync('/invalid/d.js', 'module.exports = 2')
  vfs.writeFileSync('/invalid/pkg/package.json', '{ "main": "two.js" }')
  assert.equal(await bring('/invalid/main.mjs'), main, 'not before it is told')
  vfs.invalidate('/invalid/v.mjs')
  vfs.invalidate('/invalid/d.js')
  vfs.invalidate('/invalid/pkg/package.json')
  const next = await bring('/invalid/main.mjs')
  assert.deepEqual([next.v, next.kept === main.kept, main.v], [2, true, 1], 'importers run again, others do not')
  assert.deepEqual([load('/invalid/top').d, load('/invalid/top').kept === top.kept, top.d], [2, true, 1])
  assert.equal(load('/invalid/pkg'), 2)
  vfs.writeFileSync('/invalid/v.mjs', 'export const v = 3')
  vfs.invalidate('/invalid')
  assert.deepEqual([(await bring('/invalid/v.mjs')).v, (await bring('/invalid/main.mjs')).v], [3, 3])
  vfs.unmount()
}

/** Only its package tells that `/a.js` is an ES module: `require` runs the new code, and `import` has the same instance. */
async function plain (): Promise<void> {
  const vfs = mountFiles('/plain', {
    '/package.json': '{ "type": "module" }',
    '/a.js': 'globalThis.ran = [1, this, typeof module]',
    '/main.mjs': 'import "./a.js"; import "./b.js"; export const main = {}',
    '/b.js': 'export const b = 1'
  })
  const seen = globalThis as unknown as { ran: unknown[] }
  const first = load('/plain/main.mjs')
  assert.deepEqual(seen.ran, [1, undefined, 'undefined'])
  for (const n of [2, 3]) {
    vfs.writeFileSync('/plain/a.js', `globalThis.ran = [${n}, this, typeof module]`)
    vfs.invalidate('/plain/a.js')
    const again = load('/plain/a.js')
    assert.deepEqual(seen.ran, [n, undefined, 'undefined'])
    seen.ran = []
    assert.equal(await bring('/plain/a.js'), again)
    assert.equal(load('/plain/a.js'), again)
    assert.deepEqual(seen.ran, [], 'one instance')
  }
  const second = load('/plain/main.mjs')
  assert.notEqual(second.main, first.main, 'importers run again')
  vfs.writeFileSync('/plain/a.js', 'globalThis.ran = [4]')
  vfs.invalidate('/plain/a.js')
  assert.notEqual(load('/plain/main.mjs').main, second.main)
  assert.deepEqual(seen.ran, [4])
  for (const source of ['throw new RangeError("ours")', 'throw new RangeError("ours") // again', 'with (seen) {}', 'let a =']) {
    vfs.writeFileSync('/plain/a.js', source)
    vfs.invalidate('/plain/a.js')
    for (let i = 0; i < 2; i++) assert.throws(() => load('/plain/a.js'), source.startsWith('throw') ? { name: 'RangeError', message: 'ours' } : SyntaxError)
  }
  vfs.unmount()
  const remounted = mountFiles('/plain', { '/package.json': '{ "type": "module" }', '/a.js': 'globalThis.ran = [5]' })
  load('/plain/a.js')
  assert.deepEqual(seen.ran, [5])
  remounted.unmount()
}

/** Links that lead elsewhere from now on, with what Node remembers of where they led. */
async function links (): Promise<void> {
  const module = (n: number): Files => ({ [`/rel/${n}/x.js`]: `exports.v = ${n}; exports.d = require("./d")`, [`/rel/${n}/d.js`]: `module.exports = "d${n}"`, [`/rel/${n}/x.mjs`]: `export const v = ${n}` })
  const vfs = create()
  for (const [path, content] of Object.entries({ ...module(1), ...module(2) })) vfs.writeFileSync(path, content)
  vfs.mkdirSync('/node_modules')
  const turn = (n: number, at: string, target: string): void => {
    vfs.rmSync(at, { force: true })
    vfs.symlinkSync(target.replace('N', String(n)), at)
  }
  const set = (n: number, root: string, which: string): void => {
    if (which === 'file') turn(n, `${root}/x.js`, 'rel/N/x.js')
    if (which === 'folder') turn(n, `${root}/current`, 'rel/N')
    if (which === 'package') turn(n, `${root}/node_modules/pkg.js`, '../rel/N/x.js')
  }
  for (const which of ['file', 'folder', 'package']) set(1, '', which)
  vfs.writeFileSync('/main.js', 'exports.all = [require("./x"), require("./current/x"), require("pkg")]')
  vfs.writeFileSync('/main.mjs', 'export { v } from "./current/x.mjs"')
  vfs.mount('/links')
  const seen = (): unknown => load('/links/main').all.map(({ v, d }: { v: number, d: string }) => `${v}${d}`)
  const invalidate = (path: string): void => {
    vfs.invalidate(path)
    load('/links/rel/1/x.js') // in the cache again before anybody asks by the link
  }
  assert.deepEqual(seen(), ['1d1', '1d1', '1d1'])
  assert.equal((await bring('/links/main.mjs')).v, 1)
  set(2, '/links', 'file')
  invalidate('/links/x.js')
  assert.deepEqual(seen(), ['2d2', '1d1', '1d1'])
  set(2, '/links', 'folder')
  invalidate('/links/current')
  assert.deepEqual(seen(), ['2d2', '2d2', '1d1'])
  assert.equal((await bring('/links/main.mjs')).v, 2)
  set(2, '/links', 'package')
  invalidate('/links/node_modules/pkg.js')
  assert.deepEqual(seen(), ['2d2', '2d2', '2d2'])
  const parent = load.cache['/links/main.js']!
  delete load.cache['/links/rel/2/x.js']
  vfs.unmount()
  assert.deepEqual(parent.children, [], 'also those that the program dropped from the cache')
}

/** Importers in another mount run anew as well. */
async function across (): Promise<void> {
  const one = mountFiles('/across/one', { '/v.mjs': 'export const v = 1', '/v.js': 'module.exports = 1' })
  const two = mountFiles('/across/two', { '/m.mjs': 'export { v } from "../one/v.mjs"', '/m.js': 'exports.v = require("../one/v")' })
  assert.deepEqual([(await bring('/across/two/m.mjs')).v, load('/across/two/m').v], [1, 1])
  one.writeFileSync('/across/one/v.mjs', 'export const v = 2')
  one.writeFileSync('/across/one/v.js', 'module.exports = 2')
  one.invalidate('/across/one')
  assert.deepEqual([(await bring('/across/two/m.mjs')).v, load('/across/two/m').v], [2, 2])
  one.unmount()
  two.unmount()
}

void remounts().then(stacked).then(invalidation).then(plain).then(links).then(across).then(() => process.stdout.write('ok'))
