// Inside of transaction(fn) everything is as outside of it: random operations there, some in transactions within it and some in
// such as are undone, come out as on a folder of the disk.
import { strict as assert } from 'node:assert'
import disk from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'
import { SqliteProvider } from '../../providers/sqlite.ts'
import { codeOf, drivers, pair, scratch } from './sqlite-scratch.ts'

type Files = Pick<typeof disk, 'writeFileSync' | 'appendFileSync' | 'truncateSync' | 'readFileSync' | 'statSync' | 'readdirSync' | 'renameSync' | 'linkSync' | 'unlinkSync' | 'mkdirSync' |
  'chmodSync' | 'copyFileSync' | 'rmSync' | 'openSync' | 'writeSync' | 'readSync' | 'ftruncateSync' | 'fstatSync' | 'closeSync'>
type Step = (fs: Files, a: string, b: string, size: number) => unknown

const NAMES = ['/a', '/b', '/d', '/d/a', '/d/e', '/d/e/a']

const STEPS: Step[] = [
  (fs, a, _b, size) => { fs.writeFileSync(a, 'x'.repeat(size)) },
  (fs, a, _b, size) => { fs.writeFileSync(a, 'z'.repeat(size % 60)) },
  (fs, a, _b, size) => { fs.appendFileSync(a, 'y'.repeat(size)) },
  (fs, a, _b, size) => { fs.truncateSync(a, size) },
  (fs, a) => fs.readFileSync(a, 'latin1'),
  (fs, a) => { const stats = fs.statSync(a); return [stats.isFile() && stats.size, stats.mode, stats.nlink] },
  (fs, a) => fs.readdirSync(a, { withFileTypes: true }).map((entry) => [entry.name, entry.isFile()]),
  (fs, a, b) => { fs.renameSync(a, b) },
  (fs, a, b) => { fs.linkSync(a, b) },
  (fs, a) => { fs.unlinkSync(a) },
  (fs, a) => { fs.mkdirSync(a) },
  (fs, a, _b, size) => { fs.chmodSync(a, size % 2 === 0 ? 0o700 : 0o755) },
  (fs, a, b) => { fs.copyFileSync(a, b) },
  (fs, a) => { fs.rmSync(a, { recursive: true }) },
  (fs, a, _b, size) => {
    const fd = fs.openSync(a, 'r+')
    const buffer = Buffer.alloc(100)
    fs.writeSync(fd, 'ZZ', size)
    const count = fs.readSync(fd, buffer, 0, 100, 10)
    fs.ftruncateSync(fd, size + 1)
    const seen = [count, buffer.toString('latin1'), fs.fstatSync(fd).size, fs.readFileSync(fd, 'latin1')]
    fs.closeSync(fd)
    return seen
  }
]

for (const driver of drivers) {
  test(`inside of a transaction of ${String(driver)} is as outside`, () => {
    let state = 1
    let count = 0
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % below
    }
    const come = (run: () => unknown): unknown => {
      let result: unknown
      return codeOf(() => { result = run() }) ?? result
    }
    for (let round = 0; round < 20; round++) {
      using provider = new SqliteProvider(':memory:', { driver })
      const vfs = create(provider, { parents: false })
      const root = scratch()
      const one = (alone: boolean): void => {
        const step = random(STEPS.length)
        const [a, b] = [NAMES[random(NAMES.length)]!, NAMES[random(NAMES.length)]!]
        const size = random(random(3) === 0 ? 40_000 : 200)
        const mine = come(() => STEPS[step]!(vfs, a, b, size))
        if (!alone) assert.deepEqual(mine, come(() => STEPS[step]!(disk, join(root, a), join(root, b), size)), `round ${round}, ${String(STEPS[step])} of ${a}, ${b}, ${size}`)
        count++
      }
      const some = (depth: number): void => {
        for (let left = 30; left > 0; left--) {
          const kind = random(15)
          if (kind === 0 && depth < 2) provider.transaction(() => { some(depth + 1) })
          else if (kind === 1) {
            assert.throws(() => provider.transaction(() => {
              for (let undone = random(6); undone > 0; undone--) one(true)
              throw new Error('undone')
            }), /undone/)
          } else one(false)
        }
      }
      provider.transaction(() => { some(0) })
      assert.deepEqual(provider.check(), { ok: true, problems: [] })
    }
    assert.ok(count > 500)
    console.log(`${String(driver)}: ${count} operations inside of transactions, as on the disk`)
  })
}

