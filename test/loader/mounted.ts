// Folders of files, given as plain objects, mounted for the tests of the loader.
import type fs from 'node:fs'
import { create } from '../../lib/index.ts'
import type { CreateOptions, VirtualFileSystem } from '../../lib/index.ts'

/** File contents by path from the root of the mount. */
export type Files = Record<string, string | Uint8Array>

/** Mounts files in memory. */
export function mountFiles (prefix: string, files: Files, options: CreateOptions = {}): VirtualFileSystem & Pick<typeof fs, 'writeFileSync'> {
  const vfs = create(options) as VirtualFileSystem & Pick<typeof fs, 'writeFileSync'>
  for (const [path, content] of Object.entries(files)) vfs.writeFileSync(path, content)
  vfs.mount(prefix)
  return vfs
}
