// Whose a path is: prefixes, nesting, stacking, synthetic folders, mount points as names and as busy objects.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { create, MemoryProvider } from '../../lib/index.ts'
import { mountedSpace } from '../../lib/mount/mountedspace.ts'
import { code } from './code.ts'

const scratch = (): string => fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-names-'))

/** A file system with one file, mounted. */
const at = (prefix: string, name = 'f', options = {}): ReturnType<typeof create> => {
  const vfs = create(options)
  vfs.writeFileSync(`/${name}`, prefix)
  vfs.mount(prefix)
  return vfs
}

test('a mount hides what is on the disk and gives it back', () => {
  const dir = scratch()
  fs.writeFileSync(join(dir, 'real'), 'real')
  {
    using vfs = at(dir)
    assert.deepEqual(fs.readdirSync(dir), ['f'])
    assert.equal(code(() => fs.readFileSync(join(dir, 'real'))), 'ENOENT')
    assert.equal(vfs.mountPoint, dir)
    assert.equal(vfs.mountPointURL, pathToFileURL(dir).href)
  }
  assert.deepEqual(fs.readdirSync(dir), ['real'])
  fs.rmSync(dir, { recursive: true })
})

test('missing folders above a mount point are read-only and vanish', () => {
  {
    using vfs = at('/fsmount-n1/a/b')
    void vfs
    for (const dir of ['/fsmount-n1', '/fsmount-n1/a']) {
      assert.equal(fs.statSync(dir).mode & 0o777, 0o555)
      assert.ok(fs.statSync(dir).isDirectory())
      fs.accessSync(dir)
      assert.equal(fs.realpathSync(dir), dir)
      for (const make of [() => fs.mkdirSync(`${dir}/x`), () => fs.writeFileSync(`${dir}/x`, ''), () => fs.symlinkSync('/', `${dir}/x`), () => fs.mkdirSync(`${dir}/x/y`, { recursive: true })]) assert.equal(code(make), 'EROFS')
    }
    assert.deepEqual(fs.readdirSync('/fsmount-n1'), ['a'])
    assert.deepEqual(fs.readdirSync('/fsmount-n1/a', { withFileTypes: true }).map((entry) => [entry.name, entry.isDirectory()]), [['b', true]])
    assert.ok(fs.readdirSync('/').includes('fsmount-n1'))
  }
  assert.equal(fs.existsSync('/fsmount-n1'), false)
  assert.ok(!fs.readdirSync('/').includes('fsmount-n1'))
})

test('a mount point shows in its parent, on disk and in another mount', async () => {
  const dir = scratch()
  fs.writeFileSync(join(dir, 'z'), '')
  using outer = at(join(dir, 'm'))
  using inner = at(join(dir, 'm', 'n'))
  void inner
  assert.deepEqual(fs.readdirSync(dir), ['m', 'z'])
  assert.deepEqual(await fs.promises.readdir(Buffer.from(dir), 'buffer'), [Buffer.from('m'), Buffer.from('z')])
  assert.deepEqual(fs.readdirSync(join(dir, 'm')), ['f', 'n'])
  assert.deepEqual(fs.readdirSync(dir, { recursive: true }).sort(), ['m', 'm/f', 'm/n', 'm/n/f', 'z'])
  assert.deepEqual(outer.readdirSync(join(dir, 'm')), ['f'])
  inner.unmount()
  outer.unmount()
  fs.rmSync(dir, { recursive: true })
})

test('the longest prefix owns; of two at one place the later', () => {
  using first = at('/fsmount-n2', 'one')
  using second = at('/fsmount-n2', 'two')
  using deeper = at('/fsmount-n2/sub', 'three')
  assert.deepEqual(fs.readdirSync('/fsmount-n2'), ['sub', 'two'])
  assert.deepEqual(fs.readdirSync('/fsmount-n2/sub'), ['three'])
  second.unmount()
  assert.deepEqual(fs.readdirSync('/fsmount-n2'), ['one', 'sub'])
  deeper.unmount()
  assert.deepEqual(fs.readdirSync('/fsmount-n2'), ['one'])
  void first
})

