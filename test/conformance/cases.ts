// What a case is: a small function named for the corner it stands in, given a fresh folder and a driver to act with.
import assert from 'node:assert/strict'
import { FORMS } from './driver.ts'
import type { Driver, Fd, Form, Fs } from './driver.ts'

/** What a case stands on. */
export interface Ground {
  /** The subject's functions, for cases about one form. */
  readonly fs: Fs
  readonly form: Form
  /** The functions under test, in the form of this run. */
  readonly on: Driver
  /** An empty folder of this run alone, absolute, without a slash at the end. */
  readonly root: string
  /** A path in that folder; `/` inside of the names is kept. */
  at (...names: string[]): string
  /** Names are text here: others are refused with EILSEQ. */
  readonly textNames: boolean
  /** Whatever the subject does to prove that its state is not only in memory: reopen the file, for one. */
  settle (): Promise<void>
}

export type Body = (ground: Ground) => Promise<void> | void
/** A case for some forms only, or for Nodes that have the functions it needs. */
export interface Case { readonly body: Body, readonly forms: readonly Form[], readonly needs: readonly string[] }
export type Topic = Readonly<Record<string, Body | Case>>

/** A case about some forms only. */
export const forms = (names: string, body: Body): Case => ({ body, forms: FORMS.filter(form => names.split(' ').includes(form)), needs: [] })

/** A case about the synchronous form. */
export const sync = (body: Body): Case => forms('sync', body)
/** A case about the callback form. */
export const callback = (body: Body): Case => forms('callback', body)
/** A case about the promise form. */
export const promise = (body: Body): Case => forms('promise', body)

/** A case for those Nodes whose `fs` has all of the names. A name with a dot is looked for below `fs`. */
export function needs (names: string, made: Body | Case): Case {
  const known = complete(made)
  return { ...known, needs: [...known.needs, ...names.split(' ')] }
}

/** A case with its defaults. */
export const complete = (made: Body | Case): Case => typeof made === 'function' ? { body: made, forms: FORMS, needs: [] } : made

/** Asserts that `running` fails with `code` and, where given, with these fields. */
export async function fails (running: Promise<unknown>, code: string, fields: Record<string, unknown> = {}): Promise<void> {
  let error: Record<string, unknown> | undefined
  try {
    await running
  } catch (thrown) {
    error = thrown as Record<string, unknown>
  }
  assert.ok(error, `expected ${code}, but it went well`)
  assert.equal(error.code, code, String(error.stack))
  for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value, name)
}

/** Waits until the clock of any file system has moved visibly. */
export const pause = async (ms = 12): Promise<void> => { await new Promise(resolve => { setTimeout(resolve, ms) }) }

/** Runs `body` under a umask. */
export async function umasked<T> (mask: number, body: () => Promise<T>): Promise<T> {
  const before = process.umask(mask)
  try {
    return await body()
  } finally {
    process.umask(before)
  }
}

/** The permission bits of a mode. */
export const bits = (stats: { mode: number | bigint }): number => Number(stats.mode) & 0o7777

/** What is left of an open file, up to 100 bytes, read from its current position. */
export async function rest (on: Driver, fd: Fd): Promise<string> {
  const buffer = Buffer.alloc(100)
  const count = await on.read(fd, buffer, 0, 100, null)
  return String(buffer.subarray(0, count))
}
