// One program at one place, in a process of its own: `node child.js FOLDER PROGRAM PLACE` prints what it gave.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { places } from './places.ts'
import { programs, RESULT } from './programs.ts'

async function main ([folder, name, where]: string[]): Promise<void> {
  const load = createRequire(join(folder!, 'x.js'))
  const bring = async (library: string): Promise<any> => {
    const { href } = pathToFileURL(load.resolve(library))
    return await import(href)
  }
  const result = await places[where!]!(async (place) => (JSON.stringify(await programs[name!]!.run({ ...place, load, bring })) ?? 'null').replaceAll(place.root, '<root>'))
  console.log(`\n${RESULT}${String(result)}`)
}

void main(process.argv.slice(2))
