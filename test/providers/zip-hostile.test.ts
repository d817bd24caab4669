// Archives that were made to do harm, or have come to some: each is refused, when it is opened or when the entry is read,
// by an error that names the file; none crashes, hangs, takes more memory than its bound, or shows anything outside.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import { create, ZipProvider, type ZipOptions } from '../../lib/index.ts'
import { archive, extra, type EndSpec, type Spec } from './zip-maker.ts'

const dir = mkdtempSync(join(realpathSync(tmpdir()), 'fsmount-zip-hostile-'))
after(() => rmSync(dir, { recursive: true, force: true }))

/** `opens`: the archive opens, and reading 'bad' in it is refused. */
interface Attack { bytes: () => Buffer, code: RegExp, says: RegExp, opens?: true, options?: ZipOptions }

const DAMAGED = /^ERR_ZIP_DAMAGED$/
const UNSUPPORTED = /^ERR_ZIP_UNSUPPORTED$/
const TOO_LARGE = /^ERR_ZIP_TOO_LARGE$/
const of = (specs: Spec[], end?: EndSpec) => () => archive(specs, end)
const named = (name: string | Buffer, more: Partial<Spec> = {}) => of([{ name: 'good', data: 'good' }, { name, data: 'bad', ...more }])
const zeros = Buffer.alloc(300_000)
const packedZeros = deflateRawSync(zeros)
const good: Spec = { name: 'good', data: 'good' }
const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes }
const u64 = (...values: number[]): Buffer => Buffer.concat(values.map((value) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64LE(BigInt(value)); return bytes }))

/** A right archive with bytes at a place, seen from the end if negative, changed. */
const patched = (bytes: Buffer, at: number, value: number[]): Buffer => {
  const copy = Buffer.from(bytes)
  copy.set(value, at < 0 ? copy.length + at : at)
  return copy
}

