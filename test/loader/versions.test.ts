// The table of what is known of Node lines says when each fact begins to hold, also of releases that are not at hand.
import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { nodeFacts } from '../../loader/versions.ts'

const since: [keyof ReturnType<typeof nodeFacts>, before: string[], after: string[]][] = [
  ['registerHooks', ['v20.20.2', 'v22.14.9', 'v23.4.0'], ['v22.15.0', 'v22.23.3', 'v23.5.0', 'v24.0.0', 'v26.10.0']],
  ['requiredModulesAsk', ['v20.20.2', 'v22.14.0', 'v23.4.0'], ['v22.15.0', 'v23.5.0', 'v24.0.0', 'v26.10.0']],
  ['hooksSeeInnerRequire', ['v20.20.2', 'v22.23.3', 'v24.17.0', 'v25.9.0', 'v26.1.0'], ['v24.18.0', 'v26.2.0', 'v27.0.0']],
  ['reloadsImported', ['v20.20.2', 'v22.22.0', 'v24.10.0', 'v25.0.0'], ['v22.23.0', 'v24.11.1', 'v25.2.0', 'v26.0.0']],
  ['hooksSeeRequireResolve', ['v22.23.3', 'v24.14.1', 'v25.7.0'], ['v24.15.0', 'v25.8.0', 'v26.0.0']],
  ['slashImports', ['v20.20.2', 'v22.23.3', 'v24.13.0', 'v25.3.0'], ['v24.14.0', 'v25.4.0', 'v26.0.0']],
  ['stripTypes', ['v20.20.2', 'v22.17.0', 'v23.5.0'], ['v22.18.0', 'v23.6.0', 'v24.0.0']],
  ['wasmModules', ['v20.20.2', 'v22.18.0', 'v24.4.0'], ['v22.19.0', 'v24.5.0', 'v26.0.0']],
  ['unreadableThrows', ['v22.23.3', 'v24.20.0', 'v26.7.0'], ['v24.21.0', 'v26.8.0']],
  ['selfNamesFolder', ['v22.23.3', 'v24.19.0', 'v26.2.0'], ['v24.20.0', 'v26.4.0']],
  ['nearestIsLazy', ['v22.0.0', 'v22.23.3', 'v24.10.0'], ['v20.20.2', 'v24.13.1', 'v26.2.0']],
  ['findGivesPath', ['v22.23.3', 'v24.10.0', 'v24.13.0', 'v25.4.0'], ['v24.13.1', 'v25.5.0', 'v26.2.0']],
  ['scopeReachesRoot', ['v22.15.0', 'v22.20.0', 'v24.9.0', 'v24.13.1', 'v24.21.0', 'v25.5.0', 'v26.0.0'], ['v20.20.2', 'v22.21.1', 'v22.23.3', 'v24.10.0', 'v24.13.0', 'v25.0.0', 'v25.4.0']],
  ['passesOverUnknown', ['v22.15.0', 'v22.22.0', 'v24.10.0', 'v25.0.0'], ['v22.22.2', 'v24.11.1', 'v25.2.0', 'v26.0.0']],
  ['packageNamesFolder', ['v20.20.2', 'v22.13.1'], ['v22.14.0', 'v23.5.0', 'v24.0.0']],
  ['importsMayBeList', ['v22.12.0', 'v22.13.1'], ['v22.14.0', 'v23.5.0', 'v24.0.0']],
  ['typeIsLazy', ['v22.14.0', 'v22.15.0'], ['v22.13.1', 'v22.16.0', 'v24.0.0', 'v26.0.0']],
  ['slashIsFolder', ['v22.22.2', 'v24.14.1', 'v25.8.2'], ['v20.20.2', 'v22.22.3', 'v24.15.0', 'v26.0.0']],
  ['unexpectedMayBeAwait', ['v20.19.4', 'v22.19.0', 'v24.6.0'], ['v20.19.6', 'v22.20.0', 'v24.8.0', 'v25.0.0']],
  ['extensionlessHasType', ['v22.23.3', 'v24.21.0', 'v25.6.1'], ['v25.7.0', 'v26.0.0']],
  ['threadHasHooks', ['v22.23.3', 'v24.10.0', 'v25.0.0'], ['v24.11.1', 'v25.2.0', 'v26.0.0']],
  ['readsUngiven', ['v20.20.2', 'v22.23.0', 'v24.15.0', 'v25.8.2', 'v26.0.0'], ['v22.23.3', 'v24.16.0', 'v26.1.0']],
  ['checksPaths', ['v20.19.4', 'v22.14.0', 'v23.5.0'], ['v20.19.6', 'v22.15.0', 'v23.11.1', 'v24.0.0']],
  ['advisesWithoutPackage', ['v22.23.3', 'v24.13.1', 'v25.2.0'], ['v24.14.1', 'v25.8.2', 'v26.0.0']],
  ['hooksKnowCommonJS', ['v22.23.3', 'v24.11.1', 'v25.0.0'], ['v24.12.0', 'v25.2.0', 'v26.0.0']],
  ['addonModules', ['v22.23.3', 'v24.18.1', 'v26.4.0'], ['v24.19.0', 'v26.5.0']],
  ['attributesNameModule', ['v20.20.2', 'v22.16.0', 'v23.11.1', 'v24.1.0'], ['v22.17.0', 'v24.2.0', 'v26.10.0']],
  ['requireModule', ['v20.18.0', 'v22.11.0'], ['v20.19.0', 'v22.12.0', 'v24.0.0']]
]

for (const [name, before, after] of since) {
  test(`${name} begins where the table says`, () => {
    for (const version of before) equal(nodeFacts(version)[name], false, version)
    for (const version of after) equal(nodeFacts(version)[name], true, version)
  })
}

test('an answer is made once per version', () => {
  equal(nodeFacts('v24.1.0'), nodeFacts('v24.1.0'))
  deepEqual(nodeFacts('24.1.0').major, 24)
})

test('what is no version is refused', () => {
  throws(() => nodeFacts('latest'), /Not a version of Node: latest/)
})
