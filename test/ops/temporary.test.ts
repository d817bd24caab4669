// mkdtempDisposable, on Nodes that have it.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'

interface Temporary { path: string, remove (): unknown, [Symbol.dispose]?: () => void, [Symbol.asyncDispose]?: () => Promise<void> }
const sync = (fs as unknown as { mkdtempDisposableSync?: (prefix: string) => Temporary }).mkdtempDisposableSync
const skip = sync === undefined ? 'this Node has no mkdtempDisposable' : false

test('a temporary folder removes itself with what is in it', { skip }, async (t) => {
  const vfs = create().mount('/fsmount-temporary')
  t.after(() => { vfs.unmount() })
  const made = (fs as unknown as { mkdtempDisposableSync: typeof sync }).mkdtempDisposableSync!('/fsmount-temporary/a-')
  assert.match(made.path, /^\/fsmount-temporary\/a-\w{6}$/)
  fs.writeFileSync(`${made.path}/file`, '')
  made[Symbol.dispose]!()
  const later = await (fs.promises as unknown as { mkdtempDisposable: (prefix: string) => Promise<Temporary> }).mkdtempDisposable('/fsmount-temporary/b-')
  assert.equal(Object.getPrototypeOf(later), null)
  fs.mkdirSync(`${later.path}/d`)
  await later.remove()
  await later[Symbol.asyncDispose]!()
  assert.deepEqual(fs.readdirSync('/fsmount-temporary'), [])
})
