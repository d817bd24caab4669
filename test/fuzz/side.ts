// One side of a comparison: an `fs` with a root and its open files, on which a step is performed.
import { isUtf8 } from 'node:buffer'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { calledBack, type Callback } from './callbacks.ts'
import { MARGIN } from './bytes.ts'
import { fieldsOf } from './odd.ts'
import { reader, type Reader } from './outcome.ts'
import { rows, type Form } from './rows.ts'
import { At, materialise, Shut, Slot, type Ground, type Open } from './values.ts'
import { SLOTS } from './world.ts'

type Fs = typeof import('node:fs')
type Calls = Record<string, (...args: unknown[]) => unknown>

/** One call, as data: what is drawn, recorded, shrunk and printed. */
export interface Step {
  readonly op: string
  readonly form: Form
  readonly args: readonly unknown[]
  /** What stands in the place of the callback, 'plain' unless it says so. */
  readonly callback?: Callback
  /** The slot that keeps the open file which this step makes. */
  readonly keep?: number
  /** Whether it is looked at which times moved. */
  readonly moves?: true
}

/** Node's own functions as they are now, whatever is mounted later. */
export const real: Fs = { ...fs, promises: { ...fs.promises } } as Fs

/** Folders by their real paths, as latin1, and files by their inodes; whether one was met twice. */
interface Reach { readonly folders: Set<string>, readonly files: Set<bigint>, twice: boolean }

/** The bytes of a path, whatever it was given as; none of what is no path. */
function pathname (path: unknown): Buffer | undefined {
  try {
    return Buffer.from(path instanceof URL ? fileURLToPath(path) : path as string)
  } catch {
    return undefined   // the call tells why
  }
}

/** Folders between base and root, so that a sequence which climbs over its root by links stays in what is compared. */
const PAD = '/p'.repeat(6)

/** An `fs` with the folder in which all steps happen. */
export class Side implements Ground {
  readonly fs: Fs
  /** What is taken off paths before they are compared. */
  readonly base: string
  readonly root: string
  readonly slots: Array<Open | undefined> = new Array<Open | undefined>(SLOTS).fill(undefined)
  shut: FileHandle | undefined
  readonly soon: Array<() => void> = []
  readonly reader: Reader
  /** Access times are not compared. */
  readonly coarse: boolean

  /** `base` is an empty folder ('' for the root of a file system of its own); `since` the begin in milliseconds. */
  constructor (fs: Fs, base: string, since: number, coarse = false) {
    this.coarse = coarse
    this.fs = fs
    this.base = base
    this.root = `${base}${PAD}/w`
    this.reader = reader(base, this.root, since, coarse)
    fs.mkdirSync(this.root, { recursive: true })
  }

  closed (): number {
    try {
      const fd = this.fs.openSync(this.base === '' ? '/' : this.base, 'r')
      this.fs.closeSync(fd)
      return fd
    } catch {
      return 2 ** 30   // an ordinary user may have lost it out of reach
    }
  }

