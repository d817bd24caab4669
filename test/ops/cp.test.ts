// cp comes to the same whether both ends are on the disk (Node's own), in one mount, in two, or one of each.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { create } from '../../lib/index.ts'
import { Random } from '../fuzz/random.ts'
import { Plain } from '../providers/path-classes.ts'
import { allCopies, kills, runCopy, titleOf, type Copy } from './cpcases.ts'

/** Copies that are compared for each pair of ends; `FSMOUNT_COPIES` raises it, `FSMOUNT_SEED` chooses others. */
const COUNT = Number(process.env.FSMOUNT_COPIES ?? 150)
const SEED = Number(process.env.FSMOUNT_SEED ?? Date.now() % 1e6)

const disk = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-cp-'))
const mounts = ['/fsmount-cp-a', '/fsmount-cp-b']

const copies = [...allCopies()].filter((copy) => !kills(copy) && !(copy.form === 'sync' && copy.filter === 'async'))
let folders = 0

/** A new folder at one of the ends. */
function folder (end: string): string {
  const path = join(end, String(++folders))
  fs.mkdirSync(path)
  return path
}

const run = async (from: string, to: string, copy: Copy): Promise<unknown> => await runCopy(folder(from), folder(to), copy)

for (const [name, from, to] of [['within a mount', 0, 0], ['from mount to mount', 0, 1], ['from the disk to a mount', undefined, 0], ['from a mount to the disk', 0, undefined]] as const) {
  test(`cp ${name} (seed ${SEED})`, async (t) => {
    const random = new Random(SEED + name.length)
    const systems = mounts.map((prefix) => create().mount(prefix))
    t.after(() => { for (const vfs of systems) vfs.unmount() })
    for (let i = 0; i < COUNT; i++) {
      const copy = random.pick(copies)
      const expected = await run(disk, disk, copy)
      assert.deepEqual(await run(from === undefined ? disk : mounts[from]!, to === undefined ? disk : mounts[to]!, copy), expected, titleOf(copy))
    }
  })
}

test('a filter of cpSync may not promise', () => {
  const vfs = create()
  vfs.writeFileSync('/f', '')
  vfs.mount('/fsmount-cp')
  assert.throws(() => { fs.cpSync('/fsmount-cp/f', '/fsmount-cp/g', { filter: (async () => true) as unknown as () => boolean }) }, { name: 'TypeError', code: 'ERR_INVALID_RETURN_VALUE' })
  vfs.unmount()
})

test('a folder of the disk is copied with the mount points in it', async () => {
  const from = folder(disk)
  fs.writeFileSync(join(from, 'real'), 'real')
  const vfs = create()
  vfs.writeFileSync('/virtual', 'virtual')
  vfs.mount(join(from, 'mounted'))
  const to = folder(disk)
  await fs.promises.cp(from, join(to, 'later'), { recursive: true })
  fs.cpSync(from, join(to, 'now'), { recursive: true })
  vfs.unmount()
  for (const name of ['later', 'now']) {
    assert.deepEqual(fs.readdirSync(join(to, name)).sort(), ['mounted', 'real'])
    assert.equal(fs.readFileSync(join(to, name, 'mounted/virtual'), 'utf8'), 'virtual')
  }
})

after(() => { fs.rmSync(disk, { recursive: true, force: true }) })

test('a folder with links is copied twice as on the disk', async () => {
  const disk = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-cp-'))
  const vfs = create().mount('/fsmount-cp-twice')
  try {
    const told = []
    for (const root of [disk, '/fsmount-cp-twice']) {
      const found: string[] = []
      for (const target of ['f', 'd', 'ROOT/source/f', 'ROOT/source/d', 'ROOT/source', 'missing']) {
        for (const form of ['sync', 'promise']) {
          fs.mkdirSync(`${root}/source/d`, { recursive: true })
          fs.writeFileSync(`${root}/source/f`, 'x')
          fs.symlinkSync(target.replace('ROOT', root), `${root}/source/link`)
          for (const time of ['first', 'then']) {
            try {
              if (form === 'sync') fs.cpSync(`${root}/source`, `${root}/target`, { recursive: true })
              else await fs.promises.cp(`${root}/source`, `${root}/target`, { recursive: true })
              found.push(`${target} ${form} ${time}: done`)
            } catch (error) {
              found.push(`${target} ${form} ${time}: ${String(error).replaceAll(root, '')}`)
            }
          }
          for (const name of ['source', 'target']) fs.rmSync(`${root}/${name}`, { recursive: true, force: true })
        }
      }
      told.push(found)
    }
    assert.deepEqual(told[1], told[0])
  } finally {
    vfs.unmount()
    fs.rmSync(disk, { recursive: true })
  }
})

