// What a row of the table says, and what a row's function is given. A row holds only what cannot be derived.
import type { Handle } from '../kernel/handles.ts'
import type { Last, Place } from '../kernel/namei.ts'
import type { Kind } from './args.ts'
import type { Space } from './space.ts'

/** The three forms of a function. */
export type Form = 'sync' | 'callback' | 'promise'

/** What only a row, or Node, knows: what its own functions take and give, after its normalisers. */
type Known = any

/** A function of which only a row, or Node, knows what it takes and gives. */
export type Callable = (...args: Known[]) => Known

/** One call of another row by a composite row: its name and arguments (paths as text). */
export type Step = readonly [name: string, ...args: unknown[]]

/** What a composite row waits for: the call of another row, or a promise of somebody else, not in the sync form. */
export type Wait = Step | Promise<unknown>

/** Calls of other rows, one after the other, each answered with what that row gives; `Result` is what is made of them. */
export type Steps<Result, Ask = Step> = Generator<Ask, Result, Known>

/** The caller's side of a call, for rows whose result or error names what was given. */
export interface Call {
  /** The arguments as given. */
  readonly given: readonly unknown[]
  /** Absolute text of each path argument, by position. */
  readonly texts: readonly string[]
  /** The same before links led elsewhere. */
  readonly givenTexts: readonly string[]
  /** The folder above which nothing is in the caller's name space: '' for the root. */
  readonly base: string
  /** The form that was called. */
  readonly form: Form
  /** Another row, called now or by a promise, in the caller's name space: for what a result does later on. */
  readonly sync: (step: Step) => unknown
  readonly later: (step: Step) => Promise<unknown>
  /** Removes what overlays have over the folder that a link at a path leads to, the link left out. Throws Errno. */
  readonly uncover: (path: string) => void
}

/** What stands in place of a path argument in `run`. */
export type { Place }

/** What a function is made of that no form fits. */
export interface Tools {
  readonly form: Form
  /** What serves calls that are not ours. */
  readonly other: Callable
  /** Other rows in the same name space, now and later; a sequence of them, now. */
  readonly sync: (step: Step) => unknown
  readonly later: (step: Step) => Promise<unknown>
  readonly drive: <T>(steps: Steps<T>) => T
  /** Where a path leads, links followed: a place in a mount, or the path by which the disk has it. Throws Errno. */
  readonly find: (path: unknown) => Place | string
  readonly findLater: (path: unknown) => Promise<Place | string>
  /** Whether what has a path can only answer later. */
  readonly slow: (path: unknown) => boolean
  /** A path in absolute form. */
  readonly absolute: (path: string) => string
  /** Whether a path surely lies in no mount and above none. */
  readonly foreign: (path: unknown) => boolean
  readonly space: Space
  /** The name space as it is now, for a call that goes on in later turns. */
  readonly keep: () => Kept
}

/** Rows in a name space that was kept for one call. */
export interface Kept {
  /** Mounts have come or gone since. */
  readonly past: boolean
  readonly later: Tools['later']
  /** The callback form of a row. */
  readonly callback: (name: string, args: readonly unknown[]) => void
}

/** An fs operation. Every form of it is derived (forms.ts). */
export interface Row {
  // Arguments: where paths and descriptors stand, and what the others are made into.

  /** Positions of path arguments. */
  readonly path?: readonly number[]
  /** How the last component of each path is taken, by the arguments where it depends on them. Default 'node'. */
  readonly want?: readonly Last[] | ((args: readonly unknown[]) => readonly Last[])
  /** Position of a descriptor (or FileHandle), alone or in place of the path. */
  readonly fd?: number
  /** Normalisers by position, or one for all arguments; path and fd positions are not looked at. */
  readonly args?: readonly (Kind | undefined)[] | ((args: readonly unknown[], lenient: boolean, form: Form) => readonly unknown[] | undefined)
  /** The function that Node validates the arguments behind the path with, on a descriptor in place of the path. */
  readonly asks?: string
  /** Position of a text that the kernel takes in as a path but does not resolve. */
  readonly text?: number
  /** The C library, not the kernel, takes in its path, in whatever length. */
  readonly anyLength?: true
  /** A composite that says itself what an empty path comes to. */
  readonly takesNothing?: true
  /** How many arguments may stand before the callback, where `args` does not list them. */
  readonly takes?: number
  /** The callback may be left out. */
  readonly lazyCallback?: true
  /** The position of what Node takes for the callback, a function or not, where it is not to be found by looking for functions. */
  readonly callbackAt?: (all: readonly unknown[]) => number
  /** The position at which Node takes for the callback what is no function, without a look, and what comes of that when the call is over. */
  readonly unlooked?: readonly [at: number, instead: Callable]

