// Children start in the working folder, which the kernel knows only as a real one: while the virtual cwd lies in a
// mount, a child that is given no `cwd` of its own would start somewhere else, and so is refused.
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { nodeError } from '../kernel/errors.ts'
import type { MountedSpace } from './space.ts'

type Starter = (this: unknown, ...args: any[]) => unknown
type Holder = Record<string, unknown>

/** Everything in `child_process` that starts a child is a plain function; the class and the helpers are not. */
const starts = (name: string, value: unknown): value is Starter =>
  typeof value === 'function' && name !== 'ChildProcess' && !name.startsWith('_')

/** Wraps what starts children; returns the undo, which restores only what is still ours. */
export function installChildren (space: MountedSpace): () => void {
  const holder = createRequire(__filename)('node:child_process') as Holder
  const replaced: { name: string, theirs: Starter, ours: Starter }[] = []
  for (const [name, theirs] of Object.entries(holder)) {
    if (!starts(name, theirs)) continue
    const ours: Starter = function (...args) {
      if (space.cwd !== undefined && cwdOf(args) === undefined) throw refusal(name, space.cwd)
      return theirs.apply(this, args)
    }
    for (const key of Reflect.ownKeys(theirs)) {
      if (key !== 'prototype') Object.defineProperty(ours, key, Object.getOwnPropertyDescriptor(theirs, key)!)
    }
    holder[name] = ours
    replaced.push({ name, theirs, ours })
  }
  syncBuiltinESMExports()
  return () => {
    for (const { name, theirs, ours } of replaced) if (holder[name] === ours) holder[name] = theirs
    syncBuiltinESMExports()
  }
}

/** The `cwd` among the options of a call, wherever its signature has them. */
function cwdOf (args: readonly unknown[]): unknown {
  const options = args.find((arg) => typeof arg === 'object' && arg !== null && !Array.isArray(arg)) as { cwd?: unknown } | undefined
  return options?.cwd ?? undefined
}

const refusal = (name: string, cwd: string): Error =>
  nodeError(Error, 'ERR_INVALID_STATE', `Invalid state: child_process.${name}() without options.cwd: the working folder '${cwd}' lies in a mount, where a child cannot start`)
