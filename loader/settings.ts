// What resolution depends on beside the file system: the Node version, its flags, conditions and global folders.
// `settingsOf` reads them from a description of a process; nothing here looks at the running one.
import { isAbsolute, resolve as resolvePath } from 'node:path'
import { nodeFacts } from './versions.ts'
import type { NodeFacts } from './versions.ts'

/** How the resolver is to behave; built once per thread, the getters may answer differently over time. */
export interface Settings {
  readonly facts: NodeFacts
  /** As `module.isBuiltin`: names with and without `node:`. */
  isBuiltin (name: string): boolean
  readonly cwd: string
  /** Conditions of `import` when the caller names none. */
  readonly importConditions: readonly string[]
  /** Conditions of `require`. */
  readonly requireConditions: readonly string[]
  /** The keys of `require.extensions`, in order. */
  readonly extensions: readonly string[]
  /** Folders that `require` searches last: NODE_PATH, the home folders and the installation. */
  readonly globalPaths: readonly string[]
  readonly preserveSymlinks: boolean
  readonly preserveSymlinksMain: boolean
  readonly detectModule: boolean
  readonly requireModule: boolean
  readonly stripTypes: boolean
  readonly wasmModules: boolean
  readonly addonModules: boolean
  readonly importText: boolean
  readonly defaultType: 'module' | 'commonjs' | undefined
  /** `--input-type` is given, which no file can be run with. */
  readonly inputType: boolean
  /** Called for the deprecations that resolution reports; absent with `--no-deprecation`. */
  readonly warn?: ((message: string, type: string | undefined, code: string) => void) | undefined
  /** What was warned about already, where Node warns once. */
  readonly warned: Set<string>
  /** Whether a source is a valid ES module; see syntax.ts for what is done where nobody can tell. */
  readonly parsesAsModule?: ((source: string) => boolean | undefined) | undefined
  /** Runs what throws, where the process is to abort for what nobody catches, so that it goes on when somebody does. */
  readonly unaborted?: ((run: () => unknown) => unknown) | undefined
  /** Removes types from TypeScript, to look for module syntax in what is left. */
  readonly stripTypeScript?: ((source: string) => string) | undefined
}

/** What `settingsOf` needs to know of a process. */
export interface ProcessLike {
  readonly version: string
  readonly execArgv: readonly string[]
  readonly execPath: string
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
  cwd (): string
}

/** The flags in force: NODE_OPTIONS first, then the command line, later ones winning. */
export function flagsOf ({ execArgv, env }: Pick<ProcessLike, 'execArgv' | 'env'>): { is (name: string, otherwise: boolean): boolean, all (...names: string[]): string[] } {
  const flags = [...splitOptions(env.NODE_OPTIONS ?? ''), ...execArgv]
  return {
    is (name, otherwise) {
      let value = otherwise
      for (const flag of flags) {
        if (flag === `--${name}`) value = true
        else if (flag === `--no-${name}`) value = false
      }
      return value
    },
    all (...names) {
      const values: string[] = []
      flags.forEach((flag, at) => {
        for (const name of names) {
          if (flag.startsWith(`${name}=`)) values.push(flag.slice(name.length + 1))
          else if (flag === name && flags[at + 1] !== undefined) values.push(flags[at + 1]!)
        }
      })
      return values
    }
  }
}

/** Splits NODE_OPTIONS as src/node.cc does: spaces separate, double quotes keep together, a backslash escapes in quotes. */
function splitOptions (text: string): string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  let started = false
  for (let at = 0; at < text.length; at++) {
    let char = text[at]!
    if (char === '\\' && quoted && at + 1 < text.length) char = text[++at]!
    else if (char === ' ' && !quoted) {
      if (started) parts.push(part)
      part = ''
      started = false
      continue
    } else if (char === '"') {
      quoted = !quoted
      continue
    }
    part += char
    started = true
  }
  if (started) parts.push(part)
  return parts
}

/** NODE_PATH and the other folders that `require` searches last: `Module._initPaths` (lib/internal/modules/cjs/loader.js). */
function globalPathsOf ({ env, execPath, platform }: Pick<ProcessLike, 'env' | 'execPath' | 'platform'>): string[] {
  const windows = platform === 'win32'
  const home = windows ? env.USERPROFILE : env.HOME
  const paths = [resolvePath(execPath, windows ? '..' : '../..', 'lib', 'node')]
  if (home) paths.unshift(resolvePath(home, '.node_modules'), resolvePath(home, '.node_libraries'))
  if (env.NODE_PATH) paths.unshift(...env.NODE_PATH.split(windows ? ';' : ':').filter(Boolean))
  return paths
}

/** The settings of a process, from its version, flags and environment. `live` replaces what can change while it runs. */
export function settingsOf (like: ProcessLike, live: Pick<Settings, 'isBuiltin'> & Partial<Settings>): Settings {
  const facts = nodeFacts(like.version)
  const { is, all } = flagsOf(like)
  const requireModule = is('require-module', is('experimental-require-module', facts.requireModule))
  const given = all('--conditions', '-C')
  const addons = is('addons', true) ? ['node-addons'] : []
  const sync = requireModule ? ['module-sync'] : []
  const defaultType = facts.defaultType ? all('--experimental-default-type').pop() : undefined
  const settings: Settings = {
    facts,
    isBuiltin: live.isBuiltin,
    get cwd () { return like.cwd() },
    importConditions: ['node', 'import', ...sync, ...addons, ...given],
    requireConditions: ['require', 'node', ...addons, ...given, ...sync],
    extensions: ['.js', '.json', '.node'],
    globalPaths: globalPathsOf(like),
    preserveSymlinks: is('preserve-symlinks', like.env.NODE_PRESERVE_SYMLINKS === '1'),
    preserveSymlinksMain: is('preserve-symlinks-main', like.env.NODE_PRESERVE_SYMLINKS_MAIN === '1'),
    detectModule: is('experimental-detect-module', facts.detectModule),
    requireModule,
    stripTypes: is('strip-types', is('experimental-strip-types', is('experimental-transform-types', facts.stripTypes))),
    wasmModules: is('experimental-wasm-modules', facts.wasmModules),
    addonModules: facts.addonFlag && is('experimental-addon-modules', facts.addonModules),
    importText: facts.importText && is('experimental-import-text', false),
    inputType: all('--input-type').length > 0,
    defaultType: defaultType === 'module' || defaultType === 'commonjs' ? defaultType : undefined,
    warned: new Set()
  }
  return Object.defineProperties(settings, Object.getOwnPropertyDescriptors(live))
}

/** A file path from what may be relative to the working folder. */
export const absolute = (path: string, settings: Settings): string => isAbsolute(path) ? path : resolvePath(settings.cwd, path)

/** A set of what a list holds, even where a program took the iterators of arrays away. */
export function setOf<T> (items: Iterable<T>): Set<T> {
  if (!Array.isArray(items)) return new Set(items)
  const set = new Set<T>()
  items.forEach((item: T) => { set.add(item) })
  return set
}
