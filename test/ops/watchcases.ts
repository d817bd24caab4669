// Scenes for watchers: what stands before, what is watched, what happens. The events and their order are the kernel's to
// say; the same scene on a real folder is the oracle.
import { once } from 'node:events'
import type { Random } from '../fuzz/random.ts'
import type { FSWatcher } from 'node:fs'

type Fs = typeof import('node:fs')

/** Where a scene plays: `at` makes paths, `flush` waits until what happened so far was told. */
export interface Stage { readonly fs: Fs, readonly at: (name: string) => string, readonly flush: () => Promise<void> }

/** `watched`: names below the folder of the scene, '.' for itself. */
export interface Scene { readonly watched: readonly string[], before? (stage: Stage): void, act (stage: Stage): void | Promise<void> }

const file = (...names: string[]) => ({ fs, at }: Stage): void => { for (const name of names) fs.writeFileSync(at(name), 'x') }
/** A folder `d`, and files. */
const folder = (...files: string[]) => (stage: Stage): void => {
  stage.fs.mkdirSync(stage.at('d'))
  file(...files)(stage)
}
const both = ['.', 'f']

/** Opens a file for as long as `use` takes. */
async function opened ({ fs, at }: Stage, name: string, use: (fd: number) => void | Promise<void>): Promise<void> {
  const fd = fs.openSync(at(name), 'r+')
  await use(fd)
  fs.closeSync(fd)
}

