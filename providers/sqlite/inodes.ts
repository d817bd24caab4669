// Attributes of inodes: read once, remembered until somebody else writes, and written back once per transaction.
import { Errno } from '../../lib/kernel/errors.ts'
import { clock } from '../../lib/kernel/native.ts'
import { S_IFDIR, S_IFMT, isDir, type Attr } from '../../lib/kernel/provider.ts'
import { DAY, isUnread } from '../../lib/kernel/relatime.ts'
import type { Command, Connection, Query } from './connection.ts'
import type { Row } from './drivers.ts'

/** More remembered inodes than this are forgotten at once. */
const LIMIT = 50_000

/** An inode as remembered; never changed in place, so it may be handed out. `born`: its birth time is stored. */
export interface Inode extends Attr { readonly born: boolean }

type Times = 'atime' | 'mtime' | 'ctime'
type Change = Partial<Pick<Attr, 'mode' | 'uid' | 'gid' | 'size' | 'nlink' | Times | `${Times}Ns`>>

const sec = (ms: number): number => Math.floor(ms / 1000)
const nsec = (ms: number, ns: number): number => (ms - sec(ms) * 1000) * 1e6 + ns
/** Milliseconds of the farthest time that is kept, some 142 million years: its seconds come back exactly as a number from every driver. */
const FARTHEST = 2 ** 52 * 1000

/** A change with times that are kept: the nearest, as file systems on a disk take it. */
function kept (change: Change): Change {
  const near: Change = { ...change }
  for (const name of ['atime', 'mtime'] as const) {
    const time = change[name] ?? 0
    if (Math.abs(time) > FARTHEST) Object.assign(near, { [name]: Math.sign(time) * FARTHEST, [`${name}Ns`]: 0 })
  }
  return near
}

const before = (ams: number, ans: number, bms: number, bns: number): boolean => ams < bms || (ams === bms && ans < bns)

/** The inodes of one database, without their contents. */
export class Inodes {
  readonly #connection: Connection
  readonly #own: boolean
  readonly #known = new Map<number, Inode>()
  readonly #dirty = new Set<number>()
  /** Access times that wait for the next transaction: reading must not cost a write. */
  readonly #read = new Map<number, number>()
  readonly #select: Query
  readonly #count: Query
  /** Folders in folders, counted when somebody asks: in a large folder that takes its time. */
  readonly #subfolders = new Map<number, number>()
  #closed = false
  readonly #insert: Command
  readonly #update: Command
  readonly #nlink: Command
  readonly #birth: Command | undefined

  /** What a statement selects, of an inode `i`, to offer it here; and what it joins for that. */
  readonly columns: string
  readonly join: string

