// What an overlay asks its lower layer for when a path is looked up: at once where nothing was changed, and right where
// something was.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, MemoryProvider, OverlayProvider, RealFSProvider, type Provider } from '../../lib/index.ts'

type Fs = typeof import('node:fs')

/** An overlay over a real folder with the files of `names`, whose asked primitives are told. */
function asked (...names: string[]): { vfs: Fs & ReturnType<typeof create>, root: string, calls: string[] } {
  const root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-glance-'))
  for (const name of names) {
    fs.mkdirSync(join(root, name, '..'), { recursive: true })
    fs.writeFileSync(join(root, name), `old ${name}`)
  }
  const calls: string[] = []
  const lower = new Proxy(new RealFSProvider(root) as unknown as Provider, {
    get (target, name) {
      const value = target[name as keyof Provider] as unknown
      if (typeof name === 'symbol') return undefined   // it would give the provider itself
      return typeof value !== 'function' ? value : (...args: unknown[]): unknown => {
        if (name !== 'version') calls.push(name)
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    }
  })
  const vfs = create(new OverlayProvider({ lower, upper: new MemoryProvider() as unknown as Provider }), { parents: false })
  return { vfs: vfs as unknown as Fs & ReturnType<typeof create>, root, calls }
}

const code = (run: () => unknown): string | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

test('a path on which nothing was changed is one look at the lower layer, whatever was changed beside it', () => {
  const { vfs, root, calls } = asked('a/b/c/d/file', 'a/other')
  const look = (run: () => unknown): string[] => {
    calls.length = 0
    run()
    return calls
  }
  assert.deepEqual(look(() => vfs.lstatSync('/a/b/c/d/file')), ['resolve'])
  assert.deepEqual(look(() => vfs.existsSync('/a/b/c/d/none')), ['resolve'])
  assert.deepEqual(look(() => vfs.closeSync(vfs.openSync('/a/b/c/d/file', 'r'))).slice(0, 2), ['resolve', 'pin'])
  vfs.writeFileSync('/a/made', '')
  vfs.unlinkSync('/a/other')
  assert.equal(look(() => vfs.lstatSync('/a/b/c/d/file')).at(-1), 'resolve')
  assert.deepEqual([code(() => vfs.lstatSync('/a/other')), vfs.readdirSync('/a')], ['ENOENT', ['b', 'made']])
  fs.rmSync(root, { recursive: true })
})

test('what was found at once is known by its folders as soon as they are needed', () => {
  const { vfs, root } = asked('a/b/file', 'a/b/more', 'a/b/twin')
  fs.linkSync(join(root, 'a/b/twin'), join(root, 'a/twin'))
  const [file, more] = [vfs.openSync('/a/b/file', 'r+'), vfs.openSync('/a/b/more', 'r+')]
  const { ino } = vfs.lstatSync('/a/b/more')
  vfs.renameSync('/a/b', '/a/moved')
  vfs.writeSync(file, 'FILE')
  vfs.unlinkSync('/a/moved/more')
  vfs.writeSync(more, 'MORE')
  assert.equal(vfs.readFileSync('/a/moved/file', 'utf8'), 'FILEa/b/file')
  assert.deepEqual([vfs.fstatSync(more).ino, vfs.fstatSync(more).nlink], [ino, 0])
  vfs.writeFileSync('/a/twin', 'both')
  assert.equal(vfs.readFileSync('/a/moved/twin', 'utf8'), 'both')
  vfs.closeSync(file)
  vfs.closeSync(more)
  assert.deepEqual(fs.readdirSync(join(root, 'a')), ['b', 'twin'])
  vfs.commit()
  assert.deepEqual([fs.readdirSync(join(root, 'a')), fs.readdirSync(join(root, 'a/moved')), fs.readFileSync(join(root, 'a/twin'), 'utf8')], [['moved', 'twin'], ['file', 'twin'], 'both'])
  fs.rmSync(root, { recursive: true })
})

test('a folder that somebody else put in the place of another is not taken for it', () => {
  const { vfs, root } = asked('a/b/file', 'c/file')
  const open = vfs.openSync('/a/b/file', 'r+')
  vfs.lstatSync('/c/file')
  fs.renameSync(join(root, 'a/b'), join(root, 'was'))
  fs.mkdirSync(join(root, 'a/b'))
  fs.writeFileSync(join(root, 'a/b/file'), 'another')
  vfs.writeSync(open, 'changed')
  assert.deepEqual([vfs.readFileSync('/a/b/file', 'utf8'), vfs.readFileSync('/was/file', 'utf8')], ['another', 'changed/file'])
  vfs.closeSync(open)
  fs.rmSync(join(root, 'c'), { recursive: true })
  fs.symlinkSync('a/b', join(root, 'c'))
  assert.equal(vfs.readFileSync('/c/file', 'utf8'), 'another')
  vfs.chmodSync('/c/file', 0o600)
  assert.deepEqual(vfs.changes().modified, ['/a/b/file', '/was/file'])
  fs.rmSync(root, { recursive: true })
})

test('what is open and gone keeps a number of its own over a commit, whatever the disk gives the next file', () => {
  const { vfs, root } = asked('file')
  vfs.chmodSync('/file', 0o600)   // copied up: nobody has it open below
  const open = vfs.openSync('/file', 'r+')
  vfs.unlinkSync('/file')
  const made = vfs.openSync('/made', 'wx+')
  vfs.unlinkSync('/made')
  vfs.commit()
  for (let i = 0; i < 8; i++) fs.writeFileSync(join(root, `next${i}`), '')
  const inos = [...vfs.readdirSync('/').map((name) => vfs.lstatSync(`/${name}`).ino), vfs.fstatSync(open).ino, vfs.fstatSync(made).ino]
  assert.equal(new Set(inos).size, 10)
  vfs.closeSync(open)
  vfs.closeSync(made)
  fs.rmSync(root, { recursive: true })
})

test('other names of a changed file are looked for everywhere once, and again when its names have changed there', () => {
  const { vfs, root, calls } = asked('top/file', 'other/deep/x', 'known/a', 'known/b')
  const outside = fs.mkdtempSync(`${root}-outside-`)
  const at = (name: string): string => join(root, name)
  fs.linkSync(at('top/file'), join(outside, 'twin'))
  fs.rmSync(at('known/b'))
  fs.linkSync(at('known/a'), at('known/b'))
  const changes = (): string[] => {
    calls.length = 0
    return vfs.changes().modified
  }
  const listed = (): number => calls.filter((name) => name === 'getdents').length
  assert.equal(vfs.readdirSync('/known').length, 2)
  vfs.statSync('/known/b')
  vfs.writeFileSync('/known/a', 'new')
  assert.deepEqual([changes(), listed()], [['/known/a', '/known/b'], 0], 'all of its names are known')
  vfs.writeFileSync('/top/file', 'new')
  assert.deepEqual(changes(), ['/known/a', '/known/b', '/top/file'])
  assert.ok(listed() > 0)
  assert.deepEqual([changes(), listed()], [['/known/a', '/known/b', '/top/file'], 0], 'one of its names is nowhere here')
  fs.renameSync(join(outside, 'twin'), at('other/deep/twin'))
  assert.deepEqual(changes(), ['/known/a', '/known/b', '/other/deep/twin', '/top/file'], 'it came here')
  assert.deepEqual([changes().length, listed()], [4, 0])
  fs.renameSync(at('other/deep'), at('deep'))
  assert.deepEqual(changes(), ['/deep/twin', '/known/a', '/known/b', '/top/file'], 'along with a folder')
  fs.renameSync(at('deep'), join(outside, 'deep'))
  assert.deepEqual([changes(), changes(), listed()], [['/known/a', '/known/b', '/top/file'], ['/known/a', '/known/b', '/top/file'], 0], 'it went')
  // What comes with a folder changes nothing of the file: it is a commit that looks for it all the same.
  fs.renameSync(join(outside, 'deep'), at('folder'))
  vfs.commit()
  assert.deepEqual(['top/file', 'folder/twin', 'known/a', 'known/b'].map((name) => fs.readFileSync(at(name), 'utf8')), ['new', 'new', 'new', 'new'])
  assert.equal(fs.statSync(at('folder/twin')).ino, fs.statSync(at('top/file')).ino)
  fs.rmSync(root, { recursive: true })
  fs.rmSync(outside, { recursive: true })
})
