// Cases of cp as data: what is copied, what lies at the place it is copied to, with which options; and what came of it,
// in a shape that can be compared between a copy on the disk and one that has a mount at either end.
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { CopyOptions, CopySyncOptions } from 'node:fs'

/** Long ago: what was planted is as old as that, so that copied times can be told from new ones. */
const OLD = new Date('2001-02-03T04:05:06Z')

type Plant = (at: string, beside: string) => void

const put = (path: string, text: string, mode = 0o644): void => {
  fs.writeFileSync(path, text)
  fs.chmodSync(path, mode)
}

const folder = (path: string, mode = 0o755): void => {
  fs.mkdirSync(path)
  fs.chmodSync(path, mode)
}

/** What is copied. */
export const sources: Record<string, Plant> = {
  nothing: () => {},
  file: (at) => { put(at, 'source', 0o640) },
  'read-only file': (at) => { put(at, 'source', 0o444) },
  folder: (at) => {
    folder(at, 0o750)
    put(join(at, 'f'), 'source', 0o600)
    folder(join(at, 'd'), 0o700)
    put(join(at, 'd/g'), 'deep')
    folder(join(at, 'd/empty'))
  },
  'folder of links': (at, beside) => {
    folder(at)
    folder(join(at, 'd'))
    put(join(at, 'd/g'), 'deep')
    fs.symlinkSync('d/g', join(at, 'relative'))
    fs.symlinkSync('d', join(at, 'to-folder'))
    folder(join(at, 'd/leaf'))
    fs.symlinkSync('leaf/.', join(at, 'd/dotted'))
    fs.symlinkSync(`../../${beside.slice(dirname(at).length + 1)}`, join(at, 'd/up'))
    fs.symlinkSync(beside, join(at, 'absolute'))
  },
  'folder with a dangling link': (at) => {
    folder(at)
    fs.symlinkSync('missing', join(at, 'dangling'))
  },
  'link to a file': (at, beside) => { fs.symlinkSync(beside.slice(dirname(at).length + 1), at) },
  'link to a folder': (at, beside) => {
    folder(`${at}.real`)
    put(join(`${at}.real`, 'f'), 'behind')
    fs.symlinkSync(`${at}.real`, at)
    void beside
  },
  'dangling link': (at) => { fs.symlinkSync('missing', at) }
}

/** What lies where it is copied to. */
export const targets: Record<string, Plant> = {
  nothing: () => {},
  file: (at) => { put(at, 'target', 0o666) },
  'empty folder': (at) => { folder(at) },
  'folder with the same names': (at) => {
    folder(at)
    put(join(at, 'f'), 'target', 0o666)
    folder(join(at, 'd'), 0o711)
    put(join(at, 'd/other'), 'other')
    put(join(at, 'other'), 'other')
  },
  'folder with a file where a folder comes': (at) => {
    folder(at)
    put(join(at, 'd'), 'target')
  },
  'folder with a folder where a file comes': (at) => {
    folder(at)
    folder(join(at, 'f'))
  },
  'folder of links': (at, beside) => {
    folder(at)
    for (const name of ['f', 'relative', 'dangling', 'absolute']) fs.symlinkSync(beside, join(at, name))
  },
  'folder with a file where a link comes': (at) => {
    folder(at)
    put(join(at, 'relative'), 'target')
  },
  'link to a file': (at, beside) => { fs.symlinkSync(beside, at) },
  'link to a folder': (at) => {
    folder(`${at}.real`)
    fs.symlinkSync(`${at}.real`, at)
  },
  'dangling link': (at) => { fs.symlinkSync('missing', at) }
}

/** Where a copy goes: beside the source's parent, into folders that are missing, into itself, onto itself. */
export const places: Record<string, (source: string, target: string) => string> = {
  elsewhere: (source, target) => target,
  'below missing folders': (source, target) => join(dirname(target), 'p/q/target'),
  itself: (source) => source,
  'below itself': (source) => join(source, 'below')
}

export type Form = 'sync' | 'callback' | 'promise'
export const FORMS: readonly Form[] = ['sync', 'callback', 'promise']

/** One copy. `filter`: names that are left out; 'async' answers by a promise. */
export interface Copy { source: string, target: string, place: string, form: Form, options: CopyOptions | undefined, filter?: 'sync' | 'async' }

const filters = { sync: (from: string) => !from.endsWith('/d'), async: async (from: string) => !from.endsWith('/d') }

/** Whether Node itself ends the process over this copy, by a C++ exception that nobody catches (22 to 26). */
export function kills ({ form, source, target, place, options, filter }: Copy): boolean {
  if (form !== 'sync') return false
  const major = Number.parseInt(process.versions.node, 10)
  if (target === 'dangling link') return major >= 26
  if (source === 'dangling link' && options?.dereference === true) return major >= 26 && (target !== 'nothing' || place === 'itself')
  return target === 'folder with a file where a folder comes' && source.startsWith('folder') && filter === undefined && (major === 22 || major === 24)
}

