// `vfs.import()` and `vfs.require()`: code that was written into a file system a moment ago, mounted or not. Prints `ok`.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { create } from '../../../lib/index.ts'
import type { VirtualFileSystem } from '../../../lib/index.ts'
import type { Files } from '../mounted.ts'

const own = { readFileSync: fs.readFileSync, dlopen: process.dlopen }
const events: string[] = []
for (const name of ['vfs-mount', 'vfs-unmount']) process.on(name as 'exit', () => events.push(name))

function filled (files: Files): VirtualFileSystem {
  const vfs = create()
  for (const [path, content] of Object.entries(files)) vfs.writeFileSync(path, content)
  return vfs
}

async function unmounted (): Promise<void> {
  const vfs = filled({
    '/gen.mjs': 'import { n } from "./lib/n.mjs"; import c from "./c.cjs"; import { dep } from "dep"; export default [n, c.n, dep]; export const late = () => import("./late.mjs"); export const text = () => globalThis.fs.readFileSync(import.meta.filename, "utf8").slice(0, 6)',
    '/late.mjs': 'export default "late"',
    '/lib/n.mjs': 'export const n = 1',
    '/c.cjs': 'exports.n = 1; exports.later = () => require("./lib/n.mjs").n',
    '/data.json': '{ "a": 1 }',
    '/node_modules/dep/package.json': '{ "exports": "./i.js" }',
    '/node_modules/dep/i.js': 'exports.dep = "dep"'
  })
  Object.assign(globalThis, { fs })
  const first = await vfs.import('/gen.mjs')
  assert.equal(await vfs.import(new URL('file:///gen.mjs')), first)
  assert.equal(vfs.require(new URL('file:///data.json')).a, 1)
  await assert.rejects(vfs.import(1 as never), { code: 'ERR_INVALID_ARG_TYPE', message: /The "path" argument/ })
  assert.deepEqual(first.default, [1, 1, 'dep'])
  assert.equal(await vfs.import('/gen.mjs'), first, 'one instance')
  assert.equal(vfs.require('/c.cjs'), vfs.require('c.cjs'))
  assert.deepEqual([vfs.require('/data').a, vfs.require('/lib/n.mjs').n, vfs.require('/c.cjs').later(), (await first.late()).default, first.text()], [1, 1, 1, 'late', 'import'])
  assert.deepEqual([vfs.mounted, vfs.mountPoint, vfs.readdirSync('/lib')], [false, null, ['n.mjs']])
  vfs.chdir('/lib')
  assert.equal((await vfs.import('n.mjs')).n, 1)
  vfs.chdir('/')

  vfs.writeFileSync('/lib/n.mjs', 'export const n = 2')
  assert.equal(await vfs.import('/gen.mjs'), first, 'not before it is told')
  vfs.invalidate('/lib/n.mjs')
  const second = await vfs.import('/gen.mjs')
  assert.deepEqual([second.default, first.default], [[2, 1, 'dep'], [1, 1, 'dep']], 'new code with its importers, old instances keep theirs')
  vfs.unmount()
  assert.deepEqual({ readFileSync: fs.readFileSync, dlopen: process.dlopen }, own, 'nothing is left behind')

  vfs.writeFileSync('/lib/n.mjs', 'export const n = 3')
  assert.equal((await vfs.import('/gen.mjs')).default[0], 3)
  assert.deepEqual(events, [], 'nobody is told of a mount')
  vfs.mount('/generated')
  assert.deepEqual((await vfs.import('/generated/gen.mjs')).default, [3, 1, 'dep'])
  assert.equal(await vfs.import('/generated/gen.mjs'), await import('/generated/gen.mjs' as string))
  assert.equal(vfs.require('/generated/c.cjs'), require('/generated/c.cjs'))
  await assert.rejects(vfs.import('/gen.mjs'), { code: 'ENOENT', path: '/gen.mjs' })
  assert.throws(() => vfs.require(__filename), { code: 'ENOENT' })
  vfs.unmount()
  assert.deepEqual(events.splice(0), ['vfs-mount', 'vfs-unmount'])
}

async function others (): Promise<void> {
  const silent = create({ moduleHooks: false })
  silent.writeFileSync('/x.mjs', 'export default 1')
  silent.writeFileSync('/x.cjs', 'exports.x = 1')
  silent.mount('/silent')
  assert.deepEqual([(await silent.import('/silent/x.mjs')).default, silent.require('/silent/x.cjs').x], [1, 1])
  silent.writeFileSync('/silent/x.cjs', 'exports.x = 2')
  silent.invalidate('/silent/x.cjs')
  assert.equal(silent.require('/silent/x.cjs').x, 2)
  silent.unmount()

  const linked = create()
  linked.symlinkSync(__dirname, '/programs')
  linked.writeFileSync('/real.cjs', 'module.exports = require("./programs/generated.js")')
  assert.equal(linked.require('/real.cjs'), module.exports, 'real modules by a link')
  linked.unmount()

  const many = await Promise.all(Array.from({ length: 5 }, async (_, i) => {
    const vfs = filled({ '/same.mjs': `export default ${i}` })
    try {
      return (await vfs.import('/same.mjs')).default
    } finally {
      vfs.unmount()
    }
  }))
  assert.deepEqual(many, [0, 1, 2, 3, 4])
}