const attacks: Record<string, Attack> = {
  // names
  'a name that climbs out': { bytes: named('../evil'), code: DAMAGED, says: /leads out/ },
  'a name that climbs out from below': { bytes: named('a/b/../../../evil'), code: DAMAGED, says: /leads out/ },
  'a name that ends in dots': { bytes: named('a/..'), code: DAMAGED, says: /leads out/ },
  'a name that is absolute': { bytes: named('/etc/passwd'), code: DAMAGED, says: /absolute/ },
  'a name with two slashes in front': { bytes: named('//server/share'), code: DAMAGED, says: /absolute/ },
  'a name with a NUL': { bytes: named('a\0b'), code: DAMAGED, says: /NUL/ },
  'a name with a backslash from MS-DOS': { bytes: named('..\\..\\evil', { host: 0 }), code: DAMAGED, says: /backslash/ },
  'a name with a drive': { bytes: named('C:/evil', { host: 11 }), code: DAMAGED, says: /drive/ },
  'a name of nothing': { bytes: named(''), code: DAMAGED, says: /empty/ },
  'a name that says it is UTF-8 and is not': { bytes: named(Buffer.from([0x66, 0xff, 0xfe]), { flags: 0x800 }), code: DAMAGED, says: /not UTF-8/ },
  'a name longer than a name may be': { bytes: named('n'.repeat(256)), code: DAMAGED, says: /too long/ },
  'a path longer than a path may be': { bytes: named('n/'.repeat(2100)), code: DAMAGED, says: /too long/ },
  'a name in UTF-8 beside one that is right, which climbs out': { bytes: named('ok', { extra: extra(0x7075, Buffer.concat([Buffer.from([1]), u32(crc32(Buffer.from('ok'))), Buffer.from('../evil')])) }), code: DAMAGED, says: /leads out/ },
  'a root that is a file': { bytes: named('.'), code: DAMAGED, says: /content|root/ },
  // files, folders and links
  'a file and a folder of one name': { bytes: of([good, { name: 'a', data: '1' }, { name: 'a/b', data: '2' }]), code: DAMAGED, says: /"a" is a folder and something else/ },
  'a folder and a file of one name': { bytes: of([{ name: 'a/b', data: '2' }, { name: 'a', data: '1' }]), code: DAMAGED, says: /"a" is a folder and something else/ },
  'a file below a link that leads out': { bytes: of([{ name: 'a', data: '/etc', mode: 0o120777 }, { name: 'a/passwd', data: '2' }]), code: DAMAGED, says: /"a" is a folder and something else/ },
  'a folder in place of a link': { bytes: of([{ name: 'a', data: '/etc', mode: 0o120777 }, { name: 'a/', mode: 0o40755 }]), code: DAMAGED, says: /"a" is a folder and something else/ },
  'a folder that is a link': { bytes: named('a/', { mode: 0o120777 }), code: DAMAGED, says: /folder has content/ },
  'a folder with content': { bytes: named('a/'), code: DAMAGED, says: /folder has content/ },
  'a device': { bytes: named('null', { mode: 0o020666 }), code: UNSUPPORTED, says: /device/ },
  'a pipe': { bytes: named('pipe', { mode: 0o010666 }), code: UNSUPPORTED, says: /pipe/ },
  'a link with an endless target': { bytes: of([{ name: 'a', data: zeros, mode: 0o120777 }]), code: DAMAGED, says: /too long/ },
  'a link with a NUL in its target': { bytes: of([{ name: 'a', data: 'a\0b', mode: 0o120777 }]), code: DAMAGED, says: /NUL/ },
  'a link whose target unpacks to more than it says': { bytes: of([{ name: 'a', size: 100, packed: packedZeros, method: 8, mode: 0o120777 }]), code: DAMAGED, says: /damaged/ },
  // lengths and places
  'an end that counts more entries': { bytes: of([good], { count: 2 }), code: DAMAGED, says: /too short|counts 2 entries and has 1/ },
  'an end that counts fewer entries': { bytes: of([good, { name: 'b' }], { count: 1 }), code: DAMAGED, says: /more entries than it counts/ },
  'an end that counts without end': { bytes: of([good], { count: 2 ** 40, wide: true }), code: TOO_LARGE, says: /more than 500000 files/ },
  'a directory longer than the archive': { bytes: of([good], { length: 0x7fffffff }), code: DAMAGED, says: /longer than/ },
  'a directory beyond any file': { bytes: of([good], { length: 2 ** 53 - 1, wide: true }), code: DAMAGED, says: /longer than/ },
  'a directory in another place': { bytes: of([good], { offset: 1_000_000 }), code: DAMAGED, says: /not where it says/ },
  'a directory that breaks off': { bytes: () => archive([good]).subarray(0, -1), code: DAMAGED, says: /end is missing/ },
  'an entry whose name is longer than the directory': { bytes: () => patched(archive([good]), -22 - 50 + 28, [0xff, 0xff]), code: DAMAGED, says: /damaged|breaks off|directory/ },
  'an entry of another part of the archive': { bytes: named('bad', { disk: 3 }), code: UNSUPPORTED, says: /several parts/ },
  'an end of another part of the archive': { bytes: of([good], { disk: 1 }), code: UNSUPPORTED, says: /several parts/ },
  'entries that lie on one another': { bytes: of([good, { name: 'b', data: 'good', offset: 0 }]), code: DAMAGED, says: /overlap/ },
  'entries that lie in one another': { bytes: of([{ name: 'outer', data: archive([good]) }, { name: 'good', data: 'good', offset: 35 }]), code: DAMAGED, says: /overlap/ },
  'an entry that reaches into the directory': { bytes: of([{ ...good, compressed: 100, size: 100 }]), code: DAMAGED, says: /overlap/ },
  'an entry that lies beyond the archive': { bytes: of([{ ...good, offset: 0x7fffffff }]), code: DAMAGED, says: /overlap/ },
  'an entry longer than any file': { bytes: of([{ ...good, wide: true, compressed: 2 ** 50, size: 2 ** 50 }]), code: DAMAGED, says: /overlap|hold/ },
  'an entry with a 64-bit length beyond what can be counted': { bytes: of([{ ...good, compressed: 0xffffffff, size: 0xffffffff, extra: extra(1, Buffer.alloc(16, 0xff)) }]), code: DAMAGED, says: /beyond any file/ },
  'an entry whose 64-bit lengths are missing': { bytes: of([{ ...good, compressed: 0xffffffff, size: 0xffffffff, extra: extra(1, u64(4)) }]), code: DAMAGED, says: /64-bit length is missing/ },
  'a 64-bit end that is not there': { bytes: () => { const bytes = archive([good], { wide: true }); return patched(bytes, -22 - 20 - 56, [0]) }, code: DAMAGED, says: /64-bit end/ },
  'two ends that differ': { bytes: () => patched(archive([good], { wide: true }), -14, [7, 0, 7, 0]), code: DAMAGED, says: /two ends differ/ },
  'a second archive in the comment': { bytes: () => archive([good], { comment: archive([{ name: 'other', data: 'x' }]) }), code: DAMAGED, says: /two ends/ },
  'a comment longer than the archive': { bytes: () => patched(archive([good]), -2, [0xff, 0xff]), code: DAMAGED, says: /end is missing/ },
  'bytes behind the end': { bytes: of([good], { tail: Buffer.from('tail') }), code: DAMAGED, says: /end is missing/ },
  'an empty file': { bytes: () => Buffer.alloc(0), code: DAMAGED, says: /not a ZIP archive/ },
  'something else': { bytes: () => Buffer.from('#!/bin/sh\nexit 0\n'.repeat(50)), code: DAMAGED, says: /not a ZIP archive/ },
  'a file of ends': { bytes: () => Buffer.from('PK\x05\x06'.repeat(20_000)), code: DAMAGED, says: /end is missing|directory|count/ },
  // bombs
  'more content than deflate can hold': { bytes: of([{ name: 'bad', method: 8, packed: packedZeros, size: 2 ** 31 }]), code: DAMAGED, says: /more or less than its data can hold/ },
  'stored content of another length': { bytes: of([{ name: 'bad', data: 'abc', size: 1000 }]), code: DAMAGED, says: /more or less than its data can hold/ },
  'many files of little that unpack to much': { bytes: of(Array.from({ length: 1000 }, (_, index) => ({ name: `bomb${index}`, method: 8, packed: packedZeros, size: 300_000 }))), code: TOO_LARGE, says: /maxRatio/ },
  'a file that unpacks to more than may be': { bytes: of([{ name: 'bad', method: 8, data: zeros }]), code: TOO_LARGE, says: /unpacked to more than 1000 bytes/, opens: true, options: { maxFileBytes: 1000 } },
  'a file that unpacks to more than it says': { bytes: of([{ name: 'bad', method: 8, packed: packedZeros, size: 1000 }]), code: DAMAGED, says: /"bad" is damaged/, opens: true },
  'a file that unpacks to less than it says': { bytes: of([{ name: 'bad', method: 8, packed: deflateRawSync(Buffer.from('ab')), size: 100 }]), code: DAMAGED, says: /not as long/, opens: true },
  'more folders than may be, by few entries': { bytes: of(Array.from({ length: 20 }, (_, index) => ({ name: `${index}/${'n/'.repeat(2000)}` }))), code: TOO_LARGE, says: /more than 10000 files/, options: { maxFiles: 10_000 } },
  // what is read
  'content that differs from its checksum': { bytes: named('bad', { crc: 1 }), code: DAMAGED, says: /checksum/, opens: true },
  'deflated content that differs from its checksum': { bytes: named('bad', { crc: 1, method: 8 }), code: DAMAGED, says: /checksum/, opens: true },
  'deflated content that is none': { bytes: named('bad', { method: 8, packed: Buffer.from('no such thing as this') }), code: DAMAGED, says: /"bad" is damaged/, opens: true },
  'deflated content that breaks off': { bytes: () => { const data = Buffer.from(Array.from({ length: 500 }, (_, index) => index * 7 & 255)); return archive([{ name: 'bad', method: 8, data, packed: deflateRawSync(data).subarray(0, -20) }]) }, code: DAMAGED, says: /"bad" is damaged/, opens: true },
  'an entry of another name where it lies': { bytes: named('bad', { localName: 'dab' }), code: DAMAGED, says: /another in the directory/, opens: true },
  'an entry that has a longer head than there is room for': { bytes: () => patched(archive([{ name: 'bad', data: 'bad' }]), 28, [0xff, 0x7f]), code: DAMAGED, says: /reaches into what follows/, opens: true },
  'an entry that is not where the directory says': { bytes: () => patched(archive([{ name: 'bad', data: 'bad' }]), 0, [0, 0, 0, 0]), code: DAMAGED, says: /not where the directory says/, opens: true },
  'an entry with other lengths where it lies': { bytes: () => patched(archive([{ name: 'bad', data: 'bad' }]), 18, [2]), code: DAMAGED, says: /another in the directory/, opens: true },
  'an entry that is encrypted': { bytes: named('bad', { flags: 1 }), code: UNSUPPORTED, says: /encrypted/, opens: true },
  'an entry packed in an unknown way': { bytes: named('bad', { method: 14 }), code: UNSUPPORTED, says: /method 14/, opens: true },
  'zstd content that is none': { bytes: named('bad', { method: 93, packed: Buffer.from('no such thing') }), code: /^ERR_ZIP_(?:DAMAGED|UNSUPPORTED)$/, says: /"bad" is (?:damaged|packed by method 93)/, opens: true }
}

