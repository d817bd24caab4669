// The quick test may say "look" too often, never "not ours" of what is: detours in front of a mount, and names that
// come into the root of an overlay in every way there is.
import { strict as assert } from 'node:assert'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { create, MemoryProvider } from '../../lib/index.ts'
import { FirstBytes } from '../../lib/mount/firstbytes.ts'

test('excludes what differs in front, and nothing that leads to what was added', () => {
  const first = new FirstBytes()
  first.clear()
  assert.equal(first.exclude('/tmp/x'), true, 'nothing is ours')
  first.add('/virtual/mnt')
  for (const path of ['/tmp/x', '/var/x', '/home', '/visible']) assert.equal(first.exclude(path), true, path)
  for (const path of ['/virtual/mnt/x', '/virtual', '/v', '/', '//virtual/mnt', '/./virtual/mnt', '/v/../virtual/mnt']) assert.equal(first.exclude(path), false, path)
  first.add('')
  assert.equal(first.exclude('/tmp/x'), false, 'everything is ours')
  first.clear()
  assert.equal(first.exclude('/virtual/mnt'), true)
})

test('detours in front of a mount find it', () => {
  using vfs = create()
  vfs.writeFileSync('/f', 'here')
  vfs.mount('/quick-mnt/deep')
  for (const path of ['//quick-mnt/deep/f', '/./quick-mnt/deep/f', '///quick-mnt//deep/./f', '/tmp/../quick-mnt/deep/f', '/usr/.././quick-mnt/deep/f']) {
    assert.equal(fs.readFileSync(path, 'utf8'), 'here', path)
  }
})

test('an overlay of the root sees every name that comes into it', () => {
  const provider = new MemoryProvider()
  using over = create(provider, { overlay: true })
  over.mkdirSync('/zq-first')
  over.mount('/')
  const there = (name: string): boolean => fs.existsSync(name)
  assert.equal(there('/yq-made/f'), false)
  over.writeFileSync('/yq-made/f', 'x')
  over.renameSync('/zq-first', '/xq-renamed')
  over.linkSync('/yq-made/f', '/wq-linked')
  over.symlinkSync('/yq-made', '/vq-link')
  provider.fromJSON({ '/uq-json/f': 'x' })
  provider.setContentProvider('/tq-lazy', () => 'x')
  for (const name of ['/yq-made/f', '/xq-renamed', '/wq-linked', '/vq-link/f', '/uq-json/f', '/tq-lazy']) assert.equal(there(name), true, name)
  assert.equal(there('/zq-first'), false)
  assert.equal(fs.existsSync(__filename), true)
})

test('a file that comes into an overlay hides what the disk has below its name, also what was asked before', () => {
  const dir = fs.mkdtempSync('/tmp/fsmount-hide-')
  fs.mkdirSync(`${dir}/folder`)
  fs.writeFileSync(`${dir}/folder/f`, 'real')
  using over = create({ overlay: true })
  over.mount(dir)
  assert.equal(fs.readFileSync(`${dir}/folder/f`, 'utf8'), 'real')
  over.writeFileSync(`${dir}/folder`, 'virtual')
  assert.throws(() => fs.readFileSync(`${dir}/folder/f`, 'utf8'), { code: 'ENOTDIR' })
  over.unlinkSync(`${dir}/folder`)
  assert.equal(fs.readFileSync(`${dir}/folder/f`, 'utf8'), 'real')
  over.unmount()
  fs.rmSync(dir, { recursive: true })
})

test('relative paths find what an overlay of the root shows, from every folder and through every parent', () => {
  const dir = fs.mkdtempSync('/tmp/fsmount-relative-')
  const before = process.cwd()
  fs.mkdirSync(`${dir}/d/e`, { recursive: true })
  fs.writeFileSync(`${dir}/d/e/real`, 'real')
  using over = create({ overlay: true })
  over.writeFileSync(`${dir}/d/e/virtual`, 'virtual')
  over.writeFileSync('/root-file', 'root')
  over.mount('/')
  const below = dir.slice('/tmp/'.length)
  try {
    for (const [cwd, paths] of Object.entries({
      '/': [`tmp/${below}/d/e`, `./tmp/${below}/d/e`, `../tmp/${below}/d/./e`],
      '/tmp': [`${below}/d/e`, `../tmp/${below}/d/e`, `../../../tmp/${below}/d/e`, `.././tmp/${below}/d/e`, `..//tmp/${below}/d/e`],
      [`${dir}/d/e`]: ['.', '../e', '../../d/e', `../../../../tmp/${below}/d/e`, `../../../../../../tmp/${below}/d/e`]
    })) {
      process.chdir(cwd)
      for (const path of paths) assert.deepEqual(['real', 'virtual', 'none'].map((name) => fs.existsSync(`${path}/${name}`)), [true, true, false], `${cwd} ${path}`)
      for (const path of ['../../../../../root-file', './../../../../../root-file']) assert.equal(fs.readFileSync(path, 'utf8'), 'root', `${cwd} ${path}`)
    }
    process.chdir('/')
    assert.equal(fs.readFileSync('root-file', 'utf8'), 'root')
    assert.equal(fs.existsSync('tmp/root-file'), false)
  } finally {
    process.chdir(before)
    over.unmount()
    fs.rmSync(dir, { recursive: true })
  }
})
