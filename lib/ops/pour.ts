// Writing what an iterable gives, chunk by chunk as it comes: `writeFile` and `appendFile` of the promise form.
import { Buffer } from 'node:buffer'
import { abortError } from './aborted.ts'
import type { Source, WriteOptions } from './args.ts'
import type { Call, Steps, Wait } from './row.ts'

/** Opens a path, or takes a descriptor, and writes all that `source` gives (lib/internal/fs/promises.js, `writeFileHandle`). */
export function * pour (call: Call, target: unknown, source: Source, given: WriteOptions): Steps<undefined, Wait> {
  if (typeof target === 'number') return yield * pourInto(target, source, given)
  const fd: number = yield ['open', target, given.flag, given.mode]
  try {
    yield * pourInto(fd, source, given)
    if (given.flush) yield ['fsync', fd]
  } finally {
    yield ['close', fd]
  }
  return undefined
}

/** Throws Node's AbortError once a signal has fired. */
function demandQuiet (signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal)
}

function * pourInto (fd: number, source: Source, { encoding, signal }: WriteOptions): Steps<undefined, Wait> {
  const iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]!()
  let over = false
  try {
    for (;;) {
      demandQuiet(signal)
      over = true   // while it is asked, so that it is not told to stop when it fails itself
      const { done, value } = (yield Promise.resolve(iterator.next())) as IteratorResult<unknown>
      if (done === true) return undefined
      over = false
      const chunk: unknown = yield Promise.resolve(value)
      const bytes = ArrayBuffer.isView(chunk) ? chunk : Buffer.from(chunk as string, encoding)
      demandQuiet(signal)
      if (bytes.byteLength > 0) yield ['write', fd, bytes, 0, bytes.byteLength, null]
    }
  } finally {
    if (!over) yield Promise.resolve(iterator.return?.())
  }
}
