// Whole trees where mounts lie over the disk.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'

test('rm with recursive removes a name of an overlay and the real one below it', (t) => {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-tree-')))
  const vfs = create({ overlay: true })
  fs.mkdirSync(join(folder, 'both/below'), { recursive: true })
  for (const name of ['real', 'same', 'below/same']) fs.writeFileSync(join(folder, 'both', name), 'real')
  for (const name of ['virtual', 'same', 'below/same']) vfs.writeFileSync(`/both/${name}`, 'virtual')
  vfs.mount(folder)
  t.after(() => {
    vfs.unmount()
    fs.rmSync(folder, { recursive: true })
  })
  fs.rmSync(join(folder, 'both'), { recursive: true })
  assert.deepEqual(fs.readdirSync(folder), [])
  vfs.unmount()
  assert.deepEqual(fs.readdirSync(folder), [])
})
