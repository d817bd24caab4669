// Takes the time of small calls: warm-up, many short samples, the median; and keeps V8 from dropping work whose result
// nobody uses.

let sink = 0

/** Uses up a result. */
export function use (value: number): void { sink = (sink + value) | 0 }

/** What was used up, to be printed or sent, so that none of it is dead. */
export const used = (): number => sink

/**
 * Milliseconds that the process has worked until now: for what happens once in it and is not waited for, which beside other
 * work on the machine would seem to take much longer. On an idle one it is the time that passes.
 */
export function worked (): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The middle of the values. */
export function median (values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** How long warm-up and measurement take, in milliseconds. */
export interface Span { readonly warm: number, readonly measure: number }

/** Collects garbage, if Node was started so that it can be asked to. */
export const collect = (): void => { (globalThis as { gc?: () => void }).gc?.() }

/** Path strings made anew at each call: the bytes of `texts` turned into strings whose hash nobody knows yet. */
export function fresh (texts: readonly string[]): () => string[] {
  const bytes = texts.map((text) => Buffer.from(text))
  return () => bytes.map((each) => each.toString('latin1'))
}

/** A batch runs a call on each of the paths and returns something that hangs on all results. */
export type Batch = (paths: readonly string[]) => number | Promise<number>

/** Nanoseconds for one call of a batch: the median of samples, without the making of the paths. */
export async function measure (batch: Batch, paths: () => readonly string[], span: Span): Promise<number> {
  const sample = async (): Promise<number> => {
    const list = paths()
    const begin = process.hrtime.bigint()
    const result = batch(list)
    use(typeof result === 'number' ? result : await result)
    return Number(process.hrtime.bigint() - begin) / list.length
  }
  for (let end = performance.now() + span.warm; performance.now() < end;) await sample()
  collect()
  const samples: number[] = []
  for (let end = performance.now() + span.measure; performance.now() < end || samples.length < 5;) samples.push(await sample())
  return median(samples)
}
