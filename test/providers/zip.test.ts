// ZipProvider: what it reads of archives that others made in their many ways, and what it keeps, forgets and saves.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import fs, { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import zlib, { crc32 } from 'node:zlib'
import { create, ZipProvider, type ZipOptions } from '../../lib/index.ts'
import type { Folder } from '../../providers/memory/inodes.ts'
import { writeArchive } from '../../providers/zip/writer.ts'
import { archive, extra, type EndSpec, type Spec } from './zip-maker.ts'

const dir = mkdtempSync(join(realpathSync(tmpdir()), 'fsmount-zip-'))
after(() => rmSync(dir, { recursive: true, force: true }))
let files = 0

/** An archive in a file of its own. */
function fileOf (bytes: Uint8Array): string {
  const file = join(dir, `${++files}.zip`)
  writeFileSync(file, bytes)
  return file
}

/** Opens an archive from a file and from bytes, and does the same with both. */
function both (specs: Spec[], end: EndSpec | undefined, look: (vfs: ReturnType<typeof create>, provider: ZipProvider) => void, options?: ZipOptions): void {
  const bytes = archive(specs, end)
  for (const source of [bytes, fileOf(bytes)]) {
    const provider = new ZipProvider(source, options)
    look(create(provider, { parents: false }), provider)
    provider.close()
  }
}

const words = 'some words, again and again '.repeat(40)

test('reads stored and deflated content, at once, in parts and as a stream', async () => {
  const vfs = create(new ZipProvider(fileOf(archive([{ name: 'd/stored', data: words }, { name: 'd/deflated', data: words, method: 8 }, { name: 'empty' }]))))
  for (const name of ['stored', 'deflated']) {
    assert.equal(vfs.readFileSync(`/d/${name}`, 'utf8'), words)
    assert.equal(String(await vfs.promises.readFile(`/d/${name}`)), words)
    const fd = vfs.openSync(`/d/${name}`, 'r')
    const part = Buffer.alloc(10)
    assert.equal(vfs.readSync(fd, part, 0, 10, 1115), 5)
    assert.equal(String(part.subarray(0, 5)), words.slice(1115))
    assert.equal(vfs.readSync(fd, part, 0, 10, 5), 10)
    assert.equal(String(part), words.slice(5, 15))
    vfs.closeSync(fd)
    let streamed = ''
    for await (const chunk of vfs.createReadStream(`/d/${name}`, { highWaterMark: 100 })) streamed += String(chunk)
    assert.equal(streamed, words)
  }
  assert.equal(vfs.readFileSync('/empty', 'utf8'), '')
  assert.deepEqual(vfs.readdirSync('/', { recursive: true }), ['d', 'empty', 'd/deflated', 'd/stored'])
})

test('reads zstd where Node has it', { skip: 'zstdCompressSync' in zlib ? false : 'this Node has no zstd' }, () => {
  both([{ name: 'z', data: words, method: 93, packed: zlib.zstdCompressSync(words) }], undefined, (vfs) => { assert.equal(vfs.readFileSync('/z', 'utf8'), words) })
})

test('reads sizes behind the data, 64-bit fields and ends, and what stands before the archive', () => {
  const specs: Spec[] = [{ name: 'a', data: words, method: 8, descriptor: true }, { name: 'b', data: words, wide: true }]
  const prefix = Buffer.from('#!/bin/sh\nexec unpack\n')
  for (const end of [undefined, { wide: true }, { comment: 'what it is' }, { prefix }, { prefix, counted: false }, { prefix, wide: true }, { prefix, counted: false, wide: true }]) {
    both(specs, end, (vfs) => { assert.deepEqual([vfs.readFileSync('/a', 'utf8'), vfs.readFileSync('/b', 'utf8')], [words, words]) })
  }
})

