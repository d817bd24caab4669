// What steps are drawn from: a small space of names with the paths that exist at the moment, sizes around the
// boundaries, modes, times, encodings and flags.
import { constants } from 'node:fs'
import type { Random } from './random.ts'
import { Data, Into, KINDS } from './bytes.ts'
import { At, Shut, Slot } from './values.ts'

/** The number of open files that a sequence holds at most. */
export const SLOTS = 5

/** Linux's flag for a descriptor that only stands for a path. */
const O_PATH = process.platform === 'linux' ? 0o10000000 : 0

const NAMES = ['a', 'b', 'c', 'd', 'l', 'm'] as const
const ODD = [
  'é', 'e\u0301', '%2e', 'a b', ' ', '\\', '…', '.a', '..a', '...', 'a#b?c', '*', '~', "'", '"', '`', '${a}', '\n', '\t', '\u202e', 'C:',
  '\ud83d\ude00', '\ufffd', '__proto__', 'constructor', 'toString',
  'n'.repeat(255), 'n'.repeat(256), `${'é'.repeat(127)}n`, 'é'.repeat(128), '\ud83d\ude00'.repeat(64)
] as const

/** Encodings by other names. */
const SPELLINGS = ['utf-8', 'UTF8', 'ucs-2', 'UCS2', 'utf16le', 'UTF-16LE', 'binary', 'ascii', 'base64url', 'Hex', 'Buffer', ''] as const

/** Those in which the root of a side is text that can be told. */
const NAME_SPELLINGS = ['utf-8', 'UTF8', 'binary', 'ascii', 'Buffer', '', 'nonsense'] as const

/** Positions at the edges, and some that are none. */
const POSITIONS = [-1n, -2, -2n, 1.5, NaN, '1', true, {}, Infinity, 0n, -0] as const

/**
 * Positions that hold nothing, and one that is none: what is written there is more than memory has. A read beyond what
 * its file system can hold at all, 16 TiB on ext4, is to the kernel no access.
 */
const BEYOND = [2 ** 40, 2n ** 40n, 2n ** 63n] as const

/** What is no descriptor, or that of no file; no text, which some functions take for a path in the working directory. */
const NO_FILES = [-1, -0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1.5, NaN, Infinity, 3n, null, undefined, true, {}, []] as const

/** Names that are not UTF-8, as latin1. */
const BYTES = ['a\xff', '\xff', '\xc3\x28', '\xed\xa0\x80', '\xf0\x9f\x98'] as const

/** Draws arguments; knows which paths exist and which slots are open. */
export class World {
  readonly random: Random
  /** Whether names that are not UTF-8 are drawn. */
  readonly bytes: boolean
  /** How large a file may be. */
  readonly huge: number
  /** Whether times are whole or half seconds. */
  readonly coarse: boolean
  /** Paths that exist, as far as is known. */
  live: string[] = []
  /** What each slot holds: a descriptor's number or a FileHandle. */
  readonly open: Array<'number' | 'handle' | undefined> = new Array<undefined>(SLOTS).fill(undefined)
  /** Whether the step at hand needs a FileHandle. */
  wantsHandle = false

  constructor (random: Random, { bytes, huge, coarse }: { bytes: boolean, huge?: number, coarse?: boolean }) {
    this.random = random
    this.bytes = bytes
    this.huge = huge ?? 2 ** 22
    this.coarse = coarse === true
  }

  /** Remembers that a path exists now. */
  learn (path: string): void {
    if (this.live.length > 60) this.live.splice(this.random.below(this.live.length), 1)
    this.live.push(path)
  }

  #name (): string { return this.random.chance(0.96) ? this.random.pick(NAMES) : this.random.pick(ODD) }

