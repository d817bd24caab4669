// The whole tree of a side, as plain data: what is compared beside the results of single steps.
import type { Side } from './side.ts'
import { instant } from './outcome.ts'
import type { BigIntStats } from 'node:fs'

const S_IFMT = 0o170000
const code = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

/** One entry: its attributes, and what it contains or points to. */
type Leaf = Record<string, unknown>

/**
 * Everything below the base of a side and every open file, by path; `twins` numbers inodes in the order of their first
 * appearance, so that hard links and open files that share one inode show on both sides alike.
 */
export function tree (side: Side, since: number): Record<string, Leaf> {
  const found: Record<string, Leaf> = {}
  const twins = new Map<bigint, number>()
  const { fs, reader } = side

  function leaf (stat: BigIntStats): Leaf {
    const type = Number(stat.mode) & S_IFMT
    if (!twins.has(stat.ino)) twins.set(stat.ino, twins.size)
    return {
      mode: Number(stat.mode).toString(8), nlink: stat.nlink, uid: stat.uid, gid: stat.gid, twin: twins.get(stat.ino),
      ...(type === 0o100000 ? { size: stat.size } : {}), mtime: instant(stat.mtimeNs, since), atime: side.coarse ? 0 : instant(stat.atimeNs, since), ctime: instant(stat.ctimeNs, since)
    }
  }

  function walk (path: Buffer): void {
    const name = reader.text(path.toString('latin1'))
    let stat
    try {
      stat = fs.lstatSync(path, { bigint: true })
    } catch (error) {
      found[name] = { error: code(error) }
      return
    }
    const entry: Leaf = found[name] = leaf(stat)
    try {
      if (stat.isSymbolicLink()) {
        const target = fs.readlinkSync(path, 'buffer')
        entry.target = reader.text(target.toString('latin1'))
        entry.beyond = stat.size - BigInt(target.length)
      } else if (stat.isFile()) {
        entry.bytes = fs.readFileSync(path)
      } else if (stat.isDirectory()) {
        for (const child of fs.readdirSync(path, 'buffer')) walk(Buffer.concat([path, Buffer.from('/'), child]))
      }
    } catch (error) {
      entry.error = code(error)
    }
  }

  // The base of a side may be the root of a file system, which belongs to nobody who could be compared.
  walk(Buffer.from(`${side.base}/p`))
  for (const [number, open] of side.slots.entries()) {
    const fd = typeof open === 'object' ? open.fd : open
    if (fd !== undefined && fd >= 0) found[`open ${number}`] = leaf(fs.fstatSync(fd, { bigint: true }))
  }
  return found
}

/** The paths of a tree below the root, as steps name them. */
export function names (found: Record<string, Leaf>): string[] {
  return Object.keys(found).filter((name) => name.startsWith('~/') && found[name]!.error === undefined).map((name) => Buffer.from(name.slice(1), 'latin1').toString())
}

/** Times of all entries in nanoseconds, by path. */
export type Clock = Map<string, Record<'ino' | 'atime' | 'mtime' | 'ctime', bigint>>

/** The times of the given paths. */
export function clock (side: Side, paths: readonly string[]): Clock {
  const found: Clock = new Map()
  for (const path of paths) {
    let stat
    try {
      stat = side.fs.lstatSync(Buffer.from(side.root + path), { bigint: true })
    } catch {
      // Gone, or behind what is no folder any more.
      continue
    }
    found.set(path, { ino: stat.ino, atime: stat.atimeNs, mtime: stat.mtimeNs, ctime: stat.ctimeNs })
  }
  return found
}

/** Which times moved between two looks; access times that could go either way by the clock's grain (`unsure`) are left out. */
export function moved (before: Clock, after: Clock, unsure: Clock, coarse: boolean): string[] {
  const found: string[] = []
  for (const [path, was] of before) {
    const is = after.get(path)
    if (is === undefined) continue
    // The times of two inodes may be equal, by the grain of the clock.
    if (was.ino !== is.ino) {
      found.push(`${path} is another`)
      continue
    }
    const doubt = unsure.get(path)!
    for (const field of ['atime', 'mtime', 'ctime'] as const) {
      if (field === 'atime' && (coarse || [doubt.mtime - doubt.atime, doubt.ctime - doubt.atime].some((gap) => gap > -30_000_000n && gap < 30_000_000n))) continue
      if (was[field] !== is[field]) found.push(`${path} ${field}`)
    }
  }
  return found
}
