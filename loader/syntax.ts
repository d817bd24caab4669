// Whether an ambiguous source is an ES module: it is, when it does not compile as CommonJS for a reason that only
// module syntax has. Follows src/node_contextify.cc, ShouldRetryAsESM (checked on 20.20, 22.23, 24.21, 26.10).
import { Script, compileFunction } from 'node:vm'
import type { Settings } from './settings.ts'

/** What of the settings has a say. */
type Judging = Pick<Settings, 'parsesAsModule' | 'unaborted' | 'facts'>

/** What CommonJS wraps a module in. */
export const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname']

/** Complaints that only module syntax draws from the parser. */
const MODULE_ONLY = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module"
]

/** Complaints about what CommonJS forbids and a module allows: then it must also be a valid module. */
const NOT_IN_COMMONJS = [
  ...PARAMETERS.map(name => `Identifier '${name}' has already been declared`),
  'await is only valid in async functions and the top level bodies of modules'
]

/** Complaints that top-level await may draw as well, as in `f(await x)`. */
const MAYBE_AWAIT = ['missing ) after argument list']

/** The message of the SyntaxError, or undefined if it compiles. */
function complaint (compile: () => unknown, { unaborted }: Judging): string | undefined {
  try {
    if (unaborted === undefined) compile()
    else unaborted(compile)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Whether Node would take this source, of which neither extension nor package tell, for an ES module. */
export function containsModuleSyntax (source: string, path: string, settings: Judging): boolean {
  const message = complaint(() => compileFunction(source, PARAMETERS, { filename: path }), settings)
  if (message === undefined) return false
  if (MODULE_ONLY.some(text => message.includes(text))) return true
  const mayBe = NOT_IN_COMMONJS.some(text => message.includes(text)) || MAYBE_AWAIT.some(text => message.startsWith(text)) || (settings.facts.unexpectedMayBeAwait && message.startsWith('Unexpected'))
  return mayBe && (settings.parsesAsModule?.(source) ?? parsesInAsyncFunction(source, settings))
}

/** Near enough to the grammar of a module where its parser is out of reach: the body of a strict async function. */
function parsesInAsyncFunction (source: string, settings: Judging): boolean {
  const message = complaint(() => new Script(`(async () => {'use strict';\n${source}\n})`), settings)
  return message === undefined || MODULE_ONLY.some(text => message.includes(text))
}
