// Attacks by links: made on the host or through the sandbox, moved, chained, written through, copied and removed.
import fs from 'node:fs'
import { join } from 'node:path'
import type { Attack, Ground, Run } from './ground.ts'

/** Every way to look through a link that would lead out. */
const reading: Attack[] = ['abs/secret', 'rel/secret', 'abs-secret', 'rel-secret', 'd/up/secret', 'chain', 'host-root', 'proc-root/etc/passwd', 'proc-cwd', 'dev-fd']
  .map((path) => [`reading ${path}`, ({ f, at }) => f.readFileSync(at(`/${path}`)), 'ENOENT'])

const behind: Record<string, Run> = {
  'stat': ({ f, at }) => f.statSync(at('/abs/secret')),
  'stat of a link': ({ f, at }) => f.statSync(at('/rel-secret')),
  'lstat behind a link': ({ f, at }) => f.lstatSync(at('/rel/secret')),
  'access': ({ f, at }) => f.accessSync(at('/abs/secret')),
  'readdir': ({ f, at }) => f.readdirSync(at('/abs')),
  'readdir with a slash': ({ f, at }) => f.readdirSync(at('/rel/')),
  'readdir with a dot': ({ f, at }) => f.readdirSync(at('/rel/.')),
  'readdir with dots': ({ f, at }) => f.readdirSync(at('/rel/..')),
  'opendir': ({ f, at }) => f.opendirSync(at('/abs/sub')).readSync(),
  'realpath': ({ f, at }) => f.realpathSync(at('/abs/secret')),
  'realpath.native': ({ f, at }) => f.realpathSync.native(at('/rel/secret')),
  'open': ({ f, at }) => f.openSync(at('/abs/secret'), 'r'),
  'open for writing': ({ f, at }) => f.openSync(at('/rel/secret'), 'r+'),
  'truncate': ({ f, at }) => { f.truncateSync(at('/abs-secret')) },
  'chmod': ({ f, at }) => { f.chmodSync(at('/abs-secret'), 0o777) },
  'chown': ({ f, at }) => { f.chownSync(at('/rel-secret'), 1, 1) },
  'utimes': ({ f, at }) => { f.utimesSync(at('/rel-secret'), 1, 1) },
  'lutimes': ({ f, at }) => { f.lutimesSync(at('/abs/secret'), 1, 1) },
  'unlink': ({ f, at }) => { f.unlinkSync(at('/abs/secret')) },
  'rmdir': ({ f, at }) => { f.rmdirSync(at('/rel/sub')) },
  'rm': ({ f, at }) => { f.rmSync(at('/abs/sub'), { recursive: true }) },
  'mkdir': ({ f, at }) => { f.mkdirSync(at('/abs/new')) },
  'mkdtemp': ({ f, at }) => f.mkdtempSync(at('/rel/new-')),
  'symlink': ({ f, at }) => { f.symlinkSync('x', at('/rel/new')) },
  'rename out of it': ({ f, at }) => { f.renameSync(at('/abs/secret'), at('/stolen')) },
  'rename into it': ({ f, at }) => { f.renameSync(at('/mine'), at('/abs/mine')) },
  'link out of it': ({ f, at }) => { f.linkSync(at('/rel/secret'), at('/stolen')) },
  'link into it': ({ f, at }) => { f.linkSync(at('/mine'), at('/rel/mine')) },
  'copyFile out of it': ({ f, at }) => { f.copyFileSync(at('/abs/secret'), at('/stolen')) },
  'copyFile of a link': ({ f, at }) => { f.copyFileSync(at('/rel-secret'), at('/stolen')) },
  'cp out of it': ({ f, at }) => { f.cpSync(at('/abs/sub'), at('/stolen'), { recursive: true }) },
  'watch': ({ f, at }) => { f.watch(at('/abs/secret')).close() },
  'statfs': ({ f, at }) => f.statfsSync(at('/abs'))
}
const through = Object.entries(behind).map(([name, run]): Attack => [`${name} through a link`, run, 'ENOENT'])

/** Moves a link and reads it from its new place. */
const moved = (target: string, from: string, to: string) => ({ f, at }: Ground): Buffer => {
  f.symlinkSync(target, at(from))
  f.renameSync(at(from), at(to))
  return f.readFileSync(at(to))
}