test('mount points and folders above them are busy', () => {
  const dir = scratch()
  fs.mkdirSync(join(dir, 'a', 'b'), { recursive: true })
  fs.writeFileSync(join(dir, 'a', 'keep'), 'keep')
  using vfs = at(join(dir, 'a', 'b', 'm'))
  vfs.mkdirSync(join(dir, 'a', 'b', 'm', 'd'))
  const point = join(dir, 'a', 'b', 'm')
  assert.equal(code(() => fs.rmdirSync(point)), 'EBUSY')
  assert.equal(code(() => fs.unlinkSync(point)), 'EBUSY')
  assert.equal(code(() => fs.renameSync(point, join(dir, 'x'))), 'EBUSY')
  assert.equal(code(() => fs.renameSync(join(dir, 'a'), join(dir, 'x'))), 'EBUSY')
  assert.equal(code(() => fs.rmdirSync(join(dir, 'a', 'b'))), 'EBUSY')
  assert.equal(code(() => fs.rmSync(join(dir, 'a'), { recursive: true })), 'EBUSY')
  assert.equal(fs.readFileSync(join(dir, 'a', 'keep'), 'utf8'), 'keep', 'nothing was touched')
  assert.ok(fs.existsSync(join(point, 'f')))
  assert.equal(code(() => fs.rmSync(point, { recursive: true })), 'EBUSY')
  assert.deepEqual(fs.readdirSync(point), [], 'rm emptied the mount point before it was refused')
  vfs.unmount()
  fs.rmSync(dir, { recursive: true })
})

test('paths are matched tidied, and through dots as the kernel means them', () => {
  const dir = scratch()
  fs.mkdirSync(join(dir, 'real', 'deep'), { recursive: true })
  fs.writeFileSync(join(dir, 'real', 'text'), 'disk')
  fs.symlinkSync(join(dir, 'real', 'deep'), join(dir, 'link'))
  using vfs = at(join(dir, 'm'))
  vfs.mkdirSync(join(dir, 'm', 'a', 'b'), { recursive: true })
  vfs.writeFileSync(join(dir, 'm', 'a', 'text'), 'mounted')
  vfs.symlinkSync('a/b', join(dir, 'm', 'l'))
  const read = (path: string): string => fs.readFileSync(path, 'utf8')
  assert.equal(read(`${dir}//m/./a///text`), 'mounted')
  assert.equal(read(`${dir}/real/../m/a/text`), 'mounted')
  assert.equal(read(`${dir}/m/l/../text`), 'mounted', 'the link is followed before ..')
  assert.equal(read(`${dir}/m/../real/text`), 'disk', 'a path that only passes through')
  assert.equal(read(`${dir}/m/nothing/../../real/text`.replace('nothing', 'a')), 'disk')
  assert.equal(read(`${dir}/link/../text`), 'disk')
  assert.equal(read(`${dir}/link/../../m/a/text`), 'mounted')
  assert.equal(code(() => fs.statSync(`${dir}/m/a/text/`)), 'ENOTDIR')
  assert.equal(read(pathToFileURL(`${dir}/m/a/text`) as unknown as string), 'mounted')
  assert.equal(fs.readFileSync(Buffer.from(`${dir}/m/a/text`), 'utf8'), 'mounted')
  vfs.unmount()
  fs.rmSync(dir, { recursive: true })
})

