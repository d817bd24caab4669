// What an object makes of paths that are none, or lead to no folder: errors of Node's kind, about what was given.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'

test('resolvePath and chdir name their argument, and chdir the paths', () => {
  const vfs = create()
  vfs.writeFileSync('/d/f', '')
  for (const given of [undefined, 5, {}] as never[]) {
    assert.throws(() => { vfs.resolvePath(given) }, { code: 'ERR_INVALID_ARG_TYPE', message: /^The "path" argument must be of type string\. Received/ })
    assert.throws(() => { vfs.chdir(given) }, { code: 'ERR_INVALID_ARG_TYPE', message: /^The "directory" argument must be of type string\. Received/ })
  }
  vfs.chdir('d')
  for (const [path, code, text] of [['none', 'ENOENT', 'no such file or directory'], ['none/deep', 'ENOENT', 'no such file or directory'], ['f', 'ENOTDIR', 'not a directory'], ['f/x', 'ENOTDIR', 'not a directory']] as const) {
    assert.throws(() => { vfs.chdir(path) }, { name: 'Error', code, syscall: 'chdir', path: '/d', dest: path, message: `${code}: ${text}, chdir '/d' -> '${path}'` })
  }
  assert.equal(vfs.cwd(), '/d')
})
