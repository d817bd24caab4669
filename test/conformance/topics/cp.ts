// cp: files, folders and links copied whole, in the small; test/ops/cp.test.ts compares all options with Node's own.
import assert from 'node:assert/strict'
import { constants } from 'node:fs'
import os from 'node:os'
import { bits, fails, needs, pause, sync } from '../cases.ts'
import type { Driver } from '../driver.ts'
import type { Topic } from '../cases.ts'

type At = (...names: string[]) => string

async function plant (on: Driver, at: At): Promise<void> {
  await on.mkdir(at('d/e'), { recursive: true })
  await on.writeFile(at('d/f'), 'text')
  await on.writeFile(at('d/e/g'), 'deep')
  await on.symlink('f', at('d/l'))
}

/** Everything below a folder. */
async function below (on: Driver, path: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await on.readdir(path, { withFileTypes: true })) {
    found.push(entry.name)
    if (entry.isDirectory()) found.push(...(await below(on, `${path}/${entry.name}`)).map((name) => `${entry.name}/${name}`))
  }
  return found.sort()
}

export const cp: Topic = {
  async 'copies a file with its mode' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'text')
    await on.chmod(at('a'), 0o640)
    await on.cp(at('a'), at('b'))
    await settle()
    assert.equal(await on.readFile(at('b'), 'utf8'), 'text')
    assert.equal(bits(await on.stat(at('b'))), 0o640)
    assert.notEqual((await on.stat(at('a'))).ino, (await on.stat(at('b'))).ino)
  },
  async 'copies a folder with all that is in it' ({ on, at, settle }) {
    await plant(on, at)
    await on.cp(at('d'), at('x/y'), { recursive: true })
    await settle()
    assert.deepEqual(await below(on, at('x/y')), ['e', 'e/g', 'f', 'l'])
    assert.equal(await on.readFile(at('x/y/e/g'), 'utf8'), 'deep')
  },
  async 'leads links where they led' ({ on, at, settle }) {
    await plant(on, at)
    await on.cp(at('d'), at('x'), { recursive: true })
    await on.cp(at('d'), at('y'), { recursive: true, verbatimSymlinks: true })
    await settle()
    assert.equal(await on.realpath(at('x/l')), await on.realpath(at('d/f')))
    assert.equal(await on.readlink(at('y/l')), 'f')
  },
  async 'copies what links lead to' ({ on, at, settle }) {
    await plant(on, at)
    await on.cp(at('d/l'), at('x'), { dereference: true, recursive: true })
    await settle()
    assert.ok((await on.lstat(at('x'))).isFile())
    assert.equal(await on.readFile(at('x'), 'utf8'), 'text')
  },
  async 'needs recursive for a folder' ({ on, at }) {
    await plant(on, at)
    await fails(on.cp(at('d'), at('x')), 'ERR_FS_EISDIR')
    await fails(on.stat(at('x')), 'ENOENT')
  },
  async 'replaces a file, leaves it, or fails' ({ on, at, settle }) {
    await on.writeFile(at('a'), 'new')
    await on.writeFile(at('b'), 'old')
    await on.cp(at('a'), at('b'), { force: false })
    assert.equal(await on.readFile(at('b'), 'utf8'), 'old')
    await fails(on.cp(at('a'), at('b'), { force: false, errorOnExist: true }), 'ERR_FS_CP_EEXIST')
    await on.cp(at('a'), at('b'))
    await settle()
    assert.equal(await on.readFile(at('b'), 'utf8'), 'new')
  },
  async 'merges folders' ({ on, at, settle }) {
    await plant(on, at)
    await on.mkdir(at('x/e'), { recursive: true })
    await on.writeFile(at('x/e/other'), 'stays')
    await on.cp(at('d'), at('x'), { recursive: true })
    await settle()
    assert.deepEqual(await below(on, at('x')), ['e', 'e/g', 'e/other', 'f', 'l'])
  },
  async 'leaves out what the filter does not want' ({ on, at, settle }) {
    await plant(on, at)
    await on.cp(at('d'), at('x'), { recursive: true, filter: (source) => !source.endsWith('/e') })
    await settle()
    assert.deepEqual(await on.readdir(at('x')), ['f', 'l'])
  },
  async 'keeps times' ({ on, at, settle }) {
    await on.writeFile(at('a'), '')
    await on.utimes(at('a'), 1000, 2000)
    await pause()
    await on.cp(at('a'), at('b'), { preserveTimestamps: true })
    await settle()
    assert.equal((await on.stat(at('b'))).mtimeMs, 2_000_000)
  },
  async 'does not copy a thing onto or into itself' ({ on, at }) {
    await plant(on, at)
    await fails(on.cp(at('d/f'), at('d/f')), 'ERR_FS_CP_EINVAL')
    await fails(on.cp(at('d'), at('d/x'), { recursive: true }), 'ERR_FS_CP_EINVAL')
  },
  async 'does not mix up kinds' ({ on, at }) {
    await plant(on, at)
    await fails(on.cp(at('d'), at('d/f'), { recursive: true }), 'ERR_FS_CP_DIR_TO_NON_DIR')
    await fails(on.cp(at('d/f'), at('d/e')), 'ERR_FS_CP_NON_DIR_TO_DIR')
  },
  'makes the folder that is named with a slash before it looks at what it copies': needs('globSync', sync(({ fs, at }) => {
    fs.mkdirSync(at('s'))
    fs.chmodSync(at('s'), 0o750)
    fs.mkdirSync(at('made'))
    fs.cpSync(`${at('s')}/`, `${at('n')}/`, { recursive: true, filter: () => true })
    assert.equal(bits(fs.statSync(at('n'))), bits(fs.statSync(at('made'))))
    fs.writeFileSync(at('f'), 'text')
    assert.throws(() => { fs.cpSync(at('f'), `${at('m')}/`, { mode: constants.COPYFILE_EXCL }) }, { code: 'EISDIR', syscall: 'cp', path: at('f'), dest: `${at('m')}/`, errno: -os.constants.errno.EISDIR, message: `EISDIR: illegal operation on a directory, cp '${at('f')}' -> '${at('m')}/'` })
  }))
}
