// rm by paths that what is removed leads through, and what it says: on the disk, in memory, and in memory that is mounted.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { create } from '../../lib/index.ts'

type Fs = typeof import('node:fs')

/** A folder with a file, one in it, a link to it, one to nothing, one to itself. */
function furnish (fs: Fs, root: string): void {
  fs.mkdirSync(`${root}/a/b/c`, { recursive: true })
  fs.writeFileSync(`${root}/a/b/f`, '')
  fs.writeFileSync(`${root}/f`, '')
  fs.symlinkSync('a/b', `${root}/l`)
  fs.symlinkSync('gone', `${root}/dangling`)
  fs.symlinkSync('loop', `${root}/loop`)
}

const PATHS = ['a/b/..', 'a/b/../b', 'a/../a/b', 'l/', 'l/..', 'l', 'a/b/', 'f/', 'f/..', 'f/x', 'dangling/', 'dangling/x', 'loop/', 'missing', '']

for (const path of PATHS) {
  for (const options of [{}, { recursive: true }, { force: true }, { recursive: true, force: true }]) {
    test(`rmSync of '${path}' with ${JSON.stringify(options)} does as Node does`, (t) => {
      const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-rm-')))
      const real = { ...fs } as Fs
      const mounted = create({ parents: false })
      mounted.mount('/fsmount-rm')
      t.after(() => {
        mounted.unmount()
        fs.rmSync(folder, { recursive: true })
      })
      const [expected, ...others] = ([[real, folder], [create({ parents: false }) as unknown as Fs, '/r'], [fs, '/fsmount-rm/r']] as const).map(([fs, root]) => {
        furnish(fs, root)
        let said: unknown = 'done'
        try {
          fs.rmSync(path === '' ? '' : `${root}/${path}`, options)
        } catch (thrown) {
          const { name, message, code, errno, syscall, path } = thrown as NodeJS.ErrnoException
          said = [name, message.replaceAll(root, '~'), code, errno, syscall, path?.replace(root, '~'), Object.keys(thrown as object)]
        }
        return [said, fs.readdirSync(root, { recursive: true }).sort()]
      })
      for (const got of others) assert.deepEqual(got, expected)
    })
  }
}

for (const [kind, given] of [['a URL', pathToFileURL], ['a Buffer', (path: string) => Buffer.from(path)]] as const) {
  test(`a folder that is given as ${kind} is named as Node names it`, async (t) => {
    const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-rm-')))
    t.after(() => { fs.rmSync(folder, { recursive: true }) })
    const [expected, got] = await Promise.all(([[fs, folder], [create() as unknown as Fs, '/r/r']] as const).map(async ([fs, root]) => {
      fs.mkdirSync(`${root}/d`, { recursive: true })
      const path = given(`${root}/d`)
      const said = (error: unknown): unknown => {
        const { message, path, info } = error as { message: string, path: string, info: { path: unknown } }
        return [message.replace(root, '~'), path.replace(root, '~'), (info.path as object).constructor.name, String(info.path).replace(root, '~')]
      }
      const found = []
      try {
        fs.rmSync(path)
      } catch (error) {
        found.push(said(error))
      }
      return [...found, await fs.promises.rm(path).catch(said)]
    }))
    assert.equal(got!.length, 2)
    assert.deepEqual(got, expected)
  })
}

test('rm takes away what others take away meanwhile, whenever they do', async (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'fsmount-rm-'))
  t.after(() => { fs.rmSync(folder, { recursive: true }) })
  const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
  for (const [here, root] of [[fs, folder], [create({ parents: false }) as unknown as Fs, '/r']] as const) {
    for (let turns = 0; turns < 16; turns++) {
      here.mkdirSync(`${root}/d/e`, { recursive: true })
      here.writeFileSync(`${root}/d/e/f`, '')
      const removed = here.promises.rm(`${root}/d`, { recursive: true })
      for (let n = 0; n < turns; n++) await turn()
      here.rmSync(`${root}/d/e/f`, { force: true })
      await removed
      assert.equal(here.existsSync(`${root}/d`), false)
    }
  }
})
