// Archives of `node:zlib` (26.10) behind a file system: what is changed is changed in them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import zlib from 'node:zlib'
import type { VirtualFileSystem } from '../../lib/index.ts'
import type { Api, Case } from './cases.ts'

interface Entry { readonly mode: number, contentSync (): Buffer }
interface Archive { has (name: string): boolean, keys (): Iterable<string>, get (name: string): Entry, getSync (name: string): Entry, addSync (name: string, data: Buffer, options?: object): void, closeSync (): void, toBufferSync (): Buffer }

const { ZipBuffer, ZipFile, ZipEntry, createZipArchiveSync } = zlib as unknown as {
  ZipBuffer: new (bytes: Buffer) => Archive
  ZipFile: { openSync (file: string, options?: object): Archive }
  ZipEntry: { createSync (name: string, data: Buffer, options?: object): unknown }
  createZipArchiveSync (entries: unknown[]): Iterable<Uint8Array>
}

/** Whether this Node has them. */
export const hasArchives = ZipBuffer !== undefined

const bytes = (): Buffer => Buffer.concat([...createZipArchiveSync([
  ZipEntry.createSync('a.txt', Buffer.from('hello'), { mode: 0o600, modified: new Date(1e12) }),
  ZipEntry.createSync('dir/b.txt', Buffer.from('nested')), ZipEntry.createSync('empty/', Buffer.alloc(0))
])])

const over = ({ create, ZipProvider }: Api, archive: Archive): VirtualFileSystem => create(new ZipProvider(archive as never) as never)
const code = (run: () => unknown): unknown => {
  try {
    return run() === undefined ? 'done' : 'given'
  } catch (error) {
    return (error as { code?: string }).code
  }
}

/** What all kinds of archives answer alike. */
function changes (vfs: VirtualFileSystem, archive: Archive): unknown[] {
  const answers: unknown[] = [vfs.readonly, vfs.readFileSync('/a.txt', 'utf8'), vfs.readdirSync('/').sort(), vfs.statSync('/dir').isDirectory(), vfs.statSync('/a.txt').size, vfs.statSync('/a.txt').mode & 0o777, vfs.statSync('/a.txt').mtimeMs]
  vfs.writeFileSync('/new', 'brand new')
  vfs.appendFileSync('/new', '!')
  vfs.mkdirSync('/made')
  vfs.renameSync('/dir', '/moved')
  vfs.writeFileSync('/a.txt', 'longer than before')
  const fd = vfs.openSync('/made/parts', 'w')
  for (const part of ['one', 'two']) vfs.writeSync(fd, Buffer.from(part), 0, 3, null)
  vfs.closeSync(fd)
  answers.push(code(() => { vfs.rmdirSync('/moved') }), code(() => vfs.openSync('/a.txt', 'wx')), code(() => { vfs.unlinkSync('/none') }), code(() => { vfs.mkdirSync('/made') }), vfs.readFileSync('/moved/b.txt', 'utf8'))
  vfs.rmdirSync('/empty')
  answers.push([...archive.keys()].filter((name) => !name.endsWith('/')).sort(), archive.has('made/'), archive.has('empty/'))
  return answers
}

const CHANGED = [false, 'hello', ['a.txt', 'dir', 'empty'], true, 5, 0o600, 1e12, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'EEXIST', 'nested', ['a.txt', 'made/parts', 'moved/b.txt', 'new'], true, false]

function withFile<T> (run: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'fsmount-archives-'))
  try {
    const file = join(folder, 'a.zip')
    writeFileSync(file, bytes())
    return run(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The cases. */
export const ARCHIVES: readonly Case[] = [
  {
    name: 'a ZipBuffer is changed through the file system over it',
    run: (api) => {
      const archive = new ZipBuffer(bytes())
      const answers = changes(over(api, archive), archive)
      const again = new ZipBuffer(archive.toBufferSync())
      return [answers, ['new', 'made/parts', 'a.txt'].map((name) => String(again.get(name).contentSync())), again.get('a.txt').mode & 0o777]
    },
    gives: [CHANGED, ['brand new!', 'onetwo', 'longer than before'], 0o600]
  },
  {
    name: 'what is added to a ZipBuffer is seen',
    run: (api) => {
      const archive = new ZipBuffer(bytes())
      const vfs = over(api, archive)
      const before = vfs.existsSync('/late')
      archive.addSync('late', Buffer.from('here'))
      return [before, vfs.readFileSync('/late', 'utf8')]
    },
    gives: [false, 'here']
  },
  {
    name: 'a ZipFile that was opened to be written is changed on the disk',
    run: (api) => withFile((file) => {
      const archive = ZipFile.openSync(file, { writable: true })
      const answers = changes(over(api, archive), archive)
      archive.closeSync()
      const again = ZipFile.openSync(file)
      const contents = ['new', 'made/parts', 'a.txt'].map((name) => String(again.getSync(name).contentSync()))
      again.closeSync()
      return [answers, contents]
    }),
    gives: [CHANGED, ['brand new!', 'onetwo', 'longer than before']]
  },
  {
    name: 'another ZipFile is read-only, and closed with its provider',
    run: async (api) => await withFile(async (file) => {
      const provider = new api.ZipProvider(ZipFile.openSync(file) as never)
      const vfs = api.create(provider as never)
      const answers = [provider.readonly, provider.supportsSymlinks, provider.supportsWatch, vfs.readFileSync('/dir/b.txt', 'utf8'), await vfs.promises.readFile('/a.txt', 'utf8')]
      answers.push(...[() => { vfs.writeFileSync('/a.txt', '') }, () => { vfs.mkdirSync('/d') }, () => { vfs.unlinkSync('/a.txt') }, () => { vfs.renameSync('/a.txt', '/b') }].map(code) as string[])
      const closed = provider.closeSync() === undefined
      await provider[Symbol.asyncDispose]()
      return [...answers, closed, code(() => vfs.readFileSync('/a.txt'))]
    }),
    gives: [true, false, false, 'nested', 'hello', 'EROFS', 'EROFS', 'EROFS', 'EROFS', true, 'ERR_INVALID_STATE']
  },
  {
    name: 'anything else is no archive',
    run: ({ ZipProvider }) => [{}, null, new Map()].map((source) => code(() => new ZipProvider(source as never))),
    gives: ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE']
  }
]
