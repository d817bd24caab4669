// The other side of the interoperability test: reads a database with the AgentFS SDK and prints what is in it, or
// writes one. `node agentfs-child.js SDK_FOLDER read|write DATABASE`
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What both sides tell of a name. */
export interface Told { mode: number, nlink: number, size: number, mtime: number, hash?: string, target?: string, names?: string[] }

interface Sdk {
  fs: {
    readdir (path: string): Promise<string[]>
    stat (path: string): Promise<{ mode: number, nlink: number, size: number, mtime: number }>
    readFile (path: string): Promise<Buffer>
    readlink (path: string): Promise<string>
    writeFile (path: string, content: Buffer | string): Promise<void>
    mkdir (path: string): Promise<void>
    rename (from: string, to: string): Promise<void>
    unlink (path: string): Promise<void>
    rm (path: string, options: object): Promise<void>
    symlink (target: string, path: string): Promise<void>
    open (path: string): Promise<{ truncate (size: number): Promise<void>, pwrite (at: number, data: Buffer): Promise<void>, pread (at: number, size: number): Promise<Buffer> }>
  }
  close (): Promise<void>
}

export const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

async function tell (fs: Sdk['fs'], path: string, all: Record<string, Told>): Promise<void> {
  const { mode, nlink, size, mtime } = await fs.stat(path)
  const told: Told = all[path] = { mode, nlink, size, mtime }
  if ((mode & 0o170000) === 0o120000) told.target = await fs.readlink(path)
  else if ((mode & 0o170000) === 0o100000) {
    const whole = await fs.readFile(path)
    told.hash = hash(whole)
    const part = await (await fs.open(path)).pread(Math.floor(size / 3), Math.max(1, Math.floor(size / 2)))
    const expected = whole.subarray(Math.floor(size / 3), Math.floor(size / 3) + Math.max(1, Math.floor(size / 2)))
    if (!part.equals(expected)) throw new Error(`a part of ${path} differs from the whole`)
  } else {
    told.names = await fs.readdir(path)
    for (const name of told.names) await tell(fs, `${path === '/' ? '' : path}/${name}`, all)
  }
}

async function write (fs: Sdk['fs']): Promise<void> {
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255))
  await fs.mkdir('/dir')
  await fs.mkdir('/dir/sub')
  for (const size of [0, 1, 4096, 4097, 50_000]) await fs.writeFile(`/dir/f${size}`, bytes(size))
  await fs.writeFile('/deep/er/é', 'text')
  await fs.symlink('../dir/f1', '/dir/sub/link')
  await fs.writeFile('/old', 'renamed')
  await fs.rename('/old', '/new')
  await fs.writeFile('/gone', 'x')
  await fs.unlink('/gone')
  await fs.rm('/dir/f4096', { force: true })
  await fs.writeFile('/hole', bytes(100))
  const hole = await fs.open('/hole')
  await hole.truncate(10_000)   // leaves a file without the chunks that its size promises
  await fs.writeFile('/cut', bytes(9000))
  await (await fs.open('/cut')).truncate(5000)
  await (await fs.open('/cut')).pwrite(6000, Buffer.from('end'))
}

async function main ([sdk, action, file]: string[]): Promise<void> {
  const url = pathToFileURL(join(sdk!, 'dist', 'index_node.js')).href   // apart: the compiler garbles calls inside of import()
  const { AgentFS } = await import(url) as { AgentFS: { open (options: object): Promise<Sdk> } }
  const agent = await AgentFS.open({ path: file })
  const all: Record<string, Told> = {}
  if (action === 'write') await write(agent.fs)
  await tell(agent.fs, '/', all)
  await agent.close()
  console.log(JSON.stringify(all))
}

if (require.main === module) void main(process.argv.slice(2))
