// Who is tried: the disk itself first, which proves the suite, then every way into fsmount. A new subject is one line
// in `subjects` and, if it needs more than that, a function beside the others.
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { create } from '../../lib/index.ts'
import type { Fs } from './driver.ts'
import type { Subject } from './runner.ts'

/** Opens a subject, or says why it cannot be had here. */
export type Opener = () => Subject | string

/** All subjects, by name. The disk is an oracle only where Linux stands behind it. */
export const subjects: Readonly<Record<string, Opener>> = {
  'node:fs': () => disk(tmpdir()),
  'node:fs on tmpfs': () => disk('/dev/shm'),
  memory: () => object(create({ parents: false })),
  'memory through fs': () => throughFs(create()),
  'memory overlay through fs': () => throughFs(create({ overlay: true })),
}

/** The kernel itself: what everybody else is compared with. */
export function disk (parent: string): Subject | string {
  if (process.platform !== 'linux') return 'the oracle is the Linux kernel'
  if (!fs.existsSync(parent)) return `there is no ${parent}`
  const root = fs.mkdtempSync(`${fs.realpathSync(parent)}/fsmount-suite-`)
  return { name: parent, fs: fs as Fs, root, teardown: () => { fs.rmSync(root, { recursive: true, force: true }) } }
}

/** The object itself, not mounted. */
export function object (vfs: ReturnType<typeof create>): Subject {
  vfs.mkdirSync('/suite')
  return { name: 'object', fs: vfs as unknown as Fs, root: '/suite' }
}

/** Mounted, and reached through the patched `fs`. */
export function throughFs (vfs: ReturnType<typeof create>): Subject {
  vfs.mkdirSync('/suite')
  const root = `/fsmount-suite-${process.pid}`
  vfs.mount(root)
  return { name: 'mounted', fs: fs as Fs, root: `${root}/suite`, teardown: () => { vfs.unmount() } }
}
