// opendir: Node's own Dir over a handle of ours. Listings are readdir's, so that mount points and overlays show; the
// folders of a recursive Dir are listed as it reaches them.
import { join } from 'node:path'
import { fsError, recast } from '../kernel/errors.ts'
import { inLaterTurn, live } from '../kernel/native.ts'
import { setParent } from '../kernel/stats.ts'
import { direntParent, encoding, isFlag, ODD, options, pathText } from './args.ts'
import type { Call, Row, Step, Steps } from './row.ts'
import type { Dir, Dirent } from 'node:fs'

type Named = string | Buffer
type Options = { encoding?: string, recursive?: boolean } | string | undefined
type Done = (error: unknown, result?: unknown) => void
/** What Node's Dir gives its handle for an asynchronous call. */
interface Request { oncomplete: Done }

const optionsOf = (given: Options): { encoding: string, recursive: boolean } => {
  // Node's Dir copies what is its own.
  const { encoding: as = 'utf8', recursive = false } = typeof given === 'string' ? { encoding: given } : { ...given }
  return { encoding: as, recursive }
}

/** The step that lists a folder. */
const listing = (path: Named, as: string): Step => ['readdir', path, { withFileTypes: true, encoding: as }]

/** The entries that a Dir has still to give, and the folders that they lead to. */
class Listing {
  readonly #call: Call
  readonly #encoding: string
  readonly #recursive: boolean
  readonly #waiting: Dirent<Named>[]
  /** Handed to Node as read, to be given to the caller in this order. */
  readonly taken: Dirent<Named>[] = []

  constructor (call: Call, entries: Dirent<Named>[], given: Options) {
    const { encoding: as, recursive } = optionsOf(given)
    this.#call = call
    this.#encoding = as
    this.#recursive = recursive
    this.#waiting = entries
  }

  /** Node's Dir asks for entries: names and types of as many as it keeps, or null. What it makes of them is replaced by `taken`. */
  read (as: unknown, size: number, request?: Request): unknown {
    if (!this.#recursive) {
      const next = this.#waiting.splice(0, size)
      if (request === undefined) return this.#give(...next)
      inLaterTurn(() => { request.oncomplete(null, this.#give(...next)) })
      return undefined
    }
    const next = this.#waiting.shift()
    if (request === undefined) {
      const path = this.#folder(next)
      if (path !== undefined) this.#append(path, () => this.#call.sync(listing(path, this.#encoding)) as Dirent<Named>[])
      return this.#give(next)
    }
    const done = (error: unknown): void => { inLaterTurn(() => { error === undefined ? request.oncomplete(null, this.#give(next)) : request.oncomplete(error) }) }
    let path: string | undefined
    try {
      path = this.#folder(next)
    } catch (error) {
      done(error)   // thrown here, it would leave Node's Dir in the midst of a call, and its close() waiting for the end of it
      return undefined
    }
    if (path === undefined) done(undefined)
    else (this.#call.later(listing(path, this.#encoding)) as Promise<Dirent<Named>[]>).then((entries) => { done(void this.#waiting.push(...entries)) }, (error: unknown) => { done(opening(error, path)) })
    return undefined
  }

  close (request?: Request): void {
    if (request !== undefined) inLaterTurn(() => { request.oncomplete(null) })
  }

  /** The folder to be listed for an entry. Throws what Node throws for names that are bytes. */
  #folder (entry: Dirent<Named> | undefined): string | undefined {
    return entry !== undefined && this.#recursive && entry.isDirectory() ? join(entry.parentPath as string, entry.name as string) : undefined
  }

  #append (path: string, list: () => Dirent<Named>[]): void {
    try {
      this.#waiting.push(...list())
    } catch (error) {
      throw opening(error, path)
    }
  }

  #give (...entries: Array<Dirent<Named> | undefined>): unknown {
    const given = entries.filter((entry) => entry !== undefined)
    if (given.length === 0) return null
    this.taken.push(...given)
    const { UV_DIRENT_FILE } = live.constants as unknown as { UV_DIRENT_FILE: number }
    return given.flatMap(() => ['', UV_DIRENT_FILE])
  }
}

/** An error of listing a folder, told as one of opening it. */
export function opening (error: unknown, path: string): unknown {
  const { code, syscall } = error as { code?: string, syscall?: string }
  return syscall === 'scandir' && code !== undefined ? fsError(code, 'opendir', path) : error
}

type DirClass = new (handle: Listing, path: Named, options: Options) => Dir
type Reader = (error: unknown, entry: Dirent<Named> | null) => void

/** Node's Dir, giving the entries of a Listing: only so they can lie in different folders. */
class VirtualDir extends (live.Dir as unknown as DirClass) {
  readonly #listing: Listing

  constructor (listing: Listing, path: Named, options: Options) {
    super(listing, path, typeof options === 'object' ? { ...options, recursive: false } : options)
    this.#listing = listing
  }

  override readSync (): Dirent | null { return this.#given(super.readSync()) }

  override read (...args: [callback?: unknown]): Promise<Dirent | null> {
    const [callback] = args
    const read = super.read.bind(this) as (...args: unknown[]) => unknown
    if (typeof callback !== 'function') return (read(...args) as Promise<Dirent | null>).then((entry) => this.#given(entry))
    return read((error: unknown, entry: Dirent | null) => { (callback as Reader)(error, entry === undefined ? entry : this.#given(entry)) }) as Promise<Dirent | null>
  }

  async * entries (): AsyncGenerator<Dirent> {
    try {
      for (let entry; (entry = await this.read()) !== null;) yield entry
    } finally {
      await this.close()
    }
  }

  /** The entry that Node's stands for. */
  #given (entry: Dirent | null): Dirent | null {
    return entry === null ? null : this.#listing.taken.shift() as Dirent
  }
}
Object.defineProperty(VirtualDir, 'name', { value: 'Dir' })
Object.defineProperty(VirtualDir.prototype, Symbol.asyncIterator, { value: VirtualDir.prototype.entries, writable: true, configurable: true })
for (const name of ['constructor', 'readSync', 'read', 'entries']) Object.defineProperty(VirtualDir.prototype, name, { enumerable: false })

/** The root's entries, and a Dir that gives them. */
function * openDir (call: Call, given: unknown, settings: Options): Steps<Dir> {
  const path = typeof given === 'string' || given instanceof Uint8Array ? given as Named : pathText(given) as string
  let entries: Dirent<Named>[]
  try {
    entries = yield listing(path, optionsOf(settings).encoding)
  } catch (error) {
    throw recast(error, call.form === 'sync' ? 'opendir' : undefined)
  }
  const shown = direntParent(call.given[0])
  if (typeof shown !== 'string') for (const entry of entries) setParent(entry, shown)
  return new VirtualDir(new Listing(call, entries, settings), shown, settings)
}

const shape = options((given) => encoding(given, false) !== ODD && isFlag(given.recursive))

/** The row of opendir. */
export const opendir: Row = {
  path: [0], takesNothing: true, takes: 2, compose: openDir,
  // What Dir makes of its options is left to Dir.
  args: ([path, given], lenient) => {
    if (typeof given === 'function') return [path, undefined]   // which Node takes for none in the sync form
    if (typeof given === 'string' ? encoding(given, lenient) === ODD : shape(given, lenient) === ODD) return undefined
    return [path, given ?? undefined]
  }
}
