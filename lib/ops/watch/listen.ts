// What makes itself heard at a path: the volume that has it, the disk, overlays over either, and mount points in it.
import { decodeName, outer } from '../../kernel/names.ts'
import { attrOf } from '../../kernel/namei.ts'
import { isDir } from '../../kernel/provider.ts'
import { demand, R_OK } from '../../kernel/rights.ts'
import { pathIn } from '../../kernel/volume.ts'
import { Watches } from '../../kernel/watches.ts'
import type { Watcher } from '../../kernel/events.ts'
import type { Place } from '../../kernel/namei.ts'
import type { Tools } from '../row.ts'
import type { FSWatcher } from 'node:fs'

type Undo = () => void

/** Where a path leads: a place in a mount, or the path by which the disk has it. */
export type Whereabouts = Place | string

/**
 * Has `report` told of what happens at `found`, to which `path` led; `over` is called when it can no longer be, because
 * its mount is gone. Returns the undo. Throws Errno, or Node's error where the disk is watched.
 */
export function listen (tools: Tools, found: Whereabouts, path: string, report: Watcher, over: Undo): Undo {
  const { space } = tools
  const undo: Undo[] = []
  const self = path.slice(path.lastIndexOf('/') + 1)
  const where = tidy(typeof found === 'string' ? found : found.path)
  try {
    undo.push(typeof found === 'string' ? onDisk(tools, found, report) : inVolume(found, self, report))
    if (typeof found !== 'string') undo.push(ending(found, over))
    if (typeof found === 'string' || isDir(found.mode)) {
      const layers: Pick<Place, 'volume' | 'node'>[] = typeof found === 'string' ? [] : [found]
      const join = (): void => {
        for (const place of space.layers?.(where) ?? []) {
          if (layers.some(({ volume, node }) => place.volume === volume && place.node === node)) continue
          layers.push(place)
          const silent = inVolume(place, self, report)
          undo.push(silent, ending(place, silent))
        }
      }
      join()
      // A folder may come to lie over this one later on.
      for (const volume of space.overlaysOf?.(where) ?? []) undo.push(Watches.of(volume).hear(({ event }) => { if (event === 'rename') join() }))
      const mounts = space.mountsIn?.(where, (name) => { report('rename', name) })
      if (mounts !== undefined) undo.push(mounts)
    }
  } catch (error) {
    for (const one of undo) one()
    throw error
  }
  return () => { for (const one of undo.splice(0)) one() }
}

const tidy = (path: string): string => path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path

/** Calls `over` when the mount of a place ends; returns the undo. */
function ending ({ view: { ends } }: Place, over: Undo): Undo {
  ends?.add(over)
  return () => { ends?.delete(over) }
}

/** The kernel tells of a node in a volume, or its provider does. */
function inVolume (place: Place, self: string, report: Watcher): Undo {
  const { volume, node, mode } = place
  const { provider } = volume
  if (provider.later === undefined || provider.listen !== undefined) demand(attrOf(place), R_OK)
  if (provider.listen !== undefined) return provider.listen(node, (event, name) => { report(event, name ?? self) })
  return Watches.of(volume).add(node, isDir(mode), pathIn(place), self, report)
}

/** Node tells of what is on the disk. */
function onDisk ({ space }: Tools, path: string, report: Watcher): Undo {
  const watch = space.elsewhere('watch', 'callback') as typeof import('node:fs').watch
  const watcher: FSWatcher = watch(outer(path), { persistent: false, encoding: 'buffer' }, (event, name) => {
    if (name !== null) report(event, decodeName(name as unknown as Buffer))
  })
  watcher.on('error', () => { watcher.close() })
  return () => { watcher.close() }
}
