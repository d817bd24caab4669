// What is noted of what an overlay hides, so that a commit can tell whether it is still the same.
import { createHash } from 'node:crypto'
import { isDir } from '../../lib/kernel/provider.ts'
import type { Layers } from './layers.ts'
import { STAGED } from './reserved.ts'

/**
 * A text that differs when what the lower layer has at a path differs: of a file, what tells that it was changed; of
 * a folder, all below it. What was hidden before counts as it was then. It begins with the inode's number.
 */
export function digest (layers: Layers, path: string, node: unknown): string {
  const lower = layers.lower!
  const { ino, mode, size, mtime, mtimeNs } = lower.getattr(node)
  if (!isDir(mode)) return `${ino} ${size} ${mtime} ${mtimeNs}`
  const lines = new Map(layers.whiteouts.in(path))
  for (const entry of lower.getdents(node)) {
    if (!lines.has(entry.name) && !STAGED.test(entry.name)) lines.set(entry.name, digest(layers, `${path}/${entry.name}`, entry.node))
  }
  const hash = createHash('sha1')
  for (const name of [...lines.keys()].sort()) hash.update(`${name}\0${lines.get(name)!}\0`)
  return `${ino} ${hash.digest('base64')}`
}
