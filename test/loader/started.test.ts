// Node started in a folder of a mount, with flags and files of it, does what it does in the same folder on the disk.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { mountFiles } from './mounted.ts'
import type { Files } from './mounted.ts'

const AT = '/fsmount-started'
const TREE: Files = {
  '/package.json': JSON.stringify({ name: 'started', exports: './self.js', imports: { '#inner': { import: './inner.mjs', require: './inner.cjs' } } }),
  '/self.js': 'console.log("self", __filename)',
  '/inner.cjs': 'module.exports = "inner by require"',
  '/inner.mjs': 'export default "inner by import"',
  '/node_modules/tool/index.js': 'exports.tool = __filename; console.log("tool", module.isPreloading, module.parent.id, module.parent.paths)',
  '/main.mjs': 'console.log("main", import.meta.url)',
  '/main.cjs': 'console.log("main", __filename, require("tool").tool)',
  '/plain/index.js': 'import { sep } from "node:path"\nconsole.log("plain", import.meta.url, sep)',
  '/cluster.js': `const cluster = require('cluster')
if (cluster.isPrimary) cluster.fork().on('exit', (code) => console.log('worker', code))
else process.exit(module.parent.paths.length + 40)`
}
let folder: string

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fsmount-started-')))
  for (const [path, content] of Object.entries(TREE)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** What Node does in a folder; of errors the first line of each, without places in Node. */
function start (cwd: string, args: readonly string[], input: string): unknown {
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...env } = process.env
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args.map((arg) => arg.replace('ROOT', cwd)), { cwd, input, env: { ...env, NO_COLOR: '1' }, encoding: 'utf8' })
  const errors = stderr.split('\n').filter((line) => /^\w*Error|^\w+ \[|code:|warning/i.test(line)).map((line) => line.replace(/^\(node:\d+\)/, ''))
  // The disk has more folders above, and their number is that of its root.
  const folders = new RegExp(`'${cwd.replace(/[^/]+$/, '')}node_modules',?|'/\\w+/node_modules',?|'/node_modules',?`, 'g')
  return { status, signal, stdout: stdout.replace(folders, '').replaceAll(/\s+/g, ' ').replaceAll(cwd, 'ROOT'), errors: errors.map((line) => line.replaceAll(cwd, 'ROOT')) }
}

for (const [what, { args, input = '' }] of Object.entries({
  'the REPL finds what the package imports, itself and others': {
    args: ['--interactive'], input: 'require("#inner")\nrequire("./inner.cjs")\nrequire("tool").tool\nrequire("started") && 1\nrequire.resolve("started")\ntry { require("nothing") } catch (error) { error.message }\n'
  },
  'the REPL imports': { args: ['--interactive'], input: 'await import("#inner")\n' },
  'a package is preloaded': { args: ['-r', 'tool', 'main.cjs'] },
  'the package itself is preloaded': { args: ['-r', 'started', 'main.cjs'] },
  'what the package imports is no preload': { args: ['-r', '#inner', 'main.cjs'] },
  'a package is preloaded by import': { args: ['--import', 'tool', 'main.mjs'] },
  'code on the command line asks for packages': { args: ['-e', 'console.log(require("tool").tool, require("#inner"))'] },
  'modules on the command line ask for packages': { args: ['--input-type=module', '-e', 'import tool from "tool"; import inner from "#inner"; console.log(tool.tool, inner, import.meta.url)'] },
  'no input type for files': { args: ['--input-type=module', 'ROOT/main.mjs'] },
  'no input type for files of CommonJS that is imported': { args: ['--input-type=commonjs', '--import', 'data:text/javascript,', 'ROOT/main.cjs'] },
  'an ambiguous entry does not abort what aborts for uncaught exceptions': { args: ['--abort-on-uncaught-exception', 'ROOT/plain/index.js'] },
  'a worker preloads a package': { args: ['-e', 'new (require("worker_threads").Worker)("./main.cjs", { execArgv: ["-r", "tool"] })'] },
  'an entry that is not there': { args: ['ROOT/gone.js'] },
  'a worker that is not there': { args: ['-e', 'new (require("worker_threads").Worker)(process.cwd() + "/gone.js").on("error", ({ message, requireStack }) => console.log(message, requireStack))'] },
  'the REPL misses what is not beside it': { args: ['--interactive'], input: 'try { require("./nothing") } catch (error) { error.message }\n' },
  'a cluster that a preload starts': { args: ['-r', './cluster.js', '-e', '0'] }
} as Record<string, { args: string[], input?: string }>)) {
  test(what, () => {
    const vfs = mountFiles(AT, TREE, { virtualCwd: true })
    try {
      assert.deepEqual(start(AT, args, input), start(folder, args, input))
    } finally {
      vfs.unmount()
    }
  })
}
