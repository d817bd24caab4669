// What must not wear out: mounting and unmounting for ever, and living beside Node's own node:vfs.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const index = JSON.stringify(join(__dirname, '..', '..', 'lib', 'index.js'))
const run = (program: string, ...flags: string[]): { stdout: string, stderr: string } =>
  spawnSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8', timeout: 200_000 })

/** `FSMOUNT_CYCLES` makes it longer. */
const CYCLES = Number(process.env.FSMOUNT_CYCLES ?? 10_000)

test(`${CYCLES} mounts with files, descriptors and require leave nothing behind`, () => {
  const { stdout, stderr } = run(`
    const { create } = require(${index})
    const fs = require('node:fs')
    const originals = [fs.readFileSync, fs.promises.readFile, fs.stat]
    const cycle = (i) => {
      const vfs = create()
      vfs.mkdirSync('/d')
      vfs.writeFileSync('/d/m.js', 'exports.value = ' + i % 7)   // V8 keeps what it compiled for a while: a few texts do
      vfs.mount('/fsmount-cycle')
      const fd = fs.openSync('/fsmount-cycle/d/f', 'w+')
      fs.writeSync(fd, 'x')
      if (require('/fsmount-cycle/d/m.js').value !== i % 7) throw new Error('stale module in cycle ' + i)
      fs.closeSync(fd)
      vfs.unmount()
    }
    const heap = () => { for (let i = 0; i < 6; i++) gc(); return process.memoryUsage().heapUsed }
    const warm = ${CYCLES}
    for (let i = 0; i < warm; i++) cycle(i)
    const before = heap()
    for (let i = warm; i < warm * 1.5; i++) cycle(i)
    const grown = (heap() - before) / warm * 2
    console.log(JSON.stringify({ grown, same: originals[0] === fs.readFileSync && originals[1] === fs.promises.readFile && originals[2] === fs.stat }))`, '--expose-gc')
  assert.equal(stderr, '')
  const { grown, same } = JSON.parse(stdout) as { grown: number, same: boolean }
  console.log(`heap grown per cycle: ${grown.toFixed(1)} bytes`)
  assert.ok(same)
  // What V8 keeps of its own goes on growing for some 10,000 cycles, and drifts by some 200 KiB then; the smallest object that a cycle could leave would add up to more.
  assert.ok(grown * CYCLES / 2 < 400_000, `${grown} bytes a cycle`)
})

const [major] = process.versions.node.split('.').map(Number)

test('node:vfs and fsmount are mounted side by side', { skip: major! >= 26 ? false : `Node ${process.versions.node} has no node:vfs` }, () => {
  const { stdout } = run(`
    const fs = require('node:fs')
    const { create } = require(${index})
    const core = require('node:vfs').create()
    core.writeFileSync('/f', 'core')
    const ours = create()
    ours.writeFileSync('/f', 'ours')
    const theirPoint = core.mount()
    const ourPoint = ours.mount()
    const fds = [fs.openSync(theirPoint + '/f'), fs.openSync(ourPoint + '/f')]
    const read = () => fs.readFileSync(theirPoint + '/f', 'utf8') + ' ' + fs.readFileSync(ourPoint + '/f', 'utf8')
    console.log(read(), fds.map((fd) => String(fs.readFileSync(fd))).join(' '), new Set(fds).size)
    fds.forEach((fd) => fs.closeSync(fd))
    core.unmount()
    console.log(fs.existsSync(theirPoint + '/f'), fs.readFileSync(ourPoint + '/f', 'utf8'))
    core.mount()
    ours.unmount()
    console.log(fs.existsSync(ourPoint + '/f'))`, '--experimental-vfs')
  assert.deepEqual(stdout.trim().split('\n'), ['core ours core ours 2', 'false ours', 'false'])
})
