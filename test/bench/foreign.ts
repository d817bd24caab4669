// What a mount costs those who do not use it: calls on paths that no mount owns, with Node's own functions and with a
// mount active, turn by turn in one process; and what a thousand mounts cost those who do.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { collect, fresh, measure, median, use, type Span } from './clock.ts'
import type { Maker, Mountable, Subject } from './subjects.ts'

type Fs = typeof import('node:fs')
const live = createRequire(__filename)('node:fs') as Fs

/** The rows: the source of a loop over `paths`, so that each contestant gets code of its own to be optimised. */
const loops: ReadonlyArray<readonly [name: string, kind: 'absolute' | 'relative' | 'missing', source: string]> = [
  ['readFileSync', 'absolute', 'for (const path of paths) sum += fs.readFileSync(path).length'],
  ['statSync', 'absolute', 'for (const path of paths) sum += fs.statSync(path).size'],
  ['readFileSync relative', 'relative', 'for (const path of paths) sum += fs.readFileSync(path).length'],
  ['statSync relative', 'relative', 'for (const path of paths) sum += fs.statSync(path).size'],
  ['existsSync miss', 'missing', 'for (const path of paths) if (!fs.existsSync(path)) sum++']
]

type Loop = (fs: Fs, paths: readonly string[]) => number
const compile = (source: string): Loop => new Function('fs', 'paths', `let sum = 0; ${source}; return sum`) as Loop

/** Ratio of the cost with a mount to the cost without, by row. */
export type Ratios = Record<string, number>

/** How the mount is made: beside the paths, or as an overlay over all of them. */
export type Kind = 'plain' | 'overlay'

function mounted (make: Maker, kind: Kind, builtIn: boolean): Mountable {
  const vfs = make(kind === 'overlay' ? { overlay: true } : {})
  for (let i = 0; i < 10; i++) vfs.writeFileSync(`/file${i}`, 'x')
  if (builtIn) vfs.mount()
  else vfs.mount(kind === 'overlay' ? '/' : '/fsmount-bench-mount')
  return vfs
}

/** Measures foreign paths turn by turn: without, with, without … */
export async function measureForeign (subject: Subject, kind: Kind, span: Span): Promise<Ratios> {
  const folder = mkdtempSync(join(tmpdir().startsWith('/') ? '/dev/shm' : tmpdir(), 'fsmount-bench-'))
  const names = Array.from({ length: 100 }, (_, i) => join(folder, `file${i}`))
  for (const name of names) writeFileSync(name, Buffer.alloc(1024, 'x'))
  const paths = {
    absolute: fresh(names), relative: fresh(names.map((name) => relative(process.cwd(), name))), missing: fresh(names.map((name) => `${name}.none`))
  }
  const make = subject.make!()
  // Functions built into Node consult the mounts themselves; what patches is measured against the functions as they were.
  const builtIn = subject.name.startsWith('node:')
  const bare: Fs = builtIn ? live : { ...live }
  let vfs: Mountable | undefined
  const ratios: Ratios = {}
  for (const [name, path, source] of loops) {
    const [without, withMount] = [compile(source), compile(source)]
    const turn = (loop: Loop, fs: Fs): number => {
      const list = paths[path]()
      const begin = process.hrtime.bigint()
      use(loop(fs, list))
      return Number(process.hrtime.bigint() - begin)
    }
    const pairs: number[] = []
    collect()
    const begin = performance.now()
    for (let warm = true; warm || performance.now() - begin < span.warm + span.measure * 2 || pairs.length < 20;) {
      warm = performance.now() - begin < span.warm
      if (builtIn) {
        vfs?.unmount()
        vfs = undefined
      }
      const plain = turn(without, bare)
      vfs ??= mounted(make, kind, builtIn)
      const through = turn(withMount, live)
      if (!warm) pairs.push(through / plain)
    }
    ratios[name] = median(pairs)
  }
  vfs?.unmount()
  rmSync(folder, { recursive: true })
  return ratios
}

/** The cost of mounted paths with 1,000 mounts, as a ratio to their cost with one. */
export async function measureMounts (subject: Subject, span: Span): Promise<Ratios> {
  const make = subject.make!()
  const builtIn = subject.name.startsWith('node:')
  const mount = (prefix: string): Mountable => {
    const vfs = make()
    vfs.mkdirSync('/folder')
    for (let i = 0; i < 100; i++) vfs.writeFileSync(`/folder/file${i}`, 'x')
    if (builtIn) vfs.mount()
    else vfs.mount(prefix)
    return vfs
  }
  const first = mount('/fsmount-bench-mount/first')
  const paths = fresh(Array.from({ length: 100 }, (_, i) => `${first.mountPoint!}/folder/file${i}`))
  const foreign = fresh(new Array<string>(100).fill(__filename))
  const stat = compile('for (const path of paths) sum += fs.statSync(path).size')
  const other = compile('for (const path of paths) sum += fs.statSync(path).size')
  const look = async (): Promise<[number, number]> => [
    await measure((list) => stat(live, list), paths, span), await measure((list) => other(live, list), foreign, span)
  ]
  const one = await look()
  const more = Array.from({ length: 999 }, (_, i) => mount(`/fsmount-bench-mount/more${i}`))
  use(readFileSync(`${more[500]!.mountPoint!}/folder/file7`).length)
  const thousand = await look()
  for (const vfs of [...more, first]) vfs.unmount()
  return { 'statSync mounted': thousand[0] / one[0], 'statSync foreign': thousand[1] / one[1] }
}