test('a prefix is known by the name it has without links as well', () => {
  const dir = scratch()
  fs.mkdirSync(join(dir, 'real'))
  fs.symlinkSync('real', join(dir, 'link'))
  using vfs = at(join(dir, 'link', 'm'))
  assert.equal(fs.readFileSync(join(dir, 'link', 'm', 'f'), 'utf8'), join(dir, 'link', 'm'))
  fs.writeFileSync(join(dir, 'real', 'm', 'g'), 'g')
  assert.equal(fs.readFileSync(join(dir, 'link', 'm', 'g'), 'utf8'), 'g')
  assert.equal(fs.realpathSync(join(dir, 'link', 'm', 'g')), join(dir, 'real', 'm', 'g'))
  fs.renameSync(join(dir, 'link', 'm', 'g'), join(dir, 'real', 'm', 'h'))
  fs.renameSync(join(dir, 'real', 'm', 'h'), join(dir, 'link', 'm', 'g'))
  fs.unlinkSync(join(dir, 'link', 'm', 'g'))
  assert.equal(fs.existsSync(join(dir, 'real', 'm', 'g')), false)
  vfs.unmount()
  fs.rmSync(dir, { recursive: true })
})

test('links lead through the whole name space, and nowhere out of a confined one', () => {
  const dir = scratch()
  fs.writeFileSync(join(dir, 'text'), 'disk')
  using other = at('/fsmount-n3', 'g')
  using vfs = at('/fsmount-n4')
  using closed = at('/fsmount-n5', 'f', { confined: true })
  void other
  for (const mount of ['/fsmount-n4', '/fsmount-n5']) {
    fs.symlinkSync(join(dir, 'text'), `${mount}/out`)
    fs.symlinkSync('/fsmount-n3/g', `${mount}/across`)
    fs.symlinkSync('../fsmount-n3/g', `${mount}/up`)
  }
  assert.equal(fs.readFileSync('/fsmount-n4/out', 'utf8'), 'disk')
  assert.equal(vfs.readFileSync('/fsmount-n4/out', 'utf8'), 'disk')
  assert.equal(fs.readFileSync('/fsmount-n4/across', 'utf8'), '/fsmount-n3')
  assert.equal(fs.readFileSync('/fsmount-n4/up', 'utf8'), '/fsmount-n3')
  fs.writeFileSync('/fsmount-n4/out', 'changed')
  assert.equal(fs.readFileSync(join(dir, 'text'), 'utf8'), 'changed')
  assert.equal(fs.realpathSync('/fsmount-n4/out'), join(dir, 'text'))
  for (const name of ['out', 'across', 'up']) assert.equal(code(() => fs.readFileSync(`/fsmount-n5/${name}`)), 'ENOENT')
  fs.writeFileSync(join(dir, 'gone'), '')
  fs.rmSync(dir, { recursive: true })
  let error: NodeJS.ErrnoException | undefined
  try { fs.readFileSync('/fsmount-n4/out') } catch (caught) { error = caught as NodeJS.ErrnoException }
  assert.equal(error?.message, "ENOENT: no such file or directory, open '/fsmount-n4/out'", 'the error names what was given')
  assert.equal(error?.path, '/fsmount-n4/out')
  void closed
})

test('across a boundary names do not move, contents do', async () => {
  const dir = scratch()
  using one = at('/fsmount-n6')
  using two = at('/fsmount-n7', 'g')
  void one
  void two
  assert.equal(code(() => fs.renameSync('/fsmount-n6/f', '/fsmount-n7/f')), 'EXDEV')
  assert.equal(code(() => fs.linkSync('/fsmount-n6/f', '/fsmount-n7/f')), 'EXDEV')
  assert.equal(code(() => fs.renameSync('/fsmount-n6/f', join(dir, 'f'))), 'EXDEV')
  assert.equal(code(() => fs.linkSync(join(dir, 'nothing'), '/fsmount-n6/x')), 'ENOENT')
  fs.copyFileSync('/fsmount-n6/f', '/fsmount-n7/copy')
  fs.copyFileSync('/fsmount-n6/f', join(dir, 'copy'))
  await fs.promises.copyFile(join(dir, 'copy'), '/fsmount-n7/back')
  for (const path of ['/fsmount-n7/copy', join(dir, 'copy'), '/fsmount-n7/back']) assert.equal(fs.readFileSync(path, 'utf8'), '/fsmount-n6')
  await new Promise((resolve, reject) => { fs.createReadStream('/fsmount-n6/f').pipe(fs.createWriteStream('/fsmount-n7/stream')).on('finish', resolve as () => void).on('error', reject) })
  assert.equal(fs.readFileSync('/fsmount-n7/stream', 'utf8'), '/fsmount-n6')
  fs.rmSync(dir, { recursive: true })
})

