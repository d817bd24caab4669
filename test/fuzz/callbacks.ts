// What stands in the place of a callback: functions of every kind, two of them, none, and what is no function.

/** The kinds of callbacks; 'plain' is drawn most. */
export const CALLBACKS = ['plain', 'bound', 'async', 'class', 'throwing', 'two', 'none', 'undefined', 'null', 'object', 'text'] as const

/** One kind of callback. */
export type Callback = typeof CALLBACKS[number]

/** What a callback is called with. */
export type Answer = (...results: unknown[]) => void

/** The last arguments of a call; `second` is told when the second of two is called. */
function callbacks (kind: Callback, answer: Answer, second: () => void): unknown[] {
  switch (kind) {
    case 'plain': return [answer]
    case 'bound': return [answer.bind({})]
    case 'async': return [async (...results: unknown[]) => { answer(...results) }]
    case 'class': return [class Made {}]
    case 'throwing': return [(...results: unknown[]) => {
      answer(...results)
      throw new RangeError('thrown by a callback')
    }]
    case 'two': return [answer, (...results: unknown[]) => {
      second()
      answer(...results)
    }]
    case 'none': return []
    case 'undefined': return [undefined]
    case 'null': return [null]
    case 'object': return [{}]
    case 'text': return ['callback']
  }
}

/** What has to come before a call is over: its answer, an exception that nobody catches, or for a time nothing. */
const ENDS: Readonly<Partial<Record<Callback, readonly string[]>>> = { plain: ['answer'], bound: ['answer'], async: ['answer'], two: ['answer'], class: ['uncaught'], throwing: ['answer', 'uncaught'] }

/** Whether it throws when it is called. */
export const throws = (kind: Callback): boolean => ENDS[kind]?.includes('uncaught') === true

/** Whether nobody is told of the end, unless the call fails at once. */
export const silent = (kind: Callback): boolean => !(kind in ENDS)

/** Milliseconds in which what nobody is told of is over: mostly it is refused at once. */
const SILENCE = 200

/** What came of a call: the results, whether they came after it had returned, what it threw, what was thrown where nobody catches it. */
export interface Called { results?: unknown[], late?: boolean, thrown?: unknown, uncaught?: unknown, second?: true }

/** Calls with a callback of a kind behind the arguments. */
export function calledBack (call: (...args: unknown[]) => unknown, args: readonly unknown[], kind: Callback): Promise<Called> {
  return new Promise((resolve) => {
    const called: Called = {}
    const ends = new Set(ENDS[kind] ?? ['silence'])
    let returned = false
    const over = (end: string): void => {
      // Whatever is thrown where nobody expects it ends the call.
      if (ends.delete(end) && ends.size > 0) return
      process.setUncaughtExceptionCaptureCallback(null)
      resolve(called)
    }
    process.setUncaughtExceptionCaptureCallback(null)   // of a call that was never answered
    process.setUncaughtExceptionCaptureCallback((error) => {
      called.uncaught = error
      over('uncaught')
    })
    const answer: Answer = (...results) => {
      called.results = results
      called.late = returned
      over('answer')
    }
    try {
      call(...args, ...callbacks(kind, answer, () => { called.second = true }))
      returned = true
      if (ends.has('silence')) setTimeout(over, SILENCE, 'silence')
    } catch (error) {
      called.thrown = error
      over('thrown')
    }
  })
}
