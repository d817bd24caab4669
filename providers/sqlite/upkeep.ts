// What concerns the database file as a whole: how much room there is, flushing it to the disk, copying it while in use.
import { randomBytes } from 'node:crypto'
import { freemem } from 'node:os'
import { dirname } from 'node:path'
import { Errno, recast } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import type { StatFsAttr } from '../../lib/kernel/provider.ts'
import type { Connection } from './connection.ts'
import { resultCode } from './drivers.ts'

/** Bytes that can still be stored beside `file`, or in memory. */
export function room (file: string): number {
  if (file === ':memory:') return freemem()
  const { bavail, bsize } = native.statfsSync(dirname(file))
  return bavail * bsize
}

/** The figures of statfs: pages of the database and what the disk has left. */
export function figures (connection: Connection): StatFsAttr {
  const number = (sql: string): number => Number(connection.query(sql).get()![0])
  const bsize = number('PRAGMA page_size')
  const spare = number('PRAGMA freelist_count')
  const free = spare + Math.floor(room(connection.file) / bsize)
  const blocks = number('PRAGMA page_count') - spare + free
  return { type: 0x53514C69, bsize, blocks, bfree: free, bavail: free, files: number('SELECT count(*) FROM fs_inode'), ffree: 0xFFFFFFFF }
}

/** Flushes the log of `file`, and the folder that names it. Closing a descriptor of the database itself would drop SQLite's locks. */
export function flushLog (file: string): void {
  for (const [path, flags] of [[`${file}-wal`, 'r+'], [dirname(file), 'r']] as const) {
    try {
      const fd = native.openSync(path, flags)
      try { native.fsyncSync(fd) } finally { native.closeSync(fd) }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'EIO'
      // No log: everything is in the file already. Folders cannot be opened on Windows, nor need they be.
      if (!['ENOENT', 'EISDIR', 'EPERM', 'EACCES'].includes(code)) throw new Errno(code)
    }
  }
}

/** Copies the database as it is now to `target`, which appears, or is replaced, when the copy is whole. */
export async function copyDatabase (connection: Connection, target: string): Promise<void> {
  if (connection.locked || target === connection.file) throw new Errno('EBUSY')
  const partial = `${target}.${randomBytes(8).toString('hex')}`   // others may be making copies of the same name
  try {
    native.closeSync(native.openSync(partial, 'wx'))   // where that is not possible the system says why, SQLite does not
    if (!await copyPiecemeal(connection, partial)) connection.exec(`VACUUM INTO '${partial.replaceAll("'", "''")}'`)
    native.renameSync(partial, target)
  } catch (error) {
    throw recast(connection.translate(error))
  } finally {
    for (const rest of ['', '-journal', '-wal', '-shm']) native.rmSync(partial + rest, { force: true })
  }
}

/** The driver's own way, which leaves the event loop free; false if it has none (libsql has one that only says so). */
async function copyPiecemeal (connection: Connection, target: string): Promise<boolean> {
  try {
    await connection.db.backup?.(target)
    return connection.db.backup !== undefined
  } catch (error) {
    if (resultCode(error) !== undefined || (error as Error).message !== 'not implemented') throw error
    return false
  }
}
