// Files that comments and the README name are there: who follows a name comes to something.
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'
import { readSources } from '../tools/sources.ts'

const root = findRoot()
const files = readSources(root, ['lib', 'providers', 'loader', 'test', 'fixtures']).map(({ path }) => path)

/** The names of TypeScript files in a text, with or without folders, that are none of `files`. */
function missing (text: string, files: readonly string[]): string[] {
  return Array.from(text.matchAll(/(?:[\w-]+\/)*[\w-][\w.-]*\.ts\b/g), ([name]) => name)
    .filter((name) => !files.some((file) => file === name || file.endsWith(`/${name}`)))
}

test('the files that sources and the README name are there', () => {
  const texts = [...readSources(root, ['lib', 'providers', 'loader']), { path: 'README.md', text: readFileSync(join(root, 'README.md'), 'utf8') }]
  assert.deepEqual(texts.flatMap(({ path, text }) => missing(text, files).map((name) => `${path}: ${name}`)), [])
})

test('a name of no file is seen', () => {
  assert.deepEqual(missing('// see b.ts, lib/b.ts and `c/b.ts`; the other is in ../d.ts (lib/fs.js)', ['lib/b.ts']), ['c/b.ts', 'd.ts'])
})
