// The `main` of a package without "exports", as `import` finds it.
// Follows lib/internal/modules/esm/resolve.js and src/node_file.cc, LegacyMainResolve (checked on 20.20, 22.23, 24.21, 26.10).
import { resolve as resolvePath } from 'node:path'
import { URL, fileURLToPath, pathToFileURL } from 'node:url'
import { moduleNotFound } from './errors.ts'
import { formatOf } from './format.ts'
import { statOf } from './package.ts'
import type { PackageConfig } from './packagejson.ts'
import type { Context } from './target.ts'

const WITH_MAIN = ['', '.js', '.json', '.node', '/index.js', '/index.json', '/index.node']
const INDEX = ['.js', '.json', '.node']

/** LOAD_AS_DIRECTORY for `import`: tries main with extensions, then index; throws ERR_MODULE_NOT_FOUND. */
export function legacyMainResolve (packageURL: URL, config: PackageConfig | undefined, base: string, context: Context): URL {
  const { host, settings: { facts } } = context
  const folder = fileURLToPath(new URL('.', packageURL))
  const main = config?.main
  const isFile = (path: string): boolean => statOf(path, host) === 'file'
  let url: URL | undefined
  let first: string | undefined
  if (main !== undefined) {
    first = facts.mainIsUrl ? fileURLToPath(new URL(`./${main}`, packageURL)) : resolvePath(folder, main)
    const extension = WITH_MAIN.find(extension => isFile(first + extension))
    if (extension !== undefined) {
      url = facts.mainIsUrl
        ? new URL(`./${main}${extension}`, packageURL)
        : pathToFileURL(resolvePath(folder, (main || './') + extension))
    }
  }
  if (url === undefined) {
    const index = facts.mainIsUrl ? fileURLToPath(new URL('./index', packageURL)) : resolvePath(folder, 'index')
    const extension = INDEX.find(extension => isFile(index + extension))
    if (extension === undefined) throw moduleNotFound(first || `${index}.js`, fileURLToPath(base))
    url = facts.mainIsUrl ? new URL(`./index${extension}`, packageURL) : pathToFileURL(index + extension)
  }
  warnLegacyIndex(url, folder, base, main, context)
  return url
}

/** DEP0151: an ES module that was found by adding an index or an extension. */
function warnLegacyIndex (url: URL, folder: string, base: string, main: string | undefined, { host, settings }: Context): void {
  const { warn } = settings
  if (warn === undefined || formatOf(url, host, settings, { ignoreErrors: true }) !== 'module') return
  const path = fileURLToPath(url)
  const from = fileURLToPath(base)
  if (!main) {
    warn(`No "main" or "exports" field defined in the package.json for ${folder} resolving the main entry point "${path.slice(folder.length)}", ` +
      `imported from ${from}.\nDefault "index" lookups for the main are deprecated for ES modules.`, 'DeprecationWarning', 'DEP0151')
  } else if (resolvePath(folder, main) !== path) {
    warn(`Package ${folder} has a "main" field set to "${main}", excluding the full filename and extension to the resolved file at "${
      path.slice(folder.length)}", imported from ${from}.\n Automatic extension resolution of the "main" field is deprecated for ES modules.`,
    'DeprecationWarning', 'DEP0151')
  }
}
