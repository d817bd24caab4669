// Keeps the kernel's copy of the process's user, groups and umask right while something is mounted: the setters of
// `process` are wrapped, because asking Node at every call would cost more than the call.
import { refreshIdentity, trackIdentity } from '../kernel/rights.ts'

const SETTERS = ['umask', 'setuid', 'seteuid', 'setgid', 'setegid', 'setgroups', 'initgroups'] as const

type Setter = (...args: unknown[]) => unknown

/** Wraps the setters; returns the undo, which restores only what is still ours. */
export function installIdentity (): () => void {
  const holder = process as unknown as Record<string, Setter | undefined>
  const undo: (() => void)[] = []
  for (const name of SETTERS) {
    const theirs = holder[name]
    if (theirs === undefined) continue
    const ours: Setter = function (this: unknown, ...args) {
      const result = theirs.apply(this, args)
      if (name !== 'umask' || args.length > 0) refreshIdentity()
      return result
    }
    Object.defineProperties(ours, { name: { value: theirs.name }, length: { value: theirs.length } })
    holder[name] = ours
    undo.push(() => { if (holder[name] === ours) holder[name] = theirs })
  }
  trackIdentity(true)
  return () => {
    trackIdentity(false)
    for (const one of undo) one()
  }
}
