// A scratch folder on the host with a root for a sandbox in it, and things outside that must stay out of reach.
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RealFSProvider, type RealFSOptions } from '../../providers/real.ts'

/** What no sandbox may ever give away or change. */
export const SECRET = 'outside: must not be seen'

/** A name that nothing inside has. */
export const MARK = 'of-outside'

export interface Sandbox {
  /** Everything: the root and what lies outside of it. */
  readonly base: string
  readonly root: string
  /** A folder beside the root, with a file `secret` and a folder `sub` in it. */
  readonly outside: string
  host (path: string): string
  remove (): void
  /** Throws if anything outside was changed. */
  assertIntact (): void
}

export function makeSandbox (): Sandbox {
  const base = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-real-'))
  const root = join(base, 'root')
  const outside = join(base, 'outside')
  fs.mkdirSync(root)
  fs.mkdirSync(join(outside, 'sub'), { recursive: true })
  fs.writeFileSync(join(outside, 'secret'), SECRET, { mode: 0o640 })
  fs.writeFileSync(join(outside, 'sub', 'secret'), SECRET)
  fs.writeFileSync(join(outside, MARK), '')
  const before = tell(outside)
  return {
    base,
    root,
    outside,
    host: (path) => join(root, path),
    remove: () => { fs.rmSync(base, { recursive: true, force: true }) },
    assertIntact: () => {
      const after = tell(outside)
      if (after !== before) throw new Error(`outside was changed:\n${before}\n${after}`)
      const beside = fs.readdirSync(base).join()
      if (beside !== 'outside,root') throw new Error(`beside the root: ${beside}`)
    }
  }
}

/** All that a change would change: names, contents, modes, link counts and times of writing. */
function tell (dir: string): string {
  return ['', 'secret', 'sub', 'sub/secret'].map((name) => {
    const path = join(dir, name)
    const stats = fs.lstatSync(path, { bigint: true })
    const content = stats.isDirectory() ? fs.readdirSync(path).join() : fs.readFileSync(path, 'utf8')
    return [name, content, stats.mode, stats.nlink, stats.uid, stats.mtimeNs, stats.ctimeNs].join(' ')
  }).join('\n')
}

/** The two ways of keeping an access inside. */
export const GUARDS = process.platform === 'linux' ? ['descriptor', 'before and after'] as const : ['before and after'] as const

/** A provider with one of the guards: the second is what a system gets that is not Linux. */
export function provide (guard: typeof GUARDS[number], root: string, options?: RealFSOptions): RealFSProvider {
  const { platform } = process
  if (guard !== 'descriptor' && platform === 'linux') Object.defineProperty(process, 'platform', { value: 'freebsd' })
  try {
    return new RealFSProvider(root, options)
  } finally {
    Object.defineProperty(process, 'platform', { value: platform })
  }
}
