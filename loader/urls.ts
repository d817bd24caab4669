// Paths in the platform's form and URLs, as text: one to the other, and what can be told of them without a look at what is
// there.
import { sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { unmarked } from './generations.ts'

/** A text that is the same as a path and as a URL. */
export const PLAIN = /^[\w\-./@+]*$/

/** Names with slashes between them that may stand in "exports" and say where they lead: no dots alone, no empty one, no `node_modules`. */
export const PLAIN_NAMES = /^(?!node_modules(?:\/|$))[\w\-@+][\w\-.@+]*(?:\/(?!node_modules(?:\/|$))[\w\-@+][\w\-.@+]*)*$/i

/** Whether a specifier is a file URL; schemes have no case. */
export const isFileURL = (specifier: string): boolean => specifier.startsWith('file:') || /^file:/i.test(specifier)

/** A parent as text: `import.meta.resolve` hands on whatever it is given. */
export const textOf = (parentURL: unknown): string | undefined => parentURL === undefined || typeof parentURL === 'string' ? parentURL : String(parentURL)

/** The path of a file URL, our mark left out, or undefined for one that names none (a foreign host, an encoded slash). */
export function pathOf (url: string): string | undefined {
  const clean = unmarked(url)
  // The common form needs no URL parser: nothing is encoded, and there is no query.
  if (sep === '/' && clean.startsWith('file:///') && !/[%?#\\]|\/\.{1,2}(?:\/|$)/.test(clean)) return clean.slice(7)
  try {
    return fileURLToPath(clean)
  } catch {
    return undefined // Node refuses it itself, with its own words
  }
}

/** The file URL of a path, without a mark. */
export const urlOfPath = (path: string): string => sep === '/' && PLAIN.test(path) ? `file://${path}` : pathToFileURL(path).href

/** The first name of a path. */
export const firstPart = (path: string): string => path.split(sep, 2).join(sep)

/** `isUnder` of lib/kernel/paths.ts, for paths in the platform's form. */
export const isUnder = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
