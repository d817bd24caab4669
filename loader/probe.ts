// Whether a source is a valid ES module, from Node's own parser, at once and without running it: the source is required
// as a module with one import more, at which loading stops. Seen on 20.20, 22.23, 24.21, 26.10.
import { NOWHERE } from '../lib/kernel/names.ts'
import { nodeModule } from '../lib/kernel/native.ts'

type Next = (subject: string, context: object) => object
interface Hooks {
  resolve (specifier: string, context: { parentURL?: string | undefined }, next: Next): object
  load (url: string, context: object, next: Next): object
}

/** What differs between lines: hooks where they exist, else the method by which `require` compiles (Node 20). */
interface Loader { registerHooks?: (hooks: Hooks) => { deregister (): void } }
interface Compiler { _compile (source: string, path: string, format: string): void }

const SCHEME = 'fsmount-probe:'
const stop = new Error('The source was parsed')
let count = 0

/** True or false as the parser says, undefined where there is no way to ask it. */
export function parsesAsModule (source: string): boolean | undefined {
  const { registerHooks } = nodeModule as unknown as Loader
  // After the source, because a hashbang must stay first; without a semicolon, which could complete it.
  const probe = `${source}\nimport ${JSON.stringify(SCHEME)}`
  try {
    if (registerHooks === undefined) compile(probe)
    else load(probe, registerHooks)
  } catch (error) {
    if (error === stop || (error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND') return true
    if (error instanceof SyntaxError) return false
  }
  return undefined // `require` of ES modules is turned off, or does not know of formats
}

function load (probe: string, registerHooks: NonNullable<Loader['registerHooks']>): void {
  const url = SCHEME + ++count
  const hooks = registerHooks({
    resolve (specifier, context, next) {
      if (context.parentURL === url) throw stop
      return specifier === url ? { url, format: 'module', shortCircuit: true } : next(specifier, context)
    },
    load: (subject, context, next) => subject === url ? { format: 'module', source: probe, shortCircuit: true } : next(subject, context)
  })
  try {
    require(url)
  } finally {
    hooks.deregister()
  }
}

/** The import cannot be found, from wherever the module claims to be. */
function compile (probe: string): void {
  const path = `${NOWHERE}/probe-${++count}.mjs`
  const compiler = new nodeModule.Module(path) as NodeJS.Module & Compiler
  compiler._compile(probe, path, 'module')
}
