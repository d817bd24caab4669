// Writing whole files step by step, with `flush` or under a signal, which may abort them before anything is written:
// opened, written, brought to storage and closed. The third step is the public function of fs, as it is Node's (lib/fs.js, `writeFileSync`, `writeAll`), so that whoever stands in for it is asked.
import { promisify } from 'node:util'
import { live, native } from '../kernel/native.ts'
import { bytesToWrite, isFd, type WriteOptions } from './args.ts'
import type { Call, Steps, Wait } from './row.ts'

/** The operation as steps: `target` is a path or a descriptor. */
export function * writeAndFlush (call: Call, target: unknown, content: unknown, { encoding, flag, mode, flush, signal }: WriteOptions): Steps<undefined, Wait> {
  const fd: number = isFd(target) ? target : yield ['open', target, flag, mode]
  const bytes = bytesToWrite(content as string | ArrayBufferView, encoding)
  try {
    if (call.form !== 'sync' && !isFd(target) && signal?.aborted === true) return undefined   // told of on delivery
    // The promise form does not ask the system to write nothing.
    if (call.form !== 'promise' || bytes.length > 0) yield ['writeFile', fd, bytes]
    // Nor does it flush what is open already (lib/internal/fs/promises.js, `writeFile`).
    if (!flush || (call.form === 'promise' && isFd(target))) return undefined
    if (call.form === 'sync' && live.fsyncSync !== native.fsyncSync) live.fsyncSync(fd)
    else if (call.form === 'callback' && live.fsync !== native.fsync) yield promisify(live.fsync)(fd)
    else yield ['fsync', fd]
  } finally {
    if (!isFd(target)) yield ['close', fd]
  }
  return undefined
}
