// What goes on in later turns keeps the mounts that it began with: unmounting in the middle hands nothing to the disk.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { finished } from 'node:stream/promises'
import { test } from 'node:test'
import { create, type CreateOptions, type VirtualFileSystem } from '../../lib/index.ts'

type Call = (p: string, outside: string) => Promise<unknown>

/** A callback form, as a promise. */
const called = (run: (done: (error: unknown, value?: unknown) => void) => void): Promise<unknown> =>
  new Promise((resolve, reject) => { run((error, value) => { error === null || error === undefined ? resolve(value) : reject(error as Error) }) })

/** Classes as Node has them; the types know them by their first argument's elder meaning. */
const classes = fs as unknown as {
  WriteStream: { new (path: unknown, options?: unknown): fs.WriteStream, (path: unknown, options?: unknown): fs.WriteStream }
  ReadStream: new (path: unknown, options?: unknown) => fs.ReadStream
}

const written = (stream: fs.WriteStream): Promise<unknown> => finished(stream.end('streamed'))

async function collected (items: AsyncIterable<unknown>, from: string): Promise<string[]> {
  const found: string[] = []
  for await (const item of items) found.push(relative(from, String(typeof item === 'object' ? join((item as fs.Dirent).parentPath, (item as fs.Dirent).name) : item)))
  return found.sort()
}

const tree = { recursive: true } as const

/** Node 25 took the option away. */
const removesTrees = Number(process.versions.node.split('.')[0]) < 25

/** Calls that do not end in the turn in which they are made. */
const CALLS: Record<string, Call> = {
  'rm, promise': (p) => fs.promises.rm(`${p}/src`, tree),
  'rm, callback': (p) => called((done) => { fs.rm(`${p}/src`, tree, done) }),
  'rm with options that are not ordinary': (p) => fs.promises.rm(`${p}/src`, { ...tree, maxRetries: 2 }),
  'rm of a path in bytes': (p) => called((done) => { fs.rm(Buffer.from(`${p}/src`), tree, done) }),
  'cp, promise': (p) => fs.promises.cp(`${p}/src`, `${p}/dst`, tree),
  'cp, callback': (p) => called((done) => { fs.cp(`${p}/src`, `${p}/dst`, tree, done) }),
  'cp onto files that are there': (p) => fs.promises.cp(`${p}/src/deep`, `${p}/src`, tree),
  'cp with a filter': (p) => fs.promises.cp(`${p}/src`, `${p}/dst`, { ...tree, filter: async () => { await null; return true } }),
  'cp from the disk': (p, outside) => fs.promises.cp(outside, `${p}/src`, tree),
  'mkdir, promise': (p) => fs.promises.mkdir(`${p}/src/n/e/w`, tree),
  'mkdir, callback': (p) => called((done) => { fs.mkdir(`${p}/src/n/e/w`, tree, done) }),
  'mkdtemp': async (p) => { await fs.promises.rename(await fs.promises.mkdtemp(`${p}/src/deep-`), `${p}/src/made`) },
  'copyFile, promise': (p) => fs.promises.copyFile(`${p}/src/a`, `${p}/src/deep/b`),
  'copyFile, callback': (p) => called((done) => { fs.copyFile(`${p}/src/a`, `${p}/src/new`, done) }),
  'copyFile from the disk': (p, outside) => fs.promises.copyFile(`${outside}/o`, `${p}/src/a`),
  'copyFile from the disk to a new name': (p, outside) => called((done) => { fs.copyFile(`${outside}/o`, `${p}/src/new`, done) }),
  'writeFile with a mode that is not ordinary': (p) => fs.promises.writeFile(`${p}/src/a`, 'odd', { mode: '0666' as unknown as number }),
  'writeFile of an iterable': (p) => fs.promises.writeFile(`${p}/src/a`, (async function * () { await null; yield 'one'; yield 'two' })()),
  'writeFile and flush': (p) => called((done) => { fs.writeFile(`${p}/src/a`, 'flushed', { flush: true }, done) }),
  'createWriteStream': (p) => written(fs.createWriteStream(`${p}/src/a`)),
  'createWriteStream, flush': (p) => written(fs.createWriteStream(`${p}/src/new`, { flush: true })),
  'createWriteStream of a URL': (p) => written(fs.createWriteStream(new URL(`file://${p}/src/a`), 'utf8')),
  'new WriteStream': (p) => written(new classes.WriteStream(`${p}/src/a`)),
  'WriteStream without new, flush': (p) => written(classes.WriteStream(`${p}/src/new`, { flush: true })),
  'a class derived from WriteStream': (p) => written(new (class extends classes.WriteStream {})(Buffer.from(`${p}/src/a`))),
  'new ReadStream': async (p) => { let text = ''; for await (const part of new classes.ReadStream(`${p}/src/a`, 'utf8')) text += String(part); return text },
  'createReadStream': async (p) => { let text = ''; for await (const part of fs.createReadStream(`${p}/src/a`, 'utf8')) text += String(part); return text },
  'readdir, promise': async (p) => (await fs.promises.readdir(`${p}/src`, tree)).sort(),
  'realpath, callback': async (p) => relative(p, await called((done) => { fs.realpath(`${p}/src/deep/b`, done) }) as string),
  'opendir': async (p) => await collected(await fs.promises.opendir(`${p}/src`, tree), p),
  'openAsBlob': async (p) => await (await fs.openAsBlob(`${p}/src/a`)).text(),
  ...'glob' in fs.promises ? { glob: (p) => collected((fs.promises as unknown as { glob: (pattern: string) => AsyncIterable<string> }).glob(`${p}/**`), p) } satisfies Record<string, Call> : {},
  ...removesTrees ? { 'rmdir, recursive': (p) => (fs.promises.rmdir as (path: string, options: object) => Promise<void>)(`${p}/src`, tree) } satisfies Record<string, Call> : {}
}

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

