// Writing whole files with `flush`: opened, written, brought to storage and closed. The third step is the public
// function of fs, as it is Node's (lib/fs.js, `writeFileSync`, `writeAll`), so that whoever stands in for it is asked.
import { promisify } from 'node:util'
import { live, native } from '../kernel/native.ts'
import { bytesToWrite, isFd, type WriteOptions } from './args.ts'
import type { Call, Steps, Wait } from './row.ts'

/** The operation as steps: `target` is a path or a descriptor. */
export function * writeAndFlush (call: Call, target: unknown, content: unknown, { encoding, flag, mode }: WriteOptions): Steps<undefined, Wait> {
  const fd: number = isFd(target) ? target : yield ['open', target, flag, mode]
  try {
    // The promise form does not ask the system to write nothing.
    if (call.form !== 'promise' || bytesToWrite(content as string | ArrayBufferView, encoding).length > 0) yield ['writeFile', fd, content, { encoding }]
    if (call.form === 'sync' && live.fsyncSync !== native.fsyncSync) live.fsyncSync(fd)
    else if (call.form === 'callback' && live.fsync !== native.fsync) yield promisify(live.fsync)(fd)
    else yield ['fsync', fd]
  } finally {
    if (!isFd(target)) yield ['close', fd]
  }
  return undefined
}
