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

/** A side's times before and after a step. */
export type Looks = readonly [before: Clock, after: Clock]

/**
 * Nanoseconds between two times that may yet be of one moment: the kernel's clock ticks every few milliseconds, ours every
 * one, and a busy machine stops either in between. What moves to now moves further, by the pause before the step.
 */
const GRAIN = 30_000_000n
const near = (a: bigint, b: bigint): boolean => a - b > -GRAIN && a - b < GRAIN

const FIELDS = ['atime', 'mtime', 'ctime'] as const

/**
 * Which times moved on the two sides. Those that could go either way by the clock's grain are left out: an access time
 * beside a change, and one that moved by no more than that (a copy takes its source's times from Node 22 on, and two
 * files that were looked at one after the other have the same on one side).
 */
export function moved (oracle: Looks, subject: Looks, coarse: boolean): readonly [expected: string[], got: string[]] {
  const unsure = new Set<string>()
  for (const [path, { atime, mtime, ctime }] of oracle[0]) if (coarse || near(mtime, atime) || near(ctime, atime)) unsure.add(`${path} atime`)
  const found = [oracle, subject].map(([before, after]) => {
    const some: string[] = []
    for (const [path, was] of before) {
      const is = after.get(path)
      if (is === undefined) continue
      // The times of two inodes may be equal, by the grain of the clock.
      if (was.ino !== is.ino) some.push(`${path} is another`)
      else {
        for (const field of FIELDS) {
          if (was[field] === is[field]) continue
          if (near(was[field], is[field])) unsure.add(`${path} ${field}`)
          else some.push(`${path} ${field}`)
        }
      }
    }
    return some
  })
  const [expected, got] = found.map((some) => some.filter((one) => !unsure.has(one)))
  return [expected!, got!]
}
