// `npm run test:packages [NAME]...`: packages that people use, installed by npm into a folder of their own
// (~/.cache/fsmount-packages), are loaded by `require` and by `import` from the disk and from a mounted copy in memory:
// exports, resolved paths and all files that were loaded must be the same. Then some of their programs are run both ways.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { COMMANDS, PACKAGES, SOURCES } from './list.ts'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fsmount-packages')
const AT = '/packages/of/nobody'
/** Packages that share a process; a child fills its memory with the whole tree first. */
const TOGETHER = 12

type Answers = { answers: Record<string, Record<string, unknown>>, loaded: string[] }

/** The tree of packages, installed once for a list. */
function install (): string {
  const manifest = JSON.stringify({ private: true, name: 'packages', dependencies: PACKAGES }, null, 2)
  const place = join(cache, 'package.json')
  if (!existsSync(join(cache, 'node_modules/.package-lock.json')) || readFileSync(place, 'utf8') !== manifest) {
    rmSync(cache, { recursive: true, force: true })
    mkdirSync(cache, { recursive: true })
    writeFileSync(place, manifest)
    console.log(`installing ${Object.keys(PACKAGES).length} packages into ${cache}`)
    const { status, stdout, stderr } = spawnSync('npm', ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: cache, encoding: 'utf8', env: clean() })
    if (status !== 0) {
      rmSync(place)
      throw new Error(stdout + stderr)
    }
  }
  for (const [path, text] of Object.entries(SOURCES)) {
    mkdirSync(dirname(join(cache, path)), { recursive: true })
    writeFileSync(join(cache, path), text)
  }
  return realpathSync(cache)
}

/** The environment without what npm and a test runner put there. */
const clean = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:npm_|INIT_CWD$|NODE_OPTIONS$|NODE_TEST_CONTEXT$|FORCE_COLOR$)/i.test(name)))

interface Run { status: number | string | null, stdout: string, stderr: string }

/** Runs a file of Node with paths below ROOT, on the disk or mounted; what it prints, in paths of the disk. */
function run (file: string, args: readonly string[], tree: string, mounted: boolean): Run {
  const root = mounted ? AT : tree
  const here = (text: string): string => text.replaceAll('ROOT', root)
  const preload = mounted ? ['--import', join(__dirname, 'mount.js')] : []
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', ...preload, here(file), ...args.map(here)], {
    cwd: '/', encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 600_000,
    env: { ...clean(), NO_COLOR: '1', ...mounted && { FSMOUNT_TREE: tree, FSMOUNT_AT: AT } }
  })
  const back = (text: string): string => text.replaceAll(AT, tree).replaceAll(AT.slice(1), tree.slice(1))
  return { status: signal ?? status, stdout: back(stdout), stderr: back(stderr) }
}

function ask (names: readonly string[], tree: string, mounted: boolean): Answers {
  const { stdout, stderr, status } = run(join(__dirname, 'ask.js'), ['ROOT', ...names], tree, mounted)
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Answers
  } catch {
    throw new Error(`${mounted ? 'mounted' : 'on the disk'}: ${names.join(' ')}: ${status}\n${stdout.slice(-2000)}${stderr.slice(-4000)}`)
  }
}

/** What differs between the disk and the mount, in lines. */
function compare (names: readonly string[], tree: string): string[] {
  const faults: string[] = []
  const real = ask(names, tree, false)
  const mounted = ask(names, tree, true)
  for (const name of names) {
    for (const [what, expected] of Object.entries(real.answers[name]!)) {
      const actual = mounted.answers[name]![what]
      if (!isDeepStrictEqual(actual, expected)) faults.push(`${name}: ${what}\n  disk:  ${JSON.stringify(expected).slice(0, 400)}\n  mount: ${JSON.stringify(actual).slice(0, 400)}`)
    }
    const { required, imported } = real.answers[name] as Record<string, { failed?: unknown }>
    if (required?.failed && imported?.failed) console.log(`${name} loads neither way on the disk: ${JSON.stringify(imported.failed)}`)
  }
  const lost = real.loaded.filter(path => !mounted.loaded.includes(path))
  const more = mounted.loaded.filter(path => !real.loaded.includes(path))
  if (lost.length + more.length > 0) faults.push(`${names.join(' ')}: loaded on the disk alone: ${lost.slice(0, 5).join(' ')}; mounted alone: ${more.slice(0, 5).join(' ')}`)
  return faults
}

/** Figures that no two runs share. */
const steady = (text: string): string => text.replace(/"(?:start|end|duration|speed)": "?[^",\n]+"?/g, '').replace(/\(?\b\d+(?:\.\d+)?m?s\b\)?/g, '')

function compareCommands (tree: string): string[] {
  const faults: string[] = []
  for (const { file, args, kind } of COMMANDS) {
    const [real, mounted] = [false, true].map(where => run(`ROOT/${file}`, args, tree, where))
    if (real!.stdout + real!.stderr === '') faults.push(`${file} prints nothing on the disk`)
    for (const part of ['status', 'stdout', 'stderr'] as const) {
      const [expected, actual] = [real![part], mounted![part]].map(text => typeof text === 'string' ? steady(text) : text)
      if (expected !== actual) faults.push(`${file}: ${part}\n  disk:  ${String(expected).slice(0, 1500)}\n  mount: ${String(actual).slice(0, 1500)}`)
    }
    console.log(`${file.replace('node_modules/', '')} (${kind}): exit code ${real!.status}`)
  }
  return faults
}

function main (wanted: readonly string[]): void {
  const tree = install()
  const names = Object.keys(PACKAGES).filter(name => wanted.length === 0 || wanted.includes(name))
  const faults: string[] = []
  for (let at = 0; at < names.length; at += TOGETHER) {
    const group = names.slice(at, at + TOGETHER)
    faults.push(...compare(group, tree))
    console.log(`${Math.min(at + TOGETHER, names.length)} of ${names.length} packages`)
  }
  if (wanted.length === 0) faults.push(...compareCommands(tree))
  for (const fault of faults) console.log(fault)
  console.log(`Node ${process.versions.node}: ${names.length} packages${wanted.length === 0 ? ` and ${COMMANDS.length} programs` : ''}, ${faults.length} differences`)
  process.exitCode = faults.length === 0 ? 0 : 1
}

main(process.argv.slice(2))
