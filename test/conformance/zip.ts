// ZIP archives as subjects: changed in memory, and saved and opened again before a case looks at what it did.
import { existsSync } from 'node:fs'
import { create, ZipProvider } from '../../lib/index.ts'
import { CHROOT, reopened } from './reopened.ts'
import type { Subject } from './runner.ts'

type Vfs = ReturnType<typeof create>

/** Subjects by name. `unmounted` makes a subject of an object. */
export function zipSubjects (unmounted: (vfs: Vfs) => Subject): Record<string, () => Subject> {
  return {
    'zip in memory': () => ({ ...unmounted(create(new ZipProvider(), { parents: false })), textNames: true }),
    'zip in a file': () => inFile(false),
    'zip in a file through fs': () => inFile(true)
  }
}

const EACH = 'an archive holds each name by itself: hard links are kept while it is open, and here it was opened again'

const NUMBERS = 'an archive has no inode numbers: they are given anew when it is opened'

/** What an archive does not keep from one opening to the next. */
const AGAIN = {
  'links: gives a hard link the same inode and content': EACH,
  'links: shows a write through one hard link at the other': EACH,
  'links: makes a hard link to a symbolic link itself': EACH,
  'rename: does nothing for two hard links of one file': EACH,
  'rename: moves a file with its inode': NUMBERS,
  'files: replaces the whole content': NUMBERS
}

function inFile (mounted: boolean): Subject {
  const subject = reopened(open, mounted, (provider) => {
    tidy(create(provider, { parents: false }))
    provider.save()
  })
  return Object.defineProperties(subject, { textNames: { value: true, enumerable: true }, skips: { value: { ...AGAIN, ...mounted && CHROOT }, enumerable: true } })
}

/** Removes what earlier cases left: all of it would be written each time. */
function tidy (vfs: Vfs): void {
  const numbers = vfs.readdirSync('/suite').map(Number)
  for (const number of numbers) if (number < Math.max(...numbers)) vfs.rmSync(`/suite/${number}`, { recursive: true })
}

/** Opens an archive; the first time there is none. */
function open (file: string): ZipProvider {
  if (!existsSync(file)) new ZipProvider().save(file)
  return new ZipProvider(file)
}
