// What providers say to those who use them wrongly: options that they do not have, and calls after the end.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { create, MemoryProvider, OverlayProvider, RealFSProvider, SqliteProvider, ZipProvider } from '../../lib/index.ts'

const dir = fs.mkdtempSync(join(tmpdir(), 'fsmount-misuse-'))
after(() => { fs.rmSync(dir, { recursive: true }) })

const wrong: Record<string, [code: string, make: () => unknown]> = {
  'a memory without such an option': ['ERR_INVALID_ARG_VALUE', () => new MemoryProvider({ maxByte: 10 } as object)],
  'a memory whose quota is no number': ['ERR_INVALID_ARG_TYPE', () => new MemoryProvider({ maxBytes: '1mb' as never })],
  'a tree that is no object': ['ERR_INVALID_ARG_TYPE', () => MemoryProvider.fromJSON('/app/main.js' as never)],
  'a database that is no path': ['ERR_INVALID_ARG_TYPE', () => new SqliteProvider({ readonly: true } as never)],
  'a transaction that goes on later': ['ERR_INVALID_RETURN_VALUE', () => new SqliteProvider().transaction((async () => {}) as never)],
  'layers one after the other': ['ERR_INVALID_ARG_TYPE', () => new (OverlayProvider as new (...layers: unknown[]) => OverlayProvider)(new MemoryProvider(), new MemoryProvider())],
  'a sandbox without such an option': ['ERR_INVALID_ARG_VALUE', () => new RealFSProvider(dir, { readOnly: true } as object)],
  'a database without such an option': ['ERR_INVALID_ARG_VALUE', () => new SqliteProvider(':memory:', { readOnly: true } as object)],
  'a database in no such mode': ['ERR_INVALID_ARG_VALUE', () => new SqliteProvider(':memory:', { synchronous: 'fast' as never })],
  'an archive without such an option': ['ERR_INVALID_ARG_VALUE', () => new ZipProvider(undefined, { readOnly: true } as object)],
  'layers that are none': ['ERR_INVALID_ARG_TYPE', () => new OverlayProvider(undefined as never)],
  'layers without an upper one': ['ERR_INVALID_ARG_TYPE', () => new OverlayProvider({ lower: new MemoryProvider() } as never)],
  'layers without a lower one': ['ERR_INVALID_ARG_TYPE', () => new OverlayProvider({ upper: new MemoryProvider() } as never)],
  'a commit of some': ['ERR_INVALID_ARG_VALUE', () => { layered().commit({ paths: ['/a'] } as object) }],
  'a discard of one': ['ERR_INVALID_ARG_VALUE', () => { (layered() as unknown as { discard (path: string): void }).discard('/a') }]
}

function layered (): ReturnType<typeof create> {
  return create(new OverlayProvider({ lower: new MemoryProvider(), upper: new MemoryProvider() }))
}

for (const [name, [code, make]] of Object.entries(wrong)) {
  test(`${name} is refused`, () => { assert.throws(make, { name: 'TypeError', code }) })
}

test('amounts below nothing are refused', () => {
  for (const [name, make] of [['maxBytes', () => new MemoryProvider({ maxBytes: -1 })], ['maxFiles', () => new ZipProvider(undefined, { maxFiles: NaN })]] as const) {
    assert.throws(make, { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: new RegExp(`^The value of "options\\.${name}" is out of range\\. It must be >= 0\\. Received `) })
  }
})

test('errors name what was given, not what is made of it', () => {
  assert.throws(() => { new ZipProvider().save(join(dir, 'none/x.zip')) }, { code: 'ENOENT', syscall: 'open', path: join(dir, 'none/x.zip') })
  assert.throws(() => create({ overlays: new MemoryProvider() } as object), ({ message }: Error) => message.length < 300)
})

test('what is closed says so with an error of fs', async () => {
  const file = join(dir, 'p.zip')
  const packed = new ZipProvider()
  create(packed).writeFileSync('/f', 'text')
  packed.save(file)
  const archive = new ZipProvider(file)
  create(archive).writeFileSync('/x', '1')
  archive.close()
  const database = new SqliteProvider(join(dir, 'p.db'))
  const vfs = create(new OverlayProvider({ lower: new MemoryProvider(), upper: database }))
  database.close()
  for (const call of [() => archive.save(), () => archive.toBuffer(), () => database.check(), () => database.transaction(() => {}), () => vfs.changes(), () => { vfs.commit() }, () => { vfs.discard() }]) {
    assert.throws(call, (error: unknown) => error instanceof Error && (error as NodeJS.ErrnoException).code === 'EBADF' && error.message.startsWith('EBADF: bad file descriptor, '))
  }
  await assert.rejects(database.backup(join(dir, 'q.db')), (error: unknown) => error instanceof Error && (error as NodeJS.ErrnoException).code === 'EBADF')
})
