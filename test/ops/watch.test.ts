// Watchers tell of a mount what Linux tells of a disk: the same events, names and order; and of everything that can
// change what is at a path: this process, others, mounts that come and go.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, SqliteProvider } from '../../lib/index.ts'
import { Random } from '../fuzz/random.ts'
import { play, randomScene, scenes } from './watchcases.ts'

/** Random scenes that are compared; `FSMOUNT_SCENES` raises it, `FSMOUNT_SEED` chooses others. */
const COUNT = Number(process.env.FSMOUNT_SCENES ?? 40)
const SEED = Number(process.env.FSMOUNT_SEED ?? Date.now() % 1e6)
const skip = process.platform === 'linux' ? false : 'the oracle is the Linux kernel'

const sqlite = (): SqliteProvider | undefined => {
  try {
    return new SqliteProvider(':memory:')
  } catch {
    return undefined   // no driver on this Node: its own tests say so
  }
}

type Side = { fs: typeof fs, root: string, end: () => void }

/** A file system to be compared with the disk. */
const sides: Readonly<Record<string, () => Side | undefined>> = {
  'a mount': () => {
    const vfs = create().mount('/fsmount-watch')
    return { fs, root: '/fsmount-watch/root', end: () => { vfs.unmount() } }
  },
  'an object': () => ({ fs: create({ parents: false }) as unknown as typeof fs, root: '/root', end: () => {} }),
  'a mounted database': () => {
    const provider = sqlite()
    if (provider === undefined) return undefined
    const vfs = create(provider as never).mount('/fsmount-watch-sqlite')
    return {
      fs,
      root: '/fsmount-watch-sqlite/root',
      end: () => {
        vfs.unmount()
        provider.close()
      }
    }
  }
}

const folder = (): string => fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-watch-'))

for (const [name, begin] of Object.entries(sides)) {
  test(`${name} is told of as the disk is`, { skip }, async (t) => {
    const side = begin()
    if (side === undefined) return t.skip('no SQLite on this Node')
    t.after(side.end)
    for (const [about, scene] of Object.entries(scenes)) {
      for (const recursive of [false, true]) {
        const theirs = await play(scene, fs, folder(), recursive)
        side.fs.mkdirSync(side.root)
        assert.deepEqual(await play(scene, side.fs, side.root, recursive), theirs, `${about}${recursive ? ', recursive' : ''}`)
      }
    }
  })

  test(`random calls in ${name} (seed ${SEED})`, { skip }, async (t) => {
    const side = begin()
    if (side === undefined) return t.skip('no SQLite on this Node')
    t.after(side.end)
    for (let i = 0; i < COUNT; i++) {
      const make = (): ReturnType<typeof randomScene> => randomScene(new Random(SEED + i), 25)
      const theirs = await play(make(), fs, folder(), false)
      side.fs.mkdirSync(side.root)
      assert.deepEqual(await play(make(), side.fs, side.root, false), theirs, `FSMOUNT_SEED=${SEED + i}`)
    }
  })
}
