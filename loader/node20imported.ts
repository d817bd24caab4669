// CommonJS that is imported on Node 20, and on releases of 22 to 25 that do not reload it. There a source that a hook
// returns runs with a crippled `require`, and without one Node reads the disk. So the source is a prelude that runs the
// module through the real loader, and behind its `return`, where only the search for export names looks, the text of
// the module and of what it re-exports.
import { pathToFileURL } from 'node:url'
import { compileFunction } from 'node:vm'
import { nodeModule } from '../lib/kernel/native.ts'
import { registry } from '../lib/kernel/registry.ts'
import { cache } from './purge.ts'
import { PARAMETERS } from './syntax.ts'
import type { Modules } from './modules.ts'

/** What runs: it names the path, because hooks of others may compile it so that `module` is one of their own. */
const prelude = (path: string): string => `globalThis[Symbol.for('fsmount')].calls.loadImported(module,${JSON.stringify(path)});return;`

/** Makes the prelude work. */
export function installImported (): void { registry().calls.loadImported = loadImported }

/** Runs the module for real. The entry that the search for names made holds the prelude as its source: it gives way. */
function loadImported (module: NodeJS.Module, path: string): void {
  const loader = nodeModule as unknown as { _load (request: string, parent: undefined, isMain: boolean): unknown }
  if (cache[path] === module) delete cache[path]
  module.exports = loader._load(path, undefined, process.mainModule === module)
}

/** The source that stands for a CommonJS module when it is imported. */
export function importedSource (path: string, text: string, modules: Modules): string {
  if (!compiles(text)) return prelude(path) // the real loader says what is wrong, and where
  return prelude(path) + dead(text) + reexported(path, text, modules, new Set([path]))
}

function compiles (text: string): boolean {
  try {
    compileFunction(text, PARAMETERS)
    return true
  } catch {
    return false // a SyntaxError: compiling throws nothing else
  }
}

/** A text that may stand behind other text. */
const dead = (text: string): string => text.startsWith('#!') ? `//${text}` : text

/** How compilers write "export everything from": the ways that Node's own search knows (deps/cjs-module-lexer). */
const REEXPORTS = [
  /\b(?:__exportStar|__export|__reExport|_exportStar)\s*\(\s*require\(\s*(['"])([^'"\n]+)\1\s*\)/g,
  /\bmodule\.exports\s*=\s*require\(\s*(['"])([^'"\n]+)\1\s*\)/g,
  /\.\.\.\s*require\(\s*(['"])([^'"\n]+)\1\s*\)/g
]
const STAR_KEYS = /\bObject\.keys\((_?\w+)\)\.forEach\(/g

/** The texts of all that a module re-exports from mounts, each in a function of its own: out of a block a `var` would reach the others. */
function reexported (path: string, text: string, modules: Modules, seen: Set<string>): string {
  let all = ''
  for (const request of reexportsOf(text)) {
    const answer = modules.forRequire(request, pathToFileURL(path).href)
    if (answer === undefined || !('found' in answer)) continue
    const { located } = answer.found
    if (seen.has(located.path) || !/\.(?:c?js)$/.test(located.path)) continue
    seen.add(located.path)
    const inner = Buffer.from(modules.host.read(located.path)).toString()
    if (!compiles(inner)) continue // an ES module, which this search does not look into
    all += `\n;(function () {${dead(inner)}\n})${reexported(located.path, inner, modules, seen)}`
  }
  return all
}

/** An assignment to `module.exports` takes back what was re-exported before it, as in Node's search. */
function reexportsOf (text: string): Set<string> {
  const requests = new Set<string>()
  const from = Math.max(0, ...Array.from(text.matchAll(/\bmodule\.exports\s*=(?!=)/g), match => match.index))
  const counted = (pattern: RegExp): RegExpExecArray[] => Array.from(text.matchAll(pattern)).filter(match => match.index >= from)
  for (const pattern of REEXPORTS) for (const match of counted(pattern)) requests.add(match[2]!)
  for (const [, name] of counted(STAR_KEYS)) {
    const required = new RegExp(`\\b${name}\\s*=\\s*(?:\\w+\\()?require\\(\\s*(['"])([^'"\\n]+)\\1`).exec(text)
    if (required !== null) requests.add(required[2]!)
  }
  return requests
}
