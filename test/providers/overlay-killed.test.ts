// Commits that are cut off: whatever was done by then, another one finds nothing of it in its way, and does the rest.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { create, MemoryProvider, OverlayProvider, type Provider } from '../../lib/index.ts'

type Vfs = ReturnType<typeof create>

const MUTATORS = ['setattr', 'mknod', 'linkat', 'unlinkat', 'renameat', 'write', 'replace']

/** An overlay with changes over a provider that does nothing any more after some steps, as if its process had been killed. */
function mortal (): { vfs: Vfs, below: Vfs, live (steps: number): void, steps: () => number } {
  const memory = new MemoryProvider()
  let [left, taken] = [Infinity, 0]
  const lower = new Proxy(memory, {
    get (target, name) {
      const value = (target as unknown as Record<string | symbol, unknown>)[name]
      if (typeof value !== 'function') return value
      if (typeof name === 'symbol') return undefined   // it would give the provider itself
      return (...args: unknown[]): unknown => {
        if (MUTATORS.includes(name)) {
          taken++
          if (left-- <= 0) throw new Error('killed')
        }
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    }
  }) as unknown as Provider
  const below = create(lower)
  for (const path of ['/s/a', '/s/b', '/s/c', '/s/d', '/t/x', '/t/y', '/type']) below.writeFileSync(path, `old ${path}`)
  below.symlinkSync('a', '/s/link')
  const vfs = create(new OverlayProvider({ lower, upper: new MemoryProvider() as unknown as Provider }), { parents: false })
  vfs.writeFileSync('/s/a', 'new')
  vfs.unlinkSync('/s/b')
  vfs.writeFileSync('/s/made', 'made')
  vfs.chmodSync('/s/c', 0o600)
  vfs.renameSync('/s/d', '/moved')
  vfs.unlinkSync('/s/link')
  vfs.symlinkSync('c', '/s/link')
  vfs.renameSync('/t', '/u')
  vfs.mkdirSync('/n')
  vfs.writeFileSync('/n/f', 'f')
  vfs.unlinkSync('/type')
  vfs.mkdirSync('/type')
  return { vfs, below, live: (steps) => { [left, taken] = [steps, 0] }, steps: () => taken }
}

/** What is seen of a tree, but for what is left of a commit. */
function look (vfs: Vfs, path = '', found: Record<string, unknown> = {}): Record<string, unknown> {
  for (const name of vfs.readdirSync(path || '/')) {
    if (name.startsWith('.fsmount-stage-')) continue
    const at = `${path}/${name}`
    const stats = vfs.lstatSync(at)
    found[at] = [stats.mode, stats.isSymbolicLink() ? vfs.readlinkSync(at) : stats.isFile() ? vfs.readFileSync(at, 'utf8') : undefined]
    if (stats.isDirectory()) look(vfs, at, found)
  }
  return found
}

test('a commit that was killed at any step is done by another one', () => {
  let [cut, asked] = [0, 0]
  for (let steps = 0; ; steps++) {
    const { vfs, below, live, steps: taken } = mortal()
    const wanted = look(vfs)
    live(steps)
    try {
      vfs.commit()
    } catch (error) {
      assert.equal((error as Error).message, 'killed')
      cut++
    }
    const done = taken() <= steps
    live(Infinity)
    if (!done) {
      try {
        vfs.commit()
      } catch (error) {
        // What takes the place of another kind cannot do so in one step, and nobody knows who took away what is missing.
        assert.deepEqual((error as { conflicts?: { path: string }[] }).conflicts?.map(({ path }) => path), ['/type'], String(error))
        asked++
        vfs.commit({ force: true })
      }
    }
    assert.deepEqual(look(below), wanted, `after ${steps} steps`)
    assert.deepEqual(vfs.changes(), { added: [], modified: [], deleted: [] })
    if (done) break
  }
  assert.ok(cut > 40 && asked < cut, `${cut} steps were tried, ${asked} needed force`)
})

test('what others made just as it is here is no conflict, and what they made otherwise is one', () => {
  const { vfs, below } = mortal()
  below.writeFileSync('/s/a', 'new')
  below.writeFileSync('/s/made', 'made')
  below.unlinkSync('/s/b')
  below.unlinkSync('/s/link')
  below.symlinkSync('d', '/s/link')
  below.writeFileSync('/n/f', 'F')
  assert.throws(() => { vfs.commit() }, { conflicts: [{ path: '/n/f', reason: 'exists' }, { path: '/s/link', reason: 'changed' }] })
})
