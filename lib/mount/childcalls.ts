// The signatures of `child_process`: what a call starts, with which arguments and options, and the call written again.
import { basename } from 'node:path'

/** Options that concern us. */
export interface ChildOptions {
  cwd?: string | URL
  env?: NodeJS.ProcessEnv
  argv0?: string
  execPath?: string
  execArgv?: readonly string[]
  shell?: boolean | string
  stdio?: unknown
  input?: unknown
}

/** A call of one of the functions. */
export interface ChildCall {
  readonly name: string
  /** The program, the module of `fork`, or a command line for a shell. */
  readonly first: string
  /** Arguments; undefined for a command line. */
  readonly list: readonly string[] | undefined
  readonly options: ChildOptions
  /** A shell is started, and reads `first` (and `list`). */
  readonly shell: boolean
  /** What is started is Node, which can be told of mounts. */
  readonly node: boolean
  /** The arguments of the same call with another program, list or options. */
  with (changes: { first?: string, list?: readonly string[], options?: object }): unknown[]
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a program is this Node or one of that name. */
const isNode = (program: string): boolean => program === process.execPath || /^node(?:\.exe)?$/i.test(basename(program))

/** Reads a call; undefined when it is malformed, which Node is to say. */
export function readCall (name: string, args: readonly unknown[]): ChildCall | undefined {
  const [given, ...rest] = args
  const first = given instanceof URL && name === 'fork' ? given.href : given
  if (typeof first !== 'string' || first.includes('\0')) return undefined
  const line = name === 'exec' || name === 'execSync'
  let at = 0
  let list: readonly unknown[] | undefined
  if (!line) {
    list = Array.isArray(rest[0]) ? rest[0] : []
    if (Array.isArray(rest[0]) || (rest[0] ?? undefined) === undefined) at = 1
  }
  const found = rest[at]
  if (found !== undefined && found !== null && !isObject(found) && typeof found !== 'function') return undefined
  const options: ChildOptions = isObject(found) ? found : {}
  const behind = rest.slice(typeof found === 'function' ? at : at + 1)
  const shell = line || (options.shell !== undefined && options.shell !== false && name !== 'fork')
  const program = name === 'fork' ? options.execPath ?? process.execPath : first
  return {
    name, first, options, shell, list: list?.map(String), node: name === 'fork' || (!shell && isNode(program)),
    with: (changes) => [changes.first ?? given, ...line ? [] : [changes.list ?? list], changes.options ?? options, ...behind]
  }
}

/** Options of Node that take the next argument as their value; others have it behind `=`, or none. */
const VALUED = /^(?:-r|--require|--import|-C|--conditions|--loader|--experimental-loader|--env-file|--env-file-if-exists|--input-type|--title|--inspect-port|--watch-path)$/

/** Where the script stands among the arguments of Node; -1 when none does. */
export function scriptAt (list: readonly string[]): number {
  for (let at = 0; at < list.length; at++) {
    const arg = list[at]!
    if (arg === '--') return at + 1 < list.length ? at + 1 : -1
    if (!arg.startsWith('-')) return at
    if (/^(?:-e|-p|-pe|--eval|--print|-|-i|--interactive|-v|--version|-h|--help)$/.test(arg)) return -1
    if (VALUED.test(arg)) at++
  }
  return -1
}

/** Whether Node with these arguments reads its program from its input. */
export const readsProgram = (list: readonly string[]): boolean =>
  scriptAt(list) < 0 && !list.some((arg) => /^(?:-[ep]|-pe|--eval|--print|-v|--version|-h|--help|--v8-options|--test|--run)\b/.test(arg))

/** Words of a command line that may be paths, as far as one can tell without being its shell. */
export const wordsOf = (line: string): string[] => line.split(/[\s"'`;|&<>()=]+/).filter((word) => word !== '')

/** The program that a command line begins with, if it is Node. */
export const startsNode = (line: string): boolean => isNode(wordsOf(line)[0] ?? '')

/** The descriptors that a child is to have, as numbers, where they are given as numbers or as something that has one. */
export function descriptorsOf ({ stdio }: ChildOptions): number[] {
  if (!Array.isArray(stdio)) return []
  return stdio.map((one: unknown) => isObject(one) ? (one as { fd?: unknown }).fd : one).filter((fd) => typeof fd === 'number')
}
