// The functions that callers see, made of rows for a name space: the quick route first, then the general one.
// No rest arguments on the way: a path of the disk must cost next to nothing.
import { recall, type Dentry } from '../kernel/namei.ts'
import { handleOf } from '../kernel/handles.ts'
import { makeFileHandle } from './filehandle.ts'
import { callCallback, callPromise, callSync } from './forms.ts'
import { MISS, type Form, type Row } from './row.ts'
import type { Space } from './space.ts'

type Callable = (...args: any[]) => any

/** What functions are made for. */
export interface Maker {
  readonly space: Space
  /** The remembered path strings of the name space. */
  readonly cache: Map<string, Dentry>
  /** Whether an argument is surely no path of ours; quick, and may say false too often. */
  foreign (path: unknown): boolean
  /** Whether a descriptor is surely none of ours. */
  foreignFd (fd: unknown): boolean
}

/** Lets the suite run without the quick routes, so that both ways are proven. */
export const quickRoutes = { on: process.env.FSMOUNT_QUICK !== 'off' }

/** The function of a row in a form, for a name space; what is not ours goes to `other`. */
export function makeFunction (maker: Maker, name: string, form: Form, row: Row, other: Callable): Callable {
  if (form === 'sync') {
    const made = row.path === undefined ? syncOnFile(maker, name, row, other) : row.path[0] === 0 && row.path.length === 1 && row.fd === undefined ? syncOnPath(maker, name, row, other) : syncAny(maker, name, row, other)
    return quickRoutes.on && row.path?.[0] === 0 && row.path.length === 1 && row.fd !== undefined ? syncOnPath(maker, name, row, other) : made
  }
  return form === 'callback' ? callbackAny(maker, name, row, other) : promiseAny(maker, name, row, other)
}

/** Whether a row asks about one node and nothing around it: then what is not in an overlay is the disk's. */
const onlyLooks = (row: Row): boolean =>
  row.makes === undefined && row.lists === undefined && row.removes === undefined && row.compose === undefined &&
  (row.want === undefined || (Array.isArray(row.want) && row.want[0] === 'link'))

/** One path in front: the remembered dentry of the very string, and the row's quick answer. */
function syncOnPath (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space, cache } = maker
  const quick = quickRoutes.on ? row.quick : undefined
  const hasAbsent = 'absent' in row
  const looksOnly = onlyLooks(row)
  return function dispatch (this: unknown, path: unknown, a?: unknown, b?: unknown): unknown {
    if (maker.foreign(path) && (row.fd === undefined || maker.foreignFd(path))) return other.apply(this, arguments as unknown as any[])
    if (quick !== undefined && typeof path === 'string') {
      const dentry = recall(cache, path)
      if (dentry !== undefined) {
        if (dentry.node !== undefined) {
          const answer = quick(dentry, a, b)
          if (answer !== MISS) return answer
        } else if (dentry.elsewhere) {
          if (looksOnly) return other.apply(this, arguments as unknown as any[])
        } else if (hasAbsent) return row.absent
      }
    }
    return general(space, name, row, arguments, dispatch)
  }
}

/** A descriptor in front. */
function syncOnFile (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  const quick = quickRoutes.on ? row.quickFd : undefined
  return function dispatch (this: unknown, fd: unknown, a?: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    if (maker.foreignFd(fd)) return other.apply(this, arguments as unknown as any[])
    if (quick !== undefined) {
      const handle = handleOf(fd as number)
      if (handle !== undefined && handle.readable && space.admits(handle)) {
        const answer = quick(handle, a, b, c, d)
        if (answer !== MISS) return answer
      }
    }
    return general(space, name, row, arguments, dispatch)
  }
}

function syncAny (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  return function dispatch (this: unknown): unknown {
    if (foreignCall(maker, row, arguments)) return other.apply(this, arguments as unknown as any[])
    return general(space, name, row, arguments, dispatch)
  }
}

function general (space: Space, name: string, row: Row, given: IArguments, cut: Function): unknown {
  return callSync(space, name, row, Array.prototype.slice.call(given) as unknown[], cut)
}

function callbackAny (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  return function dispatch (this: unknown): unknown {
    if (foreignCall(maker, row, arguments)) return other.apply(this, arguments as unknown as any[])
    const args = Array.prototype.slice.call(arguments) as unknown[]
    return callCallback(space, name, row, args)
  }
}

function promiseAny (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  return function dispatch (this: unknown): unknown {
    if (foreignCall(maker, row, arguments)) return other.apply(this, arguments as unknown as any[])
    const args = Array.prototype.slice.call(arguments) as unknown[]
    const result = callPromise(space, name, row, args)
    return row.opens === true ? result.then((opened) => typeof opened === 'number' ? makeFileHandle(space, opened) : opened) : result
  }
}

/** Whether no path and no descriptor of a call can be ours. */
function foreignCall (maker: Maker, row: Row, args: IArguments): boolean {
  if (row.fd !== undefined && !maker.foreignFd(args[row.fd])) return false
  if (row.path !== undefined) for (const at of row.path) if (!maker.foreign(args[at])) return false
  return true
}
