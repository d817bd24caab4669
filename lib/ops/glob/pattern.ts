// Patterns of glob: braces expanded, paths cut into segments and tidied, in the dialect that Node takes from minimatch
// (with the options of lib/internal/fs/glob.js, 22.23 to 26.10). One segment is matched by Node's own path.matchesGlob.
import * as path from 'node:path'

/** The segment `**`. */
export const GLOBSTAR = Symbol('**')

/** A segment with wildcards. */
interface Wildcard { readonly text: string }

/** A part of a pattern between two slashes: a name, `**`, or wildcards. */
export type Segment = string | typeof GLOBSTAR | Wildcard

/** A pattern without braces: its segments, and the texts that they were. */
export interface Pattern { readonly segments: readonly Segment[], readonly texts: readonly string[] }

const matchesGlob = (text: string, pattern: string): boolean =>
  (path as unknown as { matchesGlob: (text: string, pattern: string) => boolean }).matchesGlob(text, pattern)

/** Whether a whole path matches a whole pattern. */
export const matchesPath = matchesGlob

/** Whether a name matches a segment. */
export const matchesSegment = (segment: Segment | undefined, name: string): boolean =>
  segment === GLOBSTAR || segment === name || (typeof segment === 'object' && matchesGlob(name, segment.text))

/** The patterns that a text stands for. Backslashes are slashes, as Node has them. */
export function parsePattern (text: string): Pattern[] {
  if (text === '') return []
  const expanded = [...new Set(expandBraces(text.replaceAll('\\', '/')))]
  const all = expanded.map((one) => one.split(/\/+/))
  for (let i = 0; i < all.length; i++) all.push(...tidy(all[i]!))
  return distinct(all).map((texts) => ({ texts, segments: texts.map(segmentOf) }))
}

/** Patterns without those that others take in. */
function distinct (all: readonly string[][]): string[][] {
  const kept = [...all]
  for (let i = 0; i < kept.length - 1; i++) {
    for (let j = i + 1; j < kept.length; j++) {
      const both = union(kept[i]!, kept[j]!)
      if (both === undefined) continue
      kept[i] = []
      kept[j] = both
      break
    }
  }
  return kept.filter((texts) => texts.length > 0)
}

/** The pattern that matches what either of two does, if it is one of them. */
function union (a: readonly string[], b: readonly string[]): string[] | undefined {
  const made: string[] = []
  let wider: 'a' | 'b' | undefined
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i]!, b[j]!]
    if (x === y) [i, j] = [i + 1, j + 1]
    else if (x === '**' && y === a[i + 1]) i++
    else if (y === '**' && x === b[j + 1]) j++
    else if (x === '*' && visible(y) && wider !== 'b') [i, j, wider] = [i + 1, j + 1, 'a']
    else if (y === '*' && visible(x) && wider !== 'a') [i, j, wider] = [i + 1, j + 1, 'b']
    else return undefined
    made.push(x === y || x === '**' || (y !== '**' && wider === 'a') ? x : y)
  }
  return a.length === b.length ? made : undefined
}

/** A segment that `*` takes in. */
const visible = (text: string): boolean => text !== '' && text !== '**' && !text.startsWith('.')

/** A class of one character is how that character is quoted. */
const QUOTED = /\[([^\\/!^\]])\]/g
const WILD = /[*?]|\[[^\]]+\]|[+@!]\(.*\)/

function segmentOf (text: string): Segment {
  if (text === '**') return GLOBSTAR
  const plain = text.replace(QUOTED, 'x')
  return WILD.test(plain) ? { text } : text.replace(QUOTED, '$1')
}

const isName = (segment: string | undefined): boolean => segment !== undefined && segment !== '' && segment !== '.' && segment !== '..'

/**
 * Takes out what says nothing: repeated `**`, dots, and names before `..`. A `**` before `..` and two names stands for
 * nothing or something: that is two patterns, of which the further ones are returned.
 */
function tidy (texts: string[]): string[][] {
  const further: string[][] = []
  for (let changed = true; changed;) {
    changed = false
    for (let at = texts.indexOf('**'); at >= 0; at = texts.indexOf('**', at + 1)) {
      while (texts[at + 1] === '**') texts.splice(at + 1, 1)
      if (texts[at + 1] !== '..' || !isName(texts[at + 2]) || !isName(texts[at + 3])) continue
      texts.splice(at, 1)
      further.push(texts.with(at, '**'))
      changed = true
      at--
    }
    for (let i = 1; i < texts.length - 1; i++) {
      if (i === 1 && texts[0] === '' && texts[1] === '') continue
      if (texts[i] !== '.' && texts[i] !== '') continue
      texts.splice(i--, 1)
      changed = true
    }
    if (texts[0] === '.' && texts.length === 2 && (texts[1] === '.' || texts[1] === '')) {
      texts.pop()
      changed = true
    }
    changed = climb(texts) || changed
  }
  return further
}

