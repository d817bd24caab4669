// A function that Node may add some day under a name that has a row, but without a callback: refused by what it is told,
// and never handed a path of a mount to do it on the disk.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

type Bare = Record<'linkSync2' | 'existsSync2', (...paths: string[]) => unknown>

test('a function that works at once in the place of a callback form does nothing on the disk', async () => {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-newforms-'))
  try {
    fs.writeFileSync(join(folder, 'a'), '')
    const bare = Object.assign(fs as unknown as Bare, { linkSync2: fs.linkSync, existsSync2: fs.existsSync })
    const { TABLE } = await import('../../lib/ops/table.ts')
    Object.assign(TABLE, { linkSync2: TABLE.link, existsSync2: TABLE.exists })
    const { create } = await import('../../lib/index.ts')
    using vfs = create().mount(folder)
    vfs.writeFileSync(join(folder, 'a'), '')
    assert.throws(() => bare.linkSync2(join(folder, 'a'), join(folder, 'b')), { code: 'ERR_INVALID_STATE', message: /fs\.linkSync2 / })
    assert.throws(() => bare.existsSync2(join(folder, 'a')), { code: 'ERR_INVALID_STATE' })
    assert.throws(() => (fs.link as unknown as Bare['linkSync2'])(join(folder, 'a'), join(folder, 'b')), { code: 'ERR_INVALID_ARG_TYPE', message: /callback|cb/ })
    vfs.unmount()
    assert.deepEqual(fs.readdirSync(folder), ['a'])
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})
