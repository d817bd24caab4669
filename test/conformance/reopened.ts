// Subjects whose state is in a file, which is closed and opened again before a case looks at what it did.
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { create, type VirtualProvider } from '../../lib/index.ts'
import type { Fs } from './driver.ts'
import type { Subject } from './runner.ts'

type Vfs = ReturnType<typeof create>

/** A mounted file system that is confined reads absolute links from its own root, as chroot does: none of them can name a mounted path. */
const ROOTED = 'its absolute links start at its root, not at the root of the name space'
export const CHROOT = { 'links: resolves an absolute target': ROOTED, 'cp: leads links where they led': ROOTED }

/**
 * A file system in a file, reached through `fs` if `mounted`. `leave` is called before the file is left, to be opened
 * again or for good.
 */
export function reopened<P extends VirtualProvider & { close (): void }> (open: (file: string) => P, mounted: boolean, leave: (provider: P) => void = () => {}): Subject {
  const dir = fs.mkdtempSync(`${fs.realpathSync(fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir())}/fsmount-suite-`)
  const prefix = mounted ? `/fsmount-suite-file-${process.pid}` : ''
  let provider: P
  let vfs: Vfs
  const start = (): void => {
    provider = open(`${dir}/suite`)
    vfs = create(provider, { parents: false })
    if (mounted) vfs.mount(prefix)
  }
  const stop = (): void => {
    vfs.unmount()
    leave(provider)
    provider.close()
  }
  start()
  const current = (): Fs => (mounted ? fs : vfs as unknown) as Fs
  current().mkdirSync(`${prefix}/suite`)
  return {
    name: 'file', get fs () { return current() }, root: `${prefix}/suite`,
    settle: () => { stop(); start() },
    teardown: () => { stop(); fs.rmSync(dir, { recursive: true, force: true }) }
  }
}
