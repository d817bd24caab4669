// Calls every function that the running Node's fs exports with wrong arguments in each position. What is called, and
// with how many arguments, is read from Node's own functions; what right arguments are is found by trying on the disk.
import type { Form, Fs } from './driver.ts'
import { outcome } from './outcome.ts'
import type { Outcome } from './outcome.ts'

type Any = (...args: unknown[]) => unknown
type Make = (place: Place) => unknown

/** Where a call happens: a fresh folder with a file, a folder and a link in it. */
interface Place { fs: Fs, root: string, fd: () => number }

/** A function to be called, in one form. */
export interface Target {
  readonly name: string
  readonly form: Form
  /** Names of its parameters, without the callback. */
  readonly parameters: readonly string[]
  /** Finds it in a file system, with what it is called on; a method of FileHandle opens a handle. */
  find (fs: Fs, root: string): Promise<{ on: unknown, run: Any } | undefined>
}

/** Exports that are not called, with the reason. Constructors are left out by their capital letter: they are Node's own objects. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  constructor: 'no method',
  getAsyncId: 'says nothing about files',
}

/** Every function of `fs`, of `fs.promises` and of FileHandle, one target for each form. */
export async function targets (fs: Fs): Promise<Target[]> {
  const found: Target[] = []
  const add = (owner: object, prefix: string, form: Form | undefined, find: (name: string) => Target['find']): void => {
    for (const name of Object.getOwnPropertyNames(owner).sort()) {
      if (/^[A-Z]/.test(name) || Object.hasOwn(LEFT_OUT, name)) continue
      const value = (owner as Record<string, unknown>)[name]
      if (typeof value !== 'function') continue
      const parameters = parametersOf(value)
      const last = parameters.at(-1)
      const called = form === undefined && last !== undefined && /^(callback|cb)_?$/.test(last)
      found.push({ name: prefix + name, form: form ?? (called ? 'callback' : 'sync'), parameters: called ? parameters.slice(0, -1) : parameters, find: find(name) })
    }
  }
  add(fs, 'fs.', undefined, name => async theirs => reach(theirs, [name]))
  for (const name of Object.keys(fs).filter(key => !/^[A-Z]/.test(key))) {
    const value = (fs as unknown as Record<string, unknown>)[name]
    if (typeof value === 'function') add({ ...value }, `fs.${name}.`, undefined, inner => async theirs => reach(theirs, [name, inner]))
  }
  add(fs.promises, 'promises.', 'promise', name => async theirs => reach(theirs.promises, [name]))
  const handle = await fs.promises.open(process.execPath)
  await handle.close()
  const prototype = Object.getPrototypeOf(handle) as object
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(([, { value }]) => typeof value === 'function')
  add(Object.fromEntries(methods.map(([name, { value }]) => [name, value as unknown])), 'FileHandle.', 'promise', name => async (theirs, root) => {
    const on = await theirs.promises.open(`${root}/file`, 'r+')
    return { on, run: (on as unknown as Record<string, Any>)[name]! }
  })
  return found
}

function reach (on: unknown, [name, inner]: string[]): { on: unknown, run: Any } | undefined {
  const run = (on as Record<string, Any | undefined>)[name!]
  if (run === undefined || inner === undefined) return run && { on, run }
  return reach(run, [inner])
}

/** The names of a function's parameters, read from its text. */
export function parametersOf (run: Function): string[] {
  const text = Function.prototype.toString.call(run)
  const names: string[] = []
  let depth = 0
  let from = text.indexOf('(') + 1
  for (let i = from - 1; i < text.length; i++) {
    const char = text[i]!
    if ('([{'.includes(char)) depth++
    const closes = ')]}'.includes(char) && --depth === 0
    if (!closes && !(char === ',' && depth === 1)) continue
    const name = text.slice(from, i).trim().split(/\s*=/)[0]!
    if (name !== '') names.push(name)
    from = i + 1
    if (closes) break
  }
  return names
}

const PATHS: readonly Make[] = ['file', 'folder', 'link', 'new'].map(name => ({ root }) => `${root}/${name}`)
const same = (...values: unknown[]): readonly Make[] => values.map(value => () => value)

/** Candidates for right arguments, by the name that Node's sources give the parameter. */
const RIGHT: ReadonlyArray<readonly [RegExp, readonly Make[]]> = [
  [/^(path|p|existingPath|newPath|oldPath|src|dest|target|filename|name)$/, PATHS],
  [/^fd$/, [({ fd }) => fd()]],
  [/^prefix$/, [({ root }) => `${root}/temporary-`]],
  [/^pattern$/, [({ root }) => `${root}/*`]],
  [/^mode$/, same(0o600, 4, 0)],
  [/^(uid|gid)$/, [() => process.getuid!()]],
  [/^(len|length|time|atime|mtime)$/, same(1)],
  [/^(offset|offsetOrOptions|position)$/, same(0)],
  [/^buffer$/, [() => Buffer.alloc(8)]],
  [/^buffers$/, [() => [Buffer.alloc(8)]]],
  [/^data$/, same('data')],
  [/^flags$/, same('r')],
  [/^type_?$/, same('file')],
  [/^listener$/, [() => () => {}]],
  [/^options$/, same(undefined, {})],
  [/^\.\.\.args$/, PATHS],
]

