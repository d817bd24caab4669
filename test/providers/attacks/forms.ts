// Attacks in the forms that answer later, by streams, walks and what is no plain file.
import fs from 'node:fs'
import net from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { drain, makeFifo, type Attack, type Ground } from './ground.ts'

const later: Attack[] = [
  ['promises.readFile', async ({ f, at }) => await f.promises.readFile(at('/abs/secret')), 'ENOENT'],
  ['promises.open', async ({ f, at }) => await f.promises.open(at('/rel-secret'), 'r+'), 'ENOENT'],
  ['promises.writeFile', async ({ f, at }) => { await f.promises.writeFile(at('/abs/secret'), 'x', { flag: 'r+' }) }, 'ENOENT'],
  ['promises.rm', async ({ f, at }) => { await f.promises.rm(at('/abs'), { recursive: true }) }, undefined],
  ['promises.cp', async ({ f, at }) => { await f.promises.cp(at('/rel/sub'), at('/stolen'), { recursive: true }) }, 'ENOENT'],
  ['promises.link', async ({ f, at }) => { await f.promises.link(at('/abs/secret'), at('/stolen')) }, 'ENOENT'],
  ['promises.realpath', async ({ f, at }) => await f.promises.realpath(at('/d/up/secret')), 'ENOENT'],
  ['the callback form', async ({ f, at }) => await new Promise((resolve, reject) => {
    f.readFile(at('/rel/secret'), (error, data) => { if (error) reject(error); else resolve(data) })
  }), 'ENOENT'],
  ['a read stream', async ({ f, at }) => await drain(f.createReadStream(at('/abs/secret'))), 'ENOENT'],
  ['a write stream', async ({ f, at }) => {
    const stream = f.createWriteStream(at('/abs-secret'), { flags: 'r+' })
    stream.end('x')
    await once(stream, 'close')
  }, 'ENOENT'],
  ['openAsBlob', async ({ f, at }) => {
    try {
      return await (await f.openAsBlob(at('/rel-secret'))).text()
    } catch (error) {
      // What a missing file is called: by its system code from Node 26 on.
      const { code } = error as NodeJS.ErrnoException
      return code === 'ENOENT' || code === 'ERR_INVALID_ARG_VALUE' ? 'refused' : code
    }
  }, 'refused'],
  ['watchFile', async ({ f, at }) => {
    const stats = await new Promise<fs.Stats>((resolve) => { f.watchFile(at('/abs/secret'), { interval: 5 }, resolve) })
    f.unwatchFile(at('/abs/secret'))
    return stats.size
  }, 0]
]

/** Links to the root: Node 20 lists what is behind links, over and over. */
const cutRings = (f: typeof fs, at: Ground['at']): void => { for (const name of ['top', 'dots']) f.unlinkSync(at(`/${name}`)) }

const walks: Attack[] = [
  ['a recursive listing', ({ f, at }) => {
    cutRings(f, at)
    return f.readdirSync(at('/'), { recursive: true }).some((name) => String(name).includes('secret/') || String(name).includes('abs/'))
  }, false],
  ['a recursive listing by opendir', async ({ f, at }) => {
    const names: string[] = []
    cutRings(f, at)
    for await (const entry of await f.promises.opendir(at('/'), { recursive: true })) names.push(join(entry.parentPath, entry.name))
    return [names.includes(at('/d/sub/f')), names.some((name) => name.includes('outside') || name.includes('up/'))]
  }, [true, false]],
  ['entries tell paths of the sandbox', ({ f, at }) => f.readdirSync(at('/d'), { withFileTypes: true })[0]!.parentPath === at('/d'), true],
  ['a glob through a link', ({ f, at }) => {
    cutRings(f, at)
    return 'globSync' in f ? f.globSync(at('/abs/*')) : []
  }, []],
  ['a glob over everything', ({ f, at }) => {
    cutRings(f, at)
    return 'globSync' in f ? f.globSync(at('/**/secret')) : []
  }, []],
  ['a temporary folder tells a path of the sandbox', ({ f, at }) => f.mkdtempSync(at('/d/t-')).startsWith(at('/d/t-')), true],
  ['folders made tell a path of the sandbox', ({ f, at }) => f.mkdirSync(at('/e/f/g'), { recursive: true }) === at('/e'), true],
  ['a watcher tells names of the sandbox', async ({ f, at, box }) => {
    const watcher = f.watch(at('/d'))
    const event = once(watcher, 'change')
    fs.writeFileSync(box.host('d/new'), 'x')
    const [, name] = await event as [string, string]
    watcher.close()
    return name
  }, 'new']
]

