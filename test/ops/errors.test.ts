// Functions that are made of others tell errors as their own; but what a provider says in its own words stays so.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { test } from 'node:test'
import { create, MemoryProvider } from '../../lib/index.ts'

class Full extends MemoryProvider {
  override mknod (): never { throw Object.assign(new Error('the quota of this tenant is used up'), { code: 'TENANT_QUOTA' }) }
}

const CALLS: Record<string, () => unknown> = {
  mkdir: () => { fs.mkdirSync('/fsmount-errors/d') },
  'mkdir, recursive': () => fs.mkdirSync('/fsmount-errors/d/e', { recursive: true }),
  'mkdir, recursive, later': () => fs.promises.mkdir('/fsmount-errors/d/e', { recursive: true }),
  mkdtemp: () => fs.mkdtempSync('/fsmount-errors/t'),
  'mkdtemp, later': () => fs.promises.mkdtemp('/fsmount-errors/t'),
  copyFile: () => { fs.copyFileSync(process.execPath, '/fsmount-errors/c') },
  writeFile: () => { fs.writeFileSync('/fsmount-errors/f', '') }
}

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}: an error of the provider's own is not told anew`, async (t) => {
    const vfs = create(new Full()).mount('/fsmount-errors')
    t.after(() => { vfs.unmount() })
    await assert.rejects(async () => { await call() }, { code: 'TENANT_QUOTA', message: 'the quota of this tenant is used up' })
  })
}

test('the stack of an error begins where the function was called, of what is made of others as well', (t) => {
  const vfs = create().mount('/fsmount-errors')
  t.after(() => { vfs.unmount() })
  const failing: Record<string, () => unknown> = {
    stat: () => fs.statSync('/fsmount-errors/none'),
    open: () => fs.openSync('/fsmount-errors/none', 'r'),
    'mkdir, recursive': () => { fs.mkdirSync('/fsmount-errors/file/a/b', { recursive: true }) },
    rm: () => { fs.rmSync('/fsmount-errors/none', { recursive: true }) },
    cp: () => { fs.cpSync('/fsmount-errors/none', '/fsmount-errors/copy', { recursive: true }) },
    'readdir, recursive': () => fs.readdirSync('/fsmount-errors/file', { recursive: true }),
    realpath: () => fs.realpathSync('/fsmount-errors/none/a'),
    mkdtemp: () => fs.mkdtempSync('/fsmount-errors/file/t')
  }
  vfs.writeFileSync('/fsmount-errors/file', '')
  const limit = Error.stackTraceLimit
  for (const [name, call] of Object.entries(failing)) {
    assert.throws(call, (error: Error) => {
      const [, first] = error.stack!.split('\n    at ')
      assert.match(first!, /errors\.test/, name)
      return true
    })
  }
  assert.equal(Error.stackTraceLimit, limit)
})