function refusal (run: () => unknown): Error & { code: string } {
  try {
    run()
  } catch (error) {
    return error as Error & { code: string }
  }
  throw new Error('not refused')
}

test('there are attacks enough', () => { assert.ok(Object.keys(attacks).length >= 60) })

for (const [name, { bytes, code, says, opens, options }] of Object.entries(attacks)) {
  test(`refuses ${name}`, () => {
    const made = bytes()
    const file = join(dir, 'hostile.zip')
    writeFileSync(file, made)
    for (const given of [file, made]) {
      const open = (): ZipProvider => new ZipProvider(given, options)
      const provider = opens === true ? open() : undefined
      const error = refusal(provider === undefined ? open : () => create(provider).readFileSync('/bad'))
      assert.match(error.code ?? String(error), code)
      assert.match(error.message, says)
      assert.ok(error.message.startsWith(given === file ? file : 'the archive'), error.message)
      if (provider === undefined) continue
      // Once more, and through a descriptor.
      assert.match(refusal(() => create(provider).readFileSync('/bad', 'utf8')).code, code)
      const fd = create(provider).openSync('/bad', 'r')
      assert.match(refusal(() => create(provider).readSync(fd, Buffer.alloc(10), 0, 10, 0)).code, code)
      create(provider).closeSync(fd)
      provider.close()
    }
  })
}

