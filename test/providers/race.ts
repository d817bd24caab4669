// One race of a sandbox against the process of racer.ts: attempts are made while folders, files and links change
// places; whatever gives away or changes something outside is an escape.
import { spawn, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import type { Sandbox } from './sandbox.ts'

/** Seconds of one race. */
export const SECONDS = Number(process.env.FSMOUNT_RACE_SECONDS ?? 3)

/** What is read inside; the same names outside hold something else. */
export const INSIDE = 'inside'

/** An attempt gives what it read: text, names, or a size. */
export type Seen = string | readonly string[] | number | boolean | undefined | void
export type Attempt = () => Seen | Promise<Seen>

export interface Score { attempts: number, done: number, refused: Record<string, number>, swaps: number, escapes: string[] }

/** Lays out what the racer swaps. */
export function prepare (box: Sandbox): void {
  for (const dir of ['d/sub', 'p/q/sub']) {
    fs.mkdirSync(box.host(dir), { recursive: true })
    fs.writeFileSync(box.host(`${dir}/secret`), INSIDE)
    fs.writeFileSync(join(box.host(dir), '..', 'secret'), INSIDE)
    fs.writeFileSync(join(box.host(dir), '..', 'mine'), INSIDE)
  }
  fs.writeFileSync(box.host('f'), INSIDE)
  fs.writeFileSync(box.host('g'), INSIDE)
  fs.symlinkSync(box.outside, box.host('.d-link'))
  fs.symlinkSync(box.outside, box.host('.q-link'))
  fs.symlinkSync(join(box.outside, 'secret'), box.host('.f-link'))
  execFileSync('mkfifo', [box.host('.g-fifo')])
}

/** Makes the attempts in turn until the time is over. `secret` is what must never be seen: its text, its size, and names. */
export async function race (box: Sandbox, attempts: Record<string, Attempt>, foreign: (seen: Seen) => boolean): Promise<Score> {
  const racer = spawn(process.execPath, [join(__dirname, 'racer.js'), box.root], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: string[] = []
  racer.stdout.setEncoding('utf8').on('data', (text: string) => { lines.push(...text.trim().split('\n')) })
  const closed = once(racer, 'close')
  await once(racer.stdout, 'data')
  const score: Score = { attempts: 0, done: 0, refused: {}, swaps: 0, escapes: [] }
  const end = Date.now() + SECONDS * 1000
  while (Date.now() < end) {
    for (let i = 0; i < 20; i++) await round(attempts, foreign, score)
    await new Promise((resolve) => setImmediate(resolve))
  }
  racer.stdin.end()
  await closed
  score.swaps = Number(lines.at(-1))
  return score
}

async function round (attempts: Record<string, Attempt>, foreign: (seen: Seen) => boolean, score: Score): Promise<void> {
  for (const [name, attempt] of Object.entries(attempts)) {
    score.attempts++
    try {
      const seen = await attempt()
      score.done++
      if (foreign(seen)) score.escapes.push(`${name}: ${String(seen)}`)
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === undefined) throw error
      score.refused[code] = (score.refused[code] ?? 0) + 1
    }
  }
}

export const tellScore = ({ attempts, done, refused, swaps, escapes }: Score): string =>
  `${SECONDS} s: ${attempts} attempts against ${swaps} swaps, ${done} done, refused ${JSON.stringify(refused)}, ${escapes.length} escapes`
