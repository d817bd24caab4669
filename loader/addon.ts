// Native addons of mounts. The system loads them from real files only, so a copy is put where nobody else can write or
// guess, loaded from there, and taken away at once (on Windows, which keeps what is loaded, when the process ends).
import { dirname, join, relative, sep } from 'node:path'
import { live, native } from '../lib/kernel/native.ts'
import { scratchFolder } from '../lib/kernel/scratch.ts'
import { lazily } from '../lib/kernel/late.ts'
import type { Mounts } from './mounts.ts'

const elf = lazily(() => require('./elf.js') as typeof import('./elf.ts'))

type Dlopen = (this: unknown, module: object, filename: string, flags?: number) => void

/** What an addon may be linked against and brings along in its own folder. */
const LIBRARY = /\.(?:so(?:\.[\d.]+)?|dylib|dll)$/

/** Patches `process.dlopen`; returns the undo. */
export function installAddons (mounts: Mounts): () => void {
  const holder = process as unknown as { dlopen: Dlopen }
  const before = holder.dlopen
  const dlopen: Dlopen = function (module, filename, flags) {
    const given = arguments as unknown as Parameters<Dlopen>
    if (typeof filename !== 'string' || mounts.owner(filename) === undefined || mounts.isOwn(filename)) return before.apply(this, given)
    const files = filesFor(filename, mounts)
    const folder = makeFolder()
    const base = commonFolder([...files.keys()])
    const copy = join(folder, relative(base, filename))
    try {
      files.forEach((bytes, path) => put(join(folder, relative(base, path)), bytes, folder))
      before.call(this, module, copy, ...given.length > 2 ? [flags] as [number] : [])
    } catch (error) {
      throw told(error as Error, copy, filename, folder)
    } finally {
      remove(folder)
    }
  }
  Object.defineProperties(dlopen, { name: { value: before.name, configurable: true }, length: { value: before.length, configurable: true } })
  holder.dlopen = dlopen
  return () => { if (holder.dlopen === dlopen) holder.dlopen = before }
}

/** An addon and the libraries of mounts that come with it, by path: those beside it, and those that it or they ask for by a path from their own. */
function filesFor (filename: string, mounts: Mounts): Map<string, Uint8Array> {
  const files = new Map([[filename, mounts.read(filename)]])
  const folder = dirname(filename)
  for (const name of live.readdirSync(folder)) if (LIBRARY.test(name)) files.set(join(folder, name), mounts.read(join(folder, name)))
  // A Map gives what is added meanwhile, too.
  for (const [path, bytes] of files) {
    const { names, folders } = elf().needsOf(bytes)
    for (const folder of folders) {
      const from = folder.replace(/\$(?:ORIGIN|\{ORIGIN\})/, dirname(path))
      for (const name of names) {
        const library = join(from, name)
        if (!files.has(library) && from !== folder && mounts.owner(library) !== undefined && mounts.stat(library) === 'file') files.set(library, mounts.read(library))
      }
    }
  }
  return files
}

/** The folder that all paths lie below. */
function commonFolder (paths: readonly string[]): string {
  let common = dirname(paths[0]!)
  while (common !== dirname(common) && !paths.every(path => path.startsWith(common + sep))) common = dirname(common)
  return common
}

/** A new folder that only this user can enter, under a name that cannot be guessed. Throws where others could exchange it. */
function makeFolder (): string {
  const parent = process.env.FSMOUNT_ADDON_DIR || scratchFolder()
  const { mode, uid } = native.statSync(parent)
  const self = process.geteuid?.()
  const open = (mode & 0o022) !== 0 && (mode & 0o1000) === 0
  if (self !== undefined && (open || (uid !== self && uid !== 0))) {
    throw new Error(`Addons of mounts are not loaded by way of ${parent}, in which other users can rename what is not theirs. ${REMEDY}`)
  }
  return native.mkdtempSync(join(parent, 'fsmount-'))
}

const REMEDY = 'Set FSMOUNT_ADDON_DIR to a folder of your own from which programs can be run.'

/** Writes a file that must not be there yet. By descriptor: the shorter functions of Node 20 go through the patched `fs`. */
function put (path: string, bytes: Uint8Array, folder: string): void {
  const parent = dirname(path)
  if (parent !== folder) native.mkdirSync(parent, { recursive: true, mode: 0o700 })
  const fd = native.openSync(path, 'wx', 0o700)
  try {
    for (let done = 0; done < bytes.length;) done += native.writeSync(fd, bytes, done)
  } finally {
    native.closeSync(fd)
  }
}

function remove (folder: string): void {
  try {
    empty(folder)
  } catch {
    process.once('exit', () => { // Windows keeps a loaded library
      try { empty(folder) } catch { /* it stays for the system's own cleaning */ }
    })
  }
}

/** By the functions that no patch stands behind, which `rm` is not on every line. */
function empty (folder: string): void {
  for (const entry of native.readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) empty(path)
    else native.unlinkSync(path)
  }
  native.rmdirSync(folder)
}

/** The error of the system, about the file of the mount; plain words where the folder forbids to run anything. */
function told (error: Error, copy: string, filename: string, folder: string): Error {
  const text = error.message
  error.message = text.replaceAll(copy, filename)
  if (/failed to map segment|Operation not permitted/.test(text)) error.message += `\nPrograms cannot be run from ${dirname(folder)}. ${REMEDY}`
  error.stack = error.stack?.replace(text, () => error.message)
  return error
}
