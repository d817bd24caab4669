// Parts of the package that are read in when they are first needed, or that stand where no import may lead: whatever is mounted
// by then, or put into `fs`, they are the files of the package on the disk.
import { byNative } from './native.ts'
import { foundRegistry } from './registry.ts'

/**
 * Runs `run` as if nothing were mounted, nor any function of `fs` replaced: files of this package and its drivers are those
 * of the disk under any mount and any stub. Synchronous; for all that is read in late.
 */
export function aside<T> (run: () => T): T {
  const found = foundRegistry()
  return byNative(() => found?.aside === undefined ? run() : found.aside(run))
}

/** Gives what `load` gives, which runs when it is first asked for, aside: for parts of the package that most programs never need. */
export function lazily<T> (load: () => T): () => T {
  let loaded: { value: T } | undefined
  return () => (loaded ??= { value: aside(load) }).value
}

/** A part of the package that stands where no import may lead from here: lib/index.ts brings it, once. */
export class Part<T> {
  #part: T | undefined

  bring (part: T): void { this.#part = part }
  /** Undefined where lib/index.ts was not loaded: then there is no such part. */
  get (): T | undefined { return this.#part }
}
