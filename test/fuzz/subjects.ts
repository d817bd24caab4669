// What is compared with the oracle: each subject is one line in the list.
import live from 'node:fs'
import { create, RealFSProvider, SqliteProvider, ZipProvider, type Provider } from '../../lib/index.ts'
import type { Driver } from '../../providers/sqlite.ts'
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
  /** Differences are known and being worked on: for the command, not for the suite. */
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

/** A file system in a SQLite database. */
function sqlite (open: typeof mounted, file: string, driver: Driver): Opened {
  const provider = new SqliteProvider(file, { driver })
  return open(provider, () => { provider.close() })
}

/** How often an archive is saved. */
const SAVE_EVERY = 50

/** An archive that is saved again and again between the calls, so that what is read was written, packed and unpacked. */
function archive (folder: string): Opened {
  const file = `${folder}/fs.zip`
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

/** All subjects, by name. */
export const subjects: readonly Subject[] = [
  { name: 'self', bytes: true, open: (folder) => ({ fs: real, base: folder, close: nothing }) },
  { name: 'memory', bytes: true, pending: true, open: () => unmounted() },
  { name: 'memory-fs', bytes: true, pending: true, open: () => mounted() },
  { name: 'real', bytes: true, pending: true, open: (folder) => unmounted(new RealFSProvider(folder)) },
  { name: 'zip', bytes: false, open: (folder) => archive(folder) },
  ...drivers.flatMap((driver): Subject[] => [
    { name: String(driver), bytes: false, pending: true, open: () => sqlite(unmounted, ':memory:', driver) },
    { name: `${String(driver)}-fs`, bytes: false, pending: true, open: (folder) => sqlite(mounted, `${folder}/fs.db`, driver) }
  ])
]