for (const driver of drivers) {
  test(`a transaction of ${String(driver)} does not end by close()`, () => {
    const file = join(scratch(), 'f.db')
    const provider = new SqliteProvider(file, { driver })
    const vfs = create(provider)
    assert.throws(() => {
      provider.transaction(() => {
        vfs.writeFileSync('/a', 'lost')
        provider.close()
      })
    }, { code: 'EBUSY', syscall: 'close', path: file })
    assert.deepEqual(vfs.readdirSync('/'), [])
    provider.transaction(() => {
      vfs.writeFileSync('/b', 'kept')
      assert.throws(() => { provider[Symbol.dispose]() }, { code: 'EBUSY' })
      vfs.writeFileSync('/c', 'kept')
    })
    provider.close()
    using again = new SqliteProvider(file, { driver })
    assert.deepEqual(create(again).readdirSync('/'), ['b', 'c'])
  })

  test(`times that no driver's numbers hold are the nearest that ${String(driver)} keeps`, () => {
    const file = join(scratch(), 'f.db')
    const times: bigint[][] = []
    const look = (made: ReturnType<typeof create>): void => {
      assert.deepEqual(made.readdirSync('/d', { withFileTypes: true }).map(({ name }) => name), ['e', 'f'])
      times.push(['/d', '/d/f'].flatMap((path) => { const stats = made.lstatSync(path, { bigint: true }); return [stats.atimeNs, stats.mtimeNs] }))
    }
    {
      using provider = new SqliteProvider(file, { driver })
      const vfs = create(provider)
      vfs.mkdirSync('/d/e', { recursive: true })
      vfs.writeFileSync('/d/f', '')
      vfs.lutimesSync('/d', 2 ** 53, '-9e17')
      vfs.utimesSync('/d/f', 2 ** 53 + 1, 1e18)
      look(vfs)
    }
    using provider = new SqliteProvider(file, { driver })
    look(create(provider))
    const far = 2n ** 52n * 1_000_000_000n
    assert.deepEqual(times, [[far, -far, far, far], [far, -far, far, far]])
  })
}

for (const driver of drivers) {
  test(`a descriptor of what was undone is none of what is made afterwards (${String(driver)})`, () => {
    const [provider, other] = pair(join(scratch(), 'f.db'), { driver })
    const vfs = create(provider)
    const opened = (how: (run: () => void) => void): number => {
      let fd = -1
      how(() => {
        assert.throws(() => provider.transaction(() => {
          fd = vfs.openSync('/undone', 'w+')
          throw new Error('undone')
        }), /undone/)
      })
      return fd
    }
    const alone = (run: () => void): void => { run() }
    const inside = (run: () => void): void => { provider.transaction(run) }
    const insideOfLost = (run: () => void): void => {
      assert.throws(() => provider.transaction(() => {
        run()
        throw new Error('lost')
      }), /lost/)
    }
    for (const how of [alone, inside, insideOfLost]) {
      for (const maker of [provider, other]) {
        const fd = opened(how)
        create(maker).writeFileSync('/made', 'whole')
        assert.throws(() => vfs.writeSync(fd, 'SPOILT', 0), { code: 'ENOENT' })
        assert.throws(() => vfs.fstatSync(fd), { code: 'ENOENT' })
        assert.equal(create(maker).readFileSync('/made', 'utf8'), 'whole')
        vfs.closeSync(fd)
        vfs.unlinkSync('/made')
      }
    }
    assert.deepEqual(provider.check(), { ok: true, problems: [] })
    for (const one of [provider, other]) one.close()
  })
}
