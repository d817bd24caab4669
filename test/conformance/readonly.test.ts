// File systems that cannot be written to say of a tree what the disk says of the same one: archives and the assets of a
// single executable, filled first and then frozen, by themselves and mounted. And they cannot be written to.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { copyTree, listProject } from '../../lib/cli.ts'
import { create, MemoryProvider, SEAProvider, ZipProvider, type Provider } from '../../lib/index.ts'
import { CHANGES, furnish, look } from './look.ts'

type Fs = typeof fs

const dir = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-look-'))
after(() => { fs.rmSync(dir, { recursive: true, force: true }) })
furnish(fs, fs.mkdirSync(join(dir, 'tree'), { recursive: true })!)
const archive = join(dir, 'tree.zip')

/** The tree of the disk in another file system. */
function fill<P extends Provider> (provider: P): P {
  const vfs = create(provider)
  vfs.mkdirSync('/tree')
  copyTree(vfs, listProject(join(dir, 'tree'), '/tree'))
  return provider
}

const packed = new ZipProvider()
fill(packed as unknown as Provider)
packed.save(archive)
const bytes = fs.readFileSync(archive)

const sources = {
  frozen: (): MemoryProvider => { const memory = new MemoryProvider(); fill(memory as unknown as Provider); memory.setReadOnly(); return memory },
  'a ZIP file': () => new ZipProvider(archive, { readonly: true }),
  'a ZIP archive in memory': () => new ZipProvider(bytes, { readonly: true }),
  'the ZIP asset of an executable': () => new SEAProvider({}, { isSea: () => true, getRawAsset: (key) => { if (key === 'fsmount.zip') return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer; throw new Error(key) } })
}

const disk = look(fs, join(dir, 'tree'))

test('the disk says what is there', async () => {
  const said = await disk
  assert.equal(said['file: readFile ["utf8"] promise'], 'content\n')
  assert.equal((said['one: stat [] sync'] as { code: string }).code, 'ELOOP')
  assert.equal((said['missing: readdir [] callback'] as { message: string }).message, "ENOENT: no such file or directory, scandir '<root>/missing'")
  assert.ok(Object.keys(said).length > 1500)
})

for (const [name, make] of Object.entries(sources)) {
  for (const mounted of [false, true]) {
    test(`${name}${mounted ? ', mounted,' : ''} says the same, and stays as it is`, async () => {
      const vfs = create(make() as unknown as Provider, { parents: false })
      if (mounted) vfs.mount('/fsmount-look')
      const [on, root] = (mounted ? [fs, '/fsmount-look/tree'] : [vfs as unknown as Fs, '/tree']) as [Fs, string]
      try {
        const [said, wanted] = [await look(on, root), await disk]
        for (const [key, value] of Object.entries(wanted)) assert.deepEqual(said[key], value, key)
        assert.equal(Object.keys(said).length, Object.keys(wanted).length)
        for (const [call, path, ...rest] of CHANGES) {
          for (const run of [async () => (on as unknown as Record<string, (...args: unknown[]) => unknown>)[`${call}Sync`]!(`${root}/${String(path)}`, ...rest), () => (on.promises as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[call]!(`${root}/${String(path)}`, ...rest)]) {
            await assert.rejects(run, { code: 'EROFS' }, `${call} ${String(path)}`)
          }
        }
        const again = await look(on, root)
        assert.deepEqual(again, said)
      } finally {
        vfs.unmount()
      }
    })
  }
}
