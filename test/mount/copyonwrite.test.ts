// `overlay: 'copy-on-write'`: whatever is done, the disk stays as it is until commit().
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, RealFSProvider, SqliteProvider, type Provider } from '../../lib/index.ts'
import { format, run } from '../../fixtures/codemod/codemod.ts'
import { drivers } from '../providers/sqlite-scratch.ts'
import { findRoot } from '../tools/files.ts'

type Fs = typeof fs

/** The disk, whatever is mounted: on Node 20 whole files are read and written by the public `openSync`. */
const disk: Fs = {
  ...fs,
  readFileSync (path: string, encoding?: BufferEncoding): string | Buffer {
    const fd = disk.openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(disk.fstatSync(fd).size)
      disk.readSync(fd, bytes)
      return encoding === undefined ? bytes : bytes.toString(encoding)
    } finally {
      disk.closeSync(fd)
    }
  },
  writeFileSync (path: string, data: string | Uint8Array): void {
    const fd = disk.openSync(path, 'w')
    disk.writeSync(fd, typeof data === 'string' ? Buffer.from(data) : data)
    disk.closeSync(fd)
  }
} as Fs

const scratch = (): string => disk.mkdtempSync(join(disk.realpathSync(tmpdir()), 'fsmount-cow-'))

/** Every entry below a folder of the disk, byte for byte, with inode numbers and the times that a change moves. */
function state (path: string, exact = true, found: Record<string, unknown> = {}, root = path): Record<string, unknown> {
  const { mode, uid, gid, ino, mtimeNs, ctimeNs, nlink } = disk.lstatSync(path, { bigint: true })
  const type = Number(mode) & 0o170000
  const content = type === 0o120000 ? disk.readlinkSync(path) : type === 0o100000 ? createHash('sha1').update(disk.readFileSync(path)).digest('hex') : undefined
  found[path.slice(root.length) || '/'] = { mode, uid, gid, content, nlink, ...exact ? { ino, mtimeNs, ctimeNs } : {} }
  if (type === 0o040000) for (const name of disk.readdirSync(path)) state(join(path, name), exact, found, root)
  return found
}

function thrown (run: () => unknown): Error & { code?: string, applied?: string[], conflicts?: object[] } {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('it did not fail')
}

const NOTHING = { added: [], modified: [], deleted: [] }

/** A folder of the disk with a mount over it, and what to do with both. */
async function covered (use: (dir: string, vfs: ReturnType<typeof create>) => void | Promise<void>, provider?: Provider): Promise<void> {
  const dir = scratch()
  disk.mkdirSync(join(dir, 'src/deep'), { recursive: true })
  for (const name of ['src/a.txt', 'src/deep/b.txt', 'c.txt', 'twin']) disk.writeFileSync(join(dir, name), `old ${name}\n`)
  disk.linkSync(join(dir, 'twin'), join(dir, 'twin2'))
  disk.symlinkSync('src', join(dir, 'link'))
  disk.symlinkSync(join(dir, 'src/a.txt'), join(dir, 'absolute'))
  disk.symlinkSync('/etc', join(dir, 'etc'))
  const vfs = create(provider, { overlay: 'copy-on-write' })
  try {
    vfs.mount(dir)
    await use(dir, vfs)
  } finally {
    vfs.unmount()
    disk.rmSync(dir, { recursive: true, force: true })
  }
}

