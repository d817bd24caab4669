// ES modules on Node without synchronous hooks (20, and 22 before 22.15): its loader asks a thread of its own (lib/mount/hooksthread.ts) by
// messages. Every question is answered here, on the way out, in the thread that has the mounts; the hooks of the other thread
// only read the answer off the message. So nothing is copied in advance, and `import.meta.resolve`, which blocks this thread,
// is answered too.
// Follows lib/internal/modules/esm/hooks.js, HooksProxy (checked on 20.20). Never used where `registerHooks` exists.
import { MessagePort } from 'node:worker_threads'
import { nodeModule } from '../lib/kernel/native.ts'
import { OWN_HOOKS } from '../lib/kernel/threads.ts'
import { ANSWER, hooksURL } from './hooktext.ts'
import { unmarked } from './generations.ts'
import { importedSource, installImported } from './node20imported.ts'
import { pathOf, textOf } from './urls.ts'
import type { Askers } from './askers.ts'
import type { Modules } from './modules.ts'
import type { Located, Mounts } from './mounts.ts'

/** A message to the hooks thread. */
interface Question {
  method: 'register' | 'resolve' | 'load' | string
  args: unknown[]
}

let registered = false

/** Registers the hooks, once: they cannot be taken back, and serve again. Not before there is a mount: others may be loaded from one. */
export function registerOwnHooks (): void {
  if (!registered) nodeModule.register(hooksURL())
  registered = true
}

/** Answers the questions of the hooks; returns the undo. */
export function installThread (mounts: Mounts, askers: Askers, modules: () => Modules): () => void {
  const { prototype } = MessagePort
  const before = prototype.postMessage
  const patched: typeof before = function (this: MessagePort, message: Question, ...rest: [never]) {
    // Node's own hooks for mocks come past module.register; ours are to be there before.
    if (isRegistering(message)) mounts.hooksThread?.tell()
    else if (isQuestion(message)) {
      const thread = mounts.hooksThread
      thread?.tell()
      const others = thread?.settle() === true
      if (!others) registerOwnHooks()
      if (!mounts.empty && concerns(message, mounts, askers)) answer(message, modules(), others)
    }
    return before.call(this, message, ...rest)
  }
  prototype.postMessage = patched
  installImported()
  return () => { if (prototype.postMessage === patched) prototype.postMessage = before }
}

const isRegistering = (message: unknown): boolean =>
  isAsking(message) && message.method === 'register' && !String(message.args[0]).startsWith(OWN_HOOKS)

const isQuestion = (message: unknown): message is Question =>
  isAsking(message) && (message.method === 'resolve' || message.method === 'load') && Object.getPrototypeOf(message) === null

const isAsking = (message: unknown): message is Question =>
  typeof message === 'object' && message !== null && Array.isArray((message as Question).args)

/** Whether a mount can have to do with a question: the resolver is not read in for others. */
const concerns = ({ method, args }: Question, mounts: Mounts, askers: Askers): boolean =>
  method === 'resolve' ? askers.mayConcern(args[0] as string, textOf(args[1])) : mounts.locate(args[0] as string) !== undefined

/**
 * Writes the answer onto the message; throws Node's error, which then is that of the `import`. `others`: hooks of others
 * are in the thread, which then finds the answer by itself: they are to see the question as it would be without us.
 */
function answer ({ method, args }: Question, modules: Modules, others: boolean): void {
  if (method === 'resolve') {
    const [specifier, parentURL, attributes] = args as [string, unknown, object | undefined]
    const found = modules.forImport(specifier, textOf(parentURL))
    if (found === undefined) return
    if (others && !('found' in found && cannotFind(found.found, modules))) return
    if ('failed' in found) throw found.failed
    args[2] = { ...attributes, [ANSWER]: 'found' in found
      ? { specifier, url: found.found.url, format: found.found.format }
      : { specifier, handOn: found.handOn } }
    return
  }
  if (others && !cannotFind({ url: args[0] as string, located: modules.mounts.locate(args[0] as string) }, modules)) return
  const [url, context] = args as [string, { format?: string | null, importAttributes?: Record<string, string> } | undefined]
  const loaded = modules.sources.forImport(url, context?.format, context?.importAttributes ?? {})
  if (loaded === undefined) return
  const { format } = loaded
  const source = format === 'commonjs' ? importedSource(pathOf(url)!, String(loaded.source), modules) : loaded.source
  args[1] = { ...context, [ANSWER]: { url, format, source } }
}

/** The thread does without the mount, or knows nothing of this generation. */
const cannotFind = ({ url, located }: { url: string, located: Located | undefined }, { mounts }: Modules): boolean =>
  located !== undefined && (unmarked(url) !== url || mounts.hooksThread?.lacks(located.mount) === true)