/** What is neither file nor folder must neither stop the process nor be reached. */
const special = (make: (ground: Ground) => unknown): ((run: (ground: Ground) => unknown) => Attack[1]) => (run) => async (ground) => {
  const undo = await make(ground) as undefined | (() => void)
  try {
    return await run(ground)
  } finally {
    undo?.()
  }
}
const fifo = special(({ box }) => { makeFifo(box, 'x') })
const socket = special(async ({ box }) => {
  const server = net.createServer().listen(box.host('x'))
  await once(server, 'listening')
  return () => { server.close() }
})

const specials: Attack[] = [
  ['reading a FIFO', fifo(({ f, at }) => f.readFileSync(at('/x'))), 'EACCES'],
  ['reading a FIFO by promise', fifo(async ({ f, at }) => await f.promises.readFile(at('/x'))), 'EACCES'],
  ['reading a FIFO by stream', fifo(async ({ f, at }) => await drain(f.createReadStream(at('/x')))), 'EACCES'],
  ['writing a FIFO', fifo(({ f, at }) => { f.writeFileSync(at('/x'), 'x') }), 'EACCES'],
  ['appending to a FIFO', fifo(({ f, at }) => { f.appendFileSync(at('/x'), 'x') }), 'EACCES'],
  ['opening a FIFO', fifo(({ f, at }) => f.openSync(at('/x'), 'r+')), 'EACCES'],
  ['copying a FIFO', fifo(({ f, at }) => { f.copyFileSync(at('/x'), at('/y')) }), 'EACCES'],
  ['a FIFO behind a link', fifo(({ f, at }) => { f.symlinkSync('x', at('/y')); return f.readFileSync(at('/y')) }), 'EACCES'],
  ['a FIFO made known, renamed and removed', fifo(({ f, at }) => {
    const known = f.statSync(at('/x')).isFIFO()
    f.renameSync(at('/x'), at('/y'))
    f.rmSync(at('/y'))
    return [known, f.existsSync(at('/y'))]
  }), [true, false]],
  ['reading a socket', socket(({ f, at }) => f.readFileSync(at('/x'))), 'EACCES'],
  ['writing to a socket', socket(({ f, at }) => { f.writeFileSync(at('/x'), 'x') }), 'EACCES']
]

/** Somebody else changes the folders while the attacker holds something. */
const changes: Attack[] = [
  ['a folder that was moved out, and its dots', ({ f, at, box }) => {
    const dir = f.opendirSync(at('/d/sub'))
    fs.renameSync(box.host('d'), join(box.base, 'd'))
    try {
      return f.readFileSync(at('/d/sub/../../../outside/secret'))
    } finally {
      dir.closeSync()
      fs.renameSync(join(box.base, 'd'), box.host('d'))
    }
  }, 'ENOENT'],
  ['a folder replaced by a link after it was read', ({ f, at, box }) => {
    f.readdirSync(at('/d'))
    f.readFileSync(at('/d/f'))
    fs.renameSync(box.host('d'), box.host('e'))
    fs.symlinkSync(box.outside, box.host('d'))
    return f.readFileSync(at('/d/secret'))
  }, 'ENOENT'],
  ['a file replaced by a link after it was opened', ({ f, at, box }) => {
    const fd = f.openSync(at('/d/f'), 'r+')
    fs.unlinkSync(box.host('d/f'))
    fs.symlinkSync(join(box.outside, 'secret'), box.host('d/f'))
    f.writeSync(fd, 'MINE', 0)
    f.ftruncateSync(fd, 2)
    const text = f.readFileSync(fd, 'utf8')
    f.closeSync(fd)
    return text
  }, 'MI'],
  ['a file replaced by a link before a stream opens it', async ({ f, at, box }) => {
    const stream = f.createReadStream(at('/d/f'), { autoClose: true })
    fs.unlinkSync(box.host('d/f'))
    fs.symlinkSync(join(box.outside, 'secret'), box.host('d/f'))
    return await drain(stream).catch((error: NodeJS.ErrnoException) => error.code === 'ENOENT' ? 'mine' : error.code)
  }, 'mine'],
  ['a folder replaced by a link while it is listed', async ({ f, at, box }) => {
    const dir = f.opendirSync(at('/d'), { bufferSize: 1 })
    dir.readSync()
    fs.renameSync(box.host('d'), box.host('e'))
    fs.symlinkSync(box.outside, box.host('d'))
    const names: string[] = []
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) names.push(entry.name)
    } catch {}
    dir.closeSync()
    return names.includes('secret')
  }, false],
  ['a folder replaced by a link before it is removed', ({ f, at, box }) => {
    fs.renameSync(box.host('d'), box.host('e'))
    fs.symlinkSync(box.outside, box.host('d'))
    f.rmSync(at('/d'), { recursive: true })
    return f.existsSync(at('/d'))
  }, false]
]

export const forms: readonly Attack[] = [...later, ...walks, ...specials, ...changes]
