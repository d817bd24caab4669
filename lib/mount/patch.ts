// Dispatchers into `fs` and `fs/promises`, and out again. A form exists exactly when the running Node has it.
import { invalidState } from '../kernel/errors.ts'
import { live, nodeModule } from '../kernel/native.ts'
import { makeClass, makeNamed } from '../ops/calls/functions.ts'
import { TABLE } from '../ops/table.ts'
import type { Callable, Form, Row } from '../ops/row.ts'
import type { MountedSpace } from './mountedspace.ts'

type Holder = Record<string, unknown>

/** One function replaced by another, as long as it stays so. */
interface Replaced { holder: Holder, key: string, original: PropertyDescriptor, ours: PropertyDescriptor }

/** Where a row's form stands in `fs`. */
const places = (name: string): { holder: Holder, key: string, form: Form }[] => {
  const fs = live as unknown as Holder
  return [
    { holder: fs, key: `${name}Sync`, form: 'sync' }, { holder: fs, key: name, form: 'callback' },
    { holder: live.promises as unknown as Holder, key: name, form: 'promise' }
  ]
}

/** Puts the dispatchers of a name space into `fs`. */
export class FsPatch {
  readonly #space: MountedSpace
  #replaced: Replaced[] = []
  /** What could not be taken out again. */
  readonly #stuck: PropertyDescriptor[] = []
  /** Dispatchers made before, by what they stand in front of: kept ones go on serving. */
  readonly #made = new Map<string, { theirs: Callable, ours: Callable }>()

  /** Classes made before, by what they stand in front of, and the other way round. */
  readonly #classes = new WeakMap<Callable, Callable>()
  readonly #theirs = new WeakMap<Callable, Callable>()

  constructor (space: MountedSpace) { this.#space = space }

  get installed (): boolean { return this.#replaced.length > 0 }

  install (): void {
    if (this.installed) return
    try {
      for (const [name, row] of Object.entries(TABLE)) {
        if (name.includes('.')) continue
        for (const { holder, key, form } of places(name)) this.#replace(name, row, form, holder, key)
      }
    } catch (error) {
      this.uninstall()
      throw error
    }
    nodeModule.syncBuiltinESMExports()
  }

  uninstall (): void {
    for (const { holder, key, original, ours } of this.#replaced) {
      const now = Object.getOwnPropertyDescriptor(holder, key)
      if (now === undefined || now.value !== ours.value || now.get !== ours.get) continue
      // Frozen since, it stays for good, and passes on what is no mount's.
      if (now.configurable === true || now.writable === true) Object.defineProperty(holder, key, original)
      else this.#stuck.push(ours)
    }
    this.#replaced = []
    nodeModule.syncBuiltinESMExports()
  }

  #replace (name: string, row: Row | null, form: Form, holder: Holder, key: string): void {
    const original = Object.getOwnPropertyDescriptor(holder, key)
    if (original === undefined || this.#stuck.some(({ value, get }) => value === original.value && get === original.get)) return
    const ours = original.get === undefined ? this.#replacing(name, row, form, original) : this.#replacingGetter(name, row, form, holder, original)
    if (ours === undefined) return
    if (original.configurable !== true && original.writable !== true) throw invalidState(`fs.${form === 'promise' ? 'promises.' : ''}${key} cannot be replaced: somebody has frozen it`)
    Object.defineProperty(holder, key, ours)
    this.#replaced.push({ holder, key, original, ours })
  }

  /** What a getter gives: classes that Node reads in when they are asked for, and functions that others put there so. */
  #replacingGetter (name: string, row: Row | null, form: Form, holder: Holder, original: PropertyDescriptor): PropertyDescriptor | undefined {
    if (row === null || row.construct !== undefined) return this.#replacingClass(row, form, holder, original)
    const ours = (): unknown => {
      const theirs = original.get!.call(holder) as unknown
      return typeof theirs === 'function' ? this.#replacing(name, row, form, { value: theirs })?.value ?? theirs : theirs
    }
    return typeof ours() === 'function' ? { ...original, get: ours } : undefined
  }

  #replacing (name: string, row: Row | null, form: Form, original: PropertyDescriptor): PropertyDescriptor | undefined {
    const theirs = original.value as unknown
    if (typeof theirs !== 'function') return undefined
    const ours = this.#dispatcher(name, row, form, theirs as Callable)
    if (ours === undefined) return undefined
    this.#space.originals.set(`${form} ${name}`, theirs as Callable)
    return { ...original, value: ours }
  }

  /** Classes that Node reads in when they are asked for, and lets others set. */
  #replacingClass (row: Row | null, form: Form, holder: Holder, original: PropertyDescriptor): PropertyDescriptor | undefined {
    if (form !== 'callback' || row?.construct === undefined) return undefined
    const { construct } = row
    return {
      ...original,
      get: () => {
        const theirs = original.get!.call(holder) as unknown
        return typeof theirs === 'function' ? this.#classFor(theirs as Callable, construct) : theirs
      },
      set: original.set === undefined ? undefined : (value: unknown) => { original.set!.call(holder, this.#theirs.get(value as Callable) ?? value) }
    }
  }

  #classFor (theirs: Callable, construct: NonNullable<Row['construct']>): Callable {
    let ours = this.#classes.get(theirs)
    if (ours === undefined) {
      ours = makeClass(this.#space, { construct }, theirs)
      this.#classes.set(theirs, ours)
      this.#theirs.set(ours, theirs)
    }
    return ours
  }

  #dispatcher (name: string, row: Row | null, form: Form, theirs: Callable): Callable | undefined {
    const key = `${form} ${name}`
    const before = this.#made.get(key)
    if (before?.theirs === theirs) return before.ours
    // What Node does with functions of ours stays Node's.
    if (row === null || (row.served !== undefined && row.special === undefined)) return undefined
    const ours = makeNamed(this.#space, name, form, theirs, (named, original) => { this.#space.originals.set(`${form} ${named}`, original) })
    this.#made.set(key, { theirs, ours })
    return ours
  }
}
