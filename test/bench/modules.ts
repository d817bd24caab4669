// What it costs to load a graph of a thousand modules from a mount, beside the same files on the disk.
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Subject } from './subjects.ts'

type Fs = typeof import('node:fs')
const load = createRequire(__filename)
const live = load('node:fs') as Fs
// tsc would make a require of it
const bring = new Function('url', 'return import(url)') as (url: string) => Promise<{ default: number }>

const PACKAGES = 100
const FILES = 10

/** Kinds of graphs. */
export type Kind = 'CommonJS' | 'ESM'

/** The modules that file `f` of package `p` asks for: the package's other files, and two packages further on. */
function requests (p: number, f: number): string[] {
  if (f > 0) return []
  const beside = Array.from({ length: FILES - 1 }, (_, i) => `./f${i + 1}.js`)
  return [...beside, ...[2 * p + 1, 2 * p + 2].filter((next) => next < PACKAGES).map((next, i) => i === 0 ? `package${next}` : `package${next}/sub/f0`)]
}

/** Writes a hundred packages with `exports`, of ten files each, and an entry. */
function plant (fs: Pick<Fs, 'mkdirSync' | 'writeFileSync'>, root: string, kind: Kind): void {
  const body = Array.from({ length: 20 }, (_, i) => `function part${i} (a, b) { return a * ${i} + b }`).join('\n')
  for (let p = 0; p < PACKAGES; p++) {
    const folder = `${root}/node_modules/package${p}`
    fs.mkdirSync(`${folder}/lib`, { recursive: true })
    fs.writeFileSync(`${folder}/package.json`, JSON.stringify({ name: `package${p}`, type: kind === 'ESM' ? 'module' : 'commonjs', exports: { '.': './lib/f0.js', './sub/*': './lib/*.js' } }))
    for (let f = 0; f < FILES; f++) {
      const asked = requests(p, f)
      const sum = [1, ...asked.map((_, i) => `v${i}`)].join(' + ')
      fs.writeFileSync(`${folder}/lib/f${f}.js`, kind === 'ESM'
        ? `${asked.map((name, i) => `import { value as v${i} } from '${name}'`).join('\n')}\n${body}\nexport const value = ${sum}\n`
        : `${asked.map((name, i) => `const v${i} = require('${name}').value`).join('\n')}\n${body}\nexports.value = ${sum}\n`)
    }
  }
  fs.writeFileSync(`${root}/main.mjs`, "import { value } from 'package0'\nexport default value\n")
  fs.writeFileSync(`${root}/main.cjs`, "module.exports = require('package0').value\n")
}

/** Milliseconds from the request for the entry to its answer, in a process that has loaded nothing else. */
export async function measureGraph (subject: Subject, kind: Kind): Promise<number> {
  let root = mkdtempSync(join(tmpdir(), 'fsmount-bench-'))
  const folder = root
  if (subject.make === undefined) plant(live, root, kind)
  else {
    const vfs = subject.make()({})
    plant(vfs as unknown as Fs, '/app', kind)
    root = '/fsmount-bench-mount/app'
    vfs.mount('/fsmount-bench-mount')
  }
  try {
    const begin = performance.now()
    const sum = kind === 'ESM' ? (await bring(pathToFileURL(`${root}/main.mjs`).href)).default : load(`${root}/main.cjs`) as number
    const took = performance.now() - begin
    if (sum !== PACKAGES * FILES) throw new Error(`the graph gave ${sum}`)
    return took
  } finally {
    rmSync(folder, { recursive: true })
  }
}