/** A copy's name. */
export const titleOf = ({ source, target, place, form, options, filter }: Copy): string =>
  `${form}: ${source} onto ${target}, ${place}, ${JSON.stringify(options ?? null)}${filter === undefined ? '' : ` with a ${filter} filter`}`

/** Plants and runs a copy from folder `from` to folder `to`, both new and empty, and tells what came of it. */
export async function runCopy (from: string, to: string, copy: Copy): Promise<unknown> {
  const source = join(from, 'source')
  const beside = join(from, 'beside')
  put(beside, 'beside')
  sources[copy.source]!(source, beside)
  const target = places[copy.place]!(source, join(to, 'target'))
  if (copy.place === 'elsewhere') {
    put(join(to, 'there'), 'there')
    targets[copy.target]!(target, join(to, 'there'))
  }
  age(from)
  age(to)
  const options = copy.filter === undefined ? copy.options : { ...copy.options, filter: filters[copy.filter] }
  const local = (text: string): string => text.replaceAll(from, '<from>').replaceAll(to, '<to>')
  let error
  try {
    await call(copy.form, source, target, options)
  } catch (thrown) {
    // Which of a folder's names fails first is a matter of its order, which disks do not have.
    error = failure(thrown, (text) => local(text).replace(/(<(?:from|to)>\/\w+)\/\w+/g, '$1/some name'))
  }
  // What is there after a failure depends on the order of the entries in a folder.
  const whole = error === undefined || !copy.source.startsWith('folder')
  return { error, tree: whole ? { ...tree(from, local), ...tree(to, local) } : undefined }
}

async function call (form: Form, source: string, target: string, options?: CopyOptions): Promise<void> {
  const rest = (options === undefined ? [] : [options]) as [CopySyncOptions]
  if (form === 'sync') fs.cpSync(source, target, ...rest)
  else if (form === 'promise') await fs.promises.cp(source, target, ...rest)
  else await new Promise<void>((resolve, reject) => { fs.cp(source, target, ...rest, (error) => { error === null || error === undefined ? resolve() : reject(error) }) })
}

function failure (thrown: unknown, local: (text: string) => string): unknown {
  const error = thrown as Record<string, unknown> & Error
  const classes = []
  for (let at = Object.getPrototypeOf(error) as object | null; at !== null; at = Object.getPrototypeOf(at) as object | null) classes.push(at.constructor.name)
  const told = (value: unknown): unknown => typeof value === 'string' ? local(value) : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, told(inner)])) : value
  return { classes: classes.join(), name: error.name, message: local(error.message), head: local(String(error.stack).split('\n    at ')[0]!), fields: told({ ...error }) }
}

/** Makes everything below a folder old. */
function age (path: string): void {
  for (const entry of fs.readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) age(join(path, entry.name))
  for (const entry of fs.readdirSync(path)) fs.lutimesSync(join(path, entry), OLD, OLD)
}

/** What is below a folder: kind, permissions, content or target, and whether it is as old as what was planted. */
function tree (path: string, local: (text: string) => string): Record<string, string> {
  const told: Record<string, string> = {}
  for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
    const at = join(path, entry.name)
    const stats = fs.lstatSync(at)
    const old = stats.mtimeMs === OLD.getTime() ? 'old' : 'new'
    const mode = (stats.mode & 0o7777).toString(8)
    if (entry.isSymbolicLink()) told[local(at)] = `-> ${local(fs.readlinkSync(at))}`
    else told[local(at)] = entry.isDirectory() ? `${mode} ${old}` : `${mode} ${old} ${fs.readFileSync(at, 'utf8')}`
    if (entry.isDirectory()) Object.assign(told, tree(at, local))
  }
  return told
}

/** All sensible combinations of a source, a target, and options. */
export function * allCopies (): Generator<Copy> {
  for (const source of Object.keys(sources)) {
    for (const place of Object.keys(places)) {
      for (const target of place === 'elsewhere' ? Object.keys(targets) : ['nothing']) {
        if (source === 'nothing' && place === 'below itself') continue
        for (const options of allOptions()) for (const filter of [undefined, 'sync', 'async'] as const) for (const form of FORMS) yield { source, target, place, form, options, filter }
      }
    }
  }
}

function * allOptions (): Generator<CopyOptions | undefined> {
  yield undefined
  const names = ['recursive', 'force', 'errorOnExist', 'dereference', 'verbatimSymlinks', 'preserveTimestamps'] as const
  for (let bits = 0; bits < 1 << names.length; bits++) {
    const options: CopyOptions = { mode: 0 }
    names.forEach((name, i) => { options[name] = (bits & (1 << i)) !== 0 })
    if (options.dereference === true && options.verbatimSymlinks === true) continue
    yield options
  }
}
