// The signatures of read and write, and reading and writing whole files, where Node has an opinion of its own: each call
// on a file of the disk and on one in a mount.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { create, MemoryProvider, type Attr } from '../../lib/index.ts'

type Any = (...args: unknown[]) => unknown
const node = fs as unknown as Record<string, Any>

/** A folder on the disk, and one in a mount. */
function both (t: TestContext, provider?: MemoryProvider): readonly [disk: string, mounted: string] {
  const disk = fs.mkdtempSync(join(tmpdir(), 'fsmount-file-'))
  const vfs = create(provider as never).mount('/fsmount-file')
  t.after(() => {
    vfs.unmount()
    fs.rmSync(disk, { recursive: true, force: true })
  })
  return [disk, '/fsmount-file']
}

const error = (thrown: unknown): unknown => thrown instanceof Error ? [thrown.name, (thrown as { code?: string }).code, thrown.message] : thrown

/** What a call of a descriptor's function came to in its three forms, and what the file and the buffer hold then. */
async function outcome (root: string, name: string, args: readonly unknown[]): Promise<unknown[]> {
  const found: unknown[] = []
  for (const form of ['sync', 'callback', 'promise']) {
    const path = `${root}/file`
    fs.writeFileSync(path, 'content')
    const buffer = Buffer.from('buffer')
    const given = args.map((arg) => arg === 'BUFFER' ? buffer : typeof arg === 'object' && arg !== null && 'buffer' in arg && arg.buffer === 'BUFFER' ? { ...arg, buffer } : arg)
    const handle = await fs.promises.open(path, 'r+')
    try {
      if (form === 'sync') found.push(node[`${name}Sync`]!(handle.fd, ...given))
      else if (form === 'promise') found.push(((await (handle as unknown as Record<string, Any>)[name]!(...given)) as Record<string, unknown>)[name === 'read' ? 'bytesRead' : 'bytesWritten'])
      else found.push(await new Promise((resolve) => { node[name]!(handle.fd, ...given, (...answer: unknown[]) => { resolve(answer.map((one) => ArrayBuffer.isView(one) ? Buffer.from(one as Uint8Array).toString('latin1', 0, 8) : one instanceof ArrayBuffer ? 'pool' : error(one))) }) }))
    } catch (thrown) {
      found.push(error(thrown))
    }
    await handle.close()
    found.push(buffer.toString(), fs.readFileSync(path, 'utf8'))
  }
  return found
}

const OPTIONS = [
  {}, null, { offset: 1 }, { length: 2 }, { position: 2 }, { length: null }, { offset: null, length: 2 }, { position: null }, { position: -1 }, { position: 3n },
  { length: 7 }, { offset: 7 }, { length: -1 }, { offset: -1 }, { offset: false }, { position: {} }, { position: 2n ** 63n - 8n }, { length: 2 ** 31 },
  true, 42n, Symbol('wrong'), 'text', [], [1, 2, 3], () => {}, NaN
]

for (const name of ['read', 'write']) {
  test(`${name} takes options as Node does`, async (t) => {
    const roots = both(t)
    for (const options of OPTIONS) {
      if (typeof options === 'function') continue   // the callback form would take it for the callback
      const [theirs, ours] = [await outcome(roots[0], name, ['BUFFER', options]), await outcome(roots[1], name, ['BUFFER', options])]
      assert.deepEqual(ours, theirs, String(typeof options === 'object' && options !== null ? Object.entries(options).join() : String(options)))
    }
  })

  test(`${name} takes offset, length and position as Node does`, async (t) => {
    const roots = both(t)
    const values = [[0, 2, 0], [0, null, 0], [0, undefined, 0], [2, 2, null], [0, 2, 3], [1, 2, -1], [null, 2, 0], [0, 2, 2 ** 53], [0, 2 ** 31, 0], [0, 7, 0], [7, 0, 0], [0, 0, 0], [1.5, 1, 0], [0, 1, 'x'], [0, 1, NaN], [0, 1, {}]]
    for (const args of values) {
      const [theirs, ours] = [await outcome(roots[0], name, ['BUFFER', ...args]), await outcome(roots[1], name, ['BUFFER', ...args])]
      assert.deepEqual(ours, theirs, args.map(String).join())
    }
  })
}

