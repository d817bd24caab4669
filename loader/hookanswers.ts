// What our hooks in a thread of hooks (hooktext.ts) answer: from the mounts of that thread, in the place of Node's last
// step. So the hooks of others, which come first, are asked for what is in mounts as for what is on the disk, and are loaded
// from mounts. What such a thread is, tells lib/mount/hooksthread.ts.
// Follows lib/internal/modules/esm/load.js, defaultLoad (checked on 20.20, 22.23, 24.21, 26.10).
import { nodeModule } from '../lib/kernel/native.ts'
import { registry } from '../lib/kernel/registry.ts'
import { undeprecated } from '../lib/kernel/threads.ts'
import { hooksURL } from './hooktext.ts'
import { importedSource, installImported } from './node20imported.ts'
import { pathOf } from './urls.ts'
import type { Answer, Found, Modules } from './modules.ts'
import type { Mounts } from './mounts.ts'
import type { NodeFacts } from './versions.ts'

interface ResolveContext { readonly parentURL?: string, readonly conditions?: readonly string[] }
interface LoadContext { readonly format?: string | null, readonly importAttributes?: Record<string, string> }
type Next<C> = (name: string, context: C) => Promise<{ url: string }>

/** Answers from now on, with hooks that stand before all others; returns the undo. */
export function installAnswers (mounts: Mounts, facts: NodeFacts, modules: () => Modules): () => void {
  const { calls } = registry()
  calls.resolveHook = (specifier: string, context: ResolveContext, next: Next<ResolveContext>) => {
    mounts.hear()
    return mounts.empty ? undefined : resolve(specifier, context, next, modules())
  }
  calls.loadHook = (url: string, context: LoadContext) => {
    mounts.hear()
    return mounts.empty ? undefined : load(url, context, facts, modules())
  }
  installImported()
  if (!(Symbol.for('fsmount.hooks') in globalThis)) {
    undeprecated(() => nodeModule.register(hooksURL()))
    // They are to be there before Node asks for the next hooks, of --experimental-loader, with which it waits for no promise.
    const ticking = process as unknown as { _tickCallback: () => void }
    ticking._tickCallback()
  }
  return () => {
    delete calls.resolveHook
    delete calls.loadHook
  }
}

function resolve (specifier: string, context: ResolveContext, next: Next<ResolveContext>, modules: Modules): unknown {
  const answer = modules.forImport(specifier, context.parentURL, context.conditions)
  if (answer === undefined) return undefined
  if ('found' in answer) return answerOf(answer.found)
  if ('handOn' in answer) return next(answer.handOn, context)
  return healed(answer.failed, specifier, () => next(specifier, context), meant => modules.forImport(meant, context.parentURL, context.conditions), modules)
}

/** As `Modules.heal`, of hooks that answer later. */
async function healed (failed: Error, specifier: string, others: () => Promise<{ url: string }>, again: (meant: string) => Answer, modules: Modules): Promise<unknown> {
  const outcome = await others().then((result) => ({ result, error: undefined }), (error: unknown) => ({ result: undefined, error }))
  const found = modules.heal(failed, specifier, () => {
    if (outcome.result === undefined) throw outcome.error
    return outcome.result.url
  }, again)
  return found === undefined ? outcome.result : answerOf(found)
}

const answerOf = ({ url, format }: Found): object => ({ url, format: format ?? null, shortCircuit: true })

function load (url: string, { format, importAttributes = {} }: LoadContext, facts: NodeFacts, modules: Modules): unknown {
  const loaded = modules.sources.forImport(url, format, importAttributes)
  if (loaded === undefined) return undefined
  if (loaded.format !== 'commonjs') return { ...loaded, shortCircuit: true }
  // Node leaves it to its other loader to read what nobody has changed; some releases would look on the disk.
  const source = facts.readsUngiven ? format === 'commonjs' ? undefined : null : importedSource(pathOf(url)!, String(loaded.source), modules)
  return { format: loaded.format, responseURL: url, source, shortCircuit: true }
}
