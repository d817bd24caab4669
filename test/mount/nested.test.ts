// An overlay inside another mount: what it does not own is what it would be without it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'
import { code } from './code.ts'

const read = (path: string): string => fs.readFileSync(path, 'utf8')

for (const kind of [false, true, 'copy-on-write'] as const) {
  test(`inside a mount with overlay: ${kind}`, async (t) => {
    const root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-nested-'))
    fs.mkdirSync(`${root}/o/d`, { recursive: true })
    fs.writeFileSync(`${root}/o/disk`, 'disk')
    const outer = create({ overlay: kind })
    outer.mkdirSync('/o/d', { recursive: true })
    for (const name of ['f', 'both', 'd/deep']) outer.writeFileSync(`/o/${name}`, 'outer')
    outer.writeFileSync('/o/main.js', 'exports.all = [__filename, require("./beside.js"), require("./beneath.js")]')
    outer.writeFileSync('/o/beneath.js', 'module.exports = "outer"')
    outer.symlinkSync('x', '/o/link')
    outer.symlinkSync('o/f', '/into')
    outer.symlinkSync('o', '/folder')
    outer.mount(root)
    const over = create({ overlay: true })
    for (const name of ['x', 'both', 'd/own']) {
      if (name.includes('/')) over.mkdirSync('/d')
      over.writeFileSync(`/${name}`, 'inner')
    }
    over.writeFileSync('/beside.js', 'module.exports = "inner"')
    over.mount(`${root}/o`)
    t.after(() => {
      over.unmount()
      outer.unmount()
      fs.rmSync(root, { recursive: true })
    })
    const o = `${root}/o`
    assert.equal(read(`${o}/f`), 'outer')
    assert.equal(await fs.promises.readFile(`${o}/f`, 'utf8'), 'outer')
    for (const path of ['/x', '/both', '/d/own', '/../o/x', '/d/../both']) assert.equal(read(o + path), 'inner', path)
    for (const path of ['/d/deep', '/../o/f', '/d/../f', '//f', '/./f', '/../into', '/../folder/f', '/d/../../folder/d/../f']) assert.equal(read(o + path), 'outer', path)
    assert.equal(read(`${root}/folder/x`), 'inner')
    assert.equal(kind === true ? 'inner' : read(`${o}/link`), 'inner')
    assert.equal(code(() => read(`${o}/none`)), 'ENOENT')
    assert.equal(code(() => read(`${o}/d/none`)), 'ENOENT')
    assert.equal(code(() => read(`${o}/disk`)), kind === false ? 'ENOENT' : undefined)
    const names = ['beneath.js', 'beside.js', 'both', 'd', ...kind === false ? [] : ['disk'], 'f', 'link', 'main.js', 'x']
    assert.deepEqual(fs.readdirSync(o), names)
    assert.deepEqual(fs.readdirSync(`${root}/folder`), names)
    assert.deepEqual(fs.readdirSync(`${o}/d`), ['deep', 'own'])
    assert.deepEqual(createRequire(`${root}/`)(`${o}/main.js`), { all: [`${o}/main.js`, 'inner', 'outer'] })

    // What is remembered of the one does not hide what comes into the other.
    over.writeFileSync(`${o}/f`, 'later')
    assert.equal(read(`${o}/f`), 'later')
    over.unlinkSync(`${o}/f`)
    assert.equal(read(`${o}/f`), 'outer')
    over.mkdirSync(`${o}/only`)
    fs.writeFileSync(`${o}/only/new`, '')
    assert.deepEqual(over.readdirSync(`${o}/only`), ['new'])
    fs.writeFileSync(`${o}/d/new`, '')
    assert.deepEqual(over.readdirSync(`${o}/d`), ['own'])
    assert.equal(fs.existsSync(`${o}/d/new`), true)
    fs.unlinkSync(`${o}/both`)
    assert.equal(read(`${o}/both`), 'outer')
    assert.equal(code(() => fs.renameSync(`${o}/x`, `${o}/d/moved`)), 'EXDEV')
    assert.equal(code(() => fs.rmdirSync(`${o}/d`)), 'ENOTEMPTY')
    fs.rmSync(`${o}/d`, { recursive: true })
    assert.equal(fs.existsSync(`${o}/d`), false)
  })
}

