// SQLite as a subject, on every driver that loads here: in memory, and in a file that is closed and opened again before
// a case looks at what it did.
import { create, SqliteProvider } from '../../lib/index.ts'
import { drivers } from '../providers/sqlite-scratch.ts'
import { reopened } from './reopened.ts'
import type { Subject } from './runner.ts'

type Vfs = ReturnType<typeof create>

/** Subjects by name. `unmounted` makes a subject of an object. */
export function sqliteSubjects (unmounted: (vfs: Vfs) => Subject): Record<string, () => Subject> {
  const all: Record<string, () => Subject> = {}
  for (const driver of drivers) {
    all[`${String(driver)} in memory`] = () => unmounted(create(new SqliteProvider(':memory:', { driver }), { parents: false }))
    all[`${String(driver)} in a file`] = () => reopened((file) => new SqliteProvider(file, { driver }), false)
    all[`${String(driver)} in a file through fs`] = () => reopened((file) => new SqliteProvider(file, { driver }), true)
  }
  return all
}
