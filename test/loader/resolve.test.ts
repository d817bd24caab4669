// Every case of fixtures/resolve is asked of the running Node and of the resolver; the answers must be the same.
import { equal, ok } from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { TREES } from '../../fixtures/resolve/cases.ts'
import { SUBJECTS, compare, resolverOver, show } from '../../fixtures/resolve/compare.ts'
import { realHost } from '../../fixtures/resolve/realhost.ts'
import { nodeFacts } from '../../loader/versions.ts'
import type { Difference } from '../../fixtures/resolve/compare.ts'

const facts = nodeFacts(process.version)
const applies = TREES.filter(({ only }) => only === undefined || only(facts))
let differences: Difference[] = []

describe('the resolver answers as Node', () => {
  before(() => { differences = compare(applies) })
  for (const { name, skips } of SUBJECTS) {
    describe(name, () => {
      for (const tree of applies) {
        const reasons = tree.asks.map(ask => skips?.(ask)).filter(reason => reason !== undefined)
        test(`${tree.name} (${tree.asks.length - reasons.length})`, t => {
          for (const reason of new Set(reasons)) t.diagnostic(`${reasons.filter(other => other === reason).length} not asked: ${reason}`)
          const own = differences.filter(each => each.tree === tree && each.subject === name)
          equal(own.map(show).join('\n'), '')
        })
      }
    })
  }
})

for (const { name, only, why } of TREES) {
  if (why !== undefined && only?.(facts) === false) test(name, { skip: why }, () => {})
}

test('there are as many cases as are asked for', () => {
  ok(applies.reduce((sum, { asks }) => sum + asks.length, 0) >= 300)
})

test('names of trees are unique, so that a failure can be found', () => {
  equal(new Set(TREES.map(({ name }) => name)).size, TREES.length)
})

test('a host that sees no folders is found out', () => {
  const blind = resolverOver('blind', () => ({ ...realHost(), stat: path => realHost().stat(path) === 'file' ? 'file' : undefined }))
  ok(compare(TREES.filter(({ name }) => name === 'places'), [blind]).length > 20)
})