test('one overlay over a project, another over a folder in it', (t) => {
  const root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-nested-'))
  fs.mkdirSync(`${root}/project/src`, { recursive: true })
  fs.writeFileSync(`${root}/project/src/real.js`, 'module.exports = [require("./virtual.js"), require("./wide.js")]')
  const wide = create({ overlay: true })
  wide.mkdirSync(`${root}/project/src`, { recursive: true })
  wide.writeFileSync(`${root}/project/src/wide.js`, 'module.exports = "wide"')
  wide.mount('/')
  const near = create({ overlay: true })
  near.writeFileSync('/virtual.js', 'module.exports = "near"')
  near.mount(`${root}/project/src`)
  t.after(() => {
    near.unmount()
    wide.unmount()
    fs.rmSync(root, { recursive: true })
  })
  assert.match(read(`${root}/project/src/real.js`), /virtual/)
  assert.deepEqual(fs.readdirSync(`${root}/project/src`), ['real.js', 'virtual.js', 'wide.js'])
  assert.deepEqual(createRequire(`${root}/`)(`${root}/project/src/real.js`), ['near', 'wide'])
})

test('an overlay over a plain mount at the same place', () => {
  using plain = create()
  plain.writeFileSync('/f', 'plain')
  plain.symlinkSync('f', '/link')
  plain.mount('/fsmount-nested')
  using over = create({ overlay: true })
  over.writeFileSync('/x', 'over')
  over.mount('/fsmount-nested')
  for (const path of ['f', 'link', '../fsmount-nested/link']) assert.equal(read(`/fsmount-nested/${path}`), 'plain')
  over.writeFileSync('/fsmount-nested/f', 'over')
  for (const path of ['f', 'x', 'link']) assert.equal(read(`/fsmount-nested/${path}`), 'over')
})

test('ES modules of an outer mount and of an overlay in it', () => {
  const script = `
    const { create } = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))})
    const outer = create()
    outer.mkdirSync('/o')
    outer.writeFileSync('/o/main.mjs', 'import near from "./near.mjs"; import far from "./far.mjs"; console.log(near, far)')
    outer.writeFileSync('/o/far.mjs', 'export default "outer"')
    outer.mount('/fsmount-nested')
    const over = create({ overlay: true })
    over.writeFileSync('/near.mjs', 'export default "inner"')
    over.mount('/fsmount-nested/o')
    import('/fsmount-nested/o/main.mjs')`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  assert.equal(stdout, 'inner outer\n', stderr)
})

