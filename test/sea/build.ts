// Builds single executables as Node's documentation says: a blob that `postject` injects, or `--build-sea` where there is one.
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, runNode } from '../tools/nodes.ts'

/** The sentinel of Node's documentation (doc/api/single-executable-applications.md). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/** Installs what bundles and injects into the folder `dir`, with further packages. */
export function installTools (node: string, dir: string, ...more: string[]): void {
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ private: true, allowScripts: { esbuild: true } }))
  runNode(node, [npm, 'install', '--no-audit', '--no-fund', 'esbuild', 'postject', ...more], dir)
}

/** Bundles a script and all that it needs into one CommonJS file, as README says. */
export function bundle (node: string, tools: string, script: string, file: string): void {
  runNode(node, ['-e', `require('esbuild').buildSync(${JSON.stringify({ entryPoints: [script], outfile: file, bundle: true, minify: true, platform: 'node', format: 'cjs', external: ['better-sqlite3'], logLevel: 'error' })})`], tools)
}

/** Makes an executable of a main script and assets by key, with the Node at `node`. */
export function build (node: string, tools: string, main: string, assets: Readonly<Record<string, string>>, target: string): void {
  const config = `${target}.json`
  const { text } = runNode(node, ['-p', 'process.execPath'], tools)
  const binary = text.trim()
  const direct = runNode(node, ['--build-sea'], tools, true).text.includes('requires an argument')
  writeFileSync(config, JSON.stringify({ main, output: direct ? target : `${target}.blob`, disableExperimentalSEAWarning: true, useCodeCache: true, assets }))
  if (direct) runNode(node, ['--build-sea', config], tools)
  else {
    runNode(node, ['--experimental-sea-config', config], tools)
    copyFileSync(binary, target)
    chmodSync(target, 0o755)
    runNode(node, [join(tools, 'node_modules/postject/dist/cli.js'), target, 'NODE_SEA_BLOB', `${target}.blob`, '--sentinel-fuse', FUSE], tools)
  }
}
