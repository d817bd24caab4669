// Users' classes over providers of ours that have their files elsewhere: what a class overrides is asked, what it does not
// is as it was, also by its own methods.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { create, SEAProvider, ZipProvider, type Provider } from '../../lib/index.ts'

const bytes = ((): Buffer => {
  const provider = new ZipProvider()
  const vfs = create(provider)
  vfs.writeFileSync('/a/b', 'bee'.repeat(100))
  vfs.writeFileSync('/c', 'sea')
  return provider.toBuffer()
})()

type Archive = ConstructorParameters<typeof ZipProvider>[0]
const { ZipBuffer } = zlib as unknown as { ZipBuffer?: new (bytes: Buffer) => Archive }

/** Content in capitals, and one more name that is there. */
class Loud extends ZipProvider {
  override readFileSync (path: string, options?: object | string): string | Buffer { return capital(super.readFileSync(path, options)) }
  override existsSync (path: string): boolean { return path === '/ghost' || super.existsSync(path) }
}
class LoudAssets extends SEAProvider {
  override readFileSync (path: string, options?: object | string): string | Buffer { return capital(super.readFileSync(path, options)) }
}
class Shouting extends ZipProvider {
  override writeFileSync (path: string, data: string, options?: object | string): void { super.writeFileSync(path, `${String(data)}!`, options) }
}

const capital = (content: string | Buffer): string | Buffer => typeof content === 'string' ? content.toUpperCase() : Buffer.from(content.toString().toUpperCase())
const capitals = 'BEE'.repeat(100)

const sources: [name: string, skip: false | string, open: () => Archive][] = [
  ['bytes', false, () => bytes],
  ['an archive of node:zlib', ZipBuffer === undefined && 'this Node reads no archives', () => new ZipBuffer!(bytes)]
]

for (const [name, skip, open] of sources) {
  test(`a class over ZipProvider of ${name}`, { skip }, () => {
    const provider = new Loud(open())
    const vfs = create(provider as unknown as Provider)
    assert.deepEqual([provider.readdirSync('/'), provider.readFileSync('/a/b', 'utf8'), provider.existsSync('/ghost'), provider.existsSync('/none')], [['a', 'c'], capitals, true, false])
    assert.deepEqual([vfs.readdirSync('/', { recursive: true }), vfs.readFileSync('/a/b', 'utf8'), vfs.statSync('/c').size], [['a', 'c', 'a/b'], capitals, 3])
    vfs.writeFileSync('/made', 'new')
    vfs.renameSync('/made', '/moved')
    vfs.rmSync('/a', { recursive: true })
    assert.deepEqual([vfs.readFileSync('/moved', 'utf8'), vfs.readdirSync('/'), provider.readdirSync('/')], ['NEW', ['c', 'moved'], ['c', 'moved']])
    const saved = create(new ZipProvider(provider.toBuffer()))
    assert.deepEqual([saved.readdirSync('/'), saved.readFileSync('/moved', 'utf8')], [['c', 'moved'], 'new'])
    const shouting = create(new Shouting(open()) as unknown as Provider)
    shouting.writeFileSync('/made', 'new')
    assert.deepEqual([shouting.readFileSync('/made', 'utf8'), shouting.readFileSync('/c', 'utf8')], ['new!', 'sea'])
    const closed = new Loud(open(), { readonly: true })
    assert.throws(() => { create(closed as unknown as Provider).writeFileSync('/x', '') }, { code: 'EROFS' })
    assert.throws(() => { closed.writeFileSync('/x', '') }, { code: 'EROFS' })
    assert.equal(create(closed as unknown as Provider).readFileSync('/c', 'utf8'), 'SEA')
  })
}

test('a class over SEAProvider', () => {
  const provider = new LoudAssets({}, { isSea: () => true, getRawAsset: () => new Uint8Array(bytes).buffer })
  const vfs = create(provider as unknown as Provider)
  assert.deepEqual([provider.readFileSync('/a/b', 'utf8'), vfs.readFileSync('/a/b', 'utf8'), vfs.readdirSync('/')], [capitals, capitals, ['a', 'c']])
  assert.throws(() => { vfs.writeFileSync('/x', '') }, { code: 'EROFS' })
})
