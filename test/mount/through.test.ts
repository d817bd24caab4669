// What a link in a mount leads to on the disk is told of by the path that the caller gave.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { create } from '../../lib/index.ts'

const base = '/fsmount-through'

/** A folder on the disk with one file in a folder, to which links of a mount at `base` lead. */
function linked (t: TestContext, name = 'link'): string {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-through-'))
  fs.mkdirSync(`${folder}/d`)
  fs.writeFileSync(`${folder}/d/f`, '')
  const vfs = create({ virtualCwd: true })
  vfs.mkdirSync('/deep')
  vfs.symlinkSync(folder, `/${name}`)
  vfs.mount(base)
  const before = process.cwd()
  t.after(() => {
    vfs.unmount()
    process.chdir(before)
    fs.rmSync(folder, { recursive: true })
  })
  return folder
}

test('entries name the folder as it was given', async (t) => {
  linked(t)
  for (const path of [`${base}/link/d`, Buffer.from(`${base}/link/d`), `${base}/link/d/../d`]) {
    const answers = [
      fs.readdirSync(path, { withFileTypes: true }),
      await fs.promises.readdir(path, { withFileTypes: true }),
      await new Promise<fs.Dirent[]>((resolve, reject) => { fs.readdir(path, { withFileTypes: true }, (error, list) => { error === null ? resolve(list) : reject(error) }) })
    ]
    for (const [entry] of answers) assert.deepEqual({ ...entry }, { ...entry, parentPath: path, ...Object.hasOwn(entry!, 'path') && { path } })
  }
  const dir = fs.opendirSync(`${base}/link/d/.`)
  assert.equal(dir.readSync()?.parentPath, `${base}/link/d/.`)
  dir.closeSync()
  process.chdir(`${base}/deep`)
  assert.deepEqual(fs.readdirSync('../link/d', { withFileTypes: true }).map(({ parentPath }) => parentPath), ['../link/d'])
})

test('errors name both paths as they were given, whatever is in them', (t) => {
  const folder = linked(t, '$&')
  const said = (run: () => void): string => {
    try {
      run()
    } catch (error) {
      const { stack = '', message } = error as Error
      assert.equal(stack.slice(0, stack.indexOf('\n')), `Error: ${message}`)
      return message
    }
    return ''
  }
  assert.match(said(() => fs.readFileSync(`${base}/$&/x`)), / open '\/fsmount-through\/\$&\/x'$/)
  assert.equal(said(() => { fs.copyFileSync(`${folder}/x`, `${base}/$&/x`) }), `ENOENT: no such file or directory, copyfile '${folder}/x' -> '${base}/$&/x'`)
})

test('chdir goes where a link leads, and tells its errors of the virtual folder', (t) => {
  const folder = linked(t)
  process.chdir(`${base}/deep`)
  assert.throws(() => { process.chdir('../none/x') }, { code: 'ENOENT', path: `${base}/deep`, dest: '../none/x' })
  assert.throws(() => { process.chdir('../link/none') }, { code: 'ENOENT', path: `${base}/deep`, dest: '../link/none', message: `ENOENT: no such file or directory, chdir '${base}/deep' -> '../link/none'` })
  assert.throws(() => { process.chdir(`${folder}/none`) }, { path: `${base}/deep`, dest: `${folder}/none` })
  process.chdir('../link/d')
  assert.equal(process.cwd(), `${folder}/d`)
  assert.equal(fs.existsSync('f'), true)
  process.chdir(`${base}/link`)
  assert.equal(process.cwd(), folder)
  assert.throws(() => { process.chdir('none') }, { path: folder, dest: 'none' })
})
