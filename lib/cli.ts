#!/usr/bin/env node
// The command line. `fsmount run DIR [-- ARGS]` copies a project with its dependencies into memory, mounts it where the
// disk has nothing, and runs it from there as `node` would have run it from the disk. `fsmount pack DIR FILE` writes it
// into a ZIP archive, which `fsmount run FILE` runs.
import { runMain } from 'node:module'
import { basename, dirname, isAbsolute, join, parse, posix, relative, resolve, sep } from 'node:path'
import { create, ZipProvider } from './index.ts'
import type { VirtualFileSystem } from './index.ts'
import { native } from './kernel/native.ts'

const USAGE = `Usage: fsmount run DIR|FILE [-- ARGS]
       fsmount pack [--store] DIR FILE

run   Copies the project in DIR, with its node_modules, into memory, or takes it as it is in
      the ZIP archive FILE, mounts it at a path that does not exist on the disk, and runs its
      bin or main from there with ARGS.
pack  Writes what is in DIR, with its node_modules, into the ZIP archive FILE, to be opened
      by ZipProvider or to be an asset of a single executable. --store: not compressed,
      which starts quicker.

  -h, --help      print this
  -v, --version   print the version
`

/** What goes wrong with the input: one line on stderr, exit code 1. */
class Refusal extends Error {}

/** One thing to copy: where it is on the disk, and where it goes, seen from the root of the copy. */
interface Item { from: string, to: string, kind: 'folder' | 'file' | 'link' }

/** A folder of the disk and where its tree goes. */
interface Root { from: string, to: string }

/** A tree of the disk that is to be copied. */
export interface Tree { items: Item[], roots: Root[] }

/**
 * Lists the project in `dir`. A `node_modules` that is itself a link is followed, since a package manager put it
 * there in place of a folder; sockets, pipes and devices are left out.
 */
export function listProject (dir: string, to = '/'): Tree {
  const tree: Tree = { items: [], roots: [] }
  const walk = (from: string, target: string): void => {
    tree.items.push({ from, to: target, kind: 'folder' })
    for (const entry of native.readdirSync(from, { withFileTypes: true })) {
      const path = join(from, entry.name)
      const place = posix.join(target, entry.name)
      if (entry.isDirectory()) walk(path, place)
      else if (entry.isFile()) tree.items.push({ from: path, to: place, kind: 'file' })
      else if (entry.isSymbolicLink()) {
        if (entry.name === 'node_modules' && target === to && isFolder(path)) start(path, place)
        else tree.items.push({ from: path, to: place, kind: 'link' })
      }
    }
  }
  const start = (from: string, target: string): void => {
    const real = native.realpathSync(from)
    tree.roots.push({ from: real, to: target })
    walk(real, target)
  }
  start(dir, to)
  return tree
}

/** Copies `tree` into `vfs`, which is not mounted yet; contents, modes, times and links are kept. */
export function copyTree (vfs: VirtualFileSystem, { items, roots }: Tree, progress: (done: number) => void = () => {}): void {
  const folders: Item[] = []
  items.forEach((item, index) => {
    if (item.kind === 'folder') {
      if (item.to !== '/') vfs.mkdirSync(item.to, { recursive: true })
      folders.push(item)
    } else if (item.kind === 'file') {
      vfs.writeFileSync(item.to, native.readFileSync(item.from))
      copyAttributes(vfs, item)
    } else {
      vfs.symlinkSync(linkTarget(item, roots), item.to)
      const { atimeMs, mtimeMs } = native.lstatSync(item.from)
      vfs.lutimesSync(item.to, atimeMs / 1000, mtimeMs / 1000)
    }
    progress(index + 1)
  })
  // Afterwards and from the leaves up: a folder may be read-only, and each new name moves its times.
  for (const folder of folders.reverse()) copyAttributes(vfs, folder)
}

