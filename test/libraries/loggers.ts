// Loggers that append to files for as long as a process runs, and put full ones aside: renames of what is open.
import { gunzipSync } from 'node:zlib'
import type { Place, Program } from './program.ts'

const LINES = 60

/** The files of a folder and how many lines each has; compressed ones are unpacked. */
function lines ({ fs }: Place, folder: string): string[] {
  return fs.readdirSync(folder).sort().map((name) => {
    const content = fs.readFileSync(`${folder}/${name}`)
    return `${name}: ${String(name.endsWith('.gz') ? gunzipSync(content) : content).split('\n').length - 1}`
  })
}

const later = async (ms: number): Promise<void> => { await new Promise((resolve) => setTimeout(resolve, ms)) }

export const loggers: Readonly<Record<string, Program>> = {
  winston: {
    takesFs: false,
    async run (place) {
      const { createLogger, format, transports } = place.load('winston')
      const file = new transports.File({ filename: `${place.root}/app.log`, maxsize: 900, maxFiles: 9, tailable: true })
      const logger = createLogger({ format: format.printf(({ message }: { message: string }) => message), transports: [file] })
      for (let i = 0; i < LINES; i++) {
        logger.info(`line ${100 + i} ${'.'.repeat(40)}`)
        await later(5)
      }
      const ended = new Promise((resolve) => file.once('finish', resolve))
      logger.end()
      await ended
      await later(200)
      // Which of two files a line comes to lie in is a matter of moments, on the disk as well.
      const names = place.fs.readdirSync(place.root).sort()
      return [names, names.slice(1).reverse().concat(names[0]!).map((name) => place.fs.readFileSync(`${place.root}/${name}`, 'utf8')).join('')]
    }
  },
  log4js: {
    takesFs: false,
    async run (place) {
      const log4js = place.load('log4js')
      const { root } = place
      const layout = { type: 'messagePassThrough' }
      log4js.configure({
        appenders: {
          rolled: { type: 'file', filename: `${root}/rolled.log`, maxLogSize: 900, backups: 2, compress: true, layout },
          now: { type: 'fileSync', filename: `${root}/now.log`, maxLogSize: 900, backups: 2, layout },
          each: { type: 'multiFile', base: `${root}/each/`, property: 'categoryName', extension: '.log', layout }
        },
        categories: { default: { appenders: ['rolled', 'now', 'each'], level: 'info' } }
      })
      for (let i = 0; i < LINES; i++) {
        log4js.getLogger(i % 2 === 0 ? 'even' : 'odd').info(`line ${100 + i} ${'.'.repeat(40)}`)
        await later(5)
      }
      await new Promise((resolve) => log4js.shutdown(resolve))
      await later(200)
      const each = lines(place, `${root}/each`)
      place.fs.rmSync(`${root}/each`, { recursive: true })
      return [lines(place, root), each]
    }
  },
  'sonic-boom': {
    takesFs: false,
    async run (place) {
      const SonicBoom = place.load('sonic-boom')
      const path = `${place.root}/logs/deep.log`
      const stream = new SonicBoom({ dest: path, mkdir: true, mode: '600', minLength: 200 })
      for (let i = 0; i < LINES; i++) stream.write(`line ${i}\n`)
      await new Promise((resolve) => stream.flush(resolve))
      const flushed = lines(place, `${place.root}/logs`)
      place.fs.renameSync(path, `${path}.1`)
      stream.write('to the old one\n')
      await new Promise((resolve) => stream.flush(resolve))
      const reopened = new Promise((resolve) => stream.once('ready', resolve))
      stream.reopen()
      await reopened
      stream.write('to the new one\n')
      const closed = new Promise((resolve) => stream.once('close', resolve))
      stream.end()
      await closed
      return [flushed, lines(place, `${place.root}/logs`), place.fs.statSync(path).mode.toString(8)]
    }
  }
}
