// What a program written for `node:vfs` asks of it. The cases are run on fsmount and, where this Node has it, on
// `node:vfs` itself, which is the oracle.
import { Buffer } from 'node:buffer'

/** What both have. */
export type Api = typeof import('../../lib/index.ts')

/** A question and the answer that `node:vfs` gives (26.10). */
export interface Case {
  readonly name: string
  readonly run: (api: Api) => unknown
  readonly gives: unknown
}

type Methods = Record<string, (...args: unknown[]) => unknown>

const READING = ['openSync', 'statSync', 'lstatSync', 'readdirSync', 'readlinkSync', 'watch', 'watchFile', 'unwatchFile', 'watchAsync']
const CHANGING = ['mkdirSync', 'rmdirSync', 'unlinkSync', 'renameSync', 'linkSync', 'symlinkSync']
const FILES = ['copyFileSync', 'writeFileSync', 'appendFileSync']
const later = (names: string[]): string[] => names.filter((name) => name.endsWith('Sync')).map((name) => name.slice(0, -4))

/** The code that an operation fails with, and whether it threw or rejected. */
async function failing (run: () => unknown): Promise<unknown> {
  let pending: unknown
  try {
    pending = run()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return await Promise.resolve(pending).then(() => 'done', (error: unknown) => `rejects ${(error as { code?: string }).code}`)
}

const failures = async (object: object, names: string[]): Promise<unknown[]> =>
  [...new Set(await Promise.all(names.map((name) => failing(() => (object as Methods)[name]!('/x', '/y')))))]

function readOnly ({ VirtualProvider }: Api): object {
  class Frozen extends VirtualProvider { override get readonly (): boolean { return true } }
  return new Frozen()
}

export const CASES: readonly Case[] = [
  {
    name: 'a file system is made with new, of nothing, of options, of a provider',
    run: ({ MemoryProvider, VirtualFileSystem, create }) => {
      const provider = new MemoryProvider()
      const none = { emitExperimentalWarning: false }
      const made = [new VirtualFileSystem(), new VirtualFileSystem(none), new VirtualFileSystem(null, none), create(null), create(undefined, none)]
      return [...made.map((vfs) => vfs.provider instanceof MemoryProvider), new VirtualFileSystem(provider).provider === provider, create(provider, none).provider === provider]
    },
    gives: [true, true, true, true, true, true, true]
  },
  {
    name: 'emitExperimentalWarning is of type boolean',
    run: async ({ VirtualFileSystem, create }) => [await failing(() => new VirtualFileSystem({ emitExperimentalWarning: 'no' as never })), await failing(() => create({ emitExperimentalWarning: 1 as never }))],
    gives: ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE']
  },
  {
    name: 'the functions of a file system are named',
    run: ({ VirtualFileSystem, create }) => ['readFileSync', 'stat', 'createReadStream', 'openSync'].flatMap((name) =>
      [VirtualFileSystem.prototype, create()].map((holder) => (holder as unknown as Methods)[name]!.name === name)),
    gives: [true, true, true, true, true, true, true, true]
  },
  {
    name: 'a class without methods implements none',
    run: async ({ VirtualProvider }) => {
      const provider = new (VirtualProvider as unknown as new () => object)()
      const methods = provider as Methods
      return [await failures(provider, [...READING, ...CHANGING]), await failures(provider, later([...READING, ...CHANGING])), methods.existsSync!('/x'), await methods.exists!('/x')]
    },
    gives: [['ERR_METHOD_NOT_IMPLEMENTED'], ['rejects ERR_METHOD_NOT_IMPLEMENTED'], false, false]
  },
  {
    name: 'such a class says which method it is',
    run: ({ VirtualProvider }) => {
      try {
        (new (VirtualProvider as unknown as new () => object)() as Methods).openSync!('/x')
      } catch (error) {
        return [(error as Error).name, (error as Error).message]
      }
    },
    gives: ['Error', 'The openSync method is not implemented']
  },
  {
    name: 'a read-only class without methods refuses changes',
    run: async (api) => {
      const changes = [...CHANGING, ...FILES]
      return [await failures(readOnly(api), changes), await failures(readOnly(api), later(changes)), await failures(readOnly(api), READING)]
    },
    gives: [['EROFS'], ['rejects EROFS'], ['ERR_METHOD_NOT_IMPLEMENTED']]
  },
  {
    name: 'a file system over a class that can do nothing',
    run: async ({ VirtualProvider, create }) => {
      class Failing extends VirtualProvider { override existsSync (): never { throw new Error('not today') } }
      const vfs = create(new Failing() as never)
      return [vfs.existsSync('/any'), await failing(() => vfs.readFileSync('/any')), await failing(() => vfs.promises.stat('/any'))]
    },
    gives: [false, 'ERR_METHOD_NOT_IMPLEMENTED', 'rejects ERR_METHOD_NOT_IMPLEMENTED']
  },
  {
    name: 'the handle of a provider is closed once, and does nothing the second time',
    run: async ({ MemoryProvider }) => {
      const provider = new MemoryProvider()
      const answers: unknown[] = []
      for (const how of ['close', 'closeSync']) {
        const handle = await provider.open('/f', 'w') as unknown as Methods
        await handle[how]!()
        answers.push(await failing(() => handle.close!()), await failing(() => handle.closeSync!()), await failing(() => handle.stat!()), handle.closed)
      }
      return answers
    },
    gives: ['done', 'done', 'rejects EBADF', true, 'done', 'done', 'rejects EBADF', true]
  },
  {
    name: 'a handle for writing alone is not read',
    run: async ({ MemoryProvider }) => {
      const handle = await new MemoryProvider().open('/f', 'w') as unknown as Methods
      handle.writeFileSync!('text')
      const answers = [await failing(() => handle.readFileSync!()), await failing(() => handle.readFile!()), await failing(() => handle.readSync!(Buffer.alloc(1), 0, 1, 0)), await failing(() => handle.read!(Buffer.alloc(1), 0, 1, 0))]
      await handle.close!()
      return answers
    },
    gives: ['EBADF', 'rejects EBADF', 'EBADF', 'rejects EBADF']
  }
]
