// SQLite as a subject, on every driver that loads here: in memory, and in a file that is closed and opened again before
// a case looks at what it did.
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { create, SqliteProvider } from '../../lib/index.ts'
import { drivers } from '../providers/sqlite-scratch.ts'
import type { Fs } from './driver.ts'
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

function reopened (open: (file: string) => SqliteProvider, mounted: boolean): Subject {
  const dir = fs.mkdtempSync(`${fs.realpathSync(fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir())}/fsmount-suite-`)
  const prefix = mounted ? `/fsmount-suite-sqlite-${process.pid}` : ''
  let provider: SqliteProvider
  let vfs: Vfs
  const start = (): void => {
    provider = open(`${dir}/suite.db`)
    vfs = create(provider, { parents: false })
    if (mounted) vfs.mount(prefix)
  }
  const stop = (): void => {
    vfs.unmount()
    provider.close()
  }
  start()
  const current = (): Fs => (mounted ? fs : vfs as unknown) as Fs
  current().mkdirSync(`${prefix}/suite`)
  return {
    name: 'sqlite', get fs () { return current() }, root: `${prefix}/suite`,
    settle: () => { stop(); start() },
    teardown: () => { stop(); fs.rmSync(dir, { recursive: true, force: true }) }
  }
}
