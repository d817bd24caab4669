// Native addons of mounts. The system loads them from real files only, so a copy is put where nobody else can write or
// guess, loaded from there, and taken away at once (on Windows, which keeps what is loaded, when the process ends).
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { live, native } from '../lib/kernel/native.ts'
import type { Mounts } from './mounts.ts'

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
    const folder = makeFolder()
    const copy = join(folder, basename(filename))
    try {
      put(copy, mounts.read(filename))
      for (const name of live.readdirSync(dirname(filename))) {
        if (LIBRARY.test(name)) put(join(folder, name), mounts.read(join(dirname(filename), name)))
      }
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

/** A new folder that only this user can enter, under a name that cannot be guessed. */
function makeFolder (): string {
  return native.mkdtempSync(join(process.env.FSMOUNT_ADDON_DIR || tmpdir(), 'fsmount-'))
}

/** Writes a file that must not be there yet. By descriptor: the shorter functions of Node 20 go through the patched `fs`. */
function put (path: string, bytes: Uint8Array): void {
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

function empty (folder: string): void {
  for (const name of native.readdirSync(folder)) native.unlinkSync(join(folder, name))
  native.rmdirSync(folder)
}

/** The error of the system, about the file of the mount; plain words where the folder forbids to run anything. */
function told (error: Error, copy: string, filename: string, folder: string): Error {
  const text = error.message
  error.message = text.replaceAll(copy, filename)
  if (/failed to map segment|Operation not permitted/.test(text)) {
    error.message += `\nPrograms cannot be run from ${dirname(folder)}: set FSMOUNT_ADDON_DIR to a folder from which they can.`
  }
  error.stack = error.stack?.replace(text, () => error.message)
  return error
}
