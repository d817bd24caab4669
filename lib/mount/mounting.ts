// Mounting and unmounting: the steps in their order, and what the first mount puts in place and the last takes away.
import { devNull } from 'node:os'
import { isOutOfSight, standsOnDisk } from '../kernel/disk.ts'
import { native, nodeModule } from '../kernel/native.ts'
import { lazily, Part } from '../kernel/late.ts'
import { registry } from '../kernel/registry.ts'
import { isHooksThread } from '../kernel/threads.ts'
import { Volume } from '../kernel/volume.ts'
import { ASK_NODE } from '../ops/space.ts'
import { installCompileCache } from './compilecache.ts'
import { installLoadEnvFile } from './loadenvfile.ts'
import { installIdentity } from './identity.ts'
import { FsPatch } from './patch.ts'
import { mountedSpace, type MountedSpace } from './mountedspace.ts'
import { announce, installStarters } from './starters.ts'
import type { MountOptions } from './options.ts'
import { SyntheticProvider } from './synthetic.ts'
import { NOWHERE } from '../kernel/names.ts'
import { isUnder } from '../kernel/paths.ts'
import { isThere, look, type Mount, type Overlay } from './mounttable.ts'

/** What stands while something is mounted, or a virtual descriptor is open; kept on the shared name space. */
interface Fittings {
  patch: FsPatch
  undo: (() => void)[]
  undoCwd: (() => void) | undefined
  /** Mounts whose object asked for `virtualCwd`. */
  readonly withCwd: Set<Mount>
  /** Keeps the dispatchers for the life of the process (`fsmount/register`). */
  kept: boolean
  loader: Loader | undefined
}

/** What the module loader is told. */
export interface Loader {
  /** A mount has begun to serve; sets its `generation`. */
  mounted (mount: Mount): void
  /** A mount has gone: its modules leave the caches. */
  unmounted (mount: Mount): void
  /** The module at this path, all below it, and those that import them run again at the next `require` or `import`. */
  invalidate (path: string): void
  /** The line of a module of this mount that draws a complaint of the parser, as Node shows it. */
  fault (mount: Mount, message: string): string | undefined
  /** The URL of our own hooks for a thread of hooks, another one at every call. */
  hooks (): string
  /** What is remembered may be wrong. */
  refresh (): void
  /** Takes everything back that was installed into Node. */
  stop (): void
}

const cwds = lazily(() => require('./cwd.js') as typeof import('./cwd.ts'))

type Fitted = MountedSpace & { fittings?: Fittings }

/** Makes the loader when the first mount needs one. */
export const loaderPart = new Part<(space: MountedSpace) => Loader>()

/**
 * In a thread of hooks: has it follow the mounts of the thread that it works for. Called with each mount that is made there,
 * since a preload of somebody else's that mounts something may be all that brings this package into that thread.
 */
export const followPart = new Part<() => void>()

function fittings (space: Fitted): Fittings {
  return (space.fittings ??= { patch: new FsPatch(space), undo: [], undoCwd: undefined, withCwd: new Set(), kept: false, loader: undefined })
}

/** What a mount is asked for; whether it is confined, its volume knows. */
export type MountSettings = Required<Omit<MountOptions, 'confined'>>

/** What listeners of 'vfs-mount' and 'vfs-unmount' on `process` are told: where it is mounted, how, and whether it can be written to. */
export interface MountEvent { mountPoint: string, overlay: Overlay, readonly: boolean }

declare global {
  namespace NodeJS {
    /** Of newer types of Node. */
    interface ProcessEventMap { 'vfs-mount': [event: MountEvent], 'vfs-unmount': [event: MountEvent] }
    /** Of older ones. */
    interface Process {
      on (event: 'vfs-mount', listener: (event: MountEvent) => void): this
      on (event: 'vfs-unmount', listener: (event: MountEvent) => void): this
      once (event: 'vfs-mount', listener: (event: MountEvent) => void): this
      once (event: 'vfs-unmount', listener: (event: MountEvent) => void): this
    }
  }
}

const eventOf = (mount: Mount): MountEvent => ({ mountPoint: mount.prefix || '/', overlay: mount.overlay, readonly: mount.volume.readonly })
const emit = (name: 'vfs-mount' | 'vfs-unmount', mount: Mount): void => { (process as NodeJS.EventEmitter).emit(name, eventOf(mount)) }

let reserved = 0

