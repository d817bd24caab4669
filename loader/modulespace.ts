// What the loader asks of the mounts. `ModuleFiles` of lib/mount/modulefiles.ts is the one that answers.

/** A mount as module loading sees it. */
export interface ModuleMount {
  readonly prefix: string
  readonly moduleHooks: boolean
  /** An overlay: what is not in it is what it would be without it. */
  readonly porous: boolean
  /** Which mount at this place it is, counted from 1; set by the loader. */
  generation: number
}

/** The thread in which Node runs hooks of `module.register` for this one. */
export interface HooksThread {
  /** Hooks of others may be there. */
  readonly hasOthers: boolean
  /** This package is there; undefined while nobody knows. */
  readonly there: boolean | undefined
  /** The same, once it has answered. */
  settle (): boolean
  /** Tells it what is mounted now. */
  tell (): void
  /** There are mounts that it does without. */
  readonly lacksSome: boolean
  /** It does without this mount. */
  lacks (mount: ModuleMount): boolean
}

/** The whole name space as seen through the mounts: mounted paths virtual, the rest real. Absolute, normalised paths. */
export interface ModuleSpace {
  /** The mount that owns this path for module loading (an overlay only if the name exists in it), undefined: the disk. */
  owner (path: string): ModuleMount | undefined
  /** Whether a mount has something at a path, also a folder that an overlay and the disk both have. */
  present (path: string): boolean
  stat (path: string): 'file' | 'folder' | undefined
  /** The real path of a file and the mount that has it; undefined: no file; null: only `stat` and `realpath` can tell. */
  file (path: string): { path: string, mount: ModuleMount } | undefined | null
  /** Throws Node's fs errors. */
  read (path: string): Uint8Array
  realpath (path: string): string
  readonly hooks: HooksThread | undefined
  /** In a thread of hooks: looks for news of the mounts. */
  readonly news: (() => void) | undefined
}
