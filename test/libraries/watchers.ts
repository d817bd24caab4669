// A library that watches trees: what it tells of each change.
import { plant, type Program } from './program.ts'

/** Long enough for a library to have told of a change. */
const settled = async (): Promise<void> => { await new Promise((resolve) => { setTimeout(resolve, 400) }) }

export const watchers: Readonly<Record<string, Program>> = {
  chokidar: {
    takesFs: false,
    async run (place) {
      const { fs, root } = place
      plant(place, { 'a/f': 'x', 'a/deep/g': 'y', 'ignored/h': 'z' })
      const { watch } = place.load('chokidar')
      const watcher = watch(root, { ignored: (path: string) => path.includes('ignored') })
      let events: string[] = []
      watcher.on('all', (event: string, path: string) => { events.push(`${event} ${path}`) })
      await new Promise((resolve) => { watcher.on('ready', resolve) })
      const steps: [string, () => void][] = [
        ['at first', () => undefined],
        ['a new file', () => { fs.writeFileSync(`${root}/a/new`, 'n') }],
        ['a change', () => { fs.appendFileSync(`${root}/a/f`, 'more') }],
        ['a new folder with a file', () => {
          fs.mkdirSync(`${root}/b`)
          fs.writeFileSync(`${root}/b/i`, 'i')
        }],
        ['a file that is moved', () => { fs.renameSync(`${root}/a/new`, `${root}/b/new`) }],
        ['a file that goes', () => { fs.unlinkSync(`${root}/a/deep/g`) }],
        ['a folder that goes', () => { fs.rmSync(`${root}/b`, { recursive: true }) }],
        ['what is ignored', () => { fs.writeFileSync(`${root}/ignored/h`, 'again') }]
      ]
      const told: Record<string, string[]> = {}
      for (const [name, step] of steps) {
        step()
        await settled()
        told[name] = [...new Set(events)].sort()
        events = []
      }
      await watcher.close()
      return { told, watched: watcher.closed }
    }
  }
}
