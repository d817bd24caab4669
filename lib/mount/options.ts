// The options of `create()` that make a mount what it is, and so go with it: to workers and children, and from descriptions.
import type { Overlay } from './mounttable.ts'

/** What a mount can be asked for. */
export interface MountOptions {
  /**
   * Lay the names of this file system over what is at the mount point, instead of hiding it; 'copy-on-write': together
   * with what the disk has there, and keep all changes from the disk until `commit()`. Default false.
   */
  overlay?: Overlay
  /** Serve `require` and `import` from it. Default true. */
  moduleHooks?: boolean
  /** Let `process.chdir` enter it. Default false. */
  virtualCwd?: boolean
  /** Read links stored in it as chroot does, so that none leads out. Default: what the provider says. */
  confined?: boolean
  /** Hand the mount to workers and to children that run Node. Default true. */
  inherit?: boolean
}

/** The names of these. */
export const MOUNT_OPTIONS: readonly (keyof MountOptions)[] = Object.keys({
  overlay: true, moduleHooks: true, virtualCwd: true, confined: true, inherit: true
} satisfies Record<keyof MountOptions, true>) as (keyof MountOptions)[]

/** What stands under these names; whether it is of the right type, `create()` says. */
export const mountOptionsOf = (given: object): MountOptions =>
  Object.fromEntries(MOUNT_OPTIONS.map((name) => [name, (given as MountOptions)[name]]))
