// Attempts to get out of a sandbox, through its object and through a mount: each must come to what it says, tell
// nothing of the host, and leave what is outside as it was.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { after, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { create } from '../../lib/index.ts'
import { RealFSProvider } from '../../providers/real.ts'
import { forms } from './attacks/forms.ts'
import { layOut, type Attack, type Ground } from './attacks/ground.ts'
import { links } from './attacks/links.ts'
import { paths, pathsOfObject } from './attacks/paths.ts'
import { makeSandbox, SECRET, type Sandbox } from './sandbox.ts'

const skip = process.platform === 'win32' && 'the traps are of POSIX'
const MOUNT = '/fsmount-attacked'
let count = 0

function enter (box: Sandbox, mounted: boolean): { ground: Ground, leave: () => void } {
  const vfs = create(new RealFSProvider(box.root), { parents: false })
  if (!mounted) return { ground: { f: vfs as unknown as typeof fs, at: (path) => path, mounted, box }, leave: () => {} }
  vfs.mount(MOUNT)
  return { ground: { f: fs, at: (path) => MOUNT + path, mounted, box }, leave: () => { vfs.unmount() } }
}

/** Rows that the table has no function for yet refuse, or are not there. */
const isMissing = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ERR_METHOD_NOT_IMPLEMENTED' || (error instanceof TypeError && / is not a function$/.test(error.message))

/** What an attack came to; an error is its code, after a look at what it tells beside what was given. */
async function outcome (run: Attack[1], ground: Ground): Promise<unknown> {
  const given = new Set<string>()
  const at = (path: string): string => {
    given.add(ground.at(path))
    return ground.at(path)
  }
  let result
  try {
    result = await run({ ...ground, at })
  } catch (error) {
    if (isMissing(error)) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    const told = [...given].reduce((text, path) => text.replaceAll(path, ''), inspect(error))
    assert.ok(!told.includes(ground.box.base), `the error tells of the host: ${told}`)
    result = code
  }
  const seen = inspect(result, { depth: 4 }) + (Buffer.isBuffer(result) ? result.toString() : '')
  assert.ok(!seen.includes(SECRET), 'the secret was read')
  assert.ok(!seen.includes(ground.box.base), `the result tells of the host: ${seen}`)
  return result
}

function attack ([name, run, wanted]: Attack, mounted: boolean): void {
  test(name, { skip, timeout: 10_000 }, async (t) => {
    const box = makeSandbox()
    layOut(box)
    const { ground, leave } = enter(box, mounted)
    try {
      assert.deepEqual(await outcome(run, ground), wanted)
      box.assertIntact()
      count++
    } catch (error) {
      if (!isMissing(error)) throw error
      t.skip((error as Error).message)
    } finally {
      leave()
      box.remove()
    }
  })
}

describe('attacks through the object', () => {
  for (const one of [...paths, ...pathsOfObject, ...links, ...forms]) attack(one, false)
})

describe('attacks through a mount', () => {
  for (const one of [...paths, ...links, ...forms]) attack(one, true)
})

after(() => { console.log(`# ${count} attacks, none out`) })