test('an archive with something in it that cannot be read is good for the rest', () => {
  const vfs = create(new ZipProvider(named('bad', { crc: 1 })()))
  assert.equal(vfs.readFileSync('/good', 'utf8'), 'good')
  assert.equal(vfs.statSync('/bad').size, 3)
})

test('links that lead out, or round in a circle, stay inside', () => {
  const link = (name: string, target: string): Spec => ({ name, data: target, mode: 0o120777 })
  const vfs = create(new ZipProvider(archive([link('out', '/etc/passwd'), link('up', '../../../../etc/passwd'), link('a', 'b'), link('b', 'a'), link('self', 'self'), link('d/deep', 'deep/deep')])))
  vfs.mount('/fsmount-zip-links')
  try {
    for (const name of ['out', 'up']) assert.equal(refusal(() => vfs.readFileSync(`/fsmount-zip-links/${name}`)).code, 'ENOENT')
    for (const name of ['a', 'b', 'self', 'd/deep']) {
      assert.equal(vfs.lstatSync(`/fsmount-zip-links/${name}`).isSymbolicLink(), true)
      assert.equal(refusal(() => vfs.readFileSync(`/fsmount-zip-links/${name}`)).code, 'ELOOP')
    }
  } finally {
    vfs.unmount()
  }
})

