// What is compared with the oracle: each subject is one line in the list.
import { real } from './side.ts'

type Fs = typeof import('node:fs')

/** An `fs` with an empty folder to work in; `close` gives everything back. */
export interface Opened { readonly fs: Fs, readonly base: string, close (): void }

/** A kind of subject; `open` is given an empty real folder of its own. */
export interface Subject {
  readonly name: string
  /** False when names that are not UTF-8 are refused. */
  readonly bytes: boolean
  open (folder: string): Opened
}

const nothing = (): void => undefined

/** All subjects, by name. */
export const subjects: readonly Subject[] = [
  { name: 'self', bytes: true, open: (folder) => ({ fs: real, base: folder, close: nothing }) }
]
