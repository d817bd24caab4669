// Where a callback stands: functions that are not the last argument, in functions of fs that take a callback, as on the disk.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { create } from '../../lib/index.ts'

type Later = (...args: unknown[]) => unknown
type Done = (...results: unknown[]) => void

const disk = fs.mkdtempSync(join(tmpdir(), 'fsmount-places-'))
after(() => { fs.rmSync(disk, { recursive: true }) })

/** Right arguments, without the callback; `fd` is a file that is open for both. `symlink` has rules of its own, with cases in topics/callbacks.ts. */
const CALLS: Record<string, (root: string, fd: number) => readonly unknown[]> = {
  access: (root) => [`${root}/f`, 4],
  appendFile: (root) => [`${root}/f`, 'x', 'utf8'],
  chmod: (root) => [`${root}/f`, 0o600],
  chown: (root) => [`${root}/f`, process.getuid!(), process.getgid!()],
  copyFile: (root) => [`${root}/f`, `${root}/new`, 0],
  cp: (root) => [`${root}/f`, `${root}/new`, {}],
  exists: (root) => [`${root}/f`],
  fchmod: (root, fd) => [fd, 0o600],
  fstat: (root, fd) => [fd, {}],
  fdatasync: (root, fd) => [fd],
  fsync: (root, fd) => [fd],
  ...(typeof fs.glob === 'function' ? { glob: (root: string) => [`${root}/*`, {}] } : {}),
  ftruncate: (root, fd) => [fd, 1],
  futimes: (root, fd) => [fd, 1, 1],
  link: (root) => [`${root}/f`, `${root}/new`],
  lstat: (root) => [`${root}/f`, {}],
  lutimes: (root) => [`${root}/f`, 1, 1],
  mkdir: (root) => [`${root}/new`, { mode: 0o700 }],
  mkdtemp: (root) => [`${root}/new`, 'utf8'],
  open: (root) => [`${root}/f`, 'r', 0o600],
  opendir: (root) => [root, {}],
  read: (root, fd) => [fd, Buffer.alloc(4), 0, 4, 0],
  readFile: (root) => [`${root}/f`, 'utf8'],
  readdir: (root) => [root, 'utf8'],
  readlink: (root) => [`${root}/l`, 'utf8'],
  readv: (root, fd) => [fd, [Buffer.alloc(4)], 0],
  realpath: (root) => [`${root}/f`, 'utf8'],
  'realpath.native': (root) => [`${root}/f`, 'utf8'],
  rename: (root) => [`${root}/f`, `${root}/new`],
  rm: (root) => [`${root}/f`, {}],
  rmdir: (root) => [`${root}/d`, {}],
  stat: (root) => [`${root}/f`, {}],
  statfs: (root) => [root, {}],
  truncate: (root) => [`${root}/f`, 1],
  unlink: (root) => [`${root}/f`],
  utimes: (root) => [`${root}/f`, 1, 1],
  write: (root, fd) => [fd, Buffer.from('yy'), 0, 2, 0],
  writeFile: (root) => [`${root}/f`, 'x', 'utf8'],
  writev: (root, fd) => [fd, [Buffer.from('yy')], 0]
}

/** What stands behind a function: F is another. */
const F = Symbol('another function')
const TAILS: ReadonlyArray<readonly unknown[]> = [[], [undefined], [null], [0], [{}], ['utf8'], [F], [F, F], [undefined, F], [0, F], [F, {}], [F, undefined], [{}, F, 7]]

/** The function of a name, as it stands in fs now; `realpath.native` is one of another. */
const functionOf = (name: string): Later => name.split('.').reduce<unknown>((on, part) => (on as Record<string, unknown>)[part], fs) as Later

/** Which function is called back, and with what error; or what is thrown at once, or where nobody catches it. */
function ended (run: Later, args: readonly unknown[], functions: number): Promise<string> {
  return new Promise((resolve) => {
    let ended = false
    const over = (what: string, error?: unknown): void => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      process.setUncaughtExceptionCaptureCallback(null)
      const { code, message } = error instanceof Error ? error as NodeJS.ErrnoException : { code: undefined, message: '' }
      resolve(`${what} ${code ?? ''} ${code?.startsWith('ERR_') === true ? message : ''}`)
    }
    const timer = setTimeout(over, 2000, 'nothing')
    process.setUncaughtExceptionCaptureCallback((error) => { over('uncaught', error) })
    let made = 0
    const make = (): Done => {
      const number = made++
      return (error) => { over(`function ${number} of ${functions}`, error) }
    }
    try {
      run(...args.map((arg) => arg === F ? make() : arg))
    } catch (error) {
      over('thrown', error)
    }
  })
}

test('arguments in front of such a callback are taken in at once', async () => {
  using vfs = create()
  vfs.writeFileSync('/a', 'a')
  vfs.writeFileSync('/b', 'b')
  vfs.mount('/fsmount-places')
  const path = Buffer.from('/fsmount-places/a')
  const read = new Promise((resolve) => { functionOf('readFile')(path, (error: Error | null, content: unknown) => { resolve(error ?? String(content)) }, undefined) })
  path.write('b', path.length - 1)
  assert.equal(await read, 'a')
})

test('a recursive listing, which some lines begin with at once, is one of the mount', async () => {
  using vfs = create()
  vfs.writeFileSync('/d/a', 'a')
  vfs.mount('/fsmount-places')
  assert.deepEqual(await new Promise((resolve) => { functionOf('readdir')('/fsmount-places', { recursive: true }, (error: Error | null, names: unknown) => { resolve(error ?? names) }, undefined) }), ['d', 'd/a'])
})

for (const [name, right] of Object.entries(CALLS)) {
  test(`${name} takes for its callback what Node takes`, async () => {
    const outcomes = async (root: string): Promise<Record<string, string>> => {
      const found: Record<string, string> = {}
      const count = right(root, 0).length
      for (let k = 1; k <= count; k++) {
        for (const [i, tail] of TAILS.entries()) {
          fs.rmSync(`${root}/w`, { recursive: true, force: true })
          fs.mkdirSync(`${root}/w/d`, { recursive: true })
          fs.writeFileSync(`${root}/w/f`, 'content')
          fs.symlinkSync('f', `${root}/w/l`)
          const fd = fs.openSync(`${root}/w/f`, 'r+')
          const args = [...right(`${root}/w`, fd).slice(0, k), F, ...tail]
          found[`${k} arguments, then a function and ${tail.map(String).join(', ')} (${i})`] = await ended(functionOf(name), args, args.filter((arg) => arg === F).length)
          fs.closeSync(fd)
        }
      }
      return found
    }
    const vfs = create()
    const expected = await outcomes(disk)
    vfs.mount('/fsmount-places')
    try {
      assert.deepEqual(await outcomes('/fsmount-places'), expected)
    } finally {
      vfs.unmount()
    }
  })
}
