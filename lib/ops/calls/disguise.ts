// What makes a function of ours pass for Node's: name, length, and what util.promisify reads.
import { promisify } from 'node:util'
import type { Callable, Row } from '../row.ts'

/** Gives `ours` the properties of `theirs`. `row`: that of a callback form, whose promise is made anew where the callback gets no error. */
export function disguise (ours: Callable, theirs: Callable, row: Row | null): void {
  for (const key of Reflect.ownKeys(theirs)) {
    if (key === 'prototype' || (key === promisify.custom && row?.bareCallback === true)) continue
    const descriptor = Object.getOwnPropertyDescriptor(theirs, key)!
    Object.defineProperty(ours, key, descriptor)
  }
  if (row?.bareCallback === true) {
    const value = (path: unknown): Promise<unknown> => new Promise((resolve) => { ours(path, resolve) })
    Object.defineProperty(value, 'name', { value: theirs.name })
    Object.defineProperty(ours, promisify.custom, { value, configurable: true })
  }
}
