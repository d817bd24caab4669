// What a mount is, as data from which another thread or process makes the same: provider, source, prefix, options.
// Every way of handing mounts on (workers, children, FSMOUNT, fsmount.config.json) speaks in these words.
import { ABSENT, type Described, type Provider, type Recipient } from '../kernel/provider.ts'
import type { MountOptions } from './options.ts'
import { layOnce, type Parcel } from './parcel.ts'
import type { Mount, MountTable } from './mounttable.ts'

/** A mount as data. Its options are those of `create()`. */
export interface Description extends Described, Readonly<MountOptions> {
  /** Where a copy of provider, source and options lies for another process. */
  readonly parcel?: string
  /** Absolute path of the mount point. */
  readonly prefix: string
}

/** What a recipient gets, which mounts it does not get, with the reason, and what is kept for it until it is `done`. */
export interface Portions { readonly mounts: Description[], readonly refused: Map<Mount, string>, done (): void }

/**
 * Describes all mounts for a recipient. In the place of a plain mount that cannot be made again stands one that says
 * so, since nothing below its prefix is the disk's. What `known` has is not asked again. Throws what making lazy contents throws.
 */
export function describeMounts (table: MountTable, to: Recipient, known = new Map<Provider, Described & Pick<Description, 'parcel'> | undefined>()): Portions {
  const parcels: Parcel[] = []
  const portions: Portions = { mounts: [], refused: new Map(), done: () => { for (const { drop } of parcels.splice(0)) drop() } }
  for (const mount of table) {
    if (mount.alias !== undefined) continue
    const { prefix, overlay, moduleHooks, virtualCwd, volume: { provider, confined } } = mount
    if (mount.inherit === false) {
      portions.refused.set(mount, `The mount '${prefix || '/'}' is kept out of workers and other processes (inherit: false)`)
      continue
    }
    if (!known.has(provider)) known.set(provider, describedBy(provider, to) ?? (to === 'process' ? posted(provider, parcels) : undefined))
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

/** What a provider says of itself. A URL is handed on as its text: it can be neither cloned nor written as JSON. */
function describedBy (provider: Provider, to: Recipient): Described | undefined {
  const described = provider.describe?.(to)
  return described?.module instanceof URL ? { ...described, module: described.module.href } : described
}

/** What a thread of this process would be handed, as a copy for another process. */
function posted (provider: Provider, parcels: Parcel[]): (Described & Pick<Description, 'parcel'>) | undefined {
  const described = describedBy(provider, 'thread')
  if (described === undefined) return undefined
  const parcel = layOnce(provider, () => described)
  parcels.push(parcel)
  return { provider: described.provider, parcel: parcel.path }
}

/** Why a mount cannot be handed on, and what to do. */
function reasonOf ({ prefix, volume: { provider } }: Mount, to: Recipient): string {
  const name = provider.title ?? (provider as { constructor?: { name?: string } }).constructor?.name
  const whom = to === 'thread' ? 'a worker' : 'another process'
  const lack = provider.describe === undefined ? 'no describe() that says how it is made there' : 'nothing that it could be made from there, like a database in memory'
  return `The mount '${prefix || '/'}' (${name}) cannot be handed to ${whom}. Its provider has ${lack}`
}
