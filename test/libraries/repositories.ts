// A git implementation in JavaScript: many small files, renames, links, stats that must not lie.
import { plant, tree, type Program } from './program.ts'

const AUTHOR = { name: 'A', email: 'a@example.org', timestamp: 1_000_000_000, timezoneOffset: 0 }

export const repositories: Readonly<Record<string, Program>> = {
  'isomorphic-git': {
    takesFs: true,
    async run (place) {
      const git = place.load('isomorphic-git')
      const { fs } = place
      const common = { fs, dir: place.root }
      await git.init({ ...common, defaultBranch: 'main' })
      plant(place, { 'a.txt': 'one\n', 'src/b.txt': 'two\n', 'src/deep/c.bin': Buffer.from([0, 255, 1]) })
      fs.symlinkSync('a.txt', `${place.root}/link`)
      fs.chmodSync(`${place.root}/src/b.txt`, 0o755)
      await git.add({ ...common, filepath: '.' })
      const first = await git.commit({ ...common, message: 'first', author: AUTHOR })
      await git.branch({ ...common, ref: 'side', checkout: true })
      fs.writeFileSync(`${place.root}/a.txt`, 'changed\n')
      fs.rmSync(`${place.root}/src/deep`, { recursive: true })
      const between = await git.statusMatrix(common)
      await git.add({ ...common, filepath: 'a.txt' })
      await git.remove({ ...common, filepath: 'src/deep/c.bin' })
      const second = await git.commit({ ...common, message: 'second', author: AUTHOR })
      await git.checkout({ ...common, ref: 'main' })
      const onMain = tree(place, place.root).filter((line) => !line.includes('.git'))
      await git.merge({ ...common, ours: 'main', theirs: 'side', author: AUTHOR })
      await git.checkout({ ...common, ref: 'main' })
      const log = (await git.log(common)).map(({ oid, commit }: { oid: string, commit: { message: string } }) => [oid, commit.message])
      await git.packObjects({ ...common, oids: [first, second], write: true })
      return { first, second, between, onMain, log, files: await git.listFiles(common), after: tree(place, place.root).filter((line) => !line.includes('.git')), status: await git.statusMatrix(common) }
    }
  }
}
