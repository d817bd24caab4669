// What those functions are made of that fit no form (`Row.special`), and what calls hold on to that go on in later turns: rows
// as functions of paths, in a name space as it is now or was when the call began.
import { callCallback, Calling, callKept, driveSync, replaying, rowOf, slowVolume, stepLater, stepSync } from './forms.ts'
import { keep } from './moment.ts'
import { Composite, Elsewhere, perform } from './perform.ts'
import { pathText } from '../args.ts'
import type { Callable, Form, Kept, Place, Row, Steps, Tools } from '../row.ts'
import type { Space } from '../space.ts'

/** Rows in a name space as it is now. */
export function keptOf (space: Space): Kept {
  const kept = keep(space)
  return {
    get past () { return kept.past === true },
    later: async (step) => await stepLater(kept, step),
    callback: (name, args) => { callKept(kept, () => { callCallback(kept, name, rowOf(name), args) }) }
  }
}

/** What a function that fits no form is made of. */
export const toolsOf = (space: Space, form: Form, other: Callable, foreign: Tools['foreign']): Tools => ({
  space, form, other, foreign, absolute: (path) => space.absolute(path),
  sync: (step) => stepSync(space, step), later: async (step) => await stepLater(space, step),
  drive: <T>(steps: Steps<T>) => driveSync(space, new Composite(steps)) as T,
  keep: () => keptOf(space),
  find: (path) => found(path, perform(space, FIND, [path], new Calling(space, 'sync', [path]))),
  slow: (path) => {
    try {
      return slowVolume(space, FIND, [path])?.provider.later?.lookup !== undefined
    } catch {
      return false   // what is wrong with the path is said when it is looked for
    }
  },
  findLater: async (path) => {
    const slow = slowVolume(space, FIND, [path])
    const look = (): unknown => perform(space, FIND, [path], new Calling(space, 'promise', [path]))
    return found(path, slow === undefined ? look() : await replaying().replay(slow, look))
  }
})

/** A row that only says where its path leads. */
const FIND: Row = { path: [0], run: (call, place: Place) => place }

/** A place, or the path by which the disk has what was looked for. */
const found = (path: unknown, answer: unknown): Place | string =>
  answer instanceof Elsewhere ? pathText(answer.args === undefined ? path : answer.args[0]) as string : answer as Place
