// What is compared with the oracle: each subject is one line in the list.
import live from 'node:fs'
import { create, MemoryProvider, OverlayProvider, RealFSProvider, SqliteProvider, ZipProvider, type Provider } from '../../lib/index.ts'
import type { Driver } from '../../providers/sqlite.ts'
import { laterProvider } from '../conformance/later.ts'
import { fullProvider } from '../providers/path-classes.ts'
import { drivers } from '../providers/sqlite-scratch.ts'
import { real } from './side.ts'

type Fs = typeof import('node:fs')

/** An `fs` with an empty folder to work in; `close` gives everything back. */
export interface Opened { readonly fs: Fs, readonly base: string, close (): void }

/** A kind of subject; `open` is given an empty real folder of its own. */
export interface Subject {
  readonly name: string
  /** False when names that are not UTF-8 are refused. */
  readonly bytes: boolean
  /** How large a file can be; a few megabytes where files lie in memory. */
  readonly huge?: number
  /** Known by paths alone: files have no second names. Times are handed on in seconds as a double, and so are drawn without what it cannot hold; access times move as somebody else's do. */
  readonly coarse?: true
  /** Tried by the command alone: longer campaigns are still to be run. */
  readonly pending?: true
  open (folder: string): Opened
}

const nothing = (): void => undefined

/** A file system of our own that is not mounted: its paths begin at its root. */
function unmounted (provider?: Provider, close = nothing): Opened {
  return { fs: create(provider, { parents: false }) as unknown as Fs, base: '', close }
}

let mounts = 0

/** The same, mounted, and reached through `node:fs`. */
function mounted (provider?: Provider, close = nothing): Opened {
  const vfs = create(provider, { parents: false })
  const base = `/fsmount-fuzz-${String(++mounts)}`
  vfs.mount(base)
  return { fs: live, base, close: () => { vfs.unmount(); close() } }
}

/** An overlay over the disk, which has every name: all that it owns lies beside the folder. */
function over (folder: string): Opened {
  const vfs = create({ overlay: true })
  vfs.writeFileSync('/fsmount-beside/file', 'virtual')
  vfs.mount(folder)
  return { fs: live, base: `${folder}/x`, close: () => { vfs.unmount() } }
}

/** A file system in a SQLite database. */
function sqlite (open: typeof mounted, file: string, driver: Driver): Opened {
  const provider = new SqliteProvider(file, { driver })
  return open(provider, () => { provider.close() })
}

/** How often an archive is saved. */
const SAVE_EVERY = 50

/** An archive that is saved again and again between the calls, so that what is read was written, packed and unpacked. */
function archive (folder: string): Opened {
  // Whoever goes on as another user saves there too.
  const place = `${folder}/archive`
  real.mkdirSync(place)
  real.chmodSync(place, 0o777)
  const file = `${place}/fs.zip`
  new ZipProvider().save(file)
  const provider = new ZipProvider(file)
  const { fs, base } = unmounted(provider as unknown as Provider)
  let calls = 0
  const watched = new Proxy(fs, {
    get: (target, key) => {
      if (++calls % SAVE_EVERY === 0) provider.save()
      return target[key as keyof Fs]
    }
  })
  return { fs: watched, base, close: () => { provider.close() } }
}

/** Longer than the grain of a file system's clock, in milliseconds. */
const GRAIN = 8

const asProvider = (provider: object): Provider => provider as Provider

/**
 * A file system over another. Whenever the whole tree is about to be compared, all changes are committed, so that what
 * follows meets files of the lower layer, and finds what a commit got wrong.
 */
function overlaid (open: typeof mounted, lower: object, upper: object, close = nothing): Opened {
  const overlay = new OverlayProvider({ lower: asProvider(lower), upper: asProvider(upper) })
  const opened = open(asProvider(overlay), close)
  const top = Buffer.from(`${opened.base}/p`)
  const lstatSync = (path: unknown, options: object): unknown => {
    if (path instanceof Buffer && path.equals(top)) {
      overlay.commit()
      // What a commit makes has a new ctime: access times move at the first look after it, and by the next one the clock has to have moved on.
      for (const end = Date.now() + GRAIN; Date.now() < end;);
      const left = Object.values(overlay.changes()).flat()
      if (left.length > 0) throw new Error(`left after a commit: ${left.join(' ')}`)
    }
    return opened.fs.lstatSync(path as string, options)
  }
  const fs = new Proxy(opened.fs, { get: (from, name) => name === 'lstatSync' ? lstatSync : from[name as keyof Fs] })
  return { ...opened, fs }
}

/** All subjects, by name. */
export const subjects: readonly Subject[] = [
  { name: 'self', bytes: true, huge: 2 ** 36, open: (folder) => ({ fs: real, base: folder, close: nothing }) },
  { name: 'memory', bytes: true, open: () => unmounted() },
  { name: 'memory-fs', bytes: true, open: () => mounted() },
  { name: 'real', bytes: true, huge: 2 ** 36, open: (folder) => unmounted(new RealFSProvider(folder)) },
  { name: 'overlay', bytes: true, huge: 2 ** 36, open: (folder) => over(folder) },
  { name: 'later', bytes: true, open: () => unmounted(laterProvider(true)) },
  { name: 'path', bytes: false, coarse: true, open: () => unmounted(fullProvider() as unknown as Provider) },
  { name: 'path-later', bytes: false, coarse: true, open: () => unmounted(fullProvider(true) as unknown as Provider) },
  { name: 'overlay-memory', bytes: true, open: () => overlaid(unmounted, new MemoryProvider(), new MemoryProvider()) },
  { name: 'overlay-real', bytes: true, open: (folder) => overlaid(unmounted, new RealFSProvider(folder), new MemoryProvider()) },
  { name: 'zip', bytes: false, open: (folder) => archive(folder) },
  ...drivers.flatMap((driver): Subject[] => [
    { name: String(driver), bytes: false, open: () => sqlite(unmounted, ':memory:', driver) },
    { name: `overlay-${String(driver)}`, bytes: false, open: () => sqlite((provider, close) => overlaid(unmounted, new MemoryProvider(), provider!, close), ':memory:', driver) },
    { name: `overlay-${String(driver)}-fs`, bytes: false, open: (folder) => sqlite((provider, close) => overlaid(mounted, new MemoryProvider(), provider!, close), `${folder}/fs.db`, driver) },
    { name: `${String(driver)}-fs`, bytes: false, open: (folder) => sqlite(mounted, `${folder}/fs.db`, driver) }
  ])
]