/** The scenes by what they are about. */
export const scenes: Readonly<Record<string, Scene>> = {
  'a new file': { watched: ['.'], act: ({ fs, at }) => { fs.writeFileSync(at('f'), 'x') } },
  'a new empty file': { watched: ['.'], act: ({ fs, at }) => { fs.writeFileSync(at('f'), '') } },
  'a file written anew': { watched: both, before: file('f'), act: ({ fs, at }) => { fs.writeFileSync(at('f'), 'yy') } },
  'a file emptied': { watched: both, before: file('f'), act: ({ fs, at }) => { fs.writeFileSync(at('f'), '') } },
  'two appends at once': { watched: ['.'], before: file('f'), act: ({ fs, at }) => { for (const text of 'ab') fs.appendFileSync(at('f'), text) } },
  'two appends one after the other': {
    watched: both,
    before: file('f'),
    act: async ({ fs, at, flush }) => {
      fs.appendFileSync(at('f'), 'a')
      await flush()
      fs.appendFileSync(at('f'), 'b')
    }
  },
  truncate: { watched: both, before: file('f'), act: ({ fs, at }) => { fs.truncateSync(at('f'), 0) } },
  chmod: { watched: both, before: file('f'), act: ({ fs, at }) => { fs.chmodSync(at('f'), 0o600) } },
  'chmod to what it is': { watched: both, before: file('f'), act: ({ fs, at }) => { fs.chmodSync(at('f'), fs.statSync(at('f')).mode & 0o7777) } },
  utimes: { watched: both, before: file('f'), act: ({ fs, at }) => { fs.utimesSync(at('f'), 1, 1) } },
  chown: { watched: both, before: file('f'), act: ({ fs, at }) => { fs.chownSync(at('f'), -1, process.getgid!()) } },
  'chown of nobody': { watched: both, before: file('f'), act: ({ fs, at }) => { fs.chownSync(at('f'), -1, -1) } },
  'chmod of a folder': { watched: ['.', 'd'], before: ({ fs, at }) => { fs.mkdirSync(at('d')) }, act: ({ fs, at }) => { fs.chmodSync(at('d'), 0o700) } },
  'lutimes of a link': {
    watched: ['.', 'l'],
    before: (stage) => {
      file('f')(stage)
      stage.fs.symlinkSync('f', stage.at('l'))
    },
    act: ({ fs, at }) => { fs.lutimesSync(at('l'), 1, 1) }
  },
  unlink: { watched: both, before: file('f'), act: ({ fs, at }) => { fs.unlinkSync(at('f')) } },
  'unlink of one of two names': {
    watched: ['.', 'f', 'g'],
    before: (stage) => {
      file('f')(stage)
      stage.fs.linkSync(stage.at('f'), stage.at('g'))
    },
    act: ({ fs, at }) => { fs.unlinkSync(at('f')) }
  },
  link: { watched: both, before: file('f'), act: ({ fs, at }) => { fs.linkSync(at('f'), at('g')) } },
  'a write by the other name': {
    watched: ['.', 'f', 'd'],
    before: (stage) => {
      file('f')(stage)
      stage.fs.mkdirSync(stage.at('d'))
      stage.fs.linkSync(stage.at('f'), stage.at('d/g'))
    },
    act: ({ fs, at }) => { fs.appendFileSync(at('d/g'), '1') }
  },
  'mkdir and rmdir': {
    watched: ['.', 'd'],
    before: ({ fs, at }) => { fs.mkdirSync(at('d')) },
    act: ({ fs, at }) => {
      fs.rmdirSync(at('d'))
      fs.mkdirSync(at('d'))
    }
  },
  'folders made at once, used later': {
    watched: ['.'],
    act: async ({ fs, at, flush }) => {
      fs.mkdirSync(at('a/b/c'), { recursive: true })
      await flush()
      fs.writeFileSync(at('a/b/c/f'), 'x')
      await flush()
      fs.appendFileSync(at('a/b/c/f'), 'x')
    }
  },
  'a link and what it leads to': {
    watched: ['.', 'l', 'm'],
    before: ({ fs, at }) => {
      fs.writeFileSync(at('f'), 'x')
      fs.mkdirSync(at('d'))
      fs.symlinkSync('f', at('l'))
      fs.symlinkSync('d', at('m'))
    },
    act: ({ fs, at }) => {
      fs.appendFileSync(at('l'), '1')
      fs.writeFileSync(at('m/g'), '1')
    }
  },
  rename: { watched: both, before: file('f'), act: ({ fs, at }) => { fs.renameSync(at('f'), at('g')) } },
  'a file replaced by rename': {
    watched: ['.', 'f', 'g'],
    before: file('f', 'g'),
    act: async ({ fs, at, flush }) => {
      fs.renameSync(at('f'), at('g'))
      await flush()
      fs.appendFileSync(at('g'), 'x')
    }
  },
  'rename to another folder': { watched: ['.', 'f', 'd'], before: folder('f'), act: ({ fs, at }) => { fs.renameSync(at('f'), at('d/g')) } },
  'a folder replaced by rename': {
    watched: ['.', 'd', 'e'],
    before: ({ fs, at }) => { for (const name of ['d', 'e']) fs.mkdirSync(at(name)) },
    act: ({ fs, at }) => { fs.renameSync(at('d'), at('e')) }
  },
  'changes in a folder that was renamed': {
    watched: ['.', 'd', 'd/f'],
    before: folder('d/f', 'd/h'),
    act: ({ fs, at }) => {
      fs.renameSync(at('d'), at('e'))
      fs.writeFileSync(at('e/g'), 'x')
      fs.appendFileSync(at('e/f'), '1')
      fs.appendFileSync(at('e/h'), '1')
    }
  },
  'a tree moved in': {
    watched: ['d'],
    before: (stage) => {
      for (const name of ['d', 'e/k/l']) stage.fs.mkdirSync(stage.at(name), { recursive: true })
      file('e/k/f')(stage)
    },
    act: async ({ fs, at, flush }) => {
      fs.renameSync(at('e/k'), at('d/k'))
      await flush()
      fs.writeFileSync(at('d/k/l/z'), 'x')
    }
  },
  'a tree removed': { watched: ['.', 'd', 'd/f'], before: folder('d/f'), act: ({ fs, at }) => { fs.rmSync(at('d'), { recursive: true }) } },
  'copyFile to a new name': { watched: both, before: file('f'), act: ({ fs, at }) => { fs.copyFileSync(at('f'), at('g')) } },
  'copyFile over a file': { watched: ['.', 'g'], before: file('f', 'g'), act: ({ fs, at }) => { fs.copyFileSync(at('f'), at('g')) } },
  'cp of a tree': { watched: ['.'], before: folder('d/f'), act: ({ fs, at }) => { fs.cpSync(at('d'), at('e'), { recursive: true }) } },
  'an open file without a name': {
    watched: both,
    before: file('f'),
    act: async (stage) => {
      await opened(stage, 'f', async (fd) => {
        stage.fs.unlinkSync(stage.at('f'))
        await stage.flush()
        stage.fs.writeSync(fd, 'zz')
        await stage.flush()
      })
    }
  },
  'an open file under a new name': {
    watched: both,
    before: file('f'),
    act: async (stage) => {
      await opened(stage, 'f', async (fd) => {
        stage.fs.renameSync(stage.at('f'), stage.at('g'))
        await stage.flush()
        stage.fs.writeSync(fd, 'zz')
        stage.fs.fchmodSync(fd, 0o600)
        stage.fs.ftruncateSync(fd, 0)
      })
    }
  },
  'an open file in a folder under a new name': {
    watched: ['.', 'd'],
    before: folder('d/f'),
    act: async (stage) => {
      await opened(stage, 'd/f', (fd) => {
        stage.fs.renameSync(stage.at('d'), stage.at('e'))
        stage.fs.writevSync(fd, [Buffer.from('a'), Buffer.from('b')])
      })
    }
  },
  'nothing written': { watched: both, before: file('f'), act: (stage) => opened(stage, 'f', (fd) => { stage.fs.writeSync(fd, '') }) },
  'reading': { watched: both, before: file('f'), act: ({ fs, at }) => { fs.readFileSync(at('f')) } },
  'a path that ends in a slash': {
    watched: ['d/', 'd/.'],
    before: ({ fs, at }) => { fs.mkdirSync(at('d')) },
    act: ({ fs, at }) => {
      fs.chmodSync(at('d'), 0o700)
      fs.writeFileSync(at('d/f'), 'x')
    }
  },
  'a name made again': {
    watched: both,
    before: file('f'),
    act: ({ fs, at }) => {
      fs.unlinkSync(at('f'))
      fs.writeFileSync(at('f'), 'x')
    }
  }
}

