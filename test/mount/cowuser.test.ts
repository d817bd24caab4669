// Copy-on-write as an ordinary user, who owns files that he may not read.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findRoot } from '../tools/files.ts'

/** Makes a folder and does the same in it and in another one that is mounted over, as an ordinary user; tells of what differs. */
const PROGRAM = `
  const fs = require('fs'), real = { ...fs }
  const { create } = require(process.argv[1])
  const [plain, covered] = process.argv.slice(2)
  const vfs = create({ overlay: 'copy-on-write' })
  vfs.mount(covered).unmount()   // what is loaded later is read by root
  if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534) }
  for (const dir of [plain, covered]) {
    for (const [name, mode] of [['mode', 0o222], ['times', 0o222], ['moved', 0o200], ['linked', 0o200], ['gone', 0], ['cut', 0o222], ['added', 0o222], ['whole', 0o222], ['both', 0o222]]) {
      real.writeFileSync(dir + '/' + name, 'content')
      real.chmodSync(dir + '/' + name, mode)
    }
  }
  vfs.mount(covered)
  const attempt = (run) => { try { return run() ?? null } catch (error) { return error.code } }
  const look = (dir, of = fs) => of.readdirSync(dir).map((name) => {
    const { mode, nlink, size, mtimeMs } = of.lstatSync(dir + '/' + name)
    return [name, mode.toString(8), nlink, size, name === 'times' ? mtimeMs : 0].join(' ')
  })
  const STEPS = {
    mode: (dir) => fs.chmodSync(dir + '/mode', 0o264), times: (dir) => fs.utimesSync(dir + '/times', 5, 6),
    moved: (dir) => { fs.renameSync(dir + '/moved', dir + '/was moved'); fs.chmodSync(dir + '/was moved', 0o220) },
    linked: (dir) => fs.linkSync(dir + '/linked', dir + '/twin'), gone: (dir) => fs.unlinkSync(dir + '/gone'),
    cut: (dir) => { fs.chmodSync(dir + '/cut', 0o220); fs.truncateSync(dir + '/cut', 0) }, whole: (dir) => fs.writeFileSync(dir + '/whole', 'new'),
    read: (dir) => fs.readFileSync(dir + '/mode'), 'open for reading': (dir) => fs.openSync(dir + '/times', 'r'), copy: (dir) => fs.copyFileSync(dir + '/mode', dir + '/copy'),
    both: (dir) => { fs.chmodSync(dir + '/both', 0o200); fs.writeFileSync(dir + '/both', 'longer content'); fs.chmodSync(dir + '/both', 0o600); return fs.readFileSync(dir + '/both', 'utf8') },
    look: (dir) => look(dir), own: (dir) => fs.chownSync(dir + '/mode', 65534, 65534)
  }
  for (const [name, step] of Object.entries(STEPS)) {
    const [expected, got] = [plain, covered].map((dir) => JSON.stringify(attempt(() => step(dir))))
    if (expected !== got) console.log(name, expected, got)
  }
  // What the disk does not give here.
  console.log(attempt(() => fs.openSync(covered + '/added', 'a')))
  fs.chmodSync(covered + '/mode', 0o666)
  console.log(attempt(() => fs.readFileSync(covered + '/mode')), attempt(() => fs.appendFileSync(covered + '/mode', '')), fs.statSync(covered + '/mode').size)
  vfs.commit()
  real.chmodSync(plain + '/mode', 0o666)
  console.log(JSON.stringify(look(covered, real)) === JSON.stringify(look(plain, real)), real.readFileSync(covered + '/mode', 'utf8'), JSON.stringify(vfs.changes()))
  vfs.unmount()
`

const wanted = `EACCES
EACCES EACCES 7
true content {"added":[],"modified":[],"deleted":[]}
`

test('what an ordinary user may change without reading it is changed, and committed', { skip: process.platform === 'win32' && 'there are no such users' }, () => {
  const folders = ['plain', 'covered'].map((name) => fs.mkdtempSync(join(fs.realpathSync(tmpdir()), `fsmount-cow-${name}-`)))
  if (process.getuid!() === 0) for (const folder of folders) fs.chownSync(folder, 65534, 65534)
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', PROGRAM, findRoot(), ...folders], { encoding: 'utf8' })
  for (const folder of folders) fs.rmSync(folder, { recursive: true })
  assert.deepEqual([stdout, stderr], [wanted, ''])
})

const SHARED = `
  const fs = require('fs'), real = { ...fs }
  const { create } = require(process.argv[1])
  const dir = process.argv[2]
  const vfs = create({ overlay: 'copy-on-write' })
  vfs.mount(dir).unmount()
  real.mkdirSync(dir + '/locked')
  real.mkdirSync(dir + '/open')
  real.writeFileSync(dir + '/twin', 'old')
  real.linkSync(dir + '/twin', dir + '/open/twin')
  for (const name of ['', '/open', '/twin']) real.chownSync(dir + name, 65534, 65534)
  real.chmodSync(dir + '/locked', 0o700)
  process.setgid(65534)
  process.setuid(65534)
  vfs.mount(dir)
  fs.writeFileSync(dir + '/twin', 'new')
  console.log(JSON.stringify(vfs.changes().modified), fs.readFileSync(dir + '/open/twin', 'utf8'))
  vfs.commit()
  vfs.unmount()
  console.log(fs.readFileSync(dir + '/open/twin', 'utf8'), fs.statSync(dir + '/twin').nlink)
`

test('names of a changed file are looked for in the folders that may be looked into', { skip: process.getuid?.() === 0 ? false : 'only root can make a folder that another may not look into' }, () => {
  const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-cow-shared-'))
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', SHARED, findRoot(), dir], { encoding: 'utf8' })
  fs.rmSync(dir, { recursive: true })
  assert.deepEqual([stdout, stderr], ['["/open/twin","/twin"] new\nnew 2\n', ''])
})
