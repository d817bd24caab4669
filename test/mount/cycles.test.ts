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

/** Cycles from one look at the heap to the next. */
const STEP = Math.ceil(CYCLES / 40)

/**
 * Bytes that a cycle may seem to leave. An empty object in a list is measured as 60 to 85 on all lines, nothing as -5 to 25.
 * What V8 has of its own goes up and down by 100 KiB from one look to the next, and grows for some 8,000 cycles at first; the first half is left out:
 * so the growth is the median of the slopes between any two looks that are eight steps or more apart.
 */
const SMALLEST = 45

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
    const heap = () => { for (let i = 0; i < 3; i++) gc(); return process.memoryUsage().heapUsed }
    const samples = []
    for (let i = 0; i < ${CYCLES} * 1.5; i++) {
      if (i % ${STEP} === 0) samples.push(heap())
      cycle(i)
    }
    samples.splice(0, samples.length / 2)
    const slopes = samples.flatMap((a, i) => samples.slice(i + 8).map((b, j) => (b - a) / (j + 8) / ${STEP})).sort((a, b) => a - b)
    const grown = slopes[slopes.length >> 1]
    console.log(JSON.stringify({ grown, same: originals[0] === fs.readFileSync && originals[1] === fs.promises.readFile && originals[2] === fs.stat }))`, '--expose-gc')
  assert.equal(stderr, '')
  const { grown, same } = JSON.parse(stdout) as { grown: number, same: boolean }
  console.log(`heap grown per cycle: ${grown.toFixed(1)} bytes`)
  assert.ok(same)
  assert.ok(grown < SMALLEST, `${grown} bytes a cycle`)
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