const BROKEN: Files = {
  '/syntax.mjs': '#!/usr/bin/env node\nimport {\n  n\n} from "./n.mjs"\nexport * from "./n.mjs"\nexport default function () { return import.meta.url }\nexport const b = = 2\n',
  '/inner.mjs': 'export { b } from "./syntax.mjs"',
  '/syntax.cjs': 'exports.a = 1\nexports.b = = 2\n',
  '/throws.mjs': 'export const a = 1\n\n  throw new TypeError("out")\n',
  '/throws.cjs': 'exports.a = 1\n\n  throw new TypeError("out")\n',
  '/noexport.mjs': '\nimport { x } from "./n.mjs"\n',
  '/n.mjs': 'export const n = 1'
}
const SHOWN: [string, string, ...('import' | 'require')[]][] = [
  ['/syntax.mjs', '/syntax.mjs:7\nexport const b = = 2\n                 ^\nSyntaxError: Unexpected token \'=\'\n', 'import'],
  ['/inner.mjs', '/syntax.mjs:7\nexport const b = = 2\n                 ^\nSyntaxError: Unexpected token \'=\'\n', 'import'],
  ['/syntax.cjs', '/syntax.cjs:2\nexports.b = = 2\n            ^\n\nSyntaxError: Unexpected token \'=\'\n', 'import', 'require'],
  ['/throws.mjs', '/throws.mjs:3\n  throw new TypeError("out")\n        ^\n\nTypeError: out\n    at ', 'import', 'require'],
  ['/throws.cjs', '/throws.cjs:3\n  throw new TypeError("out")\n        ^\n\nTypeError: out\n    at Object.<anonymous> (AT/throws.cjs:3:9)\n', 'import', 'require'],
  ['/noexport.mjs', '/noexport.mjs:2\nimport { x } from "./n.mjs"\n         ^\nSyntaxError: The requested module', 'import']
]

/** The line that is wrong stands above the stack, under the name that the object has for the file. */
async function readable (): Promise<void> {
  for (const mounted of [false, true]) {
    const at = mounted ? '/broken' : ''
    for (const [path, shown, ...ways] of SHOWN) {
      for (const way of ways) {
        const vfs = filled(BROKEN)
        if (mounted) vfs.mount(at)
        const thrown = await (async () => await vfs[way](at + path))().then(() => undefined, (error: Error) => error)
        const stack = mounted ? thrown!.stack!.replace(/^file:\/\//, '').replace(/\?fsmount=\d+/g, '') : thrown!.stack!
        assert.equal(stack.slice(0, at.length + shown.replace('AT', at).length), at + shown.replace('AT', at), `${way} ${path}`)
        vfs.unmount()
      }
    }
  }
  const gone = filled({ '/slow.mjs': 'globalThis.begun(); await new Promise(resolve => setTimeout(resolve, 20)); throw new Error("late")' })
  const begun = new Promise<void>((resolve) => { Object.assign(globalThis, { begun: resolve }) })
  const late = gone.import('/slow.mjs')
  void begun.then(() => { gone.unmount() })
  await assert.rejects(late, /late/)
  assert.deepEqual({ readFileSync: fs.readFileSync, dlopen: process.dlopen }, own, 'an error that comes late mounts nothing')
  const data = filled({ '/data.json': '{"n": 7}' })
  assert.deepEqual((await data.import('/data.json', { with: { type: 'json' } })).default, { n: 7 })
  await assert.rejects(data.import('/data.json', 5 as never), TypeError)
  data.unmount()
  const vfs = filled(BROKEN)
  await assert.rejects(vfs.import('/nothing.mjs'), { code: 'ERR_MODULE_NOT_FOUND', message: "Cannot find module '/nothing.mjs'" })
  assert.throws(() => vfs.require('/nothing'), { code: 'MODULE_NOT_FOUND', message: "Cannot find module '/nothing'" })
  vfs.writeFileSync('/syntax.mjs', 'export const b = 2')
  vfs.invalidate('/syntax.mjs')
  assert.equal((await vfs.import('/inner.mjs')).b, 2, 'mended')
  vfs.unmount()
}

void unmounted().then(others).then(readable).then(() => {
  assert.equal(fs.existsSync(join('/dev/null', 'fsmount')), false)
  process.stdout.write('ok')
})