/** Wrong arguments. None names anything outside of the scratch folder, and none is a descriptor that may be open. */
export const WRONG: Readonly<Record<string, Make>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  '-1': () => -1,
  1.5: () => 1.5,
  NaN: () => NaN,
  '2 ** 53': () => 2 ** 53,
  'an empty string': () => '',
  'a string with NUL': ({ root }) => `${root}/nul\0`,
  'a buffer with NUL': () => Buffer.alloc(4),
  'an object': () => ({}),
  'an array': () => [],
  'a symbol': () => Symbol('wrong'),
  'a BigInt': () => -12n,
  'a date': () => new Date(NaN),
  'a URL': () => new URL('http://example.org/'),
}

/** Right arguments of a target: for each parameter, which of its candidates. */
export type Right = readonly number[]

const candidates = (parameter: string): readonly Make[] | undefined => RIGHT.find(([pattern]) => pattern.test(parameter))?.[1]

/** One wrong call: what is wrong about it, and how its arguments are made. */
export interface Call { readonly what: string, readonly makes: readonly Make[], readonly callback?: Make }

/** Finds right arguments by trying, on the disk. Undefined where a parameter is not known here. */
export async function rightOf (target: Target, fs: Fs, folder: () => string): Promise<Right | undefined> {
  let tries: Right[] = [[]]
  for (const parameter of target.parameters) {
    const choice = candidates(parameter)
    if (choice === undefined) return undefined
    tries = tries.flatMap(made => choice.map((_, index) => [...made, index]))
  }
  for (const right of tries) {
    const { moment } = await attempt(target, fs, folder(), { what: 'right', makes: makesOf(target, right) }, 0)
    if (['returned', 'called back', 'resolved'].includes(moment)) return right
  }
  return tries[0]
}

const makesOf = (target: Target, right: Right): readonly Make[] => right.map((choice, i) => candidates(target.parameters[i]!)![choice]!)

/** All wrong calls of a target. */
export function callsOf (target: Target, right: Right): Call[] {
  const makes = makesOf(target, right)
  const calls: Call[] = []
  target.parameters.slice(0, right.length).forEach((parameter, i) => {
    for (const [kind, make] of Object.entries(WRONG)) calls.push({ what: `${parameter} is ${kind}`, makes: makes.map((good, at) => at === i ? make : good) })
    calls.push({ what: `${parameter} and all behind it left out`, makes: makes.slice(0, i) })
  })
  if (target.form !== 'callback') return calls
  for (const [kind, callback] of Object.entries(WRONG)) calls.push({ what: `callback is ${kind}`, makes, callback })
  return calls
}

/** Carries out a call in the fresh folder `root`; waits `linger` milliseconds for an exception that follows a wrong callback. */
export async function attempt (target: Target, fs: Fs, root: string, { makes, callback }: Call, linger: number): Promise<Outcome> {
  fs.mkdirSync(`${root}/folder`)
  fs.writeFileSync(`${root}/file`, 'content')
  fs.symlinkSync('file', `${root}/link`)
  const fds: number[] = []
  const fd = (): number => {
    fds.push(fs.openSync(`${root}/file`, 'r+'))
    return fds.at(-1)!
  }
  const place = { fs, root, fd }
  const found = await target.find(fs, root)
  if (found === undefined) return { moment: 'no answer', value: `there is no ${target.name}` }
  const args = makes.map(make => make(place))
  if (callback !== undefined) args.push(callback(place))
  const result = await outcome(callback === undefined ? target.form : 'sync', found.on, found.run, args, root, callback === undefined ? 0 : linger)
  const handle = found.on as { fd?: number, close: () => Promise<void> }
  if (target.name.startsWith('FileHandle.') && handle.fd !== -1) await handle.close()
  for (const open of fds) {
    try {
      fs.closeSync(open)
    } catch {
      // the call under test closed it
    }
  }
  fs.rmSync(root, { recursive: true, force: true })   // which also wakes a watcher that waits to be released
  if ('value' in result) result.value = typeof result.value
  return result
}

/** Makes one numbered folder after the other. */
export function folders (fs: Fs, root: string): () => string {
  let count = 0
  return () => {
    const folder = `${root}/w${++count}`
    fs.mkdirSync(folder)
    return folder
  }
}
