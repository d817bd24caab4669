// Libraries that pack trees and unpack them.
import { pipeline } from 'node:stream/promises'
import { plant, tree, type Place, type Program } from './program.ts'

function source (place: Place): void {
  plant(place, { 'in/a.txt': 'text', 'in/d/big.bin': Buffer.alloc(200_000, 7), 'in/d/e/run.sh': '#!/bin/sh' })
  place.fs.chmodSync(`${place.root}/in/d/e/run.sh`, 0o755)
  place.fs.symlinkSync('../a.txt', `${place.root}/in/d/link`)
}

export const packers: Readonly<Record<string, Program>> = {
  tar: {
    takesFs: false,
    async run (place) {
      source(place)
      const tar = place.load('tar')
      const { root } = place
      await tar.create({ gzip: true, file: `${root}/out.tgz`, cwd: `${root}/in`, portable: true }, ['.'])
      const names: string[] = []
      await tar.list({ file: `${root}/out.tgz`, onReadEntry: ({ path }: { path: string }) => { names.push(path) } })
      place.fs.mkdirSync(`${root}/later`)
      await tar.extract({ file: `${root}/out.tgz`, cwd: `${root}/later` })
      place.fs.mkdirSync(`${root}/now`)
      tar.extract({ file: `${root}/out.tgz`, cwd: `${root}/now`, sync: true })
      return { names: names.sort(), later: tree(place, `${root}/later`), now: tree(place, `${root}/now`) }
    }
  },
  'tar-fs': {
    takesFs: true,
    async run (place) {
      source(place)
      const tarFs = place.load('tar-fs')
      const { root, fs } = place
      await pipeline(tarFs.pack(`${root}/in`, place.option), fs.createWriteStream(`${root}/out.tar`))
      await pipeline(fs.createReadStream(`${root}/out.tar`), tarFs.extract(`${root}/out`, place.option))
      return tree(place, `${root}/out`)
    }
  },
  archiver: {
    takesFs: false,
    async run (place) {
      source(place)
      const { fs, root } = place
      const archive = place.load('archiver')('zip')
      const written = pipeline(archive, fs.createWriteStream(`${root}/out.zip`))
      archive.directory(`${root}/in/`, 'in')
      archive.file(`${root}/in/a.txt`, { name: 'once more' })
      archive.glob('**/*.sh', { cwd: `${root}/in` })
      archive.append(fs.createReadStream(`${root}/in/a.txt`), { name: 'stream' })
      await archive.finalize()
      await written
      const Zip = place.load('adm-zip')
      const zip = new Zip(`${root}/out.zip`)
      zip.extractAllTo(`${root}/out`, true)
      return [zip.getEntries().map(({ entryName }: { entryName: string }) => entryName).sort(), tree(place, `${root}/out`)]
    }
  }
}
