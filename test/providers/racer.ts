// The second process of the race: swaps folders for links, and a file for a link and a FIFO, as fast as it can, below
// the folder given as argument, until its standard input ends. Prints how often.
import fs from 'node:fs'

const root = process.argv[2]!
/** What stands at a name, and what takes its place for a moment. */
const SWAPS: [name: string, other: string][] = [['d', '.d-link'], ['p/q', '.q-link'], ['f', '.f-link'], ['g', '.g-fifo']]

let count = 0
let stop = false
process.stdin.on('data', () => {}).on('end', () => { stop = true })

/** A rename that takes away what the other process has made meanwhile where a name was free. */
function move (from: string, to: string): void {
  for (;;) {
    try {
      fs.renameSync(from, to)
      return
    } catch (error) {
      if (!/^(ENOTEMPTY|EEXIST|ENOTDIR|EISDIR)$/.test((error as NodeJS.ErrnoException).code!)) throw error
      try {
        fs.rmSync(to, { recursive: true, force: true })
      } catch {}   // the other process has put something in: try again
    }
  }
}

function swap (name: string, other: string): void {
  const path = `${root}/${name}`
  move(path, `${root}/.aside`)
  move(`${root}/${other}`, path)
  move(path, `${root}/${other}`)
  move(`${root}/.aside`, path)
  count++
}

function turn (): void {
  if (stop) {
    console.log(count)
    return
  }
  for (let i = 0; i < 50; i++) for (const pair of SWAPS) swap(...pair)
  setImmediate(turn)
}

console.log('ready')
turn()
