// mkdtempDisposable: a temporary folder that removes itself.
import { resolve } from 'node:path'
import type { Call, Row, Steps } from './row.ts'

const removal = { recursive: true, force: true }

/** A folder and its removal, as Node gives them (lib/fs.js, lib/internal/fs/promises.js; 24 to 26). */
function * makeDisposable (call: Call, prefix: unknown, as: string): Steps<object> {
  const path: string = yield ['mkdtemp', prefix, as]
  // The working folder may be another one by the time of removal.
  const whole = resolve(process.cwd(), path)
  if (call.form === 'sync') {
    const remove = (): void => { call.sync(['rm', whole, removal]) }
    return { path, remove, [Symbol.dispose] () { remove() } }
  }
  const remove = async (): Promise<void> => { await call.later(['rm', whole, removal]) }
  return Object.assign(Object.create(null) as object, { path, remove, async [Symbol.asyncDispose] () { await remove() } })
}

/** What mkdtempDisposable does. */
export const mkdtempDisposable = { compose: makeDisposable } satisfies Row
