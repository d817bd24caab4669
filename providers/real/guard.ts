// What keeps an access inside the root: the words that the two ways of doing it share (descriptor.ts, before.ts).
// Paths here are inner paths below the root, link-free as the kernel walked them: '' is the root, else '/a/b'.
import type { HostStats } from './host.ts'

/** An inode about to be opened by the path `at`, with the flags it needs. */
export interface Held {
  readonly at: string
  readonly stats: HostStats
  readonly flags: number
  /** Throws unless the descriptor is the one of what is held. */
  verify (fd: number): void
  release (): void
}

/** Runs accesses so that none leaves the root, whatever other processes do to the folders meanwhile. Throws bare or native errors. */
export interface Guard {
  /** `run` with a path of the folder, to which '/' and a name can be added: for what makes, removes or reads names. */
  folder<T> (path: string, run: (at: string) => T): T
  /** `run` with a path of the inode, whatever it is, and its stats: for what changes attributes. */
  inode<T> (path: string, run: (at: string, stats: HostStats) => T): T
  /**
   * Stats of the inode; null if its folder has no such name; undefined when one look does not tell: a link on the way.
   * `opening`: `pin` of the same path follows at once, and need not look again.
   */
  glance (path: string, opening: boolean): HostStats | null | undefined
  stat (path: string): HostStats
  /** Holds an inode to be opened; to be released in any case. */
  hold (path: string): Held
}

/** The path of the folder that a path's last name is in. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