test('cpSync takes Buffers, and has of them what Node has', (t) => {
  const vfs = create().mount('/fsmount-cp-buffers')
  t.after(() => { vfs.unmount() })
  const bytes = (path: string): string => Buffer.from(path) as unknown as string
  const all = (root: string): unknown[] => {
    fs.mkdirSync(join(root, 'd'))
    fs.writeFileSync(join(root, 'd/f'), 'text')
    fs.symlinkSync('f', join(root, 'd/l'))
    const shown: unknown[] = []
    const filter = (source: unknown): boolean => shown.push(String(source).replace(root, '')) > 0
    const tries: [from: string, to: string, options?: fs.CopySyncOptions][] = [
      [bytes(join(root, 'd/f')), bytes(join(root, 'g'))], [bytes(join(root, 'd')), bytes(join(root, 'e')), { recursive: true }],
      [bytes(join(root, 'd')), join(root, 'h'), { recursive: true }], [join(root, 'd'), bytes(join(root, 'i')), { recursive: true }],
      [bytes(join(root, 'd')), bytes(join(root, 'j'))], [bytes(join(root, 'd')), bytes(join(root, 'd/k')), { recursive: true }],
      [bytes(join(root, 'd/f')), bytes(join(root, 'm')), { filter }], [bytes(join(root, 'd')), bytes(join(root, 'n')), { recursive: true, filter }],
      [bytes(join(root, 'd/l')), bytes(join(root, 'o'))], [join(root, 'd/l'), bytes(join(root, 'p'))]
    ]
    const told = tries.map(([from, to, options]) => {
      try {
        return fs.cpSync(from, to, options)
      } catch (error) {
        return [(error as { code?: string }).code, (error as Error).message.replaceAll(root, '')]
      }
    })
    return [told, shown, (fs.readdirSync(root, { recursive: true }) as string[]).sort()]
  }
  assert.deepEqual(all('/fsmount-cp-buffers'), all(folder(disk)))
})

test('a copy goes without its mode where its provider keeps none', async (t) => {
  const to = '/fsmount-cp-plain'
  const memory = create().mount(mounts[0]!)
  const plain = create(new Plain()).mount(to)
  t.after(() => { for (const vfs of [memory, plain]) vfs.unmount() })
  const ways: Record<string, (from: string, to: string) => unknown> = {
    copyFileSync: fs.copyFileSync, copyFile: fs.promises.copyFile, cpSync: (from, to) => { fs.cpSync(from, to, { recursive: true }) },
    filtered: (from, to) => { fs.cpSync(from, to, { recursive: true, filter: () => true }) }, cp: (from, to) => fs.promises.cp(from, to, { recursive: true })
  }
  for (const root of [folder(disk), folder(mounts[0]!)]) {
    for (const mode of [0o644, 0o755, 0o444]) {
      fs.writeFileSync(`${root}/f${mode}`, 'text', { mode })
      for (const [name, copy] of Object.entries(ways)) {
        await copy(`${root}/f${mode}`, `${to}/${name}`)
        assert.equal(fs.readFileSync(`${to}/${name}`, 'utf8'), 'text')
        fs.unlinkSync(`${to}/${name}`)
      }
    }
    fs.mkdirSync(`${root}/d`, { mode: 0o700 })
    fs.writeFileSync(`${root}/d/x`, '', { mode: 0o700 })
    for (const name of ['cpSync', 'filtered', 'cp']) {
      const target = folder(to)
      await ways[name]!(root, `${target}/tree`)
      assert.equal(fs.existsSync(`${target}/tree/d/x`), true)
    }
  }
  fs.writeFileSync(`${to}/f`, '')
  assert.throws(() => { fs.chmodSync(`${to}/f`, 0o700) }, { code: 'EPERM' })
})
