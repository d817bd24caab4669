// A whole path of an overlay at once: where nothing was changed from some folder on, the lower layer alone says what is there.
import { demand, whoami, X_OK } from '../../lib/kernel/rights.ts'
import { isDir, type Resolved } from '../../lib/kernel/provider.ts'
import type { Inode } from './inode.ts'
import type { Layers } from './layers.ts'
import { STAGE } from './reserved.ts'

/** What `Provider.resolve` says of a path; undefined where changes, links or something doubtful lie on the way. */
export function glance (layers: Layers, path: string, opening: boolean): Resolved<Inode> | undefined {
  const { lower } = layers
  if (lower?.resolve === undefined || path.includes(STAGE) || !isUntouched(layers, path)) return undefined
  const found = lower.resolve(path, opening)
  if (found === undefined) return undefined
  const { name, mode } = found
  const above = path.slice(0, path.lastIndexOf('/'))
  const line = (): Inode[] => layers.line(above)
  if (found.node === undefined) return { line, name, node: undefined, mode }
  const attr = found.attr ?? lower.getattr(found.node)
  const node = layers.fromLower(found.node, attr, name, above)
  const shown = layers.attr(node, undefined, attr)
  return { line, name, node, mode: shown.mode, attr: shown }
}

/** Whether the last name of a path, and perhaps folders above it, are the lower layer's alone. */
function isUntouched (layers: Layers, path: string): boolean {
  const { root, whiteouts } = layers
  const asks = whoami().uid !== 0
  for (let dir = root, start = 0; dir.lower !== undefined;) {
    if (dir.upper === undefined) return true
    if (asks) demand(layers.attr(dir), X_OK)   // of other folders the lower layer's own look says it
    const end = path.indexOf('/', start + 1)
    const name = end < 0 ? path.slice(start + 1) : path.slice(start + 1, end)
    const up = layers.above(dir, name)
    if (up === undefined) return whiteouts.size === 0 || !whiteouts.has(path.slice(0, start), name)
    if (end < 0 || !isDir(up.mode)) return false
    dir = layers.demandFound(dir, name)
    start = end
  }
  return false
}
