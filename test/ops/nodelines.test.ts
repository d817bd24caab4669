// What the functions of fs do differently on a Node line, known of the lines that are not at hand too.
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { cpLine, cpLineOf, globLine, globLineOf, line, lineOf } from '../../lib/ops/nodelines.ts'

/** What is known of a version, flat. */
function known (version: string): Record<string, unknown> {
  const { direntsFollow, ...rest } = lineOf(version)
  const follow = Object.fromEntries(Object.entries(direntsFollow).map(([form, holds]) => [`direntsFollow ${form}`, holds]))
  const named = (what: string, facts: object): Record<string, unknown> => Object.fromEntries(Object.entries(facts).map(([name, holds]) => [`${what} ${name}`, holds]))
  return { ...rest, ...follow, ...named('cp', cpLineOf(version)), ...named('glob', globLineOf(version)) }
}

/** What begins to hold, and with `-` what ceases to, from one version to another. */
function changes (before: string, after: string): string[] {
  const [was, is] = [known(before), known(after)]
  return Object.keys(is).filter((name) => was[name] !== is[name]).map((name) => is[name] === true ? name : `-${name}`).sort()
}

const CHANGES: [before: string, after: string, what: string[]][] = [
  ['20.19.0', '20.20.2', []],
  ['20.20.2', '22.23.3', [
    '-handleReadsAnywhere', '-recursiveReaddirThrows', '-webStreamsOfSystem', 'copyTakesOwner', 'cp folderExists', 'cp inNative', 'cp looksAtLinksSync',
    'direntsFollow callback', 'direntsFollow sync', 'noEntryCoversNotDir', 'noTimeOmits', 'rmShowsUrl', 'watchQueues'
  ]],
  ['22.23.3', '24.21.0', ['-glob givesUp', '-symlinkCallsLast', 'cp followsTarget', 'cp looksAtLinks', 'emptyTemplates', 'glob follows', 'noEntryInAllForms', 'rmInNative', 'rmNamesTwice']],
  ['24.21.0', '26.10.0', [
    '-callbackWritesNothing', '-glob entersLinks', '-looksAfterOpening', '-promiseDecodesFirst', '-promiseListsLastFirst', '-rmNamesTwice', 'blobNamesError', 'cp copiesFoldersInNative', 'cp folderExistsSync',
    'cp folderModes', 'cp folderTimes', 'cp looksThroughLinks', 'direntsFollow promise', 'glob limits', 'leakThrows', 'readNamesPath', 'recursesByBytes', 'statsAbort'
  ]]
]

for (const [before, after, what] of CHANGES) test(`from ${before} to ${after}`, () => { assert.deepEqual(changes(before, after), what) })

test('the running line is the one of the running Node', () => {
  const { node } = process.versions
  assert.deepEqual([line, cpLine, globLine], [lineOf(node), cpLineOf(node), globLineOf(node)])
})
