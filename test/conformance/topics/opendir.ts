// opendir(3): a folder read entry by entry, by Node's own Dir.
import assert from 'node:assert/strict'
import { Dir as NodeDir, Dirent as NodeDirent } from 'node:fs'
import { join } from 'node:path'
import { fails, forms, promise, sync } from '../cases.ts'
import type { Driver } from '../driver.ts'
import type { Topic } from '../cases.ts'
import type { Dir, Dirent } from 'node:fs'

/** What a Dir gives, as paths below `root`, sorted. */
async function all (dir: Dir, root: string): Promise<string[]> {
  const names = []
  for await (const entry of dir) names.push(join(entry.parentPath, entry.name).slice(root.length + 1))
  return names.sort()
}

async function plant (on: Driver, at: (...names: string[]) => string): Promise<void> {
  await on.mkdir(at('d/e'), { recursive: true })
  for (const name of ['a', 'd/b', 'd/e/c']) await on.writeFile(at(name), '')
  await on.symlink('d', at('l'))
}

export const opendir: Topic = {
  async 'gives all entries' ({ on, at, root }) {
    await plant(on, at)
    assert.deepEqual(await all(await on.opendir(at()), root), ['a', 'd', 'l'])
  },
  async 'tells folders, files and links apart' ({ on, at }) {
    await plant(on, at)
    const kinds: string[] = []
    for await (const entry of await on.opendir(at())) {
      assert.equal(entry.parentPath, at())
      kinds.push(`${entry.name} ${entry.isFile()} ${entry.isDirectory()} ${entry.isSymbolicLink()}`)
    }
    assert.deepEqual(kinds.sort(), ['a true false false', 'd false true false', 'l false false true'])
  },
  async 'goes through a link to a folder' ({ on, at, root }) {
    await plant(on, at)
    assert.deepEqual(await all(await on.opendir(at('l')), root), ['l/b', 'l/e'])
  },
  async 'gives the entries of folders below' ({ on, at, root }) {
    await plant(on, at)
    const names = await all(await on.opendir(root, { recursive: true }), root)
    assert.deepEqual(names, ['a', 'd', 'd/b', 'd/e', 'd/e/c', 'l'])
  },
  async 'ends where names that are bytes cannot be joined' ({ on, at, root }) {
    await plant(on, at)
    const dir = await on.opendir(Buffer.from(root), { recursive: true })
    const drain = async (): Promise<void> => { for await (const { name } of dir) assert.notEqual(name, 'd') }
    await assert.rejects(drain(), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(dir.close(), { code: 'ERR_DIR_CLOSED' })
  },
  async 'gives real instances' ({ on, at }) {
    await plant(on, at)
    const dir = await on.opendir(at())
    assert.ok(dir instanceof NodeDir)
    assert.ok(await dir.read() instanceof NodeDirent)
    assert.equal(dir.path, at())
    assert.equal(dir.constructor.name, 'Dir')
    await dir.close()
  },
  async 'gives names as bytes' ({ on, at }) {
    await plant(on, at)
    const names = []
    const dir = await on.opendir(at(), { encoding: 'buffer' as BufferEncoding })
    for await (const { name } of dir as AsyncIterable<unknown> as AsyncIterable<Dirent<Buffer>>) {
      assert.ok(Buffer.isBuffer(name))
      names.push(String(name))
    }
    assert.deepEqual(names.sort(), ['a', 'd', 'l'])
  },
  async 'reads on where it was' ({ on, at }) {
    await plant(on, at)
    const dir = await on.opendir(at(), { bufferSize: 1 })
    const names = [dir.readSync()!.name, (await dir.read())!.name, await new Promise<string>((resolve, reject) => { dir.read((error, entry) => { error === null ? resolve(entry!.name) : reject(error) }) })]
    assert.deepEqual(names.sort(), ['a', 'd', 'l'])
    assert.equal(dir.readSync(), null)
    dir.closeSync()
  },
  async 'answers each of the reads made at once' ({ on, at, root }) {
    await plant(on, at)
    const dir = await on.opendir(at(), { recursive: true })
    const entries = await Promise.all(Array.from({ length: 7 }, async () => await dir.read()))
    assert.deepEqual(entries.map((entry) => entry === null ? '' : join(entry.parentPath, entry.name).slice(root.length + 1)).sort(), ['', 'a', 'd', 'd/b', 'd/e', 'd/e/c', 'l'])
    await dir.close()
  },
  async 'is closed by the loop over it' ({ on, at }) {
    const dir = await on.opendir(at())
    for await (const _ of dir) break
    await fails((async () => await dir.read())(), 'ERR_DIR_CLOSED')
    assert.throws(() => dir.readSync(), { code: 'ERR_DIR_CLOSED' })
    assert.throws(() => { dir.closeSync() }, { code: 'ERR_DIR_CLOSED' })
    await fails(dir.close(), 'ERR_DIR_CLOSED')
  },
  async 'fails on what is no folder' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await fails(on.opendir(at('f')), 'ENOTDIR', { syscall: 'opendir' })
    await fails(on.opendir(at('x')), 'ENOENT', { syscall: 'opendir' })
  },
  'refuses a strange buffer size': sync(({ fs, at }) => {
    for (const bufferSize of [-1, 0, 0.5]) assert.throws(() => fs.opendirSync(at(), { bufferSize }), { code: 'ERR_OUT_OF_RANGE' })
    assert.throws(() => fs.opendirSync(at(), { encoding: 'none' as BufferEncoding }), { code: 'ERR_INVALID_ARG_VALUE' })
  }),
  'takes a function in the place of options for none': sync(({ fs, at }) => {
    fs.mkdirSync(at('d/e'), { recursive: true })
    for (const fields of [{ recursive: true }, { encoding: 'buffer' }, { encoding: 'none' }, { bufferSize: -1 }]) {
      const dir = fs.opendirSync(at(), Object.assign(() => {}, fields) as object)
      assert.deepEqual([dir.readSync()?.name, dir.readSync()], ['d', null])
      dir.closeSync()
    }
  }),
  'may not be read at once while it reads': promise(async ({ on, at }) => {
    await plant(on, at)
    const dir = await on.opendir(at())
    const first = dir.read()
    assert.throws(() => dir.readSync(), { code: 'ERR_DIR_CONCURRENT_OPERATION' })
    await first
    await dir.close()
  }),
  'has entries at hand while it gives others': promise(async ({ on, at }) => {
    await plant(on, at)
    const dir = await on.opendir(at())
    await dir.read()
    const second = dir.read()
    assert.ok(dir.readSync())   // all three came at once
    assert.ok(await second)
    assert.equal(await dir.read(), null)
    await dir.close()
  }),
  'sees no entry twice when entries go': forms('promise callback', async ({ on, at }) => {
    for (let i = 0; i < 40; i++) await on.writeFile(at(`f${i}`), '')
    let count = 0
    for await (const { name } of await on.opendir(at())) {
      await on.unlink(at(name))
      count++
    }
    assert.equal(count, 40)
    assert.deepEqual(await on.readdir(at()), [])
  })
}
