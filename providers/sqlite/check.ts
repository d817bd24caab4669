// Is the file system in the database consistent, and can it be made so? Each rule of the format is one query for what
// breaks it and one way to mend that; contents are never thrown away, what has lost its name gets one in /lost+found.
import { clock } from '../../lib/kernel/native.ts'
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../lib/kernel/provider.ts'
import type { Command, Connection } from './connection.ts'
import type { Row } from './drivers.ts'
import { ROOT } from './schema.ts'

/** Something that `check` found. */
export interface Problem {
  /** Which rule is broken, in a word. */
  rule: string
  /** What is wrong, in a sentence. */
  text: string
  /** The inode concerned. */
  ino?: number
  repaired: boolean
}

/** Result of `check`: `ok` when nothing is wrong (any more). */
export interface Checked { ok: boolean, problems: Problem[] }

/** What a check works on. `own`: whether the file has our own tables. */
export interface Checking { connection: Connection, chunkSize: number, own: boolean, repair: boolean }

interface Rule {
  name: string
  /** Its first column is the inode, the others are for `text` and `mend`. */
  find: string
  text: (row: Row) => string
  mend?: (row: Row, hand: Hand) => void
  /** Only in files that have our own tables. */
  own?: true
}

/** The few changes of which repairs are made. */
interface Hand {
  chunkSize: number
  run (sql: string, ...values: number[]): void
  query (sql: string, ...values: number[]): Row[]
  /** Gives an inode a name in /lost+found. */
  rescue (ino: number): void
  /** Cuts a chunk to a length, or fills it with zeros. */
  fit (ino: number, index: number, length: number): void
}

const type = (column: string): string => `(${column} & ${S_IFMT})`
const SIZE = '(SELECT ifnull(sum(length(data)), 0) FROM fs_data d WHERE d.ino = i.ino)'
const NAMES = '(SELECT count(*) FROM fs_dentry d WHERE d.ino = i.ino)'
const REACHED = `WITH RECURSIVE reached(ino) AS (SELECT ${ROOT} UNION SELECT d.ino FROM reached r JOIN fs_dentry d ON d.parent_ino = r.ino)`

const COLUMNS = ['mode', 'nlink', 'uid', 'gid', 'size', 'rdev', 'atime', 'mtime', 'ctime', 'atime_nsec', 'mtime_nsec', 'ctime_nsec']
/** Beyond what JavaScript, and any file system, counts in. */
const ABSURD = (column: string): string => `(typeof(${column}) <> 'integer' OR ${column} NOT BETWEEN -9007199254740991 AND 9007199254740991)`

