// FileHandle of a mounted file where no other file system can be asked for the same: Node's whole prototype, handles
// that nobody closed, transfer.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, promises } from 'node:fs'
import { devNull } from 'node:os'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'
import { STREAMING } from '../../lib/ops/calls/filehandle.ts'
import { findRoot } from '../tools/files.ts'
import type { FileHandle } from 'node:fs/promises'

/** What each member of Node's class does on a fresh handle of 'abc'. */
const MEMBERS: Readonly<Record<string, (handle: FileHandle) => unknown>> = {
  constructor: (handle: FileHandle) => assert.ok(handle.constructor.name === 'FileHandle'),
  getAsyncId: (handle) => assert.ok((handle as unknown as { getAsyncId (): number }).getAsyncId() > 0),
  fd: (handle) => assert.ok(handle.fd >= 0x50000000),
  appendFile: async (handle) => { await handle.appendFile('d') },
  chmod: async (handle) => { await handle.chmod(0o600) },
  chown: async (handle) => { await handle.chown(-1, -1) },
  datasync: async (handle) => { await handle.datasync() },
  sync: async (handle) => { await handle.sync() },
  read: async (handle) => { assert.equal((await handle.read()).bytesRead, 3) },
  readv: async (handle) => { assert.equal((await handle.readv([Buffer.alloc(9)])).bytesRead, 3) },
  readFile: async (handle) => { assert.equal(String(await handle.readFile()), 'abc') },
  readLines: async (handle) => { for await (const line of handle.readLines()) assert.equal(line, 'abc') },
  stat: async (handle) => { assert.equal((await handle.stat()).size, 3) },
  truncate: async (handle) => { await handle.truncate(1) },
  utimes: async (handle) => { await handle.utimes(1, 1) },
  write: async (handle) => { assert.equal((await handle.write('x')).bytesWritten, 1) },
  writev: async (handle) => { assert.equal((await handle.writev([Buffer.of(1)])).bytesWritten, 1) },
  writeFile: async (handle) => { await handle.writeFile('x') },
  readableWebStream: async (handle) => { for await (const chunk of handle.readableWebStream()) assert.equal((chunk as ArrayBuffer).byteLength, 3) },
  createReadStream: async (handle) => { for await (const chunk of handle.createReadStream()) assert.equal(String(chunk), 'abc') },
  createWriteStream: async (handle) => { await new Promise<void>((resolve) => { handle.createWriteStream().end('x', () => { resolve() }) }) },
  asyncDispose: async (handle) => { await handle[Symbol.asyncDispose]() },
  kCloseSync: (handle) => {
    hidden(handle, 'kCloseSync')()
    assert.equal(handle.fd, -1)
  },
  kRef: () => { /* with the next one */ },
  kUnref: async (handle) => {
    hidden(handle, 'kRef')()
    hidden(handle, 'kUnref')()
    assert.equal((await handle.stat()).size, 3)
  },
  messaging_transfer_symbol: (handle) => {
    const name = Number.parseInt(process.versions.node, 10) < 22 ? 'TypeError' : 'DataCloneError'
    assert.throws(() => structuredClone(handle, { transfer: [handle as unknown as ArrayBuffer] }), { name })
    assert.ok(handle.fd > 0)
  },
  messaging_transfer_list_symbol: () => { /* asked behind the one before, which refuses */ },
  messaging_deserialize_symbol: () => { /* of the receiver, to which none of ours comes */ },
  ...Object.fromEntries(STREAMING.map((name) => [name, (handle: FileHandle) => {
    assert.throws(() => (handle as unknown as Record<string, () => unknown>)[name]!(), { code: 'ERR_METHOD_NOT_IMPLEMENTED' })
  }]))
}

const described = (key: string | symbol): string => typeof key === 'string' ? key : key.description!.replace(/^.*\./, '')

function hidden (handle: FileHandle, description: string): () => unknown {
  const key = Object.getOwnPropertySymbols(Object.getPrototypeOf(Object.getPrototypeOf(handle))).find((one) => one.description === description)!
  return () => (handle as unknown as Record<symbol, () => unknown>)[key]!()
}

