// Packages that only a test needs, brought from the registry once, by npm, into a folder of the user's cache.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folder of an installed package, or the reason why it is not there. */
export function installed (name: string, version: string): { dir: string } | { reason: string } {
  const home = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fsmount-tests', `${name.replaceAll('/', '+')}@${version}`)
  const dir = join(home, 'node_modules', name)
  if (existsSync(join(dir, 'package.json'))) return { dir }
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  const { status, stderr, error } = spawnSync('npm', ['install', '--no-audit', '--no-fund', `${name}@${version}`],
    { cwd: home, encoding: 'utf8', timeout: 120_000, shell: process.platform === 'win32' })
  if (status === 0 && existsSync(join(dir, 'package.json'))) return { dir }
  return { reason: `${name}@${version} cannot be installed here: ${error?.message ?? stderr.trim().split('\n').at(-1)}` }
}
