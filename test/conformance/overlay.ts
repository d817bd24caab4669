// Overlays as subjects. What a case makes first is made in the lower layer, so that what follows meets files that have
// to be copied up or hidden: the first calls of each case go there, one, two or four of them.
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { create, MemoryProvider, OverlayProvider, RealFSProvider, SqliteProvider, type Provider } from '../../lib/index.ts'
import type { Fs } from './driver.ts'
import type { Subject } from './runner.ts'

type Vfs = ReturnType<typeof create>
type Call = (...args: unknown[]) => unknown
type Calls = Record<string, Call | undefined>

/** How subjects are made of objects. */
interface Makers {
  object (vfs: Vfs): Subject
  throughFs (vfs: Vfs): Subject
  real (open: (root: string) => Subject): Subject
  /** A subject that keeps text for names. */
  textual (subject: Subject): Subject
}

/** Functions that make something and give nothing that is used later on. */
const MAKES = /^(?:writeFile|appendFile|symlink|link|chmod|utimes|truncate|copyFile|rename)(?:Sync)?$/

/** The functions of `fs`, of which the first `count` calls below a new folder of the suite go to `lower`. */
function lowerFirst (fs: Fs, root: string, lower: Fs, lowerRoot: string, count: number): Fs {
  let left = 0
  const below = (arg: unknown): unknown => typeof arg === 'string' && arg.startsWith(root) ? lowerRoot + arg.slice(root.length) : arg
  const wrap = (from: object, to: object): object => new Proxy(from, {
    get (holder, name) {
      const run = (holder as Calls)[name as string]
      if (name === 'promises') return wrap(fs.promises, lower.promises)
      if (typeof run !== 'function' || /^[A-Z]/.test(String(name))) return run   // classes
      const call = (...args: unknown[]): unknown => {
        const begins = /^mkdir/.test(String(name)) && typeof args[0] === 'string' && /^\/\d+$/.test(args[0].slice(root.length))
        if (begins) left = count + 1
        const goes = left > 0 && (MAKES.test(String(name)) || (/^mkdir(?:Sync)?$/.test(String(name)) && typeof args[1] !== 'object')) && args.every((arg) => typeof arg !== 'object' || arg === null || Object.getPrototypeOf(arg) === Object.prototype)
        left = goes ? left - 1 : 0
        if (!goes) return run.apply(holder, args)
        // What fails there fails here, too, and is told of the path here.
        const here = (): unknown => run.apply(holder, args)
        const there = (more: unknown[]): unknown => ((to as Calls)[name as string]!)(...more.map((arg, i) => /^symlink/.test(String(name)) && i === 0 ? arg : below(arg)))
        const done = args.at(-1)
        if (typeof done === 'function') return there([...args.slice(0, -1), (error: unknown, ...rest: unknown[]) => { error instanceof Error ? here() : (done as Call)(error, ...rest) }])
        if (holder === fs.promises) return (there(args) as Promise<unknown>).catch(here)
        try {
          return there(args)
        } catch {
          return here()
        }
      }
      return new Proxy(run, { apply: (_run, _on, args: unknown[]) => call(...args) })
    }
  })
  return wrap(fs, lower) as Fs
}

/** A subject whose cases begin in the lower layer. */
function begun (subject: Subject, lower: Provider, count: number): Subject {
  const made = create(lower, { parents: false }) as unknown as Fs
  made.mkdirSync('/suite')
  return { ...subject, fs: lowerFirst(subject.fs, subject.root, made, '/suite', count) }
}

/** Subjects by name. */
export function overlaySubjects ({ object, throughFs, real, textual }: Makers): Record<string, () => Subject> {
  const memory = (): Provider => new MemoryProvider() as unknown as Provider
  const over = (lower: Provider, upper = memory()): Vfs => create(new OverlayProvider({ lower, upper }) as unknown as Provider, { parents: false })
  /** The folder of the suite is in the lower layer already, or is made in the upper one. */
  const filled = (lower: Provider, count: number, mounted: boolean): Subject => {
    const vfs = over(lower)
    const subject = mounted ? throughFs(vfs) : object(vfs)
    return begun(subject, lower, count)
  }
  const all: Record<string, () => Subject> = {
    'overlay of memory over a real folder': () => real((root) => filled(new RealFSProvider(root) as unknown as Provider, 2, false)),
    'overlay of memory over memory through fs': () => filled(memory(), 2, true),
    'copy-on-write over a real folder': () => real(covering),
    'overlay of SQLite over memory': () => textual(reopened())
  }
  for (const count of [1, 2, 4]) all[`overlay of memory over memory that has the first ${count}`] = () => filled(memory(), count, false)
  return all
}

/** What a mount of the overlay covers on the disk. */
function covering (root: string): Subject {
  const vfs = create({ overlay: 'copy-on-write', parents: false })
  vfs.mount(root)
  const subject = { name: 'covering', fs: fs as Fs, root: `${root}/suite`, teardown: () => { vfs.unmount() } }
  return begun(subject, new RealFSProvider(root) as unknown as Provider, 2)
}

/** The upper layer is closed and opened again before a case looks at what it did. */
function reopened (): Subject {
  const dir = fs.mkdtempSync(`${fs.realpathSync(fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir())}/fsmount-suite-`)
  const lower = new MemoryProvider() as unknown as Provider
  let upper: SqliteProvider
  let vfs: Vfs
  const start = (): void => {
    upper = new SqliteProvider(`${dir}/upper.db`)
    vfs = create(new OverlayProvider({ lower, upper }) as unknown as Provider, { parents: false })
  }
  start()
  vfs!.mkdirSync('/suite')
  const current = new Proxy(vfs!, { get: (_, name) => (vfs as unknown as Record<string | symbol, unknown>)[name] }) as unknown as Fs
  const settle = (): void => {
    upper.close()
    start()
  }
  return begun({ name: 'overlay', fs: current, root: '/suite', settle, teardown: () => { upper.close(); fs.rmSync(dir, { recursive: true, force: true }) } }, lower, 2)
}
