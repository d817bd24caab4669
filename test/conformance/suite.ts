// `fsmount/conformance`: the suite for other people's providers, on the test runner of Node.
import fs from 'node:fs'
import { test } from 'node:test'
import { codeOf, invalidType, invalidValue } from '../../lib/kernel/errors.ts'
import { create, type Provider, type VirtualProvider } from '../../lib/index.ts'
import type { Form, Fs } from './driver.ts'
import { plan, type Subject } from './runner.ts'
import * as topics from './topics.ts'

/** What is tried, and how. */
export interface Conformance {
  /** Name of the test that all cases stand below. */
  name: string
  /** Makes a new, empty, writable provider; asked once for each way in. */
  make (): Provider | VirtualProvider | Promise<Provider | VirtualProvider>
  /**
   * Cases that do not hold for it, by `topic: name`, or a function that is asked with that; each with a reason, which
   * is printed. A name that no case has throws.
   */
  skip?: Readonly<Record<string, string>> | ((name: string) => string | undefined)
  /**
   * Optional methods that it does not have, by their names without `Sync` (`symlink`, `chmod`, `utimes`): a case that ends
   * because one of them is refused (EROFS, EPERM) is skipped. What looks for their effects is for `skip` to name. A name
   * that `fs.promises` has not throws.
   */
  lacks?: readonly string[]
  /**
   * The forms that it serves. Default: all, or without the synchronous one where a provider has none; a case that ends
   * because it asks for that by itself is skipped, too.
   */
  forms?: readonly Form[]
  /** Given back what `make` gave, when all cases are done. */
  close? (provider: Provider | VirtualProvider): void | Promise<void>
}

let mounts = 0

/** Why a case that ended with an error says nothing of the provider; undefined: it does. */
function excuse (lacks: readonly string[], { forms }: Subject, error: unknown): string | undefined {
  if (forms?.includes('sync') === false && codeOf(error) === 'ERR_METHOD_NOT_IMPLEMENTED') return 'it asks for an answer at once'
  const lacked = wanting(lacks, error)
  return lacked === undefined ? undefined : `it has no ${lacked}`
}

/** What a case ended for want of; undefined if that was not it. Descriptors and links have system calls of their own. */
function wanting (lacks: readonly string[], error: unknown): string | undefined {
  const { code, syscall } = error as { code?: unknown, syscall?: string }
  if (code !== 'EROFS' && code !== 'EPERM') return undefined
  return lacks.find((name) => syscall !== undefined && new RegExp(`^[fl]?${name.replace(/s$/, '')}s?$`).test(syscall))
}

/** Whether a provider answers at once. */
function answers (vfs: ReturnType<typeof create>): boolean {
  try {
    vfs.statSync('/')
    return true
  } catch {
    return false   // whatever it says: the other forms will tell what the matter is
  }
}

/** Whether names that are not UTF-8 are refused, as they are of all that have path-level methods. */
async function refusesBytes (vfs: ReturnType<typeof create>): Promise<boolean> {
  const path = Buffer.from('/suite/\xff', 'latin1')
  try {
    await vfs.promises.writeFile(path, '')
  } catch (error) {
    return codeOf(error) === 'EILSEQ'
  }
  await vfs.promises.unlink(path)
  return false
}

/**
 * Runs every case of the suite on a provider, through the object and through the patched `fs` of a mount, in all forms.
 * Each case is a test of its own, named for the corner it stands in. Throws ERR_INVALID_ARG_TYPE.
 */
export function runConformance ({ name, make, skip, lacks = [], forms, close }: Conformance): void {
  if (typeof name !== 'string') throw invalidType('options.name', 'of type string', name)
  if (typeof make !== 'function') throw invalidType('options.make', 'of type function', make)
  const stranger = lacks.find((method) => typeof (fs.promises as Readonly<Record<string, unknown>>)[method] !== 'function')
  if (stranger !== undefined) throw invalidValue('options.lacks', 'must name methods of fs.promises, without Sync', stranger)
  for (const way of ['object', 'mount'] as const) {
    test(`${name}, through ${way === 'object' ? 'its object' : 'a mount'}`, async (t) => {
      const provider = await make()
      const vfs = create(provider, { parents: false })
      await vfs.promises.mkdir('/suite')
      const prefix = way === 'object' ? '' : `/fsmount-conformance-${process.pid}-${++mounts}`
      const subject: Subject = {
        name, fs: way === 'object' ? vfs as unknown as Fs : fs, root: `${prefix}/suite`,
        forms: forms ?? (answers(vfs) ? undefined : ['callback', 'promise']), textNames: await refusesBytes(vfs),
        ...typeof skip === 'object' && { skips: skip }
      }
      if (prefix !== '') vfs.mount(prefix)
      t.after(async () => {
        vfs.unmount()
        await close?.(provider)
      })
      for (const step of plan(subject, topics, fs)) {
        const why = step.skip ?? (typeof skip === 'function' ? skip(step.name) : undefined)
        await t.test(step.name, { skip: why ?? false, timeout: 20_000 }, async (context) => {
          try {
            await step.run()
          } catch (error) {
            const why = excuse(lacks, subject, error)
            if (why === undefined) throw error
            context.skip(why)
          }
        })
      }
    })
  }
}
