// An overlay adds its names to what is below it.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'

const scratch = (): string => fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-overlay-'))
const code = (run: () => unknown): string | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

test('over the root: virtual names are virtual, the rest is real', () => {
  const over = create({ overlay: true })
  over.writeFileSync('/etc/fsmount-config.json', '{"mocked": true}')
  over.mount('/')
  try {
    assert.equal(fs.readFileSync('/etc/fsmount-config.json', 'utf8'), '{"mocked": true}')
    assert.equal(fs.existsSync('/etc/passwd'), true)
    assert.ok(fs.statSync('/etc/passwd').size > 0)
    const names = fs.readdirSync('/etc')
    assert.ok(names.includes('fsmount-config.json') && names.includes('passwd'))
    assert.deepEqual(names, [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    assert.equal(new Set(names).size, names.length)
    assert.deepEqual(over.readdirSync('/etc'), ['fsmount-config.json'], 'the object sees only its own')
    assert.equal(over.existsSync('/etc/passwd'), false)
  } finally {
    over.unmount()
  }
  assert.equal(fs.existsSync('/etc/fsmount-config.json'), false)
})

test('a new name goes where its parent is', () => {
  const dir = scratch()
  fs.mkdirSync(join(dir, 'real'))
  const over = create({ overlay: true })
  over.mkdirSync('/virtual/deep', { recursive: true })
  over.mkdirSync('/real')
  over.writeFileSync('/real/virtual', 'v')
  over.mount(dir)
  fs.writeFileSync(join(dir, 'real', 'new'), 'disk')
  fs.writeFileSync(join(dir, 'virtual', 'new'), 'vfs')
  fs.mkdirSync(join(dir, 'virtual', 'deep', 'er'))
  fs.mkdirSync(join(dir, 'made'))
  fs.symlinkSync('new', join(dir, 'virtual', 'link'))
  fs.appendFileSync(join(dir, 'real', 'virtual'), 'w')
  const fd = fs.openSync(join(dir, 'virtual', 'opened'), 'w')
  fs.closeSync(fd)
  assert.equal(code(() => fs.writeFileSync(join(dir, 'nowhere', 'x'), '')), 'ENOENT')
  assert.deepEqual(fs.readdirSync(join(dir, 'virtual')), ['deep', 'link', 'new', 'opened'])
  assert.equal(fs.readFileSync(join(dir, 'virtual', 'link'), 'utf8'), 'vfs')
  assert.equal(fs.readFileSync(join(dir, 'real', 'virtual'), 'utf8'), 'vw')
  over.unmount()
  assert.deepEqual(fs.readdirSync(dir), ['made', 'real'])
  assert.deepEqual(fs.readdirSync(join(dir, 'real')), ['new'])
  fs.rmSync(dir, { recursive: true })
})

test('deleting uncovers, sides do not mix, folders merge', async () => {
  const dir = scratch()
  fs.mkdirSync(join(dir, 'both'))
  fs.mkdirSync(join(dir, 'empty'))
  fs.writeFileSync(join(dir, 'both', 'r'), 'real')
  fs.writeFileSync(join(dir, 'same'), 'real')
  fs.chmodSync(join(dir, 'both'), 0o750)
  const over = create({ overlay: true })
  over.writeFileSync('/both/v', 'virtual')
  over.mkdirSync('/empty')
  over.writeFileSync('/empty/v', 'virtual')
  over.writeFileSync('/same', 'virtual')
  over.mount(dir)
  const inDir = (...names: string[]): string => join(dir, ...names)
  assert.equal(fs.readFileSync(inDir('same'), 'utf8'), 'virtual')
  fs.unlinkSync(inDir('same'))
  assert.equal(fs.readFileSync(inDir('same'), 'utf8'), 'real')
  assert.equal(code(() => fs.renameSync(inDir('both', 'v'), inDir('both', 'w'))), 'EXDEV')
  assert.equal(code(() => fs.renameSync(inDir('both', 'r'), inDir('both', 'v'))), 'EXDEV')
  assert.equal(code(() => fs.linkSync(inDir('both', 'r'), inDir('both', 'v'))), 'EEXIST')
  assert.equal(fs.statSync(inDir('both')).mode & 0o777, 0o750, 'a folder on both sides is the real one')
  assert.deepEqual(fs.readdirSync(inDir('both')), ['r', 'v'])
  assert.deepEqual((await fs.promises.readdir(inDir('both'), { withFileTypes: true })).map(entry => [entry.name, entry.parentPath]), [['r', inDir('both')], ['v', inDir('both')]])
  assert.deepEqual(fs.readdirSync(dir, { recursive: true }).sort(), ['both', 'both/r', 'both/v', 'empty', 'empty/v', 'same'])
  assert.equal(code(() => fs.rmdirSync(inDir('empty'))), 'ENOTEMPTY')
  fs.unlinkSync(inDir('empty', 'v'))
  fs.rmdirSync(inDir('empty'))
  assert.equal(fs.existsSync(inDir('empty')), false)
  fs.rmSync(inDir('both'), { recursive: true })
  assert.equal(fs.existsSync(inDir('both')), false)
  assert.deepEqual(over.readdirSync(dir), [])
  over.unmount()
  assert.deepEqual(fs.readdirSync(dir), ['same'])
  fs.rmSync(dir, { recursive: true })
})

test('a folder on both sides goes as a whole or not at all, in every form', async () => {
  const dir = scratch()
  const names = ['sync', 'callback', 'promise']
  for (const name of names) fs.mkdirSync(join(dir, name))
  const over = create({ overlay: true })
  for (const name of names) over.mkdirSync(`/${name}`)
  over.mount(dir)
  for (const name of names) fs.writeFileSync(join(dir, name, 'real'), '')
  const callback = (path: string): Promise<unknown> => new Promise((resolve) => fs.rmdir(path, resolve))
  const refused = [code(() => fs.rmdirSync(join(dir, 'sync'))), (await callback(join(dir, 'callback')) as { code: string }).code, await fs.promises.rmdir(join(dir, 'promise')).catch((error) => error.code)]
  assert.deepEqual(refused, ['ENOTEMPTY', 'ENOTEMPTY', 'ENOTEMPTY'])
  assert.deepEqual(over.readdirSync(dir), [...names].sort(), 'what the disk refused to remove is still here too')
  for (const name of names) fs.unlinkSync(join(dir, name, 'real'))
  fs.rmdirSync(join(dir, 'sync'))
  assert.equal(await callback(join(dir, 'callback')), null)
  await fs.promises.rmdir(join(dir, 'promise'))
  assert.deepEqual(over.readdirSync(dir), [])
  over.unmount()
  assert.deepEqual(fs.readdirSync(dir), [])
  fs.rmSync(dir, { recursive: true })
})

test('a real link to a folder counts as that folder', () => {
  const dir = scratch()
  fs.mkdirSync(join(dir, 'folder'))
  fs.writeFileSync(join(dir, 'folder', 'r'), 'real')
  fs.symlinkSync('folder', join(dir, 'link'))
  const over = create({ overlay: true })
  over.writeFileSync('/link/v', 'virtual')
  over.mount(dir)
  assert.deepEqual(fs.readdirSync(join(dir, 'link')), ['r', 'v'])
  assert.equal(fs.readFileSync(join(dir, 'link', 'r'), 'utf8'), 'real')
  assert.equal(fs.readFileSync(join(dir, 'link', 'v'), 'utf8'), 'virtual')
  over.unmount()
  fs.rmSync(dir, { recursive: true })
})

test('what an overlay does not own goes to the mount around it', () => {
  const outer = create()
  outer.writeFileSync('/a', 'outer')
  outer.mkdirSync('/d')
  outer.mount('/fsmount-o1')
  const over = create({ overlay: true })
  over.writeFileSync('/b', 'over')
  over.writeFileSync('/d/x', 'over')
  over.mount('/fsmount-o1')
  assert.deepEqual(fs.readdirSync('/fsmount-o1'), ['a', 'b', 'd'])
  assert.deepEqual(fs.readdirSync('/fsmount-o1/d'), ['x'])
  fs.writeFileSync('/fsmount-o1/d/y', 'new')
  assert.deepEqual(outer.readdirSync('/fsmount-o1/d'), ['y'])
  assert.equal(fs.readFileSync('/fsmount-o1/a', 'utf8'), 'outer')
  over.unmount()
  assert.deepEqual(fs.readdirSync('/fsmount-o1'), ['a', 'd'])
  outer.unmount()
})

test('what was not in an overlay is found as soon as it is', () => {
  const over = create({ overlay: true })
  over.mkdirSync('/etc')
  over.mount('/')
  try {
    const path = `/etc/fsmount-later-${process.pid}`
    assert.equal(fs.existsSync(path), false)
    assert.equal(fs.existsSync(path), false)
    over.writeFileSync(path, 'now')
    assert.equal(fs.readFileSync(path, 'utf8'), 'now')
    over.unlinkSync(path)
    assert.equal(fs.existsSync(path), false)
  } finally {
    over.unmount()
  }
})
