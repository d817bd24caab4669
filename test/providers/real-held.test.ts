// What a sandbox holds on to: nothing of a call that failed, no descriptor and no FileHandle of others.
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { create, MemoryProvider, RealFSProvider, type VirtualFileSystem } from '../../lib/index.ts'
import { native } from '../../lib/kernel/native.ts'
import { makeSandbox, SECRET, type Sandbox } from './sandbox.ts'
import type { VirtualFileHandle } from '../../lib/virtualfilehandle.ts'

let box: Sandbox
let vfs: VirtualFileSystem
beforeEach(() => {
  box = makeSandbox()
  vfs = create(new RealFSProvider(box.root))
})
afterEach(() => { box.remove() })

const failing: Record<string, (path: string) => unknown> = {
  'an exclusive open': (path) => vfs.openSync(path, 'wx'),
  'an open of a folder': (path) => vfs.openSync(path, fs.constants.O_DIRECTORY),
  "a provider's exclusive open": (path) => (vfs.provider as unknown as RealFSProvider).openSync(path, 'wx')
}

for (const [name, fail] of Object.entries(failing)) {
  test(`${name} that fails leaves nothing to the next call`, () => {
    vfs.writeFileSync('/log', 'yesterday')
    assert.throws(() => fail('/log'))
    vfs.renameSync('/log', '/log.1')
    vfs.writeFileSync('/log', 'today')
    assert.deepEqual([vfs.readFileSync('/log', 'utf8'), vfs.readFileSync('/log.1', 'utf8')], ['today', 'yesterday'])
  })

  test(`${name} that fails holds no file that is moved out`, () => {
    for (const file of ['z', 'z2']) fs.writeFileSync(box.host(file), `${file} whole`)
    const out = join(box.outside, 'z')
    const swap: Record<string, () => unknown> = {
      truncate: () => { vfs.truncateSync('/z', 1) },
      append: () => { vfs.appendFileSync('/z', 'x') },
      write: () => { vfs.writeFileSync('/z', 'x') },
      copy: () => { vfs.copyFileSync('/z', '/c') }
    }
    for (const [what, run] of Object.entries(swap)) {
      fs.writeFileSync(box.host('z'), 'z whole')
      fs.writeFileSync(box.host('z2'), 'other')
      assert.throws(() => fail('/z'))
      fs.renameSync(box.host('z'), out)
      fs.renameSync(box.host('z2'), box.host('z'))
      run()
      assert.equal(fs.readFileSync(out, 'utf8'), 'z whole', what)
    }
    assert.equal(vfs.readFileSync('/c', 'utf8'), 'other', 'copied what stands there now')
  })
}

test('its object takes no FileHandle but its own', async () => {
  const secret = join(box.outside, 'secret')
  const other = create()
  other.writeFileSync('/mine', 'theirs')
  for (const handle of [await fs.promises.open(secret, 'r+'), await other.promises.open('/mine', 'r+')]) {
    await assert.rejects(vfs.promises.readFile(handle), { code: 'EBADF' })
    await assert.rejects(vfs.promises.writeFile(handle, 'x'), { code: 'EBADF' })
    await assert.rejects(vfs.promises.appendFile(handle, 'x'), { code: 'EBADF' })
    await assert.rejects((vfs.provider as unknown as RealFSProvider).readFile(handle as never), { code: 'EBADF' })
    for (const make of [() => vfs.createReadStream('', { fd: handle }), () => vfs.createWriteStream('', { fd: handle })]) assert.throws(make, { code: 'EBADF' })
    await handle.close()
  }
  assert.equal(fs.readFileSync(secret, 'utf8'), SECRET)
  vfs.writeFileSync('/own', 'own')
  const own = await vfs.promises.open('/own', 'r')
  assert.equal(await vfs.promises.readFile(own, 'utf8'), 'own')
  const stream = vfs.createReadStream('', { fd: own, start: 0, encoding: 'utf8' })
  assert.deepEqual(await once(stream, 'data'), ['own'])
  await once(stream, 'close')
})

test('a class made of it is as confined as it is', () => {
  class Sub extends RealFSProvider {
    override readFileSync (path: string, options?: string): string | Buffer { return super.readFileSync(path, options) }
  }
  const sub = new Sub(box.root)
  const fd = fs.openSync(join(box.outside, 'secret'), 'r')
  assert.throws(() => sub.readFileSync(fd as never), { code: 'EBADF' })
  assert.throws(() => { sub.appendFileSync(1 as never, 'x') }, { code: 'EBADF' })
  fs.closeSync(fd)
})

test('a handle of a provider that is being closed is closed', async () => {
  const provider = new MemoryProvider()
  provider.writeFileSync('/a', 'AAAA')
  provider.writeFileSync('/b', 'BBBB')
  const gone = provider.openSync('/a', 'r+') as VirtualFileHandle
  const closing = gone.close()
  const next = provider.openSync('/b', 'r+') as VirtualFileHandle
  assert.throws(() => gone.writeSync('EVIL', 0), { code: 'EBADF' })
  await closing
  gone.closeSync()   // once more: nothing, and above all not to who has its number now
  assert.equal(next.readFileSync('utf8'), 'BBBB')
  next.closeSync()
})

test('what the system says and Node has no name for (a quota, a stale folder) is told in Node\'s words, without paths of the host', async (t) => {
  const unnamed = (path: string): never => {   // as Node words EDQUOT
    const code = 'Unknown system error -122'
    throw Object.assign(new Error(`${code}: ${code}, mkdir '${path}'`), { errno: -122, code, syscall: 'mkdir', path })
  }
  for (const name of ['mkdirSync', 'symlinkSync'] as const) {
    const before = native[name]
    Object.assign(native, { [name]: (...paths: string[]) => unnamed(paths.at(name === 'mkdirSync' ? 0 : -1)!) })
    t.after(() => { Object.assign(native, { [name]: before }) })
  }
  const code = 'Unknown system error -122'
  const said = { errno: -122, code, syscall: 'mkdir', path: '/new', message: `${code}: ${code}, mkdir '/new'` }
  assert.throws(() => { vfs.mkdirSync('/new') }, said)
  await assert.rejects(vfs.promises.mkdir('/new'), said)
  assert.throws(() => { vfs.symlinkSync('to', '/new') }, { errno: -122, code, path: 'to', dest: '/new' })
})
