// Other lines of Node, fetched from the registry once and kept in ~/.cache/fsmount-matrix, and programs run by them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fsmount-matrix')

/** npm's own program, to be run by any Node. */
function findNpm (): string {
  const places = [process.env.npm_execpath, ...(process.env.PATH ?? '').split(delimiter).flatMap((dir) =>
    [join(dir, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'), join(dir, 'node_modules', 'npm', 'bin', 'npm-cli.js')])]
  const found = places.find((place) => place?.endsWith('npm-cli.js') && existsSync(place))
  if (!found) throw new Error('npm is not found')
  return found
}

/** The path of npm's program. */
export const npm = findNpm()

/** The environment without what npm and a running test put there, with `node` first on the path. */
export function environment (node: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(?:npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|NODE_V8_COVERAGE$|INIT_CWD$)/i.test(name)) env[name] = value
  }
  env.PATH = `${dirname(node)}${delimiter}${env.PATH}`
  env.npm_config_update_notifier = 'false'
  return env
}

/** How long a program may run, in milliseconds: four times what all the tests of one line take on two free cores. */
const LIMIT = 1_200_000

/** Runs `node` to its end and gives what it printed; a failure throws with that text unless `mayFail`. */
export function runNode (node: string, args: string[], cwd: string, mayFail = false): { text: string, status: number | null } {
  const { stdout, stderr, status, signal, error } = spawnSync(node, args,
    { cwd, env: environment(node), encoding: 'utf8', maxBuffer: 2 ** 28, timeout: LIMIT, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = stdout + stderr + (error === undefined ? '' : `\n${error.message} after ${LIMIT / 60_000} minutes\n`)
  if (status !== 0 && !mayFail) throw new Error(`${[node, ...args].join(' ')}: ${error?.message ?? signal ?? `exit code ${status}`}\n${text}`)
  return { text, status }
}

/** The binary of a line: the running one, or one from the registry, fetched once. */
export function findNode (line: string): string {
  if (process.versions.node.startsWith(`${line}.`)) return process.execPath
  const dir = join(cache, `node-${line}`)
  const node = join(dir, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(node)) {
    rmSync(dir, { recursive: true, force: true })
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }))
    runNode(process.execPath, [npm, 'install', `node@${line}`], dir)
  }
  return node
}