/** Calls of everything that changes something, in every form. */
const WRITES: [string, (dir: string) => unknown][] = [
  ['writeFileSync', (dir) => fs.writeFileSync(`${dir}/c.txt`, 'x')], ['appendFileSync', (dir) => fs.appendFileSync(`${dir}/c.txt`, 'x')],
  ['promises.writeFile', (dir) => fs.promises.writeFile(`${dir}/src/a.txt`, 'x')], ['truncateSync', (dir) => fs.truncateSync(`${dir}/c.txt`, 1)],
  ['openSync w', (dir) => fs.closeSync(fs.openSync(`${dir}/c.txt`, 'w'))],
  ['writeSync', (dir) => { const fd = fs.openSync(`${dir}/twin`, 'r+'); fs.writeSync(fd, 'y'); fs.fsyncSync(fd); fs.ftruncateSync(fd, 2); fs.fchmodSync(fd, 0o600); fs.futimesSync(fd, 1, 2); fs.closeSync(fd) }],
  ['FileHandle', async (dir) => { const file = await fs.promises.open(`${dir}/twin2`, 'a'); await file.write('z'); await file.close() }],
  ['createWriteStream', (dir) => new Promise((resolve) => { fs.createWriteStream(`${dir}/c.txt`, { flags: 'r+' }).end('s', resolve as () => void) })],
  ['through a link', (dir) => fs.writeFileSync(`${dir}/link/deep/b.txt`, 'x')], ['through an absolute link', (dir) => fs.writeFileSync(`${dir}/absolute`, 'x')],
  ['mkdirSync', (dir) => fs.mkdirSync(`${dir}/m/n/o`, { recursive: true })], ['mkdtempSync', (dir) => fs.mkdtempSync(`${dir}/t-`)],
  ['symlinkSync', (dir) => fs.symlinkSync('c.txt', `${dir}/s`)], ['linkSync', (dir) => fs.linkSync(`${dir}/c.txt`, `${dir}/h`)],
  ['chmodSync', (dir) => { fs.chmodSync(`${dir}/c.txt`, 0o600); fs.chmodSync(`${dir}/src`, 0o700); fs.chmodSync(dir, 0o700) }],
  ['chownSync', (dir) => { fs.chownSync(`${dir}/c.txt`, process.getuid!(), process.getgid!()); fs.lchownSync(`${dir}/link`, process.getuid!(), process.getgid!()) }],
  ['utimesSync', (dir) => { fs.utimesSync(`${dir}/c.txt`, 1, 2); fs.lutimesSync(`${dir}/link`, 3, 4); fs.utimesSync(`${dir}/src`, 5, 6) }],
  ['copyFileSync', (dir) => fs.copyFileSync(`${dir}/twin`, `${dir}/c.txt`)], ['cpSync', (dir) => fs.cpSync(`${dir}/src`, `${dir}/copy`, { recursive: true })],
  ['renameSync', (dir) => { fs.renameSync(`${dir}/c.txt`, `${dir}/d.txt`); fs.renameSync(`${dir}/src`, `${dir}/dst`) }],
  ['renameSync over', (dir) => fs.renameSync(`${dir}/c.txt`, `${dir}/twin`)], ['promises.rename', (dir) => fs.promises.rename(`${dir}/link`, `${dir}/knil`)],
  ['unlinkSync', (dir) => { fs.unlinkSync(`${dir}/twin`); fs.unlinkSync(`${dir}/link`) }], ['rmSync', (dir) => fs.rmSync(`${dir}/src`, { recursive: true })],
  ['rmdirSync', (dir) => { fs.unlinkSync(`${dir}/src/deep/b.txt`); fs.rmdirSync(`${dir}/src/deep`) }],
  ['rm', (dir) => new Promise((resolve) => { fs.rm(`${dir}/src`, { recursive: true }, resolve) })],
  ['reading', async (dir) => { fs.readFileSync(`${dir}/c.txt`); fs.readdirSync(dir); fs.readlinkSync(`${dir}/link`); await fs.promises.readFile(`${dir}/src/a.txt`) }]
]

for (const [name, write] of WRITES) {
  test(`${name} reaches the disk by commit() alone, and then as it was seen`, async () => {
    await covered(async (dir, vfs) => {
      const before = state(dir)
      await write(dir)
      assert.deepEqual(state(dir), before)
      const seen = tree(dir)
      if (name === 'reading') assert.deepEqual(vfs.changes(), NOTHING)
      else assert.notDeepEqual(vfs.changes(), NOTHING)
      vfs.commit()
      assert.deepEqual(vfs.changes(), NOTHING)
      vfs.unmount()
      alike(tree(dir), seen)
    })
  })
}

/** Two trees are the same, times to the millisecond: before Node 24, they are set to the nearest microsecond. */
function alike (found: Tree, wanted: Tree): void {
  const timeless = (tree: Tree): object => Object.fromEntries(Object.entries(tree).map(([path, { time, ...rest }]) => [path, rest]))
  assert.deepEqual(timeless(found), timeless(wanted))
  for (const [path, { time }] of Object.entries(wanted)) assert.ok(Math.abs(found[path]!.time - time) <= 1, `${path}: ${found[path]!.time} ${time}`)
}

