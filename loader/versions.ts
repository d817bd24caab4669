// What is known of each Node line, in one table: a pure function of a version string. Every entry names where it comes
// from; "seen" lists the releases on which it was tried.

/** The facts about one Node version that the loader depends on. */
export interface NodeFacts {
  /** As `process.version`, e.g. `v24.21.0`. */
  readonly version: string
  readonly major: number
  /** `module.registerHooks` exists. */
  readonly registerHooks: boolean
  /** CommonJS that is reached through `import` runs with a `require` that asks the synchronous hooks. */
  readonly hooksSeeInnerRequire: boolean
  /** `require.resolve` asks the synchronous hooks, which are not told its `paths`. */
  readonly hooksSeeRequireResolve: boolean
  /** `module.register` prints a deprecation warning (DEP0205). */
  readonly registerWarns: boolean
  /** `module.findPackageJSON` exists. */
  readonly findPackageJSON: boolean
  /** `module.findPackageJSON` gives the path it was asked about when no package.json governs it. */
  readonly findGivesPath: boolean
  /** Who parses package.json: V8's JSON.parse of the whole text, or simdjson, which looks at what it needs. */
  readonly packageParser: 'json' | 'simdjson'
  /** A package.json that is there but cannot be read is an error. */
  readonly unreadableThrows: boolean
  /** The legacy `main` of an imported package is resolved as a URL (true) or as a path. */
  readonly mainIsUrl: boolean
  /** CommonJS searches for the nearest package.json in JavaScript: as far as the root folder, and no further than a broken one. */
  readonly scopeReachesRoot: boolean
  /** `#/name` is a valid key of "imports". */
  readonly slashImports: boolean
  /** `error.path`, when a target of "exports" is missing, is the folder of a package in a `node_modules`, not its package.json. */
  readonly packageNamesFolder: boolean
  /** The same for a package that asks for itself. */
  readonly selfNamesFolder: boolean
  /** The search for the nearest package.json leaves its "exports" and "imports" as text until they are asked for. */
  readonly nearestIsLazy: boolean
  /** `require` of a file without an extension follows the type of its package. */
  readonly extensionlessHasType: boolean
  /** `require(esm)` is on, and with it the condition `module-sync`. */
  readonly requireModule: boolean
  /** An ambiguous `.js` file is searched for ES module syntax. */
  readonly detectModule: boolean
  /** TypeScript types are stripped without a flag. */
  readonly stripTypes: boolean
  /** `.wasm` files are modules without a flag. */
  readonly wasmModules: boolean
  /** `--experimental-addon-modules`, which turns `.node` files into modules, exists. */
  readonly addonFlag: boolean
  /** `.node` files are modules without a flag. */
  readonly addonModules: boolean
  /** `--experimental-import-text` exists. */
  readonly importText: boolean
  /** Modules with an http URL may ask for URLs beside them only, even while nothing can load them. */
  readonly remoteImports: boolean
  /** `--experimental-default-type` exists. */
  readonly defaultType: boolean
}

type Version = readonly [major: number, minor: number]

/** Since when something holds: a release per line that got it later than at its first release. */
interface Since { readonly name: keyof NodeFacts, readonly from: readonly Version[], readonly source: string }