test('every member of Node\'s FileHandle works on a mounted file', async () => {
  const vfs = create()
  const model = await promises.open(devNull)
  const keys = Reflect.ownKeys(Object.getPrototypeOf(model) as object)
  await model.close()
  assert.ok(keys.length > 25)
  for (const key of keys) {
    const name = described(key)
    assert.ok(name in MEMBERS, `${name} of FileHandle is not known`)
    vfs.writeFileSync('/f', 'abc')
    const handle = await vfs.promises.open('/f', 'r+')
    assert.ok(handle instanceof (model.constructor as new () => object))
    try {
      await MEMBERS[name]!(handle)
    } finally {
      await handle.close()
    }
  }
})

/** Runs a program that forgets handles of `path` in the file system that `given` makes, and gives what it prints. */
function forget (given: string, path: string): string {
  const program = `
    const vfs = ${given}
    const say = (...words) => { console.log(words.join(' ').replace(/[Dd]escriptor:? [0-9]+/, '').replace('${path}', 'its path')) }
    process.on('warning', ({ name, code, message }) => { say(name, code, message) })
    process.on('uncaughtException', ({ code, message }) => { say(code, message) })
    const forgotten = async () => { const { fd } = await vfs.promises.open('${path}'); return fd }
    const collect = async () => { for (let i = 0; i < 10; i++) { await new Promise((resolve) => setTimeout(resolve, 10)); gc() } }
    const main = async () => {
      const fd = await forgotten()
      await collect()
      // A number of the system may stand for something else by now.
      if (fd >= 0x50000000) try { console.log('open', vfs.fstatSync(fd)) } catch { }
      const kept = await vfs.promises.open('${path}')
      await (async () => { await (await vfs.promises.open('${path}')).close() })()
      await collect()
      await kept.close()
      await forgotten()
      await collect()
    }
    main()`
  return spawnSync(process.execPath, ['--expose-gc', '--no-warnings', '-e', program], { cwd: findRoot(), encoding: 'utf8' }).stdout
}

test('a handle that nobody closed is closed when it is collected, as Node says it', () => {
  const theirs = forget("require('node:fs')", devNull)
  assert.match(theirs, /during garbage collection/)
  assert.equal(forget("require('fsmount').create(require('fsmount').MemoryProvider.fromJSON({ '/f': 'abc' }))", '/f'), theirs)
})

test('a number that was closed and given away again is not closed by its old handle', async () => {
  const vfs = create()
  vfs.writeFileSync('/f', 'abc')
  const old = await vfs.promises.open('/f', 'r', 0o666)
  vfs.closeSync(old.fd)
  const fresh = vfs.openSync('/f', 'r')
  assert.equal(fresh, old.fd)
  await assert.rejects(old.close(), { code: 'EBADF', syscall: 'close' })
  assert.equal(vfs.fstatSync(fresh).size, 3)
  vfs.closeSync(fresh)
  assert.throws(() => { closeSync(fresh) }, { code: 'EBADF' })
})

test('methods of a handle on anything else are refused as Node refuses them', async (t) => {
  const vfs = create()
  vfs.writeFileSync('/f', 'x')
  vfs.mount('/fsmount-methods')
  t.after(() => { vfs.unmount() })
  const answers = []
  for (const path of [process.execPath, '/fsmount-methods/f']) {
    const handle = await promises.open(path)
    const found = []
    for (const name of ['stat', 'read', 'readFile', 'chmod', 'sync'] as const) {
      found.push(await (handle[name] as () => Promise<unknown>).call({} as never).then(() => 'done', (error: Error & { code: string }) => [error.name, error.code, error.message]))
    }
    await handle.close()
    answers.push(found)
  }
  assert.deepEqual(answers[1], answers[0])
})

test('wrong arguments of a method are Node\'s to refuse whatever the umask leaves', { skip: process.getuid?.() === 0 ? false : 'only root becomes another user' }, () => {
  const program = `
    process.setgid(65534)
    process.setuid(65534)
    const { create } = require(${JSON.stringify(findRoot())})
    const vfs = create()
    vfs.writeFileSync('/f', 'abc')
    process.umask(0o777)
    vfs.promises.open('/f').then((handle) => handle.read(Buffer.alloc(4), 0, 9)).catch((error) => { console.log(error.code) })`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  assert.equal(stdout.trim(), 'ERR_OUT_OF_RANGE', stderr)
})
