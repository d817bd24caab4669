// The rows of single calls: what is called on which paths. Each is measured with path strings that stay the same and
// with strings made anew for each call, as programs that join paths make them.
import { collect, fresh, measure, type Span } from './clock.ts'
import type { Subject } from './subjects.ts'

type Fs = typeof import('node:fs')

/** A row: its name in tables and targets, its paths below the root, and the calls on a list of paths. */
export interface Call {
  readonly name: string
  readonly paths: readonly string[]
  run (fs: Fs, paths: readonly string[]): number | Promise<number>
}

const HUNDRED = Array.from({ length: 100 }, (_, i) => i)
const files = HUNDRED.map((i) => `/bench/files/f${i}`)
const free = HUNDRED.map((i) => `/bench/files/new${i}`)
const KIB = 'The quick brown fox jumps over the lazy dog 0123456789 ABCDEF.\n\n'.repeat(16)
const bytes = Buffer.from(KIB)

/** Writes what the rows work on. */
export function fill (fs: Fs, root: string): void {
  fs.mkdirSync(`${root}/bench/files`, { recursive: true })
  fs.mkdirSync(`${root}/bench/hundred`, { recursive: true })
  for (const path of files) fs.writeFileSync(root + path, KIB)
  for (const i of HUNDRED) fs.writeFileSync(`${root}/bench/hundred/name${i}`, '')
}

/** The cost that nothing can go below: the same 1 KiB found in a Map by its path and decoded. */
export const REFERENCE = 'Map.get + decode 1 KiB'

/** The cost that no promise that is kept in a later turn can go below. */
const TURN = 'a turn of the event loop'

const stored = new Map<string, Buffer>()

/** All rows. */
export const calls: readonly Call[] = [
  {
    name: 'readFileSync 1 KiB utf8',
    paths: files,
    run (fs, paths) {
      let sum = 0
      for (const path of paths) sum += fs.readFileSync(path, 'utf8').length
      return sum
    }
  },
  {
    name: REFERENCE,
    paths: files,
    run (_fs, paths) {
      if (stored.size === 0) for (const path of paths) stored.set(path, Buffer.from(KIB))
      let sum = 0
      for (const path of paths) sum += stored.get(path)!.toString('utf8').length
      return sum
    }
  },
  {
    name: 'statSync',
    paths: files,
    run (fs, paths) {
      let sum = 0
      for (const path of paths) sum += fs.statSync(path).size
      return sum
    }
  },
  {
    name: 'existsSync hit',
    paths: files,
    run (fs, paths) {
      let sum = 0
      for (const path of paths) if (fs.existsSync(path)) sum++
      return sum
    }
  },
  {
    name: 'existsSync miss',
    paths: free,
    run (fs, paths) {
      let sum = 0
      for (const path of paths) if (!fs.existsSync(path)) sum++
      return sum
    }
  },
  {
    name: 'writeFileSync 1 KiB',
    paths: files,
    run (fs, paths) {
      for (const path of paths) fs.writeFileSync(path, bytes)
      return paths.length
    }
  },
  {
    name: 'create + unlink',
    paths: free,
    run (fs, paths) {
      for (const path of paths) {
        fs.writeFileSync(path, '')
        fs.unlinkSync(path)
      }
      return paths.length
    }
  },
  {
    name: 'open + read + close',
    paths: files,
    run (fs, paths) {
      const buffer = Buffer.alloc(1024)
      let sum = 0
      for (const path of paths) {
        const fd = fs.openSync(path, 'r')
        sum += fs.readSync(fd, buffer, 0, 1024, 0)
        fs.closeSync(fd)
      }
      return sum
    }
  },
  {
    name: 'readdirSync 100 names',
    paths: new Array<string>(20).fill('/bench/hundred'),
    run (fs, paths) {
      let sum = 0
      for (const path of paths) sum += fs.readdirSync(path).length
      return sum
    }
  },
  {
    name: 'promises.readFile 1 KiB utf8',
    paths: files,
    async run (fs, paths) {
      let sum = 0
      for (const path of paths) sum += (await fs.promises.readFile(path, 'utf8')).length
      return sum
    }
  },
  {
    name: 'promises.readFile 1 KiB as Buffer',
    paths: files,
    async run (fs, paths) {
      let sum = 0
      for (const path of paths) sum += (await fs.promises.readFile(path)).length
      return sum
    }
  },
  {
    name: TURN,
    paths: files,
    async run (_fs, paths) {
      for (const _ of paths) await new Promise((resolve) => { setImmediate(resolve) })
      return paths.length
    }
  }
]

/** What one subject's rows cost, in nanoseconds a call; null with a reason where the call does not work. */
export type Costs = Record<string, { same: number, fresh: number } | { failed: string }>

/** Measures the rows whose name `wanted` contains. */
export async function measureCalls (subject: Subject, wanted: string, span: Span): Promise<Costs> {
  const opened = subject.open(fill)
  const costs: Costs = {}
  for (const call of calls) {
    if (!call.name.includes(wanted) && call.name !== REFERENCE) continue
    const paths = call.paths.map((path) => opened.root + path)
    const run = (list: readonly string[]): number | Promise<number> => call.run(opened.fs, list)
    try {
      collect()
      costs[call.name] = { same: await measure(run, () => paths, span), fresh: await measure(run, fresh(paths), span) }
    } catch (error) {
      costs[call.name] = { failed: (error as Error).message }
    }
  }
  opened.close()
  return costs
}
