// The top-level fields of a JSON object as simdjson's on-demand parser hands them to Node (22 and later): only strings,
// brackets, commas and colons are looked at, so that a value nobody asks for may be malformed.
// Follows simdjson's generic/ondemand and stage1 (checked through package.json files on 22.23, 24.21, 26.10).
import { TextDecoder } from 'node:util'

/** A field with the raw text of its value; `text` is undefined where the parser reports an error. */
export interface Field { readonly key: string, readonly text: string | undefined }

/** Fields whose value is taken as raw text when it is an object: that looks at its first key. */
const READ_AS_TEXT = new Set(['exports', 'imports', 'scripts'])

/** Fields whose value is taken as a string when it is one. */
const READ_AS_STRINGS = new Set(['name', 'main', 'type', 'exports', 'imports'])

const strict = new TextDecoder('utf-8', { fatal: true })

/** Yields the fields in order, or undefined when the text as a whole is refused. The last field may stand for an error. */
export function scanFields (bytes: Uint8Array): Field[] | undefined {
  let json
  try {
    json = strict.decode(bytes)
  } catch {
    return undefined // not UTF-8
  }
  const starts = tokens(json)
  if (starts === undefined || starts.length === 0) return undefined
  if (json[starts[0]!] !== '{' || json[starts[starts.length - 1]!] !== '}') return undefined
  return new Fields(json, starts).all()
}

/** Positions of all tokens: operators, opening quotes, first characters of other scalars. */
function tokens (json: string): number[] | undefined {
  const starts: number[] = []
  let inScalar = false
  for (let at = 0; at < json.length; at++) {
    const char = json[at]!
    // The parser looks for escapes before it knows what is a string: outside of one they hide a quote as well.
    const isEscape: boolean = char === '\\' && (json[at + 1] === '"' || json[at + 1] === '\\')
    if (char === '"') {
      if (!inScalar) starts.push(at)
      inScalar = false
      const end = closingQuote(json, at + 1)
      if (end === undefined) return undefined
      at = end
    } else if ('{}[]:,'.includes(char)) {
      starts.push(at)
      inScalar = false
    } else if (char === ' ' || char === '\n' || char === '\r' || char === '\t') {
      inScalar = false
    } else {
      if (!inScalar) starts.push(at)
      inScalar = true
      if (isEscape) at++
    }
  }
  return starts
}

/** The end of a string, or undefined when it has none or holds a control character. */
function closingQuote (json: string, from: number): number | undefined {
  for (let at = from; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === 0x22) return at
    if (code === 0x5c) at++
    if (json.charCodeAt(at) < 0x20) return undefined
  }
  return undefined
}

/** Walks the tokens of one object. */
class Fields {
  readonly #json: string
  readonly #starts: number[]
  #next = 1

  constructor (json: string, starts: number[]) {
    this.#json = json
    this.#starts = starts
  }

  /** All fields; an error ends the list with a field without text. */
  all (): Field[] {
    const fields: Field[] = []
    if (this.#peek() === '}') return fields
    for (;;) {
      const start = this.#starts[this.#next]
      if (start === undefined || this.#take() !== '"') return [...fields, { key: '', text: undefined }]
      const key = this.#json.slice(start + 1, closingQuote(this.#json, start + 1))
      if (this.#take() !== ':') return [...fields, { key, text: undefined }]
      const text = this.#value(key)
      fields.push({ key, text })
      if (text === undefined) return fields
      const after = this.#take()
      if (after === '}') return fields
      if (after !== ',') return [...fields, { key: '', text: undefined }]
    }
  }

  #peek (): string | undefined {
    const start = this.#starts[this.#next]
    return start === undefined ? undefined : this.#json[start]
  }

  #take (): string | undefined {
    const char = this.#peek()
    this.#next++
    return char
  }

  /**
   * Passes the first token of the first value in an object that is skipped (json_iterator::skip_child), and tells by how much
   * it is deeper in there then: a string with a colon after it is taken for a key.
   */
  #firstOf (): number {
    const first = this.#take()
    if (first === '"' && this.#peek() === ':') {
      this.#take()
      return 1
    }
    return first !== undefined && '[{:,'.includes(first) ? 1 : 0
  }

  /** Raw text of the value that starts at the next token, and past it; kinds of brackets are not told apart. */
  #value (key: string): string | undefined {
    const start = this.#starts[this.#next]
    if (start === undefined) return undefined
    const first = this.#take()!
    let depth = '[{:,'.includes(first) ? 1 : 0
    // A string that nobody reads is skipped together with a colon after it, as if it were a key.
    if (first === '"' && !READ_AS_STRINGS.has(key) && this.#peek() === ':') depth = 1
    if (first === '{' && READ_AS_TEXT.has(key) && this.#peek() !== '}') {
      const keyed = this.#peek() === '"'
      if (keyed && (this.#take(), this.#take() !== ':')) return undefined
      depth += this.#firstOf() - (keyed ? 0 : 1)
    }
    while (depth > 0) {
      const char = this.#take()
      if (char === undefined) return undefined
      if (char === '[' || char === '{') depth++
      else if (char === ']' || char === '}') depth--
    }
    const end = this.#starts[this.#next] ?? this.#json.length
    return this.#json.slice(start, end)
  }
}

/** The value of a raw string, or undefined when it is no string or has an escape that JSON does not know. */
export function stringOf (text: string): string | undefined {
  if (text[0] !== '"') return undefined
  const end = closingQuote(text, 1)
  try {
    const value = JSON.parse(text.slice(0, end! + 1)) as string
    return value.isWellFormed() ? value : undefined
  } catch {
    return undefined // an unknown escape
  }
}
