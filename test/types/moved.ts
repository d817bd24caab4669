// What moves here from `node:vfs` keeps its types, where there are types of that: in @types/node for Node 26.
import { create } from '../../lib/index.ts'

/** What was written for `node:vfs` takes what is made here, and names what it names. */
export const moved: import('node:vfs').VirtualFileSystem = create({ emitExperimentalWarning: false })
export const provider: import('node:vfs').VirtualProvider = moved.provider
