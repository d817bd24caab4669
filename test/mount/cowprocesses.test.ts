// One process changes files under a copy-on-write mount that SQLite keeps, another commits the changes meanwhile: what was
// acknowledged is on the disk or still a change, and neither meets an error.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, SqliteProvider } from '../../lib/index.ts'
import type { Provider } from '../../lib/kernel/provider.ts'
import { drivers, scratch } from '../providers/sqlite-scratch.ts'
import { findRoot } from '../tools/files.ts'

const STEPS = 240

/** The program that writes: a file that is there, files of its own, some that come and go, and two that it has open all the time. */
const writer = (file: string, folder: string, driver: unknown): string => `
  const { create, SqliteProvider } = require(${JSON.stringify(join(findRoot(), 'dist/lib/index.js'))})
  const fs = require('node:fs')
  const provider = new SqliteProvider(${JSON.stringify(file)}, { driver: ${JSON.stringify(driver)} })
  const vfs = create(provider, { overlay: 'copy-on-write' }).mount(${JSON.stringify(folder)})
  const has = {}
  const logs = ['log', 'd/log'].map((name) => ({ path: ${JSON.stringify(`${folder}/`)} + name, fd: fs.openSync(${JSON.stringify(`${folder}/`)} + name, 'a') }))
  for (let step = 0; step < ${STEPS}; step++) {
    const path = ${JSON.stringify(`${folder}/`)} + ['shared', 'd/own' + step, 'own' + step, 'gone'][step % 4]
    fs.writeFileSync(path, 'of step ' + step)
    if (path.endsWith('gone')) fs.unlinkSync(path)
    else has[path] = 'of step ' + step
    const { path: log, fd } = logs[step % 2]
    fs.writeSync(fd, step + ',')
    has[log] = (has[log] ?? '') + step + ','
  }
  process.stdout.write(JSON.stringify(has))
  vfs.unmount()
  provider.close()`

for (const driver of drivers) {
  test(`changes that come while another process commits are not lost (${String(driver)})`, async () => {
    const base = fs.realpathSync(scratch())
    const folder = join(base, 'p')
    const file = join(base, 'changes.db')
    fs.mkdirSync(join(folder, 'd'), { recursive: true })
    fs.writeFileSync(join(folder, 'shared'), 'as it was')
    const provider = new SqliteProvider(file, { driver })
    const vfs = create(provider as unknown as Provider, { overlay: 'copy-on-write' })
    vfs.mount(folder)
    try {
      const child = spawn(process.execPath, ['--no-warnings', '-e', writer(file, folder, driver)], { stdio: ['ignore', 'pipe', 'pipe'] })
      let said = ''
      let complaints = ''
      child.stdout.on('data', (text: Buffer) => { said += String(text) })
      child.stderr.on('data', (text: Buffer) => { complaints += String(text) })
      const timer = setInterval(() => { vfs.commit() }, 5)
      await once(child, 'close').finally(() => { clearInterval(timer) })
      assert.equal(complaints, '')
      const has = JSON.parse(said) as Record<string, string>
      assert.equal(Object.keys(has).length, STEPS / 2 + 3)
      for (const [path, content] of Object.entries(has)) assert.equal(fs.readFileSync(path, 'utf8'), content, path)
      vfs.commit()
      vfs.unmount()
      for (const [path, content] of Object.entries(has)) assert.equal(fs.readFileSync(path, 'utf8'), content, path)
      assert.deepEqual(fs.readdirSync(folder).filter((name) => /gone|stage/.test(name)), [])
    } finally {
      vfs.unmount()
      provider.close()
    }
  })
}
