// Loads packages of the tree at a root by `require` and by `import` and prints what they export and where everything
// that was loaded came from: `ask.js ROOT NAME...`. The same on the disk and with the preload that mounts a copy.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [root, ...names] = process.argv.slice(2) as [string, ...string[]]
const load = createRequire(join(root, 'ask.mjs'))

/** Names and kinds of what a module exports; accessors are not called, as some of them warn or throw. */
function shape (value: unknown): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return typeof value
  // core-js exports the global object, on which copies of fsmount share their registry.
  const kinds = Reflect.ownKeys(value).filter(key => key !== Symbol.for('fsmount')).map(key => {
    const { get, value: own } = Object.getOwnPropertyDescriptor(value, key)!
    return `${String(key)}: ${get !== undefined ? 'accessor' : typeof own === 'function' ? `function ${own.name}/${own.length}` : typeof own}`
  })
  return [typeof value, ...kinds.sort()]
}

const told = (error: unknown): unknown => {
  const { name, code, message } = error as Error & { code?: string }
  return { failed: [name, code, message?.replace(/\nRequire stack:[^]*/, '')] }
}

async function attempt (ask: () => unknown): Promise<unknown> {
  try {
    return await ask()
  } catch (error) {
    return told(error)
  }
}

async function main (): Promise<void> {
  const { href } = pathToFileURL(join(root, 'ask.mjs'))
  const { bring, where } = await import(href) as { bring (name: string): Promise<object>, where (name: string): string }
  const answers: Record<string, unknown> = {}
  for (const name of names) {
    answers[name] = {
      required: await attempt(() => shape(load(name))),
      requiredFrom: await attempt(() => load.resolve(name)),
      imported: await attempt(async () => shape(await bring(name))),
      importedFrom: await attempt(() => where(name)),
      manifest: await attempt(() => load.resolve(`${name}/package.json`)),
      one: await attempt(async () => (await bring(name) as { default?: unknown }).default === load(name))
    }
  }
  // What Node 20 merely read for the names that it exports stays in the cache, not loaded, for files of the disk alone.
  const loaded = Object.keys(load.cache).filter(path => path.startsWith(root) && load.cache[path]!.loaded).sort()
  process.stdout.write(`\n${JSON.stringify({ answers, loaded })}\n`, () => process.exit())
}

void main()