/** In the order of repair: values, names that lead nowhere, inodes without a name, counts, contents. */
const RULES: Rule[] = [
  {
    name: 'value',
    find: `SELECT ino FROM fs_inode WHERE ${COLUMNS.map(ABSURD).join(' OR ')}`,
    text: (row) => `inode ${row[0]} has a value that is none`,
    mend: (row, hand) => { for (const column of COLUMNS) hand.run(`UPDATE fs_inode SET ${column} = 0 WHERE ino = ? AND ${ABSURD(column)}`, row[0] as number) }
  },
  {
    name: 'type',
    find: `SELECT ino, CAST(mode AS REAL) FROM fs_inode i WHERE ${type('mode')} NOT IN (${S_IFREG}, ${S_IFDIR}, ${S_IFLNK}, 4096, 8192, 24576, 49152)`,
    text: (row) => `inode ${row[0]} has no known type (mode ${row[1]})`,
    mend: (row, hand) => hand.run(`UPDATE fs_inode SET mode = CASE WHEN EXISTS (SELECT 1 FROM fs_dentry d WHERE d.parent_ino = fs_inode.ino) THEN ${S_IFDIR | 0o755}
      WHEN EXISTS (SELECT 1 FROM fs_symlink s WHERE s.ino = fs_inode.ino) THEN ${S_IFLNK | 0o777} ELSE ${S_IFREG | 0o644} END WHERE ino = ?`, row[0] as number)
  },
  {
    name: 'dangling',
    find: 'SELECT ino, name, id FROM fs_dentry d WHERE NOT EXISTS (SELECT 1 FROM fs_inode i WHERE i.ino = d.ino)',
    text: (row) => `the name '${row[1]}' stands for inode ${row[0]}, which does not exist`,
    mend: (row, hand) => hand.run('DELETE FROM fs_dentry WHERE id = ?', row[2] as number)
  },
  {
    name: 'parent',
    find: `SELECT ino, name, id, parent_ino FROM fs_dentry d WHERE NOT EXISTS (SELECT 1 FROM fs_inode i WHERE i.ino = d.parent_ino AND ${type('i.mode')} = ${S_IFDIR})`,
    text: (row) => `the name '${row[1]}' is in inode ${row[3]}, which is not a folder`,
    mend: (row, hand) => hand.run('DELETE FROM fs_dentry WHERE id = ?', row[2] as number)
  },
  {
    name: 'name',
    find: "SELECT ino, name, id FROM fs_dentry WHERE name IN ('', '.', '..') OR instr(name, '/') OR instr(name, char(0)) OR typeof(name) <> 'text'",
    text: (row) => `'${String(row[1])}', a name of inode ${row[0]}, is none`,
    mend: (row, hand) => hand.run("UPDATE fs_dentry SET name = 'lost#' || id WHERE id = ?", row[2] as number)
  },
  {
    name: 'root',
    find: `SELECT ino, name, id FROM fs_dentry WHERE ino = ${ROOT}`,
    text: (row) => `the root folder has a name, '${row[1]}'`,
    mend: (row, hand) => hand.run('DELETE FROM fs_dentry WHERE id = ?', row[2] as number)
  },
  {
    name: 'twice',
    find: `SELECT d.ino, d.name, d.id FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino WHERE ${type('i.mode')} = ${S_IFDIR} AND d.id > (SELECT min(id) FROM fs_dentry o WHERE o.ino = d.ino)`,
    text: (row) => `folder ${row[0]} has a second name, '${row[1]}'`,
    mend: (row, hand) => hand.run('DELETE FROM fs_dentry WHERE id = ?', row[2] as number)
  },
  {
    name: 'cycle',
    find: `${REACHED} SELECT d.ino, d.name, d.id FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino WHERE ${type('i.mode')} = ${S_IFDIR} AND d.ino NOT IN reached
      AND d.ino IN (WITH RECURSIVE below(ino) AS (SELECT c.ino FROM fs_dentry c WHERE c.parent_ino = d.ino UNION SELECT c.ino FROM below b JOIN fs_dentry c ON c.parent_ino = b.ino) SELECT ino FROM below) LIMIT 1`,
    text: (row) => `folder ${row[0]}, '${row[1]}', is inside of itself`,
    mend: (row, hand) => hand.run('DELETE FROM fs_dentry WHERE id = ?', row[2] as number)
  },
  {
    name: 'nameless',
    find: `SELECT ino FROM fs_inode i WHERE ino <> ${ROOT} AND nlink > 0 AND NOT EXISTS (SELECT 1 FROM fs_dentry d WHERE d.ino = i.ino)`,
    text: (row) => `inode ${row[0]} has lost its name`,
    mend: (row, hand) => hand.rescue(row[0] as number)
  },
  {
    name: 'links',
    find: `SELECT ino, CAST(nlink AS REAL), ${NAMES} FROM fs_inode i WHERE nlink <> ${NAMES} + (ino = ${ROOT})`,
    text: (row) => `inode ${row[0]} counts ${row[1]} names and has ${row[2]}`,
    mend: (row, hand) => hand.run(`UPDATE fs_inode SET nlink = (SELECT count(*) FROM fs_dentry d WHERE d.ino = fs_inode.ino) + (ino = ${ROOT}) WHERE ino = ?`, row[0] as number)
  },
  {
    name: 'data',
    find: `SELECT DISTINCT d.ino FROM fs_data d WHERE NOT EXISTS (SELECT 1 FROM fs_inode i WHERE i.ino = d.ino AND ${type('i.mode')} = ${S_IFREG})`,
    text: (row) => `there are contents for inode ${row[0]}, which is not a file`,
    mend: (row, hand) => hand.run('DELETE FROM fs_data WHERE ino = ?', row[0] as number)
  },
  {
    name: 'chunk',
    find: `SELECT d.ino, d.chunk_index, length(d.data) FROM fs_data d JOIN (SELECT ino, max(chunk_index) AS last FROM fs_data GROUP BY ino) m ON m.ino = d.ino
      WHERE length(d.data) > :size OR d.chunk_index < 0 OR (d.chunk_index < m.last AND length(d.data) <> :size)`,
    text: (row) => `chunk ${row[1]} of inode ${row[0]} is ${row[2]} bytes long`,
    mend: (row, hand) => (row[1] as number) < 0
      ? hand.run('DELETE FROM fs_data WHERE ino = ? AND chunk_index = ?', row[0] as number, row[1] as number)
      : hand.fit(row[0] as number, row[1] as number, hand.chunkSize)
  },
  {
    name: 'size',
    find: `SELECT ino, CAST(size AS REAL), ${SIZE}, (SELECT ifnull(max(chunk_index * :size + length(data)), 0) FROM fs_data d WHERE d.ino = i.ino) FROM fs_inode i WHERE ${type('mode')} = ${S_IFREG} AND size <> ${SIZE}`,
    text: (row) => `file ${row[0]} says ${row[1]} bytes and has ${row[2]}`,
    mend: mendSize
  },
  {
    name: 'target',
    find: `SELECT ino FROM fs_inode i WHERE ${type('mode')} = ${S_IFLNK} AND NOT EXISTS (SELECT 1 FROM fs_symlink s WHERE s.ino = i.ino)`,
    text: (row) => `link ${row[0]} has no target`,
    mend: (row, hand) => hand.run(`UPDATE fs_inode SET mode = ${S_IFREG} | (mode & ${0o777}), size = 0 WHERE ino = ?`, row[0] as number)
  },
  {
    name: 'stray',
    find: `SELECT ino FROM fs_symlink s WHERE NOT EXISTS (SELECT 1 FROM fs_inode i WHERE i.ino = s.ino AND ${type('i.mode')} = ${S_IFLNK})`,
    text: (row) => `there is a link target for inode ${row[0]}, which is not a link`,
    mend: (row, hand) => hand.run('DELETE FROM fs_symlink WHERE ino = ?', row[0] as number)
  },
  {
    name: 'birth',
    own: true,
    find: 'SELECT ino FROM fsmount_birth b WHERE NOT EXISTS (SELECT 1 FROM fs_inode i WHERE i.ino = b.ino)',
    text: (row) => `there is a birth time for inode ${row[0]}, which does not exist`,
    mend: (row, hand) => hand.run('DELETE FROM fsmount_birth WHERE ino = ?', row[0] as number)
  }
]

