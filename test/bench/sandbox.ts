// What a sandboxed real folder costs beside plain fs on the same files, turn by turn in one process: how it grows with
// depth, and that data costs what it costs.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { collect, median, use, type Span } from './clock.ts'
import type { Ratios } from './foreign.ts'
import type { Mountable, Subject } from './subjects.ts'

type Fs = typeof import('node:fs')
const load = createRequire(__filename)
const live = load('node:fs') as Fs

const MIB = 1 << 20
const NAMES = 'abcdefghijkl'
const PREFIX = '/fsmount-bench-mount'

/** A path of `depth` names. */
const deep = (depth: number): string => `/${NAMES.slice(0, depth - 1).split('').map((name) => `${name}/`).join('')}file`

/** Makes the calls of a row over an fs and a root; gives what they can be done with, and how often. */
type Make = (fs: Fs, root: string) => { run: () => number | Promise<number>, times: number }

const statOf = (depth: number): Make => (fs, root) => {
  const path = root + deep(depth)
  return { times: 200, run: () => fs.statSync(path).size }
}

const rows: Readonly<Record<string, Make>> = {
  'statSync, depth 1': statOf(1),
  'statSync, depth 6': statOf(6),
  'statSync, depth 12': statOf(12),
  'existsSync miss, depth 6': (fs, root) => {
    const path = `${root}${deep(6)}.none`
    return { times: 200, run: () => fs.existsSync(path) ? 1 : 0 }
  },
  'openSync + closeSync, depth 6': (fs, root) => {
    const path = root + deep(6)
    return {
      times: 200,
      run: () => {
        fs.closeSync(fs.openSync(path, 'r'))
        return 1
      }
    }
  },
  'readSync 1 MiB': (fs, root) => {
    const fd = fs.openSync(`${root}/mebibyte`, 'r')
    const buffer = Buffer.alloc(MIB)
    return { times: 20, run: () => fs.readSync(fd, buffer, 0, MIB, 0) }
  },
  'writeSync 1 MiB': (fs, root) => {
    const fd = fs.openSync(`${root}/mebibyte`, 'r+')
    const buffer = Buffer.alloc(MIB)
    return { times: 20, run: () => fs.writeSync(fd, buffer, 0, MIB, 0) }
  },
  'readFileSync 1 MiB': (fs, root) => ({ times: 20, run: () => fs.readFileSync(`${root}/mebibyte`).length }),
  'promises.readFile 1 MiB': (fs, root) => ({ times: 20, run: async () => (await fs.promises.readFile(`${root}/mebibyte`)).length })
}

/** Nanoseconds for one call. */
async function turn ({ run, times }: ReturnType<Make>): Promise<number> {
  const begin = process.hrtime.bigint()
  for (let i = 0; i < times; i++) {
    const result = run()
    use(typeof result === 'number' ? result : await result)
  }
  return Number(process.hrtime.bigint() - begin) / times
}

/** The cost of each row as a ratio to that of plain fs. */
export async function measureSandbox (subject: Subject, span: Span): Promise<Ratios> {
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'fsmount-bench-'))
  for (const depth of [1, 6, 12]) {
    mkdirSync(dirname(root + deep(depth)), { recursive: true })
    writeFileSync(root + deep(depth), 'x')
  }
  writeFileSync(`${root}/mebibyte`, Buffer.alloc(MIB))
  const { create, RealFSProvider } = load('../../lib/index.js') as { create (provider: unknown): Mountable, RealFSProvider: new (root: string) => unknown }
  const plain: Fs = { ...live, promises: { ...live.promises } }
  const vfs = create(new RealFSProvider(root))
  if (subject.make !== undefined) vfs.mount(PREFIX)
  const ratios: Ratios = {}
  for (const [name, make] of Object.entries(rows)) {
    const without = make(plain, root)
    const within = subject.make === undefined ? make(vfs as unknown as Fs, '') : make(live, PREFIX)
    const pairs: number[] = []
    collect()
    for (let begin = performance.now(), warm = true; warm || performance.now() - begin < span.warm + span.measure * 2 || pairs.length < 20;) {
      warm = performance.now() - begin < span.warm
      const [a, b] = [await turn(without), await turn(within)]
      if (!warm) pairs.push(b / a)
    }
    ratios[name] = median(pairs)
  }
  vfs.unmount()
  rmSync(root, { recursive: true })
  return ratios
}
