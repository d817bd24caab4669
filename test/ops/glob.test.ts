// glob in a mount gives what Node's own gives on the disk, for random patterns and options; and meets mounts on its way.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'
import { Random } from '../fuzz/random.ts'

/** Patterns that are compared; `FSMOUNT_PATTERNS` raises it, `FSMOUNT_SEED` chooses others. */
const COUNT = Number(process.env.FSMOUNT_PATTERNS ?? 300)
const SEED = Number(process.env.FSMOUNT_SEED ?? Date.now() % 1e6)

interface Options { cwd: string, withFileTypes?: boolean, exclude?: string[] | ((entry: string | { name: string }) => boolean), followSymlinks?: boolean, maxDepth?: number }
type Entry = fs.Dirent | string | null
type Glob = { globSync (pattern: string | string[], options?: Options): Entry[], promises: { glob (pattern: string | string[], options?: Options): AsyncIterable<Entry> }, glob (pattern: string | string[], options: Options, callback: (error: unknown, found: Entry[]) => void): void }
const node = fs as unknown as Glob
const skip = 'globSync' in fs ? false : 'this Node has no glob'

const WORDS = ['a', 'b', 'c', '*', '*', '**', '**', '..', '.', '{a,b}', '{a/b,c}', '?', '[a-c]', '[!a]', '*.js', 'f.js', '.*', '.hidden', '{1..3}', '@(a|b)', '!(a)', 'link', 'broken', 'up', 'x.js', 'd{e', '[[]z]', 'constructor']

function plant (root: string): void {
  for (const name of ['a/b/c', 'a/.h/x', 'b/a/a', 'c', 'x.js', '.hidden/y', 'd{e']) fs.mkdirSync(join(root, name), { recursive: true })
  for (const name of ['a/f.js', 'a/b/g.js', 'a/b/c/h.txt', 'b/a/f.js', 'c/.dot', 'f.js', '.hidden/y/z.js', 'x.js/i.js', '1', '2', 'd{e/q', '[z]']) fs.writeFileSync(join(root, name), '')
  for (const [name, target] of [['link', 'a'], ['a/lb', '../b'], ['lf', 'f.js'], ['broken', 'missing'], ['c/up', '..']] as const) fs.symlinkSync(target, join(root, name))
}

function draw (random: Random): { patterns: string | string[], options: Options } {
  const pattern = (): string => {
    const text = Array.from({ length: 1 + random.below(5) }, () => random.pick(WORDS)).join('/')
    return (random.chance(0.2) ? 'ROOT/' : '') + text + (random.chance(0.1) ? '/' : '')
  }
  const options: Options = { cwd: random.chance(0.2) ? 'ROOT/a' : 'ROOT' }
  if (random.chance(0.3)) options.withFileTypes = true
  if (random.chance(0.2)) options.exclude = random.chance(0.5) ? [pattern()] : (entry) => /(^|\/)b$/.test(typeof entry === 'string' ? entry : entry.name)
  if (random.chance(0.2)) options.followSymlinks = true
  if (random.chance(0.2)) options.maxDepth = random.below(4)
  return { patterns: random.chance(0.2) ? [pattern(), pattern()] : pattern(), options }
}

/** What a search finds, in an order and with names that can be compared. */
async function search (root: string, { patterns, options }: ReturnType<typeof draw>, form: 'sync' | 'promise'): Promise<string[]> {
  const there = <T extends string | string[]>(text: T): T => (Array.isArray(text) ? text.map(there) : text.replace('ROOT', root)) as T
  const given = { ...options, cwd: there(options.cwd), ...Array.isArray(options.exclude) ? { exclude: there(options.exclude) } : {} }
  const found: Entry[] = []
  if (form === 'sync') found.push(...node.globSync(there(patterns), given))
  else for await (const entry of node.promises.glob(there(patterns), given)) found.push(entry)
  const text = (entry: Entry): string => entry === null ? 'null' : typeof entry === 'string' ? entry : `${entry.parentPath} ${entry.name} ${entry.isDirectory()} ${entry.isSymbolicLink()}`
  const local = (told: string): string => {
    for (let at = root, name = 'ROOT'; at.includes('/1'); at = at.slice(0, at.lastIndexOf('/')), name = `ABOVE ${name}`) told = told.replaceAll(at, name)
    return told
  }
  return found.map((entry) => local(text(entry))).sort()
}

