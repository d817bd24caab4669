// A ZipBuffer of `node:zlib` as a file system: what `node:vfs` leaves out.
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { create, ZipProvider, type VirtualFileSystem } from '../../lib/index.ts'

interface Archive { has (name: string): boolean, get (name: string): { contentSync (): Buffer }, addEntry (entry: unknown): void, addSync (name: string, data: Buffer): void, toBufferSync (): Buffer }
const { ZipBuffer, ZipEntry } = zlib as unknown as { ZipBuffer: new (bytes: Buffer) => Archive, ZipEntry: { createSymlink (name: string, target: string): Promise<unknown> } }
const skip = ZipBuffer === undefined ? 'this Node reads no archives' : false

function made (): { archive: Archive, provider: ZipProvider, vfs: VirtualFileSystem } {
  const empty = create(new ZipProvider())
  empty.writeFileSync('/only/child', 'first')
  const archive = new ZipBuffer((empty.provider as unknown as ZipProvider).toBuffer())
  const provider = new ZipProvider(archive as never)
  return { archive, provider, vfs: create(provider) }
}

test('an open file is one for all who have it open, and outlives its name', { skip }, () => {
  const { archive, vfs } = made()
  const one = vfs.openSync('/log', 'a')
  const two = vfs.openSync('/log', 'a+')
  vfs.writeSync(one, 'one,')
  vfs.writeSync(two, 'two,')
  vfs.writeSync(one, 'three')
  assert.equal(vfs.fstatSync(two).size, 13)
  assert.equal(vfs.readFileSync('/log', 'utf8'), 'one,two,three')
  vfs.renameSync('/log', '/moved')
  vfs.writeSync(two, '!')
  vfs.closeSync(one)
  vfs.closeSync(two)
  assert.equal(archive.has('log'), false)
  assert.equal(String(archive.get('moved').contentSync()), 'one,two,three!')
  const gone = vfs.openSync('/moved', 'r+')
  vfs.writeSync(gone, 'ONE', 0)
  vfs.unlinkSync('/moved')
  vfs.writeSync(gone, '+', 3)
  assert.equal(vfs.readFileSync(gone, 'utf8').startsWith('ONE'), true)
  vfs.closeSync(gone)
  assert.equal(archive.has('moved'), false)
})

test('a folder stays when what is in it goes', { skip }, () => {
  const { vfs } = made()
  vfs.unlinkSync('/only/child')
  assert.deepEqual(vfs.readdirSync('/only'), [])
  vfs.writeFileSync('/only/a', '')
  vfs.mkdirSync('/other')
  vfs.renameSync('/only/a', '/other/a')
  assert.deepEqual(vfs.readdirSync('/', { recursive: true }), ['only', 'other', 'other/a'])
  vfs.rmSync('/other', { recursive: true })
  vfs.rmdirSync('/only')
  assert.deepEqual(vfs.readdirSync('/'), [])
})

test('files shrink, grow with zeros, and keep mode and time', { skip }, () => {
  const { vfs } = made()
  vfs.chmodSync('/only/child', 0o640)
  vfs.utimesSync('/only/child', 1_000_000_000, 1_000_000_000)
  assert.deepEqual([vfs.statSync('/only/child').mode & 0o777, vfs.statSync('/only/child').mtimeMs], [0o640, 1e12])
  vfs.truncateSync('/only/child', 2)
  const fd = vfs.openSync('/only/child', 'r+')
  vfs.ftruncateSync(fd, 1)
  vfs.ftruncateSync(fd, 3)
  vfs.writeSync(fd, '!', 4)
  vfs.closeSync(fd)
  assert.deepEqual(vfs.readFileSync('/only/child'), Buffer.from('f\0\0\0!'))
  assert.equal(vfs.statSync('/only/child').mode & 0o777, 0o640)
  assert.throws(() => { vfs.linkSync('/only/child', '/hard') }, { code: 'EPERM' })
  assert.throws(() => { vfs.symlinkSync('x', '/soft') }, { code: 'EROFS' })
})

test('links in it are followed, and names that lead out are not listed', { skip }, async () => {
  const { archive, vfs } = made()
  archive.addEntry(await ZipEntry.createSymlink('link', 'only/child'))
  archive.addSync('../out', Buffer.from('x'))
  assert.equal(vfs.readFileSync('/link', 'utf8'), 'first')
  assert.equal(vfs.readlinkSync('/link'), 'only/child')
  assert.deepEqual(vfs.readdirSync('/'), ['link', 'only'])
})

test('it is refused to be changed, saved elsewhere and handed on', { skip }, () => {
  const { archive, provider } = made()
  const vfs = create(new ZipProvider(archive as never, { readonly: true }))
  assert.throws(() => { vfs.writeFileSync('/a', '') }, { code: 'EROFS' })
  assert.throws(() => { provider.save() }, { code: 'ERR_INVALID_STATE' })
  const folder = mkdtempSync(join(tmpdir(), 'fsmount-foreign-'))
  try {
    provider.save(join(folder, 'a.zip'))
    assert.equal(create(new ZipProvider(join(folder, 'a.zip'))).readFileSync('/only/child', 'utf8'), 'first')
  } finally {
    rmSync(folder, { recursive: true })
  }
  const { source } = provider.describe('thread')!
  assert.equal(create(new ZipProvider(source as Uint8Array)).readFileSync('/only/child', 'utf8'), 'first')
  assert.equal(provider.describe('process'), undefined)
})
