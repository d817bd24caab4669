// A tree of MemoryProvider as another thread takes it over: one shared buffer with all contents, and what else there is
// to know of the inodes. Nobody writes into the buffer: on both sides contents without room are copied before that.
import { isDir, isFile } from '../../lib/kernel/provider.ts'
import { Folder, Inode, Link } from './inodes.ts'

/** An inode without its content. A file's content starts at `start` and is `size` long. */
interface Row {
  readonly attr: Readonly<Record<typeof KEPT[number], number>>
  readonly fine?: Inode['fine']
  readonly start?: number
  readonly size?: number
  readonly target?: string
  /** Names and the indexes of their inodes. */
  readonly entries?: readonly (readonly [name: string, index: number])[]
}

/** What crosses; to be cloned, with its buffer shared. The root comes first. */
export interface Packed { readonly contents: SharedArrayBuffer, readonly rows: readonly Row[] }

const KEPT = ['ino', 'mode', 'uid', 'gid', 'nlink', 'atime', 'mtime', 'ctime', 'birthtime'] as const

/**
 * Packs a tree. From then on its own contents lie in the shared buffer too, so that they exist once however many
 * threads take them, and a further thread gets the same buffer. What is lazy is made; throws what making it throws.
 */
export function pack (root: Folder): Packed {
  const nodes = collect(root)
  const files = [...nodes.keys()].filter((node) => isFile(node.mode))
  const bytes = sharedAlready(files) ?? share(files)
  const rows = Array.from(nodes.keys(), (node): Row => ({
    attr: Object.fromEntries(KEPT.map((key) => [key, node[key]])) as Row['attr'],
    ...node.fine && { fine: { ...node.fine } },
    ...isFile(node.mode) && { start: node.start, size: node.size },
    ...node instanceof Link && { target: node.target },
    ...node instanceof Folder && { entries: Array.from(node.entries, ([name, child]) => [name, nodes.get(child)!] as const) }
  }))
  return { contents: bytes.buffer as unknown as SharedArrayBuffer, rows }
}

/** Every inode of a tree with its index, folders before what is in them. */
function collect (root: Folder): Map<Inode, number> {
  const nodes = new Map<Inode, number>([[root, 0]])
  for (const node of nodes.keys()) {
    if (!(node instanceof Folder)) continue
    void node.entries.size   // what is lazy puts its entries in place when it is asked
    for (const child of node.entries.values()) if (!nodes.has(child)) nodes.set(child, nodes.size)
  }
  return nodes
}

/** The buffer in which all contents lie since they were packed, if none has changed. */
function sharedAlready (files: readonly Inode[]): Buffer | undefined {
  const bytes = files.find(({ size }) => size > 0)?.bytes
  return bytes !== undefined && (bytes.buffer as unknown) instanceof SharedArrayBuffer && files.every((node) => node.size === 0 || node.bytes === bytes) ? bytes : undefined
}

function share (files: readonly Inode[]): Buffer {
  const bytes = Buffer.from(new SharedArrayBuffer(files.reduce((sum, node) => sum + node.size, 0)) as unknown as ArrayBuffer)
  let at = 0
  for (const node of files) {
    const { size } = node
    node.bytes.copy(bytes, at, node.start, node.start + size)
    Object.assign(node, { bytes, start: at, room: 0 })
    at += size
  }
  return bytes
}

/** The tree of what was packed. */
export function unpack ({ contents, rows }: Packed): Folder {
  const bytes = Buffer.from(contents as unknown as ArrayBuffer)
  const nodes = rows.map(({ attr, fine, start, size, target }) => {
    const { ino, mode, uid, gid, mtime } = attr
    const node = isDir(mode) ? new Folder(ino, mode, uid, gid, mtime) : isFile(mode) ? new Inode(ino, mode, uid, gid, mtime) : new Link(ino, mode, uid, gid, mtime, target!)
    return Object.assign(node, attr, { fine }, isFile(mode) && { bytes, start, size })
  })
  rows.forEach(({ entries = [] }, index) => {
    for (const [name, child] of entries) (nodes[index] as Folder).entries.set(name, nodes[child]!)
  })
  return nodes[0] as Folder
}
