// Where functions of `fs` cannot be replaced, nothing is mounted; where they cannot be given back, nothing is broken; and
// listeners of the end of a mount may end it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const index = join(__dirname, '../../lib/index.js')

/** Runs a program in a process of its own; what it leaves undone it has thrown. */
function runs (program: string): void {
  const code = `
    const fs = require('node:fs')
    const assert = require('node:assert')
    const { create } = require(${JSON.stringify(index)})
    const vfs = create()
    vfs.writeFileSync('/f', 'virtual')
    ${program}`
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', code], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(status, 0)
}

for (const [what, freeze] of Object.entries({
  'one function': "Object.defineProperty(fs, 'writeFileSync', { value: fs.writeFileSync, writable: false, configurable: false })",
  promises: 'Object.freeze(fs.promises)',
  'all of fs': 'Object.freeze(fs)'
})) {
  test(`with ${what} frozen, mounting fails and leaves nothing behind`, () => {
    runs(`
      ${freeze}
      const before = { ...Object.getOwnPropertyDescriptors(fs) }
      for (const one of [vfs, create({ overlay: 'copy-on-write' })]) {
        assert.throws(() => one.mount('/fsmount-frozen'), { code: 'ERR_INVALID_STATE', message: /fs\\.(promises\\.)?\\w+ cannot be replaced/ })
        assert.equal(one.mounted, false)
        one.unmount()
      }
      assert.equal(fs.existsSync('/fsmount-frozen'), false)
      assert.deepStrictEqual({ ...Object.getOwnPropertyDescriptors(fs) }, before)
      assert.equal(vfs.readFileSync('/f', 'utf8'), 'virtual')`)
  })
}

test('frozen during a mount, fs passes on what is no mount’s, and serves the next', () => {
  runs(`
    vfs.mount('/fsmount-frozen')
    Object.freeze(fs)
    Object.freeze(fs.promises)
    vfs.unmount()
    assert.equal(fs.existsSync('/fsmount-frozen/f'), false)
    assert.equal(fs.existsSync(process.execPath), true)
    vfs.mount('/fsmount-again')
    assert.equal(fs.readFileSync('/fsmount-again/f', 'utf8'), 'virtual')
    fs.promises.readFile('/fsmount-again/f', 'utf8').then((text) => {
      assert.equal(text, 'virtual')
      vfs.unmount()
      assert.equal(fs.existsSync('/fsmount-again/f'), false)
    })`)
})

test('a function that somebody put into fs by a getter is stood in front of, and given back', () => {
  runs(`
    const seen = []
    const getter = { configurable: true, enumerable: true, get: () => stub }
    let stub = (path, ...rest) => { seen.push(path) }
    Object.defineProperty(fs, 'writeFileSync', getter)
    vfs.mount('/fsmount-getter')
    fs.writeFileSync('/fsmount-getter/f', 'changed')
    fs.writeFileSync('/tmp/fsmount-not-written', '')
    stub = (path) => { seen.push('later ' + path) }
    fs.writeFileSync('/tmp/fsmount-not-written', '')
    assert.equal(fs.readFileSync('/fsmount-getter/f', 'utf8'), 'changed')
    vfs.unmount()
    assert.deepEqual(seen, ['/tmp/fsmount-not-written', 'later /tmp/fsmount-not-written'])
    assert.equal(Object.getOwnPropertyDescriptor(fs, 'writeFileSync').get, getter.get)`)
})

test('a listener may unmount what is about to go', () => {
  runs(`
    let told = 0
    process.on('vfs-unmount', () => {
      told++
      vfs.unmount()
    })
    for (const at of ['/fsmount-a', '/fsmount-b']) {
      vfs.mount(at)
      vfs.unmount()
      assert.equal(vfs.mounted, false)
    }
    assert.equal(told, 2)`)
})
