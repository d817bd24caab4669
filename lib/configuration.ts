// Mounts described from outside: FSMOUNT in the environment, else fsmount.config.json in the working folder. Read by the
// preload, which mounts all of it before the program starts, or says in one line what is wrong.
import { posix } from 'node:path'
import { native } from './kernel/native.ts'
import type { Description } from './mount/description.ts'
import { MOUNT_OPTIONS, mountOptionsOf } from './mount/options.ts'

const FILE = 'fsmount.config.json'

/** What is read, where it stood, and a name for the two that changes with them. */
export interface Configuration { readonly mounts: Description[], readonly where: string, readonly id: string }

/** The mounts that a process's environment or working folder describe; undefined if neither does. Throws an Error that says what is wrong. */
export function configuration (env: NodeJS.ProcessEnv, cwd: string): Configuration | undefined {
  const { FSMOUNT: text } = env
  if (text !== undefined) return { mounts: told('FSMOUNT', () => parseMounts(text)), where: 'FSMOUNT', id: `FSMOUNT ${text}` }
  const path = posix.join(cwd, FILE)
  if (native.statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined
  return { mounts: told(FILE, () => fromJSON(JSON.parse(native.readFileSync(path, 'utf8')))), where: FILE, id: path }
}

function told<T> (where: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * Mounts in the form of FSMOUNT: `provider:source=prefix?option&option=value`, several separated by `;` or a new line. `%`
 * and two hexadecimal digits stand for a byte, so `%3D` is `=` and `%25` is `%`. Or JSON, as in the file.
 */
export function parseMounts (text: string): Description[] {
  if (/^\s*[[{]/.test(text)) return fromJSON(JSON.parse(text))
  return text.split(/[;\n]/).map((entry) => entry.trim()).filter((entry) => entry !== '').map(parseEntry)
}

function parseEntry (entry: string): Description {
  const found = /^([a-z][\w.-]*)(?::([^=]*))?=([^?]*)(?:\?(.*))?$/i.exec(entry)
  if (found === null) throw new Error(`'${entry}' is not of the form provider:source=prefix?options (:source and ?options where there are any)`)
  const [, provider, source, prefix, options = ''] = found
  const given = options.split('&').filter((option) => option !== '').map((option): [string, unknown] => {
    const at = option.indexOf('=')
    return at < 0 ? [decoded(option), true] : [decoded(option.slice(0, at)), value(decoded(option.slice(at + 1)))]
  })
  return describe({ ...Object.fromEntries(given), provider, prefix: decoded(prefix!), ...source !== undefined && { source: decoded(source) } }, `'${entry}'`)
}

function decoded (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error(`'${text}' has a % that is followed by no byte: write %25`)
  }
}

const value = (text: string): unknown => text === 'true' ? true : text === 'false' ? false : /^\d+$/.test(text) ? Number(text) : text

function fromJSON (found: unknown): Description[] {
  const other = typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.keys(found).find((name) => name !== 'mounts') : undefined
  if (other !== undefined) throw new Error(`"${other}" is not known beside "mounts"; what belongs to a mount stands in it`)
  const mounts = Array.isArray(found) ? found : (found as { mounts?: unknown } | null)?.mounts
  if (!Array.isArray(mounts)) throw new Error('"mounts" must be an array')
  return mounts.map((mount: unknown, index) => {
    if (typeof mount !== 'object' || mount === null) throw new Error(`mounts[${index}] must be an object`)
    return describe(mount as Record<string, unknown>, `mounts[${index}]`)
  })
}

const TEXTS = ['provider', 'prefix', 'module'] as const

/** Parts what belongs to the mount from what belongs to its provider. */
function describe (given: Record<string, unknown>, where: string): Description {
  const { provider, source, prefix, module, ...rest } = given
  for (const name of TEXTS) {
    if (name !== 'module' && given[name] === undefined) throw new Error(`${where} has no "${name}"`)
    if (given[name] !== undefined && typeof given[name] !== 'string') throw new Error(`"${name}" of ${where} must be a string`)
  }
  if (!posix.isAbsolute(prefix as string)) throw new Error(`the prefix '${String(prefix)}' of ${where} is not absolute (write %3D for = in a source)`)
  const options = Object.fromEntries(Object.entries(rest).filter(([name]) => !(MOUNT_OPTIONS as readonly string[]).includes(name)))
  return { provider, source, prefix, module, ...mountOptionsOf(rest), options } as Description
}
