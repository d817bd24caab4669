// The walk on the disk, in a process of its own: some calls make Node abort, and the disk has then nothing to say.
// `node walker.js FOLDER FROM` prints, from target number FROM on, a line of JSON before and after each call.
import fs from 'node:fs'
import { attempt, callsOf, folders, rightOf, targets } from './arguments.ts'
import type { Right } from './arguments.ts'
import type { Outcome } from './outcome.ts'

/** A line of the walker: a target that it begins; right arguments, null if unknown; a call that it begins; what came of that call. */
export type Line = { target: number } | { right: Right | null } | { call: number } | { outcome: Outcome } | { end: true }

const say = (line: Line): void => { fs.writeSync(1, JSON.stringify(line) + '\n') }

async function main (root: string, [fromTarget, fromCall]: number[]): Promise<void> {
  const folder = folders(fs, root)
  process.chdir(root)   // an empty path may stand for the working directory
  for (const [number, target] of (await targets(fs)).entries()) {
    if (number < fromTarget!) continue
    say({ target: number })
    const right = await rightOf(target, fs, folder) ?? null
    say({ right })
    if (right === null) continue
    for (const [index, call] of callsOf(target, right).entries()) {
      if (number === fromTarget && index < fromCall!) continue
      say({ call: index })
      say({ outcome: await attempt(target, fs, folder(), call, 150) })
    }
  }
  say({ end: true })
}

void main(process.argv[2]!, process.argv.slice(3).map(Number)).then(() => { process.exit(0) })