test('takes names as they are meant', () => {
  const specs: Spec[] = [
    { name: 'grün', data: 'flagged' }, { name: Buffer.from([0x62, 0x6c, 0x61, 0x75, 0x81]), flags: 0, host: 0, data: 'in code page 437' },
    { name: 'weiß', flags: 0, data: 'made on Unix, not flagged' }, { name: Buffer.from('?'), flags: 0, host: 0, data: 'with its name beside it', extra: extra(0x7075, Buffer.concat([Buffer.from([1]), u32(crc32(Buffer.from('?'))), Buffer.from('żółty')])) },
    { name: './a//b/./c', data: 'untidy' }, { name: 'back\\slash', data: 'an ordinary character' }
  ]
  both(specs, undefined, (vfs) => {
    assert.deepEqual(vfs.readdirSync('/'), ['a', 'back\\slash', 'blauü', 'grün', 'weiß', 'żółty'])
    assert.equal(vfs.readFileSync('/a/b/c', 'utf8'), 'untidy')
    assert.equal(vfs.readFileSync('/blauü', 'utf8'), 'in code page 437')
  })
})

const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeInt32LE(value | 0); return bytes }
const ticks = (ms: number, ns100: number): Buffer => { const bytes = Buffer.alloc(8); bytes.writeBigInt64LE(BigInt(ms) * 10_000n + BigInt(ns100) + 116_444_736_000_000_000n); return bytes }

test('takes types, modes, owners and times', () => {
  const ntfs = extra(10, Buffer.concat([u32(0), Buffer.from([1, 0, 24, 0]), ticks(-5000, 1234), ticks(7000, 0), ticks(9000, 0)]))
  const owner = extra(0x7875, Buffer.from([1, 4, 0x39, 0x30, 0, 0, 4, 7, 0, 0, 0]))
  const specs: Spec[] = [
    { name: 'script', data: '#', mode: 0o100755, extra: owner }, { name: 'private/', mode: 0o40700 }, { name: 'private/link', data: '../script', mode: 0o120777 },
    { name: 'plain', data: 'p', host: 0 }, { name: 'unix', extra: extra(0x5455, Buffer.concat([Buffer.from([3]), u32(-86400)])) }, { name: 'fine', extra: ntfs },
    { name: 'old', extra: extra(0x5855, Buffer.concat([u32(1000), u32(2000)])) }, { name: 'dos', dos: [(2001 - 1980) << 9 | 2 << 5 | 3, 4 << 11 | 5 << 5 | 3] }
  ]
  both(specs, undefined, (vfs) => {
    const mode = (path: string): string => vfs.lstatSync(path).mode.toString(8)
    assert.deepEqual(['/script', '/private', '/private/link', '/plain'].map(mode), ['100755', '40700', '120777', '100644'])
    assert.equal(vfs.readlinkSync('/private/link'), '../script')
    assert.equal(vfs.readFileSync('/private/link', 'utf8'), '#')
    assert.equal(vfs.statSync('/unix').mtimeMs, -86_400_000)
    assert.equal(vfs.statSync('/old').mtimeMs, 2_000_000)
    assert.equal(vfs.statSync('/old').atimeMs, 1_000_000)
    assert.equal(vfs.statSync('/dos').mtime.getTime(), new Date(2001, 1, 3, 4, 5, 6).getTime())
    const fine = vfs.statSync('/fine', { bigint: true })
    assert.deepEqual([fine.mtimeNs, fine.atimeNs, fine.birthtimeNs], [-5_000_000_000n + 123_400n, 7_000_000_000n, 9_000_000_000n])
    const uid = process.getuid!()
    assert.deepEqual([vfs.statSync('/script').uid, vfs.statSync('/script').gid], uid === 0 ? [12345, 7] : [uid, process.getgid!()])
  })
})

test('the last of several entries of one name counts', () => {
  both([{ name: 'a', data: 'first' }, { name: 'd/', mode: 0o40700 }, { name: 'a', data: 'target', mode: 0o120777 }, { name: 'd/', mode: 0o40711 }, { name: 'a', data: 'last' }], undefined, (vfs) => {
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'last')
    assert.deepEqual([vfs.statSync('/a').nlink, vfs.statSync('/').nlink, vfs.statSync('/d').mode & 0o777], [1, 3, 0o711])
    assert.deepEqual(vfs.readdirSync('/'), ['a', 'd'])
  })
})

