// What of Node is used that Node does not document, where, and on which lines: no more than named here, and nothing on
// Node 24 and later but for hooks of `module.register` and --experimental-loader, once a program uses them. The list is checked against the sources, and on those lines the running code is watched.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'
import { readSources } from '../tools/sources.ts'

interface Use {
  /** The first line of Node that needs it no more. */
  readonly until: number
  readonly files: readonly string[]
  readonly why: string
}

/** Names that start with an underscore, of `node:module`, and the names of functions inside Node. No symbol of Node's classes is looked up by its description. */
const USES: Readonly<Record<string, Use>> = {
  _resolveFilename: { until: Infinity, files: ['loader/cjs.ts'], why: 'require.resolve, the require of imported CommonJS, and all of require on Node 20, ask no hooks; from Node 24 on only what CommonJS requires whose source a hook of module.register gave' },
  _compile: { until: 24, files: ['loader/cjs.ts', 'loader/facade.ts', 'loader/node20required.ts', 'loader/probe.ts'], why: 'the format of what is loaded without hooks; ES modules of a given source on Node 20' },
  _tickCallback: { until: Infinity, files: ['loader/hookanswers.ts'], why: 'our hooks in the thread of hooks are to stand before those of --experimental-loader, for which Node waits for no promise' },
  _extensions: { until: 22, files: ['loader/cjs.ts'], why: 'Node 20.19.0 to 20.19.5 load .mjs without _compile' },
  _load: { until: 24, files: ['loader/node20imported.ts', 'loader/preloads.ts'], why: 'imported CommonJS runs through the loader that knows require.cache; preloads of the hooks thread' },
  'internal/modules/esm': { until: 22, files: ['loader/node20required.ts'], why: 'which step of the loader asks, where it asks no hooks for what a required ES module imports' },
  'internal/preload': { until: 24, files: ['loader/preloads.ts', 'loader/resolvefilename.ts'], why: 'the id of the module that --require loads from, where a loader that is patched is given modules' }
}

const PRIVATE = /process\.binding\b|\bgetOwnPropertySymbols\b|\.(_[a-z]\w*)\b|\b(_[a-z]\w*) \((?=[a-z]\w*: )|'(?:[^'\n]*node:)?(internal\/(?:modules\/[a-z]+|\w+))/g
/** Not of Node. */
const OWN = new Set(['_exportStar'])

const root = findRoot()
const sources = readSources(root, ['lib', 'providers', 'loader'])

test('every private name in the sources is on the list, and nothing on the list is out of use', () => {
  const found = new Map<string, Set<string>>()
  for (const { path, code } of sources) {
    if (path === 'loader/versions.ts') continue // says where its facts come from
    for (const [all, property, method, internal] of code.matchAll(PRIVATE)) {
      const name = property ?? method ?? internal ?? all
      if (!OWN.has(name)) found.set(name, (found.get(name) ?? new Set()).add(path))
    }
  }
  const listed = Object.fromEntries(Object.entries(USES).map(([name, { files }]) => [name, [...files]]))
  assert.deepEqual(Object.fromEntries([...found].map(([name, paths]) => [name, [...paths].sort()]).sort()), Object.fromEntries(Object.entries(listed).sort()))
})

test('what only older lines need is read in on them alone', () => {
  const loader = sources.find(({ path }) => path === 'loader/loader.ts')!.text
  assert.match(loader, /if \(!facts\.hooksSeeInnerRequire \|\| isHooksThread\) undo\.push\(aside\(\(\) => require\('\.\/cjs\.js'\)/)
  assert.match(loader, /if \(facts\.registerHooks\) [^\n]*\n\s*else if \(!isHooksThread\) undo\.push\(aside\(\(\) => require\('\.\/node20thread\.js'\)/)
})

const WATCH = `
const Module = require('node:module'), { join, sep } = require('node:path')
const ours = /[\\\\/]dist[\\\\/](?:lib|loader|providers)[\\\\/]/
const seen = new Set()
const note = (name) => {
  const frame = new Error().stack.split('\\n').slice(3).find((line) => !line.includes('node:internal'))
  if (frame !== undefined && ours.test(new Error().stack.split('\\n')[3])) seen.add(name + ' ' + frame.trim())
}
for (const [holder, label] of [[Module, 'Module.'], [Module.prototype, 'Module.prototype.']]) {
  for (const name of Object.keys(holder).filter((key) => key.startsWith('_'))) {
    let value = holder[name]
    Object.defineProperty(holder, name, { get () { note(label + name); return value }, set (to) { note(label + name); value = to } })
  }
}
process.binding = new Proxy(process.binding, { apply () { note('process.binding') ; throw new Error('process.binding') } })
const { create } = require(join(process.argv[1], 'dist/lib/index.js'))
const vfs = create({ virtualCwd: true })
const files = { '/a.mjs': 'import c from "./c.cjs"; import dep from "dep"; export { c, dep }; export const v = await 1', '/c.cjs': 'exports.j = require("./j.json"); exports.e = require("./e.mjs"); exports.r = require.resolve("dep"); exports.p = require.resolve("dep", { paths: [__dirname] })', '/e.mjs': 'export default 1',
  '/ambiguous.js': 'export const x = 1', '/j.json': '{}', '/node_modules/dep/package.json': '{"exports":"./i.js"}', '/node_modules/dep/i.js': 'module.exports = 1' }
async function main () {
  for (let round = 0; round < 3; round++) {
    for (const [path, text] of Object.entries(files)) vfs.writeFileSync(path, text)
    vfs.mount('/private')
    await import('/private/a.mjs')
    require('/private/c.cjs')
    require('/private/ambiguous.js')
    await import('/private/ambiguous.js')
    Module.findPackageJSON('dep', '/private/a.mjs')
    await import('/private/missing.mjs').catch(() => {})
    try { require('/private/missing') } catch {}
    vfs.invalidate('/private/e.mjs')
    require('/private/c.cjs')
    vfs.unmount()
    await vfs.import('/a.mjs')
    vfs.unmount()
  }
  console.log(JSON.stringify([...seen]))
}
main()`

test('nothing private is touched on Node 24 and later', { skip: Number(process.versions.node.split('.')[0]) < 24 ? 'the list says what this line needs' : false }, () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', WATCH, root], { encoding: 'utf8', cwd: join(root, 'dist') })
  assert.deepEqual([stdout, stderr], ['[]\n', ''])
})