const making: Attack[] = [
  ['a link moved to a shallower place', moved('../outside/secret', '/d/sub/l', '/l'), 'ENOENT'],
  ['a link moved to a deeper place', moved('outside/../../outside/secret', '/l', '/d/sub/l'), 'ENOENT'],
  ['a link moved with its folder', ({ f, at }) => {
    f.mkdirSync(at('/e/e/e'), { recursive: true })
    f.symlinkSync('../../../../outside/secret', at('/e/e/e/l'))
    f.renameSync(at('/e/e/e'), at('/g'))
    return f.readFileSync(at('/g/l'))
  }, 'ENOENT'],
  ['a link to /etc/passwd', ({ f, at }) => {
    f.symlinkSync('/etc/passwd', at('/l'))
    return f.readFileSync(at('/l'))
  }, 'ENOENT'],
  ['a link to the host path of what is outside', ({ f, at, box }) => {
    f.symlinkSync(join(box.outside, 'secret'), at('/l'))
    return f.readFileSync(at('/l'))
  }, 'ENOENT'],
  ['a link to a folder and dots behind it', ({ f, at }) => {
    f.symlinkSync('/d/sub', at('/l'))
    return f.readFileSync(`${at('/l')}/../../../outside/secret`)
  }, 'ENOENT'],
  ['a hard link to a link that leads out', ({ f, at }) => {
    f.linkSync(at('/rel-secret'), at('/d/l'))
    return [f.readlinkSync(at('/d/l')), f.existsSync(at('/d/l'))]
  }, ['../outside/secret', false]],
  ['forty links and one more', ({ f, at }) => {
    for (let i = 0; i <= 40; i++) f.symlinkSync(i === 0 ? 'mine' : `l${i - 1}`, at(`/l${i}`))
    return [f.readFileSync(at('/l39'), 'utf8'), code(() => f.readFileSync(at('/l40')))]
  }, ['mine', 'ELOOP']],
  ['links in a ring', ({ f, at }) => f.readFileSync(at('/loop')), 'ELOOP'],
  ['a link to the root', ({ f, at }) => f.readFileSync(at('/top/top/mine'), 'utf8'), 'mine'],
  ['a link of dots only', ({ f, at }) => [f.readdirSync(at('/dots')).includes('mine'), f.existsSync(at('/dots/outside'))], [true, false]],
  ['an absolute link, read from the root', ({ f, at }) => [f.readFileSync(at('/inner-f'), 'utf8'), f.realpathSync(at('/inner/sub')) === at('/d/sub')], ['mine', true]]
]

/** Whether something came into being outside is looked at after every attack. */
const writing: Attack[] = [
  ['writing to a link that leads to a file outside', ({ f, at }) => { f.writeFileSync(at('/abs-secret'), 'x', { flag: 'r+' }) }, 'ENOENT'],
  ['appending to it', ({ f, at }) => { try { f.appendFileSync(at('/rel-secret'), 'x') } catch {} return 'outside is looked at' }, 'outside is looked at'],
  ['making a file through a link that dangles', ({ f, at, box }) => {
    f.symlinkSync('../outside/new', at('/l'))
    try { f.writeFileSync(at('/l'), 'x') } catch {}
    return fs.existsSync(join(box.outside, 'new'))
  }, false],
  ['making a file through an absolute link', ({ f, at, box }) => {
    f.symlinkSync('/d/new', at('/l'))
    f.writeFileSync(at('/l'), 'x')
    return fs.readFileSync(box.host('d/new'), 'utf8')
  }, 'x'],
  ['making a file in place of a link', ({ f, at }) => f.openSync(at('/rel-secret'), 'wx'), 'EEXIST'],
  ['mkdir -p through a link', ({ f, at, box }) => {
    try { f.mkdirSync(at('/rel/new/folder'), { recursive: true }) } catch {}
    return fs.existsSync(join(box.outside, 'new'))
  }, false],
  ['renaming over a link', ({ f, at, box }) => {
    f.renameSync(at('/mine'), at('/abs-secret'))
    return fs.lstatSync(box.host('abs-secret')).isFile()
  }, true],
  ['renaming over a link to a folder', ({ f, at }) => { f.renameSync(at('/d'), at('/abs')) }, 'ENOTDIR'],
  ['copying over a link', ({ f, at }) => { try { f.copyFileSync(at('/mine'), at('/rel-secret')) } catch {} return 'outside is looked at' }, 'outside is looked at'],
  ['copying a tree with links in it', ({ f, at, box }) => {
    f.cpSync(at('/d'), at('/e'), { recursive: true, verbatimSymlinks: true })
    return [fs.readlinkSync(box.host('e/up')), f.existsSync(at('/e/up/secret'))]
  }, ['../../outside', false]],
  ['copying a tree and what its links lead to', ({ f, at }) => {
    try { f.cpSync(at('/d'), at('/e'), { recursive: true, dereference: true }) } catch {}   // a link to nothing fails on some lines
    return f.existsSync(at('/e/up/secret'))
  }, false],
  ['copying over a tree with a link in it', ({ f, at }) => {
    f.mkdirSync(at('/e/up'), { recursive: true })
    f.writeFileSync(at('/e/up/secret'), 'x')
    try { f.cpSync(at('/e'), at('/d'), { recursive: true }) } catch {}
    return 'outside is looked at'
  }, 'outside is looked at'],
  ['removing a link to a folder', ({ f, at }) => { f.rmSync(at('/abs'), { recursive: true }); return f.readdirSync(at('/')).includes('abs') }, false],
  ['removing a tree with links in it', ({ f, at }) => { f.rmSync(at('/d'), { recursive: true }); return f.existsSync(at('/d')) }, false],
  ['removing everything', ({ f, at, box }) => {
    for (const name of f.readdirSync(at('/'))) f.rmSync(at(`/${name}`), { recursive: true, force: true })
    return fs.readdirSync(box.root)
  }, []],
  ['changing the times of a link', ({ f, at }) => { f.lutimesSync(at('/abs-secret'), 5, 5); return f.lstatSync(at('/abs-secret')).mtimeMs }, 5000],
  ['reading a link gives its text', ({ f, at }) => f.readlinkSync(at('/rel-secret')), '../outside/secret'],
  ['a link asked whether it exists', ({ f, at }) => [f.existsSync(at('/abs')), f.existsSync(at('/rel/secret')), f.existsSync(at('/chain'))], [false, false, false]]
]

const code = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

export const links: readonly Attack[] = [...reading, ...through, ...making, ...writing]
