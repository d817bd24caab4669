// `overlay: 'copy-on-write'` and folders that keep their owner out: a commit by an ordinary user makes them what they were
// seen to be, and leaves nothing of its own in them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const index = join(__dirname, '../../lib/index.js')

/** Changes of a tree in `d`; what a folder hides stands in modes alone. */
const changes: Record<string, string> = {
  'a file removed from a folder that is closed then': "fs.unlinkSync(d + '/o/x'); fs.chmodSync(d + '/o', 0)",
  'a file replaced in a folder that is made read-only': "fs.writeFileSync(d + '/o/x', 'new'); fs.rmSync(d + '/o/p', { recursive: true }); fs.chmodSync(d + '/o', 0o500)",
  'a closed folder in a closed folder': "fs.writeFileSync(d + '/o/p/n', 'new'); fs.chmodSync(d + '/o/p', 0); fs.chmodSync(d + '/o', 0)",
  'a read-only folder that is opened and removed': "fs.chmodSync(d + '/ro', 0o700); fs.rmSync(d + '/ro', { recursive: true })",
  'a read-only folder that is opened, changed and closed': "fs.chmodSync(d + '/ro', 0o700); fs.writeFileSync(d + '/ro/n', 'new'); fs.rmSync(d + '/ro/x'); fs.chmodSync(d + '/ro', 0o500)"
}

for (const [what, change] of Object.entries(changes)) {
  test(`a commit of ${what}`, () => {
    const root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-strict-'))
    fs.chmodSync(root, 0o777)
    const code = `
      const fs = require('node:fs')
      const { create } = require(${JSON.stringify(index)})
      const vfs = create({ overlay: 'copy-on-write' })
      vfs.mount(${JSON.stringify(root)}).unmount()
      if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534) }
      const tree = (path, found = {}, below = '') => {
        const stats = fs.lstatSync(path)
        found[below] = stats.isDirectory() ? stats.mode : fs.readFileSync(path, 'utf8')
        if (!stats.isDirectory()) return found
        fs.chmodSync(path, 0o700)
        for (const name of fs.readdirSync(path)) tree(path + '/' + name, found, below + '/' + name)
        return found
      }
      const trees = ['disk', 'mount'].map((name) => {
        const d = ${JSON.stringify(root)} + '/' + name
        fs.mkdirSync(d + '/o/p', { recursive: true })
        fs.mkdirSync(d + '/ro')
        for (const file of ['o/x', 'o/p/y', 'ro/x']) fs.writeFileSync(d + '/' + file, file)
        fs.chmodSync(d + '/ro', 0o500)
        if (name === 'mount') vfs.mount(d)
        ${change}
        if (name === 'mount') {
          vfs.commit()
          vfs.unmount()
        }
        const found = tree(d)
        fs.rmSync(d, { recursive: true })
        return found
      })
      console.log(JSON.stringify(trees))`
    try {
      const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', code], { encoding: 'utf8' })
      assert.equal(stderr, '')
      const [disk, mount] = JSON.parse(stdout) as [unknown, unknown]
      assert.deepEqual(mount, disk)
    } finally {
      fs.rmSync(root, { recursive: true })
    }
  })
}
