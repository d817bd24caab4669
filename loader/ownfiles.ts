// The files of this package and of the drivers that it loads: under any mount they are those of the disk.
import { dirname, join, sep } from 'node:path'
import { kindOnDisk } from '../lib/kernel/disk.ts'
import { native, nodeModule } from '../lib/kernel/native.ts'
import { firstPart, isUnder } from './urls.ts'

/** What no path starts with. */
const NO_BUILD = '\0'
/** The folder of the build, which a bundle has not. */
const BUILD = __dirname.endsWith(join('dist', 'loader')) ? dirname(__dirname) + sep : NO_BUILD

/** Which files those are; where the drivers lie is looked up once, when it is first asked. */
export class OwnFiles {
  #found: readonly string[] | undefined

  get #folders (): readonly string[] { return (this.#found ??= ownFolders()) }

  /** Whether a path is that of such a file. */
  has (path: string): boolean {
    return path.startsWith(BUILD) || this.#folders.some(folder => path.startsWith(folder))
  }

  /** Whether any mount, by these prefixes, lies over or in a folder of theirs. */
  isNear (prefixes: readonly string[]): boolean {
    const near = firstPart(__dirname)
    return prefixes.some(prefix => prefix === '' || firstPart(prefix) === near) &&
      this.#folders.some(folder => prefixes.some(prefix => isUnder(folder, prefix) || isUnder(prefix, folder)))
  }

  /** What a module of this package means by a relative request: known without the resolver, which is among what is loaded so. */
  requested (request: string, parent: string | undefined): string | undefined {
    if (parent === undefined || !request.startsWith('.') || !this.has(parent)) return undefined
    const path = join(dirname(parent), request)
    // A part of the build that is gone is not looked for: Node says which it cannot open.
    return this.has(path) && ((path.startsWith(BUILD) && path.endsWith('.js')) || kindOnDisk(path) === 'file') ? path : undefined
  }
}

/** The folder of this build, when it is one, and those of the optional driver and what it needs. */
function ownFolders (): string[] {
  if (BUILD === NO_BUILD) return []
  const folders = [BUILD]
  for (const parent of nodeModule.createRequire(__filename).resolve.paths('better-sqlite3') ?? []) {
    for (const name of ['better-sqlite3', 'bindings', 'file-uri-to-path']) {
      const folder = join(parent, name)
      if (kindOnDisk(folder) === 'folder') folders.push(folder + sep, native.realpathSync(folder) + sep)
    }
  }
  return folders
}
