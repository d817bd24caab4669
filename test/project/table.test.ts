// The table of operations is complete: whatever the running Node exports from `fs` and `fs/promises` has a row, or a
// null with its reason.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { test } from 'node:test'
import { fileRows } from '../../lib/ops/file.ts'
import { pathRows } from '../../lib/ops/path.ts'
import { composedRows, REASONS, streamRows, TABLE } from '../../lib/ops/table.ts'

/** The functions that `exported` has and the table does not know. */
function unknown (exported: object): string[] {
  return functionsOf(exported).filter((name) => !Object.hasOwn(TABLE, rowName(name, exported)))
}

/** Own names whose value is a function; the getters of constants on Node 24 are not asked, since they warn. */
function functionsOf (exported: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(exported))
    .filter(([name, { value, get }]) => typeof value === 'function' || (get !== undefined && !/^[FRWX]_OK$/.test(name) && typeof (exported as Record<string, unknown>)[name] === 'function'))
    .map(([name]) => name)
}

const rowName = (name: string, exported: object): string => name.endsWith('Sync') && exported !== fs.promises ? name.slice(0, -4) : name

test('every function of fs has a row or a null', () => {
  assert.ok(functionsOf(fs).length > 80)
  assert.deepEqual(unknown(fs), [])
})

test('every function of fs/promises has a row or a null', () => {
  assert.ok(functionsOf(fs.promises).length > 25)
  assert.deepEqual(unknown(fs.promises), [])
})

test('a function that Node adds is named', () => {
  assert.deepEqual(unknown({ ...Object.getOwnPropertyDescriptors(fs), statMoreSync: () => {}, statMore: () => {} }).filter((name) => name.startsWith('statMore')), ['statMoreSync', 'statMore'])
  assert.deepEqual(unknown({ stat: fs.stat, teleport: async () => {} }), ['teleport'])
})

/** The functions that the patch takes for a callback form, and that name no callback among their parameters. */
function bare (exported: object): string[] {
  return Object.entries(TABLE).filter(([name, row]) => {
    const value = (exported as Record<string, unknown>)[name]
    if (typeof value !== 'function' || row === null || (row.path ?? row.fd) === undefined || row.special !== undefined || row.atOnce === true) return false
    return !/^[^(]*\([^)]*(?:cb|callback)\b/i.test(String(value).replaceAll('callback_', 'callback'))
  }).map(([name]) => name)
}

test('what the patch takes for a callback form takes a callback', () => {
  assert.deepEqual(bare(fs), [])
  assert.deepEqual(bare({ ...fs, link: fs.linkSync }), ['link'])
})

test('every null has its reason, and every reason is a null', () => {
  const nulls = Object.keys(TABLE).filter((name) => TABLE[name] === null)
  assert.deepEqual(nulls.sort(), Object.keys(REASONS).sort())
  for (const name of nulls) assert.match(REASONS[name]!, /\w{3}/, name)
})

test('no name has two rows', () => {
  const names = [pathRows, fileRows, composedRows, streamRows, REASONS].flatMap((rows) => Object.keys(rows))
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), [])
})

test('what has no row takes neither path nor descriptor', () => {
  const parameters = Object.keys(REASONS).flatMap((name) => {
    const value = (fs as unknown as Record<string, unknown>)[name]
    return typeof value !== 'function' ? [] : [...(/^[^(]*\(([^)]*)\)/.exec(String(value))?.[1] ?? '').matchAll(/\w+/g)].map(([parameter]) => `${name} ${parameter}`)
  })
  // A Dirent is told where its folder is, a Dir what it was opened by: nothing is opened by them.
  assert.deepEqual(parameters.filter((one) => /\b(path|fd|filename|file|dest|src|target)$/.test(one)).filter((one) => !/^Dir(ent)? /.test(one)), [])
})
