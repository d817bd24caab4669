// What a file costs in memory, and whether mounting and unmounting leaks.
import { createRequire } from 'node:module'
import { collect, use, worked } from './clock.ts'
import type { Mountable, Subject } from './subjects.ts'

type Fs = typeof import('node:fs')
const live = createRequire(__filename)('node:fs') as Fs

const PAYLOAD = 10

function rss (): number {
  collect()
  collect()
  return process.memoryUsage().rss
}

/** Bytes of resident memory for each of `count` files of 10 bytes, beyond those 10. */
export function measureMemory (subject: Subject, count: number): number {
  const { fs } = subject.open(() => undefined)
  fs.mkdirSync('/many')
  fs.writeFileSync('/many/first', '0123456789')
  const before = rss()
  for (let i = 0; i < count; i++) {
    if (i % 1000 === 0) fs.mkdirSync(`/many/${i / 1000}`)
    fs.writeFileSync(`/many/${Math.floor(i / 1000)}/file${i}`, '0123456789')
  }
  const after = rss()
  use(fs.statSync('/many/0/file7').size)
  return (after - before - count * PAYLOAD) / count
}

/** Bytes of heap that remain of each mount/unmount cycle with files, a descriptor and a required module. */
export function measureCycles (subject: Subject, cycles: number): number {
  const make = subject.make!()
  const load = createRequire(__filename)
  const heap = (): number => {
    collect()
    collect()
    return process.memoryUsage().heapUsed
  }
  const cycle = (): void => {
    const vfs: Mountable = make()
    vfs.mkdirSync('/folder')
    vfs.writeFileSync('/folder/a.js', 'exports.value = 42')
    for (let i = 0; i < 10; i++) vfs.writeFileSync(`/folder/file${i}`, 'content')
    vfs.mount(subject.name.startsWith('node:') ? undefined : '/fsmount-bench-mount')
    const root = vfs.mountPoint!
    const fd = live.openSync(`${root}/folder/file1`, 'r')
    use(live.readFileSync(`${root}/folder/file2`, 'utf8').length)
    use((load(`${root}/folder/a.js`) as { value: number }).value)
    live.closeSync(fd)
    vfs.unmount()
  }
  // The first cycles fill caches that stay.
  for (let i = 0; i < cycles / 10; i++) cycle()
  const before = heap()
  for (let i = 0; i < cycles; i++) cycle()
  return (heap() - before) / cycles
}

/** What a program pays once, in milliseconds of work. */
export interface Once { readonly load: number, readonly mount: number, readonly create: number, readonly read: number }

/**
 * What it costs to load a package, to make a first file system with a file, to mount it and to read the file through `fs`,
 * in a process that has done nothing else.
 */
export function measureLoad (subject: Subject): Once {
  const begin = worked()
  const make = subject.make!()
  const loaded = worked()
  const vfs = make()
  vfs.writeFileSync('/file', 'x')
  const created = worked()
  vfs.mount(subject.name.startsWith('node:') ? undefined : '/fsmount-bench-mount')
  const mounted = worked()
  use(live.readFileSync(`${vfs.mountPoint!}/file`).length)
  const read = worked()
  vfs.unmount()
  return { load: loaded - begin, mount: mounted - created, create: created - loaded, read: read - mounted }
}
