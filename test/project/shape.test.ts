// The shape of the sources: no file grows beyond what a reader takes in at once, each says what it is for, and the
// names of fs functions are written down in the table of operations alone.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'
import { listsOf, readSources } from '../tools/sources.ts'
import type { Source } from '../tools/sources.ts'

const LIMIT = 400

/** Names that the primitives of a provider share with functions of fs. */
const PRIMITIVES = new Set(['read', 'write'])
const FUNCTIONS = new Set(Object.keys(Object.getOwnPropertyDescriptors(fs)).concat(Object.keys(fs.promises))
  .filter((name) => /^[a-z]/.test(name) && name !== 'constants' && name !== 'promises'))

const sources = readSources(findRoot(), ['lib', 'providers', 'loader'])

test('no file has more than 400 lines', () => {
  const long = sources.filter(({ text }) => text.split('\n').length - 1 > LIMIT)
  assert.deepEqual(long.map(({ path }) => path), [])
})

/** What `sources` export and no other of `all` names. */
function unused (sources: readonly Source[], all: readonly Source[]): string[] {
  return sources.flatMap(({ path, code }) => [...code.matchAll(/^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|class|function)\s*\*?\s*(\w+)/gm)]
    .filter(([, name]) => !all.some((other) => other.path !== path && new RegExp(`\\b${name}\\b`).test(other.code)))
    .map(([, name]) => `${path}: ${name}`))
}

test('what is exported is taken by another file', () => {
  assert.deepEqual(unused(sources, readSources(findRoot(), ['lib', 'providers', 'loader', 'test', 'fixtures'])), [])
})

test('an export that nobody takes is seen', () => {
  const source = (path: string, code: string): Source => ({ path, code, text: code })
  const a = source('a.ts', 'export const one = 1\nexport async function two () {}\nexport class Three {}\nexport function * four () {}\nconst five = one')
  assert.deepEqual(unused([a], [a, source('b.ts', "import { two } from './a.ts'")]), ['a.ts: one', 'a.ts: Three', 'a.ts: four'])
})

test('each file opens with what it is for', () => {
  const bare = sources.filter(({ text }) => !/^(?:#!.*\n)?(?:\/\/ \S|\/\*\*)/.test(text))
  assert.deepEqual(bare.map(({ path }) => path), [])
})

test('no list of three or more names of fs functions stands outside lib/ops', () => {
  const found = sources.filter(({ path }) => !path.startsWith('lib/ops/'))
    .flatMap((source) => listsOf(source, FUNCTIONS, PRIMITIVES).map((list) => `${source.path}: ${list.join(' ')}`))
  assert.deepEqual(found, [])
})

test('a list of names of fs functions is seen in every spelling', () => {
  const lists = (code: string): string[][] => listsOf({ path: '', text: code, code }, FUNCTIONS, PRIMITIVES)
  const three = [['stat', 'mkdirSync', 'read']]
  assert.deepEqual(lists("const a = ['stat', 'mkdirSync', 'read']"), three)
  assert.deepEqual(lists("type A = 'stat' | 'mkdirSync' | 'read'"), three)
  assert.deepEqual(lists('const { stat, mkdirSync, read } = native'), three)
  assert.deepEqual(lists("const a = {\n  stat: 1,\n  mkdirSync: 'w',\n  read: x.y,\n}"), three)
  assert.deepEqual(lists("const a = ['stat', 'mkdirSync']"), [])
  assert.deepEqual(lists("const essentials = ['getdents', 'read', 'write', 'pin']"), [])
  assert.deepEqual(lists('native.statSync(a); native.mkdirSync(b); native.readSync(c)'), [])
})