/** How long a call is under way when its mount goes. */
const MOMENTS: Record<string, (() => unknown) | undefined> = {
  'at once': () => undefined,
  'after a microtask': () => null,
  'after an immediate': turn,
  'after three immediates': async () => { for (let i = 0; i < 3; i++) await turn() }
}

const KINDS: Record<string, CreateOptions> = { plain: {}, 'copy-on-write': { overlay: 'copy-on-write' }, overlay: { overlay: true } }

/** Everything below a folder, with what is in it. */
function snapshot (files: Pick<typeof fs, 'readdirSync' | 'lstatSync' | 'readFileSync'>, folder: string, at = ''): Record<string, string> {
  const all: Record<string, string> = {}
  for (const name of files.readdirSync(folder).sort()) {
    const path = `${folder === '/' ? '' : folder}/${name}`
    if (files.lstatSync(path).isDirectory()) Object.assign(all, { [`${at}/${name}`]: '' }, snapshot(files, path, `${at}/${name}`))
    else all[`${at}/${name}`] = files.readFileSync(path, 'utf8')
  }
  return all
}

/** A folder of the disk with files in `p`, and a file system with names of the same kind to be mounted there. */
function scene (kind: string): { root: string, vfs: VirtualFileSystem } {
  const root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-inflight-'))
  const vfs = create(KINDS[kind])
  const fill = (files: Pick<typeof fs, 'mkdirSync' | 'writeFileSync'>, at: string, text: string): void => {
    files.mkdirSync(`${at}/src/deep`, tree)
    files.writeFileSync(`${at}/src/a`, `${text} a`)
    files.writeFileSync(`${at}/src/deep/b`, `${text} b`)
  }
  fill(fs, `${root}/p`, 'real')
  fs.mkdirSync(`${root}/outside`)
  fs.writeFileSync(`${root}/outside/o`, 'from outside')
  if (kind !== 'copy-on-write') fill(vfs as unknown as typeof fs, '', 'virtual')
  return { root, vfs }
}

interface Ended { outcome: unknown, disk: Record<string, string>, volume: Record<string, string> }

/** One call, and what became of it, of the disk and of what was mounted. */
async function ended (kind: string, call: Call, moment: (() => unknown) | undefined): Promise<Ended & { before: Record<string, string> }> {
  const { root, vfs } = scene(kind)
  try {
    const before = snapshot(fs, root)
    vfs.mount(`${root}/p`)
    const outcome = call(`${root}/p`, `${root}/outside`).then((value) => value, (error: unknown) => (error as { code?: unknown }).code ?? error)
    if (moment !== undefined) {
      await moment()
      vfs.unmount()
    }
    const settled = await outcome
    vfs.unmount()
    return { outcome: typeof settled === 'string' ? settled.replace(root, '') : settled, before, disk: snapshot(fs, root), volume: snapshot(vfs as unknown as typeof fs, '/') }
  } finally {
    vfs.unmount()
    fs.rmSync(root, { recursive: true, force: true })
  }
}

for (const kind of Object.keys(KINDS)) {
  test(`unmounting ${kind} in the middle of a call leaves the disk to whom it belongs`, async () => {
    for (const [name, call] of Object.entries(CALLS)) {
      const whole = await ended(kind, call, undefined)
      for (const [when, moment] of Object.entries(MOMENTS)) {
        const { before, disk, volume, outcome } = await ended(kind, call, moment)
        const said = `${name}, unmounted ${when}`
        // An overlay hands to the disk what is the disk's, and that alone.
        assert.deepEqual(disk, kind === 'overlay' ? whole.disk : before, said)
        // What was begun is done, as after `umount -l`, but for what a copy-on-write mount only sees while it is mounted.
        if (kind !== 'copy-on-write' && name !== 'mkdtemp') assert.deepEqual({ outcome, volume }, { outcome: whole.outcome, volume: whole.volume }, said)
      }
    }
  })
}

