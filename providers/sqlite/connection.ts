// One connection to a database: statements that wait their turn, transactions that nest, and the translation of
// SQLite's failures to error codes.
import { Errno, isErrno } from '../../lib/kernel/errors.ts'
import { clock } from '../../lib/kernel/native.ts'
import { resultCode, type Database, type Row, type Statement, type Value } from './drivers.ts'

/** What a connection tells its provider. */
export interface Listener {
  /** Before a commit and before a savepoint: everything held back must be written now. */
  flush (): void
  /** Something was rolled back: what is remembered may be wrong. */
  undone (): void
  /** The write lock was obtained: others may have written until now. */
  locked (): void
}

const ERRNO: Record<string, string> = { BUSY: 'EBUSY', LOCKED: 'EBUSY', FULL: 'ENOSPC', READONLY: 'EROFS', PERM: 'EACCES', CANTOPEN: 'EIO', IOERR: 'EIO', NOMEM: 'ENOMEM', TOOBIG: 'EFBIG', CONSTRAINT: 'EEXIST' }

const waiting = new Int32Array(new SharedArrayBuffer(4))
const isBusy = (error: unknown): boolean => { const code = resultCode(error); return code === 'BUSY' || code === 'LOCKED' }

/** A statement that gives rows. */
export interface Query { get (...values: Value[]): Row | undefined, all (...values: Value[]): Row[], iterate (...values: Value[]): Iterable<Row> }
/** A statement that changes something; gives the number of rows changed. */
export interface Command { run (...values: Value[]): number, insert (...values: Value[]): number }

/** A database that is open, and the transaction that runs on it, if any. */
export class Connection {
  readonly db: Database
  readonly file: string
  /** Milliseconds since the epoch at which the running operation began. */
  now = 0
  #listener: Listener | undefined
  #timeout: number
  /** Whether the running transaction changed anything, in the database or in what waits to be written. */
  wrote = false
  #depth = 0
  /** What the database could not do within the running transaction, which SQLite may have rolled back by itself: it is lost. */
  #broken: unknown
  #failures = 0
  readonly #begin: () => void
  #commit: Statement
  #rollback: Statement
  #save: Statement
  #release: Statement
  #back: Statement

  constructor (db: Database, file: string, timeout: number) {
    this.db = db
    this.file = file
    this.#timeout = timeout
    const begin = db.lingers ? undefined : db.prepare('BEGIN IMMEDIATE', false)
    this.#begin = begin === undefined ? () => { db.exec('BEGIN IMMEDIATE') } : () => { begin.run() }
    this.#commit = db.prepare('COMMIT', false)
    this.#rollback = db.prepare('ROLLBACK', false)
    this.#save = db.prepare('SAVEPOINT fsmount', false)
    this.#release = db.prepare('RELEASE fsmount', false)
    this.#back = db.prepare('ROLLBACK TO fsmount', false)
  }

