// Arguments in unusual shapes: options that are inherited or got, signals that are aborted before a call or during it,
// filters of a copy.
import { basename } from 'node:path'
import { inspect } from 'node:util'
import { materialise, source, Value, type Ground } from './values.ts'

const SHAPES = {
  inherited: (fields: object): object => Object.create(fields) as object,
  bare: (fields: object): object => Object.assign(Object.create(null) as object, fields),
  frozen: (fields: object): object => Object.freeze(fields),
  got: (fields: object): object => described(fields, (value) => ({ get: () => value, enumerable: true })),
  hidden: (fields: object): object => described(fields, (value) => ({ value, enumerable: false })),
  classed: (fields: object): object => Object.assign(new (class Options {})(), fields),
  listed: (fields: object): object => Object.assign([], fields),
  called: (fields: object): object => Object.defineProperties(() => {}, Object.getOwnPropertyDescriptors(fields)) as object
} as const

const described = (fields: object, describe: (value: unknown) => PropertyDescriptor): object =>
  Object.defineProperties({}, Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, describe(value)])))

/** Options in an unusual shape. */
export const shaped = (shape: keyof typeof SHAPES, fields: object): object => SHAPES[shape](fields)

export const OPTION_SHAPES = Object.keys(SHAPES) as ReadonlyArray<keyof typeof SHAPES>

/** An object of options in an unusual shape. */
export class Options extends Value {
  readonly fields: Readonly<Record<string, unknown>>
  readonly shape: keyof typeof SHAPES
  constructor (fields: Options['fields'], shape: Options['shape']) {
    super()
    this.fields = fields
    this.shape = shape
  }

  make (ground: Ground, raw: boolean): unknown { return shaped(this.shape, materialise(this.fields, ground, raw) as object) }
  source (raw: boolean): string { return `shaped('${this.shape}', ${source(this.fields, raw)})` }
  override simpler (): readonly unknown[] { return [this.fields] }
}

/** The fields of an argument that is an object of options, whatever its shape. */
export const fieldsOf = (arg: unknown): Readonly<Record<string, unknown>> => arg instanceof Options ? arg.fields : typeof arg === 'object' && arg !== null ? { ...arg } : {}

/** When signals are aborted: before the call, as soon as it has returned, before anything else happens, or never. */
export const MOMENTS = ['before', 'returned', 'next', 'never'] as const

/** The moments that signals are aborted at, and what for: the default of Node, or a value of another type. */
export type Moment = typeof MOMENTS[number]

/** Reasons to abort. */
export const REASONS = [undefined, 'why', null, 0, 'an error'] as const

/** An AbortSignal. */
export class Signal extends Value {
  readonly moment: Moment
  readonly reason: typeof REASONS[number]
  constructor (moment: Moment, reason: Signal['reason']) {
    super()
    this.moment = moment
    this.reason = reason
  }

  make ({ soon }: Ground): unknown {
    const aborting = new AbortController()
    const abort = (): void => { aborting.abort(this.reason === 'an error' ? new RangeError('why') : this.reason) }
    if (this.moment === 'before') abort()
    else if (this.moment === 'returned') soon.push(abort)
    else if (this.moment === 'next') soon.push(() => { process.nextTick(abort) })
    return aborting.signal
  }

  source (): string { return `new Signal('${this.moment}', ${inspect(this.reason)}).make({ soon })` }
  override simpler (): readonly unknown[] { return this.reason === undefined ? [] : [new Signal(this.moment, undefined)] }
}

/** A promise that is rejected, which a synchronous copy leaves to itself. */
function rejected (): Promise<boolean> {
  const promise = Promise.reject<boolean>(new RangeError('filtered'))
  promise.catch(() => { /* whoever waits for it has the reason */ })
  return promise
}

/** The name of what is copied, whatever its path is given as. */
const nameOf = (from: unknown): string => basename(String(from))

const FILTERS = {
  all: () => true,
  none: () => false,
  some: (from: unknown) => !/[al]/.test(nameOf(from)),
  later: async (from: unknown) => !nameOf(from).includes('a'),
  rejecting: (from: unknown) => nameOf(from) === 'a' ? rejected() : true,
  throwing: (from: unknown) => {
    if (nameOf(from) === 'a') throw new RangeError('filtered')
    return true
  },
  counting: () => 1
} as const

export const FILTER_KINDS = Object.keys(FILTERS) as ReadonlyArray<keyof typeof FILTERS>

/** A filter of what is copied. */
export class Filter extends Value {
  readonly kind: keyof typeof FILTERS
  constructor (kind: Filter['kind']) {
    super()
    this.kind = kind
  }

  make (): unknown { return FILTERS[this.kind] }
  source (): string { return `new Filter('${this.kind}').make()` }
}
