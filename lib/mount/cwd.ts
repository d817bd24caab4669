// The virtual working folder: process.chdir and process.cwd while a mount asks for them.
import { isMainThread } from 'node:worker_threads'
import { codeOf, Errno, fsError, isErrno, isFsError } from '../kernel/errors.ts'
import { Outside, walk } from '../kernel/namei.ts'
import { isDir } from '../kernel/provider.ts'
import { demand, X_OK } from '../kernel/rights.ts'
import { ASK_NODE } from '../ops/space.ts'
import type { MountedSpace } from './mountedspace.ts'
import type { Mount } from './mounttable.ts'

/** Makes process.chdir and process.cwd follow into mounts for which `wanted` says so; returns the undo. */
export function installCwd (space: MountedSpace, wanted: (mount: Mount) => boolean): () => void {
  const { chdir, cwd } = process
  const ours = {
    cwd: function cwd_ (): string { return space.cwd ?? cwd.call(process) },
    chdir: function chdir_ (directory: string): void {
      // A worker changes no working folder: Node says so.
      if (typeof directory !== 'string' || !isMainThread) return chdir.call(process, directory)
      const path = space.absolute(directory)
      const { place, disk } = enter(space, path, directory, wanted)
      if (place === undefined) {
        leave(disk === path && !space.moved ? directory : disk, directory)
        space.cwd = undefined
      } else space.cwd = place
    }
  }
  /** Changes the real folder; what is wrong is told of where the process is and of what the caller gave. */
  const leave = (path: string, directory: string): void => {
    try {
      chdir.call(process, path)
    } catch (error) {
      const code = codeOf(error)
      if (path === directory && !space.moved) throw error
      throw code === undefined || !isFsError(error) ? error : fsError(code, 'chdir', ours.cwd(), directory, ours.chdir)
    }
  }
  for (const [name, made] of Object.entries(ours)) Object.defineProperty(made, 'name', { value: name })
  Object.assign(process, ours)
  return () => {
    space.cwd = undefined
    if (process.cwd === ours.cwd) process.cwd = cwd
    if (process.chdir === ours.chdir) process.chdir = chdir
  }
}

/** The folder of a mount that a path leads to, without links; or the path by which the disk has it. */
function enter (space: MountedSpace, path: string, given: string, wanted: (mount: Mount) => boolean): { place?: string, disk: string } {
  let at = path
  try {
    for (let links = 0; links < 50; links++) {
      const spot = space.locate(at, ASK_NODE)
      if (typeof spot === 'string') return { disk: spot }
      if (!wanted(spot.view as Mount)) return { disk: at }
      try {
        const place = walk(spot.view, spot.rest, 'node')
        if (place.node === undefined) throw new Errno('ENOENT')
        if (!isDir(place.mode)) throw new Errno('ENOTDIR')
        demand(place.volume.getattr(place.node), X_OK)
        return { place: place.path, disk: at }
      } catch (thrown) {
        if (!(thrown instanceof Outside)) throw thrown
        at = thrown.path
      }
    }
    throw new Errno('ELOOP')
  } catch (error) {
    throw isErrno(error) ? fsError(error.code, 'chdir', process.cwd(), given, process.chdir) : error
  }
}
