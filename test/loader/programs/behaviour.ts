// Asks Node's loaders everything about the tree at a root and prints the answers: `behaviour.js real|mounted ROOT`.
import nodeModule, { createRequire } from 'node:module'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nodeFacts } from '../../../loader/versions.ts'
import { mountFiles } from '../mounted.ts'
import { TREE } from '../tree.ts'

const [kind, root] = process.argv.slice(2) as [string, string]
if (kind === 'mounted') mountFiles(root, TREE)
const load = createRequire(`${root}/asking.js`)
const url = (path: string): string => pathToFileURL(root + path).href
const bring = (path: string, options?: ImportCallOptions): Promise<unknown> => import(root + path, options)
const facts = nodeFacts(process.version)
const requiresModules = !process.env.NODE_OPTIONS?.includes('--no-experimental-require-module')

type Observation = () => unknown

const observations: Record<string, Observation> = {
  'a CommonJS module': () => load('./main.js'),
  'a request without extension': () => [load('./main') === load('./main.js'), load.resolve('./main')],
  'a folder with index': () => [load('./lib'), load.resolve('./lib/')],
  'a folder with main': () => load('./folder'),
  'an absolute request': () => load(`${root}/lib/dep.cjs`),
  'children and parents': () => { const parent = load('./parent.js'); return [parent, parent.ids()] },
  'children once': () => { load('./parent.js'); return createRequire(`${root}/parent.js`).cache[`${root}/parent.js`]!.children.length },
  'the cache': () => Object.keys(load.cache).filter(key => key.startsWith(root)),
  'an entry deleted from the cache runs again': () => {
    const first = load('./ambiguous/cjs.js')
    delete load.cache[`${root}/ambiguous/cjs.js`]
    return [first === load('./ambiguous/cjs.js'), first === load('./ambiguous/cjs')]
  },
  'an entry put into the cache': () => {
    const path = `${root}/lib/index.js`
    const entry = load.cache[path]!
    load.cache[path] = Object.assign(Object.create(Object.getPrototypeOf(entry)), entry, { exports: 'planted', loaded: true })
    const planted = load('./lib')
    load.cache[path] = entry
    return [planted, load('./lib')]
  },
  'JSON': () => [load('./lib/data.json'), load('./lib/data')],
  'broken JSON': () => load('./bad.json'),
  'self reference': () => [load('app/self').again(), load('app/lib/index')],
  'imports': () => [load('#dep').kind, load('#fs') === load('fs'), load('#pkg')],
  'imports not defined': () => load('#nothing'),
  'packages': () => [load('dual'), load('plain'), load('dual/feature/x')],
  'a package above': () => createRequire(`${root}/sub/x.js`)('./from.js'),
  'a subpath that is not exported': () => load('dual/cjs.cjs'),
  'a subpath exported as null': () => load('dual/private/x'),
  'a target outside of the package': () => load('dual/up'),
  'a package that is not there': () => load('missing-package'),
  'a package whose main is not there': () => load('nomain'),
  'a file that is not there': () => load('./missing'),
  'a folder without index': () => load('./cycle'),
  'a broken package.json': () => load('./broken/x.js'),
  'an extension nobody knows': () => [load('./strange.ext'), load('./extensionless')],
  'type module': () => load('./types/esm.js'),
  'an ES module in a CommonJS package': () => load('./cjs/wrong.js'),
  'a module that throws': () => load('./throws.js'),
  'a module that threw is not in the cache': () => `${root}/throws.js` in load.cache,
  'a syntax error': () => load('./syntax.js'),
  'a cycle': () => load('./cycle/a'),
  'require of an ES module': () => { const { default: value, sep, __esModule } = load('./alone.mjs'); return [value, sep, __esModule, Object.keys(load.cache[`${root}/alone.mjs`]!.children)] },
  'require of an ambiguous ES module': () => { const { sync, default: Sync } = load('./ambiguous/sync.js'); return [sync, Sync.name] },
  'require of an ES module that exports for require': () => load('./interop.mjs'),
  'require of top-level await': () => load('./ambiguous/esm.js'),
  'require and import give one instance': async () => {
    const imported = await bring('/query.mjs') as object
    return [load('./query.mjs') === imported, (await bring('/lib/dep.cjs') as { default: unknown }).default === load('./lib/dep.cjs')]
  },
  'JSON has one instance': async () => (await bring('/lib/data.json', { with: { type: 'json' } }) as { default: unknown }).default === load('./lib/data.json'),
  'require.resolve': () => [load.resolve('dual'), load.resolve('./lib/dep.cjs'), load.resolve('fs'), load.resolve('node:fs')],
  'require.resolve with paths': () => [
    load.resolve('near', { paths: [`${root}/sub`] }), load.resolve('./from', { paths: [`${root}/lib`, `${root}/sub`] }),
    load.resolve('dual', { paths: [`${root}/sub/deep`] }), load.resolve(`${root}/main`, { paths: ['/nowhere'] }),
    require.resolve('plain', { paths: [root] }), require.resolve('./main', { paths: [root] })
  ],
  'require.resolve without paths': () => [load.resolve('dual', { paths: undefined }), load.resolve('./main', {})],
  'require.resolve with no paths': () => load.resolve('plain', { paths: [] }),
  'require.resolve with no paths of what is beside': () => load.resolve('./main', { paths: [] }),
  'require.resolve with no paths of a module of the mount': () => load('./asks.js').nowhere(),
  'require.resolve with no paths of a path': () => load.resolve(`${root}/main`, { paths: [] }),
  'extensions that come and go': () => {
    const { extensions } = load as unknown as { extensions: Record<string, unknown> }
    const attempt = (request: string): unknown => {
      Object.assign(nodeModule, { _pathCache: { __proto__: null } }) // Node remembers where a request led
      delete load.cache[`${root}/multi/one.foo.bar`]
      try { return load(request) } catch (error) { return (error as Error).message }
    }
    const answers = []
    for (const [set, ...requests] of [['.foo.bar', 'one', 'one.foo', 'one.foo.bar'], ['', 'one'], ['.bar', 'one.foo', 'one'], ['', 'one.foo']] as const) {
      if (set !== '') extensions[set] = (module: NodeJS.Module) => { module.exports = set }
      answers.push(requests.map(name => [attempt(`${root}/multi/${name}`), attempt(`./multi/${name}`)]))
      delete extensions[set]
    }
    return answers
  },
  'a compiler of others in an extension': () => {
    const { extensions } = load as unknown as { extensions: Record<string, (module: NodeJS.Module, path: string) => void> }
    const own = extensions['.js']!
    extensions['.js'] = (module, path) => {
      const compiler = module as NodeJS.Module & { _compile (code: string, path: string): void }
      const compile = compiler._compile
      compiler._compile = function (code, file) { compile.call(this, `${code}\n;exports.compiled = true`, file) }
      own(module, path)
    }
    try {
      return ['./types/by-compiler.js', './cjs/by-compiler.js', './by-compiler.js'].map(request => load(request))
    } finally {
      extensions['.js'] = own
    }
  },
  'require.resolve with paths that miss': () => load.resolve('dual', { paths: ['/nowhere/at/all'] }),
  'require.resolve with bad paths': () => load.resolve('dual', { paths: 'text' as unknown as string[] }),
  'require.resolve of what is not there': () => load.resolve('./missing'),
  'require of a graph of ES modules': () => { const { default: named, all, __esModule } = load('./required.mjs'); return [named.name, all, __esModule] },
  'require of an ES module that imports packages': () => { const { default: found, hash } = load('./imports-packages.mjs'); return [found, hash] },
  'built-ins': () => [load('fs') === require('node:fs'), load('node:path') === require('node:path')],
  'a built-in that is not there': () => load('node:nothing'),
  'an empty request': () => load(''),
  'import of ES modules': async () => ({ ...await bring('/lib/dep.mjs') as object }),
  'import of CommonJS with names': async () => (await bring('/names.mjs') as { default: unknown }).default,
  'import of CommonJS that chooses': async () => Object.keys(await bring('/choice.js') as object).filter(name => name !== 'module.exports'),
  'import of CommonJS': async () => Object.keys(await bring('/main.js') as object).filter(name => name !== 'module.exports'),
  'import by URL': async () => (await import(url('/lib/dep.mjs'))).kind,
  'import in CommonJS': async () => { const { load: dep, bare } = load('./imports.cjs'); return [(await dep()).kind, (await bare()).default] },
  'top-level await': async () => ({ ...await bring('/await.mjs') as object }),
  'cycles of ES modules': async () => (await bring('/cycle/a.mjs') as { sum: string }).sum,
  'import.meta': async () => ({ ...await bring('/meta.mjs') as object }),
  'queries and fragments': async () => {
    const modules = await Promise.all(['', '?a=1', '?a=1#b', '#b'].map(part => import(url('/query.mjs') + part)))
    return [modules.map(({ url, filename }) => [url, filename]), new Set(modules).size]
  },
  'names that must be encoded': async () => ({ ...await import(url('/sp ace/%41 ü#?.mjs')) }),
  'packages by import': async () => ({ ...await bring('/inner.mjs') as object }),
  'type module by import': async () => [{ ...await bring('/types/esm.js') as object }, (await bring('/types/plain.cjs') as { default: unknown }).default],
  'ambiguous modules by import': async () => [(await bring('/ambiguous/esm.js') as { ambiguous: string }).ambiguous, (await bring('/ambiguous/cjs.js') as { ambiguous: string }).ambiguous],
  'JSON by import': async () => (await bring('/lib/data.json', { with: { type: 'json' } }) as { default: unknown }).default,
  'JSON without its attribute': () => bring('/cycle/../bad.json'),
  'broken JSON by import': async () => { try { await bring('/bad.json', { with: { type: 'json' } }) } catch (error) { return (error as Error).name } return undefined },
  'an attribute that does not fit': () => bring('/lib/dep.mjs', { with: { type: 'json' } }),
  'an attribute value that nobody knows': () => bring('/lib/dep.mjs?css', { with: { type: 'css' } }),
  'an attribute that nobody knows': () => bring('/lib/dep.mjs?what', { with: { what: 'ever' } }),
  'import of what is not there': () => bring('/missing.mjs'),
  'import of a folder': () => bring('/lib'),
  'import without extension': () => bring('/main'),
  'import of a package that is not there': () => bring('/inner-missing.mjs'),
  'import of an extension nobody knows': () => bring('/strange.ext'),
  'require of a built-in that is known with its scheme alone': async () => (await bring('/schemed.cjs') as { default: unknown }).default,
  'import of a missing name': () => bring('/noexport.mjs'),
  // Some releases have fewer words for it as soon as there are synchronous hooks, whosever.
  'import of a name that CommonJS has not': () => facts.registerHooks && !facts.hooksKnowCommonJS ? undefined : bring('/noname.mjs'),
  'import of a module that throws': () => bring('/throws.mjs'),
  'import of a syntax error': async () => { try { await bring('/syntax.js') } catch (error) { return (error as Error).name } return undefined },
  'import of a type module in a CommonJS package': async () => { try { await bring('/cjs/wrong.js') } catch (error) { return (error as Error).name } return undefined },
  'import of data of a type that nobody knows': () => import('data:text/unknown,x' as string),
  'import of data without a type': () => import('data:,x' as string),
  'import.meta.resolve of what is no string': async () => (await bring('/resolves.mjs') as { all: unknown }).all,
  'import of what comes into being later': async () => {
    const late = join(tmpdir(), `fsmount-late-${process.pid}.mjs`)
    const { attempt } = await bring('/dynamic.mjs') as { attempt (path: string): Promise<unknown> }
    const before = await attempt(late)
    writeFileSync(late, 'export default "late"')
    try {
      return [before, await attempt(late)]
    } finally {
      rmSync(late)
    }
  },
  'stacks by source maps': async () => {
    const places = [load('./mapped.js'), await bring('/mapped.mjs')] as { place (): string }[]
    return places.map(({ place }) => place().split('\n').slice(0, 2))
  },
  'an ES module and CommonJS that need each other': async () => { const { a, b } = await bring('/meeting/a.mjs') as { a: unknown, b: unknown }; return [a, b] },
  'CommonJS and an ES module that need each other': () => load('./meeting/c.cjs'),
  'import of CommonJS that hands on ES modules': async () => {
    // Node 20 names nobody as the one who asked, where that is turned off.
    try { return [Object.keys(await bring('/hands-on.cjs') as object), Object.keys(await bring('/hands-on-too.cjs') as object)] } catch (error) { return (error as { code?: string }).code }
  },
  'a cycle of CommonJS that warns': () => load('./warns.cjs'),
  'exports of a wrong kind': async () => (await bring('/exported/x.mjs')) as object,
  'wrong JSON by require': () => load('./types/wrong.json'),
  'wrong JSON by import': async () => { try { await bring('/types/wrong.json', { with: { type: 'json' } }) } catch (error) { return [(error as Error).name, (error as Error).message] } return undefined },
  'a folder imported by a module': () => bring('/loose/index.mjs'),
  'import from a module': async () => {
    const { from } = await bring('/uses.mjs') as { from (specifier: string, options?: ImportCallOptions): Promise<object> }
    const told = async (specifier: string, options?: ImportCallOptions): Promise<unknown> => { try { return Object.keys(await from(specifier, options)).filter(name => name !== 'module.exports') } catch (error) { return [(error as Error).name, (error as { code?: string }).code, (error as Error).message] } }
    return [await told('./lib/data.json'), await told('./lib/data.json', { with: { type: 'json' } }), await told('./lib'), await told('./main'), await told('dual/cjs.cjs'), await told('plain'), await told('#dep'), await told('#no'), await told('')]
  },
  'import of an encoded slash': () => import(url('/lib') + '%2Fdep.mjs'),
  'createRequire': () => [createRequire(url('/x.mjs'))('dual'), createRequire(`${root}/sub/`)('near')],
  'module.require': () => load.cache[`${root}/parent.js`]!.require('./lib')
}
if (!requiresModules) observations['type module that is none'] = () => load('./types/cjs.js')
if (facts.registerHooks) {
  Object.assign(observations, {
    'findPackageJSON': () => [
      nodeModule.findPackageJSON!('dual', url('/x.js')), nodeModule.findPackageJSON!('..', url('/lib/x.js')), nodeModule.findPackageJSON!(url('/types/esm.js')),
      nodeModule.findPackageJSON!('./folder/entry.js', `${root}/x.js`), nodeModule.findPackageJSON!('plain', new URL(url('/sub/x.js')))
    ],
    'what hooks of others are given': async () => {
      const given: unknown[] = []
      const mine = (url: string): boolean => url.includes('?given')
      const hooks = nodeModule.registerHooks({
        resolve (specifier, context, next) {
          const { url, format } = next(specifier, context)
          if (mine(url)) given.push([url, format === undefined ? 'none' : format])
          return { url, format: format ?? undefined }
        },
        load (subject, context, next) {
          const loaded = next(subject, context)
          if (mine(subject)) given.push([loaded.format, (loaded as { responseURL?: string }).responseURL])
          return loaded
        }
      })
      for (const path of ['/ambiguous/esm.js', '/ambiguous/cjs.js', '/types/esm.js', '/lib/dep.cjs', '/lib/dep.mjs', '/extensionless', '/strange.ext', '/typed.ts', '/typed.mts', '/lib/data.json']) {
        await import(url(path) + '?given', path.endsWith('.json') ? { with: { type: 'json' } } : {}).catch(({ code }: { code: string }) => given.push(code))
      }
      hooks.deregister()
      return given
    },
    'findPackageJSON that misses': () => nodeModule.findPackageJSON!('missing-package', url('/x.js')),
    'WebAssembly': async () => (await bring('/answer.wasm') as { answer: unknown }).answer,
    'stacks of TypeScript': async () => (await bring('/mapped.ts') as { place (): string }).place().split('\n').slice(0, 2),
    'TypeScript': async () => [{ ...await bring('/typed.mts') as object }, load('./typed.cts'), { ...await bring('/typed.ts') as object }]
  } satisfies Record<string, Observation>)
}

/** The fields of an error that are part of its meaning, and the part of the stack that names a place in the tree. */
function told (error: Error & Record<string, unknown>): unknown {
  const { name, code, message, url, path, requestPath, requireStack } = error
  return { thrown: { name, code, message, url, path, requestPath, requireStack } }
}

async function run (): Promise<void> {
  const answers: Record<string, unknown> = {}
  for (const [name, observe] of Object.entries(observations)) {
    try {
      answers[name] = await observe()
    } catch (error) {
      answers[name] = told(error as Error & Record<string, unknown>)
    }
  }
  process.stdout.write(JSON.stringify(answers, (_key, value: unknown) => value === undefined ? 'undefined' : value))
}

void run()
