// A folder above a mount point, spelt in any way, is the folder above a mount point: nobody takes it away, and what the
// mount hides is neither shown nor copied.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { create } from '../../lib/index.ts'

type Named = Record<string, (...args: unknown[]) => unknown>
type Run = (path: string, ...args: unknown[]) => Promise<unknown>

const has = (name: string): boolean => `${name}Sync` in fs

/** A function of fs in its three forms, each as one that gives a promise. */
const forms = (name: string): Record<string, Run> => ({
  sync: async (...args) => (fs as unknown as Named)[`${name}Sync`]!(...args),
  callback: async (...args) => await new Promise((resolve, reject) => {
    (fs as unknown as Named)[name]!(...args, (error: unknown, value: unknown) => { error === null ? resolve(value) : reject(error as Error) })
  }),
  promise: async (...args) => await (fs.promises as unknown as Named)[name]!(...args)
})

/** Everything below a folder, with what is in it; links as they are. */
function tree (path: string): unknown {
  const stats = fs.lstatSync(path)
  if (stats.isSymbolicLink()) return fs.readlinkSync(path)
  return stats.isDirectory() ? Object.fromEntries(fs.readdirSync(path).map((name) => [name, tree(join(path, name))])) : fs.readFileSync(path, 'utf8')
}

const namesIn = async (dir: AsyncIterable<fs.Dirent>): Promise<string[]> => {
  const names = []
  for await (const { name } of dir) names.push(name)
  return names.sort()
}

const list = async (found: unknown): Promise<string[]> => {
  const names: string[] = Array.isArray(found) ? found as string[] : []
  if (!Array.isArray(found)) for await (const name of found as AsyncIterable<string>) names.push(name)
  return names.sort()
}

/** What is tried on each spelling: what it comes to, told without the spelling. */
const trials: Record<string, { of: string, run: (call: Run, path: string, root: string) => Promise<unknown>, shows?: true }> = {
  rename: { of: 'rename', run: async (call, path, root) => await call(path, `${root}/gone`) },
  'rename onto it': { of: 'rename', run: async (call, path, root) => await call(`${root}/empty`, path) },
  rm: { of: 'rm', run: async (call, path) => await call(path, { recursive: true, force: true }) },
  rmdir: { of: 'rmdir', run: async (call, path) => await call(path) },
  'recursive readdir': { of: 'readdir', shows: true, run: async (call, path) => (await call(path, { recursive: true }) as string[]).sort() },
  'recursive opendir': { of: 'opendir', shows: true, run: async (call, path) => await namesIn(await call(path, { recursive: true }) as fs.Dir) },
  cp: {
    of: 'cp', shows: true,
    run: async (call, path, root) => {
      const target = `${root}/copy`
      await call(path, target, { recursive: true })
      const copied = tree(target)
      fs.rmSync(target, { recursive: true })
      return JSON.stringify(copied)
    }
  },
  glob: { of: 'glob', shows: true, run: async (call, path) => await list(await call('**', { cwd: path })) }
}

/** Spellings of B in a folder, by the working folder that they are for; '' where it does not matter. */
const spellings = (root: string): [cwd: string, path: string][] => [
  ...['B/', 'B//', 'B/.', 'B/./', 'B/o/..', 'B/o/../', 'B/../B', 'B/../B/', 'B/m/..', './B', '/B', 'o/.././B/'].map((end): [string, string] => ['', `${root}/${end}`]),
  ...['B', 'B/', './B', 'B/o/..', 'B/.', 'B/m/..'].map((path): [string, string] => ['.', path]),
  ...['.', './', '../B', '../B/', 'o/..', 'm/..', './/'].map((path): [string, string] => ['B', path]),
  ...['..', '../', '../.', '../../B'].map((path): [string, string] => ['B/o', path])
]

/** What a trial comes to: its result, or the code of its error. */
const outcome = async (trial: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await trial()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? error
  }
}

/** A folder with B/m, over which something is mounted; `undo` takes the mounts away and gives what was below. */
function world (root: string): { before: unknown, undo: () => unknown } {
  for (const path of ['B/m', 'B/o', 'empty', 'o']) fs.mkdirSync(`${root}/${path}`, { recursive: true })
  for (const name of ['m/hidden', 'o/shown', 'f']) fs.writeFileSync(`${root}/B/${name}`, name)
  fs.symlinkSync('B', `${root}/alias`)
  const before = tree(root)
  const inner = create()
  inner.writeFileSync('/virt', 'virt')
  inner.mount(`${root}/B/m`)
  return {
    before,
    undo: () => {
      inner.unmount()
      return tree(root)
    }
  }
}

