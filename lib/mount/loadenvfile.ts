// process.loadEnvFile reads its file below `fs`: it is wrapped while something is mounted.
import { parseEnv } from 'node:util'
import { ODD, pathText } from '../ops/args.ts'
import { callSync } from '../ops/calls/forms.ts'
import { ASK_NODE } from '../ops/space.ts'
import { TABLE } from '../ops/table.ts'
import type { MountedSpace } from './mountedspace.ts'

/** Wraps process.loadEnvFile; returns the undo, which restores only what is still ours. */
export function installLoadEnvFile (space: MountedSpace): () => void {
  const theirs = process.loadEnvFile
  const ours = function loadEnvFile (this: unknown, ...given: [path?: string | URL | Buffer]): void {
    const text = pathText(given[0] ?? '.env')
    if (text === ODD || text === '' || !isOurs(space, text)) return theirs.apply(process, given)
    const variables = parseEnv(callSync(space, 'readFile', TABLE.readFile!, [given[0] ?? '.env', 'utf8'], ours) as string)
    // What is set already stays (src/node_dotenv.cc, `Dotenv::SetEnvironment`).
    for (const [name, value] of Object.entries(variables)) process.env[name] ??= value
  }
  process.loadEnvFile = ours
  return () => { if (process.loadEnvFile === ours) process.loadEnvFile = theirs }
}

const isOurs = (space: MountedSpace, text: string): boolean => {
  const path = space.absolute(text)
  return space.moved || typeof space.locate(path, ASK_NODE) !== 'string'
}
