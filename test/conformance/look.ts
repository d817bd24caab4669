// A tree, and everything that reading functions say of it, as plain data: of file systems that cannot be written to it
// must be what the disk says of the same tree. Imports nothing, so that it can be built into an executable.
type Fs = typeof import('node:fs')
type Call = (...args: unknown[]) => unknown
type Said = Record<string, unknown>

/** A moment that every file system can keep. */
const TIME = new Date(Date.UTC(2020, 1, 2, 3, 4, 5))

const FILES: ReadonlyArray<readonly [name: string, content: string, mode: number]> = [
  ['file', 'content\n', 0o644], ['empty', '', 0o600], ['folder/tool', '#!/bin/sh\n', 0o755], ['folder/deep/er/file', 'deep', 0o444],
  ['naïve — 名', 'unicode', 0o640], ['large', 'all work and no play '.repeat(20_000), 0o644], ['data.json', '{"n":1}', 0o644], ['.hidden', 'h', 0o644]
]
const LINKS: ReadonlyArray<readonly [name: string, target: string]> = [
  ['link', 'file'], ['folder/up', '../file'], ['to-folder', 'folder/deep'], ['dangling', 'nothing'], ['one', 'two'], ['two', 'one'], ['self', 'self'], ['folder/chain', '../link'], ['slashed', 'folder/']
]

/** Makes the tree in the folder `root`. */
export function furnish (fs: Fs, root: string): void {
  for (const folder of ['folder/deep/er', 'void']) fs.mkdirSync(`${root}/${folder}`, { recursive: true })
  for (const [name, content, mode] of FILES) {
    fs.writeFileSync(`${root}/${name}`, content)
    fs.chmodSync(`${root}/${name}`, mode)
    fs.utimesSync(`${root}/${name}`, TIME, TIME)
  }
  for (const [name, target] of LINKS) {
    fs.symlinkSync(target, `${root}/${name}`)
    fs.lutimesSync(`${root}/${name}`, TIME, TIME)
  }
  for (const [folder, mode] of [['folder/deep/er', 0o711], ['folder/deep', 0o755], ['folder', 0o755], ['void', 0o700], ['.', 0o755]] as const) {
    fs.chmodSync(`${root}/${folder}`, mode)
    fs.utimesSync(`${root}/${folder}`, TIME, TIME)
  }
}

const PATHS = [
  '', ...FILES.map(([name]) => name), ...LINKS.map(([name]) => name), 'folder', 'folder/', 'void', 'folder/deep/er', 'missing', 'missing/below', 'file/', 'file/below', 'link/', 'link/below', 'to-folder/er/file',
  'to-folder/../tool', 'slashed/tool', 'folder/./deep/../tool', 'folder//tool', 'dangling/', 'one/below', 'n'.repeat(256), 'with\0NUL'
]

/** Functions of a path, with what follows it, in all of their forms. */
const CALLS: ReadonlyArray<readonly [name: string, ...rest: unknown[]]> = [
  ['stat'], ['stat', { bigint: true }], ['lstat'], ['access'], ['access', 4], ['access', 1], ['readFile'], ['readFile', 'utf8'], ['readFile', { encoding: 'base64', flag: 'r' }], ['readdir'], ['readdir', { withFileTypes: true }],
  ['readdir', { recursive: true }], ['readdir', 'buffer'], ['readlink'], ['readlink', 'buffer'], ['realpath'], ['opendir'], ['open', 'r']
]

/** What all of them say of all of it. */
export async function look (fs: Fs, root: string): Promise<Said> {
  const said: Said = {}
  for (const path of PATHS) {
    const full = path === '' ? root : `${root}/${path}`
    for (const [name, ...rest] of CALLS) {
      const key = `${path.slice(0, 40)}: ${name} ${JSON.stringify(rest)}`
      said[`${key} sync`] = await outcome(fs, root, () => (fs as unknown as Record<string, Call>)[`${name}Sync`]!(full, ...rest))
      said[`${key} callback`] = await outcome(fs, root, () => new Promise((resolve, reject) => {
        (fs as unknown as Record<string, Call>)[name]!(full, ...rest, (error: unknown, value: unknown) => { error === null || error === undefined ? resolve(value) : reject(error) })
      }))
      said[`${key} promise`] = await outcome(fs, root, () => (fs.promises as unknown as Record<string, Call>)[name]!(full, ...rest))
    }
    said[`${path}: exists`] = fs.existsSync(full)
    said[`${path}: stream`] = await outcome(fs, root, async () => {
      let text = ''
      for await (const chunk of fs.createReadStream(full, { start: 2, end: 100_000, highWaterMark: 1000 })) text += String(chunk)
      return text
    })
  }
  return said
}

