// Libraries that look for files and resolve names.
import { failure, plant, type Place, type Program } from './program.ts'

const FILES = { 'a.js': '1', 'b.ts': '2', 'src/c.js': '3', 'src/deep/d.js': '4', 'src/deep/.hidden.js': '5', 'src/deep/e.json': '{}', 'node_modules/x/index.js': '6' }

function woods (place: Place): void {
  plant(place, FILES)
  place.fs.symlinkSync('src', `${place.root}/link`)
}

export const finders: Readonly<Record<string, Program>> = {
  glob: {
    takesFs: true,
    async run (place) {
      woods(place)
      const { glob, globSync } = place.load('glob')
      const options = { cwd: place.root, ...place.option }
      return {
        later: (await glob('**/*.js', options)).sort(),
        now: (globSync('**/*.{js,json}', { ...options, dot: true, absolute: true }) as string[]).sort(),
        folders: (globSync('*/', options) as string[]).sort(),
        ignoring: (globSync('**/*.js', { ...options, ignore: ['node_modules/**', 'link/**'], follow: true }) as string[]).sort(),
        stats: (globSync('*.js', { ...options, stat: true, withFileTypes: true }) as { name: string, size: number, isFile (): boolean }[]).map(({ name, size, isFile }) => [name, size, typeof isFile])
      }
    }
  },
  'fast-glob': {
    takesFs: true,
    async run (place) {
      woods(place)
      const fg = place.load('fast-glob')
      const options = { cwd: place.root, ...place.option }
      const streamed: string[] = []
      for await (const name of fg.stream('**/*.js', options)) streamed.push(String(name))
      return {
        later: (await fg('**/*', options)).sort(),
        now: fg.sync('**/*.js', { ...options, dot: true, absolute: true, followSymbolicLinks: false }).sort(),
        stats: fg.sync('*.js', { ...options, stats: true }).map(({ name, stats }: { name: string, stats: { size: number } }) => [name, stats.size]),
        streamed: streamed.sort()
      }
    }
  },
  'enhanced-resolve': {
    takesFs: true,
    async run (place) {
      plant(place, {
        'node_modules/pkg/package.json': JSON.stringify({ name: 'pkg', exports: { '.': { import: './m.mjs', default: './c.js' }, './sub/*': './lib/*.js' } }),
        'node_modules/pkg/m.mjs': '', 'node_modules/pkg/c.js': '', 'node_modules/pkg/lib/x.js': '', 'src/index.js': '', 'src/other.ts': ''
      })
      const { CachedInputFileSystem, ResolverFactory } = place.load('enhanced-resolve')
      const fileSystem = new CachedInputFileSystem(place.fs, 4000)
      const resolver = ResolverFactory.createResolver({ fileSystem, extensions: ['.js', '.ts'], conditionNames: ['import'] })
      const ask = async (request: string): Promise<string> => await new Promise((resolve) => {
        resolver.resolve({}, `${place.root}/src`, request, {}, (error: Error | null, found: string) => { resolve(error === null ? found : error.message.split('\n')[0]!) })
      })
      return [await ask('pkg'), await ask('pkg/sub/x'), await ask('./other'), await ask('./missing'), await ask('pkg/none')]
    }
  },
  'proper-lockfile': {
    takesFs: true,
    async run (place) {
      plant(place, { 'data/f': 'x' })
      const lockfile = place.load('proper-lockfile')
      const path = `${place.root}/data/f`
      const release = await lockfile.lock(path, { ...place.option, update: 1000 })
      const held = await lockfile.check(path, place.option)
      const second = await failure(lockfile.lock(path, { ...place.option, retries: 0 }))
      await release()
      return [held, second, await lockfile.check(path, place.option), place.fs.readdirSync(`${place.root}/data`)]
    }
  },
  mkdirp: {
    takesFs: true,
    async run (place) {
      const { mkdirp } = place.load('mkdirp')
      plant(place, { f: 'x' })
      return [
        await mkdirp(`${place.root}/a/b/c`, place.option), mkdirp.sync(`${place.root}/a/b/d/e`, { ...place.option, mode: 0o700 }),
        await mkdirp.manual(`${place.root}/m/n`, place.option), await failure(mkdirp(`${place.root}/f/g`, place.option)), place.fs.readdirSync(`${place.root}/a/b`)
      ]
    }
  }
}
