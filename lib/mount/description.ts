// What a mount is, as data from which another thread or process makes the same: provider, source, prefix, options.
// Every way of handing mounts on (workers, children, FSMOUNT, fsmount.config.json) speaks in these words.
import { ABSENT, type Described, type Provider, type Recipient } from '../kernel/provider.ts'
import type { Mount, MountTable, Overlay } from './table.ts'

/** A mount as data. Its options are those of `create()`. */
export interface Description extends Described {
  /** Absolute path of the mount point. */
  readonly prefix: string
  readonly overlay?: Overlay
  readonly moduleHooks?: boolean
  readonly virtualCwd?: boolean
  readonly confined?: boolean
  readonly inherit?: boolean
}

/** What a recipient gets, and which mounts it does not get, with the reason. */
export interface Portions { readonly mounts: Description[], readonly refused: Map<Mount, string> }

/**
 * Describes all mounts for a recipient. In the place of a plain mount that cannot be made again stands one that says
 * so, since nothing below its prefix is the disk's. Throws what making lazy contents throws.
 */
export function describeMounts (table: MountTable, to: Recipient): Portions {
  const known = new Map<Provider, Described | undefined>()
  const portions: Portions = { mounts: [], refused: new Map() }
  for (const mount of table) {
    if (mount.alias !== undefined) continue
    const { prefix, overlay, moduleHooks, virtualCwd, volume: { provider, confined } } = mount
    if (mount.inherit === false) {
      portions.refused.set(mount, `The mount '${prefix || '/'}' is kept out of workers and other processes (inherit: false)`)
      continue
    }
    if (!known.has(provider)) known.set(provider, provider.describe?.(to))
    const described = known.get(provider)
    const reason = described === undefined ? reasonOf(mount, to) : ''
    if (described === undefined) portions.refused.set(mount, reason)
    if (described === undefined && overlay === true) continue
    portions.mounts.push({
      ...described ?? { provider: ABSENT, source: reason },
      prefix: prefix || '/', overlay: described !== undefined && overlay, moduleHooks, ...virtualCwd === true && { virtualCwd }, ...confined && provider.confined !== true && { confined }
    })
  }
  return portions
}

/** Why a mount cannot be handed on, and what to do. */
function reasonOf ({ prefix, volume: { provider } }: Mount, to: Recipient): string {
  const name = (provider as { constructor?: { name?: string } }).constructor?.name
  const whom = to === 'thread' ? 'a worker' : 'another process'
  const remedy = to === 'thread' || provider.describe === undefined
    ? 'Its provider has no describe() that says how it is made there'
    : 'Keep its files in a database, a folder or an archive, or use vfs.materialize(), which copies them to a real folder'
  return `The mount '${prefix || '/'}' (${name}) cannot be handed to ${whom}. ${remedy}`
}
