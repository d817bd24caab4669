// Scratch folders, and the SQLite drivers that the running Node can load, for the tests of SqliteProvider.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { SqliteProvider } from '../../providers/sqlite.ts'
import type { Driver, SqliteOptions } from '../../providers/sqlite.ts'

/** A new folder that is removed after the tests of the calling file. */
export function scratch (): string {
  const dir = mkdtempSync(join(tmpdir(), 'fsmount-sqlite-'))
  after(() => { rmSync(dir, { recursive: true, force: true }) })
  return dir
}

/** The drivers that load here. At least one must, or there is nothing to test. */
export const drivers: Driver[] = (['better-sqlite3', 'node:sqlite'] as const).filter((driver) => {
  try {
    new SqliteProvider(':memory:', { driver }).close()
    return true
  } catch {
    return false   // not installed, or not of this Node
  }
})
if (drivers.length === 0) throw new Error('no SQLite driver loads here')

export const FILE = 0o100644
export const FOLDER = 0o040755
export const LINK = 0o120777

/** Makes a file with that content in one transaction. */
export function put (fs: SqliteProvider, dir: number, name: string, content: string | Uint8Array): number {
  return fs.atomic(() => {
    const node = fs.lookup(dir, name)?.node ?? fs.mknod(dir, name, FILE, 0, 0)
    fs.replace(node, typeof content === 'string' ? Buffer.from(content) : content)
    return node
  })
}

/** The content of a file, read by `read` in pieces of `step` bytes. */
export function take (fs: SqliteProvider, node: number, step = 100_000): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const buffer = Buffer.alloc(step, 0xEE)
    const bytes = fs.read(node, buffer, at)
    if (bytes === 0) return Buffer.concat(parts)
    parts.push(buffer.subarray(0, bytes))
    at += bytes
  }
}

/** Content of `length` bytes that differs at every place and for every seed. */
export function noise (length: number, seed = 1): Buffer {
  const out = Buffer.alloc(length)
  for (let i = 0, x = seed * 2654435761 >>> 0; i < length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    out[i] = x >>> 24
  }
  return out
}

/** Two providers on one file: the one's writes are somebody else's for the other. */
export function pair (file: string, options: SqliteOptions = {}): [SqliteProvider, SqliteProvider] {
  return [new SqliteProvider(file, options), new SqliteProvider(file, options)]
}

/** The code of what `run` throws. */
export function codeOf (run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}