test('names are moved and linked by paths that only pass through a mount', async () => {
  const dir = scratch()
  fs.writeFileSync(join(dir, 'a'), 'x')
  using vfs = at('/fsmount-n12')
  vfs.mkdirSync('/fsmount-n12/k')
  for (const through of [`/fsmount-n12/k/../..${dir}`, `/fsmount-n12/..${dir}`]) {
    fs.renameSync(`${through}/a`, `${through}/b`)
    fs.renameSync(`${through}/b`, join(dir, 'c'))
    await fs.promises.rename(join(dir, 'c'), `${through}/a`)
    fs.linkSync(`${through}/a`, `${through}/l`)
    assert.deepEqual(fs.readdirSync(dir), ['a', 'l'])
    fs.unlinkSync(`${through}/l`)
    assert.equal(code(() => fs.renameSync(`${through}/a`, '/fsmount-n12/moved')), 'EXDEV')
    assert.equal(code(() => fs.renameSync(`${through}/none`, '/fsmount-n12/moved')), 'EXDEV')
  }
  fs.rmSync(dir, { recursive: true })
})

test('the object finds real paths and makes real copies below any mount point', () => {
  const vfs = create()
  vfs.writeFileSync('/sub/f', 'x')
  vfs.symlinkSync('f', '/sub/l')
  vfs.mount('/fsmount-n13/b/c')
  for (const path of ['/fsmount-n13/b/c/sub/l', '/fsmount-n13/b/c/sub/../sub/l', '/fsmount-n13/b/c']) assert.equal(vfs.realpathSync(path), fs.realpathSync(path))
  assert.equal(code(() => vfs.realpathSync('/fsmount-n13/b')), 'ENOENT')
  const copy = vfs.materialize('/fsmount-n13/b/c/sub')
  assert.deepEqual(fs.readdirSync(copy.path), ['f', 'l'])
  copy[Symbol.dispose]()
  vfs.unmount()
})

test('two mounts of one provider are two, as bind mounts are', () => {
  const provider = new MemoryProvider()
  using one = create(provider as never)
  using two = create(provider as never)
  one.mount('/fsmount-n13')
  two.mount('/fsmount-n14')
  fs.writeFileSync('/fsmount-n13/f', 'x')
  assert.equal(fs.readFileSync('/fsmount-n14/f', 'utf8'), 'x')
  assert.equal(code(() => fs.renameSync('/fsmount-n13/f', '/fsmount-n14/g')), 'EXDEV')
  assert.equal(code(() => fs.linkSync('/fsmount-n13/f', '/fsmount-n14/g')), 'EXDEV')
  fs.renameSync('/fsmount-n13/f', '/fsmount-n13/g')
  assert.deepEqual(fs.readdirSync('/fsmount-n14'), ['g'])
})

test('a reserved prefix lies where no disk can reach', () => {
  using vfs = create()
  const prefix = vfs.mount()
  assert.match(prefix, /^\/dev\/null\/fsmount\/\d+$/)
  fs.writeFileSync(`${prefix}/f`, 'x')
  assert.equal(fs.readFileSync(`${prefix}/f`, 'utf8'), 'x')
  using second = create()
  assert.notEqual(second.mount(), prefix)
})

