// What a back end must be able to do: some thirteen primitives over opaque inodes, and the words they are said in.
// A provider stores; it does not check POSIX rules. Rows (lib/ops) have resolved the path, looked at rights, types
// and emptiness before a primitive is called.

/** Type and permission bits of `Attr.mode`, as in stat(2). */
export const S_IFMT = 0o170000
export const S_IFREG = 0o100000
export const S_IFDIR = 0o040000
export const S_IFLNK = 0o120000
export const S_ISUID = 0o4000
export const S_ISGID = 0o2000

/** The method by which an object that is not used directly gives the provider of inodes that stands for it. */
export const PROVIDER = Symbol.for('fsmount.provider')

/**
 * A method that gives the provider which has what an object shows, where that is not itself. A class of ours whose primitives
 * are partly those of another has one of its own: what is derived from it is a user's.
 */
export const INODES = Symbol.for('fsmount.inodes')

/** Position that means "at the end of the file, whatever its size is then" (O_APPEND). */
export const APPEND = -1

/** A point in time: whole milliseconds since the epoch (may be negative) and the nanoseconds, 0 to 999 999, beyond them. */
export interface Time { ms: number, ns: number }

/** What stat(2) tells of an inode. Times are whole milliseconds; `…Ns` holds the nanoseconds (0 to 999 999) beyond them. */
export interface Attr {
  readonly ino: number
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly rdev: number
  readonly size: number
  readonly atime: number
  readonly mtime: number
  readonly ctime: number
  readonly birthtime: number
  readonly atimeNs: number
  readonly mtimeNs: number
  readonly ctimeNs: number
  readonly birthtimeNs: number
  /** Units of 512 bytes that it takes; absent: as many as its size needs. */
  readonly blocks?: number
}

/** What `setattr` may change; absent means unchanged. `mode` holds permission bits only (0 to 0o7777). */
export interface Patch { mode?: number, uid?: number, gid?: number, size?: number, atime?: Time, mtime?: Time }

/** An inode and its type and permission bits, as `lookup` finds it. `attr` saves a `getattr` that follows at once. */
export interface Found<N> { node: N, mode: number, attr?: Attr }

/**
 * Where a path leads: the folders from the root on (a function where they are dear: most calls ask for none), the name in
 * the last of them, and the node there, or undefined if there is certainly none. `attr` saves a `getattr` that follows at once.
 */
export interface Resolved<N> { line: readonly N[] | (() => readonly N[]), name: string, node: N | undefined, mode: number, attr?: Attr }

/** A name in a folder. */
export interface Entry<N> extends Found<N> { name: string }

/** Figures of `statfs`, in Node's names. */
export interface StatFsAttr { type: number, bsize: number, blocks: number, bfree: number, bavail: number, files: number, ffree: number }

/** Who is to make a provider again: a worker of this process, which takes whatever can be cloned and may share memory, or another process, which reads JSON. */
export type Recipient = 'thread' | 'process'

/** The name under which a provider is described that cannot be made again elsewhere. */
export const ABSENT = 'absent'

/** How a provider is made again somewhere else: by the factory that is registered under a name, from a source. */
export interface Described {
  readonly provider: string
  readonly source?: unknown
  readonly options?: Readonly<Record<string, unknown>>
  /** Absolute path or file URL of a module that registers the factory, loaded first; `import.meta.url` for the very file. */
  readonly module?: string | URL
}

/** A change, whoever made it: to `name` in the watched folder, or (undefined) to what is watched itself. */
export type WatchCallback = (event: 'change' | 'rename', name: string | undefined) => void

