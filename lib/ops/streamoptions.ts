// The options of Node's streams, which call the functions that stand under `fs` among them: those that a stream is to call are
// put there.
import { fsError } from '../kernel/errors.ts'
import type { Callable, Kept } from './row.ts'

/** Under this name an object of functions is asked whether a stream may work on a FileHandle of a number. */
export const TAKES = Symbol('takes')

function demandTaken (fs: object, handle: unknown): void {
  const { fd } = handle as { fd?: unknown }
  if (typeof fd === 'number' && (fs as { [TAKES]?: (fd: number) => boolean })[TAKES]?.(fd) === false) throw fsError('EBADF', 'open')
}

/** What Node's streams call besides `open`. */
const LATER = ['read', 'write', 'writev', 'fsync', 'close'] as const

/** The functions that a stream calls: a file is opened a turn later, where the stream was made, whatever is unmounted meanwhile. */
export function keptFor (fs: object, kept: Kept): object {
  const functions = fs as Record<string, Callable>
  const call = (name: string) => (...args: unknown[]): unknown => functions[name]!(...args)
  return {
    open: (...args: unknown[]): unknown => kept.past ? kept.callback('open', args) : functions.open!(...args),
    ...Object.fromEntries(LATER.map((name) => [name, call(name)]))
  }
}

/** Options of a stream with the functions that it is to call in them; a FileHandle has functions of its own, what is no options is Node's to refuse. */
export function over (fs: object, options: unknown, called: () => object): unknown {
  if (options === undefined || options === null || typeof options === 'function') return { fs: called() }
  if (typeof options === 'string') return { encoding: options, fs: called() }
  if (typeof options !== 'object') return options
  const functions = called()   // before the options are looked at: a getter of theirs may unmount
  const { fs: own, fd } = options as { fs?: unknown, fd?: unknown }
  if (typeof fd === 'object' && fd !== null) demandTaken(fs, fd)
  return (own !== undefined && own !== null) || (typeof fd === 'object' && fd !== null) ? options : { ...withInherited(options), fs: functions }
}

/** All fields of options as Node sees them (lib/internal/fs/utils.js, `copyObject`). */
function withInherited (options: object): object {
  const all: Record<string, unknown> = {}
  for (const name in options) all[name] = (options as Record<string, unknown>)[name]
  return all
}