type Tree = Record<string, { time: number, mode: number, content: string | undefined }>

/** A tree as fs shows it, hard links by the first path of their inode, without access times. */
function tree (path: string, root = path, twins = new Map<number, string>(), found: Tree = {}): Tree {
  const { mode, uid, gid, ino, nlink, size, mtimeMs } = fs.lstatSync(path)
  const type = mode & 0o170000
  const twin = twins.get(ino)
  if (twin === undefined) twins.set(ino, path)
  const content = type === 0o120000 ? fs.readlinkSync(path) : type === 0o100000 ? fs.readFileSync(path, 'latin1') : undefined
  found[path.slice(root.length) || '/'] = { mode, ...{ uid, gid, twin, nlink }, content, time: mtimeMs, ...type !== 0o040000 && { size } }
  if (type === 0o040000) for (const name of fs.readdirSync(path)) tree(join(path, name), root, twins, found)
  return found
}

test('what was written before the mount is a part of the changes', async () => {
  const dir = scratch()
  disk.writeFileSync(join(dir, 'a'), 'disk')
  const vfs = create({ overlay: 'copy-on-write' })
  vfs.writeFileSync('/a', 'ours')
  vfs.writeFileSync('/new/b', 'new')
  assert.deepEqual(vfs.readdirSync('/'), ['a', 'new'], 'before it is mounted it sees its own alone')
  vfs.mount(dir)
  assert.equal(vfs.overlay, 'copy-on-write')
  assert.deepEqual(vfs.changes(), { added: ['/new', '/new/b'], modified: ['/a'], deleted: [] })
  assert.equal(vfs.readFileSync(join(dir, 'a'), 'utf8'), 'ours')
  disk.writeFileSync(join(dir, 'a'), 'by somebody else')
  assert.deepEqual(thrown(() => { vfs.commit() }).conflicts, [{ path: '/a', reason: 'changed' }])
  vfs.commit({ force: true })
  assert.equal(disk.readFileSync(join(dir, 'a'), 'utf8'), 'ours')
  vfs.unmount()
  disk.rmSync(dir, { recursive: true })
})

test('discard shows the disk again', async () => {
  await covered((dir, vfs) => {
    const seen = tree(dir)
    fs.rmSync(`${dir}/src`, { recursive: true })
    fs.writeFileSync(`${dir}/new`, 'x')
    vfs.discard()
    assert.deepEqual(tree(dir), seen)
    assert.deepEqual(vfs.changes(), NOTHING)
  })
})

test('links of the disk lead where they lead in the whole name space', async () => {
  await covered((dir, vfs) => {
    fs.writeFileSync(`${dir}/src/a.txt`, 'changed')
    assert.equal(fs.readFileSync(`${dir}/absolute`, 'utf8'), 'changed')
    assert.deepEqual(fs.readdirSync(`${dir}/etc`), disk.readdirSync('/etc'))
    assert.equal(fs.realpathSync(`${dir}/etc`), disk.realpathSync('/etc'))
    assert.deepEqual(vfs.changes().modified, ['/src/a.txt'])
  })
})

test('at the root: the whole disk is seen and none of it is written to', () => {
  const dir = scratch()
  const code = `const { create } = require('fsmount'), real = { ...require('fs') }, fs = require('fs')
    const vfs = create({ overlay: 'copy-on-write' }).mount('/')
    fs.writeFileSync(${JSON.stringify(join(dir, 'made.js'))}, 'module.exports = require("./dep.cjs") + 1')
    fs.writeFileSync(${JSON.stringify(join(dir, 'dep.cjs'))}, 'module.exports = 41')
    fs.rmSync('/etc/hostname', { force: true })
    let refused; try { fs.writeFileSync('/dev/null', 'x') } catch (error) { refused = error.code }
    console.log(require(${JSON.stringify(join(dir, 'made.js'))}), real.readdirSync(${JSON.stringify(dir)}).length, real.existsSync('/etc/hostname'), fs.existsSync('/etc/hostname'), refused)
    import(${JSON.stringify(join(dir, 'made.js'))}).then((m) => { console.log(m.default, vfs.changes().added.length, vfs.changes().deleted) })`
  const had = disk.existsSync('/etc/hostname')
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { cwd: findRoot(), encoding: 'utf8' })
  assert.deepEqual([stdout, stderr], [`42 0 ${had} false EROFS\n42 2 ${had ? "[ '/etc/hostname' ]" : '[]'}\n`, ''])
  assert.equal(disk.existsSync('/etc/hostname'), had)
  disk.rmSync(dir, { recursive: true })
})

