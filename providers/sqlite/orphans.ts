// Inodes that lost their last name while a process holds them open. Every process that can write has a row in
// `fsmount_session`; an unlinked inode that somebody might hold open becomes an orphan; each session, when it notices,
// pins those that it holds and says up to which orphan it has looked (`seen`). An orphan that every living session has
// seen and none has pinned is removed. So opening a file costs no write, and what a crashed process held is found again.
import { hostname } from 'node:os'
import { clock, native } from '../../lib/kernel/native.ts'
import type { Command, Connection, Query } from './connection.ts'

/** A session on another machine, or in another container, cannot be asked: it is held for dead after a day of silence. */
const SILENCE = 86_400_000
/** Orphans made before another attempt to remove them, and milliseconds between two looks at those of others. */
const BATCH = 256
const PAUSE = 50

/** What tells this process from others: machine and process namespace, and when it was started. */
function readText (path: string): string {
  try {
    return native.readFileSync(path, 'utf8')
  } catch {
    return ''   // no /proc here: the process id alone has to do
  }
}

function namespace (): string {
  try {
    return native.readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''   // as above
  }
}

/** Start time of a process in clock ticks, '' where it cannot be known. */
const startOf = (pid: number): string => {
  const stat = readText(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The session of this process, and the orphans that it knows of. */
export class Orphans {
  readonly #connection: Connection
  readonly #remove: (ino: number) => void
  readonly #pins = new Map<number, number>()
  /** Orphans that this session holds open. */
  readonly #held = new Set<number>()
  /** Open files whose making was undone: nobody may be given their numbers, or what is written to them would be written there. */
  readonly #unmade = new Set<number>()
  /** Whether others may have made orphans at which this session has not looked. */
  due = false
  #session = 0
  #seen = 0
  #since = 0
  #made = 0
  #others: boolean | undefined
  readonly #host = `${hostname()} ${readText('/proc/sys/kernel/random/boot_id').trim()} ${namespace()}`
  readonly #file: string
  readonly #sessions: Query
  readonly #last: Query
  readonly #after: Query
  readonly #free: Query
  readonly #add: Command
  readonly #pin: Command
  readonly #unpin: Command
  readonly #report: Command
  readonly #settle: Command
  readonly #leave: Command
  readonly #exists: Query
  readonly #reserve: Command

  /** `remove` deletes an inode and all that belongs to it. `file`: what tells a copy of the database from it. */
  constructor (connection: Connection, file: string, remove: (ino: number) => void) {
    this.#connection = connection
    this.#file = file
    this.#remove = remove
    this.#sessions = connection.query('SELECT id, host, pid, started, file, alive FROM fsmount_session')
    this.#last = connection.query('SELECT max(seq) FROM fsmount_orphan')
    this.#after = connection.query('SELECT ino FROM fsmount_orphan WHERE seq > ?')
    this.#free = connection.query(`SELECT seq, ino FROM fsmount_orphan o WHERE seq <= (SELECT ifnull(min(seen), 1e18) FROM fsmount_session)
      AND NOT EXISTS (SELECT 1 FROM fsmount_pin p WHERE p.ino = o.ino)`)
    this.#add = connection.command('INSERT INTO fsmount_orphan (ino) VALUES (?)')
    this.#pin = connection.command('INSERT OR IGNORE INTO fsmount_pin (session, ino) VALUES (?, ?)')
    this.#unpin = connection.command('DELETE FROM fsmount_pin WHERE session = ? AND ino = ?')
    this.#report = connection.command('UPDATE fsmount_session SET seen = ?, alive = ? WHERE id = ?')
    this.#settle = connection.command('DELETE FROM fsmount_orphan WHERE seq = ?')
    this.#leave = connection.command('DELETE FROM fsmount_session WHERE id = ?')
    this.#exists = connection.query('SELECT 1 FROM fs_inode WHERE ino = ?')
    this.#reserve = connection.command("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'fs_inode'")
  }

  /** Begins the session, and removes what those that ended without a word left behind. */
  begin (): void {
    this.#connection.atomic(() => {
      this.#seen = Number(this.#last.get()?.[0] ?? 0)
      this.#session = this.#connection.command('INSERT INTO fsmount_session (host, pid, started, file, seen, alive) VALUES (?, ?, ?, ?, ?, ?)')
        .insert(this.#host, process.pid, startOf(process.pid), this.#file, this.#seen, clock())
      this.#reap()
    })
  }

  /** Ends the session: what only it held open is removed. */
  end (): void {
    this.#connection.atomic(() => {
      this.#leave.run(this.#session)
      this.#reap()
    })
  }

  open (ino: number): void { this.#pins.set(ino, (this.#pins.get(ino) ?? 0) + 1) }

  close (ino: number): void {
    const pins = (this.#pins.get(ino) ?? 1) - 1
    if (pins > 0) this.#pins.set(ino, pins)
    else {
      this.#pins.delete(ino)
      this.#unmade.delete(ino)
    }
    if (pins > 0 || !this.#held.has(ino)) return
    this.#connection.atomic(() => {
      this.#unpin.run(this.#session, ino)
      this.#reap()
    })
    this.#held.delete(ino)
  }

  /** An inode lost its last name: true when it may be removed at once, else it is an orphan now. In a transaction. */
  orphan (ino: number): boolean {
    const mine = this.#pins.has(ino)
    if (!mine && !this.#shared()) return true
    this.#add.run(ino)
    this.#acknowledge()
    if (++this.#made % BATCH === 0) this.#reap()
    return false
  }

  #hold (ino: number): void {
    this.#pin.run(this.#session, ino)
    this.#held.add(ino)
  }

  /** Whether other sessions are there; read again after somebody else wrote. */
  #shared (): boolean {
    this.#others ??= this.#sessions.all().length > 1
    return this.#others
  }

  /** Somebody else wrote. */
  changed (): void {
    this.#others = undefined
    this.due = true
  }

  /** Looks at what others orphaned, not more often than every few milliseconds. Outside of a transaction. */
  attend (): void {
    const now = clock()
    if (now - this.#since < PAUSE) return
    this.#since = now
    this.due = Number(this.#last.get()?.[0] ?? 0) > this.#seen && !this.#connection.attempt(() => this.#reap())
  }

  /** Something was rolled back, perhaps what was said of pins, or the making of what is open: all orphans are looked at again. */
  undone (): void {
    this.#others = undefined
    this.#seen = 0
    for (const ino of this.#pins.keys()) if (this.#isUnmade(ino)) this.#unmade.add(ino)
    if (this.#connection.locked) this.reserve()
  }

  #isUnmade (ino: number): boolean {
    try {
      return this.#exists.get(ino) === undefined
    } catch {
      return true   // of a damaged file: a number too many that is not used
    }
  }

  /** Before an inode is made, in the same transaction: it gets none of the numbers that open files still have. */
  reserve (): void {
    if (this.#unmade.size > 0 && !this.#connection.broken) this.#reserve.run(Math.max(...this.#unmade))
  }

  /** Pins what this session holds of the orphans that are new, and says so. In a transaction. */
  #acknowledge (): boolean {
    const last = Number(this.#last.get()?.[0] ?? 0)
    if (last > this.#seen) {
      for (const [ino] of this.#after.all(this.#seen)) if (this.#pins.has(ino as number)) this.#hold(ino as number)
      this.#seen = last
      this.#report.run(last, clock(), this.#session)
    }
    return last > 0
  }

  /** Removes the orphans that nobody holds. In a transaction. */
  #reap (): void {
    const some = this.#acknowledge()
    this.#bury()
    if (!some) return
    for (const [seq, ino] of this.#free.all()) {
      this.#remove(ino as number)
      this.#settle.run(seq as number)
    }
  }

  /** Forgets sessions whose process is no more, and what they held. */
  #bury (): void {
    for (const [id, host, pid, started, file, alive] of this.#sessions.all() as Array<[number, string, number, string, string, number]>) {
      if (id !== this.#session && !this.#lives(host, pid, started, file, alive)) this.#leave.run(id)
    }
    this.#connection.exec('DELETE FROM fsmount_pin WHERE session NOT IN (SELECT id FROM fsmount_session)')
  }

  #lives (host: string, pid: number, started: string, file: string, alive: number): boolean {
    if (file !== this.#file) return false   // the session of the file that this one is a copy of
    if (host !== this.#host) return clock() - alive < SILENCE
    return isRunning(pid) && (started === '' || startOf(pid) === started)
  }
}