  constructor (connection: Connection, own: boolean) {
    this.#connection = connection
    this.#own = own
    this.columns = `i.mode, i.nlink, i.uid, i.gid, i.rdev, i.size, i.atime, i.atime_nsec, i.mtime, i.mtime_nsec, i.ctime, i.ctime_nsec, ${own ? 'b.sec, b.nsec' : 'NULL, NULL'}`
    this.join = own ? 'LEFT JOIN fsmount_birth b ON b.ino = i.ino' : ''
    this.#select = connection.query(`SELECT ${this.columns} FROM fs_inode i ${this.join} WHERE i.ino = ?`)
    this.#count = connection.query(`SELECT count(*) FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino WHERE d.parent_ino = ? AND i.mode & ${S_IFMT} = ${S_IFDIR}`)
    this.#insert = connection.command(`INSERT INTO fs_inode (mode, nlink, uid, gid, size, atime, mtime, ctime, atime_nsec, mtime_nsec, ctime_nsec)
      VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#update = connection.command(`UPDATE fs_inode SET mode = ?, uid = ?, gid = ?, size = ?, atime = ?, atime_nsec = ?, mtime = ?, mtime_nsec = ?,
      ctime = ?, ctime_nsec = ? WHERE ino = ?`)
    this.#nlink = connection.command('UPDATE fs_inode SET nlink = ? WHERE ino = ?')
    this.#birth = own ? connection.command('INSERT OR IGNORE INTO fsmount_birth (ino, sec, nsec) VALUES (?, ?, ?)') : undefined
  }

  /** The inode as it is stored: a folder counts its names alone. ENOENT if there is none. */
  get (ino: number): Inode {
    const known = this.#known.get(ino)
    if (known !== undefined) return known
    const row = this.#select.get(ino)
    if (row === undefined) throw new Errno('ENOENT')
    return this.offer(ino, row, 0)
  }

  /** The inode as stat(2) has it: the `.` and the `..` in its folders are links of a folder. */
  attr (ino: number): Attr {
    const inode = this.get(ino)
    if (!isDir(inode.mode) || inode.nlink === 0) return inode
    let links: number | undefined
    const count = (): number => 2 + this.#subfoldersOf(ino)
    return { ...inode, get nlink () { return links ??= count() } }
  }

  #subfoldersOf (dir: number): number {
    let count = this.#subfolders.get(dir)
    if (count === undefined) this.#subfolders.set(dir, count = this.#closed ? 0 : Number(this.#count.get(dir)![0]))
    return count
  }

  /** Remembers an inode that a statement has read anyway, its columns from `at` on. */
  offer (ino: number, row: Row, at: number): Inode {
    const known = this.#known.get(ino)
    if (known !== undefined) return known
    const n = (column: number): number => { const value = row[at + column]; return typeof value === 'number' ? value : 0 }
    const ms = (column: number): number => n(column) * 1000 + Math.floor(n(column + 1) / 1e6)
    const ns = (column: number): number => n(column + 1) % 1e6
    const born = row[at + 12] !== null
    const [birthtime, birthtimeNs] = born ? [ms(12), ns(12)] : earliest(ms(6), ns(6), ms(8), ns(8), ms(10), ns(10))
    const read = this.#read.get(ino)
    const inode: Inode = {
      ino, mode: n(0), nlink: n(1), uid: n(2), gid: n(3), rdev: n(4), size: n(5), atime: read ?? ms(6), mtime: ms(8), ctime: ms(10), birthtime,
      atimeNs: read === undefined ? ns(6) : 0, mtimeNs: ns(8), ctimeNs: ns(10), birthtimeNs, born
    }
    if (this.#known.size >= LIMIT) this.#trim()
    this.#known.set(ino, inode)
    return inode
  }

  #trim (): void {
    for (const ino of this.#known.keys()) if (!this.#dirty.has(ino)) this.#known.delete(ino)
  }

  /** Makes an inode with one link. */
  add (mode: number, uid: number, gid: number, size: number): number {
    const { now } = this.#connection
    const s = sec(now)
    const n = nsec(now, 0)
    const ino = this.#insert.insert(mode, uid, gid, size, s, s, s, n, n, n)
    if (this.#known.size >= LIMIT) this.#trim()
    this.#known.set(ino, {
      ino, mode, nlink: 1, uid, gid, rdev: 0, size, atime: now, mtime: now, ctime: now, birthtime: now,
      atimeNs: 0, mtimeNs: 0, ctimeNs: 0, birthtimeNs: 0, born: false
    })
    return ino
  }

  /** Changes attributes and the change time, within a transaction. */
  change (ino: number, change: Change): void {
    this.#set(ino, { ...kept(change), ctime: this.#connection.now, ctimeNs: 0 })
  }

  /** As a change of content does: modification and change time. */
  modified (ino: number, size?: number): void {
    const { now } = this.#connection
    const old = this.get(ino)
    if (old.mtime === now && old.ctime === now && (size === undefined || size === old.size)) return
    this.#set(ino, { mtime: now, mtimeNs: 0, ctime: now, ctimeNs: 0, size: size ?? old.size })
  }

  #set (ino: number, change: Change): void {
    const old = this.get(ino)
    if (change.atime !== undefined) this.#read.delete(ino)
    let next: Inode = { ...old, ...change }
    if (!old.born) {
      // The birth time is what the earliest of the three times tells, until that is no longer so.
      const [ms, ns] = earliest(next.atime, next.atimeNs, next.mtime, next.mtimeNs, next.ctime, next.ctimeNs)
      if (ms !== old.birthtime || ns !== old.birthtimeNs) {
        this.#birth?.run(ino, sec(old.birthtime), nsec(old.birthtime, old.birthtimeNs))
        next = { ...next, born: true }
      }
    }
    this.#known.set(ino, next)
    this.#dirty.add(ino)
    this.#connection.wrote = true
  }

  /** Adds to the number of links of a file and returns it. */
  linked (ino: number, by: number): number {
    const old = this.get(ino)
    const nlink = Math.max(0, old.nlink + by)
    this.#nlink.run(nlink, ino)
    this.#known.set(ino, { ...old, nlink })
    return nlink
  }

  /** A folder gained or lost a folder, whose `..` is one of its links. What is not remembered is counted when it is read. */
  subfolder (dir: number, by: number): void {
    const count = this.#subfolders.get(dir)
    if (count !== undefined) this.#subfolders.set(dir, count + by)
  }

  /** An inode without a name, that is still open. */
  unlinked (ino: number): void {
    this.#nlink.run(0, ino)
    this.#known.set(ino, { ...this.get(ino), nlink: 0 })
  }

  /** Moves the access time as relatime does. */
  accessed (ino: number): void {
    const inode = this.#known.get(ino)
    if (inode === undefined && this.#read.has(ino)) return
    const { atime, atimeNs, mtime, mtimeNs, ctime, ctimeNs } = inode ?? this.get(ino)
    const now = clock()
    if (!isUnread(atime, mtime, ctime, atimeNs, mtimeNs, ctimeNs) && now - atime < DAY) return
    this.#read.set(ino, now)
    const known = this.#known.get(ino)
    if (known !== undefined) this.#known.set(ino, { ...known, atime: now, atimeNs: 0 })
  }

  /** Writes back, within a transaction. */
  flush (): void {
    if (this.#read.size > 0 && this.#own) this.#flushRead()
    if (this.#dirty.size === 0) return
    for (const ino of this.#dirty) this.#store(ino)
    this.#dirty.clear()
  }

  #store (ino: number): void {
    const i = this.#known.get(ino)!
    this.#update.run(i.mode, i.uid, i.gid, i.size, sec(i.atime), nsec(i.atime, i.atimeNs), sec(i.mtime), nsec(i.mtime, i.mtimeNs), sec(i.ctime), nsec(i.ctime, i.ctimeNs), ino)
  }

  /** The mode of an inode, where it is remembered: the running transaction may have changed it. */
  modeOf (ino: number): number | undefined { return this.#known.get(ino)?.mode }

  /** Writes an inode back now, if the running transaction has changed it: a statement is about to read of it. */
  settle (ino: number): void {
    if (this.#dirty.delete(ino)) this.#store(ino)
  }

  #flushRead (): void {
    for (const [ino, ms] of [...this.#read]) {
      try {
        this.#set(ino, { atime: ms, atimeNs: 0 })
      } catch (error) {
        if ((error as Errno).code !== 'ENOENT') throw error   // somebody else removed it: no time to keep
      }
    }
    this.#read.clear()
  }

  /** Access times that wait to be written are given up. */
  unread (): void { this.#read.clear() }

  /** The inode is no more. */
  forget (ino: number): void {
    this.#known.delete(ino)
    this.#dirty.delete(ino)
    this.#read.delete(ino)
  }

  /** The database is about to be closed: what was handed out before cannot ask it any more. */
  close (): void { this.#closed = true }

  /** Somebody else wrote, or something was rolled back. */
  clear (): void {
    this.#known.clear()
    this.#subfolders.clear()
    this.#dirty.clear()
  }
}

function earliest (ams: number, ans: number, mms: number, mns: number, cms: number, cns: number): [number, number] {
  let ms = ams
  let ns = ans
  if (before(mms, mns, ms, ns)) { ms = mms; ns = mns }
  if (before(cms, cns, ms, ns)) { ms = cms; ns = cns }
  return [ms, ns]
}
