// An overlay adds its names to what is below it.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'
import { code } from './code.ts'

const scratch = (): string => fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-overlay-'))
test('what an overlay serves is what it says that it handles', (t) => {
  const root = scratch()
  const over = create({ overlay: true })
  for (const [name, target] of [['/out', '/etc'], ['/dangling', 'gone']] as const) over.symlinkSync(target, name)
  over.writeFileSync('/f', '')
  over.mkdirSync('/d')
  over.mount(root)
  t.after(() => {
    over.unmount()
    fs.rmdirSync(root)
  })
  const handled = ['f', 'd', 'out', 'dangling', 'out/hostname', 'f/x', 'd/../f', 'none', 'd/none', ''].filter((name) => over.shouldHandle(`${root}/${name}`))
  assert.deepEqual(handled, ['f', 'd', 'out', 'dangling', 'out/hostname', 'f/x', 'd/../f', ''])
  assert.equal(code(() => fs.readFileSync(`${root}/f/x`)), 'ENOTDIR')
})

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

test('rm of a real link to a folder takes the virtual names over it and the link, and nothing of the folder', async () => {
  const dir = scratch()
  fs.mkdirSync(join(dir, 'folder', 'sub'), { recursive: true })
  fs.writeFileSync(join(dir, 'folder', 'sub', 'r'), 'real')
  const over = create({ overlay: true })
  const names = ['sync', 'callback', 'promise', 'above/inner', 'kept']
  fs.mkdirSync(join(dir, 'above'))
  for (const name of names) {
    fs.symlinkSync(join(dir, 'folder'), join(dir, name))
    over.writeFileSync(`/${name}/sub/v`, 'virtual')
    over.mkdirSync(`/${name}/only/deep`, { recursive: true })
    over.symlinkSync('sub', `/${name}/l`)
  }
  over.mount(dir)
  const link = join(dir, 'sync')
  assert.deepEqual([code(() => fs.unlinkSync(link)), code(() => fs.rmSync(link)), code(() => fs.rmdirSync(link))], ['EISDIR', 'EISDIR', 'ENOTEMPTY'])
  assert.deepEqual(fs.readdirSync(join(link, 'sub')), ['r', 'v'])
  const options = { recursive: true } as const
  fs.rmSync(link, options)
  await new Promise<void>((resolve, reject) => fs.rm(join(dir, 'callback'), options, (error) => { error === null ? resolve() : reject(error) }))
  await fs.promises.rm(join(dir, 'promise'), options)
  fs.rmSync(join(dir, 'above'), options)
  const inner = create()
  inner.mount(join(dir, 'kept', 'only', 'mount'))
  assert.equal(code(() => fs.rmSync(join(dir, 'kept'), options)), 'EBUSY')
  assert.deepEqual(fs.readdirSync(join(dir, 'kept')), ['l', 'only', 'sub'], 'before anything is touched')
  inner.unmount()
  assert.deepEqual(fs.readdirSync(dir), ['folder', 'kept'])
  assert.deepEqual(over.readdirSync(dir), ['kept'])
  over.unmount()
  assert.deepEqual([fs.readdirSync(dir), fs.readdirSync(join(dir, 'folder')), fs.readdirSync(join(dir, 'folder', 'sub'))], [['folder', 'kept'], ['sub'], ['r']])
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

/** What a run answers in every form of a function: results, or codes; `dir` is left out of paths. */
const answers = async (dir: string, name: string, ...args: unknown[]): Promise<string> => {
  const api = fs as unknown as Record<string, (...args: unknown[]) => unknown>
  const promises = fs.promises as unknown as typeof api
  const all: unknown[] = []
  const told = (answer: unknown): void => { all.push(Array.isArray(answer) ? answer.sort() : answer instanceof Error ? (answer as NodeJS.ErrnoException).code : answer instanceof fs.Stats ? answer.isDirectory() : answer) }
  try {
    told(api[`${name}Sync`]!(...args))
  } catch (error) {
    told(error)
  }
  await new Promise<void>((resolve) => {
    api[name]!(...args, (error: unknown, value: unknown) => {
      told(error ?? value)
      resolve()
    })
  })
  await (promises[name]!(...args) as Promise<unknown>).then(told, told)
  return JSON.stringify(all).replaceAll(dir, '')
}

test('".." behind a folder that only the overlay has leads where it would in a real tree', async () => {
  const plain = scratch()
  const dir = scratch()
  const over = create({ overlay: true })
  const both = (path: string, make: (at: string) => void): void => { for (const root of [plain, dir]) make(join(root, path)) }
  both('real/sub', (at) => fs.mkdirSync(at, { recursive: true }))
  both('real/x', (at) => fs.writeFileSync(at, 'disk'))
  both('shared', (at) => fs.mkdirSync(at))
  fs.symlinkSync('real/sub', join(plain, 'link'))
  fs.symlinkSync('real/sub', join(dir, 'link'))
  for (const [folder, root] of [[fs, plain], [over, '']] as const) {
    folder.mkdirSync(`${root}/virtual/deep`, { recursive: true })
    folder.writeFileSync(`${root}/virtual/f`, 'virtual')
    folder.symlinkSync('virtual/deep', `${root}/vlink`)
    folder.writeFileSync(`${root}/file`, 'virtual')
    folder.mkdirSync(`${root}/shared`, { recursive: true })
    folder.writeFileSync(`${root}/shared/s`, 'virtual')
  }
  over.mkdirSync('/link')   // a real link to a folder counts as that folder
  over.mount(dir)
  const cases: [name: string, path: string, ...rest: unknown[]][] = [
    ['readFile', '/virtual/../real/x', 'utf8'], ['readFile', '/virtual/deep/../../real/x', 'utf8'], ['readFile', '/virtual/deep/../f', 'utf8'],
    ['readFile', '/vlink/../f', 'utf8'], ['readFile', '/vlink/../../real/x', 'utf8'], ['readFile', '/virtual/../real/../virtual/f', 'utf8'],
    ['readFile', '/virtual/../real/sub/../../shared/../virtual/f', 'utf8'], ['readFile', '/virtual/../shared/s', 'utf8'], ['readFile', '/real/../shared/s', 'utf8'],
    ['readFile', '/shared/../real/x', 'utf8'], ['readFile', '/virtual/../link/../x', 'utf8'], ['readFile', '/link/../x', 'utf8'],
    ['readFile', '/virtual/../missing/../real/x', 'utf8'], ['readFile', '/virtual/../real/x/../x', 'utf8'], ['readFile', '/virtual/../real/x/', 'utf8'],
    ['readFile', '/file/../real/x', 'utf8'], ['readFile', '/virtual/f/../../real/x', 'utf8'], ['readFile', '/missing/../real/x', 'utf8'],
    ['stat', '/virtual/../real'], ['lstat', '/virtual/../real/'], ['stat', '/virtual/..'], ['stat', '/virtual/../none'], ['access', '/virtual/../real/x'],
    ['realpath', '/virtual/../real/x'], ['readlink', '/virtual/../link'],
    ['readdir', '/virtual/../real'], ['readdir', '/virtual/..'], ['readdir', '/virtual/../virtual'], ['readdir', '/real/sub/..'],
    ['writeFile', '/virtual/../real/new', 'n'], ['writeFile', '/virtual/../virtual/new', 'n'], ['readFile', '/virtual/../real/new', 'utf8'],
    ['mkdir', '/virtual/../made'], ['mkdir', '/virtual/../virtual/made'], ['rename', '/virtual/../real/new', '/real/newer'],
    ['mkdir', '/virtual/../tree/a/b', { recursive: true }], ['mkdir', '/virtual/deep/../../virtual/t/a', { recursive: true }],
    ['unlink', '/virtual/../real/newer'], ['rmdir', '/virtual/../made'], ['rm', '/virtual/../tree', { recursive: true }], ['readdir', '/', { recursive: true }]
  ]
  for (const [name, path, ...rest] of cases) {
    const ask = (root: string): Promise<string> => answers(root, name, root + path, ...rest.map((arg) => name === 'rename' ? root + (arg as string) : arg))
    const [expected, actual] = [await ask(plain), await ask(dir)]
    assert.equal(actual, expected, `${name} ${path}`)
  }
  assert.equal(fs.existsSync(`${dir}/virtual/../real/x`), true)
  assert.equal(over.existsSync(join(dir, 'real')), false, 'nothing of the disk came into the overlay')
  over.unmount()
  for (const root of [plain, dir]) fs.rmSync(root, { recursive: true })
})

test('".." behind a folder of an overlay leads into the mount around it', () => {
  const outer = create()
  outer.mkdirSync('/real')
  outer.mkdirSync('/both')
  outer.writeFileSync('/real/x', 'outer')
  outer.mount('/fsmount-o2')
  const over = create({ overlay: true })
  over.writeFileSync('/virtual/f', 'over')
  over.writeFileSync('/both/f', 'over')
  over.mount('/fsmount-o2')
  for (const path of ['virtual/../real/x', 'both/../real/x', 'real/../virtual/../real/x']) assert.equal(fs.readFileSync(`/fsmount-o2/${path}`, 'utf8'), 'outer', path)
  for (const path of ['real/../virtual/f', 'both/../virtual/f', 'both/../both/f']) assert.equal(fs.readFileSync(`/fsmount-o2/${path}`, 'utf8'), 'over', path)
  fs.writeFileSync('/fsmount-o2/virtual/../real/new', '')
  fs.mkdirSync('/fsmount-o2/virtual/../real/a/b', { recursive: true })
  assert.deepEqual(outer.readdirSync('/fsmount-o2/real'), ['a', 'new', 'x'])
  over.unmount()
  outer.unmount()
})

test('making folders ends where none can be made', { skip: process.platform !== 'linux' && 'no file system like that of /proc' }, async () => {
  const over = create({ overlay: true })
  over.mkdirSync('/proc/fsmount-virtual', { recursive: true })
  over.mount('/')
  try {
    // The folder is there, and what is made in it is said to be missing: Node itself never returns.
    const path = `/proc/fsmount-none-${process.pid}/deep`
    const options = { recursive: true } as const
    assert.match(code(() => fs.mkdirSync(path, options))!, /^(ENOENT|EACCES|EROFS)$/)
    await assert.rejects(fs.promises.mkdir(path, options))
    await new Promise<void>((resolve) => {
      fs.mkdir(path, options, (error) => {
        assert.ok(error)
        resolve()
      })
    })
  } finally {
    over.unmount()
  }
})

test('listings have the type of what the name leads to, whichever side is the folder', async () => {
  const dir = scratch()
  const over = create({ overlay: true })
  for (const name of ['file', 'link']) fs.mkdirSync(join(dir, name))
  fs.writeFileSync(join(dir, 'file', 'covered'), '')
  for (const name of ['folder', 'linked']) fs.writeFileSync(join(dir, name), '')
  fs.mkdirSync(join(dir, 'target'))
  fs.symlinkSync('target', join(dir, 'real-link'))
  over.writeFileSync('/file', 'virtual')
  over.symlinkSync('folder', '/link')
  over.writeFileSync('/folder/in', '')
  over.symlinkSync('folder', '/linked')
  over.writeFileSync('/real-link/in', '')
  over.mount(dir)
  const kind = (of: fs.Dirent | fs.Stats): string => of.isDirectory() ? 'folder' : of.isSymbolicLink() ? 'link' : 'file'
  const listed = (entries: fs.Dirent[]): string[] => entries.map((entry) => `${entry.name} ${kind(entry)}`).sort()
  const names = ['file', 'folder', 'link', 'linked', 'real-link', 'target']
  const expected = names.map((name) => `${name} ${kind(fs.lstatSync(join(dir, name)))}`)
  assert.deepEqual(expected, ['file file', 'folder folder', 'link link', 'linked link', 'real-link link', 'target folder'])
  const types = { withFileTypes: true } as const
  assert.deepEqual(listed(fs.readdirSync(dir, types)), expected)
  assert.deepEqual(listed(fs.readdirSync(`${dir}/target/..`, types)), expected)
  assert.deepEqual(listed(await fs.promises.readdir(dir, types)), expected)
  assert.deepEqual(listed(await new Promise((resolve, reject) => fs.readdir(dir, types, (error, entries) => { error === null ? resolve(entries) : reject(error) }))), expected)
  const opened: fs.Dirent[] = []
  for await (const entry of await fs.promises.opendir(dir)) opened.push(entry)
  assert.deepEqual(listed(opened), expected)
  assert.deepEqual(fs.readdirSync(dir), names)
  const real = scratch()
  fs.mkdirSync(join(real, 'folder'))
  for (const name of ['file', 'folder/in']) fs.writeFileSync(join(real, name), '')
  for (const name of ['link', 'linked']) fs.symlinkSync('folder', join(real, name))
  fs.mkdirSync(join(real, 'target'))
  fs.symlinkSync('target', join(real, 'real-link'))
  fs.writeFileSync(join(real, 'target', 'in'), '')
  const tree = (root: string): string[] => fs.readdirSync(root, { recursive: true }).map(String).filter((name) => name !== 'target/in').sort()
  assert.deepEqual(tree(dir), tree(real))
  assert.equal(code(() => fs.rmSync(dir, { recursive: true })), 'EBUSY', 'what is left is the mount point')
  assert.deepEqual([over.readdirSync(dir), fs.readdirSync(dir)], [[], []])
  over.unmount()
  for (const root of [real, dir]) fs.rmSync(root, { recursive: true })
})

test('a relative link of an overlay leads to what shows beside it, as an absolute one does; for the object to what it has', async (t) => {
  const root = scratch()
  fs.mkdirSync(join(root, 'real/inner'), { recursive: true })
  fs.mkdirSync(join(root, 'only'))
  fs.writeFileSync(join(root, 'real/disk'), 'disk')
  const over = create({ overlay: true })
  over.writeFileSync('/real/virtual', 'virtual')
  over.mkdirSync('/links/deep', { recursive: true })
  for (const [target, name] of [['real', '/l'], ['only', '/o'], ['l', '/twice'], ['../real/inner/..', '/links/up'], ['../../real/disk', '/links/deep/file'], ['gone', '/dangling']] as const) over.symlinkSync(target, name)
  over.mount(root)
  t.after(() => {
    over.unmount()
    fs.rmSync(root, { recursive: true })
  })
  const text = (name: string): string => fs.readFileSync(join(root, name), 'utf8')
  for (const folder of ['l', 'twice', 'links/up']) {
    assert.deepEqual([text(`${folder}/disk`), text(`${folder}/virtual`)], ['disk', 'virtual'], folder)
    assert.deepEqual(fs.readdirSync(join(root, folder)), ['disk', 'inner', 'virtual'], folder)
    assert.equal(fs.realpathSync(join(root, folder, 'disk')), join(root, 'real/disk'))
    assert.equal(await fs.promises.realpath(join(root, folder)), join(root, 'real'))
    assert.equal(fs.statSync(join(root, folder)).ino, fs.statSync(join(root, 'real')).ino)
  }
  assert.equal(text('links/deep/file'), 'disk')
  assert.deepEqual(fs.readdirSync(join(root, 'o')), [])
  for (const name of ['dangling', 'dangling/x', 'l/none', 'o/none/x']) assert.equal(code(() => fs.statSync(join(root, name))), 'ENOENT', name)
  // A new name goes where its folder is: to the disk.
  await fs.promises.writeFile(join(root, 'o/new'), 'new')
  fs.writeFileSync(join(root, 'twice/made'), 'made')
  fs.writeFileSync(join(root, 'dangling'), 'through')
  fs.appendFileSync(join(root, 'links/deep/file'), ' and more')
  assert.deepEqual([over.existsSync(join(root, 'only')), over.existsSync(join(root, 'real/made')), over.existsSync(join(root, 'gone'))], [false, false, false])
  // The object sees and writes its own.
  assert.deepEqual(over.readdirSync(join(root, 'l')), ['virtual'])
  assert.equal(over.existsSync(join(root, 'links/deep/file')), false)
  over.writeFileSync(join(root, 'l/mine'), 'mine')
  assert.deepEqual(over.readdirSync(join(root, 'real')), ['mine', 'virtual'])
  // And as a whole under another overlay, with a link in that.
  const above = create({ overlay: true })
  above.writeFileSync('/real/top', 'top')
  above.symlinkSync('l', '/again')
  above.mount(root)
  try {
    assert.deepEqual(fs.readdirSync(join(root, 'again')), ['disk', 'inner', 'made', 'mine', 'top', 'virtual'])
    assert.deepEqual(['l/top', 'again/top', 'again/disk', 'again/virtual', 'again/mine'].map(text), ['top', 'top', 'disk and more', 'virtual', 'mine'])
  } finally {
    above.unmount()
  }
  over.unmount()
  assert.deepEqual([fs.readdirSync(join(root, 'real')), fs.readdirSync(join(root, 'only')), text('gone'), text('real/disk')], [['disk', 'inner', 'made'], ['new'], 'through', 'disk and more'])
  assert.equal(fs.existsSync(join(root, 'real/mine')), false)
})
