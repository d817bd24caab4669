// The error of a call whose AbortSignal fired.

/** An aborted call's error, as Node's AbortError. */
export function abortError (signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  error.name = 'AbortError'
  return Object.assign(error, { code: 'ABORT_ERR' })
}
