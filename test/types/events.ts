// Compiled, never run: what listeners on `process` are told, without annotations.
import { create, type MountEvent } from '../../lib/index.ts'

process.on('vfs-mount', ({ mountPoint, overlay, readonly }) => {
  const told: [string, boolean | 'copy-on-write', boolean] = [mountPoint, overlay, readonly]
  // @ts-expect-error: it is text, and no `any`
  void [told, mountPoint.none]
})
process.once('vfs-unmount', (event) => { void (event satisfies MountEvent) })
process.off('vfs-unmount', (event: MountEvent) => { void event })
process.on('exit', (code) => { void code.toFixed() })
export const vfs = create()
