// Native addons in a mount, compiled here from a few lines of C: the system is given a private copy, which does not stay.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createRequire } from 'node:module'
import { mountFiles } from './mounted.ts'

const folder = mkdtempSync(join(tmpdir(), 'fsmount-test-addon-'))
const compiler = spawnSync('cc', ['--version']).status === 0 && process.platform !== 'win32'
const skip = compiler ? false : 'there is no C compiler to make an addon with'
after(() => rmSync(folder, { recursive: true, force: true }))

/** An addon that exports a number, from a library of its own when one is named. */
function compile (): { addon: Buffer, library: Buffer, apart: Buffer } {
  writeFileSync(join(folder, 'number.c'), 'int number (void) { return 42; }')
  writeFileSync(join(folder, 'addon.c'), `
    typedef void *env; typedef void *value;
    extern int napi_create_int32 (env, int, value *);
    extern int number (void);
    value napi_register_module_v1 (env e, value exports) { value v; napi_create_int32(e, number(), &v); return v; }
    int node_api_module_get_api_version_v1 (void) { return 8; }`)
  const cc = (...args: string[]): unknown => execFileSync('cc', ['-shared', '-fPIC', ...args], { cwd: folder })
  const loose = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []
  cc('-o', 'libnumber.so', 'number.c')
  cc('-o', 'addon.node', 'addon.c', '-L.', '-lnumber', '-Wl,-rpath,$ORIGIN', ...loose)
  cc('-o', 'apart.node', 'addon.c', '-L.', '-lnumber', '-Wl,-rpath,/nowhere:$ORIGIN/../../other/lib', ...loose)
  const [addon, library, apart] = ['addon.node', 'libnumber.so', 'apart.node'].map(name => readFileSync(join(folder, name))) as [Buffer, Buffer, Buffer]
  for (const name of ['addon.node', 'libnumber.so', 'apart.node']) rmSync(join(folder, name))
  return { addon, library, apart }
}

/** A folder for the copies, empty at the end. */
function useFolder (t: TestContext): string {
  const at = mkdtempSync(join(folder, 'tmp-'))
  process.env.FSMOUNT_ADDON_DIR = at
  t.after(() => { delete process.env.FSMOUNT_ADDON_DIR })
  return at
}

test('loads an addon and the library beside it, and leaves nothing behind', { skip }, async t => {
  const { addon, library } = compile()
  const temporary = useFolder(t)
  const dlopen = process.dlopen
  const load = createRequire(__filename)
  for (let round = 0; round < 3; round++) {
    const vfs = mountFiles('/addons', {
      '/build/addon.node': addon,
      '/build/libnumber.so': library,
      '/index.js': 'module.exports = [require("./build/addon"), require.resolve("./build/addon.node"), module.children[0].id]',
      '/index.mjs': 'export { default } from "./index.js"',
      '/broken.node': 'not a library'
    })
    assert.notEqual(process.dlopen, dlopen)
    const found = [42, '/addons/build/addon.node', '/addons/build/addon.node']
    assert.deepEqual(load('/addons/index.js'), found)
    assert.deepEqual((await import('/addons/index.mjs' as string) as { default: unknown }).default, found)
    assert.throws(() => load('/addons/broken.node'), (error: Error & { code: string }) => {
      assert.equal(error.code, 'ERR_DLOPEN_FAILED')
      assert.match(error.message, /^\/addons\/broken\.node: /)
      assert.doesNotMatch(error.stack!, /fsmount-test-addon/)
      return true
    })
    vfs.unmount()
  }
  assert.deepEqual(readdirSync(temporary), [])
  assert.equal(process.dlopen, dlopen)
})

const linux = skip || (process.platform === 'linux' ? false : 'only the loader of Linux is known to look for libraries so')