async function outcome (fs: Fs, root: string, run: () => unknown): Promise<unknown> {
  try {
    return await plain(fs, root, await run())
  } catch (error) {
    const { name, code, message, syscall, path } = error as NodeJS.ErrnoException
    return clean(root, { name, code, message, syscall, path })
  }
}

const clean = (root: string, value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(root, '<root>')) as unknown

/** Text that is long, as its length and both ends. */
const short = (text: string): unknown => text.length > 200 ? [text.length, text.slice(0, 50), text.slice(-50)] : text

async function plain (fs: Fs, root: string, value: unknown): Promise<unknown> {
  if (typeof value === 'number') return file(fs, value)
  if (value instanceof Uint8Array) return short(Buffer.from(value).toString('latin1'))
  if (typeof value === 'string') return clean(root, short(value))
  if (Array.isArray(value)) return value.map((each) => typeof each === 'object' && 'isFile' in each ? { ...each, path: undefined, parentPath: clean(root, each.parentPath), kind: kindOf(each) } : String(each))
  if (typeof value !== 'object' || value === null) return value
  if ('mtimeMs' in value) return stats(value as import('node:fs').Stats)
  if ('readSync' in value && 'path' in value) {
    const dir = value as import('node:fs').Dir
    const names = []
    for await (const entry of dir) names.push(`${entry.name} ${kindOf(entry)}`)
    return { path: clean(root, dir.path), names: names.sort() }
  }
  return handle(value as import('node:fs/promises').FileHandle)
}

const kindOf = (entry: { isFile (): boolean, isDirectory (): boolean, isSymbolicLink (): boolean }): string => entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other'

function stats (value: import('node:fs').Stats | import('node:fs').BigIntStats): Said {
  const folder = value.isDirectory()
  return { kind: kindOf(value), mode: String(value.mode), nlink: String(value.nlink), size: folder ? undefined : String(value.size), mtime: String(value.mtimeMs), big: typeof value.size, date: value.mtime.toISOString() }
}

function file (fs: Fs, fd: number): unknown {
  try {
    const buffer = Buffer.alloc(20)
    const counts = []
    for (const position of [null, 3, null, 1_000_000]) {
      try { counts.push(fs.readSync(fd, buffer, 0, 7, position)) } catch (error) { counts.push((error as Error).message) }
    }
    return { counts, bytes: buffer.toString('latin1'), stats: stats(fs.fstatSync(fd)) }
  } finally {
    fs.closeSync(fd)
  }
}

async function handle (value: import('node:fs/promises').FileHandle): Promise<unknown> {
  try {
    const first = await value.read(Buffer.alloc(5), 0, 5, 1).then(({ bytesRead, buffer }) => `${bytesRead} ${buffer.toString('latin1')}`, (error: Error) => error.message)
    return { first, rest: await value.readFile('latin1').then(short, (error: Error) => error.message), stats: stats(await value.stat()) }
  } finally {
    await value.close()
  }
}

/** Calls that change something; none of them may. */
export const CHANGES: ReadonlyArray<readonly [name: string, ...args: unknown[]]> = [
  ['writeFile', 'file', 'x'], ['writeFile', 'new', 'x'], ['appendFile', 'file', 'x'], ['open', 'file', 'r+'], ['open', 'file', 'w'], ['open', 'new', 'a'], ['truncate', 'file', 1], ['chmod', 'file', 0o600], ['chown', 'file', 0, 0],
  ['utimes', 'file', 1, 1], ['lutimes', 'link', 1, 1], ['mkdir', 'new'], ['mkdir', 'new/deep', { recursive: true }], ['rmdir', 'void'], ['rm', 'file'], ['rm', 'folder', { recursive: true }], ['unlink', 'file'], ['mkdtemp', 'folder/x'], ['access', 'file', 2]
]
