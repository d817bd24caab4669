// Whether a folder of an overlay has no entries, without that this look shows in its times.
import { pathOf, type Inode } from './inode.ts'
import type { Layers } from './layers.ts'
import { STAGED } from './reserved.ts'

/** Whether a folder of the merged tree has no entries. */
export function isEmpty (layers: Layers, dir: Inode): boolean {
  const { upper, lower } = layers
  if (dir.upper !== undefined && !layers.quietly(dir, () => upper.empty?.(dir.upper) ?? isBarren(upper.getdents(dir.upper)))) return false
  if (dir.lower === undefined) return true
  const hidden = layers.whiteouts.in(pathOf(dir))
  if (hidden === undefined && lower!.empty !== undefined) return lower!.empty(dir.lower)
  return layers.quietly(dir, () => {
    for (const { name } of lower!.getdents(dir.lower)) if (hidden?.has(name) !== true && !STAGED.test(name)) return false
    return true
  })
}

function isBarren (entries: Iterable<unknown>): boolean {
  for (const _ of entries) return false
  return true
}
