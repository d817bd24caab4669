// News of changes: what a volume reports while somebody watches, in terms of inodes.

/** A change to a node, or to the name of a node in a folder. */
export type Change = Altered | Renamed | Closed

/** A node's content or attributes changed. */
export interface Altered {
  event: 'change'
  node: unknown
  /** Not its content. */
  attributes?: boolean
  /** Every path may lead to another node now, though nothing was moved or removed. */
  afresh?: boolean
  /** The path by which it was reached, from the volume's root, without links; a file has several names. */
  path?: string | undefined
}

/** A name in a folder appeared, vanished or moved. */
export interface Renamed {
  event: 'rename'
  node: unknown
  dir: unknown
  name: string
  /** A further name of a node that was there before. */
  linked?: boolean
  /** The name vanished. */
  gone?: boolean
  /** The path of a name that vanished, from the volume's root. */
  path?: string
  /** The name moved here; `node` is what stood there before. */
  to?: { dir: unknown, name: string, node: unknown }
  /** The old and the new path of what moved, from the volume's root. */
  paths?: readonly [string, string]
}

/** An open file was closed. */
export interface Closed {
  event: 'close'
  node: unknown
}

/** Told of what happens: by which event of `fs.watch`, to which name. */
export type Watcher = (event: 'change' | 'rename', name: string) => void

/** What happened, as inotify tells it apart: only what is the same is merged. */
export const MODIFY = 0x2
export const ATTRIB = 0x4
export const MOVED_FROM = 0x40
export const MOVED_TO = 0x80
export const CREATE = 0x100
export const DELETE = 0x200
export const DELETE_SELF = 0x400
export const MOVE_SELF = 0x800
export const IGNORED = 0x8000
export const ISDIR = 0x40000000