test(`random patterns find in a mount what they find on the disk (seed ${SEED})`, { skip }, async (t) => {
  const random = new Random(SEED)
  const disk = join(fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-glob-')), '1/2/3/4/root')
  const vfs = create().mount('/fsmount-glob')
  const mounted = '/fsmount-glob/1/2/3/4/root'
  t.after(() => {
    vfs.unmount()
    fs.rmSync(disk.slice(0, -'/1/2/3/4/root'.length), { recursive: true })
  })
  for (const root of [disk, mounted]) {
    fs.mkdirSync(root, { recursive: true })
    plant(root)
  }
  for (let i = 0; i < COUNT; i++) {
    const drawn = draw(random)
    for (const form of ['sync', 'promise'] as const) assert.deepEqual(await search(mounted, drawn, form), await search(disk, drawn, form), `${form} ${JSON.stringify(drawn)}`)
  }
})

test('a pattern that starts on the disk enters mounts and overlays', { skip }, async (t) => {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'fsmount-glob-'))
  fs.mkdirSync(join(folder, 'real'))
  fs.writeFileSync(join(folder, 'real/f.js'), '')
  const vfs = create()
  vfs.writeFileSync('/sub/f.js', '')
  vfs.mount(join(folder, 'mounted'))
  const over = create({ overlay: true })
  over.writeFileSync('/virtual.js', '')
  over.mount(join(folder, 'real'))
  t.after(() => {
    vfs.unmount()
    over.unmount()
    fs.rmSync(folder, { recursive: true })
  })
  const all = ['mounted/sub/f.js', 'real/f.js', 'real/virtual.js']
  assert.deepEqual((node.globSync('**/*.js', { cwd: folder }) as string[]).sort(), all)
  assert.deepEqual((node.globSync(`${folder}/*`, { cwd: '/' }) as string[]).sort(), ['mounted', 'real'].map((name) => join(folder, name)))
  const found = await new Promise<Entry[]>((resolve, reject) => { node.glob('**/*.js', { cwd: folder }, (error, list) => { error === null ? resolve(list) : reject(error) }) })
  assert.deepEqual((found as string[]).sort(), all)
})

test('an object searches its own names', { skip }, async () => {
  const vfs = create()
  vfs.writeFileSync('/d/e/f.js', '')
  vfs.chdir('/d')
  assert.deepEqual((vfs as unknown as Glob).globSync('**/*.js'), ['e/f.js'])
  assert.deepEqual((vfs as unknown as Glob).globSync('/d/*'), ['/d/e'])
})

test('wrong arguments are told by Node, at the moment Node tells them', { skip }, async (t) => {
  const vfs = create().mount('/fsmount-glob')
  t.after(() => { vfs.unmount() })
  const wrong = { code: 'ERR_INVALID_ARG_TYPE' }
  for (const args of [[1], ['*', null], ['*', { cwd: '/fsmount-glob', exclude: 1 }], ['*', { cwd: '/fsmount-glob', exclude: [1] }]] as unknown as [string, Options][]) {
    assert.throws(() => node.globSync(...args), wrong)
    await assert.rejects(async () => { for await (const _ of node.promises.glob(...args)) break }, wrong)
  }
  assert.throws(() => { (node.glob as (...args: unknown[]) => void)('*') }, wrong)
})

test('a mount that was given no place is searched there', { skip }, async () => {
  const vfs = create()
  vfs.mkdirSync('/src/deep', { recursive: true })
  for (const file of ['/src/a.js', '/src/b.txt', '/src/deep/c.js']) vfs.writeFileSync(file, '')
  const at = vfs.mount()
  try {
    assert.deepEqual(node.globSync(`${at}/src/*.js`), [`${at}/src/a.js`])
    assert.deepEqual(node.globSync(`${at}/src/a.js`), [`${at}/src/a.js`])
    const found: Entry[] = []
    for await (const one of node.promises.glob(`${at}/**/*.js`)) found.push(one)
    assert.deepEqual(found.sort(), [`${at}/src/a.js`, `${at}/src/deep/c.js`])
    assert.deepEqual((vfs as unknown as Glob).globSync(`${at}/src/*/*.js`), [`${at}/src/deep/c.js`])
    assert.deepEqual(node.globSync('*.js', { cwd: `${at}/src` }), ['a.js'])
    assert.deepEqual((vfs as unknown as Glob).globSync('/dev/'), [])
  } finally {
    vfs.unmount()
  }
})
