// Names that an overlay keeps for itself in its layers.
import { Errno } from '../../lib/kernel/errors.ts'
import type { Inode } from './inode.ts'

/** Folder of the upper layer, in its root, for inodes whose names are all in the lower layer. */
export const INDEX = '.fsmount-index'

/** How names of what a commit has not put in its place yet begin, and what they are. */
export const STAGE = '.fsmount-stage-'
export const STAGED = /^\.fsmount-stage-[0-9a-z]+-\d+$/

/** Throws EPERM for a name that `dir` may not get: the upper layer needs it for itself. */
export function demandUsable ({ root }: { readonly root: Inode }, dir: Inode, name: string): void {
  if (dir === root && name === INDEX) throw new Errno('EPERM')
}
