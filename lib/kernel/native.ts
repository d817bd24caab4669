// Node's own functions as they stood when this package was first loaded: for providers that work on the disk, for
// the patch and for the loader. The only file that imports `node:fs`; what is taken from here is never a patched call.
type Fs = typeof import('node:fs')

/** Where a first copy of the package left its originals for the later ones, while they are patched. */
const KEY = Symbol.for('fsmount')
const shared = (globalThis as { [KEY]?: { native?: Fs } })[KEY]?.native ?? (require('node:fs') as { [KEY]?: { native?: Fs } })[KEY]?.native

/** A shallow copy of functions and constants; getters that warn (fs.F_OK on Node 24) are left where they are. */
function save<T extends object> (source: T): T {
  const copy = {} as Record<string, unknown>
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(source))) {
    if ('value' in descriptor) copy[name] = descriptor.value
  }
  return copy as T
}

/** The live, public `fs` object: what gets patched. */
export const live: Fs = require('node:fs')

/** `fs` as saved, with `promises` saved as well. */
export const native: Fs = shared ?? Object.assign(save(live), { promises: save(live.promises) })
