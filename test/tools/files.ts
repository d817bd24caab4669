// Where things are: the root of the project, whether the tests run in a clone or beside an installed package, and
// the compiled test files with the suite that each belongs to.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/** The folder of fsmount's package.json, found upwards from `from`. */
export function findRoot (from = __dirname): string {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) return dir
    if (dir === dirname(dir)) throw new Error(`no package.json above ${from}`)
  }
}

/** Every file below `dir` whose name ends in `suffix`, sorted; `node_modules` is not entered. */
export function filesBelow (dir: string, suffix: string): string[] {
  const found: string[] = []
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') found.push(...filesBelow(path, suffix))
    } else if (entry.name.endsWith(suffix)) found.push(path)
  }
  return found.sort()
}

/** The suite of a test file: the folder or file that it is in, seen from `dist/test`. */
export function suiteOf (testFile: string, testDir: string): string {
  return relative(testDir, testFile).split(sep)[0]!.replace(/\.test\.js$/, '')
}