test('what is mounted at the same place meanwhile is not mistaken for what was', async () => {
  const { root, vfs } = scene('plain')
  const next = create()
  next.mkdirSync('/src/deep', tree)
  next.writeFileSync('/src/deep/b', 'of the next one')
  try {
    for (const moment of Object.values(MOMENTS)) {
      vfs.mount(`${root}/p`)
      vfs.cpSync(`${root}/p/src`, `${root}/p/again`, tree)
      const removed = fs.promises.rm(`${root}/p/again`, tree)
      await moment!()
      vfs.unmount()
      next.mount(`${root}/p`)
      await removed
      assert.equal(fs.readFileSync(`${root}/p/src/deep/b`, 'utf8'), 'of the next one')
      next.unmount()
      assert.equal(vfs.existsSync('/again'), false)
      assert.equal(fs.readFileSync(`${root}/p/src/deep/b`, 'utf8'), 'real b')
    }
  } finally {
    next.unmount()
    fs.rmSync(root, tree)
  }
})

test('relative paths of a call stay in the virtual working folder that it began in', async () => {
  const { root } = scene('plain')
  const vfs = create({ virtualCwd: true })
  vfs.mkdirSync('/src/deep', tree)
  vfs.writeFileSync('/src/deep/b', 'virtual')
  const home = process.cwd()
  try {
    process.chdir(`${root}/p`)
    vfs.mount('/fsmount-inflight')
    process.chdir('/fsmount-inflight')
    const before = snapshot(fs, root)
    const removed = fs.promises.rm('src', tree)
    vfs.unmount()
    assert.equal(process.cwd(), `${root}/p`)
    await removed
    assert.deepEqual(snapshot(fs, root), before)
    assert.deepEqual(vfs.readdirSync('/'), [])
  } finally {
    vfs.unmount()
    process.chdir(home)
    fs.rmSync(root, tree)
  }
})

test('a stream that opens after the last unmount is served to its end, and leaves Node its functions', async () => {
  const { open, read, createReadStream } = fs
  const { root, vfs } = scene('plain')
  try {
    vfs.mount(`${root}/p`)
    const stream = fs.createReadStream(`${root}/p/src/a`, { encoding: 'utf8', highWaterMark: 3 })
    vfs.unmount()
    assert.equal(fs.open, open)
    let text = ''
    for await (const part of stream) text += String(part)
    assert.equal(text, 'virtual a')
    await finished(stream)
    await turn()
    assert.deepEqual([fs.open, fs.read, fs.createReadStream], [open, read, createReadStream])
  } finally {
    vfs.unmount()
    fs.rmSync(root, tree)
  }
})

/** Calls of an object, on paths below `p`. */
const OWN_CALLS: Record<string, (vfs: VirtualFileSystem, p: string) => Promise<unknown>> = {
  rm: (vfs, p) => vfs.promises.rm(`${p}/src`, tree),
  'rm of one file': (vfs, p) => vfs.promises.rm(`${p}/src/a`, { maxRetries: 2 }),
  'cp, callback': (vfs, p) => called((done) => { vfs.cp(`${p}/src`, `${p}/dst`, tree, done) }),
  'cp through links': (vfs, p) => vfs.promises.cp(`${p}/links`, `${p}/dst`, { ...tree, dereference: true }),
  'writeFile of an iterable': (vfs, p) => vfs.promises.writeFile(`${p}/src/a`, (async function * () { await null; yield 'one'; yield 'two' })()),
  createWriteStream: (vfs, p) => written(vfs.createWriteStream(`${p}/src/new`)),
  opendir: async (vfs, p) => await collected(await vfs.promises.opendir(`${p}/src`, tree), p)
}

