// Native addons in a mount, compiled here from a few lines of C: the system is given a private copy, which does not stay.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createRequire } from 'node:module'
import { mountFiles } from './mounted.ts'

const folder = mkdtempSync(join(tmpdir(), 'fsmount-test-addon-'))
const compiler = spawnSync('cc', ['--version']).status === 0 && process.platform !== 'win32'
const skip = compiler ? false : 'there is no C compiler to make an addon with'
after(() => rmSync(folder, { recursive: true, force: true }))

/** An addon that exports a number, from a library of its own when one is named. */
function compile (): { addon: Buffer, library: Buffer } {
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
  return { addon: readFileSync(join(folder, 'addon.node')), library: readFileSync(join(folder, 'libnumber.so')) }
}

test('loads an addon and the library beside it, and leaves nothing behind', { skip }, async () => {
  const { addon, library } = compile()
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  process.env.FSMOUNT_ADDON_DIR = temporary
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
  delete process.env.FSMOUNT_ADDON_DIR
})
