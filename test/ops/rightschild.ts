// Asks all cases of rights of a real folder, of memory, of memory that is mounted, and of a sandbox, as the user whose number is given;
// prints what differs, as JSON. `node rightschild.js FOLDER UID`
import fs from 'node:fs'
import { create, RealFSProvider } from '../../lib/index.ts'
import { cases, furnish, GROUP } from './rightscases.ts'

type Fs = typeof import('node:fs')

const [, , folder, user] = process.argv as [string, string, string, string]
const real: Fs = { ...fs }
const memory = create({ parents: false })
const mounted = create({ parents: false })
mounted.mount('/fsmount-rights')
fs.mkdirSync(`${folder}/sandbox`)
const sandbox = create(new RealFSProvider(`${folder}/sandbox`), { parents: false })
const sides: Array<[string, Fs, string]> = [['the disk', real, `${folder}/w`], ['memory', memory as unknown as Fs, '/w'], ['through fs', fs, '/fsmount-rights/w'], ['a sandbox', sandbox as unknown as Fs, '/w']]

process.umask(0o022)
for (const [, fs, root] of sides) furnish(fs, root)
if (user !== '0') {
  process.setgroups!([GROUP])
  process.setgid!(Number(user))
  process.setuid!(Number(user))
}

/** A kernel may be told to let everybody make further names of anything. */
const LINKS = '/proc/sys/fs/protected_hardlinks'
const free = !fs.existsSync(LINKS) || fs.readFileSync(LINKS, 'utf8').startsWith('0')
const asked = Object.entries(cases).filter(([name]) => !free || !name.includes('further name'))

const differences = []
for (const [name, ask] of asked) {
  const [expected, ...others] = sides.map(([, fs, root]) => {
    try {
      return JSON.stringify(ask(fs, (path) => root + path) ?? 'done').replaceAll(root, '~')
    } catch (error) {
      return (error as Error).message.replaceAll(root, '~')
    }
  })
  for (const [i, got] of others.entries()) if (got !== expected) differences.push({ name, side: sides[i + 1]![0], expected, got })
}
console.log(JSON.stringify({ cases: asked.length, uid: process.getuid!(), differences }))
