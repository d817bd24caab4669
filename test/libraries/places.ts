// Where programs run: on the disk, on a mount, over an object that is not mounted.
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '../../lib/index.ts'
import type { Place } from './program.ts'

const MOUNT = '/fsmount-libraries'

/** The places that a program runs at, by name; each is made, used and left. */
export const places: Readonly<Record<string, (use: (place: Pick<Place, 'fs' | 'option' | 'root'>) => Promise<unknown>) => Promise<unknown>>> = {
  async disk (use) {
    const root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-disk-'))
    try {
      return await use({ fs, option: {}, root })
    } finally {
      fs.rmSync(root, { recursive: true, force: true })
    }
  },
  async mount (use) {
    using vfs = create()
    vfs.mkdirSync('/work')
    vfs.mount(MOUNT)
    return await use({ fs, option: {}, root: `${MOUNT}/work` })
  },
  async object (use) {
    const vfs = create({ parents: false }) as unknown as typeof fs
    vfs.mkdirSync('/work')
    return await use({ fs: vfs, option: { fs: vfs }, root: '/work' })
  }
}
