// News of changes: what a volume reports to those who watch it, in terms of inodes.

/** A change to a node, or to the name of a node in a folder. */
export interface Change {
  event: 'change' | 'rename'
  node: unknown
  /** For 'rename': the folder and the name in it that appeared, vanished or changed its node. */
  dir?: unknown
  name?: string
  /** The name vanished. */
  gone?: boolean
  /** The name moved here; `node` is what stood there before. */
  to?: { dir: unknown, name: string, node: unknown }
}
