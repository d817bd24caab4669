// What package.json promises is there: the files behind its exports and its command, and what is packed.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'

const root = findRoot()
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as
  { name: string, version: string, main: string, types: string, bin: Record<string, string>, exports: Record<string, string | Record<string, string>>, files: string[] }

/** What a build has joined into a file. */
const partsOf = (file: string): string[] => Array.from(readFileSync(file, 'utf8').matchAll(/^"(\S+)": \(function /gm), ([, part]) => join(part!))

/** What npm would pack. */
function packedFiles (): Set<string> {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' })
  return new Set((JSON.parse(stdout) as [{ files: { path: string }[] }])[0].files.map(({ path }) => path))
}

test('every file that package.json names is there and packed, and no packed file needs one that is not', () => {
  const packed = packedFiles()
  for (const path of packed) {
    if (!path.endsWith('.js')) continue
    for (const [, target] of readFileSync(join(root, path), 'utf8').matchAll(/require\("(\.[^"]+)"\)/g)) assert.ok(packed.has(join(path, '..', target!)), `${path} needs ${target}`)
  }
  const named = [manifest.main, manifest.types, ...Object.values(manifest.bin), ...Object.values(manifest.exports).flatMap((target) => typeof target === 'string' ? target : Object.values(target))]
  for (const path of named) {
    assert.ok(existsSync(join(root, path)), path)
    assert.ok(path === './package.json' || packed.has(path.replace(/^\.\//, '')), `${path} is not packed`)
  }
})

test('the types bring those of Node along, and none is a default import, which needs an option of the compiler', () => {
  for (const path of packedFiles()) {
    if (path.endsWith('.d.ts')) assert.doesNotMatch(readFileSync(join(root, path), 'utf8'), /^import \w+(?:,| from)/m, path)
  }
  assert.match(readFileSync(join(root, manifest.types), 'utf8'), /^\/\/\/ <reference types="node"/m)
})

test('the command is a script of node', () => {
  for (const path of Object.values(manifest.bin)) assert.match(readFileSync(join(root, path), 'utf8'), /^#!\/usr\/bin\/env node\n/)
})

test('import and require share one instance, under the name of the package', () => {
  const code = `import * as imported from 'fsmount'
    import { createRequire } from 'node:module'
    const required = createRequire(import.meta.url)('fsmount')
    console.log(imported.create === required.create, imported.MemoryProvider === required.MemoryProvider, typeof imported.create)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, encoding: 'utf8' })
  assert.deepEqual([stdout, stderr], ['true true function\n', ''])
  assert.equal(createRequire(join(root, 'x.js'))('fsmount/package.json').version, manifest.version)
})

test('loading changes nothing and reads no driver', () => {
  const code = `const fs = require('fs'), before = { ...fs }, globals = Object.getOwnPropertyNames(globalThis).length
    const load = process.moduleLoadList.length
    require('fsmount')
    const loaded = process.moduleLoadList.slice(load).filter((name) => /sqlite|sea$/.test(name)).concat(Object.keys(require.cache).filter((name) => /better-sqlite3/.test(name)))
    console.log(loaded, Object.keys(fs).filter((name) => fs[name] !== before[name]), Object.getOwnPropertyNames(globalThis).length - globals)`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8' })
  assert.deepEqual([stdout, stderr], ['[] [] 0\n', ''])
})

test('loading reads no part of the package that most programs never need', () => {
  const code = `require('fsmount')
    console.log(JSON.stringify([process.moduleLoadList, Object.keys(require.cache)]))`
  const { stdout } = spawnSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8' })
  const [builtins, files] = JSON.parse(stdout) as [string[], string[]]
  const own = files.flatMap((file) => [relative(join(root, 'dist'), file), ...partsOf(file)])
  assert.ok(own.includes(join('lib', 'vfs.js')))
  const rare = /^loader.|^providers.(?!memory|path)|^lib.ops.(?:cp|glob|watch).|[\\/](?:blob|copy|filehandle|materialize|children|workers|running|replay|rm|snapshot|shared|adapter|steps)\.js$/
  assert.deepEqual(own.filter((file) => rare.test(file)), [])
  assert.deepEqual(builtins.filter((name) => /^NativeModule (?:crypto|zlib|child_process|net|http|perf_hooks)$/.test(name)), [])
})