const home = process.cwd()
const scratch = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-untidy-'))
after(() => {
  process.chdir(home)
  fs.rmSync(scratch, { recursive: true })
})

for (const where of ['on the disk', 'in an outer mount']) {
  const root = where === 'on the disk' ? scratch : '/fsmount-untidy'
  for (const [name, { of, run, shows }] of Object.entries(trials)) {
    if (!has(of)) continue   // glob came with Node 22
    test(`${name} ${where}: the spelling of a folder above a mount point does not matter`, async () => {
      const outer = where === 'on the disk' ? undefined : create({ virtualCwd: true }).mount(root)
      const { before, undo } = world(root)
      try {
        for (const [form, call] of Object.entries(forms(of))) {
          const expected = await outcome(() => run(call, `${root}/B`, root))
          if (shows === true) assert.ok(JSON.stringify(expected).includes('virt') && !JSON.stringify(expected).includes('hidden'))
          else assert.equal(expected, 'EBUSY')
          for (const [cwd, path] of spellings(root)) {
            if (cwd !== '') process.chdir(join(root, cwd))
            const told = `${form} ${name} of ${path}${cwd === '' ? '' : ` in ${cwd}`}`
            assert.deepEqual(await outcome(() => run(call, path, root)), expected, told)
            process.chdir(home)
          }
        }
      } finally {
        process.chdir(home)
        const left = undo()
        outer?.unmount()
        for (const name of fs.readdirSync(scratch)) fs.rmSync(join(scratch, name), { recursive: true })
        assert.deepEqual(left, before)
      }
    })
  }
}

for (const [form, rm] of Object.entries(forms('rm'))) {
  test(`${form} rm of a link to a folder above a mount point, said to be a folder, touches nothing`, async () => {
    const { before, undo } = world(scratch)
    try {
      process.chdir(scratch)
      for (const path of ['alias/', 'alias//', 'alias/.', './alias/', `${scratch}/alias/`, `${scratch}/o/../alias/.`]) {
        assert.equal(await outcome(() => rm(path, { recursive: true, force: true })), 'EBUSY', path)
      }
    } finally {
      process.chdir(home)
      const left = undo()
      for (const name of fs.readdirSync(scratch)) fs.rmSync(join(scratch, name), { recursive: true })
      assert.deepEqual(left, before)
    }
  })
}

test('the links of a mount on the way to a folder above another one do not matter either', () => {
  using outer = create().mount('/fsmount-untidy')
  const { before, undo } = world('/fsmount-untidy')
  outer.symlinkSync('/fsmount-untidy/B/..', '/fsmount-untidy/here')
  const way = '/fsmount-untidy/here/B'
  const remove = (options: fs.RmOptions): void => { fs.rmSync(way, options) }
  for (const take of [() => { fs.renameSync(way, '/fsmount-untidy/gone') }, () => { remove({ recursive: true }) }, () => { fs.rmdirSync(way) }]) assert.throws(take, { code: 'EBUSY' })
  for (const path of [way, '/fsmount-untidy/alias', '/fsmount-untidy/alias/']) assert.deepEqual((fs.readdirSync(path, { recursive: true }) as string[]).sort(), ['f', 'm', 'm/virt', 'o', 'o/shown'], path)
  outer.unlinkSync('/fsmount-untidy/here')
  assert.deepEqual(undo(), before)
})

test('dots at the end of a mount point\'s name say what they say of any folder', () => {
  using vfs = create().mount('/fsmount-untidy')
  vfs.writeFileSync('/fsmount-untidy/f', '')
  assert.throws(() => { fs.rmdirSync('/fsmount-untidy/.') }, { code: 'EINVAL' })
  for (const path of ['/fsmount-untidy', '/fsmount-untidy/', '//fsmount-untidy']) assert.throws(() => { fs.renameSync(path, '/fsmount-untidy-2') }, { code: 'EBUSY' }, path)
  for (const name of ['d', 'e']) fs.mkdirSync(`/fsmount-untidy/${name}`)
  fs.rmdirSync('/fsmount-untidy//e/')
  fs.rmSync('/fsmount-untidy/./d/../f', { force: true })
})
