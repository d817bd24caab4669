// What starts children and workers is wrapped while something is mounted, so that they see the mounts. What is done about
// each is read in with the first that is started.
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { isGone } from '../kernel/errors.ts'
import { MAJOR, nodeModule } from '../kernel/native.ts'
import { lazily } from '../kernel/late.ts'
import { HOOKS_KEY, isHooksThread, OWN_HOOKS } from '../kernel/threads.ts'
import type { Register } from './hooksthread.ts'
import type { MountedSpace } from './mountedspace.ts'

type Threads = typeof import('node:worker_threads')
type Starter = (this: unknown, ...args: unknown[]) => unknown
type Holder = Record<string, unknown>

/** Asked for before any mount, because Node replaces process.chdir when it is first loaded. */
const threads = createRequire(__filename)('node:worker_threads') as { Worker: Threads['Worker'] } & Threads

const children = lazily(() => require('./children.js') as typeof import('./children.ts'))
const workers = lazily(() => require('./workers.js') as typeof import('./workers.ts'))
const hooksThreads = lazily(() => require('./hooksthread.js') as typeof import('./hooksthread.ts'))

/** Flags that bring hooks of others. */
const LOADER = /(?:^|[\s"])--(?:experimental-)?loader(?:$|[\s="])/

/** The flag for `mock.module` of node:test, which registers hooks of its own. */
const MOCKS = /--experimental-test-module-mocks/
/** Whether those are registered behind module.register (lib/internal/test_runner/mock/mock.js; seen 22.23 24.10 25.0, not 24.11 25.2). */
const MOCKS_IN_THREAD = MAJOR < 24 || /^(?:24\.(?:10|\d)|25\.[01])\./.test(process.versions.node)

/** Wraps `Worker`, the functions of `child_process` and `module.register`; returns the undo, which restores only what is still ours. Views of ES modules are the caller's to sync. */
export function installStarters (space: MountedSpace): () => void {
  const undo = [installWorkers(space), installChildren(space), installRegister(space)]
  return () => { for (const one of undo) one() }
}

let isReading = false

/** A part of this package, unless some part is being read in: who compiles everything that is loaded may start threads and children for that. */
function once<T> (part: () => T): T | undefined {
  if (isReading) return undefined
  isReading = true
  try {
    return part()
  } finally {
    isReading = false
  }
}

function installWorkers (space: MountedSpace): () => void {
  const theirs = threads.Worker
  const making = { space, threads, refused: new Set<string>() }
  const ours: Threads['Worker'] = new Proxy(theirs, {
    construct: (target, args, newTarget): object => {
      const made = newTarget === ours ? target : newTarget
      const start = (args: readonly unknown[]): object => Reflect.construct(target, args, made) as object
      return once(workers)?.makeWorker(making, args, start) ?? start(args)
    }
  })
  threads.Worker = ours
  return () => { if (threads.Worker === ours) threads.Worker = theirs }
}

/** What is done about children; undefined where that is just being read in, and for one that names no mount, where the folder of this package is gone: it needs none of that. */
function readIn (space: MountedSpace, args: readonly unknown[]): ReturnType<typeof children> | undefined {
  try {
    return once(children)
  } catch (error) {
    const texts = args.flat().flatMap((arg) => typeof arg === 'object' && arg !== null && 'cwd' in arg ? String(arg.cwd) : typeof arg === 'string' ? arg : [])
    if (!isGone(error) || Array.from(space.table).some(({ prefix }) => texts.some((text) => text.includes(prefix)))) throw error
    return undefined
  }
}

/** Everything in `child_process` that starts a child is a plain function; the class and the helpers are not. */
const starts = (name: string, value: unknown): value is Starter =>
  typeof value === 'function' && name !== 'ChildProcess' && !name.startsWith('_')

function installChildren (space: MountedSpace): () => void {
  const holder = createRequire(__filename)('node:child_process') as Holder
  const replaced: { name: string, theirs: Starter, ours: Starter }[] = []
  // Node's functions call one another through the module.
  let within = false
  const start = (name: string, theirs: Starter, args: unknown[]): unknown => {
    if (within || space.table.size === 0) return theirs(...args)
    within = true
    try {
      const part = readIn(space, args)
      return part === undefined ? theirs(...args) : part.startChild(space, name, theirs, args, start)
    } finally {
      within = false
    }
  }
  for (const [name, theirs] of Object.entries(holder)) {
    if (!starts(name, theirs)) continue
    const ours: Starter = function (...args) { return start(name, theirs.bind(this), args) }
    for (const key of Reflect.ownKeys(theirs)) {
      const property = Object.getOwnPropertyDescriptor(theirs, key)!
      const promising = property.value as Starter
      if (key === promisify.custom) property.value = (...args: unknown[]) => start(name, promising, args)
      if (key !== 'prototype') Object.defineProperty(ours, key, property)
    }
    holder[name] = ours
    replaced.push({ name, theirs, ours })
  }
  return () => {
    for (const { name, theirs, ours } of replaced) if (holder[name] === ours) holder[name] = theirs
  }
}

const commandLine = (): string => `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS}`

/**
 * Makes ready what a thread of hooks finds as environment data if Node makes one from now on: what is mounted at that moment.
 * `hooks` gives the URL of our own hooks for it.
 */
export function announce (space: MountedSpace, hooks: () => string | undefined): void {
  const { register } = nodeModule as unknown as { register?: Register }
  if (isHooksThread || register === undefined || space.makeHooks !== undefined) return
  const flagged = LOADER.test(commandLine()) // the command line brings hooks of others
  space.makeHooks = () => (space.hooks ??= new (hooksThreads().HooksThread)(space, register, hooks, flagged))
  if (flagged) space.makeHooks()
  else if (MOCKS_IN_THREAD && MOCKS.test(commandLine())) space.makeHooks().hasOthers = true
  // Node 20 has the thread for our sake: preloads are to run in it only where they would without us.
  const theirOwn = flagged || 'registerHooks' in nodeModule
  // Looked at by Node, when it makes a thread.
  const handed = { get handed () { return !theirOwn || (space.table.size === 0 && space.arriving === undefined && !space.preloaded) ? undefined : space.makeHooks?.().handed() } }
  threads.setEnvironmentData(HOOKS_KEY, handed as never)
}

function installRegister (space: MountedSpace): () => void {
  const holder = nodeModule as unknown as { register?: Register }
  const theirs = holder.register
  if (isHooksThread || theirs === undefined) return () => {}
  const ours: Register = function register (this: unknown, specifier, ...rest) {
    const thread = String(specifier).startsWith(OWN_HOOKS) ? undefined : space.makeHooks?.()
    thread?.tell(true)
    if (thread !== undefined) thread.hasOthers = true
    theirs.call(this, specifier, ...rest)
    thread?.settle()
  }
  holder.register = ours
  return () => {
    space.hooks?.tell()
    if (holder.register === ours) holder.register = theirs
    space.makeHooks = undefined
    threads.setEnvironmentData(HOOKS_KEY, undefined as never)
  }
}
