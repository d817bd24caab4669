// Patterns: braces as a shell expands them, segments, and what is tidied away.
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { GLOBSTAR, parsePattern, type Segment } from '../../lib/ops/glob/pattern.ts'

/** Segments as text: names quoted, wildcards as they are. */
const show = (segment: Segment): string => segment === GLOBSTAR ? '**' : typeof segment === 'string' ? JSON.stringify(segment) : segment.text
const parsed = (text: string): string[] => parsePattern(text).map(({ segments }) => segments.map(show).join(' '))

const CASES: Record<string, string[]> = {
  'a/*.js': ['"a" *.js'],
  '/a//b/': ['"" "a" "b" ""'],
  'a\\b': ['"a" "b"'],
  'a/[b]/c[d]': ['"a" "b" "cd"'],
  '[a-c]/[!x]/[': ['[a-c] [!x] "["'],
  '**/**/a': ['** "a"'],
  'a/./b/../c': ['"a" "c"'],
  'a/../**': ['"." **'],
  '../a/..': ['".."'],
  '{a,b}/c': ['"a" "c"', '"b" "c"'],
  '{a/b,c}/d': ['"a" "b" "d"', '"c" "d"'],
  '{a,{b,c}}': ['"a"', '"b"', '"c"'],
  'x{1..3}': ['"x1"', '"x2"', '"x3"'],
  '{01..3}': ['"01"', '"02"', '"03"'],
  '{3..1}': ['"3"', '"2"', '"1"'],
  '{a..e..2}': ['"a"', '"c"', '"e"'],
  '{a}': ['"{a}"'],
  '{},a': ['"{},a"'],
  '{,a}b': ['"b"', '"ab"'],
  '${a,b}': ['"${a,b}"'],
  '{a,b': ['"{a,b"'],
  '{a/*,a/b}': ['"a" *'],
  '@(a|b)/+(c': ['@(a|b) "+(c"'],
  '': []
}

for (const [text, expected] of Object.entries(CASES)) {
  test(`the pattern ${JSON.stringify(text)}`, () => { assert.deepEqual(parsed(text), expected) })
}
