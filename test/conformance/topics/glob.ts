// glob: names by patterns; test/ops/glob.test.ts compares random ones with Node's own.
import assert from 'node:assert/strict'
import { needs } from '../cases.ts'
import type { Body, Topic } from '../cases.ts'
import type { Dirent } from 'node:fs'

interface Globbing {
  globSync (pattern: string | string[], options?: object): (string | Dirent)[]
  promises: { glob (pattern: string | string[], options?: object): AsyncIterable<string | Dirent> }
}

async function plant ({ on, at }: Parameters<Body>[0]): Promise<void> {
  await on.mkdir(at('a/b'), { recursive: true })
  for (const name of ['a/f.js', 'a/b/g.js', 'a/.h', 'i.txt']) await on.writeFile(at(name), '')
  await on.symlink('a', at('l'))
}

/** A search relative to the case's folder, sorted. */
type Find = (pattern: string | string[], options?: object) => Promise<string[]>

/** A case in the two forms that give results one way or the other. */
const both = (body: (find: Find, ground: Parameters<Body>[0]) => Promise<void>): Topic[string] => needs('globSync', {
  forms: ['sync', 'promise'],
  needs: [],
  async body (ground) {
    const fs = ground.fs as unknown as Globbing
    await plant(ground)
    await body(async (pattern, options) => {
      const given = { cwd: ground.root, ...options }
      const found: (string | Dirent)[] = []
      if (ground.form === 'sync') found.push(...fs.globSync(pattern, given))
      else for await (const one of fs.promises.glob(pattern, given)) found.push(one)
      return found.map((one) => typeof one === 'string' ? one : `${one.name} ${one.isDirectory()}`).sort()
    }, ground)
  }
})

export const glob: Topic = {
  'finds by wildcards': both(async (find) => {
    assert.deepEqual(await find('*'), ['a', 'i.txt', 'l'])
    assert.deepEqual(await find('a/?.js'), ['a/f.js'])
    assert.deepEqual(await find(['*.txt', 'a/[a-f].js']), ['a/f.js', 'i.txt'])
  }),
  'finds in folders below': both(async (find) => { assert.deepEqual(await find('a/**/*.js'), ['a/b/g.js', 'a/f.js']) }),
  'finds by alternatives': both(async (find) => { assert.deepEqual(await find('{a/b,l}/{f,g}.js'), ['a/b/g.js', 'l/f.js']) }),
  'takes hidden names only by their dot': both(async (find) => { assert.deepEqual(await find('a/.*'), ['a/.h']) }),
  'finds absolute paths': both(async (find, { at }) => { assert.deepEqual(await find(at('a/*.js')), [at('a/f.js')]) }),
  'leaves out': both(async (find) => {
    assert.deepEqual(await find('**/*.js', { exclude: ['a/b/**'] }), ['a/f.js'])
    assert.deepEqual(await find('**/*.js', { exclude: (name: string) => name.endsWith('f.js') }), ['a/b/g.js'])
  }),
  'gives entries': both(async (find) => { assert.deepEqual(await find('*', { withFileTypes: true }), ['a true', 'i.txt false', 'l false']) })
}