  set listener (listener: Listener) { this.#listener = listener }

  /** True inside of a transaction: nobody else can write. */
  get locked (): boolean { return this.#depth > 0 }

  /** True when nothing more can be done in the running transaction, which is lost. */
  get broken (): boolean { return this.#broken !== undefined }

  query (sql: string): Query {
    const statement = this.patiently(() => this.db.prepare(sql, true))
    return {
      get: (...values) => {
        try { return statement.get(...values) } catch (error) { return this.#again(error, () => statement.get(...values)) }
      },
      all: (...values) => {
        try { return statement.all(...values) } catch (error) { return this.#again(error, () => statement.all(...values)) }
      },
      iterate: (...values) => this.#iterate(statement, values)
    }
  }

  * #iterate (statement: Statement, values: Value[]): Iterable<Row> {
    const { rows, first } = this.patiently(() => {
      const rows = statement.iterate(...values)[Symbol.iterator]()
      return { rows, first: rows.next() }
    })
    try {
      for (let row = first; row.done !== true; row = rows.next()) yield row.value
    } catch (error) {
      throw this.translate(error)
    } finally {
      rows.return?.()
    }
  }

  command (sql: string): Command {
    const statement = this.patiently(() => this.db.prepare(sql, false))
    const run = (values: Value[]): ReturnType<Statement['run']> => {
      this.wrote = true
      if (this.#broken !== undefined) throw this.#broken
      try { return statement.run(...values) } catch (error) { return this.#again(error, () => statement.run(...values)) }
    }
    return { run: (...values) => Number(run(values).changes), insert: (...values) => Number(run(values).lastInsertRowid) }
  }

  exec (sql: string): void { this.patiently(() => this.db.exec(sql)) }

  /** Does `what`, and again while the database is locked, until the time-out is over (then EBUSY). */
  patiently<T> (what: () => T): T {
    try { return what() } catch (error) { return this.#again(error, what) }
  }

  /** SQLite's own waiting doubles its pauses, which starves one of several writers: short, random pauses do not. */
  #again<T> (error: unknown, what: () => T): T {
    const end = clock() + this.#timeout
    for (let pause = 0.1; isBusy(error) && clock() < end; pause = Math.min(pause * 1.5, 4)) {
      Atomics.wait(waiting, 0, 0, pause * (0.5 + Math.random()))
      try { return what() } catch (next) { error = next }
    }
    throw this.translate(error)
  }

  /** What is thrown for a driver's error: an Errno, or, of a damaged file, an error that names it. */
  translate (error: unknown): unknown {
    this.#failures++
    const code = resultCode(error)
    if (code === undefined) return error
    const told = code !== 'CORRUPT' && code !== 'NOTADB' && code !== 'ERROR'
      ? new Errno(ERRNO[code] ?? 'EIO')
      : Object.assign(new Error(`EIO: ${this.file}: ${(error as Error).message}`, { cause: error }), { code: 'EIO', errno: -5, path: this.file })
    if (this.#depth > 0 && code !== 'CONSTRAINT') this.#broken ??= told
    return told
  }

  /**
   * As `atomic`, but a refusal leaves what was done before it, as on a disk: opening makes a file although the write
   * that follows is EBADF. Only what the database itself could not do is undone.
   */
  operation<T> (run: () => T): T {
    let refusal: Errno | undefined
    const failures = this.#failures
    const result = this.atomic(() => {
      try {
        return run()
      } catch (error) {
        if (!isErrno(error) || this.#failures !== failures) throw error
        refusal = error
        return undefined
      }
    })
    if (refusal !== undefined) throw refusal
    return result as T
  }

  /** Runs `run` as one transaction, or as a part of the one that is running; if it throws, nothing of it remains. */
  atomic<T> (run: () => T): T {
    const outermost = this.#depth === 0
    if (outermost) {
      this.wrote = false
      try { this.#begin() } catch (error) { this.#again(error, this.#begin) }
    } else {
      if (this.#broken !== undefined) throw this.#broken
      this.#listener?.flush()
      this.#save.run()
    }
    this.#depth++
    this.now = clock()
    try {
      if (outermost) this.#listener?.locked()
      const result = run()
      if (this.#broken !== undefined) throw this.#broken
      if (outermost) {
        this.#listener?.flush()
        try { this.#commit.run() } catch (error) { throw this.translate(error) }
      } else this.#release.run()
      this.#depth--
      return result
    } catch (error) {
      this.#undo(outermost)
      throw error
    }
  }

  /** As `atomic`, but what the listener does when it hears that `run` is undone stays, and nobody else can write in between. */
  within<T> (run: () => T): T {
    if (this.#depth > 0) return this.atomic(run)
    const errors: unknown[] = []
    let result: T | undefined
    try {
      result = this.atomic(() => {
        try {
          return this.atomic(run)
        } catch (error) {
          errors.push(error)
          return undefined
        }
      })
    } catch (error) {
      errors.push(error)   // where there is one of `run`, that says more
    }
    if (errors.length > 0) throw errors[0]
    return result as T
  }

  /** As `atomic`, for work that can wait: gives up at once, and returns false, when others are writing. */
  attempt (run: () => void): boolean {
    if (this.#depth > 0) return false
    const timeout = this.#timeout
    this.#timeout = 0
    try {
      this.atomic(run)
      return true
    } catch (error) {
      if ((error as Errno).code !== 'EBUSY') throw error
      return false
    } finally {
      this.#timeout = timeout
    }
  }

  #undo (outermost: boolean): void {
    this.#depth--
    try {
      if (outermost) this.#rollback.run()
      else {
        this.#back.run()
        this.#release.run()
      }
    } catch (error) {
      // SQLite itself rolled the whole transaction back: there is nothing left to undo, nor anything that an outer part could commit.
      if (!outermost) this.#broken ??= this.translate(error)
    }
    if (outermost) this.#broken = undefined
    if (this.wrote) this.#listener?.undone()
  }
}