test('nothing piles up above a mount point below a file while others come and go', () => {
  const file = join(scratch(), 'file')
  fs.writeFileSync(file, 'disk')
  using one = at(`${file}/a`)
  const volumes = (): number => [...mountedSpace().table].flatMap((mount) => mount.beside).length
  const before = volumes()
  for (let i = 0; i < 5; i++) {
    using other = at('/fsmount-n15')
    assert.ok(fs.existsSync(other.mountPoint!))
  }
  assert.equal(volumes(), before)
  assert.equal(code(() => fs.statSync(`${file}/b`)), 'ENOENT')
  assert.ok(one.mounted)
})

test('names below the file that a mount point lies under are missing, as in any folder, and the file is the disk\'s', () => {
  const file = join(scratch(), 'file')
  fs.writeFileSync(file, 'disk')
  const one = at(`${file}/a/one`)
  const two = at(`${file}/b`)
  for (const still of [['a', 'b'], ['b']]) {
    // As of those who look for package.json in every folder above them.
    for (const missing of ['package.json', 'node_modules/x', still.length === 1 ? 'a' : 'c']) assert.equal(code(() => fs.statSync(`${file}/${missing}`)), 'ENOENT')
    for (const name of still) assert.ok(fs.statSync(`${file}/${name}`).isDirectory())
    for (const make of [() => fs.mkdirSync(`${file}/x`), () => fs.writeFileSync(`${file}/x`, ''), () => fs.symlinkSync('/', `${file}/x`)]) assert.equal(code(make), 'EROFS')
    assert.equal(fs.readFileSync(file, 'utf8'), 'disk')
    assert.ok(fs.statSync(file).isFile())
    for (const untrue of [() => fs.readdirSync(file), () => fs.statSync(`${file}/`)]) assert.equal(code(untrue), 'ENOTDIR')
    if (still.length === 2) one.unmount()
  }
  two.unmount()
  assert.equal(code(() => fs.statSync(`${file}/package.json`)), 'ENOTDIR')
  fs.rmSync(join(file, '..'), { recursive: true })
})

test('what cannot be mounted is refused, with nothing half done', () => {
  const vfs = create()
  const errors: [unknown, string, string][] = [
    ['relative/path', 'TypeError', 'ERR_INVALID_ARG_VALUE'], ['', 'TypeError', 'ERR_INVALID_ARG_VALUE'],
    ['/nul\0byte', 'TypeError', 'ERR_INVALID_ARG_VALUE'], [42, 'TypeError', 'ERR_INVALID_ARG_TYPE'], [null, 'TypeError', 'ERR_INVALID_ARG_TYPE']
  ]
  for (const [prefix, name, expected] of errors) {
    assert.throws(() => vfs.mount(prefix as string), { name, code: expected })
    assert.equal(vfs.mounted, false)
    assert.equal(vfs.mountPoint, null)
  }
  vfs.mount('/fsmount-n8')
  assert.throws(() => vfs.mount('/fsmount-n9'), { code: 'ERR_INVALID_STATE', message: /already mounted at \/fsmount-n8$/ })
  assert.equal(fs.existsSync('/fsmount-n9'), false)
  vfs.unmount()
  vfs.unmount()
  vfs.mount('/fsmount-n9')
  vfs.unmount()
  for (const bad of [42, 'text', { lookup: 1 }, Symbol('x')]) assert.throws(() => create(bad as never), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => create(MemoryProvider as never), { code: 'ERR_INVALID_ARG_TYPE', message: /a provider, made with new/ })
  assert.throws(() => create({ lookup: 1 } as never, {}), { code: 'ERR_INVALID_ARG_TYPE', message: /a class that extends VirtualProvider/ })
  for (const overlay of ['yes', 'cow']) assert.throws(() => create({ overlay: overlay as never }), { code: 'ERR_INVALID_ARG_VALUE', message: `The property 'options.overlay' must be one of true, false and 'copy-on-write'. Received '${overlay}'` })
  assert.throws(() => create({ overlay: 1 as never }), { code: 'ERR_INVALID_ARG_TYPE', message: /one of true, false and 'copy-on-write'/ })
  assert.throws(() => create({ overley: true } as never), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /'options\.overley' is none of overlay, / })
  // What node:vfs has beside them, and what is absent all the same.
  create({ emitExperimentalWarning: false, overley: undefined } as never)
})

