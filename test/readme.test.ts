// Every code block of README.md runs as it stands, each in a process and a folder of its own where `fsmount` is
// installed. A `text` block behind it is what it prints. A comment before a block says why it is not run
// (`<!-- shown: reason -->`), or from which line of Node on (`<!-- from Node 24: reason -->`).
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseMounts } from '../lib/configuration.ts'
import * as fsmount from '../lib/index.ts'
import { findRoot } from './tools/files.ts'

const { create } = fsmount

interface Block { language: string, code: string, line: number, shown?: string, from?: number, reason?: string, output?: string }

const root = findRoot()
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The fenced blocks of a text, each with the comment right before it and the output right behind it. */
function blocksOf (text: string): Block[] {
  const blocks: Block[] = []
  const fence = /(?:<!-- (shown|from Node (\d+)): ([^>]+?) -->\s*\n)?^```(\w*)\n([^]*?)^```$(?:\n\n?```text\n([^]*?)^```$)?/gm
  for (const match of text.matchAll(fence)) {
    const [, kind, from, reason, language, code, output] = match
    const line = text.slice(0, match.index).split('\n').length
    blocks.push({ language: language!, code: code!, line, output, reason, from: from ? Number(from) : undefined, shown: kind === 'shown' ? reason : undefined })
  }
  return blocks
}

/** Runs a block in a new folder and gives what it printed; fails on an exit code or a word on stderr. */
function runBlock ({ language, code }: Block): string {
  const dir = mkdtempSync(join(tmpdir(), 'fsmount-readme-'))
  try {
    mkdirSync(join(dir, 'node_modules'))
    symlinkSync(root, join(dir, 'node_modules', 'fsmount'), 'junction')
    const extension = language === 'js' ? (/\brequire\(/.test(code) && !/^import /m.test(code) ? 'cjs' : 'mjs') : language
    const file = join(dir, `block.${extension}`)
    writeFileSync(file, code)
    const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...env } = process.env
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: dir, env, encoding: 'utf8', timeout: 60_000 })
    assert.equal(stderr.replace(/^\(.*ExperimentalWarning: SQLite.*\n\(Use `node --trace-warnings.*\n/m, ''), '')
    assert.equal(status, 0)
    return stdout
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const blocks = blocksOf(readme)
const node = Number(process.versions.node.split('.')[0])

test('README has blocks, and their fences are understood', () => {
  assert.ok(blocks.length > 0)
  assert.equal(blocks.length + blocks.filter(({ output }) => output !== undefined).length, (readme.match(/^```\w*$/gm)?.length ?? 0) / 2)
  for (const { line, language, shown } of blocks) assert.ok(shown || ['js', 'mjs', 'cjs'].includes(language), `line ${line}: ${language} is not run and no comment says why`)
})

for (const block of blocks) {
  if (block.shown) continue
  const skip = block.from && node < block.from ? `needs Node ${block.from}: ${block.reason}` : false
  test(`the block at line ${block.line} runs`, { skip }, () => {
    const printed = runBlock(block)
    if (block.output !== undefined) assert.equal(printed, block.output)
  })
}

test('a block that fails or warns is seen', () => {
  const block = (code: string): Block => blocksOf(`\`\`\`js\n${code}\n\`\`\`\n`)[0]!
  assert.throws(() => runBlock(block('throw new Error("seen")')), /seen/)
  assert.throws(() => runBlock(block('process.emitWarning("seen")')), /seen/)
  assert.equal(runBlock(block('console.log(require("fsmount/package.json").name)')), 'fsmount\n')
})

test('the configurations are such', () => {
  const configurations = [...blocks.filter(({ language }) => language === 'json').map(({ code }) => code), ...[...readme.matchAll(/^FSMOUNT='([^']+)'/gm)].map((match) => match[1]!)].map(parseMounts)
  assert.deepEqual(configurations.map(([mount]) => [mount!.provider, mount!.source, mount!.prefix]), [['sqlite', './app.db', '/app'], ['sqlite', './app.db', '/app']])
})

test('the two commands at the top are scripts of the package', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  const commands = blocks[0]!.code.trim().split('\n')
  assert.deepEqual(commands, ['npm install && npm run demo', 'npm install && npm test'])
  assert.ok(scripts.demo && scripts.test)
})

/** The first column of the table below a heading line, as the names in it. */
function namesIn (heading: string): string[] {
  const table = readme.slice(readme.indexOf(`\n${heading}`)).split('\n\n')[0]!
  return [...table.matchAll(/^\| (.+?) \|/gm)].slice(2).flatMap(([, cell]) => [...cell!.matchAll(/`\[?([\w.]+)/g)].map(([, name]) => name!))
}

test('every name in the tables is there', () => {
  const options = namesIn('| option |')
  const members = namesIn('| property, method |')
  const providers = namesIn('| provider |')
  assert.ok(options.length >= 5 && members.length >= 12 && providers.length >= 4, 'tables are found')
  for (const name of options) assert.throws(() => create({ [name]: 42 } as object), new RegExp(`options\\.${name}`))
  const vfs = create()
  for (const name of members.filter((name) => name !== 'fs')) assert.ok(name === 'Symbol.dispose' ? Symbol.dispose in vfs : name in vfs, name)
  for (const name of providers) assert.equal(typeof (fsmount as Record<string, unknown>)[name], 'function', name)
})
