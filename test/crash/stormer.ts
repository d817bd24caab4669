// One of several processes that rename the same files and folders about at the same time, on a SQLite file system or, as the
// oracle, on a folder of the disk. `node stormer.js DATABASE|FOLDER SEED ROUNDS [DRIVER]`; prints what it did as JSON.
import disk from 'node:fs'
import { create, SqliteProvider } from '../../lib/index.ts'
import type { Driver } from '../../providers/sqlite.ts'
import { codeOf } from '../providers/sqlite-scratch.ts'

/** What a stormer did; `refused` by code. */
export interface Storm { moved: number, replaced: number, refused: Record<string, number> }

export const BALLS = 8
export const FOLDERS = 5
/** A whole content of the file that all replace; half of one, or none, is a fault. */
export const isWhole = (text: string): boolean => /^(\d+):(x+)$/.test(text) && text.length === 2000 + Number.parseInt(text)
const contentOf = (size: number): string => `${size}:`.padEnd(2000 + size, 'x')

/** The functions that a storm is made of. */
type Files = Pick<typeof disk, 'renameSync' | 'writeFileSync' | 'readFileSync' | 'readdirSync' | 'statSync' | 'mkdirSync'>

/** Every path of a folder, or of a ball, that is there now. Others move them meanwhile. */
export function findAll (fs: Files, root: string, is: (name: string) => boolean): string[] {
  const found: string[] = []
  const visit = (dir: string): void => {
    let names: string[] = []
    const code = codeOf(() => { names = fs.readdirSync(dir === '' ? '/' : dir) })
    if (code !== undefined && code !== 'ENOENT') throw new Error(`readdir: ${code}`)
    for (const name of names) {
      if (is(name)) found.push(`${dir}/${name}`)
      if (name.startsWith('folder')) visit(`${dir}/${name}`)
    }
  }
  visit(root)
  return found
}

export const isFolder = (name: string): boolean => name.startsWith('folder')
export const isBall = (name: string): boolean => name.startsWith('ball')

/** Lays out what is renamed. */
export function prepare (fs: Files, root: string): void {
  for (let i = 0; i < FOLDERS; i++) fs.mkdirSync(`${root}/folder ${i}`)
  for (let i = 0; i < BALLS; i++) fs.writeFileSync(`${root}/ball ${i}`, `ball ${i}`)
  fs.writeFileSync(`${root}/whole`, contentOf(1))
}

function storm (fs: Files, root: string, seed: number, rounds: number): Storm {
  let state = seed
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % below
  }
  const pick = (of: string[]): string => of[random(of.length)]!
  const result: Storm = { moved: 0, replaced: 0, refused: {} }
  for (let round = 0; round < rounds; round++) {
    const folders = [root, ...findAll(fs, root, isFolder)]
    const things = findAll(fs, root, round % 3 === 0 ? isFolder : isBall)
    if (things.length > 0) {
      const from = pick(things)
      const code = codeOf(() => { fs.renameSync(from, `${pick(folders)}${from.slice(from.lastIndexOf('/'))}`) })
      if (code === undefined) result.moved++
      else if (code === 'ENOENT' || code === 'EINVAL') result.refused[code] = (result.refused[code] ?? 0) + 1
      else throw new Error(`rename: ${code}`)
    }
    // The file that all replace is always there, and always one whole content.
    const size = random(900) + 100
    fs.writeFileSync(`${root}/mine ${seed}`, contentOf(size))
    fs.renameSync(`${root}/mine ${seed}`, `${root}/whole`)
    result.replaced++
    const text = fs.readFileSync(`${root}/whole`, 'utf8')
    if (!isWhole(text)) throw new Error(`half a file: ${text.length} bytes, ${text.slice(0, 20)}`)
    if (fs.statSync(`${root}/whole`).size < 2000) throw new Error('half a file')
  }
  return result
}

function main ([place, seed, rounds, driver]: string[]): void {
  if (driver === undefined) {
    console.log(JSON.stringify(storm(disk, place!, Number(seed), Number(rounds))))
    return
  }
  using provider = new SqliteProvider(place!, { driver: driver as Driver, timeout: 60_000 })
  console.log(JSON.stringify(storm(create(provider), '', Number(seed), Number(rounds))))
}

if (require.main === module) main(process.argv.slice(2))
