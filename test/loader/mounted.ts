// A name space of plain objects for the tests of the loader: folders of files, mounted over the disk.
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fsError } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import { startLoader } from '../../loader/loader.ts'
import type { Loader } from '../../loader/loader.ts'
import type { Mount, Space } from '../../loader/space.ts'

/** File contents by path from the root of the mount. */
export type Files = Record<string, string | Uint8Array>

interface FakeMount extends Mount { readonly files: Files }

/** Mounts and the loader over them. */
export class Fake {
  readonly loader: Loader
  readonly #mounts: FakeMount[] = []

  constructor () {
    this.loader = startLoader(this.#space())
    // Node 20 and 22 read CommonJS through the public function, which the real package patches.
    const { readFileSync } = native
    const read = this.#space().read
    fs.readFileSync = ((path: unknown, options?: { encoding?: BufferEncoding } | BufferEncoding) => {
      const name = path instanceof URL ? fileURLToPath(path) : path
      if (typeof name !== 'string' || this.#owner(name) === undefined) return readFileSync(path as string, options as BufferEncoding)
      const encoding = typeof options === 'string' ? options : options?.encoding
      const bytes = Buffer.from(read(name))
      return encoding ? bytes.toString(encoding) : bytes
    }) as typeof fs.readFileSync
  }

  /** Mounts files; returns the unmount. */
  mount (prefix: string, files: Files, options: Partial<Pick<Mount, 'overlay' | 'moduleHooks'>> = {}): () => void {
    const mount: FakeMount = { prefix, files, overlay: false, moduleHooks: true, generation: 0, ...options }
    this.#mounts.push(mount)
    this.loader.mounted(mount)
    return () => {
      this.#mounts.splice(this.#mounts.indexOf(mount), 1)
      this.loader.unmounted(mount)
    }
  }

  /** Gives everything back. */
  stop (): void {
    this.loader.stop()
    fs.readFileSync = native.readFileSync
  }

  #owner (path: string): FakeMount | undefined {
    return this.#mounts.findLast(mount => {
      const under = mount.prefix === '/' || path === mount.prefix || path.startsWith(mount.prefix + '/')
      return under && (mount.overlay === false || kind(mount, path) !== undefined)
    })
  }

  #space (): Space {
    return {
      owner: path => this.#owner(path),
      stat: path => {
        const mount = this.#owner(path)
        if (mount !== undefined) return kind(mount, path)
        const stats = native.statSync(path, { throwIfNoEntry: false })
        return stats && (stats.isDirectory() ? 'folder' : 'file')
      },
      read: path => {
        const mount = this.#owner(path)
        if (mount === undefined) return native.readFileSync(path)
        const content = mount.files[inside(mount, path)]
        if (content === undefined) throw fsError('ENOENT', 'open', path)
        return Buffer.from(content as string)
      },
      realpath: path => this.#owner(path) === undefined ? native.realpathSync(path) : path
    }
  }
}

const inside = ({ prefix }: Mount, path: string): string => prefix === '/' ? path : path.slice(prefix.length) || '/'

function kind (mount: FakeMount, path: string): 'file' | 'folder' | undefined {
  const name = inside(mount, path)
  if (name in mount.files) return 'file'
  const below = name === '/' ? '/' : name + '/'
  return name === '/' || Object.keys(mount.files).some(file => file.startsWith(below)) ? 'folder' : undefined
}
