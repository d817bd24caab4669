// Where the paths of a call lead: what rows need to know of mounts without knowing mounts. The mounted name space
// (lib/mount) is one, each file system object (lib/ownspace.ts) another.
import type { Volume } from '../kernel/volume.ts'
import type { Handle } from '../kernel/handles.ts'
import type { Last, Place, View } from '../kernel/namei.ts'
import type { Callable, Form, Row } from './row.ts'

/** A view and the text behind its prefix. */
export interface Spot { readonly view: View, readonly rest: string }

/** How a path is looked for: by which row, at which argument, and whether a link led here. */
export interface Asking { readonly row: Row, readonly last: Last, readonly followed: boolean }

/** Asked for no row in particular: what a path leads to, and what stands at its last name, if it be a link. */
export const ASK_NODE: Asking = { row: {}, last: 'node', followed: false }
export const ASK_LINK: Asking = { row: {}, last: 'link', followed: false }

/** A name space. */
export interface Space {
  /** Missing folders above a name that is made are made as well. */
  readonly parents: boolean
  /** A folder above which nothing is in this name space, without a slash at its end. Default: the root. */
  readonly base?: string
  /** A path in absolute form; dots and double slashes stay. */
  absolute (path: string): string
  /** Relative paths do not mean what they mean to the kernel. */
  readonly moved: boolean
  /** Whose an absolute path is: a spot in a view, or the path by which the disk has it. Throws Errno. */
  locate (path: string, asking: Asking): Spot | string
  /** Whether an open file can be used here. */
  admits (handle: Handle): boolean
  /** What serves paths that are not ours, in this form. */
  elsewhere (name: string, form: Form): Callable
  /** Whether names of mounts may show in the tree below a path of the disk. */
  leads? (path: string): boolean
  /** Told of a path at which something was removed. */
  vacate? (path: string): void
  /** Removes what overlays have over the folder that a link at an absolute path leads to, whose name is another's. Throws Errno. */
  uncover? (path: string): void
  /** This name space as it is now, for a call that goes on in later turns: what is unmounted meanwhile stays in it. */
  kept? (): Space
  /** Of one that was kept: mounts have come or gone since. */
  readonly past?: boolean
  /** Has open files served that a kept one opened, when no function of `fs` is ours any more. */
  serve? (): void
  /** Adds the names that mounts show in a folder to its listing. */
  augment? (path: string, listing: unknown[], given: readonly unknown[]): unknown[]
  /** The folders that overlays lay over the one at a path, which has no dots or slash at its end. */
  layers? (path: string): Iterable<Place>
  /** The volumes of the overlays that an absolute path may lie in. */
  overlaysOf? (path: string): readonly Volume[]
  /** Calls `told` with the names in a folder that begin or cease to lead to mounts; returns its undo. */
  mountsIn? (path: string, told: (name: string) => void): () => void
  /** Shows the root of this name space in `fs`, at a prefix that no disk can have, until `undo`; undefined: its paths are those of `fs`. */
  exposed? (): { readonly prefix: string, readonly undo: () => void } | undefined
}
