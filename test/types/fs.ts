// Compiled, never run: an object stands wherever Node's fs is asked for, with Node's own types.
import { create, type VirtualFileSystem } from '../../lib/index.ts'
import type { IFs } from 'memfs'
import type * as fs from 'node:fs'

const vfs = create()
type Fs = typeof fs

export const asFs: Omit<Fs, 'default'> = vfs
export const promises: Fs['promises'] = vfs.promises

// Overloads survive.
export const text: string = vfs.readFileSync('/f', 'utf8')
export const bytes: Buffer = vfs.readFileSync('/f')
export const size: bigint = vfs.statSync('/f', { bigint: true }).size
export const maybe: fs.Stats | undefined = vfs.statSync('/f', { throwIfNoEntry: false })
export const stream: fs.ReadStream = vfs.createReadStream('/f', { start: 1 })
vfs.readdir('/', { withFileTypes: true }, (error, entries) => { void [error, entries[0]!.parentPath] })

/** What libraries declare as their `fs` option. */
export interface Small {
  readFile (path: string, callback: (error: NodeJS.ErrnoException | null, data: Buffer) => void): void
  stat: Fs['stat']
  lstatSync: (path: string) => fs.Stats
  promises: Pick<Fs['promises'], 'readFile' | 'writeFile' | 'mkdir' | 'rm' | 'readdir' | 'stat' | 'lstat' | 'readlink' | 'symlink' | 'chmod'>
}
export const small: Small = vfs

/**
 * memfs's IFs extends a class with private members, so that neither another class nor Node's fs itself can be one to the
 * compiler; but every name of it that is Node's is in an object.
 */
export const names: Record<keyof IFs & keyof typeof asFs, unknown> = vfs satisfies VirtualFileSystem
