// `require` of ES modules on Node 20, and on 22 before 22.15. The loader there asks no hooks for what such a module imports: it looks on the disk. But
// two steps of it pass through public functions: whether a URL is checked against the disk depends on its `protocol`, and
// a source is read by `fs.openSync`. Both are answered while such a module is loaded, to those two callers and nobody else.
// Follows lib/internal/modules/esm/resolve.js, moduleResolve, and load.js, getSourceSync (20.20).
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { URL, pathToFileURL } from 'node:url'
import { compileFunction } from 'node:vm'
import { NOWHERE } from '../lib/kernel/names.ts'
import { live, native, nodeModule } from '../lib/kernel/native.ts'
import { scratchFolder } from '../lib/kernel/scratch.ts'
import { PARAMETERS, containsModuleSyntax } from './syntax.ts'
import type { Located, Mounts } from './mounts.ts'
import type { Modules } from './modules.ts'
import type { Settings } from './settings.ts'

type OpenSync = typeof live.openSync

let depth = 0

/**
 * Has Node read in the part of its loader that reads sources, which it does for the first import of a required module:
 * it keeps the `readFileSync` that it finds then, and must not find a patched one.
 */
export function prime (): void {
  const path = `${NOWHERE}/prime.mjs`
  const module = new nodeModule(path) as NodeJS.Module & { _compile (source: string, path: string, format: string): void }
  try {
    module._compile("import 'node:path'", path, 'module')
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_REQUIRE_ESM') throw error // turned off by a flag: then nothing is read
  }
}

/** Loads an ES module, so that what it imports is found in mounts. */
export function withinMounts<T> (mounts: Mounts, modules: () => Modules, load: () => T): T {
  if (depth > 0) return load()
  const undo = [answerProtocol(mounts, modules), answerOpen(mounts, modules)]
  depth++
  try {
    return load()
  } finally {
    depth--
    for (const step of undo) step()
  }
}

/** Lets the URL of a mounted file pass the check against the disk; it gets the mark of its generation here. */
function answerProtocol (mounts: Mounts, modules: () => Modules): () => void {
  const before = Object.getOwnPropertyDescriptor(URL.prototype, 'protocol')!
  const get = function (this: URL): string {
    const protocol = before.get!.call(this) as string
    if (protocol !== 'file:' || !calledBy('moduleResolve (node:internal/modules/esm/resolve', 1, get)) return protocol
    const located = mounts.locate(this.href)
    if (located === undefined || modules().host.stat(located.path) !== 'file') return protocol
    const url = mounts.urlOf(located, this.href)
    if (url !== this.href) this.href = url
    return 'fsmount:'
  }
  Object.defineProperty(URL.prototype, 'protocol', { ...before, get })
  return () => {
    if (Object.getOwnPropertyDescriptor(URL.prototype, 'protocol')!.get === get) Object.defineProperty(URL.prototype, 'protocol', before)
  }
}

/** Gives Node's reading of a source a real descriptor with the content of the mounted file. */
function answerOpen (mounts: Mounts, modules: () => Modules): () => void {
  const before = live.openSync
  const openSync: OpenSync = (path, flags, mode) => {
    const located = path instanceof URL ? mounts.locate(path.href) : undefined
    if (located === undefined || !calledBy('getSourceSync (node:internal/modules/esm/load', 2, openSync)) return before(path, flags, mode)
    return realDescriptor(sourceOf(located, modules()))
  }
  live.openSync = openSync
  return () => { if (live.openSync === openSync) live.openSync = before }
}

/** Whether a function of Node is the `depth`th caller of ours. */
function calledBy (name: string, depth: number, ours: Function): boolean {
  const { stackTraceLimit, prepareStackTrace } = Error
  const place: { stack?: string } = {}
  Object.assign(Error, { stackTraceLimit: depth, prepareStackTrace: undefined })
  Error.captureStackTrace(place, ours)
  const { stack } = place
  Object.assign(Error, { stackTraceLimit, prepareStackTrace })
  return stack!.split('\n')[depth]?.includes(`at ${name}`) === true
}

function realDescriptor (bytes: Uint8Array): number {
  const path = join(scratchFolder(), `fsmount-${randomUUID()}`)
  const fd = native.openSync(path, 'wx+', 0o600)
  try {
    for (let done = 0; done < bytes.length;) done += native.writeSync(fd, bytes, done)
    return native.openSync(path, 'r')
  } finally {
    native.closeSync(fd)
    native.unlinkSync(path)
  }
}

function sourceOf (located: Located, modules: Modules): Uint8Array {
  const { sources, host } = modules
  const bytes = host.read(located.path)
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  const format = sources.importFormat(pathToFileURL(located.path).href, located.path) ?? sources.requiredFormat(located, source)
  return format === 'module' ? Buffer.from(withPaths(told(source, located.path, modules.settings), located.path, modules)) : bytes
}

/**
 * The source of an ES module with syntax of one. Node looks for the `package.json` that tells on the disk, so that it
 * would run one without as CommonJS. Throws the SyntaxError of what is neither.
 */
function told (source: string, path: string, settings: Settings): string {
  if (path.endsWith('.mjs') || containsModuleSyntax(source, path, settings)) return source
  compileFunction(source, PARAMETERS, { filename: pathToFileURL(path).href })
  return `${source}\nexport {}`
}

/** A specifier in a statement that imports or exports from it. */
const SPECIFIER = /\b((?:import|export)\b[^'"`;]*?\bfrom\s*|import\s*)(['"])([^'"\n]+)\2/g

/** One that is a path or a URL, which Node itself resolves. */
const PATH = /^(?:[./]|[a-z][a-z0-9+.-]*:)/

/**
 * The source with URLs in the place of the packages that it imports: those too would be looked for on the disk. Who
 * imports what is noted here, for the invalidation of what is imported.
 */
export function withPaths (source: string, path: string, modules: Modules): string {
  return source.replace(SPECIFIER, (statement, start: string, quote: string, specifier: string) => {
    const answer = modules.forImport(specifier, pathToFileURL(path).href)
    if (answer === undefined || 'failed' in answer || PATH.test(specifier)) return statement
    return start + quote + ('found' in answer ? answer.found.url : answer.handOn) + quote
  })
}