test('an object shows what it is, not its functions', () => {
  const vfs = create({ overlay: true })
  vfs.mount('/fsmount-n13')
  const text = inspect(vfs, { depth: 0 })
  vfs.unmount()
  assert.match(text, /^VirtualFileSystem \{\s+provider: \[MemoryProvider\],\s+mountPoint: '\/fsmount-n13',\s+readonly: false,\s+overlay: true\s+\}$/)
  assert.equal(inspect({ in: { vfs } }, { depth: 1 }), '{ in: { vfs: [VirtualFileSystem] } }')
  assert.match(inspect(vfs), /provider: \[MemoryProvider\],/)
})

test('a plain listing shows nested mount points however often it is asked', async () => {
  using outer = at('/fsmount-n10')
  using inner = at('/fsmount-n10/in')
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(fs.readdirSync('/fsmount-n10'), ['f', 'in'])
    assert.deepEqual(await fs.promises.readdir('/fsmount-n10'), ['f', 'in'])
  }
  void outer
  void inner
})

test('what is still mounted keeps the folders that lead to it', () => {
  const outer = at('/fsmount-n11')
  const inner = at('/fsmount-n11/x/in')
  const beside = at('/fsmount-n12/a/one')
  const other = at('/fsmount-n12/b/two')
  outer.unmount()
  beside.unmount()
  assert.deepEqual(fs.readdirSync('/fsmount-n11'), ['x'])
  assert.equal(fs.statSync('/fsmount-n11/x').mode & 0o777, 0o555)
  assert.equal(fs.realpathSync('/fsmount-n11/x/in'), '/fsmount-n11/x/in')
  assert.deepEqual(fs.readdirSync('/fsmount-n12'), ['b'])
  inner.unmount()
  other.unmount()
  for (const gone of ['/fsmount-n11', '/fsmount-n12']) assert.equal(fs.existsSync(gone), false)
})

test('below a prefix with a link in it, all forms of realpath give the path without it, asked again as well', async (t) => {
  const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-owners-'))
  fs.mkdirSync(join(dir, 'real/place/folder'), { recursive: true })
  fs.writeFileSync(join(dir, 'real/place/folder/file'), '')
  fs.symlinkSync('folder', join(dir, 'real/place/inner'))
  fs.symlinkSync('real', join(dir, 'link'))
  const names = ['', '/folder', '/folder/file', '/inner/file', '/folder/../inner'].flatMap((name) => [`link/place${name}`, `real/place${name}`])
  const ask = async (name: string): Promise<string[]> => {
    const path = join(dir, name)
    const called = await new Promise<string>((resolve, reject) => { fs.realpath(path, (error, found) => { if (error === null) resolve(found); else reject(error) }) })
    return [fs.realpathSync(path), fs.realpathSync.native(path), await fs.promises.realpath(path), called]
  }
  const expected = await Promise.all(names.map(ask))
  const vfs = create().mount(join(dir, 'link/place'))
  t.after(() => {
    vfs.unmount()
    fs.rmSync(dir, { recursive: true })
  })
  vfs.mkdirSync(join(dir, 'link/place/folder'))
  vfs.writeFileSync(join(dir, 'link/place/folder/file'), '')
  vfs.symlinkSync('folder', join(dir, 'link/place/inner'))
  for (let round = 0; round < 3; round++) {
    for (const name of names) fs.statSync(join(dir, name))
    assert.deepEqual(await Promise.all(names.map(ask)), expected)
  }
})
