// mkdtempDisposable, on Nodes that have it, and lchmod, which is Node's to refuse.
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

test('lchmod says what Node says of it', async (t) => {
  const vfs = create()
  vfs.writeFileSync('/file', '')
  vfs.mount('/fsmount-temporary')
  t.after(() => { vfs.unmount() })
  const { lchmod } = fs.promises
  const told = async (path: string): Promise<unknown> => await lchmod(path, 0o600).then(() => 'done', (error: { code: string, message: string }) => [error.code, error.message])
  assert.deepEqual(await told('/fsmount-temporary/file'), 'O_SYMLINK' in fs.constants ? 'done' : ['ERR_METHOD_NOT_IMPLEMENTED', 'The lchmod() method is not implemented'])
})
