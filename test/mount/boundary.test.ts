// rename and link from one mount to another, and between a mount and the disk, with two faults at once: the error is the
// one that the system finds first, as between two of its own file systems.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, OverlayProvider, RealFSProvider, SqliteProvider } from '../../lib/index.ts'

const OTHER = '/dev/shm'
const skip = !fs.existsSync(OTHER) || fs.statSync(OTHER).dev === fs.statSync(tmpdir()).dev ? 'the oracle needs two file systems' : false

const LONG = 'n'.repeat(256)
const SOURCES = ['missing', 'missing/x', 'f/x', 'f', 'f/', 'd', 'd/.', 'd/..', '.', 'l', 'l/', LONG]
const TARGETS = ['missing', 'missing/', 'missing/x', 'f/x', 'f', 'f/', 'd', 'd/', 'full', 'd/.', 'd/..', '.', 'l', 'l/', LONG]

test('what fails between devices fails as the system has it', { skip }, (t) => {
  const disks = [tmpdir(), OTHER].map((parent) => fs.mkdtempSync(join(fs.realpathSync(parent), 'fsmount-devices-')))
  const mounts = ['/fsmount-devices-1', '/fsmount-devices-2']
  const mounted = mounts.map((path) => create({ parents: false }).mount(path))
  t.after(() => {
    for (const vfs of mounted) vfs.unmount()
    for (const disk of disks) fs.rmSync(disk, { recursive: true })
  })
  for (const root of [...disks, ...mounts]) {
    fs.mkdirSync(`${root}/d`)
    fs.mkdirSync(`${root}/full/x`, { recursive: true })
    fs.writeFileSync(`${root}/f`, '')
    fs.symlinkSync('gone', `${root}/l`)
  }
  const [first, second] = disks as [string, string]
  const ways = [[first, second], mounts, [first, mounts[0]!], [mounts[0]!, first]] as [string, string][]
  let asked = 0
  for (const name of ['renameSync', 'linkSync'] as const) {
    for (const source of SOURCES) {
      for (const target of TARGETS) {
        const codes = ways.map(([from, to]) => {
          try {
            fs[name](`${from}/${source}`, `${to}/${target}`)
            return 'done'
          } catch (error) {
            return (error as NodeJS.ErrnoException).code
          }
        })
        asked++
        assert.notEqual(codes[0], 'done')
        assert.deepEqual(codes, codes.map(() => codes[0]), `${name} ${source} to ${target}: on the disk, between mounts, into one, out of one`)
      }
    }
  }
  assert.equal(asked, 2 * SOURCES.length * TARGETS.length)
})

/** A tree of links, files and folders to copy from and to, and what has become of it. */
function planted (root: string): () => string[] {
  fs.mkdirSync(`${root}/d/inner`, { recursive: true })
  fs.chmodSync(`${root}/d`, 0o751)
  fs.writeFileSync(`${root}/f`, 'content', { mode: 0o640 })
  fs.linkSync(`${root}/f`, `${root}/twin`)
  fs.writeFileSync(`${root}/empty`, '', { mode: 0o604 })
  for (const [name, target] of [['lf', 'f'], ['ld', 'd'], ['dangling', 'made'], ['loop', 'loop']] as const) fs.symlinkSync(target, `${root}/${name}`)
  return () => fs.readdirSync(root).map((name) => {
    const stats = fs.lstatSync(`${root}/${name}`)
    return `${name} ${stats.mode.toString(8)} ${stats.nlink} ${stats.isFile() ? fs.readFileSync(`${root}/${name}`, 'utf8') : ''}`
  })
}