/**
 * A back end. `N` is its inode: an object, a number, a path; the kernel never looks inside, and compares nodes with
 * `===` and, for hard links, by `getattr(node).ino`.
 *
 * Names and link targets are strings in which a byte that is not UTF-8 stands as a lone surrogate (names.ts); a
 * provider that cannot keep such a name throws `new Errno('EILSEQ')`. Every failure is thrown as `new Errno(code)`.
 *
 * The provider itself sets nlink, mtime and ctime in `mknod`, `linkat`, `unlinkat`, `renameat`, `write`, and ctime in
 * `setattr`; reading moves atime as relatime does (only if it is not later than mtime or ctime, or a day old).
 */
export interface Provider<N = unknown> {
  readonly root: N
  /** True when nothing in it can be changed; may turn true later. */
  readonly readonly?: boolean
  /** True when links stored in it must never lead out of it (chroot semantics). */
  readonly confined?: boolean

  /** True when `unlinkat` and `renameat` look themselves whether a folder is empty, and throw ENOTEMPTY; `mknod` and `linkat` whether it is still there, and throw ENOENT. */
  readonly checksEmpty?: boolean

  /** The entry `name` of the folder `dir`, links not followed. Never called with '.', '..' or ''. */
  lookup (dir: N, name: string): Found<N> | undefined
  getattr (node: N): Attr
  /** Changes attributes; `size` truncates or extends with zeros. Sets ctime (and mtime, if the size is given). */
  setattr (node: N, patch: Patch): void
  /** Entries sorted by the bytes of their names, without '.' and '..'. */
  getdents (dir: N): Iterable<Entry<N>>
  getlink (node: N): string
  /**
   * Makes a file, folder or link (`mode` with S_IFMT bits; `target` for a link) under a free name and returns its inode.
   * Where somebody else can take the name between `lookup` and this call it throws EEXIST.
   */
  mknod (dir: N, name: string, mode: number, uid: number, gid: number, target?: string): N
  /** A further name for a file. */
  linkat (node: N, dir: N, name: string): void
  /** Removes a name: of a file, a link, or an empty folder. A pinned inode lives on until its last `unpin`. */
  unlinkat (dir: N, name: string): void
  /** Moves a name; a file or empty folder that stands at the new name is replaced in one step. */
  renameat (dir: N, name: string, newDir: N, newName: string): void
  /** Fills `buffer` from `position` on, returns the number of bytes, 0 at the end. */
  read (node: N, buffer: Uint8Array, position: number): number
  /** Writes all of `buffer` at `position`, or at the end when `position` is APPEND; a gap reads as zeros. */
  write (node: N, buffer: Uint8Array, position: number): number
  /** Pins an inode for an open descriptor; `flags` are open(2)'s access flags. The node returned stands for the open file. */
  pin (node: N, flags: number): N
  /** Unpins what `pin` returned. */
  unpin (node: N): void

  /** A number that changes when somebody else than this process changed names or attributes. Absent: nobody else can. */
  version? (): number
  /** Runs `run` as one transaction: all of its primitives happen or none. */
  atomic? <T> (run: () => T): T
  /** Brings what was written to durable storage (fsync). */
  sync? (node: N): void
  statvfs? (): StatFsAttr
  /** Reports every change to a folder or file, this process's too, as inotify(7) would; returns its undo. Absent: the kernel tells of its own. */
  listen? (node: N, callback: WatchCallback): () => void
  /** Releases what the provider holds. Idempotent. */
  dispose? (): void
  /** What messages call it. Default: the name of its class. */
  readonly title?: string
  /** How it is made again elsewhere, absent or undefined: it cannot be. Of a copy, the state is that of this moment. */
  describe? (to: Recipient): Described | undefined
  /** Goes up with every change to what `describe` copies. */
  readonly state?: number
  /** Of a copy that another thread made of a description: takes over what the original describes as its source by now. */
  renew? (source: unknown): void

