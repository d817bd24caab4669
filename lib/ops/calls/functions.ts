// The functions that callers see, made of rows for a name space: the quick route first, then the general one.
// No rest arguments on the way: a path of the disk must cost next to nothing.
import { inLaterTurn } from '../../kernel/native.ts'
import { isErrno } from '../../kernel/errors.ts'
import { handleOf } from '../../kernel/handles.ts'
import { lazily } from '../../kernel/late.ts'
import { before, callCallback, callPromise, callSync, deliver } from './forms.ts'
import { disguise } from './disguise.ts'
import { duringCall } from './moment.ts'
import { MISS, type Callable, type Form, type Row } from '../row.ts'
import { TABLE } from '../table.ts'
import { ELSEWHERE, quickRoutes, Shortcut } from './shortcut.ts'
import { toolsOf } from './tools.ts'
import type { Dentry } from '../../kernel/namei.ts'
import type { Space } from '../space.ts'

const filehandles = lazily(() => require('./filehandle.js') as typeof import('./filehandle.ts'))

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

/** The function of a row in a form, for a name space; what is not ours goes to `other`. */
function makeFunction (maker: Maker, name: string, form: Form, row: Row, other: Callable): Callable {
  if (row.special !== undefined) return row.special(toolsOf(maker.space, form, other, (path) => maker.foreign(path)))
  if (form === 'callback') return row.atOnce === true ? atOnce(maker, name, row, other) : callbackAny(maker, name, row, other)
  if (form === 'promise') return promiseAny(maker, name, row, other)
  return row.path === undefined ? syncOnFile(maker, name, row, other) : Shortcut.has(row) ? syncOnPath(maker, name, row, other) : syncAny(maker, name, row, other)
}

/**
 * The function of a name in a form as Node has it in the place of `theirs`: of the row that serves that form, disguised, and with
 * what stands on it (`realpath.native`). `told` hears by which other names of rows functions of Node's are replaced along.
 */
export function makeNamed (maker: Maker, name: string, form: Form, theirs: Callable, told?: (name: string, theirs: Callable) => void): Callable {
  const row = TABLE[name]!
  const served = form === 'promise' ? row.inPromises ?? name : name
  const made = makeFunction(maker, served, form, TABLE[served]!, theirs)
  if (served !== name) told?.(served, theirs)
  disguise(made, theirs, form === 'callback' ? row : null)
  const { native } = theirs as { native?: unknown }
  if (typeof native === 'function' && Object.hasOwn(TABLE, `${name}.native`)) {
    const inner = makeNamed(maker, `${name}.native`, form, native as Callable)
    told?.(`${name}.native`, native as Callable)
    Object.defineProperty(made, 'native', { ...Object.getOwnPropertyDescriptor(theirs, 'native'), value: inner })
  }
  return made
}

/** The class of a row for a name space: Node's own, but for what it is given. Its instances are instances of both. */
export function makeClass (maker: Maker, { construct }: Required<Pick<Row, 'construct'>>, other: Callable): Callable {
  const tools = toolsOf(maker.space, 'callback', other, (path) => maker.foreign(path))
  const made: Callable = new Proxy(other, {
    construct: (target, given, by) => Reflect.construct(target, construct(tools, given), by === made ? target : by) as object,
    apply: (target, self, given) => Reflect.apply(target, self, construct(tools, given)) as unknown
  })
  return made
}

/** One path in front, and a quick route for it. */
function syncOnPath (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  const shortcut = new Shortcut(space, maker.cache, row)
  const takesFd = row.fd !== undefined   // rows have many shapes: looked at once
  return function dispatch (this: unknown, path: unknown, a?: unknown, b?: unknown): unknown {
    if (maker.foreign(path) && (!takesFd || maker.foreignFd(path))) return other.apply(this, arguments as unknown as unknown[])
    const during = duringCall(space, a, b)
    const answer = shortcut.answer(path, a, b)
    if (answer === MISS) return general(during, name, row, arguments, dispatch)
    return answer === ELSEWHERE ? other.apply(this, arguments as unknown as unknown[]) : answer
  }
}

