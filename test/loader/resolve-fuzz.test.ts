// Random trees of packages: 5,000 specifiers from a fixed seed; `npm run fuzz:resolve` asks any number from any seed.
import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { compare, resolverOver } from '../../fixtures/resolve/compare.ts'
import { fuzz, report } from '../../fixtures/resolve/fuzz.ts'
import { generate } from '../../fixtures/resolve/generate.ts'
import { realHost } from '../../fixtures/resolve/realhost.ts'
import { shrink } from '../../fixtures/resolve/shrink.ts'

test('5,000 specifiers on random trees', () => {
  const { differences } = fuzz(5000, 1)
  equal(differences.slice(0, 1).map(report).join(''), '')
})

test('a tree comes from its seed alone', () => {
  equal(JSON.stringify(generate(7, 50)), JSON.stringify(generate(7, 50)))
  ok(JSON.stringify(generate(7, 50)) !== JSON.stringify(generate(8, 50)))
})

test('a difference is shrunk to the files that matter', () => {
  const deaf = resolverOver('deaf', () => ({ ...realHost(), packageJson: () => undefined }))
  const tree = {
    name: 'shrink',
    files: { 'node_modules/a/package.json': '{"name":"a","main":"m.js","type":"module"}', 'node_modules/a/m.js': '', 'node_modules/a/n.js': '', 'node_modules/b/index.js': '', 'c.js': '' },
    asks: [{ kind: 'require' as const, specifier: 'b' }, { kind: 'require' as const, specifier: 'a' }]
  }
  const [difference, ...more] = compare([tree], [deaf])
  equal(more.length, 0)
  const small = shrink(difference!, [deaf])
  equal(JSON.stringify(small.tree.files), '{"node_modules/a/package.json":"{\\"main\\":\\"m.js\\"}","node_modules/a/m.js":""}')
  equal(small.ask.specifier, 'a')
})