test("over an app's own folder modules come from the merged tree", () => {
  const dir = scratch()
  disk.mkdirSync(join(dir, 'node_modules/dep'), { recursive: true })
  disk.writeFileSync(join(dir, 'node_modules/dep/index.js'), 'exports.from = "disk"')
  disk.writeFileSync(join(dir, 'lib.mjs'), 'import dep from "dep"; export default dep.from')
  disk.symlinkSync(findRoot(), join(dir, 'node_modules/fsmount'))
  disk.writeFileSync(join(dir, 'app.js'), `const fs = require('fs')
    const vfs = require('fsmount').create({ overlay: 'copy-on-write' })
    vfs.mount(__dirname)
    console.log(require('dep').from)
    fs.writeFileSync(__dirname + '/node_modules/dep/index.js', 'exports.from = "changed"')
    vfs.invalidate(__dirname + '/node_modules/dep/index.js')
    fs.writeFileSync(__dirname + '/new.js', 'exports.new = require("dep").from')
    console.log(require('./new.js').new)
    import('./lib.mjs').then((lib) => { console.log(lib.default) })`)
  const before = state(dir)
  const { stdout, stderr } = spawnSync(process.execPath, [join(dir, 'app.js')], { encoding: 'utf8' })
  assert.deepEqual([stdout, stderr], ['disk\nchanged\nchanged\n', ''])
  assert.deepEqual(state(dir), before)
  disk.rmSync(dir, { recursive: true })
})

test('a tool that rewrites a source tree changes nothing on the disk until commit()', () => {
  const dir = scratch()
  disk.cpSync(join(findRoot(), 'lib'), join(dir, 'lib'), { recursive: true })
  disk.mkdirSync(join(dir, 'obsolete'))
  disk.writeFileSync(join(dir, 'obsolete/x'), '')
  disk.writeFileSync(join(dir, 'lib/mine.js'), 'const a = "b";  \n')
  const before = state(dir)
  const vfs = create({ overlay: 'copy-on-write' })
  vfs.mount(dir)
  const changed = run(dir)
  assert.ok(changed.includes('lib/mine.js') && changed.length > 1, changed.join())
  assert.deepEqual(state(dir), before)
  assert.deepEqual(vfs.changes(), { added: ['/generated', '/generated/index.json'], modified: changed.map((name) => `/${name}`).sort(), deleted: ['/obsolete'] })
  vfs.commit()
  vfs.unmount()
  const after = state(dir, false)
  for (const name of changed) assert.equal(disk.readFileSync(join(dir, name), 'utf8'), format(disk.readFileSync(join(dir, name), 'utf8')))
  assert.equal(disk.readFileSync(join(dir, 'lib/mine.js'), 'utf8'), "const a = 'b'\n")
  assert.deepEqual(Object.keys(after).sort(), [...Object.keys(before).filter((path) => !path.startsWith('/obsolete')), '/generated', '/generated/index.json'].sort())
  disk.rmSync(dir, { recursive: true })
})

const root = process.getuid?.() === 0

test('without room on the disk nothing is applied, and with room all is', { skip: root ? false : 'only root can mount a small file system' }, async (t) => {
  const dir = scratch()
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', dir]).status !== 0) {
    disk.rmdirSync(dir)
    t.skip('no file system can be mounted here')
    return
  }
  const vfs = create({ overlay: 'copy-on-write' })
  try {
    disk.writeFileSync(join(dir, 'fill'), Buffer.alloc(64 * 1024))
    disk.writeFileSync(join(dir, 'a'), 'a')
    const before = state(dir, false)
    vfs.mount(dir)
    fs.writeFileSync(join(dir, 'a'), 'changed')
    fs.writeFileSync(join(dir, 'large'), Buffer.alloc(100 * 1024, 1))
    const error = thrown(() => { vfs.commit() })
    assert.equal(error.code, 'ENOSPC')
    assert.deepEqual(error.applied, [])
    assert.match(error.message, /^ENOSPC: .*applied: none$/)
    assert.deepEqual(state(dir, false), before)
    disk.writeFileSync(join(dir, 'fill'), '')
    vfs.commit()
    assert.equal(disk.statSync(join(dir, 'large')).size, 100 * 1024)
    assert.equal(disk.readFileSync(join(dir, 'a'), 'utf8'), 'changed')
  } finally {
    vfs.unmount()
    spawnSync('umount', [dir])
    disk.rmdirSync(dir)
  }
})

