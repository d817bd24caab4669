// What is compared with the oracle: each subject is one line in the list.
import live from 'node:fs'
import { create, RealFSProvider, type Provider } from '../../lib/index.ts'
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

/** All subjects, by name. */
export const subjects: readonly Subject[] = [
  { name: 'self', bytes: true, open: (folder) => ({ fs: real, base: folder, close: nothing }) },
  { name: 'memory', bytes: true, pending: true, open: () => unmounted() },
  { name: 'memory-fs', bytes: true, pending: true, open: () => mounted() },
  { name: 'real', bytes: true, pending: true, open: (folder) => unmounted(new RealFSProvider(folder)) }
]