test('copyFile leaves, makes and removes the same across a boundary as on the disk', async (t) => {
  const scratch = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-copies-'))
  t.after(() => { fs.rmSync(scratch, { recursive: true }) })
  const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = fs.constants
  const forms = [
    (from: string, to: string, how: number) => { fs.copyFileSync(from, to, how) },
    (from: string, to: string, how: number) => fs.promises.copyFile(from, to, how)
  ]
  let count = 0
  for (const source of ['f', 'empty', 'd', 'lf', 'ld', 'dangling', 'loop', 'missing', 'f/', 'd/.']) {
    for (const target of ['new', 'f', 'empty', 'd', 'lf', 'ld', 'dangling', 'loop', 'missing/x', 'f/', 'd/', 'new/', '.']) {
      for (const how of [0, COPYFILE_EXCL, ...source === 'empty' || source === 'd' ? [COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE] : []]) {
        const copy = forms[count++ % forms.length]!
        const outcomes = []
        for (const mounted of ['', 'from', 'to']) {
          const root = `${scratch}/${count}${mounted}`
          fs.mkdirSync(`${root}/from`, { recursive: true })
          fs.mkdirSync(`${root}/to`)
          const vfs = mounted === '' ? undefined : create({ parents: false }).mount(`${root}/${mounted}`)
          const looks = [planted(`${root}/from`), planted(`${root}/to`)]
          let said: unknown = 'done'
          try {
            await copy(`${root}/from/${source}`, `${root}/to/${target}`, how)
          } catch (error) {
            said = (error as Error).message.replaceAll(root, '')
          }
          outcomes.push([said, ...looks.map((look) => look())])
          vfs?.unmount()
          fs.rmSync(root, { recursive: true })
        }
        for (const outcome of outcomes.slice(1)) assert.deepEqual(outcome, outcomes[0], `${source} to ${target}, ${how}`)
      }
    }
  }
})

test('a copy from one mount to another is whole, whatever keeps the two', async (t) => {
  const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-copies-'))
  const [disk, second, box] = ['disk', 'second', 'box'].map((name) => join(dir, name)) as [string, string, string]
  for (const folder of [disk, second, box]) fs.mkdirSync(folder)
  const [one, again] = [0, 1].map(() => new SqliteProvider(join(dir, 'f.db'))) as [SqliteProvider, SqliteProvider]
  const cover = (folder: string): ReturnType<typeof create> => create(new SqliteProvider(), { overlay: 'copy-on-write' }).mount(folder)
  const sources = [create().mount('/fsmount-copies-memory'), create(one).mount('/fsmount-copies-one'), cover(disk)]
  const layered = new OverlayProvider({ lower: new RealFSProvider(box), upper: new SqliteProvider() })
  const targets = [create(again).mount('/fsmount-copies-again'), create(layered).mount('/fsmount-copies-layered'), cover(second)]
  const mounted = [...sources, ...targets]
  t.after(() => {
    for (const vfs of mounted) vfs.unmount()
    for (const provider of [one, again]) provider.close()
    fs.rmSync(dir, { recursive: true })
  })
  for (const [at, { mountPoint: from }] of sources.entries()) {
    fs.mkdirSync(`${from}/d${at}`)
    fs.writeFileSync(`${from}/d${at}/f`, `of ${at}`)
    for (const { mountPoint: to } of targets) {
      fs.copyFileSync(`${from}/d${at}/f`, `${to}/copy`)
      assert.equal(fs.readFileSync(`${to}/copy`, 'utf8'), `of ${at}`)
      await fs.promises.copyFile(`${from}/d${at}/f`, `${to}/later`)
      fs.cpSync(`${from}/d${at}`, `${to}/tree`, { recursive: true })
      assert.deepEqual(['later', 'tree/f'].map((name) => fs.readFileSync(`${to}/${name}`, 'utf8')), [`of ${at}`, `of ${at}`])
    }
  }
  assert.deepEqual([disk, second].map((folder) => fs.readdirSync(folder).length > 0), [true, true])
  for (const vfs of mounted.splice(0)) vfs.unmount()
  assert.deepEqual([disk, second].map((folder) => fs.readdirSync(folder)), [[], []])
})