test('calls of an object go on where they began, whether it is mounted or unmounted meanwhile', async () => {
  /** What a call gives and leaves behind, if the object changes its place at a moment. */
  const seen = async (call: (typeof OWN_CALLS)[string], from: string, moment: (() => unknown) | undefined): Promise<unknown> => {
    const { root, vfs } = scene('plain')
    const p = `${root}/p`
    try {
      vfs.mkdirSync('/links')
      vfs.symlinkSync('../src/a', '/links/near')
      // Where it leads depends on the place from which the call began.
      vfs.symlinkSync(`${from === 'mounted' ? p : ''}/src/deep`, '/links/far')
      const before = snapshot(fs, p)
      const filled = (): void => { for (const path of ['/src/a', '/src/deep/b']) assert.ok(vfs.existsSync(path)) }   // remembered from now on
      if (from === 'mounted') vfs.mount(p)
      const outcome = call(vfs, from === 'mounted' ? p : '').then((value) => value, (error: unknown) => (error as { code?: unknown }).code ?? error)
      if (moment !== undefined) {
        await moment()
        if (from === 'mounted') {
          vfs.unmount()
          if (moment === MOMENTS['at once']) filled()
        } else {
          vfs.mount(p)
        }
      }
      const settled = await outcome
      vfs.unmount()
      assert.deepEqual(snapshot(fs, p), before)
      vfs.rmSync('/links', tree)
      return [settled, snapshot(vfs as unknown as typeof fs, '/'), vfs.existsSync('/src/a'), vfs.existsSync('/src/deep/b')]
    } finally {
      vfs.unmount()
      fs.rmSync(root, tree)
    }
  }
  for (const [name, call] of Object.entries(OWN_CALLS)) {
    for (const from of ['mounted', 'unmounted']) {
      const whole = await seen(call, from, undefined)
      for (const [when, moment] of Object.entries(MOMENTS)) assert.deepEqual(await seen(call, from, moment), whole, `${name}, ${from} at first, ${when}`)
    }
  }
})

/** Calls with options that unmount when they are looked at, in the forms that there are. */
const ASKING: Record<string, { key: string, value?: unknown, call: (p: string, options: object) => unknown }> = {
  'writeFileSync': { key: 'mode', call: (p, options) => { fs.writeFileSync(`${p}/src/a`, 'odd', options) } },
  'writeFile': { key: 'flush', call: (p, options) => called((done) => { fs.writeFile(`${p}/src/new`, 'odd', options, done) }) },
  'writeFile, promise': { key: 'encoding', call: (p, options) => fs.promises.writeFile(`${p}/src/a`, 'odd', options) },
  'appendFileSync': { key: 'flag', call: (p, options) => { fs.appendFileSync(`${p}/src/a`, 'odd', options) } },
  'readFileSync': { key: 'encoding', call: (p, options) => String(fs.readFileSync(`${p}/src/a`, options)) },
  'readFile, promise': { key: 'flag', call: async (p, options) => String(await fs.promises.readFile(`${p}/src/a`, options)) },
  'mkdirSync': { key: 'recursive', call: (p, options) => { fs.mkdirSync(`${p}/src/made`, options) } },
  'mkdir': { key: 'mode', call: (p, options) => called((done) => { fs.mkdir(`${p}/src/made`, options, done) }) },
  'mkdtempSync': { key: 'encoding', call: (p, options) => { fs.renameSync(fs.mkdtempSync(`${p}/src/deep-`, options), `${p}/src/made`) } },
  'rmSync': { key: 'force', value: false, call: (p, options) => { fs.rmSync(`${p}/src/a`, options) } },
  'rm, promise': { key: 'maxRetries', value: 1, call: (p, options) => fs.promises.rm(`${p}/src/a`, options) },
  'cpSync': { key: 'force', value: true, call: (p, options) => { fs.cpSync(`${p}/src/a`, `${p}/src/new`, options) } },
  'cp, promise': { key: 'mode', value: 0, call: (p, options) => fs.promises.cp(`${p}/src/a`, `${p}/src/new`, options) },
  'createWriteStream': { key: 'flags', call: (p, options) => written(fs.createWriteStream(`${p}/src/new`, options)) }
}

test('a getter of options that unmounts hands the call to no disk', async () => {
  for (const [name, { key, value, call }] of Object.entries(ASKING)) {
    const whole = await ended('plain', async (p) => await call(p, {}), undefined)
    const { root, vfs } = scene('plain')
    try {
      const before = snapshot(fs, root)
      vfs.mount(`${root}/p`)
      let asked = 0
      const options = { get [key] () { asked++; vfs.unmount(); return value } }
      // Where the temporary folder's name is asked for a second time, it is the disk's.
      const outcome = await Promise.resolve().then(() => call(`${root}/p`, options)).then((value) => value, (error: unknown) => (error as { code?: unknown }).code ?? error)
      assert.ok(asked > 0, name)
      assert.deepEqual(snapshot(fs, root), before, name)
      if (name === 'mkdtempSync') assert.equal(outcome, 'ENOENT')
      else assert.deepEqual({ outcome, volume: snapshot(vfs as unknown as typeof fs, '/') }, { outcome: whole.outcome, volume: whole.volume }, name)
    } finally {
      vfs.unmount()
      fs.rmSync(root, tree)
    }
  }
})
