// Attributes dressed as Node's own instances: `fs.Stats`, `BigIntStats`, `fs.Dirent`, `StatFs`. Made by plain
// functions that share Node's prototypes: real instances without the deprecated constructors, and quicker.
import { ofSomeFile } from './disk.ts'
import { live, native } from './native.ts'
import { S_IFMT, type Attr, type StatFsAttr } from './provider.ts'
import type { BigIntStats, Dirent, Stats, StatsFs, BigIntStatsFs } from 'node:fs'

const BLOCK = 4096

/** Milliseconds as Node computes them of a timespec (lib/internal/fs/utils.js, `msFromTimeSpec`). */
function milliseconds (whole: number, ns: number): number {
  if (ns === 0) return whole
  return seconds(whole) * 1000 + withinSecond(whole, ns) / 1e6
}

const seconds = (whole: number): number => Math.floor(whole / 1000)

/** The nanoseconds of a timespec. */
const withinSecond = (whole: number, ns: number): number => (whole - seconds(whole) * 1000) * 1e6 + ns

const nanoseconds = (whole: number, ns: number): bigint => BigInt(whole) * 1_000_000n + BigInt(ns)

/** Nanoseconds divided as BigInts are, towards zero. */
const wholeMilliseconds = (whole: number, ns: number): bigint => BigInt(whole < 0 && ns > 0 ? whole + 1 : whole)

/** A Date as Node makes it of a time in milliseconds (`dateFromMs`). */
const date = (ms: number): Date => new Date(Math.round(Number(ms)))

/** Node 20 keeps the four dates as own properties; later lines compute them on the prototype. */
const ownDates = !('atime' in live.Stats.prototype)

/**
 * Under which keys Node keeps the nanoseconds of the four times within their seconds, of which its prototype makes instants
 * (26, which has Temporal); none on other lines. Its constructor, which takes seconds and nanoseconds, shows where they go.
 */
function nanosecondKeys (): readonly (string | symbol)[] {
  if (!('mtimeInstant' in live.Stats.prototype)) return []
  const TELLING = [5, 6, 7, 8]
  const Native = live.Stats.prototype.constructor as unknown as new (...fields: number[]) => Made
  const made = new Native(...Array<number>(10).fill(0), ...TELLING.flatMap((ns) => [0, ns]))
  const keys = Reflect.ownKeys(made)
  const found = TELLING.flatMap((ns) => keys.find((key) => made[key] === ns) ?? [])
  return found.length === TELLING.length ? found : []
}

interface Made { [name: string | symbol]: unknown }

const [atimeKey, mtimeKey, ctimeKey, birthtimeKey] = nanosecondKeys()

const blocksOf = ({ blocks, size }: Attr): number => blocks ?? Math.ceil(size / BLOCK) * 8

/** The fields of a real `StatsBase`, in Node's order. */
function Numbers (this: Made, attr: Attr, dev: number): void {
  this.dev = dev
  this.mode = attr.mode
  this.nlink = attr.nlink
  this.uid = attr.uid
  this.gid = attr.gid
  this.rdev = attr.rdev
  this.blksize = BLOCK
  this.ino = attr.ino
  this.size = attr.size
  this.blocks = blocksOf(attr)
  this.atimeMs = milliseconds(attr.atime, attr.atimeNs)
  this.mtimeMs = milliseconds(attr.mtime, attr.mtimeNs)
  this.ctimeMs = milliseconds(attr.ctime, attr.ctimeNs)
  this.birthtimeMs = milliseconds(attr.birthtime, attr.birthtimeNs)
  if (ownDates) addDates(this)
  if (birthtimeKey !== undefined) addNanoseconds(this, attr)
}
Numbers.prototype = live.Stats.prototype

