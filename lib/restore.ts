// Descriptions turned back into mounted file systems: all of a list, or none.
import { aside } from './kernel/late.ts'
import { makeProvider } from './factories.ts'
import { mountOptionsOf } from './mount/options.ts'
import { VirtualFileSystem } from './vfs.ts'
import type { Described, Provider } from './kernel/provider.ts'
import type { Description } from './mount/description.ts'

/** Mounts all that is described, in order; mounts whose source is one object share one provider. When one fails, none stays. */
export function mountAll (descriptions: readonly Description[]): VirtualFileSystem[] {
  const providers = new Map<unknown, object>()
  const made: { provider: object, vfs: VirtualFileSystem, description: Description }[] = []
  const mounted: VirtualFileSystem[] = []
  let description: Description | undefined
  try {
    for (description of descriptions) {
      if (description.parcel !== undefined) description = opened(description, description.parcel)
      const provider = providers.get(description.source) ?? makeProvider(description)
      if (typeof description.source === 'object' && description.source !== null) providers.set(description.source, provider)
      made.push({ provider, vfs: new VirtualFileSystem(provider as Provider, mountOptionsOf(description)), description })
    }
    for (const one of made) {
      ({ description } = one)
      mounted.push(one.vfs.mount(description.prefix))
    }
    return mounted
  } catch (error) {
    for (const vfs of mounted.reverse()) vfs.unmount()
    for (const { provider } of made) (provider as Partial<Provider>).dispose?.()
    throw new Error(`${description?.provider} at ${description?.prefix}: ${(error as Error).message}`, { cause: error })
  }
}

/** What another process has laid down for this one. */
function opened (description: Description, parcel: string): Description {
  const { collect } = aside(() => require('./mount/parcel.js') as typeof import('./mount/parcel.ts'))
  return { ...description, ...collect(parcel) as Described }
}