for (const kind of [false, true, 'copy-on-write', 'disk'] as const) {
  test(`a folder of an overlay over a link below (${kind}) adds its names to those of the folder that the link leads to`, async (t) => {
    const root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-nested-'))
    for (const name of kind === false ? [] : ['sub', 'x']) fs.mkdirSync(`${root}/real/${name}`, { recursive: true })
    const lower = kind === 'disk' ? undefined : create({ overlay: kind })
    if (kind === false) for (const name of ['sub', 'x']) lower!.mkdirSync(`/real/${name}`, { recursive: true })
    const maker = lower ?? fs
    const at = lower === undefined ? root : ''
    for (const [target, name] of [['real', 'l'], ['l', 'twice'], ['real', 'x']] as const) maker.symlinkSync(target, `${at}/${name}`)
    const upper = create({ overlay: true })
    for (const name of ['l/up', 'l/sub/deep', 'l/x', 'twice/other']) upper.writeFileSync(`/${name}`, 'upper')
    upper.symlinkSync('real', '/hides')
    if (lower?.overlay === true) lower.mkdirSync('/hides/none', { recursive: true })
    lower?.mount(root)
    upper.mount(root)
    t.after(() => {
      upper.unmount()
      lower?.unmount()
      fs.rmSync(root, { recursive: true })
    })
    const typed = (path: string): string[] => fs.readdirSync(path, { withFileTypes: true }).map((entry) => `${entry.name}${entry.isDirectory() ? '/' : entry.isSymbolicLink() ? '@' : ''}`)
    assert.deepEqual(typed(`${root}/l`), ['sub/', 'up', 'x'], 'x is a folder below, and a file above')
    assert.deepEqual(fs.readdirSync(`${root}/l/sub`), ['deep'])
    assert.deepEqual(await fs.promises.readdir(`${root}/twice`), kind === 'disk' ? ['other', 'sub', 'x'] : ['other', 'sub', 'up', 'x'])
    for (const folder of ['real', 'x', 'hides']) assert.deepEqual(typed(`${root}/${folder}`), ['sub/', 'x/'], folder)
    const dir = await fs.promises.opendir(`${root}/l`)
    const names = []
    for await (const { name } of dir) names.push(name)
    assert.deepEqual(names.sort(), ['sub', 'up', 'x'])
    assert.equal(code(() => fs.rmdirSync(`${root}/l`)), 'ENOTEMPTY')
  })
}

test('of a name in several overlays a listing has the type that lstat tells', (t) => {
  const root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-nested-'))
  for (const name of ['link', 'file', 'to']) fs.mkdirSync(`${root}/${name}`)
  const lower = create({ overlay: true })
  lower.symlinkSync('to', '/link')
  lower.writeFileSync('/file', '')
  const upper = create({ overlay: true })
  for (const name of ['link', 'file', 'own']) upper.mkdirSync(`/${name}`)
  lower.mount(root)
  upper.mount(root)
  t.after(() => {
    upper.unmount()
    lower.unmount()
    fs.rmSync(root, { recursive: true })
  })
  for (const entry of fs.readdirSync(root, { withFileTypes: true })) {
    const stats = fs.lstatSync(`${root}/${entry.name}`)
    assert.deepEqual([entry.isDirectory(), entry.isSymbolicLink()], [stats.isDirectory(), stats.isSymbolicLink()], entry.name)
  }
  assert.ok(fs.lstatSync(`${root}/link`).isSymbolicLink(), 'it counts as the folder that it leads to')
  assert.ok(fs.lstatSync(`${root}/file`).isDirectory(), 'it hides the file')
})

for (const depth of ['', '/deep', '/deep/er']) {
  test(`an overlay at /fsmount-nested${depth}, where nothing is, takes new names and shows its own folder`, (t) => {
    const over = create({ overlay: true })
    over.writeFileSync('/f', 'over')
    over.chmodSync('/', 0o750)
    const place = `/fsmount-nested${depth}`
    over.mount(place)
    t.after(() => { over.unmount() })
    assert.equal(fs.statSync(place).mode & 0o777, 0o750)
    fs.writeFileSync(`${place}/new`, 'new')
    fs.mkdirSync(`${place}/d/e`, { recursive: true })
    fs.renameSync(`${place}/f`, `${place}/d/f`)
    assert.deepEqual(fs.readdirSync(place), ['d', 'new'])
    assert.deepEqual(over.readdirSync(`${place}/d`), ['e', 'f'])
    const inner = create().mount(`${place}/d/x/y`)
    assert.throws(() => { fs.writeFileSync(`${place}/d/x/z`, '') }, { code: 'EROFS' })   // a folder that only leads to a mount
    assert.deepEqual(fs.readdirSync(`${place}/d`), ['e', 'f', 'x'])
    inner.unmount()
    fs.rmSync(`${place}/d`, { recursive: true })
    assert.deepEqual(over.readdirSync(place), ['new'])
    assert.throws(() => { fs.rmdirSync(place) }, { code: 'EBUSY' })
  })
}