/** Plays a scene in a new folder and tells the events, each with the name that was watched. */
export async function play (scene: Scene, fs: Fs, root: string, recursive: boolean): Promise<string[]> {
  const folder = `${root}/scene`
  const bell = `${root}/bell`
  for (const path of [folder, bell]) fs.mkdirSync(path)
  // One queue for all watchers: when the bell is heard, all that was before it has been heard.
  const ear = fs.watch(bell)
  let rings = 0
  const flush = async (): Promise<void> => {
    const heard = once(ear, 'change')
    fs.mkdirSync(`${bell}/${rings++}`)
    await heard
  }
  const stage: Stage = { fs, at: (name) => `${folder}/${name}`, flush }
  const events: string[] = []
  const watchers: FSWatcher[] = []
  try {
    scene.before?.(stage)
    for (const name of scene.watched) {
      const watcher = fs.watch(name === '.' ? folder : stage.at(name), { recursive }, (event, told) => { events.push(`${name}: ${event} ${told}`) })
      watcher.on('error', (error) => { events.push(`${name}: ${(error as NodeJS.ErrnoException).code}`) })
      watchers.push(watcher)
    }
    await scene.act(stage)
    await flush()
  } finally {
    for (const watcher of [...watchers, ear]) watcher.close()
    fs.rmSync(root, { recursive: true })
  }
  return events
}

const NAMES = ['a', 'b', 'd/a', 'd/b', 'e', 'd', 'd/s']

/** A scene of random calls, of which many fail. */
export function randomScene (random: Random, length: number): Scene {
  const calls: ((stage: Stage, fds: number[]) => void | Promise<void>)[] = []
  for (let i = 0; i < length; i++) {
    const [one, other] = [random.pick(NAMES), random.pick(NAMES)]
    calls.push(random.pick<(stage: Stage, fds: number[]) => void | Promise<void>>([
      ({ fs, at }) => { fs.writeFileSync(at(one), 'x') },
      ({ fs, at }) => { fs.writeFileSync(at(one), '') },
      ({ fs, at }) => { fs.appendFileSync(at(one), 'y') },
      ({ fs, at }) => { fs.unlinkSync(at(one)) },
      ({ fs, at }) => { fs.mkdirSync(at(one)) },
      ({ fs, at }) => { fs.rmdirSync(at(one)) },
      ({ fs, at }) => { fs.renameSync(at(one), at(other)) },
      ({ fs, at }) => { fs.renameSync(at(one), at(other)) },
      ({ fs, at }) => { fs.linkSync(at(one), at(other)) },
      ({ fs, at }) => { fs.copyFileSync(at(one), at(other)) },
      ({ fs, at }) => { fs.chmodSync(at(one), 0o755) },
      ({ fs, at }) => { fs.truncateSync(at(one), 3) },
      ({ fs, at }) => { fs.utimesSync(at(one), 5, 5) },
      ({ fs, at }) => { fs.rmSync(at(one)) },   // of a tree it takes the names in no order
      ({ fs, at }, fds) => { fds.push(fs.openSync(at(one), 'r+')) },
      ({ fs, at }, fds) => { fds.push(fs.openSync(at(one), 'w')) },
      ({ fs }, fds) => { if (fds.length > 0) fs.writeSync(fds[0]!, 'z') },
      ({ fs }, fds) => { if (fds.length > 0) fs.closeSync(fds.shift()!) },
      async ({ flush }) => { await flush() }
    ]))
  }
  return {
    watched: random.chance(0.5) ? ['.', 'a', 'd', 'd/a'] : ['.', 'd', 'b'],
    before: ({ fs, at }) => {
      fs.mkdirSync(at('d'))
      for (const name of ['a', 'b', 'd/a']) fs.writeFileSync(at(name), 'x')
    },
    act: async (stage) => {
      const fds: number[] = []
      for (const call of calls) {
        try {
          await call(stage, fds)
        } catch (error) {
          if ((error as { syscall?: unknown }).syscall === undefined) throw error
        }
      }
      for (const fd of fds) stage.fs.closeSync(fd)
    }
  }
}
