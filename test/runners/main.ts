// `npm run test:runners`: the test that README shows, under the runners that people use, installed by npm into a folder
// of their own (~/.cache/fsmount-runners), with the remedies that README names for those with a module system of their own.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { findRoot } from '../tools/files.ts'

const RUNNERS: Readonly<Record<string, string>> = { mocha: '^12', vitest: '^5', jest: '^30', tsx: '^4' }
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fsmount-runners')
const root = findRoot()
const major = Number(process.versions.node.split('.')[0])

/** One run: arguments of Node, and files beside the test. */
interface Run {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  /** What stands in the place of `import { test } from 'node:test'`. */
  readonly test?: string
  readonly files?: Readonly<Record<string, string>>
  /** The oldest line that the runner takes. */
  readonly from?: number
  /** The runner compiles what it is given. */
  readonly compiles?: true
  /** How many tests pass; 1 unless told. */
  readonly passed?: number
  /** The test fails so: what README says of the runner still holds. */
  readonly fails?: true
}

const VITEST = 'export default { test: { server: { deps: { external: [/^\\/dev\\/null\\/fsmount\\//] } } } }\n'
const jestConfig = (more: object): string => JSON.stringify({ testMatch: ['**/*.jest.mjs'], moduleFileExtensions: ['js', 'cjs', 'mjs', 'json'], transform: {}, ...more })
const JEST = ['node_modules/jest/bin/jest.js']
const SIMPLE = "const fs = require('node:fs')\ntest('starts', () => {\n  const vfs = require('fsmount').create()\n  vfs.writeFileSync('/file', 'text')\n  vfs.mount('/virtual')\n  expect(fs.readFileSync('/virtual/file', 'utf8')).toBe('text')\n  vfs.unmount()\n})\n"
const IN_VITEST = "import { test } from 'vitest'"

const RUNS: readonly Run[] = [
  { name: 'node:test', file: 'a.test.mjs', args: ['--test', 'a.test.mjs'] },
  { name: 'mocha', file: 'a.mocha.mjs', args: ['node_modules/mocha/bin/mocha.js', 'a.mocha.mjs'], test: 'const test = globalThis.it' },
  { name: 'tsx', file: 'a.tsx.mts', args: ['node_modules/tsx/dist/cli.mjs', '--test', 'a.tsx.mts'], compiles: true },
  ...['threads', 'forks'].flatMap((pool): Run[] => {
    const run = { file: 'a.test.mjs', args: ['node_modules/vitest/vitest.mjs', 'run', '--pool', pool, 'a.test.mjs'], test: IN_VITEST, from: 22 } as const
    return [
      { ...run, name: `Vitest (${pool})`, files: { 'vitest.config.mjs': VITEST } },
      { ...run, name: `Vitest (${pool}) without its remedy`, fails: true }
    ]
  }),
  { name: 'Jest', file: 'a.jest.mjs', args: ['--experimental-vm-modules', '--import', 'fsmount/register', ...JEST], test: '', files: { 'jest.config.json': jestConfig({ resolver: './resolver.cjs' }) } },
  // Between the files of a process Jest takes apart what it finds on a globalThis.
  ...['soft', 'on'].map((globalsCleanup): Run => ({
    name: `Jest, two files in one process, cleaned up (${globalsCleanup})`, file: 'unused.mjs', args: [...JEST, '-i'], passed: 2,
    files: { 'jest.config.json': JSON.stringify({ testMatch: ['**/*.cleaned.js'], testEnvironmentOptions: { globalsCleanup } }), 'a.cleaned.js': SIMPLE, 'b.cleaned.js': SIMPLE }
  })),
  { name: 'Jest without its remedy', file: 'a.jest.mjs', args: ['--experimental-vm-modules', ...JEST], test: '', files: { 'jest.config.json': jestConfig({}) }, fails: true },
  {
    name: 'Jest, by vfs.import()', file: 'a.jest.mjs', args: ['--experimental-vm-modules', ...JEST], test: '',
    files: { 'jest.config.json': jestConfig({}), 'a.jest.mjs': 'vfs.import' }
  }
]

/** The environment without what npm and a test runner put there. */
const clean = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:npm_|INIT_CWD$|NODE_OPTIONS$|NODE_TEST_CONTEXT$|VITEST|JEST|FORCE_COLOR$)/i.test(name)))

function install (): void {
  const manifest = JSON.stringify({ private: true, devDependencies: RUNNERS })
  const place = join(cache, 'package.json')
  if (!existsSync(join(cache, 'node_modules/.package-lock.json')) || readFileSync(place, 'utf8') !== manifest) {
    rmSync(cache, { recursive: true, force: true })
    mkdirSync(cache, { recursive: true })
    writeFileSync(place, manifest)
    const { status, stdout, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: cache, encoding: 'utf8', env: clean() })
    if (status !== 0) {
      rmSync(place)
      throw new Error(stdout + stderr)
    }
  }
  const home = join(cache, 'node_modules/fsmount')
  rmSync(home, { recursive: true, force: true })
  for (const path of ['package.json', 'dist/lib', 'dist/providers', 'dist/loader']) cpSync(join(root, path), join(home, path), { recursive: true })
}

/** A block of README by what stands in it. */
function block (word: string): string {
  const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```\w*\n([^]*?)^```$/gm)].map(([, code]) => code!)
  return blocks.find(code => code.includes(word))!
}

/** The test as a runner takes it. */
function testFor ({ test, compiles, files }: Run): string {
  let code = block("test('starts'")
  if (test !== undefined) code = code.replace("import { test } from 'node:test'", test)
  // The function under test imports by the object, which it is given.
  if (files?.['a.jest.mjs'] === 'vfs.import') code = code.replace('(folder) {', '(folder, vfs) {').replace('await import(', 'await vfs.import(').replace('start(folder)', 'start(folder, vfs)')
  if (compiles || major >= 24) return code
  return code.replace('using vfs', 'const vfs').replace(/\}\)\n$/, '  vfs.unmount()\n})\n')
}

function execute (run: Run): boolean {
  const place = join(cache, 'run')
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(place, path)), { recursive: true })
    writeFileSync(join(place, path), text)
  }
  for (const [path, text] of Object.entries(run.files ?? {})) write(path, text)
  write('package.json', '{ "private": true }')
  write('resolver.cjs', block('defaultResolver'))
  write(run.file, testFor(run))
  const args = run.args.map(arg => arg.startsWith('node_modules/') ? join(cache, arg) : arg)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', ...args], { cwd: place, encoding: 'utf8', timeout: 120_000, env: { ...clean(), NO_COLOR: '1', CI: '1' } })
  const text = stdout + stderr
  const ran = run.fails ? /starts/.test(text) : new RegExp(`\\b${run.passed ?? 1} (?:passing|passed|pass)\\b|pass(?:ed)? +${run.passed ?? 1}\\b`).test(text)
  const right = ran && (status === 0) !== (run.fails === true)
  console.log(`${run.name}: ${right ? 'as README says' : `exit code ${status}\n${text}`}`)
  return right
}

function main (): void {
  install()
  const runs = RUNS.filter(({ from }) => from === undefined || major >= from)
  const wrong = runs.filter(run => !execute(run))
  rmSync(join(cache, 'run'), { recursive: true, force: true })
  console.log(`Node ${process.versions.node}: ${runs.length} runs, ${wrong.length} not as README says`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}

main()
