// Copies of whole files by the host itself, from descriptor to descriptor and without passing through our memory.
import { Errno } from '../../lib/kernel/errors.ts'
import { native } from '../../lib/kernel/native.ts'
import { bare, hostPath } from './host.ts'
import type { Guard, Held } from './guard.ts'

/** Copies the content of a file to another. */
export function copyContent (guard: Guard, from: string, to: string): void {
  const ends = hold(guard, from, to)
  try {
    native.copyFileSync(hostPath(ends[0].at), hostPath(ends[1].at))
  } finally {
    for (const end of ends) end.release()
  }
}

/** The same off the event loop. */
export async function copyContentLater (guard: Guard, from: string, to: string): Promise<void> {
  try {
    const ends = hold(guard, from, to)
    try {
      await new Promise<void>((resolve, reject) => {
        native.copyFile(hostPath(ends[0].at), hostPath(ends[1].at), (error) => { if (error === null) resolve(); else reject(error) })
      })
    } finally {
      for (const end of ends) end.release()
    }
  } catch (error) {
    throw bare(error)
  }
}

function hold (guard: Guard, from: string, to: string): [Held, Held] {
  const source = holdFile(guard, from)
  try {
    return [source, holdFile(guard, to)]
  } catch (error) {
    source.release()
    throw error
  }
}

/** A plain file: the host would wait for anything else, or follow it. */
function holdFile (guard: Guard, path: string): Held {
  const held = guard.hold(path)
  if (held.stats.isFile()) return held
  held.release()
  throw new Errno('EACCES')
}
