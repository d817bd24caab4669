// What a file system in SQLite costs beside plain fs on the same disk, turn by turn in one process: many files, how that
// grows with their number, and one file too large to be held.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collect, median, use } from './clock.ts'
import type { Ratios } from './foreign.ts'
import type { Mountable } from './subjects.ts'

type Fs = typeof import('node:fs')
type Provider = new (file: string, options?: { driver?: string }) => { close (): void }
const load = createRequire(__filename)
const live = load('node:fs') as Fs

const TEN_KIB = Buffer.alloc(10 * 1024, 'fsmount ')
const FILES = 2000
const STEP = 1 << 20
const BLOCK = 4096

/** Names in folders of at most a thousand, so that the disk is not measured by its large folders. */
const namesOf = (root: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${root}/d${Math.floor(i / FILES)}/f${i}`)

/** What is done with all files, one after another. */
const rows: Readonly<Record<string, (fs: Fs, root: string, names: readonly string[]) => number>> = {
  'write each': (fs, _root, names) => {
    for (const name of names) fs.writeFileSync(name, TEN_KIB)
    return names.length
  },
  'read each': (fs, _root, names) => {
    let sum = 0
    for (const name of names) sum += fs.readFileSync(name).length
    return sum
  },
  'stat each': (fs, _root, names) => {
    let sum = 0
    for (const name of names) sum += fs.statSync(name).size
    return sum
  },
  'readdir of 2,000': (fs, root) => {
    let sum = 0
    for (let i = 0; i < 20; i++) sum += fs.readdirSync(`${root}/d0`).length
    return sum
  }
}

function timed (run: () => number): number {
  const begin = performance.now()
  use(run())
  return performance.now() - begin
}

/** Both sides of a measurement: an fs and the root below which it works. */
interface Side { readonly fs: Fs, readonly root: string }

/** The ratios for `count` files of 10 KiB: the first write into new files, then medians of five turns. */
function many (disk: Side, ours: Side, count: number): Ratios {
  const ratios: Ratios = {}
  for (const side of [disk, ours]) for (let d = 0; d * FILES < count; d++) side.fs.mkdirSync(`${side.root}/d${d}`, { recursive: true })
  const names = new Map([disk, ours].map((side) => [side, namesOf(side.root, count)]))
  for (const [row, run] of Object.entries(rows)) {
    const pairs: number[] = []
    for (let turn = 0; turn < (row === 'write each' ? 1 : 5); turn++) {
      collect()
      const [a, b] = [disk, ours].map((side) => timed(() => run(side.fs, side.root, names.get(side)!)))
      pairs.push(b! / a!)
    }
    ratios[row] = median(pairs)
  }
  return ratios
}

/** One file of `size` bytes: MiB of memory that writing and reading it as a stream take, and what 4 KiB in it cost. */
async function large (disk: Side, ours: Side, size: number): Promise<{ memory: number, random: number }> {
  const source = Buffer.alloc(STEP, 'x')
  collect()
  const before = process.memoryUsage().rss
  let most = before
  const look = (): void => { most = Math.max(most, process.memoryUsage().rss) }
  const files = [disk, ours].map((side) => `${side.root}/large`)
  for (const [i, side] of [disk, ours].entries()) {
    const stream = side.fs.createWriteStream(files[i]!)
    for (let at = 0; at < size; at += STEP) {
      if (!stream.write(source)) await new Promise((resolve) => { stream.once('drain', resolve) })
      if (side === ours) look()
    }
    await new Promise((resolve) => { stream.end(resolve) })
  }
  for await (const chunk of ours.fs.createReadStream(files[1]!)) {
    use((chunk as Buffer).length)
    look()
  }
  const buffer = Buffer.alloc(BLOCK)
  const descriptors = [disk, ours].map((side, i) => side.fs.openSync(files[i]!, 'r'))
  const pairs: number[] = []
  for (let turn = 0; turn < 11; turn++) {
    const [a, b] = [disk, ours].map((side, i) => timed(() => {
      let seed = 12345 + turn
      let sum = 0
      for (let n = 0; n < 500; n++) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff
        sum += side.fs.readSync(descriptors[i]!, buffer, 0, BLOCK, (seed % (size / BLOCK)) * BLOCK)
      }
      return sum
    }))
    pairs.push(b! / a!)
  }
  for (const [i, side] of [disk, ours].entries()) side.fs.closeSync(descriptors[i]!)
  return { memory: (most - before) / STEP, random: median(pairs) }
}

/** Ratios to plain fs on the same disk; '… MiB' is no ratio. `size`: bytes of the one large file. */
export async function measureSqlite (size: number): Promise<Ratios> {
  const folder = mkdtempSync(join(tmpdir(), 'fsmount-bench-'))
  const { create, SqliteProvider } = load('../../lib/index.js') as { create (provider: unknown): Mountable, SqliteProvider: Provider }
  const ratios: Ratios = {}
  try {
    for (const count of [FILES, FILES * 5]) {
      const disk: Side = { fs: live, root: join(folder, `disk${count}`) }
      mkdirSync(disk.root)
      const provider = new SqliteProvider(join(folder, `${count}.db`))
      const ours: Side = { fs: create(provider) as unknown as Fs, root: '' }
      for (const [row, ratio] of Object.entries(many(disk, ours, count))) ratios[`${row}, ${count.toLocaleString('en')} files`] = ratio
      if (count === FILES) {
        const { memory, random } = await large(disk, ours, size)
        ratios['large file: memory in MiB'] = memory
        ratios['large file: 4 KiB at random'] = random
      }
      provider.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  return ratios
}
