// A process that is going to be killed: writes, overwrites, appends to, renames and removes files in a SQLite file
// system without end, and says on stdout what it is about to do and when it is done. `node writer.js DATABASE SEED DRIVER`
import { writeSync } from 'node:fs'
import { SqliteProvider } from '../../providers/sqlite.ts'
import type { Driver } from '../../providers/sqlite.ts'
import { FILE, noise } from '../providers/sqlite-scratch.ts'

/** What is done to a name: its new content is noise of that length and seed; none, and it is removed. */
export interface Deed { name: string, length?: number, seed?: number, append?: boolean, from?: string }

export const NAMES = 40
const say = (line: string): void => { writeSync(1, `${line}\n`) }

function main ([file, seed, driver]: string[]): void {
  const fs = new SqliteProvider(file!, { driver: driver as Driver })
  let state = Number(seed)
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % below
  }
  const nameAt = (): string => `f${random(NAMES)}`
  for (let i = 1; ; i++) {
    const name = nameAt()
    const kind = random(10)
    const old = fs.lookup(1, name)
    let deed: Deed
    if (kind === 0 && old !== undefined) deed = { name }
    else if (kind === 1 && old !== undefined) deed = { name: nameAt(), from: name }
    else if (kind < 4 && old !== undefined) deed = { name, length: random(30_000), seed: i, append: true }
    else deed = { name, length: random(10) === 0 ? random(600_000) : random(20_000), seed: i }
    say(JSON.stringify(deed))
    perform(fs, deed)
    say('<')
  }
}

function perform (fs: SqliteProvider, { name, length, seed, append, from }: Deed): void {
  const old = fs.lookup(1, name)
  if (from !== undefined) fs.renameat(1, from, 1, name)
  else if (length === undefined) {
    fs.pin(old!.node, 0)   // stays open: its inode has no name when the process is killed
    fs.unlinkat(1, name)
  } else if (append === true) fs.write(old!.node, noise(length, seed), -1)
  else fs.atomic(() => { fs.replace(old?.node ?? fs.mknod(1, name, FILE, 0, 0), noise(length, seed)) })
}

if (require.main === module) main(process.argv.slice(2))
