// The imports between the parts point as the picture of the house has them: the kernel knows nothing, the table of
// operations knows the kernel, the mount knows the table, the face knows all; providers know the kernel alone.
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'
import { importsOf, readSources } from '../tools/sources.ts'
import type { Source } from '../tools/sources.ts'

/** A part is a folder (ends in `/`) or a file; the first that a path starts with is its part. May import itself. */
const ARROWS: Record<string, string[]> = {
  'lib/cli.ts': ['lib/index.ts', 'lib/kernel/native.ts'],
  'lib/register.ts': ['lib/preload.ts', 'lib/inherited.ts', 'lib/kernel/'],
  'lib/preload.ts': ['lib/index.ts', 'lib/configuration.ts', 'lib/exit.ts', 'lib/receive.ts', 'lib/restore.ts', 'lib/mount/mounting.ts', 'lib/kernel/'],
  'lib/inherited.ts': ['loader/preloads.ts', 'lib/index.ts', 'lib/exit.ts', 'lib/receive.ts', 'lib/follow.ts', 'lib/kernel/'],
  'lib/follow.ts': ['lib/index.ts', 'lib/vfs.ts', 'lib/restore.ts', 'lib/mount/', 'lib/kernel/'],
  'lib/exit.ts': [],
  'lib/configuration.ts': ['lib/mount/', 'lib/kernel/'],
  'lib/receive.ts': ['lib/restore.ts', 'lib/mount/', 'lib/kernel/'],
  'lib/restore.ts': ['lib/factories.ts', 'lib/vfs.ts', 'lib/mount/', 'lib/kernel/'],
  'lib/factories.ts': ['lib/mount/', 'lib/kernel/'],
  'lib/index.ts': ['lib/vfs.ts', 'lib/follow.ts', 'lib/methods.ts', 'lib/factories.ts', 'lib/mount/', 'lib/ops/', 'lib/kernel/', 'providers/', 'loader/'],
  'lib/methods.ts': ['lib/virtualfilehandle.ts', 'lib/vfs.ts', 'lib/ops/', 'lib/kernel/'],
  'lib/virtualfilehandle.ts': ['lib/vfs.ts', 'lib/ops/', 'lib/kernel/'],
  'lib/vfs.ts': ['lib/ownspace.ts', 'lib/mount/', 'lib/ops/', 'lib/kernel/'],
  'lib/ownspace.ts': ['lib/mount/', 'lib/ops/', 'lib/kernel/'],
  'lib/mount/': ['lib/ops/', 'lib/kernel/'],
  'lib/ops/': ['lib/kernel/'],
  'lib/kernel/': [],
  'providers/': ['lib/kernel/'],
  'loader/': ['lib/kernel/'],
}
const FS = /^(?:node:)?fs(?:\/promises)?$/

const partOf = (path: string): string | undefined => Object.keys(ARROWS).find((part) => path.startsWith(part))
const isFile = (specifier: string): boolean => specifier.endsWith('.ts')

function faults (source: Source): string[] {
  const { path } = source
  const part = partOf(path)
  if (part === undefined) return [`${path} is in no part of the picture`]
  // The types of fs are not its functions.
  const found = importsOf(source, false).filter((target) => FS.test(target) && path !== 'lib/kernel/native.ts')
    .map((target) => `${path} imports ${target}; only lib/kernel/native.ts may`)
  for (const target of importsOf(source)) {
    if (!isFile(target)) continue
    if (!target.startsWith(part) && !ARROWS[part]!.some((allowed) => target.startsWith(allowed))) found.push(`${path} imports ${target}`)
  }
  return found
}

const sources = readSources(findRoot(), ['lib', 'providers', 'loader'])

test('every import follows an arrow of the picture', () => {
  assert.ok(sources.length >= 5)
  assert.deepEqual(sources.flatMap(faults), [])
})

test('an import against the arrows is seen', () => {
  const source = (path: string, code: string): Source => ({ path, code, text: code })
  assert.deepEqual(faults(source('lib/kernel/a.ts', "import { b } from './b.ts'\nimport type { c } from '../ops/c.ts'")), ['lib/kernel/a.ts imports lib/ops/c.ts'])
  assert.deepEqual(faults(source('providers/a.ts', "const b = await import('../lib/index.ts')")), ['providers/a.ts imports lib/index.ts'])
  assert.deepEqual(faults(source('providers/a.ts', "import fs from 'node:fs'")), ['providers/a.ts imports node:fs; only lib/kernel/native.ts may'])
  assert.deepEqual(faults(source('providers/a.ts', "import type { Stats } from 'node:fs'\nlet b: typeof import('node:fs'), c: import('node:fs').Dirent")), [])
  assert.deepEqual(faults(source('loader/a.ts', "const fs = require('fs/promises')")), ['loader/a.ts imports fs/promises; only lib/kernel/native.ts may'])
  assert.deepEqual(faults(source('lib/other.ts', '')), ['lib/other.ts is in no part of the picture'])
})

test('the resolver reaches no file system and no global', () => {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const reached = new Set(['loader/resolve.ts'].filter((path) => byPath.has(path)))
  for (const path of reached) {
    const source = byPath.get(path)!
    const code = source.code.replace(/'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g, "''")
    assert.doesNotMatch(code, /(?<![.\w])(?:process|globalThis|global|Buffer|console|require|__dirname)\s*[.[(]/, path)
    for (const target of importsOf(source, false)) {
      if (isFile(target)) reached.add(target)
      else assert.match(target, /^node:(?:buffer|path|url|util|vm)$/, path)
      assert.notEqual(target, 'lib/kernel/native.ts', path)
    }
    for (const target of reached) assert.match(target, /^(?:loader|lib\/kernel)\//, path)
  }
})
