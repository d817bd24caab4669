// Whole trees, by rm, cp and a recursive readdir: where mounts lie over the disk, as deep as paths go, with names of any bytes.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'
import type { Dirent } from 'node:fs'

/** Whether a recursive listing takes Buffers, and Dirents of any name. */
const PLAIN_DIRENTS = Number.parseInt(process.versions.node, 10) >= 26

test('rm with recursive removes a name of an overlay and the real one below it', (t) => {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-tree-')))
  const vfs = create({ overlay: true })
  fs.mkdirSync(join(folder, 'both/below'), { recursive: true })
  for (const name of ['real', 'same', 'below/same']) fs.writeFileSync(join(folder, 'both', name), 'real')
  for (const name of ['virtual', 'same', 'below/same']) vfs.writeFileSync(`/both/${name}`, 'virtual')
  vfs.mount(folder)
  t.after(() => {
    vfs.unmount()
    fs.rmSync(folder, { recursive: true })
  })
  fs.rmSync(join(folder, 'both'), { recursive: true })
  assert.deepEqual(fs.readdirSync(folder), [])
  vfs.unmount()
  assert.deepEqual(fs.readdirSync(folder), [])
})

test('a recursive readdir takes names that are not UTF-8 as the running Node does', async (t) => {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-tree-')))
  t.after(() => { fs.rmSync(folder, { recursive: true }) })
  const [expected, got] = await Promise.all(([[fs, folder], [create() as unknown as typeof fs, '/r']] as const).map(async ([fs, root]) => {
    const bytes = (name: string): Buffer => Buffer.from(`${root}/${name}`, 'latin1')
    for (const name of ['\ufffd(/m', 'a']) fs.mkdirSync(`${root}/${name}`, { recursive: true })
    fs.writeFileSync(bytes('\xc3('), 'shown as a folder is')
    fs.symlinkSync('a', bytes('k\xff'))
    fs.mkdirSync(bytes('a/\xfe'))
    fs.mkdirSync(bytes('a/\xfe/y'))
    const plain = (found: unknown): unknown => (found as Array<string | Buffer | Dirent>).map((each) => typeof each === 'object' && 'isFile' in each
      ? [each.name, String(each.parentPath).replace(root, '~'), each.isFile()]
      : each)
    const said = (error: unknown): unknown => (error as Error).message.replace(root, '~')
    const found: unknown[] = []
    // Up to Node 24 Buffers end in an argument error of its inner calls, and Dirents where a name leads nowhere.
    for (const encoding of PLAIN_DIRENTS ? ['utf8', 'buffer', 'hex'] : ['utf8']) {
      for (const withFileTypes of PLAIN_DIRENTS ? [false, true] : [false]) {
        const options = { recursive: true, withFileTypes, encoding } as unknown as { recursive: true }
        for (const base of PLAIN_DIRENTS ? [root, Buffer.from(root), bytes('a/\xfe')] : [root]) {
          try {
            found.push(plain(fs.readdirSync(base, options)))
          } catch (error) {
            found.push(said(error))
          }
          found.push(await fs.promises.readdir(base, options).then(plain, said))
        }
      }
    }
    return found
  }))
  assert.deepEqual(got, expected)
})

test('trees as deep as a path may be long are copied and removed, in all forms', async () => {
  const vfs = create()
  vfs.mkdirSync(`/a${'/d'.repeat(2000)}`, { recursive: true })
  vfs.cpSync('/a', '/b', { recursive: true })
  await vfs.promises.cp('/b', '/c', { recursive: true, filter: () => true })
  vfs.rmSync('/a', { recursive: true })
  await vfs.promises.rm('/b', { recursive: true })
  assert.deepEqual(vfs.readdirSync('/'), ['c'])
  assert.deepEqual(vfs.readdirSync(`/c${'/d'.repeat(1999)}`), ['d'])
})

test('a copy that leads into itself through a link ends where paths do', () => {
  const vfs = create()
  vfs.mkdirSync('/a/b', { recursive: true })
  vfs.symlinkSync('.', '/a/self')
  assert.throws(() => { vfs.cpSync('/a/self', '/a/c', { recursive: true, dereference: true }) }, { code: 'ENAMETOOLONG' })
})

test('cp takes names that are not UTF-8 as the running Node does', async (t) => {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-tree-')))
  t.after(() => { fs.rmSync(folder, { recursive: true }) })
  const [expected, got] = await Promise.all(([[fs, folder], [create() as unknown as typeof fs, '/r']] as const).map(async ([fs, root]) => {
    const bytes = (name: string): Buffer => Buffer.from(`${root}/${name}`, 'latin1')
    fs.mkdirSync(`${root}/a/b`, { recursive: true })
    fs.writeFileSync(bytes('a/b/\xff'), 'x')
    const said = (error: unknown): unknown => (error as NodeJS.ErrnoException).code
    const found: unknown[] = [await fs.promises.cp(`${root}/a`, `${root}/later`, { recursive: true }).catch(said)]
    try {
      fs.cpSync(`${root}/a`, `${root}/now`, { recursive: true })
    } catch (error) {
      found.push(said(error))
    }
    for (const name of ['later', 'now']) found.push(fs.existsSync(bytes(`${name}/b/\xff`)))
    return found
  }))
  assert.deepEqual(got, expected)
})

test('cp keeps the times of folders as the running Node does, before 1970 and to the nanosecond', async (t) => {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-tree-')))
  t.after(() => { fs.rmSync(folder, { recursive: true }) })
  const [expected, got] = await Promise.all(([[fs, folder], [create() as unknown as typeof fs, '/r']] as const).map(async ([fs, root]) => {
    fs.mkdirSync(`${root}/a/b/c`, { recursive: true })
    fs.mkdirSync(`${root}/there`)
    fs.utimesSync(`${root}/a/b`, new Date(-474606715375), new Date(-474606715375))
    fs.utimesSync(`${root}/a`, 1, 30013042.961024053)
    for (const [to, filter] of [['new', undefined], ['there', undefined], ['filtered', () => true]] as const) await fs.promises.cp(`${root}/a`, `${root}/${to}`, { recursive: true, preserveTimestamps: true, ...filter && { filter } })
    const old = (path: string): bigint => { const { mtimeNs } = fs.statSync(`${root}/${path}`, { bigint: true }); return mtimeNs > 10n ** 18n ? 0n : mtimeNs }
    return ['new', 'there', 'filtered'].flatMap((name) => [old(name), old(`${name}/b`)])
  }))
  assert.deepEqual(got, expected)
})