  // What it does.

  /** The operation itself, on places and open files. */
  readonly run?: (call: Call, ...args: Known[]) => unknown
  /** The operation as a sequence of other rows, on paths; with `run` beside it, only when `composed` says so. */
  readonly compose?: (call: Call, ...args: Known[]) => Steps<unknown, Wait>
  readonly composed?: (args: readonly unknown[]) => boolean
  /** The operation as a sequence of other rows when its paths lie in different places; without it that is EXDEV. */
  readonly across?: (call: Call, ...args: Known[]) => Steps<unknown>
  /** Makes the function itself, where it fits no form. */
  readonly special?: (tools: Tools) => Callable
  /** Of a class: the arguments that Node's is given in place of a caller's. */
  readonly construct?: (tools: Tools, given: readonly unknown[]) => unknown[]
  /** Node's function does it, and why that serves the paths of mounts; it stays in its place unless there is `special`. */
  readonly served?: string
  /** The row that serves the promise form, where Node's promise form is another function. */
  readonly inPromises?: string
  /** Name on FileHandle. */
  readonly handle?: string

  // What it is to names and mounts.

  /** It changes something: one transaction, and nothing in read-only places. */
  readonly writes?: true
  /** It takes names away: never that of a mount point or of a folder above one; with 'tree', of what is in a mount point. */
  readonly removes?: true | 'tree'
  /** It may make a name: with `parents`, missing folders above it are made first. */
  readonly makes?: number
  /** Its result lists a folder: mount points and overlays add their names. */
  readonly lists?: true
  /** Its path most often leads to a file that is opened. */
  readonly opening?: true
  /** What the system does with the first path before it looks at the second. */
  readonly checkFirst?: (place: Place) => void

  // Errors.

  /** Node's name in errors, where it differs from the row's. */
  readonly syscall?: string
  /** Node's name in errors when the row works on a descriptor. */
  readonly onFile?: string
  /** Positions of the arguments that errors name as path and dest; default: the paths, and none for descriptors. */
  readonly names?: readonly number[]
  /** The path in errors, where it is not the argument itself. */
  readonly named?: (given: string) => string
  /** The answer in place of an error, or MISS. */
  readonly recover?: (code: string, args: readonly unknown[], form: Form) => unknown

  // Results, by form.

  /** Names of the callback's results, where there are two; the promise gives them as an object. */
  readonly gives?: readonly [string, string]
  /** The second result, of the normalised arguments, where `gives` names two. */
  readonly also?: (args: readonly unknown[]) => unknown
  /** Its promise form gives a FileHandle of the descriptor. */
  readonly opens?: true
  /** Node's callback form does the composite at once, and throws its errors. */
  readonly eager?: true
  /** Its function without a callback works at once, and gives a promise of the result. */
  readonly atOnce?: true
  /** Node's callback form is made of its promise form: the callback gets undefined as a second argument. */
  readonly callbackified?: true
  /** An AbortSignal among its options still counts when the result is delivered. */
  readonly aborts?: (args: readonly unknown[], form: Form) => boolean
  /** The signal that is looked at before the row touches the open file among its arguments, in a later turn. */
  readonly looksFirst?: (args: readonly unknown[]) => AbortSignal | undefined
  /** The error of writing, in its sync form, is made by Node's JavaScript (errors.ts, `scripted`): always, or by the arguments. */
  readonly scripted?: (given: readonly unknown[]) => boolean
  /** The callback gets no error argument. */
  readonly bareCallback?: true

  // Fast paths, each of which the general way does as well.

  /** Fast path for a remembered node and the commonest shape of arguments; MISS sends the call the general way. */
  readonly quick?: (place: { view: Place['view'], node: unknown, mode: number }, a: unknown, b: unknown, path: string) => unknown
  /** The same for the forms that deliver later, where theirs differs. */
  readonly quickLater?: Row['quick']
  /** Fast path for a name in a remembered folder, and the commonest shape of arguments. */
  readonly quickName?: (place: Place, a: unknown, b: unknown) => unknown
  /** Fast path for an open file. */
  readonly quickFd?: (handle: Handle, a: unknown, b: unknown, c: unknown, d: unknown) => unknown
  /** Whether a call with this second argument asks about one node and makes nothing, where that depends on it. */
  readonly looks?: (a: unknown) => boolean
  /** The answer for a name known to be missing, by the second argument and whether the form delivers later, or MISS. */
  readonly absent?: (a: unknown, later: boolean) => unknown
}

/** Answer of a fast path that does not know the case. */
export const MISS = Symbol('miss')