test('reads of a file only what is asked for', () => {
  const bytes = archive([{ name: 'good', data: words }, { name: 'big', data: Buffer.alloc(20_000_000, 'x') }, { name: 'also', data: words, method: 8 }])
  const file = fileOf(bytes)
  const before = process.memoryUsage().arrayBuffers
  const provider = new ZipProvider(file)
  const vfs = create(provider)
  assert.equal(vfs.readFileSync('/good', 'utf8') + vfs.readFileSync('/also', 'utf8'), words + words)
  const fd = vfs.openSync('/big', 'r')
  const part = Buffer.alloc(5)
  vfs.readSync(fd, part, 0, 5, 10_000_000)
  assert.equal(String(part), 'xxxxx')
  vfs.closeSync(fd)
  assert.ok(process.memoryUsage().arrayBuffers - before < 12_000_000)
  provider.close()
  assert.throws(() => vfs.readFileSync('/big'), { code: 'EBADF' })
  provider.close()
})

test('holds one descriptor until it is closed', { skip: existsSync('/proc/self/fd') ? false : 'nobody counts descriptors here' }, () => {
  const file = fileOf(archive([{ name: 'a', data: words }]))
  const held = (): number => readdirSync('/proc/self/fd').filter((fd) => { try { return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(dir) } catch { return false } }).length
  const before = held()
  const provider = new ZipProvider(file)
  create(provider).readFileSync('/a')
  create(provider).writeFileSync('/b', 'b')
  provider.save()
  provider.save()
  assert.equal(held(), before + 1)
  provider.close()
  assert.equal(held(), before)
  assert.throws(() => new ZipProvider(fileOf(Buffer.from('none'))))
  assert.equal(held(), before)
})

