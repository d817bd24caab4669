// The error of a call whose AbortSignal fired.
import { native } from '../../kernel/native.ts'
import { NOWHERE } from '../../kernel/names.ts'

/** An aborted call's error: Node's own AbortError, which its functions give at once for a signal that has aborted. */
export function abortError (signal: AbortSignal): Error {
  let made: unknown
  native.readFile(NOWHERE, { signal }, (error) => { made = error })
  return made as Error
}
