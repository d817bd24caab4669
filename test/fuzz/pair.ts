// Makes the two sides of a comparison: an oracle on a real folder and a subject, both empty or furnished alike.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Pair } from './sequence.ts'
import { real, Side } from './side.ts'
import type { Subject } from './subjects.ts'

/** A fresh pair in a new folder below `folder`; `keep` leaves that folder behind. */
export function pair (subject: Subject, folder: string, keep = false): Pair {
  const place = real.mkdtempSync(join(folder, 'fsmount-fuzz-'))
  const [left, right] = [join(place, 'oracle'), join(place, 'subject')]
  const umask = process.umask(0o022)
  try {
    real.chmodSync(place, 0o755)
    real.mkdirSync(left)
    real.mkdirSync(right)
    const opened = subject.open(right)
    const since = Date.now()
    return {
      oracle: new Side(real, left, since, subject.coarse), subject: new Side(opened.fs, opened.base, since, subject.coarse), since,
      close () {
        opened.close()
        if (!keep) remove(place)
      }
    }
  } finally {
    process.umask(umask)
  }
}

/** Node's own rm recurses, and not as deep as copies of copies may be. */
function remove (place: string): void {
  try {
    real.rmSync(place, { recursive: true, force: true })
  } catch {
    spawnSync('rm', ['-rf', place])
  }
}

/** Pairs made by root, in which some things belong to root and others to the user (id) that will work there. */
export function furnished (subject: Subject, folder: string, user: number, count: number): Pair[] {
  return Array.from({ length: count }, () => {
    // Only root can remove what is left.
    const made = pair(subject, folder, true)
    for (const { fs, root } of [made.oracle, made.subject]) {
      const file = (name: string, mode: number, owner: number): void => {
        fs.writeFileSync(root + name, `of ${owner}`)
        fs.chownSync(root + name, owner, owner)
        fs.chmodSync(root + name, mode)
      }
      const folder = (name: string, mode: number): void => {
        fs.mkdirSync(root + name)
        fs.chmodSync(root + name, mode)
      }
      fs.chownSync(root, user, user)
      folder('/b', 0o755)
      folder('/b/c', 0o777)
      file('/b/a', 0o644, 0)
      file('/b/m', 0o646, 1000)
      folder('/d', 0o1777)
      file('/d/a', 0o644, 0)
      file('/d/l', 0o600, user)
      folder('/a', 0o733)
      file('/c', 0o600, 0)
      file('/m', 0o666, 1000)
      fs.symlinkSync('c', `${root}/l`)
    }
    return made
  })
}
