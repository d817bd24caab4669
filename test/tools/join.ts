// The last step of a build: puts what is always read together into one file each, because to find and open a file costs
// Node more than most of ours have in them. Every part stays a file as well, of one line that gives the part of the joined
// file, so that there is one instance of each whichever way it is asked for. What is compiled only runs as it is.
// `node dist/test/tools/join.js [FOLDER]`: the folder of the build, by default that of this project.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { filesBelow, findRoot } from './files.ts'

/**
 * The joined files, by what reads them, in the order in which that happens: each takes what its roots import and no
 * earlier one has. The file that package.json names is none of them: Node looks for the names of its exports in it.
 */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  load: ['lib/index.js'],
  // And what older lines of Node have in common with later ones, which need it only for the first module.
  mount: ['loader/loader.js', 'lib/mount/modulefiles.js', 'loader/lookuppaths.js', 'loader/syntax.js'],
  older: ['loader/cjs.js', 'loader/node20thread.js'],
  modules: ['loader/modules.js', 'loader/threadsettings.js']
}
const ENTRIES = new Set(['lib/index.js'])
const FOLDER = 'lib/joined'

/** What tsc makes of an import has double quotes, what is written as a `require` of something later has single ones. */
const IMPORT = /\brequire\("(\.[^"]+)"\)/g
const REQUIRE = /\brequire\((["'])(\.[^"']+)\1\)/g

const dist = process.argv[2] ?? join(findRoot(), 'dist')
const read = (id: string): string => readFileSync(join(dist, id), 'utf8')

/** All that a file imports, itself included, by path from `dist`; a file comes after those that it imports. */
function reached (id: string, found: Set<string>): void {
  if (found.has(id)) return
  found.add(id)
  for (const [, specifier] of read(id).matchAll(IMPORT)) reached(posix.join(posix.dirname(id), specifier!), found)
}

/** The joined file that each part goes into. */
function assign (): Map<string, string> {
  const groups = new Map<string, string>()
  for (const [group, roots] of Object.entries(GROUPS)) {
    const found = new Set<string>()
    for (const root of roots) reached(root, found)
    for (const id of found) if (!ENTRIES.has(id) && !groups.has(id)) groups.set(id, group)
  }
  return groups
}

/** A joined file and those that are read before it. */
const upTo = (group: string): string[] => Object.keys(GROUPS).slice(0, Object.keys(GROUPS).indexOf(group) + 1)

/** The text of a file in which requests are as `from`, which stands in `group` or alone, has to make them. */
function rewritten (id: string, from: string, groups: ReadonlyMap<string, string>, group?: string): string {
  const named = (to: string): string => {
    const path = posix.relative(posix.dirname(from), to)
    return path.startsWith('.') ? path : `./${path}`
  }
  return read(id).replace(REQUIRE, (_, quote: string, specifier: string) => {
    const target = posix.join(posix.dirname(id), specifier)
    const other = groups.get(target)
    if (other === undefined) return `require(${quote}${named(target)}${quote})`
    return group !== undefined && upTo(group).includes(other) ? `__${other}("${target}")` : `require(${quote}${named(`${FOLDER}/${other}.js`)}${quote}).part("${target}")`
  })
}

/** One joined file. A function in parentheses V8 compiles with what is around it, not a second time when it is called. */
const joined = (group: string, ids: readonly string[], texts: readonly string[]): string => `"use strict";
// Made of the files that it names, see test/tools/join.ts.
const { dirname, join } = require("node:path");
const made = new Map();
// In a bundle all parts are where that is.
const home = __filename.endsWith(join("dist", "lib", "joined", "${group}.js")) ? join(__dirname, "..", "..") : undefined;
const make = (id) => {
  const exports = {};
  made.set(id, exports);
  const path = home === undefined ? __filename : join(home, id);
  let done = false;
  try {
    makers[id](exports, path, dirname(path));
    done = true;
  } finally {
    if (!done) made.delete(id);
  }
  return exports;
};
${upTo(group).slice(0, -1).filter((other) => texts.some((text) => text.includes(`__${other}("`))).map((other) => `const __${other} = require("./${other}.js").part;\n`).join('')}const __${group} = exports.part = (id) => made.get(id) ?? make(id);
const makers = {
${ids.map((id, i) => `"${id}": (function (exports, __filename, __dirname) {${texts[i]!}})`).join(',\n')}
};
`

function main (): void {
  if (read('lib/index.js').includes('/joined/')) return // is done
  const groups = assign()
  const files = ['lib', 'providers', 'loader'].flatMap((folder) => filesBelow(join(dist, folder), '.js')).map((path) => relative(dist, path)).filter((id) => dirname(id) !== FOLDER)
  const texts = new Map<string, string>()
  for (const id of files) {
    const group = groups.get(id)
    texts.set(id, group === undefined ? rewritten(id, id, groups) : `"use strict";\nmodule.exports = require("${posix.relative(posix.dirname(id), `${FOLDER}/${group}.js`).replace(/^(?!\.)/, './')}").part("${id}");\n`)
  }
  for (const group of Object.keys(GROUPS)) {
    const ids = [...groups].filter(([, own]) => own === group).map(([id]) => id)
    const parts = ids.map((id) => rewritten(id, `${FOLDER}/${group}.js`, groups, group))
    // One character beyond ASCII, in a comment too, and V8 reads the whole file at two bytes a character.
    const wide = ids.find((_, i) => /[^\x00-\x7f]/.test(parts[i]!))
    if (wide !== undefined) throw new Error(`${wide}: what is always read has only ASCII characters`)
    texts.set(`${FOLDER}/${group}.js`, joined(group, ids, parts))
  }
  rmSync(join(dist, FOLDER), { recursive: true, force: true })
  mkdirSync(join(dist, FOLDER))
  for (const [id, text] of texts) writeFileSync(join(dist, id), text)
}

main()
