// The published types in a program of an older TypeScript: `test/types` compiled by it, declarations checked as well.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { findRoot } from '../tools/files.ts'

/** What the TypeScript in `folder` has against the types; empty if nothing. */
export function complaints (folder: string): string {
  const root = findRoot()
  const modules = join(folder, 'node_modules')
  fs.rmSync(join(modules, 'fsmount'), { recursive: true, force: true })
  fs.symlinkSync(root, join(modules, 'fsmount'))
  const names = ['providers.ts', 'fs.ts']
  for (const name of names) fs.writeFileSync(join(folder, name), fs.readFileSync(join(root, 'test/types', name), 'utf8').replace("'../../lib/index.ts'", "'fsmount'"))
  const options = '--noEmit --strict --noImplicitOverride --target es2022 --lib es2023,esnext.disposable --module nodenext --moduleResolution nodenext --preserveSymlinks --types node'
  const { stdout, stderr } = spawnSync(process.execPath, [join(modules, 'typescript/bin/tsc'), ...options.split(' '), ...names], { cwd: folder, encoding: 'utf8' })
  // Declarations of other packages have faults of their own.
  return (stdout + stderr).split('\n').filter((line) => /^(?:fs|providers)\.ts|^node_modules\/fsmount/.test(line)).join('\n')
}
