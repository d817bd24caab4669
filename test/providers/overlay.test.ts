// OverlayProvider: what one layer over another must keep apart and together, and commits that fail at every step.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, MemoryProvider, OverlayProvider, RealFSProvider, SqliteProvider, type Provider } from '../../lib/index.ts'
import { Errno } from '../../lib/kernel/errors.ts'
import type { PRIMITIVES } from '../../lib/kernel/provider.ts'
import { drivers } from './sqlite-scratch.ts'

type Vfs = ReturnType<typeof create>

const over = (lower: object, upper: object = new MemoryProvider()): { vfs: Vfs, below: Vfs, overlay: OverlayProvider } => {
  const overlay = new OverlayProvider({ lower: lower as Provider, upper: upper as Provider })
  return { vfs: create(overlay, { parents: false }), below: create(lower as Provider), overlay }
}

/** All that can be seen of a tree, hard links by the first path of their inode. */
function tree (vfs: Vfs, path = '/', seen = new Map<number, string>(), found: Record<string, unknown> = {}): Record<string, unknown> {
  const { mode, uid, ino, nlink, size, mtimeMs } = vfs.lstatSync(path)
  const twin = seen.get(ino)
  if (twin === undefined) seen.set(ino, path)
  const content = (mode & 0o170000) === 0o120000 ? vfs.readlinkSync(path) : (mode & 0o170000) === 0o100000 ? vfs.readFileSync(path, 'utf8') : undefined
  found[path] = { mode: mode.toString(8), uid, twin, nlink, content, mtimeMs, ...content !== undefined && { size } }
  if (content === undefined) for (const name of vfs.readdirSync(path)) tree(vfs, path === '/' ? `/${name}` : `${path}/${name}`, seen, found)
  return found
}

const OLD = 1e9

/** A tree with every kind of entry, all of it old. */
function furnished (): MemoryProvider {
  const memory = new MemoryProvider()
  const vfs = create(memory)
  for (const path of ['/src/a', '/src/b', '/src/deep/c', '/lib/x', '/lib/y', '/gone/g/h', '/gone/i', '/type/file', '/opaque/old', '/opaque/both', '/moved/m/n', '/top']) vfs.writeFileSync(path, `old ${path}`)
  vfs.symlinkSync('a', '/src/link')
  vfs.linkSync('/top', '/twin')
  vfs.mkdirSync('/type/folder')
  vfs.chmodSync('/src/b', 0o600)
  for (const path of Object.keys(tree(vfs))) vfs.lutimesSync(path, OLD, OLD)
  return memory
}

/** Every kind of change. */
function change (vfs: Vfs): void {
  vfs.writeFileSync('/src/a', 'new a')
  vfs.chmodSync('/src/b', 0o640)
  vfs.utimesSync('/src/deep/c', 5, 6)
  vfs.unlinkSync('/src/link')
  vfs.symlinkSync('b', '/src/link')
  vfs.mkdirSync('/src/made')
  vfs.writeFileSync('/src/made/one', '1')
  vfs.linkSync('/src/made/one', '/two')
  vfs.rmSync('/gone', { recursive: true })
  vfs.unlinkSync('/lib/x')
  vfs.unlinkSync('/type/file')
  vfs.mkdirSync('/type/file')
  vfs.writeFileSync('/type/file/inside', 'was a file')
  vfs.rmdirSync('/type/folder')
  vfs.writeFileSync('/type/folder', 'was a folder')
  vfs.rmSync('/opaque', { recursive: true })
  vfs.mkdirSync('/opaque')
  vfs.writeFileSync('/opaque/both', 'another')
  vfs.renameSync('/moved', '/src/moved')
  vfs.appendFileSync('/twin', ' and more')
  vfs.chmodSync('/lib', 0o700)
  vfs.utimesSync('/lib', 7, 8)
}

const ALL = {
  added: ['/src/made', '/src/made/one', '/src/moved', '/src/moved/m', '/src/moved/m/n', '/two', '/type/file/inside'],
  modified: ['/lib', '/opaque', '/opaque/both', '/src/a', '/src/b', '/src/deep/c', '/src/link', '/top', '/twin', '/type/file', '/type/folder'],
  deleted: ['/gone', '/lib/x', '/moved', '/opaque/old']
}