/** A prefix that no disk can hold, another one at every call; `again` if that is free. */
export function reservedPrefix (again?: string): string {
  let prefix = again ?? `${NOWHERE}/${reserved++}`
  // In use by another copy of the package, or handed on by the thread that started this one.
  while (mountedSpace().table.at(prefix) !== undefined) prefix = `${NOWHERE}/${reserved++}`
  return prefix
}

/** Puts a volume at a prefix; `attach` is told the mount before anybody else. A `quiet` mount is no event. */
export function putMount (volume: Volume, prefix: string, options: MountSettings, attach: (mount: Mount) => void, quiet = false): void {
  const space = mountedSpace() as Fitted
  const fitted = fittings(space)
  // Before the mount, which may hide the files of the loader.
  if (options.moduleHooks) startLoader(space, fitted)
  try {
    equip(space, fitted)   // behind the loader: parts of Node's that it has read in keep what they find in fs
  } catch (error) {
    stopLoader(space, fitted)   // somebody has frozen fs: nothing is mounted
    throw error
  }
  const mount = makeMount(space, volume, prefix, options)
  mount.beside.push(...aliases(space, mount, options), ...synthetics(space, prefix))
  for (const one of [...mount.beside, mount]) {
    one.volume.views.add(one)
    space.add(one)
  }
  attach(mount)
  if (options.virtualCwd) {
    fitted.withCwd.add(mount)
    fitted.undoCwd ??= cwds().installCwd(space, (asked) => fitted.withCwd.has(asked))
  }
  if (options.moduleHooks) for (const one of [...mount.beside, mount]) if (!one.synthetic) fitted.loader?.mounted(one)
  if (isHooksThread) followPart.get()?.()
  if (!quiet) emit('vfs-mount', mount)
}

/** Mounts of whose end listeners are being told, or were. */
const LEAVING = new WeakSet<Mount>()

/** Takes a mount away; `detach` is told when the name space no longer has it. A throwing listener comes last. */
export function takeMount (mount: Mount, detach: () => void, quiet = false): void {
  const space = mountedSpace() as Fitted
  const fitted = fittings(space)
  if (LEAVING.has(mount)) return   // a listener unmounts what is about to go
  LEAVING.add(mount)
  try {
    if (!quiet) emit('vfs-unmount', mount)
  } finally {
    for (const one of [mount, ...mount.beside]) {
      space.remove(one)
      one.volume.views.delete(one)
      for (const end of [...one.ends]) end()
    }
    bridge(space)
    detach()
    leaveCwd(space, fitted, mount)
    for (const one of [mount, ...mount.beside]) fitted.loader?.unmounted(one)
    stopLoader(space, fitted)
    strip(space)
  }
}

/** Shows the root of a volume in `fs` at a prefix that no disk can have; no module and no list of mounts knows of it. */
export function expose (volume: Volume): { readonly prefix: string, readonly undo: () => void } {
  const space = mountedSpace() as Fitted
  const root = makeMount(space, volume, reservedPrefix(), { overlay: false, moduleHooks: false, virtualCwd: false, inherit: false }, true)
  const mount: Mount = { ...root, mounted: false }   // its links stay in it
  volume.views.add(mount)
  space.add(mount)
  equip(space, fittings(space))
  const undo = (): void => {
    space.remove(mount)
    volume.views.delete(mount)
    strip(space)
  }
  return { prefix: mount.prefix, undo }
}

/** Has the modules at a path, and those that import them, run anew. */
export function invalidate (path: string): void {
  fittings(mountedSpace()).loader?.invalidate(path)
}

/** Contents have changed in ways that nobody told: what is remembered of modules is looked up again. */
export function refresh (): void {
  fittings(mountedSpace()).loader?.refresh()
}

/** The line of source that draws a complaint of the parser, as Node shows it; undefined where none does. */
export const faulty = (mount: Mount, message: string): string | undefined => fittings(mountedSpace()).loader?.fault(mount, message)

function startLoader (space: MountedSpace, fitted: Fittings): void {
  if (fitted.loader !== undefined) return
  announce(space, () => fitted.loader?.hooks())
  fitted.loader = loaderPart.get()?.(space)
}

/** Nothing is left to serve. */
function stopLoader (space: MountedSpace, fitted: Fittings): void {
  if (fitted.kept || space.table.size > 0) return
  fitted.loader?.stop()
  fitted.loader = undefined
}

/** The folders that lead to what is still mounted, where those that led there went with this mount. */
function bridge (space: MountedSpace): void {
  for (const mount of [...space.table]) {
    for (const one of synthetics(space, mount.prefix)) {
      one.volume.views.add(one)
      space.add(one)
      mount.beside.push(one)
    }
  }
}