test('finds a library in another folder of the mount, where the addon says that it is', { skip: linux }, t => {
  const { library, apart } = compile()
  const temporary = useFolder(t)
  const vfs = mountFiles('/addons', { '/pkg/build/apart.node': apart, '/other/lib/libnumber.so': library })
  assert.equal(createRequire(__filename)('/addons/pkg/build/apart.node'), 42)
  assert.deepEqual(readdirSync(temporary), [])
  vfs.unmount()
})

test('loads an addon in a worker', { skip }, async t => {
  const { addon, library } = compile()
  const temporary = useFolder(t)
  const vfs = mountFiles('/addons', { '/addon.node': addon, '/libnumber.so': library, '/worker.js': 'require("node:worker_threads").parentPort.postMessage(require("./addon.node"))' })
  const worker = new Worker('/addons/worker.js')
  assert.equal(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)), 42)
  await worker.terminate()
  assert.deepEqual(readdirSync(temporary), [])
  vfs.unmount()
})

test('says of a file for another machine what the system says', { skip: linux }, t => {
  const { addon } = compile()
  const temporary = useFolder(t)
  const foreign = Buffer.from(addon)
  foreign.writeUInt16LE(foreign.readUInt16LE(18) ^ 0xff, 18)
  writeFileSync(join(folder, 'foreign.node'), foreign)
  const load = createRequire(__filename)
  const failure = (path: string): unknown => {
    try {
      return load(path)
    } catch (error) {
      const { name, code, message } = error as Error & { code: string }
      return { name, code, message: message.replaceAll(path, 'PATH') }
    }
  }
  const vfs = mountFiles('/addons', { '/foreign.node': foreign, '/short.node': addon.subarray(0, 100), '/none.node': '' })
  for (const [name, bytes] of Object.entries({ foreign, short: addon.subarray(0, 100), none: Buffer.alloc(0) })) {
    writeFileSync(join(folder, `${name}.node`), bytes)
    assert.deepEqual(failure(`/addons/${name}.node`), failure(join(folder, `${name}.node`)))
  }
  assert.deepEqual(readdirSync(temporary), [])
  vfs.unmount()
})

test('puts no copy where others could exchange it', { skip }, t => {
  const { addon, library } = compile()
  const temporary = useFolder(t)
  chmodSync(temporary, 0o777)
  const vfs = mountFiles('/addons', { '/addon.node': addon, '/libnumber.so': library })
  const load = createRequire(__filename)
  assert.throws(() => load('/addons/addon.node'), /other users can rename .* FSMOUNT_ADDON_DIR/)
  chmodSync(temporary, 0o1777)
  assert.equal(load('/addons/addon.node'), 42)
  assert.deepEqual(readdirSync(temporary), [])
  vfs.unmount()
})

test('says what to do where the folder forbids to run anything', { skip: linux }, t => {
  const place = mkdtempSync(join(folder, 'noexec-'))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'noexec,mode=700', 'tmpfs', place]).status !== 0) {
    t.skip('mounting a folder with noexec takes rights that this user lacks')
    return
  }
  const { addon, library } = compile()
  writeFileSync(join(folder, 'addon.bytes'), addon)
  writeFileSync(join(folder, 'library.bytes'), library)
  // What failed to be mapped keeps the folder busy until its process ends.
  const code = `const { create } = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))}), fs = require('fs'), vfs = create()
    vfs.writeFileSync('/addon.node', fs.readFileSync('addon.bytes'))
    vfs.writeFileSync('/libnumber.so', fs.readFileSync('library.bytes'))
    try { vfs.require('/addon.node') } catch ({ code, message }) { console.log(JSON.stringify([code, message.split('\\n').at(-1), fs.readdirSync(process.env.FSMOUNT_ADDON_DIR)])) }`
  try {
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { cwd: folder, encoding: 'utf8', env: { ...process.env, FSMOUNT_ADDON_DIR: place } })
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(stdout), ['ERR_DLOPEN_FAILED', `Programs cannot be run from ${place}. Set FSMOUNT_ADDON_DIR to a folder of your own from which programs can be run.`, []])
  } finally {
    execFileSync('umount', [place])
  }
})
