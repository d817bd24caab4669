// module.enableCompileCache makes its folder below `fs`, on the disk: in a mount it is refused, as where there can be none.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NOWHERE } from '../kernel/names.ts'
import { nodeModule } from '../kernel/native.ts'
import { ASK_NODE } from '../ops/space.ts'
import type { MountedSpace } from './mountedspace.ts'

type Given = string | { directory?: string } | undefined
type Enable = (given?: Given) => { status: number, message?: string, directory?: string }

/** Wraps the function where Node has it; returns the undo, which restores only what is still ours. */
export function installCompileCache (space: MountedSpace): () => void {
  const holder = nodeModule as unknown as { enableCompileCache?: Enable }
  const theirs = holder.enableCompileCache
  if (theirs === undefined) return () => {}
  const ours: Enable = function enableCompileCache (this: unknown, given) {
    const directory = typeof given === 'object' && given !== null ? given.directory : given
    // What Node takes where it is told nothing (lib/internal/modules/helpers.js, checked on 22.23, 24.21, 26.10).
    const folder = directory ?? process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache')
    const mounted = typeof folder === 'string' && folder !== '' && typeof space.locate(space.absolute(folder), ASK_NODE) !== 'string'
    // Node tries there and answers FAILED, unless it has another reason not to try.
    return theirs.call(this, mounted ? NOWHERE : given)
  }
  holder.enableCompileCache = ours
  return () => { if (holder.enableCompileCache === ours) holder.enableCompileCache = theirs }
}
