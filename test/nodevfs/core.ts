// The answers of `node:vfs` itself, as JSON on the standard output; run with --experimental-vfs.
import { createRequire } from 'node:module'
import { ARCHIVES } from './archives.ts'
import { CASES, type Api } from './cases.ts'

async function main (): Promise<void> {
  const core = createRequire(__filename)('node:vfs') as Api
  const answers: unknown[] = []
  for (const { run } of [...CASES, ...ARCHIVES]) answers.push(await run(core))
  process.stdout.write(JSON.stringify(answers))
}

void main()
