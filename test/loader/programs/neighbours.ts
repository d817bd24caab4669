// What the loader has to do with others: real modules beside and around mounts, hooks of other people, overlays, mounts
// that serve no modules, and what is left when it stops. Run as `neighbours.js FOLDER`. Prints `ok`.
import assert from 'node:assert/strict'
import nodeModule, { createRequire } from 'node:module'
import fs, { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SqliteProvider } from '../../../lib/index.ts'
import { nodeFacts } from '../../../loader/versions.ts'
import { mountFiles } from '../mounted.ts'

const facts = nodeFacts(process.version)
const folder = join(process.argv[2]!, 'neighbours')
const before = { ...nodeModule as unknown as Record<string, unknown> }
const dlopen = process.dlopen

function write (path: string, text: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

const realURL = pathToFileURL(write('real.mjs', 'import m from "mounted-package"; import r from "real-package"; import v from "./mount/x.mjs"; export default [m, r, v]')).href
const real = createRequire(write('real.js', 'exports.all = () => [require("mounted-package"), require("real-package"), require("./mount/x.cjs"), require.resolve("mounted-package")]'))
write('node_modules/real-package/index.js', 'module.exports = "real"')
write('shadow/a.js', 'module.exports = "a of the disk"')
write('shadow/b.js', 'module.exports = [require("./a"), require("./c")]')
write('shadow/c.js', 'module.exports = "c of the disk"')
write('shadow/m.mjs', 'export default "m of the disk"')
write('shadow/uses.mjs', 'import m from "./m.mjs"; export default m')

const bring = async (path: string): Promise<unknown> => (await import(path) as { default: unknown }).default

/** Real modules find what is mounted beside and above them, and mounted ones what is real above them. */
async function around (): Promise<void> {
  const mounts = [
    mountFiles(join(folder, 'node_modules/mounted-package'), { '/package.json': '{ "exports": { "require": "./r.cjs", "import": "./i.mjs" } }', '/r.cjs': 'module.exports = "mounted by require"', '/i.mjs': 'export default "mounted by import"' }),
    mountFiles(join(folder, 'mount'), { '/x.mjs': 'export { default } from "real-package"', '/x.cjs': 'module.exports = [require("real-package"), require("mounted-package"), require("../real.js") === require("../real")]' }),
    mountFiles('/mounted/global', { '/by-path/index.js': 'module.exports = "by NODE_PATH"' })
  ]
  assert.deepEqual((real('./real.js') as { all (): unknown }).all(), ['mounted by require', 'real', ['real', 'mounted by require', true], join(folder, 'node_modules/mounted-package/r.cjs')])
  assert.deepEqual(await bring(realURL), ['mounted by import', 'real', 'real'])
  assert.equal(real('by-path'), 'by NODE_PATH')
  assert.equal(real.resolve('mounted-package', { paths: [folder] }), join(folder, 'node_modules/mounted-package/r.cjs'))
  assert.equal(createRequire('/elsewhere/x.js').resolve('./x.cjs', { paths: [join(folder, 'mount')] }), join(folder, 'mount/x.cjs'))
  assert.throws(() => real('nobody-has-this'), { code: 'MODULE_NOT_FOUND', requireStack: [join(folder, 'real.js')] })
  for (const vfs of mounts) vfs.unmount()
  assert.throws(() => real('mounted-package'), { code: 'MODULE_NOT_FOUND' })
}

/** A mount over folders that have been loaded from: its code runs while it is there, the disk's before and after. */
async function shadows (): Promise<void> {
  const disk = join(folder, 'shadow')
  assert.deepEqual([real('./shadow/a'), await bring(pathToFileURL(join(disk, 'm.mjs')).href)], ['a of the disk', 'm of the disk'])
  const kept = real.cache[join(disk, 'a.js')]
  const overlay = mountFiles(folder, { '/shadow/a.js': 'module.exports = "a of the overlay"', '/shadow/m.mjs': 'export default "m of the overlay"' }, { overlay: true })
  assert.deepEqual([real('./shadow/a'), real('./shadow/b'), real('./shadow/c')], ['a of the overlay', ['a of the overlay', 'c of the disk'], 'c of the disk'])
  assert.equal(await bring(pathToFileURL(join(disk, 'm.mjs')).href), 'm of the overlay')
  assert.equal(await bring(pathToFileURL(join(disk, 'uses.mjs')).href), 'm of the overlay')
  overlay.unmount()
  assert.equal(real.cache[join(disk, 'a.js')], kept, 'real modules are untouched')
  assert.deepEqual([real('./shadow/a'), await bring(pathToFileURL(join(disk, 'm.mjs')).href)], ['a of the disk', 'm of the disk'])

  const plain = mountFiles(disk, { '/a.js': 'module.exports = "a of the mount"' })
  assert.equal(real('./shadow/a'), 'a of the mount')
  assert.throws(() => real('./shadow/c'), { code: 'MODULE_NOT_FOUND' })
  await assert.rejects(bring(pathToFileURL(join(disk, 'm.mjs')).href + '?hidden'), { code: 'ERR_MODULE_NOT_FOUND' })
  plain.unmount()
  assert.equal(real('./shadow/c'), 'c of the disk')
}

/** A mount of everything leaves built-ins and the package's own files. */
async function everything (): Promise<void> {
  const own = createRequire(__filename)
  const parts = Object.keys(own.cache).filter(path => path.startsWith(dirname(dirname(dirname(__dirname)))))
  const vfs = mountFiles('/', { '/app/x.js': 'module.exports = require("fs")', '/app/y.mjs': 'import fs from "node:fs"; export default fs' })
  assert.deepEqual(parts.filter(path => own.cache[path] === undefined), [], 'read in twice, what one knows the other does not')
  assert.equal(own('/app/x.js'), require('node:fs'))
  assert.equal(await bring('/app/y.mjs'), require('node:fs'))
  assert.throws(() => own(join(folder, 'real.js')), { code: 'MODULE_NOT_FOUND' })
  assert.equal(own('../../../loader/purge.js'), own(join(dirname(dirname(dirname(__dirname))), 'loader/purge.js')))
  const driver = 'better-sqlite3'
  try {
    new SqliteProvider(':memory:', { driver }).close()
  } catch {
    vfs.unmount()
    assert.throws(() => new SqliteProvider(':memory:', { driver }), 'a driver that loads without the mount loads under it')
  }
  vfs.unmount()
}

/** Without moduleHooks Node looks on the disk. */
async function unserved (): Promise<void> {
  const vfs = mountFiles('/unserved', { '/x.cjs': 'module.exports = 1', '/x.mjs': '' }, { moduleHooks: false })
  assert.throws(() => real('/unserved/x.cjs'), { code: 'MODULE_NOT_FOUND' })
  await assert.rejects(bring('/unserved/x.mjs'), { code: 'ERR_MODULE_NOT_FOUND' })
  vfs.unmount()
}

/** Hooks that came after ours see our files and may change them; those that came before are asked for what is nobody's. */
async function hooks (): Promise<void> {
  if (!facts.registerHooks) return
  const seen: string[] = []
  const earlier = nodeModule.registerHooks({
    resolve (specifier, context, next) {
      seen.push(specifier)
      return specifier === 'earlier-alias' ? { url: 'data:text/javascript,export default "aliased"', shortCircuit: true } : next(specifier, context)
    }
  })
  const vfs = mountFiles('/hooked', {
    '/m.mjs': 'export default "original"',
    '/c.json': '"original"',
    '/c.cjs': 'module.exports = ["original", require("./d.js"), require("./c.json")]',
    '/d.js': 'module.exports = "original"',
    '/i.mjs': 'import c from "./c.cjs"; export default c',
    '/a.mjs': 'export { default } from "earlier-alias"'
  })
  const loaded = new Set<string>()
  const later = nodeModule.registerHooks({
    resolve: (specifier, context, next) => next(specifier === 'alias:m' ? '/hooked/m.mjs' : specifier, context),
    load (url, context, next) {
      const result = next(url, context)
      if (!url.startsWith('file:///hooked/')) return result
      loaded.add(url.slice('file:///hooked/'.length))
      return { ...result, source: String(result.source).replace('original', 'changed') }
    }
  })
  assert.equal(await bring('alias:m'), 'changed')
  assert.deepEqual(await bring('/hooked/i.mjs'), ['changed', 'changed', 'changed'])
  assert.deepEqual(real('/hooked/c.cjs'), ['changed', 'changed', 'changed'])
  assert.deepEqual([...loaded].sort(), ['c.cjs', 'c.json', 'd.js', 'i.mjs', 'm.mjs'])
  later.deregister()
  assert.deepEqual(seen.filter(specifier => !/^(?:\.\.)?\/$/.test(specifier) && !specifier.startsWith('node:')), [], 'what a mount owns, but for the two questions that tell the paths of require.resolve')
  assert.equal(await bring('/hooked/a.mjs'), 'aliased')
  earlier.deregister()
  vfs.unmount()
}

/** Aliases of other people lead into a mount, whoever asks for them: by a hook that was there before, and by a wrapper of the function behind `require`. */
async function aliases (): Promise<void> {
  const vfs = mountFiles('/aliased', {
    '/lib/x.js': 'module.exports = "x"',
    '/lib/e.mjs': 'export default "e"',
    '/node_modules/other/index.js': 'module.exports = "other"',
    '/main.js': 'exports.all = () => [require("@/x"), require.resolve("@/x"), require("named")]; exports.missing = () => require("@/missing")',
    '/uses.mjs': 'import e from "@/e.mjs"; export default e'
  })
  const loader = nodeModule as unknown as { _resolveFilename (request: string, ...rest: unknown[]): string }
  const { _resolveFilename: original } = loader
  loader._resolveFilename = function (request, ...rest) {
    return original.call(this, request === 'named' ? 'other' : request.startsWith('@/') ? `/aliased/lib/${request.slice(2)}` : request, ...rest)
  }
  const main = real('/aliased/main.js') as { all (): unknown, missing (): unknown }
  assert.deepEqual(main.all(), ['x', '/aliased/lib/x.js', 'other'])
  assert.equal(real('@/x'), 'x')
  for (const fails of [main.missing, () => real('@/missing')]) assert.throws(fails, (error: Error) => /^Cannot find module '\/aliased\/lib\/missing'\n/.test(error.message))
  loader._resolveFilename = original
  if (facts.registerHooks) {
    const earlier = nodeModule.registerHooks({
      resolve: (specifier, context, next) => specifier.startsWith('@/') ? { url: `file:///aliased/lib/${specifier.slice(2)}`, shortCircuit: true } : next(specifier, context)
    })
    assert.equal(await bring('/aliased/uses.mjs'), 'e')
    earlier.deregister()
  }
  vfs.unmount()
}

/** Others who wrap functions of `fs`, before us or after us: modules are found all the same, and theirs stays. */
async function wrappers (): Promise<void> {
  const own = fs.readFileSync
  for (const first of [true, false]) {
    const seen: unknown[] = []
    const wrap = (): typeof own => {
      const before = fs.readFileSync as (...args: unknown[]) => unknown
      return (fs.readFileSync = ((...args: unknown[]) => {
        seen.push(args[0])
        return before(...args)
      }) as unknown as typeof own)
    }
    const early = first ? wrap() : undefined
    const vfs = mountFiles('/wrapped', { '/a.mjs': 'import c from "./c.cjs"; export default c', '/c.cjs': 'module.exports = [require("./j.json"), require("./e.mjs").default]', '/j.json': '"json"', '/e.mjs': 'export default "esm"' })
    const theirs = early ?? wrap()
    assert.deepEqual(await bring('/wrapped/a.mjs'), ['json', 'esm'])
    assert.deepEqual(real('/wrapped/c.cjs'), ['json', 'esm'])
    seen.length = 0
    assert.equal(fs.readFileSync('/wrapped/j.json', 'utf8'), '"json"')
    fs.readFileSync(join(folder, 'real.js'))
    assert.deepEqual(seen, first ? [join(folder, 'real.js')] : ['/wrapped/j.json', join(folder, 'real.js')])
    vfs.unmount()
    assert.equal(fs.readFileSync, theirs)
    assert.throws(() => fs.readFileSync('/wrapped/j.json'), { code: 'ENOENT' })
    fs.readFileSync(join(folder, 'real.js'))
    fs.readFileSync = own
  }
}

function stopped (): void {
  for (const [name, value] of Object.entries(before)) assert.equal((nodeModule as unknown as Record<string, unknown>)[name], value, name)
  assert.equal(process.dlopen, dlopen)
}

void around().then(shadows).then(everything).then(unserved).then(hooks).then(aliases).then(wrappers).then(stopped).then(() => process.stdout.write('ok'))
