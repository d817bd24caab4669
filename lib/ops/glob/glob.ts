// glob in its three forms: a list, a callback, an asynchronous iterator. What can meet no mount is left to Node.
import { isAbsolute, resolve } from 'node:path'
import { URL, fileURLToPath } from 'node:url'
import { globLine } from '../nodelines.ts'
import { parsePattern, type Pattern } from './pattern.ts'
import { Hit, Search } from './search.ts'
import type { Callable, Kept, Row, Step, Steps, Tools } from '../row.ts'
import type { Dirent } from 'node:fs'

type Result = string | Dirent | null

/** A search that is ours, ready to run. */
interface Found { readonly search: Search, readonly withFileTypes: boolean }

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')

/** The search, or undefined when Node has something to say about the arguments, or nothing of it is ours. */
function prepare (tools: Tools, given: unknown, options: unknown = {}): Found | undefined {
  if (typeof given !== 'string' && !isTexts(given)) return undefined
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return undefined
  const { cwd, exclude, followSymlinks, maxDepth, withFileTypes } = options as Record<string, unknown>
  const root = cwd instanceof URL ? fileURLToPath(cwd) : cwd ?? '.'
  if (typeof root !== 'string' || !isExclusion(exclude)) return undefined
  if (globLine.follows && followSymlinks !== undefined && followSymlinks !== null && typeof followSymlinks !== 'boolean') return undefined
  const depth = globLine.limits ? maxDepth ?? Infinity : Infinity
  if (typeof depth !== 'number' || !(depth === Infinity || (Number.isSafeInteger(depth) && depth >= 0))) return undefined
  const base = resolve(tools.absolute(root === '' ? '.' : root))
  const patterns = [given].flat().flatMap(parsePattern)
  if (patterns.every((pattern) => tools.foreign(beginning(pattern, base)))) return undefined
  const search = new Search(patterns, {
    root, base, depth, withFileTypes: Boolean(withFileTypes), follow: globLine.follows && followSymlinks === true,
    exclude: typeof exclude === 'function' ? exclude as (entry: unknown) => unknown : undefined,
    excluded: isTexts(exclude) ? exclude.map((one) => resolve(base, one)) : []
  })
  return { search, withFileTypes: Boolean(withFileTypes) }
}

const isExclusion = (value: unknown): boolean => value === undefined || value === null || typeof value === 'function' || isTexts(value)

/** The folder in which all that a pattern can lead to lies. */
function beginning ({ segments }: Pattern, base: string): string {
  const names: string[] = []
  for (const segment of segments.slice(0, -1)) {
    if (typeof segment !== 'string') break
    names.push(segment)
  }
  // Behind wildcards, `..` may lead anywhere.
  if (segments.slice(names.length).includes('..')) return '/'
  const start = names.join('/')
  return isAbsolute(start) || segments[0] === '' ? resolve(`/${start}`) : resolve(base, start)
}

function * listed ({ search, withFileTypes }: Found): Steps<Result[]> {
  const paths: string[] = []
  for (let step = search.run(), next = step.next(); next.done !== true;) {
    if (!(next.value instanceof Hit)) {
      next = yield * passed(step, next.value)
      continue
    }
    paths.push(next.value.path)
    next = step.next()
  }
  if (!withFileTypes) return paths
  const entries: Result[] = []
  for (const path of paths) entries.push((yield * search.entryOf(path) as Steps<Dirent | null>))
  return entries
}

type Walk = ReturnType<Search['run']>

/** A step of a walk handed on, and its outcome given back. */
function * passed (walk: Walk, step: Step): Steps<IteratorResult<Step | Hit, void>> {
  let value: unknown
  try {
    value = yield step
  } catch (error) {
    return walk.throw(error)
  }
  return walk.next(value)
}

async function * later (kept: Kept, { search, withFileTypes }: Found): AsyncGenerator<Result, void, void> {
  const walk = search.run()
  for (let next = walk.next(); next.done !== true;) {
    if (next.value instanceof Hit) {
      yield withFileTypes ? next.value.entry : next.value.path
      next = walk.next()
      continue
    }
    let value: unknown
    try {
      value = await kept.later(next.value)
    } catch (error) {
      next = walk.throw(error)
      continue
    }
    next = walk.next(value)
  }
}

/** The same; what is wrong with the arguments is Node's to say when the first result is asked for. */
function attempt (tools: Tools, pattern: unknown, options: unknown): Found | undefined {
  try {
    return prepare(tools, pattern, options)
  } catch {
    return undefined   // a `cwd` that is no path
  }
}

async function * handedOn (other: Callable, pattern: unknown, options: unknown): AsyncGenerator<Result, void, void> {
  yield * other(pattern, options) as AsyncIterable<Result>
}

/** What glob does. */
export const glob = {
  special: (tools) => {
    const { other, form } = tools
    if (form === 'sync') {
      return function globSync (pattern, options) {
        const ours = prepare(tools, pattern, options)
        return ours === undefined ? other(pattern, options) : tools.drive(listed(ours))
      }
    }
    if (form === 'promise') {
      // What is ours is so from the call on, not from the first result that is asked for.
      return function glob (pattern, options) {
        const ours = attempt(tools, pattern, options)
        return ours === undefined ? handedOn(other, pattern, options) : later(tools.keep(), ours)
      }
    }
    return function glob (pattern, options, callback) {
      const done = typeof options === 'function' ? options as (error: unknown, found?: Result[]) => void : callback
      const ours = typeof done === 'function' ? prepare(tools, pattern, done === options ? undefined : options) : undefined
      if (ours === undefined) {
        other(pattern, options, callback)
        return
      }
      const kept = tools.keep()
      const collect = async (): Promise<Result[]> => {
        const found: Result[] = []
        for await (const one of later(kept, ours)) found.push(one)
        return found
      }
      collect().then((found) => { done(null, found) }, done)
    }
  }
} satisfies Row
