// Who is tried: the disk itself first, which proves the suite, then every way into fsmount. A new subject is one line
// in `subjects` and, if it needs more than that, a function beside the others.
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { create, RealFSProvider, type Provider, type VirtualProvider } from '../../lib/index.ts'
import { fullProvider } from '../providers/path-classes.ts'
import { overlaySubjects } from './overlay.ts'
import { CHROOT } from './reopened.ts'
import { sqliteSubjects } from './sqlite.ts'
import type { Fs } from './driver.ts'
import { laterProvider } from './later.ts'
import type { Subject } from './runner.ts'
import { zipSubjects } from './zip.ts'

/** Opens a subject, or says why it cannot be had here. */
export type Opener = () => Subject | string

/** All subjects, by name. The disk is an oracle only where Linux stands behind it. */
export const subjects: Readonly<Record<string, Opener>> = {
  'node:fs': () => disk(tmpdir()),
  'node:fs on tmpfs': () => disk('/dev/shm'),
  memory: () => object(create({ parents: false })),
  'memory through fs': () => throughFs(create()),
  'memory overlay through fs': () => skipping(DOTS, throughFs(create({ overlay: true }))),
  ...Object.fromEntries(Object.entries(sqliteSubjects(object)).map(([name, open]) => [name, () => textual(open())])),
  ...zipSubjects(object),
  'a real folder': () => real((root) => object(create(new RealFSProvider(root), { parents: false }))),
  'a real folder through fs': () => real((root) => throughFs(create(new RealFSProvider(root))), CHROOT),
  ...overlaySubjects({ object, throughFs, real, textual }),
  'path methods': () => paths(fullProvider()),
  'path methods that answer later': () => paths(fullProvider(true)),
  'answers later': () => ({ name: 'later', fs: create(laterProvider(true), { parents: false }) as unknown as Fs, root: '' }),
}

/** The kernel itself: what everybody else is compared with. */
export function disk (parent: string): Subject | string {
  if (process.platform !== 'linux') return `what is right is what the kernel of Linux does, and this is ${process.platform}`
  if (!fs.existsSync(parent)) return `there is no ${parent} on this machine`
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

/** A user's class of path-level methods. */
function paths (provider: VirtualProvider): Subject {
  const skips = { 'links: keeps targets that are not UTF-8': 'the methods of users are given strings: other names are EILSEQ' }
  return textual({ ...object(create(provider as unknown as Provider, { parents: false })), skips })
}

/** Whose a name is has to be known before anything is walked. */
const NORMAL = 'an overlay decides by the normalised path whether a name is its own, so that a missing folder before .. goes unnoticed'
const DOTS = { 'names: does not forget that a folder before .. must be there': NORMAL, 'folders: gives the first folder made whatever the shape of the path': NORMAL }

/** A subject with cases that do not hold for it. */
function skipping (skips: NonNullable<Subject['skips']>, subject: Subject): Subject {
  Object.defineProperty(subject, 'skips', { value: { ...subject.skips, ...skips }, enumerable: true })
  return subject
}

/** A subject that keeps text for names. */
function textual (subject: Subject): Subject {
  return Object.defineProperty(subject, 'textNames', { value: true, enumerable: true })
}

/** A subject over a scratch folder of the disk. */
export function real (open: (root: string) => Subject, skips?: Subject['skips']): Subject {
  const root = fs.mkdtempSync(`${fs.realpathSync(fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir())}/fsmount-suite-`)   // the disk itself is slower
  const subject = open(root)
  const teardown = async (): Promise<void> => {
    await subject.teardown?.()
    fs.rmSync(root, { recursive: true, force: true })
  }
  return { ...subject, skips, teardown }
}
