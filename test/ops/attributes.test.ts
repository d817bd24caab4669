// Changes of attributes that are Node's to refuse.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'

test('lchmod says what Node says of it', async (t) => {
  const vfs = create()
  vfs.writeFileSync('/file', '')
  vfs.mount('/fsmount-attributes')
  t.after(() => { vfs.unmount() })
  const { lchmod } = fs.promises
  const told = async (path: string): Promise<unknown> => await lchmod(path, 0o600).then(() => 'done', (error: { code: string, message: string }) => [error.code, error.message])
  assert.deepEqual(await told('/fsmount-attributes/file'), 'O_SYMLINK' in fs.constants ? 'done' : ['ERR_METHOD_NOT_IMPLEMENTED', 'The lchmod() method is not implemented'])
})
