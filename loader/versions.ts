// What is known of each Node line, in one table: pure functions of a version. Every entry names where it comes from;
// "seen" lists the releases on which it was tried.

type Version = readonly [major: number, minor: number, patch: number]

/** Holds from these releases on: the first, and one for each line that got it later than with its first release. */
const since = (releases: string) => {
  const from = releases.split(' ').map((release) => release.split('.').map(Number))
  return ([major, minor, patch]: Version): boolean => {
    const own = from.find(([line]) => line === major)
    return own === undefined ? major > from[from.length - 1]![0]! : minor > own[1]! || (minor === own[1] && patch >= (own[2] ?? 0))
  }
}

/** Holds before a line. */
const until = (line: number) => ([major]: Version): boolean => major < line

/** Holds on a line from one minor release to another. */
const within = (line: number, first: number, last: number) => ([major, minor]: Version): boolean => major === line && minor >= first && minor <= last

/** The facts that the loader depends on, or the tests that compare it with Node. */
const FACTS = {
  /** `module.registerHooks` exists (doc/api/module.md; seen 22.23 24.21 26.10, not 20.20). */
  registerHooks: since('22.15 23.5'),
  /** What a required ES module imports asks the synchronous hooks; before, the CommonJS loader is patched for that (lib/internal/modules/esm/module_job.js, ModuleJobSync; seen 22.15 22.23 24.21 26.10, not 20.20 22.14). */
  requiredModulesAsk: since('22.15 23.5'),
  /** CommonJS that is reached through `import` runs with a `require` that asks the synchronous hooks (seen 24.18 26.2, not 22.23 24.17 25.9 26.1). */
  hooksSeeInnerRequire: since('24.18 26.2'),
  /** Imported CommonJS whose source a hook gave is taken through the real loader where the hook says so (lib/internal/modules/esm/load.js, `shouldBeReloadedByCJSLoader`; seen 22.23 24.11 25.2, not 22.22.0 24.10 25.0). */
  reloadsImported: since('22.23 24.11 25.2'),
  /** The thread of hooks has synchronous hooks that may hand on a question (lib/internal/modules/esm/hooks.js, resolveSync; seen 24.11 25.2 26.0, not 22.23 24.10 25.0). */
  threadHasHooks: since('24.11 25.2'),
  /** Imported CommonJS to which the hooks of the thread give no source is read by the real loader; before, from the disk as well (lib/internal/modules/esm/translators.js, createCJSModuleWrap; seen 22.23.3 24.16 26.1, not 22.23.0 24.15 25.8 26.0). */
  readsUngiven: (at: Version) => at[0] !== 25 && since('22.23.3 24.16 26.1')(at),
  /** `require.resolve` asks the synchronous hooks, which are not told its `paths` (lib/internal/modules/helpers.js, makeRequireFunction; seen 24.15 25.8 26.0, not 22.23 24.14 25.7). */
  hooksSeeRequireResolve: since('24.15 25.8 26.0'),
  /** `require.resolve` says that `paths` must hold texts; before, a relative request aborts the process (cjs/loader.js, Module._findPath; seen 20.19.6 22.15 23.11 24.0, not 20.19.4 22.14 23.5). */
  checksPaths: since('20.19.6 22.15 23.11'),
  /** `module.findPackageJSON` exists (doc/api/module.md; seen 22.23 24.21 26.10). */
  findPackageJSON: since('22.14 23.2'),
  /** `module.findPackageJSON` gives the path it was asked about when no package.json governs it (package_json_reader.js, getNearestParentPackageJSON; seen 24.13.1 25.5 26.2, not 22.23 24.13.0 25.4). */
  findGivesPath: since('24.13.1 25.5'),
  /** Who parses package.json: V8's JSON.parse of the whole text, or simdjson, which looks at what it needs (src/node_modules.cc; seen 20.20 against 22.23). */
  packageParser: ([major]: Version): 'json' | 'simdjson' => major < 22 ? 'json' : 'simdjson',
  /** A package.json that is there but cannot be read is an error (src/node_modules.cc, GetPackageJSON; seen 24.21 26.8, not 22.23 24.20 26.7). */
  unreadableThrows: since('24.21 26.8'),
  /** The legacy `main` of an imported package is resolved as a URL (true) or as a path (esm/resolve.js, legacyMainResolve; seen 20.20 against 22.23). */
  mainIsUrl: until(22),
  /** CommonJS searches for the nearest package.json in JavaScript: as far as the root folder, and no further than a broken one (src/node_modules.cc, TraverseParent stops before the root; seen 20.20 22.21 22.23 24.10 24.13.0 25.0 25.4, not 22.15 22.20 24.0 24.9 24.13.1 24.21 25.5 26.10). */
  scopeReachesRoot: (at: Version) => until(22)(at) || within(22, 21, Infinity)(at) || within(24, 10, 12)(at) || (within(24, 13, 13)(at) && at[2] === 0) || within(25, 0, 4)(at),
  /** "exports" and "imports" may begin with what begins no JSON value, and then count for nothing; before, that breaks the package.json (src/node_modules.cc, GetPackageJSON, `value.type()`; seen 22.22.2 24.11 25.2, not 22.15 22.22.0 24.10 25.0; Node 20 parses everything). */
  passesOverUnknown: since('22.22.2 24.11 25.2'),
  /** The search for the type of a package leaves its "exports" and "imports" as text (package_json_reader.js, getPackageType; seen 22.12 22.13 22.16 24.0, not 22.14 22.15). */
  typeIsLazy: (at: Version) => within(22, 0, 13)(at) || since('22.16 24.0')(at),
  /** "imports" that are a list are looked at (src/node_modules.cc, GetPackageJSON; seen 22.14 23.5, not 22.12 22.13). */
  importsMayBeList: since('22.14 23.5'),
  /** What is imported with a slash at its end counts as a folder, whatever is there (esm/resolve.js, finalizeResolution; seen 20.20 22.22.3 24.15 26.0, not 22.15 22.22.2 24.14 25.8). */
  slashIsFolder: (at: Version) => until(22)(at) || (at[0] !== 25 && since('22.22.3 24.15')(at)),
  /** A complaint of an unexpected token makes Node look whether the source is a module with top-level await (src/node_contextify.cc, ShouldRetryAsESM; seen 20.19.6 22.20 24.8, not 20.19.4 22.19 24.6). */
  unexpectedMayBeAwait: since('20.19.6 22.20 24.8'),
  /** `#/name` is a valid key of "imports" (nodejs/node#60864; seen 24.21 26.10, not 20.20 22.23). */
  slashImports: since('24.14 25.4'),
  /** `error.path`, when a target of "exports" is missing, is the folder of a package in a `node_modules`, not its package.json (cjs/loader.js, finalizeEsmResolution; seen 22.14 22.23 23.5, not 20.20 22.13). */
  packageNamesFolder: since('22.14 23.5'),
  /** The same for a package that asks for itself (cjs/loader.js, resolveExpansion; seen 24.20 26.4, not 24.19 26.2). */
  selfNamesFolder: since('24.20 26.4'),
  /** The search for the nearest package.json leaves its "exports" and "imports" as text until they are asked for (package_json_reader.js, deserializePackageJSON; seen 24.13 26.2, not 22.23 24.10; Node 20 has parsed everything before). */
  nearestIsLazy: (at: Version) => until(22)(at) || since('24.13 25.4')(at),
  /** ERR_REQUIRE_ESM needs no package.json to give its advice about a source that shows what it is (lib/internal/errors.js; seen 24.14 24.21 25.8 26.0, not 22.23 24.13 25.2). */
  advisesWithoutPackage: since('24.14 25.8'),
  /** Where there are synchronous hooks, whosever, the error about a name that CommonJS does not export says that it is CommonJS all the same (lib/internal/modules/esm/loader.js, load without a context; seen 24.12 25.2 26.0, not 22.15 22.23 24.11 25.0). */
  hooksKnowCommonJS: since('24.12 25.2'),
  /** `require` of a file without an extension follows the type of its package (cjs/loader.js, Module._extensions['.js']; seen 25.7 26.0, not 24.21 25.6). */
  extensionlessHasType: since('25.7'),
  /** `require(esm)` is on, and with it the condition `module-sync` (doc/api/modules.md; seen on all four). */
  requireModule: since('20.19 22.12 23.0'),
  /** An ambiguous `.js` file is searched for ES module syntax (doc/api/cli.md; seen on all four). */
  detectModule: since('20.19 22.7'),
  /** TypeScript types are stripped without a flag (doc/api/typescript.md; seen 22.23 24.21 26.10). */
  stripTypes: since('22.18 23.6'),
  /** `.wasm` files are modules without a flag (doc/api/esm.md; seen 22.23 24.21 26.10, not 20.20). */
  wasmModules: since('22.19 24.5'),
  /** `--experimental-addon-modules`, which turns `.node` files into modules, exists (doc/api/cli.md; seen 22.23 24.21 26.10). */
  addonFlag: since('22.20 23.6'),
  /** `.node` files are modules without a flag (nodejs/node#64221; seen 24.19 26.5, not 22.23 24.18 26.4). */
  addonModules: since('24.19 26.5'),
  /** `--experimental-import-text` exists (process.allowedNodeEnvironmentFlags; seen 24.19 26.5, not 22.23 24.18 26.4). */
  importText: since('24.19 26.5'),
  /** An error about import attributes names the module (lib/internal/modules/esm/assert.js; seen 22.17 24.2 26.10, not 20.20 22.16 24.1). */
  attributesNameModule: since('22.17 24.2'),
  /** Modules with an http URL may ask for URLs beside them only, even while nothing can load them (esm/resolve.js, checkIfDisallowedImport; seen 20.20, not 22.23). */
  remoteImports: until(22),
  /** `--experimental-default-type` exists (seen 20.20 22.23, not 23.5). */
  defaultType: until(23)
}

/** The facts about one version; `version` is as `process.version`, e.g. `v24.21.0`. */
export type NodeFacts = { readonly version: string, readonly major: number } & { readonly [Name in keyof typeof FACTS]: ReturnType<typeof FACTS[Name]> }

const known = new Map<string, NodeFacts>()

/** The facts about a version, given as `process.version`. */
export function nodeFacts (version: string): NodeFacts {
  let facts = known.get(version)
  if (facts === undefined) known.set(version, facts = tabulate(version))
  return facts
}

function tabulate (version: string): NodeFacts {
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)
  if (parts === null) throw new TypeError(`Not a version of Node: ${version}`)
  const at: Version = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)]
  return { version, major: at[0], ...Object.fromEntries(Object.entries(FACTS).map(([name, holds]) => [name, holds(at)])) } as NodeFacts
}
