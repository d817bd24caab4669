// What is measured beside each other: file systems in memory and the real one on tmpfs, each opened in a process of its
// own, because mounting changes the whole process.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Fs = typeof import('node:fs')

/** What every mountable file system has in common. */
export interface Mountable {
  mount (prefix?: string): unknown
  unmount (): void
  readonly mountPoint: string | null
  mkdirSync (path: string, options?: object): unknown
  writeFileSync (path: string, data: string | Uint8Array): void
}

/** Makes an empty, unmounted file system in memory. */
export type Maker = (options?: object) => Mountable

/** An `fs` and the prefix of its paths. */
export interface Opened { readonly fs: Fs, readonly root: string, close (): void }

/** One column of the table. */
export interface Subject {
  readonly name: string
  /** Flags of Node that it needs. */
  readonly flags?: readonly string[]
  /** Why it cannot be measured on this Node; undefined when it can. */
  lacks (): string | undefined
  /** Opens it, with the files that `fill` writes, before it is mounted if it gets mounted. */
  open (fill: (fs: Fs, root: string) => void): Opened
  /** Present where mounts change `fs` for foreign paths too. */
  readonly make?: () => Maker
}

const load = createRequire(__filename)
const live = (): Fs => load('node:fs') as Fs

/** A prefix that exists nowhere on the disk. */
const PREFIX = '/fsmount-bench-mount'

const tmpfs = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

function missing (name: string): string | undefined {
  try {
    load(name)
    return undefined
  } catch (error) {
    return (error as Error).message.split('\n')[0]
  }
}

/** The two columns of a package with `create()`: called on its object, and mounted, through `node:fs`. */
function pair (name: string, id: string, lacks: () => string | undefined, flags: readonly string[] = [], mount = (vfs: Mountable) => { vfs.mount(PREFIX) }): Subject[] {
  const make = (): Maker => (load(id) as { create: Maker }).create
  return [
    {
      name, flags, lacks,
      open (fill) {
        const fs = make()() as unknown as Fs
        fill(fs, '')
        return { fs, root: '', close: () => undefined }
      }
    },
    {
      name: `${name} mounted`, flags, lacks, make,
      open (fill) {
        const vfs = make()()
        fill(vfs as unknown as Fs, '')
        mount(vfs)
        return { fs: live(), root: vfs.mountPoint!, close: () => { vfs.unmount() } }
      }
    }
  ]
}

const major = Number.parseInt(process.versions.node)

/** All columns, the real file system first: it is what the others are compared with. */
export const subjects: readonly Subject[] = [
  {
    name: 'real',
    lacks: () => undefined,
    open (fill) {
      const root = mkdtempSync(join(tmpfs, 'fsmount-bench-'))
      fill(live(), root)
      return { fs: live(), root, close: () => { rmSync(root, { recursive: true }) } }
    }
  },
  ...pair('fsmount', '../../lib/index.js', () => 'create' in (load('../../lib/index.js') as object) ? undefined : 'not built yet'),
  {
    name: 'memfs',
    lacks: () => missing('memfs'),
    open (fill) {
      const { Volume, createFsFromVolume } = load('memfs') as { Volume: new () => object, createFsFromVolume: (volume: object) => unknown }
      const fs = createFsFromVolume(new Volume()) as Fs
      fill(fs, '')
      return { fs, root: '', close: () => undefined }
    }
  },
  ...pair('@platformatic/vfs', '@platformatic/vfs', () => major < 22 ? 'needs Node 22' : missing('@platformatic/vfs')),
  ...pair('node:vfs', 'node:vfs', () => major < 26 ? 'needs Node 26' : undefined, ['--experimental-vfs'], (vfs) => { vfs.mount() })
]
