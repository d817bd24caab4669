// The table of operations is complete: whatever the running Node exports from `fs` and `fs/promises` has a row, or a
// null with its reason; and what has neither form nor row never reaches the disk under a mount.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'
import { fileRows } from '../../lib/ops/file.ts'
import { pathRows } from '../../lib/ops/path.ts'
import { composedRows, REASONS, TABLE } from '../../lib/ops/table.ts'

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

test('every null has its reason, and every reason is a null', () => {
  const nulls = Object.keys(TABLE).filter((name) => TABLE[name] === null)
  assert.deepEqual(nulls.sort(), Object.keys(REASONS).sort())
  for (const name of nulls) assert.match(REASONS[name]!.why, /\w{3}/, name)
})

test('no name has two rows', () => {
  const names = [pathRows, fileRows, composedRows, REASONS].flatMap((rows) => Object.keys(rows))
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), [])
})

test('a function without a row refuses a mounted path and says its name', async (t) => {
  const vfs = create()
  vfs.writeFileSync('/file', 'x')
  const mountPoint = vfs.mount('/fsmount-table-test').mountPoint!
  t.after(() => vfs.unmount())
  for (const name of Object.keys(REASONS).filter((name) => REASONS[name]!.refuses)) {
    for (const [exported, form] of [[fs, `${name}Sync`], [fs, name], [fs.promises, name]] as const) {
      const call = (exported as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>)[form]
      if (call === undefined) continue
      await assert.rejects(async () => {
        const result = await call(`${mountPoint}/file`, () => {}, () => {})
        // An async iterator refuses when it is first asked.
        if (result !== null && typeof result === 'object' && Symbol.asyncIterator in result) for await (const _ of result as AsyncIterable<unknown>) break
      }, (error: Error) => error.message.includes(name), form)
    }
  }
})