test('without the right to write to one folder nothing is applied, and with it all is', () => {
  const dir = scratch()
  for (const name of ['open', 'locked']) {
    disk.mkdirSync(join(dir, name))
    disk.writeFileSync(join(dir, name, 'file'), 'old')
  }
  if (root) for (const path of Object.keys(state(dir))) disk.chownSync(join(dir, path), 65534, 65534)
  const code = `const fs = require('fs'), real = { ...fs }, dir = ${JSON.stringify(dir)}
    const { create } = require(${JSON.stringify(findRoot())})
    const vfs = create({ overlay: 'copy-on-write' }); vfs.mount(dir).unmount()
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534) }
    vfs.mount(dir)
    fs.writeFileSync(dir + '/open/file', 'new'); fs.writeFileSync(dir + '/locked/file', 'new'); fs.writeFileSync(dir + '/open/more', '')
    real.chmodSync(dir + '/locked', 0o555)
    try { vfs.commit(); console.log('went well') } catch (error) { console.log(error.code, error.applied) }
    console.log(real.readdirSync(dir + '/open'), real.readFileSync(dir + '/open/file', 'utf8'), real.readFileSync(dir + '/locked/file', 'utf8'))
    real.chmodSync(dir + '/locked', 0o755)
    vfs.commit()
    console.log(real.readFileSync(dir + '/open/file', 'utf8'), real.readFileSync(dir + '/locked/file', 'utf8'), real.existsSync(dir + '/open/more'))`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' })
  assert.deepEqual([stdout, stderr], ["EACCES []\n[ 'file' ] old old\nnew new true\n", ''])
  disk.rmSync(dir, { recursive: true })
})

for (const driver of drivers) {
  test(`a change set in SQLite is committed by another process (${String(driver)})`, () => {
    const dir = scratch()
    const file = `${dir}.db`
    disk.writeFileSync(join(dir, 'a'), 'old')
    disk.writeFileSync(join(dir, 'b'), 'old')
    const open = (): { vfs: ReturnType<typeof create>, close (): void } => {
      const provider = new SqliteProvider(file, { driver })
      const vfs = create(provider as unknown as Provider, { overlay: 'copy-on-write' })
      vfs.mount(dir)
      return { vfs, close () { vfs.unmount(); provider.close() } }
    }
    const first = open()
    fs.writeFileSync(join(dir, 'a'), 'new')
    fs.unlinkSync(join(dir, 'b'))
    first.close()
    const second = open()
    assert.deepEqual(second.vfs.changes(), { added: [], modified: ['/a'], deleted: ['/b'] })
    disk.writeFileSync(join(dir, 'b'), 'changed in between')
    assert.deepEqual(thrown(() => { second.vfs.commit() }).conflicts, [{ path: '/b', reason: 'changed' }])
    second.vfs.commit({ force: true })
    second.close()
    assert.deepEqual([disk.readFileSync(join(dir, 'a'), 'utf8'), disk.readdirSync(dir)], ['new', ['a']])
    disk.rmSync(dir, { recursive: true })
    for (const suffix of ['', '-wal', '-shm']) disk.rmSync(file + suffix, { force: true })
  })
}

test('a change set may be kept in another folder', async () => {
  const other = scratch()
  await covered((dir, vfs) => {
    fs.writeFileSync(`${dir}/c.txt`, 'kept elsewhere')
    fs.rmSync(`${dir}/twin`)
    assert.deepEqual(disk.readdirSync(other), ['c.txt'])
    vfs.commit()
    assert.deepEqual(disk.readdirSync(other), [])
    assert.equal(disk.readFileSync(`${dir}/c.txt`, 'utf8'), 'kept elsewhere')
  }, new RealFSProvider(other) as unknown as Provider)
  disk.rmSync(other, { recursive: true })
})

