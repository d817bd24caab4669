// The figures to reach, all in one table: what is measured, against what, and how much it may cost.
import { REFERENCE } from './calls.ts'

/** One measured row of the table: a value for each subject that could be measured. */
export interface Row {
  readonly name: string
  readonly unit: 'ns' | 'ratio' | 'bytes' | 'ms' | 'MiB'
  readonly values: Readonly<Record<string, number | undefined>>
  /** Why a subject has no value. */
  readonly failed: Readonly<Record<string, string>>
}

/** At most `most` in the row's unit; or, with `over`, at most `most` times what another subject (or row) costs. */
export interface Target {
  readonly row: string
  readonly subject: string
  readonly over?: { readonly subject: string, readonly row?: string }
  readonly most: number
  /** The figure is what comes on top of 1, so a milder gate multiplies that part only. */
  readonly overhead?: true
}

const MOUNTED = 'fsmount mounted'

/** Rows of calls with the factor by which a mount is faster than the real tmpfs; and than memfs and node:vfs. */
const faster: ReadonlyArray<readonly [row: string, real: number | undefined, peers: number]> = [
  ['readFileSync 1 KiB utf8', 12, 2],
  ['statSync', 12, 2],
  ['existsSync hit', 12, 2],
  ['existsSync miss', 20, 2],
  ['writeFileSync 1 KiB', 12, 2],
  ['create + unlink', 8, 2],
  ['readdirSync 100 names', 50, 2],
  ['open + read + close', 7, 2],
  // As text, like the other reads of 1 KiB. As a Buffer it has no target: a turn of the event loop and the Buffer's own
  // memory, both of which Node gives and memfs does not, cost more than half of memfs's call by themselves.
  ['promises.readFile 1 KiB utf8', undefined, 3]
]

/** All targets. */
export const targets: readonly Target[] = [
  ...faster.flatMap(([row, real, peers]) => [
    ...(real === undefined ? [] : [{ row, subject: MOUNTED, over: { subject: 'real' }, most: 1 / real }]),
    { row, subject: MOUNTED, over: { subject: 'memfs' }, most: 1 / peers },
    { row, subject: MOUNTED, over: { subject: 'node:vfs' }, most: 1 / 2 },
    { row, subject: MOUNTED, over: { subject: 'node:vfs mounted' }, most: 1 / 2 }
  ]),
  { row: 'readFileSync 1 KiB utf8', subject: MOUNTED, over: { subject: MOUNTED, row: REFERENCE }, most: 3 },
  ...['readFileSync', 'statSync'].map((name): Target => ({ row: `foreign ${name}`, subject: MOUNTED, most: 1.05, overhead: true })),
  ...['readFileSync relative', 'statSync relative', 'existsSync miss'].map((name): Target => ({ row: `foreign ${name}`, subject: MOUNTED, most: 1.1, overhead: true })),
  ...['readFileSync', 'statSync', 'readFileSync relative', 'statSync relative'].map((name): Target => ({ row: `overlay ${name}`, subject: MOUNTED, most: 1.15, overhead: true })),
  { row: '1,000 mounts: statSync mounted', subject: MOUNTED, most: 1.2 },
  { row: '1,000 mounts: statSync foreign', subject: MOUNTED, most: 1.2 },
  ...['statSync', 'openSync + closeSync'].map((name): Target => ({ row: `sandbox ${name}, depth 6`, subject: 'fsmount', most: 5 })),
  ...['readSync', 'writeSync', 'promises.readFile'].map((name): Target => ({ row: `sandbox ${name} 1 MiB`, subject: 'fsmount', most: 1.1, overhead: true })),
  ...['CommonJS', 'ESM'].map((kind): Target => ({ row: `1,000 modules, ${kind}`, subject: MOUNTED, over: { subject: 'real' }, most: 0.8 })),
  { row: 'SQLite write each, 2,000 files', subject: 'fsmount', most: 3 },
  { row: 'SQLite read each, 2,000 files', subject: 'fsmount', most: 1.5 },
  { row: 'SQLite stat each, 2,000 files', subject: 'fsmount', most: 3 },
  { row: 'SQLite readdir of 2,000, 2,000 files', subject: 'fsmount', most: 1 },
  { row: 'SQLite large file: memory in MiB', subject: 'fsmount', most: 64 },
  { row: 'SQLite large file: 4 KiB at random', subject: 'fsmount', most: 5 },
  { row: 'memory per file', subject: 'fsmount', most: 480 },
  // Nothing grows; the collector leaves some kilobytes in either direction.
  { row: 'heap left per mount cycle', subject: MOUNTED, most: 16 },
  { row: 'load', subject: MOUNTED, most: 20 },
  { row: 'first mount', subject: MOUNTED, most: 5 }
]

/** A target and how it stands: `value` is compared with `limit`; undefined where a side was not measured. */
export interface Standing extends Target { readonly value: number | undefined, readonly limit: number, readonly state: 'met' | 'missed' | 'not measured' | 'no such peer here' }

/** Looks at all targets whose row was measured; `gate` multiplies the cost that is allowed. */
export function judge (rows: readonly Row[], gate: number): Standing[] {
  const find = (name: string, subject: string): number | undefined => rows.find((row) => row.name === name)?.values[subject]
  return targets.filter((target) => rows.some((row) => row.name === target.row)).map((target) => {
    const limit = target.overhead === true ? 1 + (target.most - 1) * gate : target.most * gate
    const own = find(target.row, target.subject)
    const other = target.over === undefined ? 1 : find(target.over.row ?? target.row, target.over.subject)
    // A peer that does not exist on this Node, or cannot do it, is no reason to fail; our own column is.
    if (own === undefined) return { ...target, value: undefined, limit, state: 'not measured' }
    if (other === undefined) return { ...target, value: undefined, limit, state: 'no such peer here' }
    const value = own / other
    return { ...target, value, limit, state: value <= limit ? 'met' : 'missed' }
  })
}