const SINCE: readonly Since[] = [
  { name: 'registerHooks', from: [[22, 15], [23, 5]], source: 'doc/api/module.md; seen 22.23 24.21 26.10, not 20.20' },
  { name: 'hooksSeeInnerRequire', from: [[24, 0]], source: 'seen 24.21 26.10, not 22.23' },
  { name: 'hooksSeeRequireResolve', from: [[24, 0]], source: 'lib/internal/modules/helpers.js, makeRequireFunction; seen 24.21 26.10, not 22.23' },
  { name: 'registerWarns', from: [[26, 0]], source: 'doc/api/deprecations.md DEP0205; seen 26.10, not 24.21' },
  { name: 'findPackageJSON', from: [[22, 14], [23, 2]], source: 'doc/api/module.md; seen 22.23 24.21 26.10' },
  { name: 'findGivesPath', from: [[24, 13], [25, 4]], source: 'package_json_reader.js, getNearestParentPackageJSON; seen 24.13 26.2, not 22.23 24.10' },
  { name: 'slashImports', from: [[24, 14], [25, 4]], source: 'nodejs/node#60864; seen 24.21 26.10, not 20.20 22.23' },
  { name: 'requireModule', from: [[20, 19], [22, 12], [23, 0]], source: 'doc/api/modules.md; seen on all four' },
  { name: 'detectModule', from: [[20, 19], [22, 7]], source: 'doc/api/cli.md; seen on all four' },
  { name: 'unreadableThrows', from: [[24, 21], [26, 8]], source: 'src/node_modules.cc, GetPackageJSON; seen 24.21 26.8, not 22.23 24.20 26.7' },
  { name: 'selfNamesFolder', from: [[24, 20], [26, 4]], source: 'cjs/loader.js, resolveExpansion; seen 24.20 26.4, not 24.19 26.2' },
  { name: 'nearestIsLazy', from: [[24, 13], [25, 4]], source: 'package_json_reader.js, deserializePackageJSON; seen 24.13 26.2, not 22.23 24.10' },
  { name: 'stripTypes', from: [[22, 18], [23, 6]], source: 'doc/api/typescript.md; seen 22.23 24.21 26.10' },
  { name: 'wasmModules', from: [[22, 19], [24, 5]], source: 'doc/api/esm.md; seen 22.23 24.21 26.10, not 20.20' },
  { name: 'addonFlag', from: [[22, 20], [23, 6]], source: 'doc/api/cli.md; seen 22.23 24.21 26.10' },
  { name: 'addonModules', from: [[24, 19], [26, 5]], source: 'nodejs/node#64221; seen 24.19 26.5, not 22.23 24.18 26.4' },
  { name: 'importText', from: [[24, 19], [26, 5]], source: 'process.allowedNodeEnvironmentFlags; seen 24.19 26.5, not 22.23 24.18 26.4' }
]

/** Whether a version is at or after the release that brought something to its line. */
function reached ([major, minor]: Version, from: readonly Version[]): boolean {
  const own = from.find(since => since[0] === major)
  if (own !== undefined) return minor >= own[1]
  return major > from[from.length - 1]![0]
}

const known = new Map<string, NodeFacts>()

/** The facts about a version, given as `process.version`. */
export function nodeFacts (version: string): NodeFacts {
  let facts = known.get(version)
  if (facts === undefined) known.set(version, facts = tabulate(version))
  return facts
}

function tabulate (version: string): NodeFacts {
  const parts = /^v?(\d+)\.(\d+)/.exec(version)
  if (parts === null) throw new TypeError(`Not a version of Node: ${version}`)
  const at: Version = [Number(parts[1]), Number(parts[2])]
  const [major] = at
  const since = Object.fromEntries(SINCE.map(({ name, from }) => [name, reached(at, from)])) as Record<string, boolean>
  return {
    version,
    major,
    registerHooks: since.registerHooks!,
    hooksSeeInnerRequire: since.hooksSeeInnerRequire!,
    hooksSeeRequireResolve: since.hooksSeeRequireResolve!,
    registerWarns: since.registerWarns!,
    findPackageJSON: since.findPackageJSON!,
    findGivesPath: since.findGivesPath!,
    slashImports: since.slashImports!,
    requireModule: since.requireModule!,
    detectModule: since.detectModule!,
    stripTypes: since.stripTypes!,
    wasmModules: since.wasmModules!,
    addonFlag: since.addonFlag!,
    addonModules: since.addonModules!,
    importText: since.importText!,
    // src/node_modules.cc has the parser from 21.? on; of the supported lines only 20 reads with JSON.parse (seen 20.20).
    packageParser: major < 22 ? 'json' : 'simdjson',
    unreadableThrows: since.unreadableThrows!,
    mainIsUrl: major < 22, // lib/internal/modules/esm/resolve.js, legacyMainResolve; seen 20.20 against 22.23
    scopeReachesRoot: major < 24, // 24: src/node_modules.cc, TraverseParent stops before the root; seen 24.21 26.10, not 20.20 22.23
    nearestIsLazy: major < 22 || since.nearestIsLazy!, // Node 20 has parsed everything before
    packageNamesFolder: major >= 22, // cjs/loader.js, finalizeEsmResolution; seen 22.23, not 20.20
    selfNamesFolder: since.selfNamesFolder!,
    extensionlessHasType: major >= 26, // cjs/loader.js, Module._extensions['.js']
    remoteImports: major < 22, // esm/resolve.js, checkIfDisallowedImport; seen 20.20, not 22.23
    defaultType: major < 24 // removed in 24; seen 20.20 22.23
  }
}