  /** Whether the step means something now: its slot is open (or free), and what removes or copies trees stays inside. */
  applies (step: Step): boolean {
    const slot = step.args[0]
    if (slot instanceof Slot) {
      const open = this.slots[slot.number]
      // A bare number in a promise form is an argument error whose message holds the number.
      if (open === undefined || ((step.form === 'handle' || step.form === 'promise') && typeof open !== 'object')) return false
      // Closing the number of a FileHandle behind its back makes Node fail when it is collected.
      if (rows[step.op]!.slot === 'frees' && step.form !== 'handle' && typeof open === 'object') return false
    }
    if (slot instanceof Shut && (step.form === 'handle' || step.form === 'promise') && this.shut === undefined) return false
    if (step.keep !== undefined && this.slots[step.keep] !== undefined) return false
    const { tree } = rows[step.op]!
    if (tree === 'finite') {
      return step.args.every((arg) => fieldsOf(arg).recursive === undefined) || this.#finite(materialise(step.args[0], this, false) as string, 300) > 0
    }
    if (tree === undefined) return true
    // What is dereferenced must end, and grow no more by what is copied into it through a link.
    return step.args.every((arg) => this.#inside(arg)) && !this.#nested(step.args) && this.#finite(materialise(step.args[0], this, false) as string, 300) > 0 && !(step.op === 'cp' && this.#meet(step.args))
  }

  /**
   * Whether folders that a copy reads and folders that it writes to lead into one another, or one file is read twice, and
   * so with two access times: then what comes of it hangs on what was copied before, and so on the order in which the
   * disk gives the entries of a folder (which hashes have).
   */
  #meet ([from, to, options]: readonly unknown[]): boolean {
    const [source, target] = [from, to].map((path) => pathname(materialise(path, this, false)))
    if (source === undefined || target === undefined) return false
    const follow = fieldsOf(options).dereference === true
    const read: Reach = { folders: new Set(), files: new Set(), twice: false }
    this.#reach(source, follow, read)
    if (read.twice) return true
    const { folders: written } = this.#reach(target, true)
    for (let above = target; written.size === 0 && above.length > this.root.length;) {
      const slash = above.lastIndexOf('/')
      const up = this.#real(above.subarray(0, slash))
      if (up !== undefined) written.add(`${up}/${above.subarray(slash + 1).toString('latin1')}`)
      above = above.subarray(0, slash)
    }
    return [...read.folders].some((a) => [...written].some((b) => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`)))
  }

  /** What is at and below `path`, and behind links inside of it too if they are followed. */
  #reach (path: Buffer, follow: boolean, found: Reach = { folders: new Set(), files: new Set(), twice: false }): Reach {
    const real = this.#real(path)
    if (real === undefined || found.folders.has(real)) return found
    let names: Buffer[]
    try {
      if (found.folders.size > 0 && !follow && this.fs.lstatSync(path).isSymbolicLink()) return found
      const stats = this.fs.statSync(path, { bigint: true })
      if (stats.isFile()) {
        if (found.files.has(stats.ino)) found.twice = true
        found.files.add(stats.ino)
        return found
      }
      names = this.fs.readdirSync(path, 'buffer')
    } catch {
      return found   // not a folder, or one that may not be listed
    }
    found.folders.add(real)
    for (const name of names) this.#reach(Buffer.concat([path, Buffer.from('/'), name]), follow, found)
    return found
  }

  #real (path: Buffer): string | undefined {
    try {
      return this.fs.realpathSync.native(path, 'buffer').toString('latin1')
    } catch {
      return undefined   // leads nowhere
    }
  }

  /**
   * What is left of `budget` after one for each name below `path`, links followed: two links that loop make more
   * than memory holds, and Node's recursive listing follows them.
   */
  #finite (path: string | Buffer | URL, budget: number): number {
    budget--
    let names: Buffer[]
    try {
      names = this.fs.readdirSync(path, 'buffer')
    } catch {
      return budget   // not a folder, or one too many links: no deeper from here
    }
    const bytes = pathname(path)
    // Node goes on by a name's text, by which it may come to what has another name.
    for (const name of names.flatMap((name) => isUtf8(name) ? [name] : [name, Buffer.from(String(name))])) {
      if (budget > 0 && bytes !== undefined) budget = this.#finite(Buffer.concat([bytes, Buffer.from('/'), name]), budget)
    }
    return budget
  }

  /** Whether a path goes through the folder that the first leads to: what is copied into itself, or removed by a path through itself. */
  #nested ([from, to]: readonly unknown[]): boolean {
    if (!(from instanceof At)) return false
    try {
      const source = `${this.fs.realpathSync.native(this.root + from.path)}/`
      return [from, to].some((at) => at instanceof At && at.path.split('/').some((_, depth, names) =>
        depth > 0 && depth < names.length - 1 && `${this.fs.realpathSync.native(this.root + names.slice(0, depth + 1).join('/'))}/`.startsWith(source)))
    } catch {
      return false   // what is not there holds nothing
    }
  }

  /** False for a path whose real place is not below the root. */
  #inside (arg: unknown): boolean {
    const path = materialise(arg, this, false)
    if (typeof path !== 'string' && !(path instanceof Uint8Array) && !(path instanceof URL)) return true
    try {
      // Node's own loops for ever over two hard links to one symbolic link that lead to one another.
      return this.fs.realpathSync.native(path as string).startsWith(`${this.root}/`)
    } catch {
      // What does not exist cannot be walked into, and argument errors are to be compared.
      return !String(path).includes('..')
    }
  }

  /** Performs the step; the outcome is plain, and a promise where the form is not synchronous. */
  perform (step: Step): unknown {
    const row = rows[step.op]!
    const args = step.args.map((arg) => materialise(arg, this, step.form === 'promise' || step.form === 'handle'))
    // What the call sees is `args`; what it was given to fill is looked at afterwards.
    const finish = (outcome: Record<string, unknown>): unknown => {
      this.#slots(step, outcome)
      if (outcome.value !== undefined) outcome.value = this.reader.plain(outcome.value, args)
      if (outcome.error !== undefined) {
        const racy = step.form !== 'sync' && row.race?.includes((outcome.error as NodeJS.ErrnoException).syscall!) === true
        outcome.error = racy ? 'race' : this.reader.plain(outcome.error, args)
      }
      if (outcome.uncaught !== undefined) outcome.uncaught = this.reader.plain(outcome.uncaught, args)
      outcome.after = args.map((arg) => Array.isArray(arg) ? arg.map((each) => this.#bytes(each)) : this.#bytes(arg))
      return outcome
    }
    try {
      return this.#run(step, args, finish)
    } catch (error) {
      return finish({ error, thrown: true })
    } finally {
      for (const happen of this.soon.splice(0)) happen()
    }
  }

  #run (step: Step, args: unknown[], finish: (outcome: Record<string, unknown>) => unknown): unknown {
    const { run } = rows[step.op]!
    if (run === undefined) return this.#call(step, args, finish)
    const value = run(this.fs, step.form, ...args as never[])
    return value instanceof Promise ? value.then((value) => finish({ value }), (error: unknown) => finish({ error })) : finish({ value })
  }

  /** What stands now in a view that was given, and on either side of it; or in that among some options. */
  #bytes (arg: unknown): unknown {
    if (typeof arg !== 'object' || arg === null) return undefined
    const given = ArrayBuffer.isView(arg) ? arg : (arg as { buffer?: unknown }).buffer
    if (!ArrayBuffer.isView(given)) return undefined
    const alone = given.buffer.byteLength <= given.byteLength + 3 * MARGIN
    return [this.reader.plain(given, []), alone && given.byteOffset > 0 ? new Uint8Array(given.buffer) : undefined]
  }

  #call (step: Step, args: unknown[], finish: (outcome: Record<string, unknown>) => unknown): unknown {
    const { op, form } = step
    const fs = this.fs as unknown as Calls & { promises: Calls }
    if (form === 'promise') {
      return (fs.promises[op]!(...args) as Promise<unknown>).then((value) => finish({ value }), (error: unknown) => finish({ error }))
    }
    if (form === 'handle') {
      const handle = args.shift() as Calls
      return (handle[rows[op]!.handle!]!(...args) as Promise<unknown>).then((value) => finish({ value }), (error: unknown) => finish({ error }))
    }
    const native = op === 'realpath.native'
    if (form === 'sync') {
      const value = native ? this.fs.realpathSync.native(...args as [string]) : fs[`${op}Sync`]!(...args)
      return finish({ value })
    }
    const call = native ? this.fs.realpath.native as unknown as Calls[string] : fs[op]!
    if (form === 'promisified') return ((promisify(call as (...args: unknown[]) => void) as Calls[string]).apply(fs, args) as Promise<unknown>).then((value) => finish({ value }), (error: unknown) => finish({ error }))
    return calledBack((...all) => call.call(fs, ...all), args, step.callback ?? 'plain').then(({ results, late, thrown, ...rest }) => {
      if (thrown !== undefined) return finish({ error: thrown, thrown: true })
      if (results === undefined) return finish({ value: [], ...rest })
      const good = op === 'exists' || results[0] === null || results[0] === undefined
      const outcome = good ? { ...rest, value: results } : { ...rest, error: results[0], more: results.length }
      return finish(rows[op]!.sudden === true ? outcome : { ...outcome, late })
    })
  }

  /** Keeps an open file that came out, frees the slot of a closed one. */
  #slots (step: Step, outcome: Record<string, unknown>): void {
    if (outcome.error !== undefined) return
    if (step.keep !== undefined) {
      const value = step.form === 'callback' ? (outcome.value as unknown[])[1] : outcome.value
      if (value === undefined) return   // nobody was told
      this.slots[step.keep] = value as Open
      outcome.value = `<open ${typeof value}>`
    } else if (rows[step.op]!.slot === 'frees' && step.args[0] instanceof Slot) {
      const { number } = step.args[0]
      const open = this.slots[number]
      if (typeof open === 'object') this.shut = open
      this.slots[number] = undefined
    }
  }

  /** Closes what is open. */
  async close (): Promise<void> {
    for (const [number, open] of this.slots.entries()) {
      this.slots[number] = undefined
      if (typeof open === 'number') this.fs.closeSync(open)
      else if (open !== undefined && open.fd >= 0) await (open as FileHandle).close()
    }
  }
}
