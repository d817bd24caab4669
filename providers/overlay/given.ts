// What an overlay is made of, as its constructor is given it.
import { invalidType } from '../../lib/kernel/errors.ts'
import { PROVIDER, type Provider } from '../../lib/kernel/provider.ts'
import type { VirtualProvider } from '../path.ts'

/** The layers of an overlay. */
export interface OverlayLayers {
  /** What is seen where nothing was changed; never written to, but by `commit()`. */
  lower: Provider | VirtualProvider
  /** Takes all changes. With a SqliteProvider they outlive the process. */
  upper: Provider | VirtualProvider
}

/** The provider of inodes that an object stands for. */
export function layerOf (name: string, layer: Provider | VirtualProvider | undefined): Provider {
  if (typeof layer !== 'object' || layer === null) throw invalidType(`layers.${name}`, 'a provider', layer)
  return (layer as { [PROVIDER]?: () => Provider })[PROVIDER]?.() ?? layer as Provider
}
