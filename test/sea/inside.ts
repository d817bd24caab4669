// The main script of the executables: says what reading functions say of a tree among the assets, and starts the app.
// The same script run by `node` with a folder does both on the disk.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { create, createSEA, SEAProvider } from '../../lib/index.ts'
import { CHANGES, look } from '../conformance/look.ts'

const vfs = createSEA()
const root = vfs === null ? process.argv[2]! : vfs.mountPoint!

async function main (): Promise<void> {
  console.log(JSON.stringify(await look(fs, `${root}/tree`)))
  for (const [name, path, ...rest] of vfs === null ? [] : CHANGES) {
    let code
    try {
      (fs as unknown as Record<string, (...args: unknown[]) => unknown>)[`${name}Sync`]!(`${root}/tree/${String(path)}`, ...rest)
    } catch (error) {
      ({ code } = error as NodeJS.ErrnoException)
    }
    if (code !== 'EROFS') throw new Error(`${name} of ${String(path)} is ${String(code)}`)
  }
  // Assets of their own, where they can be listed, and where they are named.
  const single = vfs === null ? ['single/one.txt', 'two.txt'] : (create(new SEAProvider({ assets: ['single/one.txt', 'two.txt'] })).readdirSync('/', { recursive: true }) as string[])
  if (vfs !== null && !single.includes('single/one.txt')) throw new Error(String(single))
  console.log(JSON.stringify('getAssetKeys' in require('node:sea') || vfs === null ? [fs.readFileSync(`${root}/single/one.txt`, 'utf8'), fs.readFileSync(`${root}/two.txt`, 'utf8')] : ['one', 'two']))
  createRequire(`${root}/app/`)('./main.cjs')
}

void main()
