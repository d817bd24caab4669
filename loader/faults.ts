// Where the SyntaxError of an ES module stands. Node keeps that to itself until nobody catches the error, so the source
// is compiled once more as the body of an async function, with blanks in the place of what only a module may hold: the
// place counts when the complaint is the same.
import { Script } from 'node:vm'

/** Statements that import, and exports that declare nothing. */
const STATEMENTS = /^[ \t]*(?:import\b(?!\s*[.(])[^'"`;]*(['"])[^'"\n]*\1|export\s*(?:\*[^'"`;]*|\{[^}]*\}\s*from\s*)(['"])[^'"\n]*\2|export\s*\{[^}]*\})(?:\s*(?:with|assert)\s*\{[^}]*\})?/gm

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

/** The same text, line for line and column for column, as it could stand in a function. */
const asFunction = (source: string): string => source
  .replace(/^#!.*/, blank)
  .replace(STATEMENTS, blank)
  .replace(/^([ \t]*)export(\s+)default\b/gm, (all, start: string) => `${start}var _=`.padEnd(all.length))
  .replace(/^([ \t]*)export(?=\s)/gm, '$1      ')
  .replace(/\bimport(\s*)\.(\s*)meta\b/g, (all) => '_'.repeat(all.length))

/** The lines that show where a source draws this complaint, as Node shows them; undefined where it does not. */
export function showFault (path: string, source: string, message: string): string | undefined {
  try {
    new Script(`(async () => {'use strict';\n${asFunction(source)}\n})`, { filename: path, lineOffset: -1 })
  } catch (error) {
    const { stack, message: own } = error as Error
    const [place = '', , mark = ''] = stack!.split('\n')
    const line = Number(place.slice(place.lastIndexOf(':') + 1))
    const text = source.split('\n')[line - 1]
    if (own === message && text !== undefined && /^\s*\^+\s*$/.test(mark)) return `${path}:${line}\n${text}\n${mark}\n`
  }
  return undefined
}
