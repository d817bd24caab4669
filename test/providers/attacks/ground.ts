// Where attacks take place: a sandbox laid out with traps, used by its object or through a mount.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import type { Sandbox } from '../sandbox.ts'

/** What an attacker holds. */
export interface Ground {
  /** The functions of fs: the object's own, or Node's while the sandbox is mounted. */
  readonly f: typeof fs
  /** A path of the sandbox as `f` takes it. */
  at (path: string): string
  readonly mounted: boolean
  readonly box: Sandbox
}

/** Gives what it got; the runner turns an error into its code. */
export type Run = (ground: Ground) => unknown

/** A name, what is tried, and what must come of it: a code, or the value, where only what is inside can answer. */
export type Attack = readonly [name: string, run: Run, outcome: unknown]

/** Folders, files and every kind of link, made on the host as another process would. */
export function layOut (box: Sandbox): void {
  fs.mkdirSync(box.host('d/sub'), { recursive: true })
  for (const name of ['mine', 'd/f', 'd/sub/f']) fs.writeFileSync(box.host(name), 'mine')
  const links: Record<string, string> = {
    abs: box.outside,
    rel: '../outside',
    'abs-secret': join(box.outside, 'secret'),
    'rel-secret': '../outside/secret',
    'd/up': '../../outside',
    chain: 'chain2',
    chain2: 'd/../chain3',
    chain3: '../outside/secret',
    top: '/',
    dots: '../../../../../../../..',
    inner: '/d',
    'inner-f': '/d/sub/../f',
    loop: 'loop2',
    loop2: 'loop',
    'proc-root': '/proc/self/root',
    'proc-cwd': '/proc/self/cwd',
    'dev-fd': '/dev/fd/0',
    'host-root': `/proc/self/root${box.outside}/secret`
  }
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, box.host(name))
}

/** A FIFO, which stops whoever opens it plainly. */
export const makeFifo = (box: Sandbox, name: string): void => { execFileSync('mkfifo', [box.host(name)]) }

/** What is left of a stream. */
export async function drain (stream: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
