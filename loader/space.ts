// What the loader asks of the mounts. `Files` of lib/mount/files.ts is the one that answers.

/** A mount as module loading sees it. */
export interface Mount {
  readonly prefix: string
  readonly moduleHooks: boolean
  readonly overlay: boolean | 'copy-on-write'
  /** Which mount at this place it is, counted from 1; set by the loader. */
  generation: number
}

/** The whole name space as seen through the mounts: mounted paths virtual, the rest real. Absolute, normalised paths. */
export interface Space {
  /** The mount that owns this path for module loading (an overlay only if the name exists in it), undefined: the disk. */
  owner (path: string): Mount | undefined
  /** Whether a mount has something at a path, also a folder that an overlay and the disk both have. */
  present (path: string): boolean
  stat (path: string): 'file' | 'folder' | undefined
  /** The real path of a file and the mount that has it; undefined: no file; null: only `stat` and `realpath` can tell. */
  file (path: string): { path: string, mount: Mount } | undefined | null
  /** Throws Node's fs errors. */
  read (path: string): Uint8Array
  realpath (path: string): string
}
