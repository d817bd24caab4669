// The path-level methods that providers have at run time are those that their type declares.
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { VirtualProvider } from '../../lib/index.ts'
import { PRIMITIVES } from '../../lib/kernel/provider.ts'
import { findRoot } from '../tools/files.ts'

test('every path-level method is declared, and every declared one is there', () => {
  const text = readFileSync(join(findRoot(), 'lib/kernel/pathmethods.ts'), 'utf8')
  const declared = [...text.matchAll(/^ {2}(\w+) \(/gm)].map(([, name]) => name!)
  const there = Object.getOwnPropertyNames(VirtualProvider.prototype).filter((name) => name !== 'constructor' && typeof Object.getOwnPropertyDescriptor(VirtualProvider.prototype, name)!.value === 'function')
  assert.ok(declared.length > 50)
  // Temporary folders that remove themselves, patterns and blobs are of newer lines alone, and providers of inodes have some names for themselves.
  const undeclared = there.filter((name) => !declared.includes(name) && !(PRIMITIVES as readonly string[]).includes(name))
  assert.deepEqual(undeclared.filter((name) => !/^(?:mkdtempDisposable|glob|openAsBlob)/.test(name)), [])
  assert.deepEqual(declared.filter((name) => !there.includes(name)), [])
})
