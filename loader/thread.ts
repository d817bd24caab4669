// ES modules on Node 20, which has no synchronous hooks: its loader asks a thread of its own, by messages. Every question
// is answered here, on the way out, in the thread that has the mounts; the hooks of the other thread only read the answer
// off the message. So nothing is copied in advance, and `import.meta.resolve`, which blocks this thread, is answered too.
// Follows lib/internal/modules/esm/hooks.js, HooksProxy (checked on 20.20). Never used where `registerHooks` exists.
import { MessagePort } from 'node:worker_threads'
import { nodeModule } from '../lib/kernel/native.ts'
import { importedSource, installImported } from './imported.ts'
import { pathOf } from './mounts.ts'
import type { Modules } from './modules.ts'
import type { Mounts } from './mounts.ts'

/** A message to the hooks thread. */
interface Question {
  method: 'register' | 'resolve' | 'load' | string
  args: unknown[]
}

/** The property of the attributes (resolve) or the context (load) that carries the answer. */
const ANSWER = 'fsmount'

/** What runs in the other thread. As text, because a bundle has no file for it. */
const HOOKS = `
const take = from => { const answer = from?.${ANSWER}; if (answer) delete from.${ANSWER}; return answer }
export async function resolve (specifier, context, next) {
  const answer = take(context.importAttributes)
  if (answer === undefined || answer.specifier !== specifier) return next(specifier, context)
  if (answer.handOn !== undefined) return next(answer.handOn, context)
  return { url: answer.url, format: answer.format, shortCircuit: true }
}
export async function load (url, context, next) {
  const answer = take(context)
  if (answer === undefined || answer.url !== url) return next(url, context)
  return { format: answer.format, source: answer.source, shortCircuit: true }
}`

let registered = false

/** Registers the hooks and answers their questions; returns the undo. */
export function installThread (mounts: Mounts, modules: () => Modules): () => void {
  const { prototype } = MessagePort
  const before = prototype.postMessage
  const patched: typeof before = function (this: MessagePort, message: Question, ...rest: [never]) {
    if (isQuestion(message) && !mounts.empty) answer(message, modules())
    return before.call(this, message, ...rest)
  }
  prototype.postMessage = patched
  installImported()
  // Hooks cannot be taken back: the ones of an earlier start serve again.
  if (!registered) nodeModule.register(`data:text/javascript,${encodeURIComponent(HOOKS)}`)
  registered = true
  return () => { if (prototype.postMessage === patched) prototype.postMessage = before }
}

function isQuestion (message: unknown): message is Question {
  if (typeof message !== 'object' || message === null) return false
  const { method, args } = message as Question
  return (method === 'resolve' || method === 'load') && Array.isArray(args) && Object.getPrototypeOf(message) === null
}

/** Writes the answer onto the message; throws Node's error, which then is that of the `import`. */
function answer ({ method, args }: Question, modules: Modules): void {
  if (method === 'resolve') {
    const [specifier, parentURL, attributes] = args as [string, string | undefined, object | undefined]
    const found = modules.forImport(specifier, parentURL)
    if (found === undefined) return
    if ('failed' in found) throw found.failed
    args[2] = { ...attributes, [ANSWER]: 'found' in found
      ? { specifier, url: found.found.url, format: found.found.format }
      : { specifier, handOn: found.handOn } }
    return
  }
  const [url, context] = args as [string, { format?: string | null, importAttributes?: Record<string, string> } | undefined]
  const loaded = modules.sources.forImport(url, context?.format, context?.importAttributes ?? {})
  if (loaded === undefined) return
  const { format } = loaded
  const source = format === 'commonjs' ? importedSource(pathOf(url)!, String(loaded.source), modules) : loaded.source
  args[1] = { ...context, [ANSWER]: { url, format, source } }
}
