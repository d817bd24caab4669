// Our hooks in the thread that Node makes for hooks of `module.register`, as text: a bundle has no file for it. What they
// answer is either written on the question already (node20thread.ts) or found by this package, once it is there
// (hookanswers.ts); lib/mount/hooksthread.ts tells who brings them there.
import { threadId } from 'node:worker_threads'
import { OWN_HOOKS } from '../lib/kernel/threads.ts'

/** The property of the attributes (resolve) or the context (load) that carries an answer. */
export const ANSWER = 'fsmount'

/** Set in a thread that has our hooks: a second time they would stand before those of others. */
const MARK = "Symbol.for('fsmount.hooks')"

const TEXT = `
import { createRequire } from 'node:module'
const again = globalThis[${MARK}] === true
Object.defineProperty(globalThis, ${MARK}, { value: true, configurable: true })
const ask = name => globalThis[Symbol.for('fsmount')]?.calls[name]
const take = from => { const answer = from?.${ANSWER}; if (answer) delete from.${ANSWER}; return answer }
async function resolveHook (specifier, context, next) {
  const answer = take(context.importAttributes)
  if (answer === undefined || answer.specifier !== specifier) return ask('resolveHook')?.(specifier, context, next) ?? next(specifier, context)
  if (answer.handOn !== undefined) return next(answer.handOn, context)
  return { url: answer.url, format: answer.format, shortCircuit: true }
}
async function loadHook (url, context, next) {
  const answer = take(context)
  if (answer === undefined || answer.url !== url) return ask('loadHook')?.(url, context, next) ?? next(url, context)
  const { source } = answer
  return { format: answer.format, responseURL: url, source: source instanceof Uint8Array ? Buffer.from(source.buffer, source.byteOffset, source.length) : source, shortCircuit: true }
}
export const resolve = again ? undefined : resolveHook
export const load = again ? undefined : loadHook
export const initialize = data => { if (data) createRequire(data.file)(data.file).follow(data.handed) }`

let count = 0

/** The URL of our hooks, another one at every call: each is to be evaluated. */
export const hooksURL = (): string => `${OWN_HOOKS} ${threadId} ${count++}${encodeURIComponent(TEXT)}`