/** Takes out names before `..`. */
function climb (texts: string[]): boolean {
  let changed = false
  for (let at = texts.indexOf('..', 1); at > 0; at = texts.indexOf('..', Math.max(1, at - 1))) {
    if (!isName(texts[at - 1]) || texts[at - 1] === '**') {
      at = texts.indexOf('..', at + 1)
      if (at < 0) break
      at++
      continue
    }
    texts.splice(at - 1, 2, ...at === 1 && texts[at + 1] === '**' ? ['.'] : [])
    if (texts.length === 0) texts.push('')
    changed = true
  }
  return changed
}

/** The first pair of braces that belong together: where it opens and closes. */
function braces (text: string): [open: number, close: number] | undefined {
  const opened: number[] = []
  let best: [number, number] | undefined
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') opened.push(i)
    if (text[i] !== '}' || opened.length === 0) continue
    const open = opened.pop()!
    if (opened.length === 0) return [open, i]
    if (best === undefined || open < best[0]) best = [open, i]
  }
  return best
}

/** Cuts at the commas that stand in no inner braces. */
function alternatives (body: string): string[] {
  const parts = ['']
  let depth = 0
  for (const char of body) {
    if (char === '{') depth++
    else if (char === '}') depth--
    if (char === ',' && depth <= 0) parts.push('')
    else parts[parts.length - 1] += char
  }
  return parts
}

const NUMBERS = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/
const LETTERS = /^([a-zA-Z])\.\.([a-zA-Z])(?:\.\.(-?\d+))?$/
/** Stands for a brace that is only itself. */
const CLOSED = '\0'

/** The texts that braces stand for, as in a shell: `{a,b}`, `{1..3}`, `{a..e..2}`. */
function expandBraces (text: string): string[] {
  return expand(text.startsWith('{}') ? `${CLOSED}{}${text.slice(2)}`.replace(`${CLOSED}{}`, '\0o\0c') : text, true)
    .map((one) => one.replaceAll('\0o', '{').replaceAll('\0c', '}'))
}

function expand (text: string, top: boolean): string[] {
  const pair = braces(text)
  if (pair === undefined) return [text]
  const [open, close] = pair
  const [before, body, after] = [text.slice(0, open), text.slice(open + 1, close), text.slice(close + 1)]
  const ends = after === '' ? [''] : expand(after, false)
  if (before.endsWith('$')) return ends.map((end) => `${before}{${body}}${end}`)
  const sequence = NUMBERS.exec(body) ?? LETTERS.exec(body)
  if (sequence === null && !body.includes(',')) return /,(?!,).*\}/.test(after) ? expand(`${before}{${body}\0c${after}`, false) : [text]
  const middles = sequence !== null ? range(sequence) : choices(body)
  if (typeof middles === 'string') return ends.map((end) => before + middles + end)
  return middles.flatMap((middle) => ends.map((end) => before + middle + end)).filter((one) => !top || sequence !== null || one !== '')
}

/** What a list in braces stands for; a text when the braces are but braces. */
function choices (body: string): string[] | string {
  const parts = alternatives(body)
  if (parts.length > 1) return parts.flatMap((part) => expand(part, false))
  const inner = expand(parts[0]!, false).map((one) => `{${one}}`)
  return inner.length === 1 ? inner[0]! : inner.flatMap((one) => expand(one, false))
}

function range ([, from = '', to = '', step = '1']: RegExpExecArray): string[] {
  const letters = /[a-zA-Z]/.test(from)
  const value = (text: string): number => letters ? text.charCodeAt(0) : Number(text)
  const width = Math.max(from.length, to.length)
  const padded = !letters && [from, to].some((text) => /^-?0\d/.test(text))
  const by = Math.max(Math.abs(Number(step)), 1) * (value(to) < value(from) ? -1 : 1)
  const found: string[] = []
  for (let at = value(from); by > 0 ? at <= value(to) : at >= value(to); at += by) {
    if (letters) found.push(String.fromCharCode(at) === '\\' ? '' : String.fromCharCode(at))
    else found.push(!padded ? String(at) : at < 0 ? `-${String(-at).padStart(width - 1, '0')}` : String(at).padStart(width, '0'))
  }
  return found
}
