// The host of the resolver over the mounts: mounted paths from them, the rest from the disk.
import { systemError } from '../lib/kernel/errors.ts'
import { readPackageJson } from './host.ts'
import type { Host } from './host.ts'
import type { Mounts } from './mounts.ts'
import type { PackageConfig } from './packagejson.ts'
import type { NodeFacts } from './versions.ts'

/** Makes the host; a package.json is read once in the life of a mount. */
export function mountedHost (mounts: Mounts, facts: NodeFacts): Host {
  const packages: Map<string, PackageConfig> = mounts.keep(new Map())
  const mayBeFile = (path: string): boolean => {
    try {
      return mounts.stat(path) === 'file'
    } catch {
      return true // reading it tells what is wrong
    }
  }
  const host: Host = {
    stat: path => {
      try {
        return mounts.stat(path)
      } catch (error) {
        const { code } = error as { code?: unknown }
        if (typeof code !== 'string' || systemError(code) === undefined) throw error // a provider that cannot serve modules says so
        return undefined // a loop of links, a name too long: as in Node's own lookup, it is not there
      }
    },
    read: path => mounts.read(path),
    realpath: path => mounts.realpath(path),
    packageJson: path => {
      let config = packages.get(path)
      if (config === undefined && mayBeFile(path)) {
        config = readPackageJson(host, path, facts)
        if (config !== undefined && config.broken === undefined && config.unreadable === undefined) packages.set(path, config)
      }
      return config
    }
  }
  return host
}
