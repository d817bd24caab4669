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

interface Contents { readFileSync (path: unknown, options?: unknown): Buffer, writeFileSync (path: unknown, data: unknown): void }

const SOME = [['readFileSync'], ['openSync'], ['statSync'], ['lstatSync', 'readdirSync'], ['readFileSync', 'writeFileSync', 'statSync', 'openSync']]

/** A provider whose methods of these names only call those that they override. */
function overriding ({ MemoryProvider }: Api, names: string[]): object {
  class Told extends MemoryProvider {}
  for (const name of names) {
    Object.defineProperty(Told.prototype, name, { value (...args: unknown[]): unknown { return (MemoryProvider.prototype as unknown as Methods)[name]!.apply(this, args) } })
  }
  return new Told()
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
  },
  {
    name: 'a subclass of MemoryProvider that overrides some methods, and calls them, can still be changed',
    run: (api) => SOME.map((names) => {
      const vfs = api.create(overriding(api, names) as never)
      vfs.mkdirSync('/d/e', { recursive: true })
      vfs.writeFileSync('/d/a', 'text')
      vfs.appendFileSync('/d/a', '!')
      vfs.symlinkSync('a', '/d/l')
      vfs.linkSync('/d/a', '/d/h')
      vfs.renameSync('/d/h', '/d/g')
      vfs.chmodSync('/d/a', 0o600)
      vfs.utimesSync('/d/a', 1, 2)
      vfs.copyFileSync('/d/l', '/d/c')
      vfs.rmdirSync('/d/e')
      vfs.truncateSync('/d/c', 2)
      vfs.unlinkSync('/d/g')
      const { mode, mtimeMs } = vfs.statSync('/d/l')
      return [vfs.readonly, vfs.readdirSync('/d').sort(), vfs.readFileSync('/d/l', 'utf8'), vfs.readFileSync('/d/c', 'utf8'), vfs.readlinkSync('/d/l'), vfs.lstatSync('/d/l').isSymbolicLink(), mode & 0o777, mtimeMs]
    }),
    gives: Array.from({ length: 5 }, () => [false, ['a', 'c', 'l'], 'text!', 'te', 'a', true, 0o600, 2000])
  },
  {
    name: 'a subclass that changes contents on their way in and out',
    run: (api) => {
      class Mirrored extends (api.MemoryProvider as unknown as new () => Contents) {
        override readFileSync (path: unknown, options?: unknown): Buffer {
          const bytes = super.readFileSync(path).reverse()
          return options === 'utf8' ? bytes.toString() as never : bytes
        }

        override writeFileSync (path: unknown, data: unknown): void { super.writeFileSync(path, Buffer.from(data as string).reverse()) }
      }
      const provider = new Mirrored()
      const vfs = api.create(provider as never)
      vfs.mkdirSync('/d')
      vfs.writeFileSync('/d/a', 'abc')
      return [vfs.readFileSync('/d/a', 'utf8'), (provider as unknown as Methods).openSync!('/d/a') instanceof Object, vfs.readdirSync('/d')]
    },
    gives: ['abc', true, ['a']]
  },
  {
    name: 'a file handle of a user that knows whole files only, and is closed whatever happens',
    run: async ({ VirtualProvider, create }) => {
      const files = new Map([['/f', 'text']])
      let closed = 0
      let fails = false
      const handle = (path: string): object => ({
        readFileSync: () => {
          if (fails) throw new Error('not today')
          return Buffer.from(files.get(path)!)
        },
        writeFileSync: (data: Buffer | string) => { files.set(path, String(data)) },
        closeSync: () => { closed++ }
      })
      class Whole extends VirtualProvider {
        override statSync (path: string): object {
          if (path !== '/' && !files.has(path)) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
          return { isFile: () => path !== '/', isDirectory: () => path === '/', isSymbolicLink: () => false, mode: path === '/' ? 0o40755 : 0o100644, size: files.get(path)?.length ?? 0 }
        }

        override openSync (path: string): object { return handle(path) }
      }
      const vfs = create(new Whole() as never)
      const before = String(vfs.readFileSync('/f'))
      vfs.writeFileSync('/f', 'written')
      const after = [String(vfs.readFileSync('/f')), closed > 0]
      fails = true
      const count = closed
      return [before, ...after, await failing(() => vfs.readFileSync('/f')), closed > count]
    },
    gives: ['text', 'written', true, null, true]
  },
  {
    name: 'a mount without a path is at the same place the next time, and runs the new code',
    run: ({ create }) => {
      const vfs = create()
      vfs.mkdirSync('/real')
      vfs.writeFileSync('/real/m.js', 'module.exports = "one"')
      vfs.symlinkSync('real/m.js', '/link.js')
      const at = vfs.mount()
      const first: unknown = require(`${at}/link.js`)
      vfs.unmount()
      vfs.writeFileSync('/real/m.js', 'module.exports = "two"')
      const again = vfs.mount()
      const second: unknown = require(`${again}/link.js`)
      vfs.unmount()
      const other = create()
      const elsewhere = other.mount()
      other.unmount()
      return [again === at, first, second, elsewhere === at]
    },
    gives: [true, 'one', 'two', false]
  },
  {
    name: 'a handle writes whole files from where it is, and reads them all',
    run: async ({ MemoryProvider }) => {
      const answers: unknown[] = []
      for (const later of [false, true]) {
        const provider = new MemoryProvider() as unknown as Methods
        provider.writeFileSync!('/f', 'hello world')
        const handle = provider.openSync!('/f', 'r+') as Methods
        const buffer = Buffer.alloc(4)
        if (later) await handle.writeFile!('replaced')
        else handle.writeFileSync!('replaced')
        answers.push(await (later ? handle.readFile!('utf8') : handle.readFileSync!('utf8')), handle.readSync!(buffer, 0, 2, null), buffer.toString('utf8', 0, 2))
        await handle.close!()
        const appending = await provider.open!('/f', 'a+') as Methods
        appending.writeFileSync!('!')
        answers.push(String(await appending.readFile!()))
        await appending.close!()
      }
      return answers
    },
    gives: ['replacedrld', 2, 'rl', 'replacedrld!', 'replacedrld', 2, 'rl', 'replacedrld!']
  }
]