/** The process cannot stay in a folder that is gone. */
function leaveCwd (space: MountedSpace, fitted: Fittings, mount: Mount): void {
  if (!fitted.withCwd.delete(mount)) return
  if (space.cwd !== undefined && isUnder(space.cwd, mount.prefix)) space.cwd = undefined
  if (fitted.withCwd.size > 0) return
  fitted.undoCwd?.()
  fitted.undoCwd = undefined
}

/** Puts the dispatchers in place, if they are not. */
function equip (space: Fitted, fitted: Fittings): void {
  if (fitted.patch.installed) return
  fitted.undo.push(installIdentity(), installLoadEnvFile(space), installCompileCache(space), installStarters(space))
  try {
    fitted.patch.install()   // last, because it has ES modules see what was replaced
  } catch (error) {
    for (const undo of fitted.undo.splice(0)) undo()
    throw error
  }
  registry().idle = () => strip(space)
  registry().busy = () => equip(space, fitted)
}

/** Takes the dispatchers out when nothing needs them: no mount, no open virtual descriptor. */
function strip (space: Fitted): void {
  const fitted = fittings(space)
  if (fitted.kept || space.table.size > 0 || registry().handles.size > 0) return
  for (const undo of fitted.undo.splice(0)) undo()
  fitted.patch.uninstall()
}

/** Puts the dispatchers in place for the life of the process. `byRequire`: see `MountedSpace.preloaded`. */
export function keepDispatchers (byRequire = false): void {
  const space = mountedSpace() as Fitted
  space.preloaded = byRequire
  const fitted = fittings(space)
  fitted.kept = true
  startLoader(space, fitted)
  equip(space, fitted)
}

function makeMount (space: MountedSpace, volume: Volume, prefix: string, options: MountSettings, synthetic = false): Mount {
  const mount: Mount = {
    volume, prefix, mounted: true, cache: space.cache, ...options, generation: 1, synthetic, porous: options.overlay === true, ends: new Set(), beside: [],
    covers: (path) => space.table.covers(mount, path)
  }
  return mount
}

/** The same mount under the name that its prefix has without links on the disk. */
function aliases (space: MountedSpace, mount: Mount, options: MountSettings): Mount[] {
  const real = realPrefix(mount.prefix)
  if (real === mount.prefix) return []
  mount.real = real
  return [Object.assign(makeMount(space, mount.volume, real, options), { alias: mount })]
}

/** A prefix with the part that exists on the disk resolved. */
function realPrefix (prefix: string): string {
  for (let path = prefix; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
    try {
      const real = native.realpathSync.native(path)
      return (real === '/' ? '' : real) + prefix.slice(path.length)
    } catch (error) {
      if (!isOutOfSight(error)) throw error
    }
  }
  return prefix
}

/** A read-only tree at the topmost folder above a prefix that is not there; where that would lie below a file, at the file, of which it has only what is below. */
function synthetics (space: MountedSpace, prefix: string): Mount[] {
  const names = prefix.split('/')
  for (let depth = 2; depth <= names.length; depth++) {
    const path = names.slice(0, depth).join('/')
    const last = depth === names.length
    if (!last && (space.table.at(path) !== undefined || exists(space, path))) continue
    // Whoever looks for a name in all folders above his own, and knows ENOENT alone, goes by a file on the way as well.
    const parent = names.slice(0, depth - 1).join('/')
    // Below the null device node:vfs has its own mounts, which are not ours to hide.
    const shared = parent === devNull && nodeModule.isBuiltin('node:vfs')
    const belowFile = !shared && space.table.kindBelow(undefined, parent || '/') === 'file'
    if (last && !belowFile) break
    if (belowFile && [...space.table.owners(path)].some((one) => one.belowFile === true && one.prefix === parent)) break   // it leads there already
    const root = belowFile ? parent : path
    const volume = new Volume(new SyntheticProvider(root, space.table), false)
    const settings = { overlay: false, moduleHooks: false, virtualCwd: false, inherit: false }
    return [Object.assign(makeMount(space, volume, root, settings, true), { belowFile })]
  }
  return []
}

/** Whether a folder is there, in a mount or on the disk. */
function exists (space: MountedSpace, path: string): boolean {
  const spot = space.table.locate(path, ASK_NODE)
  if (typeof spot === 'string') return standsOnDisk(path)
  return isThere(look(spot.view, spot.rest, true))
}
