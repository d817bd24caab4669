// Children: the kernel knows no mounts. A child that runs Node is handed the mounts that it needs, through a preload in
// its environment; a program in a mount is run from a copy; whatever else would meet a virtual path where this package can
// know of it is refused with a reason.
import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import { join, posix, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { codeOf, invalidState } from '../kernel/errors.ts'
import { handleOf } from '../kernel/handles.ts'
import { lazily } from '../kernel/late.ts'
import { live, native } from '../kernel/native.ts'
import { registry } from '../kernel/registry.ts'
import { descriptorsOf, readCall, readsProgram, scriptAt, startsNode, wordsOf, type ChildCall, type ChildOptions } from './childcalls.ts'
import { describeMounts, type Portions } from './description.ts'
import { BUNDLED, PROCESS_KEY, receiver, type HandedToProcess } from './handing.ts'
import type { ChildProcess } from 'node:child_process'
import type { Materialized } from './materialize.ts'
import type { MountedSpace } from './mountedspace.ts'
import type { Mount } from './mounttable.ts'

const materializing = lazily(() => require('./materialize.js') as typeof import('./materialize.ts'))

type Starter = (this: unknown, ...args: unknown[]) => unknown
type Holder = Record<string, unknown>

/** Starts a child as `theirs` does, with the mounts that it needs, or fails as that fails where it cannot be started. */
export function startChild (space: MountedSpace, name: string, theirs: Starter, args: unknown[], cut: Function): unknown {
  const call = readCall(name, args)
  if (call === undefined) return theirs(...args)
  const plan = new Plan(space, call)
  try {
    return after(theirs(...plan.args() ?? args), () => plan.done())
  } catch (thrown) {
    plan.done()
    if (!(thrown instanceof Refusal)) throw thrown
    const error = invalidState(`child_process.${name}(): ${thrown.reason}`)
    Error.captureStackTrace(error, cut)
    return fail(theirs, call, thrown.missing ? undefined : error)
  }
}

/** Runs `done` when a child has ended; of one that could not be started, or has run, now. */
function after (made: unknown, done: () => void): unknown {
  const child = (made as { child?: EventEmitter } | null)?.child ?? made
  if (child instanceof EventEmitter && (child as ChildProcess).pid !== undefined) child.once('exit', done)
  else done()
  return made
}

/** Thrown when a child cannot be started; `missing`: Node's own error for a folder that is not there says it all. */
class Refusal {
  readonly reason: string
  readonly missing: boolean
  constructor (reason: string, missing = false) {
    this.reason = reason
    this.missing = missing
  }
}

/** Has Node fail to start a child, as it does for a working folder that is not there, and puts the error in place of its own. */
function fail (theirs: Starter, call: ChildCall, error: Error | undefined): unknown {
  const { stdio, ...options } = call.options
  const args = call.with({ options: { ...options, cwd: join(tmpdir(), `fsmount-${randomUUID()}`) } })
  if (error === undefined) return theirs(...args)
  const dressed = (instead: object): Error => {
    for (const key of ['syscall', 'path', 'spawnargs'] as const) if (key in instead) Object.assign(error, { [key]: (instead as Holder)[key] })
    return error
  }
  if (call.name.endsWith('Sync')) {
    try {
      const result = theirs(...args) as { error?: object }
      return Object.assign(result, { error: dressed(result.error ?? {}) })
    } catch (thrown) {
      throw dressed(thrown as object)
    }
  }
  const made = theirs(...args) as { child?: Emitter } & Emitter
  const child = made.child ?? made
  const { emit } = child
  child.emit = function (event, ...rest) {
    if (event !== 'error') return emit.call(this, event, ...rest)
    delete (child as Partial<Emitter>).emit
    return emit.call(this, event, dressed(rest[0] as object))
  }
  return made
}

interface Emitter { emit (event: string, ...args: unknown[]): boolean }

/** What becomes of one call. */
class Plan {
  readonly #space: MountedSpace
  readonly #call: ChildCall
  /** Mounts that the child is to see. */
  readonly #needed = new Set<Mount>()
  #cwd: string | undefined
  /** The script is an ES module. */
  #module = false
  #found: Portions | undefined
  /** The program, where it is in a mount. */
  #copy: Materialized | undefined

  constructor (space: MountedSpace, call: ChildCall) {
    this.#space = space
    this.#call = call
  }

  /** The arguments with which to start it; undefined: those that were given. Throws a Refusal. */
  args (): unknown[] | undefined {
    const { name, first, list, node, shell } = this.#call
    const line = list === undefined || shell ? [first, ...list ?? []].join(' ') : undefined
    const runsNode = line !== undefined && startsNode(line)
    this.#lookAtDescriptors()
    this.#lookAtFolder(node || runsNode)
    const changed = { first, list: list === undefined ? undefined : [...list] }
    if (name === 'fork') changed.first = this.#script(first)
    else if (!shell && this.#hasProgram(first)) changed.first = this.#copied(first)
    if (node && list !== undefined && name !== 'fork') {
      const at = scriptAt(list)
      if (at >= 0) changed.list![at] = this.#script(list[at]!)
    }
    const words = line === undefined ? list! : wordsOf(line)
    if (runsNode) {
      const at = scriptAt(words.slice(1))
      if (at >= 0) this.#script(words[at + 1]!)
    }
    for (const word of [...words, ...name === 'fork' ? this.#call.options.execArgv ?? [] : []]) this.#see(word)
    this.#lookForMentions(words, node && name !== 'fork' && readsProgram(words))
    if (this.#needed.size > 0) return this.#handed(changed)
    return this.#copy === undefined ? undefined : this.#call.with({ ...changed, options: this.#options() })
  }

  #lookAtDescriptors (): void {
    const fd = descriptorsOf(this.#call.options).find((fd) => handleOf(fd) !== undefined)
    if (fd !== undefined) throw new Refusal(`the descriptor ${fd} in options.stdio is that of a file in a mount, which a child cannot have: use 'pipe'`)
  }

  /** Where the child starts: in a mount only if it is Node. `runsNode`: it is, be it through a shell. */
  #lookAtFolder (runsNode: boolean): void {
    const { options: { cwd }, node } = this.#call
    const given = cwd instanceof URL && cwd.protocol === 'file:' ? fileURLToPath(cwd) : cwd
    if (given !== undefined && given !== null && typeof given !== 'string') return
    const path = typeof given === 'string' ? resolve(given) : this.#space.cwd ?? workingFolder()
    const mount = path === undefined ? undefined : this.#mountOf(path)
    if (path === undefined || mount === undefined) return
    const whose = typeof given === 'string' ? `options.cwd, '${given}', is` : `without options.cwd: the working folder '${path}' is`
    // Where the process itself is on the disk a child starts when no folder is named, whatever is mounted over it: Node sees that.
    if (this.#space.cwd === undefined && path === workingFolder() && (!node || typeof given !== 'string')) {
      if (runsNode) this.#see(path)
      return
    }
    if (!node) throw new Refusal(`${whose} in a mount, where only Node can start${this.#call.shell ? ', without a shell between (execFile, spawn, fork)' : ''}: vfs.materialize() makes a real copy`)
    if (!this.#space.isFolder(path)) throw new Refusal('', true)
    this.#need(mount, `${whose} in a mount.`)
    this.#cwd = path
  }

  /** Whether a program is in a mount, and there only: where a copy-on-write mount shows what the disk has, the system runs that. */
  #hasProgram (first: string): boolean {
    const path = /[/\\]/.test(first) ? this.#absolute(first) : undefined
    const mount = path === undefined ? undefined : this.#mountOf(path)
    return mount !== undefined && !(mount.overlay === 'copy-on-write' && isDisks(path!))
  }

  /** A copy of a program, which the system can run. None of a script: it would look beside the copy for what lies beside it. */
  #copied (first: string): string {
    const path = this.#absolute(first)!
    if (!isBinary(path)) throw new Refusal(`the program '${first}' is in a mount, from which the system cannot run it: vfs.materialize() makes a real copy`)
    this.#copy = materializing().materialize({ fs: live, path, jail: undefined })
    return this.#copy.path
  }

  /** The options, in which a program that was copied has the name that the caller knows it by. */
  #options (): ChildOptions { return this.#copy === undefined ? this.#call.options : { argv0: this.#call.first, ...this.#call.options } }

  /** The script of Node by the path that it has for the child, which starts in another folder than it believes. */
  #script (given: string): string {
    const path = this.#absolute(given)
    const mount = path === undefined ? undefined : this.#mountOf(path)
    if (mount !== undefined) {
      this.#need(mount, `the script '${given}' is in a mount.`)
      this.#module ||= isModule(path!)
    }
    return path !== undefined && (mount !== undefined || this.#cwd !== undefined) ? path : given
  }

  /** An argument that is a path in a mount: the child gets it, or what says why it cannot. */
  #see (word: string): void {
    const text = word.startsWith('-') ? word.slice(word.indexOf('=') + 1) : word
    if (!/^(?:\/|\.\.?\/|file:)/.test(text)) return
    const path = this.#absolute(text)
    const mount = path === undefined ? undefined : this.#mountOf(path)
    if (mount !== undefined && this.#isTold(mount)) this.#needed.add(mount)
  }

  /** Mounts that are named in code or in the environment; `all`: the program will come by a stream, and may name any. */
  #lookForMentions (words: readonly string[], all: boolean): void {
    const { env = {}, input } = this.#call.options
    const changed = Object.keys(env).filter((name) => env[name] !== process.env[name]).map((name) => String(env[name]))
    const text = [...words, ...changed, typeof input === 'string' ? input : ''].join('\n')
    for (const mount of this.#space.table) {
      if (mount.synthetic || mount.prefix === '' || this.#needed.has(mount)) continue
      const named = all || [mount.prefix, pathToFileURL(mount.prefix).pathname].some((name) => mentions(text, name))
      if (named && this.#isTold(mount)) this.#needed.add(mount)
    }
  }

  #absolute (text: string): string | undefined {
    if (text.startsWith('file:')) return URL.canParse(text) ? fileURLToPath(text) : undefined
    const { cwd } = this.#call.options
    return posix.resolve(this.#cwd ?? (typeof cwd === 'string' ? cwd : process.cwd()), text)
  }

  #mountOf (path: string): Mount | undefined { return this.#space.mountOf(resolve(path)) }

  #need (mount: Mount, where: string): void {
    const reason = this.#whyNot(mount)
    if (reason !== undefined) throw new Refusal(`${where} ${reason}`)
    this.#needed.add(mount)
  }

  #whyNot (mount: Mount): string | undefined {
    return receiver(this.#space.table) === undefined ? BUNDLED : this.#portions().refused.get(mount)
  }

  /** Whether a child finds the mount, or in its place what says that it cannot be there, and not the disk. */
  #isTold (mount: Mount): boolean {
    return receiver(this.#space.table) !== undefined && this.#portions().mounts.some(({ prefix }) => prefix === (mount.prefix || '/'))
  }

  /** What was kept for the child can go. */
  done (): void {
    this.#found?.done()
    this.#copy?.[Symbol.dispose]()
  }

  #portions (): Portions { return (this.#found ??= describeMounts(this.#space.table, 'process')) }

  /** The call with the mounts in its environment. */
  #handed (changed: { first: string, list: readonly string[] | undefined }): unknown[] {
    const options = this.#options()
    const env: NodeJS.ProcessEnv = {}
    const given = options.env ?? process.env
    for (const key in given) env[key] = given[key]
    const home = this.#cwd === undefined ? undefined : this.#mountOf(this.#cwd)
    const mounts = this.#portions().mounts.map((mount) => home !== undefined && mount.prefix === (home.prefix || '/') ? { ...mount, virtualCwd: true } : mount)
    const handed: HandedToProcess = { mounts, preloaded: registry().preloaded, cwd: this.#cwd, nodeOptions: env.NODE_OPTIONS }
    env[PROCESS_KEY] = JSON.stringify(handed)
    // Node looks on the disk for what kind of script it is, unless something is imported before.
    const imports = this.#module && !IMPORTING.test(`${changed.list?.join(' ')} ${options.execArgv?.join(' ')} ${env.NODE_OPTIONS}`) ? ' --import=data:text/javascript,' : ''
    env.NODE_OPTIONS = `--require="${receiver(this.#space.table)!.replace(/[\\"]/g, '\\$&')}"${imports}${env.NODE_OPTIONS ? ` ${env.NODE_OPTIONS}` : ''}`
    return this.#call.with({ ...changed, options: { ...options, env, ...this.#cwd !== undefined && { cwd: undefined } } })
  }
}

/** Where the process is on the disk; undefined where that folder is gone. */
function workingFolder (): string | undefined {
  try {
    return process.cwd()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Flags with which Node takes its script for an ES module, or asks hooks what it is. */
const IMPORTING = /(?:^|\s|")--(?:import|(?:experimental-)?loader|check)\b|(?:^|\s)-c\b/

/** Whether a file of a mount is the one that the disk has there: whoever changes one, changes its times or its size. */
function isDisks (path: string): boolean {
  const bigint = { bigint: true, throwIfNoEntry: false } as const
  const [seen, real] = [live.statSync(path, bigint), native.statSync(path, bigint)]
  return seen !== undefined && real !== undefined && (['ctimeNs', 'mtimeNs', 'size', 'mode', 'uid', 'gid'] as const).every((name) => seen[name] === real[name])
}

/** The first bytes of programs for Linux, macOS (for one processor, for several) and Windows. */
const MAGIC = ['7f454c46', 'cffaedfe', 'cafebabe', '4d5a']

/** Whether a file of a mount is a program that is no script, and may be run. */
function isBinary (path: string): boolean {
  try {
    live.accessSync(path, live.constants.X_OK)
    const fd = live.openSync(path, 'r')
    const start = Buffer.alloc(4)
    try {
      live.readSync(fd, start)
    } finally {
      live.closeSync(fd)
    }
    return MAGIC.some((bytes) => start.toString('hex').startsWith(bytes))
  } catch {
    return false   // it is not there, or may not be run or read: it cannot be started
  }
}

/** Whether a text names a path, or what is below it. */
function mentions (text: string, path: string): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) if (!/[\w.-]/.test(text[at + path.length] ?? '')) return true
  return false
}

/** Whether Node takes a file of a mount for an ES module, by its name or its package. */
function isModule (path: string): boolean {
  if (/\.(?:m[jt]s|wasm)$/.test(path)) return true
  if (!/^(?:\.[jt]s|)$/.test(posix.extname(path))) return false
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    try {
      return (JSON.parse(live.readFileSync(posix.join(folder, 'package.json'), 'utf8')) as { type?: unknown }).type === 'module'
    } catch {
      // There is no package.json in this folder; or one that cannot be read or parsed, which Node says when it loads the script.
    }
    if (folder === '/') return false
  }
}
