// What somebody puts in the place of functions of `fs` is not what the package reads its own files by, whenever it does.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const index = join(__dirname, '../../lib/index.js')

/** Runs a program with a stub in `fs` from before the first mount; what it leaves undone it has thrown. */
function stubbed (program: string, before = ''): void {
  const code = `
    const fs = require('node:fs')
    const assert = require('node:assert')
    const lib = require(${JSON.stringify(index)})
    const { create } = lib
    ${before}
    // A stub of what Node's loader reads by answers for files of ours only, so that it is clear who was asked.
    for (const name of Object.keys(fs).filter((name) => name.endsWith('Sync') && typeof fs[name] === 'function')) {
      const own = fs[name]
      fs[name] = Object.assign(function (path, ...rest) {
        if (typeof path === 'string' && path.startsWith(${JSON.stringify(join(__dirname, '../..'))})) return '{}'
        return own.call(this, path, ...rest)
      }, own)
    }
    const stub = fs.readFileSync
    async function main () { ${program} }
    main().catch((error) => { console.error(error); process.exitCode = 1 })`
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', code], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(status, 0)
}

const MOUNTED = "const vfs = create(); vfs.writeFileSync('/f', 'text'); vfs.writeFileSync('/m.js', 'module.exports = 1'); vfs.writeFileSync('/m.mjs', 'export default 2'); vfs.mount('/fsmount-stubs');"

const PROGRAMS: Readonly<Record<string, string>> = {
  'mounting, and what stood there stands again': `${MOUNTED} vfs.unmount(); assert.equal(fs.readFileSync, stub)`,
  'cp, watch and watchFile': `${MOUNTED} fs.cpSync('/fsmount-stubs/f', '/fsmount-stubs/g'); await fs.promises.cp('/fsmount-stubs/f', '/fsmount-stubs/h')
    fs.watch('/fsmount-stubs').close(); fs.watchFile('/fsmount-stubs/f', () => {}); fs.unwatchFile('/fsmount-stubs/f')
    fs.copyFileSync('/fsmount-stubs/f', '/fsmount-stubs/i'); fs.rmSync('/fsmount-stubs/i')`,
  'a handle': `${MOUNTED} const handle = await fs.promises.open('/fsmount-stubs/f'); assert.equal(await handle.readFile('utf8'), 'text'); await handle.close()`,
  providers: `new lib.RealFSProvider(process.cwd()); new lib.ZipProvider(); const sqlite = create(new lib.SqliteProvider(':memory:'))
    sqlite.writeFileSync('/f', 'text'); const overlay = create(new lib.OverlayProvider({ lower: new lib.MemoryProvider(), upper: new lib.MemoryProvider() })); overlay.writeFileSync('/f', '')`,
  'trees and snapshots': `const memory = new lib.MemoryProvider(); const vfs = create(memory); vfs.writeFileSync('/f', 'text'); new lib.MemoryProvider().restore(memory.snapshot())
    lib.MemoryProvider.fromJSON({ '/a': 'b' })`,
  'copies for programs': `${MOUNTED} vfs.materialize()[Symbol.dispose]()`,
  'modules, and children': `${MOUNTED} assert.equal(require('/fsmount-stubs/m.js'), 1); assert.equal((await import('/fsmount-stubs/m.mjs')).default, 2)
    assert.equal(vfs.require('/fsmount-stubs/m.js'), 1); assert.equal(await vfs.import('/fsmount-stubs/m.mjs').then((found) => found.default), 2)
    assert.equal(require('node:child_process').execFileSync(process.execPath, ['/fsmount-stubs/m.js']).length, 0)`
}

for (const [name, program] of Object.entries(PROGRAMS)) test(`a stub of fs does not touch what is read in late: ${name}`, () => { stubbed(program) })

test('a stand-in for what makes streams is asked for its own paths alone', () => {
  stubbed(`
    const own = fs.createReadStream
    fs.createReadStream = (path) => ({ path })
    ${MOUNTED}
    assert.deepEqual(fs.createReadStream('/theirs'), { path: '/theirs' })
    let text = ''
    for await (const chunk of fs.createReadStream('/fsmount-stubs/f', 'utf8')) text += chunk
    assert.equal(text, 'text')
    vfs.unmount()
    assert.deepEqual(fs.createReadStream('/fsmount-stubs/f'), { path: '/fsmount-stubs/f' })`)
})

test('nor one that was put over a mount of everything', () => {
  stubbed("fs.cpSync('/f', '/g'); assert.equal(fs.readFileSync('/g', 'utf8'), 'text'); assert.equal(require('/m.js'), 1)",
    "const vfs = create(); vfs.writeFileSync('/f', 'text'); vfs.writeFileSync('/m.js', 'module.exports = 1'); vfs.mount('/')")
})

test('what copies of the package share cannot be taken apart, as a runner does between its files', () => {
  stubbed(`
    ${MOUNTED}
    const shared = globalThis[Symbol.for('fsmount')]
    for (const key of Reflect.ownKeys(shared)) Reflect.deleteProperty(shared, key)
    assert.equal(fs.readFileSync('/fsmount-stubs/f', 'utf8'), 'text')
    create().mount('/fsmount-second').unmount()`)
})