test('a bit that is flipped anywhere is refused, or changes nothing that is read', () => {
  const right = archive([{ name: 'a', data: 'some content', method: 8 }, { name: 'd/b', data: 'other content' }])
  const contents = ['some content', 'other content']
  let refused = 0
  for (let bit = 0; bit < right.length * 8; bit++) {
    const bytes = Buffer.from(right)
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    try {
      const vfs = create(new ZipProvider(bytes))
      for (const path of vfs.readdirSync('/', { recursive: true }) as string[]) if (vfs.lstatSync(`/${path}`).isFile()) assert.ok(contents.includes(vfs.readFileSync(`/${path}`, 'utf8')), `bit ${bit}`)
    } catch (error) {
      assert.match((error as { code: string }).code, /^ERR_ZIP_|^E(?:NOENT|LOOP)$/, `bit ${bit}: ${String((error as Error).stack)}`)
      refused++
    }
  }
  assert.ok(refused > right.length * 4)
})

test('an archive that breaks off anywhere is refused', () => {
  const right = archive([good, { name: 'd/b', data: 'other content', method: 8 }], { wide: true, comment: 'words' })
  for (let length = 0; length < right.length; length++) assert.match(refusal(() => new ZipProvider(right.subarray(0, length))).code, DAMAGED)
})

test('random bytes between right ones are refused, or read as what their checksum says', () => {
  let seed = 4711
  const random = (below: number): number => (seed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) + 0x9e3779b1 | 0, (seed >>> 0) % below)
  const right = archive([good, { name: 'd/b', data: 'other content', method: 8 }, { name: 'l', data: 'good', mode: 0o120777 }], { wide: true })
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from(right)
    for (let count = 1 + random(6); count > 0; count--) bytes[random(bytes.length)] = random(4) === 0 ? 0xff : random(256)
    try {
      const vfs = create(new ZipProvider(bytes))
      for (const path of vfs.readdirSync('/', { recursive: true }) as string[]) if (vfs.statSync(`/${path}`).isFile()) vfs.readFileSync(`/${path}`)
    } catch (error) {
      assert.match((error as { code: string }).code, /^ERR_ZIP_|^E(?:NOENT|LOOP)$/, String((error as Error).stack))
    }
  }
})

test('what is refused has taken no memory', () => {
  // 10 MiB that claim 10 GiB, and 60,000 folders' worth of names, each in a process of bounded heap.
  const code = `const { ZipProvider, create } = require('fsmount'), { archive } = require(process.argv[1]), { deflateRawSync } = require('zlib')
    const packed = deflateRawSync(Buffer.alloc(10_000_000))
    const bombs = [
      () => archive(Array.from({ length: 1000 }, (_, i) => ({ name: 'b' + i, method: 8, packed, size: 10_000_000 }))),
      () => archive(Array.from({ length: 250 }, (_, i) => ({ name: i + '/' + 'n/'.repeat(2020) }))),
      () => archive([{ name: 'bad', method: 8, packed, size: 10_300_000, crc: 7 }])
    ]
    let peak = 0
    for (const bomb of bombs) {
      const bytes = bomb()
      const before = process.memoryUsage().rss
      try { create(new ZipProvider(bytes)).readFileSync('/bad'); throw new Error('not refused') } catch (error) { if (!/^ERR_ZIP/.test(error.code)) throw error }
      peak = Math.max(peak, process.memoryUsage().rss - before)
    }
    console.log(peak < 400 * 1024 * 1024 ? 'bounded' : 'took ' + peak)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--max-old-space-size=512', '-e', code, join(__dirname, 'zip-maker.js')], { cwd: __dirname, encoding: 'utf8', timeout: 60_000 })
  assert.deepEqual([stdout, stderr], ['bounded\n', ''])
})
