// A Dir shows what readdir shows: mount points in folders of the disk, names of overlays, and what is in them.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'

async function names (folder: string, recursive = false): Promise<string[]> {
  const found = []
  for await (const entry of await fs.promises.opendir(folder, { recursive })) found.push(join(entry.parentPath, entry.name).slice(folder.length + 1))
  return found.sort()
}

test('a folder of the disk shows the mount points in it, and recursion enters them', async (t) => {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-dir-')))
  fs.mkdirSync(join(folder, 'real'))
  fs.writeFileSync(join(folder, 'real/file'), '')
  const vfs = create()
  vfs.mkdirSync('/inner')
  vfs.writeFileSync('/inner/file', '')
  vfs.mount(join(folder, 'mounted'))
  t.after(() => {
    vfs.unmount()
    fs.rmSync(folder, { recursive: true })
  })
  assert.deepEqual(await names(folder), ['mounted', 'real'])
  const all = ['mounted', 'mounted/inner', 'mounted/inner/file', 'real', 'real/file']
  assert.deepEqual(await names(folder, true), all)
  const dir = fs.opendirSync(folder, { recursive: true })
  const read = []
  for (let entry; (entry = dir.readSync()) !== null;) read.push(join(entry.parentPath, entry.name).slice(folder.length + 1))
  dir.closeSync()
  assert.deepEqual(read.sort(), all)
})

test('a folder on both sides of an overlay gives the names of both', async (t) => {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-dir-')))
  fs.mkdirSync(join(folder, 'both'))
  fs.writeFileSync(join(folder, 'both/real'), '')
  fs.writeFileSync(join(folder, 'both/same'), '')
  const vfs = create({ overlay: true })
  vfs.writeFileSync('/both/virtual', '')
  vfs.writeFileSync('/both/same', '')
  vfs.mount(folder)
  t.after(() => {
    vfs.unmount()
    fs.rmSync(folder, { recursive: true })
  })
  assert.deepEqual(await names(join(folder, 'both')), ['real', 'same', 'virtual'])
  assert.deepEqual(await names(folder, true), ['both', 'both/real', 'both/same', 'both/virtual'])
})

test('an open Dir outlives its mount', async () => {
  const vfs = create()
  vfs.mkdirSync('/d')
  vfs.writeFileSync('/d/file', '')
  vfs.mount('/fsmount-dir-test')
  const dir = fs.opendirSync('/fsmount-dir-test/d')
  vfs.unmount()
  assert.equal((await dir.read())!.name, 'file')
  assert.equal(await dir.read(), null)
  await dir.close()
})