test('the lower layer stays as it is, and changes() tells what changed', () => {
  const lower = furnished()
  const { vfs, below } = over(lower)
  const before = tree(below)
  lower.setReadOnly()
  change(vfs)
  assert.deepEqual(tree(below), before)
  assert.deepEqual(vfs.changes(), ALL)
  vfs.discard()
  assert.deepEqual(vfs.changes(), { added: [], modified: [], deleted: [] })
  assert.deepEqual(tree(vfs), before)
})

test('a commit makes the lower layer what the merged tree was', () => {
  const { vfs, below } = over(furnished())
  change(vfs)
  const merged = tree(vfs)
  const inode = below.statSync('/moved/m/n').ino
  vfs.commit()
  assert.deepEqual(tree(below), merged)
  assert.deepEqual(tree(vfs), merged)
  assert.deepEqual(vfs.changes(), { added: [], modified: [], deleted: [] })
  assert.equal(below.statSync('/src/moved/m/n').ino, inode, 'what was only renamed stays the inode that it was')
})

const MUTATORS: readonly (typeof PRIMITIVES)[number][] = ['setattr', 'mknod', 'linkat', 'unlinkat', 'renameat', 'write']

/** A provider whose changes fail from the `from`th to the `to`th. */
function failing (provider: MemoryProvider): { provider: Provider, fail (from: number, to: number): void, count: number } {
  const made = { provider: undefined as unknown as Provider, count: 0, fail (from: number, to: number) { this.count = 0; first = from; last = to } }
  let [first, last] = [Infinity, Infinity]
  made.provider = new Proxy(provider, {
    get (target, name) {
      const value = (target as unknown as Record<string | symbol, unknown>)[name]
      if (typeof value !== 'function') return value
      if (typeof name === 'symbol') return undefined   // it would give the provider itself
      return (...args: unknown[]): unknown => {
        if ((MUTATORS as readonly string[]).includes(name)) {
          const at = ++made.count
          if (at >= first && at <= last) throw new Errno('ENOSPC')
        }
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    }
  }) as unknown as Provider
  return made
}

/** What a commit threw. */
function thrown (run: () => void): Error & { code?: string, applied?: string[], conflicts?: { path: string, reason: string }[] } {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('it did not fail')
}

/** The tree without what a failed commit cannot restore: times of inodes that were touched and put back. */
const paths = (found: Record<string, unknown>): unknown => Object.entries(found).map(([path, one]) => [path, (one as { content?: string }).content, (one as { mode: string }).mode])

/** An overlay with changes, whose lower side can be made to fail. */
function changed () {
  const faulty = failing(furnished())
  const overlay = new OverlayProvider({ lower: faulty.provider, upper: new MemoryProvider() as unknown as Provider })
  const vfs = create(overlay, { parents: false })
  const below = create(faulty.provider)
  change(vfs)
  return { faulty, vfs, below }
}

test('a commit that fails at any step leaves everything as it was, and the next one does all', () => {
  let steps = 0
  for (let at = 1; ; at++) {
    const { faulty, vfs, below } = changed()
    const [before, merged] = [tree(below), tree(vfs)]
    faulty.fail(at, at)
    try {
      vfs.commit()
    } catch (error) {
      assert.equal((error as { code: string }).code, 'ENOSPC', String(at))
      assert.deepEqual((error as { applied: string[] }).applied, [], String(at))
      assert.deepEqual(paths(tree(below)), paths(before), String(at))
      assert.deepEqual(tree(vfs), merged, String(at))
      assert.deepEqual(vfs.changes(), ALL, String(at))
    }
    const { count } = faulty
    faulty.fail(Infinity, Infinity)
    vfs.commit()
    assert.deepEqual(paths(tree(below)), paths(merged), String(at))
    if (count < at) break
    steps = at
  }
  assert.ok(steps > 60, `${steps} steps were tried`)
})

test('a commit that cannot be taken back says what was applied, and the next one does the rest', () => {
  let told = 0
  for (let at = 1; at < 120; at++) {
    const { faulty, vfs, below } = changed()
    const merged = tree(vfs)
    faulty.fail(at, Infinity)
    try {
      vfs.commit()
    } catch (error) {
      const { applied } = error as { applied: string[] }
      if (applied.length > 0) told++
      const left = Object.values(vfs.changes()).flat()
      for (const path of applied) assert.ok(!left.includes(path), `${at}: ${path} is applied and still a change`)
      for (const path of applied) assert.ok((error as Error).message.includes(path))
    }
    faulty.fail(Infinity, Infinity)
    vfs.commit({ force: true })
    assert.deepEqual(paths(tree(below)), paths(merged), String(at))
    assert.deepEqual(vfs.changes(), { added: [], modified: [], deleted: [] })
  }
  assert.ok(told > 5, `${told} commits had applied something`)
})

test('what others did meanwhile is a conflict, and nothing is applied', () => {
  const cases: [string, string, (vfs: Vfs) => void, (below: Vfs) => void][] = [
    ['/src/a', 'changed', (vfs) => { vfs.appendFileSync('/src/a', '+') }, (below) => { below.writeFileSync('/src/a', 'theirs') }],
    ['/src/a', 'changed', (vfs) => { vfs.unlinkSync('/src/a') }, (below) => { below.writeFileSync('/src/a', 'theirs') }],
    ['/src/a', 'missing', (vfs) => { vfs.chmodSync('/src/a', 0o600) }, (below) => { below.unlinkSync('/src/a') }],
    ['/src/a', 'changed', (vfs) => { vfs.writeFileSync('/src/a', 'x') }, (below) => { below.unlinkSync('/src/a'); below.writeFileSync('/src/a', 'another inode') }],
    ['/new', 'exists', (vfs) => { vfs.writeFileSync('/new', 'ours') }, (below) => { below.writeFileSync('/new', 'theirs') }],
    ['/gone', 'changed', (vfs) => { vfs.rmSync('/gone', { recursive: true }) }, (below) => { below.writeFileSync('/gone/g/new', 'deep inside') }],
    ['/moved', 'changed', (vfs) => { vfs.renameSync('/moved', '/elsewhere') }, (below) => { below.appendFileSync('/moved/m/n', 'theirs') }],
    ['/opaque', 'changed', (vfs) => { vfs.rmSync('/opaque', { recursive: true }); vfs.mkdirSync('/opaque') }, (below) => { below.writeFileSync('/opaque/theirs', '') }],
    ['/src', 'missing', (vfs) => { vfs.writeFileSync('/src/new', '') }, (below) => { below.rmSync('/src', { recursive: true }) }]
  ]
  for (const [path, reason, ours, theirs] of cases) {
    const { vfs, below } = over(furnished())
    ours(vfs)
    theirs(below)
    const before = tree(below)
    const error = thrown(() => { vfs.commit() })
    assert.equal(error.code, 'ERR_INVALID_STATE', path)
    assert.ok(error.conflicts!.some((one) => one.path === path && one.reason === reason), `${path} ${reason}: ${JSON.stringify(error.conflicts)}`)
    assert.deepEqual(error.applied, [])
    assert.deepEqual(tree(below), before, path)
    const merged = tree(vfs)
    vfs.commit({ force: true })
    assert.deepEqual(paths(tree(below)), paths(merged), path)
  }
})

test('an inode stays one inode when it is copied up', () => {
  const { vfs } = over(furnished())
  const before = vfs.statSync('/top')
  const fd = vfs.openSync('/twin', 'r')
  vfs.writeFileSync('/top', 'through one name')
  assert.equal(vfs.statSync('/top').ino, before.ino)
  assert.equal(vfs.statSync('/twin').ino, before.ino)
  assert.equal(vfs.fstatSync(fd).ino, before.ino)
  assert.equal(vfs.statSync('/twin').nlink, 2)
  assert.equal(vfs.readFileSync(fd, 'utf8'), 'through one name', 'a file that was open sees what is written later')
  vfs.unlinkSync('/top')
  assert.equal(vfs.readFileSync('/twin', 'utf8'), 'through one name', 'the copy lives on under a name that only the lower layer has')
  assert.equal(vfs.statSync('/twin').nlink, 1)
  assert.deepEqual(vfs.readdirSync('/'), ['gone', 'lib', 'moved', 'opaque', 'src', 'twin', 'type'])
  assert.equal(vfs.statSync('/').nlink, 2 + 6)
  vfs.unlinkSync('/twin')
  assert.equal(vfs.fstatSync(fd).nlink, 0)
  vfs.closeSync(fd)
})

test('a link that only stands for its path goes on over a commit to a real folder', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'fsmount-overlay-'))
  try {
    const { vfs, overlay } = over(new RealFSProvider(folder))
    vfs.symlinkSync('nowhere', '/link')
    const fd = vfs.openSync('/link', 0o10000000 | fs.constants.O_NOFOLLOW)
    overlay.commit()
    assert.equal(fs.readlinkSync(`${folder}/link`), 'nowhere')
    assert.ok(vfs.fstatSync(fd).isSymbolicLink())
    vfs.closeSync(fd)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

test('what is open goes on with its file over a commit', () => {
  const { vfs, below } = over(furnished())
  const fd = vfs.openSync('/src/a', 'r+')
  vfs.writeSync(fd, 'first', 0)
  vfs.commit()
  assert.equal(vfs.fstatSync(fd).ino, vfs.statSync('/src/a').ino)
  vfs.writeSync(fd, 'SECOND', 0)
  assert.equal(vfs.readFileSync('/src/a', 'utf8').slice(0, 6), 'SECOND')
  assert.equal(below.readFileSync('/src/a', 'utf8').slice(0, 5), 'first')
  vfs.closeSync(fd)
})

for (const driver of drivers) {
  test(`a change set in SQLite outlives the process (${String(driver)})`, () => {
    const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-overlay-'))
    try {
      const lower = furnished()
      let upper = new SqliteProvider(join(dir, 'upper.db'), { driver })
      const first = over(lower, upper)
      change(first.vfs)
      const merged = tree(first.vfs)
      const inodes = ['/src/a', '/src', '/twin'].map((path) => first.vfs.statSync(path).ino)
      upper.close()
      upper = new SqliteProvider(join(dir, 'upper.db'), { driver })
      assert.deepEqual(upper.check().problems, [])
      const { vfs, below } = over(lower, upper)
      assert.deepEqual(tree(vfs), merged)
      assert.deepEqual(['/src/a', '/src', '/twin'].map((path) => vfs.statSync(path).ino), inodes)
      assert.deepEqual(vfs.changes(), ALL)
      below.writeFileSync('/lib/y', 'not touched by us')
      vfs.commit()
      assert.deepEqual(vfs.changes(), { added: [], modified: [], deleted: [] })
      assert.deepEqual(paths(tree(below)), paths({ ...merged, '/lib/y': { ...merged['/lib/y'] as object, content: 'not touched by us' } }))
      upper.close()
    } finally {
      fs.rmSync(dir, { recursive: true })
    }
  })

  test(`whiteouts and origins are where the specification has them (${String(driver)})`, () => {
    const upper = new SqliteProvider(':memory:', { driver })
    const { vfs, below } = over(furnished(), upper)
    vfs.unlinkSync('/lib/x')
    vfs.appendFileSync('/src/a', '+')
    assert.deepEqual(upper.delta.whiteouts().map(([path]) => path), ['/lib/x'])
    const bases = new Map(upper.delta.copies().map(([node, base]) => [node, base]))
    assert.equal(bases.get(create(upper).statSync('/src/a').ino), below.statSync('/src/a').ino)
    upper.close()
  })
}

test('a transaction that is undone undoes what was copied up', { skip: drivers.length === 0 && 'no SQLite here' }, () => {
  const upper = new SqliteProvider(':memory:', { driver: drivers[0]! })
  const { vfs } = over(furnished(), upper)
  const before = tree(vfs)
  const fd = vfs.openSync('/src/a', 'r')
  assert.throws(() => upper.transaction(() => {
    change(vfs)
    throw new Error('no')
  }), /no/)
  assert.deepEqual(tree(vfs), before)
  assert.equal(vfs.readFileSync(fd, 'utf8'), 'old /src/a')
  vfs.closeSync(fd)
  change(vfs)
  assert.deepEqual(vfs.changes(), ALL)
  upper.close()
})

test('a link whose copied name goes is changed under the name that only the lower layer has', () => {
  const { vfs, below } = over(furnished())
  below.linkSync('/src/link', '/also')
  vfs.lchownSync('/also', 1000, 1000)
  vfs.unlinkSync('/also')
  assert.deepEqual(vfs.changes(), { added: [], modified: ['/src/link'], deleted: ['/also'] })
  vfs.commit()
  assert.deepEqual([below.lstatSync('/src/link').uid, below.lstatSync('/src/link').nlink, below.existsSync('/also')], [1000, 1, false])
})

test('a time that is left as it is stays, also of a file that is copied up for the other one', () => {
  for (const upper of [new MemoryProvider(), new SqliteProvider()]) {
    const vfs = create(new OverlayProvider({ lower: new MemoryProvider(), upper }))
    vfs.writeFileSync('/f', 'text')
    vfs.utimesSync('/f', 1000, 2000)
    vfs.commit()
    const provider = vfs.provider as OverlayProvider
    const { node } = provider.lookup(provider.root, 'f')!
    provider.read(node, Buffer.alloc(4), 0)   // moves the access time, which an overlay keeps by itself
    provider.setattr(node, { atime: { ms: 3_000_000, ns: 0 }, mtime: undefined })
    assert.deepEqual([vfs.statSync('/f').mtimeMs, vfs.statSync('/f').atimeMs], [2_000_000, 3_000_000])
  }
})

test('what is known of an overlay as a layer is looked for anew after its commit or discard()', () => {
  for (const act of ['commit', 'discard'] as const) {
    for (const where of ['lower', 'upper'] as const) {
      const memory = new MemoryProvider()
      create(memory).writeFileSync('/f', 'old')
      const inner = over(memory)
      const { vfs, overlay } = where === 'lower' ? over(inner.overlay) : over(new MemoryProvider(), inner.overlay)
      inner.vfs.writeFileSync('/f', 'changed')
      inner.vfs.mkdirSync('/d')
      inner.vfs.writeFileSync('/d/g', 'new')
      assert.equal(vfs.readFileSync('/f', 'utf8') + vfs.readFileSync('/d/g', 'utf8'), 'changednew')
      inner.overlay[act]()
      const [shown, has] = [vfs, inner.vfs].map((one) => ({ ...tree(one), '/': one.readdirSync('/') }))   // the times of the root are the lower layer's
      assert.deepEqual(shown, has, `${act} of the ${where} layer`)
      vfs.appendFileSync('/f', '+')
      assert.equal(vfs.readFileSync('/f', 'utf8'), act === 'commit' ? 'changed+' : 'old+')
      if (where === 'lower') overlay.commit()
      assert.equal(inner.vfs.readFileSync('/f', 'utf8'), act === 'commit' ? 'changed+' : 'old+')
    }
  }
})

test('the name that the upper layer needs for itself is refused, and what it is needed for goes on', () => {
  const lower = new MemoryProvider()
  const base = create(lower)
  base.writeFileSync('/one', 'content')
  base.linkSync('/one', '/two')
  base.writeFileSync('/.fsmount-index', 'of the lower layer')
  const { vfs, overlay } = over(lower)
  vfs.mkdirSync('/d')
  for (const free of [false, true]) {
    const name = '/.fsmount-index'
    if (free) base.unlinkSync(name)
    for (const make of [() => { vfs.writeFileSync(name, 'x') }, () => { vfs.mkdirSync(name) }, () => { vfs.symlinkSync('one', name) }, () => { vfs.linkSync('/one', name) }, () => { vfs.renameSync('/d', name) }, () => { vfs.renameSync('/one', name) }]) {
      assert.match(String(thrown(make).code), free ? /^EPERM$/ : /^(?:EPERM|EEXIST|ENOTDIR)$/)
    }
  }
  base.writeFileSync('/.fsmount-index', 'of the lower layer')
  assert.deepEqual(overlay.changes(), { added: ['/d'], modified: [], deleted: [] })
  assert.equal(vfs.readFileSync('/.fsmount-index', 'utf8'), 'of the lower layer')
  const fd = vfs.openSync('/one', 'r+')
  vfs.unlinkSync('/one')
  vfs.writeSync(fd, 'CHANGED')
  vfs.closeSync(fd)
  assert.equal(vfs.readFileSync('/two', 'utf8'), 'CHANGED')
  overlay.commit()
  assert.deepEqual(base.readdirSync('/'), ['.fsmount-index', 'd', 'two'])
})