/** A descriptor in front. */
function syncOnFile (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  const quick = quickRoutes.on ? row.quickFd : undefined
  return function dispatch (this: unknown, fd: unknown, a?: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    if (maker.foreignFd(fd)) return other.apply(this, arguments as unknown as unknown[])
    // What is left out is not what is given as undefined.
    if (quick !== undefined && (c !== undefined || arguments.length < 4)) {
      const handle = handleOf(fd as number)
      if (handle !== undefined && handle.volume.provider.later === undefined && space.admits(handle)) {
        try {
          if (handle.volume.news !== undefined) handle.volume.reach(handle.path, handle.original)
          const answer = quick(handle, a, b, c, d)
          if (answer !== MISS) return answer
        } catch (error) {
          if (!isErrno(error)) throw error   // the general way finds the same, and says it in Node's words
        }
      }
    }
    return general(space, name, row, arguments, dispatch)
  }
}

function syncAny (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  return function dispatch (this: unknown, _path: unknown, a?: unknown, b?: unknown, c?: unknown): unknown {
    if (foreignCall(maker, row, arguments)) return other.apply(this, arguments as unknown as unknown[])
    return general(duringCall(space, a, b, c), name, row, arguments, dispatch)
  }
}

function general (space: Space, name: string, row: Row, given: IArguments, cut: Function): unknown {
  return callSync(space, name, row, Array.prototype.slice.call(given) as unknown[], cut)
}

const NOTHING: readonly unknown[] = []

function callbackAny (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  const shortcut = Shortcut.has(row) ? new Shortcut(space, maker.cache, row, true) : undefined
  const most = before(row)
  return function dispatch (this: unknown, path: unknown, a?: unknown, b?: unknown, c?: unknown): unknown {
    if (foreignCall(maker, row, arguments)) return other.apply(this, arguments as unknown as unknown[])
    const during = duringCall(space, a, b, c)
    if (shortcut !== undefined) {
      const count = arguments.length   // a function with more behind it may be no callback
      const callback = typeof a === 'function' ? count === 2 && a : most > 1 && typeof b === 'function' ? count === 3 && b : most > 2 && typeof c === 'function' && count === 4 && c
      if (callback !== false) {
        const answer = shortcut.answer(path, a === callback ? undefined : a, a === callback || b === callback ? undefined : b)
        if (answer === ELSEWHERE) return other.apply(this, arguments as unknown as unknown[])
        if (answer !== MISS) {
          inLaterTurn(deliver, row, NOTHING, callback as Callable, { value: answer })
          return undefined
        }
      }
    }
    return callCallback(during, name, row, Array.prototype.slice.call(arguments) as unknown[])
  }
}

/** A function without a callback: it throws, or promises what is there already. */
function atOnce (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  return function dispatch (this: unknown): unknown {
    if (foreignCall(maker, row, arguments)) return other.apply(this, arguments as unknown as unknown[])
    return Promise.resolve(callSync(space, name, row, Array.prototype.slice.call(arguments) as unknown[], dispatch, 'callback'))
  }
}

function promiseAny (maker: Maker, name: string, row: Row, other: Callable): Callable {
  const { space } = maker
  const shortcut = Shortcut.has(row) ? new Shortcut(space, maker.cache, row, true) : undefined
  const opened = (result: unknown, path: unknown): unknown => typeof result === 'number' ? filehandles().makeFileHandle(space, result, path) : result
  return function dispatch (this: unknown, path: unknown, a?: unknown, b?: unknown, c?: unknown): unknown {
    // A number is no file here: what is open is a FileHandle.
    if (foreignCall(maker, row, arguments) || typeof path === 'number') return other.apply(this, arguments as unknown as unknown[])
    const during = duringCall(space, a, b, c)
    const answer = shortcut === undefined ? MISS : shortcut.answer(path, a, b)
    if (answer === ELSEWHERE) return other.apply(this, arguments as unknown as unknown[])
    const result = answer === MISS
      ? callPromise(during, name, row, Array.prototype.slice.call(arguments) as unknown[])
      : new Promise((resolve) => { inLaterTurn(resolve, answer) })
    return row.opens === true ? result.then((fd) => opened(fd, path)) : result
  }
}

/** Whether no path and no descriptor of a call can be ours. */
function foreignCall (maker: Maker, row: Row, args: IArguments): boolean {
  if (row.fd !== undefined && !maker.foreignFd(args[row.fd])) return false
  if (row.path !== undefined) for (const at of row.path) if (!maker.foreign(args[at])) return false
  return true
}
