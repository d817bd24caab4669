// What providers say to those who use them wrongly: options that they do not have, and calls after the end.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { create, MemoryProvider, OverlayProvider, RealFSProvider, SqliteProvider, VirtualProvider, ZipProvider } from '../../lib/index.ts'

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

/** A provider with the folder `/` alone, a file and a link in it. */
class Small extends VirtualProvider {
  override statSync (path: string): object {
    if (path === '/') return { isDirectory: () => true }
    if (path === '/l') return { isSymbolicLink: () => true }
    if (path === '/f') return { size: 4 }
    throw Object.assign(new Error('not there'), { code: 'ENOENT' })
  }

  override lstatSync (path: string): object { return this.statSync(path) }
  override readdirSync (): string[] { return ['f', 'l'] }
  override readlinkSync (): string { return 'f' }
  override readFileSync (): string { return 'text' }
}

const failing = async (run: () => Promise<unknown>): Promise<unknown> => await run().then((value) => ({ value }), (error) => (error as { code?: unknown } | undefined)?.code ?? error)

test('what is closed cannot be a layer any more', () => {
  const closed = new SqliteProvider()
  const vfs = create(closed, { overlay: 'copy-on-write' }).mount(dir)
  vfs.unmount()
  closed.close()
  for (const run of [() => vfs.mount(dir), () => create(closed, { overlay: 'copy-on-write' }), () => new OverlayProvider({ lower: new MemoryProvider(), upper: closed })]) {
    assert.throws(run, { name: 'Error', code: 'EBADF' })
  }
})

test('what an overlay cannot add to a listing of the disk is the error of the listing, in every form', async () => {
  class Later extends VirtualProvider {
    override async stat (): Promise<object> { return { isDirectory: () => true } }
    override async readdir (): Promise<string[]> { return ['f'] }
  }
  class Refusing extends Small { override readdirSync (): string[] { throw Object.assign(new Error('no'), { code: 'EACCES' }) } }
  for (const [provider, code] of [[new Later(), 'ERR_METHOD_NOT_IMPLEMENTED'], [new Refusing(), 'EACCES']] as const) {
    const vfs = create(provider, { overlay: true }).mount(dir)
    assert.throws(() => fs.readdirSync(dir), { code })
    assert.equal(await failing(() => fs.promises.readdir(dir)), code)
    assert.equal(await failing(() => new Promise((resolve, reject) => { fs.readdir(dir, (error, names) => { error === null ? resolve(names) : reject(error) }) })), code)
    vfs.unmount()
  }
})

test('what a provider asks of its own mount while it answers is no part of the call that it answers', async () => {
  class Entering extends VirtualProvider {
    readonly small = new Small()
    readonly seen: unknown[] = []
    override async stat (path: string): Promise<object> { return this.small.statSync(path) }
    override async lstat (path: string): Promise<object> { return this.small.statSync(path) }
    override async readdir (): Promise<string[]> { return this.small.readdirSync() }
    override async readFile (): Promise<string> { return 'text' }
    override async readlink (): Promise<string> {
      this.seen.push(fs.existsSync('/fsmount-entering/f'))   // it has no answer to that now
      this.seen.push(await failing(() => fs.promises.readdir('/fsmount-entering')))
      return 'f'
    }
  }
  const provider = new Entering()
  const vfs = create(provider).mount('/fsmount-entering')
  assert.equal(await fs.promises.readFile('/fsmount-entering/l', 'utf8'), 'text')
  assert.equal(await failing(() => fs.promises.readdir('/fsmount-entering/l/x')), 'ENOTDIR')
  assert.deepEqual(provider.seen, [false, { value: ['f', 'l'] }, false, { value: ['f', 'l'] }])
  vfs.unmount()
})

test('an error that is nothing is one all the same, and so is a file that cannot be closed', async () => {
  class Odd extends Small {
    override readlinkSync (): string { throw undefined as unknown as Error }
  }
  class Unclosed extends VirtualProvider {
    override async stat (path: string): Promise<object> { return new Small().statSync(path) }
    override async open (): Promise<never> { return { read: async () => ({ bytesRead: 0 }) } as never }
  }
  const vfs = create(new Odd()).mount('/fsmount-odd')
  for (const run of [() => fs.promises.cp('/fsmount-odd/l/x', '/fsmount-odd/y'), () => fs.promises.stat('/fsmount-odd/l')]) assert.equal(await failing(run), 'EIO')
  vfs.unmount()
  assert.equal(await failing(() => create(new Unclosed()).promises.readFile('/f')), 'ERR_METHOD_NOT_IMPLEMENTED')
  for (const nothing of [0, false, '', NaN]) {
    class Rejecting extends VirtualProvider {
      override async stat (path: string): Promise<object> { return new Small().statSync(path) }
      override async readFile (): Promise<never> { throw nothing as unknown as Error }
    }
    const rejecting = create(new Rejecting())
    assert.equal(await failing(() => rejecting.promises.readFile('/f')), 'EIO')
    assert.equal(await new Promise((resolve) => { rejecting.readFile('/f', (error) => { resolve(error?.code) }) }), 'EIO')
    assert.equal(await new Promise((resolve) => { rejecting.createReadStream('/f').on('error', (error) => { resolve((error as NodeJS.ErrnoException).code) }).on('end', resolve).resume() }), 'EIO')
  }
})

test('figures that no file has are the nearest that one can have', () => {
  class Odd extends Small {
    override statSync (path: string): never { return { ...super.statSync(path), size: path === '/f' ? -1 : 4.5, ino: 7.5, nlink: 1.5 } as never }
  }
  const stats = create(new Odd()).statSync('/f', { bigint: true })
  assert.deepEqual([stats.size, stats.ino, stats.nlink, create(new Odd()).lstatSync('/l').size], [0n, 7n, 1n, 4])
})

test('an upper layer that does not do as it says, or lists what is not there, fails with an error of the system', () => {
  class Idle extends MemoryProvider { override renameSync (): void {} }
  const layered = create(new OverlayProvider({ lower: new MemoryProvider(), upper: new Idle() }))
  layered.writeFileSync('/f', '')
  assert.throws(() => { layered.renameSync('/f', '/g') }, { code: 'EIO' })
  class Listing extends MemoryProvider { override readdirSync (): never { return ['there'] as never } }
  fs.writeFileSync(join(dir, 'there'), 'disk')
  const vfs = create(new Listing(), { overlay: 'copy-on-write' }).mount(dir)
  assert.equal(fs.readFileSync(join(dir, 'there'), 'utf8'), 'disk')
  assert.deepEqual(vfs.changes(), { added: [], modified: [], deleted: [] })
  vfs.unmount()
})