/** Missing chunks up to the size are zeros, as other tools leave them; chunks beyond the size count. */
function mendSize (row: Row, hand: Hand): void {
  const [ino, size, , end] = row as [number, number, number, number]
  const wanted = Math.max(0, size < end || size > end + 0x40000000 ? end : size)   // a size that is a gigabyte off is not believed
  const last = Math.ceil(wanted / hand.chunkSize) - 1
  if (last >= 0) {
    const rest = wanted - last * hand.chunkSize
    if (last > 0) {
      hand.run(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
        INSERT OR IGNORE INTO fs_data (ino, chunk_index, data) SELECT ?, i, zeroblob(?) FROM n`, last - 1, ino, hand.chunkSize)
      const short = hand.query('SELECT chunk_index FROM fs_data WHERE ino = ? AND chunk_index < ? AND length(data) <> ?', ino, last, hand.chunkSize)
      for (const [index] of short) hand.fit(ino, index as number, hand.chunkSize)
    }
    hand.run('INSERT OR IGNORE INTO fs_data (ino, chunk_index, data) VALUES (?, ?, zeroblob(?))', ino, last, rest)
    hand.fit(ino, last, rest)
  }
  hand.run('UPDATE fs_inode SET size = ? WHERE ino = ?', wanted, ino)
}

/** Checks, and repairs if asked to. Runs in a transaction when it repairs. */
export function check (task: Checking): Checked {
  const problems: Problem[] = []
  const { connection, repair } = task
  for (const row of connection.query('PRAGMA integrity_check(20)').all()) {
    if (row[0] !== 'ok') problems.push({ rule: 'database', text: String(row[0]), repaired: false })
  }
  if (problems.length > 0) return { ok: false, problems }   // what the tables say cannot be relied on
  const hand = handOf(task)
  for (const rule of RULES) {
    if (rule.own === true && !task.own) continue
    for (let more = true; more;) {
      const rows = connection.query(rule.find.replaceAll(':size', String(task.chunkSize))).all()
      for (const row of rows) {
        const ino = row[0] as number
        if (repair) rule.mend?.(row, hand)
        problems.push({ rule: rule.name, text: rule.text(row), ino, repaired: repair && rule.mend !== undefined })
      }
      more = repair && rule.name === 'cycle' && rows.length > 0   // cutting one cycle shows the next
    }
  }
  leaked(task, hand, problems)
  return { ok: problems.every((problem) => problem.repaired), problems }
}

/** Inodes without a name that nobody holds open. */
function leaked ({ connection, own, repair }: Checking, hand: Hand, problems: Problem[]): void {
  const orphans = own ? 'AND ino NOT IN (SELECT ino FROM fsmount_orphan)' : ''
  for (const row of connection.query(`SELECT ino FROM fs_inode WHERE nlink <= 0 AND ino <> ${ROOT} ${orphans}`).all()) {
    const ino = row[0] as number
    if (repair) for (const table of ['fs_inode', 'fs_data', 'fs_symlink', ...own ? ['fsmount_birth'] : []]) hand.run(`DELETE FROM ${table} WHERE ino = ?`, ino)
    problems.push({ rule: 'leaked', text: `inode ${ino} has no name and is not open`, ino, repaired: repair })
  }
}

function handOf ({ connection, chunkSize }: Checking): Hand {
  const hand: Hand = {
    chunkSize,
    run: (sql, ...values) => { connection.command(sql).run(...values) },
    query: (sql, ...values) => connection.query(sql).all(...values),
    fit (ino, index, length) {
      const [old] = connection.query('SELECT CAST(data AS BLOB) FROM fs_data WHERE ino = ? AND chunk_index = ?').get(ino, index) as [Uint8Array]
      const data = Buffer.alloc(length)
      data.set(old.subarray(0, length))
      connection.command('UPDATE fs_data SET data = ? WHERE ino = ? AND chunk_index = ?').run(data, ino, index)
    },
    rescue (ino) {
      const name = connection.command('INSERT INTO fs_dentry (name, parent_ino, ino) VALUES (?, ?, ?)')
      const folder = lostAndFound(connection, name)
      name.run(freeName(connection, folder, `#${ino}`), folder, ino)
    }
  }
  return hand
}

/** The folder for what has lost its name. */
function lostAndFound (connection: Connection, name: Command): number {
  const found = connection.query(`SELECT d.ino FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino
    WHERE d.parent_ino = ${ROOT} AND d.name GLOB 'lost+found*' AND ${type('i.mode')} = ${S_IFDIR} LIMIT 1`).get()
  if (found !== undefined) return found[0] as number
  const now = Math.floor(clock() / 1000)
  const folder = connection.command(`INSERT INTO fs_inode (mode, nlink, atime, mtime, ctime) VALUES (${S_IFDIR | 0o700}, 1, ?, ?, ?)`).insert(now, now, now)
  name.run(freeName(connection, ROOT, 'lost+found'), ROOT, folder)
  return folder
}

function freeName (connection: Connection, folder: number, wanted: string): string {
  const taken = connection.query('SELECT 1 FROM fs_dentry WHERE parent_ino = ? AND name = ?')
  let name = wanted
  for (let i = 2; taken.get(folder, name) !== undefined; i++) name = `${wanted}-${i}`
  return name
}