test('an archive that was forgotten is closed', { skip: existsSync('/proc/self/fd') ? false : 'nobody counts descriptors here' }, () => {
  const file = fileOf(archive([{ name: 'a', data: words }]))
  const code = `const { create, ZipProvider } = require('fsmount'), { readdirSync } = require('fs')
    const open = () => { for (let count = 0; count < 50; count++) create(new ZipProvider(process.argv[1])).readFileSync('/a') }
    const before = readdirSync('/proc/self/fd').length
    open()
    const look = (tries) => {
      gc()
      const left = readdirSync('/proc/self/fd').length - before
      if (left < 5 || tries === 0) console.log(left < 5 ? 'closed' : left + ' are open')
      else setTimeout(look, 10, tries - 1)
    }
    look(200)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', code, file], { cwd: __dirname, encoding: 'utf8', timeout: 60_000 })
  assert.deepEqual([stdout, stderr], ['closed\n', ''])
})

test('keeps changes in memory until they are saved', () => {
  const file = fileOf(archive([{ name: 'd/a', data: words, method: 8 }, { name: 'd/b', data: 'b' }], { comment: 'comment', prefix: Buffer.from('prefix') }))
  const before = readFileSync(file)
  const provider = new ZipProvider(pathToFileURL(file))
  const vfs = create(provider)
  vfs.appendFileSync('/d/b', 'c')
  vfs.writeFileSync('/new/file', words)
  vfs.symlinkSync('file', '/new/link')
  vfs.chmodSync('/d/a', 0o741)
  vfs.utimesSync('/d/b', 1.0000001, new Date(-2500))
  vfs.renameSync('/d/a', '/moved')
  vfs.mkdirSync('/void', { mode: 0o711 })
  assert.ok(readFileSync(file).equals(before))
  provider.save()
  const saved = readFileSync(file)
  assert.ok(provider.toBuffer().equals(saved))
  const look = (again: ZipProvider): void => {
    const seen = create(again)
    assert.deepEqual(seen.readdirSync('/', { recursive: true }), ['d', 'moved', 'new', 'void', 'd/b', 'new/file', 'new/link'])
    assert.deepEqual([seen.readFileSync('/d/b', 'utf8'), seen.readFileSync('/moved', 'utf8'), seen.readFileSync('/new/link', 'utf8')], ['bc', words, words])
    assert.deepEqual([seen.statSync('/moved').mode & 0o777, seen.statSync('/void').mode & 0o777], [0o741, 0o711])
    assert.equal(seen.statSync('/d/b', { bigint: true }).mtimeNs, -2_500_000_000n)
  }
  look(provider)
  assert.equal(String(saved.subarray(0, 6)), 'prefix')
  assert.equal(String(saved.subarray(-7)), 'comment')
  for (const source of [file, saved, new Uint8Array(saved), saved.buffer.slice(saved.byteOffset, saved.byteOffset + saved.length) as ArrayBuffer]) look(new ZipProvider(source))
  provider.close()
})

test('stores where it is told not to compress', () => {
  const sizes = [true, false].map((compress) => {
    const provider = new ZipProvider(undefined, { compress })
    create(provider).writeFileSync('/a', words)
    return provider.toBuffer().length
  })
  assert.ok(sizes[0]! < 400 && sizes[1]! > words.length)
})

test('what would be too long to be unpacked is stored, and can be read again', () => {
  const provider = new ZipProvider(undefined, { maxFileBytes: 1000 })
  create(provider).writeFileSync('/a', words)
  assert.equal(create(new ZipProvider(provider.toBuffer(), { maxFileBytes: 1000 })).readFileSync('/a', 'utf8'), words)
})

test('what could not be opened again is not saved', () => {
  const file = fileOf(archive([{ name: 'a', data: words }]))
  using provider = new ZipProvider(file)
  const vfs = create(provider)
  const long = (letter: string): string => `/${Array(20).fill(letter.repeat(120)).join('/')}`
  vfs.mkdirSync(long('x'), { recursive: true })
  vfs.mkdirSync(long('y'), { recursive: true })
  vfs.renameSync(`/${'y'.repeat(120)}`, `${long('x')}/y`)
  const before = readFileSync(file)
  assert.throws(() => { provider.save() }, { code: 'ERR_ZIP_UNSUPPORTED', message: /the path "x.*is too long/ })
  assert.deepEqual(readFileSync(file), before)
  vfs.renameSync(`${long('x')}/y`, '/y')
  provider.save()
  using saved = new ZipProvider(file)
  assert.deepEqual(create(saved).readdirSync('/'), ['a', 'x'.repeat(120), 'y'])
})

test('contents of which there would be too much are packed less', () => {
  const provider = new ZipProvider()
  const vfs = create(provider)
  for (const name of ['a', 'b', 'c']) vfs.writeFileSync(`/${name}`, Buffer.alloc(100_000))
  const plan = { root: provider.root as Folder, prefix: [], comment: Buffer.alloc(0), compress: Infinity, maxRatio: 200, maxFiles: 3, name: 'the archive' }
  const [much, little] = [100_000, 300_000].map((enough) => {
    const pieces: Uint8Array[] = []
    writeArchive({ ...plan, enough }, { write: (bytes) => { pieces.push(bytes) } })
    return Buffer.concat(pieces)
  }) as [Buffer, Buffer]
  assert.ok(little.length < 1500, `${little.length}`)
  assert.ok(much.length >= 1500 && much.length < 40_000, `${much.length}`)
  for (const bytes of [much, little]) assert.deepEqual(create(new ZipProvider(bytes)).readFileSync('/c'), Buffer.alloc(100_000))
  const written = (limits: object) => (): unknown => writeArchive({ ...plan, enough: 100_000, ...limits }, { write: () => {} })
  assert.throws(written({ maxRatio: 2 }), { code: 'ERR_ZIP_TOO_LARGE', message: /more than 2 times as long.*maxRatio/ })
  assert.throws(written({ maxFiles: 2 }), { code: 'ERR_ZIP_TOO_LARGE', message: /more than 2 files.*maxFiles/ })
})

test('what is open goes on across a save', () => {
  const file = fileOf(archive([{ name: 'a', data: words, method: 8 }, { name: 'gone', data: words }, { name: 'old', data: 'old' }]))
  const provider = new ZipProvider(file)
  const vfs = create(provider)
  const [a, gone] = [vfs.openSync('/a', 'r+'), vfs.openSync('/gone', 'r')]
  vfs.linkSync('/a', '/hard')
  vfs.unlinkSync('/gone')
  const before = provider.snapshot()
  vfs.writeFileSync('/old', 'new')
  provider.save()
  vfs.writeSync(a, 'SOME', 0)
  assert.equal(vfs.readFileSync('/hard', 'utf8'), `SOME${words.slice(4)}`)
  assert.deepEqual([vfs.statSync('/a').nlink, vfs.readFileSync(gone, 'utf8')], [2, words])
  provider.save()
  assert.equal(vfs.readFileSync(a, 'utf8'), `SOME${words.slice(4)}`)
  assert.equal(vfs.readFileSync('/old', 'utf8'), 'new')
  provider.restore(before)
  assert.deepEqual([vfs.readFileSync('/old', 'utf8'), vfs.readFileSync('/a', 'utf8')], ['old', words])
  vfs.closeSync(a)
  vfs.closeSync(gone)
  provider.close()
})

test('a file is replaced in one step, or left as it was', () => {
  const real = fileOf(archive([{ name: 'a', data: 'a' }]))
  const link = join(dir, 'link.zip')
  symlinkSync(real, link)
  chmodSync(real, 0o640)
  const provider = new ZipProvider(link)
  create(provider).writeFileSync('/b', 'b')
  const { ino } = statSync(real)
  provider.save()
  assert.ok(lstatSync(link).isSymbolicLink())
  assert.notEqual(statSync(real).ino, ino)
  assert.equal(statSync(real).mode & 0o777, 0o640)
  provider.close()

  const locked = fileOf(archive([{ name: 'secret', data: 'x', flags: 1 }]))
  const bytes = readFileSync(locked)
  const other = new ZipProvider(locked)
  create(other).writeFileSync('/b', 'b')
  assert.throws(() => other.save(), { code: 'ERR_ZIP_UNSUPPORTED' })
  for (const [at, code] of [[join(dir, 'no/such/folder.zip'), 'ENOENT'], [dir, 'EISDIR'], [join(locked, 'below'), 'ENOTDIR'], [join(dir, 'n'.repeat(256)), 'ENAMETOOLONG']] as const) {
    assert.throws(() => { new ZipProvider().save(at) }, { code, syscall: 'open', path: at })
  }
  assert.ok(readFileSync(locked).equals(bytes))
  assert.deepEqual(readdirSync(dir).filter((name) => name.startsWith('.fsmount')), [])
  assert.deepEqual(readdirSync(join(dir, '..')).filter((name) => name.startsWith('.fsmount-')), [])
  other.close()
  symlinkSync('to/../made.zip', join(dir, 'dangling.zip'))
  mkdirSync(join(dir, 'to'))
  new ZipProvider().save(join(dir, 'dangling.zip'))
  assert.deepEqual([lstatSync(join(dir, 'dangling.zip')).isSymbolicLink(), lstatSync(join(dir, 'made.zip')).isFile()], [true, true])
})

test('saves under another name and goes on reading where it was', () => {
  const file = fileOf(archive([{ name: 'a', data: words }]))
  const provider = new ZipProvider(file, { readonly: true })
  const other = join(dir, 'other.zip')
  provider.save(other)
  assert.throws(() => provider.save(), { code: 'ERR_INVALID_STATE' })
  assert.equal(provider.file, file)
  assert.equal(create(new ZipProvider(other)).readFileSync('/a', 'utf8'), words)
  assert.throws(() => new ZipProvider(archive([])).save(), { code: 'ERR_INVALID_STATE' })
})

test('read-only is EROFS', () => {
  both([{ name: 'a', data: 'a' }], undefined, (vfs, provider) => {
    assert.equal(vfs.readonly, true)
    assert.throws(() => vfs.writeFileSync('/a', 'b'), { code: 'EROFS' })
    assert.throws(() => vfs.mkdirSync('/b'), { code: 'EROFS' })
    assert.equal(vfs.readFileSync('/a', 'utf8'), 'a')
    assert.equal(provider.readonly, true)
  }, { readonly: true })
  const frozen = new ZipProvider(archive([{ name: 'a', data: 'a' }]))
  frozen.setReadOnly()
  assert.throws(() => create(frozen).writeFileSync('/a', 'b'), { code: 'EROFS' })
})

test('names that are not UTF-8 are refused', () => {
  const vfs = create(new ZipProvider())
  assert.throws(() => vfs.writeFileSync(Buffer.from([0x2f, 0xff]), ''), { code: 'EILSEQ' })
  vfs.writeFileSync('/a', '')
  assert.throws(() => vfs.renameSync('/a', Buffer.from([0x2f, 0xff])), { code: 'EILSEQ' })
  assert.throws(() => vfs.linkSync('/a', Buffer.from([0x2f, 0xff])), { code: 'EILSEQ' })
})

test('what does not open as an archive says why', () => {
  for (const [source, code] of [[join(dir, 'missing.zip'), 'ENOENT'], [dir, 'ERR_ZIP_UNSUPPORTED'], [null, 'ERR_INVALID_ARG_TYPE'], [7, 'ERR_INVALID_ARG_TYPE'], [{}, 'ERR_INVALID_ARG_TYPE']] as const) {
    assert.throws(() => new ZipProvider(source as never), { code })
  }
})

test('more entries than 16 bits count, and deep folders, are saved and opened again', () => {
  const provider = new ZipProvider(undefined, { compress: false })
  const vfs = create(provider)
  vfs.mkdirSync('/many')
  for (let index = 0; index < 66_000; index++) vfs.writeFileSync(`/many/${index}`, '')
  vfs.mkdirSync('/d'.repeat(2000), { recursive: true })
  const again = create(new ZipProvider(provider.toBuffer()))
  assert.equal(again.readdirSync('/many').length, 66_000)
  assert.ok(again.existsSync('/d'.repeat(2000)))
})

test('Node itself reads what is saved, and its archives can be given', { skip: 'ZipBuffer' in zlib ? false : 'this Node reads no archives' }, async () => {
  const { ZipBuffer, ZipEntry } = zlib as unknown as { ZipBuffer: new (bytes: Uint8Array) => { keys (): Iterable<string>, get (name: string): { contentSync (): Buffer, mode: number, isSymlink: boolean }, addEntry (entry: unknown): void }, ZipEntry: { createSync (name: string, data: Buffer): unknown } }
  const provider = new ZipProvider()
  const vfs = create(provider)
  vfs.writeFileSync('/d/äöü', words)
  vfs.symlinkSync('d', '/link')
  const theirs = new ZipBuffer(provider.toBuffer())
  assert.deepEqual([...theirs.keys()].sort(), ['d/', 'd/äöü', 'link'])
  assert.equal(String(theirs.get('d/äöü').contentSync()), words)
  assert.equal(theirs.get('link').isSymlink, true)
  theirs.addEntry(ZipEntry.createSync('added', Buffer.from('added')))
  const again = create(new ZipProvider(theirs as never))
  assert.deepEqual(again.readdirSync('/'), ['added', 'd', 'link'])
  assert.equal(again.readFileSync('/added', 'utf8'), 'added')
})

test('modules are served from an archive', async () => {
  const provider = new ZipProvider(fileOf(archive([
    { name: 'node_modules/dep/package.json', data: '{"exports": "./lib.mjs"}' }, { name: 'node_modules/dep/lib.mjs', data: 'export const name = "dep"', method: 8 },
    { name: 'main.mjs', data: 'import { name } from "dep"\nimport data from "./data.cjs"\nexport default [name, data]', method: 8 }, { name: 'data.cjs', data: 'module.exports = require("./data.json").n' }, { name: 'data.json', data: '{"n": 1}' }
  ])))
  const vfs = create(provider).mount('/fsmount-zip-modules')
  try {
    assert.deepEqual((await import('/fsmount-zip-modules/main.mjs' as string) as { default: unknown }).default, ['dep', 1])
  } finally {
    vfs.unmount()
    provider.close()
  }
})