  #fresh (): string {
    const depth = this.random.weighted([[5, 1], [4, 2], [1, 3]])
    let path = ''
    for (let i = 0; i < depth; i++) path += `/${this.#name()}`
    return path
  }

  /** A path below the root as text: mostly one that exists, or a name beside or below it. */
  text (): string {
    const { random } = this
    let path = this.live.length > 0 && random.chance(0.75) ? random.pick(this.live) : this.#fresh()
    if (random.chance(0.12) && path.split('/').length < 5) path += `/${this.#name()}`
    if (random.chance(0.94)) return path
    return random.weighted<() => string>([
      [4, () => `${path}/`], [2, () => `/${path}`], [2, () => `${path}/.`], [1, () => `/.${path}`], [1, () => `${path}//`],
      [2, () => `${path}/..`], [2, () => `${path}/../${this.#name()}`], [1, () => ''], [1, () => '/'],
      [1, () => `${path}/./${this.#name()}`], [1, () => path.replaceAll('/', '//')], [0.5, () => `${path}/../`], [0.5, () => `${path}/${this.#name()}/`],
      // Longer than any path may be, wherever the root lies.
      [0.2, () => `/a${'/../a'.repeat(1000)}`],
      // Node shows no more than the first characters of a malformed path, and the root is among them; a long one it breaks behind newlines.
      [0.5, () => path.length < 30 && !path.includes('\n') ? `${path}\0` : path]
    ])()
  }

  /** A path argument, none that matches `but`. */
  path (but?: RegExp): At {
    const { random } = this
    if (this.bytes && random.chance(0.006)) return new At(`/${random.chance(0.7) ? '' : `${random.pick(NAMES)}/`}${random.pick(BYTES)}`, 'bytes')
    let text = this.text()
    while (but?.test(text) === true) text = this.text()
    // The message about a NUL in a Buffer shows its bytes, root and all.
    return new At(text, text.includes('\0') ? 'string' : random.weighted([[90, 'string'], [4, 'buffer'], [4, 'url'], [1, 'array'], [0.3, 'query'], [0.3, 'host'], [0.3, 'slash'], [0.1, 'object'], [0.1, 'words']]))
  }

  /** A symbolic link's target: stored as given, so relative text or a path below the root. */
  target (): string | At {
    const { random } = this
    if (random.chance(0.3)) return new At(this.text().replaceAll('\0', ''))
    return random.weighted<() => string>([
      [6, () => this.#name()], [2, () => `${this.#name()}/${this.#name()}`], [2, () => `../${this.#name()}`],
      [1, () => '.'], [0.7, () => '..'], [0.5, () => `${this.#name()}/`], [0.3, () => ''], [0.1, () => 't'.repeat(4095)], [0.1, () => 't'.repeat(4096)], [0.1, () => 'a\0b'], [0.3, () => `./${this.#name()}`]
    ])()
  }

  /** A slot that is open, if there is one. */
  slot (): unknown {
    if (this.random.chance(0.012)) return new Shut()
    if (!this.wantsHandle && this.random.chance(0.008)) return this.random.pick(NO_FILES)
    const fit = this.open.flatMap((open, number) => open === 'handle' || (open === 'number' && !this.wantsHandle) ? [number] : [])
    return new Slot(fit.length > 0 ? this.random.pick(fit) : this.random.below(SLOTS))
  }

  /** A slot that is free, if there is one. */
  free (): number {
    const fit = this.open.flatMap((open, number) => open === undefined ? [number] : [])
    return fit.length > 0 ? this.random.pick(fit) : this.random.below(SLOTS)
  }

  /** A length or position: small, around page and chunk boundaries, now and then large. */
  size (): number {
    const { random } = this
    return random.weighted([
      [3, 0], [3, 1], [6, random.below(12)], [6, random.below(100)], [3, random.below(3000)], [1, 4095 + random.below(3)],
      [0.5, 16383 + random.below(3)], [0.5, 65535 + random.below(3)], [0.1, 524287 + random.below(3)]
    ])
  }

  /** The size of a file that is mostly a hole. */
  hole (): number { return Math.min(this.huge, this.random.pick([2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 2 ** 36])) }

  /** A part of a file; one that ends before it starts leaves a half-made stream on the handle, which fails when that is closed. */
  range (): { start: number | undefined, end: number | undefined } {
    const start = this.maybe(0.4, this.size())
    return { start, end: this.maybe(0.4, (start ?? 0) + this.size()) }
  }

  data (): Data {
    const { random } = this
    return new Data(this.size(), random.below(46656), random.chance(0.4) ? 'string' : random.weighted(KINDS))
  }

  /** Bytes to be written through a descriptor. */
  bytesOut (): Data {
    const { random } = this
    return new Data(this.size(), random.below(46656), random.weighted(KINDS))
  }

  /** What is written to a stream, piece by piece. */
  chunks (): Data[] { return [this.data(), this.bytesOut(), this.data()].slice(0, this.random.below(4)).filter(({ kind }) => kind === 'string' || kind === 'Buffer' || kind === 'Uint8Array') }

  /** A pattern for names, none that a backslash makes one of the root. */
  pattern (): string {
    const { random } = this
    const part = (): string => random.pick(['*', '**', '?', this.#name().replace('\\', 'b'), '{a,b}', '[a-c]', '[!a]*', '..', '.', '*l*', '{c,d}/*', '!(a)', '@(a|l)'])
    return Array.from({ length: random.weighted([[4, 1], [4, 2], [2, 3]]) }, part).join('/') + (random.chance(0.1) ? '/' : '')
  }

  /** A buffer of at least one element: whether a read of nothing is one is the file system's affair. */
  into (): Into { return new Into(Math.max(8, this.size()), this.random.weighted(KINDS)) }

  /** The same, to read from. */
  positionIn (): unknown { return this.random.chance(0.02) ? this.random.pick(BEYOND) : this.position() }

  /** A position in a file, absent or null for "where the descriptor stands". */
  position (): unknown {
    const { random } = this
    return random.weighted<() => unknown>([[5, () => null], [1, () => undefined], [6, () => this.size()], [1, () => -1], [1, () => BigInt(this.size())], [0.3, () => random.pick(POSITIONS)]])()
  }

  mode (): number | string {
    const { random } = this
    return random.weighted<number | string>([
      [4, 0o644], [3, 0o755], [2, 0o600], [2, 0o700], [1, 0o777], [1, 0o444], [1, 0o555], [1, 0o111], [1, 0o222], [1, 0],
      [1, random.below(0o1000)], [0.5, '755'], [0.5, '0644'], [0.3, 0o1777], [0.2, random.below(0o10000)]
    ])
  }

  id (): number { return this.random.weighted([[4, 0], [2, 65534], [2, 1000], [2, -1], [1, 1]]) }

  /** A time far from now, so that times set by a call are told from the clock's. */
  time (): unknown {
    const { random } = this
    if (this.coarse) return (random.below(2e9) - 5e8) / 2
    return random.weighted<() => unknown>([
      [4, () => random.below(1e9)], [3, () => random.below(1e9) + random.unit()], [1, () => 1.5], [1, () => 0], [1, () => -random.below(1e9) - random.unit()],
      [2, () => new Date(random.below(1e12))], [1, () => new Date(-random.below(1e12))], [1, () => String(random.below(1e9) + 0.25)], [1, () => 4e9 + random.below(1e9)], [0.1, () => Infinity], [0.1, () => random.pick([NaN, '', 'now', new Date(NaN)])]
    ])()
  }

  flags (): string | number {
    const { random } = this
    if (random.chance(0.02)) return random.pick(['R', '', 'rw', 'rx', ' r', 'w++', '0', 2 ** 31, 2 ** 32, 1.5, 'r\0'] as const)
    if (random.chance(0.75)) return random.pick(['r', 'r+', 'w', 'w+', 'a', 'a+', 'wx', 'wx+', 'ax', 'ax+', 'rs+', 'r', 'r+', 'w+', 'as', 'as+', 'xw', 'xa+', 'sr'])
    const c = constants
    let flags = random.pick([c.O_RDONLY, c.O_WRONLY, c.O_RDWR])
    for (const [probability, flag] of [[0.4, c.O_CREAT], [0.15, c.O_EXCL], [0.2, c.O_TRUNC], [0.2, c.O_APPEND], [0.1, c.O_NOFOLLOW], [0.05, c.O_SYNC], [0.05, c.O_DSYNC], [0.03, c.O_NONBLOCK], [0.02, c.O_NOCTTY], [0.02, O_PATH]] as const) {
      if (random.chance(probability)) flags |= flag
    }
    // What O_CREAT with O_DIRECTORY does has changed between kernels.
    if ((flags & c.O_CREAT) === 0 && random.chance(0.15)) flags |= c.O_DIRECTORY
    return flags
  }

  /** The encoding of text in a file, absent for bytes. */
  encoding (): string | null | undefined {
    return this.random.weighted<string | null | undefined>([[4, undefined], [5, 'utf8'], [1, 'latin1'], [1, 'hex'], [1, 'base64'], [0.5, 'ucs2'], [0.5, null], [0.3, 'buffer'], [0.2, 'nonsense'], [0.6, this.random.pick(SPELLINGS)]])
  }

  /** The encoding of names in results. */
  nameEncoding (): string | undefined {
    return this.random.weighted<string | undefined>([[8, undefined], [1, 'utf8'], [1, 'buffer'], [0.5, 'latin1'], [0.3, this.random.pick(NAME_SPELLINGS)]])
  }

  /** Leaves out what is undefined, or the whole argument when nothing remains. */
  options (fields: Record<string, unknown>): unknown[] {
    const kept = Object.entries(fields).filter(([, value]) => value !== undefined)
    if (kept.length === 0 && this.random.chance(0.8)) return []
    return [Object.fromEntries(kept)]
  }

  /** A value now and then, else undefined. */
  maybe<T> (probability: number, value: T): T | undefined { return this.random.chance(probability) ? value : undefined }
}
