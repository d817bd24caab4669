// Bundlers and compilers.
import { plant, type Place, type Program } from './program.ts'

const APP = {
  'src/index.js': "import { twice } from './twice.js'\nimport data from './data.json'\nimport { name } from 'pkg'\nconsole.log(twice(data.n), name)\n",
  'src/twice.js': 'export const twice = (n) => n * 2\nexport const unused = 1\n',
  'src/data.json': '{ "n": 21 }',
  'node_modules/pkg/package.json': '{ "name": "pkg", "main": "main.js", "sideEffects": false }',
  'node_modules/pkg/main.js': "export const name = 'pkg'\n"
}

/** What a folder holds, by name. */
const contents = ({ fs, root }: Place, folder: string): Record<string, string> =>
  Object.fromEntries(fs.readdirSync(`${root}/${folder}`).sort().map((name) => [name, fs.readFileSync(`${root}/${folder}/${name}`, 'utf8')]))

export const builders: Readonly<Record<string, Program>> = {
  webpack: {
    takesFs: true,
    async run (place) {
      plant(place, APP)
      const { root, fs } = place
      const webpack = place.load('webpack')
      const compiler = webpack({ mode: 'production', context: root, entry: `${root}/src/index.js`, output: { path: `${root}/dist`, filename: 'out.js' }, devtool: 'source-map', cache: false })
      if (place.option.fs !== undefined) {
        compiler.inputFileSystem = fs
        compiler.outputFileSystem = fs
        compiler.intermediateFileSystem = fs
      }
      const build = async (): Promise<string[]> => await new Promise((resolve, reject) => {
        compiler.run((error: Error | null, stats: { toJson (options: object): { errors: { message: string }[] } }) => { error === null ? resolve(stats.toJson({ all: false, errors: true }).errors.map(({ message }) => message)) : reject(error) })
      })
      const errors = await build()
      const first = contents(place, 'dist')
      fs.writeFileSync(`${root}/src/twice.js`, 'export const twice = (n) => n * 3\n')
      compiler.inputFileSystem.purge?.()
      const again = await build()
      await new Promise((resolve) => { compiler.close(resolve) })
      return { errors, first, again, second: contents(place, 'dist')['out.js'] }
    }
  },
  rollup: {
    takesFs: true,
    async run (place) {
      plant(place, { ...APP, 'src/index.js': "import { twice } from './twice.js'\nexport default twice(21)\n" })
      const { rollup } = await place.bring('rollup')
      const bundle = await rollup({ input: `${place.root}/src/index.js`, ...(place.option.fs === undefined ? {} : { fs: place.fs.promises }) })
      const { output } = await bundle.generate({ format: 'cjs' })
      if (place.option.fs === undefined) await bundle.write({ dir: `${place.root}/out`, format: 'es' })
      await bundle.close()
      return [output[0].code, bundle.watchFiles]
    }
  },
  typescript: {
    takesFs: false,
    async run (place) {
      plant(place, {
        'tsconfig.json': '{ "compilerOptions": { "outDir": "out", "declaration": true, "strict": true, "module": "commonjs", "noLib": true, "types": [] }, "include": ["src"] }',
        'src/a.ts': "import { b } from './b'\nexport const a: number = b\n", 'src/b.ts': "export const b: string = 'x'\n", 'src/deep/c.ts': 'export type C = 1\n'
      })
      const ts = place.load('typescript')
      const { root } = place
      const config = ts.getParsedCommandLineOfConfigFile(`${root}/tsconfig.json`, {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined })
      const program = ts.createProgram(config.fileNames, config.options)
      const { emitSkipped } = program.emit()
      const messages = ts.getPreEmitDiagnostics(program).filter(({ file }: { file?: object }) => file !== undefined).map(({ messageText }: { messageText: unknown }) => String(messageText))
      return { files: config.fileNames, emitSkipped, messages, out: contents(place, 'out/deep'), a: place.fs.readFileSync(`${root}/out/a.js`, 'utf8') }
    }
  }
}
