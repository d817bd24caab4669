// Options of every kind, most of them none: a mount takes, refuses and does what a real folder takes, refuses and does.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { create } from '../../lib/index.ts'

type Any = (...args: unknown[]) => unknown

const VALUES: readonly unknown[] = [undefined, null, true, false, 0, 1, -1, 1.5, NaN, Infinity, 2 ** 32, '', 'x', 'utf8', 'buffer', '755', 'r', 'w', 'a+', {}, [], 1n, new Date(0), Symbol('s'), Buffer.from('a')]

/** What each function is called with before its options, below a root that `plant` made, and the options that it has. */
const CALLS: Readonly<Record<string, { args: (root: string) => unknown[], options: readonly string[] }>> = {
  stat: { args: (root) => [`${root}/f`], options: ['bigint', 'throwIfNoEntry'] },
  readFile: { args: (root) => [`${root}/f`], options: ['encoding', 'flag', 'signal'] },
  writeFile: { args: (root) => [`${root}/f`, 'new'], options: ['encoding', 'flag', 'mode', 'flush', 'signal'] },
  appendFile: { args: (root) => [`${root}/f`, 'new'], options: ['encoding', 'flag', 'mode', 'flush'] },
  readdir: { args: (root) => [`${root}/d`], options: ['encoding', 'withFileTypes', 'recursive'] },
  mkdir: { args: (root) => [`${root}/m`], options: ['recursive', 'mode'] },
  rm: { args: (root) => [`${root}/f`], options: ['recursive', 'force', 'maxRetries', 'retryDelay'] },
  rmdir: { args: (root) => [`${root}/e`], options: ['recursive', 'maxRetries', 'retryDelay'] },
  mkdtemp: { args: (root) => [`${root}/tmp-`], options: ['encoding'] },
  readlink: { args: (root) => [`${root}/l`], options: ['encoding'] },
  realpath: { args: (root) => [`${root}/l`], options: ['encoding'] },
  cp: { args: (root) => [`${root}/f`, `${root}/c`], options: ['recursive', 'force', 'errorOnExist', 'dereference', 'preserveTimestamps', 'verbatimSymlinks', 'mode', 'filter'] },
  access: { args: (root) => [`${root}/f`], options: [] },
  truncate: { args: (root) => [`${root}/f`], options: [] },
  chmod: { args: (root) => [`${root}/f`], options: [] },
  copyFile: { args: (root) => [`${root}/f`, `${root}/c`], options: [] }
}

const FORMS: Readonly<Record<string, (name: string) => Any | undefined>> = {
  sync: (name) => (fs as unknown as Record<string, Any>)[`${name}Sync`],
  callback: (name) => (...args) => new Promise((resolve, reject) => {
    (fs as unknown as Record<string, Any>)[name]!(...args, (error: unknown, value: unknown) => { error === null || error === undefined ? resolve(value) : reject(error) })
  }),
  promise: (name) => (fs.promises as unknown as Record<string, Any>)[name]
}

function plant (root: string): void {
  for (const name of fs.readdirSync(root)) fs.rmSync(`${root}/${name}`, { recursive: true })
  fs.writeFileSync(`${root}/f`, 'hello')
  fs.mkdirSync(`${root}/e`)
  fs.mkdirSync(`${root}/d`)
  fs.writeFileSync(`${root}/d/x`, '')
  fs.symlinkSync('f', `${root}/l`)
}

const modes = (root: string): string[] => (fs.readdirSync(root, { recursive: true }) as string[]).sort().map((name) => `${name} ${fs.lstatSync(`${root}/${name}`).mode.toString(8)}`)

/** What a call gives or fails with, and what it leaves. */
async function outcome (root: string, run: Any, args: (root: string) => unknown[], last: unknown): Promise<string> {
  plant(root)
  let said
  try {
    const value = await run(...args(root), last)
    said = value instanceof fs.Stats || (typeof value === 'object' && value !== null && 'mode' in value) ? typeof (value as fs.Stats).mode : inspect(value)
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException
    said = `${code} ${name} ${message}`
  }
  return inspect([said, modes(root)]).replaceAll(root, 'ROOT').replaceAll(Buffer.from(root).toString('hex').replace(/(..)/g, '$1 ').trim(), 'ROOT').replace(/tmp-\w{6}/g, 'tmp-')
}

let real = ''
before(() => { real = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'fsmount-options-'))) })
after(() => { fs.rmSync(real, { recursive: true }) })

for (const [name, { args, options }] of Object.entries(CALLS)) {
  test(`${name}: options that are none are what they are to Node`, async () => {
    using _ = create().mount('/fsmount-options')
    for (const [form, of] of Object.entries(FORMS)) {
      const run = of(name)!
      for (const value of VALUES) {
        for (const last of [value, ...options.map((option) => ({ [option]: value }))]) {
          // The folder that is made has a name of chance, which as bytes is no text to be compared.
          if (name === 'mkdtemp' && (last === 'buffer' || (last as { encoding?: unknown } | undefined)?.encoding === 'buffer')) continue
          assert.equal(await outcome('/fsmount-options', run, args, last), await outcome(real, run, args, last), `${form} ${inspect(last)}`)
        }
      }
    }
  })
}