function BigInts (this: Made, attr: Attr, dev: number): void {
  this.dev = BigInt(dev)
  this.mode = BigInt(attr.mode)
  this.nlink = BigInt(attr.nlink)
  this.uid = BigInt(attr.uid)
  this.gid = BigInt(attr.gid)
  this.rdev = BigInt(attr.rdev)
  this.blksize = BigInt(BLOCK)
  this.ino = BigInt(attr.ino)
  this.size = BigInt(attr.size)
  this.blocks = BigInt(blocksOf(attr))
  this.atimeMs = wholeMilliseconds(attr.atime, attr.atimeNs)
  this.mtimeMs = wholeMilliseconds(attr.mtime, attr.mtimeNs)
  this.ctimeMs = wholeMilliseconds(attr.ctime, attr.ctimeNs)
  this.birthtimeMs = wholeMilliseconds(attr.birthtime, attr.birthtimeNs)
  this.atimeNs = nanoseconds(attr.atime, attr.atimeNs)
  this.mtimeNs = nanoseconds(attr.mtime, attr.mtimeNs)
  this.ctimeNs = nanoseconds(attr.ctime, attr.ctimeNs)
  this.birthtimeNs = nanoseconds(attr.birthtime, attr.birthtimeNs)
  if (ownDates) addDates(this)
}

function addDates (made: Made): void {
  for (const name of ['atime', 'mtime', 'ctime', 'birthtime']) made[name] = date(made[`${name}Ms`] as number)
}

function addNanoseconds (made: Made, attr: Attr): void {
  made[atimeKey!] = withinSecond(attr.atime, attr.atimeNs)
  made[mtimeKey!] = withinSecond(attr.mtime, attr.mtimeNs)
  made[ctimeKey!] = withinSecond(attr.ctime, attr.ctimeNs)
  made[birthtimeKey!] = withinSecond(attr.birthtime, attr.birthtimeNs)
}

let bigIntsReady = false

/** `fs.Stats` of an inode; `dev` tells volumes apart. */
export const makeStats = (attr: Attr, dev: number): Stats => new (Numbers as unknown as new (attr: Attr, dev: number) => Stats)(attr, dev)

/** The BigInt twin of `makeStats`. */
export function makeBigIntStats (attr: Attr, dev: number): BigIntStats {
  if (!bigIntsReady) {
    BigInts.prototype = Object.getPrototypeOf(ofSomeFile((path) => native.statSync(path, { bigint: true }))) as object
    bigIntsReady = true
  }
  return new (BigInts as unknown as new (attr: Attr, dev: number) => BigIntStats)(attr, dev)
}

/** `fs.StatFs`, in numbers or BigInts; `frsize` where the running Node has it. */
export function makeStatFs (figures: StatFsAttr, bigint: boolean): StatsFs | BigIntStatsFs {
  const model = ofSomeFile((path) => native.statfsSync(path))
  const made = Object.create(Object.getPrototypeOf(model) as object) as Made
  const { bsize } = figures
  const all: Record<string, number> = { ...figures, frsize: bsize }
  for (const name of Object.keys(model)) {
    const value = all[name]!
    made[name] = bigint ? BigInt(Math.trunc(value)) : value
  }
  return made as unknown as StatsFs
}

const { constants } = live as unknown as { constants: Record<string, number> }
/** libuv's numbers of the types of a directory entry (UV_DIRENT_*), by the type bits of the mode. */
const TYPES = new Map([
  [0o100000, constants.UV_DIRENT_FILE!], [0o040000, constants.UV_DIRENT_DIR!], [0o120000, constants.UV_DIRENT_LINK!],
  [0o010000, constants.UV_DIRENT_FIFO!], [0o140000, constants.UV_DIRENT_SOCKET!],
  [0o020000, constants.UV_DIRENT_CHAR!], [0o060000, constants.UV_DIRENT_BLOCK!]
])

type DirentClass = new (name: string | Buffer, type: number, parentPath: string | Buffer) => Dirent

/** A real `fs.Dirent`. */
export const makeDirent = (name: string | Buffer, mode: number, parentPath: string | Buffer): Dirent =>
  new (live.Dirent as unknown as DirentClass)(name, TYPES.get(mode & S_IFMT) ?? constants.UV_DIRENT_UNKNOWN!, parentPath)

/** Has an entry tell another folder that it lies in; up to Node 22 it does so under two names. */
export function setParent (entry: Dirent<string | Buffer>, parentPath: string | Buffer): void {
  Object.assign(entry, { parentPath }, Object.hasOwn(entry, 'path') && { path: parentPath })
}
