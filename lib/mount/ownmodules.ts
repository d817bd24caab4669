// `vfs.import()` and `vfs.require()`: modules of one file system, mounted or not. What is not mounted, or not for modules,
// is mounted for them at a reserved path that no listing shows; errors bear the line of source that they come from.
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { codeOf, fsError } from '../kernel/errors.ts'
import { nodeModule } from '../kernel/native.ts'
import { isUnder } from '../kernel/paths.ts'
import { aside } from '../kernel/late.ts'
import { ModuleFiles } from './modulefiles.ts'
import { faulty, invalidate, putMount, reservedPrefix, takeMount } from './mounting.ts'
import { mountedSpace } from './mountedspace.ts'
import type { Volume } from '../kernel/volume.ts'
import type { Mount } from './mounttable.ts'

/** Runs the modules of one object. */
export class OwnModules {
  readonly #volume: Volume
  /** Where the object is mounted, while it is. */
  readonly #own: () => Mount | undefined
  #hidden: Mount | undefined
  /** Mounts that nobody was told of, also after their end: errors that come late are put into the paths of the object. */
  readonly #secret = new WeakSet<Mount>()

  constructor (volume: Volume, own: () => Mount | undefined) {
    this.#volume = volume
    this.#own = own
  }

  /** The namespace of the module at a path of the object, as `import()` gives it. */
  async import (path: string, options?: ImportCallOptions): Promise<unknown> {
    const { href } = pathToFileURL(this.#whole(path, 'import'))
    const mount = this.#serving()
    try {
      return await importByNode(href, options)
    } catch (error) {
      throw this.#told(error, mount)
    }
  }

  /** The exports of the module at a path of the object, as `require` gives them. */
  require (path: string): unknown {
    const at = this.#whole(path, 'require')
    const mount = this.#serving()
    try {
      return nodeModule.createRequire(`${mount.prefix}/`)(at)
    } catch (error) {
      throw this.#told(error, mount)
    }
  }

  /** Has the modules at a path of the object, and those that import them, run anew. */
  invalidate (path: string): void {
    const own = this.#own()
    if (own !== undefined) invalidate(path)
    if (this.#hidden !== undefined) invalidate(this.#hidden.prefix + path.slice(own?.prefix.length ?? 0))
  }

  /** The reserved path is given up: instances that are there keep working, but load no more. */
  end (): void {
    const hidden = this.#hidden
    this.#hidden = undefined
    if (hidden !== undefined) takeMount(hidden, () => {}, true)
  }

  /** The mount that the modules come from. */
  #serving (): Mount {
    const own = this.#own()
    if (own?.moduleHooks === true) return own
    if (this.#hidden === undefined) {
      const options = { overlay: false, moduleHooks: true, virtualCwd: false, inherit: true } as const
      putMount(this.#volume, reservedPrefix(), options, (mount) => { this.#secret.add(this.#hidden = mount) }, true)
    }
    return this.#hidden!
  }

  /** A path of the object as Node's loaders are to see it. Throws ENOENT for one that lies outside. */
  #whole (path: string, syscall: string): string {
    const own = this.#own()
    const serving = this.#serving()
    if (own === undefined) return serving.prefix + path
    if (!isUnder(path, own.prefix)) throw fsError('ENOENT', syscall, path)
    return serving.prefix + path.slice(own.prefix.length)
  }

  /** An error with the line of source above its stack, in the paths of the object. */
  #told (error: unknown, mount: Mount): unknown {
    if (!(error instanceof Error) || typeof error.stack !== 'string' || seen.has(error)) return error
    seen.add(error)
    const { prefix } = mount
    const { message, stack } = error
    const shown = POINTED.test(stack) ? '' : thrownAt(stack, prefix) ?? (error instanceof SyntaxError ? faulty(mount, message) : undefined) ?? ''
    // Who asked is the caller, of whom the loaders know nothing.
    const plain = (text: string): string => {
      const told = [` imported from ${join(__dirname, 'nodeimport.js')}`, ` imported from ${__filename}`, `\nRequire stack:\n- ${prefix}/noop.js`, `\n- ${prefix}/noop.js`].reduce((rest, part) => rest.replace(part, ''), text)
      return this.#secret.has(mount) ? told.replaceAll(pathToFileURL(prefix).href, '').replaceAll(prefix, '') : told
    }
    // A frozen error stays as it is.
    Reflect.set(error, 'stack', plain(shown + stack))
    if (plain(message) !== message) Reflect.set(error, 'message', plain(message))
    return error
  }
}

/** Node's own `import()`; a bundle has but one file, and the `import()` of who loads it. */
async function importByNode (url: string, options: ImportCallOptions | undefined): Promise<unknown> {
  let own: typeof import('./nodeimport.ts') | undefined
  try {
    own = aside(() => nodeModule.createRequire(__filename)('./nodeimport.js') as typeof own)
  } catch (error) {
    if (codeOf(error) !== 'MODULE_NOT_FOUND') throw error
  }
  return await (own === undefined ? import(url, options) : own.nodeImport(url, options))
}

/** Errors that bear their source: a module that failed fails with the same error again. */
const seen = new WeakSet<Error>()

/** A stack that begins with a line of source and a mark below it. */
const POINTED = /^\S.*:\d+\n.*\n\s*\^/
const FRAME = /^ +at (?:.*\()?(?:async )?((?:file:\/\/)?\/.*?):(\d+):(\d+)\)?$/

/** The line of the first frame below a prefix, as Node shows it for what nobody catches. */
function thrownAt (stack: string, prefix: string): string | undefined {
  for (const frame of stack.split('\n')) {
    const [, name, line, column] = FRAME.exec(frame) ?? []
    if (name === undefined) continue
    const path = name.startsWith('file:') ? fileURLToPath(name) : name
    if (!path.startsWith(`${prefix}/`)) continue
    try {
      const source = Buffer.from(new ModuleFiles(mountedSpace()).read(path)).toString().split('\n')[Number(line) - 1]
      if (source !== undefined) return `${path}:${line}\n${source}\n${' '.repeat(Number(column) - 1)}^\n\n`
    } catch {
      return undefined   // gone since, or out of reach: whose error this is must not hear of another one instead
    }
  }
  return undefined
}
