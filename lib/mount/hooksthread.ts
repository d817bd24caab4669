// A THREAD OF HOOKS is what Node makes at the first call of module.register, or from the beginning with --experimental-loader:
// hooks that are registered so run in it, and whatever this thread imports is asked of it by messages. It begins without any
// mount. Here it is told what is mounted in the thread that it works for, so that hooks can be loaded from mounts, and are
// asked for what is in them as for what is on the disk. `announce` of starters.ts lays ready what it finds when it begins. Where
// it preloads this package (lib/register.ts, lib/inherited.ts), that takes it up; else our own hooks are registered first
// (loader/hooktext.ts) and load lib/follow.ts, which mounts the same over there, where loader/hookanswers.ts answers for it.
// On Node 20, where there are no other hooks, our own loader has such a thread too: loader/node20thread.ts.
import { randomUUID } from 'node:crypto'
import { BroadcastChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { nodeModule } from '../kernel/native.ts'
import { registry } from '../kernel/registry.ts'
import { undeprecated } from '../kernel/threads.ts'
import type { Described, Provider } from '../kernel/provider.ts'
import { describeMounts } from './description.ts'
import { receiver, type HandedToHooks, type Told } from './handing.ts'
import type { MountedSpace } from './mountedspace.ts'
import type { Mount } from './mounttable.ts'

/** `module.register`. */
export type Register = (specifier: string | URL, parent?: unknown, options?: unknown) => void

/** One such thread, as the one that it works for sees it. */
export class HooksThread {
  readonly #space: MountedSpace
  readonly #register: Register
  readonly #hooks: () => string | undefined
  readonly #name = `fsmount-${randomUUID()}`
  #channel: BroadcastChannel | undefined
  #telling = false
  /** What it knows: mounts, and the state of their providers then. */
  #known = new Map<Mount, number | undefined>()
  #refused: ReadonlyMap<Mount, string> = new Map()
  /** It preloads this package, if anything does; or there are hooks of others from the beginning (--experimental-loader), which would be asked for ours. */
  readonly #preloads: boolean
  /** Hooks of others may be there. */
  hasOthers: boolean
  /** This package is there; undefined while nobody knows. */
  there: boolean | undefined

  /** `hooks` gives the URL of our own hooks; `flagged`: there are hooks of others from the beginning. */
  constructor (space: MountedSpace, register: Register, hooks: () => string | undefined, flagged: boolean) {
    this.#space = space
    this.#register = register
    this.#hooks = hooks
    this.#preloads = flagged || (space.preloaded && 'registerHooks' in nodeModule)
    this.hasOthers = flagged
  }

  get lacksSome (): boolean { return this.#refused.size > 0 }

  /** It does without this mount. */
  lacks (mount: unknown): boolean { return this.#refused.has(((mount as Mount).alias ?? mount) as Mount) }

  /** What stands ready for it when it begins. */
  handed (mounts = this.#space.arriving ?? this.#describe()): HandedToHooks {
    if (this.#channel === undefined) {
      this.#channel = new BroadcastChannel(this.#name)
      this.#channel.unref()
      this.#channel.onmessage = () => { this.there = true }
    }
    const board = this.#space.board ?? (mounts.some(({ virtualCwd }) => virtualCwd === true) ? this.#space.postCwd() : undefined)
    return { mounts, preloaded: registry().preloaded, board: board?.memory, channel: this.#name }
  }

  /** Whether this package turned out to be in it, now that it has answered. */
  settle (): boolean {
    return (this.there ??= this.#hasAnswered())
  }

  #hasAnswered (): boolean {
    return this.#channel !== undefined && receiveMessageOnPort(this.#channel as unknown as MessagePort) !== undefined
  }

  /**
   * Tells it what has changed since it was told; our own hooks are among its hooks from the first time on. `registering`:
   * somebody calls module.register, who is to see its deprecation (DEP0205).
   */
  tell (registering = false): void {
    if (this.#telling) return // what is loaded for it asks as well
    this.#telling = true
    try {
      if (this.there === undefined && this.#preloads && this.#hasAnswered()) this.there = true
      // Where it does not preload this package ours come before those of others from now on, if not before those of the flag.
      if (this.there === undefined && !this.#preloads) this.#begin(registering)
      else if (this.there !== true && registering && !this.#space.preloaded) this.#begin(registering)
      else if (this.there === true && !this.#knowsAll()) this.#channel!.postMessage(this.#describe())
    } finally {
      this.#telling = false
    }
  }

  #begin (registering: boolean): void {
    const { table } = this.#space
    // Before theirs also where nothing is mounted yet: the thread asks the hooks that came last first.
    const url = table.size === 0 && !registering ? undefined : this.#hooks()
    const file = url === undefined ? undefined : receiver(table, 'follow.js')
    if (url === undefined || file === undefined) return
    const register = (): void => this.#register(url, { data: { file, handed: this.handed(this.#describe()) } })
    if (registering) register()
    else undeprecated(register)
    this.there = true
  }

  #knowsAll (): boolean {
    let count = 0
    for (const mount of this.#space.table) {
      if (mount.alias !== undefined) continue
      if (!this.#knows(mount)) return false
      count++
    }
    return count === this.#known.size
  }

  #knows (mount: Mount): boolean {
    return this.#known.has(mount) && this.#known.get(mount) === mount.volume.provider.state
  }

  #describe (): readonly Told[] {
    const { table } = this.#space
    const mounts = [...table].filter((mount) => mount.alias === undefined)
    const known = new Map<Provider, Described & Pick<Told, 'same'>>()
    if (this.there === true) {
      for (const { volume: { provider } } of mounts) known.set(provider, { provider: '', same: true })
      for (const mount of mounts) if (!this.#knows(mount)) known.delete(mount.volume.provider)
    }
    const told = describeMounts(table, 'thread', known)
    this.#refused = told.refused
    this.#known = new Map(mounts.map((mount) => [mount, mount.volume.provider.state]))
    return told.mounts
  }
}