test('watchers hear of what is changed, and of nothing else', async () => {
  await covered(async (dir) => {
    const heard: string[] = []
    const watchers = [fs.watch(dir, (event, name) => { heard.push(`${event} ${name}`) }), fs.watch(`${dir}/src/a.txt`, (event, name) => { heard.push(`file ${event} ${name}`) })]
    const fd = fs.openSync(`${dir}/src/a.txt`, 'r+')
    fs.writeSync(fd, 'x')
    fs.closeSync(fd)
    fs.renameSync(`${dir}/c.txt`, `${dir}/moved.txt`)
    for (const end = Date.now() + 5000; heard.length < 3 && Date.now() < end;) await new Promise((resolve) => { setTimeout(resolve, 20) })
    for (const watcher of watchers) watcher.close()
    assert.deepEqual(heard, ['file change a.txt', 'rename c.txt', 'rename moved.txt'])
  })
})

test('a watcher goes on when discard() takes away what another one watches', async () => {
  await covered(async (dir, vfs) => {
    fs.writeFileSync(`${dir}/made`, '')
    const heard: string[] = []
    const watchers = [fs.watch(`${dir}/made`), fs.watch(`${dir}/src`, (event, name) => { heard.push(`${event} ${name}`) })]
    vfs.discard()
    fs.writeFileSync(`${dir}/src/after`, '')
    for (const end = Date.now() + 5000; heard.length === 0 && Date.now() < end;) await new Promise((resolve) => { setTimeout(resolve, 10) })
    assert.equal(heard[0], 'rename after')
    for (const watcher of watchers) watcher.close()
  })
})

test('watchers go on over commit() and discard()', async () => {
  await covered(async (dir, vfs) => {
    const heard: string[] = []
    const watchers = [fs.watch(`${dir}/src`, (event, name) => { heard.push(`${event} ${name}`) }), fs.watch(dir, { recursive: true }, (event, name) => { heard.push(`all ${event} ${name}`) })]
    for (const act of ['commit', 'discard'] as const) {
      fs.writeFileSync(`${dir}/src/${act}`, '')
      vfs[act]()
      await new Promise((resolve) => { setTimeout(resolve, 20) })
      heard.length = 0
      fs.writeFileSync(`${dir}/src/after`, '')
      const wanted = [`all rename ${join('src', 'after')}`, 'rename after']
      const missing = (): string[] => wanted.filter((one) => !heard.includes(one))
      for (const end = Date.now() + 5000; missing().length > 0 && Date.now() < end;) await new Promise((resolve) => { setTimeout(resolve, 10) })
      assert.deepEqual(missing(), [])
      fs.unlinkSync(`${dir}/src/after`)
    }
    for (const watcher of watchers) watcher.close()
  })
})

for (const driver of drivers) {
  test(`a child sees and makes the same changes (${String(driver)})`, async () => {
    const dir = scratch()
    disk.writeFileSync(join(dir, 'a'), 'old')
    disk.writeFileSync(join(dir, 'b'), 'old')
    const provider = new SqliteProvider(`${dir}.db`, { driver })
    const vfs = create(provider as unknown as Provider, { overlay: 'copy-on-write' })
    vfs.mount(dir)
    try {
      fs.unlinkSync(join(dir, 'a'))
      const code = `const fs = require('fs'), dir = ${JSON.stringify(dir)}
        console.log(fs.readdirSync(dir).join()); fs.writeFileSync(dir + '/b', 'by the child'); fs.writeFileSync(dir + '/c', '')`
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { cwd: dir, encoding: 'utf8' })
      assert.deepEqual([stdout, stderr.replace(/^\(.*ExperimentalWarning: SQLite.*\n\(Use `node --trace-warnings.*\n/m, '')], ['b\n', ''])
      assert.equal(fs.readFileSync(join(dir, 'b'), 'utf8'), 'by the child')
      assert.deepEqual(vfs.changes(), { added: ['/c'], modified: ['/b'], deleted: ['/a'] })
      assert.equal(disk.readFileSync(join(dir, 'b'), 'utf8'), 'old')
    } finally {
      vfs.unmount()
      provider.close()
      disk.rmSync(dir, { recursive: true })
      for (const suffix of ['', '-wal', '-shm']) disk.rmSync(`${dir}.db${suffix}`, { force: true })
    }
  })
}
