// What the resolver may ask of the world: four questions. `mountedHost` (mountedhost.ts) answers them from the mounts and the disk;
// the tests have one over the disk alone.
import { systemError } from '../lib/kernel/errors.ts'
import { parsePackage } from './packagejson.ts'
import type { PackageConfig } from './packagejson.ts'
import type { NodeFacts } from './versions.ts'

/** The file system as module resolution sees it. Paths are absolute, normalised and in the platform's form. */
export interface Host {
  /** What is at the path, links followed: a folder, anything else that exists ('file'), or undefined. Never throws. */
  stat (path: string): 'file' | 'folder' | undefined
  /** The whole file; throws Node's own fs error when it cannot be read. */
  read (path: string): Uint8Array
  /** The path with all links resolved, as `fs.realpathSync` does; throws Node's own fs error. */
  realpath (path: string): string
  /**
   * The package.json at exactly this path, or undefined when there is none. One that cannot be read or parsed
   * is returned with `broken` or `unreadable` set, because the message depends on who asks. Cached as far as the host can know.
   */
  packageJson (path: string): PackageConfig | undefined
}

/** Failures that mean "no package.json here" on every line. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])

/** Reads and parses a package.json for `Host.packageJson`. Older lines take any failure to read it for absence. */
export function readPackageJson (host: Pick<Host, 'read'>, path: string, facts: NodeFacts): PackageConfig | undefined {
  let bytes
  try {
    bytes = host.read(path)
  } catch (error) {
    const { code = '' } = error as { code?: string }
    if (!facts.unreadableThrows || ABSENT.has(code)) return undefined
    return { path, type: 'none', unreadable: systemError(code)?.text ?? 'unknown error' }
  }
  return parsePackage(path, bytes, facts)
}
