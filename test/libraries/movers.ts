// Libraries that copy, move, remove and write whole trees and files.
import { failure, plant, tree, type Program } from './program.ts'

export const movers: Readonly<Record<string, Program>> = {
  'fs-extra': {
    takesFs: false,
    async run (place) {
      const fse = place.load('fs-extra')
      const at = (name: string): string => `${place.root}/${name}`
      plant(place, { 'a/f': 'one', 'a/d/g': 'two', 'b/x': 'three' })
      place.fs.symlinkSync('f', at('a/link'))
      await fse.copy(at('a'), at('copy'))
      fse.copySync(at('a'), at('copy-now'), { filter: (path: string) => !path.endsWith('g') })
      await fse.move(at('b'), at('moved/deep/b'))
      fse.moveSync(at('moved/deep/b'), at('moved/c'))
      await fse.outputJson(at('json/deep/j.json'), { a: 1 }, { spaces: 2 })
      fse.outputFileSync(at('out/f'), 'text')
      await fse.ensureLink(at('a/f'), at('hard/f'))
      await fse.ensureSymlink(at('a/f'), at('soft/f'))
      await fse.ensureDir(at('dir/deep'), { mode: 0o700 })
      await fse.createFile(at('made/f'))
      await fse.emptyDir(at('copy-now/d'))
      await fse.remove(at('json/deep'))
      const errors = [
        await failure(fse.copy(at('a'), at('a/d/inside'))), await failure(fse.copy(at('missing'), at('x'))), await failure(fse.copy(at('a/f'), at('out/f'), { overwrite: false, errorOnExist: true })),
        await failure(fse.move(at('a/f'), at('out/f'))), await failure(fse.readJson(at('a/f')))
      ]
      return { tree: tree(place, place.root), errors, exists: [await fse.pathExists(at('a')), fse.pathExistsSync(at('none'))], json: await failure(fse.readJson(at('missing.json'))) }
    }
  },
  'graceful-fs': {
    takesFs: true,
    async run (place) {
      const graceful = place.load('graceful-fs')
      const fs = graceful.gracefulify(place.option.fs === undefined ? { ...place.fs } : place.fs)
      const at = (name: string): string => `${place.root}/${name}`
      fs.mkdirSync(at('d'))
      const names = Array.from({ length: 300 }, (_, i) => `f${i}`)
      await Promise.all(names.map(async (name) => {
        await new Promise<void>((resolve, reject) => { fs.writeFile(at(`d/${name}`), name, (error: Error | null) => { error === null || error === undefined ? resolve() : reject(error) }) })
      }))
      const read = await Promise.all(names.map(async (name) => await new Promise((resolve) => { fs.readFile(at(`d/${name}`), 'utf8', (error: unknown, text: string) => { resolve(error ?? text) }) })))
      const listed = await new Promise((resolve) => { fs.readdir(at('d'), (error: unknown, found: string[]) => { resolve(error ?? found.length) }) })
      const streamed = await new Promise((resolve, reject) => {
        fs.createReadStream(at('d/f0')).on('error', reject).pipe(fs.createWriteStream(at('streamed'))).on('close', () => { resolve(fs.readFileSync(at('streamed'), 'utf8')) })
      })
      const classes = await new Promise((resolve) => { new fs.ReadStream(at('d/f1')).on('data', (chunk: Buffer) => { resolve(String(chunk)) }) })
      await new Promise((resolve) => { fs.rename(at('d'), at('e'), resolve) })
      return [read.join() === names.join(), listed, streamed, classes, fs.existsSync(at('d')), fs.readdirSync(at('e')).length]
    }
  },
  'fs-jetpack': {
    takesFs: false,
    async run (place) {
      const jetpack = place.load('fs-jetpack').cwd(place.root)
      plant(place, { 'a/f.txt': 'one', 'a/d/g.md': 'two' })
      place.fs.symlinkSync('none', `${place.root}/a/d/link`)
      // It makes a folder and what is in it at once, and counts on folders to be there first.
      await jetpack.copyAsync('a', 'copy')
      jetpack.copy('a', 'part', { matching: '*.md' })
      await jetpack.dirAsync('made', { mode: '700', empty: true })
      jetpack.file('made/f', { content: { json: true }, mode: '600' })
      await jetpack.moveAsync('copy', 'moved/deep')
      await jetpack.writeAsync('made/atomic', 'x', { atomic: true })
      const found = jetpack.find('.', { matching: ['*.md', '!part/**'] })
      return [jetpack.inspectTree('moved', { checksum: 'md5', symlinks: 'report' }), found, tree(place, place.root), await failure(jetpack.moveAsync('none', 'x'))]
    }
  },
  rimraf: {
    takesFs: false,
    async run (place) {
      const { rimraf, rimrafSync } = place.load('rimraf')
      plant(place, { 'a/b/c/d': 'x', 'a/e': 'y', 'keep/f': 'z', 'glob/1.js': '', 'glob/2.ts': '' })
      place.fs.symlinkSync('../keep', `${place.root}/a/link`)
      const { manual, manualSync } = rimraf
      const done = [await manual(`${place.root}/a/b`), manualSync(`${place.root}/a`), await rimraf(`${place.root}/glob/*.js`, { glob: true }), rimrafSync(`${place.root}/missing`)]
      return [done, tree(place, place.root)]
    }
  },
  'write-file-atomic': {
    takesFs: false,
    async run (place) {
      const write = place.load('write-file-atomic')
      const path = `${place.root}/f`
      plant(place, { f: 'old' })
      place.fs.chmodSync(path, 0o640)
      await Promise.all([write(path, 'one'), write(path, 'two'), write(path, 'three', { mode: 0o600 })])
      const first = tree(place, place.root)
      write.sync(path, Buffer.from('four'))
      return [first, tree(place, place.root), await failure(write(`${place.root}/none/f`, 'x')).then((text) => text.slice(0, 6))]
    }
  }
}