function copyAttributes (vfs: VirtualFileSystem, { from, to }: Item): void {
  const { mode, atimeMs, mtimeMs } = native.statSync(from)
  vfs.chmodSync(to, mode & 0o7777)
  vfs.utimesSync(to, atimeMs / 1000, mtimeMs / 1000)
}

/** The target of a link in the copy: as it stands where that leads to the same thing, else what does. */
function linkTarget ({ from, to }: Item, roots: Root[]): string {
  const target = native.readlinkSync(from)
  const real = resolve(dirname(from), target)
  const root = roots.findLast((root) => isInside(real, root.from))
  if (!root) return real
  const place = posix.join(root.to, relative(root.from, real).split(sep).join('/'))
  if (!isAbsolute(target) && posix.resolve(posix.dirname(to), target.split(sep).join('/')) === posix.resolve(place)) return target
  return posix.relative(posix.dirname(to), place) || '.'
}

function isInside (path: string, dir: string): boolean {
  const rest = relative(dir, path)
  return rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest)
}

/** Where a project lies: the disk, or what is not mounted yet. */
type Files = Pick<typeof native, 'readFileSync' | 'statSync'>

const isFolder = (path: string): boolean => native.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
const isFile = (path: string, files: Files = native): boolean => files.statSync(path, { throwIfNoEntry: false })?.isFile() === true

/** What Node tries behind a name that a program is started by, in its order. */
const EXTENSIONS = ['', '.js', '.json', '.node']