  /** Fast path: the whole content, shared and not to be written to. Counts as a read. */
  view? (node: N): Uint8Array
  /** Fast path: the whole content in a buffer that nobody else has. Counts as a read. */
  content? (node: N): Buffer
  /** Fast path: the whole content decoded as UTF-8. Counts as a read. */
  text? (node: N): string
  /** Fast path: the whole content set anew, as truncating and writing would; `bytes` may change after the call. */
  replace? (node: N, bytes: Uint8Array): void
  /**
   * Fast path: a whole path of plain names ('/a/b/c') at once; undefined if a link or anything doubtful lies on the way,
   * then it is walked name by name. `opening`: a `pin` of the node found is likely to follow at once.
   */
  resolve? (path: string, opening: boolean): Resolved<N> | undefined
  /** Fast path: the content of the file `from` put in place of that of the file `to`, another one. */
  copy? (from: N, to: N): void
  /** Fast path: the sorted names of a folder, shared and not to be written to. */
  names? (dir: N): readonly string[]
  /** Whether a folder has no entries, without being an access that moves atime. */
  empty? (dir: N): boolean
  /** Where an overlay keeps what it knows beside the files of this provider, its upper layer. Absent: in memory. */
  readonly delta?: Delta<N>

  /**
   * Promise twins of primitives, used by callback and promise forms by replay (replay.ts): where a back end can work
   * off the event loop, or can only answer later.
   */
  readonly later?: { readonly [K in Primitive | 'sync' | 'copy']?: Later<NonNullable<Provider<N>[K]>> }
}

/**
 * What an overlay knows beside the files of its upper layer, kept by that layer in the same transactions, so that a
 * change set lasts as long as its files.
 */
export interface Delta<N> {
  /** Paths at and below which the lower layer is hidden, with a note on what stood there. */
  whiteouts (): Iterable<readonly [path: string, note: string]>
  hide (path: string, note: string): void
  unhide (path: string): void
  /** Nodes with a note, and the number of the inode in the lower layer that they were copied from, if they were. */
  copies (): Iterable<readonly [node: N, base: number | undefined, note: string]>
  keep (node: N, base: number | undefined, note: string): void
  forget (node: N): void
}

/** What an overlay changed, by paths from its root, sorted by their bytes: a folder that is new stands before what is in it, one that is gone stands for all of it. */
export interface Changes {
  added: string[]
  modified: string[]
  deleted: string[]
}

/** Why a change cannot be applied as it was made: what it was made of is no longer so. */
export interface Conflict {
  path: string
  reason: 'changed' | 'missing' | 'exists'
}

/** Options of `commit`. */
export interface CommitOptions {
  /** Apply over whatever others changed meanwhile. Default false. */
  force?: boolean
}

/** A provider that keeps changes apart from what they are changes of. */
export interface ChangeSet {
  changes (): Changes
  commit (options?: CommitOptions): void
  discard (): void
}

/** A provider that can be laid over a folder of the disk and keeps the changes there: behind `overlay: 'copy-on-write'`. */
export interface CoverProvider extends ChangeSet {
  /** Lays it over a folder of the disk (an absolute path), or takes it off. */
  cover (folder: string | undefined): void
}

/** The promise twin of a primitive; a method's type, so that a provider of any nodes is a provider. */
type Later<F extends (...args: never) => unknown> = { twin (...args: Parameters<F>): Promise<Awaited<ReturnType<F>>> }['twin']

/** The names of the primitives that every provider has. */
export const PRIMITIVES = ['lookup', 'getattr', 'setattr', 'getdents', 'getlink', 'mknod', 'linkat', 'unlinkat', 'renameat', 'read', 'write', 'pin', 'unpin'] as const
export type Primitive = typeof PRIMITIVES[number]

export const isDir = (mode: number): boolean => (mode & S_IFMT) === S_IFDIR
export const isFile = (mode: number): boolean => (mode & S_IFMT) === S_IFREG
export const isLink = (mode: number): boolean => (mode & S_IFMT) === S_IFLNK
/** A device, FIFO or socket. */
export const isSpecial = (mode: number): boolean => !isFile(mode) && !isDir(mode) && !isLink(mode)
