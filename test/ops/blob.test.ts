// openAsBlob: a blob of a file in a mount behaves as one of the disk.
import { strict as assert } from 'node:assert'
import { Blob } from 'node:buffer'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import workers from 'node:worker_threads'
import { create } from '../../lib/index.ts'

const disk = fs.mkdtempSync(join(tmpdir(), 'fsmount-blob-'))
after(() => { fs.rmSync(disk, { recursive: true }) })

/** Runs on the disk first, then in a mount. */
function both (name: string, body: (file: string) => Promise<void>): void {
  test(`${name}, on the disk`, async () => { await body(join(disk, 'file')) })
  test(`${name}, in a mount`, async (t) => {
    const vfs = create().mount('/fsmount-blob')
    t.after(() => { vfs.unmount() })
    await body('/fsmount-blob/file')
  })
}
const onDisk = (file: string): boolean => file.startsWith(disk)

const NOT_READABLE = { name: 'NotReadableError', message: 'The blob could not be read' }

both('a blob reads its file in all ways', async (file) => {
  fs.writeFileSync(file, 'héllo')
  const blob = await fs.openAsBlob(file, { type: 'Text/Odd' })
  assert.ok(blob instanceof Blob)
  assert.equal(blob.constructor.name, 'Blob')
  assert.deepEqual([blob.size, blob.type], [6, 'Text/Odd'])
  assert.equal(await blob.text(), 'héllo')
  assert.equal(Buffer.from(await blob.arrayBuffer()).toString(), 'héllo')
  const parts = []
  for await (const part of blob.stream()) parts.push(part as Uint8Array)
  assert.equal(Buffer.concat(parts).toString(), 'héllo')
  assert.equal(await blob.slice(3, -1).text(), 'll')
  assert.deepEqual([blob.slice(1).type, blob.slice(1, 2, 'A/B').type], ['', 'a/b'])
  assert.equal(await new Blob(['<', blob, '>']).text(), '<héllo>')
})

both('a blob of a file that changed cannot be read', async (file) => {
  fs.writeFileSync(file, 'x'.repeat(200_000))
  const blob = await fs.openAsBlob(file)
  const part = blob.slice(1, 3)
  const stream = blob.stream()
  fs.writeFileSync(file, 'changed')
  await assert.rejects(blob.text(), NOT_READABLE)
  await assert.rejects(part.arrayBuffer(), NOT_READABLE)
  await assert.rejects(stream.getReader().read(), NOT_READABLE)
  fs.unlinkSync(file)
  await assert.rejects(blob.text(), NOT_READABLE)
})

both('a blob of a whole file cannot be cloned, its slices can', async (file) => {
  fs.writeFileSync(file, 'content')
  const blob = await fs.openAsBlob(file, { type: 'a/b' })
  // The classes differ: what says it of objects that are not Node's own has words of its own.
  if (onDisk(file) || 'markAsUncloneable' in workers) {
    assert.throws(() => structuredClone(blob), /clone/)
    const { port1, port2 } = new MessageChannel()
    assert.throws(() => { port1.postMessage([blob]) }, /clone/)
    port2.close()
  }
  const part = structuredClone(blob.slice(1, 3, 'c/d'))
  assert.deepEqual([part.size, part.type, await part.text()], [2, 'c/d', 'on'])
})

both('a slice of nothing can be read whatever became of the file', async (file) => {
  fs.writeFileSync(file, 'content')
  const blob = await fs.openAsBlob(file)
  const none = blob.slice(2, 2)
  fs.writeFileSync(file, '')
  const empty = await fs.openAsBlob(file)
  fs.unlinkSync(file)
  assert.deepEqual([await none.text(), (await none.arrayBuffer()).byteLength, await blob.slice(9).text()], ['', 0, ''])
  for await (const _ of none.stream()) assert.fail('there is nothing in it')
  await assert.rejects(empty.text(), NOT_READABLE)
})

both('a stream gives pieces of 64 KiB', async (file) => {
  fs.writeFileSync(file, Buffer.alloc(150_000, 'abc'))
  const pieces: Buffer[] = []
  for await (const piece of (await fs.openAsBlob(file)).stream()) pieces.push(Buffer.from(piece as Uint8Array))
  assert.deepEqual(pieces.map(({ length }) => length), [65536, 65536, 18928])
  assert.deepEqual(Buffer.concat(pieces), Buffer.alloc(150_000, 'abc'))
})

both('a stream ends when its file changes under it', async (file) => {
  fs.writeFileSync(file, 'x'.repeat(300_000))
  const stream = (await fs.openAsBlob(file)).stream()
  await assert.rejects(async () => { for await (const _ of stream) fs.writeFileSync(file, 'changed') }, NOT_READABLE)
})

both('a blob of nothing, or with wrong arguments, throws at once', async (file) => {
  const errors = [[`${file}.missing`], [file, null], [file, { type: 1 }], [1]].map((args) => {
    try {
      void (fs.openAsBlob as (...args: unknown[]) => unknown)(...args)
    } catch (error) {
      return [(error as Error).name, (error as { code: string }).code]
    }
    return undefined
  })
  const [missing, ...others] = errors
  assert.ok(missing![1] === 'ENOENT' || missing![1] === 'ERR_INVALID_ARG_VALUE')
  assert.deepEqual(others, [1, 2, 3].map(() => ['TypeError', 'ERR_INVALID_ARG_TYPE']))
})

test('openAsBlobSync gives the blob itself', { skip: 'openAsBlobSync' in fs ? false : 'this Node has no openAsBlobSync' }, async (t) => {
  const vfs = create()
  vfs.writeFileSync('/file', 'text')
  vfs.mount('/fsmount-blob')
  t.after(() => { vfs.unmount() })
  const blob = (fs as unknown as { openAsBlobSync: (path: string) => Blob }).openAsBlobSync('/fsmount-blob/file')
  assert.equal(await blob.text(), 'text')
})
