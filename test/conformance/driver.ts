// One text for three forms: a driver whose methods carry Node's names and promise their result, whichever form of the
// function stands behind it. Descriptors are numbers in the synchronous and callback forms, FileHandles in the promise form.
import type { BigIntStats, PathLike, Stats, WriteVResult } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

export type Fs = typeof import('node:fs')
export type Form = 'sync' | 'callback' | 'promise'
export const FORMS: readonly Form[] = ['sync', 'callback', 'promise']

/** What `open` gives in any form: to be handed back to the driver, or to a function that takes either. */
export type Fd = FileHandle & number

type Bytes = NodeJS.ArrayBufferView
type Position = number | bigint | null
type When = number | string | Date

interface OnDescriptors {
  open (path: PathLike, flags?: string | number, mode?: number | string): Promise<Fd>
  close (fd: Fd): Promise<void>
  fstat (fd: Fd): Promise<Stats>
  fstat (fd: Fd, options: { bigint: true }): Promise<BigIntStats>
  fchmod (fd: Fd, mode: number | string): Promise<void>
  fchown (fd: Fd, uid: number, gid: number): Promise<void>
  futimes (fd: Fd, atime: When, mtime: When): Promise<void>
  ftruncate (fd: Fd, length?: number): Promise<void>
  fsync (fd: Fd): Promise<void>
  fdatasync (fd: Fd): Promise<void>
  read (fd: Fd, buffer: Bytes, offset?: number, length?: number, position?: Position): Promise<number>
  read (fd: Fd, buffer: Bytes, options: { offset?: number, length?: number, position?: Position }): Promise<number>
  readv (fd: Fd, buffers: readonly Bytes[], position?: number | null): Promise<number>
  write (fd: Fd, buffer: Bytes, offset?: number | null, length?: number | null, position?: number | null): Promise<number>
  write (fd: Fd, buffer: Bytes, options: { offset?: number, length?: number, position?: number | null }): Promise<number>
  write (fd: Fd, text: string, position?: number | null, encoding?: string): Promise<number>
  writev (fd: Fd, buffers: readonly Bytes[], position?: number | null): Promise<number>
  exists (path: PathLike): Promise<boolean>
}

/** Every function of `fs/promises`, and those that take a descriptor, in whichever form the driver was made for. */
export interface Driver extends Omit<typeof import('node:fs/promises'), keyof OnDescriptors | 'constants' | 'watch' | 'glob'>, OnDescriptors {}

type Any = (...args: unknown[]) => unknown
type Functions = Record<string, Any | undefined>

/**
 * A driver over the functions of `fs()` (asked anew at every call, so that a subject may be reopened under it).
 * `fault` is told of callbacks that came too early or twice.
 */
export function drive (fs: () => Fs, form: Form, fault: (text: string) => void): Driver {
  const call = { sync: callSync, callback: callLater, promise: callPromise }[form]
  return new Proxy({}, {
    get: (_, name) => async (...args: unknown[]) => await call(fs(), String(name), args, fault),
  }) as Driver
}

function callSync (fs: Fs, name: string, args: unknown[]): unknown {
  const run = (fs as unknown as Functions)[`${name}Sync`]
  if (run === undefined) throw new TypeError(`no ${name}Sync`)
  return run.apply(fs, args)
}

async function callLater (fs: Fs, name: string, args: unknown[], fault: (text: string) => void): Promise<unknown> {
  const run = (fs as unknown as Functions)[name]
  if (run === undefined) throw new TypeError(`no ${name}`)
  return await new Promise((resolve, reject) => {
    let returned = false
    let calls = 0
    const settle = (error: unknown, value: unknown): void => {
      // Node itself calls back at once when the signal is aborted already
      if (!returned && (error as { code?: string } | null)?.code !== 'ABORT_ERR') fault(`the callback of ${name} was called before ${name} returned`)
      if (++calls > 1) fault(`the callback of ${name} was called ${calls} times`)
      if (name === 'exists') resolve(error)
      else if (error === null || error === undefined) resolve(value)
      else reject(error)
    }
    run.apply(fs, [...args, settle])
    returned = true
  })
}

async function callPromise (fs: Fs, name: string, args: unknown[]): Promise<unknown> {
  if (name === 'exists') return await fs.promises.access(args[0] as string).then(() => true, () => false)
  const run = (fs.promises as unknown as Functions)[name]
  if (run !== undefined) return await run.apply(fs.promises, args)
  const handle = args[0] as Functions
  const method = handle[name] ?? handle[name.slice(1)]
  if (method === undefined) throw new TypeError(`no ${name} on a FileHandle`)
  const result = await method.apply(handle, args.slice(1)) as WriteVResult & { bytesRead: number }
  return result?.bytesRead ?? result?.bytesWritten ?? result
}
