// Other people's libraries on a mount and over an object, against the same on the disk: `npm run test:libraries
// [-- PART OF A NAME]...`. Downloads them into a scratch folder (`FSMOUNT_LIBRARIES` names one to keep), so it is no
// part of `npm test`.
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { places } from './places.ts'
import { programs, RESULT } from './programs.ts'
import { complaints } from './types.ts'

/** What is installed, with the major version that the programs were written for. */
const PACKAGES = [
  '@types/node@20', 'adm-zip@0.6', 'archiver@7', 'chokidar@4', 'enhanced-resolve@5', 'express@5', 'fast-glob@3', 'fs-extra@11', 'fs-jetpack@5', 'glob@11', 'graceful-fs@4', 'isomorphic-git@1', 'koa@3', 'koa-static@5', 'log4js@6', 'memfs@4', 'mkdirp@3',
  'proper-lockfile@4', 'rimraf@6', 'rollup@4', 'sonic-boom@4', 'tar@7', 'tar-fs@3', 'typescript@5.4', 'webpack@5', 'winston@3', 'write-file-atomic@6'
]

/** A folder with the libraries in it, and its removal. */
function install (): { folder: string, remove: () => void } {
  const kept = process.env.FSMOUNT_LIBRARIES
  const folder = kept ?? fs.mkdtempSync(join(tmpdir(), 'fsmount-libraries-'))
  const remove = (): void => { if (kept === undefined) fs.rmSync(folder, { recursive: true, force: true }) }
  if (fs.existsSync(join(folder, 'node_modules/winston'))) return { folder, remove }
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...PACKAGES], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status === 0) return { folder, remove }
  remove()
  throw new Error('the libraries could not be installed')
}

/** Asks a process of its own, in which the library is loaded when its place is there; or says what it failed with. */
function ask (folder: string, name: string, where: string): unknown {
  const { stdout, stderr, signal } = spawnSync(process.execPath, [join(__dirname, 'child.js'), folder, name, where], { encoding: 'utf8', timeout: 120_000, maxBuffer: 1e8 })
  const line = stdout.split('\n').find((text) => text.startsWith(RESULT))
  if (line === undefined) throw new Error(`${signal ?? ''}${stderr}${stdout}`.slice(0, 4000))
  return JSON.parse(line.slice(RESULT.length))
}

function main (parts: string[]): void {
  const { folder, remove } = install()
  try {
    for (const [name, program] of Object.entries(programs)) {
      if (parts.length > 0 && !parts.some((part) => name.includes(part))) continue
      let expected: unknown
      for (const where of Object.keys(places)) {
        if (where === 'object' && !program.takesFs) continue
        const start = Date.now()
        try {
          const result = ask(folder, name, where)
          if (where === 'disk') expected = result
          else assert.deepEqual(result, expected)
          console.log(`ok   ${name} (${where}, ${Date.now() - start} ms)`)
        } catch (error) {
          process.exitCode = 1
          console.log(`FAIL ${name} (${where})\n${String((error as Error).message)}`)
          if (where === 'disk') break
        }
      }
    }
    if (parts.length === 0 || parts.includes('types')) {
      const found = complaints(folder)
      if (found !== '') process.exitCode = 1
      console.log(found === '' ? 'ok   types (TypeScript 5.4)' : `FAIL types (TypeScript 5.4)\n${found}`)
    }
  } finally {
    remove()
  }
}

main(process.argv.slice(2))