/** The file of the project in `dir` to run, seen from `dir`: its `bin`, else its `main`, else its index. */
export function findEntry (dir: string, files: Files = native): string {
  const { name, bin, main } = readPackage(dir, files)
  const command = typeof bin === 'object' && bin !== null
    ? (bin as Record<string, unknown>)[String(name).replace(/^@[^/]*\//, '')] ?? Object.values(bin)[0]
    : bin
  const spelled = (path: string): string[] => EXTENSIONS.map((extension) => path + extension)
  const candidates = typeof command === 'string'
    ? spelled(command)
    : [...typeof main === 'string' ? [...spelled(main), ...spelled(join(main, 'index')).slice(1)] : [], ...spelled('index').slice(1)]
  const found = candidates.map((candidate) => resolve(dir, candidate)).find((path) => isInside(path, dir) && isFile(path, files))
  if (found === undefined) throw new Refusal(`no entry in ${dir}: package.json names no bin or main that is there, and there is no index.js`)
  return relative(dir, found)
}

function readPackage (dir: string, files: Files = native): Record<string, unknown> {
  const path = join(dir, 'package.json')
  if (!isFile(path, files)) return {}
  let found: unknown
  try {
    found = JSON.parse(files.readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Refusal(`${path} is not JSON: ${(error as Error).message}`)
  }
  return typeof found === 'object' && found !== null ? found as Record<string, unknown> : {}
}

/** A path for the project in `dir` that does not exist on the disk. */
export function freePath (dir: string): string {
  const base = join(parse(dir).root, 'fsmount', basename(dir) || 'root')
  for (let n = 1; ; n++) {
    const path = n === 1 ? base : `${base}-${n}`
    if (native.lstatSync(path, { throwIfNoEntry: false }) === undefined) return path
  }
}

/** Runs the file at `entry` as the program of this process, with `args`, the way `node entry ...args` does. */
export function runEntry (entry: string, args: string[]): void {
  process.argv = [process.execPath, entry, ...args]
  process.mainModule = undefined
  // On the queue of this turn, so that no frame of ours stands below the program in its stack traces.
  process.nextTick(runMain, entry)
}

/** The folder of a project, without links. */
function projectFolder (dir: string): string {
  if (!native.existsSync(dir)) throw new Refusal(`no such folder: ${dir}`)
  if (!isFolder(dir)) throw new Refusal(`not a folder: ${dir}`)
  return native.realpathSync(dir)
}

function pack (dir: string, file: string, compress: boolean): void {
  const { items, roots } = listProject(projectFolder(dir))
  const target = native.existsSync(file) ? native.realpathSync(file) : file
  const packed = items.filter(({ from }) => from !== target)   // not into itself
  const provider = new ZipProvider(undefined, { compress })
  copyTree(create(provider), { items: packed, roots }, progressBar(packed.length))
  provider.save(file)
}

function run (path: string, args: string[]): void {
  const { vfs, entry } = isFile(path) ? opened(path) : copied(projectFolder(path))
  const mountPoint = freePath(native.realpathSync(path))
  vfs.mount(mountPoint)
  runEntry(join(mountPoint, entry), args)
}

/** A project as it is in an archive. */
function opened (archive: string): { vfs: VirtualFileSystem, entry: string } {
  const vfs = create(new ZipProvider(archive))
  try {
    return { vfs, entry: findEntry('/', vfs) }
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(`${archive}: ${error.message}`) : error
  }
}

/** A copy of the project in a folder. */
function copied (dir: string): { vfs: VirtualFileSystem, entry: string } {
  const entry = findEntry(dir)
  const tree = listProject(dir)
  const vfs = create()
  copyTree(vfs, tree, progressBar(tree.items.length))
  return { vfs, entry }
}

/** Draws how much of `total` is done, where the terminal is one; wiped when all is. */
function progressBar (total: number): ((done: number) => void) | undefined {
  if (!process.stderr.isTTY) return undefined
  let drawn = -1
  return (done) => {
    const filled = Math.floor(done / total * 30)
    if (done === total) process.stderr.write('\r\x1b[K')
    else if (filled !== drawn) process.stderr.write(`\rfsmount [${'#'.repeat(filled).padEnd(30)}] ${done} of ${total}`)
    drawn = filled
  }
}

function main (args: string[]): void {
  const split = args.indexOf('--')
  const own = split < 0 ? args : args.slice(0, split)
  if (own.some((arg) => arg === '-h' || arg === '--help')) return void process.stdout.write(USAGE)
  if (own.some((arg) => arg === '-v' || arg === '--version')) {
    return void process.stdout.write(`${String(readPackage(join(__dirname, '..', '..')).version)}\n`)
  }
  const [command, ...rest] = own
  if (command === undefined) throw new Refusal('no command: see fsmount --help')
  if (command === 'pack') return packArguments(rest)
  if (command !== 'run') throw new Refusal(`unknown command ${command}: see fsmount --help`)
  const [dir] = operands(rest, 1, 'run needs a folder or an archive: fsmount run DIR|FILE [-- ARGS]', 'options of the program come after --', 'arguments of the program come after --')
  run(resolve(dir!), split < 0 ? [] : args.slice(split + 1))
}

function packArguments (args: string[]): void {
  const store = args[0] === '--store'
  const usage = 'fsmount pack [--store] DIR FILE'
  const [dir, file] = operands(store ? args.slice(1) : args, 2, `pack needs a folder and a file: ${usage}`, usage, usage)
  pack(resolve(dir!), resolve(file!), !store)
}

/** The arguments of a command, if they are as many as it takes and none is an option. */
function operands (args: string[], count: number, few: string, options: string, many: string): string[] {
  const option = args.find((arg) => arg.startsWith('-'))
  if (option !== undefined) throw new Refusal(`unknown option ${option}: ${options}`)
  if (args.length < count || args.includes('')) throw new Refusal(few)
  if (args.length > count) throw new Refusal(`unexpected ${args[count]}: ${many}`)
  return args
}

/** Runs the command line and turns what it throws into one line and exit code 1. */
function start (args: string[]): void {
  try {
    main(args)
  } catch (error) {
    // A fault of ours is no bad input and keeps its stack.
    if (!(error instanceof Refusal) && (error as NodeJS.ErrnoException).code === undefined) throw error
    process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}fsmount: ${(error as Error).message.replaceAll('\n', ' ')}\n`)
    process.exitCode = 1
  }
}

if (require.main === module) start(process.argv.slice(2))