test('read takes a buffer in its options', async (t) => {
  const roots = both(t)
  for (const options of [{ buffer: 'BUFFER' }, { buffer: 'BUFFER', length: 2 }, { buffer: null }, { buffer: 'text' }, { buffer: undefined }]) {
    const [theirs, ours] = [await outcome(roots[0], 'read', [options]), await outcome(roots[1], 'read', [options])]
    assert.deepEqual(ours, theirs, String(options.buffer))
  }
})

test('a length of null is none to truncate to', async (t) => {
  const answers = []
  for (const root of both(t)) {
    const found: unknown[] = []
    fs.writeFileSync(`${root}/file`, 'content')
    for (const value of [null, '', NaN, -1, undefined]) {
      const calls = [() => { fs.truncateSync(`${root}/file`, value as number) }, () => { fs.truncate(`${root}/file`, value as number, () => {}) }, () => fs.promises.truncate(`${root}/file`, value as number)]
      for (const call of calls) {
        try {
          await call()
          found.push('done')
        } catch (thrown) {
          found.push(error(thrown))
        }
      }
    }
    answers.push(found)
  }
  assert.deepEqual(answers[1], answers[0])
})

/** Every file claims to be of 2 GiB. */
class Large extends MemoryProvider {
  override getattr (node: never): Attr { return { ...super.getattr(node), size: 2 ** 31 } }
}

test('what is larger than 2 GiB is not read as a whole', async (t) => {
  const [disk, mounted] = both(t, new Large())
  fs.writeFileSync(`${disk}/file`, '')
  fs.truncateSync(`${disk}/file`, 2 ** 31)
  fs.writeFileSync(`${mounted}/file`, 'x')
  const answers = []
  for (const root of [disk, mounted]) {
    const handle = await fs.promises.open(`${root}/file`)
    const found = []
    for (const call of [
      () => fs.readFileSync(`${root}/file`), () => fs.readFileSync(`${root}/file`, { flag: 'r' }), () => fs.readFileSync(handle.fd), () => fs.promises.readFile(`${root}/file`), () => fs.promises.readFile(`${root}/file`, 'utf8'), () => handle.readFile(),
      ...[undefined, 'utf8'].map((encoding) => () => new Promise((resolve, reject) => { fs.readFile(`${root}/file`, encoding as 'utf8', (failure, data) => { failure === null ? resolve(data) : reject(failure) }) }))
    ]) {
      try {
        await call()
        found.push('read')
      } catch (thrown) {
        found.push(error(thrown))
      }
    }
    await handle.close()
    answers.push(found)
  }
  assert.deepEqual(answers[1], answers[0])
})

test('flush is the public fsync, with a descriptor', async (t) => {
  const answers = []
  for (const root of both(t)) {
    const found: unknown[] = []
    for (const name of ['writeFile', 'appendFile']) {
      fs.writeFileSync(`${root}/file`, 'before')
      for (const flush of [true, false, undefined]) {
        const spies = [t.mock.method(fs, 'fsyncSync'), t.mock.method(fs, 'fsync')]
        node[`${name}Sync`]!(`${root}/file`, 'a', { flush })
        await new Promise((resolve) => { node[name]!(`${root}/file`, 'b', { flush }, resolve) })
        await (fs.promises as unknown as Record<string, Any>)[name]!(`${root}/file`, 'c', { flush })
        found.push(name, flush, fs.readFileSync(`${root}/file`, 'utf8'), ...spies.map(({ mock: { calls } }) => calls.map(({ arguments: args }) => args.map((arg) => typeof arg))))
        for (const spy of spies) spy.mock.restore()
      }
    }
    for (const name of ['writeFileSync', 'appendFileSync']) {
      try {
        node[name]!(`${root}/none/file`, 'x', { flush: true })
      } catch (thrown) {
        found.push(String((thrown as Error).message).replaceAll(root, ''))
      }
    }
    answers.push(found)
  }
  assert.deepEqual(answers[1], answers[0])
})
