// Trees of MemoryProvider as plain objects: flat (paths to contents) or nested, in the shapes that memfs made common.
import { isUtf8 } from 'node:buffer'
import { dressed, invalidType, nodeError } from '../../lib/kernel/errors.ts'
import { isDir, isFile } from '../../lib/kernel/provider.ts'
import { fileAt, folderAt, namesOf, nodeAt } from './tree.ts'
import type { MemoryStore } from './store.ts'
import type { Inode } from './inodes.ts'
import type { Content } from './lazy.ts'

/** Files and folders by name or path: content, null for an empty folder, or an object for a folder. */
export interface DirectoryInput { [path: string]: Content | DirectoryInput | null }

/** Paths to contents: text where it is UTF-8, else a Buffer; null for an empty folder. */
export interface DirectoryJSON { [path: string]: string | Buffer | null }

/** The same by name, folders as objects. */
export interface NestedDirectoryJSON { [name: string]: string | Buffer | NestedDirectoryJSON }

/** Makes what `json` describes below `above`. */
export function readJSON (memory: MemoryStore, json: DirectoryInput, above: readonly string[]): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalidType('json', 'an object of names and contents', json)
  for (const [key, value] of Object.entries(json)) {
    const names = key.startsWith('/') ? namesOf(key) : namesOf(`${above.join('/')}/${key}`)
    const path = `/${names.join('/')}`
    if (typeof value === 'string' || value instanceof Uint8Array) dressed('open', path, () => { memory.fill(fileAt(memory, names), value) })
    else if (value === null || isPlain(value)) {
      dressed('mkdir', path, () => folderAt(memory, names))
      if (value !== null) readJSON(memory, value, names)
    } else throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', `The content of "${key}" must be a string, a Uint8Array, an object or null. Received type ${typeof value}`)
  }
}

const isPlain = (value: unknown): value is DirectoryInput =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as null)

/** Any name may be a key, `__proto__` too. */
function put (json: object, key: string, value: unknown): void {
  Object.defineProperty(json, key, { value, writable: true, enumerable: true, configurable: true })
}

function contentOf (memory: MemoryStore, node: Inode, asBuffer: boolean): string | Buffer {
  const view = memory.view(node)
  return !asBuffer && isUtf8(view) ? Buffer.from(view.buffer, view.byteOffset, view.length).toString() : Buffer.copyBytesFrom(view)
}

/** Adds what is at `path` and below it to `json`; keys start with `shown`. Links have no place in this form. */
export function writeFlat (memory: MemoryStore, path: string, shown: string, json: DirectoryJSON, asBuffer: boolean): void {
  const node = nodeAt(memory, namesOf(path))
  if (node !== undefined) flatten(memory, node, shown, json, asBuffer)
}

function flatten (memory: MemoryStore, node: Inode, shown: string, json: DirectoryJSON, asBuffer: boolean): void {
  if (isFile(node.mode)) put(json, shown, contentOf(memory, node, asBuffer))
  else if (isDir(node.mode)) {
    let empty = true
    for (const entry of memory.getdents(node)) {
      empty = false
      const name = entry.name.toWellFormed()
      flatten(memory, entry.node, shown === '' ? name : shown.endsWith('/') ? shown + name : `${shown}/${name}`, json, asBuffer)
    }
    if (empty) put(json, shown, null)
  }
}

/** A folder as nested objects. */
export function nest (memory: MemoryStore, dir: Inode, asBuffer: boolean): NestedDirectoryJSON {
  const json: NestedDirectoryJSON = {}
  for (const { name, node, mode } of memory.getdents(dir)) {
    if (isDir(mode)) put(json, name.toWellFormed(), nest(memory, node, asBuffer))
    else if (isFile(mode)) put(json, name.toWellFormed(), contentOf(memory, node, asBuffer))
  }
  return json
}
