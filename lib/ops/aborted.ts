// Calls and AbortSignals: which signal a call heeds, and how it ends when that has fired.
import { native } from '../kernel/native.ts'
import { NOWHERE } from '../kernel/names.ts'
import { isOpened, isPoured } from './args.ts'
import { line } from './nodelines.ts'
import type { FsError } from '../kernel/errors.ts'
import type { Form, Row } from './row.ts'

/** An aborted call's error: Node's own AbortError, which its functions give at once for a signal that has aborted. */
export function abortError (signal: AbortSignal): Error {
  let made: unknown
  native.readFile(NOWHERE, { signal }, (error) => { made = error })
  return made as Error
}

/** The signal among a call's options, if the row heeds it to the end. */
export const signalOf = (row: Row, args: readonly unknown[], form: Form): AbortSignal | undefined => {
  if (row.aborts?.(args, form) !== true) return undefined
  for (const arg of args) {
    const signal = typeof arg === 'object' && arg !== null ? (arg as { signal?: unknown }).signal : undefined
    if (signal instanceof AbortSignal) return signal
  }
  return undefined
}

/**
 * Whether an error is told although the signal fired meanwhile: that of opening a file comes before anybody looks at the
 * signal, and so do others by then, but for that of reading what is open. Whoever gives what is written has his own.
 */
export function outlasts (row: Row, args: readonly unknown[], error: unknown): boolean {
  if (row.syscall !== 'open') return false
  if (isPoured(args[1])) return true
  const syscall = (error as FsError | null | undefined)?.syscall   // an iterable may throw anything
  return syscall === 'open' || (!isOpened(args[0]) ? !line.looksAfterOpening : syscall !== 'read')
}
