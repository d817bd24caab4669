// The fuzzer itself: it forgets no function, finds what is broken, and shrinks it. That it finds nothing else is the affair
// of the tests beside this one, each in a process of its own, because the umask and the user belong to the process.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { suite, test } from 'node:test'
import { campaign } from './campaign.ts'
import { pair } from './pair.ts'
import { rows } from './rows.ts'
import { real } from './side.ts'
import { FIXED } from './behaves.ts'
import type { Subject } from './subjects.ts'
import { moved, type Clock } from './tree.ts'

/** Everything that the running Node has and a sequence is made of, by the functions and methods that it stands for. */
const drawnFunctions = new Set(Object.entries(rows).flatMap(([op, row]) => [op, ...row.about ?? []]))
const drawnMethods = new Set(Object.values(rows).flatMap(({ handle }) => handle ?? []))

/** What no sequence has, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  watch: 'events come when they come', watchFile: 'events come when they come', unwatchFile: 'gives nothing without a watchFile',
  ReadStream: 'what createReadStream gives', WriteStream: 'what createWriteStream gives', FileReadStream: 'another name of ReadStream', FileWriteStream: 'another name of WriteStream',
  Utf8Stream: 'its writes come when they come', Stats: 'a class', Dirent: 'a class', Dir: 'what opendir gives', _toUnixTimestamp: 'takes no path',
  // Of a FileHandle.
  constructor: 'a class', fd: 'a number', getAsyncId: 'a number', pull: 'refused for files of a mount', pullSync: 'refused for files of a mount', writer: 'refused for files of a mount'
}

suite('fuzz', { concurrency: false }, () => {
  test('draws every function and every method of a FileHandle', async () => {
    const functions = [...new Set([...Object.keys(real), ...Object.keys(real.promises)].map((name) => name.replace(/Sync$/, '')))]
      .filter((name) => [real, real.promises].some((from) => [name, `${name}Sync`].some((one) => typeof (from as unknown as Record<string, unknown>)[one] === 'function')))
    assert.deepEqual(functions.filter((name) => !drawnFunctions.has(name) && !(name in LEFT_OUT)), [])
    const handle = await real.promises.open(process.execPath)
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(handle))
    await handle.close()
    assert.deepEqual(methods.filter((name) => !drawnMethods.has(name) && !(name in LEFT_OUT)), [])
  })

  test('tells times that moved from those of one moment, by the grain of two clocks', () => {
    const at = (atime: number, mtime: number): Clock => new Map([['/a', { ino: 1n, atime: BigInt(atime) * 1_000_000n, mtime: BigInt(mtime) * 1_000_000n, ctime: 0n }]])
    const [stood, took, read, written] = [at(500, 100), at(501, 100), at(600, 100), at(500, 600)]
    // A copy took its source's access time, which the kernel's clock has at the same tick.
    assert.deepEqual(moved([stood, stood], [stood, took], false), [[], []])
    assert.deepEqual(moved([stood, read], [stood, took], false), [[], []])
    assert.deepEqual(moved([stood, read], [stood, stood], false), [['/a atime'], []])
    assert.deepEqual(moved([stood, stood], [stood, written], false), [[], ['/a mtime']])
    assert.deepEqual(moved([stood, written], [stood, read], true), [['/a mtime'], []])
  })

  /** Two real folders of which the second has a fault. */
  const broken = (fault: object): Subject => ({ name: 'broken', bytes: true, open: (base) => ({ fs: { ...real, ...fault }, base, close: () => undefined }) })

  const faults: Array<[string, object, number]> = [
    ['a hard link that is a copy', { linkSync: (from: string, to: string) => { real.linkSync(from, to); real.unlinkSync(to); real.copyFileSync(from, to) } }, 8],
    ['an error without its path', { rmdirSync: (path: string) => { try { real.rmdirSync(path) } catch (error) { throw Object.assign(error as Error, { path: undefined }) } } }, 2],
    ['appending at the front of what is there', { appendFileSync: (file: string, data: string, options: object) => { real.writeFileSync(file, data, { flag: 'a', ...options }); if (typeof file === 'string') real.truncateSync(file, real.statSync(file).size >> 1) } }, 5],
    ['a name set without its times', { renameSync: (from: string, to: string) => { const was = real.lstatSync(from); real.renameSync(from, to); real.lutimesSync(to, was.atime, new Date(1e9)) } }, 4]
  ]
  for (const [name, fault, steps] of faults) {
    test(`finds and shrinks ${name}`, async () => {
      const { finding } = await campaign({ subject: broken(fault), ops: 20_000, seed: FIXED, pairs: () => pair(broken(fault), tmpdir()) })
      assert.ok(finding !== undefined, 'not found')
      assert.ok(finding.steps.length <= steps, finding.program)
      assert.match(finding.program, /expected/)
    })
  }
})
