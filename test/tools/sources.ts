// Reads the TypeScript sources as the tests of the project's own shape need them: without comments, by imports,
// by lists of names.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { filesBelow } from './files.ts'

/** A source file: its path from the root of the project (with `/`), its text, and that text without comments. */
export interface Source { path: string, text: string, code: string }

/** The sources below the folders `dirs` of the project at `root`. */
export function readSources (root: string, dirs: string[]): Source[] {
  return dirs.map((dir) => join(root, dir)).filter(existsSync).flatMap((dir) => filesBelow(dir, '.ts')).filter((file) => !file.endsWith('.d.ts')).map((file) => {
    const text = readFileSync(file, 'utf8')
    return { path: relative(root, file).split(sep).join('/'), text, code: withoutComments(text) }
  })
}

/** Comments replaced by nothing; what looks like one inside a string or a regular expression stays. */
export function withoutComments (text: string): string {
  const token = /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[=(,:!&|?{};\n]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*\//g
  return text.replace(token, (found) => found.startsWith('//') || found.startsWith('/*') ? '' : found)
}

/** What a source imports, as paths from the root (`lib/vfs.ts`) or as bare specifiers (`node:path`). */
export function importsOf ({ path, code }: Source, withTypes = true): string[] {
  const specifiers = new Set<string>()
  const text = withTypes ? code : code.replace(/^\s*(?:import|export) type [^']*'[^']+'|\btypeof import\('[^']+'\)|\bimport\('[^']+'\)(?=\.[A-Z])/gm, '')
  for (const [, a, b] of text.matchAll(/(?:\bfrom|^\s*import)\s*'([^']+)'|\b(?:import|require|getBuiltinModule)\s*\(\s*['"`]([^'"`]+)['"`]/gm)) {
    const specifier = (a ?? b)!
    specifiers.add(specifier.startsWith('.') ? posix.join(dirname(path), specifier).replace(/\.js$/, '.ts') : specifier)
  }
  return [...specifiers]
}

/**
 * Runs of three or more `names` in one list: an array, a union, a destructuring pattern, the keys of an object.
 * A run that consists of `other` names alone is no list of these names.
 */
export function listsOf ({ code }: Source, names: ReadonlySet<string>, other: ReadonlySet<string>): string[][] {
  const found: string[][] = []
  let run: string[] = []
  let end = -1
  const close = (): void => {
    if (run.length >= 3 && run.some((name) => !other.has(name))) found.push(run)
    run = []
  }
  for (const match of code.matchAll(/[A-Za-z_$][\w$]*/g)) {
    if (!names.has(match[0])) continue
    if (!/^['"`]?\s*(?::\s*(?:[\w.]+|'[^'\n]*')\s*)?[,|]\s*['"`]?$/.test(code.slice(end, match.index))) close()
    run.push(match[0])
    end = match.index + match[0].length
  }
  close()
  return found
}
